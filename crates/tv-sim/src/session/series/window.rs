//! Which bars a client asks for: by count, by times, or by a stretch of the calendar.

use market::{Bars, Slot, months_before, year_begins};
use serde_json::Value;

/// Which bars a client asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    /// This number of the newest.
    Latest(i64),
    /// A number of bars up to a time in milliseconds UTC.
    UpTo(i64, i64),
    /// A number of bars from a time in milliseconds UTC on.
    From(i64, i64),
    /// Those from one time to another, in milliseconds UTC.
    Between(i64, i64),
    /// Those of a stretch of the calendar up to now, or a number of the newest, whichever are more.
    Frame(Frame, i64),
}

/// A stretch of the calendar that ends now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame {
    /// A number of trading days.
    Days(i64),
    /// A number of months.
    Months(i64),
    /// Since the year began.
    Year,
    /// As long as there are bars.
    All,
}

impl Frame {
    /// Reads a name such as `5D`, `12M`, `YTD` or `LASTSESSION`.
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "LASTSESSION" => Self::Days(1),
            "YTD" => Self::Year,
            "ALL" => Self::All,
            name => {
                let (count, unit) = name.split_at_checked(name.len().checked_sub(1)?)?;
                let count = count
                    .parse()
                    .ok()
                    .filter(|count| (1..=1200).contains(count))?;
                match unit {
                    "D" | "d" => Self::Days(count),
                    "M" => Self::Months(count),
                    "Y" => Self::Months(count * 12),
                    _ => return None,
                }
            }
        })
    }

    /// When it begins, in milliseconds UTC, if `days` are the bars of the days of a market and
    /// `now` is the time.
    fn begins(self, days: &Bars, now: i64) -> Option<i64> {
        let last = days.last_at(now)?;
        let date = match self {
            Self::Days(count) => days.back(last, count - 1).0.date,
            Self::Months(count) => months_before(last.date, count),
            Self::Year => year_begins(last.date),
            Self::All => return Some(i64::MIN),
        };
        (date..=last.date).find_map(|date| days.date_begins(date))
    }
}

impl Window {
    /// Reads the 6th and 7th parameter of `create_series`.
    pub(crate) fn parse(count: Option<&Value>, range: Option<&Value>) -> Option<Self> {
        let window = match count? {
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(kind), reference, count] if kind == "bar_count" => {
                    let (time, count) = (seconds(reference)?, count.as_i64()?);
                    if count < 0 {
                        Self::From(time, count.checked_neg()?)
                    } else {
                        Self::UpTo(time, count)
                    }
                }
                _ => return None,
            },
            Value::String(text) if text.is_empty() => Self::Latest(0),
            number => Self::Latest(number.as_i64().filter(|count| *count >= 0)?),
        };
        let Some(range) = range
            .and_then(Value::as_str)
            .filter(|range| !range.is_empty())
        else {
            return Some(window);
        };
        if let Some((from, to)) = range
            .strip_prefix("r,")
            .and_then(|range| range.split_once(':'))
        {
            let time = |text: &str| seconds(&Value::from(text.parse::<i64>().ok()?));
            return Some(Self::Between(time(from)?, time(to)?));
        }
        Some(match (Frame::parse(range), window) {
            (Some(frame), Self::Latest(count)) => Self::Frame(frame, count),
            _ => window,
        })
    }

    /// When the part begins that the client wants to look at, in milliseconds UTC; `None` where
    /// that is all.
    pub(super) fn looks_from(self, days: &Bars, now: i64) -> Option<i64> {
        match self {
            Self::Latest(_) | Self::UpTo(..) | Self::From(..) => None,
            Self::Between(from, _) => Some(from),
            Self::Frame(frame, _) => frame.begins(days, now),
        }
    }

    /// The last bar of it, how many bars it lies before the current one, and how many bars it wants
    /// at most.
    pub(super) fn choose(self, candles: &Bars, days: &Bars, now: i64) -> Option<Choice> {
        let current = candles.last_at(now)?;
        let latest = |wanted| Choice {
            last: current,
            wanted,
            from: i64::MAX,
        };
        Some(match self {
            Self::Latest(count) => latest(count),
            Self::UpTo(time, count) => Choice {
                last: candles.last_at(time.min(now))?,
                ..latest(count)
            },
            Self::From(time, count) => {
                let first = candles.first_at(time)?;
                if first.opens > current.opens {
                    return None;
                }
                let there = candles.back_to(current, first.opens, i64::MAX).1 + 1;
                let wanted = count.min(there);
                Choice {
                    last: candles.back(current, there - wanted).0,
                    ..latest(wanted)
                }
            }
            // A bar belongs to the range if it opens in it.
            Self::Between(from, to) => Choice {
                last: candles.last_at(to.min(now))?,
                wanted: 0,
                from,
            },
            Self::Frame(frame, count) => Choice {
                from: frame.begins(days, now).unwrap_or(i64::MAX),
                ..latest(count)
            },
        })
    }
}

/// The bars of a window: the last, and all before it that are within the count or open late
/// enough.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    pub(super) last: Slot,
    pub(super) wanted: i64,
    pub(super) from: i64,
}

/// A time in seconds, whole or not, as milliseconds.
fn seconds(value: &Value) -> Option<i64> {
    value
        .as_f64()
        .filter(|seconds| seconds.abs() < 1e11)
        .map(|seconds| (seconds * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_way_to_ask_for_bars_is_understood() {
        let parse = |count: Value, range: Value| Window::parse(Some(&count), Some(&range));
        assert_eq!(parse(json!(300), json!("")), Some(Window::Latest(300)));
        assert_eq!(
            parse(json!(["bar_count", 1_000, 5]), Value::Null),
            Some(Window::UpTo(1_000_000, 5))
        );
        assert_eq!(
            parse(json!(0), json!("r,10:20")),
            Some(Window::Between(10_000, 20_000))
        );
        assert_eq!(
            parse(json!(["bar_count", 1_000, -5]), Value::Null),
            Some(Window::From(1_000_000, 5))
        );
        for (name, frame) in [
            ("LASTSESSION", Frame::Days(1)),
            ("1D", Frame::Days(1)),
            ("5D", Frame::Days(5)),
            ("5d", Frame::Days(5)),
            ("1M", Frame::Months(1)),
            ("3M", Frame::Months(3)),
            ("6M", Frame::Months(6)),
            ("12M", Frame::Months(12)),
            ("YTD", Frame::Year),
            ("1Y", Frame::Months(12)),
            ("5Y", Frame::Months(60)),
            ("ALL", Frame::All),
        ] {
            assert_eq!(
                parse(json!(300), json!(name)),
                Some(Window::Frame(frame, 300)),
                "{name}"
            );
        }
        assert_eq!(parse(json!(300), json!("what?")), Some(Window::Latest(300)));
        assert_eq!(parse(json!("x"), Value::Null), None);
        assert_eq!(parse(json!(-1), Value::Null), None);
        assert_eq!(parse(json!(["bar_count", "now", 5]), Value::Null), None);
    }
}
