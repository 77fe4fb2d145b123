//! `jieda kb lint`: what an import would say of the articles by themselves.

use std::path::PathBuf;

use super::{read_options, report};
use crate::cli::session::{Session, Status};
use crate::error::Failure;
use crate::kb::{PlanOptions, plan, read_path};

/// Runs the command. Status 1 if an import would refuse a row.
pub async fn run(path: PathBuf, encoding: Option<String>, session: &Session) -> Result<Status, Failure> {
    let options = read_options(session, encoding);
    let mut planned = session.blocking(move || Ok(plan(read_path(&path, &options)?, &[], &PlanOptions::default()))).await?;
    let status = if planned.refused.is_empty() { Status::Done } else { Status::Negative };
    let articles = planned.to_write.len();
    // What is in order is only counted.
    planned.items.retain(|item| item.refusal.is_some() || !item.warnings.is_empty());
    report::findings(&planned, articles, session.manner)?;
    Ok(status)
}
