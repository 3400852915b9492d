//! Who is at the other end.

use std::time::Duration;

use super::super::state::Ending;
use market::Market;
use serde_json::Value;
use sim_http::{Headers, Request, Site, SiteOptions, Tokens};

use crate::{
    rules::{Tier, Tiers},
    session::tests::peer::{NOW, Peer, wire},
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

/// The token that a sign-in gives at a time.
fn token(seed: u64, name: &str, now: i64) -> String {
    let mut site = Site::new(Market::new(seed), SiteOptions::default());
    let body = format!("username={name}&password=simulated");
    let request = Request::new(
        "POST",
        "/accounts/signin/",
        Headers::default(),
        body.as_bytes(),
    );
    let answer: Value = serde_json::from_slice(&site.answer(&request, now).body).unwrap();
    answer["user"]["auth_token"].as_str().unwrap().to_owned()
}

fn peer_of_seed(seed: u64, tiers: Tiers) -> Peer {
    let mut wire = wire();
    (wire.tiers, wire.tokens) = (tiers, Some(Tokens::of_seed(seed)));
    Peer::new(wire)
}

#[test]
fn a_token_of_the_sign_in_has_the_tier_of_its_plan_until_it_expires() {
    let mut peer = peer_of_seed(1, Tiers::new().only_known());
    for (name, tier) in [
        ("basic", Tier::Basic),
        ("premium", Tier::Premium),
        ("trial", Tier::Premium),
    ] {
        assert_eq!(
            peer.ask("set_auth_token", [token(1, name, NOW)]),
            Vec::<String>::new()
        );
        assert_eq!(peer.session.tier, tier);
    }
    // It expires four hours after the second in which it was made.
    let nearly = NOW - 4 * 3_600_000 + 5_000;
    let until = nearly - nearly % 1000 + 4 * 3_600_000;
    peer.ask("set_auth_token", [token(1, "basic", nearly)]);
    assert_eq!(peer.pass(until - 1 - peer.now), Vec::<String>::new());
    assert_eq!(
        peer.pass(1),
        [r#"{"m":"protocol_error","p":["bad auth token"]}"#]
    );
    assert_eq!(peer.session.ending(), Some(Ending::Polite));
}

#[test]
fn expired_and_forged_tokens_are_refused_unless_they_are_named() {
    let (old, foreign) = (
        token(1, "basic", NOW - 4 * 3_600_000),
        token(2, "basic", NOW),
    );
    for token in [&old, &foreign] {
        let mut peer = peer_of_seed(1, Tiers::new());
        let said = peer.ask("set_auth_token", [token]);
        assert_eq!(said, [r#"{"m":"protocol_error","p":["bad auth token"]}"#]);
        let mut peer = peer_of_seed(1, Tiers::new().token(token, Tier::Basic));
        assert_eq!(peer.ask("set_auth_token", [token]), Vec::<String>::new());
        assert_eq!(peer.session.tier, Tier::Basic);
    }
}
