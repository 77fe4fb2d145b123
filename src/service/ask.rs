//! One question, end to end.

use super::Service;
use super::answering::{Answering, Asked, Follows, Open};
use super::choosing::{Choice, choice_of};
use super::conversations::{self, ConversationError};
use super::events::Event;
use super::finish::finish;
use super::reading::{is_unsure, reply_locale, rule_hits, searchable};
use super::settled::{Turn, settled};
use crate::decide::policy::{self, RuleHits, Situation, Verdict};
use crate::decide::rules::{self, ChitchatKind, FixedText, RuleInput};
use crate::domain::article::Article;
use crate::domain::conversation::{Conversation, Owner};
use crate::domain::decision::{Band, Decision, Fingerprints, Grounds, Reason, Rule};
use crate::domain::feedback::{Feedback, FeedbackKind};
use crate::domain::ids::{ArticleId, ConversationId, DecisionId, FeedbackId, MessageId, VisitorId};
use crate::domain::locale::Locale;
use crate::domain::time::Timestamp;
use crate::error::{Code, Coded, Failure};
use crate::handoff;
use crate::retrieve::adaptation::Adaptation;
use crate::retrieve::judge::{Judgement, KEPT};
use crate::store::NewMessage;
use crate::store::{AskRecord, NewHandoff};
use crate::text::normalize::{clean, fold, phrasing_key};
use crate::text::redact::redact;

/// A message up to this length may be about what was asked before without saying so.
const SHORT_CHARS: usize = 40;

/// A question as a customer sends it.
#[derive(Debug, Clone, Default)]
pub struct AskRequest {
    /// The text.
    pub question: String,
    /// The conversation it belongs to; `None` begins one.
    pub conversation_id: Option<ConversationId>,
    /// The language to answer in; `None`: the conversation's, else the question's own.
    pub locale: Option<Locale>,
    /// The channel; `None`: the conversation's, else `web`.
    pub channel: Option<String>,
    /// Page, order and other context: a JSON object as text.
    pub context: Option<String>,
    /// Who asks, if the shop says so.
    pub visitor: Option<VisitorId>,
    /// The sender's own id of the message: sending it again answers nothing twice.
    pub message_id: Option<MessageId>,
}

/// An article as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownArticle {
    /// The version shown.
    pub article: Article,
    /// The phrasing or piece of the answer that matched.
    pub matched: String,
}

/// The reply to a question.
#[derive(Debug, Clone)]
pub struct AskReply {
    /// The decision as stored.
    pub decision: Decision,
    /// The article shown, if any.
    pub article: Option<ShownArticle>,
    /// Further articles shown for further questions of the same message.
    pub further: Vec<ShownArticle>,
    /// Options with titles.
    pub clarify: Vec<(ArticleId, String)>,
    /// The token that reads the conversation; only when it was begun by this question.
    pub visitor_token: Option<String>,
}

/// A question that cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nothing is left after cleaning.
    #[error("the question is empty")]
    Empty,
    /// Too long.
    #[error("the question has {chars} characters, at most {max} are taken")]
    TooLong {
        /// Its length.
        chars: usize,
        /// The limit.
        max: usize,
    },
    /// All permits are taken.
    #[error("{in_flight} questions are being answered already")]
    Overloaded {
        /// The limit.
        in_flight: usize,
    },
}

impl Coded for AskError {
    fn code(&self) -> Code {
        match self {
            AskError::Empty => Code::QuestionEmpty,
            AskError::TooLong { .. } => Code::QuestionTooLong,
            AskError::Overloaded { .. } => Code::Overloaded,
        }
    }

    fn retry_after_s(&self) -> Option<u64> {
        matches!(self, AskError::Overloaded { .. }).then_some(1)
    }
}

/// What the conversation says about a question before it is searched.
struct Before {
    conversation: Conversation,
    visitor_token: Option<String>,
    earlier: Vec<Decision>,
    /// Whether the customer has just taken back the wish for a person.
    taken_back: bool,
}

/// The message with all that is derived from its text.
struct Incoming {
    id: MessageId,
    seq: i64,
    clean: String,
    masked: String,
    /// Earlier bubbles that belong to the same question, oldest first.
    burst: Vec<(MessageId, String)>,
    at: Timestamp,
    /// When the request began, for the latency.
    since: std::time::Instant,
}

