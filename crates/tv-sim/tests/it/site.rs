//! TradingView's own HTTP on the simulator's port, and what rules do to it.

use std::time::Duration;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::Instant,
};
use tv_sim::Sim;

/// Monday, 30 November 2026, 16:00 UTC.
const NOW: i64 = 1_796_054_400_000;

fn sim(plan: &str) -> Sim {
    let builder = Sim::builder().epoch(NOW).faults(plan.parse().unwrap());
    builder.build().unwrap()
}

/// What comes back for a request: the head in small letters, and the body.
async fn ask(sim: &Sim, host: &str, line: &str, body: &str) -> (String, Vec<u8>) {
    let mut stream = sim.connect();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {host}\r\nOrigin: https://www.tradingview.com\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server may have answered before it has read all of it.
    let _ = stream.write_all(body.as_bytes()).await;
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.unwrap();
    let end = all.windows(4).position(|part| part == b"\r\n\r\n");
    let (head, body) = all.split_at(end.map_or(all.len(), |end| end + 4));
    (
        String::from_utf8_lossy(head).to_ascii_lowercase(),
        body.to_vec(),
    )
}

fn status(head: &str) -> u16 {
    head.split(' ')
        .nth(1)
        .map_or(0, |status| status.parse().unwrap())
}

const SCAN: &str =
    r#"{"symbols":{"tickers":["NASDAQ:AAPL"]},"columns":["close","Recommend.All|60"]}"#;

#[tokio::test(start_paused = true)]
async fn endpoints_are_answered_by_host_and_on_loopback() {
    let sim = sim("");
    for host in ["scanner.tradingview.com", "localhost:8080"] {
        let (head, body) = ask(&sim, host, "POST /global/scan", SCAN).await;
        assert_eq!(status(&head), 200, "{head}");
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["data"][0]["s"], "NASDAQ:AAPL");
        // What a scan shows is what is true.
        let bars = sim
            .ledger()
            .bars_at("NASDAQ:AAPL", "1D", (i64::MIN, i64::MAX), NOW);
        assert_eq!(body["data"][0]["d"][0], bars.unwrap().open.unwrap().close);
    }
    let line = "GET /symbols/NASDAQ-AAPL/";
    assert_eq!(
        status(&ask(&sim, "www.tradingview.com", line, "").await.0),
        200
    );
    assert_eq!(
        status(&ask(&sim, "scanner.tradingview.com", line, "").await.0),
        404
    );
    let (head, body) = ask(&sim, "localhost", "GET /nothing", "").await;
    assert!(status(&head) == 404 && serde_json::from_slice::<Value>(&body).is_ok());
    let huge = "x".repeat(2 << 20);
    assert_eq!(
        status(&ask(&sim, "localhost", "POST /global/scan", &huge).await.0),
        413
    );
}

#[tokio::test(start_paused = true)]
async fn a_rule_answers_in_place_of_a_path_as_often_as_it_says() {
    let sim = sim(
        "when request \"/global/scan\" and times 1 do http 429 \"Retry-After: 7\"\n\
         when request \"symbol-search\" do http 200 \"Content-Type: text/html\" body \"<title>Captcha Challenge</title>\"",
    );
    let (head, _) = ask(&sim, "scanner.tradingview.com", "POST /global/scan", SCAN).await;
    assert!(
        status(&head) == 429 && head.contains("retry-after: 7"),
        "{head}"
    );
    let (head, _) = ask(&sim, "scanner.tradingview.com", "POST /global/scan", SCAN).await;
    assert_eq!(status(&head), 200);
    let line = "GET /symbol_search/v3/?text=aapl";
    let (head, body) = ask(&sim, "symbol-search.tradingview.com", line, "").await;
    assert!(status(&head) == 200 && head.contains("text/html"), "{head}");
    assert!(body.starts_with(b"<title>"));
    assert_eq!(sim.ledger().faults().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_cut_late_dripped_or_never_sent() {
    let sim = sim("when request \"cut=1\" do cut 20\n\
         when request \"cut=2\" do cut 20 chunked\n\
         when request \"cut=3\" do cut 20 held\n\
         when request \"late=1\" do delay 3s\n\
         when request \"slow=1\" do drip 10 every 1s\n\
         when request \"gone=1\" do reset\n\
         when request \"bomb=1\" do bomb 2");
    let line = |flag: &str| format!("GET /symbol_search/?text=aapl&{flag}");
    let (_, whole) = ask(&sim, "localhost", &line("none=1"), "").await;
    let (head, body) = ask(&sim, "localhost", &line("cut=1"), "").await;
    assert!(
        head.contains(&format!("content-length: {}", whole.len())),
        "{head}"
    );
    assert_eq!(body, whole[..20]);
    let (head, body) = ask(&sim, "localhost", &line("cut=2"), "").await;
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    // Twenty bytes, in hexadecimal, and no chunk that ends the body.
    assert_eq!(body, [b"14\r\n", &whole[..20], b"\r\n"].concat());
    let target = line("cut=3");
    let held = ask(&sim, "localhost", &target, "");
    let held = tokio::time::timeout(Duration::from_secs(3600), held).await;
    assert!(held.is_err(), "the connection stays open");
    let begin = Instant::now();
    let (_, body) = ask(&sim, "localhost", &line("late=1"), "").await;
    assert_eq!((body, begin.elapsed().as_secs()), (whole.clone(), 3));
    let begin = Instant::now();
    let (_, body) = ask(&sim, "localhost", &line("slow=1"), "").await;
    assert_eq!(body, whole);
    assert!(begin.elapsed() > Duration::from_secs(whole.len() as u64 / 10));
    let (head, body) = ask(&sim, "localhost", &line("gone=1"), "").await;
    assert!(head.is_empty() && body.is_empty(), "{head}");
    let (head, body) = ask(&sim, "localhost", &line("bomb=1"), "").await;
    assert!(
        head.contains("content-encoding: gzip") && body.len() < 100_000,
        "{head}"
    );
}
