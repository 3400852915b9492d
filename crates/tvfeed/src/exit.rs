//! The end of the program: what went wrong, and the exit status for it. Also messages to stderr.
//!
//! Knows no command and no connection; those turn their errors into a [`Failure`].

use std::{
    fmt,
    io::{self, Write},
};

use crate::terminal;

/// Why the program ends without having done everything that was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error of this program or of its machine: status 1.
    Internal(String),
    /// The command line asks for something impossible: status 2.
    Usage(String),
    /// The server refused: status 3.
    Refused(String),
    /// The server cannot be reached, or the connection was lost: status 4.
    Network(String),
    /// The server does not accept the token: status 5.
    Authentication(String),
    /// Data is incomplete, and `--strict` was given: status 6. The gaps were reported before.
    Incomplete,
    /// Something failed that was reported before: this status.
    Reported(u8),
    /// The reader of the output has gone: status 0, no message.
    ClosedPipe,
    /// A signal arrived before the work was done: status 130, as in shells.
    Interrupted,
}

impl Failure {
    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Internal(_) => 1,
            Self::Usage(_) => 2,
            Self::Refused(_) => 3,
            Self::Network(_) => 4,
            Self::Authentication(_) => 5,
            Self::Incomplete => 6,
            Self::Reported(status) => *status,
            Self::Interrupted => 130,
        }
    }

    /// The message for the user, if there is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Internal(text)
            | Self::Usage(text)
            | Self::Refused(text)
            | Self::Network(text)
            | Self::Authentication(text) => Some(text),
            Self::Interrupted => Some("interrupted before the work was done"),
            Self::Incomplete => Some("the data is incomplete (--strict)"),
            Self::Reported(_) | Self::ClosedPipe => None,
        }
    }

    /// The same failure, when its message was written already.
    pub(crate) fn reported(&self) -> Self {
        Self::Reported(self.status())
    }

    /// Writes the message to stderr.
    pub(crate) fn report(&self) {
        if let Some(text) = self.text() {
            say(text);
        }
    }

    /// A failure to write `what`. A reader that has gone is not an error.
    pub(crate) fn writing(what: &dyn fmt::Display, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Internal(format!("cannot write {what}: {error}"))
        }
    }
}

/// Writes a message to stderr. A closed stderr is not an error.
pub(crate) fn say(text: impl fmt::Display) {
    let line = format!(
        "{}tvfeed: {}\n",
        terminal::clear(),
        printable(&text.to_string())
    );
    let _closed = io::stderr().lock().write_all(line.as_bytes());
}

/// The text with control characters escaped, so that foreign text cannot control a terminal.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() {
            out.extend(char.escape_default());
        } else {
            out.push(char);
        }
    }
    out
}

/// An error with all of its causes, as one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_the_documented_ones() {
        let text = String::new;
        let all = [
            (Failure::ClosedPipe, 0),
            (Failure::Internal(text()), 1),
            (Failure::Usage(text()), 2),
            (Failure::Refused(text()), 3),
            (Failure::Reported(4), 4),
            (Failure::Network(text()), 4),
            (Failure::Authentication(text()), 5),
            (Failure::Incomplete, 6),
            (Failure::Interrupted, 130),
        ];
        for (failure, status) in all {
            assert_eq!(failure.status(), status, "{failure:?}");
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_not_a_failure() {
        let gone = io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(Failure::writing(&"x", &gone).status(), 0);
        let full = io::Error::from(io::ErrorKind::StorageFull);
        assert_eq!(Failure::writing(&"x", &full).status(), 1);
    }

    #[test]
    fn foreign_text_cannot_control_a_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\r\n가"), "a\\u{1b}[2Jb\\r\\n가");
    }
}
