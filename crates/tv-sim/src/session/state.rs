//! The server's side of one connection: greeting, heartbeats, login, and to which session a command goes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::{Value, json};

use super::chart::ChartSession;
use super::outbox::Outbox;
use super::quote::QuoteSession;
use super::replies::{critical, untimed};
use super::source::{Context, Refusal, Source};
use crate::framing;
use crate::hello::hello;
use crate::market::{Symbol, Tick};

/// Sessions of a connection, of both kinds together.
const MAX_SESSIONS: usize = 200;
/// Milliseconds between two recorded changes of one series or symbol.
const PLAY_PACE: i64 = 50;

/// What a server is set to.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// Milliseconds between heartbeats.
    pub(crate) heartbeat: i64,
    /// Milliseconds that a heartbeat may stay unanswered.
    pub(crate) patience: i64,
    /// Tokens that are refused.
    pub(crate) bad_tokens: Vec<String>,
}

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
    source: Source,
    rules: Arc<Rules>,
    out: Outbox,
    /// Payloads that were received and not yet worked on.
    inbox: VecDeque<String>,
    quotes: BTreeMap<String, QuoteSession>,
    charts: BTreeMap<String, ChartSession>,
    /// Ticks held back while the client reads too slowly: the last of each symbol.
    held: BTreeMap<String, Tick>,
    warnings: Vec<String>,
    heartbeats: Heartbeats,
    /// When recorded changes go on.
    next_play: Option<i64>,
    ending: Option<Ending>,
    /// Grows whenever a command may have changed what is followed.
    revision: u64,
}

/// Heartbeats sent and answered; times in milliseconds UTC.
#[derive(Debug)]
struct Heartbeats {
    sent: u64,
    /// How many answers came.
    answered: u64,
    next: i64,
    /// The oldest one without an answer: its number and time.
    waiting: VecDeque<(u64, i64)>,
}

impl Session {
    /// Greets a client that just connected. `number` tells connections apart.
    pub(crate) fn open(source: Source, rules: Arc<Rules>, number: u64, now: i64) -> Self {
        let mut out = Outbox::default();
        let recorded = source
            .recording()
            .and_then(|recording| recording.hello().map(str::to_owned));
        out.push(recorded.unwrap_or_else(|| hello(number, now)));
        let next = now + rules.heartbeat;
        Self {
            source,
            rules,
            out,
            inbox: VecDeque::new(),
            quotes: BTreeMap::new(),
            charts: BTreeMap::new(),
            held: BTreeMap::new(),
            warnings: Vec::new(),
            heartbeats: Heartbeats {
                sent: 0,
                answered: 0,
                next,
                waiting: VecDeque::new(),
            },
            next_play: None,
            ending: None,
            revision: 0,
        }
    }

    /// Takes in a WebSocket message. Call it only while [`wants_input`](Self::wants_input).
    pub(crate) fn handle_text(&mut self, now: i64, message: &str) {
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
        while !self.out.is_full() && self.ending.is_none() {
            let Some(payload) = self.inbox.pop_front() else {
                break;
            };
            self.handle_payload(now, &payload);
        }
        if self.next_play.is_none() && self.has_play() {
            self.next_play = Some(now + PLAY_PACE);
        }
    }

