//! Compares what was read with what is stored, and says for each row what will become of it.

use std::collections::{HashMap, HashSet};

use super::wording::{Notice, Refusal, quoted};
use super::{Document, Field, Place, RawRow, Row, lint};
use crate::domain::article::{Article, ArticleStatus};
use crate::domain::ids::ArticleId;
use crate::domain::locale::Locale;
use crate::domain::wording::Wording;
use crate::text::normalize::phrasing_key;

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// A new article.
    Created,
    /// Another content of a stored article.
    Updated,
    /// What is stored already, or what an earlier row says.
    Unchanged,
    /// Not taken.
    Refused,
}

impl Verdict {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Created => "created",
            Verdict::Updated => "updated",
            Verdict::Unchanged => "unchanged",
            Verdict::Refused => "refused",
        }
    }
}

/// How documents are compared.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlanOptions {
    /// Takes articles that share phrasings, with a warning instead of a refusal: evaluation sets do.
    pub allow_shared_phrasings: bool,
}

/// A row and its verdict.
#[derive(Debug, Clone)]
pub struct PlanItem {
    /// Where the row begins.
    pub place: Place,
    /// The article's id, if the row has a readable one.
    pub id: Option<ArticleId>,
    /// The article's locale, if known.
    pub locale: Option<Locale>,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why it is refused; only then.
    pub refusal: Option<Refusal>,
    /// What was repaired or looks odd.
    pub warnings: Vec<Notice>,
}

/// A row that is not taken, to be corrected.
#[derive(Debug, Clone)]
pub struct RefusedRow {
    /// Where it stands.
    pub place: Place,
    /// Why it is refused.
    pub refusal: Refusal,
    /// What was read.
    pub raw: RawRow,
}

/// What an import will do.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// One per row, in their order.
    pub items: Vec<PlanItem>,
    /// Created and updated articles, in the order of the rows.
    pub to_write: Vec<Article>,
    /// The refused rows, in their order.
    pub refused: Vec<RefusedRow>,
    /// What concerns whole files.
    pub notices: Vec<Notice>,
}

impl Plan {
    /// The number of rows with a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.items.iter().filter(|item| item.verdict == verdict).count()
    }
}

type Key = (ArticleId, Locale);

/// Whose a phrasing is: a row's or a stored article's, by index.
#[derive(Clone, Copy)]
enum Owner {
    Row(usize),
    Stored(usize),
}

/// A readable row on its way to a verdict.
struct Candidate {
    row: usize,
    place: Place,
    article: Article,
    /// Keys of its phrasings, the title first; empty for an archived article, which holds no phrasing.
    keys: Vec<String>,
}

/// Compares a document with the stored articles.
///
/// Articles are known by `(id, locale)`. Columns that a table does not have keep what is stored. A phrasing belongs to one id:
/// a row that repeats another article's phrasing is refused (or warned about), a row that only repeats another row is skipped.
/// Archived articles hold no phrasings. Unchanged rows write nothing.
///
/// **Cost** Linear in rows and stored articles; about 10 µs a phrasing.
pub fn plan(document: Document, existing: &[Article], options: &PlanOptions) -> Plan {
    let stored: HashMap<Key, &Article> = existing.iter().map(|article| ((article.id.clone(), article.locale), article)).collect();
    let mut plan = Plan { notices: document.notices, ..Plan::default() };
    let mut candidates = Vec::new();
    let mut raws = Vec::new();
    for (row, Row { place, outcome, warnings, raw }) in document.rows.into_iter().enumerate() {
        let mut item = PlanItem { place: place.clone(), id: None, locale: None, verdict: Verdict::Refused, refusal: None, warnings };
        match outcome {
            Ok(article) => {
                let article = match stored.get(&(article.id.clone(), article.locale)) {
                    Some(old) if raw.partial => keep_absent(article, old, &raw),
                    _ => article,
                };
                item.id = Some(article.id.clone());
                item.locale = Some(article.locale);
                match lint::check_article(&article) {
                    Ok(()) => {
                        let keys = keys_of(&article);
                        candidates.push(Candidate { row, place, article, keys });
                    }
                    Err(fault) => item.refusal = Some(fault.refusal()),
                }
            }
            Err(refusal) => item.refusal = Some(refusal),
        }
        plan.items.push(item);
        raws.push(raw);
    }

    repeated_rows(&mut candidates, &mut plan.items);
    similar_ids(&candidates, existing, &mut plan.items);
    shared_phrasings(&mut candidates, existing, options, &mut plan.items);
    unknown_relations(&candidates, existing, &mut plan.items);

    for Candidate { row, article, .. } in candidates {
        plan.items[row].verdict = match stored.get(&(article.id.clone(), article.locale)) {
            None => Verdict::Created,
            Some(old) if **old == article || lint::tidy((*old).clone()) == article => Verdict::Unchanged,
            Some(_) => Verdict::Updated,
        };
        if plan.items[row].verdict != Verdict::Unchanged {
            plan.to_write.push(article);
        }
    }
    for (item, raw) in plan.items.iter().zip(raws) {
        if let Some(refusal) = &item.refusal {
            plan.refused.push(RefusedRow { place: item.place.clone(), refusal: refusal.clone(), raw });
        }
    }
    plan
}

