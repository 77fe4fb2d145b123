//! Drives the executable: a shop with a small knowledge base in a temporary folder, short commands, and a server with a client.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::TcpSocket;

/// Longer than any step takes on a loaded machine, where the learning of a first start alone can take minutes: tests end rather
/// than hang. Whoever waits for a server that has ended learns of it at once.
pub const WITHIN: Duration = Duration::from_secs(600);

/// The project's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A working directory with a dozen of the sample's articles under `kb`, and a data directory `data` to be made.
pub struct Shop {
    dir: tempfile::TempDir,
    models: PathBuf,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The result as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of the error that was told as JSON.
    pub fn code(&self) -> String {
        let line = self.err.lines().find(|line| line.starts_with("{\"error\"")).unwrap_or_else(|| panic!("no error in {self:?}"));
        let error: Value = serde_json::from_str(line).unwrap();
        assert!(!error["error"]["message"].as_str().unwrap().is_empty() && !error["error"]["hint"].as_str().unwrap().is_empty());
        error["error"]["code"].as_str().unwrap().to_owned()
    }
}

impl Shop {
    /// With articles, without data.
    pub fn new() -> Self {
        let shop = Shop { dir: tempfile::tempdir().unwrap(), models: root().join("models") };
        for topic in ["zh-CN/refund", "zh-CN/invoice", "en/refund"] {
            let to = shop.path("kb").join(topic);
            std::fs::create_dir_all(&to).unwrap();
            let mut files: Vec<PathBuf> =
                std::fs::read_dir(root().join("kb").join(topic)).unwrap().map(|entry| entry.unwrap().path()).collect();
            files.sort();
            for file in files.iter().take(4) {
                std::fs::copy(file, to.join(file.file_name().unwrap())).unwrap();
            }
        }
        shop
    }

    /// Looks for encoders in `models`, not in the project.
    pub fn with_models(mut self, models: PathBuf) -> Self {
        self.models = models;
        self
    }

    /// Chooses an encoder that is not there: the service runs on keywords alone, and starts at once.
    pub fn without_encoder(self) -> Self {
        self.write("data/model", "BAAI/bge-small-zh-v1.5\n");
        self
    }

    /// A path in the working directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file, its directories included.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The program, in English, in the working directory.
    pub fn command<S: AsRef<std::ffi::OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jieda"));
        command.args(args).current_dir(self.dir.path()).env("LC_ALL", "C.UTF-8").env("JIEDA_MODELS", &self.models);
        command.env_remove("JIEDA_KB").env_remove("RUST_LOG").stdin(Stdio::null());
        // On a loaded machine the encoder is late, not given up: what is answered then is another decision.
        command.env("JIEDA_ANSWERS__ENCODE_DEADLINE_MS", "60000");
        command
    }

    /// Runs a short command.
    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, args: &[S]) -> Ran {
        ran(self.command(args).output().unwrap())
    }

    /// Runs a short command that must end well.
    pub fn ok<S: AsRef<std::ffi::OsStr>>(&self, args: &[S]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.status, 0, "{ran:?}");
        ran
    }

    /// Starts `demo` on a free port and waits until it is ready.
    pub fn demo(&self) -> Server {
        self.serve(&["demo", "--bind", "127.0.0.1:0"])
    }

    /// Starts a server that shows its keys and waits until it is ready.
    pub fn serve(&self, args: &[&str]) -> Server {
        let mut server = Server::spawn(self.command(args));
        server.read_greeting();
        server.wait_until_ready();
        server
    }

    /// Starts a server and waits until it has its port.
    pub fn start(&self, args: &[&str]) -> Server {
        let mut server = Server::spawn(self.command(args));
        while server.address.is_empty() {
            let line = server.err.recv_timeout(WITHIN).unwrap_or_else(|_| panic!("no port: {:?}", server.child.try_wait()));
            if let Some((_, address)) = line.split_once(": starting address=") {
                server.address = address.to_owned();
            }
        }
        server
    }
}

/// An address where nobody listens. It is taken as long as the value lives, so that no other test can get its port.
pub struct Nobody {
    pub address: SocketAddr,
    _socket: TcpSocket,
}

impl Nobody {
    pub fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        Nobody { address: socket.local_addr().unwrap(), _socket: socket }
    }
}

/// What ended.
pub fn ran(output: Output) -> Ran {
    use std::os::unix::process::ExitStatusExt;
    let status = output.status.code().unwrap_or_else(|| -output.status.signal().unwrap_or(0));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { status, out: text(output.stdout), err: text(output.stderr) }
}

/// Sends a signal by its name.
pub fn signal(pid: u32, name: &str) {
    assert!(Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().unwrap().success());
}

/// A server that runs.
pub struct Server {
    pub child: Child,
    pub address: String,
    pub keys: BTreeMap<String, String>,
    out: Receiver<String>,
    err: Receiver<String>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Server {
    fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Server { child, address: String::new(), keys: BTreeMap::new(), out, err }
    }

    fn read_greeting(&mut self) {
        while self.address.is_empty() {
            let Ok(line) = self.out.recv_timeout(WITHIN) else {
                panic!("no address: {:?} {:?}", self.child.try_wait(), self.err.try_iter().collect::<Vec<_>>());
            };
            if let Some((role, key)) = line.split_once(" key: ") {
                self.keys.insert(role.to_owned(), key.to_owned());
            } else if let Some(rest) = line.strip_prefix("curl http://") {
                self.address = rest.split('/').next().unwrap().to_owned();
            }
        }
        assert_eq!(self.keys.keys().map(String::as_str).collect::<Vec<_>>(), ["admin", "agent", "editor", "widget"]);
    }

    /// Waits until it is ready.
    pub fn wait_until_ready(&mut self) {
        let begun = Instant::now();
        while self.call("GET", "/readyz", "", None).is_none_or(|answer| answer.status != 200) {
            assert!(begun.elapsed() < WITHIN && self.child.try_wait().unwrap().is_none(), "not ready");
            std::thread::yield_now();
        }
    }

    /// Sends a request; `None` if the connection fails.
    pub fn call(&self, method: &str, path: &str, role: &str, body: Option<&Value>) -> Option<Answer> {
        call(&self.address, method, path, self.keys.get(role).map_or("", String::as_str), body)
    }

    /// Sends a request that must be answered.
    pub fn must(&self, method: &str, path: &str, role: &str, body: Option<&Value>) -> Answer {
        self.call(method, path, role, body).unwrap_or_else(|| panic!("{method} {path} was not answered"))
    }

    /// Asks a question.
    pub fn ask(&self, question: &str) -> Answer {
        self.must("POST", "/v1/ask", "widget", Some(&serde_json::json!({ "question": question })))
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Ends it with SIGTERM and returns its status and what it wrote on standard error.
    pub fn stop(mut self) -> (Option<i32>, Vec<String>) {
        self.signal("TERM");
        let status = self.wait();
        (status, self.err.iter().collect())
    }

    /// What it has written on standard output and nobody has read yet; it must have ended.
    pub fn printed(&self) -> Vec<String> {
        self.out.iter().collect()
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends one request on a connection of its own; `None` if the connection fails.
pub fn call(address: &str, method: &str, path: &str, key: &str, body: Option<&Value>) -> Option<Answer> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(WITHIN)).ok()?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
    Some(Answer { status, body })
}

/// The lines of a stream as they come, so that its writer never waits.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
