//! A small shop that is served on a port of its own, and a client that sees every byte.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, OnceLock};

use jieda::config::Config;
use jieda::domain::article::Article;
use jieda::domain::locale::Locale;
use jieda::domain::time::Clock;
use jieda::embed::hashing::HashingEmbedder;
use jieda::http::{self, ServeError};
use jieda::observe::Metrics;
use jieda::service::keys::Role;
use jieda::service::{Opening, Service};
use jieda::store::{ImportOptions, Store};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::program::WITHIN;

/// A served shop. Dropped, it stops.
pub struct Shop {
    pub address: SocketAddr,
    pub service: Service,
    keys: Vec<(Role, String)>,
    runtime: Runtime,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<Result<(), ServeError>>>,
    /// Whether its articles and labels stay as they are.
    settled: bool,
    _dir: TempDir,
}

/// One shop for all tests that leave its articles and labels alone, since opening one takes a second: the same question gives the
/// same decision there, and its explanation finds nothing changed.
pub fn shared() -> &'static Shop {
    static SHOP: OnceLock<Shop> = OnceLock::new();
    SHOP.get_or_init(|| Shop { settled: true, ..Shop::open(Config::demo()) })
}

/// One shop for all tests that write articles and look at none but their own.
pub fn edited() -> &'static Shop {
    static SHOP: OnceLock<Shop> = OnceLock::new();
    SHOP.get_or_init(|| Shop::open(Config::demo()))
}

fn articles() -> Vec<Article> {
    let article = |id: &str, locale, title: &str, variants: &[&str], answer: &str| {
        let mut article = Article::new(id.parse().unwrap(), locale, title, answer);
        article.variants = variants.iter().map(|text| (*text).to_owned()).collect();
        article.category = "测试".to_owned();
        article
    };
    vec![
        article("refund", Locale::ZhCn, "退款多久到账", &["退款一般几天能到账", "钱什么时候退回来"], "**三天内**原路退回。"),
        article("refund", Locale::En, "How long does a refund take?", &["when do I get my money back"], "Within three days."),
        article("invoice", Locale::ZhCn, "发票怎么开", &["能开专票吗"], "在订单页申请，[查看](https://example.com/invoice)。"),
        article("address", Locale::ZhCn, "怎么修改收货地址", &["地址填错了怎么改"], "发货前可在订单页修改。"),
    ]
}

