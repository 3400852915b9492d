//! Reading JSON text strictly and without copies, for the templates of hot messages.
//!
//! Everything here accepts less than JSON allows (no space between tokens, for example) and never
//! more. What it refuses goes to serde_json. It knows bytes and nothing of messages.

mod cursor;
mod number;
mod skip;
mod string;

pub(crate) use self::{
    cursor::{Cursor, Span},
    skip::is_too_deep,
};

#[cfg(test)]
mod tests;
