//! What is known of an account.

use protocol::time::Timestamp;
use tokio::sync::watch;

use super::AccountError;

/// What is known of an account.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AccountState {
    /// No token was asked for yet.
    #[default]
    Unchecked,
    /// There is a token.
    SignedIn {
        /// The plan that the token names; `None` without a paid plan, and for a token that does not
        /// say.
        plan: Option<String>,
        /// The paid plan of the token before, if this one has none: the account has lost it.
        lost_plan: Option<String>,
        /// When the token expires, by the server's clock.
        expires: Option<Timestamp>,
    },
    /// The token could not be renewed; the server will be asked again. The last one may still be
    /// good.
    Waiting(AccountError),
    /// There are no further tokens, until other cookies are given.
    Ended(AccountError),
}

/// The changes of an account's state.
#[derive(Clone, Debug)]
pub struct AccountStates(watch::Receiver<AccountState>);

impl AccountStates {
    pub(super) fn new(mut receiver: watch::Receiver<AccountState>) -> Self {
        receiver.mark_changed();
        Self(receiver)
    }

    /// The present state first, then the newest after each change. `None` if the account is gone.
    /// Cancel-safe.
    pub async fn next(&mut self) -> Option<AccountState> {
        self.0.changed().await.ok()?;
        Some(self.0.borrow_and_update().clone())
    }
}
