//! Rates by key and by address, and pages of other origins.

use jieda::config::{Config, Environment, Overrides};
use jieda::service::keys::Role;
use serde_json::json;

use crate::shop::{Shop, shared};

#[test]
fn an_address_that_asks_too_often_is_told_when_to_come_back() {
    let mut config = Config::demo();
    // As few as can be asked for: no permit comes back for a minute, which is longer than the test needs.
    config.limits.requests_per_minute_per_address = 1;
    config.limits.burst = 3;
    config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let shop = Shop::open(config);
    let from = |address: &str| shop.request("GET", "/v1/articles").role(Role::Editor).header("x-forwarded-for", address).send();
    for _ in 0..3 {
        assert_eq!(from("198.51.100.1").status, 200);
    }
    let refused = from("198.51.100.1");
    assert_eq!((refused.status, refused.code().as_str()), (429, "too_many_requests"));
    assert!((1..=61).contains(&refused.header("retry-after").unwrap().parse::<u64>().unwrap()));
    assert_eq!(from("198.51.100.2").status, 200, "another customer behind the same proxy");
    assert_eq!(from("198.51.100.2, 198.51.100.1").status, 429, "what the client wrote itself does not count");
    assert_eq!(shop.request("GET", "/healthz").header("x-forwarded-for", "198.51.100.1").send().status, 200, "probes are not counted");
}

#[test]
fn a_key_that_is_used_too_often_is_told_when_to_come_back() {
    let mut config = Config::demo();
    config.limits.requests_per_minute_per_key = 1;
    config.limits.burst = 2;
    let shop = Shop::open(config);
    let ask = || shop.ask(json!({"question": "发票怎么开"}));
    assert_eq!((ask().status, ask().status), (200, 200));
    let refused = ask();
    assert_eq!((refused.status, refused.code().as_str()), (429, "too_many_requests"));
    assert!(refused.header("retry-after").is_some());
    assert_eq!(shop.get("/v1/tickets", Role::Agent).status, 200);
}

#[test]
fn only_configured_origins_may_read_answers() {
    let environment = Environment::of([("JIEDA_SERVER__ALLOWED_ORIGINS", "https://shop.example")]);
    let config = Config::demo().with(None, &environment, Overrides::default()).unwrap();
    let shop = Shop::open(config);
    let preflight = |origin: &str| {
        let request = shop.request("OPTIONS", "/v1/ask").header("origin", origin);
        request.header("access-control-request-method", "POST").header("access-control-request-headers", "authorization").send()
    };
    let allowed = preflight("https://shop.example");
    assert_eq!(allowed.status, 204);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://shop.example"));
    assert!(allowed.header("access-control-allow-headers").unwrap().contains("authorization"));
    let refused = preflight("https://evil.example");
    assert_eq!((refused.code().as_str(), refused.header("access-control-allow-origin")), ("method_not_allowed", None));
    let error = shop.request("GET", "/v1/nowhere").header("origin", "https://shop.example").send();
    assert_eq!(error.header("access-control-allow-origin"), Some("https://shop.example"), "errors are readable too");
    assert!(error.header("access-control-expose-headers").unwrap().contains("retry-after"));
    let plain = shared().request("GET", "/healthz").header("origin", "https://shop.example").send();
    assert_eq!(plain.header("access-control-allow-origin"), None, "no origin is configured there");
}
