//! Studies on series that move: live, late, and in replays.

use serde_json::{Value, json};

use crate::{
    rules::Profile,
    session::tests::peer::{Peer, names, read, wire},
};

const AVERAGE: &str = "MASimple@tv-basicstudies-1";
const MINUTE: i64 = 60_000;

/// A client with a chart of a symbol, ten bars of a minute or so.
fn charting(mut peer: Peer, asked: &str) -> Peer {
    peer.ask("chart_create_session", ["cs_1", ""]);
    peer.ask("resolve_symbol", ["cs_1", "y", asked]);
    peer.ask(
        "create_series",
        json!(["cs_1", "sds_1", "s1", "y", "1", 10, ""]),
    );
    peer
}

fn study(peer: &mut Peer, id: &str, name: &str, inputs: Value) -> Vec<String> {
    peer.ask(
        "create_study",
        json!(["cs_1", id, "st1", "sds_1", name, inputs]),
    )
}

/// The rows of a series or a study in some messages, in the order in which they come.
fn rows(said: &[Value], id: &str) -> Vec<(i64, Vec<f64>)> {
    let objects = said.iter().map(|message| &message["p"][1][id]);
    let lists = objects.flat_map(|object| {
        let rows = object["s"].as_array().or_else(|| object["st"].as_array());
        rows.cloned().unwrap_or_default()
    });
    lists
        .map(|row| {
            let values = serde_json::from_value(row["v"].clone()).unwrap();
            (row["i"].as_i64().unwrap(), values)
        })
        .collect()
}

/// Whether a simple average over two closes is what the bars say, wherever both are known.
fn agree(said: &[Value], at_least: i64) {
    let closes: std::collections::BTreeMap<i64, f64> = rows(said, "sds_1")
        .iter()
        .map(|(number, values)| (*number, values[4]))
        .collect();
    let newest = closes.keys().last().unwrap();
    let last: std::collections::BTreeMap<i64, f64> = rows(said, "st1")
        .iter()
        .map(|(number, values)| (*number, values[1]))
        .collect();
    let mut seen = 0;
    for (number, average) in last {
        if let (Some(one), Some(other)) = (closes.get(&(number - 1)), closes.get(&number)) {
            let mean = (one + other) / 2.0;
            assert!((average - mean).abs() < 1e-9, "{number}: {average}, {mean}");
            seen += i64::from(number == *newest) + 1;
        }
    }
    assert!(seen > at_least, "the newest is among {seen}");
}

#[test]
fn a_new_bar_closes_the_one_before_in_a_message_of_its_own() {
    let mut peer = charting(Peer::new(wire()), "BINANCE:BTCUSDT");
    study(&mut peer, "st1", AVERAGE, json!({ "length": 2 }));
    study(&mut peer, "st2", "Sessions@tv-basicstudies-1", json!({}));
    let said = read(&peer.trade(5_000));
    assert_eq!(rows(&said, "st1").len(), 1);
    assert_eq!(said[0]["p"][1]["st1"]["ns"]["indexes"], "nochange");
    assert!(
        said[0]["p"][1].get("st2").is_none(),
        "it has nothing to say"
    );
    let said = read(&peer.trade(3 * MINUTE));
    assert_eq!(said.len(), 2);
    let numbers = |of: &[Value], id: &str| rows(of, id).iter().map(|row| row.0).collect::<Vec<_>>();
    assert_eq!(numbers(&said[..1], "st1"), numbers(&said[..1], "sds_1"));
    assert_eq!(numbers(&said[..1], "st1"), [9, 10, 11]);
    assert_eq!(numbers(&said[1..], "st1"), [12]);
    assert_eq!(said[0]["p"][1]["st1"]["ns"]["indexes"], "nochange");
    assert_eq!(said[1]["p"][1]["st1"]["ns"]["indexes"], json!([]));
    agree(&said, 3);
}

