//! The ledger, over HTTP and in process, and what is said to other requests.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};
use tokio_tungstenite::{
    client_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderValue},
};
use tv_sim::{Ledger, LedgerBar, LedgerError, Oracle, Published, Recording, Sim, SimServer};

use crate::client::{Client, eventually, simulator};

/// Sends a request and reads the answer: status, head and body.
async fn request(sim: &SimServer, head: &str) -> (u16, String, String) {
    let mut socket = TcpStream::connect(sim.local_addr()).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    let read = socket.read_to_string(&mut text);
    tokio::time::timeout(Duration::from_secs(120), read)
        .await
        .expect("an answer in time")
        .unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).unwrap_or("0").parse().unwrap();
    (status, head.to_ascii_lowercase(), body.to_owned())
}

async fn get(sim: &SimServer, path: &str) -> (u16, Value) {
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let (status, head, body) = request(sim, &head).await;
    assert!(head.contains("content-type: application/json"), "{head}");
    assert!(head.contains("server: tv"), "{head}");
    (status, serde_json::from_str(&body).unwrap())
}

/// Follows a series and a quote until a number of bars has closed; the closed bars in the order in
/// which they came.
async fn watch(client: &mut Client, resolution: &str, bars: usize) -> Vec<LedgerBar> {
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_1"])),
            ("resolve_symbol", json!(["cs_1", "sym", "SIM:A"])),
            (
                "create_series",
                json!(["cs_1", "sds_1", "s1", "sym", resolution, 3]),
            ),
        ])
        .await;
    let mut all: Vec<LedgerBar> = Vec::new();
    while all.len() <= bars {
        let message = client.next().await.unwrap();
        for row in rows(&message) {
            match all.last_mut() {
                Some(last) if last.time == row.time => *last = row,
                _ => all.push(row),
            }
        }
    }
    all.pop();
    all
}

fn rows(message: &Value) -> Vec<LedgerBar> {
    let rows = message["p"][1]["sds_1"]["s"].as_array();
    rows.into_iter()
        .flatten()
        .map(|row| {
            let value = |n: usize| row["v"][n].as_f64().unwrap();
            let prices = [value(1), value(2), value(3), value(4)];
            LedgerBar::new(value(0) as i64, prices, value(5))
        })
        .collect()
}

fn truth(ledger: &Ledger, bars: &[LedgerBar], interval: &str) -> Oracle {
    let (from, to) = (bars[0].time, bars[bars.len() - 1].time + 1);
    Oracle::new(ledger.bars("SIM:A", interval, from, to).unwrap().closed)
}

#[tokio::test]
async fn what_a_client_saw_is_true_at_any_speed() {
    let sim = simulator().speed(50.0).rate(100.0).start().await.unwrap();
    let begin = Instant::now();
    let mut client = Client::greeted(&sim).await;
    let bars = watch(&mut client, "10S", 12).await;
    // Two minutes of the market; without its speed they would take as long in real time.
    assert!(begin.elapsed() < Duration::from_secs(60));
    let oracle = truth(&sim.ledger(), &bars, "10S");
    let verdict = oracle.judge(bars.iter().copied().map(Published::Closed));
    assert!(verdict.is_perfect() && verdict.matched == 12, "{verdict:?}");
    // The same over HTTP.
    let (from, to) = (bars[0].time, bars[11].time + 1);
    let path = format!("/ledger/bars?symbol=SIM%3AA&interval=10S&from={from}&to={to}");
    let (status, answer) = get(&sim, &path).await;
    assert_eq!((status, answer["symbol"].as_str()), (200, Some("SIM:A")));
    assert_eq!(answer["closed"], serde_json::to_value(&bars).unwrap());
    assert_eq!(answer["open"], Value::Null);
    assert!(answer["now_ms"].as_i64() > Some(to * 1000));
    // As they were before: the sixth was open, and what came later is not reported.
    let (_, then) = get(&sim, &format!("{path}&at={}", bars[5].time * 1000 + 4000)).await;
    assert_eq!(then["closed"], serde_json::to_value(&bars[..5]).unwrap());
    assert_eq!(then["open"]["time"], bars[5].time);
    let volume = then["open"]["volume"].as_f64().unwrap();
    assert!(0.0 < volume && volume < bars[5].volume, "{then}");
    // What is to come is not reported.
    let ahead = bars[11].time + 100_000;
    let path = format!("/ledger/bars?symbol=SIM:A&interval=10S&from={from}&to={ahead}");
    let (_, ahead) = get(&sim, &format!("{path}&at={}", ahead * 1000)).await;
    let newest = ahead["open"]["time"].as_i64().unwrap();
    assert!(
        newest * 1000 <= ahead["now_ms"].as_i64().unwrap(),
        "{ahead}"
    );
}

