//! Days and moments as people write them.
//!
//! Read are RFC 3339 with an offset, `2026-11-26` with `-`, `/` or `.`, `20261126`, `2026年11月26日`, each with or without
//! a time of day, and day numbers of spreadsheets (46352, 46352.5). Without an offset they are meant in the shop's time zone. Year
//! first only: `03/04/2026` is two days to two readers and is refused.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use unicode_normalization::UnicodeNormalization;

use crate::domain::time::Timestamp;

/// Day numbers that are taken as such: 1954 to 2119. Smaller and greater ones are more likely something else.
const DAY_NUMBERS: std::ops::RangeInclusive<f64> = 20_000.0..=80_000.0;

/// Which end of a validity a text stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A bare date means the start of that day.
    From,
    /// A bare date means the end of that day: the start of the next.
    Until,
}

/// What a text says about a limit in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// There is none: an empty text or a word such as 长期.
    None,
    /// A moment.
    At(Timestamp),
}

/// Reads a limit; `None` if the text is no date.
pub fn limit(text: &str, end: End, zone: &TimeZone) -> Option<Limit> {
    let text: String = text.nfkc().collect::<String>().trim().to_owned();
    if matches!(
        text.to_lowercase().as_str(),
        "" | "-" | "--" | "~" | "无" | "無" | "长期" | "長期" | "永久" | "长期有效" | "永久有效" | "不限" | "none" | "never" | "null"
    ) {
        return Some(Limit::None);
    }
    if let Some(moment) = Timestamp::parse_rfc3339(&text) {
        return Some(Limit::At(moment));
    }
    let (date, time) = day_number(&text).or_else(|| spelled(&text))?;
    let local = match (time, end) {
        (Some(time), _) => time,
        (None, End::From) => DateTime::from_parts(date, Time::midnight()),
        (None, End::Until) => DateTime::from_parts(date.tomorrow().ok()?, Time::midnight()),
    };
    let moment = zone.to_timestamp(local).ok()?;
    Some(Limit::At(Timestamp(moment.as_millisecond())))
}

/// A day, and the moment if the text has a time of day.
type Day = (Date, Option<DateTime>);

fn day_number(text: &str) -> Option<Day> {
    if !text.bytes().all(|b| b.is_ascii_digit() || b == b'.') || text.split('.').next().is_none_or(|days| days.len() != 5) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    if !DAY_NUMBERS.contains(&number) {
        return None;
    }
    // Spreadsheets count a 29 February 1900 that never was, so their day 0 is 30 December 1899 for every later day.
    let date = jiff::civil::date(1899, 12, 30).checked_add(jiff::Span::new().days(number.trunc() as i64)).ok()?;
    let seconds = (number.fract() * 86_400.0).round() as i64;
    let time = DateTime::from_parts(date, Time::midnight()).checked_add(jiff::Span::new().seconds(seconds)).ok()?;
    Some((date, (seconds > 0).then_some(time)))
}

fn spelled(text: &str) -> Option<Day> {
    let (date, time) = match text.find(['日', '号', '號', 'T', ' ']) {
        Some(at) => {
            let mark = text[at..].chars().next()?;
            let (date, rest) = text.split_at(at);
            (date, rest[mark.len_utf8()..].trim())
        }
        None => (text, ""),
    };
    let date = calendar_day(date)?;
    if time.is_empty() {
        return Some((date, None));
    }
    let mut parts = time.trim_end_matches('秒').split([':', '时', '時', '点', '點', '分']).filter(|part| !part.is_empty());
    let mut next = |needed: bool| match parts.next() {
        Some(part) if part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit()) => part.parse::<i8>().ok(),
        Some(part) => part.split_once('.').filter(|(_, ms)| ms.bytes().all(|b| b == b'0')).and_then(|(s, _)| s.parse().ok()),
        None if needed => None,
        None => Some(0),
    };
    let (hour, minute, second) = (next(true)?, next(!time.contains(['时', '時', '点', '點']))?, next(false)?);
    if parts.next().is_some() {
        return None;
    }
    if (hour, minute, second) == (24, 0, 0) {
        return Some((date, Some(DateTime::from_parts(date.tomorrow().ok()?, Time::midnight()))));
    }
    Some((date, Some(DateTime::from_parts(date, Time::new(hour, minute, second, 0).ok()?))))
}

fn calendar_day(text: &str) -> Option<Date> {
    let digits = |part: &str, most: usize| -> Option<i16> {
        (!part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok()).flatten()
    };
    let (year, month, day) = if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        (digits(&text[..4], 4)?, digits(&text[4..6], 2)?, digits(&text[6..], 2)?)
    } else {
        let mut parts = text.split(['-', '/', '.', '年', '月']).map(str::trim);
        let year = parts.next().filter(|year| year.len() == 4)?;
        let parsed = (digits(year, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
        if parts.next().is_some() {
            return None;
        }
        parsed
    };
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, end: End) -> Option<String> {
        match limit(text, end, &TimeZone::get("Asia/Shanghai").unwrap())? {
            Limit::None => Some("none".into()),
            Limit::At(moment) => Some(moment.to_string()),
        }
    }

    #[test]
    fn a_bare_day_is_whole_in_the_shops_zone() {
        for text in [
            "2026-11-26",
            "2026/11/26",
            "2026.11.26",
            "20261126",
            "2026年11月26日",
            "２０２６－１１－２６",
            " 2026年11月26号 ",
            "46352",
            "46352.0",
        ] {
            assert_eq!(read(text, End::From).as_deref(), Some("2026-11-25T16:00:00.000Z"), "{text}");
            assert_eq!(read(text, End::Until).as_deref(), Some("2026-11-26T16:00:00.000Z"), "{text}");
        }
        assert_eq!(read("2027-1-5", End::From).as_deref(), Some("2027-01-04T16:00:00.000Z"));
    }

    #[test]
    fn a_time_of_day_is_that_moment_at_either_end() {
        for text in [
            "2026-11-26 20:30",
            "2026/11/26 20:30:00",
            "2026-11-26T20:30",
            "2026年11月26日 20时30分",
            "2026年11月26日20点30分",
            "2026-11-26T12:30:00Z",
            "2026-11-26T20:30:00+08:00",
            "46352.854166667",
            "2026-11-26 20:30:00.000",
        ] {
            for end in [End::From, End::Until] {
                assert_eq!(read(text, end).as_deref(), Some("2026-11-26T12:30:00.000Z"), "{text}");
            }
        }
        assert_eq!(read("2026-11-26 24:00", End::Until).as_deref(), Some("2026-11-26T16:00:00.000Z"));
        assert_eq!(read("2026-11-26 0:00", End::Until).as_deref(), Some("2026-11-25T16:00:00.000Z"));
    }

    #[test]
    fn other_zones_are_a_parameter() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let Some(Limit::At(moment)) = limit("2026-07-01", End::From, &berlin) else { panic!() };
        assert_eq!(moment.to_string(), "2026-06-30T22:00:00.000Z");
    }

    #[test]
    fn no_limit_and_no_date() {
        for text in ["", "长期", "永久有效", "-", "None"] {
            assert_eq!(read(text, End::Until).as_deref(), Some("none"), "{text}");
        }
        for text in ["03/04/2026", "2026-02-30", "2026-13-01", "下周", "2026", "12", "2026-11-26 25:00", "2026-11", "999999", "2026-1-2-3"]
        {
            assert_eq!(read(text, End::From), None, "{text}");
        }
    }
}
