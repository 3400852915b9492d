//! On which dates exchanges stay closed or close early, by their rules.

use super::civil::{civil, date_of, easter, weekday};

const MONDAY: i64 = 0;
const THURSDAY: i64 = 3;
const FRIDAY: i64 = 4;
const SATURDAY: i64 = 5;

/// What a date is to an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trading {
    /// A usual day, as far as holidays go.
    Full,
    /// It closes early.
    Half,
    /// It stays closed.
    None,
}

/// Whose holidays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holidays {
    /// No holidays at all.
    Never,
    /// Stocks in New York.
    NewYork,
    /// Futures in Chicago, which trade half a day on most holidays of New York.
    Chicago,
    /// Currencies: Christmas and New Year.
    Banks,
    /// Stocks in London.
    London,
    /// Stocks in Frankfurt.
    Frankfurt,
    /// Stocks in Paris.
    Paris,
    /// Stocks in Tokyo.
    Tokyo,
    /// Stocks in Seoul.
    Seoul,
    /// Stocks in Hong Kong.
    HongKong,
    /// Stocks in Mumbai.
    Mumbai,
}

impl Holidays {
    /// How many there are.
    pub(super) const COUNT: usize = Self::Mumbai as usize + 1;

    /// What a date is; weekends are not its business.
    pub(super) fn on(self, date: i64) -> Trading {
        let (year, month, day) = civil(date);
        let is = |wanted: &[(i64, i64)]| wanted.contains(&(month, day));
        let closed = |closed: bool| if closed { Trading::None } else { Trading::Full };
        let from_easter = || date - easter(year);
        match self {
            Self::Never => Trading::Full,
            Self::NewYork => new_york(date),
            Self::Chicago => match new_york(date) {
                Trading::None if christmas_or_new_year(date) || from_easter() == -2 => {
                    Trading::None
                }
                Trading::None | Trading::Half => Trading::Half,
                Trading::Full => Trading::Full,
            },
            Self::Banks => closed(is(&[(1, 1), (12, 25)])),
            Self::London => london(date),
            Self::Frankfurt => closed(
                is(&[(1, 1), (5, 1), (12, 24), (12, 25), (12, 26), (12, 31)])
                    || matches!(from_easter(), -2 | 1),
            ),
            Self::Paris if is(&[(12, 24), (12, 31)]) => Trading::Half,
            Self::Paris => {
                closed(is(&[(1, 1), (5, 1), (12, 25), (12, 26)]) || matches!(from_easter(), -2 | 1))
            }
            Self::Tokyo => closed(tokyo(date)),
            Self::Seoul => closed(
                is(&[
                    (1, 1),
                    (3, 1),
                    (5, 1),
                    (5, 5),
                    (6, 6),
                    (8, 15),
                    (10, 3),
                    (10, 9),
                    (12, 25),
                    (12, 31),
                ]) || near(LUNAR_NEW_YEAR, date, -1, 1)
                    || near(MID_AUTUMN, date, -1, 1),
            ),
            Self::HongKong if is(&[(12, 24), (12, 31)]) => Trading::Half,
            Self::HongKong => closed(
                is(&[(1, 1), (5, 1), (7, 1), (10, 1), (12, 25), (12, 26)])
                    || near(LUNAR_NEW_YEAR, date, 0, 2)
                    || near(MID_AUTUMN, date, 1, 1)
                    || matches!(from_easter(), -2 | 1),
            ),
            Self::Mumbai => {
                closed(is(&[(1, 26), (5, 1), (8, 15), (10, 2), (12, 25)]) || from_easter() == -2)
            }
        }
    }
}

/// Whether a fixed holiday is kept on a date: on itself, on Monday after a Sunday, on Friday before
/// a Saturday.
fn observed(date: i64, holiday: (i64, i64)) -> bool {
    let (_, month, day) = civil(date);
    let moved = match weekday(date) {
        MONDAY => civil(date - 1),
        FRIDAY => civil(date + 1),
        _ => (0, month, day),
    };
    (month, day) == holiday || (moved.1, moved.2) == holiday
}

fn christmas_or_new_year(date: i64) -> bool {
    // New Year's Day is not moved into the old year.
    let (_, month, day) = civil(date);
    observed(date, (12, 25)) || (month == 1 && observed(date, (1, 1))) || (month, day) == (1, 1)
}

fn new_york(date: i64) -> Trading {
    /// Days of mourning, which follow no rule.
    const MOURNING: &[(i64, i64, i64)] =
        &[(2004, 6, 11), (2007, 1, 2), (2018, 12, 5), (2025, 1, 9)];
    let (year, month, day) = civil(date);
    let of_week = weekday(date);
    let closed = christmas_or_new_year(date)
        || match (month, of_week) {
            (1 | 2, MONDAY) => (15..=21).contains(&day),
            (5, MONDAY) => day >= 25,
            (9, MONDAY) => day <= 7,
            (11, THURSDAY) => (22..=28).contains(&day),
            _ => false,
        }
        || observed(date, (7, 4))
        || (year >= 2022 && observed(date, (6, 19)))
        || date == easter(year) - 2
        || MOURNING.contains(&(year, month, day));
    let early = match (month, day) {
        (7, 3) | (12, 24) => of_week < FRIDAY,
        (11, 23..=29) => of_week == FRIDAY,
        _ => false,
    };
    match (closed, early) {
        (true, _) => Trading::None,
        (false, true) => Trading::Half,
        (false, false) => Trading::Full,
    }
}

