//! Chart sessions of the simulated market.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tv_sim::SimServer;

use crate::client::{Client, names, simulator};

/// A client with a chart session that resolved `SIM:ROUND`, which trades round the clock, as
/// `sds_sym_1`.
async fn charting(sim: &SimServer) -> Client {
    let mut client = Client::greeted(sim).await;
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_1", ""])),
            (
                "resolve_symbol",
                json!([
                    "cs_1",
                    "sds_sym_1",
                    r#"={"adjustment":"splits","symbol":"SIM:ROUND"}"#
                ]),
            ),
        ])
        .await;
    client
}

fn create(resolution: &str, count: Value) -> (&'static str, Value) {
    (
        "create_series",
        json!(["cs_1", "sds_1", "s1", "sds_sym_1", resolution, count, ""]),
    )
}

/// The bars of a series in a message: index and values.
fn bars(message: &Value) -> Vec<(i64, Vec<f64>)> {
    let rows = message["p"][1]["sds_1"]["s"].as_array().unwrap();
    let read = |row: &Value| {
        (
            row["i"].as_i64().unwrap(),
            serde_json::from_value(row["v"].clone()).unwrap(),
        )
    };
    rows.iter().map(read).collect()
}

#[tokio::test]
async fn answers_come_in_the_recorded_order_and_shape() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_1", ""])),
            (
                "resolve_symbol",
                json!(["cs_1", "sds_sym_1", "NASDAQ:AAPL"]),
            ),
            create("1D", json!(300)),
        ])
        .await;
    let seen = client.until("series_completed").await;
    assert_eq!(
        names(&seen),
        [
            "series_loading",
            "symbol_resolved",
            "timescale_update",
            "series_completed"
        ]
    );
    assert!(
        seen.iter()
            .all(|message| message["t"].is_i64() && message["t_ms"].is_i64())
    );
    assert_eq!(seen[0]["p"], json!(["cs_1", "sds_1", "s1"]));
    let info = &seen[1]["p"][2];
    assert_eq!(
        (&info["pro_name"], &info["pricescale"], &info["session"]),
        (&json!("NASDAQ:AAPL"), &json!(100), &json!("0930-1600"))
    );
    let update = &seen[2]["p"];
    let scale = update[2].as_object().unwrap();
    assert_eq!(scale.len(), 5);
    assert_eq!(
        (&scale["index"], &scale["zoffset"], &scale["index_diff"]),
        (&json!(0), &json!(0), &json!([]))
    );
    assert_eq!(scale["changes"].as_array().unwrap().len(), 300);
    assert_eq!(scale["marks"][299][2], 299);
    let series = &update[1]["sds_1"];
    assert_eq!(
        (&series["t"], &series["ns"]),
        (&json!("s1"), &json!({ "d": "", "indexes": [] }))
    );
    assert!(series["node"].is_string());
    let rows = bars(&seen[2]);
    let last = rows[299].1[0] as i64;
    let length = series["lbs"]["bar_close_time"].as_i64().unwrap() + 1 - last;
    // Until 16:00, or 13:00 on a half day.
    assert!([23_400, 12_600].contains(&length), "{length}");
    for (n, (i, v)) in rows.iter().enumerate() {
        assert_eq!((*i, v.len()), (n as i64, 6));
        // 9:30 in New York, in summer and in winter.
        assert!([48_600, 52_200].contains(&(v[0] as i64 % 86_400)));
        assert!(
            v[2] >= v[1].max(v[4]) && v[3] <= v[1].min(v[4]) && v[3] > 0.0 && v[5] >= 0.0,
            "{v:?}"
        );
        assert!(
            ((v[1] * 100.0).round() / 100.0 - v[1]).abs() < 1e-9,
            "{v:?}"
        );
    }
    assert!(
        rows.windows(2)
            .all(|pair| pair[1].1[0] - pair[0].1[0] >= 82_800.0)
    );
    assert_eq!(
        seen[3]["p"],
        json!(["cs_1", "sds_1", "streaming", "s1", { "rt_update_period": 5 }])
    );
}

