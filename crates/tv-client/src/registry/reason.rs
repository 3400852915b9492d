//! Refusals: the server's words, and what they mean for the next attempt.

/// Whose fault a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefusalKind {
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
const WORDS: &[(&str, RefusalKind)] = &[
    ("duplicate id", RefusalKind::Id),
    ("exists", RefusalKind::Id),
    ("max sessions", RefusalKind::Limit),
    ("exceed limit", RefusalKind::Limit),
    ("maximum number", RefusalKind::Limit),
    ("upstream error", RefusalKind::Server),
    ("not created in time", RefusalKind::Server),
    ("timed out", RefusalKind::Server),
    ("timeout", RefusalKind::Server),
    ("internal", RefusalKind::Server),
    ("unknown_session", RefusalKind::Server),
    // Follows a refused symbol; alone it says nothing of the symbol.
    ("resolve error", RefusalKind::Server),
];

/// Judges a refusal by its words.
pub(super) fn refusal_kind(reason: &str) -> RefusalKind {
    let reason = reason.to_ascii_lowercase();
    let known = WORDS.iter().find(|(words, _)| reason.contains(words));
    known.map_or(RefusalKind::Request, |(_, blame)| *blame)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_are_judged() {
        for (reason, expected) in [
            ("invalid symbol", RefusalKind::Request),
            (
                "permission denied group economics_paid",
                RefusalKind::Request,
            ),
            ("seconds_not_entitled", RefusalKind::Request),
            ("custom_resolution", RefusalKind::Request),
            (
                "invalid parameters: method: create_series",
                RefusalKind::Request,
            ),
            ("duplicate id", RefusalKind::Id),
            ("session exists", RefusalKind::Id),
            ("max sessions rate reached", RefusalKind::Limit),
            ("exceed limit of series in the session", RefusalKind::Limit),
            (
                "Upstream error, errmsg: session rs_1 was not created in time",
                RefusalKind::Server,
            ),
            (
                "{unknown_session_id,<<\"create_series\">>}",
                RefusalKind::Server,
            ),
        ] {
            assert_eq!(refusal_kind(reason), expected, "{reason}");
        }
    }
}
