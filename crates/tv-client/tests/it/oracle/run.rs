//! A run: the simulator and a client in a simulated network, from the first fault to the verdict.

use std::{
    convert::Infallible,
    fmt::Write,
    io,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sim::{Ledger, LedgerBar, Oracle, Published, Sim, Verdict};
use tokio::time::{Instant, sleep, sleep_until};
use turmoil::net::{TcpListener, TcpStream};
use tv_client::{
    AuthToken, Client, Dialer, GapReason, Interval, Quote, QuoteField, Reconnect, ReconnectPolicy,
    TokenSource,
};

use super::{
    AGAIN,
    plan::{Followed, Scenario, Weather},
    reader::{Book, Locked, Prices, delay_of, follow, watch},
    studies::StudyBook,
};

const PORT: u16 = 80;

/// How long after the last fault everything may take to be as if there had been none: the slow lane
/// twice, and requests that are given up before they are tried again.
const DEADLINE: Duration = Duration::from_secs(420);

/// How late a closed bar may be delivered: the tolerance of clocks, the time on the way, and a
/// tick.
const LATE: i64 = 12_000;

/// How many bars the simulator's history holds at least: what is older may be lost, if that is
/// reported.
const DEPTH: usize = 19_000;

/// What a run has shown.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) verdicts: Vec<Verdict>,
    /// The delivered and the true bars of each series.
    pub(super) streams: Vec<(Vec<Published>, Vec<LedgerBar>)>,
    /// All that is wrong, in words.
    pub(super) wrong: Vec<String>,
    pub(super) connections: u64,
    pub(super) faults: usize,
    pub(super) resumed: usize,
    pub(super) revised: usize,
    pub(super) stale: usize,
    pub(super) rows: usize,
    pub(super) inputs: usize,
}

impl Outcome {
    pub(super) fn is_clean(&self) -> bool {
        self.wrong.is_empty()
    }
}

/// Runs a scenario in virtual time.
pub(super) fn run(scenario: &Scenario) -> Outcome {
    let mut network = turmoil::Builder::new()
        .rng_seed(scenario.seed)
        .simulation_duration(scenario.span + DEADLINE + Duration::from_secs(600))
        .tick_duration(Duration::from_millis(50))
        .min_message_latency(Duration::from_millis(1))
        .max_message_latency(scenario.latency)
        .tcp_capacity(1 << 16)
        .build();
    let ledger: Locked<Option<Ledger>> = Arc::default();
    let (given, of_server) = (Arc::clone(&ledger), scenario.clone());
    network.host("server", move || {
        serve(of_server.clone(), Arc::clone(&given))
    });
    let outcome: Locked<Outcome> = Arc::default();
    network.client(
        "client",
        client(scenario.clone(), Arc::clone(&ledger), Arc::clone(&outcome)),
    );
    let mut weather = scenario.weather.iter().peekable();
    loop {
        while let Some((_, kind)) = weather.next_if(|(at, _)| *at <= network.elapsed()) {
            match kind {
                Weather::Partition => network.partition("client", "server"),
                Weather::Outwards => network.partition_oneway("client", "server"),
                Weather::Inwards => network.partition_oneway("server", "client"),
                Weather::Hold => network.hold("client", "server"),
                Weather::Fair => {
                    network.repair("client", "server");
                    network.release("client", "server");
                }
            }
        }
        match network.step() {
            Ok(false) => {}
            Ok(true) => break,
            Err(error) => {
                lock(&outcome).wrong.push(format!("the run ended: {error}"));
                break;
            }
        }
    }
    drop(network);
    std::mem::take(&mut *lock(&outcome))
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap()
}

async fn serve(scenario: Scenario, ledger: Locked<Option<Ledger>>) -> turmoil::Result {
    let builder = Sim::builder()
        .seed(scenario.seed)
        .epoch(scenario.epoch)
        .speed(scenario.speed)
        .rate(scenario.rate)
        .faults(scenario.plan);
    let builder = if scenario.is_limited {
        builder.strict_limits()
    } else {
        builder
    };
    let sim = builder.build()?;
    *lock(&ledger) = Some(sim.ledger());
    let listener = TcpListener::bind((IpAddr::V4(Ipv4Addr::UNSPECIFIED), PORT)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(sim.serve(stream));
    }
}

async fn connect(scenario: &Scenario) -> Client {
    // The name stands for this machine, so that no TLS is wanted; the simulated network knows
    // another one.
    let dialer = Dialer::new(|_, _| async { dial().await });
    let mut builder = Client::builder()
        .endpoint("ws://127.0.0.1/socket.io/websocket?type=chart")
        .dialer(dialer)
        .jitter_seed(scenario.seed)
        .reconnect(Reconnect::Always(ReconnectPolicy::default()));
    if scenario.signs_in {
        let calls = AtomicU64::new(0);
        builder = builder.auth(TokenSource::new(move || {
            let number = calls.fetch_add(1, Ordering::Relaxed);
            async move { Ok::<_, Infallible>(AuthToken::new(format!("token {number}"))) }
        }));
    }
    builder.connect().await.unwrap()
}

