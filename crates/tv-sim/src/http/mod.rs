//! HTTP on the port of the WebSocket: `upgrade` opens WebSockets, `site` asks the simulated pages
//! and endpoints, `server` leads requests there or to the ledger, `answer` writes answers down.

mod answer;
mod server;
mod site;
mod upgrade;

pub(crate) use server::{AnyStream, Upgraded, converse, converse_in_two};
