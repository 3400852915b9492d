//! Studies of a series, computed by the server: RSI, and Bollinger bands with an input, beside the
//! bars.
//!
//! `cargo run -p tv-examples --example studies`

use std::{collections::BTreeMap, error::Error, io::Write};

use tv_client::{Client, Interval, SeriesRequest, StudyRequest};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let simulator = tv_sim::SimServer::builder().start().await?;
    run(&simulator.url(), &mut std::io::stdout()).await
}

pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let client = Client::builder().endpoint(url).connect().await?;
    let request = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY)?.count(100);
    let series = client.series(request).await?;
    let rsi = StudyRequest::new("RSI@tv-basicstudies-241");
    let bands = StudyRequest::new("BB@tv-basicstudies-241").input("length", 10);
    // The plots of RSI and of the bands: basis, upper, lower. None before a first full window.
    let mut plots = BTreeMap::<_, Vec<_>>::new();
    for request in [rsi, bands] {
        for point in series.study(request).await?.snapshot().await? {
            plots.entry(point.time).or_default().extend(point.values);
        }
    }
    for bar in series.history() {
        if let Some([Some(rsi), _, Some(upper), Some(lower)]) = plots.get(&bar.time).map(|it| &**it)
        {
            writeln!(
                out,
                "{} {} {rsi:.2} {lower:.2} {upper:.2}",
                bar.time.seconds(),
                bar.close
            )?;
        }
    }
    Ok(())
}
