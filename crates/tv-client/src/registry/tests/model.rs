//! A server in a few lines, whose market is a function of time, and an oracle that compares the
//! delivered bars with that market.

use std::collections::{BTreeMap, VecDeque};

use protocol::time::Timestamp;

use super::*;

/// When the market's first bar opens.
const BEGIN: i64 = 1_790_726_400;
/// The length of a bar in seconds.
const LENGTH: i64 = 60;
/// How often a bar changes.
pub(super) const STEP: i64 = 20;

/// When bar number `number` opens.
pub(super) fn time_of(number: i64) -> i64 {
    BEGIN + number * LENGTH
}

/// Whether the market was open: it closes now and then, for longer than a request's overlap.
fn is_open(number: i64) -> bool {
    number.rem_euclid(101) >= 30
}

/// A bar after the first `changes` of its changes.
fn state_of(number: i64, changes: i64) -> Bar {
    let price = |salt: i64| ((number * 31 + salt * 7).rem_euclid(97)) as f64 + 1.0;
    Bar {
        time: Timestamp::from_seconds(time_of(number)),
        open: price(0),
        high: 200.0 + changes as f64,
        low: 0.5,
        close: price(changes),
        volume: Some((changes * 10) as f64),
    }
}

/// A bar when it is closed.
fn final_state(number: i64) -> Bar {
    state_of(number, LENGTH / STEP - 1)
}

/// A message with rows at their places, counted from the bar `first`.
fn placed_from(first: i64, method: &str, id: &str, turnaround: &str, bars: &[Bar]) -> String {
    let place = |bar: &Bar| {
        let number = (bar.time.seconds() - BEGIN).div_euclid(LENGTH);
        let between = |from: i64, to: i64| (from..to).filter(|it| is_open(*it)).count() as i64;
        between(first, number) - between(number, first)
    };
    placed(method, id, turnaround, bars, place, "{}")
}

/// What the server knows of a session.
struct Session {
    turnaround: String,
    /// The oldest bar that was sent.
    oldest: i64,
    /// The bar at place 0.
    first: Option<i64>,
    is_live: bool,
}

/// The server, and the connection to it.
pub(super) struct Server {
    /// Unix seconds.
    pub(super) now: i64,
    sessions: BTreeMap<String, Session>,
    sent: VecDeque<String>,
    /// How many bars of history it gives.
    pub(super) depth: i64,
    /// How many bars it gives at once.
    pub(super) page: i64,
    /// A bar of the past that a live update repeats in the middle of each answer.
    stray: Option<i64>,
    /// Bars that no live update mentions.
    pub(super) hole: std::ops::Range<i64>,
}

impl Server {
    /// Another connection to the same market.
    fn another(&self) -> Self {
        Self {
            now: self.now,
            sessions: BTreeMap::new(),
            sent: VecDeque::new(),
            depth: self.depth,
            page: self.page,
            stray: None,
            hole: 0..0,
        }
    }

    /// A session is void.
    pub(super) fn handle_void(&mut self, id: &str) {
        self.sessions.remove(id);
        self.sent.retain(|text| !text.contains(id));
    }

