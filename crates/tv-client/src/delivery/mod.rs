//! Bounded queues between the connection's task and the readers. They report what they drop.
//!
//! The connection's task writes and never waits. A reader waits and never delays the connection.

mod dispatcher;
mod pending;
mod queue;
mod quotes;
mod readers;
mod series;
mod slots;
mod studies;
mod table;

pub(crate) use dispatcher::Dispatcher;
pub(crate) use queue::{Backlog, Queue, QueueSender};
pub(crate) use quotes::QuoteQueue;
pub(crate) use readers::Readers;
pub(crate) use series::{Loading, SeriesQueue, Taken};
pub(crate) use studies::StudyQueue;
pub(crate) use table::SharedTable;

#[cfg(test)]
mod tests;
