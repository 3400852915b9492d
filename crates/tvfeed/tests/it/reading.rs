//! Scripts, news, calendars, statements, watch-lists and drawings.

use std::io::Write;

use serde_json::{Value, json};

use crate::{
    program::{LONG, Running, run, run_command, tvfeed},
    web::{Asked, Web},
};

#[test]
fn scripts_are_listed_searched_and_shown() {
    let web = Web::serve(|asked| {
        let body = match asked.target.split('?').next().unwrap() {
            "/pine-facade/list" => json!([
                { "scriptIdPart": "STD;RSI", "scriptName": "Relative Strength Index",
                  "version": "42.0", "scriptAccess": "open_no_auth", "extra": { "kind": "study" } },
            ]),
            "/pubscripts-suggest-json/" => json!({ "next": "", "results": [
                { "scriptIdPart": "PUB;1", "scriptName": "Super Trend", "access": 3,
                  "agreeCount": 12345, "author": { "username": "somebody" } },
            ]}),
            "/pine-facade/translate/STD%3BRSI/last" => json!({ "success": true, "result": {
                "metaInfo": {
                    "description": "Relative Strength Index",
                    "inputs": [
                        { "id": "text", "type": "text", "defval": "secret code" },
                        { "id": "in_0", "name": "Length", "type": "integer", "defval": 14, "min": 1 },
                    ],
                    "plots": [{ "id": "plot_0", "type": "line" }],
                    "styles": { "plot_0": { "title": "RSI" } },
                },
            }}),
            "/pine-facade/get/PUB%3B1/last" => json!({ "source": "plot(close)\r\n" }),
            _ => return (404, "{}".to_owned()),
        };
        (200, body.to_string())
    });
    let pine = |line: &str| run(&format!("pine {line} --endpoint {}", web.address));
    let done = pine("list --format csv");
    assert_eq!(
        done.stdout,
        "id,name,kind,version,access\nSTD;RSI,Relative Strength Index,study,42.0,open_no_auth\n"
    );
    let done = pine("search super trend");
    assert_eq!(
        done.stdout,
        "ID     NAME         AUTHOR    ACCESS       LIKES\n\
         PUB;1  Super Trend  somebody  invite-only  12345\n"
    );
    let done = pine("show STD;RSI");
    assert_eq!(
        done.stdout,
        "PART   ID      NAME    TYPE     DEFAULT  OPTIONS\n\
         input  in_0    Length  integer  14       -\n\
         plot   plot_0  RSI     line     -        -\n"
    );
    assert_eq!(pine("show PUB;1 --source").stdout, "plot(close)\n");
    assert_eq!(pine("show PUB;404").status, Some(3));
    assert_eq!(pine("show RSI").status, Some(2));
}

fn headlines(asked: &Asked) -> (u16, String) {
    if asked.target.starts_with("/public/news/v1/story") {
        let text = json!({ "type": "root", "children": [
            { "type": "p", "children": ["First."] },
            { "type": "p", "children": ["Second\u{1b}[2J."] },
        ]});
        let story = json!({
            "title": "Shares rise", "published": 1_790_726_400, "ast_description": text,
            "provider": { "id": "reuters", "name": "Reuters" },
        });
        return (200, story.to_string());
    }
    let items: Vec<Value> = (1..=3)
        .map(|number| {
            json!({
                "id": format!("tag:{number}"), "title": format!("Headline {number}"),
                "published": 1_790_726_400 - number, "provider": { "id": "reuters", "name": "Reuters" },
                "permission": if number == 2 { "preview" } else { "" },
                "relatedSymbols": [{ "symbol": "NASDAQ:AAPL" }],
            })
        })
        .collect();
    (200, json!({ "items": items }).to_string())
}

#[test]
fn headlines_have_numbers_by_which_a_story_is_read() {
    let web = Web::serve(headlines);
    let news = |line: &str| run(&format!("news {line} --endpoint {}", web.address));
    let done = news("NASDAQ:AAPL -n 2 --format csv");
    assert_eq!(
        done.stdout,
        "number,time,provider,title,symbols,id,gated,link\n\
         1,1790726399,Reuters,Headline 1,NASDAQ:AAPL,tag:1,false,\n\
         2,1790726398,Reuters,Headline 2,NASDAQ:AAPL,tag:2,true,\n"
    );
    let target = &web.asked()[0].target;
    assert!(target.contains("filter=symbol%3ANASDAQ%3AAAPL"), "{target}");
    let done = news("NASDAQ:AAPL --story 2");
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert_eq!(
        done.stdout,
        "Shares rise\n\n2026-09-30 00:00, Reuters\n\nFirst.\nSecond[2J.\n"
    );
    let asked = web.asked();
    assert!(asked[1].target.contains("id=tag%3A2&"), "{asked:?}");
    assert_eq!(news("--story tag:9").status, Some(0));
    assert_eq!(news("--story 4").status, Some(2));
    assert_eq!(news("AAPL").status, Some(2));
}

