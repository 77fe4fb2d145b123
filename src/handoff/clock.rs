//! By when somebody should reply. Promises count service time in the shop's time zone: what arrives at night is due after the
//! next opening. Pure; the caller brings the time.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp as Moment};

use crate::config::{Handoff, ServiceHours};
use crate::domain::time::Timestamp;

/// Days looked ahead for service time. A promise that takes longer counts the rest day and night.
const HORIZON_DAYS: u16 = 3660;

const MINUTE_MS: i64 = 60_000;

/// When a ticket's promises fall due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The first reply.
    pub reply: Timestamp,
    /// The closing.
    pub close: Timestamp,
}

/// When a hand-off at `now` is due.
pub fn due(promise: &Handoff, zone: &TimeZone, now: Timestamp) -> Due {
    let after = |minutes: u32| after_service_minutes(promise.service_hours, zone, now, minutes);
    Due { reply: after(promise.first_reply_minutes), close: after(promise.close_hours.saturating_mul(60)) }
}

/// The moment at which `minutes` of service have passed since `now`. What runs out exactly at closing is due at closing.
fn after_service_minutes(hours: ServiceHours, zone: &TimeZone, now: Timestamp, minutes: u32) -> Timestamp {
    let mut remaining = i64::from(minutes) * MINUTE_MS;
    let mut reached = now;
    for (opens, closes) in upcoming(hours, zone, now) {
        let begins = opens.max(reached);
        let length = closes.since_ms(begins);
        if remaining <= length {
            return begins.plus_ms(remaining);
        }
        // Days around a change of clocks may overlap by an hour: it counts once.
        remaining -= length.max(0);
        reached = reached.max(closes);
    }
    reached.plus_ms(remaining)
}

/// The spans of service that end after `now`, in order: at most one a day, beginning yesterday for hours past midnight.
fn upcoming(hours: ServiceHours, zone: &TimeZone, now: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> + use<'_> {
    let today = Moment::from_millisecond(now.0).ok().map(|moment| zone.to_datetime(moment).date());
    (0..HORIZON_DAYS).map_while(move |day| span_of(hours, zone, today?, i32::from(day) - 1)).filter(move |(_, closes)| *closes > now)
}

/// The span that begins on the day `offset` days after `today`; none beyond the calendar's end.
fn span_of(hours: ServiceHours, zone: &TimeZone, today: Date, offset: i32) -> Option<(Timestamp, Timestamp)> {
    let midnight = today.checked_add(Span::new().days(offset)).ok()?.to_datetime(Time::midnight());
    let moment = |minutes: u16| {
        let local = midnight.checked_add(Span::new().minutes(minutes)).ok()?;
        Some(Timestamp(zone.to_timestamp(local).ok()?.as_millisecond()))
    };
    let opens = hours.opens_minute();
    Some((moment(opens)?, moment(opens + hours.length_minutes())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    /// Checks when `minutes` of service have passed since `from`.
    fn check(zone: &str, hours: &str, minutes: u32, from: &str, want: &str) {
        let zone = TimeZone::get(zone).unwrap();
        let got = after_service_minutes(hours.parse().unwrap(), &zone, at(from), minutes);
        assert_eq!(got.to_string(), at(want).to_string(), "{hours} {minutes} min after {from}");
    }

    #[test]
    fn service_time_stops_at_closing_and_goes_on_at_opening() {
        let day = |minutes, from, want| check("Asia/Shanghai", "09:00-22:00", minutes, from, want);
        day(60, "2026-11-26T10:00:00+08:00", "2026-11-26T11:00:00+08:00");
        day(60, "2026-11-26T23:00:00+08:00", "2026-11-27T10:00:00+08:00");
        day(60, "2026-11-26T03:00:00+08:00", "2026-11-26T10:00:00+08:00");
        day(60, "2026-11-26T21:30:00+08:00", "2026-11-27T09:30:00+08:00");
        day(60, "2026-11-26T21:00:00+08:00", "2026-11-26T22:00:00+08:00");
        day(60, "2026-11-26T22:00:00+08:00", "2026-11-27T10:00:00+08:00");
        // 24 hours of service at 13 hours a day, over the end of a year.
        day(24 * 60, "2026-12-31T12:00:00+08:00", "2027-01-02T10:00:00+08:00");
    }

    #[test]
    fn hours_may_run_past_midnight_or_never_end() {
        let night = |minutes, from, want| check("Asia/Shanghai", "18:00-02:00", minutes, from, want);
        night(60, "2026-11-26T01:30:00+08:00", "2026-11-26T18:30:00+08:00");
        night(60, "2026-11-26T23:30:00+08:00", "2026-11-27T00:30:00+08:00");
        night(60, "2026-11-26T12:00:00+08:00", "2026-11-26T19:00:00+08:00");
        check("Asia/Shanghai", "00:00-24:00", 24 * 60, "2026-11-26T23:59:59+08:00", "2026-11-27T23:59:59+08:00");
        check("Asia/Shanghai", "18:00-24:00", 60, "2026-11-26T23:30:00+08:00", "2026-11-27T18:30:00+08:00");
    }

    #[test]
    fn the_shop_s_zone_decides_and_its_clock_changes_count() {
        check("America/New_York", "09:00-17:00", 60, "2026-11-26T21:30:00Z", "2026-11-27T14:30:00Z");
        // The night of 1 November 2026 has 25 hours in New York, that of 8 March 23.
        check("America/New_York", "00:00-24:00", 24 * 60, "2026-11-01T00:00:00-04:00", "2026-11-01T23:00:00-05:00");
        check("America/New_York", "00:00-24:00", 24 * 60, "2026-03-08T00:00:00-05:00", "2026-03-09T01:00:00-04:00");
        // The opening hour does not exist that morning: people answer from the next existing one.
        check("America/New_York", "02:30-17:00", 30, "2026-03-08T01:00:00-05:00", "2026-03-08T04:00:00-04:00");
        check("Asia/Kathmandu", "09:00-18:00", 1, "2026-11-26T00:00:00+05:45", "2026-11-26T09:01:00+05:45");
    }

    #[test]
    fn a_promise_of_no_time_is_due_now_within_hours_else_at_the_opening() {
        for (now, next) in [
            ("2026-11-26T08:59:59+08:00", "2026-11-26T09:00:00+08:00"),
            ("2026-11-26T09:00:00+08:00", "2026-11-26T09:00:00+08:00"),
            ("2026-11-26T21:59:59+08:00", "2026-11-26T21:59:59+08:00"),
            ("2026-11-26T22:00:00+08:00", "2026-11-27T09:00:00+08:00"),
        ] {
            check("Asia/Shanghai", "09:00-22:00", 0, now, next);
        }
    }

    #[test]
    fn both_promises_are_counted_from_the_same_moment() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let due = due(&Handoff::default(), &zone, at("2026-11-26T23:00:00+08:00"));
        assert_eq!((due.reply, due.close), (at("2026-11-27T10:00:00+08:00"), at("2026-11-28T20:00:00+08:00")));
    }

    #[test]
    fn absurd_moments_and_promises_end() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        for now in [i64::MIN, i64::MAX, 253_402_200_000_000] {
            let after = after_service_minutes("09:00-09:01".parse().unwrap(), &zone, Timestamp(now), u32::MAX);
            assert!(after >= Timestamp(now));
        }
    }
}
