//! Whether a client connects again after a loss.

use std::fmt;

use transport::ReconnectPolicy;

use crate::engine::Persistence;

/// Whether a client connects again after a loss, and by which policy.
///
/// A [`ReconnectPolicy`] by itself means [`AfterLoss`](Self::AfterLoss).
///
/// ```
/// use std::time::Duration;
///
/// use tv_client::{Client, Reconnect, ReconnectPolicy};
///
/// let patient = ReconnectPolicy::default().longest_delay(Duration::from_secs(60));
/// let service = Client::builder().reconnect(Reconnect::Always(patient));
/// let script = Client::builder().reconnect(Reconnect::Never);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum Reconnect {
    /// Never: a lost connection ends the client and its streams, with the reason.
    Never,
    /// After a loss, once the first connection was open. The first connection is tried once. This
    /// is the default, with the default policy.
    AfterLoss(ReconnectPolicy),
    /// After a loss, and if the first connection cannot be made: connecting then waits for as long
    /// as the policy allows.
    Always(ReconnectPolicy),
}

/// For people: `never`, `after a loss`, `always`.
impl fmt::Display for Reconnect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Never => "never",
            Self::AfterLoss(_) => "after a loss",
            Self::Always(_) => "always",
        })
    }
}

impl Reconnect {
    pub(crate) fn policy(&self) -> ReconnectPolicy {
        match self {
            Self::Never => ReconnectPolicy::default(),
            Self::AfterLoss(policy) | Self::Always(policy) => policy.clone(),
        }
    }

    pub(crate) fn persistence(&self) -> Persistence {
        match self {
            Self::Never => Persistence::Never,
            Self::AfterLoss(_) => Persistence::OnceOpen,
            Self::Always(_) => Persistence::Always,
        }
    }
}

impl Default for Reconnect {
    fn default() -> Self {
        Self::AfterLoss(ReconnectPolicy::default())
    }
}

impl From<ReconnectPolicy> for Reconnect {
    fn from(policy: ReconnectPolicy) -> Self {
        Self::AfterLoss(policy)
    }
}
