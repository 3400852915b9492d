//! Recorded traffic, played: what arrives is compared with an independent reading of the same file.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tv_sim::{Recording, RecordingError, SimServer};

use crate::client::{Client, frame, names, payloads, simulator};

/// The folder of recorded traffic, which this repository does not contain.
pub(crate) fn recordings() -> std::path::PathBuf {
    let folder = std::env::var_os("TV_FRAMES_DIR").expect("TV_FRAMES_DIR names the recordings");
    folder.into()
}

/// The text of a recorded file.
pub(crate) fn recorded(name: &str) -> String {
    std::fs::read_to_string(recordings().join(name)).unwrap()
}

/// Everything that servers were recorded to say, with the names of the files.
pub(crate) fn everything_recorded() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(recordings()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let is_recording = name.ends_with(".raw.txt") || name.ends_with(".jsonl");
        if is_recording && !name.contains(".send.") {
            files.push((name, std::fs::read_to_string(entry.path()).unwrap()));
        }
    }
    files.sort();
    files
}

/// The payloads of a recorded file, read without the simulator.
fn messages(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines
        .flat_map(|line| {
            if line.starts_with("~m~") {
                payloads(line)
            } else {
                vec![line.to_owned()]
            }
        })
        .collect()
}

/// The recorded messages of a name.
fn of<'a>(messages: &'a [String], method: &str) -> Vec<&'a str> {
    let is = |text: &&String| {
        serde_json::from_str::<Value>(text).is_ok_and(|message| message["m"] == method)
    };
    messages.iter().filter(is).map(String::as_str).collect()
}

/// The text of the bars in a message.
fn bar_text(message: &str) -> &str {
    let key = ["\"s\":[{", "\"s\": [{"]
        .iter()
        .find_map(|mark| message.find(mark))
        .unwrap();
    let begin = key + message[key..].find('[').unwrap();
    let bars = &message[begin..];
    &bars[..bars.find("}],").or_else(|| bars.find("}], ")).unwrap()]
}

type Warnings = Arc<Mutex<Vec<String>>>;

/// A simulator that plays a recording, and what it warned of.
async fn play(text: &str) -> (SimServer, Warnings) {
    let warnings = Warnings::default();
    let heard = Arc::clone(&warnings);
    let sim = simulator()
        .recording(Recording::parse(text).unwrap())
        .on_warning(move |warning| heard.lock().unwrap().push(warning.to_owned()))
        .start()
        .await
        .unwrap();
    (sim, warnings)
}

/// Asks for a series under ids that no recording has, and gives all answers as text.
async fn ask(client: &mut Client, symbol: &str, resolution: &str, count: i64) -> Vec<String> {
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_mine", ""])),
            ("resolve_symbol", json!(["cs_mine", "my_symbol", symbol])),
            (
                "create_series",
                json!([
                    "cs_mine",
                    "my_series",
                    "s77",
                    "my_symbol",
                    resolution,
                    count,
                    ""
                ]),
            ),
        ])
        .await;
    let mut answers = Vec::new();
    loop {
        let text = client.next_text().await.unwrap();
        let message: Value = serde_json::from_str(&text).unwrap();
        answers.push(text);
        if ["series_completed", "series_error"]
            .iter()
            .any(|end| message["m"] == *end)
        {
            return answers;
        }
    }
}

