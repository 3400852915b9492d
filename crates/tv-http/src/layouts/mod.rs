//! Layouts of charts and the drawings on them.
//!
//! [`ChartToken`] returns the token that a layout's drawings need, [`Drawings`] the drawings.

mod drawings;
mod token;

pub use drawings::{
    Drawing, DrawingPoint, DrawingState, DrawingTool, Drawings, LayoutPayload, LayoutSources,
};
pub use token::{ChartToken, LayoutToken};
