//! The engine's commands and events, for the readers that clients have.

use crate::{delivery::Dispatcher, engine};

pub(crate) type Command = engine::Command<Dispatcher>;
pub(crate) type Engine = engine::Engine<Dispatcher>;
pub(crate) type EngineEvent = engine::EngineEvent<Dispatcher>;
