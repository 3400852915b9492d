//! How much of the time a client has fresh data, and how its closed bars arrive, at a plausible
//! rate of faults, in virtual time.
//!
//! Each ten minutes the connection is cut. Each day the server is away for two minutes, and once a
//! connection is half open: nothing arrives any more, and neither end learns of it. Moments are
//! drawn by a seed. `TV_UPTIME_HOURS` sets the length (default 2, with one fault of each day),
//! `TV_UPTIME_SEED` the seed; `scripts/uptime` runs 30 days.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use sim::{Ledger, LedgerBar, Oracle, Published, Sim};
use tokio::{
    io::DuplexStream,
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until},
};
use tv_client::{
    Bar, Client, Dialer, Interval, Quote, QuoteEvent, QuoteRequest, SeriesEvent, SeriesRequest,
};

use crate::simulator;

/// It is traded at any time.
const SYMBOL: &str = "BINANCE:BTCUSDT";

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// How long the server is away.
const OUTAGE: Duration = Duration::from_secs(120);

/// How long after the end of a fault the client may say that it reconnects.
const RECOVERY: Duration = Duration::from_secs(30);

/// How long a half-open connection may go unnoticed.
const UNNOTICED: Duration = Duration::from_secs(20);

/// The last fault is over by then, so that each can be recovered from before the end.
const REST: Duration = Duration::from_secs(300);

/// Data is fresh if it is the market's of this many samples ago, a second each, or later.
const FRESH: usize = 3;

/// How long after its end a closed bar may arrive without delay, in milliseconds: the client waits
/// for 5 s for late changes.
const PROMPT: i64 = 8_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Cut,
    Outage,
    HalfOpen,
}

/// When each fault happens, from the beginning.
fn schedule(span: Duration, seed: u64) -> Vec<(Duration, Fault)> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut faults = Vec::new();
    for (every, fault) in [
        (10 * MINUTE, Fault::Cut),
        (DAY.min(span), Fault::Outage),
        (DAY.min(span), Fault::HalfOpen),
    ] {
        let mut begin = Duration::ZERO;
        while begin < span {
            let at = begin + every.mul_f64(random.random_range(0.0..1.0));
            faults.push((at.min(span - REST), fault));
            begin += every;
        }
    }
    faults.sort();
    faults
}

/// The way between the client and the simulator.
struct Network {
    sim: Sim,
    /// The latest fault of a connection, for those that are open.
    faults: watch::Sender<Fault>,
    is_away: AtomicBool,
    /// Until when the client may say that it reconnects.
    trouble_until: Mutex<Instant>,
}

impl Network {
    fn new(sim: Sim) -> Arc<Self> {
        Arc::new(Self {
            sim,
            faults: watch::Sender::new(Fault::Cut),
            is_away: AtomicBool::new(false),
            trouble_until: Mutex::new(Instant::now()),
        })
    }

    fn connect(&self) -> io::Result<DuplexStream> {
        if self.is_away.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (client, near) = tokio::io::duplex(1 << 16);
        tokio::spawn(relay(near, self.sim.connect(), self.faults.subscribe()));
        Ok(client)
    }

    /// Lets a fault happen. An outage goes on until `is_away` is reset.
    fn break_by(&self, fault: Fault) {
        let lasting = match fault {
            Fault::Cut => Duration::ZERO,
            Fault::Outage => OUTAGE,
            Fault::HalfOpen => UNNOTICED,
        };
        let mut until = self.trouble_until.lock().unwrap();
        *until = until.max(Instant::now() + lasting + RECOVERY);
        if fault == Fault::Outage {
            self.is_away.store(true, Ordering::Relaxed);
        }
        self.faults.send_replace(fault);
    }
}

/// Carries bytes both ways until a fault.
async fn relay(mut near: DuplexStream, mut far: DuplexStream, mut faults: watch::Receiver<Fault>) {
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => return,
        _ = faults.changed() => {}
    }
    if *faults.borrow() == Fault::HalfOpen {
        // Both ends stay open until the client gives up.
        let _ = tokio::io::copy(&mut near, &mut tokio::io::sink()).await;
    }
}

/// What a reader of a quote knows.
#[derive(Debug, Default)]
struct Reading {
    value: Option<(f64, f64)>,
    is_live: bool,
}

