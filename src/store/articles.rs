//! The knowledge base: articles by `(id, locale)`, their phrasings, and the revision that counts every change.
//!
//! A transaction that changes anything raises the revision by one and stamps its rows with it; what it deletes leaves a
//! tombstone with the same stamp. An index that has seen revision *n* asks for the changes since *n* and is up to date. An
//! article written again as it is changes nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use sqlx::QueryBuilder;

use super::rows::{Reader, json};
use super::sqlite::{Conn, Database, Durability, Row};
use super::{Page, Store, StoreError, count_up, cursor};
use crate::domain::article::{Article, ArticleStatus};
use crate::domain::ids::{ArticleId, KbRevision};
use crate::domain::locale::Locale;
use crate::domain::time::Timestamp;

/// What the caller believes is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Nothing: the article is new.
    Absent,
    /// The version with this revision, as it was read.
    Revision(i64),
    /// Whatever.
    Any,
}

/// Something stored, and since when.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<T> {
    /// The thing.
    pub value: T,
    /// The revision at which it was last changed; its ETag.
    pub revision: i64,
    /// When it was first stored.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Which articles a list shows; empty fields do not restrict.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ArticleFilter {
    /// In this locale.
    pub locale: Option<Locale>,
    /// With this status.
    pub status: Option<ArticleStatus>,
    /// In this category or one below it (`售后` finds `售后/退款`).
    pub category: Option<String>,
    /// With this text in id, title, variants or answer; ASCII letters in either case, everything else literally.
    pub text: Option<String>,
}

/// One step of the knowledge base's history.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly all changes are articles")]
pub enum Change {
    /// The article is new or changed; this is its present state.
    Put(Stored<Article>),
    /// The article is gone.
    Deleted {
        /// Its id.
        id: ArticleId,
        /// The locale of the version deleted.
        locale: Locale,
        /// The revision of the deletion.
        revision: i64,
    },
}

impl Change {
    /// The revision of the change.
    pub fn revision(&self) -> i64 {
        match self {
            Change::Put(stored) => stored.revision,
            Change::Deleted { revision, .. } => *revision,
        }
    }

    fn key(&self) -> (i64, &ArticleId, Locale) {
        match self {
            Change::Put(stored) => (stored.revision, &stored.value.id, stored.value.locale),
            Change::Deleted { id, locale, revision } => (*revision, id, *locale),
        }
    }
}

/// How an import goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportOptions {
    /// Find out what would happen, and change nothing.
    pub dry_run: bool,
}

/// What became of one row of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// New.
    Created,
    /// Changed.
    Updated,
    /// Stored as it is already.
    Unchanged,
    /// Left out: a phrasing belongs to another article.
    PhrasingTaken {
        /// The phrasing as written.
        phrasing: String,
        /// The article that has it: one stored before, or an earlier row.
        article_id: ArticleId,
    },
}

/// What an import did, or on a dry run would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// The revision afterwards.
    pub revision: KbRevision,
    /// One outcome per row, in the rows' order.
    pub rows: Vec<RowOutcome>,
}

const COLUMNS: &str = "id, locale, title, variants, answer, category, tags, status, valid_from, valid_until, related, channels, \
                       revision, created_at, updated_at";

impl Store {
    /// The knowledge base's revision.
    pub async fn kb_revision(&self) -> Result<KbRevision, StoreError> {
        kb_revision(&mut *self.readers.acquire().await?).await
    }

