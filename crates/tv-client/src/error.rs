//! Errors, sorted by the side at fault.

use std::{borrow::Cow, fmt, time::Duration};

use protocol::{
    connection::ConnectionError, redact::Secrets, symbol::SymbolError, time::TimeError,
};
use thiserror::Error;
use transport::{CloseReason, Fault, InvalidEndpoint};

/// The side at fault, which shows who can act on an error.
///
/// `Display` writes one word, such as `network`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Blame {
    /// The network, or a server that is down or too slow.
    Network,
    /// The server, which breaks its protocol.
    Protocol,
    /// The credentials, or their source.
    Authentication,
    /// The server refuses the request, and gives a reason.
    Refused,
    /// The caller, whose request cannot work.
    Misuse,
    /// A limit of the server, of this machine, or of a reader.
    Resources,
    /// No fault: the client was closed by its owner.
    Closed,
}

impl fmt::Display for Blame {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Network => "network",
            Self::Protocol => "protocol",
            Self::Authentication => "authentication",
            Self::Refused => "refused",
            Self::Misuse => "misuse",
            Self::Resources => "resources",
            Self::Closed => "closed",
        })
    }
}

/// Why no connection could be made.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConnectError {
    /// The address that the caller gave cannot be used.
    #[error("the endpoint cannot be used: {0}")]
    Endpoint(InvalidEndpoint),
    /// A token was given for a host that is neither TradingView's nor this machine. Nothing was
    /// sent.
    #[error(
        "the token is not sent to {host}: only TradingView's own hosts and this machine may see it"
    )]
    TokenForbidden {
        /// The host.
        host: String,
    },
    /// The server could not be reached, or refused the upgrade.
    #[error("could not connect to {host}{}", last(last_words.as_deref()))]
    Transport {
        /// The host.
        host: String,
        /// What happened at the last attempt.
        source: transport::DialError,
        /// What the server said when it ended an earlier connection, safe to print.
        last_words: Option<String>,
    },
    /// The server redirects to a host that is not TradingView's. Nothing was sent to either.
    #[error("the server redirects to {host}, which is not TradingView's")]
    Redirect {
        /// That host.
        host: String,
    },
    /// Servers redirect too many times in a row.
    #[error("redirected more than {limit} times")]
    TooManyRedirects {
        /// How many redirects were followed.
        limit: usize,
    },
    /// The settings cannot work.
    #[error("no connection is made: {reason}")]
    Misuse {
        /// What to change.
        reason: &'static str,
    },
    /// No tokio runtime is running here, or it is shutting down.
    #[error("no tokio runtime is running: call `connect` in an async fn under `#[tokio::main]`")]
    NoRuntime,
    /// The operating system provided no randomness for session ids.
    #[error("the operating system provided no randomness")]
    Randomness,
    /// The connection ended before it could be used.
    #[error("the connection ended before it could be used")]
    Ended(#[source] ClientError),
}

impl ConnectError {
    /// Whose fault it is.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::Endpoint(_) | Self::Misuse { .. } | Self::NoRuntime => Blame::Misuse,
            Self::TokenForbidden { .. } => Blame::Authentication,
            Self::Transport { .. } | Self::Redirect { .. } | Self::TooManyRedirects { .. } => {
                Blame::Network
            }
            Self::Randomness => Blame::Resources,
            Self::Ended(error) => error.blame(),
        }
    }

    /// Whether the server refused the credentials.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        matches!(self, Self::Ended(error) if error.is_authentication())
            || matches!(self, Self::TokenForbidden { .. })
    }

    /// Whether an argument of the caller cannot work.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        self.blame() == Blame::Misuse
    }

    /// Whether the network or the server is at fault.
    #[must_use]
    pub fn is_network(&self) -> bool {
        match self {
            Self::Transport { .. } | Self::Redirect { .. } | Self::TooManyRedirects { .. } => true,
            Self::Ended(error) => error.is_network(),
            _ => false,
        }
    }

    /// Whether a new attempt may succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Transport { source, .. } => source.is_retryable(),
            Self::Ended(error) => error.is_retryable(),
            _ => false,
        }
    }
}

/// Why a connection, and every stream on it, has ended.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ClientError {
    /// The server refuses the token.
    #[error("the server refuses the token: {text}")]
    BadToken {
        /// The server's words, safe to print.
        text: String,
    },
    /// The token source has no token.
    #[error("no token could be had: {text}")]
    NoToken {
        /// The source's words.
        text: String,
    },
    /// The server refuses the connection for another reason.
    #[error("the server refuses the connection: {text}")]
    Refused {
        /// The server's words, safe to print.
        text: String,
    },
    /// The server broke its protocol in a way that a connection cannot survive.
    #[error("the server broke its protocol: {text}")]
    PeerFault {
        /// What it did.
        text: String,
    },
    /// The connection was lost.
    #[error("the connection was lost")]
    Lost(#[source] CloseReason),
    /// The server cannot be reached again.
    #[error("the server cannot be reached again{}", last(last_words.as_deref()))]
    Unreachable {
        /// What happened at the last attempt.
        source: transport::DialError,
        /// What the server said when it last ended a connection, safe to print.
        last_words: Option<String>,
    },
    /// The client was closed.
    #[error("the client was closed")]
    Closed,
    /// An error that serde has read back.
    #[error(transparent)]
    Recorded(RecordedError),
}

