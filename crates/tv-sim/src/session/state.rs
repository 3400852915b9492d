//! The server's side of one connection: greeting, heartbeats, what waits, what is due.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use market::{Symbol, Tick};

use crate::{
    framing,
    hello::hello,
    rules::Tier,
    session::{
        chart::session::ChartSession,
        heartbeats::Heartbeats,
        outbox::Outbox,
        quote::session::QuoteSession,
        rules::Rules,
        sessions::Sessions,
        source::{Context, Source},
    },
};

/// Milliseconds between two recorded changes of one series or symbol.
const PLAY_PACE: i64 = 50;

/// How a connection ends from the server's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// After everything that waits is written.
    Polite,
    /// At once: the client left heartbeats unanswered.
    Cut,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Session {
    pub(super) source: Source,
    pub(super) rules: Arc<Rules>,
    pub(super) out: Outbox,
    /// Payloads that were received and not yet worked on.
    inbox: VecDeque<String>,
    pub(super) sessions: Sessions,
    /// Who is at the other end.
    pub(super) tier: Tier,
    /// When the token is no longer good.
    pub(super) expires: Option<i64>,
    /// Ticks held back while the client reads too slowly: the last of each symbol.
    held: BTreeMap<String, Tick>,
    pub(super) warnings: Vec<String>,
    /// Whether the client's URL asked for a chart page.
    chart_page: bool,
    pub(super) heartbeats: Heartbeats,
    /// The greeting, and when it is due, until it is sent.
    greeting: Option<(i64, String)>,
    /// When recorded changes go on.
    next_play: Option<i64>,
    pub(super) ending: Option<Ending>,
    /// Grows whenever a command may have changed what is followed.
    pub(super) revision: u64,
}

impl Session {
    /// Greets a client that just connected. `number` tells connections apart.
    pub(crate) fn open(source: Source, rules: Arc<Rules>, number: u64, now: i64) -> Self {
        let mut out = Outbox::new(rules.wire.profile);
        let recorded = source
            .recording()
            .filter(|_| rules.wire.redirect.is_none())
            .and_then(|recording| recording.hello().map(str::to_owned));
        let greeting = recorded.unwrap_or_else(|| hello(&rules.wire, number, now));
        let due = now + rules.greeting;
        let greeting = if rules.greeting > 0 {
            Some((due, greeting))
        } else {
            out.push(greeting);
            None
        };
        let heartbeats = Heartbeats::new(due, &rules);
        Self {
            source,
            rules,
            out,
            inbox: VecDeque::new(),
            sessions: Sessions::default(),
            tier: Tier::Guest,
            expires: None,
            held: BTreeMap::new(),
            warnings: Vec::new(),
            heartbeats,
            greeting,
            chart_page: false,
            next_play: None,
            ending: None,
            revision: 0,
        }
    }

    /// Says with which path and query the client came.
    pub(crate) fn set_target(&mut self, target: &str) {
        let query = target.split_once('?').map(|(_, query)| query);
        let pairs = query.into_iter().flat_map(|query| query.split('&'));
        self.chart_page = pairs.into_iter().any(|pair| pair == "type=chart");
    }

    /// Whether this connection gets no studies.
    pub(super) fn no_studies(&self) -> bool {
        self.rules.studies.need_chart_type && !self.chart_page
    }

    /// Takes in a WebSocket message. Call it only while [`wants_input`](Self::wants_input).
    pub(crate) fn handle_text(&mut self, now: i64, message: &str) {
        if self.out.is_closed() {
            return;
        }
        let payloads = match framing::split(message) {
            Ok(payloads) => payloads,
            Err(error) => {
                self.warnings
                    .push(format!("a client sent no whole frames: {error}"));
                return self.fail("wrong data");
            }
        };
        for payload in payloads {
            match payload.strip_prefix("~h~") {
                Some(number) => self.heartbeats.answer(number),
                None => self.inbox.push_back(payload.to_owned()),
            }
        }
        self.work(now);
    }

    /// Works on what was received, as long as there is room for the answers.
    pub(crate) fn work(&mut self, now: i64) {
        let (mut cx, sessions) = self.split(now);
        sessions.load_waiting(&mut cx);
        while !self.out.is_full() && self.ending.is_none() {
            let Some(payload) = self.inbox.pop_front() else {
                break;
            };
            self.handle_payload(now, &payload);
            if self.out.is_closed() {
                self.inbox.clear();
            }
        }
        if self.next_play.is_none() && self.has_play() {
            self.next_play = Some(now + PLAY_PACE);
        }
    }

    /// Takes in what the market did.
    pub(crate) fn handle_ticks(&mut self, now: i64, ticks: &[Tick]) {
        for tick in ticks {
            if self.out.is_congested() || !self.held.is_empty() {
                if self.sessions.follows(tick.symbol.name()) {
                    self.held
                        .insert(tick.symbol.name().to_owned(), tick.clone());
                }
            } else {
                self.tick(now, tick);
            }
        }
    }

