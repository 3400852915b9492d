//! Which rules fire. Pure: connections, frames, bytes and times come in, actions go out.
//!
//! Times are milliseconds since the simulator began. What is drawn follows from the seed, the rule
//! and the number of the connection, so connections do not disturb each other's chance.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::{action::Action, plan::FaultPlan, rule::Rule, when::Event};

/// The stream of chance of rules about requests; connections have their own numbers.
const OF_REQUESTS: u64 = u64::MAX;
/// Firings that are remembered.
const LOG: usize = 10_000;

/// A plan at work, for all connections together.
#[derive(Debug)]
pub(crate) struct Engine {
    seed: u64,
    rules: Vec<Rule>,
    /// How often each rule fired.
    totals: Vec<AtomicU64>,
    /// For each rule: how many requests fitted it, and its chance.
    requests: Mutex<Vec<(u64, ChaCha8Rng)>>,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    latest: VecDeque<Fired>,
    total: u64,
}

/// A rule that fired.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fired {
    /// When, in milliseconds of real time since the simulator began.
    pub at_ms: u64,
    /// At which connection; 0 is the server as a whole.
    pub connection: u64,
    /// The rule, as it is written.
    pub rule: String,
}

/// What to do now, and the rule that says so.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Firing {
    pub(crate) rule: usize,
    pub(crate) action: Action,
}

impl Engine {
    pub(crate) fn new(plan: FaultPlan) -> Self {
        let draws = |rule: usize| {
            let mut draws = ChaCha8Rng::seed_from_u64(plan.seed() ^ (rule as u64).rotate_left(40));
            draws.set_stream(OF_REQUESTS);
            (0, draws)
        };
        Self {
            seed: plan.seed(),
            requests: Mutex::new((0..plan.rules().len()).map(draws).collect()),
            totals: plan.rules().iter().map(|_| AtomicU64::new(0)).collect(),
            rules: plan.rules().to_vec(),
            log: Mutex::default(),
        }
    }

    /// The latest firings, and how many there were in all.
    pub(crate) fn fired(&self) -> (Vec<Fired>, u64) {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        (log.latest.iter().cloned().collect(), log.total)
    }

    /// When the next rule about the server as a whole is due after a time.
    pub(crate) fn next_of_server(&self, after: Option<u64>) -> Option<u64> {
        self.of_server()
            .map(|(_, due)| due)
            .filter(|due| after.is_none_or(|after| *due > after))
            .min()
    }

    /// Fires the rules about the server as a whole that are due at a time.
    pub(crate) fn of_server_at(&self, due: u64) -> Vec<Action> {
        self.of_server()
            .filter(|(_, at)| *at == due)
            .filter_map(|(rule, _)| self.fire(rule, 0, due))
            .collect()
    }

    fn of_server(&self) -> impl Iterator<Item = (usize, u64)> {
        self.rules.iter().enumerate().filter_map(|(n, rule)| {
            let of_server = is_of_server(rule);
            of_server.then_some((n, rule.when().time?.from))
        })
    }

    /// A request over HTTP comes in on a connection: what is done, and a number that is drawn for
    /// it. All connections count together.
    pub(crate) fn request(&self, now: u64, connection: u64, request: &str) -> Vec<(Action, u64)> {
        let mut states = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let rules = self.rules.iter().zip(states.iter_mut()).enumerate();
        let ripe = rules.filter_map(|(n, (rule, (matched, draws)))| {
            let when = rule.when();
            if !request.contains(when.request.as_deref()?) {
                return None;
            }
            *matched += 1;
            let fits = when.nth.is_none_or(|span| span.holds(*matched))
                && when.every.is_none_or(|n| matched.is_multiple_of(n))
                && when.time.is_none_or(|period| period.holds(now));
            let lucky = |chance: u32| draws.next_u64() % 1_000_000 < u64::from(chance);
            if !fits || !when.chance.is_none_or(lucky) {
                return None;
            }
            Some((self.fire(n, connection, now)?, draws.next_u64()))
        });
        ripe.collect()
    }

