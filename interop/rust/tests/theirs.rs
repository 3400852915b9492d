//! The tests of tradingview-rs that talk with the server, as its author wrote them.
//!
//! They name the crate `tradingview`, and one of them needs a feature that this program does not
//! build: it gets two functions that are never called, because `run` leaves this test out.

extern crate self as tradingview;

pub use theirs::*;

/// In place of what the feature adds to the cookies.
pub trait New {
    /// No cookies.
    fn new() -> Self;
}

impl New for UserCookies {
    fn new() -> Self {
        Self::default()
    }
}

/// In place of a function that reads the token of an account.
pub async fn get_tradingview_token(_: &UserCookies) -> Result<String> {
    Err(Error::NoChartTokenFound)
}

include!(env!("THEIR_TESTS"));