#[tokio::test]
async fn a_falsified_bar_is_found_by_the_oracle() {
    // Bars are true whatever was sent: here each fifth update is held back from the client.
    let plan = "when kind du and every 5 do drop".parse().unwrap();
    let sim = simulator()
        .speed(50.0)
        .rate(4.0)
        .faults(plan)
        .start()
        .await
        .unwrap();
    let mut client = Client::greeted(&sim).await;
    let bars = watch(&mut client, "5S", 15).await;
    let oracle = truth(&sim.ledger(), &bars, "5S");
    let verdict = oracle.judge(bars.iter().copied().map(Published::Closed));
    assert!(!verdict.is_clean(), "{verdict:?}");
    assert_eq!(
        verdict.wrong + verdict.lost + verdict.matched,
        verdict.expected
    );
}

#[tokio::test]
async fn quotes_ticks_counters_faults_and_sessions_are_reported() {
    let plan = "when connection 1 and kind quote_completed do duplicate"
        .parse()
        .unwrap();
    let sim = simulator().rate(50.0).faults(plan).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    client.send("quote_create_session", json!(["qs_1"])).await;
    client
        .send("quote_add_symbols", json!(["qs_1", "SIM:A"]))
        .await;
    let mut state = json!({});
    let mut seen = 0;
    // Conflated as a client does; then the market stands still, since no client follows it.
    while seen < 30 {
        let message = client.next_of("qsd").await;
        for (field, value) in message["p"][1]["v"].as_object().unwrap() {
            state[field] = value.clone();
        }
        seen += 1;
    }
    let (_, ticks) = get(&sim, "/ledger/ticks?symbol=SIM:A").await;
    let ticks = ticks["ticks"].as_array().unwrap();
    let last = ticks
        .iter()
        .rposition(|tick| tick["volume"] == state["volume"]);
    let tick = &ticks[last.expect("the volume was traded")];
    assert_eq!(tick["price"], state["lp"]);
    let path = format!("/ledger/quote?symbol=SIM:A&at={}", tick["at_ms"]);
    let (_, quote) = get(&sim, &path).await;
    for (field, value) in quote["values"].as_object().unwrap() {
        assert_eq!(&state[field], value, "{field}");
    }
    let (_, sent) = get(&sim, "/ledger/sent").await;
    assert_eq!(sent["sent"]["total"]["quote_completed"]["frames"], 2);
    assert_eq!(sent["sent"]["connections"]["1"]["hello"]["frames"], 1);
    let (_, faults) = get(&sim, "/ledger/faults").await;
    assert_eq!(faults["total"], 1);
    assert_eq!(faults["faults"][0]["connection"], 1);
    let (_, sessions) = get(&sim, "/ledger/sessions").await;
    let record = &sessions["connections"][0];
    assert_eq!(record["target"], "/socket.io/websocket");
    assert_eq!(record["sessions"], json!(["qs_1"]));
    assert_eq!(record["received"]["quote_add_symbols"], 1);
    assert_eq!(record["closed_ms"], Value::Null);
    drop(client);
    eventually("the end is recorded", || {
        sim.ledger().sessions()[0].closed_ms.is_some()
    })
    .await;
    // Questions are not connections.
    Client::connect_to(&sim, "/x?type=chart&from=y").await;
    eventually("the second is recorded", || {
        sim.ledger().sessions().len() == 2
    })
    .await;
    let second = &sim.ledger().sessions()[1];
    assert_eq!(
        (second.connection, second.target.as_str()),
        (2, "/x?type=chart&from=y")
    );
}

