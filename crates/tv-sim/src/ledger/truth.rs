//! Bars and quotes as the market says they are.

use std::sync::Arc;

use market::{Bars, Interval, Reading, Settings, Symbol};
use serde::Serialize;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{
    descriptor::{settings_asked, shape_asked, symbol_asked},
    session::{LIVE, Source, live_value},
};

/// The most bars that are given at once.
const MOST_BARS: i64 = 100_000;

/// Why the ledger has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// There is no such symbol.
    #[error("there is no symbol {0}")]
    Symbol(String),
    /// There is no such interval.
    #[error("there are no bars of interval {0}")]
    Interval(String),
    /// A descriptor that cannot be: the reason.
    #[error("{0}")]
    Descriptor(String),
    /// A recording is played.
    #[error("a recording is played, so only what was sent is known")]
    Recording,
}

/// A bar as it truly is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LedgerBar {
    /// When it opens, in seconds UTC.
    pub time: i64,
    /// The first price.
    pub open: f64,
    /// The highest price.
    pub high: f64,
    /// The lowest price.
    pub low: f64,
    /// The last price.
    pub close: f64,
    /// What was traded.
    pub volume: f64,
}

impl LedgerBar {
    /// A bar of these values; the time is in seconds UTC.
    #[must_use]
    pub fn new(time: i64, [open, high, low, close]: [f64; 4], volume: f64) -> Self {
        Self {
            time,
            open,
            high,
            low,
            close,
            volume,
        }
    }
}

/// The bars of a symbol.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct LedgerBars {
    /// Those that will not change any more, the oldest first.
    pub closed: Vec<LedgerBar>,
    /// The one that is open now.
    pub open: Option<LedgerBar>,
}

/// Finds a symbol of the market.
pub(super) fn find(source: &Source, name: &str) -> Result<Arc<Symbol>, LedgerError> {
    match source {
        Source::Market(market) => market
            .symbol(name)
            .ok_or_else(|| LedgerError::Symbol(name.to_owned())),
        Source::Recording(_) => Err(LedgerError::Recording),
    }
}

/// The symbol that a name or a descriptor asks for, and how its bars are read.
fn described(source: &Source, asked: &str) -> Result<(Arc<Symbol>, Settings), LedgerError> {
    let wrong = |reason: &str| LedgerError::Descriptor(reason.to_owned());
    let name = symbol_asked(asked).ok_or_else(|| wrong("the descriptor names no symbol"))?;
    let symbol = find(source, &name)?;
    let settings = settings_asked(asked).ok_or_else(|| wrong("there is no such currency"))?;
    let shape = shape_asked(asked).map_err(LedgerError::Descriptor)?;
    Ok((symbol, Settings { shape, ..settings }))
}

/// The bars that open from one time to another, in seconds UTC, as they are at `now`.
pub(super) fn bars(
    source: &Source,
    now: i64,
    symbol: &str,
    interval: &str,
    (from, to): (i64, i64),
) -> Result<LedgerBars, LedgerError> {
    let (symbol, settings) = described(source, symbol)?;
    // The ledger knows all intervals, whatever account the client has.
    let parsed = Interval::custom(interval);
    let interval = parsed.map_err(|_| LedgerError::Interval(interval.to_owned()))?;
    let mut bars = LedgerBars::default();
    let from = from.saturating_mul(1000);
    let to = to.saturating_mul(1000).min(now + 1);
    let candles = Bars::new(symbol, interval, settings);
    if candles.are_too_small(now) {
        let reason = "the bars are too small: there are too many of them";
        return Err(LedgerError::Descriptor(reason.to_owned()));
    }
    let Some(last) = candles
        .last_at(to.saturating_sub(1))
        .filter(|last| last.opens >= from)
    else {
        return Ok(bars);
    };
    let (first, _) = candles.back_to(last, from, MOST_BARS - 1);
    for candle in candles.between(first, last, now) {
        let prices = [candle.open, candle.high, candle.low, candle.close];
        let bar = LedgerBar::new(candle.opens.div_euclid(1000), prices, candle.volume);
        if candle.closes <= now {
            bars.closed.push(bar);
        } else {
            bars.open = Some(bar);
        }
    }
    Ok(bars)
}

/// The symbol that a name or a descriptor asks for, and how its quote is read.
pub(super) fn quoted(source: &Source, asked: &str) -> Result<(Arc<Symbol>, Reading), LedgerError> {
    let (symbol, settings) = described(source, asked)?;
    let reading = Reading::new(&symbol, settings);
    Ok((symbol, reading))
}

