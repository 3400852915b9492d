//! Times for people, UTC. Machines get Unix seconds.

const DAY: i64 = 86_400;

/// `HH:MM:SS`.
pub(crate) fn clock(time: i64) -> String {
    let second = time.rem_euclid(DAY);
    format!(
        "{:02}:{:02}:{:02}",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// `YYYY-MM-DD HH:MM:SS`.
pub(crate) fn date_and_clock(time: i64) -> String {
    let (year, month, day) = date(time.div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02} {}", clock(time))
}

/// Year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
///
/// The calendar repeats every 400 years (an era); a year is counted from March, so that the leap day is
/// its last.
fn date(days: i64) -> (i64, i64, i64) {
    const ERA: i64 = 146_097;
    let days = days + 719_468;
    let day_of_era = days.rem_euclid(ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + days.div_euclid(ERA) * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants_have_their_dates() {
        // As `date -u -d @N` prints them.
        for (time, text) in [
            (0, "1970-01-01 00:00:00"),
            (-1, "1969-12-31 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_709_164_800, "2024-02-29 00:00:00"),
            (1_723_728_600, "2024-08-15 13:30:00"),
            (4_107_542_399, "2100-02-28 23:59:59"),
            (4_107_542_400, "2100-03-01 00:00:00"),
            (-2_208_988_800, "1900-01-01 00:00:00"),
        ] {
            assert_eq!(date_and_clock(time), text);
        }
        assert_eq!(clock(1_723_728_661), "13:31:01");
    }

    #[test]
    fn each_day_of_a_thousand_years_follows_the_one_before() {
        let mut before = date(-200_000);
        for day in -199_999..200_000 {
            let (year, month, of_month) = date(day);
            let next = (year, month, of_month);
            assert!(next > before, "{next:?} after {before:?}");
            assert!((1..=12).contains(&month) && (1..=31).contains(&of_month));
            before = next;
        }
    }
}
