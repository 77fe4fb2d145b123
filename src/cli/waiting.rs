//! Answers while a server is still starting: the port is taken at once, so that a second server fails at once, but a first
//! build of the index may take a minute. Whoever asks meanwhile gets 503 and when to come again, not silence.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::error::CliError;
use crate::domain::locale::Locale;
use crate::error::Code;

/// How long one client may take.
const CLIENT_WITHIN: Duration = Duration::from_secs(5);
/// How much of a request's head is read.
const HEAD_MAX: usize = 16 * 1024;
/// The pause after a connection that could not be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// The port, answering 503.
pub struct Waiting {
    stop: CancellationToken,
    task: JoinHandle<TcpListener>,
}

impl Waiting {
    /// Begins to answer.
    pub fn start(listener: TcpListener) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(answer_all(listener, stop.clone()));
        Waiting { stop, task }
    }

    /// Stops answering and gives the port back; connections that wait to be accepted keep waiting.
    pub async fn stop(self) -> Result<TcpListener, CliError> {
        self.stop.cancel();
        self.task.await.map_err(|_| CliError::Lost)
    }
}

async fn answer_all(listener: TcpListener, stop: CancellationToken) -> TcpListener {
    loop {
        tokio::select! {
            () = stop.cancelled() => return listener,
            accepted = listener.accept() => match accepted {
                // One that takes too long is hung up on.
                Ok((stream, _)) => drop(tokio::spawn(tokio::time::timeout(CLIENT_WITHIN, answer(stream)))),
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
}

async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") && head.len() < HEAD_MAX {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    stream.write_all(response(&head).as_bytes()).await?;
    stream.shutdown().await?;
    // Closing with unread input would reset the connection before the client has read the answer.
    let mut rest = [0; 4096];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

/// Who asks for Chinese first gets Chinese, as from the service itself.
fn reader(head: &[u8]) -> Locale {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let accepted = head.lines().find_map(|line| line.strip_prefix("accept-language:")).unwrap_or_default();
    if accepted.trim_start().starts_with("zh") { Locale::ZhCn } else { Locale::En }
}

/// Alive, but not ready.
fn response(head: &[u8]) -> String {
    let is_alive = head.starts_with(b"GET /healthz ");
    let (status, body) = if is_alive {
        ("200 OK", json!({ "status": "starting" }))
    } else {
        let error = json!({
            "code": Code::NotReady.name(),
            "message": "the service is starting",
            "hint": Code::NotReady.hint(reader(head)),
            "request_id": uuid::Uuid::now_v7().to_string(),
        });
        ("503 Service Unavailable", json!({ "error": error }))
    };
    let body = body.to_string();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nretry-after: 1\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(address: std::net::SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn says_not_ready_and_gives_the_port_back() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let waiting = Waiting::start(listener);
        let ready = get(address, "/readyz").await;
        assert!(ready.starts_with("HTTP/1.1 503 ") && ready.contains("\"not_ready\"") && ready.contains("retry-after: 1"), "{ready}");
        assert!(get(address, "/healthz").await.starts_with("HTTP/1.1 200 "));
        // A client that says nothing holds nobody up. It came before the one that is answered, so it has been accepted by then.
        let _silent = TcpStream::connect(address).await.unwrap();
        assert!(get(address, "/healthz").await.starts_with("HTTP/1.1 200 "));
        let listener = waiting.stop().await.unwrap();
        // Whoever comes now waits for the next owner of the port.
        let client = TcpStream::connect(address).await.unwrap();
        let accepted = tokio::time::timeout(Duration::from_secs(120), listener.accept()).await;
        let (_stream, peer) = accepted.expect("somebody else has taken the connection").unwrap();
        assert_eq!(peer, client.local_addr().unwrap());
    }
}