    fn greet(&mut self) {
        let greeting = format!(r#"{{"session_id":"x","timestampMs":{}000}}"#, self.now);
        self.sent.push_back(greeting);
    }

    pub(super) fn current(&self) -> i64 {
        (self.now - BEGIN).div_euclid(LENGTH)
    }

    fn bar(&self, number: i64) -> Bar {
        if number == self.current() {
            state_of(number, (self.now - BEGIN).rem_euclid(LENGTH) / STEP)
        } else {
            final_state(number)
        }
    }

    /// The oldest bar of its history.
    pub(super) fn floor(&self) -> i64 {
        self.current() - self.depth + 1
    }

    /// Up to `count` bars before `end`, newest first in search, oldest first in the answer.
    fn bars_before(&self, end: i64, count: i64) -> Vec<Bar> {
        let numbers = (self.floor()..end).rev().filter(|number| is_open(*number));
        let mut bars: Vec<Bar> = numbers
            .take(usize::try_from(count.min(self.page)).unwrap())
            .map(|number| self.bar(number))
            .collect();
        bars.reverse();
        bars
    }

    fn handle(&mut self, command: &str) {
        let value: Value = serde_json::from_str(command).unwrap();
        let params = &value["p"];
        let id = params[0].as_str().unwrap().to_owned();
        match value["m"].as_str().unwrap() {
            "chart_delete_session" => {
                self.sessions.remove(&id);
            }
            "resolve_symbol" => self.sent.push_back(format!(
                r#"{{"m":"symbol_resolved","p":["{id}","sds_sym_1",{{"name":"B"}}],"t_ms":{}000}}"#,
                self.now
            )),
            "create_series" => {
                let turnaround = params[2].as_str().unwrap().to_owned();
                self.sent.push_back(format!(
                    r#"{{"m":"series_loading","p":["{id}","sds_1","{turnaround}"],"t_ms":{}000}}"#,
                    self.now
                ));
                let end = self.current() + 1;
                // Of a bar that an answer shows, no place tells that its changes are lost.
                if self.hole.contains(&self.current()) {
                    self.hole = 0..0;
                }
                let session = Session {
                    turnaround,
                    oldest: end,
                    first: None,
                    is_live: true,
                };
                self.sessions.insert(id.clone(), session);
                let range = &params[5];
                match range.as_i64() {
                    Some(count) => self.answer(&id, end, count),
                    None => {
                        let before = (range[1].as_i64().unwrap() - BEGIN).div_euclid(LENGTH);
                        self.answer(&id, end.min(before), range[2].as_i64().unwrap());
                    }
                }
            }
            "request_more_data" => {
                let oldest = self.sessions[&id].oldest;
                self.answer(&id, oldest, params[2].as_i64().unwrap());
            }
            _ => {}
        }
    }

    /// Bars in two messages, and their completion.
    fn answer(&mut self, id: &str, end: i64, count: i64) {
        let bars = self.bars_before(end, count);
        let session = self.sessions.get_mut(id).unwrap();
        let turnaround = session.turnaround.clone();
        if let Some(first) = bars.first() {
            session.oldest = (first.time.seconds() - BEGIN) / LENGTH;
            session.first.get_or_insert(session.oldest);
        }
        let first = session.first.unwrap_or(end);
        let (one, two) = bars.split_at(bars.len() / 2);
        // The newer half first, so that the older one is what a cut takes away.
        for page in [two, one] {
            let text = placed_from(first, "timescale_update", id, &turnaround, page);
            self.sent.push_back(text);
            if let Some(stray) = self.stray {
                let stray = [self.bar(stray)];
                let text = placed_from(first, "du", id, &turnaround, &stray);
                self.sent.push_back(text);
            }
        }
        let asked = usize::try_from(count.min(self.page)).unwrap();
        let details = if bars.len() < asked {
            r#"{"data_completed":"limit"}"#
        } else {
            "{}"
        };
        self.sent.push_back(completed(id, &turnaround, details));
    }

    /// Time passes by a step; what changes is sent.
    pub(super) fn step(&mut self) {
        self.now += STEP;
        let current = self.current();
        if is_open(current) && !self.hole.contains(&current) {
            for (id, session) in &self.sessions {
                if session.is_live {
                    let bar = [self.bar(current)];
                    let first = session.first.unwrap_or(current);
                    let text = placed_from(first, "du", id, &session.turnaround, &bar);
                    self.sent.push_back(text);
                }
            }
        }
    }
}

/// The events of one series, each compared with the market when it is delivered.
#[derive(Default)]
pub(super) struct Reader {
    last_closed: Option<i64>,
    /// Where a gap ends, until the bar behind it is closed.
    gap_to: Option<i64>,
    pub(super) gaps: Vec<(i64, i64, GapReason)>,
    pub(super) closed: usize,
    pub(super) resumed: usize,
    pub(super) stale: usize,
    pub(super) failed: Option<RequestError>,
    pub(super) is_loaded: bool,
}

impl Reader {
    fn next_open_after(number: i64) -> i64 {
        (number + 1..).find(|number| is_open(*number)).unwrap()
    }

