//! What was decided about a question, and everything needed to explain and repeat it.

use super::ids::{ArticleId, ConversationId, DecisionId, KbRevision, MessageId, TicketNumber};
use super::locale::Locale;
use super::passage::PassageKind;
use super::score::Probability;
use super::time::Timestamp;

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }
        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];
            /// The name on the wire and in records.
            pub const fn name(self) -> &'static str { match self { $($name::$variant => $text,)+ } }
            /// Reads a name.
            pub fn parse(text: &str) -> Option<Self> { match text { $($text => Some($name::$variant),)+ _ => None } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.name()) }
        }
    };
}
pub(crate) use named;

named! {
    /// What the customer gets.
    Band {
        /// An article.
        Answer = "answer",
        /// A short list of what may be meant (您是不是想问).
        Clarify = "clarify",
        /// A person, with everything found.
        Handoff = "handoff",
        /// A fitting phrase: no question was asked.
        Chitchat = "chitchat",
    }
}

named! {
    /// Why the band is what it is.
    Reason {
        /// Sure enough: the article is shown.
        Confident = "confident",
        /// The question is a title or variant, courtesies and particles aside.
        ExactMatch = "exact_match",
        /// Too unsure to answer, too little to offer.
        LowConfidence = "low_confidence",
        /// Several articles fit.
        Ambiguous = "ambiguous",
        /// Not something the knowledge base is about.
        OutOfScope = "out_of_scope",
        /// About this customer's own order, parcel, refund or account.
        PersonalOrder = "personal_order",
        /// The customer wants a person.
        CustomerRequest = "customer_request",
        /// A topic that always goes to a person.
        BlockedTopic = "blocked_topic",
        /// The same question again after an answer.
        RepeatedQuestion = "repeated_question",
        /// The encoder failed or was late and keywords alone were not sure.
        Degraded = "degraded",
        /// An attempt at misuse.
        UnsafeInput = "unsafe_input",
        /// A person owns the conversation; the bot is silent.
        AgentOwned = "agent_owned",
        /// A greeting.
        Greeting = "greeting",
        /// Thanks.
        Thanks = "thanks",
        /// A goodbye.
        Goodbye = "goodbye",
        /// An opening without a question yet.
        Fragment = "fragment",
        /// Praise.
        Praise = "praise",
        /// Abuse without a problem.
        Insult = "insult",
        /// Lone punctuation, emoji, “嗯”.
        Filler = "filler",
        /// Who answers here, and in which languages.
        Identity = "identity",
    }
}

impl Reason {
    /// The reasons of decisions that the confidence made: not small talk, a wish for a person, one's own order …
    pub const BY_CONFIDENCE: [Reason; 6] =
        [Reason::Confident, Reason::ExactMatch, Reason::LowConfidence, Reason::Ambiguous, Reason::OutOfScope, Reason::Degraded];
}

named! {
    /// What decided: a rule about the message, a line between probabilities, or the conversation.
    Rule {
        /// The message attempts misuse.
        Misuse = "misuse",
        /// The customer asks for a person.
        WantsPerson = "wants_person",
        /// The topic always goes to a person.
        BlockedTopic = "blocked_topic",
        /// All options offered before were rejected.
        OptionsRejected = "options_rejected",
        /// No question is asked.
        SmallTalk = "small_talk",
        /// Only this customer's own data can answer it.
        OwnOrder = "own_order",
        /// The customer picked one of the options offered before.
        OptionPicked = "option_picked",
        /// The customer named an option that is not there, or said yes to several.
        OptionUnclear = "option_unclear",
        /// Nothing was found.
        NothingFound = "nothing_found",
        /// The same question was answered just before.
        AskedAgain = "asked_again",
        /// The confidence reaches the answer line.
        Sure = "sure",
        /// The question is one of the article's phrasings, courtesies and particles aside.
        WordForWord = "word_for_word",
        /// The answer is likely among the first few, but not surely the first.
        AmongFew = "among_few",
        /// Too unlikely that any candidate is right.
        Unlikely = "unlikely",
        /// The customer needs no person any more.
        TakenBack = "taken_back",
        /// The customer says that the answer before did not help.
        Unhelped = "unhelped",
        /// A follow-up that finds the article just shown.
        FoundAgain = "found_again",
        /// A topic without a question.
        TopicAlone = "topic_alone",
        /// A statement that asks nothing yet.
        Unfinished = "unfinished",
        /// A person is on the way: nothing is offered meanwhile.
        PersonAwaited = "person_awaited",
        /// A person was asked for already.
        PersonAskedFor = "person_asked_for",
        /// A person owns the conversation.
        PersonOwns = "person_owns",
    }
}

