//! Every event of one request, as text with the seconds since the start.
//!
//! `cargo run -p tv-examples --example probe -- series ws://127.0.0.1:PORT/socket.io/websocket
//! SIM:A 1S 10 5` follows a series of ten bars for five seconds. With `KEEP` in the environment,
//! the client tries for ever to connect.

use std::{
    error::Error,
    fmt::Arguments,
    io::{self, Write},
    time::{Duration, Instant},
};

use clap::{Parser, ValueEnum};
use tv_client::{
    Client, HistoryEnd, HistoryRequest, Interval, QuoteEvent, QuoteRequest, Reconnect,
    ReconnectPolicy, ReplayRequest, Series, SeriesRequest, StudyRequest,
};

/// Where a replay begins: Unix seconds, 14 November 2023.
const REPLAY_FROM: i64 = 1_700_000_000;

/// What to ask for.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Options {
    /// The kind of request.
    mode: Mode,

    /// WebSocket address of the server.
    url: String,

    /// The symbol; quotes may have several, separated by `|`.
    symbol: String,

    /// Length of a bar.
    interval: Interval,

    /// Bars of history.
    count: usize,

    /// Seconds until the program ends.
    seconds: f64,

    /// Id of the study, such as RSI@tv-basicstudies-241.
    #[arg(required_if_eq("mode", "study"))]
    study: Option<String>,
}

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Last prices and descriptions.
    Quotes,
    /// Bars of the past.
    History,
    /// Bars, followed.
    Series,
    /// Bars, followed, and the values of a study.
    Study,
    /// Bars as of a moment of the past.
    Replay,
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let keep = std::env::var_os("KEEP").is_some();
    run(&Options::parse(), keep, &mut io::stdout()).await
}

pub(crate) async fn run(
    options: &Options,
    keep_trying: bool,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let limit = Duration::try_from_secs_f64(options.seconds)?;
    let mut clock = Clock {
        out,
        begun: Instant::now(),
    };
    let mut builder = Client::builder().endpoint(&options.url);
    if keep_trying {
        builder = builder.reconnect(Reconnect::Always(ReconnectPolicy::default()));
    }
    let client = match tokio::time::timeout(limit, builder.connect()).await {
        Ok(Ok(client)) => client,
        Ok(Err(error)) => {
            clock.line(format_args!("connect error: {error} / {error:?}"))?;
            return Ok(());
        }
        Err(_elapsed) => {
            clock.line(format_args!("connect: still trying"))?;
            return Ok(());
        }
    };
    clock.line(format_args!("connected"))?;
    let shown = async {
        match options.mode {
            Mode::Quotes => quotes(&client, options, &mut clock).await,
            Mode::History => history(&client, options, &mut clock).await,
            Mode::Series => series(&client, options, &mut clock).await,
            Mode::Study => study(&client, options, &mut clock).await,
            Mode::Replay => replay(&client, options, &mut clock).await,
        }
    };
    match tokio::time::timeout(limit, shown).await {
        Ok(result) => result?,
        Err(_elapsed) => clock.line(format_args!("(time over)"))?,
    }
    Ok(())
}

async fn quotes(
    client: &Client,
    options: &Options,
    clock: &mut Clock<'_, impl Write>,
) -> Result<(), Box<dyn Error>> {
    let request = QuoteRequest::new(options.symbol.split('|'))?.fields(["lp", "description"]);
    let mut quotes = match client.quotes(request).await {
        Ok(quotes) => quotes,
        Err(error) => return Ok(clock.line(format_args!("quotes error: {error}"))?),
    };
    while let Some(event) = quotes.next().await {
        match event {
            QuoteEvent::Update(update) => {
                let (symbol, last) = (&update.symbol, update.quote.last());
                clock.line(format_args!("update {symbol} lp={last:?}"))?;
            }
            other => clock.line(format_args!("{other:?}"))?,
        }
    }
    Ok(clock.line(format_args!("end"))?)
}