    /// Does what is due. Early or repeated calls do nothing.
    pub(crate) fn handle_timeout(&mut self, now: i64) {
        if let Some((_, greeting)) = self.greeting.take_if(|(due, _)| *due <= now) {
            self.out.push(greeting);
        }
        if let Some(number) = self.heartbeats.due(now, &self.rules) {
            self.out.push_heartbeat(number);
        }
        if !self.out.is_closed() && self.heartbeats.overdue(now, &self.rules) {
            self.ending = Some(Ending::Cut);
        }
        if self.expires.is_some_and(|due| due <= now) {
            self.expires = None;
            self.fail("bad auth token");
        }
        let (mut cx, sessions) = self.split(now);
        sessions.handle_timeout(&mut cx);
        if self.next_play.is_some_and(|due| due <= now) {
            let (mut cx, sessions) = self.split(now);
            if !cx.out.is_congested() {
                sessions.play(&mut cx);
            }
            self.next_play = self.has_play().then_some(now + PLAY_PACE);
        }
    }

    /// When `handle_timeout` has something to do next, in milliseconds UTC.
    pub(crate) fn next_timeout(&self) -> i64 {
        let cut = self
            .heartbeats
            .deadline(&self.rules)
            .filter(|_| !self.out.is_closed());
        let sessions = self.sessions.next_timeout();
        sessions
            .into_iter()
            .chain(self.expires)
            .chain(self.next_play)
            .chain(self.greeting.as_ref().map(|(due, _)| *due))
            .chain(cut)
            .fold(self.heartbeats.next, i64::min)
    }

    /// Whether `poll_message` has something.
    pub(crate) fn has_message(&self) -> bool {
        !self.out.is_empty() || !self.held.is_empty()
    }

    /// The next WebSocket message to write.
    pub(crate) fn poll_message(&mut self, now: i64) -> Option<String> {
        if self.out.is_empty() {
            for tick in std::mem::take(&mut self.held).into_values() {
                self.tick(now, &tick);
            }
        }
        let message = self.out.take_message();
        self.work(now);
        message
    }

    /// What the person who runs the simulator should know.
    pub(crate) fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// Whether more may be read from the client.
    pub(crate) fn wants_input(&self) -> bool {
        let is_greeted = self.greeting.is_none();
        is_greeted && self.inbox.is_empty() && !self.out.is_full() && self.ending.is_none()
    }

    /// How the connection should end, if it should.
    pub(crate) fn ending(&self) -> Option<Ending> {
        self.ending
    }

    /// How many heartbeats were answered.
    pub(crate) fn heartbeats_answered(&self) -> u64 {
        self.heartbeats.answered
    }

    /// Changes whenever [`symbols`](Self::symbols) may have changed.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// The market symbols that some session follows, each once.
    pub(crate) fn symbols(&self) -> Vec<Arc<Symbol>> {
        let all = self
            .sessions
            .quotes
            .values()
            .flat_map(QuoteSession::symbols);
        let all = all.chain(
            self.sessions
                .charts
                .values()
                .flat_map(ChartSession::symbols),
        );
        let unique: BTreeMap<&str, &Arc<Symbol>> =
            all.map(|symbol| (symbol.name(), symbol)).collect();
        unique.into_values().cloned().collect()
    }

    /// What a session needs at hand, and the sessions.
    pub(super) fn split(&mut self, now: i64) -> (Context<'_>, &mut Sessions) {
        let cx = Context {
            now,
            source: &self.source,
            out: &mut self.out,
            warnings: &mut self.warnings,
            wire: &self.rules.wire,
            limits: self.rules.wire.limits(self.tier),
            tier: self.tier,
            replays: self.sessions.replay_points(),
        };
        (cx, &mut self.sessions)
    }

    fn has_play(&self) -> bool {
        self.sessions.has_play(&self.source)
    }

    fn tick(&mut self, now: i64, tick: &Tick) {
        let (mut cx, sessions) = self.split(now);
        sessions.tick(tick, &mut cx);
    }
}

#[cfg(test)]
mod tests {
    use market::{Market, tick_at};

    use super::*;
    use crate::{rules::Wire, session::rules::StudyRules};

    const NOW: i64 = 1_790_726_430_000;

    fn session() -> Session {
        let rules = Rules {
            greeting: 0,
            heartbeat: 10_000,
            patience: 20_000,
            wire: Wire::default(),
            studies: StudyRules::default(),
        };
        let mut session = Session::open(Source::Market(Market::new(1)), Arc::new(rules), 1, NOW);
        assert!(
            session
                .poll_message(NOW)
                .is_some_and(|hello| hello.contains("session_id"))
        );
        session
    }

    fn say(session: &mut Session, now: i64, payloads: &[&str]) {
        let mut message = String::new();
        payloads
            .iter()
            .for_each(|payload| framing::push_frame(&mut message, payload));
        session.handle_text(now, &message);
    }

