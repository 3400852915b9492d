//! Pointsets.

use serde_json::json;

use crate::session::tests::peer::{NOW, Peer, read, wire};

fn charting() -> Peer {
    let mut peer = Peer::new(wire());
    peer.ask("chart_create_session", ["cs_1", ""]);
    peer.ask("resolve_symbol", ["cs_1", "y", "BINANCE:BTCUSDT"]);
    peer.ask("create_series", json!(["cs_1", "s1", "s1", "y", "D", 300]));
    peer
}

/// A day from now, in seconds UTC.
fn day(from_now: i64) -> i64 {
    (NOW / 86_400_000 + from_now) * 86_400
}

#[test]
fn points_are_reported_as_places_also_after_the_last_bar() {
    let mut peer = charting();
    let params = json!([
        "cs_1",
        "p",
        "turnaround",
        "y",
        "D",
        [day(10), 0],
        [day(-1), 3]
    ]);
    let said = read(&peer.ask("create_pointset", params));
    assert_eq!(
        said,
        [json!({ "m": "du", "p": ["cs_1", { "p": {
            "plots": [
                { "index": 0, "value": [309, day(10)] }, { "index": 1, "value": [301, day(-1)] },
            ],
            "t": "turnaround",
        } }] })]
    );
    let said = read(&peer.ask("modify_pointset", json!(["cs_1", "p", "t2", [day(0), 0]])));
    assert_eq!(
        said[0]["p"][1]["p"],
        json!({ "plots": [{ "index": 0, "value": [299, day(0)] }], "t": "t2" })
    );
    let said = read(&peer.ask("remove_pointset", ["cs_1", "p"]));
    assert_eq!(said[0]["p"][1]["p"], json!({ "plots": [], "t": "t2" }));
    let said = read(&peer.ask("remove_pointset", ["cs_1", "p"]));
    assert_eq!(said[0]["p"][1], "invalid parameters");
}

#[test]
fn wrong_points_are_an_error_of_their_pointset() {
    let mut peer = charting();
    for (name, resolution, points, reason) in [
        ("a", "D", json!(["x", 0]), "invalid points"),
        ("b", "D", json!(7), "invalid points"),
        ("c", "60", json!([7, 0]), "no series"),
    ] {
        let said = read(&peer.ask(
            "create_pointset",
            json!(["cs_1", name, "t", "y", resolution, points]),
        ));
        assert_eq!(
            said,
            [json!({ "m": "pointset_error", "p": ["cs_1", name, "t", reason] })]
        );
    }
    let said = read(&peer.ask(
        "create_pointset",
        json!(["cs_1", "d", "t", "unresolved", "D", [7, 0]]),
    ));
    assert_eq!(said[0]["p"][1], "invalid parameters");
}
