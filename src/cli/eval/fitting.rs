//! `jieda eval fit`: the calibration file that is shipped.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Stages, articles, steps};
use crate::cli::opening;
use crate::cli::output::print;
use crate::cli::session::{Session, Status};
use crate::decide::confidence::Confidence;
use crate::domain::article::Article;
use crate::error::Failure;
use crate::eval::fit::{self, fit};
use crate::eval::knowledge;
use crate::eval::questions::{self, LabelledQuestion};
use crate::eval::run::{self, Setting};
use crate::eval::vectors::Vectors;
use crate::index::snapshot::Snapshot;
use crate::retrieve::fusion::Mode;
use crate::retrieve::judge::Judgement;
use crate::text::segment::Segmenter;

/// A knowledge base in memory and the questions about it.
struct Set {
    snapshot: Arc<Snapshot>,
    questions: Vec<LabelledQuestion>,
}

/// Fits the confidence to sets of articles and questions and prints the calibration file.
pub async fn fit_to(sets: Vec<(PathBuf, PathBuf)>, session: &Session) -> Result<Status, Failure> {
    let embedder = opening::encoder_in_use(session).await?;
    let now = session.clock.now();
    let names: Vec<String> = sets.iter().map(|(_, questions)| questions.display().to_string()).collect();
    let mut read = Vec::new();
    for (kb, questions) in sets {
        read.push((articles(kb, session).await?, questions));
    }
    let stages = Stages::new(session);
    let text = session
        .blocking(move || {
            let vectors = Vectors::in_memory(embedder);
            let sets = read.into_iter().map(|(articles, questions)| set(articles, &questions, &vectors, &stages));
            let sets = sets.collect::<Result<Vec<Set>, Failure>>()?;
            let confidence = Confidence::prior()?;
            let fitted = |vectors: Option<&Vectors>, mode| -> Result<fit::Fitted, Failure> {
                let mut judged = Vec::new();
                for set in &sets {
                    let setting = Setting { snapshot: &set.snapshot, vectors, mode, confidence: &confidence, now };
                    let (steps, all) = (steps(stages.asking), set.questions.len());
                    judged.push(run::ask_all(&set.questions, setting, &|done| steps(done, all))?);
                }
                let rows: Vec<(&[LabelledQuestion], &[Judgement])> =
                    sets.iter().zip(&judged).map(|(set, judged)| (set.questions.as_slice(), judged.as_slice())).collect();
                Ok(fit(&rows))
            };
            Ok(fit::file(&names, &fitted(Some(&vectors), Mode::Hybrid)?, &fitted(None, Mode::Lexical)?))
        })
        .await?;
    print(&text)?;
    Ok(Status::Done)
}

fn set(articles: Vec<Article>, file: &std::path::Path, vectors: &Vectors, stages: &Stages) -> Result<Set, Failure> {
    let known: std::collections::HashSet<_> = articles.iter().map(|article| article.id.clone()).collect();
    let questions = questions::read(file, &|id| known.contains(id))?;
    let segmenter = Arc::new(Segmenter::new(&[]));
    let snapshot = knowledge::index(articles, Some(vectors), &segmenter, &steps(stages.indexing))?;
    Ok(Set { snapshot, questions })
}
