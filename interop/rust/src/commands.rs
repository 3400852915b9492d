//! What else the client's connection can do: other ways to read bars, its runner of commands, its
//! servers, its tokens.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::mpsc;
use tradingview::live::handler::command::{Command, CommandRunner};
use tradingview::live::handler::message::{
    ChartSeriesCommandMsg, CommandMsg, QuoteCommandMsg, ResolveSymbolCommandMsg,
    SetLocaleCommandMsg,
};
use tradingview::{
    Currency, DataServer, Interval, MarketAdjustment, SessionType, TradingViewDataEvent as Event,
};

use crate::check::{LIMIT, Outcome, must, row, same};
use crate::ledger;
use crate::session::{charted, reported, same_series};
use crate::tap::{Peer, connect, connect_to};

const AAPL: &str = "NASDAQ:AAPL";
const BTC: &str = "BINANCE:BTCUSDT";
const COUNT: u64 = 300;

/// Bars that are read otherwise, and differ from those that are not; `fields` is what the ledger
/// calls the settings.
async fn read(
    interval: Interval,
    adjustment: Option<MarketAdjustment>,
    session: Option<SessionType>,
    currency: Option<Currency>,
    fields: &str,
) -> Outcome {
    let peer = connect().await?;
    let since = ledger::now_ms().await?;
    let client = &peer.client;
    client
        .create_chart_session("cs_read")
        .await
        .map_err(reported)?;
    let resolve = client.resolve_symbol().session("cs_read");
    let resolve = resolve.symbol_series_id("sds_sym_1").instrument(AAPL);
    let resolve = resolve
        .maybe_adjustment(adjustment)
        .maybe_currency(currency);
    let resolve = resolve.maybe_session_type(session).call();
    resolve.await.map_err(reported)?;
    let create = client.create_series().chart_session("cs_read");
    let create = create.series_identifier("sds_1").series_id("s1");
    let create = create.symbol_series_id("sds_sym_1").interval(interval);
    create.bar_count(COUNT).call().await.map_err(reported)?;
    peer.tap.nth(1, Event::OnSeriesCompleted, "cs_read").await?;
    let descriptor = format!(r#"={{"symbol":"{AAPL}",{fields}}}"#);
    let counted = (COUNT as usize, since);
    same_series(&peer, "cs_read", &descriptor, interval, counted).await?;
    let times: Vec<i64> = peer.tap.rows("cs_read", "sds_1", "s").into_keys().collect();
    let span = (times[0], times[times.len() - 1]);
    let bars = async |symbol| ledger::bars_at(symbol, &ledger::name(interval), span, since).await;
    let (other, plain) = (bars(&descriptor).await?, bars(AAPL).await?);
    must(other.closed != plain.closed, || {
        "the setting changes nothing".to_owned()
    })?;
    Ok(format!("{} bars", times.len()))
}

/// Commands that go through a channel to the client's runner, which also reads.
async fn run() -> Outcome {
    let peer = connect_to(DataServer::Data, None).await?;
    let since = ledger::now_ms().await?;
    let (commands, receiver) = mpsc::channel(64);
    let runner = tokio::spawn(CommandRunner::new(receiver, Arc::clone(&peer.client)).run());
    let named = |name: &str| CommandMsg { inner: name.into() };
    let resolve = ResolveSymbolCommandMsg::builder().session("cs_run");
    let resolve = resolve.symbol_series_id("sds_sym_1").instrument(AAPL);
    let create = ChartSeriesCommandMsg::builder().chart_session("cs_run");
    let create = create.series_identifier("sds_1").series_id("s1");
    let create = create
        .symbol_series_id("sds_sym_1")
        .interval(Interval::OneHour);
    let quotes = QuoteCommandMsg {
        quote_session: "qs_run".into(),
        symbols: vec![BTC.into()],
    };
    let locale = SetLocaleCommandMsg::builder().language("en").country("US");
    for command in [
        Command::SetLocale(locale.build()),
        Command::SetDataQuality(named("low")),
        Command::CreateChartSession(named("cs_run")),
        Command::ResolveSymbol(resolve.build()),
        Command::CreateChartSeries(create.bar_count(40).build()),
        Command::BatchCommands(vec![
            Command::CreateQuoteSession(named("qs_run")),
            Command::SetQuoteFields(named("qs_run")),
            Command::AddQuoteSymbols(quotes),
        ]),
        Command::Ping,
    ] {
        let sent = commands.send(command).await;
        sent.map_err(|error| error.to_string())?;
    }
    peer.tap.nth(1, Event::OnSeriesCompleted, "cs_run").await?;
    same_series(&peer, "cs_run", AAPL, Interval::OneHour, (40, since)).await?;
    peer.tap.nth(3, Event::OnQuoteData, "qs_run").await?;
    let close = commands.send(Command::Close).await;
    close.map_err(|error| error.to_string())?;
    drop(commands);
    let ended = runner.await.map_err(|error| error.to_string())?;
    ended.map_err(reported)?;
    must(peer.client.is_closed(), || "it is still open".to_owned())?;
    Ok(String::new())
}

async fn loads(peer: &Peer, interval: Interval) -> Result<(), String> {
    let since = charted(peer, "cs_loads", BTC, interval, 20).await?;
    same_series(peer, "cs_loads", BTC, interval, (20, since)).await
}

/// Each of the client's servers is a host of its own, which leads to the simulator here.
async fn servers() -> Outcome {
    let all = [
        DataServer::Data,
        DataServer::ProData,
        DataServer::WidgetData,
        DataServer::MobileData,
    ];
    for server in all {
        let peer = connect_to(server, None).await?;
        Arc::clone(&peer.client).spawn_reader_task();
        loads(&peer, Interval::OneHour).await?;
        peer.client.close().await.map_err(reported)?;
    }
    Ok(all.map(|server| server.to_string()).join(", "))
}

/// A bad token ends the connection with a reason.
async fn bad_token() -> Outcome {
    let peer = connect_to(DataServer::Data, Some("")).await?;
    Arc::clone(&peer.client).spawn_reader_task();
    let error = Event::OnError(tradingview::error::TradingViewError::ProtocolError);
    let params = peer.tap.nth(1, error, "bad auth token").await?;
    same(json!(params), json!(["bad auth token"]), "reason")?;
    Ok(String::new())
}

/// All rows of this file.
pub async fn commands() {
    row("adjustment: dividends", LIMIT, async {
        let fields = r#""adjustment":"dividends""#;
        let dividends = Some(MarketAdjustment::Dividends);
        read(Interval::OneDay, dividends, None, None, fields).await
    })
    .await;
    row("session: extended", LIMIT, async {
        let fields = r#""session":"extended""#;
        let extended = Some(SessionType::Extended);
        read(Interval::OneHour, None, extended, None, fields).await
    })
    .await;
    row("currency: EUR", LIMIT, async {
        let fields = r#""currency-id":"EUR""#;
        read(Interval::OneDay, None, None, Some(Currency::EUR), fields).await
    })
    .await;
    row("CommandRunner: series and quotes", LIMIT, run()).await;
    row("servers", LIMIT, servers()).await;
    row("refusal: bad token ends the connection", LIMIT, bad_token()).await;
}
