//! `jieda eval runs`: what was kept.

use serde_json::{Value, json};

use super::{runs_dir, visible};
use crate::cli::session::{Session, Status};
use crate::error::Failure;
use crate::eval::record::Record;
use crate::eval::runs::{self, Kept};

/// Lists the kept runs, oldest first.
pub fn list(session: &Session) -> Result<Status, Failure> {
    let kept = runs::list(&runs_dir(&session.config.server.data_dir))?;
    let value = || json!({ "items": kept.iter().map(|kept| kept_value(kept, session)).collect::<Vec<_>>() });
    session.manner.show(value, || {
        if kept.is_empty() {
            return session.manner.pick("还没有保存的评测\n", "no run was kept yet\n").to_owned();
        }
        kept.iter().map(|kept| kept_text(kept, session)).collect()
    })?;
    Ok(Status::Done)
}

/// The record file `name`, or the kept run of that name.
pub fn find(name: &str, session: &Session) -> Result<Record, Failure> {
    Ok(runs::find(name, &runs_dir(&session.config.server.data_dir))?)
}

fn kept_value(kept: &Kept, session: &Session) -> Value {
    match &kept.head {
        Ok(head) => json!({
            "name": kept.name,
            "bytes": kept.bytes,
            "made_at": head.made_at,
            "knowledge": head.knowledge,
            "questions": head.questions,
            "model": head.model,
            "mode": head.mode,
            "calibration": head.calibration.kind,
        }),
        Err(why) => json!({ "name": kept.name, "bytes": kept.bytes, "unreadable": why.pick(session.manner.locale) }),
    }
}

fn kept_text(kept: &Kept, session: &Session) -> String {
    let manner = session.manner;
    match &kept.head {
        Ok(head) => {
            let (questions, knowledge) = (&head.questions, &head.knowledge);
            let model = head.model.as_ref().map_or(String::new(), |model| format!(" · {}", model.name));
            let (asked, articles) = (manner.pick("问题", "questions"), manner.pick("文章", "articles"));
            format!(
                "{}\n    {asked} {} {}, {articles} {} {}\n    {}{model} · {} · {} kB\n",
                kept.name,
                questions.count,
                visible(&questions.name),
                knowledge.count,
                visible(&knowledge.name),
                head.mode,
                head.calibration.kind,
                kept.bytes / 1_000
            )
        }
        Err(why) => format!("{}\n    {}{}\n", kept.name, manner.pick("无法读取：", "unreadable: "), why.pick(manner.locale)),
    }
}
