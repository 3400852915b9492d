//! The hours of the exchanges.

use super::holidays::Holidays;
use super::hours::{Plan, Week};

/// Minutes from midnight.
const fn clock(hour: i64, minute: i64) -> i64 {
    hour * 60 + minute
}

/// A usual exchange for stocks; all of it is replaced but the week.
const STOCKS: Plan = Plan {
    timezone: "Etc/UTC",
    week: Week::Working,
    regular: &[],
    early: None,
    late: None,
    holidays: Holidays::Never,
    half: clock(12, 0),
};

/// Coins, and everything under `SIM:`: they trade round the clock.
pub(super) static COINS: Plan = Plan {
    week: Week::All,
    regular: &[(0, clock(24, 0))],
    ..STOCKS
};
/// Stocks in New York, with trading before and after the session.
pub(super) static NEW_YORK: Plan = Plan {
    timezone: "America/New_York",
    regular: &[(clock(9, 30), clock(16, 0))],
    early: Some(clock(4, 0)),
    late: Some(clock(20, 0)),
    holidays: Holidays::NewYork,
    half: clock(13, 0),
    ..STOCKS
};
/// Indices of New York, which are computed in the session only.
pub(super) static NEW_YORK_INDEX: Plan = Plan {
    early: None,
    late: None,
    ..NEW_YORK
};
/// Stocks in London.
pub(super) static LONDON: Plan = Plan {
    timezone: "Europe/London",
    regular: &[(clock(8, 0), clock(16, 30))],
    holidays: Holidays::London,
    half: clock(12, 30),
    ..STOCKS
};
/// Stocks in Frankfurt.
pub(super) static FRANKFURT: Plan = Plan {
    timezone: "Europe/Berlin",
    regular: &[(clock(9, 0), clock(17, 30))],
    holidays: Holidays::Frankfurt,
    ..STOCKS
};
/// Stocks in Paris.
pub(super) static PARIS: Plan = Plan {
    timezone: "Europe/Paris",
    regular: &[(clock(9, 0), clock(17, 30))],
    holidays: Holidays::Paris,
    half: clock(14, 5),
    ..STOCKS
};
/// Stocks in Tokyo.
pub(super) static TOKYO: Plan = Plan {
    timezone: "Asia/Tokyo",
    regular: &[(clock(9, 0), clock(11, 30)), (clock(12, 30), clock(15, 30))],
    holidays: Holidays::Tokyo,
    ..STOCKS
};
/// Stocks in Seoul.
pub(super) static SEOUL: Plan = Plan {
    timezone: "Asia/Seoul",
    regular: &[(clock(9, 0), clock(15, 30))],
    holidays: Holidays::Seoul,
    ..STOCKS
};
/// Stocks in Hong Kong.
pub(super) static HONG_KONG: Plan = Plan {
    timezone: "Asia/Hong_Kong",
    regular: &[(clock(9, 30), clock(12, 0)), (clock(13, 0), clock(16, 0))],
    holidays: Holidays::HongKong,
    ..STOCKS
};
/// Stocks in Mumbai.
pub(super) static MUMBAI: Plan = Plan {
    timezone: "Asia/Kolkata",
    regular: &[(clock(9, 15), clock(15, 30))],
    holidays: Holidays::Mumbai,
    ..STOCKS
};
/// Currencies: from Sunday 17:00 to Friday 17:00 in New York.
pub(super) static FOREX: Plan = Plan {
    timezone: "America/New_York",
    regular: &[(clock(-7, 0), clock(17, 0))],
    holidays: Holidays::Banks,
    ..STOCKS
};
/// Futures: from 17:00 to 16:00 of the next day in Chicago.
pub(super) static CHICAGO: Plan = Plan {
    timezone: "America/Chicago",
    regular: &[(clock(-7, 0), clock(16, 0))],
    holidays: Holidays::Chicago,
    half: clock(12, 0),
    ..STOCKS
};
/// Figures of statistics: one each month.
pub(super) static MONTHLY: Plan = Plan {
    week: Week::Monthly,
    regular: &[(0, clock(24, 0))],
    ..STOCKS
};

/// All of them.
#[cfg(test)]
pub(super) static ALL: &[&Plan] = &[
    &COINS,
    &NEW_YORK,
    &NEW_YORK_INDEX,
    &LONDON,
    &FRANKFURT,
    &PARIS,
    &TOKYO,
    &SEOUL,
    &HONG_KONG,
    &MUMBAI,
    &FOREX,
    &CHICAGO,
    &MONTHLY,
];
