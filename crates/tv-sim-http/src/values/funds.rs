//! What a fund reports: made up from its name and its price.

use super::{
    cell::Cell,
    column::{Column, DAILY},
    row::{Row, Windows},
};

/// Classes of assets, each with what funds of it are about.
const CLASSES: [(&str, &str); 4] = [
    ("Equity", "Total market"),
    ("Equity", "Large cap"),
    ("Fixed income", "Broad market"),
    ("Commodities", "Precious metals"),
];

/// The value of a column about a fund.
pub(super) fn cell(row: &Row<'_>, column: &Column, windows: &mut Windows<'_>) -> Option<Cell> {
    if row.identity.kind != "fund" {
        return None;
    }
    let drawn = drawn(row.listing.name());
    let (class, focus) = CLASSES
        .get((drawn % CLASSES.len() as u64) as usize)
        .copied()
        .unwrap_or_default();
    Some(match column.base.as_str() {
        "aum" => Cell::Number((1 + drawn / 4 % 60_000) as f64 * 1e7),
        "nav" => windows(DAILY, 12)
            .candles()
            .last()
            .map(|bar| bar.close)
            .into(),
        "expense_ratio" => Cell::Number((3 + drawn / 1_000_000 % 90) as f64 / 100.0),
        "etf_holdings_count" => Cell::Number((20 + drawn / 100_000_000 % 3000) as f64),
        "asset_class" => class.into(),
        "focus" => focus.into(),
        "brand" | "issuer" => "Simulated Funds".into(),
        "dividends_yield" | "dividends_yield_current" | "dividend_yield_recent" => {
            Cell::Number(100.0 * row.identity.dividend_yield)
        }
        _ => return None,
    })
}

/// A number that belongs to a name (FNV-1a).
fn drawn(name: &str) -> u64 {
    let hash = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    hash ^ (hash >> 29)
}
