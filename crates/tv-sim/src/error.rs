//! What can go wrong when a simulator starts or a recording is read.

use std::net::SocketAddr;

use thiserror::Error;

use crate::fault::RuleError;

/// Why the simulator could not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SimError {
    /// Other machines can reach the address, and the caller did not allow that.
    #[error("{0} is not a loopback address; call listen_anywhere() if that is meant")]
    NotLoopback(SocketAddr),
    /// The address could not be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The number of ticks per second is negative, not a number, or above 1,000,000.
    #[error("{0} is not a rate of ticks per second")]
    Rate(f64),
    /// The speed is not between 0.001 and 100,000.
    #[error("{0} is not a speed of a market")]
    Speed(f64),
    /// The time at which the market should begin lies before 1970 or after 2199.
    #[error("{0} is not a time in milliseconds since 1970 at which a market can begin")]
    Epoch(i64),
    /// A rule of the fault plan makes no sense.
    #[error("a fault makes no sense: {0}")]
    Fault(#[from] RuleError),
    /// No certificate could be made.
    #[error("cannot prepare TLS: {0}")]
    Tls(String),
}

/// Why a recording could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The file could not be read.
    #[error("cannot read the recording")]
    Read(#[from] std::io::Error),
    /// A line is neither a row of frames nor a JSON message.
    #[error("line {line}: {reason}")]
    Malformed {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it; never its content.
        reason: String,
    },
    /// Nothing in it was sent by a server.
    #[error("the recording holds no received message")]
    Empty,
}
