//! From a message in its conversation to judged candidates.
//!
//! A message is searched as a whole. If it has several sentences, each is searched by itself as well: the question may stand
//! anywhere in a long complaint, and one message may ask several things. A follow-up (“那换货呢”) is searched together with the
//! question that it follows.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use regex::Regex;

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
/// A piece of a sentence that is a question of its own has so many characters.
const PIECE_LEAST: usize = 4;
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
    /// What the message finds by itself, where it was read together with the question before.
    pub alone: Option<Judgement>,
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
        let (main, alone, further, open) = match &asked.follows {
            Some(follows) if judgements.len() == 2 => {
                let joined = judgements.remove(1);
                let alone = judgements.remove(0);
                if leans_on_context(&alone, &joined, follows.certain, sure(&alone)) {
                    (joined, Some(alone), Vec::new(), Vec::new())
                } else {
                    (alone, None, Vec::new(), Vec::new())
                }
            }
            _ => {
                let (main, further, open) = choose(judgements, texts, &sure);
                (main, None, further, open)
            }
        };
        let encoder = served.parts.embedder.as_ref().filter(|_| vectors.is_some());
        Ok(Answering {
            main,
            alone,
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
    let parts: Vec<String> = sentences(&asked.text).into_iter().flat_map(questions).collect();
    if parts.len() > 1 {
        texts.extend(parts.into_iter().take(SENTENCES_MAX));
    }
    texts
}

/// The questions of a sentence that asks several without a mark between them (“怎么退货 运费险怎么赔”, “how do I return it and who pays for
/// that”): cut at commas, spaces and conjunctions if every piece asks by itself, else the sentence whole.
fn questions(sentence: String) -> Vec<String> {
    static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"[，,、]\s*|(?:还有|另外|以及|顺便问下?)\s*|(?P<before>\p{Han})\s+|\s+(?:and|also)\s+").expect("fixed and tested")
    });
    let mut pieces: Vec<String> = Vec::new();
    let mut from = 0;
    for cut in BETWEEN.captures_iter(&sentence) {
        let whole = cut.get(0).map_or(0..0, |found| found.range());
        let end = cut.name("before").map_or(whole.start, |kept| kept.end());
        pieces.push(sentence[from..end].trim().to_owned());
        from = whole.end;
    }
    pieces.push(sentence[from..].trim().to_owned());
    pieces.retain(|piece| !piece.is_empty());
    if pieces.len() > 1 && pieces.iter().all(|piece| asks(piece) && piece.chars().count() >= PIECE_LEAST) { pieces } else { vec![sentence] }
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

/// Whether a possible follow-up is read together with the question before. Without certainty the context may only choose among what the
/// message finds by itself: a new question is not dragged to the old topic. The shorter a message, the more it leans on what went before.
fn leans_on_context(alone: &Judgement, joined: &Judgement, certain: bool, sure: f64) -> bool {
    if certain {
        return true;
    }
    let chosen =
        joined.found.candidates.first().is_some_and(|top| alone.found.candidates.iter().take(CONTEXT_CHOICES).any(|c| c.id == top.id));
    let clearer = if is_terse(&alone.query.folded) {
        joined.confidence().get() >= alone.confidence().get().min(sure)
    } else {
        alone.confidence().get() < sure && joined.confidence().get() > alone.confidence().get()
    };
    chosen && clearer && !alone.found.candidates[0].exact
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
    // A piece of a sentence may lean on the rest of it: where nothing answers it, nobody is bothered with it.
    let sentences = sentences(&texts[0]);
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
        } else if several && asks(&texts[n + 1]) && sentences.contains(&texts[n + 1]) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_questions_are_told_apart_and_one_stays_whole() {
        let cut = |text: &str| parts(&Asked { text: text.to_owned(), ..Asked::default() }).split_off(1);
        for (text, want) in [
            ("怎么退货 运费险怎么赔", vec!["怎么退货", "运费险怎么赔"]),
            ("发票怎么开，积分会过期吗", vec!["发票怎么开", "积分会过期吗"]),
            ("我要退货怎么弄 还有运费险怎么赔 退款几天到", vec!["我要退货怎么弄", "运费险怎么赔", "退款几天到"]),
            ("退款多久到账？发票怎么开", vec!["退款多久到账？", "发票怎么开"]),
            ("how do I return it and who pays for that", vec!["how do I return it", "who pays for that"]),
            ("我买的裙子，怎么退", vec![]),
            ("退款多久到账，急", vec![]),
            ("能用支付宝、微信付吗", vec![]),
            ("iPhone 15 能分期吗", vec![]),
            ("can I pay cash and get a receipt", vec![]),
        ] {
            assert_eq!(cut(text), want, "{text}");
        }
    }
}