#[tokio::test]
async fn a_symbol_alone_is_resolved_too() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = charting(&sim).await;
    assert_eq!(client.next().await.unwrap()["m"], "symbol_resolved");
    client.send_all(&[create("60", json!(5))]).await;
    assert_eq!(
        names(&client.until("series_completed").await),
        ["series_loading", "timescale_update", "series_completed"]
    );
}

#[tokio::test]
async fn an_unknown_symbol_fails_twice() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_1", ""])),
            (
                "resolve_symbol",
                json!(["cs_1", "sds_sym_1", r#"={"symbol":"NASDAQ:NOPE"}"#]),
            ),
            create("1D", json!(300)),
        ])
        .await;
    let seen = client.until("series_error").await;
    assert_eq!(
        names(&seen),
        ["series_loading", "symbol_error", "series_error"]
    );
    assert_eq!(seen[1]["p"], json!(["cs_1", "sds_sym_1", "invalid symbol"]));
    assert_eq!(
        seen[2]["p"].as_array().unwrap()[..4],
        [
            json!("cs_1"),
            json!("sds_1"),
            json!("s1"),
            json!("resolve error")
        ]
    );
    let node = seen[2]["p"][4].as_str().unwrap();
    let (one, other) = node.split_once('@').unwrap();
    assert_eq!(one, other);
}

#[tokio::test]
async fn wrong_parameters_are_critical_and_end_the_session() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    for (wrong, printed) in [
        (
            json!(["cs_1", "sds_1", "s1", "sds_sym_1", "XX", 100]),
            "[sds_1, s1, sds_sym_1, XX, 100]",
        ),
        (
            json!(["cs_1", "sds_1", "s1", "sds_sym_1", "1D", "many", ""]),
            "[sds_1, s1, sds_sym_1, 1D, many, ]",
        ),
        (
            json!(["cs_1", "sds_1", "s1", "sds_sym_9", "1D", 1, ""]),
            "[sds_1, s1, sds_sym_9, 1D, 1, ]",
        ),
    ] {
        let mut client = charting(&sim).await;
        client.send("create_series", wrong).await;
        let refused = client.next_of("critical_error").await;
        let detail = format!("method: create_series. args: \"{printed}\"");
        assert_eq!(refused["p"], json!(["cs_1", "invalid parameters", detail]));
        client.send_all(&[create("1D", json!(1))]).await;
        let gone = client.next_of("critical_error").await;
        assert!(
            gone["p"][1]
                .as_str()
                .unwrap()
                .contains("unknown_session_id")
        );
        // The id is free again, and the connection lives.
        client
            .send("chart_create_session", json!(["cs_1", ""]))
            .await;
        client
            .send(
                "resolve_symbol",
                json!(["cs_1", "sds_sym_1", "NASDAQ:AAPL"]),
            )
            .await;
        assert_eq!(client.next().await.unwrap()["m"], "symbol_resolved");
    }
}

#[tokio::test]
async fn refusals_have_their_recorded_words() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    for (resolution, reason) in [
        ("20", "custom_resolution"),
        ("7D", "custom_resolution"),
        ("1T", "ticks_not_entitled"),
    ] {
        let mut client = charting(&sim).await;
        client.send_all(&[create(resolution, json!(10))]).await;
        let refused = client.next_of("series_error").await;
        assert_eq!(
            refused["p"],
            json!(["cs_1", "sds_1", "s1", reason, "undefined"])
        );
    }
    for (method, params, reason) in [
        (
            "resolve_symbol",
            json!(["cs_1", "sds_sym_1", "NASDAQ:MSFT"]),
            "duplicate id",
        ),
        (
            "remove_series",
            json!(["cs_1", "sds_1"]),
            "invalid parameters",
        ),
        (
            "switch_timezone",
            json!(["cs_1", "Nowhere/Nowhere"]),
            "invalid timezone",
        ),
        (
            "create_study",
            json!([
                "cs_1",
                "st1",
                "st1",
                "sds_1",
                "Volume@tv-basicstudies-241",
                {}
            ]),
            "unknown parent id",
        ),
    ] {
        let mut client = charting(&sim).await;
        client.send(method, params).await;
        assert_eq!(
            client.next_of("critical_error").await["p"][1],
            reason,
            "{method}"
        );
    }
    let mut client = charting(&sim).await;
    client
        .send("switch_timezone", json!(["cs_1", "Nowhere/Nowhere"]))
        .await;
    let detail = client.next_of("critical_error").await["p"][2].clone();
    assert_eq!(
        detail,
        r#"method: switch_timezone. args: "[Nowhere/Nowhere]""#
    );
}

