//! Studies of the simulated market.

use serde_json::{Value, json};
use tv_sim::{ReportForm, SimServer};

use crate::client::{Client, names, simulator};

/// A time at which a window of bars that have all closed ends, in seconds UTC.
const PAST: i64 = 1_790_000_000;

/// A client with a chart session and 300 bars of an hour, as series `sds_1`. They have all closed,
/// so that they stay as they are.
async fn charting(sim: &SimServer) -> Client {
    let mut client = Client::greeted(sim).await;
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_1", ""])),
            ("resolve_symbol", json!(["cs_1", "y", "BINANCE:BTCUSDT"])),
            (
                "create_series",
                json!([
                    "cs_1",
                    "sds_1",
                    "s1",
                    "y",
                    "60",
                    ["bar_count", PAST, 300],
                    ""
                ]),
            ),
        ])
        .await;
    client
}

async fn silent() -> SimServer {
    simulator().rate(0.0).start().await.unwrap()
}

fn study(id: &str, parent: &str, name: &str, inputs: Value) -> (&'static str, Value) {
    (
        "create_study",
        json!(["cs_1", id, "st1", parent, name, inputs]),
    )
}

fn script(id: &str, pine: &str, mut inputs: Value) -> (&'static str, Value) {
    inputs["text"] = json!("bmI9Ks46_");
    inputs["pineId"] = json!(pine);
    inputs["pineVersion"] = json!("1.0");
    let name = if pine.contains("Strategy") {
        "StrategyScript@tv-scripting-101!"
    } else {
        "Script@tv-scripting-101!"
    };
    study(id, "sds_1", name, inputs)
}

/// Rows of a series or study in messages, by number.
fn rows(messages: &[Value], id: &str) -> Vec<(i64, Vec<f64>)> {
    let mut found = std::collections::BTreeMap::new();
    for message in messages {
        let object = &message["p"][1][id];
        for row in object["s"]
            .as_array()
            .or_else(|| object["st"].as_array())
            .into_iter()
            .flatten()
        {
            let values: Vec<f64> = serde_json::from_value(row["v"].clone()).unwrap();
            found.insert(row["i"].as_i64().unwrap(), values);
        }
    }
    found.into_iter().collect()
}

/// The text of `ns.d`, parsed.
fn notes(message: &Value, id: &str) -> Value {
    let text = message["p"][1][id]["ns"]["d"].as_str().unwrap();
    serde_json::from_str(text).unwrap()
}

fn close(one: f64, other: f64) {
    assert!(
        (one - other).abs() <= 1e-9 * other.abs().max(1.0),
        "{one} and {other}"
    );
}

#[tokio::test]
async fn a_study_is_answered_in_the_recorded_order_and_shape() {
    let sim = silent().await;
    let mut client = charting(&sim).await;
    let series = client.until("series_completed").await;
    client
        .send_all(&[study(
            "st1",
            "sds_1",
            "Volume@tv-basicstudies-241",
            json!({ "length": 20, "col_prev_close": false }),
        )])
        .await;
    let seen = client.until("study_completed").await;
    assert_eq!(names(&seen), ["study_loading", "du", "study_completed"]);
    assert_eq!(seen[0]["p"], json!(["cs_1", "st1", "s1_st1"]));
    assert_eq!(seen[2]["p"], json!(["cs_1", "st1", "s1_st1"]));
    assert!(seen[0]["t_ms"].is_i64() && seen[2]["t_ms"].is_i64());
    assert!(seen[1].get("t").is_none(), "du tells no time");
    let object = &seen[1]["p"][1]["st1"];
    assert!(object["node"].is_string());
    assert_eq!(object["t"], "s1_st1");
    assert_eq!(object["ns"], json!({ "d": "", "indexes": [] }));
    // As many rows as bars, and a hundred before them, numbered as if from far away.
    let (bars, volume) = (rows(&series, "sds_1"), rows(&seen, "st1"));
    assert_eq!((bars.len(), volume.len()), (300, 400));
    assert!(
        volume[..100]
            .iter()
            .map(|row| row.0)
            .eq(-1_000_100..=-1_000_001)
    );
    for (at, ((number, bar), (same, row))) in bars.iter().zip(&volume[100..]).enumerate() {
        assert_eq!((number, bar[0], bar[5]), (same, row[0], row[1]));
        assert_eq!(row[2], f64::from(u8::from(bar[4] < bar[1])), "{bar:?}");
        let last = &volume[at + 81..=at + 100];
        close(row[3], last.iter().map(|row| row.1[1]).sum::<f64>() / 20.0);
    }
}

#[tokio::test]
async fn scripts_and_built_in_studies_agree() {
    let sim = silent().await;
    let mut client = charting(&sim).await;
    let series = client.until("series_completed").await;
    let ema = json!({
        "in_0": { "v": 5, "f": true, "t": "integer" },
        "in_1": { "v": "hl2", "f": true, "t": "source" },
        "in_2": { "v": 0, "f": true, "t": "integer" },
    });
    client
        .send_all(&[
            study(
                "built_in",
                "sds_1",
                "MAExp@tv-basicstudies-88!",
                json!({ "length": 5, "source": "hl2" }),
            ),
            script("script", "STD;EMA", ema),
            script("bands", "STD;Bollinger_Bands", json!({})),
        ])
        .await;
    let mut seen = client.until("study_completed").await;
    seen.extend(client.until("study_completed").await);
    seen.extend(client.until("study_completed").await);
    let (built_in, script) = (rows(&seen, "built_in"), rows(&seen, "script"));
    assert_eq!(built_in, script);
    // From bar to bar the average moves a third of the way to the middle of the bar.
    let bars = rows(&series, "sds_1");
    for at in 1..300 {
        let middle = (bars[at].1[2] + bars[at].1[3]) / 2.0;
        let before = script[99 + at].1[1];
        close(script[100 + at].1[1], before + (middle - before) / 3.0);
    }
    let bands = rows(&seen, "bands");
    for at in 19..300 {
        let closes: Vec<f64> = bars[at - 19..=at].iter().map(|bar| bar.1[4]).collect();
        let mean = closes.iter().sum::<f64>() / 20.0;
        let squares = closes.iter().map(|close| (close - mean).powi(2));
        let away = 2.0 * (squares.sum::<f64>() / 20.0).sqrt();
        let row = &bands[100 + at].1;
        close(row[1], mean);
        close(row[2], mean + away);
        close(row[3], mean - away);
    }
}