/// The lines between bands, as probabilities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Least confidence at which the article is shown.
    pub answer: f64,
    /// Least probability that one of the options is right at which they are offered.
    pub clarify: f64,
    /// Below this probability that anything fits, the question counts as out of scope.
    pub in_scope: f64,
    /// If the second candidate is at least this likely relative to the first, both are offered instead of one answered.
    pub rival: f64,
}

/// What a verdict hung on beside its candidates. It is kept, because it cannot be found out again later.
#[derive(Debug, Clone, PartialEq)]
pub struct Grounds {
    /// What decided.
    pub rule: Rule,
    /// The lines that were in force.
    pub lines: Thresholds,
    /// Whether the same question was answered just before.
    pub repeated: bool,
    /// Options shown in the reply before, if it was a list of options.
    pub offered: Vec<ArticleId>,
}

/// Raw scores and ranks of one candidate. Not comparable between knowledge bases; never thresholded.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CandidateScores {
    /// BM25 of the best passage, from our own statistics; 0 if no term matches.
    pub bm25: f32,
    /// Best cosine over the passages; `None` when the encoder did not take part.
    pub cosine: Option<f32>,
    /// Position in the lexical list of articles, from 1; `None` if not in it.
    pub bm25_rank: Option<u32>,
    /// Position in the dense list of articles, from 1.
    pub cosine_rank: Option<u32>,
    /// Share of the question's idf weight found in the best passage, 0 to 1.
    pub term_overlap: f32,
    /// The fitted combination that orders candidates.
    pub fused: f64,
}

/// One article that may answer the question.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The article.
    pub article_id: ArticleId,
    /// Its title in the locale shown.
    pub title: String,
    /// The locale of the version shown.
    pub locale: Locale,
    /// The kind of passage that matched best.
    pub matched_kind: PassageKind,
    /// The passage that matched best.
    pub matched_text: String,
    /// Probability that this article answers the question.
    pub probability: Probability,
    /// Raw scores.
    pub scores: CandidateScores,
    /// Whether the question equals a title or variant after normalising.
    pub exact: bool,
}

named! {
    /// What a share of the log-odds is a share of. The confidence is the product of the first two factors, moved by the third.
    Factor {
        /// That an article answers the question.
        InScope = "in_scope",
        /// That the best candidate is that article.
        Right = "right",
        /// What the knowledge base itself taught of both together.
        Own = "own",
        /// The confidence itself, in the records of earlier releases.
        Whole = "whole",
    }
}

/// One named input of the confidence and what it added to the log-odds of a factor.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureShare {
    /// The factor.
    pub factor: Factor,
    /// The feature.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Its share of the log-odds.
    pub log_odds: f64,
}

/// What the decision was made with, by content: a change of any of these may change the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fingerprints {
    /// Encoder weights, tokenizer and pooling; empty in keyword-only mode.
    pub model: String,
    /// Index schema, normaliser, dictionary, tantivy.
    pub index: String,
    /// Confidence weights and thresholds.
    pub confidence: String,
    /// Configuration that bears on decisions.
    pub config: String,
}

/// A decision, complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// The conversation it belongs to.
    pub conversation_id: ConversationId,
    /// The customer's message it answers (the last one of a burst).
    pub message_id: MessageId,
    /// The question as asked, personal data masked; a burst is joined by newlines.
    pub question: String,
    /// The normalised text that was searched, context of a follow-up included.
    pub query: String,
    /// The locale asked for.
    pub locale: Locale,
    /// The channel asked on.
    pub channel: String,
    /// What the customer gets.
    pub band: Band,
    /// Why.
    pub reason: Reason,
    /// Probability that the best candidate answers the question; 0 where a rule forbids an article.
    pub confidence: Probability,
    /// The least confidence at which an article is shown.
    pub answer_threshold: f64,
    /// The text shown to the customer.
    pub message: String,
    /// The article shown, if any.
    pub article_id: Option<ArticleId>,
    /// Articles offered in a clarify.
    pub clarify: Vec<ArticleId>,
    /// Best first.
    pub candidates: Vec<Candidate>,
    /// What made up the confidence.
    pub features: Vec<FeatureShare>,
    /// What decided; `None` in the records of the first release.
    pub grounds: Option<Grounds>,
    /// The article whose topic a follow-up inherited.
    pub inherited_from: Option<ArticleId>,
    /// State of the knowledge base.
    pub kb_revision: KbRevision,
    /// What it was made with.
    pub fingerprints: Fingerprints,
    /// Whether the encoder did not take part.
    pub degraded: bool,
    /// The ticket opened or already open.
    pub ticket: Option<TicketNumber>,
    /// When it was made.
    pub at: Timestamp,
    /// From request to decision, in milliseconds.
    pub latency_ms: f64,
}

impl Decision {
    /// What decided; `None` in the records of the first release.
    pub fn rule(&self) -> Option<Rule> {
        self.grounds.as_ref().map(|grounds| grounds.rule)
    }
}