    /// Takes in what the market did.
    pub(crate) fn handle_ticks(&mut self, now: i64, ticks: &[Tick]) {
        for tick in ticks {
            if self.out.is_congested() || !self.held.is_empty() {
                if self.follows(tick.symbol.name()) {
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
        if let Some(number) = self.heartbeats.due(now, &self.rules) {
            self.out.push_heartbeat(number);
        }
        if self.heartbeats.overdue(now, &self.rules) {
            self.ending = Some(Ending::Cut);
        }
        let Self {
            source,
            out,
            warnings,
            charts,
            quotes,
            ..
        } = self;
        let mut cx = Context {
            now,
            source,
            out,
            warnings,
        };
        for (id, chart) in charts.iter_mut() {
            chart.answer_lookups(id, &mut cx);
        }
        if self.next_play.is_some_and(|due| due <= now) {
            if !cx.out.is_congested() {
                charts
                    .iter_mut()
                    .for_each(|(id, chart)| chart.play(id, &mut cx));
                quotes
                    .iter_mut()
                    .for_each(|(id, quote)| quote.play(id, &mut cx));
            }
            self.next_play = self.has_play().then_some(now + PLAY_PACE);
        }
    }

    /// When `handle_timeout` has something to do next, in milliseconds UTC.
    pub(crate) fn next_timeout(&self) -> i64 {
        let lookups = self.charts.values().filter_map(ChartSession::next_lookup);
        let cut = self
            .heartbeats
            .waiting
            .front()
            .map(|(_, sent)| sent + self.rules.patience);
        lookups
            .chain(self.next_play)
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
        self.inbox.is_empty() && !self.out.is_full() && self.ending.is_none()
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
        let all = self.quotes.values().flat_map(QuoteSession::symbols);
        let all = all.chain(self.charts.values().flat_map(ChartSession::symbols));
        let unique: BTreeMap<&str, &Arc<Symbol>> =
            all.map(|symbol| (symbol.name(), symbol)).collect();
        unique.into_values().cloned().collect()
    }

    fn follows(&self, name: &str) -> bool {
        let charts = self.charts.values().flat_map(ChartSession::symbols);
        self.quotes.values().any(|quote| quote.follows(name))
            || charts.into_iter().any(|s| s.name() == name)
    }

    fn has_play(&self) -> bool {
        self.charts
            .values()
            .any(|chart| chart.has_play(&self.source))
            || self
                .quotes
                .values()
                .any(|quote| quote.has_play(&self.source))
    }

    fn tick(&mut self, now: i64, tick: &Tick) {
        let Self {
            source,
            out,
            warnings,
            charts,
            quotes,
            ..
        } = self;
        let mut cx = Context {
            now,
            source,
            out,
            warnings,
        };
        quotes
            .iter_mut()
            .for_each(|(id, quote)| quote.tick(id, tick, &mut cx));
        charts
            .iter_mut()
            .for_each(|(id, chart)| chart.tick(id, tick, &mut cx));
    }

    /// Ends the connection with a `protocol_error`.
    fn fail(&mut self, text: &str) {
        self.out.push(untimed("protocol_error", json!([text])));
        self.ending = Some(Ending::Polite);
    }

    fn handle_payload(&mut self, now: i64, payload: &str) {
        self.revision += 1;
        let mut message: Value = serde_json::from_str(payload).unwrap_or_default();
        let params = match message.get_mut("p").map(Value::take) {
            Some(Value::Array(params)) => params,
            None => Vec::new(),
            Some(_) => return self.fail("wrong data"),
        };
        let Some(method) = message.get("m").and_then(Value::as_str) else {
            return self.fail("wrong data");
        };
        let first = params.first().and_then(Value::as_str).unwrap_or_default();
        match method {
            "set_auth_token" => {
                if self.rules.bad_tokens.iter().any(|bad| bad == first) {
                    self.fail("bad auth token");
                }
            }
            "quote_create_session" | "chart_create_session" => {
                self.create_session(method, first, &params)
            }
            "quote_delete_session" => {
                self.quotes.remove(first);
            }
            "chart_delete_session" => {
                self.charts.remove(first);
            }
            method if method.starts_with("quote_") => self.quote(now, method, first, &params),
            "set_locale" | "set_data_quality" => {}
            method => self.chart(now, method, first, &params),
        }
    }

    fn create_session(&mut self, method: &str, id: &str, params: &[Value]) {
        let reason = if id.is_empty() {
            "invalid parameters"
        } else if self.quotes.contains_key(id) || self.charts.contains_key(id) {
            "duplicate id"
        } else if self.quotes.len() + self.charts.len() >= MAX_SESSIONS {
            "max sessions rate reached"
        } else {
            if method == "quote_create_session" {
                self.quotes.insert(id.to_owned(), QuoteSession::new());
            } else {
                self.charts.insert(id.to_owned(), ChartSession::default());
            }
            return;
        };
        self.out.push(critical(id, reason, method, params));
    }

    fn quote(&mut self, now: i64, method: &str, id: &str, params: &[Value]) {
        let Self {
            source,
            out,
            warnings,
            quotes,
            ..
        } = self;
        let mut cx = Context {
            now,
            source,
            out,
            warnings,
        };
        let Some(session) = quotes.get_mut(id) else {
            return cx
                .out
                .push(critical(id, "unknown_session_id", method, params));
        };
        match method {
            "quote_set_fields" => session.set_fields(params),
            "quote_add_symbols" => {
                // The session lives on, as do all others.
                if let Err(Refusal(reason)) = session.add_symbols(id, params, &mut cx) {
                    cx.out
                        .push(untimed("critical_error", json!([id, reason, method])));
                }
            }
            "quote_remove_symbols" => session.remove_symbols(params),
            "quote_fast_symbols" => session.hibernate(false),
            "quote_hibernate_all" => session.hibernate(true),
            _ => cx.warnings.push(format!("{method}: ignored")),
        }
    }

    fn chart(&mut self, now: i64, method: &str, id: &str, params: &[Value]) {
        let Self {
            source,
            out,
            warnings,
            charts,
            ..
        } = self;
        let mut cx = Context {
            now,
            source,
            out,
            warnings,
        };
        if !CHART_METHODS.contains(&method) {
            return cx.warnings.push(format!(
                "{}: ignored",
                method.chars().take(40).collect::<String>()
            ));
        }
        let Some(chart) = charts.get_mut(id) else {
            return cx
                .out
                .push(critical(id, "unknown_session_id", method, params));
        };
        let done = match method {
            "resolve_symbol" => chart.resolve_symbol(params, &cx),
            "create_series" => chart.create_series(id, params, &mut cx),
            "modify_series" => chart.modify_series(id, params, &mut cx),
            "remove_series" => chart.remove_series(params),
            "request_more_data" => chart.more_data(id, params, &mut cx),
            "request_more_tickmarks" => chart.more_tickmarks(id, params, &mut cx),
            "create_study" => chart.create_study(id, params, &mut cx),
            _ => timezone(params),
        };
        if let Err(Refusal(reason)) = done {
            cx.out.push(critical(id, reason, method, params));
            // A chart session does not survive a critical error.
            charts.remove(id);
        }
    }
}

/// The commands that a chart session carries out.
const CHART_METHODS: &[&str] = &[
    "resolve_symbol",
    "create_series",
    "modify_series",
    "remove_series",
    "request_more_data",
    "request_more_tickmarks",
    "create_study",
    "switch_timezone",
];

/// `switch_timezone`: names of the time zone database, and "exchange".
fn timezone(params: &[Value]) -> Result<(), Refusal> {
    const AREAS: &[&str] = &[
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Etc",
        "Europe",
        "Indian",
        "Pacific",
        "US",
    ];
    let name = params.get(1).and_then(Value::as_str).unwrap_or_default();
    let known = name == "exchange"
        || name == "UTC"
        || name
            .split_once('/')
            .is_some_and(|(area, _)| AREAS.contains(&area));
    if known {
        Ok(())
    } else {
        Err(Refusal("invalid timezone"))
    }
}

impl Heartbeats {
    /// The number of the heartbeat to send now, if one is due.
    fn due(&mut self, now: i64, rules: &Rules) -> Option<u64> {
        if now < self.next {
            return None;
        }
        self.next = now + rules.heartbeat;
        self.sent += 1;
        self.waiting.push_back((self.sent, now));
        Some(self.sent)
    }

    /// Takes in an answer, which covers the heartbeats before it as well.
    fn answer(&mut self, number: &str) {
        let Ok(number) = number.parse::<u64>() else {
            return;
        };
        if self.waiting.iter().any(|(sent, _)| *sent == number) {
            self.answered += 1;
            self.waiting.retain(|(sent, _)| *sent > number);
        }
    }

    fn overdue(&self, now: i64, rules: &Rules) -> bool {
        self.waiting
            .front()
            .is_some_and(|(_, sent)| now - sent >= rules.patience)
    }
}
