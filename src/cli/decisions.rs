//! `jieda decisions`: what was decided, shown and repeated.

use serde_json::json;

use super::data;
use super::session::{Session, Status};
use super::{opening, view};
use crate::domain::ids::DecisionId;
use crate::domain::wording::Wording;
use crate::error::{Code, Failure};
use crate::http::wire::ask::RankedArticle;
use crate::service::Service;
use crate::service::explain::{self, Explained};
use crate::service::lexicon::Lexicon;
use crate::service::replay::{Replay, UnknownDecision};

/// Shows a decision, also while a server runs; then from its record alone, because the index is the server's.
pub async fn show(id: DecisionId, session: &Session) -> Result<Status, Failure> {
    let explained = match data::claim_existing(&session.config.server.data_dir, None) {
        Ok(claimed) => {
            let service = opening::service(session, &claimed.dir).await?;
            let explained = service.explained(id).await;
            service.close().await;
            explained?
        }
        Err(failure) if failure.get().code() == Code::DataDirInUse => {
            let manner = session.manner;
            manner.tell(
                "服务正在运行：这里只有记录里的内容，词语和得分的明细请看 GET /v1/decisions/{id}",
                "a server runs: this is what the record holds; GET /v1/decisions/{id} has tokens and scores as well",
            );
            recorded(id, session).await?
        }
        Err(failure) => return Err(failure),
    };
    session.manner.show(|| view::decision_value(&explained), || view::decision_text(&explained, session.manner.locale))?;
    Ok(Status::Done)
}

/// A decision explained from its record.
async fn recorded(id: DecisionId, session: &Session) -> Result<Explained, Failure> {
    let dir = &session.config.server.data_dir;
    let readable = data::read(dir, &session.clock).await?;
    let decision = readable.store.decision(id).await;
    readable.store.close().await;
    let decision = decision?.ok_or(UnknownDecision { id })?;
    let dir = dir.clone();
    let lexicon = session.blocking(move || Ok(Lexicon::load(&dir)?)).await?;
    Ok(explain::from_record(decision, &lexicon.blocked))
}

/// Repeats a decision. Status 1 if the outcome differs.
pub async fn replay(id: DecisionId, session: &Session) -> Result<Status, Failure> {
    let way_out = Wording::new("请先停止服务再重演。", "Stop the server and repeat it then.");
    let claimed = data::claim_existing(&session.config.server.data_dir, Some(way_out))?;
    let service = opening::service(session, &claimed.dir).await?;
    let repeated = repeated(id, &service).await;
    service.close().await;
    let (replay, explained) = repeated?;
    session.manner.show(|| value(&replay, &explained), || text(&replay, session))?;
    Ok(if replay.same { Status::Done } else { Status::Negative })
}

async fn repeated(id: DecisionId, service: &Service) -> Result<(Replay, Explained), Failure> {
    Ok((service.replay(id).await?, service.explained(id).await?))
}

fn value(replay: &Replay, explained: &Explained) -> serde_json::Value {
    json!({
        "same": replay.same,
        "changed": replay.changed,
        "stored": view::decision_value(explained),
        "now": {
            "confidence": replay.confidence.get(),
            "candidates": replay.candidates.iter().map(RankedArticle::new).collect::<Vec<_>>(),
        },
    })
}

fn text(replay: &Replay, session: &Session) -> String {
    let manner = session.manner;
    let mut lines = vec![if replay.same {
        manner.pick("结果一致，分毫不差", "the same to the last bit").to_owned()
    } else {
        manner.pick("结果不同", "the outcome differs").to_owned()
    }];
    if !replay.changed.is_empty() {
        lines.push(format!("{} {}", manner.pick("变了：", "changed since:"), replay.changed.join(", ")));
    }
    let top = |candidates: &[crate::domain::decision::Candidate]| {
        candidates.first().map_or("–".to_owned(), |top| format!("{:.4} {}", top.probability.get(), top.article_id))
    };
    lines.push(format!("{} {}", manner.pick("当时", "then"), top(&replay.stored.candidates)));
    lines.push(format!("{} {}", manner.pick("现在", "now"), top(&replay.candidates)));
    lines.join("\n") + "\n"
}
