//! What the simulator says is true, asked for over HTTP and not through the client.

use std::time::Duration;

use serde_json::Value;
use tradingview::Interval;
use tradingview::chart::DataPoint;

use crate::check::{must, same};

/// `[time, open, high, low, close, volume]`.
pub type Row = Vec<f64>;

/// Bars that are closed, oldest first, and the one that is open if it is among them.
pub struct Bars {
    /// Those that will not change.
    pub closed: Vec<Row>,
    /// The newest, where it is still open.
    pub open: Option<Row>,
}

async fn get(path: &str, asked: &[(&str, &str)]) -> Result<Value, String> {
    let host = std::env::var("TV_SIM_HOST").map_err(|error| error.to_string())?;
    let answer = async {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .build()?;
        let request = client
            .get(format!("https://{host}/ledger{path}"))
            .query(asked);
        request.send().await?.error_for_status()?.json().await
    };
    answer
        .await
        .map_err(|error: reqwest::Error| format!("ledger: {error}"))
}

fn row(bar: &Value) -> Option<Row> {
    ["time", "open", "high", "low", "close", "volume"]
        .iter()
        .map(|name| bar[*name].as_f64())
        .collect()
}

/// Bars that open from one second to another, both included.
pub async fn bars(symbol: &str, interval: &str, from: i64, to: i64) -> Result<Bars, String> {
    let (from, to) = (from.to_string(), (to + 1).to_string());
    let asked = [
        ("symbol", symbol),
        ("interval", interval),
        ("from", &from),
        ("to", &to),
    ];
    let told = get("/bars", &asked).await?;
    let closed = told["closed"].as_array().map(|bars| bars.iter().map(row));
    let closed: Option<Vec<Row>> = closed.and_then(Iterator::collect);
    Ok(Bars {
        closed: closed.ok_or_else(|| format!("ledger: {told}"))?,
        open: row(&told["open"]),
    })
}

/// The market's time in seconds.
pub async fn now() -> Result<i64, String> {
    let told = get("", &[]).await?;
    let now = told["now_ms"].as_i64().map(|now| now / 1000);
    now.ok_or_else(|| format!("ledger: {told}"))
}

/// Every changing field of a symbol's quote, at each tick of a second.
pub async fn quotes(symbol: &str, second: i64) -> Result<Vec<Value>, String> {
    let (from, to) = (
        (second * 1000).to_string(),
        (second * 1000 + 999).to_string(),
    );
    let asked = [("symbol", symbol), ("from", &from), ("to", &to)];
    let told = get("/ticks", &asked).await?;
    let mut quotes = Vec::new();
    for tick in told["ticks"].as_array().into_iter().flatten() {
        let at = tick["at_ms"].to_string();
        let quote = get("/quote", &[("symbol", symbol), ("at", &at)]).await?;
        quotes.push(quote["values"].clone());
    }
    Ok(quotes)
}

/// What the simulator calls an interval of the client.
pub fn name(interval: Interval) -> String {
    match interval {
        Interval::OneHour => "60".to_owned(),
        Interval::TwoHours => "120".to_owned(),
        Interval::FourHours => "240".to_owned(),
        other => other.to_string(),
    }
}

/// Bars are the simulator's, one for one; those that are closed are equal, of an open one what cannot change is.
pub async fn same_bars(
    found: &[DataPoint],
    symbol: &str,
    interval: Interval,
) -> Result<(), String> {
    let (Some(first), Some(last)) = (found.first(), found.last()) else {
        return Err("no bars".to_owned());
    };
    let (from, to) = (first.value[0] as i64, last.value[0] as i64);
    let told = bars(symbol, &name(interval), from, to).await?;
    let what = format!("{symbol} {interval}");
    let (mut closed, mut wanted) = (found, told.closed.as_slice());
    if let Some(open) = told.open {
        closed = &found[..found.len() - 1];
        same(
            &last.value[..2],
            &open[..2],
            &format!("time and open of the open bar of {what}"),
        )?;
        must(last.value[2] <= open[2] && last.value[3] >= open[3], || {
            format!("the open bar of {what} reaches beyond the true one: {last:?}, {open:?}")
        })?;
    } else if now().await? - to < 5400 {
        // It may have been open when it was sent and have closed since.
        closed = &found[..found.len() - 1];
        wanted = wanted
            .get(..wanted.len().saturating_sub(1))
            .unwrap_or_default();
    }
    same(
        closed.len(),
        wanted.len(),
        &format!("closed bars of {what}"),
    )?;
    for (point, row) in closed.iter().zip(wanted) {
        same(&point.value, row, &format!("bar of {what}"))?;
    }
    Ok(())
}