#[tokio::test]
async fn where_history_begins_studies_have_no_value_yet() {
    let sim = silent().await;
    let mut client = Client::greeted(&sim).await;
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_1", ""])),
            ("resolve_symbol", json!(["cs_1", "y", "NASDAQ:AAPL"])),
            (
                "create_series",
                json!(["cs_1", "sds_1", "s1", "y", "1W", 20000, ""]),
            ),
            study(
                "st1",
                "sds_1",
                "RSI@tv-basicstudies-241",
                json!({ "length": 14 }),
            ),
        ])
        .await;
    let seen = client.until("study_completed").await;
    let strength = rows(&seen, "st1");
    assert_eq!(strength.len(), rows(&seen, "sds_1").len());
    let unknown = strength.iter().take_while(|row| row.1[1] == 1e100).count();
    assert_eq!((unknown, strength[0].0), (14, 0));
    assert!(
        strength[14..]
            .iter()
            .all(|row| (0.0..=100.0).contains(&row.1[1]))
    );
}

#[tokio::test]
async fn live_changes_come_with_the_series_and_say_what_a_new_study_says() {
    let sim = simulator().rate(200.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_1", ""])),
            ("resolve_symbol", json!(["cs_1", "y", "BINANCE:BTCUSDT"])),
            (
                "create_series",
                json!(["cs_1", "sds_1", "s1", "y", "1S", 50, ""]),
            ),
            study(
                "st1",
                "sds_1",
                "MASimple@tv-basicstudies-1",
                json!({ "length": 3 }),
            ),
            script("st2", "SIM;GRAPHICS", json!({})),
        ])
        .await;
    let mut seen = client.until("study_completed").await;
    seen.extend(client.until("study_completed").await);
    let (mut in_place, mut new_bars) = (0, 0);
    while new_bars < 3 {
        let message = client.next_of("du").await;
        let objects = message["p"][1].as_object().unwrap().clone();
        assert!(objects.contains_key("sds_1"), "{message}");
        let bars = rows(std::slice::from_ref(&message), "sds_1");
        let average = rows(std::slice::from_ref(&message), "st1");
        assert!(
            bars.iter()
                .map(|row| row.0)
                .eq(average.iter().map(|row| row.0)),
            "{message}"
        );
        assert!(objects["st1"].get("node").is_none());
        if objects["st1"]["ns"]["indexes"] == "nochange" {
            in_place += 1;
        } else {
            new_bars += 1;
            assert_eq!(objects["st1"]["ns"]["indexes"], json!([]));
            assert!(objects["st2"]["ns"]["indexes"].as_array().unwrap().len() > 2);
        }
        seen.push(message);
    }
    assert!(in_place > 3);
    // All but the newest bar are settled: the average is that of their closes.
    let (bars, average) = (rows(&seen, "sds_1"), rows(&seen, "st1"));
    for (at, (number, bar)) in bars.iter().enumerate().skip(2) {
        let row = average.iter().find(|row| row.0 == *number).unwrap();
        let sum: f64 = bars[at - 2..=at].iter().map(|bar| bar.1[4]).sum();
        assert_eq!(row.1[0], bar[0]);
        close(row.1[1], sum / 3.0);
    }
}

#[tokio::test]
async fn a_study_is_modified_and_removed() {
    let sim = silent().await;
    let mut client = charting(&sim).await;
    client
        .send_all(&[study("st1", "sds_1", "BB@tv-basicstudies-241", json!({}))])
        .await;
    let first = client.until("study_completed").await;
    client
        .send_all(&[(
            "modify_study",
            json!(["cs_1", "st1", "st2", { "length": 5, "stdDev": 0 }]),
        )])
        .await;
    let second = client.until("study_completed").await;
    assert_eq!(names(&second), ["study_loading", "du", "study_completed"]);
    assert_eq!(second[0]["p"][2], "s1_st2");
    assert_eq!(second[1]["p"][1]["st1"]["t"], "s1_st2");
    let bars = rows(&first, "sds_1");
    let narrow = &rows(&second, "st1")[399].1;
    close(
        narrow[1],
        bars[295..].iter().map(|bar| bar.1[4]).sum::<f64>() / 5.0,
    );
    assert_eq!((narrow[1], narrow[1]), (narrow[2], narrow[3]));
    client
        .send_all(&[
            ("remove_study", json!(["cs_1", "st1"])),
            ("remove_study", json!(["cs_1", "st1"])),
        ])
        .await;
    let gone = client.next_of("study_deleted").await;
    assert_eq!(gone["p"], json!(["cs_1", "st1", "s1_st2"]));
    assert!(gone["t"].is_i64());
    assert_eq!(client.next().await.unwrap()["m"], "critical_error");
}

#[tokio::test]
async fn studies_are_computed_from_studies() {
    let sim = silent().await;
    let mut client = charting(&sim).await;
    let child = |id: &str, parent: &str, source: &str| {
        let inputs = json!({ "length": 2, "source": source });
        (
            "create_child_study",
            json!([
                "cs_1",
                id,
                "st9",
                parent,
                "MASimple@tv-basicstudies-1!",
                inputs
            ]),
        )
    };
    client
        .send_all(&[
            study("st1", "sds_1", "BB@tv-basicstudies-241", json!({})),
            child("st2", "st1", "st1$1"),
            child("st3", "st2", "st2$0"),
        ])
        .await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.extend(client.until("study_completed").await);
    }
    assert_eq!(seen.last().unwrap()["p"], json!(["cs_1", "st3", "s1_st9"]));
    let [upper, two, four] = ["st1", "st2", "st3"].map(|id| rows(&seen, id));
    for at in 1..400 {
        close(two[at].1[1], (upper[at].1[2] + upper[at - 1].1[2]) / 2.0);
        close(four[at].1[1], (two[at].1[1] + two[at - 1].1[1]) / 2.0);
    }
    // The lower band, from now on.
    let rebind = json!(["cs_1", "st2", "st10", "st1", "MASimple@tv-basicstudies-1!", { "length": 1, "source": "st1$2" }]);
    client.send("child_study_rebind", rebind).await;
    let mut again = client.until("study_completed").await;
    again.extend(client.until("study_completed").await);
    assert_eq!(
        names(&again),
        [
            "study_loading",
            "study_loading",
            "du",
            "study_completed",
            "du",
            "study_completed"
        ]
    );
    assert_eq!(again[0]["p"], json!(["cs_1", "st2", "s1_st10"]));
    for (row, bands) in rows(&again, "st2").iter().zip(&upper) {
        close(row.1[1], bands.1[3]);
    }
    // What hangs on a removed study goes with it.
    client.send("remove_study", json!(["cs_1", "st1"])).await;
    for id in ["st1", "st2", "st3"] {
        assert_eq!(client.next().await.unwrap()["p"][1], id);
    }
    client.send_all(&[child("st4", "st2", "close")]).await;
    assert_eq!(
        client.next_of("critical_error").await["p"][1],
        "unknown parent id"
    );
}

