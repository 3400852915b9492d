//! Searches, details of symbols, and suggestions for names that were refused.

use serde_json::{Value, json};

use crate::{
    program::{run, run_command, tvfeed},
    web::{Asked, Web},
};

fn apple(number: usize) -> Value {
    json!({
        "symbol": format!("<em>AAPL</em>{number}"),
        "description": "Apple Inc.",
        "type": "stock",
        "exchange": "NASDAQ",
        "currency_code": "USD",
        "country": "US",
        "typespecs": ["common"],
        "is_primary_listing": number == 0,
    })
}

/// Two pages of results.
fn pages(asked: &Asked) -> (u16, String) {
    let (numbers, left) = match asked.target.contains("start=") {
        false => (0..3, 2),
        true => (3..5, 0),
    };
    let symbols: Vec<Value> = numbers.map(apple).collect();
    (
        200,
        json!({ "symbols_remaining": left, "symbols": symbols }).to_string(),
    )
}

#[test]
fn a_search_asks_for_pages_until_there_are_enough() {
    for (limit, rows, requests) in [("2", 2, 1), ("3", 3, 1), ("4", 4, 2), ("all", 5, 2)] {
        let web = Web::serve(pages);
        let done = run(&format!(
            "search big apple -n {limit} --format ndjson --endpoint {}",
            web.address
        ));
        assert_eq!((done.status, done.stderr.as_str()), (Some(0), ""));
        assert_eq!(done.json().len(), rows);
        let asked = web.asked();
        assert_eq!(asked.len(), requests, "{limit}");
        assert!(
            asked[0]
                .target
                .starts_with("/symbol_search/v3/?text=big%20apple&")
        );
    }
}

#[test]
fn results_have_an_id_and_no_marks() {
    let web = Web::serve(pages);
    let line = |format| {
        format!(
            "search apple -n 1 --format {format} --endpoint {}",
            web.address
        )
    };
    let done = run(&line("ndjson"));
    assert_eq!(
        done.stdout,
        "{\"symbol\":\"NASDAQ:AAPL0\",\"description\":\"Apple Inc.\",\"type\":\"stock\",\
         \"exchange\":\"NASDAQ\",\"currency\":\"USD\",\"country\":\"US\",\"primary\":true,\
         \"isin\":null,\"specs\":[\"common\"],\"contracts\":[]}\n"
    );
    let done = run(&line("csv"));
    assert_eq!(
        done.stdout,
        "symbol,description,type,exchange,currency,country,primary,isin,specs,contracts\n\
         NASDAQ:AAPL0,Apple Inc.,stock,NASDAQ,USD,US,true,,common,\n"
    );
    let done = run(&line("table"));
    assert_eq!(
        done.stdout,
        "SYMBOL        DESCRIPTION  TYPE   EXCHANGE  CURRENCY  COUNTRY\n\
         NASDAQ:AAPL0  Apple Inc.   stock  NASDAQ    USD       US\n"
    );
    assert!(done.stderr.contains("at least 2 more"), "{}", done.stderr);
}

#[test]
fn filters_of_a_search_are_sent() {
    let web = Web::serve(pages);
    let done = run(&format!(
        "search x --type stock --exchange nyse --country us --endpoint {}",
        web.address
    ));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let target = &web.asked()[0].target;
    for part in ["exchange=NYSE", "search_type=stocks", "country=US"] {
        assert!(target.contains(part), "{target}");
    }
}

#[test]
fn a_search_without_a_result_says_so_and_is_strict_if_asked() {
    let empty = |_: &Asked| (200, json!({ "symbols": [] }).to_string());
    let web = Web::serve(empty);
    let line = format!("search nonsense --endpoint {}", web.address);
    let done = run(&line);
    assert_eq!((done.status, done.stdout.as_str()), (Some(0), ""));
    assert!(
        done.stderr.contains("nothing was found for `nonsense`"),
        "{}",
        done.stderr
    );
    assert_eq!(run(&format!("{line} --strict")).status, Some(6));
}