    fn close(&mut self, bar: &Bar) {
        let number = (bar.time.seconds() - BEGIN) / LENGTH;
        if let Some(last) = self.last_closed {
            let expected = match self.gap_to.take() {
                Some(to) => to,
                None => Self::next_open_after(last),
            };
            assert_eq!(number, expected, "each closed bar once, in order");
        }
        assert_eq!(*bar, final_state(number), "as the market closed it");
        self.last_closed = Some(number);
        self.closed += 1;
    }

    pub(super) fn read(&mut self, update: Update, server: &Server) {
        let update = match update {
            Update::Series(update) => update,
            Update::Failed(error) => {
                self.failed = Some(error);
                return;
            }
            Update::Quote(_) | Update::Study(_) => panic!("nothing else was asked for"),
        };
        match update {
            SeriesUpdate::Loaded(loaded) => {
                assert!(
                    !std::mem::replace(&mut self.is_loaded, true),
                    "loaded twice"
                );
                loaded.closed_bars().iter().for_each(|bar| self.close(bar));
            }
            SeriesUpdate::Closed(bar) => self.close(&bar),
            SeriesUpdate::Open(bar) => {
                let number = (bar.time.seconds() - BEGIN) / LENGTH;
                assert!(self.last_closed.is_none_or(|last| last < number));
            }
            SeriesUpdate::Revised(bar) => panic!("{bar:?}: the market revises nothing"),
            // Calls for earlier bars are answered otherwise, and nothing is changed.
            SeriesUpdate::Earlier(_) => {}
            SeriesUpdate::Changed(changed) => panic!("{changed:?}"),
            SeriesUpdate::Gap { from, to, reason } => {
                let number = |time: Timestamp| (time.seconds() - BEGIN) / LENGTH;
                assert_eq!(
                    Some(number(from)),
                    self.last_closed,
                    "from the last closed bar"
                );
                let first = (server.floor()..).find(|number| is_open(*number)).unwrap();
                assert!(number(to) <= first, "to the first there is");
                let missing = (number(from) + 1..number(to))
                    .filter(|it| is_open(*it))
                    .count();
                assert!(missing > 0, "a gap without missing bars is a false one");
                self.gap_to = Some(number(to));
                self.gaps.push((from.seconds(), to.seconds(), reason));
            }
            SeriesUpdate::Resumed { .. } => self.resumed += 1,
            SeriesUpdate::Stale { .. } => self.stale += 1,
            SeriesUpdate::Reconnecting
            | SeriesUpdate::Suspended { .. }
            | SeriesUpdate::Skipped(_) => {}
            SeriesUpdate::Reset(_)
            | SeriesUpdate::UpdateMode(_)
            | SeriesUpdate::ReplayEnded
            | SeriesUpdate::Progress(_) => {
                panic!("minutes do not repaint, nothing is replayed, and no progress is asked for")
            }
        }
    }

    /// Whether every closed bar was delivered. The clock closes a bar up to a step later than the
    /// market.
    pub(super) fn is_complete(&self, server: &Server) -> bool {
        let newest = (..server.current()).rev_find_open();
        let before = (..newest).rev_find_open();
        self.last_closed
            .is_some_and(|last| last == newest || last == before)
    }
}

trait RevFindOpen {
    fn rev_find_open(self) -> i64;
}

impl RevFindOpen for std::ops::RangeTo<i64> {
    fn rev_find_open(self) -> i64 {
        (0..1_000)
            .map(|back| self.end - 1 - back)
            .find(|number| is_open(*number))
            .unwrap()
    }
}

/// Both sides, and what lies between them.
pub(super) struct World {
    pub(super) rig: Rig,
    pub(super) server: Server,
    pub(super) reader: Reader,
    pub(super) is_connected: bool,
    /// Messages of the past, for those that come late.
    pub(super) old: Vec<String>,
    /// Completions that are lost on the way.
    pub(super) lost_completions: u32,
    /// How far behind the last closed bar a live update repeats one while an answer comes.
    pub(super) strays: Option<i64>,
    /// A connection that is to take the place of the first.
    pub(super) standby: Option<Box<(Rig, Server)>>,
}

impl World {
    /// A market that has been open for a while, and a connection.
    pub(super) fn new() -> Self {
        Self::at(3 * 101 + 60)
    }

