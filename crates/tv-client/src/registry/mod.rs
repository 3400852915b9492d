//! What is wanted: sessions, symbols and series, and to whom each message of the server belongs. Pure: no socket, no
//! clock.
//!
//! It is the desired state, and outlives connections. Each connection gets new sessions with new ids, so whatever an
//! old one still says is recognised by its ids, dropped and counted. Commands are made when there is room for them
//! ([`Registry::poll_command`]), so that restoring ten thousand symbols keeps no more than a few commands waiting:
//! first what ends sessions, then quotes, then as many series at a time as servers like.
//!
//! It does not know how updates are delivered; the neighbour above is the engine.

mod chart;
mod clock;
mod fetch;
mod guard;
mod ids;
mod quote;
mod refusal;
mod study;
mod tape;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    time::{Duration, Instant},
};

use protocol::{
    bar::Bar,
    id::SessionId,
    message::{ClientMessage, Malformed, Received, ServerMessage, server},
    symbol::Symbol,
};
use rand::rngs::StdRng;

use crate::{
    error::RequestError,
    quote::QuoteRequest,
    series::{GapReason, SeriesRequest},
    study::StudyRequest,
};
use chart::ChartEntry;
pub(crate) use chart::{Loaded, Older};
use clock::ServerClock;
use guard::Refusals;
use ids::Ids;
use quote::QuoteEntry;
pub(crate) use quote::QuoteNews;
pub(crate) use study::StudyNews;

/// Series that load at the same time.
const MAX_IN_FLIGHT: usize = 8;

/// Names a subscription for as long as its client lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SubscriptionId(pub(crate) u64);

/// What a subscription has to be told.
#[derive(Debug, PartialEq)]
pub(crate) enum Update {
    Quote(QuoteNews),
    Series(SeriesNews),
    Study(StudyNews),
    /// The subscription is over.
    Failed(RequestError),
}

/// News of a series.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SeriesNews {
    Loaded(Box<Loaded>),
    /// The bar that is still open, as it is now.
    Open(Bar),
    /// A bar that will not change any more.
    Closed(Bar),
    /// A change of a bar that was closed.
    Revised(Bar),
    /// Bars between two times, both exclusive, will never come.
    Gap {
        from: i64,
        to: i64,
        reason: GapReason,
    },
    /// The series is interrupted.
    Reconnecting,
    /// It goes on; so many closed bars follow that were missed.
    Resumed {
        backfilled: usize,
    },
    /// Everything before is void; these are the bars now.
    Reset(Vec<Bar>),
    /// Nothing has come for too long.
    Stale {
        age: Duration,
    },
    /// Earlier bars, as asked for.
    Older(Older),
    /// A message could not be understood.
    Skipped(String),
}

/// Everything that is wanted over one connection.
#[derive(Debug)]
pub(crate) struct Registry {
    entries: BTreeMap<SubscriptionId, Entry>,
    /// Whose session is whose, on this connection.
    sessions: HashMap<SessionId, SubscriptionId>,
    /// Whose series studies belong to.
    parents: HashMap<SubscriptionId, SubscriptionId>,
    /// When entries must be looked at.
    timers: BTreeSet<(Instant, SubscriptionId)>,
    /// Quote sessions with something to send.
    quotes: VecDeque<SubscriptionId>,
    /// Series that wait for their turn.
    charts: VecDeque<SubscriptionId>,
    /// Series that load.
    in_flight: HashSet<SubscriptionId>,
    /// Commands of series that have had their turn, and of sessions that end.
    commands: VecDeque<ClientMessage<'static>>,
    ids: Ids,
    clock: ServerClock,
    refusals: Refusals,
    /// Whether there is a connection.
    is_open: bool,
    /// Messages for sessions that are gone, or of requests that were replaced.
    late: u64,
}

#[derive(Debug)]
struct Entry {
    kind: Kind,
    /// What stands in `sessions` and `timers` for it.
    session: Option<SessionId>,
    timer: Option<Instant>,
    /// Whether it stands in `quotes` or `charts`.
    is_queued: bool,
}