#[tokio::test]
async fn a_study_cannot_hang_on_itself() {
    let sim = silent().await;
    let mut client = charting(&sim).await;
    let average = "MASimple@tv-basicstudies-1";
    client
        .send_all(&[
            study("st1", "sds_1", average, json!({})),
            study("st2", "st1", average, json!({})),
            (
                "child_study_rebind",
                json!(["cs_1", "st1", "", "st2", average, {}]),
            ),
        ])
        .await;
    assert_eq!(
        client.next_of("critical_error").await["p"][1],
        "unknown parent id"
    );
}

#[tokio::test]
async fn older_bars_extend_studies() {
    let sim = silent().await;
    let mut client = charting(&sim).await;
    client
        .send_all(&[study("st1", "sds_1", "BB@tv-basicstudies-241", json!({}))])
        .await;
    let seen = client.until("study_completed").await;
    client
        .send("request_more_data", json!(["cs_1", "sds_1", 60]))
        .await;
    let more = client.until("series_completed").await;
    assert_eq!(
        names(&more),
        [
            "series_loading",
            "study_loading",
            "timescale_update",
            "study_completed",
            "timescale_update",
            "series_completed"
        ]
    );
    assert_eq!(rows(&more[4..5], "sds_1")[0].0, -60);
    let scale = &more[2]["p"][2];
    assert_eq!(
        (&scale["changes"], &scale["marks"], &scale["index_diff"]),
        (&json!([]), &json!([]), &json!([]))
    );
    // Sixty more rows of the study, and none that the client has, before the bar that is the first
    // for it until the bars come.
    let (before, older) = (rows(&seen, "st1"), rows(&more[2..3], "st1"));
    assert_eq!(
        (older.len(), older[0].0, older[59].0),
        (60, -1_000_160, -1_000_101)
    );
    // The bars then move the scale: the sixty rows next to the first bar become rows of bars, the
    // others move up.
    let scale = &more[4]["p"][2];
    let moved: Vec<(i64, i64)> = serde_json::from_value(scale["index_diff"].clone()).unwrap();
    assert_eq!(moved.len(), 160);
    assert_eq!(
        (moved[0], moved[59], moved[60], moved[159]),
        (
            (-1_000_001, -1),
            (-1_000_060, -60),
            (-1_000_061, -1_000_001),
            (-1_000_160, -1_000_100)
        )
    );
    // The rows are those of a study that is created now.
    client
        .send_all(&[study("st2", "sds_1", "BB@tv-basicstudies-241", json!({}))])
        .await;
    let fresh = rows(&client.until("study_completed").await, "st2");
    let all: Vec<_> = older.into_iter().chain(before).collect();
    assert_eq!(all.len(), fresh.len());
    for (row, fresh) in all.iter().zip(&fresh) {
        let number = moved
            .iter()
            .find(|pair| pair.0 == row.0)
            .map_or(row.0, |pair| pair.1);
        assert_eq!(number, fresh.0);
        row.1
            .iter()
            .zip(&fresh.1)
            .for_each(|(one, other)| close(*one, *other));
    }
}

#[tokio::test]
async fn older_bars_without_studies_renumber_nothing() {
    let sim = silent().await;
    let mut client = charting(&sim).await;
    client.until("series_completed").await;
    client
        .send("request_more_data", json!(["cs_1", "sds_1", 60]))
        .await;
    let more = client.until("series_completed").await;
    assert_eq!(more[1]["p"][2]["index_diff"], json!([]));
}

#[tokio::test]
async fn a_study_misses_values_in_every_way_that_was_seen() {
    let sim = silent().await;
    let mut client = charting(&sim).await;
    let script = json!({ "pineId": "SIM;GAPS", "text": "" });
    client
        .send_all(&[study("st1", "sds_1", "Script@tv-scripting-101!", script)])
        .await;
    let seen = client.until("study_completed").await;
    let update = seen.iter().find(|message| message["m"] == "du").unwrap();
    let mut missing = Vec::new();
    for row in update["p"][1]["st1"]["st"].as_array().unwrap() {
        for plot in &row["v"].as_array().unwrap()[1..] {
            if !plot.as_f64().is_some_and(|value| value < 1e99) {
                missing.push(plot.clone());
            }
        }
    }
    for way in [json!(1e100), Value::Null, json!("NaN")] {
        let times = missing.iter().filter(|plot| **plot == way).count();
        assert!(times > 20, "{way}: {times}");
    }
}

#[tokio::test]
async fn the_weighted_price_is_that_of_the_session() {
    let sim = simulator()
        .rate(0.0)
        // Wednesday 2026-09-30, 10:00 UTC: the session of the future began in Chicago on the
        // evening before.
        .epoch(1_790_762_400_000)
        .start()
        .await
        .unwrap();
    let mut client = Client::greeted(&sim).await;
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_1", ""])),
            ("resolve_symbol", json!(["cs_1", "y", "CME_MINI:ES1!"])),
            (
                "create_series",
                json!(["cs_1", "sds_1", "s1", "y", "5", 300, ""]),
            ),
            study("st1", "sds_1", "VWAP@tv-basicstudies-241", json!({})),
        ])
        .await;
    let seen = client.until("study_completed").await;
    let (bars, vwap) = (rows(&seen, "sds_1"), rows(&seen, "st1"));
    // 22:00 UTC.
    let begins = 1_790_719_200.0;
    let first = bars.iter().position(|row| row.1[0] == begins).unwrap();
    assert!(first > 20, "bars of the session before are there, too");
    let (mut volume, mut traded) = (0.0, 0.0);
    for (number, values) in &bars[first..] {
        volume += values[5];
        traded += values[5] * (values[2] + values[3] + values[4]) / 3.0;
        let reported = vwap.iter().find(|row| row.0 == *number).unwrap();
        close(reported.1[1], traded / volume);
    }
}

