//! The use cases over a store and an index on disk.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::Service;
use super::ask::AskRequest;
use super::background::{Files, Retry};
use super::fixture::{self, articles, ask_for as ask};
use super::indexing::{Indexing, Parts};
use crate::domain::article::ArticleStatus;
use crate::domain::ids::MessageId;
use crate::domain::time::{Clock, Timestamp};
use crate::domain::wording::Wording;
use crate::embed::Embedder;
use crate::embed::counting::Counting;
use crate::embed::hashing::HashingEmbedder;
use crate::error::Code;
use crate::index::embeddings::Embeddings;
use crate::index::entry::content_hash;
use crate::store::{Expect, NewMessage, Store};
use crate::text::normalize::{bare, fold};
use crate::text::segment::Segmenter;

async fn open(dir: &Path) -> Service {
    fixture::open(dir, Arc::new(HashingEmbedder), |_| ()).await
}

async fn shop(dir: &Path) -> Service {
    fixture::shop(dir, |_| ()).await
}

fn question(text: &str) -> AskRequest {
    AskRequest { question: text.to_owned(), ..AskRequest::default() }
}

#[tokio::test]
async fn a_ticket_shows_the_newest_messages_of_a_long_conversation() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path()).await;
    let opened = ask(&service, question("转人工")).await;
    let last = super::tickets::SHOWN_MESSAGES as i64 + 5;
    for seq in 3..=last {
        let text = format!("第 {seq} 条");
        let message = NewMessage { id: MessageId::new(), masked: &text, original: None, at: service.clock().now() };
        service.store().add_customer_message(opened.conversation_id, message).await.unwrap();
    }
    let detail = service.ticket(opened.ticket.unwrap()).await.unwrap_or_else(|failure| panic!("{failure}"));
    let shown: Vec<i64> = detail.messages.iter().map(|message| message.seq).collect();
    assert_eq!((shown, detail.messages_total), ((6..=last).collect(), last as u64));
}

#[tokio::test]
async fn a_page_with_personal_data_reaches_the_agent_masked_and_whole() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path()).await;
    for (given, want) in [
        (r#"{"phone":13800138000,"page":"/cart"}"#, serde_json::json!({"phone": "[手机号]", "page": "/cart"})),
        ("电话 13800138000", serde_json::json!("电话 [手机号]")),
    ] {
        let opened = ask(&service, AskRequest { context: Some(given.to_owned()), ..question("转人工") }).await;
        let ticket = service.ticket(opened.ticket.unwrap()).await.unwrap_or_else(|failure| panic!("{failure}")).ticket;
        assert_eq!(serde_json::from_str::<serde_json::Value>(&ticket.context).unwrap()["page"], want);
    }
}

#[tokio::test]
async fn a_start_forgets_the_vectors_of_wordings_that_are_gone_and_encodes_nothing_again() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path()).await;
    let mut draft = articles().remove(0);
    draft.status = ArticleStatus::Draft;
    let mut edited = articles().remove(2);
    edited.title = "退款几天到账".to_owned();
    for article in [draft, edited] {
        service.put_article(article, Expect::Any).await.unwrap_or_else(|failure| panic!("{failure}"));
    }
    service.adapted().await;
    service.close().await;
    drop(service);
    let knows = |title: &str| {
        let dir = dir.path().join("index/vectors");
        let remembered = Embeddings::open(&dir, HashingEmbedder.fingerprint(), HashingEmbedder.dims()).unwrap();
        remembered.get(&content_hash(bare(&fold(title)))).is_some()
    };
    assert!(knows("退款多久到账") && knows("退款几天到账"));

    let counting = Arc::new(Counting::default());
    let clock = Clock::fixed(Timestamp(1_764_115_200_000));
    let store = Arc::new(Store::open(&dir.path().join("jieda.db"), clock.clone()).await.unwrap());
    let parts = Parts { embedder: Some(counting.clone()), segmenter: Arc::new(Segmenter::new(&[])) };
    let opened = Indexing::open(&dir.path().join("index"), store, clock, parts, Box::new(|_, _| ())).await;
    let served = opened.unwrap_or_else(|failure| panic!("{failure}")).served();
    assert_eq!((served.snapshot.len(), counting.encoded()), (2, 0));
    assert!(!knows("退款多久到账"), "no article has it");
    assert!(knows("退款几天到账") && knows("发票怎么开"));
    assert!(knows("如何换货"), "a draft may be published again");
}

