use super::*;
use crate::{
    civil::date_of, currency::Currency, interval::DAY, settings::Adjustment, table::TABLE,
};

const MINUTE: i64 = 60_000;
/// A Saturday, 2026-11-21, 09:00 UTC.
const NOW: i64 = 1_795_251_600_000;

fn symbol(name: &str) -> Arc<Symbol> {
    Arc::new(Symbol::lookup(1, name).unwrap())
}

fn at(year: i64, month: i64, day: i64) -> i64 {
    date_of(year, month, day) * DAY
}

fn bars(name: &str, resolution: &str, settings: Settings, from: i64, to: i64) -> Vec<Candle> {
    symbol(name)
        .bars(
            Interval::parse(resolution).unwrap(),
            settings,
            from,
            to,
            NOW,
        )
        .collect()
}

/// The smaller bars that a bar holds.
fn parts<'a>(whole: &Candle, all: &'a [Candle]) -> &'a [Candle] {
    let from = all.partition_point(|part| part.opens < whole.opens);
    let to = all.partition_point(|part| part.opens < whole.closes);
    &all[from..to]
}

/// Puts smaller bars together to the one that holds them.
fn joined(whole: &Candle, all: &[Candle]) -> Candle {
    let parts = parts(whole, all);
    let (first, last) = (parts.first().unwrap(), parts.last().unwrap());
    Candle {
        open: first.open,
        close: last.close,
        high: parts.iter().map(|part| part.high).fold(f64::MIN, f64::max),
        low: parts.iter().map(|part| part.low).fold(f64::MAX, f64::min),
        volume: whole.volume,
        ..*whole
    }
}

fn volume(whole: &Candle, all: &[Candle]) -> f64 {
    parts(whole, all).iter().map(|part| part.volume).sum()
}

#[test]
fn every_interval_is_made_of_every_smaller_one() {
    for name in [
        "NASDAQ:AAPL",
        "TSE:7203",
        "FX_IDC:EURUSD",
        "CME_MINI:ES1!",
        "BINANCE:BTCUSDT",
        "SIM:ANY",
        "CBOT:ZB1!",
    ] {
        // Two weeks with Thanksgiving and its half day in them.
        let (from, to) = (at(2024, 11, 18), at(2024, 12, 2) - 1);
        let minutes = bars(name, "1", Settings::default(), from - DAY, to + DAY);
        for resolution in [
            "3", "5", "15", "30", "45", "60", "120", "180", "240", "D", "W",
        ] {
            let whole = bars(name, resolution, Settings::default(), from, to);
            assert!(whole.len() >= 2, "{name} {resolution}");
            for bar in whole.iter().filter(|bar| bar.closes <= to + DAY) {
                assert_eq!(joined(bar, &minutes), *bar, "{name} {resolution}");
                let (one, other) = (volume(bar, &minutes), bar.volume);
                assert!(
                    (one - other).abs() <= other * 1e-9,
                    "{name} {resolution}: {one} {other}"
                );
            }
        }
    }
}

#[test]
fn seconds_make_minutes_and_days_make_years() {
    let (from, to) = (at(2026, 7, 8), at(2026, 7, 9));
    for name in ["NASDAQ:AAPL", "BINANCE:ETHUSDT"] {
        let seconds = bars(name, "1S", Settings::default(), from, to + DAY);
        for bar in bars(name, "1", Settings::default(), from, to) {
            assert_eq!(joined(&bar, &seconds), bar);
        }
        let (from, to) = (at(2016, 1, 1), at(2025, 12, 31));
        let days = bars(name, "D", Settings::default(), from, to);
        for resolution in ["W", "M", "3M", "6M", "12M"] {
            let whole = bars(name, resolution, Settings::default(), from, to);
            for bar in whole.iter().filter(|bar| bar.closes <= to) {
                assert_eq!(joined(bar, &days), *bar, "{resolution}");
            }
        }
        assert_eq!(bars(name, "12M", Settings::default(), from, to).len(), 10);
    }
}

