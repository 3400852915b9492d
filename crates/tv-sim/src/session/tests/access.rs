//! What an account may see.

use serde_json::json;

use crate::session::tests::peer::{Peer, names, read, wire};

/// A guest, or a paying user, with a chart that resolved a symbol, under strict limits.
fn charting(token: &str, asked: &str) -> Peer {
    let mut wire = wire();
    wire.strict = true;
    let mut peer = Peer::new(wire);
    peer.ask("set_auth_token", [token]);
    peer.ask("chart_create_session", ["cs_1", ""]);
    peer.ask("resolve_symbol", ["cs_1", "y", asked]);
    peer.pass(20);
    peer
}

fn create(peer: &mut Peer, series: &str, resolution: &str) -> Vec<String> {
    peer.ask(
        "create_series",
        json!(["cs_1", series, "s1", "y", resolution, 10, ""]),
    )
}

const GUEST: &str = "unauthorized_user_token";
const RENKO: &str = r#"={"symbol":{"symbol":"BINANCE:BTCUSDT"},"type":"BarSetRenko@tv-prostudies-40!","inputs":{}}"#;

#[test]
fn guests_have_one_series_and_no_seconds() {
    let mut peer = charting(GUEST, "BINANCE:BTCUSDT");
    let said = read(&create(&mut peer, "a", "1S"));
    assert_eq!(
        said[1]["p"],
        json!(["cs_1", "a", "s1", "seconds_not_entitled", "undefined"])
    );
    let said = read(&create(&mut peer, "b", "1"));
    assert_eq!(
        (&said[0]["m"], &said[0]["p"][1]),
        (
            &json!("critical_error"),
            &json!("exceed limit of series in the session")
        )
    );
    let mut peer = charting("paid", "BINANCE:BTCUSDT");
    assert_eq!(names(&create(&mut peer, "a", "1S"))[1], "timescale_update");
    assert_eq!(names(&create(&mut peer, "b", "1"))[1], "timescale_update");
}

#[test]
fn a_removed_series_counts() {
    let mut peer = charting(GUEST, "BINANCE:BTCUSDT");
    create(&mut peer, "a", "1");
    peer.ask("remove_series", ["cs_1", "a"]);
    assert_eq!(
        read(&create(&mut peer, "b", "1"))[0]["p"][1],
        "exceed limit of series in the session"
    );
}

#[test]
fn premium_bars_need_an_account_within_the_day_only() {
    let mut peer = charting(GUEST, RENKO);
    let said = read(&create(&mut peer, "a", "15"));
    assert_eq!(
        said[1]["p"][3],
        "study_not_auth:BarSetRenko@tv-prostudies-40"
    );
    let mut peer = charting(GUEST, RENKO);
    assert!(names(&create(&mut peer, "a", "1D")).contains(&"series_completed".to_owned()));
    let mut peer = charting("paid", RENKO);
    assert!(names(&create(&mut peer, "a", "15")).contains(&"series_completed".to_owned()));
}

#[test]
fn exchanges_are_late_for_guests_and_coins_are_not() {
    for (token, symbol, mode, late) in [
        (GUEST, "SIM:LATE", "delayed_streaming_900", 900),
        (GUEST, "BINANCE:BTCUSDT", "streaming", 0),
        ("paid", "SIM:LATE", "streaming", 0),
    ] {
        let mut peer = charting(token, symbol);
        let said = read(&create(&mut peer, "a", "1"));
        let done = said.last().unwrap();
        assert_eq!(
            (&done["m"], &done["p"][2]),
            (&json!("series_completed"), &json!(mode))
        );
        let bars = said[1]["p"][1]["a"]["s"].as_array().unwrap();
        let newest = bars.last().unwrap()["v"][0].as_f64().unwrap() as i64;
        let seen = peer.now / 1000 - late;
        assert!(
            (0..60).contains(&(seen - newest)),
            "{symbol}: {newest}, {seen}"
        );
        let update = read(&peer.trade(60_000));
        let bars = update[0]["p"][1]["a"]["s"].as_array().unwrap();
        assert_eq!(
            bars.last().unwrap()["v"][0].as_f64().unwrap() as i64,
            newest,
            "{symbol}: the bar that was open is closed first"
        );
        let bars = update[1]["p"][1]["a"]["s"].as_array().unwrap();
        assert_eq!(bars[0]["v"][0].as_f64().unwrap() as i64, newest + 60);
    }
}
