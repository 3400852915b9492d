//! Commands and sessions that the application makes by hand.

mod command;
mod error;
mod sessions;

pub(crate) use command::{HandMade, WireCommand};
pub use error::SendError;
pub(crate) use sessions::{HandMadeSessions, MAX_SESSIONS};
