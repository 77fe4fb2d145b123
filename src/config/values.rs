//! The kinds of values that a configuration holds, each read from TOML and from the text of an environment variable.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use jiff::tz::TimeZone;
use toml::Value;

use crate::domain::locale::Locale;

/// A value that can stand in a configuration.
pub(super) trait Setting: Sized {
    /// What it takes, for the message that refuses something else.
    const ALLOWED: &'static str;
    /// Whether the value must not be shown in messages.
    const SECRET: bool = false;

    /// Reads the text of a variable.
    fn from_text(text: &str) -> Option<Self>;

    /// Reads a TOML value.
    fn from_toml(value: &Value) -> Option<Self> {
        value.as_str().and_then(Self::from_text)
    }
}

macro_rules! integers {
    ($($kind:ty),+) => {$(
        impl Setting for $kind {
            const ALLOWED: &'static str = "a whole number";
            fn from_text(text: &str) -> Option<Self> { text.trim().parse().ok() }
            fn from_toml(value: &Value) -> Option<Self> { value.as_integer().and_then(|n| n.try_into().ok()) }
        }
    )+};
}
integers!(u32, u64, usize);

impl Setting for f64 {
    const ALLOWED: &'static str = "a number";
    fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }
    fn from_toml(value: &Value) -> Option<Self> {
        value.as_float().or_else(|| value.as_integer().map(|n| n as f64))
    }
}

impl Setting for String {
    const ALLOWED: &'static str = "text that is not empty";
    fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

impl Setting for PathBuf {
    const ALLOWED: &'static str = "a path";
    fn from_text(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| PathBuf::from(text))
    }
}

impl Setting for SocketAddr {
    const ALLOWED: &'static str = "an address and a port such as 127.0.0.1:8080 or [::1]:8080";
    fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }
}

impl Setting for Locale {
    const ALLOWED: &'static str = "zh-CN or en";
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Setting for TimeZone {
    const ALLOWED: &'static str = "the name of a time zone such as Asia/Shanghai";
    fn from_text(text: &str) -> Option<Self> {
        TimeZone::get(text.trim()).ok()
    }
}

/// A variable that is set but empty means that the value is not given.
impl<T: Setting> Setting for Option<T> {
    const ALLOWED: &'static str = T::ALLOWED;
    const SECRET: bool = T::SECRET;
    fn from_text(text: &str) -> Option<Self> {
        if text.trim().is_empty() { Some(None) } else { T::from_text(text).map(Some) }
    }
    fn from_toml(value: &Value) -> Option<Self> {
        T::from_toml(value).map(Some)
    }
}

/// A TOML array; commas in a variable.
impl<T: Setting> Setting for Vec<T> {
    const ALLOWED: &'static str = T::ALLOWED;
    fn from_text(text: &str) -> Option<Self> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(T::from_text).collect()
    }
    fn from_toml(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(T::from_toml).collect()
    }
}

/// Text that no log and no message shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Setting for Secret {
    const ALLOWED: &'static str = "at least 16 characters";
    const SECRET: bool = true;
    fn from_text(text: &str) -> Option<Self> {
        (text.chars().count() >= 16).then(|| Secret::new(text))
    }
}

/// An `http` or `https` address with a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl(String);

impl HttpUrl {
    /// The address as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HttpUrl {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or(())?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or("");
        let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        if plain && host.chars().any(|c| c.is_alphanumeric()) { Ok(HttpUrl(text.to_owned())) } else { Err(()) }
    }
}

impl Setting for HttpUrl {
    const ALLOWED: &'static str = "an http:// or https:// address";
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// The origin of a page that may call the service from a browser: scheme, host and, unless it is the usual one, port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// As a browser sends it in `Origin`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for Origin {
    const ALLOWED: &'static str = "a list of origins such as https://shop.example, without a path";
    fn from_text(text: &str) -> Option<Self> {
        let url: HttpUrl = text.trim().trim_end_matches('/').parse().ok()?;
        let (_, host) = url.0.split_once("://")?;
        (!host.contains(['/', '?', '#', '@', '*'])).then(|| Origin(url.0.to_ascii_lowercase()))
    }
}

/// A block of addresses: `10.0.0.0/8`, `::1`, `192.168.1.7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpNet {
    address: IpAddr,
    prefix: u8,
}

impl IpNet {
    /// Whether `address` lies in the block. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(one)) => (net.to_bits() ^ one.to_bits()).leading_zeros() >= u32::from(self.prefix),
            (IpAddr::V6(net), IpAddr::V6(one)) => (net.to_bits() ^ one.to_bits()).leading_zeros() >= u32::from(self.prefix),
            _ => false,
        }
    }
}

impl FromStr for IpNet {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().map_err(drop)?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(drop)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(width);
        if prefix > width { Err(()) } else { Ok(IpNet { address, prefix }) }
    }
}

