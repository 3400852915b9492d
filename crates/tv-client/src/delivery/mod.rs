//! Queues between the connection's task and the readers: bounded, and honest about what they drop.
//!
//! The connection's task writes and never waits; a reader waits and never holds the connection up.

mod deliveries;
mod queue;
mod quotes;
mod readers;
mod series;
mod slots;
mod studies;

pub(crate) use deliveries::Deliveries;
pub(crate) use queue::{Feed, Queue};
pub(crate) use quotes::{News, QuoteQueue};
pub(crate) use readers::Sink;
pub(crate) use series::{Loading, SeriesQueue, Taken};
pub(crate) use studies::StudyQueue;

#[cfg(test)]
mod tests;