#[tokio::test]
async fn another_interval_recomputes_studies() {
    let sim = silent().await;
    let mut client = charting(&sim).await;
    client
        .send_all(&[
            study("st1", "sds_1", "VWAP@tv-basicstudies-241", json!({})),
            study("st2", "sds_1", "Sessions@tv-basicstudies-88!", json!({})),
        ])
        .await;
    client.until("study_completed").await;
    let sessions = client.until("study_completed").await;
    let object = &sessions[1]["p"][1]["st2"];
    assert_eq!(
        (
            object["st"].as_array().unwrap().len(),
            object["node"].is_string()
        ),
        (0, true)
    );
    let drawn = notes(&sessions[1], "st2");
    assert_eq!(
        drawn["graphicsCmds"]["create"]["vertlines"][0]["styleId"],
        "sessBreaks"
    );
    client
        .send(
            "modify_series",
            json!(["cs_1", "sds_1", "s2", "y", "15", ""]),
        )
        .await;
    let mut seen = client.until("study_completed").await;
    seen.extend(client.until("study_completed").await);
    assert_eq!(
        names(&seen),
        [
            "series_loading",
            "timescale_update",
            "study_loading",
            "study_loading",
            "timescale_update",
            "series_completed",
            "du",
            "study_completed",
            "du",
            "study_completed",
        ]
    );
    // The newest comes first.
    assert_eq!(
        (&seen[2]["p"][1], &seen[3]["p"][1]),
        (&json!("st2"), &json!("st1"))
    );
    assert_eq!(seen[7]["p"], json!(["cs_1", "st1", "s2_st1"]));
    let (bars, vwap) = (rows(&seen[4..5], "sds_1"), rows(&seen, "st1"));
    let times = |rows: &[(i64, Vec<f64>)]| rows.iter().map(|row| row.1[0]).collect::<Vec<_>>();
    assert_eq!(times(&bars), times(&vwap[100..]));
    // Of the day before the newest one, all bars are known.
    let day = |time: f64| (time / 86_400.0).floor();
    let newest = day(bars[299].1[0]);
    let (mut traded, mut volume) = (0.0, 0.0);
    for (bar, row) in bars
        .iter()
        .zip(&vwap[100..])
        .filter(|(bar, _)| day(bar.1[0]) == newest - 1.0)
    {
        traded += (bar.1[2] + bar.1[3] + bar.1[4]) / 3.0 * bar.1[5];
        volume += bar.1[5];
        close(row.1[1], traded / volume);
    }
    assert!(volume > 0.0);
    client.send("remove_series", json!(["cs_1", "sds_1"])).await;
    client.send("remove_study", json!(["cs_1", "st1"])).await;
    assert_eq!(
        client.next_of("critical_error").await["p"][1],
        "invalid parameters"
    );
}

#[tokio::test]
async fn a_strategy_reports_trades_that_add_up() {
    let sim = simulator()
        .rate(0.0)
        .strategy_reports(ReportForm::Plain)
        .start()
        .await
        .unwrap();
    let mut client = charting(&sim).await;
    let inputs = json!({
        "in_0": { "v": 5, "f": true, "t": "integer" },
        "in_1": { "v": 1.5, "f": true, "t": "float" },
        "initial_capital": { "v": 10_000, "f": true, "t": "float" },
        "commission_value": { "v": 0.1, "f": true, "t": "float" },
    });
    client
        .send_all(&[script("st1", "STD;Supertrend%1Strategy", inputs)])
        .await;
    let seen = client.until("study_completed").await;
    let report = &notes(&seen[seen.len() - 2], "st1")["data"]["report"];
    assert_eq!(report["currency"], "USDT");
    let (bars, lines) = (rows(&seen, "sds_1"), rows(&seen, "st1"));
    let range = &report["settings"]["dateRange"]["backtest"];
    assert_eq!(range["from"], bars[0].1[0] as i64 * 1000);
    assert_eq!(range["to"], bars[299].1[0] as i64 * 1000);
    // The trades, worked out again from the lines that were sent: one at the open after each turn.
    let up: Vec<bool> = lines[100..].iter().map(|row| row.1[1] != 1e100).collect();
    let turns: Vec<usize> = (2..300).filter(|at| up[at - 1] != up[at - 2]).collect();
    let trades = report["trades"].as_array().unwrap();
    assert!(trades.len() > 5, "{}", trades.len());
    assert_eq!(trades.len(), turns.len());
    let mut sum = 0.0;
    let mut net = 0.0;
    for (nth, trade) in trades.iter().enumerate() {
        let entry = &bars[turns[nth]].1;
        let long = up[turns[nth] - 1];
        assert_eq!(trade["e"]["tp"], if long { "le" } else { "se" });
        assert_eq!(trade["e"]["tm"], entry[0] as i64 * 1000);
        assert_eq!(trade["e"]["p"], entry[1]);
        let (exit, ended) = match turns.get(nth + 1) {
            Some(next) => (bars[*next].1[1], true),
            None => (bars[299].1[4], false),
        };
        assert_eq!(trade["x"]["p"], exit);
        let quantity = trade["q"].as_f64().unwrap();
        let stake = (10_000.0 + sum) * 0.15;
        assert!(
            (stake - quantity * entry[1]).abs() <= entry[1] * 1e-4 + 1e-6,
            "{trade}"
        );
        let paid = (entry[1] + if ended { exit } else { 0.0 }) * quantity * 0.001;
        let profit = (exit - entry[1]) * quantity * if long { 1.0 } else { -1.0 } - paid;
        close(trade["tp"]["v"].as_f64().unwrap(), profit);
        sum += profit;
        close(trade["cp"]["v"].as_f64().unwrap(), sum);
        net += if ended { profit } else { 0.0 };
    }
    let performance = &report["performance"];
    close(performance["all"]["netProfit"].as_f64().unwrap(), net);
    close(performance["openPL"].as_f64().unwrap(), sum - net);
    for name in ["netProfit", "totalTrades", "commissionPaid", "grossLoss"] {
        let number = |side: &str| performance[side][name].as_f64().unwrap();
        close(number("all"), number("long") + number("short"));
    }
    assert_eq!(report["equity"].as_array().unwrap().len(), trades.len());
}

