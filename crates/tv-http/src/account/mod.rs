//! Accounts: what the server answers to a sign-in, and what its pages say of the user.
//!
//! [`SignIn`] and [`SecondFactor`] are the two steps of signing in by password. Absence of an error
//! does not mean success: [`SignInStep`] is read from what is there. [`QuoteToken`] and
//! [`PageUser`] return the token that the socket wants, for an account whose cookies are sent
//! along. [`SessionCookies`] are those cookies, and [`TokenClaims`] what a token says of its
//! account. `Totp` computes the codes of an authenticator app (feature `client`).

mod claims;
mod cookies;
mod page;
mod sign_in;
mod token;
#[cfg(feature = "client")]
mod totp;
mod user;

pub use claims::TokenClaims;
pub use cookies::SessionCookies;
pub use page::PageUser;
pub use sign_in::{FactorKind, SecondFactor, SignIn, SignInStep};
pub use token::QuoteToken;
#[cfg(feature = "client")]
pub use totp::Totp;
pub use user::{Badge, Hidden, NotificationCount, User};
