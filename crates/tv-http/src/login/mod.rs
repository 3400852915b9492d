//! Signing in, and accounts whose tokens stay fresh.
//!
//! [`Login`] signs in by password and second factor. [`Account`] holds the cookies of an account,
//! or a token alone, and returns a token that is good now; all its clones share one. Nothing runs
//! in the background: a token is renewed when it is asked for.
//!
//! [`Account::tokens`] gives the function that other libraries take tokens from, such as the
//! `TokenSource` of tv-client.

mod account;
mod error;
mod fetch;
mod lease;
mod password;
mod state;

pub use account::Account;
pub use error::AccountError;
pub use password::{Login, LoginStep, SignedIn};
pub use state::{AccountState, AccountStates};
