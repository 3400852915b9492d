//! Tests of whole sessions, through what a client sends and reads.

mod access;
mod auth;
mod depth;
mod dispatch;
mod history;
mod lookup;
mod newer;
mod peer;
mod pointsets;
mod quote;
mod replay;
mod server_events;
mod study;
