//! When a market is open, as the server describes it with the symbol: hours of the week, days off,
//! and days with other hours, in the time zone of the exchange.

use std::collections::HashMap;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use protocol::symbol_info::SymbolInfo;

/// How many sessions that follow each other without a break are taken for one: more than a week of
/// days.
const MAX_JOINED: usize = 10;

/// The hours of a market.
#[derive(Clone, Debug)]
pub(super) enum Hours {
    /// It never closes.
    Always,
    Sessions(Box<Calendar>),
}

#[derive(Clone, Debug)]
pub(super) struct Calendar {
    zone: TimeZone,
    /// For each day of the week, Sunday first.
    week: [Vec<Window>; 7],
    /// Days that differ.
    days: HashMap<Date, Vec<Window>>,
}

/// A part of a session, in minutes since the midnight with which its day begins. One that begins
/// the day before has a negative begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    begin: i64,
    end: i64,
}

impl Hours {
    /// Reads the hours of a symbol. `None` if there are none that can be read: then nothing is
    /// known of them.
    pub(super) fn of(info: &SymbolInfo) -> Option<Self> {
        let wanted = info.subsession_id.as_deref();
        let parts = info.subsessions.as_deref().unwrap_or_default();
        let part = parts
            .iter()
            .find(|part| wanted.is_some() && part.id.as_deref() == wanted);
        let session = part.and_then(|part| part.session.as_deref());
        let session = session.or(info.session.as_deref())?;
        if session == "24x7" {
            return Some(Self::Always);
        }
        let mut calendar = Calendar {
            zone: TimeZone::get(info.timezone.as_deref()?).ok()?,
            week: std::array::from_fn(|_| Vec::new()),
            days: HashMap::new(),
        };
        for group in session.split('|') {
            let (windows, days) = group.split_once(':').unwrap_or((group, "23456"));
            let windows = windows_of(windows)?;
            for day in days.chars() {
                let index = usize::try_from(day.to_digit(10)?.checked_sub(1)?).ok()?;
                calendar.week.get_mut(index)?.extend(&windows);
            }
        }
        for day in info
            .session_holidays
            .iter()
            .flat_map(|days| days.split(','))
        {
            if !day.is_empty() {
                calendar.days.insert(date_of(day)?, Vec::new());
            }
        }
        let corrections = part.and_then(|part| part.session_correction.as_deref());
        for group in corrections.into_iter().flat_map(|text| text.split(';')) {
            let (windows, days) = group.split_once(':')?;
            let windows = windows_of(windows)?;
            for day in days.split(',') {
                calendar.days.insert(date_of(day)?, windows.clone());
            }
        }
        Some(Self::Sessions(Box::new(calendar)))
    }

    /// Since when the market is open without a break, if it is: both in Unix seconds, UTC.
    pub(super) fn open_since(&self, time: i64) -> Option<i64> {
        match self {
            Self::Always => Some(i64::MIN),
            Self::Sessions(calendar) => {
                let mut since = calendar.session_at(time)?;
                for _ in 0..MAX_JOINED {
                    match calendar.session_at(since - 1) {
                        Some(earlier) => since = earlier,
                        None => break,
                    }
                }
                Some(since)
            }
        }
    }
}

impl Calendar {
    /// When the session began to which a time belongs.
    fn session_at(&self, time: i64) -> Option<i64> {
        let local = Timestamp::from_second(time)
            .ok()?
            .to_zoned_datetime(self.zone.clone());
        let today = local.date();
        // What begins in the evening belongs to the next day.
        for day in [today, today.tomorrow().ok()?] {
            for window in self.windows(day) {
                let at = |minutes: i64| {
                    let local = day.at(0, 0, 0, 0).checked_add(minutes.minutes()).ok()?;
                    Some(
                        local
                            .to_zoned_datetime(self.zone.clone())
                            .ok()?
                            .timestamp()
                            .as_second(),
                    )
                };
                let (begin, end) = (at(window.begin)?, at(window.end)?);
                if begin <= time && time < end {
                    return Some(begin);
                }
            }
        }
        None
    }

    fn windows(&self, day: Date) -> &[Window] {
        let index = usize::try_from(day.weekday().to_sunday_zero_offset()).ok();
        let usual = index.and_then(|index| self.week.get(index));
        let known = self.days.get(&day).or(usual);
        known.map(Vec::as_slice).unwrap_or_default()
    }
}

/// `0930-1130,1300-1600`; one that ends before it begins has begun the day before.
fn windows_of(text: &str) -> Option<Vec<Window>> {
    let minutes = |text: &str| {
        let (hours, minutes) = text
            .split_at_checked(2)
            .filter(|(_, rest)| rest.len() == 2)?;
        let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
        (hours <= 24 && minutes < 60).then(|| i64::from(hours) * 60 + i64::from(minutes))
    };
    let window = |part: &str| {
        let (begin, end) = part.split_once('-')?;
        let (begin, end) = (minutes(begin)?, minutes(end)?);
        Some(match (begin, end) {
            // The whole day.
            (0, 0) => Window {
                begin: 0,
                end: 1_440,
            },
            _ if begin < end => Window { begin, end },
            _ => Window {
                begin: begin - 1_440,
                end,
            },
        })
    };
    text.split(',').map(window).collect()
}