async fn dial() -> io::Result<TcpStream> {
    TcpStream::connect(("server", PORT)).await
}

async fn client(
    scenario: Scenario,
    ledger: Locked<Option<Ledger>>,
    outcome: Locked<Outcome>,
) -> turmoil::Result {
    let begin = Instant::now();
    let client = connect(&scenario).await;
    let books: Vec<Locked<Book>> = scenario.series.iter().map(|_| Arc::default()).collect();
    let mut tasks = tokio::task::JoinSet::new();
    for (number, (followed, book)) in scenario.series.iter().zip(&books).enumerate() {
        let former = scenario.change.filter(|(changed, ..)| *changed == number);
        let from = former.map(|(_, former, at)| (former, begin + at));
        let reader = follow(
            client.clone(),
            (*followed, from),
            scenario.studies_of(number, begin),
            Arc::clone(book),
        );
        tasks.spawn(reader);
    }
    let prices: Locked<Prices> = Arc::default();
    tasks.spawn(watch(
        client.clone(),
        scenario.quotes.clone(),
        Arc::clone(&prices),
    ));
    sleep_until(begin + scenario.span).await;
    let ledger = lock(&ledger).clone().unwrap();
    let judge = Judge {
        scenario: &scenario,
        ledger: &ledger,
        healed: ledger.now(),
    };
    let limit = begin + scenario.span + DEADLINE;
    let mut unsettled = judge.unsettled(&books, &prices);
    while !unsettled.is_empty() && Instant::now() < limit {
        sleep(AGAIN).await;
        unsettled = judge.unsettled(&books, &prices);
    }
    let mut result = Outcome {
        wrong: unsettled,
        connections: ledger.sessions().len() as u64,
        faults: ledger.faults().len(),
        inputs: scenario.inputs.iter().map(Vec::len).sum(),
        ..Outcome::default()
    };
    for (followed, book) in scenario.series.iter().zip(&books) {
        judge.judge(*followed, &lock(book), &mut result);
    }
    result.wrong.extend(
        lock(&prices)
            .faults
            .iter()
            .map(|fault| format!("quotes: {fault}")),
    );
    *lock(&outcome) = result;
    client.close().await;
    Ok(())
}

/// By how many milliseconds a quote is delayed.
fn quote_delay(quote: &Quote) -> i64 {
    quote.text(&QuoteField::UpdateMode).map_or(0, delay_of)
}

struct Judge<'a> {
    scenario: &'a Scenario,
    ledger: &'a Ledger,
    /// The market's time when faults were over, in milliseconds UTC.
    healed: i64,
}

