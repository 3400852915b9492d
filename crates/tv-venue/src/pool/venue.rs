//! What a pool must know of a protocol.

use transport::Protocol;

/// A protocol whose commands subscribe to streams, so that a [`Pool`](super::Pool) can spread
/// streams over connections.
pub trait Venue: Protocol {
    /// The venue's name of a stream.
    type Key: Clone + Ord + Send + 'static;

    /// The command that subscribes to these streams.
    fn subscribe(keys: Vec<Self::Key>) -> Self::Command;

    /// The command that unsubscribes from these streams.
    fn unsubscribe(keys: Vec<Self::Key>) -> Self::Command;

    /// The stream that is no longer wanted because the venue rejected it, if this event reports
    /// that. Its place on the connection becomes free.
    fn rejected(event: &Self::Event) -> Option<&Self::Key>;
}
