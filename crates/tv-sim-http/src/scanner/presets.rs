//! Queries that the server knows by name.

use serde_json::{Value, json};

/// What a preset stands for, as a body of a scan.
pub(super) fn preset(name: &str) -> Option<Value> {
    let found = STOCKS.iter().find(|(own, ..)| *own == name);
    if let Some((_, condition, sort)) = found {
        let conditions = [IS_STOCK, IS_PRIMARY].into_iter().chain(*condition);
        return Some(body(&conditions.collect::<Vec<_>>(), *sort));
    }
    let found = OTHERS.iter().find(|(own, ..)| *own == name);
    if let Some((_, condition, sort)) = found {
        return Some(body(condition.as_slice(), *sort));
    }
    let found = LISTS.iter().find(|(own, _)| *own == name);
    if let Some((_, tickers)) = found {
        let tickers: Vec<&str> = tickers.split_ascii_whitespace().collect();
        return Some(json!({
            "filter": [{ "left": "name", "operation": "in_range", "right": tickers }],
            "sort": { "sortBy": "name", "sortOrder": "asc" },
        }));
    }
    hot_list(name)
}

/// The symbols of an exchange that changed most: `NASDAQ_volume_gainers`.
fn hot_list(name: &str) -> Option<Value> {
    let (end, condition, sort) = HOT.iter().find(|(end, ..)| name.ends_with(end))?;
    let exchange = name.strip_suffix(end)?.strip_suffix('_')?;
    let is_exchange = !exchange.is_empty()
        && exchange
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let mut found = is_exchange.then(|| body(&[*condition], *sort))?;
    if let Some(conditions) = found.get_mut("filter").and_then(Value::as_array_mut) {
        conditions.push(json!({ "left": "exchange", "operation": "equal", "right": exchange }));
    }
    Some(crate::answer::with(
        found,
        [("range", json!([0, HOT_ROWS]))],
    ))
}

