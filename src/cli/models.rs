//! `jieda models`: the encoders.

use serde_json::{Value, json};

use super::opening::registry;
use super::progress::{Steps, Unit};
use super::session::{Session, Status};
use crate::embed::pull::{PullOptions, PullProgress, pull};
use crate::embed::registry::{FileCheck, FileState, Listed};
use crate::error::Failure;

/// Lists the known encoders.
pub fn list(session: &Session) -> Result<Status, Failure> {
    let listed = registry(session, &session.config.server.data_dir)?.list()?;
    let value = || json!({ "items": listed.iter().map(listed_value).collect::<Vec<_>>() });
    session.manner.show(value, || listed.iter().map(|model| listed_text(model, session)).collect())?;
    Ok(Status::Done)
}

fn listed_value(model: &Listed) -> Value {
    let entry = model.entry.as_ref();
    json!({
        "name": model.name,
        "active": model.active,
        "dir": model.dir.as_ref().map(|dir| dir.display().to_string()),
        "dims": entry.map(|entry| entry.dims),
        "max_tokens": entry.map(|entry| entry.max_tokens),
        "licence": entry.map(|entry| entry.licence.as_str()),
        "languages": entry.map(|entry| entry.languages.as_slice()),
    })
}

fn listed_text(model: &Listed, session: &Session) -> String {
    let manner = session.manner;
    let mark = if model.active { "* " } else { "  " };
    let place = match &model.dir {
        Some(dir) => dir.display().to_string(),
        None => manner.pick("未安装", "not installed").to_owned(),
    };
    let entry = model.entry.as_ref().map(|entry| format!("    {} · {} · {}\n", entry.dims, entry.languages.join(" "), entry.licence));
    format!("{mark}{}\n{}    {place}\n", model.name, entry.unwrap_or_default())
}

/// Checks an encoder's files. Status 1 if one does not pass.
pub async fn verify(name: Option<String>, session: &Session) -> Result<Status, Failure> {
    let registry = registry(session, &session.config.server.data_dir)?;
    let name = match name {
        Some(name) => name,
        None => registry.active()?,
    };
    let checks = {
        let name = name.clone();
        session.blocking(move || Ok(registry.verify(&name)?)).await?
    };
    let passed = checks.iter().all(|check| check.state.passed());
    session.manner.show(
        || json!({ "name": name, "passed": passed, "files": checks.iter().map(check_value).collect::<Vec<_>>() }),
        || {
            let mut text: String = checks.iter().map(|check| check_text(check, session)).collect();
            text.push_str(&format!(
                "{name}: {}\n",
                if passed { session.manner.pick("通过", "passed") } else { session.manner.pick("未通过", "failed") }
            ));
            text
        },
    )?;
    Ok(if passed { Status::Done } else { Status::Negative })
}

fn check_value(check: &FileCheck) -> Value {
    let (state, expected, found) = match &check.state {
        FileState::Good => ("good", None, None),
        FileState::Unrecorded(found) => ("unrecorded", None, Some(found)),
        FileState::Missing => ("missing", None, None),
        FileState::Differs { expected, found } => ("differs", Some(expected), Some(found)),
    };
    json!({ "path": check.path, "state": state, "expected": expected, "found": found })
}

fn check_text(check: &FileCheck, session: &Session) -> String {
    let state = match &check.state {
        FileState::Good => session.manner.pick("正确", "good").to_owned(),
        FileState::Unrecorded(_) => session.manner.pick("没有记录过校验和", "no checksum was ever recorded").to_owned(),
        FileState::Missing => session.manner.pick("缺失", "missing").to_owned(),
        FileState::Differs { expected, found } => {
            let (expected, found) = (short(expected), short(found));
            session.manner.pick(format!("不符：应为 {expected}，实为 {found}"), format!("differs: expected {expected}, found {found}"))
        }
    };
    format!("{}  {state}\n", check.path)
}

fn short(hash: &str) -> String {
    hash.chars().take(12).chain(['…']).collect()
}

/// Chooses the encoder for the next start.
pub fn choose(name: &str, session: &Session) -> Result<Status, Failure> {
    let resolved = registry(session, &session.config.server.data_dir)?.set_active(name)?;
    let dir = resolved.dir.display();
    session.manner.show(
        || json!({ "name": resolved.name, "dir": dir.to_string() }),
        || {
            session.manner.pick(
                format!("下次启动使用 {name}（{dir}），索引会随之重建\n"),
                format!("{name} ({dir}) is used from the next start on; the index is rebuilt then\n"),
            )
        },
    )?;
    Ok(Status::Done)
}

/// Fetches an encoder from the hub.
pub async fn fetch(name: &str, session: &Session) -> Result<Status, Failure> {
    let registry = registry(session, &session.config.server.data_dir)?;
    let mut steps: Option<(usize, Steps)> = None;
    let mut progress = |at: PullProgress<'_>| {
        if steps.as_ref().is_none_or(|(file, _)| *file != at.file_number) {
            let what = format!("{}/{} {}", at.file_number, at.files, at.file);
            steps = Some((at.file_number, Steps::new(what, Unit::Bytes)));
        }
        if let Some((_, steps)) = &mut steps {
            // A server that does not tell the size: the bar moves with what is here.
            steps.at(at.done_bytes, at.total_bytes.unwrap_or(at.done_bytes.saturating_add(1)));
        }
    };
    let dir = pull(&registry, name, &PullOptions::default(), &mut progress).await?;
    let dir = dir.display();
    session.manner.show(
        || json!({ "name": name, "dir": dir.to_string() }),
        || {
            session.manner.pick(
                format!("已下载到 {dir}；用 `jieda models use {name}` 选用\n"),
                format!("fetched to {dir}; choose it with `jieda models use {name}`\n"),
            )
        },
    )?;
    Ok(Status::Done)
}
