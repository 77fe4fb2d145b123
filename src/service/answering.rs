//! From a message in its conversation to judged candidates.
//!
//! A message is searched as a whole. If it has several sentences, each is searched by itself as well: the question may stand
//! anywhere in a long complaint, and one message may ask several things. A follow-up (“那换货呢”) is searched together with the
//! question that it follows.

use std::sync::Arc;
use std::time::Duration;

use super::Service;
use super::indexing::Served;
use crate::domain::ids::{ArticleId, KbRevision};
use crate::error::Failure;
use crate::index::error::IndexError;
use crate::index::snapshot::Live;
use crate::index::vectors::Vector;
use crate::retrieve::adaptation::Adaptation;
use crate::retrieve::fusion::Mode;
use crate::retrieve::judge::{Judgement, judge};
use crate::retrieve::query::Query;
use crate::retrieve::spelling::corrected;
use crate::text::normalize::{bare, fold, is_han};
use crate::text::sentences::sentences;

/// Sentences searched by themselves; the rest of a longer message is still part of the whole.
const SENTENCES_MAX: usize = 12;
/// A sentence by itself must be clearer than the whole by this much to be taken for the question.
const CLEARER: f64 = 0.05;
/// Share of the answer line from which a further question of a message that asks several is answered too.
const FURTHER: f64 = 0.7;
/// Characters of the question before that are searched with a follow-up.
const CONTEXT_CHARS: usize = 80;
/// Share of a follow-up's own vector in what is searched.
const OWN_WEIGHT: f32 = 0.35;
/// Candidates of the message alone among which the context may choose.
const CONTEXT_CHOICES: usize = 10;

/// What is searched for one message.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The message, personal data masked, placeholders taken out; a burst joined by newlines.
    pub text: String,
    /// What went before, if the message may be about it.
    pub follows: Option<Follows>,
    /// The channel; `None` sees articles of every channel.
    pub channel: Option<String>,
}

/// The question before.
#[derive(Debug, Clone)]
pub struct Follows {
    /// Its query, context of its own included.
    pub query: String,
    /// Whether the message cannot be understood without it; otherwise it only helps to choose among what the message finds.
    pub certain: bool,
}

/// A message, answered as far as articles go.
#[derive(Debug, Clone)]
pub struct Answering {
    /// The judgement that stands for the message.
    pub main: Judgement,
    /// Further questions of the same message, each with another best article, in text order.
    pub further: Vec<Judgement>,
    /// Questions of the same message that nothing answers surely, in text order.
    pub open: Vec<Open>,
    /// The state of the knowledge base that was searched.
    pub revision: KbRevision,
    /// Fingerprint of the index that was searched.
    pub index: String,
    /// Name and fingerprint of the encoder; empty without one.
    pub model: (String, String),
    /// What the articles had taught by then.
    pub adaptation: Arc<Adaptation>,
}

/// A question of a message that stays open while another one is answered.
#[derive(Debug, Clone)]
pub struct Open {
    /// The question as written.
    pub text: String,
    /// What was found for it.
    pub judgement: Judgement,
}

impl Service {
    /// Searches and judges a message.
    ///
    /// If the encoder fails or is late, terms alone are searched and the judgement says so; a failing index is an error.
    pub(super) async fn answering(&self, asked: Asked) -> Result<Answering, Failure> {
        let texts = parts(&asked);
        self.answering_parts(self.inner.indexing.served(), asked, texts).await
    }

    /// The same for a stored query, with what is served now.
    pub(super) async fn answering_again(&self, query: &str, own: &str, channel: Option<String>) -> Result<Answering, Failure> {
        self.answering_again_in(self.inner.indexing.served(), query, own, channel).await
    }