#[tokio::test]
async fn reports_travel_in_every_form() {
    let sim = silent().await;
    let mut client = charting(&sim).await;
    client.until("series_completed").await;
    client
        .send_all(&[script("st1", "STD;Supertrend%1Strategy", json!({}))])
        .await;
    let plain = client.until("study_completed").await;
    let plain = notes(&plain[1], "st1");
    assert!(plain["data"]["report"]["trades"].is_array());
    // The first bytes tell what is inside: ZIP three times, zlib, raw deflate, gzip, JSON.
    let mut begins = Vec::new();
    for nth in 2..=16 {
        let modify = json!(["cs_1", "st1", format!("st{nth}"), {}]);
        client.send("modify_study", modify).await;
        // Without a script to run it fails, and is put right.
        assert_eq!(
            client.next_of("study_error").await["p"][3],
            "study_not_auth:StrategyScript@tv-scripting-507"
        );
        let (_, mut params) = script("st1", "STD;Supertrend%1Strategy", json!({}));
        let inputs = params[5].take();
        client
            .send(
                "modify_study",
                json!(["cs_1", "st1", format!("st{nth}"), inputs]),
            )
            .await;
        let seen = client.until("study_completed").await;
        let sent = notes(&seen[1], "st1");
        begins.push(match sent["dataCompressed"].as_str() {
            Some(text) => text[..2].to_owned(),
            None => {
                assert_eq!(sent, plain);
                "plain".to_owned()
            }
        });
    }
    let kinds: Vec<&str> = begins.iter().map(String::as_str).collect();
    let packed = |nth: usize| kinds[nth];
    for round in [0, 8] {
        // "PK", a zlib header, a gzip header, and "{\"", in base64.
        assert_eq!([0, 1, 2].map(|nth| packed(round + nth)), ["UE"; 3]);
        assert_eq!(packed(round + 3), "eJ");
        assert_eq!(packed(round + 5), "H4");
        assert_eq!(packed(round + 6), "ey");
    }
    assert_eq!(packed(7), "plain");
}

#[tokio::test]
async fn a_script_draws_every_kind_of_graphics_on_its_bars() {
    let sim = silent().await;
    let mut client = charting(&sim).await;
    client
        .send_all(&[script("st1", "SIM;GRAPHICS", json!({}))])
        .await;
    let seen = client.until("study_completed").await;
    let du = &seen[seen.len() - 2];
    let bars = rows(&seen, "sds_1");
    let indexes: Vec<i64> =
        serde_json::from_value(du["p"][1]["st1"]["ns"]["indexes"].clone()).unwrap();
    let drawn = notes(du, "st1");
    assert_eq!(drawn["graphicsCmds"]["erase"], json!([{ "action": "all" }]));
    let create = &drawn["graphicsCmds"]["create"];
    let items = |kind: &str| -> Vec<Value> {
        let groups = create[kind].as_array().unwrap_or_else(|| panic!("{kind}"));
        groups
            .iter()
            .flat_map(|group| group["data"].as_array().unwrap().clone())
            .collect()
    };
    let bar = |place: &Value| &bars[indexes[place.as_u64().unwrap() as usize] as usize].1;
    for label in items("dwglabels") {
        let (high, low) = (bar(&label["x"])[2], bar(&label["x"])[3]);
        let price = label["y"].as_f64().unwrap();
        assert!(price == high || price == low, "{label}");
        assert_eq!(label["st"] == "ldn", price == high);
    }
    for line in items("dwglines") {
        assert!(bar(&line["x1"])[0] < bar(&line["x2"])[0], "{line}");
    }
    for drawn in items("dwgboxes") {
        let (from, to) = (bar(&drawn["x1"]), bar(&drawn["x2"]));
        assert_eq!(to[0] - from[0], 19.0 * 3600.0);
        let inside = bars
            .iter()
            .filter(|row| (from[0]..=to[0]).contains(&row.1[0]));
        assert_eq!(inside.map(|row| row.1[2]).fold(0.0, f64::max), drawn["y1"]);
    }
    assert_eq!(items("dwgtables")[0]["pos"], "top_right");
    let cells = items("dwgtablecells");
    assert_eq!(cells.len(), 4);
    assert!(
        cells
            .iter()
            .any(|cell| cell["t"] == format!("{:?}", bars[299].1[4]))
    );
    let highest = bars[..299].iter().map(|row| row.1[2]).fold(0.0, f64::max);
    assert_eq!(items("horizlines")[0]["level"], highest);
    assert_eq!(items("polygons")[0]["points"].as_array().unwrap().len(), 3);
    let traded: f64 = items("hhists")
        .iter()
        .flat_map(|row| row["rate"].as_array().unwrap().clone())
        .map(|side| side.as_f64().unwrap())
        .sum();
    let volume: f64 = bars[..299].iter().map(|row| row.1[5]).sum();
    assert!((traded - volume).abs() < 1e-6 * volume, "{traded} {volume}");
    for kind in ["vertlines", "backgrounds", "dwglinefills", "dwgpolylines"] {
        assert!(!items(kind).is_empty());
    }
}

