//! Who was invited to use scripts that need an invitation.

use std::collections::BTreeMap;

/// How many users may be invited to a script.
pub(super) const MOST_USERS: usize = 1_000;

/// Invitations by script.
#[derive(Debug, Default)]
pub(crate) struct Invitations(BTreeMap<String, Users>);

/// Invitations by user.
pub(super) type Users = BTreeMap<String, Invitation>;

/// Since when, and until when, a user may use a script: milliseconds UTC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Invitation {
    /// Invitations are numbered as they are given.
    pub(super) number: usize,
    pub(super) created: i64,
    pub(super) expires: Option<i64>,
}

impl Invitations {
    /// Whether a user may use a script at a time.
    pub(super) fn is_invited(&self, script: &str, user: &str, now: i64) -> bool {
        let invitation = self.0.get(script).and_then(|users| users.get(user));
        invitation.is_some_and(|it| it.expires.is_none_or(|expires| expires > now))
    }

    /// The users of a script.
    pub(super) fn users(&mut self, script: &str) -> &mut Users {
        self.0.entry(script.to_owned()).or_default()
    }
}