#[derive(Debug)]
enum Kind {
    Quote(Box<QuoteEntry>),
    Chart(Box<ChartEntry>),
}

/// What an entry may use while it handles something.
struct Context<'a> {
    now: Instant,
    subscription: SubscriptionId,
    clock: &'a ServerClock,
    ids: &'a mut Ids,
    refusals: &'a mut Refusals,
    commands: &'a mut VecDeque<ClientMessage<'static>>,
    updates: &'a mut dyn FnMut(SubscriptionId, Update),
}

impl Context<'_> {
    fn update(&mut self, update: Update) {
        (self.updates)(self.subscription, update);
    }

    fn tell(&mut self, news: SeriesNews) {
        self.update(Update::Series(news));
    }
}

/// Where updates go.
type Updates<'a> = &'a mut dyn FnMut(SubscriptionId, Update);

impl Registry {
    /// An empty one. Ids are made of the randomness that is handed in.
    pub(crate) fn new(random: StdRng) -> Self {
        Self {
            entries: BTreeMap::new(),
            sessions: HashMap::new(),
            parents: HashMap::new(),
            timers: BTreeSet::new(),
            quotes: VecDeque::new(),
            charts: VecDeque::new(),
            in_flight: HashSet::new(),
            commands: VecDeque::new(),
            ids: Ids::new(random),
            clock: ServerClock::default(),
            refusals: Refusals::default(),
            is_open: false,
            late: 0,
        }
    }

    /// A connection begins: everything is restored on it.
    pub(crate) fn open(&mut self, now: Instant, updates: Updates<'_>) {
        // A driver that was dropped has told no end.
        self.close(now, updates);
        self.is_open = true;
        let all: Vec<SubscriptionId> = self.entries.keys().copied().collect();
        for subscription in all {
            self.with(subscription, now, updates, |kind, cx| {
                if let Kind::Quote(quotes) = kind {
                    quotes.connect(cx.now, cx);
                }
                Fate::Lives
            });
        }
    }

    /// The connection has ended, and every session with it.
    pub(crate) fn close(&mut self, now: Instant, updates: Updates<'_>) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        self.commands.clear();
        self.charts.clear();
        self.quotes.clear();
        for entry in self.entries.values_mut() {
            entry.is_queued = false;
        }
        let all: Vec<SubscriptionId> = self.entries.keys().copied().collect();
        for subscription in all {
            self.with(subscription, now, updates, |kind, cx| {
                match kind {
                    Kind::Quote(quotes) => quotes.disconnect(cx),
                    Kind::Chart(chart) => chart.disconnect(cx),
                }
                Fate::Lives
            });
        }
        self.commands.clear();
    }

    /// Wants a quote session.
    pub(crate) fn add_quotes(
        &mut self,
        subscription: SubscriptionId,
        request: &QuoteRequest,
        now: Instant,
        updates: Updates<'_>,
    ) {
        let quotes = Box::new(QuoteEntry::new(request));
        self.add(subscription, Kind::Quote(quotes), now, updates);
    }

    /// Wants a series.
    pub(crate) fn add_series(
        &mut self,
        subscription: SubscriptionId,
        request: SeriesRequest,
        now: Instant,
        updates: Updates<'_>,
    ) {
        if let Some(reason) = self.refusals.reason(now, &ChartEntry::key(&request)) {
            let reason = reason.to_owned();
            let symbol = request.descriptor.symbol().to_string();
            let refused = RequestError::Refused { symbol, reason };
            return updates(subscription, Update::Failed(refused));
        }
        let chart = Box::new(ChartEntry::new(request, now));
        self.add(subscription, Kind::Chart(chart), now, updates);
    }

    fn add(
        &mut self,
        subscription: SubscriptionId,
        kind: Kind,
        now: Instant,
        updates: Updates<'_>,
    ) {
        let entry = Entry {
            kind,
            session: None,
            timer: None,
            is_queued: false,
        };
        self.entries.insert(subscription, entry);
        self.with(subscription, now, updates, |_, _| Fate::Lives);
    }