impl ClientError {
    /// Whose fault it is.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::BadToken { .. } | Self::NoToken { .. } => Blame::Authentication,
            Self::Refused { .. } => Blame::Refused,
            Self::PeerFault { .. } => Blame::Protocol,
            Self::Lost(_) | Self::Unreachable { .. } => Blame::Network,
            Self::Closed => Blame::Closed,
            Self::Recorded(error) => error.blame,
        }
    }

    /// Whether the server refused the credentials.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        self.blame() == Blame::Authentication
    }

    /// Whether the network is at fault.
    #[must_use]
    pub fn is_network(&self) -> bool {
        matches!(self.blame(), Blame::Network | Blame::Protocol)
    }

    /// Whether the client was closed by its owner.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.blame() == Blame::Closed
    }

    /// Whether a new client may succeed. A client that reconnects by itself has tried.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Lost(reason) => reason.is_retryable(),
            Self::Recorded(error) => error.is_retryable,
            Self::PeerFault { .. } => true,
            Self::Unreachable { source, .. } => source.is_retryable(),
            _ => false,
        }
    }
}

impl From<CloseReason> for ClientError {
    fn from(reason: CloseReason) -> Self {
        if reason.is_local() {
            Self::Closed
        } else {
            Self::Lost(reason)
        }
    }
}

impl From<Fault> for ClientError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Connect(source) => Self::Unreachable {
                source,
                last_words: None,
            },
            Fault::Closed(reason) => reason.into(),
            other => Self::PeerFault {
                text: other.explain(),
            },
        }
    }
}

impl ClientError {
    /// The connection machine's reason; `None` if the transport's own reason is better.
    pub(crate) fn from_connection(error: &ConnectionError) -> Option<Self> {
        match error {
            ConnectionError::BadToken { text } => Some(Self::BadToken { text: text.clone() }),
            ConnectionError::Refused { text } => Some(Self::Refused { text: text.clone() }),
            ConnectionError::Closed { .. } => None,
            other => Some(Self::PeerFault {
                text: other.to_string(),
            }),
        }
    }
}