    /// Stores an article. `phrasing_keys` are the normalised phrasings, one for each of [`Article::phrasings`]; empty ones
    /// (a title of punctuation) are not compared. An article equal to the stored one keeps its revision.
    ///
    /// **Errors**: `ArticleExists` or `ArticleChanged` if `expect` is not met; `PhrasingTaken`.
    pub async fn put_article(&self, article: &Article, phrasing_keys: &[String], expect: Expect) -> Result<Stored<Article>, StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let result = put_one(transaction.conn()?, article, phrasing_keys, expect, self.now()).await;
        transaction.end(result).await
    }

    /// Deletes one version of an article, or with `None` all of them, and returns how many went. [`Expect::Revision`] is met if
    /// a version that would go has that revision.
    ///
    /// **Errors**: `ArticleNotFound`; `ArticleChanged`.
    pub async fn delete_article(&self, id: &ArticleId, locale: Option<Locale>, expect: Expect) -> Result<usize, StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let result = delete(transaction.conn()?, id, locale, expect).await;
        transaction.end(result).await
    }

    /// Stores many articles in one transaction, so that a killed import leaves nothing. Each comes with its phrasing keys as in
    /// [`Store::put_article`]. Rows whose phrasings belong to another article are left out and say so; a phrasing may move
    /// between two articles of the same import.
    pub async fn import_articles(&self, articles: &[(Article, Vec<String>)], options: ImportOptions) -> Result<ImportReport, StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let result = import(transaction.conn()?, articles, self.now()).await;
        if options.dry_run {
            transaction.abandon().await;
            return result;
        }
        transaction.end(result).await
    }

    /// One version of an article; with `None` the first in the order of [`Locale::ALL`].
    pub async fn article(&self, id: &ArticleId, locale: Option<Locale>) -> Result<Option<Stored<Article>>, StoreError> {
        let versions = self.article_versions(id).await?;
        Ok(versions.into_iter().find(|stored| locale.is_none_or(|locale| stored.value.locale == locale)))
    }

    /// All versions of an article, in the order of [`Locale::ALL`].
    pub async fn article_versions(&self, id: &ArticleId) -> Result<Vec<Stored<Article>>, StoreError> {
        let rows = select().push(" WHERE id = ").push_bind(id.as_str()).build().fetch_all(&self.readers).await?;
        let mut versions = rows.iter().map(article_of).collect::<Result<Vec<_>, _>>()?;
        versions.sort_by_key(|stored| stored.value.locale);
        Ok(versions)
    }

    /// A page of articles by id, then locale, both in byte order.
    pub async fn articles_page(
        &self,
        filter: &ArticleFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Stored<Article>>, StoreError> {
        let limit = cursor::clamp(limit);
        let mut query = select();
        query.push(" WHERE 1 = 1");
        if let Some(cursor) = cursor {
            let [id, locale] = cursor::read(cursor)?;
            query.push(" AND (id, locale) > (").push_bind(id).push(", ").push_bind(locale).push(")");
        }
        if let Some(locale) = filter.locale {
            query.push(" AND locale = ").push_bind(locale.tag());
        }
        if let Some(status) = filter.status {
            query.push(" AND status = ").push_bind(status.name());
        }
        if let Some(category) = &filter.category {
            query.push(" AND (category = ").push_bind(category.clone());
            query.push(" OR category LIKE ").push_bind(format!("{}/%", escape_like(category))).push(" ESCAPE '\\')");
        }
        if let Some(text) = &filter.text {
            let pattern = format!("%{}%", escape_like(text));
            // Variants are JSON, in which a quotation mark or a backslash is written with a backslash before it.
            let in_json = format!("%{}%", escape_like(json(text)?.trim_matches('"')));
            for (before, column, pattern) in
                [(" AND (", "id", &pattern), (" OR ", "title", &pattern), (" OR ", "answer", &pattern), (" OR ", "variants", &in_json)]
            {
                query.push(before).push("lower(").push(column).push(") LIKE lower(").push_bind(pattern.clone()).push(") ESCAPE '\\'");
            }
            query.push(")");
        }
        query.push(" ORDER BY id, locale LIMIT ").push_bind(limit + 1);
        let rows = query.build().fetch_all(&self.readers).await?;
        let articles = rows.iter().map(article_of).collect::<Result<Vec<_>, _>>()?;
        Ok(cursor::page(articles, limit, |stored| [stored.value.id.to_string(), stored.value.locale.tag().to_owned()]))
    }

    /// The ids of all articles, whatever their status.
    pub async fn article_ids(&self) -> Result<BTreeSet<ArticleId>, StoreError> {
        let rows = sqlx::query("SELECT DISTINCT id FROM articles").fetch_all(&self.readers).await?;
        rows.iter().map(|row| Reader::new("articles", row).parsed("id")).collect()
    }

    /// All articles by id, then locale. **Cost**: the whole knowledge base in memory.
    pub async fn all_articles(&self) -> Result<Vec<Stored<Article>>, StoreError> {
        let rows = select().push(" ORDER BY id, locale").build().fetch_all(&self.readers).await?;
        rows.iter().map(article_of).collect()
    }

    /// What changed after `revision`, by revision, then id, then locale; of several changes to one article only the last.
    pub async fn changes_since(&self, revision: KbRevision) -> Result<Vec<Change>, StoreError> {
        // One snapshot for both reads: an article deleted in between would otherwise be in neither.
        let mut snapshot = self.readers.begin().await?;
        let rows = select().push(" WHERE revision > ").push_bind(revision.0).build().fetch_all(&mut *snapshot).await?;
        let mut changes = rows.iter().map(|row| article_of(row).map(Change::Put)).collect::<Result<Vec<_>, _>>()?;
        let sql = "SELECT id, locale, revision FROM tombstones WHERE revision > $1";
        for row in sqlx::query(sql).bind(revision.0).fetch_all(&mut *snapshot).await? {
            let row = Reader::new("tombstones", &row);
            changes.push(Change::Deleted { id: row.parsed("id")?, locale: row.parsed("locale")?, revision: row.number("revision")? });
        }
        snapshot.commit().await?;
        changes.sort_by(|a, b| a.key().cmp(&b.key()));
        Ok(changes)
    }
}

