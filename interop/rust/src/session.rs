//! The client's own commands: quotes, series, and their events.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tradingview::chart::DataPoint;
use tradingview::chart::Range;
use tradingview::error::TradingViewError;
use tradingview::{Interval, Timezone, TradingViewDataEvent as Event};

use crate::check::{LIMIT, Outcome, must, row, same};
use crate::ledger;
use crate::tap::{Peer, Seen, Tap, connect};

const AAPL: &str = "NASDAQ:AAPL";
const BTC: &str = "BINANCE:BTCUSDT";
const FIELDS: [&str; 11] = [
    "lp",
    "lp_time",
    "volume",
    "ch",
    "chp",
    "bid",
    "ask",
    "high_price",
    "low_price",
    "open_price",
    "prev_close_price",
];
const LIVE: [&str; 2] = [BTC, "SIM:INTEROP5"];

/// The client's errors as text.
pub fn reported(error: tradingview::Error) -> String {
    error.to_string()
}

/// A chart session with a loaded series of `count` bars, and the time before its first request, in
/// milliseconds of the market.
pub async fn charted(
    peer: &Peer,
    session: &str,
    symbol: &str,
    interval: Interval,
    count: u64,
) -> Result<i64, String> {
    let since = ledger::now_ms().await?;
    let client = &peer.client;
    client
        .create_chart_session(session)
        .await
        .map_err(reported)?;
    let resolve = client
        .resolve_symbol()
        .session(session)
        .symbol_series_id("sds_sym_1");
    resolve.instrument(symbol).call().await.map_err(reported)?;
    let create = client
        .create_series()
        .chart_session(session)
        .series_identifier("sds_1")
        .series_id("s1");
    let create = create
        .symbol_series_id("sds_sym_1")
        .interval(interval)
        .bar_count(count);
    create.call().await.map_err(reported)?;
    peer.tap.nth(1, Event::OnSeriesCompleted, session).await?;
    Ok(since)
}

/// The bars of the series in a session are those of the simulator, `count` of them; `symbol` is
/// what the ledger calls it.
pub async fn same_series(
    peer: &Peer,
    session: &str,
    symbol: &str,
    interval: Interval,
    (count, since): (usize, i64),
) -> Result<(), String> {
    let rows = peer.tap.rows(session, "sds_1", "s");
    let points: Vec<_> = rows
        .into_values()
        .map(|value| DataPoint { index: 0, value })
        .collect();
    ledger::same_count(&points, count, since)?;
    ledger::same_bars(&points, symbol, interval, since).await
}

/// Quotes of several symbols, each with its name; one is removed, and the others go on.
async fn quotes() -> Outcome {
    let peer = connect().await?;
    let (client, tap) = (&peer.client, &peer.tap);
    client
        .create_quote_session("qs_rust")
        .await
        .map_err(reported)?;
    client.set_fields("qs_rust").await.map_err(reported)?;
    client
        .add_symbols("qs_rust", &LIVE)
        .await
        .map_err(reported)?;
    client
        .fast_symbols("qs_rust", &LIVE)
        .await
        .map_err(reported)?;
    let [first, second] = LIVE;
    let count = |symbol| tap.quotes("qs_rust", symbol).len();
    tap.until("quotes of both", |_| {
        (count(first) > 5 && count(second) > 5).then_some(())
    })
    .await?;
    for symbol in LIVE {
        let quote: BTreeMap<String, Value> = tap
            .quotes("qs_rust", symbol)
            .iter()
            .filter_map(Value::as_object)
            .flat_map(Clone::clone)
            .collect();
        let live = |values: &dyn Fn(&str) -> Value| FIELDS.map(values);
        let found = live(&|field| quote.get(field).cloned().unwrap_or_default());
        let at = found[1].as_i64().ok_or("no lp_time")?;
        let reported = ledger::quotes(symbol, at).await?;
        must(
            reported
                .iter()
                .any(|tick| live(&|field| tick[field].clone()) == found),
            || format!("{FIELDS:?} of {symbol} are {found:?}, at no tick of {reported:?}"),
        )?;
    }
    client
        .remove_symbols("qs_rust", &[second])
        .await
        .map_err(reported)?;
    // Once a symbol that was asked for later is there, the server has read this.
    client
        .add_symbols("qs_rust", &[AAPL])
        .await
        .map_err(reported)?;
    let later = |_: &Tap| (count(AAPL) > 0).then_some(());
    tap.until("another symbol", later).await?;
    let (removed, kept) = (count(second), count(first));
    tap.until("more quotes of the other", |_| {
        (count(first) > kept + 3).then_some(())
    })
    .await?;
    same(count(second), removed, "quotes of what was removed")?;
    client
        .delete_quote_session("qs_rust")
        .await
        .map_err(reported)?;
    Ok(format!(
        "{} quotes",
        tap.count(Event::OnQuoteData, "qs_rust")
    ))
}

