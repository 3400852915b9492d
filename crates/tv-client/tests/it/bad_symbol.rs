//! One symbol among many voids its quote session whenever it is asked for. The others lose nothing,
//! and the server is not asked for session after session.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::Arc,
    time::Duration,
};

use sim::{FaultPlan, Ledger, Sim};
use tokio::{
    task::JoinHandle,
    time::{Instant, interval},
};
use tv_client::{Client, Dialer, Overflow, QuoteEvent, QuoteRequest, QuoteSession, QuoteUpdate};

use crate::EPOCH;

/// The symbol that voids its session.
const BAD: &str = "SIM:BAD";

/// How often what has arrived is compared with the ledger, which remembers 100,000 ticks.
const CHECK: Duration = Duration::from_secs(10);

/// How long the search for the symbol may take, and how long a tick may be on its way.
const LONGEST_SEARCH: Duration = Duration::from_secs(120);
const ON_THE_WAY: Duration = Duration::from_secs(2);

/// A last price and a volume, to the bit. The volume grows within a day.
type State = (u64, u64);

/// States by symbol.
type Seen = HashMap<String, HashSet<State>>;

/// What a reader has seen of all symbols but the bad one.
struct Watch {
    ledger: Ledger,
    good: Arc<[String]>,
    begun: Instant,
    /// The states that have arrived since the last check but one.
    seen: Seen,
    before: Arc<Seen>,
    /// A comparison with the ledger that goes on, beside the reader.
    comparison: Option<JoinHandle<Vec<(i64, bool)>>>,
    newest: HashMap<String, State>,
    /// When the first values of each symbol arrived, in the market's time.
    served: Arc<HashMap<String, i64>>,
    /// Symbols without updates at the moment, as the events say.
    waiting: HashSet<String>,
    /// The market's time of the last check, in milliseconds.
    checked: i64,
    /// When the bad symbol was refused and all others were served.
    found: Option<Instant>,
    /// The market's time then.
    found_at: i64,
    /// Events that this reader was too slow for.
    dropped: u64,
    /// Ticks that never arrived, while the search went on and after it.
    lost_in_search: u64,
    lost_after: u64,
    /// Ticks that were compared after the search.
    compared: u64,
    /// How many sessions were created in the search and in each minute after it.
    sessions: Vec<u64>,
}

impl Watch {
    fn new(ledger: Ledger, good: Arc<[String]>) -> Self {
        Self {
            checked: ledger.now(),
            waiting: good.iter().cloned().collect(),
            ledger,
            good,
            begun: Instant::now(),
            seen: HashMap::new(),
            before: Arc::default(),
            comparison: None,
            newest: HashMap::new(),
            served: Arc::default(),
            found: None,
            found_at: i64::MAX,
            dropped: 0,
            lost_in_search: 0,
            lost_after: 0,
            compared: 0,
            sessions: Vec::new(),
        }
    }

    fn note(&mut self, event: QuoteEvent) {
        match event {
            QuoteEvent::Update(update) => self.update(&update),
            QuoteEvent::Completed { symbol } => {
                self.waiting.remove(symbol.as_str());
            }
            QuoteEvent::Suspended { symbol: None, .. } => {
                self.waiting.extend(self.good.iter().cloned());
            }
            QuoteEvent::Suspended {
                symbol: Some(symbol),
                ..
            } if symbol != BAD => {
                self.waiting.insert(symbol.to_string());
            }
            // What they held is found missing in the ledger's ticks.
            QuoteEvent::Lagged { dropped } => self.dropped += dropped,
            QuoteEvent::Resumed { .. }
            | QuoteEvent::Suspended { .. }
            | QuoteEvent::Missing { .. } => {}
            QuoteEvent::Reconnecting => self.waiting.extend(self.good.iter().cloned()),
            QuoteEvent::Refused { symbol, reason } => {
                assert_eq!(
                    (symbol.as_str(), reason.as_str()),
                    (BAD, "unexpected error")
                );
                assert!(self.found.is_none(), "refused once");
                self.found = Some(Instant::now());
            }
            other => panic!("{other:?}"),
        }
        // The search is over once nothing waits after the refusal.
        if self.found.is_some() && self.found_at == i64::MAX && self.waiting.is_empty() {
            self.found = Some(Instant::now());
            self.found_at = self.ledger.now();
            self.sessions.push(self.created());
        }
    }

