//! The trades of a strategy as CSV.
//!
//! `cargo run -p tv-examples --example strategy_trades > trades.csv`

use std::{error::Error, io::Write};

use tv_client::{Client, Interval, SeriesRequest, StudyEvent, study::report::TradeLeg};
use tv_http::{client::HttpClient, pine::ScriptId};

#[tokio::main]
pub(crate) async fn main() -> Done {
    let sim = tv_sim::SimServer::builder().start().await?;
    let http = HttpClient::builder().base_of_all(sim.http_url()).build()?;
    run(&http, &sim.url(), &mut std::io::stdout()).await
}

type Done = Result<(), Box<dyn Error>>;

pub(crate) async fn run(http: &HttpClient, url: &str, out: &mut impl Write) -> Done {
    let strategy = http
        .script(&ScriptId::new("STD;Supertrend%1Strategy")?)
        .await?;
    let request = strategy.script()?.input("Factor", 1.0)?.spec();
    let client = Client::builder().endpoint(url).connect().await?;
    let series = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY)?.count(500);
    let series = client.series(series).await?;
    let mut study = series.study(request).await?;
    while let Some(event) = study.next().await {
        let StudyEvent::Report(report) = event.into_result()? else {
            continue;
        };
        let trades = report.trades.as_deref().ok_or("the report has no trades")?;
        let head = "side,entry,entry_price,exit,exit_price,quantity,profit";
        writeln!(out, "{head}")?;
        for trade in trades.iter().filter(|trade| !trade.is_open()) {
            let is_long = trade.is_long().ok_or("a trade has no side")?;
            let side = if is_long { "long" } else { "short" };
            let [entry, exit] = [&trade.entry, &trade.exit].map(|leg| cells(leg.as_ref()));
            let quantity = trade.quantity.unwrap_or_default();
            let profit = trade
                .profit
                .as_ref()
                .and_then(|it| it.value)
                .unwrap_or_default();
            writeln!(out, "{side},{entry},{exit},{quantity},{profit}")?;
        }
        break;
    }
    Ok(())
}

/// Time and price of one end of a trade, empty where the server has none.
fn cells(leg: Option<&TradeLeg>) -> String {
    let time = leg
        .and_then(|leg| leg.time)
        .map(|time| time.seconds().to_string());
    let price = leg.and_then(|leg| leg.price).map(|price| price.to_string());
    format!("{},{}", time.unwrap_or_default(), price.unwrap_or_default())
}
