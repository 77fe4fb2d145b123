//! How many requests a key and an address may send, and whose address counts behind a proxy.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::App;
use super::error::{ApiError, HttpError};
use crate::config::{IpNet, Limits};
use crate::domain::ids::KeyId;

/// Requests after which keys and addresses that have been quiet are forgotten.
const FORGET_EVERY: u32 = 10_000;

/// The peer of a connection, before any proxy is believed.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Counts requests by key and by address.
pub struct Rates {
    keys: Option<DefaultKeyedRateLimiter<KeyId>>,
    addresses: Option<DefaultKeyedRateLimiter<IpAddr>>,
    since_forgotten: AtomicU32,
}

impl Rates {
    /// The limits of the configuration; 0 a minute is no limit.
    pub fn new(limits: &Limits) -> Self {
        let quota = |per_minute| {
            let burst = NonZeroU32::new(limits.burst)?;
            NonZeroU32::new(per_minute).map(|rate| Quota::per_minute(rate).allow_burst(burst))
        };
        Rates {
            keys: quota(limits.requests_per_minute_per_key).map(RateLimiter::keyed),
            addresses: quota(limits.requests_per_minute_per_address).map(RateLimiter::keyed),
            since_forgotten: AtomicU32::new(0),
        }
    }

    /// Counts a request with a key. **Errors**: `TooMany`.
    pub fn key(&self, id: KeyId) -> Result<(), HttpError> {
        take(self.keys.as_ref(), &id, "with this key")
    }

    /// Counts a request from an address. **Errors**: `TooMany`.
    pub fn address(&self, address: IpAddr) -> Result<(), HttpError> {
        if self.since_forgotten.fetch_add(1, Ordering::Relaxed) == FORGET_EVERY {
            self.since_forgotten.store(0, Ordering::Relaxed);
            self.keys.iter().for_each(RateLimiter::retain_recent);
            self.addresses.iter().for_each(RateLimiter::retain_recent);
        }
        take(self.addresses.as_ref(), &network(address), "from this address")
    }
}

fn take<K: Clone + Eq + std::hash::Hash>(
    limiter: Option<&DefaultKeyedRateLimiter<K>>,
    key: &K,
    whose: &'static str,
) -> Result<(), HttpError> {
    let Some(limiter) = limiter else { return Ok(()) };
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        HttpError::TooMany { whose, retry_after_s: wait.as_secs() + 1 }
    })
}

/// What one customer can choose addresses from: an IPv6 network of 64 bits counts as one address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

/// Where a request comes from. `X-Forwarded-For` is believed as far as trusted proxies wrote it: from its end, the first address
/// that is none of theirs.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut seen = peer.to_canonical();
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").iter().map(|value| value.to_str().unwrap_or("")).collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !is_trusted(seen) {
            break;
        }
        match hop_address(hop.trim()) {
            Some(address) => seen = address.to_canonical(),
            // What a proxy could not name ends the chain.
            None => break,
        }
    }
    seen
}

/// An address as proxies write it: bare, with a port, in brackets.
fn hop_address(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches('"');
    text.parse()
        .ok()
        .or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
}

/// Counts every request but those of health probes against its address.
pub async fn count(State(app): State<App>, request: Request, next: Next) -> Result<Response, ApiError> {
    let probe = matches!(request.uri().path(), "/healthz" | "/readyz");
    if let (false, Some(Peer(peer))) = (probe, request.extensions().get::<Peer>()) {
        app.rates().address(client_address(peer.ip(), request.headers(), &app.service().config().server.trusted_proxies))?;
    }
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_trusted_proxies_wrote_is_believed() {
        let proxies: Vec<IpNet> = ["10.0.0.0/8", "::1"].iter().map(|net| net.parse().unwrap()).collect();
        for (peer, forwarded, want) in [
            ("203.0.113.9", vec!["1.2.3.4"], "203.0.113.9"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["1.2.3.4"], "1.2.3.4"),
            ("::ffff:10.0.0.1", vec!["1.2.3.4:5678"], "1.2.3.4"),
            ("10.0.0.1", vec!["6.6.6.6, 1.2.3.4, 10.0.0.2"], "1.2.3.4"),
            ("10.0.0.1", vec!["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
            ("::1", vec!["[2001:db8::7]:443"], "2001:db8::7"),
            ("::1", vec!["1.2.3.4, unknown"], "::1"),
            ("10.0.0.1", vec!["退款"], "10.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            for line in &forwarded {
                headers.append("x-forwarded-for", axum::http::HeaderValue::from_bytes(line.as_bytes()).unwrap());
            }
            let seen = client_address(peer.parse().unwrap(), &headers, &proxies);
            assert_eq!(seen, want.parse::<IpAddr>().unwrap(), "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn a_burst_passes_and_the_next_is_told_when_to_come_back() {
        // As few as can be asked for: no permit comes back for a minute, which is longer than the test needs.
        let limits = Limits { requests_per_minute_per_address: 1, requests_per_minute_per_key: 0, burst: 3, ..Limits::default() };
        let rates = Rates::new(&limits);
        let from = |address: &str| rates.address(address.parse().unwrap());
        for _ in 0..3 {
            from("2001:db8::1").unwrap();
        }
        // The same network, another host.
        let Err(HttpError::TooMany { retry_after_s, .. }) = from("2001:db8::ffff") else { panic!("a fourth request passed") };
        assert!((1..=61).contains(&retry_after_s), "{retry_after_s}");
        from("2001:db8:0:1::1").unwrap();
        for _ in 0..100 {
            rates.key(KeyId::new()).unwrap();
        }
    }
}
