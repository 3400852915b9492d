//! Who is at the other end: tokens, tiers, and when a token is no longer good.

use serde_json::Value;

use super::state::Session;
use crate::rules::Tier;

impl Session {
    /// `set_auth_token`; a later one replaces it. A good one is not answered.
    pub(super) fn authenticate(&mut self, now: i64, params: &[Value]) {
        let token = params.first().and_then(Value::as_str).unwrap_or_default();
        match self.rules.wire.tiers.judge(token) {
            Ok(tier) => {
                self.tier = tier;
                let lifetime = self.rules.wire.tiers.lifetime();
                self.expires = lifetime.filter(|_| tier != Tier::Guest).map(|life| {
                    now.saturating_add(i64::try_from(life.as_millis()).unwrap_or(i64::MAX))
                });
            }
            Err(reason) => self.fail(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::state::Ending;
    use super::super::testing::{Peer, wire};
    use crate::rules::{Tier, Tiers};

    fn peer(tiers: Tiers) -> Peer {
        let mut wire = wire();
        wire.tiers = tiers;
        Peer::new(wire)
    }

    #[test]
    fn a_token_may_be_replaced_and_a_bad_one_ends_everything() {
        let mut peer = peer(Tiers::new().token("b", Tier::Basic).bad_token("x"));
        assert_eq!(peer.session.tier, Tier::Guest);
        for (token, tier) in [
            ("widget_user_token", Tier::Guest),
            ("b", Tier::Basic),
            ("any", Tier::Premium),
            ("unauthorized_user_token", Tier::Guest),
        ] {
            assert_eq!(peer.ask("set_auth_token", [token]), Vec::<String>::new());
            assert_eq!(peer.session.tier, tier);
        }
        assert_eq!(
            peer.ask("set_auth_token", ["x"]),
            [r#"{"m":"protocol_error","p":["bad auth token"]}"#]
        );
        assert_eq!(peer.session.ending(), Some(Ending::Polite));
    }

    #[test]
    fn a_banned_user_is_told_so() {
        let mut peer = peer(Tiers::new().banned_token("x"));
        let said = peer.ask("set_auth_token", ["x"]);
        assert!(said[0].contains("banned"), "{said:?}");
        assert_eq!(peer.session.ending(), Some(Ending::Polite));
    }

    #[test]
    fn a_token_ends_unless_it_is_renewed() {
        let mut peer = peer(Tiers::new().expire_after(Duration::from_secs(5)));
        peer.ask("set_auth_token", ["any"]);
        assert_eq!(peer.pass(4_000), Vec::<String>::new());
        peer.ask("set_auth_token", ["any"]);
        assert_eq!(peer.pass(4_999), Vec::<String>::new());
        assert_eq!(peer.session.next_timeout(), peer.now + 1);
        assert_eq!(
            peer.pass(1),
            [r#"{"m":"protocol_error","p":["bad auth token"]}"#]
        );
        assert_eq!(peer.session.ending(), Some(Ending::Polite));
    }

    #[test]
    fn guests_do_not_expire() {
        let mut peer = peer(Tiers::new().expire_after(Duration::from_secs(5)));
        peer.ask("set_auth_token", ["unauthorized_user_token"]);
        assert_eq!(peer.pass(9_000), Vec::<String>::new());
    }
}
