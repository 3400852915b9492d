//! Why an account has no token.

use std::time::Duration;

use thiserror::Error;

use crate::{client::HttpError, wire::Blame};

/// Why an account has no token.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AccountError {
    /// The cookies are no longer good: they were revoked, or have expired. The server is not asked
    /// again with them.
    #[error(
        "the cookies are no longer good ({reason}); sign in again, or copy new ones from a browser"
    )]
    SignedOut {
        /// What the server says.
        reason: String,
    },
    /// The token has expired or was refused, and there are no cookies to get another by.
    #[error("the token {}, and there are no cookies to get another by; sign in again", spent(*.is_refused))]
    Spent {
        /// Whether another was asked for before it expired: a server refused it.
        is_refused: bool,
    },
    /// No token could be had, for a reason that may pass. The server is not asked again before the
    /// wait is over.
    #[error("no token could be had: {error}; the next attempt is in {} s", .wait.as_secs())]
    Unavailable {
        /// What went wrong.
        error: HttpError,
        /// How long the server is not asked.
        wait: Duration,
    },
    /// The server gives a token that is of no use: the one that was to be replaced, or one that has
    /// expired.
    #[error("the server gives {what} again; the next attempt is in {} s", .wait.as_secs())]
    Useless {
        /// Which token.
        what: &'static str,
        /// How long the server is not asked.
        wait: Duration,
    },
    /// Tokens are refused soon after they were issued. The server is not asked for more before the
    /// wait is over.
    #[error("tokens are refused soon after they were issued; the next attempt is in {} s", .wait.as_secs())]
    Refused {
        /// How long the server is not asked.
        wait: Duration,
    },
}

impl AccountError {
    /// The side at fault.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::SignedOut { .. } | Self::Spent { .. } | Self::Refused { .. } => {
                Blame::Authentication
            }
            Self::Unavailable { error, .. } => error.blame(),
            Self::Useless { .. } => Blame::Protocol,
        }
    }

    /// Whether the account has no further token until it is given other cookies.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::SignedOut { .. } | Self::Spent { .. })
    }

    /// How long the server is not asked again; `None` if it is not at all.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::SignedOut { .. } | Self::Spent { .. } => None,
            Self::Unavailable { wait, .. }
            | Self::Useless { wait, .. }
            | Self::Refused { wait } => Some(*wait),
        }
    }

    /// The same error with another wait.
    pub(super) fn with_wait(mut self, left: Duration) -> Self {
        match &mut self {
            Self::SignedOut { .. } | Self::Spent { .. } => {}
            Self::Unavailable { wait, .. }
            | Self::Useless { wait, .. }
            | Self::Refused { wait } => *wait = left,
        }
        self
    }
}

fn spent(is_refused: bool) -> &'static str {
    match is_refused {
        true => "was refused",
        false => "has expired",
    }
}