fn select() -> QueryBuilder<Database> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM articles");
    query
}

/// `text` for a LIKE pattern with `\` as its escape.
fn escape_like(text: &str) -> String {
    text.chars().flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c])).collect()
}

fn article_of(row: &Row) -> Result<Stored<Article>, StoreError> {
    let row = Reader::new("articles", row);
    let related: Vec<String> = row.json("related")?;
    let value = Article {
        id: row.parsed("id")?,
        locale: row.parsed("locale")?,
        title: row.text("title")?,
        variants: row.json("variants")?,
        answer: row.text("answer")?,
        category: row.text("category")?,
        tags: row.json("tags")?,
        status: row.named("status", ArticleStatus::parse)?,
        valid_from: row.optional_time("valid_from")?,
        valid_until: row.optional_time("valid_until")?,
        related: related
            .iter()
            .map(|id| id.parse())
            .collect::<Result<_, _>>()
            .map_err(|error| StoreError::row("articles", format!("related: {error}")))?,
        channels: row.json("channels")?,
    };
    Ok(Stored { value, revision: row.number("revision")?, created_at: row.time("created_at")?, updated_at: row.time("updated_at")? })
}

async fn kb_revision(conn: &mut Conn) -> Result<KbRevision, StoreError> {
    let value = sqlx::query_scalar("SELECT value FROM counters WHERE name = 'kb_revision'").fetch_one(conn).await?;
    Ok(KbRevision(value))
}

async fn find(conn: &mut Conn, id: &ArticleId, locale: Locale) -> Result<Option<Stored<Article>>, StoreError> {
    let mut query = select();
    query.push(" WHERE id = ").push_bind(id.as_str()).push(" AND locale = ").push_bind(locale.tag());
    query.build().fetch_optional(conn).await?.as_ref().map(article_of).transpose()
}

async fn put_one(
    conn: &mut Conn,
    article: &Article,
    phrasing_keys: &[String],
    expect: Expect,
    now: Timestamp,
) -> Result<Stored<Article>, StoreError> {
    let stored = find(conn, &article.id, article.locale).await?;
    match (expect, &stored) {
        (Expect::Absent, Some(_)) => {
            return Err(StoreError::ArticleExists { id: article.id.clone(), locale: article.locale });
        }
        (Expect::Revision(expected), stored) if stored.as_ref().map(|s| s.revision) != Some(expected) => {
            let found = stored.as_ref().map(|s| s.revision);
            return Err(StoreError::ArticleChanged { id: article.id.clone(), expected, found });
        }
        _ => {}
    }
    let phrasings = phrasings(article, phrasing_keys)?;
    if let Some((phrasing, article_id)) = taken(conn, article, &phrasings).await? {
        return Err(StoreError::PhrasingTaken { phrasing, article_id });
    }
    if let Some(stored) = stored.as_ref().filter(|stored| stored.value == *article) {
        write_phrasings(conn, article, &phrasings).await?;
        return Ok(stored.clone());
    }
    let revision = count_up(conn, "kb_revision").await?;
    let created_at = stored.map_or(now, |stored| stored.created_at);
    let stored = Stored { value: article.clone(), revision, created_at, updated_at: now };
    write(conn, &stored, &phrasings).await?;
    Ok(stored)
}

