//! Bounds of the memory that a server, or a reader that does not read, can make a client use.

use protocol::quote::{QuoteField, QuoteValue};

/// The most that is kept of one symbol's quotes, in bytes. The largest known state, with all
/// fundamentals, has 100 KB of text in some 1,200 fields.
pub(crate) const MAX_STATE_BYTES: usize = 4 * 1024 * 1024;

/// The most that waits for one reader in order, in bytes: events that are not conflated, bars.
pub(crate) const MAX_WAITING_BYTES: usize = 8 * 1024 * 1024;

/// The approximate size of a field without its name and text.
pub(crate) const FIELD_BYTES: usize = 128;

/// The approximate size of a quote's field in memory.
pub(crate) fn field_bytes(field: &QuoteField<'_>, value: &QuoteValue<'_>) -> usize {
    let value = match value {
        QuoteValue::Text(text) => text.len(),
        QuoteValue::Json(json) => json.as_str().len(),
        _ => 0,
    };
    FIELD_BYTES + field.name().len() + value
}

/// Events that may wait for one reader by default: about 0.5 MB of bars. A day has 1,440 minutes.
pub(crate) const MAX_WAITING: usize = 8_192;

/// The most bars that one history may hold: 25 times the number that the best accounts reportedly
/// get. Small in tests, which fill it.
pub(crate) const MAX_HISTORY: usize = if cfg!(test) { 20_000 } else { 1_000_000 };