fn keys_of(article: &Article) -> Vec<String> {
    if article.status == ArticleStatus::Archived { Vec::new() } else { article.phrasings().map(phrasing_key).collect() }
}

/// Fields whose columns the table does not have keep what is stored.
fn keep_absent(article: Article, old: &Article, raw: &RawRow) -> Article {
    let mut kept = article;
    for field in Field::ALL.into_iter().filter(|field| raw.get(*field).is_none()) {
        match field {
            Field::Variants => kept.variants = lint::merge_phrasings(&kept.title, old.variants.iter().cloned()).kept,
            Field::Category => kept.category.clone_from(&old.category),
            Field::Tags => kept.tags.clone_from(&old.tags),
            Field::Status => kept.status = old.status,
            Field::ValidFrom => kept.valid_from = old.valid_from,
            Field::ValidUntil => kept.valid_until = old.valid_until,
            Field::Related => kept.related.clone_from(&old.related),
            Field::Channels => kept.channels.clone_from(&old.channels),
            Field::Id | Field::Title | Field::Answer | Field::Locale => {}
        }
    }
    kept
}

/// Rows of one `(id, locale)`: the first counts. One that says the same is skipped, another is refused; never does the last one win.
fn repeated_rows(candidates: &mut Vec<Candidate>, items: &mut [PlanItem]) {
    let mut first: HashMap<Key, usize> = HashMap::new();
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates.drain(..) {
        let key = (candidate.article.id.clone(), candidate.article.locale);
        match first.get(&key) {
            None => {
                first.insert(key, kept.len());
                kept.push(candidate);
            }
            Some(&at) => {
                let earlier = &kept[at];
                let item = &mut items[candidate.row];
                if adds_nothing(&candidate.article, &candidate.keys, &earlier.article, &earlier.keys) {
                    skip(item, &name_of(&earlier.article, Some(&earlier.place)));
                } else {
                    item.refusal = Some(id_repeated(&key, &earlier.place));
                }
            }
        }
    }
    *candidates = kept;
}

/// Whether an article adds nothing to an earlier one: the same question and answer in the same locale, and no phrasing of its own.
fn adds_nothing(article: &Article, keys: &[String], earlier: &Article, earlier_keys: &[String]) -> bool {
    // Archived articles own no phrasings that could be compared.
    if keys.is_empty() || earlier_keys.is_empty() {
        return article == earlier;
    }
    article.locale == earlier.locale
        && article.answer == earlier.answer
        && keys.first() == earlier_keys.first()
        && keys.iter().all(|key| earlier_keys.contains(key))
}

fn skip(item: &mut PlanItem, earlier: &Wording) {
    item.verdict = Verdict::Unchanged;
    item.warnings.push(Notice::of_row(
        "row_repeated",
        format!("与{}的问题和答案相同，已跳过", earlier.zh),
        format!("the same question and answer as {}: skipped", earlier.en),
    ));
}

fn id_repeated((id, locale): &Key, earlier: &Place) -> Refusal {
    Refusal::new(
        "id_repeated",
        Wording::new(
            format!("文章 {id}（{locale}）在 {earlier} 已出现，内容不同"),
            format!("the article {id} ({locale}) stands at {earlier} already, with other content"),
        ),
        Wording::new(
            "请并入那一行；若是另一个问题，请换一个 id。",
            "Merge it into that row, or give it another id if it is another question.",
        ),
    )
}

/// Ids that differ only in case are two articles, and often meant as one.
fn similar_ids(candidates: &[Candidate], existing: &[Article], items: &mut [PlanItem]) {
    let mut first: HashMap<String, &ArticleId> = HashMap::new();
    for article in existing {
        first.entry(article.id.as_str().to_lowercase()).or_insert(&article.id);
    }
    for candidate in candidates {
        let id = &candidate.article.id;
        let earlier = *first.entry(id.as_str().to_lowercase()).or_insert(id);
        if earlier != id {
            items[candidate.row].warnings.push(Notice::of_row(
                "id_differs_in_case",
                format!("id {id} 与 {earlier} 只有大小写不同，视为两篇文章"),
                format!("the ids {id} and {earlier} differ only in case: two articles"),
            ));
        }
    }
}

