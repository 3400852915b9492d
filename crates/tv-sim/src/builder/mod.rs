//! How a simulator is set up: `builder` has the settings, `protocol` those of the protocol.

mod builder;
mod protocol;

pub use builder::SimBuilder;