#[test]
fn any_two_bars_do_not_overlap_and_lie_in_hours() {
    for listing in TABLE
        .iter()
        .filter(|listing| listing.intraday && listing.name != "NYSE:FRESH")
    {
        let symbol = symbol(listing.name);
        for extended in [false, true] {
            let settings = Settings {
                extended,
                ..Settings::default()
            };
            let found = bars(
                listing.name,
                "45",
                settings,
                at(2026, 3, 1),
                at(2026, 4, 10),
            );
            assert!(found.len() > 20, "{}", listing.name);
            assert!(found.windows(2).all(|pair| pair[0].closes <= pair[1].opens));
            for bar in found {
                assert!(
                    symbol.is_open(bar.opens) && symbol.is_open(bar.closes - 1),
                    "{}",
                    listing.name
                );
                assert!(bar.closes - bar.opens <= 45 * MINUTE);
                assert!(
                    bar.low > 0.0
                        && bar.low <= bar.open.min(bar.close)
                        && bar.high >= bar.open.max(bar.close)
                );
            }
        }
    }
}

#[test]
fn a_closed_bar_never_changes_whenever_it_is_asked_for() {
    let symbol = symbol("NASDAQ:AAPL");
    let interval = Interval::parse("5").unwrap();
    let (from, to) = (at(2026, 11, 18), at(2026, 11, 20));
    let first: Vec<_> = symbol
        .bars(interval, Settings::default(), from, to, to)
        .collect();
    assert!(first.len() > 100);
    for later in [to + 1, to + 3_600_000, NOW, NOW + 1000 * DAY] {
        assert!(
            symbol
                .bars(interval, Settings::default(), from, to, later)
                .eq(first.iter().copied())
        );
    }
    // Any part of it is that part.
    let some: Vec<_> = symbol
        .bars(
            interval,
            Settings::default(),
            first[7].opens,
            first[40].opens,
            NOW,
        )
        .collect();
    assert_eq!(some, first[7..=40]);
}

#[test]
fn the_open_bar_widens_to_what_it_closes_as() {
    let symbol = symbol("NASDAQ:AAPL");
    // 2026-11-20 20:55 UTC, five minutes before the close.
    let opens = at(2026, 11, 20) + (20 * 60 + 55) * MINUTE;
    for resolution in ["5", "D", "W", "M"] {
        let interval = Interval::parse(resolution).unwrap();
        let candles = Bars::new(Arc::clone(&symbol), interval, Settings::default());
        let slot = candles.last_at(opens).unwrap();
        let mut before: Option<Candle> = None;
        for step in 0..3000 {
            let now = candles.one(slot, opens + step * 101).unwrap();
            if let Some(before) = before {
                assert!(
                    now.high >= before.high && now.low <= before.low && now.volume >= before.volume
                );
                assert_eq!(now.open, before.open);
            }
            before = Some(now);
        }
        if resolution != "M" {
            assert_eq!(before, candles.one(slot, NOW), "{resolution}");
        }
    }
}

#[test]
fn a_split_shows_only_in_prices_as_paid() {
    let (from, to) = (at(2020, 8, 24), at(2020, 9, 4));
    let adjusted = bars("NASDAQ:AAPL", "D", Settings::default(), from, to);
    let paid = bars(
        "NASDAQ:AAPL",
        "D",
        Settings {
            adjustment: Adjustment::None,
            ..Settings::default()
        },
        from,
        to,
    );
    for (one, other) in adjusted.iter().zip(&paid) {
        let ratio = if one.date < date_of(2020, 8, 31) {
            4.0
        } else {
            1.0
        };
        assert!((other.close / one.close - ratio).abs() < 1e-9);
        assert!((one.volume / other.volume - ratio).abs() < 1e-6);
    }
    // Neither is a week torn apart by it.
    let none = Settings {
        adjustment: Adjustment::None,
        ..Settings::default()
    };
    let week = bars("NASDAQ:TSLA", "W", none, at(2022, 8, 22), at(2022, 8, 26));
    let days = bars(
        "NASDAQ:TSLA",
        "D",
        none,
        at(2022, 8, 22),
        at(2022, 8, 26) + DAY,
    );
    assert_eq!(joined(&week[0], &days), week[0]);
    assert!(
        days[2].close / days[3].open > 2.0,
        "it fell apart on Thursday"
    );
}

