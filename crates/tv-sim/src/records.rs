//! What was sent and received, by connection.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex},
};

use serde::Serialize;
use serde_json::Value;

use crate::{fault::kind, framing, sync::lock};

/// Connections that are remembered one by one.
const MOST_CONNECTIONS: usize = 1000;
/// Kinds of messages, and sessions, that are remembered of each.
const MOST_NAMES: usize = 1000;

/// Frames and their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Count {
    /// How many.
    pub frames: u64,
    /// Their payloads together.
    pub bytes: u64,
}

/// What was sent, by the kind of message: its `m`, or `hello`, `heartbeat`, and `broken` for what
/// is not a row of frames.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Sent {
    /// Over all connections since the start.
    pub total: BTreeMap<String, Count>,
    /// By the number of the connection, for the latest 1000.
    pub connections: BTreeMap<u64, BTreeMap<String, Count>>,
}

/// What is known of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct ConnectionRecord {
    /// Its number, from 1.
    pub connection: u64,
    /// Path and query that were asked for.
    pub target: String,
    /// When it opened, in milliseconds of real time since the simulator began.
    pub opened_ms: u64,
    /// When it ended, likewise.
    pub closed_ms: Option<u64>,
    /// The quote, chart and replay sessions that are open, as the client sees it.
    pub sessions: BTreeSet<String>,
    /// Commands that were received, by their `m`.
    pub received: BTreeMap<String, u64>,
    /// What was sent.
    pub sent: BTreeMap<String, Count>,
}

/// The connections of a simulator.
#[derive(Debug, Default)]
pub(crate) struct Records(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    latest: VecDeque<Record>,
    /// What forgotten connections were sent.
    forgotten: BTreeMap<String, Count>,
}

/// A connection's record, shared between it and the ledger.
pub(crate) type Record = Arc<Mutex<ConnectionRecord>>;

impl Records {
    /// Begins the record of a connection.
    pub(crate) fn open(&self, connection: u64, target: String, opened_ms: u64) -> Record {
        let record = Arc::new(Mutex::new(ConnectionRecord {
            connection,
            target,
            opened_ms,
            ..ConnectionRecord::default()
        }));
        let mut state = lock(&self.0);
        // One that is still open is forgotten only when there are too many of them.
        if state.latest.len() >= MOST_CONNECTIONS {
            let closed = |record: &Record| lock(record).closed_ms.is_some();
            let at = state.latest.iter().position(closed).unwrap_or(0);
            if let Some(gone) = state.latest.remove(at) {
                let sent = std::mem::take(&mut lock(&gone).sent);
                merge(&mut state.forgotten, &sent);
            }
        }
        state.latest.push_back(Arc::clone(&record));
        record
    }

    pub(super) fn connections(&self) -> Vec<ConnectionRecord> {
        let state = lock(&self.0);
        state
            .latest
            .iter()
            .map(|record| lock(record).clone())
            .collect()
    }

    pub(super) fn sent(&self) -> Sent {
        let state = lock(&self.0);
        let mut sent = Sent {
            total: state.forgotten.clone(),
            connections: BTreeMap::new(),
        };
        for record in &state.latest {
            let record = lock(record);
            merge(&mut sent.total, &record.sent);
            sent.connections
                .insert(record.connection, record.sent.clone());
        }
        sent
    }
}

fn merge(into: &mut BTreeMap<String, Count>, from: &BTreeMap<String, Count>) {
    for (kind, count) in from {
        let sum = into.entry(kind.clone()).or_default();
        sum.frames += count.frames;
        sum.bytes += count.bytes;
    }
}

impl ConnectionRecord {
    /// Counts a message that goes out.
    pub(crate) fn count_sent(&mut self, message: &str) {
        let Ok(payloads) = framing::split(message) else {
            return self.count_kind("broken", message.len());
        };
        for payload in payloads {
            self.count_kind(&kind(payload), payload.len());
        }
    }