#[test]
fn a_follower_sees_the_same_as_a_later_subscriber() {
    let names = [
        ("a", "RSI@tv-basicstudies-1", json!({})),
        ("b", "MACD@tv-basicstudies-1", json!({})),
        ("c", "Volume@tv-basicstudies-1", json!({})),
        ("d", "VWAP@tv-basicstudies-1", json!({})),
        (
            "e",
            "Script@tv-scripting-101!",
            json!({ "pineId": "STD;Supertrend" }),
        ),
    ];
    let mut early = charting(Peer::new(wire()), "BINANCE:BTCUSDT");
    let mut seen = Vec::new();
    for (id, name, inputs) in &names {
        seen.extend(read(&study(&mut early, id, name, inputs.clone())));
    }
    for _ in 0..40 {
        seen.extend(read(&early.trade(17_000)));
    }
    let mut late = Peer::new(wire());
    late.now = early.now;
    let mut late = charting(late, "BINANCE:BTCUSDT");
    for (id, name, inputs) in &names {
        let said = read(&study(&mut late, id, name, inputs.clone()));
        let reported: std::collections::BTreeMap<i64, Vec<f64>> = rows(&seen, id)
            .into_iter()
            .map(|(_, values)| (values[0] as i64, values))
            .collect();
        for (_, values) in rows(&said, id) {
            let Some(before) = reported.get(&(values[0] as i64)) else {
                continue;
            };
            for (one, other) in before.iter().zip(&values) {
                assert!(
                    (one - other).abs() <= 1e-6 * one.abs(),
                    "{id}: {before:?} {values:?}"
                );
            }
        }
        let newest = (late.now / MINUTE * 60) as f64;
        assert!(reported.contains_key(&(newest as i64)), "{id}");
    }
}

#[test]
fn a_study_waits_for_the_replay_of_its_series_and_follows_it() {
    let mut peer = Peer::new(wire());
    let point = (peer.now / 1000).div_euclid(60) * 60 - 86_400;
    let asked = r#"={"replay":"rs_1","symbol":{"symbol":"BINANCE:BTCUSDT"}}"#;
    peer = charting(peer, asked);
    let said = study(&mut peer, "st1", AVERAGE, json!({ "length": 2 }));
    assert_eq!(names(&said), ["study_loading"]);
    peer.ask("replay_create_session", ["rs_1"]);
    peer.ask("replay_add_series", json!(["rs_1", "a", asked, "1"]));
    let mut said = peer.ask("replay_reset", json!(["rs_1", "b", point]));
    said.extend(peer.pass(1_000));
    let mut seen = read(&said);
    let loaded = rows(&seen, "st1");
    assert_eq!(loaded.len(), 110, "{said:?}");
    let bars = rows(&seen, "sds_1");
    let times = |rows: &[(i64, Vec<f64>)]| rows.iter().map(|row| row.1[0]).collect::<Vec<_>>();
    assert_eq!(times(&loaded[100..]), times(&bars));
    assert!((bars[9].1[0] - point as f64).abs() <= 60.0);
    for step in 1..=3 {
        let mut said = peer.ask("replay_step", json!(["rs_1", format!("c{step}"), step]));
        said.extend(peer.pass(1_000));
        seen.extend(read(&said));
    }
    let newest = rows(&seen, "sds_1").last().unwrap().clone();
    assert_eq!(rows(&seen, "st1").last().unwrap().1[0], newest.1[0]);
    assert_eq!(newest.0, 15);
    agree(&seen, 9);
}

#[test]
fn a_study_fails_with_a_series_whose_replay_never_comes() {
    let asked = r#"={"replay":"rs_9","symbol":{"symbol":"BINANCE:BTCUSDT"}}"#;
    let mut peer = charting(Peer::new(wire()), asked);
    study(&mut peer, "st1", AVERAGE, json!({}));
    let said = peer.pass(60_000);
    assert_eq!(names(&said), ["series_error", "study_error"]);
    assert_eq!(read(&said)[1]["p"][3], "check study unexpected error");
}

#[test]
fn guests_under_strict_limits_get_two_studies_and_no_scripts() {
    let mut strict = wire();
    strict.strict = true;
    let mut peer = charting(Peer::new(strict), "BINANCE:BTCUSDT");
    let script = json!({ "pineId": "STD;EMA", "text": "x" });
    let said = study(&mut peer, "st0", "Script@tv-scripting-101!", script);
    let reason = "study_not_auth:Script@tv-scripting-507";
    assert_eq!(read(&said)[1]["p"][3], reason);
    for (id, last) in [
        ("st1", "study_completed"),
        ("st2", "study_completed"),
        ("st3", "study_error"),
    ] {
        let said = study(&mut peer, id, AVERAGE, json!({}));
        assert_eq!(names(&said).last().unwrap(), last, "{id}");
    }
}

