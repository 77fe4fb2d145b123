//! Hand-offs delivered to a receiver on this machine that fails, hangs and answers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::clock::Due;
use super::context::{self, Known};
use super::notifier::{LogNotifier, Notifier};
use super::outbox::{self, Dispatch};
use super::webhook::Webhook;
use crate::config::{Environment, HttpUrl, Secret};
use crate::domain::article::Article;
use crate::domain::conversation::{Author, Conversation, Message, Owner};
use crate::domain::decision::{Band, Candidate, CandidateScores, Decision, Fingerprints, Reason};
use crate::domain::ids::{ConversationId, DecisionId, KbRevision, MessageId};
use crate::domain::locale::Locale;
use crate::domain::passage::PassageKind;
use crate::domain::score::Probability;
use crate::domain::time::{Clock, Timestamp};
use crate::observe::metrics::Metrics;
use crate::store::{AskRecord, NewConversation, NewHandoff, NewMessage, Store};

/// Longer than any step takes on a loaded machine: tests end rather than hang.
const WITHIN: Duration = Duration::from_secs(120);

/// What the receiver does with a request.
#[derive(Debug, Clone, Copy)]
enum Reaction {
    /// Answers with this status.
    Answer(u16),
    /// Breaks off after the request.
    BreakOff,
    /// Never answers.
    Hang,
}

/// One request as it arrived.
#[derive(Debug, Clone)]
struct Arrival {
    head: String,
    body: serde_json::Value,
}

impl Arrival {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
    }
    fn id(&self) -> &str {
        self.body["id"].as_str().unwrap()
    }
    fn ticket(&self) -> i64 {
        self.body["ticket"].as_i64().unwrap()
    }
}

/// A receiver on this machine; it plays its reactions in turn, then answers 200.
struct Receiver {
    url: HttpUrl,
    arrivals: mpsc::UnboundedReceiver<Arrival>,
}

impl Receiver {
    async fn new(reactions: &[Reaction]) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?key=k", listener.local_addr().unwrap()).parse().unwrap();
        let reactions = Arc::new(Mutex::new(VecDeque::from(reactions.to_vec())));
        let (sender, arrivals) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, reactions.clone(), sender.clone()));
            }
        });
        Receiver { url, arrivals }
    }

    async fn next(&mut self) -> Arrival {
        tokio::time::timeout(WITHIN, self.arrivals.recv()).await.expect("nothing arrived").unwrap()
    }

    fn webhook(&self) -> Webhook {
        self.webhook_waiting(WITHIN)
    }

    /// One that gives the receiver so long to answer.
    fn webhook_waiting(&self, timeout: Duration) -> Webhook {
        Webhook::new(&self.url, Some(secret()), timeout).unwrap()
    }
}

fn secret() -> Secret {
    Secret::new("0123456789abcdef")
}

async fn serve(mut stream: TcpStream, reactions: Arc<Mutex<VecDeque<Reaction>>>, arrivals: mpsc::UnboundedSender<Arrival>) {
    loop {
        let mut read = Vec::new();
        let (head_len, length) = loop {
            let mut chunk = [0; 4096];
            match stream.read(&mut chunk).await {
                Ok(0) | Err(_) => return,
                Ok(n) => read.extend_from_slice(&chunk[..n]),
            }
            let text = String::from_utf8_lossy(&read);
            let Some(end) = text.find("\r\n\r\n") else { continue };
            let length = text[..end].lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if read.len() >= end + 4 + length.unwrap_or(0) {
                break (end, length.unwrap_or(0));
            }
        };
        let head = String::from_utf8(read[..head_len].to_vec()).unwrap();
        let body = serde_json::from_slice(&read[head_len + 4..head_len + 4 + length]).unwrap();
        let reaction = reactions.lock().unwrap().pop_front().unwrap_or(Reaction::Answer(200));
        let _ = arrivals.send(Arrival { head, body });
        match reaction {
            Reaction::Answer(status) => {
                let answer = format!("HTTP/1.1 {status} Said\r\ncontent-length: 2\r\nlocation: /elsewhere\r\n\r\nok");
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
            Reaction::BreakOff => return,
            Reaction::Hang => std::future::pending().await,
        }
    }
}

/// A store with a clock that stands still, and the loop's other parts.
struct Fixture {
    dir: tempfile::TempDir,
    clock: Clock,
    store: Arc<Store>,
    metrics: Arc<Metrics>,
    wake: Arc<Notify>,
}

/// The loop, running.
struct Running {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(WITHIN, self.task).await.expect("the loop does not end").unwrap();
    }
}