async fn unknown_quote() -> Outcome {
    let peer = connect().await?;
    peer.client
        .create_quote_session("qs_rust")
        .await
        .map_err(reported)?;
    peer.client
        .add_symbols("qs_rust", &["XXXXX:NOPE"])
        .await
        .map_err(reported)?;
    let quote = peer.tap.nth(1, Event::OnQuoteData, "qs_rust").await?;
    same(quote[1]["s"].as_str(), Some("error"), "status")?;
    Ok(quote[1]["errmsg"].to_string())
}

async fn more() -> Outcome {
    let peer = connect().await?;
    let since = charted(&peer, "cs_more", AAPL, Interval::OneHour, 50).await?;
    peer.client
        .request_more_data("cs_more", "sds_1", 100)
        .await
        .map_err(reported)?;
    peer.tap.nth(2, Event::OnSeriesCompleted, "cs_more").await?;
    same_series(&peer, "cs_more", AAPL, Interval::OneHour, (150, since)).await?;
    Ok("50 + 100 bars".to_owned())
}

/// When the newest bar of a session's series opens, in seconds.
fn newest(peer: &Peer, session: &str) -> i64 {
    let rows = peer.tap.rows(session, "sds_1", "s");
    rows.into_keys().max().unwrap_or_default()
}

/// Times of bars to come, in an update that has no bars.
async fn tickmarks() -> Outcome {
    let peer = connect().await?;
    charted(&peer, "cs_marks", BTC, Interval::OneHour, 10).await?;
    let loaded = newest(&peer, "cs_marks");
    peer.client
        .request_more_tickmarks("cs_marks", "sds_1", 5)
        .await
        .map_err(reported)?;
    let marks = |seen: &[Seen]| {
        let bare = seen
            .iter()
            .filter(|(kind, p)| *kind == Event::OnChartData && p[1] == json!({}));
        bare.last().map(|(_, p)| p[2]["changes"].clone())
    };
    let changes: Vec<f64> = serde_json::from_value(
        peer.tap
            .until("times to come", |tap| tap.look(marks))
            .await?,
    )
    .map_err(|error| error.to_string())?;
    // Counted from the newest bar there was when this was answered; an hour may have begun since
    // the load.
    let hours = |newest: i64| {
        (1..=5)
            .map(|hour| (newest + hour * 3600) as f64)
            .collect::<Vec<_>>()
    };
    let now = ledger::now().await? / 3600 * 3600;
    must(
        [loaded, now].iter().any(|from| hours(*from) == changes),
        || format!("{changes:?} do not follow {loaded} or {now}"),
    )?;
    Ok("5 hours".to_owned())
}

async fn changed() -> Outcome {
    let peer = connect().await?;
    let since = charted(&peer, "cs_change", AAPL, Interval::OneHour, 20).await?;
    let resolve = peer
        .client
        .resolve_symbol()
        .session("cs_change")
        .symbol_series_id("sds_sym_2");
    resolve.instrument(BTC).call().await.map_err(reported)?;
    let modify = peer
        .client
        .modify_series()
        .chart_session("cs_change")
        .series_identifier("sds_1");
    let modify = modify
        .series_id("s2")
        .symbol_series_id("sds_sym_2")
        .interval(Interval::FifteenMinutes);
    let to = since.unsigned_abs() / 900_000 * 900;
    let range = Range::FromTo(to - 40 * 900, to);
    modify
        .bar_count(0)
        .range(range)
        .call()
        .await
        .map_err(reported)?;
    peer.tap
        .nth(2, Event::OnSeriesCompleted, "cs_change")
        .await?;
    let reloaded = |seen: &[Seen]| {
        let loads = seen.iter().filter(|(kind, _)| *kind == Event::OnChartData);
        let load = loads.last().and_then(|(_, p)| p[1].get("sds_1").cloned());
        load.filter(|load| {
            load["t"] == "s2" && load["s"].as_array().is_some_and(|rows| !rows.is_empty())
        })
    };
    let load = peer
        .tap
        .until("bars of the new turnaround", |tap| tap.look(reloaded))
        .await?;
    let points: Vec<DataPoint> =
        serde_json::from_value(load["s"].clone()).map_err(|error| error.to_string())?;
    ledger::same_bars(&points, BTC, Interval::FifteenMinutes, since).await?;
    Ok(format!("{} bars", points.len()))
}

