//! `jieda labels`: questions labelled with their right articles, for the knowledge base in the data directory.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::data;
use super::eval::told;
use super::session::{Session, Status};
use crate::domain::ids::LabelId;
use crate::domain::label::Label;
use crate::domain::wording::Wording;
use crate::error::Failure;
use crate::eval::questions::{self, LabelledQuestion, Limits, QuestionsError};
use crate::http::wire::labels;
use crate::service::labels::{EXPECTED_MAX, LABELS_MAX, LabelError, NewLabel, checked};

/// Reads a question file and stores its labels, all or none.
pub async fn import(path: PathBuf, session: &Session) -> Result<Status, Failure> {
    let claimed = data::claim_existing(&session.config.server.data_dir, Some(way_out()))?;
    let store = claimed.store(&session.clock).await?;
    let report = async {
        let known = store.article_ids().await?;
        let manner = session.manner;
        let (max_chars, now) = (session.config.limits.question_chars, session.clock.now());
        let labels = session
            .blocking(move || {
                let limits = Limits { known: &|id| known.contains(id), chars: max_chars };
                let questions = told(questions::read(&path, limits)?, manner);
                let given = questions.iter().map(|q| NewLabel { question: q.question.clone(), expected: q.expected.clone() }).collect();
                let file = path.display().to_string();
                checked(given, &known, max_chars, now).map_err(|error| in_file(&file, &questions, error))
            })
            .await?;
        Ok::<_, Failure>(store.put_labels(&labels, LABELS_MAX).await?)
    };
    let report = report.await;
    store.close().await;
    let report = report?;
    let (added, replaced, total) = (report.added, report.labels.len() - report.added, report.total);
    session.manner.show(
        || json!({ "added": added, "replaced": replaced, "total": total }),
        || {
            session.manner.pick(
                format!("新增 {added}，替换 {replaced}，共 {total}\n"),
                format!("added {added}, replaced {replaced}, {total} altogether\n"),
            )
        },
    )?;
    Ok(Status::Done)
}

/// Lists all labels, newest first, also while a server runs.
pub async fn list(session: &Session) -> Result<Status, Failure> {
    let readable = data::read(&session.config.server.data_dir, &session.clock).await?;
    let labels = readable.store.all_labels().await;
    readable.store.close().await;
    let mut labels = labels?;
    labels.reverse();
    let nothing = session.manner.pick("没有文章能回答", "no article");
    session.manner.show(
        || json!({ "items": labels.iter().map(value).collect::<Vec<_>>() }),
        || {
            let line = |label: &Label| {
                let expected = label.expected.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(" | ");
                let expected = if expected.is_empty() { nothing } else { &expected };
                format!("{}  {}\n  {}\n  {expected}\n", label.id, label.at, label.question.replace('\n', " "))
            };
            labels.iter().map(line).collect()
        },
    )?;
    Ok(Status::Done)
}

/// Deletes labels, all or none.
pub async fn delete(ids: Vec<LabelId>, session: &Session) -> Result<Status, Failure> {
    let claimed = data::claim_existing(&session.config.server.data_dir, Some(way_out()))?;
    let store = claimed.store(&session.clock).await?;
    let deleted = store.delete_labels(&ids).await;
    store.close().await;
    let deleted = deleted?;
    let count = deleted.len();
    session.manner.show(
        || json!({ "items": deleted.iter().map(value).collect::<Vec<_>>() }),
        || session.manner.pick(format!("已删除 {count} 个标注\n"), format!("deleted {count} labels\n")),
    )?;
    Ok(Status::Done)
}

/// What is wrong with a label, at its line of the file.
fn in_file(file: &str, questions: &[LabelledQuestion], error: LabelError) -> Failure {
    let line = |at: usize| questions.get(at).map_or(0, |question| question.line);
    let (at, wording) = match error {
        LabelError::Empty { at } => (at, Wording::new("问题是空的", "the question is empty")),
        LabelError::TooLong { at, chars, max } => (
            at,
            Wording::new(
                format!("问题有 {chars} 个字符，上限为 {max}"),
                format!("the question has {chars} characters, at most {max} are taken"),
            ),
        ),
        LabelError::TooManyArticles { at, articles } => (
            at,
            Wording::new(
                format!("期望的文章有 {articles} 篇，最多 {EXPECTED_MAX} 篇"),
                format!("{articles} articles are expected, at most {EXPECTED_MAX} may be"),
            ),
        ),
        other => return other.into(),
    };
    QuestionsError::line(file, line(at), wording.zh, wording.en).into()
}

fn way_out() -> Wording {
    Wording::new(
        "请先停止使用它的服务；服务运行时可用 POST /v1/labels 和 DELETE /v1/labels/{id}。",
        "Stop the server that uses it; while it runs, use POST /v1/labels and DELETE /v1/labels/{id}.",
    )
}

fn value(label: &Label) -> Value {
    json!(labels::Label::new(label.clone()))
}