    /// One that begins in a bar.
    pub(super) fn at(number: i64) -> Self {
        let rig = Rig::new();
        let server = Server {
            now: time_of(number) + STEP,
            sessions: BTreeMap::new(),
            sent: VecDeque::new(),
            depth: 100_000,
            page: 20_000,
            stray: None,
            hole: 0..0,
        };
        let mut world = Self {
            rig,
            server,
            reader: Reader::default(),
            is_connected: true,
            old: Vec::new(),
            lost_completions: 0,
            strays: None,
            standby: None,
        };
        world.server.greet();
        world
    }

    /// Begins a second connection, or continues it, for up to `limit` messages.
    pub(super) fn renew(&mut self, limit: usize) {
        let standby = self.standby.get_or_insert_with(|| {
            let rig = self.rig.standby();
            let mut server = self.server.another();
            server.greet();
            Box::new((rig, server))
        });
        let (rig, server) = &mut **standby;
        for arrived in 0.. {
            for command in rig.sent() {
                server.handle(&command);
            }
            let Some(message) = (arrived < limit).then(|| server.sent.pop_front()).flatten() else {
                break;
            };
            assert_eq!(rig.receive(&message), [], "a standby reports nothing");
        }
    }

    /// The second connection is lost, and not made anew.
    pub(super) fn abandon(&mut self) {
        self.standby = None;
    }

    /// The second connection takes over; the first is closed.
    pub(super) fn switch(&mut self) {
        let Some(standby) = self.standby.take() else {
            return;
        };
        let (mut rig, server) = *standby;
        rig.take_over(&mut self.rig);
        self.rig = rig;
        self.server = server;
        self.is_connected = true;
        self.read();
    }

    pub(super) fn cut(&mut self) {
        if std::mem::take(&mut self.is_connected) {
            self.rig.close();
            self.server.sessions.clear();
            self.server.sent.clear();
            self.read();
        }
    }

    pub(super) fn connect(&mut self) {
        if !std::mem::replace(&mut self.is_connected, true) {
            self.rig.open();
            self.server.greet();
        }
    }

    /// Lets both sides talk until they have sent everything or `limit` messages of the server have
    /// arrived. Returns how many arrived.
    pub(super) fn talk(&mut self, limit: usize) -> usize {
        let mut arrived = 0;
        while self.is_connected {
            for command in self.rig.sent() {
                self.server.handle(&command);
            }
            if arrived == limit {
                break;
            }
            let Some(message) = self.server.sent.pop_front() else {
                break;
            };
            if self.lost_completions > 0 && message.contains("series_completed") {
                self.lost_completions -= 1;
                continue;
            }
            self.arrive(&message);
            self.old.push(message);
            arrived += 1;
        }
        arrived
    }

    pub(super) fn arrive(&mut self, message: &str) {
        let updates = self.rig.receive(message);
        self.rig
            .updates
            .extend(updates.into_iter().map(|update| (SERIES, update)));
        self.read();
    }

    /// A session of the server, if there is one.
    pub(super) fn session(&self) -> Option<String> {
        self.server.sessions.keys().next().cloned()
    }

    /// Time passes on both sides, in steps of a bar's change.
    pub(super) fn pass(&mut self, steps: i64) {
        if self.standby.is_some() {
            // What has been sent does not wait for hours.
            self.renew(usize::MAX);
        }
        for _ in 0..steps {
            self.server.step();
            self.rig.pass(Duration::from_secs(STEP as u64));
            self.read();
            self.talk(usize::MAX);
            if let Some((rig, server)) = self.standby.as_deref_mut() {
                server.step();
                rig.pass(Duration::from_secs(STEP as u64));
                self.renew(usize::MAX);
            }
        }
    }

    fn read(&mut self) {
        for update in self.rig.updates() {
            self.reader.read(update, &self.server);
        }
        let last = self.reader.last_closed;
        let stray = last.zip(self.strays).map(|(last, back)| last - back);
        self.server.stray = stray.map(|stray| (..stray + 1).rev_find_open());
    }
}