impl Incoming {
    /// The burst as one text, masked.
    fn question(&self) -> String {
        self.burst.iter().map(|(_, text)| text.as_str()).chain([self.masked.as_str()]).collect::<Vec<_>>().join("\n")
    }
}

impl Service {
    /// Answers a question and stores everything about it before it returns. A customer who goes away in between is decided about all the
    /// same: the message is stored by then, and who asked for a person gets one.
    ///
    /// **Errors**: an empty or over-long text, an unknown conversation, no permit (`overloaded`), a store or index that fails.
    pub async fn ask(&self, request: AskRequest) -> Result<AskReply, Failure> {
        let started = std::time::Instant::now();
        let text = clean(&request.question);
        let (chars, max) = (text.chars().count(), self.inner.config.limits.question_chars);
        if text.is_empty() {
            return Err(AskError::Empty.into());
        }
        if chars > max {
            return Err(AskError::TooLong { chars, max }.into());
        }
        let in_flight = self.inner.config.limits.asks_in_flight;
        let permit = self.inner.permits.clone().try_acquire_owned().map_err(|_| AskError::Overloaded { in_flight })?;
        let service = self.clone();
        finish(async move {
            let _permit = permit;
            let mut before = service.before(&request, &text).await?;
            service.take_back(&mut before, &text).await?;
            let message = service.take_in(&before, text, request.message_id, started).await?;
            let reply = service.decide_and_record(before, message, &request).await?;
            service.inner.metrics.ask(reply.decision.band, reply.decision.reason, started.elapsed(), reply.decision.degraded);
            Ok(reply)
        })
        .await
    }

    async fn before(&self, request: &AskRequest, text: &str) -> Result<Before, Failure> {
        // A message sent again without its conversation, whose reply was lost, is in the one that it began.
        let sent_before = match request.message_id.filter(|_| request.conversation_id.is_none()) {
            Some(id) => self.inner.store.conversation_begun_by(id).await?,
            None => None,
        };
        let (conversation, visitor_token) = match request.conversation_id.or(sent_before) {
            Some(id) => (self.inner.store.conversation(id).await?.ok_or(ConversationError::Unknown { id })?, None),
            None => {
                let begun = self
                    .begin_conversation(conversations::BeginRequest {
                        locale: Some(request.locale.unwrap_or_else(|| crate::text::normalize::language(text))),
                        channel: request.channel.clone(),
                        context: request.context.clone(),
                        visitor: request.visitor.clone(),
                    })
                    .await?;
                (begun.conversation, Some(begun.visitor_token))
            }
        };
        let earlier = if visitor_token.is_some() { Vec::new() } else { self.inner.store.last_decisions(conversation.id, 5).await? };
        Ok(Before { conversation, visitor_token, earlier, taken_back: false })
    }

    /// Who waits for a person and needs none any more is the bot's again, and nobody finds a ticket without a customer. A topic that always goes to a
    /// person stays with one, and so does what an agent has taken.
    async fn take_back(&self, before: &mut Before, text: &str) -> Result<(), Failure> {
        let Before { conversation, earlier, .. } = before;
        let blocked = earlier.iter().any(|decision| decision.reason == Reason::BlockedTopic);
        let waits = matches!(conversation.owner, Owner::Waiting | Owner::WaitingSilent) && !blocked;
        let Some(number) = conversation.ticket.filter(|_| waits && rules::takes_back(RuleInput { text, folded: &fold(text) })) else {
            return Ok(());
        };
        if self.inner.store.withdraw_ticket(number, self.inner.clock.now()).await? {
            (conversation.owner, conversation.ticket, before.taken_back) = (Owner::Bot, None, true);
            self.inner.events.tell(Event::Ticket { number });
        }
        Ok(())
    }

