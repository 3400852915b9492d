//! Recorded traffic, made fit to be played to any client.
//!
//! `json` keeps the recorded text of each value, `parse` reads a file into records, `tape` sorts them by what they answer,
//! and `player` gives them out under the ids of whoever asks. Pure, apart from [`Recording::load`] reading its file.

mod chart_tape;
mod json;
mod library;
mod parse;
mod player;
mod quote_tape;
mod study_tape;

pub use library::Recording;
pub(crate) use player::{QuotePlayer, SeriesIds, SeriesPlayer};
pub(crate) use study_tape::StudyPlayer;
