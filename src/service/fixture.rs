//! A shop for the tests of the use cases: three articles, encoded by hashing, on a clock that stands still.

use std::path::Path;
use std::sync::Arc;

use super::{Opening, Service};
use crate::config::Config;
use crate::domain::article::Article;
use crate::domain::decision::Decision;
use crate::domain::locale::Locale;
use crate::domain::time::{Clock, Timestamp};
use crate::embed::Embedder;
use crate::embed::hashing::HashingEmbedder;
use crate::observe::Metrics;
use crate::service::ask::AskRequest;
use crate::store::ImportOptions;

/// An empty shop, or what is in `dir` already; `change` changes its configuration. A busy machine does not make the encoder late.
pub async fn open(dir: &Path, embedder: Arc<dyn Embedder>, change: impl FnOnce(&mut Config)) -> Service {
    let mut config = Config::demo();
    config.answers.encode_deadline_ms = 60_000;
    change(&mut config);
    let clock = Clock::fixed(Timestamp(1_764_115_200_000));
    let opening = Opening {
        config,
        data_dir: dir.to_owned(),
        metrics: Arc::new(Metrics::new(clock.now())),
        clock,
        embedder: Ok(embedder),
        progress: Box::new(|_, _| ()),
    };
    Service::open(opening).await.unwrap_or_else(|failure| panic!("{failure}"))
}

/// A shop with three articles.
pub async fn shop(dir: &Path, change: impl FnOnce(&mut Config)) -> Service {
    let service = open(dir, Arc::new(HashingEmbedder), change).await;
    service.import(articles(), ImportOptions::default()).await.unwrap_or_else(|failure| panic!("{failure}"));
    service
}

/// The three articles.
pub fn articles() -> Vec<Article> {
    let article = |id: &str, title: &str| Article::new(id.parse().unwrap(), Locale::ZhCn, title, "请在订单页办理。");
    vec![article("exchange", "如何换货"), article("invoice", "发票怎么开"), article("refund", "退款多久到账")]
}

/// Asks, in the conversation of `after` if there is one.
pub async fn ask(service: &Service, question: &str, after: Option<&Decision>) -> Decision {
    let conversation_id = after.map(|decision| decision.conversation_id);
    ask_for(service, AskRequest { question: question.to_owned(), conversation_id, ..AskRequest::default() }).await
}

/// Asks with everything that a request may have.
pub async fn ask_for(service: &Service, request: AskRequest) -> Decision {
    service.ask(request).await.unwrap_or_else(|failure| panic!("{failure}")).decision
}