/// Refuses rows that repeat a phrasing of another article, naming it; skips those that only repeat its question and answer.
///
/// Stored versions that a row replaces do not count, unless that row is refused itself: so the passes repeat until no further row
/// is refused, at most once per row.
fn shared_phrasings(candidates: &mut Vec<Candidate>, existing: &[Article], options: &PlanOptions, items: &mut [PlanItem]) {
    let stored: Vec<(Key, Vec<String>)> = existing.iter().map(|article| ((article.id.clone(), article.locale), keys_of(article))).collect();
    let mut replaced: HashSet<Key> = candidates.iter().map(|candidate| (candidate.article.id.clone(), candidate.article.locale)).collect();
    let conflicts = loop {
        let conflicts = conflicts(candidates, &stored, &replaced, options);
        if options.allow_shared_phrasings {
            break conflicts;
        }
        let before = replaced.len();
        for (candidate, _) in candidates.iter().zip(&conflicts).filter(|(_, conflict)| conflict.is_some()) {
            replaced.remove(&(candidate.article.id.clone(), candidate.article.locale));
        }
        if replaced.len() == before {
            break conflicts;
        }
    };
    let mut taken = Vec::with_capacity(candidates.len());
    for (candidate, conflict) in candidates.iter().zip(conflicts) {
        let Some((phrasing, owner)) = conflict else {
            taken.push(true);
            continue;
        };
        let phrasing = quoted(candidate.article.phrasings().nth(phrasing).unwrap_or_default());
        let (article, keys, place) = match owner {
            Owner::Row(row) => (&candidates[row].article, &candidates[row].keys, Some(&candidates[row].place)),
            Owner::Stored(at) => (&existing[at], &stored[at].1, None),
        };
        let name = name_of(article, place);
        let item = &mut items[candidate.row];
        taken.push(options.allow_shared_phrasings);
        if options.allow_shared_phrasings {
            item.warnings.push(Notice::of_row(
                "phrasing_shared",
                format!("问法“{phrasing}”也属于{}", name.zh),
                format!("the phrasing {phrasing:?} belongs to {} too", name.en),
            ));
        } else if adds_nothing(&candidate.article, &candidate.keys, article, keys) {
            skip(item, &name);
        } else {
            item.refusal = Some(phrasing_taken(&phrasing, &name));
        }
    }
    let mut taken = taken.into_iter();
    candidates.retain(|_| taken.next().unwrap_or(false));
}

/// For each row the first of its phrasings that is another article's, and whose. Rows with a conflict own no phrasings.
fn conflicts(
    candidates: &[Candidate],
    stored: &[(Key, Vec<String>)],
    replaced: &HashSet<Key>,
    options: &PlanOptions,
) -> Vec<Option<(usize, Owner)>> {
    let mut owners: HashMap<&str, (&ArticleId, Owner)> = HashMap::new();
    for (at, (key, phrasings)) in stored.iter().enumerate().filter(|(_, (key, _))| !replaced.contains(key)) {
        for phrasing in phrasings {
            owners.entry(phrasing).or_insert((&key.0, Owner::Stored(at)));
        }
    }
    let mut conflicts = Vec::with_capacity(candidates.len());
    for (row, Candidate { article, keys, .. }) in candidates.iter().enumerate() {
        let conflict = keys
            .iter()
            .enumerate()
            .find_map(|(at, key)| owners.get(key.as_str()).filter(|(id, _)| **id != article.id).map(|(_, owner)| (at, *owner)));
        if conflict.is_none() || options.allow_shared_phrasings {
            for key in keys {
                owners.entry(key).or_insert((&article.id, Owner::Row(row)));
            }
        }
        conflicts.push(conflict);
    }
    conflicts
}

/// An article as it is named to the editor of another.
fn name_of(article: &Article, place: Option<&Place>) -> Wording {
    let (id, locale) = (&article.id, article.locale);
    match place {
        Some(place) => Wording::new(format!("文章 {id}（{locale}，{place}）"), format!("the article {id} ({locale}, {place})")),
        None => Wording::new(format!("已有文章 {id}（{locale}）"), format!("the stored article {id} ({locale})")),
    }
}

fn phrasing_taken(phrasing: &str, owner: &Wording) -> Refusal {
    Refusal::new(
        "phrasing_taken",
        Wording::new(format!("问法“{phrasing}”已属于{}", owner.zh), format!("the phrasing {phrasing:?} belongs to {}", owner.en)),
        Wording::new(
            "同一问法只能属于一篇文章：请改写，或并入那篇文章。",
            "A phrasing belongs to one article: reword it, or merge the two articles.",
        ),
    )
}

/// Points out relations to articles that are neither stored nor among the rows that are taken.
fn unknown_relations(candidates: &[Candidate], existing: &[Article], items: &mut [PlanItem]) {
    let known: HashSet<&ArticleId> =
        existing.iter().map(|article| &article.id).chain(candidates.iter().map(|candidate| &candidate.article.id)).collect();
    for candidate in candidates {
        for id in candidate.article.related.iter().filter(|id| !known.contains(id)) {
            items[candidate.row].warnings.push(Notice::of_row(
                "related_unknown",
                format!("相关文章 {id} 不存在"),
                format!("the related article {id} does not exist"),
            ));
        }
    }
}