async fn history(
    client: &Client,
    options: &Options,
    clock: &mut Clock<'_, impl Write>,
) -> Result<(), Box<dyn Error>> {
    let request = HistoryRequest::new(options.symbol.as_str(), options.interval)?;
    match client.history(request.count(options.count)).await {
        Ok(history) => clock.line(format_args!(
            "{} bars mode {} completed {:?} first {:?}",
            history.bars.len(),
            history.update_mode.as_str(),
            end_of(history.data_completed.as_ref()),
            history.bars.first()
        ))?,
        Err(error) => clock.line(format_args!("history error: {error} / {error:?}"))?,
    }
    Ok(())
}

async fn series(
    client: &Client,
    options: &Options,
    clock: &mut Clock<'_, impl Write>,
) -> Result<(), Box<dyn Error>> {
    let Some(mut series) = open_series(client, options, clock).await? else {
        return Ok(());
    };
    while let Some(event) = series.next().await {
        clock.line(format_args!("{event:?}"))?;
    }
    Ok(clock.line(format_args!("end"))?)
}

async fn study(
    client: &Client,
    options: &Options,
    clock: &mut Clock<'_, impl Write>,
) -> Result<(), Box<dyn Error>> {
    let Some(mut series) = open_series(client, options, clock).await? else {
        return Ok(());
    };
    let id = options.study.as_deref().unwrap_or_default();
    let mut study = match series.study(StudyRequest::new(id)).await {
        Ok(study) => study,
        Err(error) => return Ok(clock.line(format_args!("study error: {error}"))?),
    };
    loop {
        tokio::select! {
            event = study.next() => match event {
                Some(event) => clock.line(format_args!("study {event:?}"))?,
                None => return Ok(clock.line(format_args!("study end"))?),
            },
            event = series.next() => match event {
                Some(event) => clock.line(format_args!("series {event:?}"))?,
                None => return Ok(clock.line(format_args!("series end"))?),
            },
        }
    }
}

/// The reason as the server names it.
fn end_of(end: Option<&HistoryEnd>) -> Option<&str> {
    end.map(HistoryEnd::as_str)
}

async fn open_series(
    client: &Client,
    options: &Options,
    clock: &mut Clock<'_, impl Write>,
) -> Result<Option<Series>, Box<dyn Error>> {
    let request = SeriesRequest::new(options.symbol.as_str(), options.interval)?;
    match client.series(request.count(options.count)).await {
        Ok(series) => {
            clock.line(format_args!(
                "history {} mode {} completed {:?}",
                series.history().len(),
                series.update_mode().as_str(),
                end_of(series.data_completed())
            ))?;
            Ok(Some(series))
        }
        Err(error) => {
            clock.line(format_args!("series error: {error} / {error:?}"))?;
            Ok(None)
        }
    }
}

async fn replay(
    client: &Client,
    options: &Options,
    clock: &mut Clock<'_, impl Write>,
) -> Result<(), Box<dyn Error>> {
    let request = ReplayRequest::new(options.symbol.as_str(), options.interval, REPLAY_FROM)?;
    match client.replay(request.count(options.count)).await {
        Ok(mut replay) => {
            clock.line(format_args!("replay history {}", replay.history().len()))?;
            while let Some(event) = replay.next().await {
                clock.line(format_args!("{event:?}"))?;
            }
        }
        Err(error) => clock.line(format_args!("replay error: {error} / {error:?}"))?,
    }
    Ok(())
}

/// Writes lines with the time since the start.
struct Clock<'o, W> {
    out: &'o mut W,
    begun: Instant,
}

impl<W: Write> Clock<'_, W> {
    fn line(&mut self, text: Arguments<'_>) -> io::Result<()> {
        let seconds = self.begun.elapsed().as_secs_f64();
        writeln!(self.out, "{seconds:7.3} {text}")?;
        self.out.flush()
    }
}