    /// Adds symbols to a quote session, and takes others away.
    pub(crate) fn change_symbols(
        &mut self,
        subscription: SubscriptionId,
        added: &[Symbol],
        removed: &[Symbol],
        now: Instant,
        updates: Updates<'_>,
    ) {
        self.with(subscription, now, updates, |kind, cx| {
            if let Kind::Quote(quotes) = kind {
                quotes.add(added);
                quotes.take_away(removed, cx);
            }
            Fate::Lives
        });
    }

    /// Wants bars of a series that are earlier than those that its reader has.
    pub(crate) fn fetch_more(
        &mut self,
        subscription: SubscriptionId,
        call: u64,
        count: usize,
        now: Instant,
        updates: Updates<'_>,
    ) {
        self.with(subscription, now, updates, |kind, cx| {
            if let Kind::Chart(chart) = kind {
                chart.fetch_more(call, count, cx);
            }
            Fate::Lives
        });
    }

    /// Wants a study of a series.
    pub(crate) fn add_study(
        &mut self,
        subscription: SubscriptionId,
        series: SubscriptionId,
        request: StudyRequest,
        now: Instant,
        updates: Updates<'_>,
    ) {
        if !self.entries.contains_key(&series) {
            let reason = "the series of the study is over";
            return updates(
                subscription,
                Update::Failed(RequestError::Misuse { reason }),
            );
        }
        self.parents.insert(subscription, series);
        self.with(series, now, updates, |kind, cx| {
            if let Kind::Chart(chart) = kind {
                chart.add_study(subscription, request, cx);
            }
            Fate::Lives
        });
    }

    /// Wants other inputs of a study.
    pub(crate) fn modify_study(
        &mut self,
        subscription: SubscriptionId,
        request: StudyRequest,
        now: Instant,
        updates: Updates<'_>,
    ) {
        let Some(series) = self.parents.get(&subscription).copied() else {
            return;
        };
        self.with(series, now, updates, |kind, cx| {
            if let Kind::Chart(chart) = kind {
                chart.modify_study(subscription, request, cx);
            }
            Fate::Lives
        });
    }

    /// Forgets a subscription; the server will be told to.
    pub(crate) fn remove(&mut self, subscription: SubscriptionId, now: Instant) {
        if let Some(series) = self.parents.remove(&subscription) {
            return self.with(series, now, &mut |_, _| {}, |kind, cx| {
                if let Kind::Chart(chart) = kind {
                    chart.remove_study(subscription, cx);
                }
                Fate::Lives
            });
        }
        self.with(subscription, now, &mut |_, _| {}, |_, _| Fate::Over);
    }

    /// How many messages came too late for anybody.
    pub(crate) fn late(&self) -> u64 {
        self.late
    }

    /// The server's time in Unix seconds, if it is known.
    pub(crate) fn server_time(&self, now: Instant) -> Option<i64> {
        self.clock.seconds(now)
    }