    fn update(&mut self, update: &QuoteUpdate) {
        let (Some(last), Some(volume)) = (update.quote.last(), update.quote.volume()) else {
            return;
        };
        if update.is_complete {
            self.waiting.remove(update.symbol.as_str());
        }
        let (symbol, state) = (
            update.symbol.to_string(),
            (last.to_bits(), volume.to_bits()),
        );
        if !self.served.contains_key(&symbol) {
            let now = self.ledger.now();
            Arc::make_mut(&mut self.served).insert(symbol.clone(), now);
        }
        self.newest.insert(symbol.clone(), state);
        self.seen.entry(symbol).or_default().insert(state);
    }

    /// How many quote sessions the server has been asked for.
    fn created(&self) -> u64 {
        let connections = self.ledger.sessions();
        let counts = connections
            .iter()
            .filter_map(|it| it.received.get("quote_create_session"));
        counts.sum()
    }

    /// Compares the ticks since the last check with what has arrived.
    fn check(&mut self) {
        let until = self.ledger.now() - ON_THE_WAY.as_millis() as i64;
        // Of a symbol that does not change, the newest state is the one that counts.
        let mut seen: Seen = HashMap::new();
        for (symbol, state) in &self.newest {
            seen.entry(symbol.clone()).or_default().insert(*state);
        }
        let latest = Arc::new(std::mem::replace(&mut self.seen, seen));
        let known = [
            Arc::clone(&latest),
            std::mem::replace(&mut self.before, latest),
        ];
        let (ledger, good, served, span) = (
            self.ledger.clone(),
            Arc::clone(&self.good),
            Arc::clone(&self.served),
            self.checked..until,
        );
        self.checked = until;
        self.comparison = Some(tokio::task::spawn_blocking(move || {
            compare(&ledger, &good, &served, span, &known)
        }));
        let minutes = self.found.map_or(0, |found| found.elapsed().as_secs() / 60);
        while self.found_at != i64::MAX && (self.sessions.len() as u64) < minutes + 1 {
            self.sessions.push(self.created());
        }
    }

    /// Takes in what a comparison has shown.
    fn judge(&mut self, compared: &[(i64, bool)]) {
        self.comparison = None;
        for (at, has_arrived) in compared {
            let is_after = *at > self.found_at;
            self.compared += u64::from(is_after);
            let lost = if is_after {
                &mut self.lost_after
            } else {
                &mut self.lost_in_search
            };
            *lost += u64::from(!has_arrived);
        }
    }
}

/// When each tick of some symbols came after their first values (milliseconds), and whether its
/// state is known.
fn compare(
    ledger: &Ledger,
    good: &[String],
    served: &HashMap<String, i64>,
    span: Range<i64>,
    known: &[Arc<Seen>],
) -> Vec<(i64, bool)> {
    let mut compared = Vec::new();
    for symbol in good {
        let ticks = ledger.ticks(symbol, span.start, span.end - 1).unwrap();
        let first = served.get(symbol).copied().unwrap_or(i64::MAX);
        for tick in ticks.iter().filter(|tick| tick.at_ms > first) {
            let state = (tick.price.to_bits(), tick.volume.to_bits());
            let mut all = known.iter().filter_map(|seen| seen.get(symbol));
            compared.push((tick.at_ms, all.any(|states| states.contains(&state))));
        }
    }
    compared
}

/// What a run has shown.
#[derive(Debug)]
#[expect(dead_code, reason = "printed as a whole")]
struct Figures {
    search: Duration,
    sessions_in_search: u64,
    dropped_by_the_reader: u64,
    lost_in_search: u64,
    compared_after: u64,
    lost_after: u64,
    sessions_each_minute_after: Vec<u64>,
}

