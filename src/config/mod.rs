//! What can be configured. Three layers, each over the one before: a TOML file, the environment (`JIEDA_SECTION__KEY`), flags.
//!
//! Reading is strict: an unknown key or a value out of range ends the start with a message that names the place, the key and
//! what is allowed, and the nearest known key for a typo. `config.example.toml` lists every option with its default; a test
//! holds the two together.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use crate::domain::locale::Locale;

mod error;
mod read;
mod values;

pub use error::ConfigError;
pub use read::Environment;
pub use values::{HttpUrl, IpNet, LogFormat, Origin, Secret, ServiceHours};

use read::{Reader, Section};

/// The whole configuration, one struct per concern.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    /// The network and the disk.
    pub server: Server,
    /// When to answer.
    pub answers: Answers,
    /// How much of anything is accepted.
    pub limits: Limits,
    /// How long personal data is kept.
    pub privacy: Privacy,
    /// Promises to customers who wait for a person, and who is told.
    pub handoff: Handoff,
    /// The shop.
    pub shop: Shop,
    /// Where encoders lie.
    pub models: Models,
    /// The log.
    pub log: Log,
}

/// `[server]`: the network and the disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// Address and port to listen on. Default `127.0.0.1:8080`.
    pub bind: SocketAddr,
    /// Where everything is kept; made if missing. Default `./data`.
    pub data_dir: PathBuf,
    /// Proxies whose `X-Forwarded-For` is believed. Default none.
    pub trusted_proxies: Vec<IpNet>,
    /// Other origins whose pages may call the service from a browser. Default none: only its own pages.
    pub allowed_origins: Vec<Origin>,
    /// Seconds that running requests get after SIGTERM, 0 to 600. Default 10.
    pub drain_s: u64,
}

/// `[answers]`: when to answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// Share of shown articles that are to be right, 0.5 to 0.999; the line follows from it. Default 0.95.
    pub target_precision: f64,
    /// The same for questions of a channel, in place of the default. Default: none.
    pub target_precision_by_channel: BTreeMap<String, f64>,
    /// The same for questions whose likeliest article is in a category or one below it. Default: none.
    pub target_precision_by_category: BTreeMap<String, f64>,
    /// Least confidence at which an article is shown, 0 to 1, instead of the line for `target_precision`. Default: that line.
    pub answer_threshold: Option<f64>,
    /// Least confidence at which articles are offered, 0 to 1. Default: the fitted one.
    pub clarify_threshold: Option<f64>,
    /// Milliseconds that the encoder gets before a question is searched by keywords alone, 10 to 60 000. Default 3000.
    pub encode_deadline_ms: u64,
    /// Seconds within which unanswered messages are read together, 0 to 120. Default 8.
    pub burst_window_s: u64,
    /// Seconds within which a message may follow up on the one before, 0 to 86 400. Default 1800.
    pub follow_up_window_s: u64,
}

/// `[limits]`: how much of anything is accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Characters of a question, 1 to 20 000. Default 2000.
    pub question_chars: usize,
    /// Bytes of a request's body, 1024 to 67 108 864. Default 1 048 576.
    pub body_bytes: usize,
    /// Questions worked on at a time; one more is answered 429. 1 to 10 000, default 64.
    pub asks_in_flight: usize,
    /// Threads that compute, up to 1024; 0 means one per core. Default 0.
    pub cpu_threads: usize,
    /// Requests a minute with one key; 0 means no limit. Default 6000.
    pub requests_per_minute_per_key: u32,
    /// Requests a minute from one address; 0 means no limit. Default 1200.
    pub requests_per_minute_per_address: u32,
    /// Requests that may come at once before the rates above bite, 1 to 1 000 000. Default 200.
    pub burst: u32,
}

/// `[privacy]`: how long personal data is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Privacy {
    /// Days that messages are kept as written, for agents; masked afterwards. 1 to 3650, default 30.
    pub originals_days: u32,
    /// Days that decisions are kept, 1 to 3650. Default 365.
    pub decisions_days: u32,
}

