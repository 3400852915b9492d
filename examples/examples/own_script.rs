//! One's own Pine script with an input: signed in by password, found by name, computed on bars.
//!
//! `cargo run -p tv-examples --example own_script`

use std::{error::Error, io::Write};

use tv_client::{Client, Interval, SeriesRequest, TokenSource};
use tv_http::{
    client::HttpClient,
    login::{Login, LoginStep},
    pine::{ScriptFilter, ScriptId, ScriptList},
};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sim = tv_sim::SimServer::builder().start().await?;
    let http = HttpClient::builder().base_of_all(sim.http_url()).build()?;
    run(&http, &sim.url(), 20, &mut std::io::stdout()).await
}

/// Writes times and values of the script "My RSI 1" with this length.
pub(crate) async fn run(
    http: &HttpClient,
    url: &str,
    length: i64,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let mut login = Login::new(http, "premium", "simulated");
    let LoginStep::Done(signed_in) = login.start().await? else {
        return Err("a second factor is needed".into());
    };
    let account = signed_in.account(http);
    let http = account.client().await.ok_or("a token has no cookies")?;
    let scripts = http.ask(&ScriptList::new(ScriptFilter::Saved)).await?;
    let mine = scripts
        .iter()
        .find(|it| it.name.as_deref() == Some("My RSI 1"));
    let id = mine
        .and_then(|it| it.script_id.clone())
        .ok_or("no such script")?;
    // Described anew each time, because the script's text on the wire expires. A script that the
    // account may not use is `ScriptError::NotEntitled`.
    let info = http.script(&ScriptId::new(id)?).await?;
    let request = info.script()?.input("RSI Length", length)?.spec();

    let tokens = TokenSource::new(account.tokens());
    let client = Client::builder().endpoint(url).auth(tokens);
    let client = client.connect().await?;
    let series = SeriesRequest::new("NASDAQ:AAPL", Interval::DAY)?.count(100);
    let series = client.series(series).await?;
    let mut study = series.study(request).await?;
    for point in study.snapshot().await? {
        // By the title that the script gives its plot.
        if let Some(value) = study.plots().row(&point.values)["RSI"] {
            writeln!(out, "{} {value}", point.time.seconds())?;
        }
    }
    Ok(())
}
