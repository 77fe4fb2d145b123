//! `jieda kb export`: all articles in one of the forms that an import reads, also while a server runs.

use std::path::PathBuf;

use serde_json::json;

use crate::cli::data;
use crate::cli::session::{Session, Status};
use crate::domain::article::Article;
use crate::error::Failure;
use crate::kb::export::{Form, export};

/// Runs the command.
pub async fn run(path: PathBuf, form: Form, session: &Session) -> Result<Status, Failure> {
    let readable = data::read(&session.config.server.data_dir, &session.clock).await?;
    let articles = readable.store.all_articles().await;
    readable.store.close().await;
    let articles: Vec<Article> = articles?.into_iter().map(|stored| stored.value).collect();
    let count = {
        let path = path.clone();
        session.blocking(move || Ok(export(&articles, &path, form)?)).await?
    };
    let shown = path.display().to_string();
    session.manner.show(
        || json!({ "path": shown, "articles": count }),
        || session.manner.pick(format!("已导出 {count} 篇到 {shown}\n"), format!("exported {count} articles to {shown}\n")),
    )?;
    Ok(Status::Done)
}