impl Shop {
    /// Opens a shop with four articles and a key for every role. On a loaded machine its encoder is late, not given up: what is
    /// answered then is another decision.
    pub fn open(mut config: Config) -> Shop {
        config.answers.encode_deadline_ms = 60_000;
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (service, keys) = runtime.block_on(async {
            let store = Store::open(&dir.path().join("jieda.db"), Clock::System).await.unwrap();
            let keys = jieda::service::keys::printed(&store, dir.path()).await.unwrap();
            store.close().await;
            let service = Service::open(Opening {
                config,
                data_dir: dir.path().to_owned(),
                clock: Clock::System,
                embedder: Ok(Arc::new(HashingEmbedder)),
                metrics: Arc::new(Metrics::new(Clock::System.now())),
                progress: Box::new(|_, _| ()),
            });
            let service = service.await.unwrap_or_else(|failure| panic!("{failure}"));
            service.import(articles(), ImportOptions::default()).await.unwrap_or_else(|failure| panic!("{failure}"));
            // From here on the same question gives the same decision.
            service.adapted().await;
            (service, keys)
        });
        let (stop, stopped) = oneshot::channel();
        let (address, serving) = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let until = async move { drop(stopped.await) };
            (address, tokio::spawn(http::serve(listener, service.clone(), until)))
        });
        Shop { address, service, keys, runtime, stop: Some(stop), serving: Some(serving), settled: false, _dir: dir }
    }

    /// The key of a role.
    pub fn key(&self, role: Role) -> &str {
        self.keys.iter().find(|(r, _)| *r == role).map(|(_, key)| key.as_str()).unwrap()
    }

    /// A request under construction.
    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        Request { shop: self, method: method.to_owned(), path: path.to_owned(), headers: Vec::new(), body: None }
    }

    pub fn get(&self, path: &str, role: Role) -> Answer {
        self.request("GET", path).role(role).send()
    }

    pub fn post(&self, path: &str, role: Role, body: Value) -> Answer {
        self.request("POST", path).role(role).json(body).send()
    }

    /// Asks as a customer.
    pub fn ask(&self, body: Value) -> Answer {
        self.post("/v1/ask", Role::Widget, body)
    }

    /// A connection with nothing sent yet.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(WITHIN)).unwrap();
        stream.set_write_timeout(Some(WITHIN)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Tells the server to stop.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the server has returned.
    pub fn stopped(&mut self) {
        let serving = self.serving.take().unwrap();
        self.runtime.block_on(async { tokio::time::timeout(WITHIN, serving).await.unwrap().unwrap().unwrap() });
    }

    /// Runs something of the service's.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

/// A request.
pub struct Request<'a> {
    shop: &'a Shop,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request<'_> {
    pub fn role(self, role: Role) -> Self {
        let key = self.shop.key(role).to_owned();
        self.key(&key)
    }

    pub fn key(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn json(self, body: Value) -> Self {
        self.header("content-type", "application/json").bytes(body.to_string().as_bytes())
    }

    pub fn bytes(mut self, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self
    }

    /// The head; the connection is to be closed afterwards.
    pub fn head(&self) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = &self.body {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head + "\r\n"
    }

    pub fn send(self) -> Answer {
        let mut stream = self.shop.connect();
        stream.write_all(self.head().as_bytes()).unwrap();
        stream.write_all(self.body.as_deref().unwrap_or_default()).unwrap();
        let answer = Answer::read(&mut stream);
        let teaches = self.method != "GET" && ["/v1/articles", "/v1/labels"].iter().any(|path| self.path.starts_with(path));
        assert!(
            !(self.shop.settled && teaches && answer.status < 400),
            "{} {} changes what tests beside this one look at: `edited()` is there for that",
            self.method,
            self.path
        );
        answer
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads to the end of the connection.
    pub fn read(stream: &mut TcpStream) -> Answer {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        Answer::parse(&bytes)
    }

    pub fn parse(bytes: &[u8]) -> Answer {
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or_else(|| panic!("no head in {bytes:?}"));
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<_> = lines.map(|line| line.split_once(": ").map(|(n, v)| (n.to_lowercase(), v.to_owned())).unwrap()).collect();
        let mut body = bytes[end + 4..].to_vec();
        if headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked") {
            body = unchunk(&body);
        }
        Answer { status, headers, body }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {:?}", self.status, self.text()))
    }

    /// The body of an answer that must be a success.
    pub fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text());
        self.json()
    }

    /// Checks the whole shape of an error and returns its code.
    pub fn code(&self) -> String {
        assert!(self.status >= 400, "{} {}", self.status, self.text());
        let body = self.json();
        let error = body["error"].as_object().unwrap();
        assert_eq!(error.keys().collect::<Vec<_>>(), ["code", "message", "hint", "request_id"]);
        assert!(error.values().all(|value| value.as_str().is_some_and(|text| !text.is_empty())), "{body}");
        assert_eq!(error["request_id"].as_str(), self.header("x-request-id"));
        assert_eq!(self.header("content-type"), Some("application/json"));
        error["code"].as_str().unwrap().to_owned()
    }
}

fn unchunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = bytes.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        body.extend_from_slice(&bytes[end + 2..end + 2 + size]);
        bytes = &bytes[end + 2 + size + 2..];
    }
    body
}

/// Reads until `text` has come.
pub fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let n = stream.read(&mut buffer).unwrap();
        assert!(n > 0, "the stream ended before {text:?}: {}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&buffer[..n]);
        if String::from_utf8_lossy(&bytes).contains(text) {
            return String::from_utf8(bytes).unwrap();
        }
    }
}