    /// Stores the message and finds the bubbles before it that belong to the same question.
    async fn take_in(&self, before: &Before, text: String, id: Option<MessageId>, since: std::time::Instant) -> Result<Incoming, Failure> {
        let at = self.inner.clock.now();
        let masked = redact(&text).masked;
        let id = id.unwrap_or_default();
        let original = (masked != text).then_some(text.as_str());
        let stored =
            self.inner.store.add_customer_message(before.conversation.id, NewMessage { id, masked: &masked, original, at }).await?;
        let seq = stored.seq;
        self.inner.events.tell(Event::Message { conversation: before.conversation.id, message: stored });
        let window = at.plus_ms(-(self.inner.config.answers.burst_window_s as i64 * 1000));
        let mut burst: Vec<(MessageId, String)> = Vec::new();
        // Bubbles that got a reply which answered nothing (a list to choose from is no such reply: what follows is about it)…
        for decision in before.earlier.iter().rev() {
            let open = decision.reason == Reason::Fragment || (decision.band == Band::Handoff && is_unsure(decision.reason));
            if decision.at >= window && open {
                burst.push((decision.message_id, decision.question.clone()));
            } else {
                burst.clear();
            }
        }
        // … and bubbles that got none yet.
        for message in self.inner.store.unanswered_burst(before.conversation.id, window).await? {
            if message.id != id && burst.iter().all(|(known, _)| *known != message.id) {
                burst.push((message.id, message.text));
            }
        }
        if before.taken_back {
            burst.clear();
        }
        Ok(Incoming { id, seq, clean: text, masked, burst, at, since })
    }

