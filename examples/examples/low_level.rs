//! Every message by hand: the steps that a service makes from a session's id to a stream of data.
//!
//! `tv-transport` carries texts, `tv-protocol` frames and reads them; which command is sent when is
//! written here.
//!
//! `cargo run -p tv-examples --example low_level`, with `TV_LIVE=1` in front for real data.

use std::collections::{HashSet, VecDeque};
use std::error::Error;
use std::io::Write;
use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use tokio::sync::mpsc;
use tv_protocol::frame::{Frame, encode, encode_heartbeat, split};
use tv_protocol::id::SessionId;
use tv_protocol::json::Json;
use tv_protocol::message::{ClientMessage, ServerMessage, client};
use tv_protocol::quote::ALL_FIELDS;
use tv_protocol::secret::AuthToken;
use tv_protocol::symbol::{Symbol, SymbolDescriptor};
use tv_sim::{SimBuilder, SimServer};
use tv_transport::{CloseReason, Driver, Endpoint, Outgoing, Protocol, Status, TransportOptions};

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
    // 1. Connect. One task owns the socket; texts go in and payloads come out by channels.
    let options = TransportOptions::default();
    let socket = tv_transport::connect(&Endpoint::new(url)?, &options).await?;
    let (commands, receiver) = mpsc::channel(64);
    let (payloads, mut stream) = mpsc::unbounded_channel();
    let mut driver = Driver::new(Payloads::default(), receiver, options);
    let task = tokio::spawn(async move {
        driver
            .drive(socket, 1, |payload| {
                payloads.send(payload).unwrap_or_default()
            })
            .await
    });
    let symbols = Vec::new();
    let mut service = Service {
        commands,
        symbols,
        out,
    };

    // 2. Generate ids of sessions: a prefix and twelve random characters.
    let mut random = StdRng::try_from_rng(&mut SysRng)?;
    let quotes = SessionId::generate(SessionId::QUOTE, &mut random);
    let chart = SessionId::generate(SessionId::CHART, &mut random);

    // 3. to 5. Sign in, open both sessions, and add symbols: one to both, others to the quotes.
    service.initialize_sessions(&quotes, &chart).await?;
    let first = Symbol::new("BINANCE:BTCUSDT")?;
    service.add_symbol(&quotes, &chart, first, "1", 5).await?;
    let more = ["BINANCE:ETHUSDT", "NASDAQ:AAPL"];
    service.add_symbols(&quotes, &more).await?;

    // 6. Stream, until all symbols are complete and the bars are there and have changed.
    // The server may complete a symbol again, when its updates become fast.
    let mut complete = HashSet::new();
    let (mut loaded, mut changed) = (false, false);
    while complete.len() < 3 || !loaded || !changed {
        let Some(payload) = stream.recv().await else {
            break;
        };
        let received = ServerMessage::decode(&payload);
        match received.message {
            ServerMessage::Hello(hello) => service.show("greeting", hello.pool().unwrap_or("?"))?,
            ServerMessage::QuoteData(quote) => {
                let fields = quote.data.values.len();
                service.show("quote", &format!("{}, {fields} fields", quote.data.name))?;
            }
            ServerMessage::QuoteCompleted(done) => {
                service.show("complete", &done.name)?;
                complete.insert(done.name.to_string());
            }
            ServerMessage::TimescaleUpdate(update) => {
                let bars = update.objects.get("sds_1").and_then(|series| series.bars);
                for bar in bars.iter().flat_map(|bars| bars.rows()) {
                    let (time, open, high, low, close) =
                        (bar.time.seconds(), bar.open, bar.high, bar.low, bar.close);
                    service.show("bar", &format!("{time} {open} {high} {low} {close}"))?;
                }
            }
            ServerMessage::SeriesCompleted(_) => loaded = true,
            ServerMessage::DataUpdate(_) => {
                changed = true;
                service.show("update", "of the open bar or the study")?;
            }
            // Whatever else there is has a type as well, and what is unknown comes with its text.
            ServerMessage::ProtocolError(error) => {
                return Err(error.text.to_text().into());
            }
            other => service.show("message", other.method())?,
        }
    }

    // 7. Close: the driver ends with its last sender.
    drop(service);
    task.await?;
    Ok(())
}

/// Writes commands to the connection, and tells what it does.
struct Service<'a, W> {
    commands: mpsc::Sender<String>,
    /// All that were added to the quotes.
    symbols: Vec<String>,
    out: &'a mut W,
}