#[tokio::test]
async fn older_bars_join_those_already_there() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = charting(&sim).await;
    client.send_all(&[create("1", json!(100))]).await;
    let first = bars(&client.next_of("timescale_update").await);
    client
        .send("request_more_data", json!(["cs_1", "sds_1", 50]))
        .await;
    let update = client.next_of("timescale_update").await;
    let older = bars(&update);
    assert_eq!((older.len(), older[0].0, older[49].0), (50, -50, -1));
    assert_eq!(update["p"][2]["index"], -50);
    assert_eq!(older[49].1[0] + 60.0, first[0].1[0]);
    assert_eq!(
        older[49].1[4], first[0].1[1],
        "it opens where the one before closed"
    );
    assert_eq!(
        client.next_of("series_completed").await["p"][4],
        json!({ "rt_update_period": 5 })
    );
    client
        .send("request_more_data", json!(["cs_1", "sds_1", 1_000_000]))
        .await;
    let all = bars(&client.next_of("timescale_update").await);
    assert!((19_848..=19_850).contains(&all.len()), "{}", all.len());
    assert_eq!(
        client.next_of("series_completed").await["p"][4]["data_completed"],
        "limit"
    );
    client
        .send("request_more_data", json!(["cs_1", "sds_1", 10]))
        .await;
    assert_eq!(client.next().await.unwrap()["m"], "series_loading");
    let done = client.next().await.unwrap();
    assert_eq!(
        (&done["m"], &done["p"][4]["data_completed"]),
        (&json!("series_completed"), &json!("limit"))
    );
    client
        .send("request_more_tickmarks", json!(["cs_1", "sds_1", 10]))
        .await;
    let marks = client.next().await.unwrap();
    assert_eq!(
        (&marks["p"][1], &marks["p"][2]["index"]),
        (&json!({}), &json!(100))
    );
}

#[tokio::test]
async fn bars_up_to_a_time_and_in_a_range_agree() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut loaded = Vec::new();
    // Ten days up to 2024-08-14, once by count and once by range.
    let end = 1_723_593_600_i64;
    for (count, range) in [
        (json!(["bar_count", end, 10]), String::new()),
        (json!(0), format!("r,{}:{end}", end - 9 * 86_400)),
    ] {
        let mut client = charting(&sim).await;
        client
            .send(
                "create_series",
                json!(["cs_1", "sds_1", "s1", "sds_sym_1", "1D", count, range]),
            )
            .await;
        loaded.push(bars(&client.next_of("timescale_update").await));
    }
    assert_eq!(loaded[0].len(), 10);
    assert_eq!(loaded[0][9].1[0] as i64, end);
    assert_eq!(loaded[0], loaded[1]);
}

#[tokio::test]
async fn same_seed_same_bars_other_seed_other_bars() {
    let mut loaded = Vec::new();
    for seed in [5, 5, 6] {
        let sim = simulator().seed(seed).rate(0.0).start().await.unwrap();
        let mut client = charting(&sim).await;
        let ask = json!([
            "cs_1",
            "sds_1",
            "s1",
            "sds_sym_1",
            "1D",
            ["bar_count", 1_700_000_000, 500]
        ]);
        client.send("create_series", ask).await;
        loaded.push(bars(&client.next_of("timescale_update").await));
    }
    assert_eq!(loaded[0].len(), 500);
    assert_eq!(loaded[0], loaded[1]);
    assert_ne!(loaded[0], loaded[2]);
}