/// Why a request was not answered with data.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RequestError {
    /// The request cannot be sent as it is.
    #[error("the request cannot be sent: {reason}")]
    Misuse {
        /// What to change.
        reason: &'static str,
    },
    /// A text that cannot be a symbol. Nothing was sent.
    #[error(transparent)]
    Symbol(#[from] SymbolError),
    /// A value that cannot be a time, or a range without a time in it. Nothing was sent.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// The server refuses it.
    #[error("the server refuses {symbol}: {reason}")]
    Refused {
        /// The symbol that was asked for.
        symbol: String,
        /// The server's words, safe to print.
        reason: String,
    },
    /// The server did not answer in time.
    #[error("no answer within {} s{}", .after.as_secs(), last(last_words.as_deref()))]
    TimedOut {
        /// How long the client waited.
        after: Duration,
        /// What the server said when it last ended a request, session or connection during the
        /// wait, safe to print.
        last_words: Option<String>,
    },
    /// The server sends more than any real answer holds. The request was given up to bound memory.
    #[error("the server sends more than {limit} {unit} for {symbol}")]
    TooMuch {
        /// The symbol that was asked for.
        symbol: String,
        /// The bound.
        limit: usize,
        /// What is bounded.
        unit: &'static str,
    },
    /// A limit of the server or of the [pool](crate::Pool) is reached.
    #[error("more is wanted than allowed: {what}")]
    LimitExceeded {
        /// The server's words, safe to print, or which limit of the pool and what to do.
        what: String,
    },
    /// The account may have no more studies in a chart. [`Study::remove`](crate::Study::remove)
    /// makes room, and each series has a chart of its own.
    #[error("the account allows no more studies of this series, so not {study}: {reason}")]
    StudyLimit {
        /// The id of the study on the server.
        study: String,
        /// The server's words, safe to print.
        reason: String,
    },
    /// The account may not use the study.
    #[error("the account may not use {study}: {reason}")]
    NotEntitled {
        /// The id of the study on the server.
        study: String,
        /// The server's words, safe to print.
        reason: String,
    },
    /// The reader was too slow, and its overflow policy is to fail.
    #[error("the reader is too slow: {limit} events wait for it")]
    TooSlow {
        /// How many events waited.
        limit: usize,
    },
    /// Another connection was needed and could not be made.
    #[error("a connection that is needed could not be made")]
    NoConnection(#[source] ConnectError),
    /// The server's answer could not be read, so it would be incomplete.
    #[error("the answer for {symbol} is malformed: {reason}")]
    Malformed {
        /// The symbol that was asked for.
        symbol: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A replay, or the renewal of a connection, was interrupted. The server forgets the position
    /// of an interrupted replay.
    #[error("the request was interrupted{}", last(last_words.as_deref()))]
    Interrupted {
        /// What the server said when it ended the session or connection, safe to print.
        last_words: Option<String>,
    },
    /// Too many commands wait to be sent already.
    #[error("too many commands wait to be sent")]
    Busy,
    /// The connection has ended.
    #[error("the connection has ended")]
    Ended(#[source] ClientError),
    /// An error that serde has read back.
    #[error(transparent)]
    Recorded(RecordedError),
}

/// The form in which serde writes and reads a [`ClientError`] or [`RequestError`], with the feature
/// `serde`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text}")]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordedError {
    /// The error and its causes, separated by colons.
    pub text: String,
    /// Whose fault it was.
    pub blame: Blame,
    /// Whether a new attempt might have succeeded.
    pub is_retryable: bool,
}

impl RecordedError {
    /// Makes an error that is not retryable, for tests of an application.
    ///
    /// ```
    /// use tv_client::{Blame, RecordedError, RequestError};
    ///
    /// let error = RequestError::Recorded(RecordedError::new("no such symbol", Blame::Refused));
    /// assert_eq!(error.to_string(), "no such symbol");
    /// ```
    #[must_use]
    pub fn new(text: impl Into<String>, blame: Blame) -> Self {
        Self {
            text: text.into(),
            blame,
            is_retryable: false,
        }
    }
}

impl RequestError {
    /// Whose fault it is.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::Misuse { .. } | Self::Symbol(_) | Self::Time(_) => Blame::Misuse,
            Self::Refused { .. } | Self::NotEntitled { .. } => Blame::Refused,
            Self::TimedOut { .. } | Self::Interrupted { .. } => Blame::Network,
            Self::TooMuch { .. }
            | Self::LimitExceeded { .. }
            | Self::StudyLimit { .. }
            | Self::TooSlow { .. }
            | Self::Busy => Blame::Resources,
            Self::Malformed { .. } => Blame::Protocol,
            Self::NoConnection(error) => error.blame(),
            Self::Ended(error) => error.blame(),
            Self::Recorded(error) => error.blame,
        }
    }

    /// Whether the client was closed by its owner.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.blame() == Blame::Closed
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::TimedOut { .. }
            | Self::Interrupted { .. }
            | Self::Busy
            | Self::TooSlow { .. }
            // Existing sessions may end.
            | Self::LimitExceeded { .. }
            | Self::StudyLimit { .. } => true,
            Self::Ended(error) => error.is_retryable(),
            Self::NoConnection(error) => error.is_retryable(),
            Self::Recorded(error) => error.is_retryable,
            _ => false,
        }
    }
}

/// Errors are written and read back as [`RecordedError`].
#[cfg(feature = "serde")]
macro_rules! record {
    ($($error:ident)*) => {$(
        impl serde::Serialize for $error {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                let mut text = self.to_string();
                let mut cause = std::error::Error::source(self);
                while let Some(deeper) = cause {
                    text = format!("{text}: {deeper}");
                    cause = deeper.source();
                }
                let (blame, is_retryable) = (self.blame(), self.is_retryable());
                let recorded = RecordedError { text, blame, is_retryable };
                recorded.serialize(out)
            }
        }

        impl<'de> serde::Deserialize<'de> for $error {
            fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                RecordedError::deserialize(source).map(Self::Recorded)
            }
        }
    )*};
}

#[cfg(feature = "serde")]
record! { ClientError RequestError }

/// The server's last words, at the end of a sentence.
fn last(words: Option<&str>) -> String {
    words.map_or_else(String::new, |words| {
        format!("; the server last said: {words}")
    })
}

/// Hides secrets in a text of the server.
pub(crate) fn redact(text: &mut String, secrets: &Secrets) {
    if let Cow::Owned(hidden) = secrets.hide(text) {
        *text = hidden;
    }
}