#[test]
fn late_series_have_late_studies() {
    let mut strict = wire();
    strict.strict = true;
    let mut peer = charting(Peer::new(strict), "SIM:LATE");
    let mut said = read(&study(&mut peer, "st1", AVERAGE, json!({ "length": 2 })));
    let late = peer.now / 1000 - 900;
    assert!(rows(&said, "st1").iter().all(|row| row.1[0] as i64 <= late));
    for _ in 0..20 {
        said.extend(read(&peer.trade(30_000)));
    }
    agree(&said, 9);
}

#[test]
fn in_2019_the_time_stood_among_the_parameters() {
    let mut old = wire();
    old.profile = Profile::Of2019;
    let mut peer = charting(Peer::new(old), "BINANCE:BTCUSDT");
    let said = read(&study(&mut peer, "st1", AVERAGE, json!({})));
    let seconds = peer.now / 1000;
    let loading =
        json!({ "m": "study_loading", "p": ["cs_1", "st1", "s1_st1", seconds], "t": seconds });
    assert_eq!(said[0], loading);
    assert_eq!(said[1]["p"].as_array().unwrap().len(), 2);
}

#[test]
fn answers_of_many_studies_wait_for_a_client_that_does_not_read() {
    let mut peer = charting(Peer::new(wire()), "BINANCE:BTCUSDT");
    for n in 0..30 {
        study(&mut peer, &format!("st{n}"), AVERAGE, json!({}));
    }
    let range = format!("r,{}:{}", peer.now / 1000 - 4_000 * 60, peer.now / 1000);
    let modify = json!({ "m": "modify_series", "p": ["cs_1", "sds_1", "s2", "y", "1", range] });
    let mut message = String::new();
    crate::framing::push_frame(&mut message, &modify.to_string());
    peer.session.handle_text(peer.now, &message);
    let waits = peer.session.out.bytes();
    assert!((4 << 20..5 << 20).contains(&waits), "{waits}");
    let said = read(&peer.said());
    let completed: Vec<&Value> = said
        .iter()
        .filter(|message| message["m"] == "study_completed")
        .collect();
    assert_eq!(completed.len(), 30);
    assert!((0..30).all(|n| completed[n]["p"][1] == format!("st{n}")));
    assert_eq!(
        read(&peer.trade(1_000))[0]["p"][1]
            .as_object()
            .unwrap()
            .len(),
        31
    );
}

#[test]
fn a_strategy_reports_when_a_bar_closes_and_not_before() {
    let mut peer = charting(Peer::new(wire()), "BINANCE:BTCUSDT");
    let inputs = json!({ "pineId": "STD;Supertrend%1Strategy", "in_0": 1, "in_1": 0.5 });
    study(&mut peer, "st1", "StrategyScript@tv-scripting-101!", inputs);
    let said = read(&peer.trade(5_000));
    let notes = |message: &Value| message["p"][1]["st1"]["ns"].clone();
    assert_eq!(notes(&said[0]), json!({ "d": "", "indexes": "nochange" }));
    let mut ends = Vec::new();
    for nth in 1..=16 {
        let said = read(&peer.trade(MINUTE));
        assert_eq!(
            notes(&said[0])["d"],
            "",
            "what closes a bar tells no report"
        );
        let d: Value = serde_json::from_str(notes(&said[1])["d"].as_str().unwrap()).unwrap();
        // The first report of the session went out plainly, and so does every eighth after it.
        assert_eq!(d.get("data").is_some(), nth % 8 == 0, "{nth}");
        if let Some(data) = d.get("data") {
            ends.push(data["report"]["settings"]["dateRange"]["backtest"]["to"].clone());
        }
    }
    assert_eq!(ends.len(), 2);
    assert_eq!(
        ends[1].as_i64().unwrap() - ends[0].as_i64().unwrap(),
        8 * MINUTE
    );
}

