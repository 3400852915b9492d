//! Replay: the past, bar by bar.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tradingview::chart::DataPoint;
use tradingview::{Interval, TradingViewDataEvent as Event};

use crate::check::{LIMIT, Outcome, row, same};
use crate::ledger::{self, Row};
use crate::session::reported;
use crate::tap::{Peer, connect};

const BTC: &str = "BINANCE:BTCUSDT";
const HOUR: i64 = 3600;

/// A chart that begins `hours` hours ago, and that time.
async fn replaying(hours: i64) -> Result<(Peer, i64), String> {
    let peer = connect().await?;
    let client = &peer.client;
    let start = (ledger::now().await? / HOUR - hours) * HOUR;
    client
        .create_replay_session("rs_rust")
        .await
        .map_err(reported)?;
    let add = client
        .add_replay_series()
        .replay_session("rs_rust")
        .request_id("add");
    add.instrument(BTC)
        .interval(Interval::OneHour)
        .call()
        .await
        .map_err(reported)?;
    client
        .replay_reset("rs_rust", "reset", start)
        .await
        .map_err(reported)?;
    client
        .create_chart_session("cs_replay")
        .await
        .map_err(reported)?;
    let resolve = client
        .resolve_symbol()
        .session("cs_replay")
        .symbol_series_id("sds_sym_1");
    resolve
        .instrument(BTC)
        .replay_session("rs_rust")
        .call()
        .await
        .map_err(reported)?;
    let create = client
        .create_series()
        .chart_session("cs_replay")
        .series_identifier("sds_1");
    let create = create.series_id("s1").symbol_series_id("sds_sym_1");
    create
        .interval(Interval::OneHour)
        .bar_count(10)
        .call()
        .await
        .map_err(reported)?;
    peer.tap
        .nth(1, Event::OnSeriesCompleted, "cs_replay")
        .await?;
    accepted(&peer, "add").await?;
    accepted(&peer, "reset").await?;
    for kind in [
        Event::OnReplayInstanceId,
        Event::OnReplayPoint,
        Event::OnReplayResolutions,
    ] {
        peer.tap.nth(1, kind, "rs_rust").await?;
    }
    Ok((peer, start))
}

async fn accepted(peer: &Peer, request: &str) -> Result<(), String> {
    let wanted = json!(["rs_rust", request]);
    let found = |seen: &[crate::tap::Seen]| {
        let oks = seen.iter().filter(|(kind, _)| *kind == Event::OnReplayOk);
        oks.into_iter()
            .any(|(_, params)| json!(params) == wanted)
            .then_some(())
    };
    peer.tap
        .until(&format!("replay_ok of {request}"), |tap| tap.look(found))
        .await
}

fn rows(peer: &Peer) -> BTreeMap<i64, Row> {
    peer.tap.rows("cs_replay", "sds_1", "s")
}

async fn reaches(peer: &Peer, time: i64) -> Result<(), String> {
    peer.tap
        .until(&format!("the bar of {time}"), |_| {
            rows(peer).contains_key(&time).then_some(())
        })
        .await
}

/// The bars end with that of a time; all of them are closed ones.
async fn same_past(peer: &Peer, newest: i64) -> Result<(), String> {
    let rows = rows(peer);
    same(
        rows.keys().next_back().copied(),
        Some(newest),
        "the newest bar",
    )?;
    let points: Vec<_> = rows
        .into_values()
        .map(|value| DataPoint { index: 0, value })
        .collect();
    // They are so long over that nothing of them can change.
    ledger::same_bars(&points, BTC, Interval::OneHour, ledger::now_ms().await?).await
}

async fn begins() -> Outcome {
    let (peer, start) = replaying(100).await?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    same(rows(&peer).len(), 10, "bars")?;
    same_past(&peer, start).await?;
    Ok("10 bars".to_owned())
}

async fn steps() -> Outcome {
    let (peer, start) = replaying(100).await?;
    peer.client
        .replay_step("rs_rust", "one", 1)
        .await
        .map_err(reported)?;
    accepted(&peer, "one").await?;
    reaches(&peer, start + HOUR).await?;
    peer.client
        .replay_step("rs_rust", "five", 5)
        .await
        .map_err(reported)?;
    accepted(&peer, "five").await?;
    reaches(&peer, start + 6 * HOUR).await?;
    same_past(&peer, start + 6 * HOUR).await?;
    Ok("1 + 5 bars".to_owned())
}

async fn runs() -> Outcome {
    let (peer, start) = replaying(100).await?;
    peer.client
        .replay_start("rs_rust", "start", 50)
        .await
        .map_err(reported)?;
    accepted(&peer, "start").await?;
    reaches(&peer, start + 3 * HOUR).await?;
    peer.client
        .replay_stop("rs_rust", "stop")
        .await
        .map_err(reported)?;
    accepted(&peer, "stop").await?;
    // Nothing comes once the end is acknowledged.
    let newest = rows(&peer).keys().next_back().copied().unwrap_or_default();
    tokio::time::sleep(Duration::from_millis(300)).await;
    same_past(&peer, newest).await?;
    Ok(format!("{} bars", (newest - start) / HOUR))
}

async fn ends() -> Outcome {
    let (peer, _) = replaying(4).await?;
    peer.client
        .replay_step("rs_rust", "all", 10)
        .await
        .map_err(reported)?;
    accepted(&peer, "all").await?;
    peer.tap.nth(1, Event::OnReplayDataEnd, "rs_rust").await?;
    peer.client
        .delete_replay_session("rs_rust")
        .await
        .map_err(reported)?;
    Ok(String::new())
}

/// All rows of this file.
pub async fn replay() {
    row("replay: begins in the past", LIMIT, begins()).await;
    row("replay: replay_step", LIMIT, steps()).await;
    row("replay: replay_start, replay_stop", LIMIT, runs()).await;
    row("replay: comes to its end", LIMIT, ends()).await;
}