    fn count_kind(&mut self, kind: &str, bytes: usize) {
        let is_new = !self.sent.contains_key(kind);
        let kind = if is_new && self.sent.len() >= MOST_NAMES {
            "broken"
        } else {
            kind
        };
        if !self.sent.contains_key(kind) {
            self.sent.insert(kind.to_owned(), Count::default());
        }
        let Some(count) = self.sent.get_mut(kind) else {
            return;
        };
        count.frames += 1;
        count.bytes += bytes as u64;
    }
}

/// Watches what a client says: which sessions it has, and its token. It cannot be printed, since
/// tokens are secrets.
#[derive(Default)]
pub(crate) struct Watcher {
    pub(crate) token: Option<String>,
}

/// What of a client's message matters here. The first parameter may be a token, so it cannot be
/// printed.
pub(crate) struct Command {
    pub(crate) method: String,
    /// The first parameter, if it is a text.
    pub(crate) first: String,
}

impl Watcher {
    /// Reads the commands of a message and keeps the record.
    pub(crate) fn read(&mut self, message: &str, record: &Record) -> Vec<Command> {
        let commands: Vec<Command> = framing::split(message)
            .unwrap_or_default()
            .into_iter()
            .filter_map(command)
            .collect();
        let mut record = lock(record);
        for Command { method, first } in &commands {
            if let Some(count) = record.received.get_mut(method) {
                *count += 1;
            } else if record.received.len() < MOST_NAMES {
                record.received.insert(method.clone(), 1);
            }
            if method.ends_with("_create_session") && record.sessions.len() < MOST_NAMES {
                record.sessions.insert(first.clone());
            } else if method.ends_with("_delete_session") {
                record.sessions.remove(first);
            } else if method == "set_auth_token" {
                self.token = Some(first.clone());
            }
        }
        commands
    }
}

fn command(payload: &str) -> Option<Command> {
    let message: Value = serde_json::from_str(payload).ok()?;
    let first = message.get("p").and_then(|p| p.get(0));
    Some(Command {
        method: message.get("m")?.as_str()?.to_owned(),
        first: first.and_then(Value::as_str).unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(payloads: &[&str]) -> String {
        let mut message = String::new();
        payloads
            .iter()
            .for_each(|payload| framing::push_frame(&mut message, payload));
        message
    }

    #[test]
    fn what_goes_out_is_counted_by_kind_and_survives_its_connection() {
        let records = Records::default();
        let first = records.open(1, "/".into(), 0);
        let du = r#"{"m":"du","p":[]}"#;
        lock(&first).count_sent(&message(&[du, du, "~h~1"]));
        lock(&first).count_sent("~m~9~m~short");
        lock(&first).closed_ms = Some(5);
        for number in 2..=1001 {
            records.open(number, "/".into(), 0);
        }
        let sent = records.sent();
        assert!(!sent.connections.contains_key(&1) && sent.connections.len() == 1000);
        let twice = Count {
            frames: 2,
            bytes: 34,
        };
        assert_eq!(sent.total.get("du"), Some(&twice));
        assert_eq!(
            sent.total.get("heartbeat").map(|count| count.frames),
            Some(1)
        );
        assert_eq!(sent.total.get("broken").map(|count| count.frames), Some(1));
    }

    #[test]
    fn sessions_and_tokens_are_seen() {
        let records = Records::default();
        let record = records.open(1, "/".into(), 0);
        let mut watcher = Watcher::default();
        let commands = watcher.read(
            &message(&[
                r#"{"m":"set_auth_token","p":["secret"]}"#,
                r#"{"m":"chart_create_session","p":["cs_1"]}"#,
                r#"{"m":"quote_create_session","p":["qs_1"]}"#,
                r#"{"m":"chart_delete_session","p":["cs_1"]}"#,
                "~h~1",
            ]),
            &record,
        );
        assert_eq!(commands.len(), 4);
        assert_eq!(watcher.token.as_deref(), Some("secret"));
        let record = records.connections().remove(0);
        assert_eq!(record.sessions.into_iter().collect::<Vec<_>>(), ["qs_1"]);
        assert_eq!(record.received.get("set_auth_token"), Some(&1));
    }
}
