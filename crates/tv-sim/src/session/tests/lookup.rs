//! Symbols that are closed to some.

use serde_json::json;

use crate::session::tests::peer::{Peer, read, wire};

#[test]
fn a_closed_group_is_named_to_those_who_do_not_pay() {
    let mut peer = Peer::new(wire());
    peer.ask("chart_create_session", ["cs_1", ""]);
    peer.ask("resolve_symbol", ["cs_1", "y", "ECONOMICS:USM2"]);
    let said = read(&peer.ask(
        "create_series",
        json!(["cs_1", "a", "s1", "y", "1D", 10, ""]),
    ));
    assert_eq!(
        said[1]["p"],
        json!(["cs_1", "y", "permission denied", "group", "economics_paid"])
    );
    assert_eq!(said[2]["p"][3], "resolve error");
    peer.ask("set_auth_token", ["paid"]);
    peer.ask("resolve_symbol", ["cs_1", "z", "ECONOMICS:NOPE"]);
    let said = read(&peer.pass(20));
    assert_eq!(said[0]["p"], json!(["cs_1", "z", "invalid symbol"]));
}
