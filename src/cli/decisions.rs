//! `jieda decisions`: what was decided, shown and repeated.

use serde_json::json;

use super::data;
use super::session::{Session, Status};
use super::{opening, view};
use crate::domain::ids::DecisionId;
use crate::error::Failure;
use crate::http::wire::ask::RankedArticle;
use crate::kb::Wording;
use crate::service::replay::{Replay, UnknownDecision};

/// Shows a decision, also while a server runs.
pub async fn show(id: DecisionId, session: &Session) -> Result<Status, Failure> {
    let readable = data::read(&session.config.server.data_dir, &session.clock).await?;
    let decision = readable.store.decision(id).await;
    readable.store.close().await;
    let decision = decision?.ok_or(UnknownDecision { id })?;
    session.manner.show(|| view::decision_value(&decision), || view::decision_text(&decision, session.manner.locale))?;
    Ok(Status::Done)
}

/// Repeats a decision. Status 1 if the outcome differs.
pub async fn replay(id: DecisionId, session: &Session) -> Result<Status, Failure> {
    let way_out = Wording::new("请先停止服务再重演。", "Stop the server and repeat it then.");
    let claimed = data::claim_existing(&session.config.server.data_dir, Some(way_out))?;
    let service = opening::service(session, &claimed.dir).await?;
    let replay = service.replay(id).await;
    service.close().await;
    let replay = replay?;
    session.manner.show(|| value(&replay), || text(&replay, session))?;
    Ok(if replay.same { Status::Done } else { Status::Negative })
}

fn value(replay: &Replay) -> serde_json::Value {
    json!({
        "same": replay.same,
        "changed": replay.changed,
        "stored": view::decision_value(&replay.stored),
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
