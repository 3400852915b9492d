//! Why a pool did not take a request. Nothing of the request was done then.

use thiserror::Error;

/// Why a pool did not take a request. Nothing of the request was done.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PoolError {
    /// The streams would not fit.
    #[error(
        "the limit of {limit} streams is reached; unsubscribe from others or allow more connections"
    )]
    Full {
        /// How many streams all connections carry at most.
        limit: usize,
    },
    /// A connection has not taken its earlier commands yet, or is just ending.
    #[error("connection {connection} takes no commands now; try again later")]
    Busy {
        /// The number of the connection.
        connection: usize,
    },
    /// The pool was closed.
    #[error("the pool is closed")]
    Closed,
    /// No tokio runtime is running here.
    #[error("no tokio runtime is running: call this in an async fn under `#[tokio::main]`")]
    NoRuntime,
}
