//! Posts events to an address of the shop's.
//!
//! A request carries the event's id as `Idempotency-Key`, its name as `X-Jieda-Event` and, if there is a secret, a signature as
//! `X-Jieda-Signature: t=SECONDS,v1=HEX` (HMAC-SHA256 of `SECONDS.BODY`). Any 2xx is success. Redirects are not followed: what
//! was signed for one address is not sent to another.

use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Request};

use super::notifier::{Event, Notifier, NotifyError};
use super::signature;
use crate::config::{HttpUrl, Secret};
use crate::domain::time::Timestamp;
use crate::error::{Code, Coded};

/// The webhook cannot be used: the machine has no usable TLS set-up, or the address is none after all.
#[derive(Debug, thiserror::Error)]
#[error("the webhook cannot be used")]
pub struct WebhookUnusable {
    /// What the client said.
    #[source]
    source: reqwest::Error,
}

impl Coded for WebhookUnusable {
    fn code(&self) -> Code {
        Code::ConfigInvalid
    }
}

/// Posts events.
#[derive(Debug)]
pub struct Webhook {
    client: Client,
    url: String,
    secret: Option<Secret>,
    timeout: Duration,
}

impl Webhook {
    /// Posts to `url`, signed with `secret`; a receiver that takes longer than `timeout` has failed.
    ///
    /// **Errors** [`WebhookUnusable`].
    pub fn new(url: &HttpUrl, secret: Option<Secret>, timeout: Duration) -> Result<Webhook, WebhookUnusable> {
        let agent = concat!("jieda/", env!("CARGO_PKG_VERSION"));
        // The environment's proxies are for reaching the world; the receiver is the shop's own.
        let client = Client::builder().user_agent(agent).redirect(Policy::none()).no_proxy().timeout(timeout).build();
        let webhook = client.and_then(|client| {
            client.post(url.as_str()).build()?;
            Ok(Webhook { client, url: url.as_str().to_owned(), secret, timeout })
        });
        webhook.map_err(|source| WebhookUnusable { source: source.without_url() })
    }

    fn request(&self, event: &Event, now: Timestamp) -> Result<Request, reqwest::Error> {
        let mut request = self
            .client
            .post(&self.url)
            .header(CONTENT_TYPE, "application/json")
            .header("Idempotency-Key", event.id.to_string())
            .header("X-Jieda-Event", &event.name);
        if let Some(secret) = &self.secret {
            request = request.header("X-Jieda-Signature", signature::header(secret.reveal(), now.0.div_euclid(1000), &event.body));
        }
        request.body(event.body.clone()).build()
    }

    async fn post(&self, event: &Event, now: Timestamp) -> Result<(), NotifyError> {
        let sent = async { self.client.execute(self.request(event, now)?).await };
        let response = sent.await.map_err(|source| match source.is_timeout() {
            true => NotifyError::TimedOut { seconds: self.timeout.as_secs_f64() },
            false => NotifyError::Unreachable { source: source.without_url() },
        })?;
        let status = response.status();
        if status.is_success() { Ok(()) } else { Err(NotifyError::Refused { status: status.as_u16() }) }
    }
}

impl Notifier for Webhook {
    fn notify<'a>(&'a self, event: &'a Event, now: Timestamp) -> BoxFuture<'a, Result<(), NotifyError>> {
        Box::pin(self.post(event, now))
    }
}
