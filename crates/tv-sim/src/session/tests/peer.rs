//! A client for the tests of sessions: it asks, and hands out what was said.

use std::sync::Arc;

use market::{Market, tick_at};
use serde_json::{Value, json};

use crate::{
    framing,
    rules::Wire,
    session::{
        rules::{Rules, StudyRules},
        source::Source,
        state::Session,
    },
};

/// When tests begin, in milliseconds UTC: a Thursday in September 2026, some seconds after a minute
/// began.
pub(crate) const NOW: i64 = 1_790_726_430_000;

/// Default settings, to change.
pub(crate) fn wire() -> Wire {
    Wire::default()
}

/// A connected client that read the greeting.
pub(crate) struct Peer {
    pub(crate) session: Session,
    pub(crate) now: i64,
}

impl Peer {
    pub(crate) fn new(wire: Wire) -> Self {
        let rules = Rules {
            greeting: 0,
            heartbeat: 10_000,
            patience: 1_000_000,
            wire,
            studies: StudyRules::default(),
        };
        let session = Session::open(Source::Market(Market::new(1)), Arc::new(rules), 1, NOW);
        let mut peer = Self { session, now: NOW };
        assert_eq!(peer.said().len(), 1, "the greeting");
        peer
    }

    /// Sends a command; answers with what was said at once.
    pub(crate) fn ask<P: serde::Serialize>(&mut self, method: &str, params: P) -> Vec<String> {
        let mut message = String::new();
        framing::push_frame(
            &mut message,
            &json!({ "m": method, "p": params }).to_string(),
        );
        self.session.handle_text(self.now, &message);
        self.said()
    }

    /// Lets time pass, in milliseconds.
    pub(crate) fn pass(&mut self, milliseconds: i64) -> Vec<String> {
        self.now += milliseconds;
        self.session.handle_timeout(self.now);
        self.said()
    }

    /// Lets every symbol that is followed trade after some milliseconds.
    pub(crate) fn trade(&mut self, milliseconds: i64) -> Vec<String> {
        self.now += milliseconds;
        for symbol in self.session.symbols() {
            self.session
                .handle_ticks(self.now, &[tick_at(&symbol, self.now)]);
        }
        self.said()
    }

    /// What waits to be read, without heartbeats.
    pub(crate) fn said(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(message) = self.session.poll_message(self.now) {
            let payloads = framing::split(&message).unwrap();
            said.extend(
                payloads
                    .into_iter()
                    .filter(|payload| !payload.starts_with("~h~"))
                    .map(str::to_owned),
            );
        }
        said
    }
}

/// Messages as JSON.
pub(crate) fn read(said: &[String]) -> Vec<Value> {
    said.iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect()
}

/// The names of messages.
pub(crate) fn names(said: &[String]) -> Vec<String> {
    read(said)
        .iter()
        .map(|message| message["m"].as_str().unwrap_or("hello").to_owned())
        .collect()
}
