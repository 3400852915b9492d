//! The commands, one module each, and what they share ([`symbols`], [`notes`]). They know the
//! command line, the output and the layers below; they do not know each other.

mod bars;
mod decode;
mod notes;
mod quote;
mod sim;
mod symbols;

pub(crate) use self::{bars::bars, decode::decode, quote::quote, sim::sim};
