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
            .timeout(Duration::from_secs(60))
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

/// Bars that open from one second to another, both included, as they are now.
pub async fn bars(symbol: &str, interval: &str, from: i64, to: i64) -> Result<Bars, String> {
    bars_at(symbol, interval, (from, to), i64::MAX).await
}

/// The same, as they were at a time in milliseconds.
pub async fn bars_at(
    symbol: &str,
    interval: &str,
    (from, to): (i64, i64),
    at: i64,
) -> Result<Bars, String> {
    let (from, to, at) = (from.to_string(), (to + 1).to_string(), at.to_string());
    let asked = [
        ("symbol", symbol),
        ("interval", interval),
        ("from", &from),
        ("to", &to),
        ("at", &at),
    ];
    let reported = get("/bars", &asked).await?;
    let closed = reported["closed"]
        .as_array()
        .map(|bars| bars.iter().map(row));
    let closed: Option<Vec<Row>> = closed.and_then(Iterator::collect);
    Ok(Bars {
        closed: closed.ok_or_else(|| format!("ledger: {reported}"))?,
        open: row(&reported["open"]),
    })
}

/// The market's time in milliseconds.
pub async fn now_ms() -> Result<i64, String> {
    let reported = get("", &[]).await?;
    let now = reported["now_ms"].as_i64();
    now.ok_or_else(|| format!("ledger: {reported}"))
}

/// The market's time in seconds.
pub async fn now() -> Result<i64, String> {
    Ok(now_ms().await? / 1000)
}

/// Every changing field of a symbol's quote, at each tick of a second.
pub async fn quotes(symbol: &str, second: i64) -> Result<Vec<Value>, String> {
    let (from, to) = (
        (second * 1000).to_string(),
        (second * 1000 + 999).to_string(),
    );
    let asked = [("symbol", symbol), ("from", &from), ("to", &to)];
    let reported = get("/ticks", &asked).await?;
    let mut quotes = Vec::new();
    for tick in reported["ticks"].as_array().into_iter().flatten() {
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

/// Whether a bar that was open when it was sent lies between what it was before and what it is now.
fn between(row: &[f64], before: Option<&Row>, after: &[f64]) -> bool {
    let reaches = |lower: &[f64], upper: &[f64]| {
        lower[2] <= upper[2] && lower[3] >= upper[3] && lower[5] <= upper[5]
    };
    row[..2] == after[..2]
        && row[3] <= row[4]
        && row[4] <= row[2]
        && reaches(row, after)
        && before.is_none_or(|before| before[0] != row[0] || reaches(before, row))
}

/// Bars are the simulator's, one for one, whenever one of them may have closed meanwhile: what was
/// closed at `since` (milliseconds), when nothing had been asked yet, is equal. Of a later bar the
/// client's history keeps the first version that it got.
pub async fn same_bars(
    found: &[DataPoint],
    symbol: &str,
    interval: Interval,
    since: i64,
) -> Result<(), String> {
    let (Some(first), Some(last)) = (found.first(), found.last()) else {
        return Err("no bars".to_owned());
    };
    let span = (first.value[0] as i64, last.value[0] as i64);
    let before = bars_at(symbol, &name(interval), span, since).await?;
    let after = bars(symbol, &name(interval), span.0, span.1).await?;
    let reported: Vec<Row> = after.closed.into_iter().chain(after.open).collect();
    let what = format!("{symbol} {interval}");
    let times = |rows: &[Row]| rows.iter().map(|row| row[0]).collect::<Vec<_>>();
    let rows: Vec<Row> = found.iter().map(|point| point.value.clone()).collect();
    same(times(&rows), times(&reported), &format!("times of {what}"))?;
    for (n, (row, reported)) in rows.iter().zip(&reported).enumerate() {
        if let Some(closed) = before.closed.get(n) {
            same(row, closed, &format!("bar of {what}"))?;
        } else {
            must(between(row, before.open.as_ref(), reported), || {
                let before = &before.open;
                format!("bar of {what}: {row:?} is not between {before:?} and {reported:?}")
            })?;
        }
    }
    Ok(())
}

/// There are as many bars as were asked for; besides them there are only those that began after
/// `since` (milliseconds).
pub fn same_count(found: &[DataPoint], count: usize, since: i64) -> Result<(), String> {
    let old = found
        .iter()
        .filter(|point| point.value[0] * 1000.0 <= since as f64);
    let old = old.count();
    must(old <= count && count <= found.len(), || {
        format!(
            "{} bars, {old} of them not new, when {count} were asked for",
            found.len()
        )
    })
}
