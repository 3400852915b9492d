//! Calendars: economic events, earnings, dividends, offers.
//!
//! [`EconomicCalendar`] is an endpoint of its own; the others are scans, made by
//! [`earnings`], [`dividends`] and [`offers`]. The economic calendar cuts long answers without a
//! word: ask [by the week](weeks), and see [`EconomicEvents::may_be_cut`].

mod economic;
mod event;
mod scans;
mod weeks;

pub use economic::{EconomicCalendar, EconomicEvents, MAX_EVENTS};
pub use event::{EconomicEvent, Importance};
pub use scans::{dividends, earnings, offers};
pub use weeks::weeks;
