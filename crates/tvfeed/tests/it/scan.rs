//! Scans, the columns of the scanner, and technical ratings.

use serde_json::{Value, json};

use crate::{
    program::{Done, run, run_command, simulator, tvfeed},
    web::{Asked, Web},
};

/// Answers a scan from rows with a number each, as many as there are in the range.
fn scanner(total: usize) -> impl FnMut(&Asked) -> (u16, String) {
    move |asked| {
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        let row = |index: usize| {
            let range = body["range"][index].as_u64().unwrap();
            usize::try_from(range).unwrap().min(total)
        };
        let columns = body["columns"].as_array().unwrap();
        let rows = (row(0)..row(1)).map(|number| {
            let values: Vec<Value> = columns
                .iter()
                .map(|column| match column.as_str().unwrap() {
                    "description" => json!(format!("Company {number}")),
                    "typespecs" => json!(["common", "etf"]),
                    "change" => Value::Null,
                    _ => json!(number as f64 + 0.25),
                })
                .collect();
            json!({ "s": format!("NASDAQ:S{number}"), "d": values })
        });
        let rows: Vec<Value> = rows.collect();
        (
            200,
            json!({ "totalCount": total, "data": rows }).to_string(),
        )
    }
}

/// Runs a command whose arguments hold blanks.
fn run_words(words: &[&str]) -> Done {
    run_command(tvfeed(words))
}

#[test]
fn a_condition_columns_and_order_are_sent() {
    let web = Web::serve(scanner(2));
    let done = run_words(&[
        "scan",
        "--where",
        "close > 10 and RSI|1h < 30 or sector = \"Finance\"",
        "--columns",
        "close,change,RSI|1h",
        "--sort",
        "volume:desc",
        "--market",
        "germany",
        "--type",
        "stock,dr",
        "--format",
        "csv",
        "--endpoint",
        &web.address,
    ]);
    assert_eq!((done.status, done.stderr.as_str()), (Some(0), ""));
    assert_eq!(
        done.stdout,
        "symbol,close,change,RSI|60\nNASDAQ:S0,0.25,,0.25\nNASDAQ:S1,1.25,,1.25\n"
    );
    let asked = &web.asked()[0];
    assert_eq!(
        (asked.method.as_str(), asked.target.as_str()),
        ("POST", "/germany/scan")
    );
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(body["columns"], json!(["close", "change", "RSI|60"]));
    assert_eq!(body["range"], json!([0, 50]));
    assert_eq!(
        body["sort"],
        json!({ "sortBy": "volume", "sortOrder": "desc" })
    );
    assert_eq!(body["symbols"]["query"]["types"], json!(["stock", "dr"]));
    let expression = |left: &str, operation: &str, right: Value| json!({ "expression": { "left": left, "operation": operation, "right": right } });
    let both = json!([
        expression("close", "greater", json!(10)),
        expression("RSI|60", "less", json!(30))
    ]);
    assert_eq!(
        body["filter2"],
        json!({ "operator": "or", "operands": [
            { "operation": { "operator": "and", "operands": both } },
            expression("sector", "equal", json!("Finance")),
        ]})
    );
}

#[test]
fn mistakes_are_pointed_at_before_anything_is_sent() {
    let web = Web::serve(scanner(2));
    let scan = |words: &[&str]| {
        let all = [&["scan", "--endpoint", &web.address], words].concat();
        run_words(&all)
    };
    let done = scan(&["--where", "close > 10 and RSI < thirty"]);
    assert_eq!((done.status, done.stdout.as_str()), (Some(2), ""));
    let place = "\n  close > 10 and RSI < thirty\n                       ^\n";
    assert!(done.stderr.contains(place), "{}", done.stderr);
    assert!(
        done.stderr.contains("--where, column 22"),
        "{}",
        done.stderr
    );
    let done = scan(&["--columns", "close,market_cpa_basic"]);
    assert_eq!(done.status, Some(2));
    assert!(
        done.stderr.contains("did you mean `market_cap_basic`"),
        "{}",
        done.stderr
    );
    assert_eq!(scan(&["--sort", "close:up"]).status, Some(2));
    assert!(web.asked().is_empty());

    let done = scan(&[
        "--columns",
        "moon_phase",
        "--raw-columns",
        "--format",
        "csv",
    ]);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert!(
        done.stdout.starts_with("symbol,moon_phase\n"),
        "{}",
        done.stdout
    );
}

