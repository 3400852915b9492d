//! Appends to a text.

use std::fmt::Write;

/// Appends to a text, which cannot fail.
pub(crate) fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok(), "a String takes any text");
}