#[tokio::test]
async fn files_whose_build_fails_leave_nothing_and_are_tried_again_later() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path()).await;
    let generations = || -> Vec<_> {
        let names = std::fs::read_dir(dir.path().join("index")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("generation-")).collect()
    };
    let (mut retry, start) = (Retry::default(), Instant::now());
    let mut look = async |seconds: u64| {
        let looked = service.take_over_files(&mut retry, start + Duration::from_secs(seconds)).await;
        looked.map_err(|problems| problems.into_iter().map(|problem| (problem.file, problem.code)).collect::<Vec<_>>())
    };
    // A build that cannot be made the current one, as on a full disk.
    let in_the_way = dir.path().join("index/CURRENT.new");
    std::fs::create_dir(&in_the_way).unwrap();
    std::fs::write(dir.path().join("dictionary.txt"), "碎花裙").unwrap();
    assert_eq!(look(0).await, Err(vec![("dictionary.txt", Code::IndexUnavailable)]));
    assert_eq!(generations(), ["generation-000001"]);
    std::fs::remove_dir(&in_the_way).unwrap();
    assert_eq!((look(2).await, look(9).await), (Ok(Files::Waiting), Ok(Files::Waiting)));
    assert_eq!((look(10).await, look(12).await), (Ok(Files::InForce), Ok(Files::Unchanged)));
    assert_eq!(generations(), ["generation-000002"]);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_build() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path()).await;
    // As if a build took for ever.
    let held = service.inner.indexing.hold_rebuilds().await;
    std::fs::write(dir.path().join("dictionary.txt"), "碎花裙").unwrap();
    let stop = CancellationToken::new();
    let background = tokio::spawn(service.clone().run_background(stop.clone()));
    // The first look comes at once; what it begins is waited for.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!background.is_finished());
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(30), background).await.expect("it ends without the build").unwrap();
    drop(held);
    let asked = ask(&service, question("发票怎么开")).await;
    service.close().await;
    drop(service);
    assert_eq!(open(dir.path()).await.decision(asked.id).await.unwrap_or_else(|failure| panic!("{failure}")).id, asked.id);
}

#[tokio::test]
async fn files_that_cannot_be_used_are_told_until_they_can() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| std::fs::write(dir.path().join(name), content).unwrap();
    write("blocked.toml", b"[topics.law]\npatterns = [\"(secret\"]");
    let service = open(dir.path()).await;
    let told = async || {
        let health = service.health().await;
        assert!(health.ready);
        let told = health.files.iter().map(|told| (told.error.file, told.error.code.name(), told.error.problem.clone(), told.since));
        told.collect::<Vec<_>>()
    };
    let start = service.clock().now();
    let unclosed =
        Wording::new("话题 law 有一个模式不能用：有左括号没有闭合", "topic law has an unusable pattern: a bracket is not closed");
    let topic = ("blocked.toml", "file_format", unclosed, start);
    assert_eq!(told().await, std::slice::from_ref(&topic), "from the start");

    let mut retry = Retry::default();
    let mut look = async || match service.take_over_files(&mut retry, Instant::now()).await {
        Ok(files) => {
            service.tell_of(Vec::new());
            Some(files)
        }
        Err(problems) => {
            service.tell_of(problems);
            None
        }
    };
    service.clock().advance_ms(60_000);
    write("synonyms.txt", "退钱, 退款\n退钱".as_bytes());
    write("dictionary.txt", b"\xff\xfe");
    assert_eq!(look().await, None);
    let line = ("synonyms.txt", "file_format", Wording::new("第 2 行：一组要有两个不同的词", "line 2: a group needs two different words"));
    let encoding = ("dictionary.txt", "file_encoding", Wording::new("不是 UTF-8 编码", "it is not in UTF-8"));
    let later = start.plus_ms(60_000);
    let all = [(encoding.0, encoding.1, encoding.2, later), (line.0, line.1, line.2, later), topic];
    assert_eq!(told().await, all);

    std::fs::remove_file(dir.path().join("blocked.toml")).unwrap();
    std::fs::remove_file(dir.path().join("dictionary.txt")).unwrap();
    write("synonyms.txt", "退钱, 退款".as_bytes());
    assert_eq!(look().await, Some(Files::InForce));
    assert_eq!(told().await, []);
}
