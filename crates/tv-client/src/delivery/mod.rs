//! Queues between the connection's task and the readers: bounded, and honest about what they drop.
//!
//! The connection's task writes and never waits; a reader waits and never holds the connection up.

mod dispatcher;
mod queue;
mod quotes;
mod readers;
mod series;
mod slots;
mod studies;

pub(crate) use dispatcher::Dispatcher;
pub(crate) use queue::{Queue, QueueSender};
pub(crate) use quotes::{Backlog, QuoteQueue};
pub(crate) use readers::Readers;
pub(crate) use series::{Loading, SeriesQueue, Taken};
pub(crate) use studies::StudyQueue;

#[cfg(test)]
mod tests;
