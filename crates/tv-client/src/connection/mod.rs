//! The connections of a client: how they are made, watched and replaced.

mod budget;
mod command;
mod dial;
mod keeper;
mod line;
mod server;
mod state;
mod task;
mod token;

pub(crate) use budget::Budget;
pub(crate) use command::Command;
pub use dial::Dialer;
pub use keeper::Renewal;
pub(crate) use keeper::{Aftermath, Asked, Keeper, Schedule};
pub(crate) use line::{Blueprint, MAX_COMMANDS};
pub use server::Server;
pub(crate) use server::{MAX_REDIRECTS, is_trusted, redirected};
pub use state::ConnectionStates;
pub(crate) use state::{Announcer, Listeners};
pub(crate) use task::{Common, Reached};
pub use token::TokenSource;
