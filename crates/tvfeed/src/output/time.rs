//! Times for people, UTC. Machines get Unix seconds.

use std::time::Duration;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// `YYYY-MM-DD HH:MM`, with seconds unless they are zero. A time beyond the calendar is shown as
/// Unix seconds.
pub(crate) fn date_and_clock(time: i64) -> String {
    let form = if time.rem_euclid(60) == 0 {
        "%Y-%m-%d %H:%M"
    } else {
        "%Y-%m-%d %H:%M:%S"
    };
    shown(time, form)
}

/// `YYYY-MM-DD`.
pub(crate) fn date(time: i64) -> String {
    shown(time, "%Y-%m-%d")
}

/// `HH:MM:SS` for a time on the same day as `now`, else `YYYY-MM-DD`.
pub(crate) fn clock_or_date(time: i64, now: i64) -> String {
    let day = |time: i64| time.div_euclid(86_400);
    let form = if day(time) == day(now) {
        "%H:%M:%S"
    } else {
        "%Y-%m-%d"
    };
    shown(time, form)
}

/// A length in seconds in the largest unit that divides it: `15 min`.
pub(crate) fn span(seconds: u64) -> String {
    match seconds {
        0 => "0 s".to_owned(),
        _ if seconds.is_multiple_of(86_400) => format!("{} d", seconds / 86_400),
        _ if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

/// A short time: in tenths of a second below ten seconds, else in seconds.
pub(crate) fn pause(time: Duration) -> String {
    if time < Duration::from_secs(10) {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{:.0} s", time.as_secs_f64())
    }
}

fn shown(time: i64, form: &str) -> String {
    match utc(time) {
        Some(utc) => utc.strftime(form).to_string(),
        None => time.to_string(),
    }
}

fn utc(time: i64) -> Option<DateTime> {
    Some(TimeZone::UTC.to_datetime(Timestamp::from_second(time).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_times_have_tenths() {
        assert_eq!(pause(Duration::from_millis(249)), "0.2 s");
        assert_eq!(pause(Duration::from_millis(59_600)), "60 s");
    }

    #[test]
    fn known_instants_have_their_dates() {
        // As `date -u -d @N` prints them.
        for (time, text) in [
            (0, "1970-01-01 00:00"),
            (-1, "1969-12-31 23:59:59"),
            (951_782_400, "2000-02-29 00:00"),
            (1_723_728_600, "2024-08-15 13:30"),
            (1_723_728_661, "2024-08-15 13:31:01"),
            (4_107_542_399, "2100-02-28 23:59:59"),
            (4_107_542_400, "2100-03-01 00:00"),
            (-2_208_988_800, "1900-01-01 00:00"),
            (i64::MAX, "9223372036854775807"),
        ] {
            assert_eq!(date_and_clock(time), text);
        }
    }

    #[test]
    fn a_time_of_another_day_is_shown_as_its_date() {
        assert_eq!(clock_or_date(1_723_728_661, 1_723_728_700), "13:31:01");
        assert_eq!(clock_or_date(1_723_728_661, 1_723_828_700), "2024-08-15");
    }

    #[test]
    fn lengths_have_a_unit() {
        let all = [0, 1, 90, 900, 7_200, 86_400].map(span);
        assert_eq!(all, ["0 s", "1 s", "90 s", "15 min", "2 h", "1 d"]);
    }
}
