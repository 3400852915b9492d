//! Studies: what they take, draw and report.
//!
//! [`MetaInfo`] describes a study: its inputs, plots and styles. [`MetaInfo::script`] sets the
//! inputs of a Pine script, and [`builtin`] has the studies that need no description; both make a
//! [`StudySpec`], which can be requested. [`Plots`] names the values of a row. [`graphics`] are
//! drawings, and [`report`] is what strategies report.
//!
//! What the server sends is read leniently and loses nothing, see [`record`](crate::record).

pub mod builtin;
pub mod graphics;
pub mod report;

mod events;
mod input;
mod meta_info;
mod plots;
mod script;
mod spec;

pub use events::{Dividend, Earnings, Roll, Split, SymbolEvent, SymbolEventKind};
pub use input::InputError;
pub use meta_info::{
    DefaultColor, DefaultPalette, Defaults, InputKind, MetaInfo, MetaInput, MetaPalette, MetaPine,
    MetaPlot, MetaStyle, PaletteColor, PlotKind, ValueFormat,
};
pub use plots::{NamedRow, PlotColumn, PlotError, Plots};
pub use script::ScriptStudy;
pub use spec::StudySpec;