    /// The same for a stored query in one view: it is not cut into sentences, and if it holds a question before its own (`own` is what the
    /// customer wrote), it leans on it as it did then.
    pub(super) async fn answering_again_in(
        &self,
        served: Arc<Served>,
        query: &str,
        own: &str,
        channel: Option<String>,
    ) -> Result<Answering, Failure> {
        // The query was put right when it was asked.
        let own = bare(&corrected(&fold(own), &served.snapshot).text).to_owned();
        let joined = query != own && !own.is_empty() && query.ends_with(&own);
        let follows = joined.then(|| Follows { query: String::new(), certain: true });
        let texts = if joined { vec![own.clone(), query.to_owned()] } else { vec![query.to_owned()] };
        self.answering_parts(served, Asked { text: own, follows, channel }, texts).await
    }

    async fn answering_parts(&self, served: Arc<Served>, asked: Asked, texts: Vec<String>) -> Result<Answering, Failure> {
        let lexicon = self.inner.lexicon.load_full();
        let queries: Vec<Query> = texts.iter().map(|text| Query::asked(text, &served.snapshot, &lexicon.synonyms)).collect();
        let vectors = self.encode(&served, &queries).await;
        let service = self.clone();
        self.inner.cpu.run(move || service.judge_parts(&served, &asked, &texts, queries, vectors)).await?
    }

