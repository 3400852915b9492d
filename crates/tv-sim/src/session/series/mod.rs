//! A series of market bars in a chart.
//!
//! `window` reads which bars a client asks for, `scale` and `text` write bars down, `market` keeps
//! which bars were sent and which come next; `newer` and `replay` extend it.

#[cfg(test)]
mod made_tests;
mod market;
mod newer;
mod replay;
mod scale;
mod text;
mod window;

pub(crate) use market::{MarketSeries, Older, Wanted};
pub(crate) use scale::{empty_scale, point_number};
pub(crate) use window::Window;