fn parsed(answers: &[String]) -> Vec<Value> {
    answers
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect()
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn eight_thousand_recorded_bars_arrive_value_for_value() {
    let text = recorded("krazykoder-tvdatafeed.socket.timeseries.raw.txt");
    let (sim, warnings) = play(&text).await;
    let original = messages(&text);
    let mut client = Client::connect(&sim).await;
    assert_eq!(
        client.next_text().await.as_ref(),
        original.first(),
        "the recorded greeting"
    );
    let answers = ask(
        &mut client,
        r#"={"symbol":"NASDAQ:AAPL","adjustment":"splits"}"#,
        "1D",
        8000,
    )
    .await;
    let seen = parsed(&answers);
    assert_eq!(
        names(&seen),
        [
            "series_loading",
            "symbol_resolved",
            "timescale_update",
            "series_completed"
        ]
    );
    let recorded_bars = of(&original, "timescale_update")[0];
    assert_eq!(bar_text(&answers[2]), bar_text(recorded_bars));
    let whole: Value = serde_json::from_str(recorded_bars).unwrap();
    assert_eq!(
        seen[2]["p"][1]["my_series"]["s"].as_array().unwrap().len(),
        8000
    );
    assert_eq!(
        seen[2]["p"][1]["my_series"]["s"],
        whole["p"][1]["sds_1"]["s"]
    );
    assert_eq!(seen[2]["p"][2], whole["p"][2]);
    assert_eq!(
        (&seen[2]["t_ms"], &seen[2]["p"][0]),
        (&whole["t_ms"], &json!("cs_mine"))
    );
    assert_eq!(seen[2]["p"][1]["my_series"]["t"], "s77");
    let resolved: Value = serde_json::from_str(of(&original, "symbol_resolved")[0]).unwrap();
    assert_eq!(
        seen[1]["p"],
        json!(["cs_mine", "my_symbol", resolved["p"][2]])
    );
    assert_eq!(
        seen[3]["p"],
        json!(["cs_mine", "my_series", "streaming", "s77", { "rt_update_period": 5 }])
    );
    assert!(
        warnings.lock().unwrap().is_empty(),
        "{:?}",
        warnings.lock().unwrap()
    );
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn other_counts_and_resolutions_get_the_recorded_bars_and_a_warning() {
    let text = recorded("krazykoder-tvdatafeed.socket.timeseries.raw.txt");
    let (sim, warnings) = play(&text).await;
    // The symbol goes by each of its recorded names.
    for (symbol, resolution, count) in [("BATS:AAPL", "1D", 10), ("AAPL", "15", 8000)] {
        let mut client = Client::greeted(&sim).await;
        let answers = ask(&mut client, symbol, resolution, count).await;
        assert_eq!(
            parsed(&answers)[2]["p"][1]["my_series"]["s"]
                .as_array()
                .unwrap()
                .len(),
            8000
        );
    }
    let warnings = warnings.lock().unwrap().clone();
    assert_eq!(warnings.len(), 2);
    assert!(
        warnings[0].contains("10 bars were asked for"),
        "{}",
        warnings[0]
    );
    assert!(warnings[1].contains("resolution 15"), "{}", warnings[1]);
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn a_symbol_outside_the_recording_is_an_error() {
    let text = recorded("krazykoder-tvdatafeed.socket.timeseries.raw.txt");
    let (sim, warnings) = play(&text).await;
    let mut client = Client::greeted(&sim).await;
    let seen = parsed(&ask(&mut client, "NYSE:IBM", "1D", 10).await);
    assert_eq!(
        names(&seen),
        ["series_loading", "symbol_error", "series_error"]
    );
    client
        .send_all(&[
            ("quote_create_session", json!(["q"])),
            ("quote_add_symbols", json!(["q", "NYSE:IBM"])),
        ])
        .await;
    assert_eq!(
        client.next().await.unwrap()["p"][1]["errmsg"],
        "no_such_symbol"
    );
    assert_eq!(warnings.lock().unwrap().len(), 2);
    client
        .send("quote_add_symbols", json!(["q", "NASDAQ:AAPL"]))
        .await;
    let original = messages(&text);
    let expected = of(&original, "qsd")[1].replace("qs_ihvygdwgggms", "q");
    assert_eq!(client.next_text().await, Some(expected));
    assert_eq!(client.next().await.unwrap()["m"], "quote_completed");
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn every_series_of_a_busy_page_is_served() {
    let text = recorded("tradingview-rs.socket_messages.raw.txt");
    let (sim, warnings) = play(&text).await;
    let original = messages(&text);
    let bars = of(&original, "timescale_update");
    for (symbol, resolution, count, series) in [
        ("SP:SPX", "1D", 368, "sds_7"),
        ("TVC:RUT", "1", 2637, "sds_6"),
    ] {
        let mut client = Client::greeted(&sim).await;
        let answers = ask(&mut client, symbol, resolution, count).await;
        let update = answers
            .iter()
            .find(|text| text.contains("timescale_update"))
            .unwrap();
        let expected = bars.iter().find(|text| text.contains(series)).unwrap();
        assert_eq!(bar_text(update), bar_text(expected), "{symbol}");
        let seen = parsed(&answers);
        assert!(
            names(&seen).contains(&"series_timeframe"),
            "{:?}",
            names(&seen)
        );
        assert!(seen.iter().all(|message| message["p"][0] == "cs_mine"));
    }
    assert!(
        warnings.lock().unwrap().is_empty(),
        "{:?}",
        warnings.lock().unwrap()
    );
    // Four more series are recorded without their symbols; another symbol of the page, known by its
    // quotes, gets one.
    let mut client = Client::greeted(&sim).await;
    let answers = ask(&mut client, "BITSTAMP:BTCUSD", "1", 100).await;
    assert!(
        bars.iter()
            .any(|text| bar_text(text) == bar_text(&answers[2]))
    );
    assert!(warnings.lock().unwrap()[0].contains("100 bars were asked for"));
    // What is nowhere on the page is an error.
    let mut client = Client::greeted(&sim).await;
    let seen = parsed(&ask(&mut client, "BINANCE:ETHUSDT", "1", 100).await);
    assert_eq!(
        names(&seen),
        ["series_loading", "symbol_error", "series_error"]
    );
}

#[tokio::test]
async fn bars_without_a_volume_are_served() {
    let text = concat!(
        r#"{"m":"timescale_update","p":["cs_1",{"sds_1":{"s":[{"i":0,"v":[86400.0,1,2,0.5,1.5,null]},"#,
        r#"{"i":1,"v":[172800.0,1,2,0.5,1.5]}],"t":"s1"}},{"index":1}]}"#,
    );
    let (sim, _) = play(&format!("\u{feff}\r\n  {text}\r\n")).await;
    let mut client = Client::greeted(&sim).await;
    let seen = parsed(&ask(&mut client, "A:B", "1D", 2).await);
    assert_eq!(
        seen[2]["p"][1]["my_series"]["s"][0]["v"],
        json!([86400.0, 1, 2, 0.5, 1.5, null])
    );
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn bars_alone_are_served_too() {
    let text = recorded("greatricky-tradingview-sdk.bars_btcusdt.p-only.jsonl");
    let (sim, warnings) = play(&text).await;
    let mut client = Client::greeted(&sim).await;
    let answers = ask(&mut client, "BINANCE:BTCUSDT", "1D", 6).await;
    let seen = parsed(&answers);
    assert_eq!(
        names(&seen),
        [
            "series_loading",
            "symbol_resolved",
            "timescale_update",
            "series_completed"
        ]
    );
    assert_eq!(bar_text(&answers[2]), bar_text(text.trim()));
    let whole: Value = serde_json::from_str(text.trim()).unwrap();
    let switches = &whole["p"][2]["last_session_switches"]["sds_1"];
    assert_eq!(
        &seen[2]["p"][2]["last_session_switches"],
        &json!({ "my_series": switches })
    );
    assert_eq!(warnings.lock().unwrap().len(), 1);
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn a_browser_of_2019_is_played_with_its_long_numbers() {
    let text = recorded("rolandolucio-tv-scraper.socketMsgs.recv.raw.txt");
    let (sim, _) = play(&text).await;
    let original = messages(&text);
    let bars = of(&original, "timescale_update");
    for (symbol, resolution, session) in [
        ("BITSTAMP:BTCUSD", "15", "cs_xkd21F2c6xIU"),
        ("NASDAQ:AAPL", "D", "cs_MWY8N9BKPkOk"),
    ] {
        let mut client = Client::greeted(&sim).await;
        let answers = ask(&mut client, symbol, resolution, 300).await;
        let seen = parsed(&answers);
        assert_eq!(
            names(&seen),
            [
                "series_loading",
                "symbol_resolved",
                "timescale_update",
                "series_completed"
            ]
        );
        let expected = bars.iter().find(|text| text.contains(session)).unwrap();
        assert_eq!(bar_text(&answers[2]), bar_text(expected), "{symbol}");
        // In 2019 the last element was the time.
        assert!(
            seen[3]["p"][4].is_i64() && seen[3]["p"][1] == "my_series" && seen[3]["p"][3] == "s77"
        );
        client
            .send(
                "request_more_tickmarks",
                json!(["cs_mine", "my_series", 10]),
            )
            .await;
        let live: Vec<&str> = of(&original, "du")
            .into_iter()
            .filter(|text| text.contains(session) && text.contains("\"s1\":{\"s\""))
            .collect();
        assert!(!live.is_empty());
        let mut marks = 0;
        let mut reported = Vec::new();
        while reported.len() < live.len() || marks == 0 {
            let text = client.next_text().await.unwrap();
            let message: Value = serde_json::from_str(&text).unwrap();
            if message["m"] == "timescale_update" {
                assert_eq!(
                    (&message["p"][1], &message["p"][2]["index"]),
                    (&json!({}), &json!(300))
                );
                marks += 1;
            } else if message["m"] == "du" {
                reported.push(bar_text(&text).to_owned());
            }
        }
        assert_eq!(
            reported,
            live.iter().map(|text| bar_text(text)).collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn recorded_quotes_come_first_whole_then_in_recorded_order() {
    let text = recorded("tommy-ca-tradingview-scraper.raw_packet_research.jsonl");
    let (sim, _) = play(&text).await;
    let original = messages(&text);
    let mine = |text: &&&str| text.contains(r#""n":"BINANCE:BTCUSDT""#);
    let expected: Vec<String> = of(&original, "qsd")
        .iter()
        .filter(mine)
        .map(|text| text.replace("qs_ghawpkpyhwuj", "qs_mine"))
        .collect();
    let mut client = Client::greeted(&sim).await;
    client
        .send_all(&[
            ("quote_create_session", json!(["qs_mine"])),
            ("quote_set_fields", json!(["qs_mine", "lp", "volume"])),
            ("quote_add_symbols", json!(["qs_mine", "BINANCE:BTCUSDT"])),
        ])
        .await;
    assert_eq!(client.next_text().await.as_ref(), expected.first());
    assert_eq!(
        client.next().await.unwrap(),
        json!({ "m": "quote_completed", "p": ["qs_mine", "BINANCE:BTCUSDT"] })
    );
    for change in &expected[1..] {
        assert_eq!(client.next_text().await.as_ref(), Some(change));
    }
    // A descriptor is found by its meaning and echoed as the client wrote it.
    let other = r#"={"symbol":"BINANCE:BTCUSDT","session":"regular","currency-id":"USD","adjustment":"splits"}"#;
    client
        .send("quote_add_symbols", json!(["qs_mine", other]))
        .await;
    let picture = client.next().await.unwrap();
    assert_eq!(
        (&picture["p"][1]["n"], &picture["p"][1]["v"]["lp"]),
        (&json!(other), &json!(88_167.014_44))
    );
    assert_eq!(
        client.next().await.unwrap()["p"],
        json!(["qs_mine", other]),
        "a completion that was not recorded"
    );
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn a_page_with_a_changed_symbol_is_played_for_the_new_one() {
    let text = recorded("tradingview-rs.events.jsonl");
    let (sim, warnings) = play(&text).await;
    let original = messages(&text);
    let expected = of(&original, "timescale_update")
        .into_iter()
        .find(|text| text.len() > 10_000)
        .unwrap();
    let mut client = Client::greeted(&sim).await;
    let answers = ask(&mut client, "HOSE:VCB", "60", 300).await;
    let seen = parsed(&answers);
    assert_eq!(
        names(&seen),
        [
            "series_loading",
            "symbol_resolved",
            "timescale_update",
            "series_completed"
        ]
    );
    assert_eq!(bar_text(&answers[2]), bar_text(expected));
    assert_eq!(seen[3]["p"][2], "delayed_streaming_900");
    assert!(
        warnings.lock().unwrap().is_empty(),
        "{:?}",
        warnings.lock().unwrap()
    );
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn small_recordings_give_what_they_hold() {
    let korean = recorded("greatricky-tradingview-sdk.nonascii-krx.recv.raw.txt");
    let (sim, _) = play(&korean).await;
    let mut client = Client::greeted(&sim).await;
    client
        .send_all(&[
            ("quote_create_session", json!(["q"])),
            ("quote_add_symbols", json!(["q", "KRX:005930"])),
        ])
        .await;
    let expected = messages(&korean)[0].replace("qs_vvg85v09ah13", "q");
    assert_eq!(client.next_text().await, Some(expected));

    let (sim, warnings) = play(&recorded(
        "HamedMolavi-finance-data-stream.comments.recv.raw.txt",
    ))
    .await;
    let mut client = Client::greeted(&sim).await;
    let seen = parsed(&ask(&mut client, "BITSTAMP:BTCUSD", "1", 10).await);
    assert_eq!(
        names(&seen),
        ["series_loading", "symbol_resolved", "series_completed"]
    );
    assert_eq!(seen[1]["p"][2]["source2"]["name"], "Bitstamp");
    assert!(warnings.lock().unwrap()[0].contains("no bars of it were recorded"));

    let (sim, _) = play(&recorded("Hysterelius-trade_vision.protocol-test.raw.txt")).await;
    let mut client = Client::greeted(&sim).await;
    client
        .send_all(&[
            ("quote_create_session", json!(["q"])),
            ("quote_add_symbols", json!(["q", "BITMEX:XBT"])),
        ])
        .await;
    assert!(
        client
            .next_text()
            .await
            .unwrap()
            .contains(r#""volume":1e+100,"#),
        "numbers as they were written"
    );
    assert_eq!(client.next().await.unwrap()["m"], "quote_completed");
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn a_client_that_knows_more_than_the_recording_is_not_left_waiting() {
    let text = recorded("krazykoder-tvdatafeed.socket.timeseries.raw.txt");
    let (sim, _) = play(&text).await;
    let mut client = Client::greeted(&sim).await;
    ask(&mut client, "NASDAQ:AAPL", "1D", 8000).await;
    client
        .send("request_more_data", json!(["cs_mine", "my_series", 100]))
        .await;
    let done = client.next().await.unwrap();
    assert_eq!(
        done["p"],
        json!(["cs_mine", "my_series", "streaming", "s77", { "rt_update_period": 5, "data_completed": "end" }])
    );
    client
        .send(
            "modify_series",
            json!(["cs_mine", "my_series", "s78", "my_symbol", "1W", ""]),
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
    assert_eq!(seen[3]["p"][3], "s78");
}

#[test]
fn what_is_not_a_recording_is_refused() {
    assert!(matches!(Recording::parse(""), Err(RecordingError::Empty)));
    assert!(matches!(
        Recording::parse("~m~1~m~{}"),
        Err(RecordingError::Malformed { line: 1, .. })
    ));
    assert!(matches!(
        Recording::parse("{}\nno json"),
        Err(RecordingError::Malformed { line: 2, .. })
    ));
    assert!(matches!(
        Recording::load("/no/such/file"),
        Err(RecordingError::Read(_))
    ));
}

#[tokio::test]
#[ignore = "needs TV_FRAMES_DIR"]
async fn studies_are_played_as_they_were_recorded() {
    let text = recorded("tradingview-rs.events.jsonl");
    let live = r#"{"m":"du","p":["cs_tKeYG4jmczi0",{"sds_1":{"s":[{"i":299,"v":[1.0,1.0,1.0,1.0,1.0]}],"ns":{"d":"","indexes":"nochange"},"t":"s2"},"st1":{"st":[{"i":299,"v":[1.0,42.0]}],"ns":{"d":"","indexes":"nochange"},"t":"s2_st1"}}]}"#;
    let error = r#"{"m":"study_error","p":["cs_tKeYG4jmczi0","st5","s2_st1","Calculation timed out","n@n"],"t":1,"t_ms":1000}"#;
    let recording = Recording::parse(&format!("{text}\n{error}\n{live}")).unwrap();
    let warned = Arc::new(Mutex::new(Vec::new()));
    let warnings = Arc::clone(&warned);
    let sim = simulator()
        .recording(recording)
        .on_warning(move |warning| warnings.lock().unwrap().push(warning.to_owned()))
        .start()
        .await
        .unwrap();
    let mut client = Client::greeted(&sim).await;
    let study = |id: &str| {
        (
            "create_study",
            json!(["cs_9", id, "st1", "b", "Any@thing-1", {}]),
        )
    };
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_9", ""])),
            ("resolve_symbol", json!(["cs_9", "y", "HOSE:VCB"])),
            (
                "create_series",
                json!(["cs_9", "b", "s7", "y", "1D", 300, ""]),
            ),
        ])
        .await;
    client.until("series_completed").await;
    // One of them by its recorded id, the others in their order, then there are no more.
    client
        .send_all(&[
            study("st1"),
            study("x"),
            study("y"),
            study("z"),
            study("none"),
        ])
        .await;
    let mut seen = Vec::new();
    while !seen
        .iter()
        .any(|message: &Value| message["p"][1] == "none" && message["m"] == "study_error")
    {
        seen.push(client.next().await.unwrap());
    }
    let of = |id: &str| -> Vec<&Value> {
        let about = |message: &&Value| message["p"][1] == id || message["p"][1].get(id).is_some();
        seen.iter().filter(about).collect()
    };
    let kinds = |id: &str| {
        of(id)
            .iter()
            .map(|message| message["m"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        kinds("st1")[..3],
        ["study_loading", "du", "study_completed"]
    );
    assert_eq!(
        of("st1")[1]["p"][1]["st1"]["st"].as_array().unwrap().len(),
        400
    );
    assert_eq!(of("st1")[1]["p"][1]["st1"]["t"], "s7_st1");
    assert_eq!(kinds("x"), ["study_loading", "du", "study_completed"]);
    assert_eq!(of("x")[1]["p"][1]["x"]["st"], json!([]), "st7 came first");
    assert_eq!(
        of("y")[1]["p"][1]["y"]["st"].as_array().unwrap().len(),
        400,
        "st2"
    );
    assert_eq!(kinds("z"), ["study_loading", "study_error"]);
    assert_eq!(of("z")[1]["p"][3], "Calculation timed out");
    assert_eq!(of("none")[1]["p"][3], "check study unexpected error");
    assert!(
        warned
            .lock()
            .unwrap()
            .iter()
            .any(|text| text.contains("no study of it was recorded"))
    );
    // What changed later is played on.
    while !seen
        .iter()
        .any(|message| message["p"][1]["st1"]["st"][0]["v"][1] == 42.0)
    {
        seen.push(client.next().await.unwrap());
    }
}

#[tokio::test]
async fn a_recording_that_was_broken_off_is_played_as_far_as_it_goes() {
    let qsd = r#"{"m":"qsd","p":["qs_1",{"n":"A:B","s":"ok","v":{"local_description":"삼성"}}]}"#;
    let whole = format!("{}\n{}", frame(qsd), frame(&qsd.replace("qs_1", "qs_2")));
    let path = std::env::temp_dir().join(format!("tv-sim-cut-{}", std::process::id()));
    // Once through the middle of a character, once between two frames.
    let inside = whole.len() - 7;
    assert!(!whole.is_char_boundary(inside));
    for (end, left_out) in [(inside, true), (frame(qsd).len(), false)] {
        std::fs::write(&path, &whole.as_bytes()[..end]).unwrap();
        let recording = Recording::load(&path);
        std::fs::remove_file(&path).unwrap();
        let recording = recording.unwrap();
        let reported = recording.left_out().map(str::to_owned);
        assert_eq!(
            reported
                .as_ref()
                .is_some_and(|reported| reported.contains("line 2")),
            left_out
        );
        let warned = Arc::new(Mutex::new(Vec::new()));
        let warnings = Arc::clone(&warned);
        let sim = simulator()
            .recording(recording)
            .on_warning(move |warning| warnings.lock().unwrap().push(warning.to_owned()))
            .start()
            .await
            .unwrap();
        assert_eq!(*warned.lock().unwrap(), Vec::from_iter(reported));
        let mut client = Client::greeted(&sim).await;
        client
            .send_all(&[
                ("quote_create_session", json!(["qs_9"])),
                ("quote_add_symbols", json!(["qs_9", "A:B"])),
            ])
            .await;
        let played = client.next().await.unwrap();
        assert_eq!(played["p"][1]["v"]["local_description"], "삼성");
    }
}

#[test]
#[ignore = "needs TV_FRAMES_DIR"]
fn a_recording_lists_its_contents() {
    let text = recorded("tradingview-rs.socket_messages.raw.txt");
    let recording = Recording::parse(&text).unwrap();
    let mut series = recording.series();
    series.sort();
    eprintln!("{series:?} {:?}", recording.quotes());
    assert_eq!(series.len(), 6);
    assert!(
        series.contains(&("SP:SPX".to_owned(), 368))
            && series.contains(&("TVC:RUT".to_owned(), 2637))
    );
    assert!(recording.quotes().contains(&"NASDAQ:TSLA".to_owned()));
}

/// A browser that looked at days, then at bars of 188 minutes, and scrolled back in these.
fn two_resolutions() -> String {
    let rows = |first: i64, count: i64, step: i64| -> Vec<Value> {
        (first..first + count)
            .map(|n| json!({ "i": n, "v": [1_790_000_000 + n * step, 1.0, 2.0, 0.5, 1.5, 9.0] }))
            .collect()
    };
    let bars = |turnaround: &str, rows: Vec<Value>| json!({ "m": "timescale_update", "p": ["cs_r", { "sds_2": { "s": rows, "t": turnaround } }, {}] });
    let completed = |turnaround: &str| json!({ "m": "series_completed", "p": ["cs_r", "sds_2", "streaming", turnaround, { "rt_update_period": 0 }] });
    let symbol = json!({ "pro_name": "NSE:TCS", "full_name": "NSE:TCS", "name": "TCS" });
    let messages = [
        json!({ "m": "symbol_resolved", "p": ["cs_r", "sds_sym_1", symbol] }),
        bars("s1", rows(0, 9, 86_400)),
        completed("s1"),
        bars("s2", rows(0, 4, 188 * 60)),
        completed("s2"),
        // The answer to a new range.
        completed("s2"),
        bars("s2", rows(-3, 3, 188 * 60)),
        completed("s2"),
        bars("s2", rows(-5, 2, 188 * 60)),
        completed("s2"),
    ];
    messages.map(|message| message.to_string()).join("\n")
}

#[tokio::test]
async fn a_resolution_is_played_with_its_own_bars_and_older_pages() {
    let (sim, warnings) = play(&two_resolutions()).await;
    let mut client = Client::greeted(&sim).await;
    let seen = parsed(&ask(&mut client, "NSE:TCS", "188", 4).await);
    let times = |message: &Value| -> Vec<i64> {
        let rows = message["p"][1]["my_series"]["s"].as_array().unwrap().iter();
        rows.map(|row| row["v"][0].as_i64().unwrap()).collect()
    };
    let first = seen
        .iter()
        .find(|message| message["m"] == "timescale_update");
    let first = times(first.unwrap());
    assert_eq!((first.len(), first[1] - first[0]), (4, 11_280));
    assert_eq!(
        *warnings.lock().unwrap(),
        [""; 0],
        "all is as it was asked for"
    );
    for expected in [3, 2] {
        client
            .send("request_more_data", json!(["cs_mine", "my_series", 100]))
            .await;
        let page = client.until("series_completed").await;
        assert_eq!(names(&page), ["timescale_update", "series_completed"]);
        assert_eq!(times(&page[0]).len(), expected);
    }
    client
        .send("request_more_data", json!(["cs_mine", "my_series", 100]))
        .await;
    let end = client.until("series_completed").await;
    assert_eq!(end[0]["p"][4]["data_completed"], "end");

    let (sim, _) = play(&two_resolutions()).await;
    let mut client = Client::greeted(&sim).await;
    let seen = parsed(&ask(&mut client, "NSE:TCS", "1D", 9).await);
    let first = seen
        .iter()
        .find(|message| message["m"] == "timescale_update");
    assert_eq!(times(first.unwrap()).len(), 9);
}