async fn import(conn: &mut Conn, articles: &[(Article, Vec<String>)], now: Timestamp) -> Result<ImportReport, StoreError> {
    let before = kb_revision(conn).await?;
    // Taken at the first row that changes something: an import of what is there already leaves the revision alone.
    let mut revision = None;
    let mut rows: Vec<Option<RowOutcome>> = vec![None; articles.len()];
    // A phrasing that moves from one article to another is free only when the other row has been stored, which may come later
    // in the list. So refused rows are tried again as long as others succeed.
    loop {
        let mut progress = false;
        for (outcome, (article, keys)) in rows.iter_mut().zip(articles) {
            if !matches!(outcome, None | Some(RowOutcome::PhrasingTaken { .. })) {
                continue;
            }
            let phrasings = phrasings(article, keys)?;
            if let Some((phrasing, article_id)) = taken(conn, article, &phrasings).await? {
                *outcome = Some(RowOutcome::PhrasingTaken { phrasing, article_id });
                continue;
            }
            let stored = find(conn, &article.id, article.locale).await?;
            *outcome = Some(match stored {
                Some(stored) if stored.value == *article => {
                    write_phrasings(conn, article, &phrasings).await?;
                    RowOutcome::Unchanged
                }
                stored => {
                    let revision = match revision {
                        Some(revision) => revision,
                        None => *revision.insert(count_up(conn, "kb_revision").await?),
                    };
                    let created_at = stored.as_ref().map_or(now, |stored| stored.created_at);
                    write(conn, &Stored { value: article.clone(), revision, created_at, updated_at: now }, &phrasings).await?;
                    if stored.is_some() { RowOutcome::Updated } else { RowOutcome::Created }
                }
            });
            progress = true;
        }
        if !progress || !rows.iter().any(|row| matches!(row, Some(RowOutcome::PhrasingTaken { .. }))) {
            break;
        }
    }
    Ok(ImportReport { revision: revision.map_or(before, KbRevision), rows: rows.into_iter().flatten().collect() })
}

/// The phrasings that are compared, each as `(key, phrasing)`, in the article's order and without repeats.
fn phrasings<'a>(article: &'a Article, keys: &'a [String]) -> Result<Vec<(&'a str, &'a str)>, StoreError> {
    let count = article.variants.len() + 1;
    if keys.len() != count {
        return Err(StoreError::unexpected(format!("article {} has {count} phrasings and {} keys", article.id, keys.len())));
    }
    let mut seen = HashSet::new();
    let pairs = keys.iter().map(String::as_str).zip(article.phrasings());
    Ok(pairs.filter(|(key, _)| !key.is_empty() && seen.insert(*key)).collect())
}

/// The first phrasing, in the article's order, that belongs to another article, and that article.
async fn taken(conn: &mut Conn, article: &Article, phrasings: &[(&str, &str)]) -> Result<Option<(String, ArticleId)>, StoreError> {
    if phrasings.is_empty() {
        return Ok(None);
    }
    let mut query = QueryBuilder::<Database>::new("SELECT key, article_id FROM phrasings WHERE article_id <> ");
    query.push_bind(article.id.as_str()).push(" AND key IN (");
    let mut list = query.separated(", ");
    for (key, _) in phrasings {
        list.push_bind(*key);
    }
    query.push(") ORDER BY article_id");
    let mut owners = HashMap::new();
    for row in query.build().fetch_all(conn).await? {
        let row = Reader::new("phrasings", &row);
        owners.entry(row.text("key")?).or_insert(row.parsed("article_id")?);
    }
    Ok(phrasings.iter().find_map(|(key, phrasing)| Some(((*phrasing).to_owned(), owners.remove(*key)?))))
}

