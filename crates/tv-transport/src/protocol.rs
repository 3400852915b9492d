//! What a driver runs: the seam between the socket and a sans-IO protocol.
//!
//! This module knows instants, text and bytes. It does not know the socket, the runtime or the data
//! format. Its neighbours are [`driver`](crate::Driver), which calls the trait, and
//! [`close`](crate::CloseReason), whose reasons the trait receives.

use std::{
    fmt,
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::{
    close::{CloseReason, ProtocolFault},
    error::DialError,
    fault::Fault,
    monitor::{QueueFill, RequestLatency},
    recovery::Recovery,
};

/// A sans-IO protocol that a driver runs over a WebSocket.
///
/// An implementation does no IO and reads no clock: time comes in as `now`, messages come in
/// through `handle_*` and go out through `poll_*`. It lives longer than any one connection:
/// [`on_open`] starts each connection with a greater generation, [`handle_close`] ends it.
///
/// # Contract
///
/// - All messages of one connection lie between one [`on_open`] and one [`handle_close`]. If the
///   future of [`Driver::drive`](crate::Driver::drive) is dropped, [`handle_close`] is never called
///   and the next call is the next [`on_open`].
/// - Between connections a supervisor still hands in commands, calls [`handle_timeout`] and takes
///   events. Nothing is sent.
/// - After any `on_open` or `handle_*` call the driver polls [`poll_event`] and [`poll_transmit`]
///   until each is `None`, events first. While the peer does not read, [`poll_transmit`] is not
///   called and messages are still handed in. The implementation must bound what it queues
///   meanwhile.
/// - `now` never goes back.
/// - No call may block.
///
/// [`on_open`]: Self::on_open
/// [`handle_close`]: Self::handle_close
/// [`handle_timeout`]: Self::handle_timeout
/// [`poll_event`]: Self::poll_event
/// [`poll_transmit`]: Self::poll_transmit
pub trait Protocol {
    /// A command of a handle to the protocol.
    type Command: Send;
    /// An event of the protocol for its owner.
    type Event: Send;

    /// Starts a connection; what was queued for an earlier generation must not be sent on this one.
    fn on_open(&mut self, generation: u64, now: Instant);

    /// Takes a command of a handle.
    ///
    /// If a supervisor drives the protocol, commands also arrive while no connection is open.
    /// Remember what to send on the next connection, and bound what you remember.
    fn handle_command(&mut self, now: Instant, command: Self::Command);

    /// Takes one complete text message.
    fn handle_text(&mut self, now: Instant, text: &str);

    /// Takes one complete binary message.
    fn handle_binary(&mut self, now: Instant, data: &[u8]);

    /// Does what is due at `now`; an early or repeated call is a no-op.
    ///
    /// Afterwards [`poll_timeout`](Self::poll_timeout) must be later than `now` or `None`; an
    /// instant that stays in the past is tried again each millisecond.
    fn handle_timeout(&mut self, now: Instant);

    /// Ends the connection.
    ///
    /// Called as soon as the end is decided, before the closing handshake is waited for. Nothing
    /// that is queued now will be sent on this connection; events are still fetched.
    fn handle_close(&mut self, now: Instant, reason: &CloseReason);

    /// Learns that an attempt to connect has failed, before [`classify`](Self::classify) judges it.
    /// What the server has answered is in the error, [redacted](Self::redact). Default: nothing.
    ///
    /// Only a supervisor connects, so only a supervisor calls it.
    fn handle_dial_error(&mut self, now: Instant, error: &DialError) {
        let _ = (now, error);
    }

    /// The next message to send, in order.
    #[must_use]
    fn poll_transmit(&mut self) -> Option<Outgoing>;

    /// When to call [`handle_timeout`](Self::handle_timeout) at the latest, or `None` for never.
    #[must_use]
    fn poll_timeout(&self) -> Option<Instant>;

    /// The next event for the owner, in order.
    #[must_use]
    fn poll_event(&mut self) -> Option<Self::Event>;

    /// Decides what to do about a connection that ended or could not be made.
    ///
    /// The default is [`Fault::recovery`]. A protocol that learns more from its peer (a bad token,
    /// a ban) overrides it.
    #[must_use]
    fn classify(&self, fault: &Fault) -> Recovery {
        fault.recovery()
    }

    /// Returns why the connection is useless, if it is. The driver then closes it at once, and the
    /// end counts as [`CloseReason::Protocol`]. Polled after events. Default: never.
    ///
    /// For faults that bytes do not show: a peer that answers pings and sends no data, bad
    /// credentials, messages without sense.
    #[must_use]
    fn poll_fault(&mut self) -> Option<ProtocolFault> {
        None
    }

    /// Returns a text of the peer without the secrets of ours that it repeats. Every text of a peer
    /// that is kept, such as the reason of its close frame or the text of its refusal, passes
    /// through here. Default: the text as it is.
    #[must_use]
    fn redact(&self, text: &str) -> String {
        text.to_owned()
    }

    /// How many subscriptions there are, for health and metrics. Default: none.
    #[must_use]
    fn subscriptions(&self) -> SubscriptionCounts {
        SubscriptionCounts::default()
    }

    /// How many bytes of commands wait in the protocol to be sent, for health and metrics. Default:
    /// 0.
    #[must_use]
    fn queued_bytes(&self) -> usize {
        0
    }

    /// How full its queues are, for health and metrics. Default: none.
    #[must_use]
    fn queues(&self) -> Vec<QueueFill> {
        Vec::new()
    }

    /// How long the peer takes to answer, by kind of request, for health. Default: nothing is
    /// known.
    #[must_use]
    fn request_latencies(&self) -> Vec<RequestLatency> {
        Vec::new()
    }

    /// The streams whose data is overdue at `now`, for health. Default: none.
    ///
    /// Only the protocol knows what is overdue: cadence, sessions, market hours. Name at most
    /// [`StaleStream::MOST`].
    #[must_use]
    fn stale_streams(&self, now: Instant) -> Vec<StaleStream> {
        let _ = now;
        Vec::new()
    }

    /// The streams that wait at `now` because the peer asked for it or refuses them for a while,
    /// for health. Default: none.
    ///
    /// Name at most [`StaleStream::MOST`].
    #[must_use]
    fn suspended_streams(&self, now: Instant) -> Vec<SuspendedStream> {
        let _ = now;
        Vec::new()
    }

    /// How far the protocol has come.
    ///
    /// Once it is [`Status::Finished`], the driver sends what is queued, closes the socket and
    /// ends.
    #[must_use]
    fn status(&self) -> Status;
}

/// How many subscriptions a protocol has, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "every protocol makes them")]
pub struct SubscriptionCounts {
    /// Requested and not confirmed, including those that wait for a connection.
    pub pending: usize,
    /// Confirmed by the peer on this connection.
    pub confirmed: usize,
    /// Being ended.
    pub unsubscribing: usize,
}

impl SubscriptionCounts {
    /// All that are wanted: pending and confirmed.
    #[must_use]
    pub fn wanted(&self) -> usize {
        self.pending.saturating_add(self.confirmed)
    }
}

/// A stream whose data is overdue.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "every protocol makes them")]
pub struct StaleStream {
    /// The venue's name of the stream, which must not be a secret.
    pub stream: String,
    /// How long ago its last data came, or it was subscribed.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds"))]
    pub age: Duration,
}

/// A stream that waits before it is requested again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "every protocol makes them")]
pub struct SuspendedStream {
    /// The venue's name of the stream; no secret.
    pub stream: String,
    /// Why it waits, in the peer's words, free of secrets.
    pub reason: String,
    /// The time until it is requested again.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds"))]
    pub retry_in: Duration,
}

impl StaleStream {
    /// The most streams to name.
    pub const MOST: usize = 100;
}

/// A message to send.
///
/// `Debug` shows its kind and length, never its content.
#[derive(Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a driver must be able to send every kind"
)]
pub enum Outgoing {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Bytes),
}