/// `[handoff]`: promises to customers who wait for a person, and who is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Handoff {
    /// Minutes of service time until a person's first reply is due, 1 to 100 000. Default 60.
    pub first_reply_minutes: u32,
    /// Hours of service time until a ticket should be closed, 1 to 10 000. Default 24.
    pub close_hours: u32,
    /// When people answer, in the shop's time zone. Default `09:00-22:00`.
    pub service_hours: ServiceHours,
    /// Where every hand-off is posted to. Default: nowhere, it is only logged.
    pub webhook_url: Option<HttpUrl>,
    /// Signs what is posted, at least 16 characters. Default: unsigned.
    pub webhook_secret: Option<Secret>,
    /// Seconds that the receiver gets to answer, 1 to 120. Default 10.
    pub webhook_timeout_s: u64,
}

/// `[shop]`: the shop.
#[derive(Debug, Clone, PartialEq)]
pub struct Shop {
    /// Its name in Chinese. Default `本店`.
    pub name_zh: String,
    /// Its name in English. Default `our shop`.
    pub name_en: String,
    /// Where its days begin. Default `Asia/Shanghai`.
    pub time_zone: TimeZone,
    /// What a customer reads who named no language. Default `zh-CN`.
    pub default_locale: Locale,
}

/// `[models]`: where encoders lie.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Models {
    /// A directory of model directories that is searched first. Default: the usual places.
    pub dir: Option<PathBuf>,
}

/// `[log]`: the log, on standard error.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// What is logged: a level, or levels by module (`info,jieda::index=debug`). Default `info`.
    pub filter: String,
    /// `text` or `json`. Default `text`.
    pub format: LogFormat,
}

impl Default for Server {
    fn default() -> Self {
        Server {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            data_dir: PathBuf::from("./data"),
            trusted_proxies: Vec::new(),
            allowed_origins: Vec::new(),
            drain_s: 10,
        }
    }
}

impl Default for Answers {
    fn default() -> Self {
        Answers {
            target_precision: 0.95,
            target_precision_by_channel: BTreeMap::new(),
            target_precision_by_category: BTreeMap::new(),
            answer_threshold: None,
            clarify_threshold: None,
            encode_deadline_ms: 3000,
            burst_window_s: 8,
            follow_up_window_s: 1800,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            question_chars: 2000,
            body_bytes: 1_048_576,
            asks_in_flight: 64,
            cpu_threads: 0,
            requests_per_minute_per_key: 6000,
            requests_per_minute_per_address: 1200,
            burst: 200,
        }
    }
}

impl Default for Privacy {
    fn default() -> Self {
        Privacy { originals_days: 30, decisions_days: 365 }
    }
}

impl Default for Handoff {
    fn default() -> Self {
        Handoff {
            first_reply_minutes: 60,
            close_hours: 24,
            service_hours: ServiceHours::DEFAULT,
            webhook_url: None,
            webhook_secret: None,
            webhook_timeout_s: 10,
        }
    }
}

impl Default for Shop {
    fn default() -> Self {
        // The zone's data is linked in; without it Beijing time as a plain offset says the same for every date since 1991.
        let zone = TimeZone::get("Asia/Shanghai").unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(8)));
        Shop { name_zh: "本店".into(), name_en: "our shop".into(), time_zone: zone, default_locale: Locale::ZhCn }
    }
}

impl Default for Log {
    fn default() -> Self {
        Log { filter: "info".into(), format: LogFormat::Text }
    }
}

