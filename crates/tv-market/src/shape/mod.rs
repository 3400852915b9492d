//! Bars whose ends are set by prices rather than by the clock: Renko, line break, Kagi, point and
//! figure, range.
//!
//! Each kind is a [`Maker`] in a file of its own, which is fed usual bars in order and knows prices
//! only. `inputs` reads what a client asks for, `made` keeps what was made, and gives each bar its
//! time.

mod atr;
mod inputs;
mod kagi;
mod line_break;
mod made;
mod maker;
mod point_figure;
mod range;
mod renko;

pub(crate) use made::Made;
