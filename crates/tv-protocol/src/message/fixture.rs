//! Messages in the documentation: files of `fixtures/`, which the integration tests read, too.

/// Documentation that shows fixtures as JSON: one, then others, each under words of its own.
///
/// Fixtures have the shape of recorded traffic with other values. `claimed` says that nothing is
/// recorded but others describe the shape; `named`, that an old descriptor or the official client's
/// code knows the name, perhaps fields.
macro_rules! wire {
    (claimed $($fixtures:tt)*) => { wire!(@ "Not recorded; others describe it so:", $($fixtures)*) };
    (named $($fixtures:tt)*) => {
        wire!(@ "Not recorded; only its name or fields are known, so this is a guess:", $($fixtures)*)
    };
    (@ $($words:literal, $fixture:literal),+) => {
        concat!($(
            "\n\n", $words, "\n\n```json\n",
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/", $fixture, ".json")),
            "```\n",
        )+)
    };
    ($($fixtures:tt)*) => { wire!(@ "On the wire:", $($fixtures)*) };
}
