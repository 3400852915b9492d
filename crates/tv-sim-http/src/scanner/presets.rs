//! Queries that the server knows by name.

use serde_json::{Value, json};

/// What a preset stands for, as a body of a scan. A few of the many are known.
pub(super) fn preset(name: &str) -> Option<Value> {
    let stocks = |more: Value, by: &str, order: &str| {
        let mut filter = vec![
            json!({ "left": "type", "operation": "equal", "right": "stock" }),
            json!({ "left": "is_primary", "operation": "equal", "right": true }),
        ];
        filter.extend(more.as_array().cloned().unwrap_or_default());
        json!({ "filter": filter, "sort": { "sortBy": by, "sortOrder": order } })
    };
    let sorted = |by: &str, order: &str| json!({ "sort": { "sortBy": by, "sortOrder": order } });
    let where_ = |left: &str, operation: &str, right: Value| json!([{ "left": left, "operation": operation, "right": right }]);
    Some(match name {
        "all_stocks" => stocks(json!([]), "name", "asc"),
        "large_cap" => stocks(
            where_("market_cap_basic", "egreater", json!(10e9)),
            "market_cap_basic",
            "desc",
        ),
        "small_cap" => stocks(
            where_("market_cap_basic", "less", json!(2e9)),
            "market_cap_basic",
            "desc",
        ),
        "worlds_largest_companies" => stocks(json!([]), "market_cap_basic", "desc"),
        "high_dividend" => stocks(
            where_("dividends_yield_current", "greater", json!(2)),
            "dividends_yield_current",
            "desc",
        ),
        "gainers" => stocks(where_("change", "greater", json!(0)), "change", "desc"),
        "losers" => stocks(where_("change", "less", json!(0)), "change", "asc"),
        "volume_leaders" => stocks(json!([]), "volume", "desc"),
        "unusual_volume" => stocks(json!([]), "relative_volume_10d_calc", "desc"),
        "most_volatile" => stocks(json!([]), "Volatility.D", "desc"),
        "high_beta" => stocks(
            where_("beta_1_year", "greater", json!(1)),
            "beta_1_year",
            "desc",
        ),
        "best_performing" => stocks(json!([]), "Perf.Y", "desc"),
        "most_expensive" => stocks(json!([]), "close", "desc"),
        "penny_stocks" => stocks(where_("close", "less", json!(5)), "volume", "desc"),
        "overbought" => stocks(where_("RSI", "greater", json!(70)), "RSI", "desc"),
        "oversold" => stocks(where_("RSI", "less", json!(30)), "RSI", "asc"),
        "market-cap-rank" | "forex_rates_all" | "futures_all" | "bonds_all" => {
            sorted("name", "asc")
        }
        "forex_rates_major" => json!({
            "filter": where_("sector", "equal", json!("Major")), "sort": { "sortBy": "name", "sortOrder": "asc" },
        }),
        "forex_rates_minor" => json!({
            "filter": where_("sector", "equal", json!("Minor")), "sort": { "sortBy": "name", "sortOrder": "asc" },
        }),
        _ => return None,
    })
}
