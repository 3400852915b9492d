//! The first sale of a company's shares: on the first day of its bars. A listing that is not traded
//! yet comes in the middle of the month after next.

use market::{Bars, Candle, DAY, Interval, Settings};

use super::{
    cell::Cell,
    column::DAILY,
    fiscal::{day, second},
    row::{Row, Windows},
};

/// The part of the shares that is sold.
const SOLD: f64 = 0.2;
/// The price in dollars that is asked for shares that are not traded yet.
const ASKED: (f64, f64) = (18.0, 21.0);

/// The value of a column about offers, if it is one.
pub(super) fn cell(row: &Row<'_>, base: &str, windows: &mut Windows<'_>) -> Option<Cell> {
    let what = base.strip_prefix("ipo_")?;
    if row.identity.kind != "stock" {
        return Some(Cell::Null);
    }
    let shares = row.identity.business.map(|business| business.shares);
    let sold = shares.map(|shares| (shares * SOLD).round());
    let is_coming = row.identity.since.is_none();
    let first = || first_price(row).filter(|_| row.identity.currency == "USD");
    let worth = |shares: Option<f64>| Some((first()? * shares?).round());
    Some(match what {
        "offer_date" | "offer_time" => Cell::Number(date(row) as f64),
        "offered_shares" | "offered_shares_primary" => sold.into(),
        "offered_shares_secondary" => Cell::Number(0.0),
        "shares_outstanding" => shares.into(),
        "blank_check_flag" => Cell::Flag(false),
        "offer_price_usd" => first().into(),
        "deal_amount_usd" => worth(sold).into(),
        "market_cap_usd" => worth(shares).into(),
        "price_range_usd_min" => is_coming.then_some(ASKED.0).into(),
        "price_range_usd_max" => is_coming.then_some(ASKED.1).into(),
        "offer_price_performance" => {
            let now = windows(DAILY, 12).candles().last().map(|bar| bar.close);
            let change = now.zip(first());
            change.map(|(now, then)| 100.0 * (now / then - 1.0)).into()
        }
        _ => return None,
    })
}

/// The day of the offer in seconds UTC.
fn date(row: &Row<'_>) -> i64 {
    if let Some(since) = row.identity.since {
        return since * 86_400;
    }
    let (year, month, _) = market::date_parts(row.at.div_euclid(DAY));
    let after_next = year * 12 + month + 1;
    second(day(
        after_next.div_euclid(12),
        after_next.rem_euclid(12) + 1,
        15,
    ))
}

/// The first price of a symbol that is traded.
fn first_price(row: &Row<'_>) -> Option<f64> {
    let daily = Interval::parse("1D").ok()?;
    let bars = Bars::new(row.listing.symbol().clone(), daily, Settings::default());
    let first = bars.first_at(i64::MIN)?;
    row.identity.since?;
    let bar: Candle = bars.between(first, first, row.at).next()?;
    Some(bar.open)
}
