//! A made-up market: which symbols exist, when they trade, their bars, their ticks and the studies
//! computed from them. The same seed gives the same market, on every machine and at any time.
//!
//! It suits tests, benches and examples that need plausible data without a server. The names are
//! those of real listings; all prices are invented.
//!
//! ```
//! use tv_market::{Interval, Market, Settings};
//!
//! let market = Market::new(7);
//! let apple = market.symbol("NASDAQ:AAPL").expect("a listed symbol");
//!
//! // All times are in milliseconds UTC. These are the hours of Monday, 2 November 2026.
//! let (from, to) = (1_793_577_600_000, 1_793_664_000_000);
//! let hours = Interval::parse("60").expect("a resolution");
//! let bars: Vec<_> = apple.bars(hours, Settings::default(), from, to, to).collect();
//!
//! assert_eq!(bars.len(), 7);
//! assert!(bars.iter().all(|bar| bar.low <= bar.open && bar.open <= bar.high));
//! ```
//!
//! Everything is pure: nothing here reads a clock, takes a lock, opens a file or starts a thread.
//! Requests that overlap agree, bars of different intervals agree, and a bar that was watched live
//! closes with the values that a later request returns.
//!
//! A table lists some fifty symbols of all kinds. Besides, any well-formed symbol of a known
//! exchange exists, such as `NYSE:BRK.B`, and any name under the exchange `SIM`, such as
//! `SIM:ANY123`; see [`Names`]. Coins and `SIM` trade around the clock; all others keep the hours
//! of their exchanges.
//!
//! The modules have an order, which a test checks: `tests/layering.rs`.

#![expect(
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    reason = "closed values: a new field or variant must not pass unseen through the simulator"
)]

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
mod identity;
mod interval;
mod listing;
mod market;
mod names;
mod past;
mod price_view;
mod settings;
mod shape;
#[doc(hidden)]
pub mod study;
mod symbol;
mod table;
mod ticks;
mod unlisted;
mod walk;
mod zone;

pub use bars::Bars;
pub use candle::Candle;
pub use chart_type::{Shape, Size, Source};
#[doc(hidden)]
pub use civil::{
    civil as date_parts, month_of as month_number, months_before, week_of as week_number,
    year_begins,
};
pub use currency::Currency;
#[doc(hidden)]
pub use events::Roll;
pub use facts::update_mode;
pub use grid::Slot;
pub use hours::Phase;
pub use identity::{Business, Identity};
pub use interval::{DAY, Interval, IntervalError};
pub use market::{Listed, Market};
pub use names::Names;
pub use settings::{Adjustment, Settings};
pub use symbol::Symbol;
pub use ticks::{Reading, Shown, Tick, TickSource, tick_at};
pub use zone::Zone;
