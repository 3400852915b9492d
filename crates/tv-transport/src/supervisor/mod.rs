//! Keeps a protocol connected: when to connect, where to, when to wait, and when to give up.
//!
//! [`Machine`] decides and is pure. [`Supervisor`] carries out its decisions, with sockets of a
//! [`Connector`](crate::Connector). This module does not know data formats or subscriptions.

mod backoff;
mod breaker;
mod config;
mod control;
mod event;
mod handle;
mod health;
mod machine;
mod meters;
mod policy;
mod runner;
mod state;

pub use backoff::Backoff;
pub use config::SupervisorConfig;
pub use event::{End, SupervisorEvent};
pub use handle::SupervisorHandle;
pub use health::{Health, LastError, Metrics};
pub use machine::{Machine, Step};
pub use policy::ReconnectPolicy;
pub use runner::Supervisor;
pub use state::{State, StateChange};
