//! Users.

use std::{collections::BTreeMap, fmt};

use protocol::secret::AuthToken;
use serde_json::Value;

use crate::json::{Item, Reading, record};

/// A text that identifies a user's session. `Debug` shows no part of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(AuthToken);

impl Hidden {
    /// The text itself. Handle it like a password.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Hidden(…)")
    }
}

impl Item for Hidden {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        Some((Self(AuthToken::new(value.as_str()?)), Reading::Exact))
    }

    fn write(&self) -> Value {
        self.expose().into()
    }
}

record! {
    /// A user, as the sign-in and the pages describe the one who is signed in.
    ///
    /// `Debug` shows neither the token nor what identifies the session. Serde writes them: handle
    /// what it writes like a password.
    pub struct User {
        /// The number.
        id: Option<i64> = "id",
        /// The name.
        username: Option<String> = "username",
        /// The first name.
        first_name: Option<String> = "first_name",
        /// The last name.
        last_name: Option<String> = "last_name",
        /// When the account was made, without a time zone.
        date_joined: Option<String> = "date_joined",
        /// The token that the socket wants.
        token: Option<AuthToken> = "auth_token",
        /// What identifies the session.
        session_hash: Option<Hidden> = "session_hash",
        /// The channel of messages to this user.
        private_channel: Option<Hidden> = "private_channel",
        /// The plan: empty, `pro`, `pro_plus`, `pro_premium`, `pro_premium_trial`.
        plan: Option<String> = "pro_plan",
        /// Whether the plan is paid, or a trial of one that is.
        is_pro: Option<bool> = "is_pro",
        /// Whether the plan is a trial.
        is_trial: Option<bool> = "is_trial",
        /// How many days of the trial are left.
        trial_days_left: Option<i64> = "trial_days_left",
        /// How many days of the plan are left.
        plan_days_left: Option<i64> = "pro_plan_days_left",
        /// Badges.
        badges: Vec<Badge> = "badges",
        /// How many notifications there are.
        notifications: Option<NotificationCount> = "notification_count",
        /// How many this user follows.
        following: Option<i64> = "following",
        /// How many follow this user.
        followers: Option<i64> = "followers",
        /// The reputation.
        reputation: Option<f64> = "reputation",
        /// Settings, each with JSON in a text.
        settings: BTreeMap<String, String> = "settings",
    }
}

record! {
    /// A badge of a user.
    pub struct Badge {
        /// The name: `pro:pro_premium`.
        name: Option<String> = "name",
        /// What is shown.
        verbose_name: Option<String> = "verbose_name",
    }
}

record! {
    /// How many notifications there are.
    pub struct NotificationCount {
        /// Of those that are followed.
        following: Option<i64> = "following",
        /// Of the user.
        user: Option<i64> = "user",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn debug_shows_no_secret_and_nothing_is_lost() {
        let value = json!({"id": 5, "auth_token": "CANARY-A", "session_hash": "CANARY-B",
            "private_channel": "CANARY-C", "pro_plan_original_name": false, "unknown": "CANARY-D"});
        let user: User = serde_json::from_value(value.clone()).unwrap();
        let shown = format!("{user:?}");
        assert!(!shown.contains("CANARY"), "{shown}");
        assert_eq!(user.token.as_ref().map(AuthToken::expose), Some("CANARY-A"));
        assert_eq!(serde_json::to_value(&user).unwrap(), value);
        let user: User = serde_json::from_value(json!({"auth_token": ""})).unwrap();
        assert_eq!(user.token, None);
    }
}