async fn zoned() -> Outcome {
    let peer = connect().await?;
    peer.client.set_locale("en", "US").await.map_err(reported)?;
    peer.client
        .set_data_quality("low")
        .await
        .map_err(reported)?;
    charted(&peer, "cs_zone", BTC, Interval::OneDay, 10).await?;
    peer.client
        .set_timezone("cs_zone", Timezone::AmericaNewYork)
        .await
        .map_err(reported)?;
    let before = peer.tap.count(Event::OnChartDataUpdate, "cs_zone");
    peer.tap
        .nth(before + 3, Event::OnChartDataUpdate, "cs_zone")
        .await?;
    no_errors(&peer)?;
    Ok(String::new())
}

fn no_errors(peer: &Peer) -> Result<(), String> {
    peer.tap.look(|seen| {
        let error = seen
            .iter()
            .find(|(kind, _)| matches!(kind, Event::OnError(_)));
        error.map_or(Ok(()), |error| Err(format!("{error:?}")))
    })
}

/// Removed series and deleted sessions are silent.
async fn removed() -> Outcome {
    let peer = connect().await?;
    for session in ["cs_series", "cs_session"] {
        charted(&peer, session, BTC, Interval::OneMinute, 3).await?;
        peer.tap.nth(2, Event::OnChartDataUpdate, session).await?;
    }
    peer.client
        .remove_series("cs_series", "sds_1")
        .await
        .map_err(reported)?;
    peer.client
        .delete_chart_session("cs_session")
        .await
        .map_err(reported)?;
    // Once a series that was asked for later is there, the server has read this; once that goes on,
    // the others would have, too.
    charted(&peer, "cs_later", BTC, Interval::OneMinute, 3).await?;
    let updates = || {
        ["cs_series", "cs_session"].map(|session| peer.tap.count(Event::OnChartDataUpdate, session))
    };
    let before = updates();
    peer.tap
        .nth(6, Event::OnChartDataUpdate, "cs_later")
        .await?;
    same(updates(), before, "updates after the end")?;
    no_errors(&peer)?;
    Ok(String::new())
}

/// A series in a session that was never made.
async fn refused() -> Outcome {
    let peer = connect().await?;
    charted(&peer, "cs_good", AAPL, Interval::OneDay, 2).await?;
    let create = peer
        .client
        .create_series()
        .chart_session("cs_good")
        .series_identifier("sds_2")
        .series_id("s2");
    let create = create
        .symbol_series_id("sds_sym_9")
        .interval(Interval::OneDay)
        .bar_count(2);
    create.call().await.map_err(reported)?;
    let kinds = [
        TradingViewError::SeriesError,
        TradingViewError::CriticalError,
    ]
    .map(Event::OnError);
    let error = |seen: &[Seen]| seen.iter().find(|(kind, _)| kinds.contains(kind)).cloned();
    let (kind, params) = peer.tap.until("an error", |tap| tap.look(error)).await?;
    same(params[0].as_str(), Some("cs_good"), "session")?;
    Ok(format!("{kind:?} {params:?}"))
}

/// Follows one-minute bars over a boundary.
pub async fn live() -> Outcome {
    let peer = connect().await?;
    charted(&peer, "cs_live", BTC, Interval::OneMinute, 3).await?;
    let newest = newest(&peer, "cs_live");
    let rows = || peer.tap.rows("cs_live", "sds_1", "s");
    let end = std::time::Instant::now() + Duration::from_secs(150);
    while !rows().contains_key(&(newest + 60)) {
        must(std::time::Instant::now() < end, || {
            "the next minute did not begin".to_owned()
        })?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // A boundary right after the start leaves the bar no time to grow: the next one has it.
    peer.tap.nth(4, Event::OnChartDataUpdate, "cs_live").await?;
    let reported = ledger::bars(BTC, "1", newest, newest).await?;
    same(
        rows().remove(&newest),
        reported.closed.into_iter().next(),
        "the bar that closed",
    )?;
    Ok(format!(
        "{} updates",
        peer.tap.count(Event::OnChartDataUpdate, "cs_live")
    ))
}

/// All rows of this file but the one that waits for a minute to end.
pub async fn sessions() {
    row("quotes: two symbols, live, one removed", LIMIT, quotes()).await;
    row("quotes: unknown symbol", LIMIT, unknown_quote()).await;
    row("series: request_more_data", LIMIT, more()).await;
    row("series: request_more_tickmarks", LIMIT, tickmarks()).await;
    row("series: modify_series", LIMIT, changed()).await;
    row("series: locale, data quality, time zone", LIMIT, zoned()).await;
    row(
        "series: remove_series, delete_chart_session",
        LIMIT,
        removed(),
    )
    .await;
    row(
        "refusal: series of a symbol that was not resolved",
        LIMIT,
        refused(),
    )
    .await;
}