#[test]
fn rows_come_page_by_page_until_there_are_enough() {
    for (limit, total, rows, ranges) in [
        ("3", 10, 3, vec![[0, 3]]),
        ("all", 7_000, 7_000, vec![[0, 5_000], [5_000, 10_000]]),
        ("6000", 7_000, 6_000, vec![[0, 5_000], [5_000, 6_000]]),
        ("all", 0, 0, vec![[0, 5_000]]),
    ] {
        let web = Web::serve(scanner(total));
        let done = run(&format!(
            "scan --columns close -n {limit} --format csv --endpoint {}",
            web.address
        ));
        assert_eq!(done.status, Some(0), "{}", done.stderr);
        assert_eq!(done.stdout.lines().count().saturating_sub(1), rows);
        let asked = web.asked();
        let found: Vec<Value> = asked
            .iter()
            .map(|asked| serde_json::from_str::<Value>(&asked.body).unwrap()["range"].clone())
            .collect();
        let expected: Vec<Value> = ranges.into_iter().map(|range| json!(range)).collect();
        assert_eq!(found, expected, "{limit}");
        let is_empty = rows == 0;
        assert_eq!(done.stderr.contains("no symbol matches"), is_empty);
    }
}

#[test]
fn rows_that_the_server_holds_back_are_reported() {
    let short = |asked: &Asked| {
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        let rows = match body["range"][0].as_u64() {
            Some(0) => json!([{ "s": "A:B", "d": [1] }]),
            _ => json!([]),
        };
        (200, json!({ "totalCount": 5, "data": rows }).to_string())
    };
    let web = Web::serve(short);
    let line = format!(
        "scan --columns close --format ndjson --endpoint {}",
        web.address
    );
    let done = run(&line);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert!(done.stderr.contains("1 of 5 rows"), "{}", done.stderr);
    assert_eq!(run(&format!("{line} --strict")).status, Some(6));
}

#[test]
fn a_table_has_the_names_of_columns_and_says_how_many_rows_there_are() {
    let web = Web::serve(scanner(3));
    let done = run(&format!(
        "scan --columns description,close,typespecs,update_mode -n 2 --endpoint {}",
        web.address
    ));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert_eq!(
        done.stdout,
        "symbol     description  close  typespecs   update_mode\n\
         NASDAQ:S0  Company 0     0.25  common,etf  0.25\n\
         NASDAQ:S1  Company 1     1.25  common,etf  1.25\n"
    );
    assert!(
        done.stderr.contains("2 of 3 rows; -n shows more"),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("not how old"), "{}", done.stderr);
}

#[test]
fn a_column_with_the_whole_name_comes_first() {
    let found = run("fields rsi --format ndjson").json();
    assert_eq!(found[0]["name"], "RSI");
    assert!(found.len() > 1);
}

#[test]
fn a_preset_keeps_its_order_and_brings_its_market() {
    let web = Web::serve(scanner(1));
    let done = run(&format!(
        "scan --preset coin_gainers --format csv --endpoint {}",
        web.address
    ));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let asked = &web.asked()[0];
    assert_eq!(asked.target, "/coin/scan");
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(body["preset"], "coin_gainers");
    assert!(body.get("sort").is_none(), "{body}");
}

#[test]
fn the_words_of_a_server_that_refuses_are_shown() {
    let web = Web::serve(|_| {
        let body = json!({ "totalCount": 0, "error": "Unknown field \"moon\"", "data": null });
        (400, body.to_string())
    });
    let done = run(&format!(
        "scan --columns moon --raw-columns --endpoint {}",
        web.address
    ));
    assert_eq!(done.status, Some(3), "{}", done.stderr);
    assert!(done.stderr.contains("Unknown field"), "{}", done.stderr);
}

#[test]
fn columns_are_listed_without_a_server() {
    let done = run("fields market cap basic --format ndjson");
    assert_eq!((done.status, done.stderr.as_str()), (Some(0), ""));
    let names: Vec<Value> = done
        .json()
        .iter()
        .map(|line| line["name"].clone())
        .collect();
    assert!(names.contains(&json!("market_cap_basic")), "{names:?}");
    let done = run("fields rsi --market crypto --format csv");
    let mut lines = done.stdout.lines();
    assert_eq!(
        lines.next(),
        Some("name,type,unit,intervals,markets,title,values,note")
    );
    assert!(
        done.stdout
            .contains("\nRSI,number,,\"1,5,15,30,60,120,240,1W,1M\","),
        "{}",
        done.stdout
    );
    let done = run("fields update_mode --format ndjson");
    let note = done.json()[0]["note"].as_str().unwrap().to_owned();
    assert!(note.contains("not how old"), "{note}");
    let done = run("fields nosuchthing --strict");
    assert_eq!((done.status, done.stdout.as_str()), (Some(6), ""));
    assert_eq!(run("fields --sim").status, Some(2));
}

