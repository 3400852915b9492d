//! Who is at the other end.

use std::time::Duration;

use super::super::state::Ending;
use crate::{
    rules::{Tier, Tiers},
    session::tests::peer::{Peer, wire},
};

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
fn a_banned_user_is_reported_so() {
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