    /// The vectors of the queries; `None` without an encoder, or when it fails or is late.
    async fn encode(&self, served: &Served, queries: &[Query]) -> Option<Vec<Vector>> {
        let embedder = served.parts.embedder.clone()?;
        let folded: Vec<String> = queries.iter().map(|query| query.folded.clone()).collect();
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

    fn judge_parts(
        &self,
        served: &Served,
        asked: &Asked,
        texts: &[String],
        queries: Vec<Query>,
        vectors: Option<Vec<Vector>>,
    ) -> Result<Answering, Failure> {
        let live = Live { now: self.inner.clock.now(), channel: asked.channel.as_deref() };
        let adaptation = self.inner.adapting.of(served);
        let sure = |judgement: &Judgement| self.lines(&adaptation, judgement, asked.channel.as_deref()).answer;
        let mut judgements = Vec::with_capacity(queries.len());
        for (n, mut query) in queries.into_iter().enumerate() {
            query.vector = match &vectors {
                Some(vectors) if asked.follows.is_some() && n == 1 => Some(lean(&vectors[1], &vectors[0])?),
                Some(vectors) => Some(vectors[n].clone()),
                None => None,
            };
            judgements.push(judge(query, &served.snapshot, Mode::Hybrid, live, &adaptation)?);
        }
        let (main, further, open) = match &asked.follows {
            Some(follows) if judgements.len() == 2 => {
                let joined = judgements.remove(1);
                let alone = judgements.remove(0);
                let line = sure(&alone);
                (read_in_context(alone, joined, follows.certain, line), Vec::new(), Vec::new())
            }
            _ => choose(judgements, texts, &sure),
        };
        let encoder = served.parts.embedder.as_ref().filter(|_| vectors.is_some());
        Ok(Answering {
            main,
            further,
            open,
            revision: served.snapshot.revision(),
            index: served.fingerprint.clone(),
            adaptation,
            model: encoder.map_or_else(Default::default, |e| (e.name().to_owned(), e.fingerprint().to_owned())),
        })
    }
}

/// What is searched: a message that may follow another is its text with and without the question before; any other is the whole,
/// then its sentences if there are several.
fn parts(asked: &Asked) -> Vec<String> {
    if let Some(follows) = &asked.follows {
        return vec![asked.text.clone(), format!("{} {}", tail(&follows.query), asked.text)];
    }
    let mut texts = vec![asked.text.clone()];
    let sentences = sentences(&asked.text);
    if sentences.len() > 1 {
        texts.extend(sentences.into_iter().take(SENTENCES_MAX));
    }
    texts
}

/// The end of a query that grew over several follow-ups.
fn tail(query: &str) -> &str {
    let cut = query.char_indices().rev().nth(CONTEXT_CHARS - 1).map_or(0, |(at, _)| at);
    &query[cut..]
}

/// A follow-up leans on the question before, but what it says itself weighs more than its share of the joined text.
fn lean(joined: &Vector, own: &Vector) -> Result<Vector, IndexError> {
    let mixed: Vec<f32> = joined.exact.iter().zip(own.exact.iter()).map(|(j, o)| j * (1.0 - OWN_WEIGHT) + o * OWN_WEIGHT).collect();
    let norm = mixed.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    Vector::new(&mixed.iter().map(|x| x / norm).collect::<Vec<_>>(), mixed.len())
}

/// Which of the two readings of a possible follow-up stands. Without certainty the context may only choose among what the message
/// finds by itself: a new question is not dragged to the old topic. The shorter a message, the more it leans on what went before.
fn read_in_context(alone: Judgement, joined: Judgement, certain: bool, sure: f64) -> Judgement {
    if certain {
        return joined;
    }
    let chosen =
        joined.found.candidates.first().is_some_and(|top| alone.found.candidates.iter().take(CONTEXT_CHOICES).any(|c| c.id == top.id));
    let clearer = if is_terse(&alone.query.folded) {
        joined.confidence().get() >= alone.confidence().get().min(sure)
    } else {
        alone.confidence().get() < sure && joined.confidence().get() > alone.confidence().get()
    };
    if chosen && clearer && !alone.found.candidates[0].exact { joined } else { alone }
}

/// Up to eight Han characters or four words: hardly a whole question.
fn is_terse(folded: &str) -> bool {
    let han = folded.chars().filter(|c| is_han(*c)).count();
    if han > 0 { han <= 8 } else { folded.split_whitespace().count() <= 4 }
}

/// The judgement that stands for the message (the whole, unless one sentence is clearly the question), the further questions that
/// are likely enough by themselves and lead to other articles, and the questions that stay open. `texts` are what was judged, the
/// whole first; `sure` has the answer line of a judgement.
fn choose(mut judgements: Vec<Judgement>, texts: &[String], sure: &dyn Fn(&Judgement) -> f64) -> (Judgement, Vec<Judgement>, Vec<Open>) {
    let whole = judgements.remove(0);
    let best = judgements.iter().enumerate().map(|(n, j)| (j.confidence().get(), n)).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let clear = best.filter(|(confidence, _)| *confidence > whole.confidence().get() + CLEARER).map(|(_, n)| n);
    let main = clear.map_or(&whole, |n| &judgements[n]).clone();
    let mut tops: Vec<ArticleId> = main.found.candidates.first().map(|c| c.id.clone()).into_iter().collect();
    let several = texts[1..].iter().filter(|text| asks(text)).count() > 1;
    let (mut further, mut open) = (Vec::new(), Vec::new());
    for (n, judgement) in judgements.into_iter().enumerate() {
        let Some(top) = judgement.found.candidates.first().map(|c| c.id.clone()) else { continue };
        if Some(n) == clear || tops.contains(&top) {
            continue;
        }
        let line = sure(&judgement);
        let likely = judgement.confidence().get() >= if several { line * FURTHER } else { line };
        if likely {
            tops.push(top);
            further.push(judgement);
        } else if several && asks(&texts[n + 1]) {
            open.push(Open { text: texts[n + 1].clone(), judgement });
        }
    }
    (main, further, open)
}

/// Whether a sentence asks something by its mark or words.
fn asks(sentence: &str) -> bool {
    const WORDS: &[&str] = &[
        "?",
        "？",
        "吗",
        "怎么",
        "咋",
        "多少",
        "多久",
        "几",
        "什么",
        "啥",
        "哪",
        "谁",
        "能不能",
        "可不可以",
        "how ",
        "what ",
        "when ",
        "where ",
        "who ",
        "why ",
        "can i",
    ];
    let folded = fold(sentence);
    WORDS.iter().any(|word| folded.contains(word))
}
