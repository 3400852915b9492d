//! The simulated market: which symbols exist, when they trade, their bars and their ticks.
//!
//! Pure: it holds no clock, no socket and no state. Everything follows from the seed and the times that come in, so
//! overlapping requests agree, bars of different intervals agree, and a bar that was watched live closes as it is
//! answered later. It knows no session and no wire format.
//!
//! To read bars, ask [`Symbol::bars`] for all that open from one time to another (both included) as they are at a third
//! (all in milliseconds UTC):
//!
//! ```text
//! Symbol::bars(self: &Arc<Symbol>, Interval, Settings, from, to, now) -> impl Iterator<Item = Candle>
//! ```
//!
//! `Settings::default()` are bars adjusted for splits, of regular sessions, in the symbol's currency. [`Candles`] walks them by
//! their [`Slot`]s, and so by count.
//!
//! Lowest first: `civil`, `zone`, `holidays`, `interval`, `hours`, `exchanges`, `walk`, `listing`, `table`, `symbol`, `currency`,
//! `settings`, `events`, `told`, `grid`, `heikin_ashi`, `candles`, `shape`, `ticks`, `identifiers`,
//! `facts`.

mod bars;
mod candle;
mod candles;
mod chart_type;
mod civil;
mod currency;
mod events;
mod exchanges;
mod facts;
mod grid;
mod heikin_ashi;
mod holidays;
mod hours;
mod identifiers;
mod interval;
mod listing;
mod market;
mod settings;
mod shape;
pub mod study;
mod symbol;
mod table;
mod ticks;
mod told;
mod walk;
mod zone;

pub use bars::Bars;
pub use candle::Candle;
pub use chart_type::{Shape, Size, Source};
pub use civil::{month_of as month_number, months_before, week_of as week_number, year_begins};
pub use currency::Currency;
pub use grid::Slot;
pub use hours::Phase;
pub use interval::{DAY, Interval, IntervalError};
pub use market::Market;
pub use settings::{Adjustment, Settings};
pub use symbol::Symbol;
pub use ticks::{Reading, Shown, Tick, TickSource, tick_at};
pub use zone::Zone;
