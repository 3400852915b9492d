//! Why a connection ended, and which commands it refuses.

use thiserror::Error;

/// Why the connection can no longer be used.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConnectionError {
    /// The server refuses the token. It hangs up after that.
    #[error("the server refuses the token: {text}")]
    BadToken {
        /// The server's words, safe to print.
        text: String,
    },
    /// The server refuses the connection for another reason. It hangs up after that.
    #[error("the server refuses the connection: {text}")]
    Refused {
        /// The server's words, safe to print.
        text: String,
    },
    /// Heartbeats came faster than they could be answered.
    #[error("more than {limit} bytes of heartbeats wait for their echo")]
    HeartbeatFlood {
        /// How many bytes may wait.
        limit: usize,
    },
    /// No text came for as long as the watchdog or the pulse limit allows.
    #[error("no message for {seconds} s")]
    Silent {
        /// That time in seconds.
        seconds: u64,
    },
    /// The transport closed.
    #[error("the transport closed: {reason}")]
    Closed {
        /// The transport's words, safe to print.
        reason: String,
    },
}

/// A command that cannot be accepted. Nothing was sent.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Misuse {
    /// Too many bytes wait to be sent already.
    #[error("{waiting} bytes of commands wait to be sent already, {limit} are allowed")]
    QueueFull {
        /// How many bytes wait.
        waiting: usize,
        /// How many bytes may wait.
        limit: usize,
    },
    /// The connection has ended.
    #[error("the connection has ended")]
    Ended,
}
