//! Which streams are wanted and how far each has come.
//!
//! Pure: it knows keys and instants, no messages. The venue writes the batches and reports the
//! answers.

mod answers;
mod batch;
mod entry;
mod pacing;
mod set;
#[cfg(test)]
mod tests;

pub use batch::{Action, Batch, Rejection, TooMany};
pub use pacing::Pacing;
pub use set::Subscriptions;
