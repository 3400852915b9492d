//! Who is at the other end: tokens, tiers, and when a token is no longer good.

use serde_json::Value;

use crate::{rules::Tier, session::state::Session};

impl Session {
    /// `set_auth_token`; a later one replaces it. A good one is not answered.
    pub(super) fn authenticate(&mut self, now: i64, params: &[Value]) {
        let token = params.first().and_then(Value::as_str).unwrap_or_default();
        match self.rules.wire.judge(token, now) {
            Ok((tier, until)) => {
                self.tier = tier;
                let lifetime = self.rules.wire.tiers.lifetime();
                let due = lifetime.filter(|_| tier != Tier::Guest).map(|life| {
                    now.saturating_add(i64::try_from(life.as_millis()).unwrap_or(i64::MAX))
                });
                self.expires = due.into_iter().chain(until).min();
            }
            Err(reason) => self.fail(reason),
        }
    }
}
