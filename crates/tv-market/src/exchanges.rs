//! The hours of the exchanges.

use super::{
    holidays::Holidays,
    hours::{Plan, Week},
};

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
/// Stocks in Sydney, whose holidays are not known here.
pub(super) static SYDNEY: Plan = Plan {
    timezone: "Australia/Sydney",
    regular: &[(clock(10, 0), clock(16, 0))],
    ..STOCKS
};
/// Stocks in São Paulo, whose holidays are not known here.
pub(super) static SAO_PAULO: Plan = Plan {
    timezone: "America/Sao_Paulo",
    regular: &[(clock(10, 0), clock(17, 0))],
    ..STOCKS
};
/// Stocks in Buenos Aires, whose holidays are not known here.
pub(super) static BUENOS_AIRES: Plan = Plan {
    timezone: "America/Argentina/Buenos_Aires",
    regular: &[(clock(10, 30), clock(17, 0))],
    ..STOCKS
};
/// Stocks in Ho Chi Minh City, whose holidays are not known here.
pub(super) static HO_CHI_MINH: Plan = Plan {
    timezone: "Asia/Ho_Chi_Minh",
    regular: &[(clock(9, 0), clock(11, 30)), (clock(13, 0), clock(15, 0))],
    ..STOCKS
};
/// Stocks in Jakarta, whose holidays are not known here.
pub(super) static JAKARTA: Plan = Plan {
    timezone: "Asia/Jakarta",
    regular: &[(clock(9, 0), clock(12, 0)), (clock(13, 30), clock(16, 0))],
    ..STOCKS
};
/// Stocks in Bangkok, whose holidays are not known here.
pub(super) static BANGKOK: Plan = Plan {
    timezone: "Asia/Bangkok",
    regular: &[(clock(10, 0), clock(12, 30)), (clock(14, 0), clock(16, 30))],
    ..STOCKS
};
/// Stocks in Singapore, whose holidays are not known here.
pub(super) static SINGAPORE: Plan = Plan {
    timezone: "Asia/Singapore",
    regular: &[(clock(9, 0), clock(12, 0)), (clock(13, 0), clock(17, 0))],
    ..STOCKS
};
/// Stocks in Shanghai and Shenzhen, whose holidays are not known here.
pub(super) static SHANGHAI: Plan = Plan {
    timezone: "Asia/Shanghai",
    regular: &[(clock(9, 30), clock(11, 30)), (clock(13, 0), clock(15, 0))],
    ..STOCKS
};
/// Stocks in Toronto, whose holidays are not known here.
pub(super) static TORONTO: Plan = Plan {
    timezone: "America/Toronto",
    regular: &[(clock(9, 30), clock(16, 0))],
    ..STOCKS
};
/// Stocks in Taipei, whose holidays are not known here.
pub(super) static TAIPEI: Plan = Plan {
    timezone: "Asia/Taipei",
    regular: &[(clock(9, 0), clock(13, 30))],
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
    &SYDNEY,
    &SAO_PAULO,
    &BUENOS_AIRES,
    &HO_CHI_MINH,
    &JAKARTA,
    &BANGKOK,
    &SINGAPORE,
    &SHANGHAI,
    &TORONTO,
    &TAIPEI,
    &FOREX,
    &CHICAGO,
    &MONTHLY,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        civil::date_of,
        hours::{Hours, Phase},
        interval::DAY,
        zone::Zone,
    };

    const MINUTE: i64 = 60_000;

    /// 2026-03-06 10:00 UTC and such, in milliseconds.
    fn at(year: i64, month: i64, day: i64, hour: i64, minute: i64) -> i64 {
        date_of(year, month, day) * DAY + (hour * 60 + minute) * MINUTE
    }

    fn regular(plan: &'static Plan, date: i64) -> Vec<(i64, i64)> {
        let day = Hours::new(plan).day(date).unwrap();
        day.regular().map(|part| (part.from, part.to)).collect()
    }

    #[test]
    fn every_time_zone_is_known() {
        for plan in ALL {
            assert!(Zone::find(plan.timezone).is_some(), "{}", plan.timezone);
        }
    }

    #[test]
    fn sessions_move_with_the_clocks_of_the_exchange() {
        // New York changed its clocks on 2026-03-08, London on 2026-03-29.
        assert_eq!(
            regular(&NEW_YORK, date_of(2026, 3, 6)),
            [(at(2026, 3, 6, 14, 30), at(2026, 3, 6, 21, 0))]
        );
        assert_eq!(
            regular(&NEW_YORK, date_of(2026, 3, 9)),
            [(at(2026, 3, 9, 13, 30), at(2026, 3, 9, 20, 0))]
        );
        assert_eq!(
            regular(&LONDON, date_of(2026, 3, 27))[0].0,
            at(2026, 3, 27, 8, 0)
        );
        assert_eq!(
            regular(&LONDON, date_of(2026, 3, 30))[0].0,
            at(2026, 3, 30, 7, 0)
        );
        // And back, on 2026-11-01.
        assert_eq!(
            regular(&NEW_YORK, date_of(2026, 10, 30))[0].0,
            at(2026, 10, 30, 13, 30)
        );
        assert_eq!(
            regular(&NEW_YORK, date_of(2026, 11, 2))[0].0,
            at(2026, 11, 2, 14, 30)
        );
    }

    #[test]
    fn half_days_end_early_and_holidays_and_weekends_are_closed() {
        let hours = Hours::new(&NEW_YORK);
        let day = hours.day(date_of(2024, 11, 29)).unwrap();
        assert_eq!(day.closes(), at(2024, 11, 29, 18, 0));
        let phases: Vec<_> = day.parts.iter().map(|part| part.phase).collect();
        assert_eq!(phases, [Phase::Early, Phase::Regular, Phase::Late]);
        assert_eq!(
            day.parts[2].to,
            at(2024, 11, 30, 1, 0),
            "until 20:00 in New York"
        );
        for closed in [(11, 28), (11, 30), (12, 1), (12, 25)] {
            assert_eq!(
                hours.day(date_of(2024, closed.0, closed.1)),
                None,
                "{closed:?}"
            );
        }
    }

    #[test]
    fn currencies_trade_from_sunday_evening_to_friday_evening() {
        let hours = Hours::new(&FOREX);
        // In New York it is 17:00 when it is 21:00 UTC in summer.
        assert_eq!(hours.phase(at(2026, 7, 5, 20, 59)), None);
        assert_eq!(hours.phase(at(2026, 7, 5, 21, 0)), Some(Phase::Regular));
        assert_eq!(hours.phase(at(2026, 7, 8, 21, 0)), Some(Phase::Regular));
        assert_eq!(hours.phase(at(2026, 7, 10, 20, 59)), Some(Phase::Regular));
        assert_eq!(hours.phase(at(2026, 7, 10, 21, 0)), None);
        // And 22:00 UTC in winter, the Sunday of the change included.
        assert_eq!(hours.phase(at(2026, 11, 1, 21, 59)), None);
        assert_eq!(hours.phase(at(2026, 11, 1, 22, 0)), Some(Phase::Regular));
    }

    #[test]
    fn futures_pause_every_afternoon() {
        let hours = Hours::new(&CHICAGO);
        // 16:00 to 17:00 in Chicago.
        assert_eq!(hours.phase(at(2026, 7, 8, 20, 59)), Some(Phase::Regular));
        assert_eq!(hours.phase(at(2026, 7, 8, 21, 30)), None);
        assert_eq!(hours.phase(at(2026, 7, 8, 22, 0)), Some(Phase::Regular));
    }

    #[test]
    fn tokyo_has_lunch_and_coins_never_stop() {
        assert_eq!(
            regular(&TOKYO, date_of(2026, 7, 8)),
            [
                (at(2026, 7, 8, 0, 0), at(2026, 7, 8, 2, 30)),
                (at(2026, 7, 8, 3, 30), at(2026, 7, 8, 6, 30))
            ]
        );
        let coins = Hours::new(&COINS);
        let mut last = coins.day(date_of(2026, 3, 1)).unwrap().closes();
        for date in date_of(2026, 3, 2)..date_of(2026, 4, 2) {
            let day = coins.day(date).unwrap();
            assert_eq!(day.opens(), last);
            last = day.closes();
        }
    }
}
