//! The commands, one module each. They know the command line, the output and the layers below; they do
//! not know each other.

mod bars;
mod decode;
mod quote;
mod sim;

pub(crate) use bars::bars;
pub(crate) use decode::decode;
pub(crate) use quote::quote;
pub(crate) use sim::sim;

use client::values::Symbol;

/// The symbols in their order, each once.
fn unique(symbols: &[Symbol]) -> Vec<Symbol> {
    let mut unique: Vec<Symbol> = Vec::new();
    for symbol in symbols {
        if !unique.contains(symbol) {
            unique.push(symbol.clone());
        }
    }
    unique
}
