//! `jieda eval`: the measures of `crate::eval` on files.

mod comparing;
mod figures;
mod fitting;
mod gating;
mod kept;
mod pairs;
mod report;
mod run;

use std::path::{Path, PathBuf};

pub use comparing::compare;
pub use fitting::fit_to;
pub use gating::{baseline, gate};
pub use kept::list;
pub use pairs::pairs;
pub use report::report;
pub use run::{remembering, run};

use super::output::Manner;
use super::progress::{Steps, Unit};
use super::session::Session;
use crate::domain::article::Article;
use crate::error::Failure;
use crate::eval::questions::{Labelled, LabelledQuestion};
use crate::eval::visible;
use crate::kb::{PlanOptions, plan, read_path};
use crate::retrieve::fusion::Mode;

/// The articles at `path`. Phrasings that several share are a warning here: question sets have them.
pub async fn articles(path: PathBuf, session: &Session) -> Result<Vec<Article>, Failure> {
    let options = super::kb::read_options(session, None);
    let shared = PlanOptions { allow_shared_phrasings: true };
    let planned = session.blocking(move || Ok(plan(read_path(&path, &options)?, &[], &shared))).await?;
    let warnings = planned.items.iter().flat_map(|item| &item.warnings).filter(|warning| warning.code == "phrasing_shared").count();
    if warnings > 0 {
        session.manner.tell(
            &format!("提醒：{warnings} 个问法属于不止一篇文章"),
            &format!("note: {warnings} phrasings belong to more than one article"),
        );
    }
    if let Some(first) = planned.refused.first() {
        let (count, place, why) = (planned.refused.len(), &first.place, first.refusal.message.pick(session.manner.locale));
        session.manner.tell(
            &format!("提醒：{count} 行不能作为文章，第一处在 {place}：{why}"),
            &format!("note: {count} rows are no articles, the first is {place}: {why}"),
        );
    }
    Ok(planned.to_write)
}

/// The questions of a file; what in it is not read is told.
pub fn told(labelled: Labelled, manner: Manner) -> Vec<LabelledQuestion> {
    if let Some(note) = labelled.note() {
        manner.tell(&format!("提醒：{}", note.zh), &format!("note: {}", note.en));
    }
    labelled.questions
}

/// What evaluations keep in a data directory.
fn runs_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("eval").join("runs")
}

/// The names of the long stages.
struct Stages {
    indexing: &'static str,
    calibrating: &'static str,
    asking: &'static str,
}

impl Stages {
    fn new(session: &Session) -> Self {
        let pick = |zh, en| session.manner.pick(zh, en);
        Stages {
            indexing: pick("建立索引", "building the index"),
            calibrating: pick("校准", "calibrating"),
            asking: pick("提问", "asking"),
        }
    }
}

/// The progress of a stage, told from any thread.
pub fn steps(stage: &str) -> impl Fn(usize, usize) + Sync + use<> {
    let steps = std::sync::Mutex::new(Steps::new(stage, Unit::Count));
    move |done, all| {
        // A poisoned bar is only a bar.
        steps.lock().unwrap_or_else(std::sync::PoisonError::into_inner).at(done as u64, all as u64);
    }
}

fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Lexical => "lexical",
        Mode::Dense => "dense",
        Mode::Hybrid => "hybrid",
    }
}