    #[test]
    fn the_greeting_waits_and_so_does_the_client() {
        let rules = Rules {
            greeting: 20,
            heartbeat: 10_000,
            patience: 20_000,
            wire: Wire::default(),
            studies: StudyRules::default(),
        };
        let source = Source::Market(Market::new(1));
        let mut session = Session::open(source, Arc::new(rules), 1, NOW);
        session.handle_timeout(NOW + 19);
        assert!(!session.has_message() && !session.wants_input());
        assert_eq!(session.next_timeout(), NOW + 20);
        session.handle_timeout(NOW + 20);
        let hello = session.poll_message(NOW + 20).unwrap();
        assert!(hello.contains("~m~{\"session_id\":"), "{hello}");
        assert!(session.wants_input());
        assert_eq!(session.next_timeout(), NOW + 10_020);
    }

    #[test]
    fn a_heartbeat_comes_every_period_and_silence_ends_patience() {
        let mut session = session();
        assert_eq!(session.next_timeout(), NOW + 10_000);
        session.handle_timeout(NOW + 9_999);
        assert!(!session.has_message());
        session.handle_timeout(NOW + 10_000);
        assert_eq!(
            session.poll_message(NOW + 10_000).as_deref(),
            Some("~m~4~m~~h~1")
        );
        say(&mut session, NOW + 10_001, &["~h~1", "~h~1"]);
        assert_eq!(session.heartbeats_answered(), 1, "an answer counts once");
        session.handle_timeout(NOW + 20_000);
        session.handle_timeout(NOW + 39_999);
        assert_eq!(session.ending(), None);
        assert_eq!(session.next_timeout(), NOW + 40_000);
        session.handle_timeout(NOW + 40_000);
        assert_eq!(session.ending(), Some(Ending::Cut));
    }

    #[test]
    fn a_lone_symbol_is_answered_after_its_time() {
        let mut session = session();
        let resolve = r#"{"m":"resolve_symbol","p":["cs_1","y","NASDAQ:AAPL"]}"#;
        say(
            &mut session,
            NOW,
            &[r#"{"m":"chart_create_session","p":["cs_1"]}"#, resolve],
        );
        assert!(!session.has_message());
        assert_eq!(session.next_timeout(), NOW + 20);
        session.handle_timeout(NOW + 20);
        assert!(
            session
                .poll_message(NOW + 20)
                .is_some_and(|m| m.contains("symbol_resolved"))
        );
    }

    #[test]
    fn ticks_for_a_client_that_does_not_read_are_merged() {
        let mut session = session();
        let create = r#"{"m":"quote_create_session","p":["qs_1"]}"#;
        let add = r#"{"m":"quote_add_symbols","p":["qs_1","SIM:A"]}"#;
        say(&mut session, NOW, &[create, add]);
        let symbol = session.symbols().remove(0);
        for n in 1..100_000 {
            session.handle_ticks(NOW + n, &[tick_at(&symbol, NOW + n)]);
        }
        assert!(session.out.bytes() < 300 * 1024, "{}", session.out.bytes());
        let mut last = String::new();
        while let Some(message) = session.poll_message(NOW + 100_000) {
            last = message;
        }
        let newest = format!(r#""lp_time":{}"#, (NOW + 99_999) / 1000);
        assert!(last.contains(&newest), "{last}");
        assert!(!session.has_message());
    }

    #[test]
    fn requests_wait_while_answers_do() {
        let mut session = session();
        let mut asked = vec![
            r#"{"m":"chart_create_session","p":["cs_1"]}"#.to_owned(),
            r#"{"m":"resolve_symbol","p":["cs_1","y","NASDAQ:AAPL"]}"#.to_owned(),
        ];
        asked.extend((0..8).map(|n| {
            format!(r#"{{"m":"create_series","p":["cs_1","sds_{n}","s1","y","1",20000]}}"#)
        }));
        say(
            &mut session,
            NOW,
            &asked.iter().map(String::as_str).collect::<Vec<_>>(),
        );
        assert!(
            !session.wants_input() && session.out.bytes() < 8 * 1024 * 1024,
            "{}",
            session.out.bytes()
        );
        let mut completed = 0;
        while let Some(message) = session.poll_message(NOW) {
            completed += message.matches("series_completed").count();
        }
        assert_eq!((completed, session.wants_input()), (8, true));
    }

    #[test]
    fn the_same_inputs_give_the_same_outputs() {
        let run = || {
            let mut session = session();
            let add = r#"{"m":"quote_add_symbols","p":["qs_1","SIM:A","KRX:005930"]}"#;
            say(
                &mut session,
                NOW,
                &[r#"{"m":"quote_create_session","p":["qs_1"]}"#, add],
            );
            let symbols = session.symbols();
            symbols
                .iter()
                .for_each(|symbol| session.handle_ticks(NOW + 50, &[tick_at(symbol, NOW + 50)]));
            std::iter::from_fn(|| session.poll_message(NOW + 60)).collect::<String>()
        };
        assert_eq!(run(), run());
    }
}
