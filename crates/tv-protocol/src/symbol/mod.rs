//! Symbols: what an application asks for, plain or with options.

mod chart_type;
mod descriptor;
mod name;
mod options;

pub use self::{
    chart_type::{BoxSize, ChartType},
    descriptor::{SymbolDescriptor, same_name},
    name::{MAX_SYMBOL_CHARACTERS, Symbol, SymbolError},
    options::{Adjustment, OptionError, TradingSession},
};
