//! What options cost, by Black and Scholes from the price of the listing.

use market::DAY;

use super::{
    cell::{Cell, cents},
    column::{Column, DAILY},
    draw::draw,
    fiscal::second,
    instrument::Contract,
    row::{Row, Windows},
};
use crate::analysis::OptionTerms;

/// The interest of a year, continuously compounded.
const RATE: f64 = 0.04;
/// How many days the volatility looks at, and between which bounds it is.
const DAYS: usize = 61;
const VOLATILITIES: (f64, f64) = (0.12, 1.2);
/// When options end, in hours UTC.
const HOUR: i64 = 21;

/// The value of a column for an option.
pub(super) fn cell(
    row: &Row<'_>,
    contract: &Contract,
    column: &Column,
    windows: &mut Windows<'_>,
) -> Option<Cell> {
    let identity = &row.identity;
    let name = contract.name.split_once(':').map_or("", |(_, name)| name);
    Some(match column.base.as_str() {
        "name" => name.into(),
        "description" => format!("{name}, an option on {}", identity.description)
            .as_str()
            .into(),
        "type" => "option".into(),
        "typespecs" => Cell::Texts(Vec::new()),
        "exchange" => "OPRA".into(),
        "market" => "options".into(),
        "submarket" => "".into(),
        "root" => identity.ticker.into(),
        "currency" | "currency_id" => identity.currency.into(),
        "update_mode" => row.update_mode().as_str().into(),
        "kind-delay" => Cell::Number(row.delay() as f64 / 1000.0),
        "pricescale" => Cell::Number(100.0),
        "minmov" => Cell::Number(1.0),
        "minmove2" => Cell::Number(0.0),
        "fractional" => "false".into(),
        "is_primary" | "active_symbol" => Cell::Flag(true),
        "logoid" => identity.logo.into(),
        "source-logoid" => "source/OPRA".into(),
        "expiration" => Cell::Number(contract.expiration()),
        "strike" => Cell::Number(contract.strike),
        "option-type" => if contract.is_call { "call" } else { "put" }.into(),
        "volume" => Cell::Number((draw(&contract.name, "volume") % 5_000) as f64),
        base => priced(row, contract, base, windows)?.into(),
    })
}

/// What follows from the price of the listing.
fn priced(
    row: &Row<'_>,
    contract: &Contract,
    base: &str,
    windows: &mut Windows<'_>,
) -> Option<Option<f64>> {
    if !matches!(
        base,
        "theoPrice"
            | "close"
            | "bid"
            | "ask"
            | "iv"
            | "bid_iv"
            | "ask_iv"
            | "delta"
            | "gamma"
            | "theta"
            | "vega"
            | "rho"
            | "bid_ask_spread_pct"
    ) {
        return None;
    }
    let Some((terms, volatility)) = terms(row, contract, windows) else {
        return Some(None);
    };
    let fair = terms.price(volatility);
    let half = (fair * 0.01).max(0.01);
    let (bid, ask) = (
        ((fair - half).max(0.0) * 100.0).floor() / 100.0,
        ((fair + half) * 100.0).ceil() / 100.0,
    );
    let greeks = terms.greeks(volatility);
    Some(match base {
        "theoPrice" => Some(fair),
        "close" => Some(cents(fair)),
        "bid" => Some(bid),
        "ask" => Some(ask),
        "bid_ask_spread_pct" => Some(200.0 * (ask - bid) / (ask + bid)),
        "iv" => Some(volatility),
        "bid_iv" => terms.implied_volatility(bid),
        "ask_iv" => terms.implied_volatility(ask),
        "delta" => Some(greeks.delta),
        "gamma" => Some(greeks.gamma),
        "theta" => Some(greeks.theta),
        "vega" => Some(greeks.vega),
        _ => Some(greeks.rho),
    })
}

/// What its price depends on. Options that are far from the price are more volatile, and those
/// below it more so.
fn terms(
    row: &Row<'_>,
    contract: &Contract,
    windows: &mut Windows<'_>,
) -> Option<(OptionTerms, f64)> {
    let window = windows(DAILY, DAYS);
    let candles = window.candles();
    let spot = candles.last()?.close;
    let end = (second(contract.expires) + HOUR * 3600) * 1000;
    let left = (end - row.at).max(60_000);
    let years = left as f64 / (365 * DAY) as f64;
    let moves: Vec<f64> = candles
        .iter()
        .zip(candles.iter().skip(1))
        .map(|(before, bar)| (bar.close / before.close).ln().powi(2))
        .collect();
    if moves.is_empty() {
        return None;
    }
    let variance = moves.iter().sum::<f64>() / moves.len() as f64;
    let usual = (variance * 252.0).sqrt();
    let usual = usual.clamp(VOLATILITIES.0, VOLATILITIES.1);
    let away = (contract.strike / spot).ln();
    let terms = OptionTerms {
        spot,
        strike: contract.strike,
        years,
        rate: RATE,
        dividend: row.identity.dividend_yield,
        is_call: contract.is_call,
    };
    Some((terms, usual * (1.0 - 0.15 * away + 0.5 * away * away)))
}
