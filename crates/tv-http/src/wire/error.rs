//! Errors, sorted by the side at fault.

use std::{fmt, time::Duration};

use protocol::{symbol::SymbolError, time::TimeError};
use thiserror::Error;

/// The side at fault, which shows who can act on an error.
///
/// `Display` writes one word, such as `refused`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The network, or a server that is too slow.
    Network,
    /// The server, which is down, or answers in a way that is not known.
    Protocol,
    /// The credentials, or their absence.
    Authentication,
    /// The server refuses the request, and gives a reason.
    Refused,
    /// The caller, whose request cannot work.
    Misuse,
    /// A limit of the server.
    Resources,
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
        })
    }
}

/// Why a question cannot be asked. The caller is at fault, and nothing was sent.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RequestError {
    /// A text is not a symbol.
    #[error(transparent)]
    Symbol(#[from] SymbolError),
    /// A time or a range of times cannot be used.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// A column is not in the catalogue of fields.
    #[error(
        "{name:?} is not a known column{}; `Column::raw` sends it all the same",
        question(.candidates)
    )]
    UnknownColumn {
        /// The name, at most 80 characters of it.
        name: String,
        /// Known names that are close, the closest first.
        candidates: Vec<String>,
    },
    /// A value is missing or impossible.
    #[error("{what} {found:?} cannot be used: {reason}")]
    Value {
        /// What the value is for.
        what: &'static str,
        /// The value.
        found: String,
        /// What is wrong with it, and what is expected.
        reason: &'static str,
    },
}

impl RequestError {
    /// The side at fault: always the caller.
    #[must_use]
    pub fn blame(&self) -> Blame {
        Blame::Misuse
    }
}

fn question(candidates: &[String]) -> String {
    match candidates.is_empty() {
        true => String::new(),
        false => format!("; did you mean `{}`?", candidates.join("`, `")),
    }
}

/// Why an answer holds no result.
///
/// Texts of the server are in it without secrets, and cut to
/// [`MAX_WORDS`](super::MAX_WORDS) characters.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// The server refuses the request, in JSON: with a status of 400 and more, or with an error in
    /// an answer of status 200.
    #[error("the server refuses the request: {} ({})", words(.message), place(*.status, .code.as_deref()))]
    Refused {
        /// The status.
        status: u16,
        /// The server's word for the error, if it gives one: `limit_exceeded`.
        code: Option<String>,
        /// The server's text.
        message: String,
    },
    /// What was asked for does not exist.
    #[error("the server does not find it (status 404): {}", words(.message))]
    NotFound {
        /// The server's text.
        message: String,
    },
    /// The request needs an account, or the cookies in use are no longer good.
    #[error(
        "the server wants an account (status {status}): {}; sign in, or renew the cookies",
        words(.message)
    )]
    SignInRequired {
        /// The status.
        status: u16,
        /// The server's text.
        message: String,
    },
    /// A page instead of data, with status 403. The request lacks the headers of a browser, or the
    /// address is blocked.
    #[error(
        "the server refuses with a page (status 403, {title:?}); \
         send the request's headers and a browser's user agent, or try from another address"
    )]
    Forbidden {
        /// The title of the page.
        title: String,
    },
    /// The server wants the proof that a person asks.
    #[error(
        "the server wants a captcha to be solved; sign in with a browser and use its cookies, \
         and do not repeat the request before"
    )]
    Captcha,
    /// Too many requests.
    #[error("the server limits the rate of requests{}", wait(*.retry_after))]
    RateLimited {
        /// How long the server asks to wait, if it says so.
        retry_after: Option<Duration>,
    },
    /// A redirect, which the sender has not followed.
    #[error("the server redirects to {location:?} (status {status}), which is not followed")]
    Redirected {
        /// The status.
        status: u16,
        /// Where to.
        location: String,
    },
    /// The server fails.
    #[error("the server fails with status {status}: {}; try again later", words(.message))]
    ServerFailed {
        /// The status.
        status: u16,
        /// The server's text, or the title of its page.
        message: String,
    },
    /// A page where data is due, with a status of success.
    #[error("the server answers with a page ({title:?}, status {status}) where data is expected")]
    Page {
        /// The status.
        status: u16,
        /// The title of the page.
        title: String,
    },
    /// The answer has another shape than any that is known.
    #[error("the answer (status {status}) cannot be read: {reason}")]
    Malformed {
        /// The status.
        status: u16,
        /// What is wrong and where, and what was expected.
        reason: String,
    },
}

impl AnswerError {
    /// The side at fault.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::Refused { .. } | Self::NotFound { .. } | Self::Forbidden { .. } => Blame::Refused,
            Self::SignInRequired { .. } | Self::Captcha => Blame::Authentication,
            Self::RateLimited { .. } => Blame::Resources,
            Self::Redirected { .. }
            | Self::ServerFailed { .. }
            | Self::Page { .. }
            | Self::Malformed { .. } => Blame::Protocol,
        }
    }

    /// Whether the same request may succeed later without anything else being done.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::ServerFailed { .. })
    }
}

/// The server's text as a part of a sentence: without the full stop at its end.
fn words(message: &str) -> &str {
    let message = message.trim_end();
    match message.strip_suffix('.') {
        Some(words) if !words.ends_with('.') => words,
        _ => message,
    }
}

fn place(status: u16, code: Option<&str>) -> String {
    match code {
        Some(code) => format!("status {status}, {code}"),
        None => format!("status {status}"),
    }
}

fn wait(time: Option<Duration>) -> String {
    match time {
        Some(time) => format!("; it asks to wait {} s", time.as_secs()),
        None => "; wait a minute".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_sentences_become_parts_of_ours() {
        let shown = |message: &str| {
            let message = message.to_owned();
            AnswerError::SignInRequired {
                status: 403,
                message,
            }
            .to_string()
        };
        assert_eq!(
            shown("Authentication credentials were not provided."),
            "the server wants an account (status 403): Authentication credentials were not \
             provided; sign in, or renew the cookies"
        );
        assert!(shown("Wait...").contains(": Wait...; sign in"));
        assert!(shown("no").contains(": no; sign in"));
    }
}