#[test]
fn graphics_change_one_by_one_and_name_new_bars() {
    let mut peer = charting(Peer::new(wire()), "BINANCE:BTCUSDT");
    peer.ask(
        "create_series",
        json!(["cs_1", "sds_2", "s1", "y", "1", 100, ""]),
    );
    let script = json!(["cs_1", "st1", "st1", "sds_2", "Script@tv-scripting-101!", { "pineId": "SIM;GRAPHICS" }]);
    let mut said = read(&peer.ask("create_study", script));
    for _ in 0..30 {
        said.extend(read(&peer.trade(20_000)));
    }
    let mut indexes: Vec<i64> = Vec::new();
    let mut shown = std::collections::BTreeMap::new();
    let (mut one, mut all) = (0, 0);
    for message in &said {
        let ns = &message["p"][1]["st1"]["ns"];
        if let Some(list) = ns["indexes"].as_array() {
            let list: Vec<i64> = list.iter().map(|index| index.as_i64().unwrap()).collect();
            assert!(list.starts_with(&indexes), "places stay where they are");
            indexes = list;
        }
        let d = ns["d"].as_str().unwrap_or_default();
        let Ok(d) = serde_json::from_str::<Value>(d) else {
            continue;
        };
        let commands = &d["graphicsCmds"];
        for erase in commands["erase"].as_array().into_iter().flatten() {
            let kind = erase["type"].as_str();
            match erase["id"].as_i64() {
                Some(id) => {
                    one += 1;
                    assert!(shown.remove(&(kind.unwrap().to_owned(), id)).is_some());
                }
                None => {
                    all += 1;
                    shown.retain(|(of, _), _| kind.is_some_and(|kind| of != kind));
                }
            }
        }
        for (kind, groups) in commands["create"].as_object().into_iter().flatten() {
            let groups = groups.as_array().unwrap();
            for item in groups
                .iter()
                .flat_map(|group| group["data"].as_array().unwrap())
            {
                shown.insert((kind.clone(), item["id"].as_i64().unwrap()), item.clone());
                for place in [
                    "x",
                    "x1",
                    "x2",
                    "startIndex",
                    "endIndex",
                    "firstBarTime",
                    "lastBarTime",
                ] {
                    if let Some(place) = item[place].as_u64() {
                        assert!((place as usize) < indexes.len(), "{item}");
                    }
                }
            }
        }
    }
    assert!(one > 10 && all > 1, "{one} {all}");
    let newest = rows(&said, "sds_2").last().unwrap().1.clone();
    let cell = &shown[&("dwgtablecells".to_owned(), 2)];
    assert_eq!(cell["t"], format!("{:?}", newest[4]));
}

#[test]
fn no_input_breaks_a_study() {
    let mut peer = charting(Peer::new(wire()), "BINANCE:BTCUSDT");
    let odd = [
        json!(null),
        json!(true),
        json!(""),
        json!("x"),
        json!("1e9"),
        json!(-1),
        json!(0),
        json!(0.5),
        json!(1e308),
        json!(-1e308),
        json!([]),
        json!({}),
        json!({ "v": { "v": 1 } }),
        json!("st1$99999999999999999999"),
        json!("$"),
        json!("st1$7"),
        json!(5000),
    ];
    let studies = [
        "Volume@tv-a",
        "MASimple@tv-a",
        "MAExp@tv-a",
        "RSI@tv-a",
        "MACD@tv-a",
        "BB@tv-a",
        "VWAP@tv-a",
        "Sessions@tv-a",
        "VbPFixed@tv-a",
        "ESD@tv-a",
        "Script$STD;Supertrend@tv-a",
        "Script$STD;Supertrend Strategy@tv-a",
        "Script$SIM;GRAPHICS@tv-a",
    ];
    let inputs = [
        "length",
        "source",
        "in_0",
        "in_1",
        "in_99999999999",
        "rows",
        "vaVolume",
        "first_bar_time",
        "last_bar_time",
        "stdDev",
        "fast length",
        "factor",
        "initial_capital",
        "default_qty_value",
        "commission_value",
        "pineId",
    ];
    study(&mut peer, "st1", "BB@tv-a", json!({}));
    let (mut completed, mut failed, mut drawn) = (0, 0, 0);
    for name in studies {
        for input in inputs {
            for value in &odd {
                // Every eighth is enough: in the end each value has met each study.
                drawn += 1;
                if drawn % 8 != 0 {
                    continue;
                }
                let said = study(&mut peer, "odd", name, json!({ input: value }));
                match names(&said).last().map(String::as_str) {
                    Some("study_completed") => completed += 1,
                    Some("study_error") => failed += 1,
                    other => panic!("{name} {input} {value}: {other:?}"),
                }
                peer.ask("remove_study", ["cs_1", "odd"]);
            }
        }
        peer.trade(MINUTE);
    }
    assert!(completed > 125 && failed > 37, "{completed} {failed}");
}