#[tokio::test]
async fn wrong_questions_get_clear_answers() {
    let sim = simulator().start().await.unwrap();
    for (path, status, about) in [
        ("/ledger/bars?symbol=SIM:A", 400, "interval is missing"),
        (
            "/ledger/bars?symbol=SIM:A&interval=0",
            404,
            "no bars of interval 0",
        ),
        (
            "/ledger/bars?symbol=NO:WAY&interval=1",
            404,
            "no symbol NO:WAY",
        ),
        (
            "/ledger/bars?symbol=SIM:A&interval=1&form=1",
            400,
            "no parameter form",
        ),
        (
            "/ledger/bars?symbol=SIM:A&interval=1&from=x",
            400,
            "from is not a whole number",
        ),
        ("/ledger/quote", 400, "symbol is missing"),
        ("/ledger/nonsense", 404, "see /ledger"),
    ] {
        let (answered, body) = get(&sim, path).await;
        let text = body["error"].as_str().unwrap();
        assert!(answered == status && text.contains(about), "{path}: {body}");
    }
    let (status, body) = get(&sim, "/ledger").await;
    assert_eq!(
        (status, body["questions"].as_array().map(Vec::len)),
        (200, Some(6))
    );
    let post = "POST /ledger HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(request(&sim, post).await.0, 405);
}

#[tokio::test]
async fn other_requests_are_refused_and_none_is_endless() {
    let sim = simulator().start().await.unwrap();
    let close = "Host: x\r\nConnection: close\r\n\r\n";
    let (status, _, body) = request(&sim, &format!("GET /nothing HTTP/1.1\r\n{close}")).await;
    assert!(status == 404 && body.contains("not_found"), "{body}");
    let odd = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 7\r\n\r\n";
    assert_eq!(request(&sim, odd).await.0, 400);
    let huge = format!(
        "GET / HTTP/1.1\r\nX-Huge: {}\r\n{close}",
        "x".repeat(20_000)
    );
    assert_eq!(request(&sim, &huge).await.0, 431);
    // A head that never ends.
    let begin = Instant::now();
    let mut socket = TcpStream::connect(sim.local_addr()).await.unwrap();
    socket.write_all(b"GET / HTTP/1.1\r\nX: ").await.unwrap();
    let mut rest = Vec::new();
    let _ = socket.read_to_end(&mut rest).await;
    assert!(
        (3..60).contains(&begin.elapsed().as_secs()),
        "{:?}",
        begin.elapsed()
    );
}

