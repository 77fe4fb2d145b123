//! `jieda health`: for health checks of containers, without another program.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::checked::Url;
use super::error::CliError;
use super::output::Manner;
use super::session::Status;

/// How long the server may take to answer.
const WITHIN: Duration = Duration::from_secs(5);
/// The status line is all that counts.
const READ_MAX: u64 = 1024;

/// Status 0 if the server answers 200, else 1.
pub async fn run(url: Url, manner: Manner) -> Result<Status, CliError> {
    let answer = match tokio::time::timeout(WITHIN, get(&url)).await {
        Ok(Ok(status)) => Ok(status),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(manner.pick("没有在 5 秒内回答", "no answer within 5 s").to_owned()),
    };
    let ready = answer.as_ref().is_ok_and(|status| *status == 200);
    manner.show(
        || json!({ "ready": ready, "status": answer.as_ref().ok(), "problem": answer.as_ref().err() }),
        || {
            let detail = answer.as_ref().map_or_else(Clone::clone, |status| format!("HTTP {status}"));
            format!("{} ({detail})\n", if ready { manner.pick("就绪", "ready") } else { manner.pick("未就绪", "not ready") })
        },
    )?;
    Ok(if ready { Status::Done } else { Status::Negative })
}

/// The status of a plain GET.
async fn get(url: &Url) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(&url.authority).await?;
    let request = format!("GET {} HTTP/1.1\r\nhost: {}\r\nuser-agent: jieda\r\nconnection: close\r\n\r\n", url.path, url.authority);
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(READ_MAX).read_to_end(&mut answer).await?;
    let line = String::from_utf8_lossy(&answer);
    let status =
        line.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)).and_then(|status| status.trim().get(..3)?.parse().ok());
    status.ok_or_else(|| std::io::Error::new(std::io::ErrorKind::InvalidData, "the answer is not HTTP"))
}
