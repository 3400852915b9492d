//! The ways in which commands fail, and what belongs to the connection rather than to a session.

use serde_json::{Value, json};

use crate::{
    rules::Profile,
    session::{
        state::Ending,
        tests::peer::{NOW, Peer, names, read, wire},
    },
};

#[test]
fn a_chart_command_for_a_session_that_never_was_ends_the_connection() {
    let mut peer = Peer::new(wire());
    let params = json!(["cs_1", "sds_1", "s1", "y", "1", 300, ""]);
    let said = read(&peer.ask("create_series", params));
    assert_eq!(
        (said.len(), &said[0]["m"], &said[0]["p"]),
        (
            1,
            &json!("protocol_error"),
            &json!([
                "{unknown_session_id,<<\"create_series\">>,<<\"cs_1\">>,\n                    [<<\"sds_1\">>,<<\"s1\">>,<<\"y\">>,<<\"1\">>,300,<<>>]}"
            ])
        )
    );
    assert_eq!(peer.session.ending(), Some(Ending::Polite));
}

#[test]
fn a_command_for_an_ended_session_or_unknown_quotes_leaves_the_connection_alone() {
    let mut peer = Peer::new(wire());
    peer.ask("chart_create_session", ["cs_1", ""]);
    peer.ask("chart_delete_session", ["cs_1"]);
    let said = read(&peer.ask("remove_series", ["cs_1", "sds_1"]));
    assert_eq!(
        (&said[0]["m"], &said[0]["p"][0]),
        (&json!("critical_error"), &json!("cs_1"))
    );
    let said = read(&peer.ask("quote_add_symbols", ["qs_1", "SIM:A"]));
    assert!(
        said[0]["p"][1]
            .as_str()
            .unwrap()
            .contains("unknown_session_id")
    );
    assert_eq!(peer.session.ending(), None);
}

