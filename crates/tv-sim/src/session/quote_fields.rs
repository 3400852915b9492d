//! The fields of a quote that change, and their values at a tick.

use serde_json::{Value, json};

use crate::market::Tick;

/// The fields that change while a symbol trades; all others are told once.
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
    "high_price",
    "low_price",
    "prev_close_price",
];
/// The value of a changing field.
pub(crate) fn live_value(field: &str, tick: &Tick) -> Value {
    let price = |steps| json!(tick.symbol.price(steps));
    let change = tick.day.close - tick.day.open;
    match field {
        "lp" => price(tick.day.close),
        "lp_time" => json!(tick.at.div_euclid(1000)),
        "ch" => price(change),
        "chp" => json!((change as f64 / tick.day.open as f64 * 10_000.0).round() / 100.0),
        "volume" => json!(tick.symbol.volume(tick.day.volume)),
        "bid" => price(tick.bid),
        "ask" => price(tick.ask),
        "bid_size" => json!((tick.bid % 97 + 1) as f64),
        "ask_size" => json!((tick.ask % 89 + 1) as f64),
        "open_price" | "prev_close_price" => price(tick.day.open),
        "high_price" => price(tick.day.high),
        "low_price" => price(tick.day.low),
        _ => Value::Null,
    }
}
