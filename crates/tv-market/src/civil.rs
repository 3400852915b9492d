//! The calendar: dates as days since the epoch, and the rules by which holidays move.

/// The year, the month (1 to 12) and the day of the month of a date.
pub fn civil(date: i64) -> (i64, i64, i64) {
    // Days from civil, turned round (Howard Hinnant); years begin in March here.
    let shifted = date + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12 + 1;
    (era * 400 + year + i64::from(month <= 2), month, day)
}

/// The date of a year, a month (1 to 12) and a day of the month.
pub(super) fn date_of(year: i64, month: i64, day: i64) -> i64 {
    month_begins(year * 12 + month - 1) + day - 1
}

/// The month, counted from January of year 0, that a date lies in.
pub fn month_of(date: i64) -> i64 {
    let (year, month, _) = civil(date);
    year * 12 + month - 1
}

/// The date on which a month, counted from January of year 0, begins.
pub(super) fn month_begins(month: i64) -> i64 {
    let from_march = month - 2;
    let year = from_march.div_euclid(12);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * from_march.rem_euclid(12) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The week that a date lies in; weeks begin on Monday.
pub fn week_of(date: i64) -> i64 {
    (date + 3).div_euclid(7)
}

/// The same day `count` months earlier, or the last of that month if it has no such day.
pub fn months_before(date: i64, count: i64) -> i64 {
    let month = month_of(date) - count;
    let day = civil(date).2;
    (month_begins(month) + day - 1).min(month_begins(month + 1) - 1)
}

/// The first day of a date's year.
pub fn year_begins(date: i64) -> i64 {
    date_of(civil(date).0, 1, 1)
}

/// The day of the week: 0 is Monday, 6 is Sunday.
pub(super) fn weekday(date: i64) -> i64 {
    (date + 3).rem_euclid(7)
}

/// Easter Sunday of a year (the anonymous Gregorian rule).
pub(super) fn easter(year: i64) -> i64 {
    let (golden, century, of_century) = (year % 19, year / 100, year % 100);
    let leap = century / 4;
    let moon = (19 * golden + century - leap - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    let sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - moon - of_century % 4) % 7;
    let late = (golden + 11 * moon + 22 * sunday) / 451;
    let days = moon + sunday - 7 * late + 114;
    date_of(year, days / 31, days % 31 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_days_are_each_others_inverse() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
        for date in -200_000..200_000 {
            let (year, month, day) = civil(date);
            assert_eq!(date_of(year, month, day), date);
            assert!(month_begins(month_of(date)) <= date);
        }
    }

    #[test]
    fn months_are_counted_back_to_days_that_exist() {
        assert_eq!(months_before(date_of(2024, 3, 31), 1), date_of(2024, 2, 29));
        assert_eq!(
            months_before(date_of(2026, 11, 21), 12),
            date_of(2025, 11, 21)
        );
        assert_eq!(year_begins(date_of(2026, 11, 21)), date_of(2026, 1, 1));
    }

    #[test]
    fn weeks_and_easters_are_known() {
        assert_eq!((weekday(0), weekday(date_of(2026, 11, 21))), (3, 5));
        for (year, month, day) in [(2000, 4, 23), (2024, 3, 31), (2025, 4, 20), (2038, 4, 25)] {
            assert_eq!(easter(year), date_of(year, month, day));
        }
    }
}
