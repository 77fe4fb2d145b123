//! What explains a decision: what decided, the lines it lay between, what would have flipped it, and what the index says today.

use serde::Serialize;
use utoipa::ToSchema;

use super::fields;
use crate::decide::flips::{Cause, Flip, Line};
use crate::decide::plain::rule_label;
use crate::decide::rules::Contradiction;
use crate::domain::locale::Locale;
use crate::index::terms::Field;
use crate::retrieve::elsewhere::Nearer;
use crate::retrieve::explain::{CandidateDetail, Part, PassageDetail, TermDetail, Token};
use crate::service::explain::{Explained, Recomputed as Computed};

/// A text for people in both languages.
#[derive(Debug, Serialize, ToSchema)]
pub struct Words {
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
    /// English.
    pub en: String,
}

impl Words {
    /// Of what says it in a language.
    pub fn of(said: impl Fn(Locale) -> String) -> Self {
        Words { zh_cn: said(Locale::ZhCn), en: said(Locale::En) }
    }
}

/// What decided.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decider {
    /// Its name.
    #[schema(schema_with = fields::rule)]
    pub rule: &'static str,
    /// In words.
    pub words: Words,
    /// The part of the question that it fired at; null where it looks at numbers, at the whole message or at the conversation.
    #[schema(required)]
    pub matched: Option<String>,
    /// The topic for people that was touched.
    #[schema(required)]
    pub topic: Option<String>,
}

impl Decider {
    /// Of a decision; `None` where the record is too old to tell.
    pub fn of(explained: &Explained) -> Option<Self> {
        let rule = explained.decision.grounds.as_ref()?.rule;
        let words = Words::of(|locale| rule_label(rule, locale).to_owned());
        Some(Decider { rule: rule.name(), words, matched: explained.matched.clone(), topic: explained.topic.clone() })
    }
}

/// A probability and the line that it lay above or below.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineDistance {
    /// Which line.
    #[schema(schema_with = fields::line)]
    pub name: &'static str,
    /// The probability; for `rival` the second candidate's share of the first one's.
    pub value: f64,
    /// The line.
    pub line: f64,
    /// In words.
    pub words: Words,
}

impl LineDistance {
    /// Of a line.
    pub fn new(line: &Line) -> Self {
        LineDistance { name: line.name.name(), value: line.value, line: line.line, words: Words::of(|locale| line.words(locale)) }
    }
}

/// One thing that alone would have led to another band.
#[derive(Debug, Serialize, ToSchema)]
pub struct Counterfactual {
    /// `rule`, `contradiction`, `rival`, `twin`, `offered`, `confidence` or `feature`.
    pub cause: &'static str,
    /// The feature, for `feature`.
    #[schema(required)]
    pub feature: Option<&'static str>,
    /// The close second, for `rival`.
    #[schema(required)]
    pub article_id: Option<String>,
    /// What it was, for `confidence`, `feature` and `rival`.
    #[schema(required)]
    pub from: Option<f64>,
    /// The nearest value that would have led to the other band.
    #[schema(required)]
    pub to: Option<f64>,
    /// The band that it would have led to.
    #[schema(schema_with = fields::band)]
    pub band: &'static str,
    /// As a sentence.
    pub words: Words,
}

impl Counterfactual {
    /// Of a flip.
    pub fn new(flip: &Flip, explained: &Explained) -> Self {
        let (cause, feature, article_id, from, to) = match &flip.cause {
            Cause::Rule { .. } => ("rule", None, None, None, None),
            Cause::Contradiction(_) => ("contradiction", None, None, None, None),
            Cause::Rival { id, probability, below } => ("rival", None, Some(id.to_string()), Some(*probability), Some(*below)),
            Cause::Twin { id } => ("twin", None, Some(id.to_string()), None, None),
            Cause::Offered => ("offered", None, None, None, None),
            Cause::Confidence { from, to } => ("confidence", None, None, Some(*from), Some(*to)),
            Cause::Feature { name, from, to } => ("feature", Some(*name), None, Some(*from), Some(*to)),
        };
        let words = Words::of(|locale| flip.words(locale, |id| explained.title(id)));
        Counterfactual { cause, feature, article_id, from, to, band: flip.band.name(), words }
    }
}

/// A number, product code, negation or opposite of the question that the best passage contradicts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Contradicted {
    /// `number`, `code`, `negation` or `opposite`.
    pub kind: &'static str,
    /// What the question says.
    pub asked: String,
    /// What the passage says instead.
    pub found: String,
}

impl Contradicted {
    /// Of a contradiction.
    pub fn new(contradiction: &Contradiction) -> Self {
        let Contradiction { kind, asked, found } = contradiction.clone();
        Contradicted { kind: kind.name(), asked, found }
    }
}

/// What the index of today says about the query: not stored, computed for this answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recomputed {
    /// What has changed since the decision: `kb_revision`, `model`, `index`, `confidence`; empty if nothing has.
    pub changed: Vec<&'static str>,
    /// Whether candidates and confidence come out equal to the last bit.
    pub same: bool,
    /// The text after normalising.
    pub text: String,
    /// Words of the question that were put right.
    pub corrections: Vec<Correction>,
    /// What it was cut into; what synonyms added last.
    pub tokens: Vec<QueryToken>,
    /// Synonyms that fired.
    pub synonyms: Vec<FiredSynonym>,
    /// The question asked elsewhere that is nearer to this one than the first candidate, by most; null if there is none.
    #[schema(required)]
    pub elsewhere: Option<AskedElsewhere>,
    /// The first candidates of the decision, as far as they are found today.
    pub candidates: Vec<CandidateScoring>,
}

