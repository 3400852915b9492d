//! The fields of a quote that change, and their values at a tick.

use market::{Phase, Tick};
use serde_json::{Value, json};

/// The fields that change while a symbol trades or its phase of the day changes; all others are
/// reported once.
pub(crate) const LIVE: &[&str] = &[
    "lp",
    "lp_time",
    "ch",
    "chp",
    "volume",
    "bid",
    "ask",
    "bid_size",
    "ask_size",
    "open_price",
    "open_time",
    "high_price",
    "low_price",
    "prev_close_price",
    "current_session",
    "rtc",
    "rtc_time",
    "rch",
    "rchp",
    "market_cap_basic",
    "market_cap_calc",
    "price_earnings_ttm",
];

/// What stands for a number that there is none of.
const NO_VALUE: f64 = 1e100;

/// Whether a symbol has a field at all: only companies have a market value.
pub(crate) fn is_reported(field: &str, tick: &Tick) -> bool {
    !matches!(
        field,
        "market_cap_basic" | "market_cap_calc" | "price_earnings_ttm"
    ) || tick.symbol.market_value(1.0).is_some()
}

/// The value of a changing field.
pub(crate) fn live_value(field: &str, tick: &Tick) -> Value {
    let symbol = &tick.symbol;
    let Some(shown) = &tick.shown else {
        // It is listed, and has never traded.
        return if field == "current_session" {
            json!("out_of_session")
        } else {
            Value::Null
        };
    };
    let offered = |value: Value| {
        if symbol.has_offers() {
            value
        } else {
            Value::Null
        }
    };
    let seconds = |time: i64| json!(time.div_euclid(1000));
    match field {
        "lp" => json!(shown.last),
        "lp_time" => seconds(shown.at),
        "ch" => json!(change(tick.rounded(shown.last - shown.before))),
        "chp" => json!(per_cent(shown.last, shown.before)),
        "volume" => json!(if symbol.has_volume() {
            shown.volume
        } else {
            NO_VALUE
        }),
        "bid" => offered(json!(shown.bid)),
        "ask" => offered(json!(shown.ask)),
        "bid_size" => offered(json!((shown.draw % 97 + 1) as f64)),
        "ask_size" => offered(json!((shown.draw / 97 % 89 + 1) as f64)),
        "open_price" => json!(shown.open),
        "open_time" => seconds(shown.opened),
        "high_price" => json!(shown.high),
        "low_price" => json!(shown.low),
        "prev_close_price" => json!(shown.before),
        "current_session" => json!(match shown.phase {
            Some(Phase::Early) => "pre_market",
            Some(Phase::Regular) => "market",
            Some(Phase::Late) => "post_market",
            None => "out_of_session",
        }),
        "rtc" => json!(shown.outside),
        "rtc_time" => shown.outside.map_or(Value::Null, |_| seconds(tick.at)),
        "rch" => json!(
            shown
                .outside
                .map(|price| change(tick.rounded(price - shown.last)))
        ),
        "rchp" => json!(shown.outside.map(|price| per_cent(price, shown.last))),
        // By the last price of the session before, so that they change once a day.
        "market_cap_basic" | "market_cap_calc" => json!(symbol.market_value(shown.before)),
        "price_earnings_ttm" => json!(symbol.price_to_earnings(shown.own_before)),
        _ => Value::Null,
    }
}

/// A change without the sign that a zero may have.
fn change(value: f64) -> f64 {
    value + 0.0
}

fn per_cent(price: f64, before: f64) -> f64 {
    change(((price / before - 1.0) * 10_000.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use market::{Market, tick_at};

    use super::*;

    /// A Monday, 2026-11-23, at an hour and a minute in UTC.
    fn monday(hour: i64, minute: i64) -> i64 {
        1_795_392_000_000 + (hour * 60 + minute) * 60_000
    }

    #[test]
    fn a_stock_shows_every_phase_of_its_day() {
        let apple = Market::new(1).symbol("NASDAQ:AAPL").unwrap();
        let value = |field, time| live_value(field, &tick_at(&apple, time));
        for (time, phase) in [
            (monday(3, 0), "out_of_session"),
            (monday(10, 0), "pre_market"),
            (monday(15, 0), "market"),
            (monday(22, 0), "post_market"),
        ] {
            assert_eq!(value("current_session", time), phase);
            let outside = matches!(phase, "pre_market" | "post_market");
            assert_eq!(value("rtc", time).is_number(), outside, "{phase}");
            assert_eq!(value("rch", time).is_number(), outside, "{phase}");
            for field in [
                "lp",
                "lp_time",
                "ch",
                "chp",
                "volume",
                "bid",
                "ask",
                "open_price",
                "prev_close_price",
                "market_cap_basic",
            ] {
                assert!(value(field, time).is_number(), "{field} {phase}");
            }
        }
        assert_eq!(
            value("lp_time", monday(22, 0)),
            json!(monday(21, 0) / 1000 - 1)
        );
        assert_eq!(
            value("prev_close_price", monday(15, 0)),
            value("lp", monday(10, 0))
        );
        let ratio = value("market_cap_basic", monday(15, 0)).as_f64().unwrap()
            / value("prev_close_price", monday(15, 0)).as_f64().unwrap();
        assert!((ratio - 15.2e9).abs() < 1e3, "{ratio}");
    }

    #[test]
    fn symbols_without_trading_have_no_offers() {
        let index = Market::new(1).symbol("NASDAQ:NDX").unwrap();
        let tick = tick_at(&index, monday(15, 0));
        assert_eq!(
            (live_value("bid", &tick), live_value("volume", &tick)),
            (Value::Null, json!(1e100))
        );
        let fresh = Market::new(1).symbol("NYSE:FRESH").unwrap();
        assert_eq!(
            live_value("lp", &tick_at(&fresh, monday(15, 0))),
            Value::Null
        );
    }
}
