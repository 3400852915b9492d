//! The states of a supervised connection, and what is reported of each change.

use std::{fmt, time::Instant};

/// The state of a supervised connection.
///
/// ```text
///                    +--------------------------------------------+
///                    v                                            |
/// Disconnected -> Connecting -> Connected -> Closing -> Closed    |
///       |            |              |                     ^       |
///       |            +------------> Reconnecting ---------|-------+
///       |            |              |     |               |
///       +------------+--------------+-----+---------------+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a program that shows states must show every one"
)]
pub enum State {
    /// Not started.
    Disconnected,
    /// An attempt is under way: name resolution, TCP, TLS or upgrade.
    Connecting,
    /// A socket is open and driven.
    Connected,
    /// Waiting for the next attempt.
    Reconnecting,
    /// Closing: queued messages are sent, and the peer's answer is awaited.
    Closing,
    /// Ended: nothing is left, and nothing will follow.
    Closed,
}

impl State {
    /// Whether a state may follow this one.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (
                Self::Disconnected,
                Self::Connecting | Self::Reconnecting | Self::Closed
            ) | (
                Self::Connecting,
                Self::Connected | Self::Reconnecting | Self::Closed
            ) | (
                Self::Connected,
                Self::Reconnecting | Self::Closing | Self::Closed
            ) | (Self::Reconnecting, Self::Connecting | Self::Closed)
                | (Self::Closing, Self::Closed)
        )
    }

    /// Its name in lower case, as in logs and health.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Reconnecting => "reconnecting",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A change of state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateChange {
    /// The state before.
    pub from: State,
    /// The state now.
    pub to: State,
    /// The generation of the latest connection; zero before the first.
    pub generation: u64,
    /// How many attempts to reconnect were scheduled since the last stable connection.
    pub attempt: u32,
    /// When the next attempt is due, in [`State::Reconnecting`].
    pub next_attempt: Option<Instant>,
}

#[cfg(test)]
mod tests {
    use super::State::{self, Closed, Closing, Connected, Connecting, Disconnected, Reconnecting};

    #[test]
    fn a_state_is_followed_by_these_and_no_others() {
        let allowed: [(State, &[State]); 6] = [
            (Disconnected, &[Connecting, Reconnecting, Closed]),
            (Connecting, &[Connected, Reconnecting, Closed]),
            (Connected, &[Reconnecting, Closing, Closed]),
            (Reconnecting, &[Connecting, Closed]),
            (Closing, &[Closed]),
            (Closed, &[]),
        ];
        for (state, next) in allowed {
            for (other, _) in allowed {
                let expected = next.contains(&other);
                assert_eq!(state.may_become(other), expected, "{state} to {other}");
            }
        }
    }
}