impl ClientError {
    /// What a server said at the end of a connection, or what happened.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Refused { text } | Self::PeerFault { text } => text.clone(),
            Self::Lost(reason) => reason.to_string(),
            other => other.to_string(),
        }
    }

    /// What the server said when it ended a connection, if it said anything.
    pub(crate) fn said(&self) -> Option<String> {
        match self {
            Self::BadToken { text } | Self::Refused { text } | Self::PeerFault { text } => {
                Some(text.clone())
            }
            Self::Lost(reason @ CloseReason::Remote { .. }) => Some(reason.to_string()),
            _ => None,
        }
    }

    /// Hides secrets in the server's words.
    pub(crate) fn redact(&mut self, secrets: &Secrets) {
        match self {
            Self::BadToken { text }
            | Self::NoToken { text }
            | Self::Refused { text }
            | Self::PeerFault { text } => redact(text, secrets),
            // The transport has asked the engine to hide them.
            Self::Lost(_) | Self::Unreachable { .. } | Self::Closed | Self::Recorded(_) => {}
        }
    }
}

impl RequestError {
    /// Hides secrets in the server's words.
    pub(crate) fn redact(&mut self, secrets: &Secrets) {
        match self {
            Self::Refused { reason, .. }
            | Self::StudyLimit { reason, .. }
            | Self::NotEntitled { reason, .. }
            | Self::Malformed { reason, .. } => {
                redact(reason, secrets);
            }
            Self::LimitExceeded { what } => redact(what, secrets),
            Self::TimedOut {
                last_words: Some(words),
                ..
            }
            | Self::Interrupted {
                last_words: Some(words),
            } => redact(words, secrets),
            Self::Ended(error) => error.redact(secrets),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each error, whose fault it is, and whether to try again.
    #[test]
    fn every_end_has_its_blame_and_says_whether_to_try_again() {
        let text = || "words".to_owned();
        let clients = [
            (
                ClientError::BadToken { text: text() },
                Blame::Authentication,
                false,
            ),
            (
                ClientError::NoToken { text: text() },
                Blame::Authentication,
                false,
            ),
            (ClientError::Refused { text: text() }, Blame::Refused, false),
            (
                ClientError::PeerFault { text: text() },
                Blame::Protocol,
                true,
            ),
            (
                ClientError::Lost(CloseReason::remote(Some(1012), "restart")),
                Blame::Network,
                true,
            ),
            (ClientError::Closed, Blame::Closed, false),
        ];
        for (error, blame, is_retryable) in clients {
            assert_eq!(
                (error.blame(), error.is_retryable()),
                (blame, is_retryable),
                "{error}"
            );
            // Passing it on changes neither.
            let passed = [
                RequestError::Ended(error.clone()),
                RequestError::NoConnection(ConnectError::Ended(error.clone())),
            ];
            for passed in passed {
                assert_eq!(
                    (passed.blame(), passed.is_retryable()),
                    (blame, is_retryable)
                );
            }
        }
    }

    #[test]
    fn every_refusal_has_its_blame_and_says_whether_to_try_again() {
        let text = || "words".to_owned();
        let after = Duration::from_secs(5);
        let symbol = || "A:B".to_owned();
        let requests = [
            (
                RequestError::Misuse { reason: "words" },
                Blame::Misuse,
                false,
            ),
            (
                RequestError::Symbol(SymbolError::Empty),
                Blame::Misuse,
                false,
            ),
            (
                RequestError::Refused {
                    symbol: symbol(),
                    reason: text(),
                },
                Blame::Refused,
                false,
            ),
            (
                RequestError::TimedOut {
                    after,
                    last_words: None,
                },
                Blame::Network,
                true,
            ),
            (
                RequestError::TooMuch {
                    symbol: symbol(),
                    limit: 1,
                    unit: "bars",
                },
                Blame::Resources,
                false,
            ),
            (
                RequestError::LimitExceeded { what: text() },
                Blame::Resources,
                true,
            ),
            (
                RequestError::StudyLimit {
                    study: text(),
                    reason: text(),
                },
                Blame::Resources,
                true,
            ),
            (
                RequestError::NotEntitled {
                    study: text(),
                    reason: text(),
                },
                Blame::Refused,
                false,
            ),
            (
                RequestError::Malformed {
                    symbol: symbol(),
                    reason: text(),
                },
                Blame::Protocol,
                false,
            ),
            (
                RequestError::Interrupted { last_words: None },
                Blame::Network,
                true,
            ),
            (RequestError::Busy, Blame::Resources, true),
        ];
        for (error, blame, is_retryable) in requests {
            assert_eq!(
                (error.blame(), error.is_retryable()),
                (blame, is_retryable),
                "{error}"
            );
        }
        let host = || "h".to_owned();
        for (error, blame) in [
            (
                ConnectError::TokenForbidden { host: host() },
                Blame::Authentication,
            ),
            (ConnectError::Redirect { host: host() }, Blame::Network),
            (ConnectError::Misuse { reason: "words" }, Blame::Misuse),
            (ConnectError::NoRuntime, Blame::Misuse),
            (ConnectError::Randomness, Blame::Resources),
        ] {
            assert_eq!(
                (error.blame(), error.is_retryable()),
                (blame, false),
                "{error}"
            );
        }
    }
}
