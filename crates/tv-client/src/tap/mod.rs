//! Every message of a client, for those who want to see them: taps and the log.

mod tap;
mod watch;

pub use tap::{Direction, Tap, TapEvent, TapMessage};
pub(crate) use tap::{Taps, TapsEnd};
pub(crate) use watch::{Watch, session_of};
