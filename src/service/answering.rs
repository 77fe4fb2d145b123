//! From a message in its conversation to judged candidates.
//!
//! A message is searched as a whole. If it has several sentences, each is searched by itself as well: the question may stand
//! anywhere in a long complaint, and one message may ask several things. A follow-up (“那换货呢”) is searched together with the
//! question that it follows.

use std::time::Duration;

use super::Service;
use super::indexing::Served;
use crate::domain::ids::{ArticleId, KbRevision};
use crate::error::Failure;
use crate::index::snapshot::Live;
use crate::index::vectors::Vector;
use crate::retrieve::fusion::Mode;
use crate::retrieve::judge::{Judgement, judge};
use crate::retrieve::query::Query;
use crate::text::normalize::fold;
use crate::text::sentences::sentences;

/// Sentences searched by themselves; the rest of a longer message is still part of the whole.
const SENTENCES_MAX: usize = 12;
/// A sentence by itself must be clearer than the whole by this much to be taken for the question.
const CLEARER: f64 = 0.05;

/// What is searched for one message.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The message, personal data masked, placeholders taken out; a burst joined by newlines.
    pub text: String,
    /// The question before, for a follow-up.
    pub follows: Option<String>,
    /// The channel; `None` sees articles of every channel.
    pub channel: Option<String>,
}

/// A message, answered as far as articles go.
#[derive(Debug, Clone)]
pub struct Answering {
    /// The judgement that stands for the message.
    pub main: Judgement,
    /// Further questions of the same message, each with another best article, in text order.
    pub further: Vec<Judgement>,
    /// The state of the knowledge base that was searched.
    pub revision: KbRevision,
    /// Fingerprint of the index that was searched.
    pub index: String,
    /// Name and fingerprint of the encoder; empty without one.
    pub model: (String, String),
}

impl Service {
    /// Searches and judges a message.
    ///
    /// If the encoder fails or is late, terms alone are searched and the judgement says so; a failing index is an error.
    pub(super) async fn answering(&self, asked: Asked) -> Result<Answering, Failure> {
        let texts = parts(&asked);
        self.answering_parts(asked, texts).await
    }

    /// The same for a text that is not cut into sentences: a stored query.
    pub(super) async fn answering_whole(&self, asked: Asked) -> Result<Answering, Failure> {
        let texts = vec![asked.text.clone()];
        self.answering_parts(asked, texts).await
    }

    async fn answering_parts(&self, asked: Asked, texts: Vec<String>) -> Result<Answering, Failure> {
        let served = self.inner.indexing.served();
        let vectors = self.encode(&served, &texts).await;
        let service = self.clone();
        self.inner.cpu.run(move || service.judge_parts(&served, &asked, texts, vectors)).await?
    }

    /// The vectors of the texts; `None` without an encoder, or when it fails or is late.
    async fn encode(&self, served: &Served, texts: &[String]) -> Option<Vec<Vector>> {
        let embedder = served.parts.embedder.clone()?;
        let folded: Vec<String> = texts.iter().map(|text| fold(text)).collect();
        let work = self.inner.cpu.run(move || {
            let vectors = folded.iter().map(|text| Ok(Vector::new(&embedder.embed_query(text)?, embedder.dims())?));
            vectors.collect::<Result<Vec<_>, Failure>>()
        });
        let deadline = Duration::from_millis(self.inner.config.answers.encode_deadline_ms);
        match tokio::time::timeout(deadline, work).await {
            Ok(Ok(Ok(vectors))) => Some(vectors),
            Ok(Ok(Err(failure))) => {
                tracing::error!(error = %crate::error::chain(failure.get()), "the encoder failed: searching keywords alone");
                None
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the encoder had no turn: searching keywords alone");
                None
            }
            Err(_) => {
                tracing::warn!(deadline_ms = deadline.as_millis() as u64, "the encoder is late: searching keywords alone");
                None
            }
        }
    }

    fn judge_parts(&self, served: &Served, asked: &Asked, texts: Vec<String>, vectors: Option<Vec<Vector>>) -> Result<Answering, Failure> {
        let lexicon = self.inner.lexicon.load();
        let live = Live { now: self.inner.clock.now(), channel: asked.channel.as_deref() };
        let mut judgements = Vec::with_capacity(texts.len());
        for (n, text) in texts.iter().enumerate() {
            let mut query = Query::new(text, &served.snapshot, &lexicon.synonyms);
            query.vector = vectors.as_ref().map(|vectors| vectors[n].clone());
            judgements.push(judge(query, &served.snapshot, Mode::Hybrid, live, &self.inner.confidence)?);
        }
        let (main, further) = choose(judgements, self.inner.confidence.of(vectors.is_none()).thresholds.answer);
        let encoder = served.parts.embedder.as_ref().filter(|_| vectors.is_some());
        Ok(Answering {
            main,
            further,
            revision: served.snapshot.revision(),
            index: served.fingerprint.clone(),
            model: encoder.map_or_else(Default::default, |e| (e.name().to_owned(), e.fingerprint().to_owned())),
        })
    }
}

/// The whole first, then its sentences if there are several.
fn parts(asked: &Asked) -> Vec<String> {
    let whole = match &asked.follows {
        Some(before) => format!("{before} {}", asked.text),
        None => asked.text.clone(),
    };
    let mut texts = vec![whole];
    if asked.follows.is_none() {
        let sentences = sentences(&asked.text);
        if sentences.len() > 1 {
            texts.extend(sentences.into_iter().take(SENTENCES_MAX));
        }
    }
    texts
}

/// The judgement that stands for the message (the whole, unless one sentence is clearly the question), and the further questions
/// that are sure by themselves and lead to other articles.
fn choose(mut judgements: Vec<Judgement>, sure: f64) -> (Judgement, Vec<Judgement>) {
    let whole = judgements.remove(0);
    let best = judgements.iter().enumerate().map(|(n, j)| (j.confidence().get(), n)).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let clear = best.filter(|(confidence, _)| *confidence > whole.confidence().get() + CLEARER).map(|(_, n)| n);
    let main = clear.map_or(&whole, |n| &judgements[n]).clone();
    let mut tops: Vec<ArticleId> = main.found.candidates.first().map(|c| c.id.clone()).into_iter().collect();
    let mut further = Vec::new();
    for judgement in judgements {
        let Some(top) = judgement.found.candidates.first().map(|c| c.id.clone()) else { continue };
        if judgement.confidence().get() >= sure && !tops.contains(&top) {
            tops.push(top);
            further.push(judgement);
        }
    }
    (main, further)
}