fn london(date: i64) -> Trading {
    let (year, month, day) = civil(date);
    let of_week = weekday(date);
    let from_easter = date - easter(year);
    let christmas = weekday(date_of(year, 12, 25));
    let closed = match (month, day) {
        (1, 1) => true,
        (1, 2 | 3) => of_week == MONDAY,
        (5, 1..=7 | 25..=31) | (8, 25..=31) => of_week == MONDAY,
        // Christmas and Boxing Day, which are made up for after a weekend.
        (12, 25 | 26) => true,
        (12, 27) => christmas >= SATURDAY,
        (12, 28) => matches!(christmas, FRIDAY | SATURDAY),
        _ => false,
    };
    if closed || matches!(from_easter, -2 | 1) {
        Trading::None
    } else if matches!((month, day), (12, 24 | 31)) {
        Trading::Half
    } else {
        Trading::Full
    }
}

fn tokyo(date: i64) -> bool {
    if matches!(civil(date), (_, 1, 1..=3) | (_, 12, 31)) || tokyo_named(date) {
        return true;
    }
    // A holiday on a Sunday is kept on the next day that is none.
    let mut before = date - 1;
    while tokyo_named(before) {
        if weekday(before) == 6 {
            return true;
        }
        before -= 1;
    }
    false
}

fn tokyo_named(date: i64) -> bool {
    let (year, month, day) = civil(date);
    let monday = weekday(date) == MONDAY;
    // When the sun crosses the equator, good until 2099.
    let equinox = |begin: f64| {
        let past = (year - 1980) as f64;
        (begin + 0.242_194 * past) as i64 - (year - 1980).div_euclid(4)
    };
    match (month, day) {
        (2, 11) | (4, 29) | (5, 3..=5) | (11, 3 | 23) => true,
        (2, 23) => year >= 2020,
        (8, 11) => year >= 2016,
        (1 | 10, 8..=14) | (7 | 9, 15..=21) if monday => true,
        (3, day) => day == equinox(20.8431),
        (9, day) => day == equinox(23.2488),
        _ => false,
    }
}

/// The lunar new year from 2000 on, as month and day.
const LUNAR_NEW_YEAR: &[(i64, i64)] = &[
    (2, 5),
    (1, 24),
    (2, 12),
    (2, 1),
    (1, 22),
    (2, 9),
    (1, 29),
    (2, 18),
    (2, 7),
    (1, 26),
    (2, 14),
    (2, 3),
    (1, 23),
    (2, 10),
    (1, 31),
    (2, 19),
    (2, 8),
    (1, 28),
    (2, 16),
    (2, 5),
    (1, 25),
    (2, 12),
    (2, 1),
    (1, 22),
    (2, 10),
    (1, 29),
    (2, 17),
    (2, 6),
    (1, 26),
    (2, 13),
    (2, 3),
];
/// The middle of autumn by the moon from 2000 on, as month and day.
const MID_AUTUMN: &[(i64, i64)] = &[
    (9, 12),
    (10, 1),
    (9, 21),
    (9, 11),
    (9, 28),
    (9, 18),
    (10, 6),
    (9, 25),
    (9, 14),
    (10, 3),
    (9, 22),
    (9, 12),
    (9, 30),
    (9, 19),
    (9, 8),
    (9, 27),
    (9, 15),
    (10, 4),
    (9, 24),
    (9, 13),
    (10, 1),
    (9, 21),
    (9, 10),
    (9, 29),
    (9, 17),
    (10, 6),
    (9, 25),
    (9, 15),
    (10, 3),
    (9, 22),
    (9, 12),
];