/// Follows `good` symbols and the bad one, until some minutes after the bad one was found.
async fn follow(client: &Client, ledger: Ledger, good: usize, minutes: u64) -> Figures {
    let good: Arc<[String]> = (0..good).map(|number| format!("SIM:S{number}")).collect();
    let mut names = good.to_vec();
    names.insert(good.len() / 3, BAD.to_owned());
    let request = QuoteRequest::new(names.iter().map(String::as_str))
        .unwrap()
        .fields(["lp", "volume"])
        .overflow(Overflow::DropOldest)
        .max_waiting(500_000);
    let mut watch = Watch::new(ledger, good);
    let mut quotes: QuoteSession = client.quotes(request).await.unwrap();
    let mut checks = interval(CHECK);
    loop {
        tokio::select! {
            event = quotes.next() => watch.note(event.unwrap()),
            compared = async { watch.comparison.as_mut().unwrap().await }, if watch.comparison.is_some() => {
                watch.judge(&compared.unwrap());
            }
            _ = checks.tick(), if watch.comparison.is_none() => {
                watch.check();
                let is_late = watch.begun.elapsed() > LONGEST_SEARCH;
                assert!(watch.found_at != i64::MAX || !is_late, "{} wait", watch.waiting.len());
                if watch.sessions.len() as u64 > minutes {
                    break;
                }
            }
        }
    }
    if let Some(comparison) = watch.comparison.take() {
        watch.judge(&comparison.await.unwrap());
    }
    let found = watch.found.unwrap();
    let sessions = &watch.sessions;
    let minutes_after = sessions.iter().zip(sessions.iter().skip(1));
    let figures = Figures {
        search: found - watch.begun,
        sessions_in_search: sessions.first().copied().unwrap_or_default(),
        dropped_by_the_reader: watch.dropped,
        lost_in_search: watch.lost_in_search,
        compared_after: watch.compared,
        lost_after: watch.lost_after,
        sessions_each_minute_after: minutes_after.map(|(one, next)| next - one).collect(),
    };
    eprintln!("{figures:#?}");
    assert_eq!(watch.lost_after, 0, "lost after the search");
    assert!(
        figures.sessions_in_search > 1,
        "the symbol has voided nothing"
    );
    assert!(
        figures.sessions_in_search <= 4,
        "one, and three in the search"
    );
    assert_eq!(figures.sessions_each_minute_after.len() as u64, minutes);
    let most = figures.sessions_each_minute_after.iter().max();
    assert!(most.is_some_and(|most| *most <= 3), "{figures:?}");
    assert_eq!(watch.ledger.sessions().len(), 1, "the connection lives on");
    figures
}

fn plan() -> FaultPlan {
    let plan =
        format!("when kind qsd and containing \"{BAD}\" do critical-error \"unexpected error\"");
    plan.parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn one_bad_symbol_costs_the_others_nothing() {
    let sim = Sim::builder().epoch(EPOCH).rate(300.0).faults(plan());
    let sim = Arc::new(sim.build().unwrap());
    let served = Arc::clone(&sim);
    let dialer = Dialer::new(move |_, _| {
        let stream = served.connect();
        async move { Ok(stream) }
    });
    let client = Client::builder().endpoint(sim.url()).dialer(dialer);
    let client = client.connect().await.unwrap();
    let figures = follow(&client, sim.ledger(), 60, 4).await;
    assert!(figures.compared_after > 60_000, "{figures:?}");
    assert_eq!(figures.lost_in_search, 0, "{figures:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes five minutes: scripts/bad-symbol runs it in release"]
async fn one_bad_symbol_among_a_thousand_at_5000_updates_a_second() {
    let sim = crate::simulator().rate(5000.0).faults(plan());
    let sim = crate::start(sim).await;
    let client = crate::connect(&sim).await;
    let figures = follow(&client, sim.ledger(), 999, 4).await;
    assert!(figures.compared_after > 1_000_000, "{figures:?}");
}