async fn write(conn: &mut Conn, stored: &Stored<Article>, phrasings: &[(&str, &str)]) -> Result<(), StoreError> {
    let article = &stored.value;
    let related: Vec<&str> = article.related.iter().map(ArticleId::as_str).collect();
    sqlx::query(
        "INSERT INTO articles (id, locale, title, variants, answer, category, tags, status, valid_from, valid_until, related, \
         channels, revision, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
         ON CONFLICT (id, locale) DO UPDATE SET title = excluded.title, variants = excluded.variants, answer = excluded.answer, \
         category = excluded.category, tags = excluded.tags, status = excluded.status, valid_from = excluded.valid_from, \
         valid_until = excluded.valid_until, related = excluded.related, channels = excluded.channels, \
         revision = excluded.revision, updated_at = excluded.updated_at",
    )
    .bind(article.id.as_str())
    .bind(article.locale.tag())
    .bind(&article.title)
    .bind(json(&article.variants)?)
    .bind(&article.answer)
    .bind(&article.category)
    .bind(json(&article.tags)?)
    .bind(article.status.name())
    .bind(article.valid_from.map(|t| t.0))
    .bind(article.valid_until.map(|t| t.0))
    .bind(json(&related)?)
    .bind(json(&article.channels)?)
    .bind(stored.revision)
    .bind(stored.created_at.0)
    .bind(stored.updated_at.0)
    .execute(&mut *conn)
    .await?;
    sqlx::query("DELETE FROM tombstones WHERE id = $1 AND locale = $2")
        .bind(article.id.as_str())
        .bind(article.locale.tag())
        .execute(&mut *conn)
        .await?;
    write_phrasings(conn, article, phrasings).await
}

/// Makes the keys in the table those of the article, also for an article that is unchanged: the normaliser may have changed.
async fn write_phrasings(conn: &mut Conn, article: &Article, phrasings: &[(&str, &str)]) -> Result<(), StoreError> {
    let (id, locale) = (article.id.as_str(), article.locale.tag());
    let stored: Vec<String> = sqlx::query_scalar("SELECT key FROM phrasings WHERE article_id = $1 AND locale = $2 ORDER BY key")
        .bind(id)
        .bind(locale)
        .fetch_all(&mut *conn)
        .await?;
    let mut wanted: Vec<&str> = phrasings.iter().map(|(key, _)| *key).collect();
    wanted.sort_unstable();
    if stored == wanted {
        return Ok(());
    }
    sqlx::query("DELETE FROM phrasings WHERE article_id = $1 AND locale = $2").bind(id).bind(locale).execute(&mut *conn).await?;
    if !wanted.is_empty() {
        let mut query = QueryBuilder::<Database>::new("INSERT INTO phrasings (key, article_id, locale) ");
        query.push_values(wanted, |mut row, key| {
            row.push_bind(key).push_bind(id).push_bind(locale);
        });
        query.build().execute(conn).await?;
    }
    Ok(())
}

async fn delete(conn: &mut Conn, id: &ArticleId, locale: Option<Locale>, expect: Expect) -> Result<usize, StoreError> {
    let mut versions = Vec::new();
    for candidate in Locale::ALL.into_iter().filter(|candidate| locale.is_none_or(|locale| locale == *candidate)) {
        versions.extend(find(conn, id, candidate).await?);
    }
    let Some(first) = versions.first() else {
        return Err(StoreError::ArticleNotFound { id: id.clone(), locale });
    };
    match expect {
        Expect::Any => {}
        Expect::Absent => return Err(StoreError::ArticleExists { id: id.clone(), locale: first.value.locale }),
        Expect::Revision(expected) if versions.iter().any(|version| version.revision == expected) => {}
        Expect::Revision(expected) => {
            return Err(StoreError::ArticleChanged { id: id.clone(), expected, found: Some(first.revision) });
        }
    }
    let revision = count_up(conn, "kb_revision").await?;
    for version in &versions {
        let tag = version.value.locale.tag();
        // The phrasings go with the row.
        sqlx::query("DELETE FROM articles WHERE id = $1 AND locale = $2").bind(id.as_str()).bind(tag).execute(&mut *conn).await?;
        sqlx::query("INSERT INTO tombstones (id, locale, revision) VALUES ($1, $2, $3)")
            .bind(id.as_str())
            .bind(tag)
            .bind(revision)
            .execute(&mut *conn)
            .await?;
    }
    Ok(versions.len())
}

#[cfg(test)]
mod tests;
