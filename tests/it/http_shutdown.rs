//! The end: what runs is finished, what waits is closed, what hangs is cut.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use jieda::config::Config;
use jieda::service::keys::Role;
use serde_json::json;

use crate::program::WITHIN;
use crate::shop::{Answer, Shop, read_until};

fn with_drain(seconds: u64) -> Shop {
    let mut config = Config::demo();
    config.server.drain_s = seconds;
    Shop::open(config)
}

/// A question whose head has been read and whose body is awaited: the server says so itself, by asking for the body. A head that
/// is only on its way when the server stops counts as an idle connection and is closed.
fn begun_request(shop: &Shop, body: &[u8]) -> TcpStream {
    let head = shop.request("POST", "/v1/ask").role(Role::Widget).header("expect", "100-continue").bytes(body).head();
    let mut stream = shop.connect();
    stream.write_all(head.as_bytes()).unwrap();
    assert_eq!(read_until(&mut stream, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

/// The start of what a new connection is answered; nothing if it is refused or closed.
fn answered_anew(shop: &Shop) -> String {
    let Ok(mut stream) = TcpStream::connect(shop.address) else { return String::new() };
    stream.set_read_timeout(Some(WITHIN)).unwrap();
    let request = shop.request("GET", "/v1/tickets").role(Role::Agent).head();
    let mut start = [0; 12];
    let read = stream.write_all(request.as_bytes()).and_then(|()| stream.read_exact(&mut start));
    let waits = read.is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    assert!(!waits, "a connection is taken and left without an answer");
    String::from_utf8_lossy(&start).into_owned()
}

#[test]
fn streams_idle_connections_and_running_requests_end_well() {
    // Nothing that is over within the test's patience was ended by this.
    let mut shop = with_drain(3600);
    // A stream of events.
    let begun = shop.post("/v1/conversations", Role::Agent, json!({})).ok();
    let events = shop.request("GET", &format!("/v1/conversations/{}/events", begun["id"].as_str().unwrap())).role(Role::Agent);
    let mut listening = shop.connect();
    listening.write_all(events.head().as_bytes()).unwrap();
    read_until(&mut listening, "listening");
    // A connection that is kept alive, and one that has never said a word.
    let mut idle = shop.connect();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: shop\r\n\r\n").unwrap();
    read_until(&mut idle, "\"ok\"");
    let mut silent = shop.connect();
    // A request whose body is on its way.
    let body = json!({"question": "退款多久到账"}).to_string();
    let mut running = begun_request(&shop, body.as_bytes());
    running.write_all(&body.as_bytes()[..5]).unwrap();

    shop.stop();
    let mut rest = Vec::new();
    listening.read_to_end(&mut rest).unwrap();
    idle.read_to_end(&mut rest).unwrap();
    silent.read_to_end(&mut rest).unwrap();
    // The port may be another's by now, who does not know this shop's keys.
    assert_ne!(answered_anew(&shop), "HTTP/1.1 200", "a new connection is served while the old ones end");
    running.write_all(&body.as_bytes()[5..]).unwrap();
    assert_eq!(Answer::read(&mut running).ok()["article"]["id"], "refund");
    shop.stopped();
}

#[test]
fn a_request_that_hangs_is_cut_when_its_time_is_over() {
    let mut shop = with_drain(1);
    let mut hanging = begun_request(&shop, b"{\"question\": \"x\"}");
    let started = Instant::now();
    shop.stop();
    shop.stopped();
    assert!(started.elapsed() >= Duration::from_millis(900), "{:?}", started.elapsed());
    // Cut: had it been waited for, it would have been told at last that its body does not come. The connection may be reset.
    let mut rest = Vec::new();
    let _ = hanging.read_to_end(&mut rest);
    assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
}

#[test]
fn a_stopped_service_closes_and_keeps_what_it_acknowledged() {
    let mut shop = with_drain(5);
    let asked = shop.ask(json!({"question": "发票怎么开"})).ok();
    shop.stop();
    shop.stopped();
    let id = asked["decision_id"].as_str().unwrap().parse().unwrap();
    let kept = shop.block_on(shop.service.decision(id)).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(kept.question, "发票怎么开");
    shop.block_on(shop.service.close());
}