/// A column, an operation, and what it is compared with.
type Condition = (&'static str, &'static str, Right);
/// A column, and whether the highest come first.
type Sort = (&'static str, bool);

/// The right side of a condition.
#[derive(Clone, Copy, Debug)]
enum Right {
    Number(f64),
    /// A text, or the name of a column.
    Text(&'static str),
    Flag(bool),
    /// From a number of days after today to another.
    Days(i32, i32),
}

const IS_STOCK: Condition = ("type", "equal", Right::Text("stock"));
const IS_PRIMARY: Condition = ("is_primary", "equal", Right::Flag(true));

fn body(conditions: &[Condition], (by, descends): Sort) -> Value {
    let condition = |(left, operation, right): &Condition| {
        let right = match right {
            Right::Number(number) => json!(number),
            Right::Text(text) => json!(text),
            Right::Flag(flag) => json!(flag),
            Right::Days(from, to) => json!([from, to]),
        };
        json!({ "left": left, "operation": operation, "right": right })
    };
    let filter: Vec<Value> = conditions.iter().map(condition).collect();
    let order = if descends { "desc" } else { "asc" };
    json!({ "filter": filter, "sort": { "sortBy": by, "sortOrder": order } })
}

const fn above(left: &'static str, number: f64) -> Option<Condition> {
    Some((left, "greater", Right::Number(number)))
}

const fn below(left: &'static str, number: f64) -> Option<Condition> {
    Some((left, "less", Right::Number(number)))
}

const fn text(
    left: &'static str,
    operation: &'static str,
    right: &'static str,
) -> Option<Condition> {
    Some((left, operation, Right::Text(right)))
}

/// Those that look at primary listings of stocks alone.
const STOCKS: &[(&str, Option<Condition>, Sort)] = &[
    ("all_stocks", None, ("name", false)),
    // The scan names the index itself.
    (
        "index_components_market_pages",
        None,
        ("market_cap_basic", true),
    ),
    (
        "large_cap",
        above("market_cap_basic", 10e9),
        ("market_cap_basic", true),
    ),
    (
        "small_cap",
        below("market_cap_basic", 2e9),
        ("market_cap_basic", true),
    ),
    ("worlds_largest_companies", None, ("market_cap_basic", true)),
    (
        "high_dividend",
        above("dividends_yield_current", 2.0),
        ("dividends_yield_current", true),
    ),
    ("gainers", above("change", 0.0), ("change", true)),
    ("losers", below("change", 0.0), ("change", false)),
    ("volume_leaders", None, ("volume", true)),
    ("unusual_volume", None, ("relative_volume_10d_calc", true)),
    ("most_volatile", None, ("Volatility.D", true)),
    (
        "high_beta",
        above("beta_1_year", 1.0),
        ("beta_1_year", true),
    ),
    ("best_performing", None, ("Perf.Y", true)),
    ("most_expensive", None, ("close", true)),
    ("penny_stocks", below("close", 5.0), ("volume", true)),
    ("overbought", above("RSI", 70.0), ("RSI", true)),
    ("oversold", below("RSI", 30.0), ("RSI", false)),
    (
        "all_time_high",
        text("high", "egreater", "all_time_high"),
        ("market_cap_basic", true),
    ),
    (
        "all_time_low",
        text("low", "eless", "all_time_low"),
        ("market_cap_basic", true),
    ),
    (
        "above_52wk_high",
        text("high", "egreater", "price_52_week_high"),
        ("market_cap_basic", true),
    ),
    (
        "below_52wk_low",
        text("low", "eless", "price_52_week_low"),
        ("market_cap_basic", true),
    ),
    (
        "pre-market-gainers",
        above("premarket_change", 0.0),
        ("premarket_change", true),
    ),
    (
        "pre_market_most_active",
        above("premarket_volume", 0.0),
        ("premarket_volume", true),
    ),
    (
        "after_hours_gainers",
        above("postmarket_change", 0.0),
        ("postmarket_change", true),
    ),
    (
        "market_sectors",
        text("sector", "nempty", ""),
        ("sector", false),
    ),
    (
        "market_industries",
        text("industry", "nempty", ""),
        ("industry", false),
    ),
    (
        "ipo_calendar",
        Some(("ipo_offer_date", "in_day_range", Right::Days(0, 90))),
        ("ipo_offer_date", false),
    ),
];

/// Those of other markets.
const OTHERS: &[(&str, Option<Condition>, Sort)] = &[
    ("coin_market_cap_rank", None, ("24h_vol|5", true)),
    (
        "coin_gainers",
        above("24h_close_change|5", 0.0),
        ("24h_close_change|5", true),
    ),
    (
        "coin_losers",
        below("24h_close_change|5", 0.0),
        ("24h_close_change|5", false),
    ),
    ("market-cap-rank", None, ("24h_vol|5", true)),
    ("forex_rates_all", None, ("name", false)),
    (
        "forex_rates_major",
        text("sector", "equal", "Major"),
        ("name", false),
    ),
    (
        "forex_rates_minor",
        text("sector", "equal", "Minor"),
        ("name", false),
    ),
    (
        "forex_rates_exotic",
        text("sector", "equal", "Exotic"),
        ("name", false),
    ),
    ("futures_all", None, ("name", false)),
    ("bonds_all", None, ("name", false)),
    (
        "indices_all",
        text("type", "equal", "index"),
        ("name", false),
    ),
];

/// Those that are lists.
const LISTS: &[(&str, &str)] = &[
    ("coin_defi", "LINKUSD AVAXUSD"),
    ("top-defi", "LINKUSDT AVAXUSDT LINKUSD AVAXUSD"),
    ("futures_agricultural", "ZC1! ZW1! ZS1!"),
    ("futures_energy", "CL1! NG1! RB1! BRN1!"),
    ("futures_metals", "GC1! SI1! HG1! GOLD1!"),
    ("futures_currencies", "6E1! BTC1!"),
    ("futures_world_indices", "ES1! NQ1! RTY1! FDAX1!"),
    ("indices_major", "SPX NDX DJI RUT VIX DAX UKX NI225"),
    ("indices_currency", "DXY"),
];

/// How many rows a hot list has.
const HOT_ROWS: usize = 20;

/// The ends of the names of hot lists.
const HOT: &[(&str, Condition, Sort)] = &[
    (
        "volume_gainers",
        ("volume", "greater", Right::Number(0.0)),
        ("volume_change", true),
    ),
    (
        "percent_change_gainers",
        ("change", "greater", Right::Number(0.0)),
        ("change", true),
    ),
    (
        "percent_change_losers",
        ("change", "less", Right::Number(0.0)),
        ("change", false),
    ),
    (
        "percent_range_gainers",
        ("change_from_open", "greater", Right::Number(0.0)),
        ("Volatility.D", true),
    ),
    (
        "percent_range_losers",
        ("change_from_open", "less", Right::Number(0.0)),
        ("Volatility.D", true),
    ),
    (
        "percent_gap_gainers",
        ("gap", "greater", Right::Number(0.0)),
        ("gap", true),
    ),
    (
        "percent_gap_losers",
        ("gap", "less", Right::Number(0.0)),
        ("gap", false),
    ),
    (
        "gap_gainers",
        ("gap", "greater", Right::Number(0.0)),
        ("gap", true),
    ),
    (
        "gap_losers",
        ("gap", "less", Right::Number(0.0)),
        ("gap", false),
    ),
];