#[test]
fn dividends_lower_the_past_a_little() {
    let settings = Settings {
        adjustment: Adjustment::Dividends,
        ..Settings::default()
    };
    let (from, to) = (at(2006, 1, 1), at(2026, 11, 1));
    let (plain, lowered) = (
        bars("NYSE:KO", "M", Settings::default(), from, to),
        bars("NYSE:KO", "M", settings, from, to),
    );
    let ratio = |n: usize| lowered[n].close / plain[n].close;
    assert!(ratio(0) < ratio(100) && ratio(100) < ratio(200) && ratio(0) > 0.4);
    assert_eq!(plain.len(), lowered.len());
}

#[test]
fn a_price_in_another_currency_is_that_price_times_the_pairs_opening() {
    let settings = Settings {
        currency: Currency::parse("USD"),
        ..Settings::default()
    };
    let (from, to) = (at(2026, 7, 1), at(2026, 7, 31));
    let won = bars("KRX:005930", "D", Settings::default(), from, to);
    let dollars = bars("KRX:005930", "D", settings, from, to);
    let rates = bars("FX_IDC:USDKRW", "D", Settings::default(), from - DAY, to);
    for (one, other) in won.iter().zip(&dollars) {
        let rate = rates.iter().find(|rate| rate.date == one.date).unwrap();
        assert!(
            (one.close / rate.open - other.close).abs() < 0.006,
            "{} {}",
            one.close / rate.open,
            other.close
        );
        assert_eq!(one.volume, other.volume);
    }
    let own = Settings {
        currency: Currency::parse("KRW"),
        ..Settings::default()
    };
    assert_eq!(bars("KRX:005930", "D", own, from, to), won);
}

#[test]
fn heikin_ashi_bars_are_the_same_wherever_reading_begins() {
    let settings = Settings {
        heikin_ashi: true,
        ..Settings::default()
    };
    let (from, to) = (at(2026, 7, 1), at(2026, 7, 31));
    let all = bars("NASDAQ:AAPL", "15", settings, from, to);
    let plain = bars("NASDAQ:AAPL", "15", Settings::default(), from, to);
    assert_eq!(all.len(), plain.len());
    for pair in all.windows(2) {
        assert!((pair[1].open - (pair[0].open + pair[0].close) / 2.0).abs() < 1e-9);
        assert!(pair[1].low <= pair[1].open.min(pair[1].close));
    }
    for begin in [1, 7, 200] {
        let some = bars("NASDAQ:AAPL", "15", settings, all[begin].opens, to);
        assert_eq!(some, all[begin..]);
    }
}

#[test]
fn statistics_are_one_value_a_month() {
    let months = bars(
        "ECONOMICS:USCPI",
        "M",
        Settings::default(),
        at(2024, 1, 1),
        at(2025, 12, 31),
    );
    assert_eq!(months.len(), 24);
    let days = bars(
        "ECONOMICS:USCPI",
        "D",
        Settings::default(),
        at(2024, 1, 1),
        at(2025, 12, 31),
    );
    assert!(
        months
            .iter()
            .zip(&days)
            .all(|(month, day)| month.close == day.close && month.opens == day.opens)
    );
    assert!(
        months
            .iter()
            .all(|bar| bar.open == bar.close && bar.high == bar.low && bar.volume == 0.0)
    );
    assert!(months.windows(2).any(|pair| pair[0].close != pair[1].close));
}

#[test]
fn twenty_years_of_days_are_there() {
    for (name, least) in [
        ("NASDAQ:AAPL", 5000),
        ("FX_IDC:EURUSD", 5100),
        ("BINANCE:BTCUSDT", 5500),
        ("XETR:SAP", 5000),
        ("TSE:7203", 4800),
    ] {
        let days = bars(name, "D", Settings::default(), NOW - 7305 * DAY, NOW);
        assert!(days.len() >= least, "{name}: {}", days.len());
    }
}