    /// Counts a firing, unless the rule has fired often enough.
    fn fire(&self, rule: usize, connection: u64, now: u64) -> Option<Action> {
        let (reported, total) = (self.rules.get(rule)?, self.totals.get(rule)?);
        let most = reported.when().times.unwrap_or(u64::MAX);
        total
            .fetch_update(Relaxed, Relaxed, |n| (n < most).then_some(n + 1))
            .ok()?;
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.total += 1;
        if log.latest.len() >= LOG {
            log.latest.pop_front();
        }
        log.latest.push_back(Fired {
            at_ms: now,
            connection,
            rule: reported.to_string(),
        });
        drop(log);
        tracing::info!(conn = connection, rule = %reported, "fault");
        Some(reported.action().clone())
    }
}

/// Whether a rule is about no connection at all.
fn is_of_server(rule: &Rule) -> bool {
    let when = rule.when();
    matches!(rule.action(), Action::Restart { .. })
        && rule.event() == Event::Moment
        && when.age.is_none()
        && when.connections.is_none()
}

/// What the engine knows of one connection.
#[derive(Debug)]
pub(crate) struct Connection {
    engine: Arc<Engine>,
    number: u64,
    opened: u64,
    frames: u64,
    /// The rules that can concern this connection.
    rules: Vec<State>,
}

#[derive(Debug)]
struct State {
    rule: usize,
    event: Event,
    /// Frames of its kind that were seen.
    matched: u64,
    /// Of a byte or a moment: whether that is over.
    over: bool,
    draws: ChaCha8Rng,
}

impl Connection {
    /// A connection that opens now.
    pub(crate) fn open(engine: &Arc<Engine>, number: u64, now: u64) -> Self {
        let concerns = |rule: &Rule| {
            let mine = rule
                .when()
                .connections
                .is_none_or(|span| span.holds(number));
            mine && !is_of_server(rule)
        };
        let rules = engine
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| concerns(rule));
        let rules = rules.map(|(n, rule)| {
            let mut draws = ChaCha8Rng::seed_from_u64(engine.seed ^ (n as u64).rotate_left(40));
            draws.set_stream(number);
            State {
                rule: n,
                event: rule.event(),
                matched: 0,
                over: false,
                draws,
            }
        });
        Self {
            number,
            opened: now,
            frames: 0,
            rules: rules.collect(),
            engine: Arc::clone(engine),
        }
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Whether any rule looks at frames.
    pub(crate) fn minds_frames(&self) -> bool {
        self.rules.iter().any(|state| state.event == Event::Frame)
    }

    /// The connection asks for something.
    pub(crate) fn opening(&mut self, now: u64) -> Vec<Firing> {
        self.fire(now, |_, state, _| state.event == Event::Opening)
    }

    /// A frame is about to be sent.
    pub(crate) fn frame(&mut self, now: u64, kind: &str, payload: &str) -> Vec<Firing> {
        self.frames += 1;
        let number = self.frames;
        self.fire(now, |rule, state, _| {
            if state.event != Event::Frame {
                return false;
            }
            let when = rule.when();
            let kinds = &when.kinds;
            let of_kind = kinds.is_empty() || kinds.iter().any(|name| name == kind || name == "*");
            let text = when.containing.as_deref();
            if !of_kind || text.is_some_and(|text| !payload.contains(text)) {
                return false;
            }
            state.matched += 1;
            when.frames.is_none_or(|span| span.holds(number))
                && when.nth.is_none_or(|span| span.holds(state.matched))
                && when.every.is_none_or(|n| state.matched.is_multiple_of(n))
        })
    }

    /// The next number of written bytes at which something may happen.
    pub(crate) fn next_byte(&self) -> Option<u64> {
        let waiting = self
            .rules
            .iter()
            .filter(|state| state.event == Event::Byte && !state.over);
        waiting
            .filter_map(|state| self.engine.rules.get(state.rule)?.when().byte)
            .min()
    }

    /// Takes in that `written` bytes have been written.
    pub(crate) fn bytes(&mut self, now: u64, written: u64) -> Vec<Firing> {
        self.fire(now, |rule, state, _| {
            let reached = state.event == Event::Byte
                && !state.over
                && rule.when().byte.is_some_and(|byte| byte <= written);
            state.over |= reached;
            reached
        })
    }

