//! Every message by hand: the steps that a service makes from a session's id to a stream of data.
//!
//! `tv-client` connects, signs in, answers heartbeats and reconnects; which command is sent when is
//! written here.
//!
//! `cargo run -p tv-examples --example low_level`, with `TV_LIVE=1` in front for real data.

use std::collections::HashSet;
use std::error::Error;
use std::io::Write;

use tv_client::wire::{Direction, Sender, ServerMessage, SessionId, TapEvent, command};
use tv_client::{ALL_FIELDS, Client, Json, Symbol, SymbolDescriptor};
use tv_sim::{SimBuilder, SimServer};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let (url, _simulator) = tv_examples::source(simulator()).await?;
    run(&url, &mut std::io::stdout()).await
}

/// What serves in place of TradingView.
pub(crate) fn simulator() -> SimBuilder {
    SimServer::builder().rate(50.0)
}

pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    // 1. Connect. The tap shows every message in both directions from now on.
    let client = Client::builder().endpoint(url).connect().await?;
    let mut tap = client.tap();

    // 2. Generate ids of sessions: a prefix and twelve random characters.
    let sender = client.sender();
    let quotes = sender.session_id(SessionId::QUOTE);
    let chart = sender.session_id(SessionId::CHART);

    // 3. Open both sessions, and ask in them for data.
    ask_for_quotes(&sender, &quotes).await?;
    ask_for_bars(&sender, &chart, Symbol::new("BINANCE:BTCUSDT")?).await?;

    // 4. Stream, until all symbols are complete and the bars are there and have changed.
    // The server may complete a symbol again, when its updates become fast.
    let mut complete = HashSet::new();
    let (mut loaded, mut changed) = (false, false);
    while complete.len() < SYMBOLS.len() || !loaded || !changed {
        let message = match tap.next().await {
            Some(TapEvent::Message(message)) => message,
            // What was made by hand ends with its connection.
            Some(TapEvent::Closed { reason, .. }) => return Err(format!("{reason:?}").into()),
            Some(_) => continue,
            None => break,
        };
        if message.direction == Direction::Out {
            writeln!(out, "send {}", message.text)?;
            continue;
        }
        for payload in message.payloads() {
            match ServerMessage::decode(payload).message {
                ServerMessage::QuoteData(quote) => {
                    let fields = quote.data.values.len();
                    writeln!(out, "quote {}, {fields} fields", quote.data.name)?;
                }
                ServerMessage::QuoteCompleted(done) => {
                    writeln!(out, "complete {}", done.name)?;
                    complete.insert(done.name.to_string());
                }
                ServerMessage::TimescaleUpdate(update) => {
                    let bars = update.objects.get("sds_1").and_then(|series| series.bars);
                    for bar in bars.iter().flat_map(|bars| bars.rows()) {
                        let (time, open, high, low, close) =
                            (bar.time.seconds(), bar.open, bar.high, bar.low, bar.close);
                        writeln!(out, "bar {time} {open} {high} {low} {close}")?;
                    }
                }
                ServerMessage::SeriesCompleted(_) => loaded = true,
                ServerMessage::DataUpdate(_) => {
                    changed = true;
                    writeln!(out, "update of the open bar or the study")?;
                }
                // Whatever else there is has a type as well, and what is unknown comes with its
                // text.
                other => writeln!(out, "message {}", other.method())?,
            }
        }
    }

    // 5. Close: the sessions end with the connection.
    client.close().await;
    Ok(())
}

const SYMBOLS: [&str; 3] = ["BINANCE:BTCUSDT", "BINANCE:ETHUSDT", "NASDAQ:AAPL"];

/// All fields of three symbols, with fast updates.
async fn ask_for_quotes(sender: &Sender, session: &SessionId) -> Result<(), Box<dyn Error>> {
    let session = || session.as_str().into();
    let fields = ALL_FIELDS.map(Into::into).into();
    let symbols = SYMBOLS.into_iter().collect();
    let fast = SYMBOLS.map(Into::into).into();
    sender
        .send(command::QuoteCreateSession { session: session() })
        .await?;
    sender
        .send(command::QuoteSetFields {
            session: session(),
            fields,
        })
        .await?;
    sender
        .send(command::QuoteAddSymbols {
            session: session(),
            symbols,
        })
        .await?;
    sender
        .send(command::QuoteFastSymbols {
            session: session(),
            symbols: fast,
        })
        .await?;
    Ok(())
}

/// The last five minutes of a symbol, what follows, and the volume as a study.
async fn ask_for_bars(
    sender: &Sender,
    session: &SessionId,
    symbol: Symbol,
) -> Result<(), Box<dyn Error>> {
    let session = || session.as_str().into();
    let descriptor = SymbolDescriptor::new(symbol).to_wire();
    let create = command::ChartCreateSession {
        session: session(),
        parameters: Some("".into()),
    };
    sender.send(create).await?;
    let resolve = command::ResolveSymbol {
        session: session(),
        id: "sds_sym_1".into(),
        symbol: descriptor.into(),
    };
    sender.send(resolve).await?;
    let series = command::CreateSeries {
        session: session(),
        series: "sds_1".into(),
        turnaround: "s1".into(),
        symbol: "sds_sym_1".into(),
        resolution: "1".into(),
        range: command::Range::Count(5),
        timeframe: Some("".into()),
    };
    sender.send(series).await?;
    let study = command::CreateStudy {
        session: session(),
        study: "st1".into(),
        turnaround: "st1".into(),
        parent: "sds_1".into(),
        study_type: "Volume@tv-basicstudies-241".into(),
        inputs: Json::parse(r#"{"length":20,"col_prev_close":"false"}"#)?,
    };
    sender.send(study).await?;
    Ok(())
}