impl fmt::Display for IpNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Setting for IpNet {
    const ALLOWED: &'static str = "a list of addresses or blocks such as 127.0.0.1 or 10.0.0.0/8";
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// The hours of a day during which people answer, in the shop's time zone: from `opens` to `closes`, both in minutes after
/// midnight. `closes` is beyond 1440 when the hours run past midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceHours {
    opens: u16,
    closes: u16,
}

const DAY_MINUTES: u16 = 24 * 60;

impl ServiceHours {
    /// `09:00-22:00`.
    pub const DEFAULT: ServiceHours = ServiceHours { opens: 9 * 60, closes: 22 * 60 };

    /// Minutes after midnight at which a day's service begins, 0 to 1439.
    pub fn opens_minute(self) -> u16 {
        self.opens
    }

    /// Minutes of service a day, 1 to 1440.
    pub fn length_minutes(self) -> u16 {
        self.closes - self.opens
    }
}

/// Reads `09:00-22:00`, also with `–`, `~` or `至` between; `22:00-06:00` runs past midnight; `00:00-24:00` is day and night.
impl FromStr for ServiceHours {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (opens, closes) = text.split_once(['-', '–', '—', '~', '～', '至']).ok_or(())?;
        let (opens, closes) = (minute_of_day(opens)?, minute_of_day(closes)?);
        if opens == DAY_MINUTES || opens == closes {
            return Err(());
        }
        Ok(ServiceHours { opens, closes: if closes < opens { closes + DAY_MINUTES } else { closes } })
    }
}

fn minute_of_day(text: &str) -> Result<u16, ()> {
    let (hour, minute) = text.trim().split_once([':', '：']).ok_or(())?;
    if hour.is_empty() || hour.len() > 2 || minute.len() != 2 || !(hour.to_owned() + minute).bytes().all(|b| b.is_ascii_digit()) {
        return Err(());
    }
    let (hour, minute): (u16, u16) = (hour.parse().map_err(drop)?, minute.parse().map_err(drop)?);
    if hour < 24 && minute < 60 || hour == 24 && minute == 0 { Ok(hour * 60 + minute) } else { Err(()) }
}

impl fmt::Display for ServiceHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let closes = if self.closes > DAY_MINUTES { self.closes - DAY_MINUTES } else { self.closes };
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.opens / 60, self.opens % 60, closes / 60, closes % 60)
    }
}

impl Setting for ServiceHours {
    const ALLOWED: &'static str = "hours such as 09:00-22:00; 00:00-24:00 is day and night";
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text.trim() {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err(()),
        }
    }
}

impl Setting for LogFormat {
    const ALLOWED: &'static str = "text or json";
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_their_addresses_only() {
        for (net, inside, outside) in [
            ("10.0.0.0/8", "10.255.1.2", "11.0.0.1"),
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("0.0.0.0/0", "8.8.8.8", "::1"),
            ("2001:db8::/32", "2001:db8:1::9", "2001:db9::1"),
            ("10.1.2.0/23", "::ffff:10.1.3.4", "10.1.4.0"),
        ] {
            let net: IpNet = net.parse().unwrap();
            assert!(net.contains(inside.parse().unwrap()), "{net} {inside}");
            assert!(!net.contains(outside.parse().unwrap()), "{net} {outside}");
        }
        for wrong in ["10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "shop", "10.0.0.0/-1"] {
            assert!(wrong.parse::<IpNet>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn hours_are_read_in_the_usual_spellings() {
        for (text, shown, length) in [
            ("09:00-22:00", "09:00-22:00", 780),
            ("9:00–22:00", "09:00-22:00", 780),
            ("9：30 至 18：00", "09:30-18:00", 510),
            ("22:00~06:00", "22:00-06:00", 480),
            ("00:00-24:00", "00:00-24:00", 1440),
            ("18:00-24:00", "18:00-24:00", 360),
        ] {
            let hours: ServiceHours = text.parse().unwrap();
            assert_eq!((hours.to_string().as_str(), hours.length_minutes()), (shown, length), "{text}");
        }
        for wrong in ["", "9-22", "09:00", "25:00-26:00", "09:60-10:00", "09:00-09:00", "24:00-06:00", "24:01-02:00", "+9:00-10:00"] {
            assert!(wrong.parse::<ServiceHours>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn origins_have_no_path_and_addresses_have_a_host() {
        assert_eq!(Origin::from_text("https://Shop.example:8443/").unwrap().as_str(), "https://shop.example:8443");
        for wrong in ["shop.example", "https://", "https://*.shop.example", "https://shop.example/page", "ftp://shop.example"] {
            assert!(Origin::from_text(wrong).is_none(), "{wrong}");
        }
        assert!("https://shop.example/hook?a=1".parse::<HttpUrl>().is_ok());
        assert!("https:///hook".parse::<HttpUrl>().is_err() && "https://a b".parse::<HttpUrl>().is_err());
    }

    #[test]
    fn a_secret_shows_itself_to_nobody() {
        let secret = Secret::from_text("0123456789abcdef").unwrap();
        assert!(!format!("{secret:?}").contains("0123"));
        assert!(Secret::from_text("short").is_none());
    }
}
