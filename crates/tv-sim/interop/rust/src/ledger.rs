//! What the simulator says is true, asked for over HTTP and not through the client.

use serde_json::Value;
use tradingview::{Interval, chart::DataPoint};

use crate::check::{must, same};

/// `[time, open, high, low, close, volume]`.
pub type Row = Vec<f64>;

/// Bars that open in a range of seconds, oldest first.
pub async fn bars(
    symbol: &str,
    interval: Interval,
    from: i64,
    to: i64,
) -> Result<Vec<Row>, String> {
    let base = std::env::var("TV_SIM_HTTP").map_err(|error| error.to_string())?;
    let asked = [
        ("symbol", symbol.to_owned()),
        ("interval", interval.to_string()),
        ("from", from.to_string()),
        ("to", to.to_string()),
    ];
    let told = async {
        let request = reqwest::Client::new().get(format!("{base}/ledger/bars"));
        let answer = request.query(&asked).send().await?.error_for_status()?;
        answer.json::<Value>().await
    };
    let mut told = told.await.map_err(|error| format!("ledger: {error}"))?;
    serde_json::from_value(told["bars"].take()).map_err(|error| format!("ledger: {error}"))
}

/// Closed bars equal the simulator's, one for one; of the newest, which may be open, only what cannot change.
pub async fn same_bars(
    found: &[DataPoint],
    symbol: &str,
    interval: Interval,
) -> Result<(), String> {
    let (Some(first), Some(last)) = (found.first(), found.last()) else {
        return Err("no bars".to_owned());
    };
    let told = bars(
        symbol,
        interval,
        first.value[0] as i64,
        last.value[0] as i64,
    )
    .await?;
    let times = |rows: &mut dyn Iterator<Item = &Row>| rows.map(|row| row[0]).collect::<Vec<_>>();
    let what = format!("{symbol} {interval}");
    same(
        times(&mut found.iter().map(|point| &point.value)),
        times(&mut told.iter()),
        &format!("times of {what}"),
    )?;
    let closed = found.len() - 1;
    for (point, row) in found.iter().zip(&told).take(closed) {
        same(&point.value, row, &format!("bar of {what}"))?;
    }
    must(last.value[1] == told[closed][1], || {
        format!(
            "open of the newest bar of {what}: {last:?}, not {:?}",
            told[closed]
        )
    })
}