async fn watch_quote(client: Client, reading: Arc<Mutex<Reading>>) {
    let request = QuoteRequest::new([SYMBOL]).unwrap();
    let mut quotes = client.quotes(request).await.unwrap();
    while let Some(event) = quotes.next().await {
        let mut reading = reading.lock().unwrap();
        match event {
            QuoteEvent::Update(update) => {
                reading.is_live |= reading.value.is_none();
                reading.value = value(&update.quote);
            }
            QuoteEvent::Reconnecting => reading.is_live = false,
            QuoteEvent::Resumed { .. } => reading.is_live = true,
            QuoteEvent::Completed { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

fn value(quote: &Quote) -> Option<(f64, f64)> {
    Some((quote.last()?, quote.volume()?))
}

/// What a reader of a series has got.
#[derive(Debug, Default)]
struct Bars {
    reported: Vec<Published>,
    first: Option<i64>,
    /// When each closed bar has arrived, in the market's milliseconds.
    arrived: BTreeMap<i64, i64>,
}

impl Bars {
    fn close(&mut self, bar: &Bar, now: i64) {
        self.reported.push(Published::Closed(published(bar)));
        self.arrived.insert(bar.time.seconds(), now);
    }
}

fn published(bar: &Bar) -> LedgerBar {
    let prices = [bar.open, bar.high, bar.low, bar.close];
    LedgerBar::new(bar.time.seconds(), prices, bar.volume.unwrap_or_default())
}

async fn follow_bars(client: Client, ledger: Ledger, bars: Arc<Mutex<Bars>>) {
    let request = SeriesRequest::new(SYMBOL, Interval::MINUTE).unwrap();
    let mut series = client.series(request.count(20)).await.unwrap();
    {
        // What was closed before is not judged for its delay.
        let mut bars = bars.lock().unwrap();
        bars.first = series.open_bar().map(|bar| bar.time.seconds());
        assert!(bars.first.is_some(), "the market is open");
    }
    while let Some(event) = series.next().await {
        let mut bars = bars.lock().unwrap();
        match event {
            SeriesEvent::Closed(bar) => bars.close(&bar, ledger.now()),
            SeriesEvent::Revised(bar) => bars.reported.push(Published::Revised(published(&bar))),
            SeriesEvent::Gap { from, to, .. } => {
                let (from, to) = (from.seconds() + 1, to.seconds());
                bars.reported.push(Published::Gap { from, to });
            }
            SeriesEvent::Open(_) | SeriesEvent::Reconnecting | SeriesEvent::Resumed { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Counts of samples, a second each.
#[derive(Debug, Default)]
struct Samples {
    all: u64,
    fresh: u64,
    /// Not fresh, and reported to the reader while there was a reason.
    noticed: u64,
    /// Reported to the reader without a reason.
    false_notices: u64,
}

/// Compares what the reader knows with the market, each second until `end`.
async fn sample(network: &Network, reading: &Mutex<Reading>, end: Instant) -> Samples {
    let ledger = network.sim.ledger();
    let mut samples = Samples::default();
    let mut truth: VecDeque<(f64, f64)> = VecDeque::new();
    let mut tick = interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while Instant::now() < end {
        tick.tick().await;
        let quote = ledger.quote(SYMBOL, None).unwrap();
        let number = |field: &str| quote.get(field).unwrap().as_f64().unwrap();
        truth.push_back((number("lp"), number("volume")));
        if truth.len() > FRESH {
            truth.pop_front();
        }
        let (value, is_live) = {
            let reading = reading.lock().unwrap();
            (reading.value, reading.is_live)
        };
        let may_notice = Instant::now() <= *network.trouble_until.lock().unwrap();
        let is_fresh = value.is_some_and(|value| truth.contains(&value));
        samples.all += 1;
        samples.fresh += u64::from(is_fresh);
        samples.noticed += u64::from(!is_fresh && !is_live && may_notice);
        samples.false_notices += u64::from(!is_live && !may_notice);
    }
    samples
}

/// How closed bars arrived.
#[derive(Debug, Default)]
struct Arrivals {
    all: usize,
    prompt: usize,
    after_recovery: usize,
    reported_lost: u64,
    lost_silently: u64,
    longest_delay: i64,
}

fn judge(ledger: &Ledger, bars: &Bars) -> Arrivals {
    let first = bars.first.unwrap();
    let last = *bars.arrived.last_key_value().unwrap().0;
    let truth = ledger.bars(SYMBOL, "1", first, last + 1).unwrap().closed;
    let verdict = Oracle::new(truth.iter().copied()).judge(bars.reported.iter().copied());
    assert!(verdict.is_clean(), "{verdict:?}");
    let mut arrivals = Arrivals {
        all: truth.len(),
        reported_lost: verdict.lost_in_gaps,
        lost_silently: verdict.lost - verdict.lost_in_gaps,
        ..Arrivals::default()
    };
    for bar in &truth {
        let Some(arrived) = bars.arrived.get(&bar.time) else {
            continue;
        };
        let delay = arrived - (bar.time + 60) * 1000;
        assert!(delay >= 0, "a bar that was closed before its end: {bar:?}");
        arrivals.longest_delay = arrivals.longest_delay.max(delay);
        if delay <= PROMPT {
            arrivals.prompt += 1;
        } else {
            arrivals.after_recovery += 1;
        }
    }
    arrivals
}

fn percent(part: u64, all: u64) -> f64 {
    part as f64 * 100.0 / all as f64
}

#[tokio::test(start_paused = true)]
async fn data_is_fresh_or_its_absence_reported_and_every_bar_arrives() {
    let number = |name: &str, default| {
        std::env::var(name).map_or(default, |text| text.parse::<u32>().unwrap())
    };
    let span = number("TV_UPTIME_HOURS", 2) * 60 * MINUTE;
    let faults = schedule(span, number("TV_UPTIME_SEED", 1).into());
    let begun = std::time::Instant::now();
    let network = Network::new(simulator().rate(1.0).build().unwrap());
    let dialed = Arc::clone(&network);
    let dialer = Dialer::new(move |_, _| {
        let stream = dialed.connect();
        async move { stream }
    });
    let client = Client::builder().endpoint(network.sim.url()).dialer(dialer);
    let client = client.jitter_seed(1).connect().await.unwrap();
    let reading: Arc<Mutex<Reading>> = Arc::default();
    let bars: Arc<Mutex<Bars>> = Arc::default();
    let ledger = network.sim.ledger();
    let readers = [
        tokio::spawn(watch_quote(client.clone(), Arc::clone(&reading))),
        tokio::spawn(follow_bars(
            client.clone(),
            ledger.clone(),
            Arc::clone(&bars),
        )),
    ];
    // The market ticks while a client follows the symbol: this one is never disturbed.
    let direct = Arc::clone(&network);
    let dialer = Dialer::new(move |_, _| {
        let stream = direct.sim.connect();
        async move { Ok(stream) }
    });
    let witness = Client::builder().endpoint(network.sim.url()).dialer(dialer);
    let witness = witness.connect().await.unwrap();
    let request = QuoteRequest::new([SYMBOL]).unwrap().price();
    let _followed = witness.quotes(request).await.unwrap();
    // Everything is there before it is judged.
    sleep(MINUTE).await;
    let start = Instant::now();
    let breaking = async {
        for (at, fault) in &faults {
            sleep_until(start + *at).await;
            network.break_by(*fault);
            if *fault == Fault::Outage {
                sleep(OUTAGE).await;
                network.is_away.store(false, Ordering::Relaxed);
            }
        }
    };
    let (samples, ()) = tokio::join!(sample(&network, &reading, start + span), breaking);
    // The last bar of the span closes.
    sleep(2 * MINUTE).await;
    for reader in &readers {
        assert!(!reader.is_finished(), "a stream has ended");
    }
    let arrivals = judge(&ledger, &bars.lock().unwrap());
    let connections = client.health().await.metrics.connections;
    let count = |kind| faults.iter().filter(|(_, fault)| *fault == kind).count();
    let [cuts, outages, half_open] = [Fault::Cut, Fault::Outage, Fault::HalfOpen].map(count);
    let fresh = percent(samples.fresh, samples.all);
    let served = percent(samples.fresh + samples.noticed, samples.all);
    eprintln!(
        "{span:?} in {:?}: {cuts} cuts, {outages} outages, {half_open} half-open links, {connections} \
         attempts to connect\nfresh {fresh:.4} %, fresh or reported {served:.4} %: {samples:?}\n{arrivals:?}",
        begun.elapsed(),
    );
    // Nothing but half-open links goes unnoticed, for as long as it takes to judge them.
    let unserved = samples.all - samples.fresh - samples.noticed;
    let unnoticed = UNNOTICED.as_secs() * half_open as u64;
    assert!(unserved <= unnoticed + cuts as u64 / 10, "{samples:?}");
    // In a shorter time one such link takes a larger share.
    assert!(served >= 99.9 || span < DAY, "{samples:?}");
    assert_eq!(samples.false_notices, 0);
    assert!(arrivals.all as u64 >= span.as_secs() / 60, "{arrivals:?}");
    let delivered = arrivals.prompt + arrivals.after_recovery;
    assert_eq!(delivered, arrivals.all, "{arrivals:?}");
    assert_eq!((arrivals.reported_lost, arrivals.lost_silently), (0, 0));
    // The faults were felt.
    assert!(connections > cuts as u64 + outages as u64);
    assert!(arrivals.after_recovery > 0 && samples.fresh < samples.all);
    let felt = OUTAGE.as_secs() * 9 / 10;
    assert!(samples.noticed >= felt * outages as u64, "{samples:?}");
}
