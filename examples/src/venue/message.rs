//! The commands and events that all venues share.

use venue::{StreamInfo, VenueError};

/// What a handle asks of a venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VenueCommand {
    /// Send these streams, on this connection and every later one.
    Subscribe(Vec<String>),
    /// Send them no more.
    Unsubscribe(Vec<String>),
}

/// An event of a venue, the same for every format.
#[derive(Clone, Debug, PartialEq)]
pub enum VenueEvent {
    /// A message of a stream.
    Message(VenueMessage),
    /// Messages of a stream were missed, while offline or on the way.
    Lost {
        /// The stream.
        stream: String,
        /// Their number.
        messages: u64,
    },
    /// A message could not be read, or a subscription was rejected.
    Error(VenueError),
}

/// A message in the form that all venues share.
#[derive(Clone, Debug, PartialEq)]
pub struct VenueMessage {
    /// The stream it belongs to.
    pub stream: StreamInfo,
    /// Its number within the stream.
    pub number: u64,
    /// The price it carries.
    pub price: f64,
    /// When the server sent it, in milliseconds since 1970, UTC.
    pub time: i64,
}
