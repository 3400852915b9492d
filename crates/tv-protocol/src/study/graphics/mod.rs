//! Drawings of studies: labels, lines, boxes, tables, volume profiles and the like.
//!
//! A study draws by commands that erase and create ([`GraphicsCommands`]). A [`Scene`] applies them
//! and knows what is drawn at present. Recorded traffic always erases all and creates anew; servers
//! may also send differences.
//!
//! On the time axis a drawing names *positions* in a list of bars that comes beside the commands;
//! [`Scene::bar_index`] resolves them. Colours are [`Color`]s, which only the description of the
//! study turns into red, green and blue.

mod code;
mod color;
mod commands;
mod drawing;
mod primitive;
mod scene;

pub use code::{
    Align, BoxStyle, Extend, LabelStyle, LineStyle, TablePosition, TextSize, TextWrap, YLocation,
};
pub use color::{Argb, Color};
pub use commands::{Created, Creation, Erase, EraseAction, GraphicsCommands, Group};
pub use drawing::{
    Background, BoxDrawing, Corner, HorizontalHistogram, HorizontalLine, Label, Line, Polygon,
    ShapeMark, Table, TableCell, VerticalLine,
};
pub use primitive::{GraphicsKind, Primitive};
pub use scene::{MAX_PRIMITIVES, OFF_WINDOW, PrimitiveId, Scene, SceneChange, SceneUpdate};