#[test]
fn economic_events_are_asked_for_by_the_week_and_in_pieces_if_there_are_too_many() {
    let web = Web::serve(|asked| {
        let is_whole_week =
            asked.target.contains("from=2026-01-01") && asked.target.contains("to=2026-01-08");
        let count = if is_whole_week { 2_000 } else { 1 };
        let event = json!({
            "id": "1", "title": "Inflation", "country": "US", "date": "2026-01-02T13:30:00.000Z",
            "importance": 1, "actual": 3.1, "previous": 3.0, "unit": "%", "period": "Dec",
        });
        (
            200,
            json!({ "status": "ok", "result": vec![event; count] }).to_string(),
        )
    });
    let done = run(&format!(
        "calendar economic --from 2026-01-01 --to 2026-01-10 --country us --format csv --endpoint {}",
        web.address
    ));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let lines: Vec<&str> = done.stdout.lines().collect();
    // Two halves of the first week, then the second week.
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(lines[1], "1767360600,US,high,Inflation,Dec,3.1,,3,,%,,,1");
    assert_eq!(web.asked().len(), 4);
}

#[test]
fn companies_of_a_calendar_stand_in_the_order_of_time() {
    let web = Web::serve(|asked| {
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        let columns = body["columns"].as_array().unwrap();
        let row = |symbol: &str, next: i64| {
            let values: Vec<Value> = columns
                .iter()
                .map(|column| match column.as_str().unwrap() {
                    "description" => json!("Company"),
                    "market" => json!("america"),
                    "earnings_release_next_date" => json!(next),
                    "earnings_release_date" => json!(1_000),
                    "fundamental_currency_code" => json!("USD"),
                    _ => Value::Null,
                })
                .collect();
            json!({ "s": symbol, "d": values })
        };
        let rows = json!([row("A:LATE", 1_767_520_000), row("A:EARLY", 1_767_430_000)]);
        (200, json!({ "totalCount": 2, "data": rows }).to_string())
    });
    let done = run(&format!(
        "calendar earnings --from 2026-01-01 --to 2026-01-08 --market america --format csv --endpoint {}",
        web.address
    ));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert_eq!(
        done.stdout,
        "time,symbol,description,market,earnings_per_share_forecast_next_fq,earnings_per_share_fq,\
         eps_surprise_percent_fq,currency\n\
         1767430000,A:EARLY,Company,america,,,,USD\n\
         1767520000,A:LATE,Company,america,,,,USD\n"
    );
    let asked = web.asked();
    assert_eq!(
        asked[0].target,
        "/global/scan?label-product=calendar-earnings"
    );
    for line in [
        "calendar economic --market america",
        "calendar ipo --country US",
        "calendar ipo --from 2026-01-02 --to 2026-01-01",
        "calendar ipo --from tomorrow",
    ] {
        assert_eq!(run(&format!("{line} --sim")).status, Some(2), "{line}");
    }
}

#[test]
fn statements_are_long_tables() {
    let web = Web::serve(|_| {
        let values = json!({
            "total_revenue_fy_h": [416_161_000_000_i64, 391_035_000_000_i64],
            "total_revenue_fq_h": [100, null], "fiscal_period_fy_h": ["2025", "2024"],
            "fundamental_currency_code": "USD",
        });
        (200, values.to_string())
    });
    let line = format!(
        "statements NASDAQ:AAPL --format csv --endpoint {}",
        web.address
    );
    let done = run(&line);
    assert_eq!(
        done.stdout,
        "item,period,ago,year,value,currency\n\
         total_revenue,FY,0,2025,416161000000,USD\n\
         total_revenue,FY,1,2024,391035000000,USD\n\
         total_revenue,FQ,0,,100,USD\n"
    );
    let done = run(&format!("{line} --period fy -n 1"));
    assert_eq!(done.stdout.lines().count(), 2);
}