    /// The next moment at which something may happen.
    pub(crate) fn next_moment(&self) -> Option<u64> {
        let waiting = self
            .rules
            .iter()
            .filter(|state| state.event == Event::Moment && !state.over);
        waiting
            .filter_map(|state| due(self.engine.rules.get(state.rule)?, self.opened))
            .min()
    }

    /// Time has passed.
    pub(crate) fn moments(&mut self, now: u64) -> Vec<Firing> {
        self.fire(now, |rule, state, opened| {
            let reached = state.event == Event::Moment
                && !state.over
                && due(rule, opened).is_some_and(|due| due <= now);
            state.over |= reached;
            reached
        })
    }

    /// A number that a rule draws, below a bound.
    pub(crate) fn draw(&mut self, rule: usize, below: u64) -> u64 {
        let state = self.rules.iter_mut().find(|state| state.rule == rule);
        state.map_or(0, |state| state.draws.next_u64() % below.max(1))
    }

    fn fire(
        &mut self,
        now: u64,
        mut applies: impl FnMut(&Rule, &mut State, u64) -> bool,
    ) -> Vec<Firing> {
        let (opened, number) = (self.opened, self.number);
        let engine = &self.engine;
        let ripe = self.rules.iter_mut().filter_map(|state| {
            let rule = engine.rules.get(state.rule)?;
            if !applies(rule, state, opened) {
                return None;
            }
            let when = rule.when();
            let timely = when.time.is_none_or(|period| period.holds(now))
                && when.age.is_none_or(|period| period.holds(now - opened));
            let lucky = |state: &mut State| {
                when.chance
                    .is_none_or(|chance| state.draws.next_u64() % 1_000_000 < u64::from(chance))
            };
            if !timely || !lucky(state) {
                return None;
            }
            let action = engine.fire(state.rule, number, now)?;
            Some(Firing {
                rule: state.rule,
                action,
            })
        });
        ripe.collect()
    }
}