#[tokio::test]
async fn a_volume_profile_ends_at_the_newest_bar() {
    let sim = silent().await;
    let mut client = charting(&sim).await;
    let inputs = json!({
        "rowsLayout": "Number Of Rows", "rows": 30, "volume": "Up/Down", "vaVolume": 70, "subscribeRealtime": false,
        "first_bar_time": (PAST - 100 * 3600) * 1000, "last_bar_time": (PAST + 3600) * 1000, "extendToRight": false,
    });
    client
        .send_all(&[study(
            "st1",
            "sds_1",
            "VbPFixed@tv-basicstudies-139!",
            inputs,
        )])
        .await;
    let seen = client.until("study_completed").await;
    let du = &seen[seen.len() - 2];
    let (drawn, indexes) = (notes(du, "st1"), &du["p"][1]["st1"]["ns"]["indexes"]);
    let groups = drawn["graphicsCmds"]["create"]["hhists"]
        .as_array()
        .unwrap();
    let rows: Vec<&Value> = groups
        .iter()
        .flat_map(|group| group["data"].as_array().unwrap())
        .collect();
    assert_eq!(rows.len(), 30);
    assert!(
        rows.iter()
            .all(|row| indexes[row["lastBarTime"].as_u64().unwrap() as usize] == 299)
    );
    assert!(
        rows.iter()
            .all(|row| indexes[row["firstBarTime"].as_u64().unwrap() as usize] == 200)
    );
}

#[tokio::test]
async fn what_cannot_be_computed_is_refused_as_recorded() {
    let sim = silent().await;
    let mut client = charting(&sim).await;
    client.until("series_completed").await;
    client
        .send_all(&[
            script("st1", "USER;0123456789abcdef", json!({})),
            study("st2", "sds_1", "BarSetRenko@tv-prostudies-40!", json!({})),
            study(
                "st3",
                "sds_1",
                "MASimple@tv-basicstudies-1",
                json!({ "length": 0 }),
            ),
        ])
        .await;
    let seen = client.until("study_error").await;
    assert_eq!(names(&seen), ["study_loading", "study_error"]);
    let refused = json!([
        "cs_1",
        "st1",
        "s1_st1",
        "study_not_auth:Script@tv-scripting-507",
        "undefined"
    ]);
    assert_eq!(seen[1]["p"], refused);
    let second = client.next_of("study_error").await;
    assert_eq!(
        second["p"][3],
        "study_not_auth:BarSetRenko@tv-prostudies-40"
    );
    let third = client.next_of("study_error").await;
    let reason = &third["p"][3];
    assert_eq!(reason["ctx"]["argName"], "length");
    assert_eq!(reason["ctx"]["value"], 0);
    assert!(reason["error"].as_str().unwrap().contains("{argName}"));
    assert!(reason["stack_trace"][0]["n"].is_string());
    assert_eq!(third["p"][4], "undefined");
    // Put right, it works.
    client
        .send(
            "modify_study",
            json!(["cs_1", "st3", "st2", { "length": 1 }]),
        )
        .await;
    assert_eq!(
        names(&client.until("study_completed").await),
        ["study_loading", "du", "study_completed"]
    );
}

#[tokio::test]
async fn a_subscription_limits_the_number_of_studies() {
    let sim = simulator().rate(0.0).max_studies(2).start().await.unwrap();
    let mut client = charting(&sim).await;
    client.until("series_completed").await;
    let vwap = |id: &str| study(id, "sds_1", "VWAP@tv-basicstudies-1", json!({}));
    client
        .send_all(&[vwap("st1"), vwap("st2"), vwap("st3")])
        .await;
    let refused = client.next_of("study_error").await;
    let most = "The maximum number of studies per chart has been reached for current subscription";
    assert_eq!(
        (&refused["p"][1], &refused["p"][3]),
        (&json!("st3"), &json!(most))
    );
    // A place becomes free.
    let again = json!(["cs_1", "st3", "st2", {}]);
    client
        .send_all(&[
            ("modify_study", again.clone()),
            ("remove_study", json!(["cs_1", "st1"])),
            ("modify_study", again),
        ])
        .await;
    assert_eq!(client.next_of("study_error").await["p"][1], "st3");
    assert_eq!(client.next_of("study_completed").await["p"][1], "st3");
    // However many are asked for, there is an end to what is kept.
    let many: Vec<_> = (0..150).map(|n| vwap(&format!("more{n}"))).collect();
    client.send_all(&many).await;
    for n in 0..150 {
        assert_eq!(
            client.next_of("study_error").await["p"][1],
            format!("more{n}")
        );
    }
    client
        .send("remove_study", json!(["cs_1", "more149"]))
        .await;
    assert_eq!(
        client.next_of("critical_error").await["p"][1],
        "invalid parameters"
    );
}

#[tokio::test]
async fn studies_can_be_kept_to_chart_pages() {
    let sim = simulator()
        .rate(0.0)
        .studies_need_chart_type()
        .start()
        .await
        .unwrap();
    for (path, allowed) in [
        ("/socket.io/websocket?from=chart%2F&type=chart", true),
        ("/socket.io/websocket?from=chart&type=charts", false),
        ("/socket.io/websocket", false),
    ] {
        let mut client = Client::connect_to(&sim, path).await;
        client
            .send_all(&[
                ("chart_create_session", json!(["cs_1", ""])),
                ("resolve_symbol", json!(["cs_1", "y", "NASDAQ:AAPL"])),
                (
                    "create_series",
                    json!(["cs_1", "sds_1", "s1", "y", "1D", 3, ""]),
                ),
                study("st1", "sds_1", "VWAP@tv-basicstudies-1", json!({})),
            ])
            .await;
        client.next().await;
        if allowed {
            client.until("study_completed").await;
        } else {
            let refused = client.next_of("study_error").await;
            assert_eq!(refused["p"][3], "Study not allowed in this connection");
            assert!(
                refused["p"][4]
                    .as_str()
                    .is_some_and(|node| node != "undefined")
            );
        }
    }
}

