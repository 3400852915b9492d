//! Faults: what goes wrong, when, and how it is done to a connection.
//!
//! `plan`, `when` and `action` are the plan as a value; `text` reads and `show` writes it; `random`
//! draws one. `engine` decides which rule fires: it is pure and knows events and times only.
//! `frames` carries decisions out between a session and its WebSocket, `omission` those that take
//! bars out of a series, `wire_stream` those on the byte stream below; `wire` is the state of that
//! stream.

mod action;
mod engine;
mod frames;
mod omission;
mod plan;
mod random;
mod rule;
mod show;
mod text;
mod transport;
mod when;
mod wire;
mod wire_stream;

pub use action::{Action, CutForm, Length, Pulse, Side};
pub use engine::Fired;
pub(crate) use engine::{Connection, Engine, Firing};
pub(crate) use frames::{Frames, Out, SessionFault, kind};
pub use plan::FaultPlan;
pub use rule::{Rule, RuleError};
pub use text::FaultPlanError;
pub(crate) use transport::{Remains, Transport};
pub use when::When;
pub(crate) use wire::{Change, Kill, Wire};
pub(crate) use wire_stream::WireStream;
