//! Refusals: the server's words, and what they mean for the next attempt.

use protocol::message::{Detail, server};

/// Whose fault a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// The request: it would be refused again.
    Request,
    /// An id that is taken: another one will do.
    Id,
    /// Too many of something.
    Limit,
    /// The server: it may fare better later.
    Server,
}

/// Words that servers were seen to use, lower case.
const WORDS: &[(&str, Blame)] = &[
    ("duplicate id", Blame::Id),
    ("exists", Blame::Id),
    ("max sessions", Blame::Limit),
    ("exceed limit", Blame::Limit),
    ("maximum number", Blame::Limit),
    ("upstream error", Blame::Server),
    ("not created in time", Blame::Server),
    ("timed out", Blame::Server),
    ("timeout", Blame::Server),
    ("internal", Blame::Server),
    ("unknown_session", Blame::Server),
    // Follows a refused symbol; alone it says nothing of the symbol.
    ("resolve error", Blame::Server),
];

/// Judges a refusal by its words.
pub(super) fn blame(reason: &str) -> Blame {
    let reason = reason.to_ascii_lowercase();
    let known = WORDS.iter().find(|(words, _)| reason.contains(words));
    known.map_or(Blame::Request, |(_, blame)| *blame)
}

/// Words of the server, made safe to print.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .take(256)
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}

/// Joins a reason and its details, as `critical_error` sends them.
pub(super) fn reason_of(error: &server::CriticalError<'_>) -> String {
    let words = [&error.reason, &error.detail].into_iter().flatten();
    let words = words.map(Detail::to_text);
    let words: Vec<_> = words.filter(|words| !words.is_empty()).collect();
    printable(&words.join(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_are_judged() {
        for (reason, expected) in [
            ("invalid symbol", Blame::Request),
            ("permission denied group economics_paid", Blame::Request),
            ("seconds_not_entitled", Blame::Request),
            ("custom_resolution", Blame::Request),
            ("invalid parameters: method: create_series", Blame::Request),
            ("duplicate id", Blame::Id),
            ("session exists", Blame::Id),
            ("max sessions rate reached", Blame::Limit),
            ("exceed limit of series in the session", Blame::Limit),
            (
                "Upstream error, errmsg: session rs_1 was not created in time",
                Blame::Server,
            ),
            ("{unknown_session_id,<<\"create_series\">>}", Blame::Server),
        ] {
            assert_eq!(blame(reason), expected, "{reason}");
        }
    }
}