    async fn decide_and_record(&self, before: Before, message: Incoming, request: &AskRequest) -> Result<AskReply, Failure> {
        let conversation = &before.conversation;
        let locale = reply_locale(request.locale, &message.clean, conversation.locale);
        let lexicon = self.inner.lexicon.load_full();
        let folded = fold(&message.clean);
        let hits = rule_hits(&message.clean, &message.masked, &folded, &lexicon.blocked);
        let input = RuleInput { text: &message.clean, folded: &folded };
        let last = before.earlier.first();
        let listed = last.filter(|d| d.band == Band::Clarify);
        let picked_last = last.is_some_and(|d| d.rule() == Some(Rule::OptionPicked));
        // A pick leaves the list in sight for one message more: “不对，我要1”.
        let kept = || before.earlier.get(1).filter(|d| picked_last && d.band == Band::Clarify && d.clarify.len() > 1);
        let list = listed.or_else(kept);
        let choice = list.map_or(Choice::default(), |d| choice_of(d, input, &message.clean));
        let unhelped =
            last.filter(|d| d.band == Band::Answer && rules::says_unhelped(input)).and_then(|d| Some((d, d.article_id.clone()?)));
        let said = |of: &Decision, kind, article| Feedback {
            id: FeedbackId::new(),
            decision_id: of.id,
            kind,
            article_id: Some(article),
            comment: String::new(),
            at: message.at,
        };
        let picked = list.zip(choice.picked.first().cloned()).map(|(offered, article)| said(offered, FeedbackKind::Picked, article));
        let judgement = picked.or_else(|| unhelped.clone().map(|(answered, article)| said(answered, FeedbackKind::NotHelpful, article)));
        let window = message.at.plus_ms(-(self.inner.config.answers.follow_up_window_s as i64 * 1000));
        let followed = last.filter(|d| d.at >= window && matches!(d.band, Band::Answer | Band::Clarify) && message.burst.is_empty());
        let certain = rules::is_follow_up(input);
        // What was masked says nothing of what is asked: a short question beside an order's number is a short question.
        let short = || fold(&searchable(&message.masked)).chars().count() <= SHORT_CHARS;
        let followed = followed.filter(|_| certain || short());
        let asked = Asked {
            text: searchable(&message.question()),
            follows: followed.map(|d| Follows { query: d.query.clone(), certain }),
            channel: Some(conversation.channel.clone()),
        };
        let answering = self.answering(asked).await?;
        let judged = answering.main.judged();
        let mut thresholds = self.lines(&answering.adaptation, &answering.main, Some(&conversation.channel));
        if certain && followed.is_some() {
            // What follows an answered question is seldom out of scope: offering is worth more.
            thresholds.clarify *= 0.5;
            thresholds.in_scope *= 0.5;
        }
        let key = phrasing_key(&message.question());
        // Nor is it answered after it was asked again: a person was told that it did not help.
        let answered = |d: &Decision| d.band == Band::Answer || d.reason == Reason::RepeatedQuestion;
        let repeated = last.is_some_and(|d| answered(d) && phrasing_key(&d.question) == key);
        let offered: &[ArticleId] = listed.map_or(&[], |d| &d.clarify);
        // “这个呢” alone is an opening, “那换货呢” alone a case; after a question they are about that question.
        let in_context = certain && followed.is_some();
        let rules_hit =
            RuleHits { chitchat: hits.chitchat.filter(|_| !in_context), personal_order: hits.personal_order && !in_context, ..hits };
        let situation =
            Situation { rules: rules_hit, candidates: &judged, degraded: answering.main.degraded, repeated, offered, thresholds };
        let verdict = policy::decide(&situation);
        let turn = Turn {
            folded: &folded,
            earlier: &before.earlier,
            followed,
            list,
            choice: &choice,
            unhelped: unhelped.is_some(),
            taken_back: before.taken_back,
            offered,
            owner: conversation.owner,
        };
        let verdict = settled(verdict, &turn, &answering);
        let mut shown = self.shown(&verdict, &answering, locale);
        if verdict.rule == Rule::OptionPicked {
            shown.further = choice.picked.iter().skip(1).filter_map(|id| self.version(id, locale)).collect();
        }
        let grounds = Grounds { rule: verdict.rule, lines: thresholds, repeated, offered: offered.to_vec() };
        let mut decision = self.decision_of(&before, &message, &answering, &verdict, &shown, locale);
        decision.grounds = Some(grounds);
        decision.inherited_from = followed.and_then(|d| d.article_id.clone().or_else(|| d.clarify.first().cloned()));
        let silent = conversation.owner == Owner::Agent;
        let open: &[Open] = if verdict.band == Band::Answer && conversation.owner == Owner::Bot { &answering.open } else { &[] };
        let handoff = if verdict.band == Band::Handoff && !silent {
            Some(self.handoff(&decision, &before, &message, &answering.main, &answering.model.0).await?)
        } else if let Some(first) = open.first() {
            // What was asked beside the answered question goes to a person, with what was found for it.
            decision.message += &left_open(open, locale, lexicon.chitchat.text(FixedText::HandoffLowConfidence, locale));
            let part = self.part_of(&decision, open, &answering.adaptation);
            Some(self.handoff(&part, &before, &message, &first.judgement, &answering.model.0).await?)
        } else {
            None
        };
        let owner_after = handoff.as_ref().map(|handoff| match handoff.reason {
            Reason::CustomerRequest | Reason::BlockedTopic => Owner::WaitingSilent,
            _ => Owner::Waiting,
        });
        let hands_over = handoff.is_some() || decision.band == Band::Handoff;
        let record = AskRecord {
            burst: message.burst.iter().map(|(id, _)| *id).collect(),
            bot_message: (!silent).then(|| decision.message.clone()),
            owner_after,
            handoff,
            // What a person will read is promised to the customer; an answer alone need not survive a power cut.
            durable: conversation.owner != Owner::Bot,
            judgement,
            decision,
        };
        let recorded = self.inner.store.record_ask(record).await?;
        if let Some(bot) = &recorded.bot_message {
            self.inner.events.tell(Event::Message { conversation: conversation.id, message: bot.clone() });
        }
        // Of an open ticket, or of one that this hand-off has just opened.
        if let Some(number) = recorded.ticket.filter(|_| hands_over) {
            self.inner.events.tell(Event::Ticket { number });
            self.inner.handoffs.notify_one();
        }
        let shown = if recorded.silenced || recorded.repeated { self.shown_again(&recorded.decision, locale) } else { shown };
        Ok(AskReply {
            decision: recorded.decision,
            article: shown.article,
            further: shown.further,
            clarify: shown.clarify.into_iter().map(|option| (option.id, option.title)).collect(),
            visitor_token: before.visitor_token,
        })
    }
}

/// What is shown for a verdict.
#[derive(Debug, Clone, Default)]
struct Shown {
    article: Option<ShownArticle>,
    further: Vec<ShownArticle>,
    clarify: Vec<Offered>,
}

/// An option as it is shown.
#[derive(Debug, Clone)]
struct Offered {
    id: ArticleId,
    title: String,
    locale: Locale,
}

