//! `jieda eval fit`: the calibration file that is shipped.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Stages, articles, steps, told};
use crate::cli::opening;
use crate::cli::output::print;
use crate::cli::session::{Session, Status};
use crate::decide::confidence::DEFAULT_TARGET;
use crate::domain::article::Article;
use crate::domain::time::Timestamp;
use crate::error::Failure;
use crate::eval::calibrated::{Ground, learn};
use crate::eval::fit::{self, Base, fit};
use crate::eval::knowledge;
use crate::eval::questions::{self, LabelledQuestion, Limits};
use crate::eval::run;
use crate::eval::vectors::Vectors;
use crate::eval::views::View;
use crate::index::snapshot::Snapshot;
use crate::retrieve::fusion::Mode;
use crate::text::segment::Segmenter;
use crate::text::synonyms::Synonyms;

/// A knowledge base in memory and the questions about it, in one view.
struct Set {
    group: usize,
    full: bool,
    snapshot: Arc<Snapshot>,
    questions: Vec<LabelledQuestion>,
}

/// Fits the confidence to sets of articles and questions and prints the calibration file.
pub async fn fit_to(sets: Vec<(PathBuf, PathBuf)>, session: &Session) -> Result<Status, Failure> {
    let embedder = opening::encoder_in_use(session).await?;
    let now = session.clock.now();
    let names: Vec<String> = sets.iter().map(|(_, questions)| questions.display().to_string()).collect();
    let bases: Vec<PathBuf> = sets.iter().map(|(kb, _)| kb.clone()).collect();
    let mut read = Vec::new();
    for (kb, questions) in sets {
        // Sets about one knowledge base are left out together when the lines are read.
        let group = bases.iter().position(|base| *base == kb).unwrap_or(0);
        read.push((group, articles(kb, session).await?, questions));
    }
    let stages = Stages::new(session);
    let cache = session.config.server.data_dir.join("eval").join("vectors");
    let (chars, manner) = (session.config.limits.question_chars, session.manner);
    let text = session
        .blocking(move || {
            let (vectors, synonyms) = (super::run::remembering(embedder, Some(&cache)), Synonyms::empty());
            let (mut full, mut degraded) = (Vec::new(), Vec::new());
            for (group, articles, file) in read {
                let limits = Limits { known: &|id| articles.iter().any(|article| article.id == *id), chars };
                let questions = told(questions::read_as_labelled(&file, limits)?, manner);
                for set in views(group, &articles, &questions, &vectors, &stages)? {
                    full.extend(judged(&set, Some(&vectors), &synonyms, now, &stages)?);
                    degraded.extend(judged(&set, None, &synonyms, now, &stages)?);
                }
            }
            Ok(fit::file(&names, &fit(full, false), &fit(degraded, true)))
        })
        .await?;
    print(&text)?;
    Ok(Status::Done)
}

/// The rows of a view, asked with the encoder or, without vectors, with keywords alone.
fn judged(set: &Set, vectors: Option<&Vectors>, synonyms: &Synonyms, now: Timestamp, stages: &Stages) -> Result<Vec<fit::Row>, Failure> {
    let calibrating = steps(stages.calibrating);
    let ground = Ground {
        snapshot: &set.snapshot,
        vectors,
        mode: if vectors.is_some() { Mode::Hybrid } else { Mode::Lexical },
        synonyms,
        now,
        target_precision: DEFAULT_TARGET,
        log: None,
        labels: &[],
        labels_tested: 0,
        progress: &calibrating,
    };
    let adaptation = learn(&ground)?;
    let (steps, all) = (steps(stages.asking), set.questions.len());
    let judgements = run::ask_all(&set.questions, ground.setting(&adaptation), &|done| steps(done, all))?;
    let base = Base { group: set.group, full: set.full, phrasings: adaptation.ground.phrasings };
    Ok(fit::rows(base, &set.questions, &judgements))
}

fn views(
    group: usize,
    articles: &[Article],
    questions: &[LabelledQuestion],
    vectors: &Vectors,
    stages: &Stages,
) -> Result<Vec<Set>, Failure> {
    let segmenter = Arc::new(Segmenter::new(&[]));
    let views = View::all(articles).into_iter().map(|view| {
        let (articles, questions) = view.of(articles, questions);
        let snapshot = knowledge::index(articles, Some(vectors), &segmenter, &steps(stages.indexing))?;
        Ok(Set { group, full: view == View::Full, snapshot, questions })
    });
    views.collect()
}