impl Fixture {
    async fn new() -> Fixture {
        let (dir, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(Timestamp(1_790_000_000_000)));
        let store = Arc::new(Store::open(&dir.path().join("jieda.db"), clock.clone()).await.unwrap());
        Fixture { dir, clock, store, metrics: Arc::new(Metrics::new(Timestamp(0))), wake: Arc::default() }
    }

    fn run(&self, notifier: impl Notifier + 'static) -> Running {
        let stop = CancellationToken::new();
        let (store, clock, metrics, wake) = (self.store.clone(), self.clock.clone(), self.metrics.clone(), self.wake.clone());
        let token = stop.clone();
        let task = tokio::spawn(async move {
            let dispatch = Dispatch { store: &store, notifier: &notifier, clock: &clock, metrics: &metrics, wake: &wake };
            outbox::run(dispatch, token).await;
        });
        Running { stop, task }
    }

    async fn conversation(&self) -> ConversationId {
        let new =
            NewConversation { id: ConversationId::new(), visitor: None, locale: Locale::ZhCn, channel: "web".into(), context: "{}".into() };
        self.store.create_conversation(new, [1; 32]).await.unwrap().id
    }

    /// Hands a question over and closes the ticket, so that the next one opens another.
    async fn hand_over(&self, conversation: ConversationId) -> i64 {
        self.hand_over_with(conversation, None).await
    }

    /// The same with this payload instead of the event.
    async fn hand_over_with(&self, conversation: ConversationId, payload: Option<&str>) -> i64 {
        let message = NewMessage { id: MessageId::new(), masked: "我要人工", original: None, at: self.clock.now() };
        let message = self.store.add_customer_message(conversation, message).await.unwrap();
        let decision = decision(conversation, message.id);
        let due = Due { reply: self.clock.now().plus_ms(1), close: self.clock.now().plus_ms(2) };
        let handoff = NewHandoff {
            reason: decision.reason,
            context_json: "{}".into(),
            reply_due_at: due.reply,
            close_due_at: due.close,
            outbox_payload_json: payload.map_or_else(|| context::event_json(&decision, due), str::to_owned),
        };
        let record = AskRecord { handoff: Some(handoff), ..AskRecord::new(decision) };
        let ticket = self.store.record_ask(record).await.unwrap().ticket.unwrap();
        self.store.close_ticket(ticket, "小青", "", self.clock.now()).await.unwrap();
        self.wake.notify_one();
        ticket.0
    }

