//! The health of a supervised connection, as values.

use std::time::Duration;

use super::state::State;
use crate::{
    fault::Fault,
    monitor::{QueueFill, RequestLatency},
    process::ProcessUsage,
    protocol::{StaleStream, SubscriptionCounts, SuspendedStream},
};

/// The health of a supervised connection at one moment. Holds no secret.
///
/// With the feature `serde` it can be written and read back, durations as seconds and states by
/// their names.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Health {
    /// The name of the venue or connection.
    pub name: String,
    /// The address in use, without its query: of the open connection, else of the latest attempt.
    /// Empty before the first.
    pub endpoint: String,
    /// The state.
    pub state: State,
    /// Whether a socket is open: alive, not necessarily ready.
    pub is_connected: bool,
    /// Whether it serves: connected, the protocol ready, every subscription confirmed and no stream
    /// stale.
    pub is_ready: bool,
    /// How many subscriptions there are, by state.
    pub subscriptions: SubscriptionCounts,
    /// Bytes of commands that are queued in the protocol.
    pub queue_bytes: usize,
    /// How full the queues are: that of commands, and those of the protocol.
    pub queues: Vec<QueueFill>,
    /// How long the peer takes to answer, by kind of request.
    pub requests: Vec<RequestLatency>,
    /// Memory and processor time of the whole process, with the feature `process`.
    pub process: Option<ProcessUsage>,
    /// Attempts to reconnect since the last stable connection.
    pub reconnect_attempts: u32,
    /// How long ago the last message came in; `None` before the first.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds::some"))]
    pub last_message_age: Option<Duration>,
    /// The counters.
    pub metrics: Metrics,
    /// The generation of the latest connection; zero before the first.
    pub generation: u64,
    /// The latest fault, until a connection is stable.
    pub last_error: Option<LastError>,
    /// The streams whose data is overdue, as the protocol judges.
    pub stale_streams: Vec<StaleStream>,
    /// The streams that wait before they are requested again, and why.
    pub suspended_streams: Vec<SuspendedStream>,
    /// The time until the next attempt, while waiting for it.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds::some"))]
    pub next_attempt_in: Option<Duration>,
}

/// The latest fault.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct LastError {
    /// Its kind: one of few names, fit for a label of a metric.
    pub class: String,
    /// What happened, cleaned and free of secrets.
    pub text: String,
}

impl From<&Fault> for LastError {
    fn from(fault: &Fault) -> Self {
        Self {
            class: fault.class().to_owned(),
            text: fault.explain(),
        }
    }
}

/// The counters of a supervised connection since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Metrics {
    /// Messages received, without pings and the like.
    pub messages_received: u64,
    /// Messages sent, without pings and the like.
    pub messages_sent: u64,
    /// Bytes of the messages received.
    pub bytes_received: u64,
    /// Bytes of the messages sent.
    pub bytes_sent: u64,
    /// Attempts to connect, the first one and failures included.
    pub connections: u64,
    /// Attempts to connect, except the first.
    pub reconnections: u64,
    /// Attempts that failed, and connections that ended without a local close.
    pub errors: u64,
    /// The time spent on received messages, until what they bring is handed to readers and what
    /// they ask for is handed to the socket.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds"))]
    pub processing_time: Duration,
    /// The longest time that one turn spent so; a turn takes at most 32 messages.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds"))]
    pub longest_processing: Duration,
    /// How long the present connection has been open; `None` if none is.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds::some"))]
    pub connection_uptime: Option<Duration>,
    /// The time from the end of a connection to the first message of the next, at the last
    /// reconnection.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds::some"))]
    pub last_recovery: Option<Duration>,
}