impl Judge<'_> {
    /// Bars of a series that are closed and open from one time to another.
    fn truth(&self, (symbol, interval): Followed, from: i64, to: i64) -> Vec<LedgerBar> {
        let bars = self.ledger.bars(symbol, interval, from, to);
        bars.unwrap().closed
    }

    /// By how much delivery lags behind the market, in milliseconds of the market.
    fn late(&self, delay: i64) -> i64 {
        LATE * self.scenario.speed as i64 + delay
    }

    /// What is not yet as if there had been no fault.
    fn unsettled(&self, books: &[Locked<Book>], prices: &Locked<Prices>) -> Vec<String> {
        let mut unsettled = Vec::new();
        let now = self.ledger.now();
        for (followed, book) in self.scenario.series.iter().zip(books) {
            let mut book = lock(book);
            let Some(first) = book.first.filter(|_| book.is_live) else {
                unsettled.push(format!("{followed:?} is not live: {:?}", book.refused));
                continue;
            };
            if book.is_another() {
                unsettled.push(format!("{followed:?} is another one: {:?}", book.unchanged));
                continue;
            }
            // A bar is delivered at the latest when the next one has begun or the clock has passed
            // its end. A completion says how late data is, but it may have been corrupted; quotes
            // say it as well.
            let quote = lock(prices).quotes.get(followed.0).map(quote_delay);
            let delay = book.delay().max(quote.unwrap_or_default());
            let due = now.min(self.healed + 60_000) - self.late(delay);
            let interval: Interval = followed.1.parse().unwrap();
            let length = i64::try_from(interval.seconds().unwrap()).unwrap();
            let closed = self.truth(*followed, first, due.div_euclid(1000));
            let ended = closed.partition_point(|bar| bar.time + length <= due / 1000);
            let ended = closed.get(..ended).unwrap_or_default();
            for study in &mut book.studies {
                let wrong = study.wrong(ended);
                unsettled.extend(wrong.map(|wrong| format!("{followed:?}: {wrong}")));
            }
            let closed = ended.last();
            // At high speed the client's clock runs behind: then the last bar before a pause is
            // known and not closed.
            let known = if self.scenario.speed > 1.0 {
                book.newest.max(book.open.map(|bar| bar.time.seconds()))
            } else {
                book.newest
            };
            if closed.is_some_and(|bar| known < Some(bar.time)) {
                unsettled.push(format!(
                    "{followed:?}: reported up to {known:?}, closed up to {closed:?}"
                ));
            }
        }
        if now < self.healed + 60_000 {
            unsettled.push("too early".to_owned());
        }
        self.unsettled_quotes(&lock(prices), now, &mut unsettled);
        unsettled
    }

    fn unsettled_quotes(&self, prices: &Prices, now: i64, unsettled: &mut Vec<String>) {
        if !prices.is_live {
            unsettled.push("quotes are not live".to_owned());
        }
        for name in &self.scenario.quotes {
            let quote = prices.quotes.get(*name);
            let reported = quote.and_then(|quote| Some((quote.last()?, quote.volume()?)));
            let delay = quote.map_or(0, quote_delay);
            let at = |at| {
                let quote = self.ledger.quote(name, at).unwrap();
                let number = |field: &str| quote.get(field)?.as_f64();
                Some((number("lp")?, number("volume")?))
            };
            let ticks = self.ledger.ticks(name, now - self.late(0), now).unwrap();
            // The newest state is likely the one; a delayed one is that of a tick some time ago.
            let mut times = ticks.iter().rev().map(|tick| Some(tick.at_ms - delay));
            let is_true = reported.is_some()
                && (times.any(|time| at(time) == reported)
                    || at(None) == reported
                    || at(Some(now - delay)) == reported);
            if !is_true {
                unsettled.push(format!(
                    "quote of {name}: {reported:?}, true is {:?} after {} ticks",
                    at(Some(now - delay)),
                    ticks.len()
                ));
            }
        }
    }

    /// Compares the events of a reader with the market.
    fn judge(&self, followed: Followed, book: &Book, result: &mut Outcome) {
        let (Some(first), Some(newest)) = (book.first, book.newest) else {
            return;
        };
        // At high speed the grace before a bar is closed by the clock is shorter than the way of
        // its last change, which comes as a revision: the newest bars are not judged before it can
        // be there.
        let newest = if self.scenario.speed > 1.0 {
            newest.min((self.ledger.now() - self.late(book.delay())) / 1000)
        } else {
            newest
        };
        let truth = self.truth(followed, first, newest + 1);
        let reported = book
            .reported
            .iter()
            .copied()
            .filter(|reported| match reported {
                Published::Closed(bar) | Published::Revised(bar) => bar.time <= newest,
                _ => true,
            });
        let reported: Vec<Published> = reported.collect();
        let verdict = Oracle::new(truth.iter().copied()).judge(reported.iter().copied());
        // What is older than the history, when the series goes on or when its reader has come so
        // far.
        let is_excused = |bar: &&LedgerBar| {
            book.gaps.iter().any(|(from, to, reason)| {
                matches!(reason, GapReason::HistoryLimit | GapReason::SlowConsumer)
                    && (*from..*to).contains(&bar.time)
                    && truth.iter().filter(|bar| bar.time >= *to).count() >= DEPTH
            })
        };
        let excused = truth.iter().filter(is_excused).count() as u64;
        let is_clean = verdict.is_clean() && (self.scenario.is_limited || verdict.lost <= excused);
        if !is_clean {
            let mut words = format!("{followed:?}: {verdict:?}, gaps reported {:?}", book.gaps);
            for time in verdict.examples.values().flatten() {
                let reported = book
                    .reported
                    .iter()
                    .filter(|reported| format!("{reported:?}").contains(&time.to_string()));
                let _ = write!(
                    words,
                    "\n  {time}: reported {:?}",
                    reported.collect::<Vec<_>>()
                );
                let _ = write!(
                    words,
                    "\n    true {:?}",
                    truth.iter().find(|bar| bar.time == *time)
                );
            }
            result.wrong.push(words);
        }
        result.rows += book.studies.iter().map(StudyBook::compared).sum::<usize>();
        if book.compared == 0 {
            let words = format!("{followed:?}: its table was never compared");
            result.wrong.push(words);
        }
        let faults = book
            .faults
            .iter()
            .map(|fault| format!("{followed:?}: {fault}"));
        result.wrong.extend(faults);
        result.resumed += book.resumed;
        result.stale += book.stale.len();
        result.revised += book
            .reported
            .iter()
            .filter(|reported| matches!(reported, Published::Revised(_)))
            .count();
        result.verdicts.push(verdict);
        result.streams.push((reported, truth));
    }
}