impl Recomputed {
    /// Of what was computed.
    pub fn new(computed: &Computed) -> Self {
        let explanation = &computed.explanation;
        let synonym = |(found, added): &(String, String)| FiredSynonym { found: found.clone(), added: added.clone() };
        Recomputed {
            changed: computed.changed.clone(),
            same: computed.same,
            text: explanation.text.clone(),
            corrections: computed.corrections.iter().map(|(was, is)| Correction { was: was.clone(), is: is.clone() }).collect(),
            tokens: explanation.tokens.iter().map(QueryToken::new).collect(),
            synonyms: explanation.synonyms.iter().map(synonym).collect(),
            elsewhere: explanation.elsewhere.map(|Nearer { question, cosine, lead }| AskedElsewhere { question, cosine, lead }),
            candidates: explanation.candidates.iter().map(CandidateScoring::new).collect(),
        }
    }
}

/// A term of the question.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueryToken {
    /// The term.
    pub text: String,
    /// `word`, or `pair` of characters.
    pub field: &'static str,
    /// Whether a synonym added it.
    pub synonym: bool,
    /// How rare it is.
    pub idf: f32,
    /// In how many articles it occurs, each language counted by itself.
    pub entries: u32,
    /// Whether any article has it.
    pub known: bool,
}

impl QueryToken {
    fn new(token: &Token) -> Self {
        let Token { text, field: of, synonym, idf, entries } = token.clone();
        QueryToken { text, field: field(of), synonym, idf, entries, known: entries > 0 }
    }
}

/// A mistyped word.
#[derive(Debug, Serialize, ToSchema)]
pub struct Correction {
    /// As the customer typed it.
    pub was: String,
    /// As it was searched.
    pub is: String,
}

/// A synonym that fired.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiredSynonym {
    /// What the question has.
    pub found: String,
    /// What was searched besides.
    pub added: String,
}

/// A question that customers ask elsewhere.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskedElsewhere {
    /// It.
    pub question: &'static str,
    /// Its cosine with the question at hand.
    pub cosine: f64,
    /// By how much it is nearer to that than to the first candidate.
    pub lead: f64,
}

/// How an article comes by its scores.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateScoring {
    /// The article.
    pub article_id: String,
    /// The passage with the best BM25; null if no term matched.
    #[schema(required)]
    pub best_by_terms: Option<PassageScores>,
    /// What each term adds to that BM25, most first.
    pub terms: Vec<TermShare>,
    /// Titles, variants and pieces of the answer, best first.
    pub passages: Vec<PassageScores>,
    /// How many more there are.
    pub left_out: usize,
    /// The combination that orders candidates.
    pub fused: f64,
    /// What it is the sum of.
    pub parts: Vec<FusedPart>,
}

impl CandidateScoring {
    fn new(detail: &CandidateDetail) -> Self {
        CandidateScoring {
            article_id: detail.article_id.to_string(),
            best_by_terms: detail.best_by_terms.as_ref().map(PassageScores::new),
            terms: detail.terms.iter().map(TermShare::new).collect(),
            passages: detail.passages.iter().map(PassageScores::new).collect(),
            left_out: detail.left_out,
            fused: detail.fused,
            parts: detail.parts.iter().map(|Part { name, value }| FusedPart { name, value: *value }).collect(),
        }
    }
}

/// What a term adds to a BM25.
#[derive(Debug, Serialize, ToSchema)]
pub struct TermShare {
    /// The term.
    pub text: String,
    /// `word`, or `pair` of characters.
    pub field: &'static str,
    /// Whether a synonym added it.
    pub synonym: bool,
    /// What it adds.
    pub bm25: f32,
    /// Its share of the whole, 0 to 1.
    pub share: f32,
}

impl TermShare {
    fn new(term: &TermDetail) -> Self {
        let TermDetail { text, field: of, synonym, bm25, share } = term.clone();
        TermShare { text, field: field(of), synonym, bm25, share }
    }
}

/// A passage of an article with its scores.
#[derive(Debug, Serialize, ToSchema)]
pub struct PassageScores {
    /// `title`, `variant` or `answer`.
    pub kind: &'static str,
    /// The version's language.
    pub locale: &'static str,
    /// As the editor wrote it where it is a title or variant.
    pub wording: String,
    /// Its cosine; null when the encoder takes no part.
    #[schema(required)]
    pub cosine: Option<f32>,
    /// Its BM25.
    pub bm25: f32,
}

impl PassageScores {
    fn new(passage: &PassageDetail) -> Self {
        let PassageDetail { kind, locale, wording, cosine, bm25 } = passage.clone();
        PassageScores { kind: kind.name(), locale: locale.tag(), wording, cosine, bm25 }
    }
}

/// A part of a fused score.
#[derive(Debug, Serialize, ToSchema)]
pub struct FusedPart {
    /// `semantic`, `bm25`, `overlap`, `mismatch`, `negation` or `exact`.
    pub name: &'static str,
    /// What it adds.
    pub value: f64,
}

fn field(field: Field) -> &'static str {
    match field {
        Field::Word => "word",
        Field::Bigram => "pair",
    }
}