#[tokio::test]
async fn wrong_parameters_are_critical() {
    let sim = silent().await;
    let average = "MASimple@tv-basicstudies-1";
    for (method, params, reason) in [
        (
            "create_study",
            json!(["cs_1", "st2", "st1", "sds_9", average, {}]),
            "unknown parent id",
        ),
        (
            "create_study",
            json!(["cs_1", "st1", "st1", "sds_1", average, {}]),
            "duplicate id",
        ),
        (
            "create_study",
            json!(["cs_1", "sds_1", "st1", "sds_1", average, {}]),
            "duplicate id",
        ),
        (
            "create_study",
            json!(["cs_1", "st2", "st1", "sds_1", average]),
            "invalid parameters",
        ),
        (
            "create_study",
            json!(["cs_1", "st2", "st1", "sds_1", average, "{}"]),
            "invalid parameters",
        ),
        (
            "create_study",
            json!(["cs_1", "st2", "st1", "sds_1", "average", {}]),
            "invalid parameters",
        ),
        (
            "create_study",
            json!(["cs_1", "", "st1", "sds_1", average, {}]),
            "invalid parameters",
        ),
        (
            "create_study",
            json!(["cs_1", "st2", 1, "sds_1", average, {}]),
            "invalid parameters",
        ),
        (
            "create_study",
            json!(["cs_1", "x".repeat(257), "st1", "sds_1", average, {}]),
            "invalid parameters",
        ),
        (
            "modify_study",
            json!(["cs_1", "st2", "st1", {}]),
            "invalid parameters",
        ),
        (
            "modify_study",
            json!(["cs_1", "st1", "st1", []]),
            "invalid parameters",
        ),
        ("remove_study", json!(["cs_1"]), "invalid parameters"),
        (
            "child_study_rebind",
            json!(["cs_1", "st1", "", "st9", average, {}]),
            "unknown parent id",
        ),
        (
            "request_studies_metadata",
            json!(["cs_1"]),
            "invalid parameters",
        ),
    ] {
        let mut client = charting(&sim).await;
        client
            .send_all(&[
                study("st1", "sds_1", average, json!({})),
                (method, params.clone()),
            ])
            .await;
        let refused = client.next_of("critical_error").await;
        assert_eq!(refused["p"][1], reason, "{method} {params}");
        assert!(
            refused["p"][2]
                .as_str()
                .unwrap()
                .starts_with(&format!("method: {method}. args: "))
        );
    }
}

#[tokio::test]
async fn the_studies_are_described() {
    let sim = silent().await;
    let mut client = charting(&sim).await;
    client
        .send("request_studies_metadata", json!(["cs_1", "metadata_1"]))
        .await;
    let reported = client.next_of("studies_metadata").await;
    assert_eq!(reported["p"][1], "metadata_1");
    let entries = reported["p"][2]["metainfo"].as_array().unwrap();
    let bands = entries
        .iter()
        .find(|entry| entry["shortDescription"] == "BB")
        .unwrap();
    assert_eq!(
        bands["defaults"]["inputs"],
        json!({ "length": 20, "source": "close", "stdDev": 2.0 })
    );
}

#[tokio::test]
async fn a_script_refuses_a_value_that_it_does_not_accept() {
    let sim = silent().await;
    for script in ["STD;Supertrend", "STD;Supertrend%1Strategy"] {
        let mut client = charting(&sim).await;
        let inputs = json!({
            "text": "bmI9Ks46_x", "pineId": script, "pineVersion": "1.0",
            "in_0": { "v": 10, "f": false, "t": "integer" },
            "in_1": { "v": -1, "f": false, "t": "float" },
        });
        client
            .send_all(&[study("st1", "sds_1", "Script@tv-scripting-101!", inputs)])
            .await;
        let refused = client.next_of("study_error").await;
        let reason = json!({
            "ctx": {
                "argName": "factor", "bar_index": 0, "code": "RE10001",
                "funName": "'supertrend'", "op": ">", "value": -1,
            },
            "error": "Error on bar {bar_index}: Invalid value of the '{argName}' argument \
                ({value}) in the '{funName}' function. It must be {op} 0.",
            "stack_trace": [{ "n": "#main", "p": 7 }],
        });
        assert_eq!(
            (&refused["p"][3], &refused["p"][4]),
            (&reason, &json!("undefined")),
            "{script}"
        );
    }
}

#[tokio::test]
async fn any_script_runs_with_as_many_plots_as_its_id_asks_for() {
    let sim = simulator().rate(0.0).any_script().start().await.unwrap();
    let mut client = charting(&sim).await;
    client.until("series_completed").await;
    let draw = json!({ "in_4": { "v": true, "f": true, "t": "bool" } });
    client
        .send_all(&[
            script("st1", "USER;0123456789abcde7", json!({})),
            script("st2", "PUB;0123456789abcde2", draw),
            script(
                "st3",
                "USER;x1",
                json!({ "in_0": { "v": "9", "f": true, "t": "integer" } }),
            ),
            script("st4", "PUB;My%1Strategy", json!({})),
        ])
        .await;
    let seen = client.until("study_completed").await;
    let values = rows(&seen, "st1");
    assert_eq!(values.len(), 400);
    assert!(values.iter().all(|(_, row)| row.len() == 1 + 7));
    let seen = client.until("study_completed").await;
    assert!(rows(&seen, "st2").iter().all(|(_, row)| row.len() == 1 + 2));
    let drawn = seen.iter().find(|message| message["m"] == "du").unwrap();
    let created = notes(drawn, "st2")["graphicsCmds"]["create"].take();
    for kind in [
        "dwglabels",
        "dwglines",
        "dwgboxes",
        "dwgtables",
        "dwgtablecells",
    ] {
        assert!(created[kind].is_array(), "{kind}");
    }
    let refused = client.next_of("study_error").await;
    assert_eq!(
        (&refused["p"][1], &refused["p"][3]["ctx"]["op"]),
        (&json!("st3"), &json!("an integer"))
    );
    let seen = client.until("study_completed").await;
    let report = seen.iter().find(|message| message["m"] == "du").unwrap();
    let said = notes(report, "st4");
    assert!(said["data"]["report"].is_object() || said["dataCompressed"].is_string());
}

#[tokio::test]
async fn patterns_and_figures_run_as_they_are_described() {
    let sim = silent().await;
    let mut client = charting(&sim).await;
    client.until("series_completed").await;
    client
        .send_all(&[
            script("st1", "STD;Candlestick%1Pattern%1Doji", json!({})),
            study(
                "st2",
                "sds_1",
                "Internal@tv-scripting-101!",
                json!({ "pineId": "STD;Fund_total_revenue_fq", "in_0": "", "in_1": "USD" }),
            ),
        ])
        .await;
    for id in ["st1", "st2"] {
        let seen = client.until("study_completed").await;
        let values = rows(&seen, id);
        assert!(
            values.len() > 300 && values.iter().all(|(_, row)| row.len() == 2),
            "{id}"
        );
    }
}