impl Service {
    fn shown(&self, verdict: &Verdict, answering: &Answering, locale: Locale) -> Shown {
        let shown_of = |judgement: &crate::retrieve::judge::Judgement, id: &ArticleId| {
            let scored = judgement.found.candidates.iter().find(|c| c.id == *id)?;
            Some(ShownArticle { article: (*scored.shown(locale).article).clone(), matched: scored.matched_wording().to_owned() })
        };
        let article = verdict.article.as_ref().and_then(|id| shown_of(&answering.main, id).or_else(|| self.version(id, locale)));
        let further = if article.is_some() {
            answering.further.iter().filter_map(|judgement| shown_of(judgement, &judgement.found.candidates.first()?.id)).collect()
        } else {
            Vec::new()
        };
        let offered = |id: &ArticleId| shown_of(&answering.main, id).or_else(|| self.version(id, locale)).map(Offered::of);
        let clarify = verdict.clarify.iter().filter_map(offered).collect();
        Shown { article, further, clarify }
    }

    /// The version of an article that a reader of `locale` sees.
    fn version(&self, id: &ArticleId, locale: Locale) -> Option<ShownArticle> {
        let versions = self.inner.indexing.served().snapshot.versions(id);
        let entry = versions.iter().find(|entry| entry.article.locale == locale).or(versions.first())?;
        Some(ShownArticle { article: (*entry.article).clone(), matched: entry.article.title.clone() })
    }

    /// What a decision that was stored before shows.
    fn shown_again(&self, decision: &Decision, locale: Locale) -> Shown {
        Shown {
            article: decision.article_id.as_ref().and_then(|id| self.version(id, locale)),
            further: Vec::new(),
            clarify: decision.clarify.iter().filter_map(|id| self.version(id, locale).map(Offered::of)).collect(),
        }
    }
}

impl Service {
    fn decision_of(
        &self,
        before: &Before,
        message: &Incoming,
        answering: &Answering,
        verdict: &Verdict,
        shown: &Shown,
        locale: Locale,
    ) -> Decision {
        let conversation = &before.conversation;
        Decision {
            id: DecisionId::new(),
            conversation_id: conversation.id,
            message_id: message.id,
            question: message.question(),
            query: answering.main.query.folded.clone(),
            locale,
            channel: conversation.channel.clone(),
            band: verdict.band,
            reason: verdict.reason,
            confidence: verdict.confidence,
            answer_threshold: self.lines(&answering.adaptation, &answering.main, Some(&conversation.channel)).answer,
            message: self.message_text(verdict, shown, conversation, locale, message),
            article_id: verdict.article.clone(),
            clarify: verdict.clarify.clone(),
            candidates: answering.main.candidates(locale, KEPT),
            features: answering.main.shares(&answering.adaptation.confidence),
            grounds: None,
            inherited_from: None,
            kb_revision: answering.revision,
            fingerprints: Fingerprints {
                model: answering.model.1.clone(),
                index: answering.index.clone(),
                confidence: answering.adaptation.fingerprint.clone(),
                config: self.inner.config_fingerprint.clone(),
            },
            degraded: answering.main.degraded,
            ticket: conversation.ticket,
            at: message.at,
            latency_ms: message.since.elapsed().as_secs_f64() * 1e3,
        }
    }

    /// What a person is to know of the questions that stay open beside the answered one: as if they had been asked by themselves.
    fn part_of(&self, decision: &Decision, open: &[Open], adaptation: &Adaptation) -> Decision {
        let Some(Open { judgement, .. }) = open.first() else { return decision.clone() };
        Decision {
            question: open.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join("\n"),
            query: judgement.query.folded.clone(),
            band: Band::Handoff,
            reason: Reason::LowConfidence,
            confidence: judgement.confidence(),
            answer_threshold: self.lines(adaptation, judgement, Some(&decision.channel)).answer,
            article_id: None,
            candidates: judgement.candidates(decision.locale, KEPT),
            features: judgement.shares(&adaptation.confidence),
            ..decision.clone()
        }
    }

    /// What a ticket is opened with: everything known, frozen. `model` names the encoder.
    async fn handoff(
        &self,
        decision: &Decision,
        before: &Before,
        message: &Incoming,
        judgement: &Judgement,
        model: &str,
    ) -> Result<NewHandoff, Failure> {
        let conversation = &before.conversation;
        let history = self.inner.store.messages(conversation.id, message.seq - handoff::context::HISTORY_MESSAGES as i64, 500).await?;
        let articles: Vec<Article> =
            judgement.found.candidates.iter().take(KEPT).map(|c| (*c.shown(decision.locale).article).clone()).collect();
        let offered = before.earlier.first().filter(|d| d.band == Band::Clarify).map_or(&[][..], |d| &d.clarify);
        let options: Vec<(ArticleId, String)> =
            offered.iter().filter_map(|id| Some((id.clone(), self.version(id, decision.locale)?.article.title))).collect();
        let known = handoff::context::Known { decision, conversation, history: &history, articles: &articles, options: &options, model };
        let due = handoff::clock::due(&self.inner.config.handoff, &self.inner.config.shop.time_zone, decision.at);
        Ok(NewHandoff {
            reason: decision.reason,
            context_json: handoff::context::context_json(&known),
            reply_due_at: due.reply,
            close_due_at: due.close,
            outbox_payload_json: handoff::context::event_json(decision, due),
        })
    }