fn lists(_: &Asked) -> (u16, String) {
    let lists = json!([
        { "id": 7, "type": "custom", "name": "Mine", "active": true,
          "symbols": ["NASDAQ:AAPL", "###Crypto", "BINANCE:BTCUSDT"] },
        { "type": "colored", "color": "red", "symbols": [] },
    ]);
    (200, lists.to_string())
}

#[test]
fn watch_lists_of_an_account_are_listed_and_shown() {
    let web = Web::serve(lists);
    let watchlist = |line: &str| {
        let line = format!("watchlist {line} --endpoint {}", web.address);
        let mut command = tvfeed(line.split(' '));
        command.env("TV_COOKIES", "sessionid=abc; sessionid_sign=def");
        run_command(command)
    };
    let done = watchlist("list --format csv");
    assert_eq!(
        done.stdout,
        "id,name,type,color,symbols,active,modified\n7,Mine,custom,,2,true,\n,,colored,red,0,,\n"
    );
    let expected = "group,symbol\n,NASDAQ:AAPL\nCrypto,BINANCE:BTCUSDT\n";
    assert_eq!(watchlist("show Mine --format csv").stdout, expected);
    assert_eq!(watchlist("show 7 --format csv").stdout, expected);
    let done = watchlist("show Mine --text");
    assert_eq!(done.stdout, "NASDAQ:AAPL,###Crypto,BINANCE:BTCUSDT\n");
    let done = watchlist("show Yours");
    assert_eq!(done.status, Some(2));
    assert!(done.stderr.contains("has: Mine"), "{}", done.stderr);
}

#[test]
fn a_server_that_wants_an_account_ends_with_five() {
    let web = Web::serve(|_| {
        let body = json!({ "detail": "Authentication credentials were not provided." });
        (401, body.to_string())
    });
    let done = run(&format!("watchlist list --endpoint {}", web.address));
    assert_eq!(done.status, Some(5), "{}", done.stderr);
    assert!(done.stderr.contains("sign in"), "{}", done.stderr);
}

#[test]
fn text_files_of_watch_lists_go_in_and_out() {
    let convert = |line: &str, input: &str| {
        let mut command = tvfeed(line.split(' '));
        let mut child = command
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        Running(Some(child)).output(LONG)
    };
    let text = "NASDAQ:AAPL,###Crypto,BINANCE:BTCUSDT\n";
    let done = convert("watchlist read - --format csv", text);
    assert_eq!(
        done.stdout,
        "group,symbol\n,NASDAQ:AAPL\nCrypto,BINANCE:BTCUSDT\n"
    );
    let done = convert(
        "watchlist write -",
        "# mine\nNASDAQ:AAPL\n###Crypto\nBINANCE:BTCUSDT\n",
    );
    assert_eq!(done.stdout, text);
    assert_eq!(run("watchlist read /no/such/file").status, Some(2));
    assert_eq!(run("watchlist read x.txt --sim").status, Some(2));
}

#[test]
fn drawings_of_a_layout_need_its_token() {
    let web = Web::serve(|asked| {
        if asked.target.starts_with("/chart-token/") {
            return (200, json!({ "token": "CANARY-token" }).to_string());
        }
        let drawing = json!({
            "id": "x", "symbol": "NASDAQ:TSLA", "serverUpdateTime": 1_790_726_400_123_i64,
            "state": { "type": "LineToolTrendLine",
                       "points": [{ "time_t": 1_790_726_400, "price": 214.5 }] },
        });
        let body = json!({ "success": true, "payload": { "sources": { "x": drawing } } });
        (200, body.to_string())
    });
    let done = run(&format!(
        "drawings https://www.tradingview.com/chart/a1B2c3D4/ -vvv --endpoint {}",
        web.address
    ));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert_eq!(
        done.stdout,
        "ID  TOOL       SYMBOL       POINTS                     UPDATED\n\
         x   TrendLine  NASDAQ:TSLA  2026-09-30 00:00 at 214.5  2026-09-30 00:00\n"
    );
    assert!(!done.stderr.contains("CANARY"), "{}", done.stderr);
    let asked = web.asked();
    assert!(asked[0].target.contains("image_url=a1B2c3D4"));
    assert!(asked[1].target.contains("jwt=CANARY-token"));
    assert_eq!(run("drawings ../x --sim").status, Some(2));
}