/// What a chart of a symbol says of studies about events, with daily bars up to now.
async fn events(
    sim: &SimServer,
    symbol: &str,
    bars: u32,
    names: &[&str],
) -> Vec<Vec<(i64, Vec<f64>)>> {
    let mut client = Client::greeted(sim).await;
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_1", ""])),
            ("resolve_symbol", json!(["cs_1", "y", symbol])),
            (
                "create_series",
                json!(["cs_1", "sds_1", "s1", "y", "1D", bars, ""]),
            ),
        ])
        .await;
    client.until("series_completed").await;
    let mut found = Vec::new();
    for (nth, name) in names.iter().enumerate() {
        let id = format!("st{nth}");
        client
            .send_all(&[study(&id, "sds_1", name, json!({}))])
            .await;
        found.push(rows(&client.until("study_completed").await, &id));
    }
    found
}

#[tokio::test]
async fn dividends_splits_and_earnings_have_rows_at_their_bars() {
    let sim = silent().await;
    let names = [
        "Dividends@tv-basicstudies-246",
        "Splits@tv-basicstudies-251",
        "Earnings@tv-basicstudies-262",
        "ESD$TV_SPLITS@tv-scripting-101!",
    ];
    let found = events(&sim, "NASDAQ:AAPL", 3000, &names).await;
    let [dividends, splits, earnings, old] = &found[..] else {
        panic!("{found:?}");
    };
    assert!(dividends.len() > 40, "{}", dividends.len());
    for (_, row) in dividends {
        assert_eq!(row.len(), 5);
        let (time, ex_date) = (row[0] as i64, row[2] as i64 / 1000);
        assert_eq!(time.div_euclid(86_400), ex_date.div_euclid(86_400));
        assert!(row[1] > 0.0 && row[3] == 1e100 && row[4] > row[2]);
    }
    // Four new shares for one, on the 31st of August 2020.
    assert_eq!(splits.len(), 1);
    assert_eq!(splits[0].1[1..], [4.0, 1.0, 1_598_832_000_000.0]);
    assert_eq!(old, splits);
    let (next, known) = earnings.split_last().unwrap();
    assert!(known.len() > 40 && known.iter().all(|(_, row)| row.len() == 9));
    let newest = 2999;
    assert!(
        known
            .iter()
            .all(|(index, row)| *index <= newest && row[1] != 1e100)
    );
    assert!(
        next.0 > newest,
        "the next report is in the future: {}",
        next.0
    );
    assert_eq!((next.1[1], next.1[5]), (1e100, 1e100));
    assert!(next.1[2] > 0.0 && next.1[4] > next.1[3] * 1000.0);
    // A coin has none.
    assert_eq!(
        events(&sim, "BINANCE:BTCUSDT", 300, &names).await,
        vec![Vec::new(); 4]
    );
}

#[tokio::test]
async fn contracts_of_a_future_change_four_times_a_year() {
    let sim = silent().await;
    let names = ["BarSetContinuousRollDates@tv-corestudies-47"];
    let found = events(&sim, "CME_MINI:ES1!", 300, &names).await;
    assert!((4..=6).contains(&found[0].len()), "{}", found[0].len());
    for (_, row) in &found[0] {
        let (current, next, date) = (row[1] as i64, row[2] as i64, row[3] as i64);
        assert_eq!(row.len(), 1 + 13);
        assert!(date / 100 == current && next > current, "{row:?}");
        assert!([3, 6, 9, 12].contains(&(current % 100)));
    }
}

#[tokio::test]
async fn a_free_account_has_two_studies_and_one_of_a_study() {
    let sim = simulator().rate(0.0).strict_limits().start().await.unwrap();
    let mut client = charting(&sim).await;
    client.until("series_completed").await;
    let vwap = |id: &str, parent: &str| study(id, parent, "MASimple@tv-basicstudies-1", json!({}));
    // What charts add by themselves does not count.
    client
        .send_all(&[
            study("ev1", "sds_1", "Dividends@tv-basicstudies-246", json!({})),
            study("ev2", "sds_1", "Sessions@tv-basicstudies-262", json!({})),
            vwap("st1", "sds_1"),
            vwap("st2", "st1"),
            vwap("st3", "sds_1"),
            study("st4", "sds_1", "VbPFixed@tv-volumebyprice-53!", json!({})),
            ("remove_study", json!(["cs_1", "st3"])),
            ("remove_study", json!(["cs_1", "st4"])),
        ])
        .await;
    let most = "The maximum number of studies per chart has been reached for current subscription";
    let refused = client.next_of("study_error").await;
    assert_eq!(
        (&refused["p"][1], &refused["p"][3]),
        (&json!("st3"), &json!(most))
    );
    assert_eq!(client.next_of("study_error").await["p"][3], most);
    client
        .send_all(&[
            ("remove_study", json!(["cs_1", "st1"])),
            vwap("st5", "sds_1"),
            study("st6", "sds_1", "VbPFixed@tv-volumebyprice-53!", json!({})),
            ("remove_study", json!(["cs_1", "st6"])),
            study("st7", "sds_1", "STD;DEMA", json!({})),
        ])
        .await;
    assert_eq!(
        client.next_of("study_error").await["p"][3],
        "study_not_auth:VbPFixed@tv-volumebyprice-53"
    );
    assert_eq!(
        client.next_of("study_error").await["p"][3],
        "check study unexpected error"
    );
    let sim = simulator()
        .rate(0.0)
        .strict_limits()
        .max_studies(10)
        .start()
        .await
        .unwrap();
    let mut client = charting(&sim).await;
    client.until("series_completed").await;
    client
        .send_all(&[
            vwap("st1", "sds_1"),
            vwap("st2", "st1"),
            vwap("st3", "st1"),
            vwap("st4", "sds_1"),
        ])
        .await;
    let refused = client.next_of("study_error").await;
    assert_eq!(
        (&refused["p"][1], &refused["p"][3]),
        (&json!("st3"), &json!(most))
    );
    assert_eq!(client.next_of("study_completed").await["p"][1], "st4");
}
