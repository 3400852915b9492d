//! Replays, alone and under a chart.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    rules::ReplayShape,
    session::tests::peer::{NOW, Peer, names, read, wire},
};

const DAY: i64 = 86_400;
/// A midnight thirty days before the tests' present, in seconds UTC.
const THEN: i64 = (NOW / 1000 / DAY - 30) * DAY;
const BTC: &str = r#"={"symbol":"BINANCE:BTCUSDT","adjustment":"splits"}"#;

/// A peer with a replay of daily bars that was set to a day.
fn replaying(wire: crate::rules::Wire) -> Peer {
    let mut peer = Peer::new(wire);
    peer.ask("replay_create_session", ["rs_1"]);
    let said = peer.ask(
        "replay_add_series",
        ["rs_1", "req_replay_addseries", BTC, "1D"],
    );
    assert_eq!(
        said,
        [r#"{"m":"replay_ok","p":["rs_1","req_replay_addseries"]}"#]
    );
    peer
}

fn reset(peer: &mut Peer, to: i64) -> Vec<Value> {
    read(&peer.ask("replay_reset", json!(["rs_1", "req_replay_reset", to])))
}

fn step(peer: &mut Peer, bars: i64) -> Vec<Value> {
    read(&peer.ask("replay_step", json!(["rs_1", "rsq_step_1", bars])))
}

/// Adds a chart that shows the replay, by a descriptor.
fn chart(peer: &mut Peer, descriptor: &str, resolution: &str) -> Vec<Value> {
    peer.ask("chart_create_session", ["cs_1", ""]);
    peer.ask("resolve_symbol", ["cs_1", "y", descriptor]);
    read(&peer.ask(
        "create_series",
        json!(["cs_1", "$prices", "s1", "y", resolution, 10, ""]),
    ))
}

fn bars(message: &Value) -> Vec<Value> {
    message["p"][1]["$prices"]["s"].as_array().unwrap().clone()
}

const FLAT: &str = r#"={"replay":"rs_1","symbol":"BINANCE:BTCUSDT","adjustment":"splits"}"#;
const NESTED: &str =
    r#"={"replay":"rs_1","symbol":{"symbol":"BINANCE:BTCUSDT","adjustment":"splits"}}"#;

#[test]
fn a_reset_is_answered_with_the_state_of_the_replay() {
    let mut peer = replaying(wire());
    let said = reset(&mut peer, THEN);
    assert_eq!(
        said,
        [
            json!({ "m": "replay_instance_id", "p": ["rs_1", "rs_1_1"] }),
            json!({ "m": "replay_ok", "p": ["rs_1", "req_replay_reset"] }),
            json!({ "m": "replay_point", "p": ["rs_1", THEN] }),
            json!({ "m": "replay_resolutions", "p": ["rs_1", "1D", "1S"] }),
        ]
    );
    assert_eq!(
        step(&mut peer, 2),
        [
            json!({ "m": "replay_ok", "p": ["rs_1", "rsq_step_1"] }),
            json!({ "m": "replay_point", "p": ["rs_1", THEN + 2 * DAY] }),
        ]
    );
}

#[test]
fn the_other_claimed_shape_names_the_series() {
    let mut wire = wire();
    wire.replay = ReplayShape::Slot;
    wire.replay_window = Some(Duration::from_secs(10 * 86_400));
    let mut peer = replaying(wire);
    let said = reset(&mut peer, THEN);
    let slot = "req_replay_addseries";
    assert_eq!(said[0]["p"], json!(["rs_1", slot, "rs_1_1"]));
    assert_eq!(said[3]["p"], json!(["rs_1", slot, ["1D", "1S"]]));
    assert_eq!(said[4]["m"], "replay_depth");
    assert!(said[4]["p"][2].as_i64() > Some(1000));
    let said = step(&mut peer, 100);
    assert_eq!(said[1]["p"], json!(["rs_1", THEN + 9 * DAY]));
    assert_eq!(
        said[2],
        json!({ "m": "replay_data_end", "p": ["rs_1", slot] })
    );
}

#[test]
fn a_step_without_point_or_series_is_critical() {
    let mut peer = Peer::new(wire());
    peer.ask("replay_create_session", ["rs_1"]);
    let none = r#"{"m":"critical_error","p":["rs_1","no_point_or_series",{"args":{"length":1},"command":"step"}]}"#;
    for method in ["replay_step", "replay_step"] {
        assert_eq!(peer.ask(method, json!(["rs_1", "rsq_step_1", 1])), [none]);
    }
    // A time alone is not enough, nor is a series.
    reset(&mut peer, THEN);
    assert_eq!(
        peer.ask("replay_step", json!(["rs_1", "rsq_step_1", 1])),
        [none]
    );
    let mut peer = replaying(wire());
    assert_eq!(
        peer.ask("replay_step", json!(["rs_1", "rsq_step_1", 1])),
        [none]
    );
    let started = read(&peer.ask("replay_start", json!(["rs_1", "rsq_start_1", 100])));
    assert_eq!(started[0]["p"][1], "no_point_or_series");
}

#[test]
fn a_replay_ends_with_the_present() {
    let mut peer = replaying(wire());
    reset(&mut peer, THEN);
    let said = step(&mut peer, 1000);
    // The bar of the present is still open.
    assert_eq!(said[1]["p"][1], THEN + 29 * DAY);
    assert_eq!(said[2], json!({ "m": "replay_data_end", "p": ["rs_1"] }));
    let again = step(&mut peer, 1);
    assert_eq!(again[1]["p"][1], THEN + 29 * DAY, "there it stays");
    assert_eq!(again[2]["m"], "replay_data_end");
}

#[test]
fn a_replay_runs_by_itself_until_it_is_stopped() {
    let mut peer = replaying(wire());
    reset(&mut peer, THEN);
    let said = peer.ask("replay_start", json!(["rs_1", "rsq_start_1", 1000]));
    assert_eq!(names(&said), ["replay_ok"]);
    assert_eq!(peer.session.next_timeout(), peer.now + 1000);
    assert_eq!(peer.pass(999), Vec::<String>::new());
    for day in 1..=3 {
        let said = read(&peer.pass(1000));
        assert_eq!(
            said,
            [json!({ "m": "replay_point", "p": ["rs_1", THEN + day * DAY] })]
        );
    }
    let said = peer.ask("replay_stop", ["rs_1", "rsq_stop_1"]);
    assert_eq!(said, [r#"{"m":"replay_ok","p":["rs_1","rsq_stop_1"]}"#]);
    assert_eq!(peer.pass(5000), Vec::<String>::new());
}

#[test]
fn a_running_replay_stops_where_its_bars_end() {
    let mut wire = wire();
    wire.replay_window = Some(Duration::from_secs(3 * 86_400));
    let mut peer = replaying(wire);
    reset(&mut peer, THEN);
    peer.ask("replay_start", json!(["rs_1", "rsq_start_1", 100]));
    let mut said = Vec::new();
    (0..10).for_each(|_| said.extend(names(&peer.pass(100))));
    assert_eq!(said, ["replay_point", "replay_point", "replay_data_end"]);
}

#[test]
fn a_chart_shows_what_the_replay_shows() {
    for descriptor in [FLAT, NESTED] {
        let mut peer = replaying(wire());
        reset(&mut peer, THEN);
        let said = chart(&mut peer, descriptor, "1D");
        let kinds: Vec<&Value> = said.iter().map(|message| &message["m"]).collect();
        assert_eq!(
            kinds,
            [
                "series_loading",
                "symbol_resolved",
                "timescale_update",
                "series_completed"
            ],
            "{descriptor}"
        );
        assert_eq!(said[3]["p"][2], "replay");
        let loaded = bars(&said[2]);
        assert_eq!(loaded.len(), 10);
        assert_eq!(loaded[9]["v"][0].as_f64(), Some(THEN as f64));
        assert_eq!(
            peer.trade(1000),
            Vec::<String>::new(),
            "the present is not shown"
        );
        let said = step(&mut peer, 2);
        let changed = bars(said.last().unwrap());
        assert_eq!(said.last().unwrap()["m"], "du");
        assert_eq!(changed.len(), 2);
        assert_eq!(
            (&changed[1]["i"], changed[1]["v"][0].as_f64()),
            (&json!(11), Some((THEN + 2 * DAY) as f64))
        );
    }
}

#[test]
fn what_was_replayed_is_what_history_says() {
    let mut peer = replaying(wire());
    reset(&mut peer, THEN);
    chart(&mut peer, NESTED, "1D");
    let stepped = bars(step(&mut peer, 3).last().unwrap());
    peer.ask("resolve_symbol", ["cs_1", "z", "BINANCE:BTCUSDT"]);
    let said = read(&peer.ask(
        "create_series",
        json!([
            "cs_1",
            "$prices2",
            "s2",
            "z",
            "1D",
            ["bar_count", THEN + 3 * DAY, 3],
            ""
        ]),
    ));
    let update = said
        .iter()
        .find(|message| message["m"] == "timescale_update");
    let history = update.unwrap()["p"][1]["$prices2"]["s"].as_array().unwrap();
    for (one, other) in stepped.iter().zip(history) {
        assert_eq!(one["v"], other["v"]);
    }
}

#[test]
fn a_chart_goes_back_with_the_replay() {
    let mut peer = replaying(wire());
    reset(&mut peer, THEN);
    chart(&mut peer, NESTED, "1D");
    step(&mut peer, 5);
    let said = reset(&mut peer, THEN);
    let kinds: Vec<&str> = said
        .iter()
        .filter_map(|message| message["m"].as_str())
        .collect();
    assert_eq!(
        kinds[4..],
        [
            "series_loading",
            "timescale_update",
            "timescale_update",
            "series_completed"
        ]
    );
    assert_eq!(bars(&said[6])[9]["v"][0].as_f64(), Some(THEN as f64));
}

#[test]
fn finer_steps_move_inside_a_bar() {
    let mut peer = replaying(wire());
    reset(&mut peer, THEN);
    chart(&mut peer, FLAT, "1D");
    let said = read(&peer.ask("replay_set_resolution", ["rs_1", "r", "60"]));
    assert_eq!(said[1]["p"], json!(["rs_1", "60", "1S"]));
    let first = bars(step(&mut peer, 1).last().unwrap());
    let second = bars(step(&mut peer, 1).last().unwrap());
    assert_eq!((&first[0]["i"], &second[0]["i"]), (&json!(10), &json!(10)));
    assert_ne!(first[0]["v"][5], second[0]["v"][5]);
}

#[test]
fn a_chart_waits_for_its_replay_and_not_for_ever() {
    let mut peer = Peer::new(wire());
    let said = chart(&mut peer, NESTED, "1D");
    assert_eq!(said.last().unwrap()["m"], "symbol_resolved");
    peer.ask("replay_create_session", ["rs_1"]);
    peer.ask("replay_add_series", ["rs_1", "a", BTC, "1D"]);
    let said = reset(&mut peer, THEN);
    assert_eq!(said.last().unwrap()["m"], "series_completed");
    assert_eq!(said.last().unwrap()["p"][2], "replay");

    let mut peer = Peer::new(wire());
    chart(&mut peer, NESTED, "1D");
    assert_eq!(peer.pass(1_999), Vec::<String>::new());
    assert_eq!(peer.session.next_timeout(), peer.now + 1);
    let said = read(&peer.pass(1));
    assert_eq!(
        said[0]["p"].as_array().unwrap()[..4],
        [
            json!("cs_1"),
            json!("$prices"),
            json!("s1"),
            json!("Upstream error, errmsg: session rs_1 was not created in time")
        ]
    );
}

#[test]
fn errors_of_a_replay_name_their_request() {
    let mut peer = replaying(wire());
    for (method, params, reason) in [
        (
            "replay_add_series",
            json!(["rs_1", "r", "NASDAQ:NOPE", "1D"]),
            "invalid symbol",
        ),
        (
            "replay_add_series",
            json!(["rs_1", "r", BTC, "XX"]),
            "invalid resolution",
        ),
        (
            "replay_set_resolution",
            json!(["rs_1", "r", "XX"]),
            "invalid resolution",
        ),
        (
            "replay_remove_series",
            json!(["rs_1", "r", BTC, "60"]),
            "no_such_series",
        ),
    ] {
        let said = read(&peer.ask(method, params));
        assert_eq!(
            said,
            [json!({ "m": "replay_error", "p": ["rs_1", "r", reason] })]
        );
    }
    let said = read(&peer.ask("replay_remove_series", ["rs_1", "r", BTC, "1D"]));
    assert_eq!(said[0]["m"], "replay_ok");
    let said = read(&peer.ask("replay_step", json!(["rs_1", "r", -1])));
    assert_eq!(said[0]["p"][1], "invalid parameters");
}

#[test]
fn an_unknown_replay_ends_the_connection() {
    let mut peer = replaying(wire());
    peer.ask("replay_delete_session", ["rs_1"]);
    let said = read(&peer.ask("replay_add_series", ["rs_1", "r", "A", "1D"]));
    assert_eq!(said[0]["m"], "protocol_error");
    let text = said[0]["p"][0].as_str().unwrap();
    assert!(
        text.starts_with(r#"{unknown_session_id,<<"replay_add_series">>,<<"rs_1">>,"#),
        "{text}"
    );
    assert!(peer.session.ending().is_some());
}