impl Outgoing {
    /// The length of the payload in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(data) => data.len(),
        }
    }

    /// Whether the payload is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The payload.
    #[cfg(feature = "deflate")]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(data) => data,
        }
    }

    pub(crate) fn kind(&self) -> MessageKind {
        match self {
            Self::Text(_) => MessageKind::Text,
            Self::Binary(_) => MessageKind::Binary,
        }
    }
}

/// The two kinds of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageKind {
    Text,
    Binary,
}

impl MessageKind {
    /// As in logs and metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Binary => "binary",
        }
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outgoing({}, {} bytes)", self.kind().name(), self.len())
    }
}

/// How far a protocol has come on its present connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a driver must handle each of them")]
pub enum Status {
    /// It greets, signs in or restores, and does not serve yet.
    Starting,
    /// It serves.
    Ready,
    /// It is done: the connection will be closed, and none will follow.
    Finished,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Finished => "finished",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_an_outgoing_message_hides_its_content() {
        let text = format!("{:?}", Outgoing::Text("secret-token".into()));
        assert_eq!(text, "Outgoing(text, 12 bytes)");
        let data = format!("{:?}", Outgoing::Binary(Bytes::from_static(b"secret")));
        assert_eq!(data, "Outgoing(binary, 6 bytes)");
    }
}