/// When a rule about a moment is due for a connection. It does not concern connections that open
/// later, nor one that opens in the same millisecond: that would end a client that comes back at
/// once again and again.
fn due(rule: &Rule, opened: u64) -> Option<u64> {
    let when = rule.when();
    let age = when.age.map(|age| opened + age.from);
    let time = when.time.map(|time| time.from);
    match (time, age) {
        (Some(time), None) => (time > opened).then_some(time),
        (None, age) => age,
        (Some(time), Some(age)) => Some(time.max(age)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(plan: &str) -> Arc<Engine> {
        Arc::new(Engine::new(plan.parse().unwrap()))
    }

    fn frames(connection: &mut Connection, kinds: &[&str]) -> Vec<usize> {
        let fired = |(n, kind): (usize, &&str)| {
            let firing = connection.frame(0, kind, "payload");
            (!firing.is_empty()).then_some(n)
        };
        kinds.iter().enumerate().filter_map(fired).collect()
    }

    #[test]
    fn frames_are_counted_by_number_and_by_kind() {
        const KINDS: &[&str] = &["hello", "du", "qsd", "du", "du", "qsd", "du"];
        for (when, expected) in [
            ("frame 2", vec![1]),
            ("frame 5..", vec![4, 5, 6]),
            ("kind du and nth 2..3", vec![3, 4]),
            ("kind du and every 2", vec![3, 6]),
            ("kind qsd|hello", vec![0, 2, 5]),
            ("kind * and nth 7", vec![6]),
            ("containing \"yloa\" and every 3", vec![2, 5]),
            ("containing \"other\"", vec![]),
            ("kind du and times 2", vec![1, 3]),
        ] {
            let engine = engine(&format!("when {when} do drop"));
            let mut connection = Connection::open(&engine, 1, 0);
            assert_eq!(frames(&mut connection, KINDS), expected, "{when}");
            assert_eq!(engine.fired().1, expected.len() as u64);
        }
    }

    #[test]
    fn requests_are_counted_over_all_connections() {
        let engine = engine(
            "when request \"POST scanner\" and nth 2 do reset\nwhen request \"/scan\" and every 2 and times 1 do fin",
        );
        let at = |connection, request: &str| {
            let fired = engine.request(0, connection, request).into_iter();
            fired.map(|(action, _)| action).collect::<Vec<_>>()
        };
        let scan = "POST scanner.tradingview.com/america/scan";
        assert_eq!(at(1, scan), []);
        assert_eq!(at(2, "GET www.tradingview.com/"), []);
        assert_eq!(at(3, scan), [Action::Reset, Action::Fin]);
        assert_eq!(at(1, scan), []);
        assert_eq!(at(1, scan), [], "the second was the only one");
        assert_eq!(engine.fired().0[0].connection, 3);
        // Frames and openings do not concern them.
        let mut connection = Connection::open(&engine, 1, 0);
        assert_eq!(
            (connection.opening(0), connection.frame(0, "du", scan)),
            (vec![], vec![])
        );
    }

    #[test]
    fn times_and_connections_limit_a_rule() {
        let engine = engine("when connection 2..3 and time 5s..7s do refuse");
        let at = |number, now| Connection::open(&engine, number, now).opening(now).len();
        assert_eq!([at(1, 6000), at(4, 6000)], [0, 0]);
        assert_eq!(
            [at(2, 4999), at(2, 5000), at(3, 6999), at(3, 7000)],
            [0, 1, 1, 0]
        );
        let (log, total) = engine.fired();
        assert_eq!((log[0].at_ms, log[0].connection, total), (5000, 2, 2));
    }

    #[test]
    fn moments_come_once_and_never_to_later_connections() {
        let engine = engine("when time 5s do reset\nwhen age 2s do fin");
        let mut early = Connection::open(&engine, 1, 1000);
        assert_eq!(early.next_moment(), Some(3000));
        assert_eq!(early.moments(2999), []);
        assert_eq!(early.moments(3000)[0].action, Action::Fin);
        assert_eq!(early.next_moment(), Some(5000));
        assert_eq!(early.moments(6000)[0].action, Action::Reset);
        assert_eq!((early.next_moment(), early.moments(9000)), (None, vec![]));
        for opened in [5000, 5001] {
            let late = Connection::open(&engine, 2, opened);
            assert_eq!(late.next_moment(), Some(opened + 2000));
        }
    }

    #[test]
    fn bytes_are_stops_in_their_order() {
        let engine = engine("when byte 10 do fin\nwhen byte 4 do slice 1");
        let mut connection = Connection::open(&engine, 1, 0);
        assert_eq!(connection.next_byte(), Some(4));
        assert_eq!(connection.bytes(0, 4)[0].action, Action::Slice { bytes: 1 });
        assert_eq!(connection.next_byte(), Some(10));
        assert_eq!(connection.bytes(0, 9), []);
        assert_eq!(connection.bytes(0, 10)[0].rule, 0);
        assert_eq!(connection.next_byte(), None);
    }

    #[test]
    fn a_restart_at_a_time_is_the_servers() {
        let engine = engine("when time 5s do restart for 2s\nwhen time 5s do reset");
        assert_eq!(engine.next_of_server(None), Some(5000));
        assert_eq!(engine.next_of_server(Some(5000)), None);
        assert_eq!(engine.of_server_at(5000).len(), 1);
        assert_eq!(Connection::open(&engine, 1, 0).moments(5000).len(), 1);
    }

    #[test]
    fn chance_follows_seed_and_connection_alone() {
        const KINDS: &[&str] = &["du"; 1000];
        let run =
            |plan: &str, number| frames(&mut Connection::open(&engine(plan), number, 0), KINDS);
        let plan = "seed 1\nwhen kind du and chance 10% do drop";
        let one = run(plan, 1);
        assert!((60..140).contains(&one.len()), "{}", one.len());
        assert_eq!(one, run(plan, 1));
        assert_ne!(one, run(plan, 2));
        assert_ne!(one, run(&plan.replace("seed 1", "seed 2"), 1));
        // Another connection in between changes nothing.
        let engine = engine(plan);
        let (mut first, mut other) = (
            Connection::open(&engine, 1, 0),
            Connection::open(&engine, 2, 0),
        );
        let mixed: Vec<usize> = (0..1000)
            .filter(|_| {
                other.frame(0, "du", "");
                !first.frame(0, "du", "").is_empty()
            })
            .collect();
        assert_eq!(mixed, one);
    }
}
