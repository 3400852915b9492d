//! Bars after those that were sent.

use serde_json::{Value, json};

use crate::session::tests::peer::{NOW, Peer, names, read, wire};

const HOUR: i64 = 3600;
/// Twenty hours before the hour of the tests' present, in seconds UTC.
const THEN: i64 = (NOW / 1000 / HOUR - 20) * HOUR;

/// A chart of hours, created with a count, and the bars that it got: index and time.
fn charting(count: Value) -> (Peer, Vec<(i64, i64)>) {
    let mut peer = Peer::new(wire());
    peer.ask("chart_create_session", ["cs_1", ""]);
    peer.ask("resolve_symbol", ["cs_1", "y", "BINANCE:BTCUSDT"]);
    let said = peer.ask(
        "create_series",
        json!(["cs_1", "a", "s1", "y", "60", count, ""]),
    );
    let bars = bars(&said);
    (peer, bars)
}

fn bars(said: &[String]) -> Vec<(i64, i64)> {
    let said = read(said);
    let updates = said
        .iter()
        .filter(|message| message["m"] == "timescale_update");
    let rows = updates.flat_map(|update| update["p"][1]["a"]["s"].as_array().unwrap().clone());
    rows.map(|row| {
        (
            row["i"].as_i64().unwrap(),
            row["v"][0].as_f64().unwrap() as i64,
        )
    })
    .collect()
}

fn more(peer: &mut Peer, count: i64) -> Vec<String> {
    peer.ask("request_more_data", json!(["cs_1", "a", count]))
}

#[test]
fn a_negative_count_asks_for_bars_from_a_time_on() {
    let (_, bars) = charting(json!(["bar_count", THEN, -5]));
    let hours: Vec<_> = (0..5).map(|n| (n, THEN + n * HOUR)).collect();
    assert_eq!(bars, hours);
    let (_, before) = charting(json!(["bar_count", THEN, 5]));
    assert_eq!(before.last(), Some(&(4, THEN)));
    // There are not more than there are.
    let (_, all) = charting(json!(["bar_count", THEN, -1000]));
    assert_eq!((all.len(), all[20].1), (21, THEN + 20 * HOUR));
    let (_, none) = charting(json!(["bar_count", THEN + 1_000_000, -5]));
    assert_eq!(none, []);
}

#[test]
fn a_negative_count_asks_for_newer_bars_until_the_present_is_reached() {
    let (mut peer, _) = charting(json!(["bar_count", THEN, 5]));
    assert_eq!(
        peer.trade(1000),
        Vec::<String>::new(),
        "the past does not change"
    );
    let said = more(&mut peer, -3);
    assert_eq!(
        names(&said),
        ["series_loading", "timescale_update", "series_completed"]
    );
    let hours: Vec<_> = (1..4).map(|n| (4 + n, THEN + n * HOUR)).collect();
    assert_eq!(bars(&said), hours);
    let rest = bars(&more(&mut peer, i64::MIN));
    assert_eq!((rest.len(), rest[16]), (17, (24, THEN + 20 * HOUR)));
    assert_eq!(names(&peer.trade(1000)), ["du"], "now it does");
    assert_eq!(
        names(&more(&mut peer, -1)),
        ["series_loading", "series_completed"]
    );
}

#[test]
fn older_bars_shift_the_scale() {
    let (mut peer, _) = charting(json!(10));
    let said = read(&more(&mut peer, 4));
    let scale = &said[1]["p"][2];
    assert_eq!(
        (&scale["index"], &scale["zoffset"]),
        (&json!(-4), &json!(4))
    );
    let marks = scale["marks"].as_array().unwrap();
    assert_eq!(scale["changes"].as_array().unwrap().len(), 4);
    let marked: Vec<i64> = marks.iter().map(|mark| mark[2].as_i64().unwrap()).collect();
    assert_eq!(
        marked,
        (-4..10).collect::<Vec<_>>(),
        "all bars are marked anew"
    );
}

#[test]
fn studies_are_computed_for_newer_bars_too() {
    let (mut peer, _) = charting(json!(["bar_count", THEN, 5]));
    let study = "MASimple@tv-basicstudies-1";
    peer.ask(
        "create_study",
        json!(["cs_1", "st1", "st1", "a", study, { "length": 2 }]),
    );
    let said = more(&mut peer, -3);
    assert_eq!(
        names(&said),
        [
            "series_loading",
            "timescale_update",
            "study_loading",
            "du",
            "study_completed",
            "series_completed"
        ]
    );
    let rows = read(&said)[3]["p"][1]["st1"]["st"].clone();
    assert_eq!(rows.as_array().unwrap().last().unwrap()["i"], 7);
}
