//! `jieda eval pairs`: the encoder by itself.

use std::path::PathBuf;

use serde_json::json;

use super::steps;
use crate::cli::opening;
use crate::cli::session::{Session, Status};
use crate::error::Failure;
use crate::eval::pairs;

/// Measures the encoder on pairs of sentences.
pub async fn pairs(file: PathBuf, session: &Session) -> Result<Status, Failure> {
    // A wrong file is told before the encoder is loaded.
    let pairs = session.blocking(move || Ok(pairs::read(&file)?)).await?;
    let embedder = opening::encoder_in_use(session).await?;
    let steps = steps(session.manner.pick("编码", "encoding"));
    let figures = session.blocking(move || pairs::measure(&pairs, &*embedder, &mut |done, all| steps(done, all))).await?;
    let number = |figure: Option<f64>| figure.map_or("–".to_owned(), |figure| format!("{figure:.4}"));
    session.manner.show(
        || json!({ "pairs": figures.pairs, "spearman": figures.spearman, "auc": figures.auc }),
        || format!("pairs {}\nspearman {}\nauc {}\n", figures.pairs, number(figures.spearman), number(figures.auc)),
    )?;
    Ok(Status::Done)
}
