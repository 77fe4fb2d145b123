//! A shop for the tests of the use cases: three articles, encoded by hashing, on a clock that stands still.

use std::path::Path;
use std::sync::Arc;

use super::{Opening, Service};
use crate::config::Config;
use crate::domain::article::Article;
use crate::domain::decision::Decision;
use crate::domain::locale::Locale;
use crate::domain::time::{Clock, Timestamp};
use crate::embed::hashing::HashingEmbedder;
use crate::observe::Metrics;
use crate::service::ask::AskRequest;
use crate::store::ImportOptions;

/// A shop with articles; `change` changes its configuration. A busy machine does not make the encoder late.
pub async fn shop(dir: &Path, change: impl FnOnce(&mut Config)) -> Service {
    let mut config = Config::demo();
    config.answers.encode_deadline_ms = 60_000;
    change(&mut config);
    let clock = Clock::fixed(Timestamp(1_764_115_200_000));
    let opening = Opening {
        config,
        data_dir: dir.to_owned(),
        metrics: Arc::new(Metrics::new(clock.now())),
        clock,
        embedder: Ok(Arc::new(HashingEmbedder)),
        progress: Box::new(|_, _| ()),
    };
    let service = Service::open(opening).await.unwrap_or_else(|failure| panic!("{failure}"));
    let article = |id: &str, title: &str| Article::new(id.parse().unwrap(), Locale::ZhCn, title, "在订单页办理。");
    let articles = vec![article("exchange", "如何换货"), article("invoice", "发票怎么开"), article("refund", "退款多久到账")];
    service.import(articles, ImportOptions::default()).await.unwrap_or_else(|failure| panic!("{failure}"));
    service
}

/// Asks, in the conversation of `after` if there is one.
pub async fn ask(service: &Service, question: &str, after: Option<&Decision>) -> Decision {
    let conversation_id = after.map(|decision| decision.conversation_id);
    let request = AskRequest { question: question.to_owned(), conversation_id, ..AskRequest::default() };
    service.ask(request).await.unwrap_or_else(|failure| panic!("{failure}")).decision
}
