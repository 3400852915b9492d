//! The engine's commands and events, for the readers that clients have.

use crate::{delivery::Deliveries, engine};

pub(crate) type Command = engine::Command<Deliveries>;
pub(crate) type Engine = engine::Engine<Deliveries>;
pub(crate) type EngineEvent = engine::EngineEvent<Deliveries>;
