//! What can happen to a connection's sessions by no doing of the client.

use serde_json::json;

use crate::session::{replies::untimed, state::Session};

/// How heartbeats are sent; the time is in milliseconds of the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beat {
    Usual,
    Never,
    Every(i64),
    Miscounted,
}

impl Session {
    /// Ends one session with a `critical_error`; the others live on.
    pub(crate) fn break_session(&mut self, id: &str, reason: &str) {
        self.out
            .push(untimed("critical_error", json!([id, reason, ""])));
        self.sessions.end(id);
        self.revision += 1;
    }

    /// A `du` of a series with a bar before all that were sent, as a late correction of it; nothing
    /// if there is no such series or bar.
    pub(crate) fn late_correction(&self, id: &str, series: &str, back: u32) -> Option<String> {
        self.sessions
            .charts
            .get(id)?
            .late_correction(id, series, back)
    }

    /// Ends the connection with a `protocol_error`.
    pub(crate) fn break_off(&mut self, reason: &str) {
        self.fail(reason);
    }

    /// Sends heartbeats another way from now on.
    pub(crate) fn beat(&mut self, now: i64, beat: Beat) {
        let period = match beat {
            Beat::Never => return self.heartbeats.silence(),
            Beat::Miscounted => return self.heartbeats.miscount(),
            Beat::Usual => None,
            Beat::Every(period) => Some(period),
        };
        let rules = std::sync::Arc::clone(&self.rules);
        self.heartbeats.retime(now, period, &rules);
    }
}