    /// Moves the clock past the next wait and rings, until the state is as wanted.
    async fn until(&self, pending: usize, failed: usize) {
        let reached = async {
            loop {
                let state = self.store.outbox_state().await.unwrap();
                if (state.pending, state.failed) == (pending, failed) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(WITHIN, reached).await.expect("the outbox stays otherwise");
    }

    fn later(&self) {
        self.clock.advance_ms(2 * 3_600_000);
        self.wake.notify_one();
    }
}

fn decision(conversation: ConversationId, message: MessageId) -> Decision {
    let candidate = |id: &str, probability| Candidate {
        article_id: id.parse().unwrap(),
        title: format!("{id} 的标题"),
        locale: Locale::ZhCn,
        matched_kind: PassageKind::Variant,
        matched_text: "钱退去哪了".into(),
        probability: Probability::new(probability).unwrap(),
        scores: CandidateScores { bm25: 1.5, cosine: Some(0.75), fused: 0.25, ..CandidateScores::default() },
        exact: false,
    };
    Decision {
        id: DecisionId::new(),
        conversation_id: conversation,
        message_id: message,
        question: "我的手机号〔手机号〕，钱退去哪了？".into(),
        query: "钱退去哪了".into(),
        locale: Locale::ZhCn,
        channel: "web".into(),
        band: Band::Handoff,
        reason: Reason::LowConfidence,
        confidence: Probability::new(0.25).unwrap(),
        answer_threshold: 0.75,
        message: "已为您转接人工".into(),
        article_id: None,
        clarify: Vec::new(),
        candidates: [("a", 0.25), ("b", 0.2), ("c", 0.1), ("d", 0.05)].map(|(id, p)| candidate(id, p)).to_vec(),
        features: Vec::new(),
        grounds: None,
        inherited_from: None,
        kb_revision: KbRevision(7),
        fingerprints: Fingerprints { model: "m".into(), index: "i".into(), confidence: "c".into(), config: "k".into() },
        degraded: false,
        ticket: None,
        at: Timestamp(1_790_000_000_000),
        latency_ms: 12.5,
    }
}

#[tokio::test]
async fn an_event_survives_a_receiver_that_hangs_breaks_off_and_fails() {
    use Reaction::{Answer, BreakOff, Hang};
    let f = Fixture::new().await;
    // On a loaded machine this one may be given up before the request is out: it is failed all the same.
    let hanging = Receiver::new(&[Hang]).await;
    let running = f.run(hanging.webhook_waiting(Duration::from_millis(300)));
    let ticket = f.hand_over(f.conversation().await).await;
    f.until(1, 1).await;
    running.end().await;
    let waiting = f.store.outbox_due(Timestamp(i64::MAX), 1).await.unwrap();
    assert_eq!((waiting[0].attempts, waiting[0].last_error.as_deref()), (1, Some("the receiver did not answer within 0.3 s")));

    let mut receiver = Receiver::new(&[BreakOff, Answer(500), Answer(404), Answer(302), Answer(204)]).await;
    f.later();
    let running = f.run(receiver.webhook());
    let mut ids = vec![waiting[0].id.to_string()];
    for attempt in 2..=6 {
        let arrival = receiver.next().await;
        assert_eq!(arrival.ticket(), ticket);
        assert_eq!(arrival.header("Idempotency-Key"), Some(arrival.id()));
        ids.push(arrival.id().to_owned());
        if attempt < 6 {
            f.until(1, 1).await;
            // The attempt is noted once its number has gone up.
            let noted = async {
                while f.store.outbox_due(Timestamp(i64::MAX), 1).await.unwrap()[0].attempts < attempt {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(WITHIN, noted).await.unwrap();
            f.later();
        }
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    f.until(0, 0).await;
    f.later();
    running.end().await;
    assert!(receiver.arrivals.try_recv().is_err(), "delivered twice");
    let figures = f.metrics.render();
    assert!(figures.contains("jieda_outbox_deliveries_total{outcome=\"failed\"} 5\n"), "{figures}");
    assert!(figures.contains("jieda_outbox_deliveries_total{outcome=\"delivered\"} 1\n"), "{figures}");
}

#[tokio::test]
async fn a_conversation_keeps_its_order_and_does_not_hold_up_others() {
    let mut receiver = Receiver::new(&[Reaction::Answer(503)]).await;
    let f = Fixture::new().await;
    let (one, other) = (f.conversation().await, f.conversation().await);
    let tickets = [f.hand_over(one).await, f.hand_over(one).await, f.hand_over(other).await];
    let running = f.run(receiver.webhook());
    let mut order = vec![receiver.next().await.ticket(), receiver.next().await.ticket()];
    f.until(2, 1).await;
    f.later();
    order.extend([receiver.next().await.ticket(), receiver.next().await.ticket()]);
    assert_eq!(order, [tickets[0], tickets[2], tickets[0], tickets[1]]);
    f.until(0, 0).await;
    running.end().await;
}

#[tokio::test]
async fn what_was_not_delivered_goes_out_after_a_restart() {
    let mut receiver = Receiver::new(&[Reaction::Answer(500)]).await;
    let mut f = Fixture::new().await;
    let running = f.run(receiver.webhook());
    let ticket = f.hand_over(f.conversation().await).await;
    let first = receiver.next().await;
    f.until(1, 1).await;
    running.end().await;
    f.store.close().await;

    f.clock.advance_ms(2 * 3_600_000);
    f.store = Arc::new(Store::open(&f.dir.path().join("jieda.db"), f.clock.clone()).await.unwrap());
    let running = f.run(receiver.webhook());
    let again = receiver.next().await;
    assert_eq!((again.ticket(), again.id()), (ticket, first.id()));
    f.until(0, 0).await;
    running.end().await;
}

#[tokio::test]
async fn an_event_is_given_up_after_three_days() {
    let mut receiver = Receiver::new(&[Reaction::Answer(500), Reaction::Answer(500)]).await;
    let f = Fixture::new().await;
    let running = f.run(receiver.webhook());
    f.hand_over(f.conversation().await).await;
    receiver.next().await;
    f.until(1, 1).await;
    f.clock.advance_ms(3 * 24 * 3_600_000);
    f.wake.notify_one();
    receiver.next().await;
    f.until(0, 0).await;
    running.end().await;
    assert!(f.metrics.render().contains("{outcome=\"given_up\"} 1\n"));
}

#[tokio::test]
async fn an_event_that_cannot_be_read_holds_nothing_up() {
    let mut receiver = Receiver::new(&[]).await;
    let f = Fixture::new().await;
    let conversation = f.conversation().await;
    f.hand_over_with(conversation, Some("[1")).await;
    let ticket = f.hand_over(conversation).await;
    let running = f.run(receiver.webhook());
    assert_eq!(receiver.next().await.ticket(), ticket);
    f.until(0, 0).await;
    running.end().await;
    assert!(f.metrics.render().contains("{outcome=\"given_up\"} 1\n"));
}

#[tokio::test]
async fn the_request_says_what_it_is_and_who_sent_it() {
    let mut receiver = Receiver::new(&[]).await;
    let f = Fixture::new().await;
    let running = f.run(receiver.webhook());
    f.hand_over(f.conversation().await).await;
    let arrival = receiver.next().await;
    running.end().await;
    assert!(arrival.head.starts_with("POST /hook?key=k HTTP/1.1"), "{}", arrival.head);
    assert_eq!(arrival.header("Content-Type"), Some("application/json"));
    assert_eq!(arrival.header("X-Jieda-Event"), Some("handoff.created"));
    let body = arrival.body.to_string();
    let signed = super::signature::header("0123456789abcdef", 1_790_000_000, &body);
    assert_eq!(arrival.header("X-Jieda-Signature"), Some(signed.as_str()));
    let keys: Vec<&String> = arrival.body.as_object().unwrap().keys().collect();
    assert_eq!(keys[..3], ["event", "id", "ticket"]);
    assert_eq!(arrival.body["question"], "我的手机号〔手机号〕，钱退去哪了？");
    assert_eq!(arrival.body["candidates"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn without_a_webhook_the_log_is_told() {
    let f = Fixture::new().await;
    let running = f.run(LogNotifier);
    f.hand_over(f.conversation().await).await;
    f.until(0, 0).await;
    running.end().await;
}

#[test]
fn an_address_that_only_looks_like_one_is_refused_at_the_start() {
    let environment = Environment::of([("JIEDA_HANDOFF__WEBHOOK_URL", "http://a]b:99999/")]);
    let config = crate::config::Config::load(None, &environment, crate::config::Overrides::default()).unwrap();
    let error = Webhook::new(&config.handoff.webhook_url.unwrap(), None, Duration::from_secs(1)).unwrap_err();
    assert_eq!(error.to_string(), "the webhook cannot be used");
}

#[test]
fn the_frozen_context_holds_everything_the_bot_knew() {
    let conversation = Conversation {
        id: ConversationId::new(),
        visitor: None,
        locale: Locale::ZhCn,
        channel: "web".into(),
        owner: Owner::Bot,
        agent: None,
        ticket: None,
        context: r#"{"page":"/order/618","order":"〔订单号〕"}"#.into(),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    };
    let decision = decision(conversation.id, MessageId::new());
    let history: Vec<Message> = (1..=25)
        .map(|seq| Message {
            id: MessageId::new(),
            seq,
            author: Author::Customer,
            text: format!("第 {seq} 条"),
            decision_id: None,
            at: Timestamp(seq),
        })
        .collect();
    let articles: Vec<Article> =
        ["d", "c", "b", "a"].map(|id| Article::new(id.parse().unwrap(), Locale::ZhCn, id, format!("{id} 的答案"))).to_vec();
    let options = [("x".parse().unwrap(), "退款退到哪里".to_owned())];
    let known = Known {
        decision: &decision,
        conversation: &conversation,
        history: &history,
        articles: &articles,
        options: &options,
        model: "名字",
    };
    let text = context::context_json(&known);
    assert_eq!(text, context::context_json(&known));
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["question"], "我的手机号〔手机号〕，钱退去哪了？");
    assert_eq!(json["page"]["order"], "〔订单号〕");
    let said = json["history"].as_array().unwrap();
    assert_eq!((said.len(), said[0]["text"].as_str(), said[19]["text"].as_str()), (20, Some("第 6 条"), Some("第 25 条")));
    let answers: Vec<_> = json["candidates"].as_array().unwrap().iter().map(|candidate| candidate["answer"].as_str()).collect();
    assert_eq!(answers, [Some("a 的答案"), Some("b 的答案"), Some("c 的答案"), None]);
    assert_eq!(json["candidates"][0]["scores"]["cosine"], 0.75);
    assert_eq!(json["candidates"][0]["probability"], 0.25);
    assert_eq!(json["clarify"][0]["title"], "退款退到哪里");
    assert_eq!(
        (json["model"].as_str(), json["fingerprints"]["config"].as_str(), json["kb_revision"].as_i64()),
        (Some("名字"), Some("k"), Some(7))
    );

    let kept = r#"{"phone":[手机号],"page":"/cart"}"#;
    let broken = Conversation { context: kept.into(), ..conversation.clone() };
    let text = context::context_json(&Known { conversation: &broken, ..known });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["page"], kept);
}
