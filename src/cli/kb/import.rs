//! `jieda kb import`: a verdict per row, the good rows in one transaction, the others in a file to be corrected.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::read_options;
use super::report::{self, Summary};
use crate::cli::checked::Import;
use crate::cli::data;
use crate::cli::session::{Session, Status};
use crate::domain::article::{Article, ArticleStatus};
use crate::domain::time::Clock;
use crate::domain::wording::Wording;
use crate::error::Failure;
use crate::kb::{Document, Place, Plan, PlanOptions, RawRow, Refusal, RefusedRow, Verdict, plan, read_path, write_refused};
use crate::service::articles::phrasing_keys;
use crate::store::{ImportOptions, RowOutcome, Store};

/// Runs the command. Status 1 if a row was refused.
pub async fn run(import: Import, session: &Session) -> Result<Status, Failure> {
    let options = read_options(session, import.encoding);
    let document = {
        let path = import.path.clone();
        session.blocking(move || Ok(read_path(&path, &options)?)).await?
    };
    let way_out = Wording::new(
        "请先停止使用它的服务再导入；服务运行时可用 POST /v1/articles 逐篇写入。",
        "Stop the server that uses it and import again; while it runs, write articles with POST /v1/articles.",
    );
    let claimed = data::claim(&session.config.server.data_dir, Some(way_out))?;
    let store = claimed.store(&session.clock).await?;
    let done = into_store(&store, document, import.dry_run).await;
    store.close().await;
    let done = done?;

    let target = match import.refused {
        Some(path) => Some(path),
        None if import.dry_run => None,
        None => Some(beside(&import.path, &session.clock)),
    };
    let refused_file = target.filter(|_| !done.refused.is_empty());
    if let Some(path) = &refused_file {
        write_refused(&done, path)?;
    }
    let summary = Summary { plan: &done, dry_run: import.dry_run, refused_file: refused_file.as_deref() };
    report::show(&summary, session.manner)?;
    Ok(if done.refused.is_empty() { Status::Done } else { Status::Negative })
}

/// Compares a document with the store and stores what is new, in one transaction: a kill leaves all of it or nothing.
pub async fn into_store(store: &Store, document: Document, dry_run: bool) -> Result<Plan, Failure> {
    let existing: Vec<Article> = store.all_articles().await?.into_iter().map(|stored| stored.value).collect();
    let raws: BTreeMap<Place, RawRow> = document.rows.iter().map(|row| (row.place.clone(), row.raw.clone())).collect();
    let (mut planned, rows) = tokio::task::spawn_blocking(move || {
        let mut planned = plan(document, &existing, &PlanOptions::default());
        let rows: Vec<(Article, Vec<String>)> = std::mem::take(&mut planned.to_write)
            .into_iter()
            .map(|article| {
                let keys = keys(&article);
                (article, keys)
            })
            .collect();
        (planned, rows)
    })
    .await
    .map_err(|_| crate::cli::error::CliError::Lost)?;
    if rows.is_empty() {
        return Ok(planned);
    }
    let outcomes = store.import_articles(&rows, ImportOptions { dry_run }).await?.rows;
    refuse_what_the_store_refused(&mut planned, outcomes, raws);
    planned.to_write = rows.into_iter().map(|(article, _)| article).collect();
    Ok(planned)
}

/// The keys under which the store holds an article's phrasings; an archived article holds none.
fn keys(article: &Article) -> Vec<String> {
    match article.status {
        ArticleStatus::Archived => vec![String::new(); article.variants.len() + 1],
        _ => phrasing_keys(article),
    }
}

/// The store has the last word: two articles that swap their phrasings pass the plan, but neither can be stored first.
fn refuse_what_the_store_refused(planned: &mut Plan, outcomes: Vec<RowOutcome>, mut raws: BTreeMap<Place, RawRow>) {
    let written = planned.items.iter_mut().filter(|item| matches!(item.verdict, Verdict::Created | Verdict::Updated));
    let mut refused = Vec::new();
    for (item, outcome) in written.zip(outcomes) {
        let RowOutcome::PhrasingTaken { phrasing, article_id } = outcome else { continue };
        let refusal = Refusal::new(
            "phrasing_taken",
            Wording::new(
                format!("问法“{phrasing}”已属于已有文章 {article_id}"),
                format!("the phrasing {phrasing:?} belongs to the stored article {article_id}"),
            ),
            Wording::new(
                "同一问法只能属于一篇文章：请先导入让出它的那篇，再导入这篇。",
                "A phrasing belongs to one article: import the article that gives it up first, then this one.",
            ),
        );
        item.verdict = Verdict::Refused;
        item.refusal = Some(refusal.clone());
        refused.push(RefusedRow { place: item.place.clone(), refusal, raw: raws.remove(&item.place).unwrap_or_default() });
    }
    if !refused.is_empty() {
        planned.refused.extend(refused);
        planned.refused.sort_by(|a, b| a.place.cmp(&b.place));
    }
}

/// `refused-<time>.csv` in the directory that holds `path`.
fn beside(path: &Path, clock: &Clock) -> PathBuf {
    let time: String = clock.now().to_string().chars().take(19).filter(|c| c.is_ascii_digit() || *c == 'T').collect();
    path.with_file_name(format!("refused-{}.csv", time.replace('T', "-")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use crate::kb::{ReadOptions, read_bytes};

    async fn import(store: &Store, csv: &str) -> Plan {
        into_store(store, read_bytes("faq.csv", csv.as_bytes(), &ReadOptions::default()).unwrap(), false).await.unwrap()
    }

    fn verdicts(plan: &Plan) -> Vec<Verdict> {
        plan.items.iter().map(|item| item.verdict).collect()
    }

    #[tokio::test]
    async fn rows_that_swap_phrasings_are_refused_and_come_back_whole() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("jieda.db"), Clock::fixed(Timestamp(0))).await.unwrap();
        let first = import(&store, "id,title,answer\na,运费多少,十元\nb,怎么退货,七天内\n").await;
        assert_eq!(verdicts(&first), [Verdict::Created, Verdict::Created]);
        let swapped = import(&store, "id,title,answer\na,怎么退货,十元\nb,运费多少,七天内\nc,有发票吗,有\n").await;
        assert_eq!(verdicts(&swapped), [Verdict::Refused, Verdict::Refused, Verdict::Created]);
        assert_eq!(swapped.refused.len(), 2);
        assert_eq!(swapped.refused[0].raw.get(crate::kb::Field::Answer), Some("十元"));
    }

    #[tokio::test]
    async fn archived_articles_give_their_phrasings_free() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("jieda.db"), Clock::fixed(Timestamp(0))).await.unwrap();
        import(&store, "id,title,answer,status\nold,运费多少,十元,archived\n").await;
        assert_eq!(verdicts(&import(&store, "id,title,answer\nnew,运费多少,八元\n").await), [Verdict::Created]);
    }

    #[test]
    fn refused_rows_go_beside_the_file() {
        let clock = Clock::fixed(Timestamp::parse_rfc3339("2026-01-02T03:04:05Z").unwrap());
        for (path, want) in [
            ("dir/faq.csv", "dir/refused-20260102-030405.csv"),
            ("faq.csv", "refused-20260102-030405.csv"),
            ("a/kb/", "a/refused-20260102-030405.csv"),
        ] {
            assert_eq!(beside(Path::new(path), &clock), Path::new(want));
        }
    }
}
