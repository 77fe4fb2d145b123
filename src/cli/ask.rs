//! `jieda ask`: one question through everything that a customer's question goes through.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::data::{self, Scratch};
use super::error::CliError;
use super::explained::reasons_text;
use super::kb::{import, read_options};
use super::session::{Session, Status};
use super::{eval, opening, view};
use crate::domain::article::{Article, ArticleStatus};
use crate::domain::wording::Wording;
use crate::embed::Embedder;
use crate::error::Failure;
use crate::index::embeddings::Embeddings;
use crate::index::entry::{content_hash, passages};
use crate::kb::{Verdict, read_path};
use crate::service::Service;
use crate::service::ask::AskRequest;
use crate::store::{DATABASE_FILE, Store};

/// Runs the command: status 0 in any band.
pub async fn run(question: String, explain: bool, kb: Option<PathBuf>, session: &Session) -> Result<Status, Failure> {
    match kb {
        Some(path) => {
            let scratch = Scratch::new()?;
            let articles = fill(scratch.path(), path, session).await?;
            lay_vectors(scratch.path(), articles, session).await?;
            ask(question, explain, scratch.path(), session).await
        }
        None => {
            let way_out = Wording::new(
                "服务正在运行：请用 POST /v1/ask 提问，或用 --kb 直接问文章。",
                "A server runs: ask it with POST /v1/ask, or ask the articles themselves with --kb.",
            );
            let claimed = data::claim_existing(&session.config.server.data_dir, Some(way_out))?;
            ask(question, explain, &claimed.dir, session).await
        }
    }
}

/// Makes a data directory of the articles at `path`, and returns those that are searched.
async fn fill(dir: &Path, path: PathBuf, session: &Session) -> Result<Vec<Article>, Failure> {
    let options = read_options(session, None);
    let document = session.blocking(move || Ok(read_path(&path, &options)?)).await?;
    let store = Store::open(&dir.join(DATABASE_FILE), session.clock.clone()).await?;
    let filled = async { Ok::<_, Failure>((import::into_store(&store, document, false).await?, store.all_articles().await?)) }.await;
    store.close().await;
    let (done, articles) = filled?;
    let refused = done.count(Verdict::Refused);
    if refused > 0 {
        session.manner.tell(
            &format!("有 {refused} 行未收下，`jieda kb lint` 可查看原因"),
            &format!("{refused} rows were refused; `jieda kb lint` tells why"),
        );
    }
    let searched = |article: &Article| article.status == ArticleStatus::Published;
    Ok(articles.into_iter().map(|stored| stored.value).filter(searched).collect())
}

/// Lays the passages' vectors where the service looks for them, out of those that evaluations and earlier questions encoded: the
/// same articles are asked again and again while they are written, and encoding a few hundred of them takes a minute.
async fn lay_vectors(dir: &Path, articles: Vec<Article>, session: &Session) -> Result<(), Failure> {
    // The encoder that the service will take; without one it has none to lay.
    let registry = opening::registry(session, dir)?;
    // Where there is no data directory nothing is left behind.
    let data_dir = &session.config.server.data_dir;
    let cache = data_dir.is_dir().then(|| data_dir.join("eval").join("vectors"));
    let dir = dir.join("index").join("vectors");
    let steps = eval::steps(session.manner.pick("编码", "encoding"));
    session
        .blocking(move || {
            let Ok(embedder) = registry.active().and_then(|name| registry.load(&name)) else { return Ok(()) };
            let embedder: Arc<dyn Embedder> = Arc::new(embedder);
            let texts: Vec<Vec<String>> =
                articles.iter().map(|article| passages(article).into_iter().map(|passage| passage.text).collect()).collect();
            let vectors = eval::remembering(embedder.clone(), cache.as_deref()).passages(&texts, &steps)?;
            let by_content = texts.iter().flatten().zip(vectors.iter().flatten());
            let by_content = by_content.map(|(text, vector)| (content_hash(text), vector.exact.to_vec()));
            Embeddings::open(&dir, embedder.fingerprint(), embedder.dims())?.add(by_content.collect())?;
            Ok(())
        })
        .await
}

async fn ask(question: String, explain: bool, dir: &Path, session: &Session) -> Result<Status, Failure> {
    let service = opening::service(session, dir).await?;
    let shown = show(question, explain, &service, session).await;
    service.close().await;
    shown.map(|()| Status::Done)
}

async fn show(question: String, explain: bool, service: &Service, session: &Session) -> Result<(), Failure> {
    if service.kb_revision().0 == 0 {
        session
            .manner
            .tell("知识库还是空的，先用 `jieda kb import` 导入", "the knowledge base is empty: import articles with `jieda kb import`");
    }
    let reply = service.ask(AskRequest { question, ..AskRequest::default() }).await?;
    let explained = match explain {
        true => Some(service.explain(reply.decision.clone()).await?),
        false => None,
    };
    let model = service.model();
    let locale = session.manner.locale;
    let text = || {
        let mut text = view::reply_text(&reply, locale);
        if let Some(explained) = &explained {
            text.push('\n');
            text.push_str(&reasons_text(explained, locale));
        }
        text
    };
    let printed: Result<(), CliError> = session.manner.show(|| view::reply_value(&reply, model, explained.as_ref()), text);
    Ok(printed?)
}