    /// Subscriptions that are not served yet, and those that are.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let confirmed = self.entries.values().filter(|entry| match &entry.kind {
            Kind::Quote(quotes) => quotes.session().is_some(),
            Kind::Chart(chart) => chart.is_live(),
        });
        let confirmed = confirmed.count();
        (self.entries.len() - confirmed, confirmed)
    }

    /// The next command to send, made now.
    pub(crate) fn poll_command(&mut self, now: Instant) -> Option<ClientMessage<'static>> {
        if !self.is_open {
            return None;
        }
        loop {
            if let Some(command) = self.commands.pop_front() {
                return Some(command);
            }
            if let Some(subscription) = self.quotes.front().copied() {
                let mut command = None;
                self.with(subscription, now, &mut |_, _| {}, |kind, cx| {
                    if let Kind::Quote(quotes) = kind {
                        command = quotes.next_command(cx);
                    }
                    Fate::Lives
                });
                if command.is_some() {
                    return command;
                }
                self.quotes.pop_front();
                self.unqueue(subscription);
                continue;
            }
            if self.in_flight.len() >= MAX_IN_FLIGHT {
                return None;
            }
            let subscription = self.charts.pop_front()?;
            self.unqueue(subscription);
            self.with(subscription, now, &mut |_, _| {}, |kind, cx| {
                if let Kind::Chart(chart) = kind
                    && chart.is_waiting(cx.now)
                {
                    chart.start(cx);
                }
                Fate::Lives
            });
        }
    }

    /// Hands a message to the session that it belongs to.
    pub(crate) fn route(&mut self, received: &Received<'_>, now: Instant, updates: Updates<'_>) {
        let stamp = match &received.message {
            ServerMessage::Hello(hello) => hello.timestamp_ms,
            _ => received.stamp.t_ms,
        };
        if let Some(stamp) = stamp {
            self.clock.observe(now, stamp);
        }
        let message = &received.message;
        let Some(session) = session_of(message) else {
            return;
        };
        let Some(subscription) = self.sessions.get(session).copied() else {
            self.late += 1;
            return;
        };
        self.with(subscription, now, updates, |kind, cx| match kind {
            Kind::Quote(quotes) => quotes.route(message, cx),
            Kind::Chart(chart) => chart.route(message, cx),
        });
    }

    /// Tells the sessions that a malformed message names that something is missing: a first history fails, since
    /// it would have a hole; any other series begins a new session, whose answer shows what was missed.
    pub(crate) fn skip(&mut self, malformed: &Malformed<'_>, now: Instant, updates: Updates<'_>) {
        let reason = printable(&malformed.error.to_string());
        let named = |session: &SessionId| malformed.text.contains(session.as_str());
        let named = self.sessions.iter().filter(|(session, _)| named(session));
        let named: Vec<SubscriptionId> = named.map(|(_, subscription)| *subscription).collect();
        for subscription in named {
            self.with(subscription, now, updates, |kind, cx| {
                let reason = reason.clone();
                match kind {
                    Kind::Quote(_) => cx.update(Update::Quote(QuoteNews::Skipped(reason))),
                    Kind::Chart(chart) if chart.is_new() => {
                        let symbol = chart.name().to_owned();
                        cx.update(Update::Failed(RequestError::Malformed { symbol, reason }));
                        return Fate::Over;
                    }
                    Kind::Chart(chart) => {
                        cx.tell(SeriesNews::Skipped(reason));
                        chart.renew(cx);
                    }
                }
                Fate::Lives
            });
        }
    }

    /// When something is due next.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, now: Instant, updates: Updates<'_>) {
        let due: Vec<SubscriptionId> = self
            .timers
            .iter()
            .take_while(|(at, _)| *at <= now)
            .map(|(_, subscription)| *subscription)
            .collect();
        for subscription in due {
            self.with(subscription, now, updates, |kind, cx| match kind {
                Kind::Quote(quotes) => {
                    quotes.handle_timeout(cx);
                    Fate::Lives
                }
                Kind::Chart(chart) => chart.handle_timeout(cx),
            });
        }
    }

    /// Lets an entry handle something, and then brings all that is known of it up to date.
    fn with(
        &mut self,
        subscription: SubscriptionId,
        now: Instant,
        updates: Updates<'_>,
        handle: impl FnOnce(&mut Kind, &mut Context<'_>) -> Fate,
    ) {
        let Some(entry) = self.entries.get_mut(&subscription) else {
            return;
        };
        let mut cx = Context {
            now,
            subscription,
            clock: &self.clock,
            ids: &mut self.ids,
            refusals: &mut self.refusals,
            commands: &mut self.commands,
            updates,
        };
        match handle(&mut entry.kind, &mut cx) {
            Fate::Lives => {}
            Fate::Late => self.late += 1,
            Fate::Over => {
                let studies = match &mut entry.kind {
                    Kind::Quote(quotes) => {
                        quotes.delete(&mut cx);
                        Vec::new()
                    }
                    Kind::Chart(chart) => {
                        chart.delete(&mut cx);
                        chart.take_studies()
                    }
                };
                for study in studies {
                    let reason = "the series of the study is over";
                    (cx.updates)(study, Update::Failed(RequestError::Misuse { reason }));
                    self.parents.remove(&study);
                }
                return self.forget(subscription);
            }
        }
        let (session, timer) = match &entry.kind {
            Kind::Quote(quotes) => (quotes.session(), quotes.deadline()),
            Kind::Chart(chart) => (chart.session(), chart.deadline(&self.clock)),
        };
        if entry.session.as_ref() != session {
            if let Some(old) = &entry.session {
                self.sessions.remove(old);
            }
            entry.session = session.cloned();
            if let Some(new) = session {
                self.sessions.insert(new.clone(), subscription);
            }
        }
        // What is waited for without a connection comes by itself with the next one.
        if entry.timer != timer {
            if let Some(old) = entry.timer {
                self.timers.remove(&(old, subscription));
            }
            entry.timer = timer;
            if let Some(new) = timer {
                self.timers.insert((new, subscription));
            }
        }
        let queue = match &entry.kind {
            Kind::Quote(quotes) => quotes.has_commands().then_some(&mut self.quotes),
            Kind::Chart(chart) => {
                if chart.is_loading() {
                    self.in_flight.insert(subscription);
                } else {
                    self.in_flight.remove(&subscription);
                }
                chart.is_waiting(now).then_some(&mut self.charts)
            }
        };
        if let Some(queue) = queue
            && self.is_open
            && !std::mem::replace(&mut entry.is_queued, true)
        {
            queue.push_back(subscription);
        }
    }

    fn unqueue(&mut self, subscription: SubscriptionId) {
        if let Some(entry) = self.entries.get_mut(&subscription) {
            entry.is_queued = false;
        }
    }

    fn forget(&mut self, subscription: SubscriptionId) {
        if let Some(entry) = self.entries.remove(&subscription) {
            if let Some(session) = entry.session {
                self.sessions.remove(&session);
            }
            if let Some(timer) = entry.timer {
                self.timers.remove(&(timer, subscription));
            }
        }
        self.in_flight.remove(&subscription);
        self.quotes.retain(|it| *it != subscription);
        self.charts.retain(|it| *it != subscription);
    }
}

