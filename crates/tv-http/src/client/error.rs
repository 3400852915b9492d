//! Errors of the client.

use std::time::Duration;

use thiserror::Error;

use crate::wire::{AnswerError, Blame, Host, RequestError};

/// Why a client cannot be made. The caller is at fault.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ClientError {
    /// A base address cannot be used.
    #[error("{address:?} cannot be the address of {host}: {reason}")]
    Address {
        /// The host.
        host: Host,
        /// The address.
        address: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The proxy's address is neither `http://[user:password@]host:port` nor `socks5://…`.
    #[error(
        "the address of the proxy is not valid: expected http://[user:password@]host:port or socks5://…"
    )]
    Proxy,
    /// A certificate cannot be used as a root.
    #[error("certificate {place} cannot be trusted: it is not one in DER form")]
    Certificate {
        /// The place in the list; the first is 0.
        place: usize,
    },
    /// The user agent has characters that a header cannot have.
    #[error("{found:?} cannot be a user agent: use visible ASCII characters")]
    UserAgent {
        /// The text.
        found: String,
    },
    /// The system does not let the client be made.
    #[error("the client cannot be made: {reason}")]
    System {
        /// What the system says.
        reason: String,
    },
}

/// Why a question has no answer.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HttpError {
    /// The question cannot be asked; nothing was sent.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The server refused, or its answer cannot be read.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The connection could not be made, or broke.
    #[error("{host} cannot be reached: {reason}")]
    Network {
        /// The host.
        host: Host,
        /// What the network says, without addresses.
        reason: String,
    },
    /// The body of the answer ended before its end. Nothing of it is used.
    #[error("the answer of {host} broke off after {received} bytes: {reason}")]
    BrokenOff {
        /// The host.
        host: Host,
        /// How many bytes of the body came, after decompression.
        received: usize,
        /// What the network says, without addresses.
        reason: String,
    },
    /// The answer did not come in time.
    #[error("{host} did not answer within {} ms", .limit.as_millis())]
    TimedOut {
        /// The host.
        host: Host,
        /// The time limit.
        limit: Duration,
    },
    /// The body of the answer is longer than the limit.
    #[error("the answer of {host} is longer than {limit} bytes; raise `max_body` if that is right")]
    TooLarge {
        /// The host.
        host: Host,
        /// The limit, after decompression.
        limit: usize,
    },
    /// A request with a secret would go to an address that may not see it. Nothing was sent.
    #[error(
        "a request with a secret is not sent to the address that stands for {host}: only \
         TradingView's own hosts over TLS, and this machine, may see it"
    )]
    Untrusted {
        /// The host whose address was replaced.
        host: Host,
    },
}

impl HttpError {
    /// The side at fault.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::Request(error) => error.blame(),
            Self::Answer(error) => error.blame(),
            Self::Network { .. } | Self::BrokenOff { .. } | Self::TimedOut { .. } => Blame::Network,
            Self::TooLarge { .. } => Blame::Resources,
            Self::Untrusted { .. } => Blame::Misuse,
        }
    }

    /// Whether the same question may be answered later without anything else being done.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Answer(error) => error.is_temporary(),
            Self::Network { .. } | Self::BrokenOff { .. } | Self::TimedOut { .. } => true,
            Self::Request(_) | Self::TooLarge { .. } | Self::Untrusted { .. } => false,
        }
    }
}