#[tokio::test]
async fn modify_empties_the_series_and_fills_it_again() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = charting(&sim).await;
    client.send_all(&[create("1D", json!(30))]).await;
    client.until("series_completed").await;
    client
        .send(
            "modify_series",
            json!(["cs_1", "sds_1", "s2", "sds_sym_1", "60", ""]),
        )
        .await;
    let seen = client.until("series_completed").await;
    assert_eq!(
        names(&seen),
        [
            "series_loading",
            "timescale_update",
            "timescale_update",
            "series_completed"
        ]
    );
    assert_eq!((bars(&seen[1]).len(), bars(&seen[2]).len()), (0, 30));
    assert_eq!(
        (&seen[1]["p"][1]["sds_1"]["t"], &seen[3]["p"][3]),
        (&json!("s2"), &json!("s2"))
    );
    client
        .send(
            "modify_series",
            json!(["cs_1", "sds_1", "s3", "sds_sym_1", "60", "12M"]),
        )
        .await;
    let seen = client.until("series_completed").await;
    assert_eq!(
        names(&seen),
        [
            "series_loading",
            "series_timeframe",
            "series_timeframe",
            "series_completed"
        ]
    );
    assert_eq!(
        seen[1]["p"],
        json!(["cs_1", "sds_1", "s3", 0, 29, "12M", false])
    );
    client.send("remove_series", json!(["cs_1", "sds_1"])).await;
    client.until("series_completed").await;
    client.send_all(&[create("1D", json!(2))]).await;
    assert_eq!(bars(&client.next_of("timescale_update").await).len(), 2);
}

#[tokio::test]
async fn live_bars_close_exactly_as_they_are_answered_later() {
    let sim = simulator().rate(200.0).start().await.unwrap();
    let mut client = charting(&sim).await;
    client.send_all(&[create("1S", json!(2))]).await;
    client.until("series_completed").await;
    let mut reported: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    while reported.len() < 4 {
        let update = client.next_of("du").await;
        assert_eq!(update["p"][1]["sds_1"]["t"], "s1");
        let ns = &update["p"][1]["sds_1"]["ns"];
        assert_eq!(ns, &json!({ "d": "", "indexes": "nochange" }));
        assert!(update.get("t_ms").is_none());
        for (i, values) in bars(&update) {
            assert!(
                reported.last_key_value().is_none_or(|(last, _)| i >= *last),
                "a closed bar does not change"
            );
            reported.insert(i, values);
        }
    }
    client
        .send(
            "create_series",
            json!(["cs_1", "sds_2", "s2", "sds_sym_1", "1S", 20]),
        )
        .await;
    let again = loop {
        let update = client.next_of("timescale_update").await;
        if let Some(rows) = update["p"][1]["sds_2"]["s"].as_array() {
            break rows.clone();
        }
    };
    let later: Vec<Vec<f64>> = again
        .iter()
        .map(|row| serde_json::from_value(row["v"].clone()).unwrap())
        .collect();
    // The first may be from before the last request, the last one was still open.
    for values in reported.values().take(reported.len() - 1) {
        assert!(later.contains(values), "{values:?} in {later:?}");
    }
}

#[tokio::test]
async fn a_study_of_a_series_without_data_fails_beside_it() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = charting(&sim).await;
    client.send_all(&[create("1T", json!(3))]).await;
    client.until("series_error").await;
    client
        .send(
            "create_study",
            json!([
                "cs_1",
                "st1",
                "st1",
                "sds_1",
                "Volume@tv-basicstudies-241",
                {}
            ]),
        )
        .await;
    let seen = client.until("study_error").await;
    assert_eq!(names(&seen), ["study_loading", "study_error"]);
    assert_eq!(
        (&seen[1]["p"][2], &seen[1]["p"][3]),
        (&json!("s1_st1"), &json!("check study unexpected error"))
    );
}
