//! What waits to be written to one client: bounded, so that a client that does not read costs
//! nothing but its own data.

use std::collections::VecDeque;

use crate::{framing, rules::Profile, session::profile_2019::of_2019};

/// Bytes of payload put together in one WebSocket message; a larger payload travels alone.
const MESSAGE_TARGET: usize = 64 * 1024;
/// Above this, live data is held back and merged.
const CONGESTED: usize = 256 * 1024;
/// Above this, the client's requests are no longer read. One answer of 20,000 bars is about 2.5
/// MiB.
const FULL: usize = 4 * 1024 * 1024;

/// Payloads in the order in which they will be sent.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: VecDeque<String>,
    bytes: usize,
    heartbeat: Option<String>,
    profile: Profile,
    /// Whether the client has switched to a protocol that is not spoken here.
    closed: bool,
}

impl Outbox {
    /// An empty one, for clients of a profile.
    pub(crate) fn new(profile: Profile) -> Self {
        Self {
            profile,
            ..Self::default()
        }
    }

    /// Queues a payload.
    pub(crate) fn push(&mut self, payload: String) {
        let payload = match self.profile {
            Profile::Current => Some(payload),
            Profile::Of2019 => of_2019(payload),
        };
        if let Some(payload) = payload.filter(|_| !self.closed) {
            self.bytes += payload.len();
            self.waiting.push_back(payload);
        }
    }

    /// Takes nothing more; what waits is still written.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    /// Whether nothing more is taken.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Queues a heartbeat, which goes first and alone in its message. An older one still waiting is
    /// replaced.
    pub(crate) fn push_heartbeat(&mut self, number: u64) {
        if !self.closed {
            self.heartbeat = Some(format!("~h~{number}"));
        }
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.heartbeat.is_none()
    }

    /// Whether live data should be held back.
    pub(crate) fn is_congested(&self) -> bool {
        self.bytes > CONGESTED
    }

    /// Whether no more requests should be read.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes > FULL
    }

    /// Bytes of payload that wait.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes the next WebSocket message: whole frames, several where they are small.
    pub(crate) fn take_message(&mut self) -> Option<String> {
        let mut message = String::new();
        if let Some(heartbeat) = self.heartbeat.take() {
            framing::push_frame(&mut message, &heartbeat);
            return Some(message);
        }
        while let Some(payload) = self.waiting.pop_front() {
            if !message.is_empty() && message.len() + payload.len() > MESSAGE_TARGET {
                self.waiting.push_front(payload);
                break;
            }
            self.bytes -= payload.len();
            framing::push_frame(&mut message, &payload);
        }
        (!message.is_empty()).then_some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_payloads_share_a_message_and_a_heartbeat_never_does() {
        let mut outbox = Outbox::default();
        outbox.push("{}".into());
        outbox.push_heartbeat(1);
        outbox.push("[]".into());
        assert_eq!(outbox.take_message().as_deref(), Some("~m~4~m~~h~1"));
        assert_eq!(outbox.take_message().as_deref(), Some("~m~2~m~{}~m~2~m~[]"));
        assert_eq!(outbox.take_message(), None);
        assert_eq!((outbox.bytes(), outbox.is_empty()), (0, true));
    }

    #[test]
    fn a_large_payload_travels_alone() {
        let mut outbox = Outbox::default();
        outbox.push("a".into());
        outbox.push("x".repeat(MESSAGE_TARGET));
        outbox.push("b".into());
        assert_eq!(outbox.take_message().as_deref(), Some("~m~1~m~a"));
        assert!(
            outbox
                .take_message()
                .is_some_and(|m| m.len() > MESSAGE_TARGET)
        );
        assert_eq!(outbox.take_message().as_deref(), Some("~m~1~m~b"));
    }
}