/// What a message means for its session.
enum Fate {
    Lives,
    /// The message belongs to a request that was replaced.
    Late,
    /// The subscription is over: answered with a refusal, or with all that it asked for.
    Over,
}

/// The session that a message names.
fn session_of<'m>(message: &'m ServerMessage<'_>) -> Option<&'m str> {
    use ServerMessage as M;
    Some(match message {
        M::QuoteData(server::QuoteData { session, .. })
        | M::QuoteCompleted(server::QuoteCompleted { session, .. })
        | M::SymbolResolved(server::SymbolResolved { session, .. })
        | M::SymbolError(server::SymbolError { session, .. })
        | M::SeriesLoading(server::SeriesLoading { session, .. })
        | M::SeriesCompleted(server::SeriesCompleted { session, .. })
        | M::SeriesError(server::SeriesError { session, .. })
        | M::SeriesTimeframe(server::SeriesTimeframe { session, .. })
        | M::TimescaleUpdate(server::TimescaleUpdate { session, .. })
        | M::DataUpdate(server::DataUpdate { session, .. })
        | M::StudyLoading(server::StudyLoading { session, .. })
        | M::StudyCompleted(server::StudyCompleted { session, .. })
        | M::StudyError(server::StudyError { session, .. })
        | M::StudyDeleted(server::StudyDeleted { session, .. })
        | M::CriticalError(server::CriticalError { session, .. }) => session,
        _ => return None,
    })
}

/// Words of the server, made safe to print.
fn printable(text: &str) -> String {
    text.chars()
        .take(256)
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}

/// Joins a reason and its details, as `critical_error` sends them.
fn reason_of(error: &server::CriticalError<'_>) -> String {
    let words = [&error.reason, &error.detail].into_iter().flatten();
    let words: Vec<_> = words.map(protocol::message::Detail::to_text).collect();
    printable(&words.join(": "))
}

#[cfg(test)]
mod tests;