/// `20260403`.
fn date_of(text: &str) -> Option<Date> {
    let number: i64 = text.parse().ok().filter(|_| text.len() == 8)?;
    let part = |value: i64| i8::try_from(value % 100).ok();
    let year = i16::try_from(number / 10_000).ok()?;
    Date::new(year, part(number / 100)?, part(number)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(text: &str) -> Option<Hours> {
        Hours::of(&serde_json::from_str::<SymbolInfo>(text).unwrap())
    }

    fn time(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    fn since(hours: &Hours, at: &str) -> Option<String> {
        let since = hours.open_since(time(at))?;
        Some(Timestamp::from_second(since).unwrap().to_string())
    }

    #[test]
    fn a_stock_exchange_is_open_on_weekdays_by_its_own_clock() {
        let nasdaq = hours(
            r#"{"session":"0930-1600","timezone":"America/New_York","session_holidays":"20260403,20261225",
            "subsession_id":"regular","subsessions":[{"id":"regular","session":"0930-1600",
            "session-correction":"0930-1300:20261127,20261224"},{"id":"extended","session":"0400-2000"}]}"#,
        )
        .unwrap();
        for (at, expected) in [
            ("2026-03-06T14:29:59Z", None),
            ("2026-03-06T14:30:00Z", Some("2026-03-06T14:30:00Z")),
            ("2026-03-06T20:59:59Z", Some("2026-03-06T14:30:00Z")),
            ("2026-03-06T21:00:00Z", None),
            // A Saturday; and then clocks have changed.
            ("2026-03-07T15:00:00Z", None),
            ("2026-03-09T13:30:00Z", Some("2026-03-09T13:30:00Z")),
            ("2026-03-09T20:00:00Z", None),
            // A holiday, and half a day.
            ("2026-04-03T15:00:00Z", None),
            ("2026-11-27T17:59:59Z", Some("2026-11-27T14:30:00Z")),
            ("2026-11-27T18:00:00Z", None),
        ] {
            assert_eq!(since(&nasdaq, at).as_deref(), expected, "{at}");
        }
    }

    #[test]
    fn the_hours_of_the_part_that_is_shown_count() {
        let wide = hours(
            r#"{"session":"0930-1600","timezone":"America/New_York","subsession_id":"extended",
            "subsessions":[{"id":"regular","session":"0930-1600"},{"id":"extended","session":"0400-2000"}]}"#,
        )
        .unwrap();
        let expected = Some("2026-03-06T09:00:00Z".to_owned());
        assert_eq!(since(&wide, "2026-03-06T12:00:00Z"), expected);
    }

    #[test]
    fn nights_breaks_and_days_that_join_are_understood() {
        let futures = hours(r#"{"session":"1700-1600","timezone":"America/Chicago"}"#).unwrap();
        // Monday's session begins on Sunday evening.
        let expected = Some("2026-06-14T22:00:00Z".to_owned());
        assert_eq!(since(&futures, "2026-06-15T12:00:00Z"), expected);
        assert_eq!(since(&futures, "2026-06-15T21:30:00Z"), None);
        assert_eq!(since(&futures, "2026-06-13T12:00:00Z"), None, "a Saturday");
        let tokyo = hours(r#"{"session":"0900-1130,1230-1500","timezone":"Asia/Tokyo"}"#).unwrap();
        assert_eq!(since(&tokyo, "2026-06-15T03:00:00Z"), None, "noon");
        let forex = hours(r#"{"session":"1700-1700","timezone":"America/New_York"}"#).unwrap();
        let expected = Some("2026-06-14T21:00:00Z".to_owned());
        assert_eq!(
            since(&forex, "2026-06-19T20:59:59Z"),
            expected,
            "all the week"
        );
        assert_eq!(since(&forex, "2026-06-19T21:00:00Z"), None);
        let days = hours(r#"{"session":"0000-0000:1|1000-1100:7","timezone":"Etc/UTC"}"#).unwrap();
        let expected = Some("2026-06-14T00:00:00Z".to_owned());
        assert_eq!(since(&days, "2026-06-14T23:59:59Z"), expected);
        assert_eq!(since(&days, "2026-06-15T00:00:00Z"), None);
        assert!(since(&days, "2026-06-13T10:30:00Z").is_some());
        let coins = hours(r#"{"session":"24x7","timezone":"Etc/UTC"}"#).unwrap();
        assert_eq!(coins.open_since(0), Some(i64::MIN));
    }

    #[test]
    fn hours_that_cannot_be_read_are_unknown() {
        for text in [
            "{}",
            r#"{"session":"0930-1600"}"#,
            r#"{"session":"0930-1600","timezone":"Nowhere/Nowhere"}"#,
            r#"{"session":"","timezone":"Etc/UTC"}"#,
            r#"{"session":"9:30-16:00","timezone":"Etc/UTC"}"#,
            r#"{"session":"0930-1600:8","timezone":"Etc/UTC"}"#,
            r#"{"session":"0930-1600:0","timezone":"Etc/UTC"}"#,
            r#"{"session":"0930F1-1600","timezone":"Etc/UTC"}"#,
            r#"{"session":"09é0-1600","timezone":"Etc/UTC"}"#,
            r#"{"session":"0930-1600","timezone":"Etc/UTC","session_holidays":"2026-01-01"}"#,
        ] {
            assert!(hours(text).is_none(), "{text}");
        }
    }
}