/// Whether a date lies `first` to `last` days from its year's feast. Years outside of the list have
/// none.
fn near(feasts: &[(i64, i64)], date: i64, first: i64, last: i64) -> bool {
    let (year, _, _) = civil(date);
    let feast = usize::try_from(year - 2000)
        .ok()
        .and_then(|at| feasts.get(at));
    feast.is_some_and(|(month, day)| (first..=last).contains(&(date - date_of(year, *month, *day))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(holidays: Holidays, year: i64) -> Vec<(i64, i64)> {
        let dates = date_of(year, 1, 1)..date_of(year + 1, 1, 1);
        dates
            .filter(|date| weekday(*date) < SATURDAY && holidays.on(*date) == Trading::None)
            .map(|date| (civil(date).1, civil(date).2))
            .collect()
    }

    fn half(holidays: Holidays, year: i64) -> Vec<(i64, i64)> {
        let dates = date_of(year, 1, 1)..date_of(year + 1, 1, 1);
        dates
            .filter(|date| weekday(*date) < SATURDAY && holidays.on(*date) == Trading::Half)
            .map(|date| (civil(date).1, civil(date).2))
            .collect()
    }

    #[test]
    fn new_york_keeps_its_holidays_and_moves_those_of_weekends() {
        assert_eq!(
            closed(Holidays::NewYork, 2024),
            [
                (1, 1),
                (1, 15),
                (2, 19),
                (3, 29),
                (5, 27),
                (6, 19),
                (7, 4),
                (9, 2),
                (11, 28),
                (12, 25)
            ]
        );
        // New Year 2022 was a Saturday and is not made up for; Juneteenth was a Sunday.
        assert_eq!(
            closed(Holidays::NewYork, 2022),
            [
                (1, 17),
                (2, 21),
                (4, 15),
                (5, 30),
                (6, 20),
                (7, 4),
                (9, 5),
                (11, 24),
                (12, 26)
            ]
        );
        assert_eq!(
            closed(Holidays::NewYork, 2021),
            [
                (1, 1),
                (1, 18),
                (2, 15),
                (4, 2),
                (5, 31),
                (7, 5),
                (9, 6),
                (11, 25),
                (12, 24)
            ]
        );
    }

    #[test]
    fn new_york_closes_early_before_and_after_feasts() {
        assert_eq!(half(Holidays::NewYork, 2024), [(7, 3), (11, 29), (12, 24)]);
        assert_eq!(half(Holidays::NewYork, 2021), [(11, 26)]);
        assert_eq!(half(Holidays::NewYork, 2022), [(11, 25)]);
        assert_eq!(half(Holidays::NewYork, 2023), [(7, 3), (11, 24)]);
    }

    #[test]
    #[ignore = "needs TV_FRAMES_DIR"]
    #[expect(
        clippy::disallowed_methods,
        reason = "recordings lie where the variable says"
    )]
    fn the_recorded_lists_are_the_rules_lists() {
        let folder = std::env::var("TV_FRAMES_DIR").unwrap();
        let path =
            std::path::Path::new(&folder).join("krazykoder-tvdatafeed.socket.timeseries.raw.txt");
        let recorded = std::fs::read_to_string(path).unwrap();
        let list = |from: &str, to: char| {
            let begin = recorded.find(from).unwrap() + from.len();
            let end = recorded[begin..].find(to).unwrap() + begin;
            recorded[begin..end].to_owned()
        };
        let ours = |wanted: Trading, years: std::ops::Range<i64>| {
            (date_of(years.start, 1, 1)..date_of(years.end, 1, 1))
                .filter(|date| weekday(*date) < SATURDAY && Holidays::NewYork.on(*date) == wanted)
                .map(civil)
                .map(|(year, month, day)| format!("{year}{month:02}{day:02}"))
                .collect::<Vec<_>>()
        };
        // The recording was made in August 2024: what was decided later is not in it, nor is the
        // mourning of 2018.
        let later = ["20181205", "20250109"];
        let mut expected = ours(Trading::None, 2000..2026);
        expected.retain(|date| !later.contains(&date.as_str()));
        assert_eq!(list(r#""session_holidays":""#, '"'), expected.join(","));
        let recorded = list(r#""session-correction":"0930-1300:"#, '"');
        let mut expected = ours(Trading::Half, 2019..2026);
        // The real list leaves these out, although the exchange closed early.
        expected.retain(|date| !date.starts_with("2020"));
        assert_eq!(recorded, expected.join(","));
    }

    #[test]
    fn other_exchanges_keep_theirs() {
        assert_eq!(
            closed(Holidays::London, 2024),
            [
                (1, 1),
                (3, 29),
                (4, 1),
                (5, 6),
                (5, 27),
                (8, 26),
                (12, 25),
                (12, 26)
            ]
        );
        // Christmas 2021 was a Saturday, 2022 a Sunday.
        assert_eq!(closed(Holidays::London, 2021)[6..], [(12, 27), (12, 28)]);
        assert_eq!(closed(Holidays::London, 2022)[6..], [(12, 26), (12, 27)]);
        assert_eq!(closed(Holidays::London, 2022)[0], (1, 3));
        assert_eq!(half(Holidays::London, 2024), [(12, 24), (12, 31)]);
        assert_eq!(
            closed(Holidays::Frankfurt, 2024),
            [
                (1, 1),
                (3, 29),
                (4, 1),
                (5, 1),
                (12, 24),
                (12, 25),
                (12, 26),
                (12, 31)
            ]
        );
        assert_eq!(
            closed(Holidays::Tokyo, 2024),
            [
                (1, 1),
                (1, 2),
                (1, 3),
                (1, 8),
                (2, 12),
                (2, 23),
                (3, 20),
                (4, 29),
                (5, 3),
                (5, 6),
                (7, 15),
                (8, 12),
                (9, 16),
                (9, 23),
                (10, 14),
                (11, 4),
                (12, 31)
            ]
        );
        assert!(closed(Holidays::Seoul, 2024).contains(&(2, 9)));
        assert!(closed(Holidays::HongKong, 2024).contains(&(2, 12)));
        assert_eq!(closed(Holidays::Chicago, 2024), [(1, 1), (3, 29), (12, 25)]);
        assert!(half(Holidays::Chicago, 2024).contains(&(11, 28)));
    }
}
