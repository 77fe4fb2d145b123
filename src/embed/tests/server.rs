//! A hub on this machine that does what a test tells it to.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpSocket;

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub method: String,
    pub path: String,
    /// First and last byte.
    pub range: Option<(usize, usize)>,
}

/// What to answer.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
    /// Close the connection after so many bytes of the body.
    pub cut_after: Option<usize>,
    /// After the cut, keep the connection open and say nothing until the client leaves.
    pub then_silent: bool,
}

impl Reply {
    pub fn ok(body: &[u8]) -> Reply {
        Reply { status: 200, body: body.to_vec(), ..Reply::default() }
    }

    /// The body, or the part of it that was asked for.
    pub fn ranged(asked: &Asked, body: &[u8]) -> Reply {
        match asked.range {
            Some((first, last)) => Reply { status: 206, body: body[first..=last.min(body.len() - 1)].to_vec(), ..Reply::default() },
            None => Reply::ok(body),
        }
    }
}

type Answer = Box<dyn FnMut(&Asked) -> Reply + Send>;

/// Runs until dropped.
pub struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<Asked>>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start(mut answer: Answer) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (stopped, noted) = (stop.clone(), asked.clone());
        let address = listener.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                // A client that went away in the middle is part of some tests.
                let _ = stream.and_then(|stream| serve(stream, &mut answer, &noted, &stopped));
            }
        });
        Server { address, stop, asked, thread: Some(thread) }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// GET requests for a file so far.
    pub fn gets(&self, file: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.method == "GET" && asked.path.ends_with(file)).cloned().collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// An address where nobody listens. It is taken as long as the value lives, so that no other test can get its port.
pub struct Nobody {
    socket: TcpSocket,
}

impl Nobody {
    pub fn new() -> Nobody {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        Nobody { socket }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.socket.local_addr().unwrap())
    }
}

fn serve(mut stream: TcpStream, answer: &mut Answer, noted: &Mutex<Vec<Asked>>, stopped: &AtomicBool) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut words = first.split(' ').map(str::to_owned);
    let mut asked = Asked { method: words.next().unwrap_or_default(), path: words.next().unwrap_or_default(), range: None };
    for line in lines {
        let line = line?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some((first, last)) = line.strip_prefix("range: bytes=").and_then(|range| range.split_once('-')) {
            asked.range = first.parse().ok().zip(last.parse().ok());
        }
    }
    let reply = answer(&asked);
    noted.lock().unwrap().push(asked.clone());
    write!(stream, "HTTP/1.1 {} .\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", reply.status, reply.body.len())?;
    if asked.method == "HEAD" {
        return Ok(());
    }
    stream.write_all(&reply.body[..reply.cut_after.unwrap_or(reply.body.len()).min(reply.body.len())])?;
    stream.flush()?;
    if reply.then_silent {
        // The client's side may close only when its runtime runs again, which can be after this server was told to stop.
        stream.set_read_timeout(Some(Duration::from_millis(20)))?;
        let mut byte = [0];
        while !stopped.load(Ordering::SeqCst) {
            match stream.read(&mut byte) {
                Ok(0) => break,
                Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}