/// What flags set, over file and environment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    /// `--bind`.
    pub bind: Option<SocketAddr>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--models-dir`.
    pub models_dir: Option<PathBuf>,
    /// `--log-filter`.
    pub log_filter: Option<String>,
    /// `--log-format`.
    pub log_format: Option<LogFormat>,
}

impl Config {
    /// Reads `file` and `environment` over the defaults, and `overrides` over them.
    ///
    /// **Errors** [`ConfigError`], with the code `config_invalid`.
    pub fn load(file: Option<&Path>, environment: &Environment, overrides: Overrides) -> Result<Config, ConfigError> {
        Config::default().with(file, environment, overrides)
    }

    /// The same over other defaults than the usual ones; see [`Config::demo`].
    pub fn with(mut self, file: Option<&Path>, environment: &Environment, overrides: Overrides) -> Result<Config, ConfigError> {
        let mut reader = Reader::new(file, environment)?;
        self.read(&mut reader)?;
        reader.finish()?;
        self.override_with(overrides);
        self.check()?;
        Ok(self)
    }

    /// The defaults of `jieda demo`: the sample shop's names, and no rate limits, so that a load test from one address gets
    /// through.
    pub fn demo() -> Config {
        let mut config = Config::default();
        config.limits.requests_per_minute_per_key = 0;
        config.limits.requests_per_minute_per_address = 0;
        config.limits.asks_in_flight = 256;
        config.shop.name_zh = "青禾优选".into();
        config.shop.name_en = "Qinghe Select".into();
        config
    }

    /// Hex sha256 over the options that bear on decisions and their texts; everything else may change without making a
    /// recorded decision unrepeatable.
    pub fn fingerprint(&self) -> String {
        let Answers {
            target_precision,
            target_precision_by_channel,
            target_precision_by_category,
            answer_threshold,
            clarify_threshold,
            encode_deadline_ms,
            burst_window_s,
            follow_up_window_s,
        } = &self.answers;
        let Shop { name_zh, name_en, time_zone, default_locale } = &self.shop;
        let zone = time_zone.iana_name().unwrap_or("fixed");
        let bearing = format!(
            "config 3\n{target_precision}\n{target_precision_by_channel:?}\n{target_precision_by_category:?}\n{answer_threshold:?}\n{clarify_threshold:?}\n{encode_deadline_ms}\n{burst_window_s}\n{follow_up_window_s}\n\
             {}\n{}\n{name_zh:?}\n{name_en:?}\n{zone}\n{default_locale}\n",
            self.limits.question_chars, self.handoff.service_hours,
        );
        Sha256::digest(bearing.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ConfigError> {
        self.server.read(&mut reader.section("server")?)?;
        self.answers.read(&mut reader.section("answers")?)?;
        self.limits.read(&mut reader.section("limits")?)?;
        self.privacy.read(&mut reader.section("privacy")?)?;
        self.handoff.read(&mut reader.section("handoff")?)?;
        self.shop.read(&mut reader.section("shop")?)?;
        reader.section("models")?.set("dir", &mut self.models.dir)?;
        self.log.read(&mut reader.section("log")?)
    }

    fn override_with(&mut self, overrides: Overrides) {
        let Overrides { bind, data_dir, models_dir, log_filter, log_format } = overrides;
        self.server.bind = bind.unwrap_or(self.server.bind);
        self.models.dir = models_dir.or_else(|| self.models.dir.take());
        self.log.format = log_format.unwrap_or(self.log.format);
        if let Some(data_dir) = data_dir {
            self.server.data_dir = data_dir;
        }
        if let Some(filter) = log_filter {
            self.log.filter = filter;
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        match (self.answers.clarify_threshold, self.answers.answer_threshold) {
            (Some(clarify), Some(answer)) if clarify > answer => Err(ConfigError::Contradiction {
                first: "answers.clarify_threshold",
                first_given: clarify.to_string(),
                second: "answers.answer_threshold",
                second_given: answer.to_string(),
                rule: "an article is offered at no more confidence than it is shown at",
            }),
            _ => Ok(()),
        }
    }
}

impl Server {
    fn read(&mut self, section: &mut Section<'_, '_>) -> Result<(), ConfigError> {
        section.set("bind", &mut self.bind)?;
        section.set("data_dir", &mut self.data_dir)?;
        section.set("trusted_proxies", &mut self.trusted_proxies)?;
        section.set("allowed_origins", &mut self.allowed_origins)?;
        section.set_within("drain_s", &mut self.drain_s, 0..=600)
    }
}

impl Answers {
    /// The precision asked for where a question of `channel` may be answered from an article in one of `categories` (a category for
    /// each of its languages). What channel and category ask for takes the place of the default; of several the strictest counts.
    pub fn target<'a>(&self, channel: Option<&str>, categories: impl Iterator<Item = &'a str>) -> f64 {
        let by_channel = channel.and_then(|channel| self.target_precision_by_channel.get(channel)).copied();
        let by_category = categories.filter_map(|category| self.target_of_category(category));
        by_category.chain(by_channel).reduce(f64::max).unwrap_or(self.target_precision)
    }

    /// The nearest category that asks for something: itself or one above it.
    fn target_of_category(&self, category: &str) -> Option<f64> {
        let mut above = std::iter::successors(Some(category), |category| Some(category.rsplit_once('/')?.0));
        above.find_map(|category| self.target_precision_by_category.get(category.trim()).copied())
    }

    /// What channels and categories ask for beside the default, ascending, each once.
    pub fn further_targets(&self) -> Vec<f64> {
        let named = self.target_precision_by_channel.values().chain(self.target_precision_by_category.values());
        let mut targets: Vec<f64> = named.copied().filter(|target| *target != self.target_precision).collect();
        targets.sort_by(f64::total_cmp);
        targets.dedup();
        targets
    }

    fn read(&mut self, section: &mut Section<'_, '_>) -> Result<(), ConfigError> {
        section.set_within("target_precision", &mut self.target_precision, 0.5..=0.999)?;
        section.set_named_within("target_precision_by_channel", &mut self.target_precision_by_channel, 0.5..=0.999)?;
        section.set_named_within("target_precision_by_category", &mut self.target_precision_by_category, 0.5..=0.999)?;
        section.set_some_within("answer_threshold", &mut self.answer_threshold, 0.0..=1.0)?;
        section.set_some_within("clarify_threshold", &mut self.clarify_threshold, 0.0..=1.0)?;
        section.set_within("encode_deadline_ms", &mut self.encode_deadline_ms, 10..=60_000)?;
        section.set_within("burst_window_s", &mut self.burst_window_s, 0..=120)?;
        section.set_within("follow_up_window_s", &mut self.follow_up_window_s, 0..=86_400)
    }
}

impl Limits {
    fn read(&mut self, section: &mut Section<'_, '_>) -> Result<(), ConfigError> {
        section.set_within("question_chars", &mut self.question_chars, 1..=20_000)?;
        section.set_within("body_bytes", &mut self.body_bytes, 1024..=67_108_864)?;
        section.set_within("asks_in_flight", &mut self.asks_in_flight, 1..=10_000)?;
        section.set_within("cpu_threads", &mut self.cpu_threads, 0..=1024)?;
        section.set("requests_per_minute_per_key", &mut self.requests_per_minute_per_key)?;
        section.set("requests_per_minute_per_address", &mut self.requests_per_minute_per_address)?;
        section.set_within("burst", &mut self.burst, 1..=1_000_000)
    }
}

impl Privacy {
    fn read(&mut self, section: &mut Section<'_, '_>) -> Result<(), ConfigError> {
        section.set_within("originals_days", &mut self.originals_days, 1..=3650)?;
        section.set_within("decisions_days", &mut self.decisions_days, 1..=3650)
    }
}

impl Handoff {
    fn read(&mut self, section: &mut Section<'_, '_>) -> Result<(), ConfigError> {
        section.set_within("first_reply_minutes", &mut self.first_reply_minutes, 1..=100_000)?;
        section.set_within("close_hours", &mut self.close_hours, 1..=10_000)?;
        section.set("service_hours", &mut self.service_hours)?;
        section.set("webhook_url", &mut self.webhook_url)?;
        section.set("webhook_secret", &mut self.webhook_secret)?;
        section.set_within("webhook_timeout_s", &mut self.webhook_timeout_s, 1..=120)
    }
}

impl Shop {
    fn read(&mut self, section: &mut Section<'_, '_>) -> Result<(), ConfigError> {
        section.set("name_zh", &mut self.name_zh)?;
        section.set("name_en", &mut self.name_en)?;
        section.set("time_zone", &mut self.time_zone)?;
        section.set("default_locale", &mut self.default_locale)
    }
}

impl Log {
    fn read(&mut self, section: &mut Section<'_, '_>) -> Result<(), ConfigError> {
        section.set("filter", &mut self.filter)?;
        section.set("format", &mut self.format)
    }
}

#[cfg(test)]
mod tests;