#[test]
fn unknown_commands_are_refused_where_they_were_sent() {
    let mut peer = Peer::new(wire());
    peer.ask("chart_create_session", ["cs_1", ""]);
    peer.ask("quote_create_session", ["qs_1"]);
    let said = read(&peer.ask("du", json!(["cs_1", {}])));
    assert_eq!(
        said[0]["p"],
        json!(["cs_1", "unsupported method", r#"method: du. args: "[{}]""#])
    );
    assert!(peer.ask("resolve_symbol", ["cs_1", "y", "SIM:A"])[0].contains("unknown_session_id"));
    let said = read(&peer.ask("quote_fire_crash", ["qs_1"]));
    assert_eq!(
        said[0]["p"],
        json!(["qs_1", "unsupported method", "quote_fire_crash"])
    );
    assert_eq!(peer.ask("no_such_thing", json!([])), Vec::<String>::new());
}

#[test]
fn the_protocol_is_switched_in_2019_only() {
    let mut peer = Peer::new(wire());
    assert_eq!(
        peer.ask("switch_protocol", ["protobuf"]),
        Vec::<String>::new()
    );
    let mut wire = wire();
    wire.profile = Profile::Of2019;
    let mut peer = Peer::new(wire);
    peer.ask("quote_create_session", ["qs_1"]);
    peer.ask("quote_add_symbols", ["qs_1", "SIM:A"]);
    assert_eq!(
        peer.ask("switch_protocol", ["protobuf"]),
        [r#"{"m":"protocol_switched","p":["protobuf"]}"#]
    );
    // The text side says nothing more, and waits for nothing.
    assert_eq!(peer.trade(1000), Vec::<String>::new());
    peer.session.handle_text(peer.now, "not a frame");
    assert_eq!(peer.pass(10_000_000), Vec::<String>::new());
    assert_eq!(peer.session.ending(), None);
    assert!(peer.session.next_timeout() > peer.now);
}

#[test]
fn what_is_not_answered_is_not_answered() {
    let mut peer = Peer::new(wire());
    peer.ask("chart_create_session", ["cs_1", ""]);
    for (method, params) in [
        ("set_locale", json!(["en", "US"])),
        ("set_data_quality", json!(["low"])),
        ("switch_timezone", json!(["cs_1", "exchange"])),
        (
            "set_future_tickmarks_mode",
            json!(["cs_1", "full_single_session"]),
        ),
        ("quote_delete_session", json!(["qs_none"])),
    ] {
        assert_eq!(peer.ask(method, params), Vec::<String>::new(), "{method}");
    }
    let said = peer.ask("switch_timezone", ["cs_1", "Nowhere/Nowhere"]);
    assert_eq!(
        said,
        [
            r#"{"m":"critical_error","p":["cs_1","invalid timezone","method: switch_timezone. args: \"[Nowhere/Nowhere]\""]}"#
        ]
    );
}

#[test]
fn sessions_of_all_kinds_count_together_and_share_their_ids() {
    let mut peer = Peer::new(wire());
    let kinds = ["quote", "chart", "replay", "depth", "history"];
    for n in 0..200 {
        let method = format!("{}_create_session", kinds[n % kinds.len()]);
        assert_eq!(peer.ask(&method, [format!("id_{n}")]), Vec::<String>::new());
    }
    let said = read(&peer.ask("chart_create_session", ["one_more", ""]));
    assert_eq!(said[0]["p"][1], "max sessions rate reached");
    let said = read(&peer.ask("chart_create_session", ["id_0", ""]));
    assert_eq!(said[0]["p"][1], "duplicate id");
    for (n, kind) in kinds.iter().enumerate() {
        peer.ask(&format!("{kind}_delete_session"), [format!("id_{n}")]);
    }
    assert_eq!(
        peer.ask("chart_create_session", ["one_more", ""]),
        Vec::<String>::new()
    );
}

#[test]
fn a_limit_of_sessions_can_be_lower_and_not_higher() {
    for (limit, held) in [(2, 2), (5000, 200)] {
        let mut peer = Peer::new(crate::rules::Wire {
            max_sessions: Some(limit),
            ..wire()
        });
        for n in 0..held {
            let said = peer.ask("quote_create_session", [format!("qs_{n}")]);
            assert_eq!(said, Vec::<String>::new());
        }
        let said = read(&peer.ask("quote_create_session", ["one_more"]));
        assert_eq!(said[0]["p"][1], "max sessions rate reached");
    }
}

#[test]
fn a_series_that_is_removed_says_goodbye() {
    let mut peer = Peer::new(wire());
    peer.ask("chart_create_session", ["cs_1", ""]);
    peer.ask("resolve_symbol", ["cs_1", "y", "BINANCE:BTCUSDT"]);
    peer.ask(
        "create_series",
        json!(["cs_1", "a", "s1", "y", "1", 10, ""]),
    );
    let said = read(&peer.ask("remove_series", ["cs_1", "a"]));
    assert_eq!(
        (&said[0]["m"], &said[0]["p"][1], &said[1]["m"]),
        (
            &json!("timescale_update"),
            &json!({}),
            &json!("series_completed")
        )
    );
    assert_eq!(peer.trade(1000), Vec::<String>::new());
    let said = read(&peer.ask("resolve_symbol", ["cs_1", "y", "SIM:A"]));
    assert_eq!(
        said[0]["p"][1], "duplicate id",
        "the symbol's id stays taken"
    );
    let mut peer = Peer::new(wire());
    peer.ask("chart_create_session", ["cs_1", ""]);
    let said = read(&peer.ask("remove_series", ["cs_1", "nope"]));
    assert_eq!(
        said[0]["p"],
        json!([
            "cs_1",
            "invalid parameters",
            r#"method: remove_series. args: "[nope]""#
        ])
    );
    assert!(peer.ask("resolve_symbol", ["cs_1", "y", "SIM:A"])[0].contains("unknown_session_id"));
}

#[test]
fn older_bars_come_with_a_loading_of_their_own() {
    let mut peer = Peer::new(wire());
    peer.ask("chart_create_session", ["cs_1", ""]);
    peer.ask("resolve_symbol", ["cs_1", "y", "BINANCE:BTCUSDT"]);
    peer.ask(
        "create_series",
        json!(["cs_1", "a", "s1", "y", "1", 10, ""]),
    );
    let said = peer.ask("request_more_data", json!(["cs_1", "a", 5]));
    assert_eq!(
        names(&said),
        ["series_loading", "timescale_update", "series_completed"]
    );
}

#[test]
fn older_bars_of_a_series_that_was_refused_are_refused_with_the_same_words() {
    let mut peer = Peer::new(wire());
    peer.ask("chart_create_session", ["cs_1", ""]);
    peer.ask("resolve_symbol", ["cs_1", "y", "NASDAQ:NOPE"]);
    let refused = peer.ask(
        "create_series",
        json!(["cs_1", "a", "s1", "y", "1", 10, ""]),
    );
    let refused = read(&refused).pop().unwrap();
    assert_eq!(refused["m"], "series_error");
    let said = read(&peer.ask("request_more_data", json!(["cs_1", "a", 5])));
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(
        (&said[0]["m"], &said[0]["p"]),
        (&refused["m"], &refused["p"])
    );
}

#[test]
fn a_removed_series_is_reported_as_deleted() {
    let mut peer = Peer::new(wire());
    peer.ask("chart_create_session", ["cs_1", ""]);
    peer.ask("resolve_symbol", ["cs_1", "y", "BINANCE:BTCUSDT"]);
    peer.ask(
        "create_series",
        json!(["cs_1", "a", "s7", "y", "1", 10, ""]),
    );
    let said = read(&peer.ask("remove_series", ["cs_1", "a"]));
    let deleted = &said[2];
    assert_eq!(
        (said.len(), &deleted["m"], &deleted["p"]),
        (3, &json!("series_deleted"), &json!(["cs_1", "a", "s7"]))
    );
    assert!(deleted["t_ms"].is_i64());
}

/// A chart of fifty days with a study.
fn fifty_days() -> Peer {
    let mut peer = Peer::new(wire());
    peer.ask("chart_create_session", ["cs_1", ""]);
    peer.ask("resolve_symbol", ["cs_1", "y", "BINANCE:BTCUSDT"]);
    peer.ask(
        "create_series",
        json!(["cs_1", "a", "s1", "y", "1D", 50, ""]),
    );
    let volume = "Volume@tv-basicstudies-241";
    peer.ask("create_study", json!(["cs_1", "b", "st1", "a", volume, {}]));
    peer
}

/// A range that ends five days ago.
fn range(days: i64) -> String {
    let now = NOW / 1000;
    format!("r,{}:{}", now - days * 86_400, now - 5 * 86_400)
}

#[test]
fn a_range_within_the_loaded_bars_sends_none_of_them_again() {
    let mut peer = fifty_days();
    let said = read(&peer.ask(
        "modify_series",
        json!(["cs_1", "a", "s2", "y", "1D", range(30)]),
    ));
    let names: Vec<&Value> = said.iter().map(|message| &message["m"]).collect();
    assert_eq!(
        names,
        [
            "series_loading",
            "series_timeframe",
            "series_timeframe",
            "series_completed"
        ]
    );
    // Thirty days ago is within the bar of that day, so the next one is the first of the range.
    assert_eq!(
        said[1]["p"],
        json!(["cs_1", "a", "s2", 20, 49, range(30), false])
    );
    assert_eq!(said[2]["p"][6], true);
    let more = read(&peer.ask("request_more_data", json!(["cs_1", "a", 5])));
    assert!(
        more.iter()
            .any(|message| message["p"][1]["a"]["s"][0]["i"] == -5)
    );
}

#[test]
fn a_range_that_begins_earlier_loads_the_older_bars_only() {
    let mut peer = fifty_days();
    let said = read(&peer.ask(
        "modify_series",
        json!(["cs_1", "a", "s2", "y", "1D", range(60)]),
    ));
    let names: Vec<&Value> = said.iter().map(|message| &message["m"]).collect();
    assert_eq!(
        names,
        [
            "series_loading",
            "study_loading",
            "timescale_update",
            "study_completed",
            "timescale_update",
            "series_timeframe",
            "series_timeframe",
            "series_completed"
        ]
    );
    let bars = said[4]["p"][1]["a"]["s"].as_array().unwrap();
    assert_eq!((bars.len(), &bars[0]["i"]), (10, &json!(-10)));
    assert_eq!(said[5]["p"][3], -10);
}

#[test]
fn a_study_without_rows_is_loaded_with_older_bars_too() {
    let mut peer = fifty_days();
    peer.ask(
        "create_study",
        json!(["cs_1", "c", "st2", "a", "Earnings@tv-basicstudies-251", {}]),
    );
    let said = read(&peer.ask("request_more_data", json!(["cs_1", "a", 20])));
    let names: Vec<&Value> = said.iter().map(|message| &message["m"]).collect();
    assert_eq!(
        names,
        [
            "series_loading",
            "study_loading",
            "study_loading",
            "timescale_update",
            "study_completed",
            "du",
            "study_completed",
            "timescale_update",
            "series_completed"
        ]
    );
    assert_eq!(said[5]["p"][1]["c"]["st"], json!([]));
}

#[test]
fn paying_accounts_get_updates_at_once() {
    for (token, period) in [("paid", 0), ("unauthorized_user_token", 5)] {
        let mut peer = Peer::new(wire());
        peer.ask("set_auth_token", [token]);
        peer.ask("chart_create_session", ["cs_1", ""]);
        peer.ask("resolve_symbol", ["cs_1", "y", "SIM:A"]);
        let said = read(&peer.ask(
            "create_series",
            json!(["cs_1", "a", "s1", "y", "1", 10, ""]),
        ));
        let completed = said.last().unwrap();
        assert_eq!(completed["p"][4]["rt_update_period"], period);
    }
}

#[test]
fn history_begins_where_it_is_said_to() {
    let mut peer = Peer::new(wire());
    peer.ask("chart_create_session", ["cs_1", ""]);
    peer.ask("resolve_symbol", ["cs_1", "y", "BINANCE:BTCUSDT"]);
    let said = read(&peer.ask("get_first_bar_time", ["cs_1", "y", "1D"]));
    assert_eq!(said[0]["m"], "first_bar_time");
    let first = said[0]["p"][2].as_i64().unwrap();
    peer.ask(
        "create_series",
        json!(["cs_1", "a", "s1", "y", "1D", 20000, ""]),
    );
    let loaded = read(&peer.ask(
        "create_series",
        json!(["cs_1", "b", "s1", "y", "1D", 20000, ""]),
    ));
    let update: &Value = loaded
        .iter()
        .find(|m| m["m"] == "timescale_update")
        .unwrap();
    assert_eq!(
        update["p"][1]["b"]["s"][0]["v"][0].as_f64(),
        Some(first as f64)
    );
}

/// The kind of session that a method is for, which serves as the session's id, too.
fn kind_of(method: &str) -> &'static str {
    let kinds = ["quote", "replay", "depth", "history"];
    let known = kinds.into_iter().find(|kind| method.contains(kind));
    known.unwrap_or("chart")
}

const METHODS: &[&str] = &[
    "set_auth_token",
    "set_locale",
    "quote_create_session",
    "quote_delete_session",
    "quote_set_fields",
    "quote_add_symbols",
    "quote_remove_symbols",
    "quote_fast_symbols",
    "quote_hibernate_all",
    "quote_list_fields",
    "quote_switch_timezone",
    "chart_create_session",
    "resolve_symbol",
    "create_series",
    "create_series",
    "create_series",
    "modify_series",
    "remove_series",
    "request_more_data",
    "request_more_tickmarks",
    "get_first_bar_time",
    "set_future_tickmarks_mode",
    "create_study",
    "create_pointset",
    "modify_pointset",
    "remove_pointset",
    "switch_timezone",
    "replay_create_session",
    "replay_add_series",
    "replay_remove_series",
    "replay_reset",
    "replay_step",
    "replay_start",
    "replay_stop",
    "replay_set_resolution",
    "depth_create_session",
    "depth_set_symbol",
    "depth_clear_symbol",
    "history_create_session",
    "request_history_data",
    "du",
];

/// Parameters of every type and size.
fn pool() -> Vec<Value> {
    vec![
        json!("x"),
        json!("y"),
        json!("s1"),
        json!("SIM:A"),
        json!("BINANCE:BTCUSDT"),
        json!("NASDAQ:NOPE"),
        json!(r#"={"replay":"replay","symbol":"SIM:A"}"#),
        json!("1"),
        json!("1D"),
        json!("1W"),
        json!("12M"),
        json!("XX"),
        json!(""),
        json!(0),
        json!(1),
        json!(-1),
        json!(5),
        json!(300),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(1_700_000_000),
        json!(99_999_999_999_i64),
        json!(1.5),
        json!(1e300),
        Value::Null,
        json!([]),
        json!({}),
        json!(["bar_count", 1_700_000_000, 5]),
        json!(["bar_count", i64::MIN, i64::MAX]),
        json!("r,1700000000:1700100000"),
        json!("r,-9:9"),
        json!([1_700_000_000, 0]),
        json!([i64::MAX, i64::MIN]),
        json!({ "from_to": { "from": 1_700_000_000, "to": 1_700_100_000 } }),
        json!({ "flags": [] }),
    ]
}

/// Commands of every kind with parameters that mostly fit, drawn from a seed.
fn nonsense(seed: u64, commands: usize) -> Vec<(&'static str, Value)> {
    use rand_core::{Rng, SeedableRng};

    let pool = pool();
    let mut draws = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let mut draw = |below: usize| (draws.next_u64() % below as u64) as usize;
    (0..commands)
        .map(|_| {
            let method = METHODS[draw(METHODS.len())];
            let session = kind_of(method);
            let mut params = vec![json!(session)];
            params.extend((0..draw(8)).map(|_| pool[draw(pool.len())].clone()));
            // Often enough they should fit.
            if method == "create_series" && draw(2) == 0 {
                params = vec![
                    json!(session),
                    json!("s1"),
                    json!("s1"),
                    json!("y"),
                    json!("1D"),
                    json!(5),
                ];
            }
            if method == "resolve_symbol" && draw(2) == 0 {
                params = vec![json!(session), json!("y"), json!("SIM:A")];
            }
            (method, json!(params))
        })
        .collect()
}

#[test]
fn no_command_can_break_a_connection_that_is_not_ended() {
    let mut kinds = std::collections::BTreeSet::new();
    for profile in [Profile::Current, Profile::Of2019] {
        for seed in 0..40 {
            let mut wire = wire();
            wire.profile = profile;
            let mut peer = Peer::new(wire);
            for (method, params) in nonsense(seed, 150) {
                // It is there already, or it was ended.
                let kind = kind_of(method);
                peer.ask(&format!("{kind}_create_session"), [kind]);
                kinds.extend(names(&peer.ask(method, params)));
                if peer.session.ending().is_some() {
                    break;
                }
                kinds.extend(names(&peer.pass(7)));
                kinds.extend(names(&peer.trade(13)));
                assert!(peer.session.next_timeout() > peer.now - 1);
            }
        }
    }
    // That it got somewhere shows in what was said.
    for kind in [
        "series_completed",
        "du",
        "qsd",
        "replay_ok",
        "replay_error",
        "critical_error",
        "quote_completed",
        "depth_symbol_error",
        "replay_point",
    ] {
        assert!(kinds.contains(kind), "{kind} in {kinds:?}");
    }
}

#[test]
fn another_time_zone_marks_a_series_again() {
    let mut peer = Peer::new(wire());
    peer.ask("chart_create_session", ["cs_1", ""]);
    let said = peer.ask("switch_timezone", ["cs_1", "Asia/Kolkata"]);
    assert_eq!(said, [""; 0], "there is nothing to mark");
    peer.ask("switch_timezone", ["cs_1", "exchange"]);
    peer.ask("resolve_symbol", ["cs_1", "y", "BINANCE:BTCUSDT"]);
    let ask = json!(["cs_1", "a", "s1", "y", "60", 60, ""]);
    let reported = read(&peer.ask("create_series", ask));
    let days = |marks: &Value| {
        let marks = marks.as_array().unwrap().iter();
        let hours = marks.filter(|mark| mark[0].as_i64().unwrap() >= 40);
        hours
            .map(|mark| mark[1].as_i64().unwrap() / 3600 % 24)
            .collect::<Vec<_>>()
    };
    let scale = |reported: &[Value]| {
        let update = reported
            .iter()
            .find(|reported| reported["m"] == "timescale_update");
        update.unwrap()["p"][2].clone()
    };
    let before = scale(&reported);
    let midnights = days(&before["marks"]);
    assert!(midnights.len() >= 2 && midnights.iter().all(|hour| *hour == 0));
    // Midnight in India is at 18:30 UTC, so that the first hour of a day opens at 19:00.
    let said = read(&peer.ask("switch_timezone", ["cs_1", "Asia/Kolkata"]));
    assert_eq!(said.len(), 1);
    assert_eq!(said[0]["m"], "tickmark_update");
    assert_eq!(said[0].as_object().unwrap().len(), 2, "it tells no time");
    let marks = &said[0]["p"][1];
    assert_eq!(marks["changes"], json!([]));
    assert_eq!(marks.get("index_diff"), None);
    assert_eq!(
        marks["marks"].as_array().unwrap().len(),
        before["marks"].as_array().unwrap().len()
    );
    assert!(days(&marks["marks"]).iter().all(|hour| *hour == 19));
    assert!((2..=3).contains(&days(&marks["marks"]).len()));
    // What comes later is marked by the same clocks.
    let more = read(&peer.ask("request_more_data", json!(["cs_1", "a", 60])));
    let days_of_all = days(&scale(&more)["marks"]);
    assert!(days_of_all.len() >= 4 && days_of_all.iter().all(|hour| *hour == 19));
    let back = read(&peer.ask("switch_timezone", ["cs_1", "exchange"]));
    assert!(
        days(&back[0]["p"][1]["marks"])
            .iter()
            .all(|hour| *hour == 0)
    );
}