impl<W: Write> Service<'_, W> {
    /// Builds the JSON of a command, frames it with its length, and sends it.
    async fn send(&mut self, command: impl Into<ClientMessage<'_>>) -> Result<(), Box<dyn Error>> {
        let json = command.into().to_json();
        let mut framed = String::new();
        encode(&json, &mut framed);
        self.show("send", &framed)?;
        Ok(self.commands.send(framed).await?)
    }

    async fn initialize_sessions(
        &mut self,
        quotes: &SessionId,
        chart: &SessionId,
    ) -> Result<(), Box<dyn Error>> {
        let token = &AuthToken::anonymous();
        let (language, country) = ("en".into(), "US".into());
        let session = || quotes.as_str().into();
        self.send(client::SetAuthToken {
            token: token.into(),
        })
        .await?;
        self.send(client::SetLocale { language, country }).await?;
        let parameters = Some("".into());
        let chart = chart.as_str().into();
        self.send(client::ChartCreateSession {
            session: chart,
            parameters,
        })
        .await?;
        self.send(client::QuoteCreateSession { session: session() })
            .await?;
        let fields = ALL_FIELDS.map(Into::into).into();
        self.send(client::QuoteSetFields {
            session: session(),
            fields,
        })
        .await?;
        self.send(client::QuoteHibernateAll { session: session() })
            .await
    }

    /// Adds a symbol to the quotes, and its bars and their volume to the chart.
    async fn add_symbol(
        &mut self,
        quotes: &SessionId,
        chart: &SessionId,
        symbol: Symbol,
        interval: &str,
        bars: u32,
    ) -> Result<(), Box<dyn Error>> {
        let session = || chart.as_str().into();
        let descriptor = SymbolDescriptor::new(symbol.clone()).to_wire();
        self.add_symbols(quotes, &[symbol.as_str()]).await?;
        let resolve = client::ResolveSymbol {
            session: session(),
            id: "sds_sym_1".into(),
            symbol: descriptor.into(),
        };
        self.send(resolve).await?;
        let create = client::CreateSeries {
            session: session(),
            series: "sds_1".into(),
            turnaround: "s1".into(),
            symbol: "sds_sym_1".into(),
            resolution: interval.into(),
            range: client::Range::Count(bars.into()),
            timeframe: Some("".into()),
        };
        self.send(create).await?;
        let study = client::CreateStudy {
            session: session(),
            study: "st1".into(),
            turnaround: "st1".into(),
            parent: "sds_1".into(),
            study_type: "Volume@tv-basicstudies-241".into(),
            inputs: Json::parse(r#"{"length":20,"col_prev_close":"false"}"#)?,
        };
        self.send(study).await
    }

    /// Adds symbols to the quotes, all at once, and asks for fast updates of them.
    async fn add_symbols(
        &mut self,
        quotes: &SessionId,
        names: &[&str],
    ) -> Result<(), Box<dyn Error>> {
        let session = || quotes.as_str().into();
        let symbols = names.iter().copied().collect();
        self.send(client::QuoteAddSymbols {
            session: session(),
            symbols,
        })
        .await?;
        // Always the full list: it seems to replace the one before.
        self.symbols.extend(names.iter().map(ToString::to_string));
        let symbols = self
            .symbols
            .iter()
            .map(|name| name.clone().into())
            .collect();
        self.send(client::QuoteFastSymbols {
            session: session(),
            symbols,
        })
        .await
    }

    fn show(&mut self, what: &str, text: &str) -> std::io::Result<()> {
        writeln!(self.out, "{what} {text}")
    }
}

/// The least that a connection needs: frames are split, and heartbeats sent back.
#[derive(Default)]
struct Payloads {
    received: VecDeque<String>,
    queued: VecDeque<Outgoing>,
}

impl Protocol for Payloads {
    type Command = String;
    type Event = String;

    fn handle_command(&mut self, _: Instant, framed: String) {
        self.queued.push_back(Outgoing::Text(framed));
    }

    fn handle_text(&mut self, _: Instant, text: &str) {
        for frame in split(text) {
            match frame {
                Ok(Frame::Json(payload)) => self.received.push_back(payload.to_owned()),
                Ok(Frame::Heartbeat(number)) => {
                    let mut echo = String::new();
                    encode_heartbeat(number, &mut echo);
                    self.queued.push_back(Outgoing::Text(echo));
                }
                Err(error) => self.received.push_back(format!("broken frame: {error}")),
            }
        }
    }

    fn poll_transmit(&mut self) -> Option<Outgoing> {
        self.queued.pop_front()
    }

    fn poll_event(&mut self) -> Option<String> {
        self.received.pop_front()
    }

    fn status(&self) -> Status {
        Status::Ready
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn on_open(&mut self, _: u64, _: Instant) {}
    fn handle_binary(&mut self, _: Instant, _: &[u8]) {}
    fn handle_timeout(&mut self, _: Instant) {}
    fn handle_close(&mut self, _: Instant, _: &CloseReason) {}
}