    fn message_text(&self, verdict: &Verdict, shown: &Shown, conversation: &Conversation, locale: Locale, message: &Incoming) -> String {
        let library = &self.inner.lexicon.load().chitchat;
        let fixed = |name| library.text(name, locale).to_owned();
        match verdict.band {
            Band::Answer => answer_text(shown, locale, &fixed(FixedText::OtherLanguageNote)),
            Band::Clarify => {
                let options = shown.clarify.iter().enumerate().map(|(n, option)| format!("{}. {}", n + 1, option.line(locale)));
                let intro = if verdict.rule == Rule::OptionUnclear { FixedText::OptionUnclear } else { FixedText::ClarifyIntro };
                std::iter::once(fixed(intro)).chain(options).collect::<Vec<_>>().join("\n")
            }
            Band::Chitchat => {
                let kind = ChitchatKind::ALL.iter().find(|kind| kind.reason() == verdict.reason);
                // The same message gets the same words, so that a decision repeats.
                let seed = message.masked.bytes().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
                kind.map_or_else(String::new, |kind| library.reply(*kind, locale, seed).to_owned())
            }
            Band::Handoff if verdict.reason == Reason::AgentOwned => String::new(),
            Band::Handoff if conversation.ticket.is_some() => fixed(FixedText::Waiting),
            Band::Handoff if verdict.rule == Rule::OptionsRejected => fixed(FixedText::OptionsRejected),
            Band::Handoff => fixed(match verdict.reason {
                Reason::OutOfScope => FixedText::HandoffOutOfScope,
                Reason::PersonalOrder => FixedText::HandoffPersonalOrder,
                Reason::CustomerRequest => FixedText::HandoffCustomerRequest,
                Reason::BlockedTopic => FixedText::HandoffBlockedTopic,
                Reason::RepeatedQuestion => FixedText::HandoffRepeated,
                Reason::Degraded => FixedText::HandoffDegraded,
                Reason::UnsafeInput => FixedText::HandoffUnsafe,
                _ => FixedText::HandoffLowConfidence,
            }),
        }
    }
}

/// What the customer is told of the questions that go to a person.
fn left_open(open: &[Open], locale: Locale, note: &str) -> String {
    let (before, after) = (locale.pick("「", "“"), locale.pick("」", "”"));
    let parts: Vec<String> = open.iter().map(|part| format!("{before}{}{after}", part.text)).collect();
    format!("\n\n{}{}{note}", parts.join(locale.pick("", ", ")), locale.pick("", " – "))
}

impl Offered {
    fn of(shown: ShownArticle) -> Self {
        Offered { id: shown.article.id, title: shown.article.title, locale: shown.article.locale }
    }

    /// The title, and which language it is in where that is not the reader's.
    fn line(&self, reader: Locale) -> String {
        match (self.locale == reader, self.locale) {
            (true, _) => self.title.clone(),
            (false, Locale::ZhCn) => format!("{} (in Chinese)", self.title),
            (false, Locale::En) => format!("{}（英文）", self.title),
        }
    }
}

/// The articles as one text. A version in another language than asked for says so.
fn answer_text(shown: &Shown, locale: Locale, note: &str) -> String {
    let one = |item: &ShownArticle| {
        let answer = item.article.answer.trim();
        if item.article.locale == locale { answer.to_owned() } else { format!("{note}\n\n{answer}") }
    };
    let all: Vec<&ShownArticle> = shown.article.iter().chain(&shown.further).collect();
    match all.as_slice() {
        [only] => one(only),
        several => several.iter().map(|item| format!("**{}**\n\n{}", item.article.title, one(item))).collect::<Vec<_>>().join("\n\n"),
    }
}

#[cfg(test)]
mod tests;
