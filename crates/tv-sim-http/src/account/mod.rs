//! Accounts: sign-in, second factors, cookies, tokens for the socket, and the pages that describe
//! who is signed in.
//!
//! `people` lists the invented accounts and `plan` what they pay for. `seal` signs what `cookies`
//! and `token` hand out: both are known again by their signatures alone, so another site of the
//! same seed knows them, too. `totp` checks codes. `accounts` keeps what changes: sessions that
//! ended, plans that were lost.

pub(crate) mod accounts;
mod cookies;
mod page;
mod people;
mod plan;
mod routes;
mod seal;
mod sign_in;
mod token;
mod totp;
mod user;

pub use accounts::Accounts;
pub use plan::Plan;
pub use token::{TokenState, Tokens};

pub(crate) use people::Account;
pub(crate) use routes::{answer, login_required};

/// The cookies of an account that was just signed in.
#[cfg(test)]
pub(crate) use sign_in::cookies_of;
