//! To which session a command goes, and what becomes of a command that cannot be carried out.

use serde_json::{Value, json};

use super::chart::ChartSession;
use super::quote::QuoteSession;
use super::replies::{critical, untimed};
use super::source::{Context, Refusal};
use super::state::{Ending, Session};

/// Sessions of a connection, of both kinds together.
const MAX_SESSIONS: usize = 200;

impl Session {
    /// Ends the connection with a `protocol_error`.
    pub(super) fn fail(&mut self, text: &str) {
        self.out.push(untimed("protocol_error", json!([text])));
        self.ending = Some(Ending::Polite);
    }

    /// Carries out one command.
    pub(super) fn handle_payload(&mut self, now: i64, payload: &str) {
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
