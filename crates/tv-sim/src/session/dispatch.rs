//! To which session a command goes, and what becomes of a command that cannot be carried out.

use serde_json::{Value, json};

use crate::{
    rules::Profile,
    session::{
        chart::session::ChartSession,
        depth::DepthSession,
        faults::unknown_session,
        history::HistorySession,
        outbox::Outbox,
        quote::session::QuoteSession,
        replay::session::ReplaySession,
        replies::{critical, untimed},
        source::Refusal,
        state::{Ending, Session},
        timezones,
    },
};

impl Session {
    /// Ends the connection with a `protocol_error`, unless that has been said already.
    pub(super) fn fail(&mut self, text: &str) {
        if self.ending.is_some() {
            return;
        }
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
            "set_auth_token" => self.authenticate(now, &params),
            "set_locale" | "set_data_quality" => {}
            "switch_protocol" if self.rules.wire.profile == Profile::Of2019 => {
                self.out
                    .push(untimed("protocol_switched", json!([params.first()])));
                // What follows is binary, and its grammar is not spoken here.
                self.out.close();
            }
            _ if method.ends_with("_create_session") => {
                self.create_session(method, first, &params);
            }
            _ if DELETIONS.contains(&method) => self.sessions.end(first),
            _ if method.starts_with("quote_") => self.quote(now, method, first, &params),
            _ if method.starts_with("replay_") => self.replay(now, method, first, &params),
            _ if method.starts_with("depth_") => self.depth(now, method, first, &params),
            "request_history_data" => self.history(now, method, first, &params),
            _ => self.chart(now, method, first, &params),
        }
    }

    fn create_session(&mut self, method: &str, id: &str, params: &[Value]) {
        let refused = self.no_studies();
        let sessions = &mut self.sessions;
        let reason = if id.is_empty() {
            "invalid parameters"
        } else if sessions.has(id) {
            "duplicate id"
        } else if sessions.are_full(self.rules.wire.max_sessions) {
            "max sessions rate reached"
        } else {
            let id = id.to_owned();
            match method {
                "quote_create_session" => {
                    sessions.quotes.insert(id, QuoteSession::new());
                }
                "chart_create_session" => {
                    let chart = ChartSession::new(self.rules.studies, refused);
                    sessions.charts.insert(id, chart);
                }
                "replay_create_session" => {
                    sessions.replays.insert(id, ReplaySession::default());
                }
                "depth_create_session" => {
                    sessions.depths.insert(id, DepthSession::default());
                }
                "history_create_session" => {
                    let reports = self.rules.studies.reports;
                    sessions.histories.insert(id, HistorySession::new(reports));
                }
                _ => self.unsupported(method, &id, params),
            }
            return;
        };
        self.out.push(critical(id, reason, method, params));
    }

    /// A method that no server knows: critical for the session that it names, nothing without one.
    fn unsupported(&mut self, method: &str, id: &str, params: &[Value]) {
        let method: String = method.chars().take(40).collect();
        self.warnings.push(format!("{method}: not supported"));
        if self.sessions.has(id) {
            self.out
                .push(critical(id, "unsupported method", &method, params));
            self.sessions.end(id);
        }
    }

    fn quote(&mut self, now: i64, method: &str, id: &str, params: &[Value]) {
        let (mut cx, sessions) = self.split(now);
        let Some(session) = sessions.quotes.get_mut(id) else {
            return stranger(cx.out, id, method, params);
        };
        let done = match method {
            "quote_set_fields" => session.set_fields(id, params, &mut cx),
            "quote_list_fields" => {
                cx.out.push(session.list_fields(id));
                Ok(())
            }
            "quote_add_symbols" => session.add_symbols(id, params, &mut cx),
            "quote_remove_symbols" => session.remove_symbols(params),
            "quote_fast_symbols" => session.fast_symbols(id, params, &mut cx),
            "quote_hibernate_all" => {
                session.hibernate();
                Ok(())
            }
            "quote_switch_timezone" => timezones::checked(params).map(drop),
            _ => Err(Refusal("unsupported method")),
        };
        // Quote sessions say it in fewer words, and live on.
        if let Err(Refusal(reason)) = done {
            cx.out
                .push(untimed("critical_error", json!([id, reason, method])));
        }
    }

    /// A command of a replay; one for a replay that there is not ends the connection.
    fn replay(&mut self, now: i64, method: &str, id: &str, params: &[Value]) {
        if !self.sessions.replays.contains_key(id) {
            return self.fail(&unknown_session(method, id, params));
        }
        let (mut cx, sessions) = self.split(now);
        let Some(replay) = sessions.replays.get_mut(id) else {
            return;
        };
        let done = match method {
            "replay_add_series" => replay.add_series(id, params, &mut cx),
            "replay_remove_series" => replay.remove_series(id, params, &mut cx),
            "replay_reset" => replay.reset(id, params, &mut cx),
            "replay_step" => replay.step(id, params, &mut cx),
            "replay_start" => replay.start(id, params, &mut cx),
            "replay_stop" => replay.stop(id, params, &mut cx),
            "replay_set_resolution" => replay.set_resolution(id, params, &mut cx),
            _ => Err(Refusal("unsupported method")),
        };
        match done {
            Ok(moved) => sessions.replayed(id, moved, &mut cx),
            Err(Refusal(reason)) => cx.out.push(critical(id, reason, method, params)),
        }
    }

    fn depth(&mut self, now: i64, method: &str, id: &str, params: &[Value]) {
        let (mut cx, sessions) = self.split(now);
        let Some(depth) = sessions.depths.get_mut(id) else {
            return stranger(cx.out, id, method, params);
        };
        match method {
            "depth_set_symbol" => depth.set_symbol(id, params, &mut cx),
            "depth_clear_symbol" => depth.clear_symbol(id, &mut cx),
            "depth_set_scale" => {}
            _ => cx
                .out
                .push(critical(id, "unsupported method", method, params)),
        }
    }

    fn history(&mut self, now: i64, method: &str, id: &str, params: &[Value]) {
        let (mut cx, sessions) = self.split(now);
        let Some(history) = sessions.histories.get_mut(id) else {
            return stranger(cx.out, id, method, params);
        };
        if let Err(Refusal(reason)) = history.request(id, params, &mut cx) {
            cx.out.push(critical(id, reason, method, params));
        }
    }

    fn chart(&mut self, now: i64, method: &str, id: &str, params: &[Value]) {
        if !CHART_METHODS.contains(&method) {
            return self.unsupported(method, id, params);
        }
        // A chart command for a session that never was ends the connection.
        if !self.sessions.charts.contains_key(id) && !self.sessions.has_ended(id) {
            return self.fail(&unknown_session(method, id, params));
        }
        let (mut cx, sessions) = self.split(now);
        let Some(chart) = sessions.charts.get_mut(id) else {
            return stranger(cx.out, id, method, params);
        };
        let done = match method {
            "resolve_symbol" => chart.resolve_symbol(params, &cx),
            "create_series" => chart.create_series(id, params, &mut cx),
            "modify_series" => chart.modify_series(id, params, &mut cx),
            "remove_series" => chart.remove_series(id, params, &mut cx),
            "request_more_data" => chart.more_data(id, params, &mut cx),
            "request_more_tickmarks" => chart.more_tickmarks(id, params, &mut cx),
            "get_first_bar_time" => chart.first_bar_time(id, params, &mut cx),
            "set_future_tickmarks_mode" => chart.future_tickmarks_mode(params),
            "create_study" | "create_child_study" => chart.create_study(id, params, &mut cx),
            "modify_study" => chart.modify_study(id, params, &mut cx),
            "child_study_rebind" => chart.rebind_study(id, params, &mut cx),
            "remove_study" => chart.remove_study(id, params, &mut cx),
            "request_studies_metadata" => chart.studies_metadata(id, params, &mut cx),
            "create_pointset" => chart.create_pointset(id, params, &mut cx),
            "modify_pointset" => chart.modify_pointset(id, params, &mut cx),
            "remove_pointset" => chart.remove_pointset(id, params, &mut cx),
            _ => chart.switch_timezone(id, params, &mut cx),
        };
        if let Err(Refusal(reason)) = done {
            cx.out.push(critical(id, reason, method, params));
            // A chart session does not survive a critical error.
            sessions.end(id);
        }
    }
}

/// A command for a session that there is not.
fn stranger(out: &mut Outbox, id: &str, method: &str, params: &[Value]) {
    let term = unknown_session(method, id, params);
    out.push(critical(id, &term, method, params));
}

/// The commands that end a session.
const DELETIONS: &[&str] = &[
    "quote_delete_session",
    "chart_delete_session",
    "replay_delete_session",
    "depth_delete_session",
    "history_delete_session",
];

/// The commands that a chart session carries out.
const CHART_METHODS: &[&str] = &[
    "resolve_symbol",
    "create_series",
    "modify_series",
    "remove_series",
    "request_more_data",
    "request_more_tickmarks",
    "get_first_bar_time",
    "set_future_tickmarks_mode",
    "create_study",
    "create_child_study",
    "modify_study",
    "child_study_rebind",
    "remove_study",
    "request_studies_metadata",
    "create_pointset",
    "modify_pointset",
    "remove_pointset",
    "switch_timezone",
];
