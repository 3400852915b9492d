//! HTTP on the port of the WebSocket: `upgrade` opens WebSockets, `server` asks the ledger and
//! refuses everything else, `answer` writes answers down.

mod answer;
mod server;
mod upgrade;

pub(crate) use server::{AnyStream, Upgraded, converse};
