//! What goes out: batches to send, and subscriptions that were rejected.

/// What a batch requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a venue must write each of them")]
pub enum Action {
    /// Start these streams.
    Subscribe,
    /// Stop these streams.
    Unsubscribe,
}

/// Streams to request in one message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batch<K> {
    /// What to request.
    pub action: Action,
    /// The streams, at least one.
    pub keys: Vec<K>,
    /// The number of the request. No number is used twice.
    pub request: u64,
}

/// A subscription that the peer rejected or never answered.
///
/// It is no longer wanted. Subscribe again to retry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejection<K> {
    /// The stream.
    pub key: K,
    /// The peer's reason, or `None` if no request was answered.
    pub reason: Option<String>,
}

/// The limit of subscriptions is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the limit of {limit} subscriptions is reached; unsubscribe from another stream first")]
#[non_exhaustive]
pub struct TooMany {
    /// The limit.
    pub limit: usize,
}
