//! Recorded traffic, made fit to be played to any client.
//!
//! `json` keeps the recorded text of each value, and `parse` reads a file into records. `series`,
//! `study` and `quotes` sort the records by what they answer, and `library` finds what answers a
//! client. `player` and `study_player` give it out under the ids of that client. Pure, apart from
//! [`Recording::load`] reading its file.

mod json;
mod library;
mod parse;
mod player;
mod quotes;
mod render;
mod series;
mod study;
mod study_player;

pub use library::Recording;
pub(crate) use player::{QuotePlayer, SeriesIds, SeriesPlayer};
pub(crate) use study_player::StudyPlayer;
