//! Entries counted.

use std::collections::BTreeMap;

use protocol::message::{ClientMessage, ServerMessage};
use serde::Serialize;

use super::{
    entry::{Entry, Place},
    record::HIDDEN,
};

/// Faults that are listed; more are only counted, so that memory stays bounded.
const MAX_FAULTS: usize = 1_000;

/// Counts of entries by kind, and the faults.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    /// Frames and bare messages, heartbeats included; faults are not counted.
    frames: u64,
    /// Of these, how many have which method. Those of the next two are not among them.
    kinds: BTreeMap<String, u64>,
    unknown: u64,
    malformed: u64,
    faults: Vec<Fault>,
    #[serde(skip_serializing_if = "is_zero")]
    faults_omitted: u64,
}

#[derive(Debug, Serialize)]
struct Fault {
    #[serde(flatten)]
    place: Place,
    error: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Summary {
    /// Counts an entry.
    pub(super) fn add(&mut self, place: Place, entry: &Entry<'_>) {
        if let Entry::Fault(error) = entry {
            self.fault(place, error.clone());
            return;
        }
        self.frames += 1;
        match entry {
            Entry::Heartbeat(_) => self.kind("heartbeat"),
            Entry::Received(received) => self.server(place, &received.message),
            Entry::Undirected(message) => self.server(place, message),
            Entry::Sent(message) => match message.as_ref() {
                ClientMessage::Unknown(_) => self.unknown += 1,
                ClientMessage::Malformed(malformed) => {
                    self.malformed(place, message.method(), &malformed.error.to_string());
                }
                _ => self.kind(message.method()),
            },
            Entry::Hidden { unknown: true, .. } => self.unknown += 1,
            Entry::Hidden { unknown: false, .. } => self.malformed(place, "", HIDDEN),
            Entry::Fault(_) => {}
        }
    }

    fn server(&mut self, place: Place, message: &ServerMessage<'_>) {
        match message {
            ServerMessage::Unknown(_) => self.unknown += 1,
            ServerMessage::Malformed(malformed) => {
                self.malformed(place, message.method(), &malformed.error.to_string());
            }
            _ => self.kind(message.method()),
        }
    }

    fn kind(&mut self, method: &str) {
        if let Some(count) = self.kinds.get_mut(method) {
            *count += 1;
        } else {
            self.kinds.insert(method.to_owned(), 1);
        }
    }

    fn malformed(&mut self, place: Place, method: &str, error: &str) {
        self.malformed += 1;
        let method: String = method.chars().take(LONGEST_METHOD).collect();
        let space = if method.is_empty() { "" } else { " " };
        self.fault(place, format!("malformed {method}{space}message: {error}"));
    }

    fn fault(&mut self, place: Place, error: String) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault { place, error });
        } else {
            self.faults_omitted += 1;
        }
    }
}

/// What is kept of a method's name; a malformed message may have any.
const LONGEST_METHOD: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_a_thousand_faults_are_listed() {
        let mut summary = Summary::default();
        for line in 1..=1_005 {
            summary.add(Place { line, offset: 0 }, &Entry::Fault("x".to_owned()));
        }
        assert_eq!((summary.faults.len(), summary.faults_omitted), (1_000, 5));
        assert_eq!(summary.frames, 0);
        let json = serde_json::to_value(&summary).unwrap();
        assert_eq!(json["faults_omitted"], 5);
        let empty = serde_json::to_string(&Summary::default()).unwrap();
        assert_eq!(
            empty,
            r#"{"frames":0,"kinds":{},"unknown":0,"malformed":0,"faults":[]}"#
        );
    }
}
