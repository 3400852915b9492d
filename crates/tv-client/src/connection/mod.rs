//! The connections of a client: how they are made, watched and replaced.

mod auth;
mod budget;
mod command;
mod dial;
mod endpoints;
mod last_words;
mod link;
mod reconnect;
mod rotation;
mod server;
mod state;
mod switch;
mod task;
mod token;

pub use auth::Auth;
pub(crate) use budget::Budget;
pub(crate) use command::Command;
pub use dial::Dialer;
pub(crate) use endpoints::Endpoints;
pub(crate) use link::LinkConfig;
pub use reconnect::Reconnect;
pub use rotation::Renewal;
pub(crate) use rotation::{Asked, Cooldown, Rotation, Schedule};
pub use server::Server;
pub(crate) use server::{MAX_REDIRECTS, is_trusted, redirected};
pub use state::ConnectionStates;
pub(crate) use state::{Announcer, Listeners};
pub(crate) use switch::{CommandSender, CommandSwitch};
pub(crate) use task::{ClientShared, FirstConnection};
pub use token::TokenSource;