/// The changing fields of a quote.
pub(super) fn quote(symbol: &Arc<Symbol>, reading: &Reading, at: i64) -> Map<String, Value> {
    let tick = reading.at(symbol, at);
    LIVE.iter()
        .map(|field| ((*field).to_owned(), live_value(field, &tick)))
        .collect()
}

#[cfg(test)]
mod tests {
    use market::Market;

    use super::*;

    const NOW: i64 = 1_790_726_430_500;

    fn ask(symbol: &str, interval: &str, from: i64, to: i64) -> Result<LedgerBars, LedgerError> {
        bars(
            &Source::Market(Market::new(1)),
            NOW,
            symbol,
            interval,
            (from, to),
        )
    }

    #[test]
    fn bars_of_a_range_are_aligned_and_the_last_is_open() {
        let minute = NOW / 60_000 * 60;
        let bars = ask("SIM:A", "1", minute - 120, minute + 600).unwrap();
        let times: Vec<i64> = bars.closed.iter().map(|bar| bar.time).collect();
        assert_eq!(times, [minute - 120, minute - 60]);
        assert_eq!(bars.open.map(|bar| bar.time), Some(minute));
        let inside = ask("SIM:A", "1", minute - 119, minute).unwrap();
        assert_eq!(
            (inside.closed, inside.open),
            (bars.closed[1..].to_vec(), None)
        );
    }

    #[test]
    fn intervals_of_accounts_that_pay_are_known() {
        // They are counted from the beginning of a day, here the one before.
        let day = NOW / 86_400_000 * 86_400 - 86_400;
        for (interval, length) in [("7", 420), ("20S", 20)] {
            let bars = ask("SIM:A", interval, day, day + 4 * length).unwrap();
            let times: Vec<i64> = bars.closed.iter().map(|bar| bar.time).collect();
            assert_eq!(times, [0, 1, 2, 3].map(|n| day + n * length), "{interval}");
        }
        assert_eq!(
            ask("SIM:A", "1T", 0, 1),
            Err(LedgerError::Interval("1T".into()))
        );
    }

    #[test]
    fn descriptors_say_how_bars_are_read() {
        let all = |symbol: &str| ask(symbol, "D", 0, NOW / 1000).unwrap();
        let plain = all("NASDAQ:AAPL");
        let described = |rest: &str| all(&format!(r#"={{"symbol":"NASDAQ:AAPL"{rest}}}"#));
        assert_eq!(described(""), plain);
        for rest in [
            r#","adjustment":"none""#,
            r#","currency-id":"EUR""#,
            r#","type":"BarSetHeikenAshi@tv-basicstudies-60!","inputs":{}"#,
            r#","type":"BarSetKagi@tv-prostudies-34!","inputs":{"atrLength":10}"#,
        ] {
            let other = described(rest).closed;
            assert!(other.len() > 20 && other != plain.closed, "{rest}");
        }
        // The line that is drawn now can still grow, though the last day is over.
        let kagi = described(r#","type":"BarSetKagi@x""#);
        assert!(
            kagi.open.is_some()
                && kagi.open.map(|bar| bar.time) > kagi.closed.last().map(|bar| bar.time)
        );
        for (rest, word) in [
            (r#","currency-id":"XYZ""#, "currency"),
            (r#","type":"BarSetRange@x","inputs":{"range":0}"#, "range"),
        ] {
            let symbol = format!(r#"={{"symbol":"NASDAQ:AAPL"{rest}}}"#);
            let error = ask(&symbol, "D", 0, 1).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
        assert!(ask("={", "D", 0, 1).is_err());
    }

    #[test]
    fn what_there_is_not_is_said_and_wide_ranges_are_bounded() {
        assert_eq!(
            ask("NO:WHERE", "1", 0, 1),
            Err(LedgerError::Symbol("NO:WHERE".into()))
        );
        assert_eq!(
            ask("SIM:A", "x", 0, 1),
            Err(LedgerError::Interval("x".into()))
        );
        let all = ask("SIM:A", "1", i64::MIN, i64::MAX).unwrap();
        assert_eq!(all.closed.len() + 1, 100_000);
        assert_eq!(
            ask("SIM:A", "1", i64::MAX, i64::MIN),
            Ok(LedgerBars::default())
        );
    }
}