#[tokio::test]
async fn origins_and_numbers_of_connections_are_checked_where_asked_for() {
    let sim = simulator()
        .check_origin()
        .max_connections(2)
        .start()
        .await
        .unwrap();
    let connect = async |origin: Option<&str>| {
        let mut request = sim.url().into_client_request().unwrap();
        if let Some(origin) = origin {
            let origin = HeaderValue::from_str(origin).unwrap();
            request.headers_mut().insert("origin", origin);
        }
        let stream = TcpStream::connect(sim.local_addr()).await.unwrap();
        match client_async(request, stream).await {
            Ok((socket, response)) => {
                assert_eq!(response.headers()["server"], "tv");
                Ok(socket)
            }
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    };
    for wrong in [
        None,
        Some("null"),
        Some("https://tradingview.com.example"),
        Some("https://www.tradingview.com@example.com"),
        Some("https://example.com"),
    ] {
        assert_eq!(connect(wrong).await.err(), Some(403), "{wrong:?}");
    }
    let first = connect(Some("https://www.tradingview.com")).await.unwrap();
    let _second = connect(Some("https://DATA.tradingview.com/"))
        .await
        .unwrap();
    eventually("both are open", || sim.stats().connections_open == 2).await;
    assert_eq!(
        connect(Some("https://s.tradingview.com")).await.err(),
        Some(429)
    );
    drop(first);
    eventually("one has gone", || sim.stats().connections_open == 1).await;
    connect(Some("https://s.tradingview.com")).await.unwrap();
}

#[tokio::test]
async fn a_recording_has_no_truth_but_counters_and_faults() {
    let text = r#"{"m":"qsd","p":["qs_1",{"n":"X:Y","s":"ok","v":{"lp":1.5,"ch":2}}]}"#;
    let recording = Recording::parse(text).unwrap();
    let sim = simulator()
        .recording(recording)
        .faults("when kind qsd do duplicate".parse().unwrap())
        .start()
        .await
        .unwrap();
    let mut client = Client::greeted(&sim).await;
    client.send("quote_create_session", json!(["qs_9"])).await;
    client
        .send("quote_add_symbols", json!(["qs_9", "X:Y"]))
        .await;
    for _ in 0..2 {
        assert_eq!(client.next_of("qsd").await["p"][1]["v"]["lp"], 1.5);
    }
    let ledger = sim.ledger();
    assert_eq!(ledger.bars("X:Y", "1", 0, 1), Err(LedgerError::Recording));
    assert_eq!(get(&sim, "/ledger/quote?symbol=X:Y").await.0, 409);
    assert_eq!(ledger.sent().total["qsd"].frames, 2);
    assert_eq!(ledger.faults().len(), 1);
}

/// What a client in memory reads in a time, byte by byte.
async fn in_memory(sim: &Sim) -> Vec<String> {
    let (mut socket, _) = client_async(sim.url(), sim.connect()).await.unwrap();
    let add = crate::client::frame(&crate::client::command(
        "quote_add_symbols",
        json!(["qs_1", "SIM:A", "SIM:B"]),
    ));
    let create = crate::client::frame(&crate::client::command(
        "quote_create_session",
        json!(["qs_1"]),
    ));
    futures_util::SinkExt::send(&mut socket, Message::text(create + &add))
        .await
        .unwrap();
    let mut seen = Vec::new();
    let reading = async {
        while let Some(Ok(message)) = futures_util::StreamExt::next(&mut socket).await {
            seen.push(message.to_string());
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(25), reading).await;
    seen
}

#[tokio::test(start_paused = true)]
async fn virtual_time_gives_the_same_twice_and_the_epoch_is_kept() {
    let run = async |seed| {
        let sim = simulator()
            .epoch(1_790_726_430_000)
            .seed(seed)
            .build()
            .unwrap();
        let seen = in_memory(&sim).await;
        assert_eq!(sim.ledger().now(), 1_790_726_455_000);
        sim.shutdown().await;
        seen
    };
    let seen = run(1).await;
    assert!(
        seen.len() > 100 && seen[0].contains("1790726430"),
        "{}",
        seen.len()
    );
    // Heartbeats came when they were due.
    assert!(seen.iter().any(|message| message == "~m~4~m~~h~2"));
    assert_eq!(seen, run(1).await);
    assert_ne!(seen, run(2).await);
}

#[tokio::test]
async fn any_stream_can_be_served() {
    let sim = simulator().build().unwrap();
    let (client, server) = tokio::net::UnixStream::pair().unwrap();
    let serving = tokio::spawn(sim.serve(server));
    let (mut socket, _) = client_async(sim.url(), client).await.unwrap();
    let hello = futures_util::StreamExt::next(&mut socket)
        .await
        .unwrap()
        .unwrap();
    assert!(hello.to_text().unwrap().contains("session_id"));
    sim.shutdown().await;
    serving.await.unwrap();
}

const RENKO: &str = r#"={"symbol":{"symbol":"SIM:A","adjustment":"splits"},"type":"BarSetRenko@tv-prostudies-40!","inputs":{"style":"Traditional","boxSize":0.02,"wicks":true}}"#;

#[tokio::test]
async fn bricks_that_a_client_saw_live_are_true() {
    let sim = simulator().speed(200.0).rate(100.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_1"])),
            ("resolve_symbol", json!(["cs_1", "sym", RENKO])),
            (
                "create_series",
                json!(["cs_1", "sds_1", "s1", "sym", "10S", 5]),
            ),
        ])
        .await;
    let mut all: Vec<LedgerBar> = Vec::new();
    while all.len() < 12 {
        let message = client.next().await.unwrap();
        for row in rows(&message) {
            match all.last_mut() {
                Some(last) if last.time == row.time => *last = row,
                _ => all.push(row),
            }
        }
    }
    // The last one may go on.
    all.pop();
    let ledger = sim.ledger();
    let (from, to) = (all[0].time, all[all.len() - 1].time + 1);
    let truth = ledger.bars(RENKO, "10S", from, to).unwrap();
    assert_eq!(truth.closed, all);
    let high = |bar: &LedgerBar| (bar.close - bar.open).abs();
    assert!(
        all.iter().all(|bar| (high(bar) - 0.02).abs() < 1e-9),
        "{all:?}"
    );
    let encoded: String = form_urlencoded::byte_serialize(RENKO.as_bytes()).collect();
    let path = format!("/ledger/bars?symbol={encoded}&interval=10S&from={from}&to={to}");
    let (status, answer) = get(&sim, &path).await;
    assert_eq!(status, 200);
    assert_eq!(answer["closed"], serde_json::to_value(&all).unwrap());
}

#[tokio::test]
async fn bars_are_read_as_the_question_says() {
    let sim = simulator().epoch(1_790_726_430_500).start().await.unwrap();
    let ask = async |rest: &str| {
        let path = format!("/ledger/bars?symbol=NASDAQ:AAPL&interval=60&from=1790640000{rest}");
        get(&sim, &path).await
    };
    let count = |answer: &Value| answer["closed"].as_array().unwrap().len();
    let (_, regular) = ask("&session=regular").await;
    let (status, extended) = ask("&session=extended&adjustment=none").await;
    assert_eq!(status, 200);
    assert!(count(&regular) > 0 && count(&extended) > count(&regular));
    let (_, euros) = ask("&currency-id=EUR").await;
    assert!(euros["closed"][0]["close"] != regular["closed"][0]["close"]);
    for wrong in ["&session=night", "&adjustment=all", "&currency-id=XYZ"] {
        let (status, answer) = ask(wrong).await;
        assert_eq!(status, 400, "{answer}");
    }
}

#[tokio::test]
async fn a_quote_is_read_as_its_descriptor_says() {
    let sim = simulator().rate(0.0).start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    let name = r#"={"symbol":"BINANCE:BTCUSDT","currency-id":"JPY","adjustment":"dividends"}"#;
    client
        .send_all(&[
            ("quote_create_session", json!(["qs_1"])),
            (
                "quote_set_fields",
                json!(["qs_1", "open_price", "prev_close_price"]),
            ),
            ("quote_add_symbols", json!(["qs_1", name])),
        ])
        .await;
    let mut seen = serde_json::Map::new();
    for message in client.until("quote_completed").await {
        if message["m"] == "qsd" {
            seen.extend(message["p"][1]["v"].as_object().unwrap().clone());
        }
    }
    let at = sim.ledger().now();
    let truth = sim.ledger().quote(name, Some(at)).unwrap();
    assert_eq!(seen["open_price"], truth["open_price"]);
    assert_eq!(seen["prev_close_price"], truth["prev_close_price"]);
    let question = format!(
        "/ledger/quote?symbol=BINANCE:BTCUSDT&currency-id=JPY&adjustment=dividends&at={at}"
    );
    let (status, answer) = get(&sim, &question).await;
    assert_eq!((status, answer["values"].as_object()), (200, Some(&truth)));
    let plain = sim.ledger().quote("BINANCE:BTCUSDT", Some(at)).unwrap();
    assert!(truth["lp"].as_f64().unwrap() > 50.0 * plain["lp"].as_f64().unwrap());
    let (status, _) = get(&sim, "/ledger/quote?symbol=BINANCE:BTCUSDT&currency-id=XYZ").await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn senseless_inputs_are_a_series_error() {
    let sim = simulator().start().await.unwrap();
    let mut client = Client::greeted(&sim).await;
    let asked = RENKO.replace("0.02", "0");
    client
        .send_all(&[
            ("chart_create_session", json!(["cs_1"])),
            ("resolve_symbol", json!(["cs_1", "sym", asked])),
            (
                "create_series",
                json!(["cs_1", "sds_1", "s1", "sym", "1", 5]),
            ),
        ])
        .await;
    let error = client.next_of("series_error").await;
    let reason = error["p"][3].as_str().unwrap();
    assert!(
        reason.contains("BarSetRenko") && reason.contains("boxSize"),
        "{reason}"
    );
}