#[test]
fn failures_of_http_have_their_own_status() {
    for (answer, status, words) in [
        ((429, "slow down"), 3, "limits the rate"),
        ((404, "{}"), 3, "404"),
        ((400, r#"{"error":"bad text"}"#), 3, "bad text"),
        (
            (200, "<html><title>Captcha Challenge</title>"),
            5,
            "captcha",
        ),
        ((200, "{\"symbols\":"), 4, "cannot be read"),
    ] {
        let web = Web::serve(move |_| (answer.0, answer.1.to_owned()));
        let done = run(&format!("search apple --endpoint {}", web.address));
        assert_eq!(done.status, Some(status), "{answer:?}: {}", done.stderr);
        assert!(done.stderr.contains(words), "{answer:?}: {}", done.stderr);
        assert_eq!(done.stdout, "");
    }
    // No server listens on port 1 of this machine.
    let done = run("search apple --endpoint http://127.0.0.1:1");
    assert_eq!(done.status, Some(4), "{}", done.stderr);
    let done = run("search apple --endpoint http://example.com");
    assert_eq!(done.status, Some(2), "{}", done.stderr);
}

#[test]
fn details_of_a_symbol_are_a_block_for_people_and_a_row_for_programs() {
    let web = Web::serve(
        |asked| match asked.target.contains("symbol=NASDAQ%3AAAPL&") {
            true => (
                200,
                json!({
                    "description": "Apple Inc.", "close": 258.834, "volume": 61_511_929,
                    "typespecs": ["common"], "earnings_release_date": 1_769_817_600,
                    "update_mode": "delayed_streaming_900",
                })
                .to_string(),
            ),
            false => (404, json!({ "error": "not found" }).to_string()),
        },
    );
    let done = run(&format!("symbol NASDAQ:AAPL --endpoint {}", web.address));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert_eq!(
        done.stdout,
        "NASDAQ:AAPL\n\
         Name                  Apple Inc.\n\
         Kinds                 common\n\
         Last                  258.83\n\
         Volume                61.51M\n\
         Earnings, last        2026-01-31\n\
         This account may see  delayed by 15 min\n"
    );
    let done = run(&format!(
        "symbol NASDAQ:AAPL NO:SUCH --format ndjson --no-suggest --endpoint {}",
        web.address
    ));
    assert_eq!(done.status, Some(3));
    assert_eq!(done.json().len(), 1);
    assert_eq!(done.json()[0]["close"], 258.834);
    assert!(done.stderr.contains("NO:SUCH: refused"), "{}", done.stderr);
}

#[test]
fn a_page_of_a_symbol_is_written_as_it_came() {
    let web = Web::serve(|_| {
        (
            200,
            json!({ "data": { "symbol": { "country": "US" } } }).to_string(),
        )
    });
    let done = run(&format!(
        "symbol NASDAQ:AAPL --page --endpoint {}",
        web.address
    ));
    assert_eq!(done.stdout, "{\"symbol\":{\"country\":\"US\"}}\n");
    assert_eq!(
        web.asked()[0].target,
        "/symbols/NASDAQ-AAPL/?component-data-only=1"
    );
}

#[test]
fn a_refused_symbol_brings_suggestions_and_nothing_else_changes() {
    let web = Web::serve(pages);
    for command in ["quote", "bars -i 1D"] {
        let line = format!("{command} NO:AAPL0 --sim --http-endpoint {}", web.address);
        // The simulator refuses every symbol of this exchange.
        let done = run(&line);
        assert_eq!((done.status, done.stdout.as_str()), (Some(3), ""));
        let lines: Vec<&str> = done.stderr.lines().collect();
        assert!(
            lines[0].starts_with("tvfeed: NO:AAPL0: refused"),
            "{lines:?}"
        );
        assert_eq!(
            lines[1],
            "tvfeed: NO:AAPL0: did you mean NASDAQ:AAPL0 (Apple Inc.), NASDAQ:AAPL1 (Apple Inc.) \
             or NASDAQ:AAPL2 (Apple Inc.)?"
        );
        let done = run(&format!("{line} --no-suggest"));
        assert_eq!(done.status, Some(3));
        assert!(!done.stderr.contains("did you mean"), "{}", done.stderr);
    }
}

#[test]
fn a_search_that_fails_or_hangs_does_not_fail_the_job() {
    for answer in [(500, "down"), (200, "nonsense")] {
        let web = Web::serve(move |_| (answer.0, answer.1.to_owned()));
        let done = run(&format!(
            "quote NO:SUCH --sim --http-endpoint {}",
            web.address
        ));
        assert_eq!(done.status, Some(3), "{}", done.stderr);
        assert_eq!(done.stderr.lines().count(), 1, "{}", done.stderr);
    }
    // It accepts connections by the system's backlog, and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let done = run(&format!(
        "quote NO:SUCH --sim --http-endpoint http://{address}"
    ));
    assert_eq!(done.status, Some(3), "{}", done.stderr);
    assert_eq!(done.stderr.lines().count(), 1, "{}", done.stderr);
}

#[test]
fn cookies_go_to_a_named_server_of_this_machine_and_are_never_shown() {
    let web = Web::serve(pages);
    let line = format!("symbol NASDAQ:AAPL -vvv --endpoint {}", web.address);
    let mut command = tvfeed(line.split(' '));
    command.env("TV_COOKIES", "sessionid=CANARY1; sessionid_sign=v3:CANARY2");
    let done = run_command(command);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let sent = web.asked()[0].headers.join("\n");
    assert!(
        sent.contains("CANARY1") && sent.contains("CANARY2"),
        "{sent}"
    );
    assert!(done.stderr.contains("/symbol"), "{}", done.stderr);
    assert!(!format!("{done:?}").contains("CANARY"), "{}", done.stderr);

    let mut command = tvfeed(line.split(' '));
    command.env("TV_COOKIES", "CANARY");
    let done = run_command(command);
    assert_eq!(done.status, Some(2), "{}", done.stderr);
    assert!(done.stderr.contains("TV_COOKIES"), "{}", done.stderr);
    assert!(!done.stderr.contains("CANARY"), "{}", done.stderr);
}

#[test]
fn a_file_is_written_whole_and_in_the_format_of_its_ending() {
    let web = Web::serve(pages);
    let folder = std::env::temp_dir().join(format!("tvfeed-search-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("found.csv");
    let done = run(&format!(
        "search apple -n all -o {} --endpoint {}",
        file.display(),
        web.address
    ));
    assert_eq!(
        (done.status, done.stdout.as_str()),
        (Some(0), ""),
        "{}",
        done.stderr
    );
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 6);
    std::fs::remove_dir_all(&folder).unwrap();
    let done = run("search apple -o found.parquet --endpoint http://127.0.0.1:1");
    assert_eq!(done.status, Some(2), "{}", done.stderr);
}
