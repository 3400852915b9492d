//! How the program ends: what went wrong, whose fault it is, and the exit status that says so.
//!
//! Knows no command and no connection; those turn their errors into a [`Failure`].

use std::{
    fmt,
    io::{self, Write},
};

/// Why the program ends without having done all that it was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A fault of this program or of the machine it runs on: status 1.
    Internal(String),
    /// The command line asks for something impossible: status 2.
    Usage(String),
    /// The server said no: status 3. Without text, if it was said already.
    Refused(Option<String>),
    /// The server cannot be reached, or the connection was lost: status 4.
    Network(String),
    /// The server does not accept the token: status 5.
    Authentication(String),
    /// Whoever read the output has gone: status 0, nothing to say.
    ClosedPipe,
    /// A signal came before the work was done: status 130, as shells have it.
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
            Self::Interrupted => 130,
        }
    }

    /// What to tell the user, if anything.
    fn text(&self) -> Option<&str> {
        match self {
            Self::Internal(text)
            | Self::Usage(text)
            | Self::Network(text)
            | Self::Authentication(text) => Some(text),
            Self::Refused(text) => text.as_deref(),
            Self::Interrupted => Some("interrupted before it was done"),
            Self::ClosedPipe => None,
        }
    }

    /// Says it on standard error.
    pub(crate) fn report(&self) {
        if let Some(text) = self.text() {
            say(text);
        }
    }

    /// A failure to write `what`; a reader that has gone is none.
    pub(crate) fn writing(what: &dyn fmt::Display, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Internal(format!("cannot write {what}: {error}"))
        }
    }
}

/// Words for the user, on standard error. Nobody listening is no reason to fail.
pub(crate) fn say(text: impl fmt::Display) {
    let line = format!("tvfeed: {}\n", printable(&text.to_string()));
    let _unheard = io::stderr().lock().write_all(line.as_bytes());
}

/// The text with control characters escaped: foreign text must not steer a terminal.
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
            (Failure::Refused(None), 3),
            (Failure::Network(text()), 4),
            (Failure::Authentication(text()), 5),
            (Failure::Interrupted, 130),
        ];
        for (failure, status) in all {
            assert_eq!(failure.status(), status, "{failure:?}");
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_no_failure() {
        let gone = io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(Failure::writing(&"x", &gone).status(), 0);
        let full = io::Error::from(io::ErrorKind::StorageFull);
        assert_eq!(Failure::writing(&"x", &full).status(), 1);
    }

    #[test]
    fn foreign_text_cannot_steer_a_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\r\n가"), "a\\u{1b}[2Jb\\r\\n가");
    }
}
