//! How much a server, or a reader that does not read, may make us keep.

use protocol::quote::{QuoteField, QuoteValue};

/// The most that is kept of one symbol's quotes, in bytes. The largest known state, with all
/// fundamentals, has 100 KB of text in some 1,200 fields.
pub(crate) const MAX_STATE_BYTES: usize = 4 * 1024 * 1024;

/// The most that waits for one reader in order, in bytes: events that are not conflated, bars.
pub(crate) const MAX_WAITING_BYTES: usize = 8 * 1024 * 1024;

/// What a field costs beside its name and text, about.
pub(crate) const FIELD_BYTES: usize = 128;

/// What a field of a quote takes in memory, about.
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

/// The most bars that one history may hold: 25 times what the best accounts are said to get. Small
/// in tests, which fill it.
pub(crate) const MAX_HISTORY: usize = if cfg!(test) { 20_000 } else { 1_000_000 };