#[test]
fn a_refreshed_list_has_new_columns_with_their_values() {
    let fields = json!({ "fields": [
        { "n": "moon_phase", "t": "text", "r": ["full", "new"] },
        { "n": "moon_phase|60", "t": "text", "r": null },
    ]});
    let web = Web::serve(move |_| (200, fields.to_string()));
    let done = run(&format!(
        "fields moon --refresh --market coin --format ndjson --endpoint {}",
        web.address
    ));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert_eq!(
        done.stdout,
        "{\"name\":\"moon_phase\",\"type\":\"text\",\"unit\":null,\"intervals\":[\"60\"],\
         \"markets\":[\"coin\"],\"title\":null,\"values\":[\"full\",\"new\"],\"note\":null}\n"
    );
    assert_eq!(web.asked()[0].target, "/coin/metainfo");
}

/// Ratings of one symbol; the columns tell which value it is.
fn ratings(asked: &Asked) -> (u16, String) {
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    let columns = body["columns"].as_array().unwrap().iter();
    let values: Vec<Value> = columns
        .map(|column| match column.as_str().unwrap() {
            "Recommend.All|60" => json!(0.5757),
            "Recommend.MA|60" => json!(0.2),
            "Recommend.Other|60" => json!(-0.7),
            "Recommend.All" => json!(0),
            _ => Value::Null,
        })
        .collect();
    let rows = json!([{ "s": "NASDAQ:AAPL", "d": values }]);
    (200, json!({ "totalCount": 1, "data": rows }).to_string())
}

#[test]
fn ratings_are_numbers_and_words() {
    let web = Web::serve(ratings);
    let done = run(&format!("ta nasdaq:aapl --endpoint {}", web.address));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let asked = web.asked();
    assert_eq!((asked.len(), asked[0].target.as_str()), (1, "/global/scan"));
    let rows: Vec<Vec<&str>> = done
        .stdout
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows,
        [
            vec![
                "NASDAQ:AAPL",
                "1h",
                "strong",
                "buy",
                "0.58",
                "buy",
                "0.20",
                "strong",
                "sell",
                "-0.70"
            ],
            vec!["NASDAQ:AAPL", "1D", "neutral", "0.00", "-", "-", "-", "-"],
        ],
        "{}",
        done.stdout
    );
}

#[test]
fn a_symbol_or_an_interval_without_ratings_is_reported() {
    let web = Web::serve(ratings);
    let line = |more: &str| {
        format!(
            "ta {more} --no-suggest --format csv --endpoint {}",
            web.address
        )
    };
    let done = run(&line("NASDAQ:AAPL NO:SUCH"));
    assert_eq!(done.status, Some(3), "{}", done.stderr);
    assert!(done.stderr.contains("NO:SUCH: refused"), "{}", done.stderr);
    assert_eq!(done.stdout.lines().count(), 3);
    let done = run(&line("NASDAQ:AAPL -i 1h,1W --strict"));
    assert_eq!(done.status, Some(6), "{}", done.stderr);
    assert!(done.stderr.contains("interval 1W"), "{}", done.stderr);
    assert_eq!(done.stdout.lines().count(), 2);
}

#[test]
fn an_answer_that_is_cut_writes_no_rows_and_is_reported() {
    for form in ["", " chunked"] {
        let rule = format!("when request \"/america/scan\" do cut 200{form}");
        let sim = simulator(["--fault", &rule]);
        let line = format!(
            "scan --columns name --format csv --endpoint http://{}",
            sim.address()
        );
        let done = run(&line);
        assert_eq!(done.status, Some(4), "{}", done.stderr);
        let words = "the answer of scanner.tradingview.com broke off after 200 bytes";
        assert!(done.stderr.contains(words), "{}", done.stderr);
        assert!(!done.stdout.contains(':'), "{}", done.stdout);
    }
}

#[test]
fn a_search_a_scan_and_ratings_take_one_request_each() {
    for command in ["search apple", "scan", "scan --limit 500", "ta NASDAQ:AAPL"] {
        let done = run(&format!("{command} --sim -vv"));
        assert_eq!(done.status, Some(0), "{command}: {}", done.stderr);
        let answers = done.stderr.lines();
        let answers = answers.filter(|line| line.contains("tvfeed::http: answered"));
        assert_eq!(answers.count(), 1, "{command}: {}", done.stderr);
    }
}
