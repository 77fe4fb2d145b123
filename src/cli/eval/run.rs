//! `jieda eval run`: asks, measures, keeps.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Stages, articles, figures, mode_name, runs_dir, steps, told};
use crate::cli::checked::Evaluation;
use crate::cli::opening;
use crate::cli::session::{Session, Status};
use crate::embed::Embedder;
use crate::error::{Failure, chain};
use crate::eval::calibrated::{Ground, calibrated};
use crate::eval::questions::{self, LabelledQuestion, Limits};
use crate::eval::record::{Asked, FORMAT, Record, Source};
use crate::eval::run::record_all;
use crate::eval::vectors::Vectors;
use crate::eval::{knowledge, metrics, runs};
use crate::kb::export;
use crate::retrieve::fusion::Mode;
use crate::service::lexicon::Lexicon;
use crate::text::hex::hex;

/// Asks every question of a set, prints the figures and keeps the record.
pub async fn run(evaluation: Evaluation, out: Option<PathBuf>, session: &Session) -> Result<Status, Failure> {
    let (record, _) = evaluate(evaluation, None, session).await?;
    if let Some(path) = &out {
        runs::write(&record, path)?;
    }
    keep(&record, session);
    let (record, report) = session
        .blocking(move || {
            let report = metrics::report(&record.asked, &record.lines);
            Ok((record, report))
        })
        .await?;
    session.manner.show(|| figures::value(&record, &report), || figures::text(&record, &report, session.manner.locale))?;
    Ok(Status::Done)
}

/// Pinned questions and what came of them.
#[derive(Default)]
pub struct Pinned {
    /// The questions.
    pub questions: Vec<LabelledQuestion>,
    /// What was asked, these among it.
    pub asked: Vec<Asked>,
}

/// Keeps a record for later comparisons; says so where that fails, as the evaluation itself is done.
pub fn keep(record: &Record, session: &Session) {
    let dir = runs_dir(&session.config.server.data_dir);
    match runs::keep(record, &dir) {
        Ok(name) => session.manner.tell(&format!("已保存为 {name}"), &format!("kept as {name}")),
        Err(error) => {
            let (dir, why) = (dir.display(), chain(&error));
            session.manner.tell(&format!("提醒：未能保存到 {dir}：{why}"), &format!("note: not kept in {dir}: {why}"));
        }
    }
}

/// Asks every question of a set, and in the same setting those of the file `pinned`, which are no part of the record.
pub async fn evaluate(evaluation: Evaluation, pinned: Option<PathBuf>, session: &Session) -> Result<(Record, Pinned), Failure> {
    let begun = session.clock.now();
    let calibrating = evaluation.calibrate.read()?;
    let embedder = if evaluation.mode == Mode::Lexical { None } else { Some(opening::encoder_in_use(session).await?) };
    let articles = articles(evaluation.kb.clone(), session).await?;
    let stages = Stages::new(session);
    let cache = evaluation.cache.then(|| session.config.server.data_dir.join("eval").join("vectors"));
    let (configuration, clock) = (session.config.fingerprint(), session.clock.clone());
    let data_dir = session.config.server.data_dir.clone();
    let (chars, manner) = (session.config.limits.question_chars, session.manner);
    session
        .blocking(move || {
            let known: std::collections::HashSet<_> = articles.iter().map(|article| article.id.clone()).collect();
            let limits = Limits { known: &|id| known.contains(id), chars };
            let labelled = |path: &Path| questions::read_as_labelled(path, limits).map(|labelled| told(labelled, manner));
            let questions = labelled(&evaluation.questions)?;
            let pins = |path: &Path| questions::read(path, limits).map(|labelled| told(labelled, manner));
            let pinned = pinned.as_deref().map(pins).transpose()?.unwrap_or_default();
            let knowledge = source(&evaluation.kb, export::fingerprint(&articles), known.len());
            let log = evaluation.log.as_deref().map(|path| questions::read_log(path, &questions, chars)).transpose()?;
            let labels = evaluation.labels.as_deref().map(labelled).transpose()?.unwrap_or_default();
            let given = labels.len();
            let labels = questions::untested(labels, &questions);
            let vectors = embedder.map(|embedder| remembering(embedder, cache.as_deref()));
            // The editor's dictionary and synonyms count here as in the service.
            let lexicon = Lexicon::load(&data_dir)?;
            let snapshot = knowledge::index(articles, vectors.as_ref(), &lexicon.segmenter, &steps(stages.indexing))?;
            let ground = Ground {
                snapshot: &snapshot,
                vectors: vectors.as_ref(),
                mode: evaluation.mode,
                synonyms: &lexicon.synonyms,
                now: begun,
                target_precision: evaluation.target_precision,
                log: log.as_deref(),
                labels: &labels,
                labels_tested: given - labels.len(),
                progress: &steps(stages.calibrating),
            };
            let (adaptation, lines, calibration) = calibrated(calibrating, &ground)?;
            let setting = ground.setting(&adaptation);
            let (asking, all) = (steps(stages.asking), questions.len());
            let asked = record_all(&questions, setting, &lexicon.blocked, &|done| asking(done, all))?;
            let pinned = Pinned { asked: record_all(&pinned, setting, &lexicon.blocked, &|_| ())?, questions: pinned };
            let record = Record {
                format: FORMAT,
                program: env!("CARGO_PKG_VERSION").to_owned(),
                made_at: begun.to_string(),
                seconds: runs::seconds(begun, clock.now()),
                knowledge,
                questions: source(&evaluation.questions, questions::fingerprint(&questions), questions.len()),
                model: vectors.as_ref().map(|vectors| model(vectors.embedder())),
                mode: mode_name(evaluation.mode).to_owned(),
                calibration,
                configuration: fingerprint(&configuration, &lexicon),
                lines,
                asked,
            };
            Ok((record, pinned))
        })
        .await
}

/// The encoder, with what it encoded before. A memory that cannot be opened costs time, not the evaluation.
pub fn remembering(embedder: Arc<dyn Embedder>, cache: Option<&Path>) -> Vectors {
    let Some(dir) = cache else { return Vectors::in_memory(embedder) };
    Vectors::open(embedder.clone(), dir).unwrap_or_else(|error| {
        tracing::warn!(dir = %dir.display(), error = chain(&error), "remembered vectors cannot be used");
        Vectors::in_memory(embedder)
    })
}

/// Identifies the configuration with the editor's files that bear on what is found.
fn fingerprint(configuration: &str, lexicon: &Lexicon) -> String {
    let parts = [configuration, lexicon.segmenter.fingerprint(), lexicon.synonyms.fingerprint()];
    hex(&Sha256::digest(parts.join(" ").as_bytes()))
}

fn source(path: &Path, fingerprint: String, count: usize) -> Source {
    Source { name: path.display().to_string(), fingerprint, count }
}

fn model(embedder: &dyn Embedder) -> Source {
    Source { name: embedder.name().to_owned(), fingerprint: embedder.fingerprint().to_owned(), count: 0 }
}
