//! Answers in shapes that are not recorded, but that the recorded ones make likely: other symbols,
//! missing keys, nulls, numbers as text, empty lists, additional keys, other languages.
//!
//! All of them are made by hand. Each is read by its question, and written again without a loss.

use std::fmt::Debug;

use protocol::record::same_json;
use serde::Serialize;
use serde_json::{Value, json};
use tv_http::{
    account::{PageUser, SignIn, SignInStep},
    calendar::EconomicCalendar,
    fundamentals::{Currencies, FieldList, Statements},
    layouts::{ChartToken, Drawings, LayoutToken},
    news::{Headlines, NewsFlow, OlderStory, Story, SymbolNews},
    pine::{
        PermissionResult, Permissions, ScriptFilter, ScriptId, ScriptList, ScriptSearch,
        ScriptSource, ScriptVersions, Translate,
    },
    scanner::{Column, EnumLists, Market, Metainfo, Scan, Snapshot},
    search::{LegacySearch, Search},
    symbol_page::{Details, Ideas, Minds},
    watchlists::WatchLists,
    wire::{Answer, AnswerError, Endpoint},
};

/// Reads a hand-made answer, and checks that it is written as it came.
fn read<E>(question: &E, answer: &Value) -> E::Output
where
    E: Endpoint,
    E::Output: Serialize + Debug,
{
    let found = parse(question, answer);
    let written = serde_json::to_value(&found).unwrap();
    assert!(
        same_json(&written, answer),
        "{answer}\nwas read as\n{written}"
    );
    found
}

fn parse<E: Endpoint>(question: &E, answer: &Value) -> E::Output {
    let parsed = question.parse(&Answer::new(200, answer.to_string()));
    parsed.unwrap_or_else(|error| panic!("{error}: {answer}"))
}

/// A test of a step.
fn is(test: fn(&SignInStep) -> bool) -> fn(&SignInStep) -> bool {
    test
}

fn id(text: &str) -> ScriptId {
    ScriptId::new(text).unwrap()
}

#[test]
fn searches_of_other_symbols() {
    let search = Search::new("btc");
    let page = read(
        &search,
        &json!({
            "symbols_remaining": "178",
            "symbols": [
                { "symbol": "BTCUSDT.P", "description": "Bitcoin / TetherUS — контракт", "type": "swap", "exchange": "Bybit",
                  "prefix": "BYBIT", "currency_code": "USDT", "currency-logoid": "crypto/XTVCUSDT", "base-currency-logoid": "crypto/XTVCBTC",
                  "logo": { "style": "pair", "logoid": "crypto/XTVCBTC", "logoid2": "crypto/XTVCUSDT" }, "country": null,
                  "typespecs": ["crypto", "perpetual"], "params": [], "source2": { "id": "BYBIT", "name": "Bybit", "description": "Bybit" },
                  "found_by_isin": false, "found_by_cusip": false, "provider_id": "bybit", "source_id": "BYBIT" },
                { "symbol": "<em>700</em>", "description": "騰訊控股 &amp; Co", "type": "stock", "exchange": "HKEX", "source_id": "HKEX",
                  "isin": "KYG875721634", "cik_code": 1293451, "is_primary_listing": "true", "ipo_offer_time": null, "new_key": { "a": [1] } },
                { "symbol": "ES", "type": "futures", "exchange": "CME", "prefix": "CME_MINI", "contracts": [
                    { "symbol": "ES1!", "typespecs": ["continuous", "synthetic"], "description": "Current contract", "source_logoid": null },
                    { "symbol": "ESZ2026" }, null, "ESH2027" ] },
                null,
                { "description": "without a symbol" }
            ]
        }),
    );
    assert_eq!(page.symbols_remaining, Some(178));
    assert_eq!(page.symbols[0].id().unwrap(), "BYBIT:BTCUSDT.P");
    assert_eq!(page.symbols[1].symbol.as_deref(), Some("700"));
    assert_eq!(page.symbols[1].id().unwrap(), "HKEX:700");
    let future = page
        .symbols
        .iter()
        .find(|it| it.prefix.as_deref() == Some("CME_MINI"));
    assert_eq!(
        future.unwrap().contract_ids()[..2],
        ["CME_MINI:ES1!", "CME_MINI:ESZ2026"]
    );
    for empty in [
        json!({ "symbols_remaining": 0, "symbols": [] }),
        json!({ "symbols_remaining": null, "symbols": null }),
        json!({ "symbols": [] }),
        json!({}),
    ] {
        assert!(read(&search, &empty).symbols.is_empty());
    }
    let legacy = LegacySearch::new("x");
    assert!(read(&legacy, &json!([])).is_empty());
    let found = read(
        &legacy,
        &json!([{ "symbol": "EURUSD", "exchange": "FXCM", "prefix": "FX", "type": "forex", "contracts": null }]),
    );
    assert_eq!(found[0].id().unwrap(), "FX:EURUSD");
}

#[test]
fn scans_with_cells_of_any_kind() {
    let scan = Scan::new(Market::GLOBAL).select([
        Column::CLOSE,
        Column::from("typespecs"),
        Column::from("sector"),
    ]);
    let page = read(
        &scan,
        &json!({
            "totalCount": "3",
            "data": [
                { "s": "FX:EURUSD", "d": [1.17, [], null] },
                { "s": "NSE:M&M", "d": ["2,500.5", ["common"], "Consumer Durables"], "extra": 1 },
                { "s": "BSE:500325", "d": [] }
            ],
            "params": { "global": { "preset": "x" } }
        }),
    );
    assert_eq!((page.len(), page.total_count), (3, Some(3)));
    assert_eq!(page.row(0).unwrap().number(&Column::CLOSE), Some(1.17));
    assert_eq!(page.row(2).unwrap().number(&Column::CLOSE), None);
    for empty in [
        json!({ "totalCount": 0, "data": [] }),
        json!({ "totalCount": 0, "data": null, "error": null }),
        json!({ "totalCount": 0, "data": [], "error": "" }),
        json!({ "totalCount": 0 }),
    ] {
        assert!(read(&scan, &empty).is_empty(), "{empty}");
    }
    // Rows that cannot be read are kept as they came.
    let odd = json!({ "totalCount": 2, "data": [null, { "d": [1] }, { "s": "A:B", "d": [2] }] });
    assert_eq!(read(&scan, &odd).len(), 1);
    let options = Scan::options("NASDAQ:AAPL")
        .unwrap()
        .select(["strike", "iv"]);
    let chain = read(
        &options,
        &json!({
            "totalCount": 2, "fields": ["strike", "iv"], "time": "2026-04-24T13:45:37Z",
            "symbols": [{ "s": "OPRA:AAPL270115P310.0", "f": [310, 0.2796] }, { "s": "OPRA:AAPL270115C2.5", "f": ["2.5", null] }]
        }),
    );
    assert_eq!(
        chain.row(1).unwrap().number(&Column::from("strike")),
        Some(2.5)
    );
    assert_eq!(chain.row(1).unwrap().number(&Column::from("iv")), None);
}

#[test]
fn snapshots_and_lists_of_the_scanner() {
    let snapshot = Snapshot::new("NASDAQ:AAPL")
        .unwrap()
        .select([Column::CLOSE, Column::RSI]);
    let values = read(
        &snapshot,
        &json!({ "close": "258.83", "RSI": null, "other": { "a": 1 } }),
    );
    assert_eq!(values.number(&Column::CLOSE), Some(258.83));
    assert_eq!(values.number(&Column::RSI), None);
    assert_eq!(read(&snapshot, &json!({})).iter().len(), 0);
    let statements = Statements::new("NYSE:KO").unwrap();
    let table = parse(
        &statements,
        &json!({
            "total_revenue_fy_h": ["47061000000", null, 45754000000.0], "fiscal_period_fy_h": [2025, "2024", null],
            "fundamental_currency_code": null, "ebitda_fq_h": [], "net_income_fq_h": null, "total_assets_fy_h": "none"
        }),
    );
    assert_eq!((table.currency, table.rows.len()), (None, 2));
    assert_eq!(
        (table.rows[0].year.as_deref(), table.rows[0].value),
        (Some("2025"), 47_061_000_000.0)
    );
    let metainfo = Metainfo::new(Market::BOND);
    let fields = read(
        &metainfo,
        &json!({ "financial_currency": null, "fields": [
            { "n": "coupon", "t": "number", "r": null },
            { "n": "exchange", "t": "text", "r": [{ "id": "FINRA", "name": "FINRA" }, "BER", null] },
            { "n": "new", "t": "a-new-kind", "r": {}, "d": "2026" }
        ] }),
    );
    assert_eq!(
        fields.fields[1].allowed().collect::<Vec<_>>(),
        ["FINRA", "BER"]
    );
    assert!(read(&metainfo, &json!({ "fields": [] })).fields.is_empty());
    let lists = EnumLists::new(["sector", "country"]);
    let tables = read(
        &lists,
        &json!({ "sector": [{ "id": "Finance", "name": "Finanzen", "options": {} }], "country": [] }),
    );
    assert_eq!(tables.get("sector")[0].name.as_deref(), Some("Finanzen"));
    assert!(read(&lists, &json!({})).get("sector").is_empty());
}

#[test]
fn scripts_with_more_and_with_less() {
    let list = ScriptList::new(ScriptFilter::Saved);
    assert!(read(&list, &json!([])).is_empty());
    let scripts = read(
        &list,
        &json!([
            { "scriptIdPart": "USER;0a1b", "scriptName": "Мой скрипт", "scriptTitle": null, "version": 3.0, "modified": 1764518400,
              "userId": "77", "extra": { "kind": "study", "tags": null, "isBeta": "false", "sourceInputsCount": "4", "isNewKey": true } },
            { "scriptIdPart": "PUB;0a1b", "scriptName": "x", "extra": null, "scriptAccess": "a_new_access" }
        ]),
    );
    assert_eq!(scripts[0].id().unwrap(), id("USER;0a1b"));
    let search = ScriptSearch::new("trend");
    assert!(
        read(&search, &json!({ "results": [], "next": null }))
            .results
            .is_empty()
    );
    let page = read(
        &search,
        &json!({ "results": [{ "scriptIdPart": "PUB;0a1b", "version": "7.0", "scriptName": "A &amp; B", "access": "3",
            "author": { "id": "5", "username": "x", "is_broker": null }, "agreeCount": 1200.0, "isRecommended": 1 }], "next": "/pubscripts-suggest-json/?offset=20" }),
    );
    assert!(page.results[0].is_invite_only());
    let translate = Translate::new(id("PUB;0a1b"));
    let translated = read(
        &translate,
        &json!({ "success": true, "reason2": { "warnings": null }, "result": { "IL": "x", "metaInfo": {
            "id": "Script$PUB;0a1b@tv-scripting-101!", "scriptIdPart": "PUB;0a1b", "description": "x",
            "inputs": [
                { "id": "text", "type": "text", "defval": "x", "isHidden": true },
                { "id": "in_0", "name": "Länge", "type": "integer", "defval": "14", "min": "1", "max": 1e12, "options": [7, "14"], "inline": null },
                { "id": "in_1", "type": "session", "defval": "0930-1600" },
                { "id": "in_2", "type": "a_new_type", "defval": { "r": 1 } }
            ],
            "plots": [], "styles": {}, "defaults": { "inputs": {}, "styles": null }, "pine": { "version": "6", "digest": null }, "_metainfoVersion": 53
        } } }),
    );
    assert_eq!(translated.meta_info().unwrap().user_inputs().count(), 3);
    let code = read(
        &ScriptSource::new(id("USER;0a1b")),
        &json!({ "scriptName": "x", "source": "//@version=6\r\nindicator(\"x\")", "version": "1.0", "lastVersionMaj": "1", "extra": {}, "created": "2026-01-02T03:04:05Z", "updated": null }),
    );
    assert!(code.source.unwrap().contains("\r\n"));
    let versions = read(
        &ScriptVersions::new(id("PUB;0a1b")),
        &json!([{ "version": 2, "created": "2026-07-29T18:06:16.612498Z" }, { "version": "1.0" }]),
    );
    assert_eq!(versions[0].version.as_deref(), Some("2"));
    let users = parse(
        &Permissions::list(id("PUB;0a1b"), 10),
        &json!({ "results": [{ "username": "x", "expiration": null, "created": "2026-01-02T03:04:05.123456+00:00", "userpic": "y" }], "next": null }),
    );
    let PermissionResult::Users(page) = users else {
        panic!("{users:?}");
    };
    assert_eq!((page.results.len(), page.results[0].expiration), (1, None));
}

#[test]
fn news_of_other_kinds_and_languages() {
    let item = json!({ "id": "tag:reuters.com,2026:newsml_L1", "title": "„Größe“ &amp; 日本株は&nbsp;反発", "published": "1764518400", "urgency": 1,
        "provider": { "id": "reuters", "name": "Reuters", "logo_id": null }, "paywall": false, "permission": "preview",
        "relatedSymbols": [{ "symbol": "TSE:7203", "logoid": null }, { "symbol": "FX:USDJPY", "currency-logoid": "country/JP", "base-currency-logoid": "country/US" }, null],
        "storyPath": "/news/x/", "link": null, "is_flash": "true", "new_key": [] });
    let flow = NewsFlow::new();
    let page = read(
        &flow,
        &json!({ "items": [item, null], "pagination": { "cursor": null }, "streaming": null }),
    );
    assert!(page.items[0].is_gated());
    assert_eq!(page.items[0].published.unwrap().seconds(), 1_764_518_400);
    for empty in [
        json!({ "items": [] }),
        json!({ "items": null, "pagination": {} }),
        json!({}),
    ] {
        assert!(read(&flow, &empty).items.is_empty());
    }
    let news = SymbolNews::new("TSE:7203", "ja").unwrap();
    let page = read(
        &news,
        &json!({ "items": [item], "sections": [{ "id": "earnings", "title": "決算" }, { "id": 7 }] }),
    );
    assert_eq!(page.sections.len(), 2);
    let older = Headlines::of_symbol("TSE:7203").unwrap();
    let page = read(
        &older,
        &json!({ "items": [{ "id": "urn:newsml:x", "title": "x", "provider": "dow-jones", "source": "DJ", "sourceLogoId": null, "published": 1764518400.0, "urgency": "2" }], "streaming": { "channel": "x" } }),
    );
    assert_eq!(page.items[0].provider_name(), Some("DJ"));
    let before = parse(
        &older,
        &json!([{ "id": "x", "title": "y", "permission": "headline", "astDescription": null }]),
    );
    assert_eq!(before.items.len(), 1);
    let tree = json!({ "type": "root", "children": [
        { "type": "p", "children": ["Kurs von ", { "type": "symbol", "params": { "symbol": "XETR:SAP", "text": "SAP" } }, " steigt."] },
        { "type": "a-new-kind", "params": null, "children": [{ "type": "p", "children": ["Neu"] }] },
        { "type": "table", "children": [{ "type": "table-row", "children": [{ "type": "table-data-cell", "children": ["1"] }] }] },
        42, null
    ] });
    let story = Story::new("x", "de");
    let text = read(
        &story,
        &json!({ "id": "x", "title": "y", "ast_description": tree, "short_description": null, "language": "de", "tags": [], "published": 1764518400, "urgency": 2, "provider": { "id": "x" }, "read_time": "61" }),
    );
    assert!(text.to_text().unwrap().starts_with("Kurs von SAP steigt."));
    assert_eq!(text.tree().unwrap().symbols(), ["XETR:SAP"]);
    let bare = read(
        &OlderStory::new("x", "de"),
        &json!({ "id": "x", "title": "y", "provider": "x", "shortDescription": "Kurz", "astDescription": null, "tags": [{ "title": "T", "args": null }], "relatedSymbols": [] }),
    );
    assert!(bare.tree().is_none());
}

#[test]
fn calendars_pages_and_lists() {
    let calendar = EconomicCalendar::new("2026-11-27T00:00:00Z", "2026-12-04T00:00:00Z").unwrap();
    let events = read(
        &calendar,
        &json!({ "status": "ok", "result": [
            { "id": 354_321, "title": "BoJ Gov Ueda Speech", "country": "JP", "indicator": "Interest Rate", "period": "", "referenceDate": null,
              "source": "Bank of Japan", "source_url": "", "actual": null, "previous": null, "forecast": null, "currency": "JPY", "importance": 1,
              "date": "2026-11-30T01:05:00.000Z" },
            { "id": "sim-US-7", "title": "Non Farm Payrolls", "country": "US", "actual": "227", "actualRaw": 227000.0, "scale": "K", "unit": null,
              "importance": "-1", "date": "2026-12-04T13:30:00.000Z", "ticker": "ECONOMICS:USNFP", "category": "lbr", "new": 1 },
            { "id": "x", "importance": 3, "date": null }
        ] }),
    );
    assert_eq!(
        (events.result.len(), events.result[1].actual),
        (3, Some(227.0))
    );
    assert!(
        read(&calendar, &json!({ "status": "ok", "result": [] }))
            .result
            .is_empty()
    );
    assert!(
        read(&calendar, &json!({ "status": "ok", "result": null }))
            .result
            .is_empty()
    );
    let minds = Minds::new("FX:EURUSD").unwrap();
    assert!(
        read(
            &minds,
            &json!({ "results": [], "next": "", "prev": null, "meta": {} })
        )
        .results
        .is_empty()
    );
    let page = read(
        &minds,
        &json!({ "results": [{ "uid": "x", "text": "a &lt; b", "text_ast": null, "author": null, "created": "2026-07-16T10:11:12.123456+00:00", "symbols": [], "total_likes": "3", "modified": null, "hidden": 0 }], "next": "/api/v1/minds/?c=x", "meta": { "symbol": "FX:EURUSD" } }),
    );
    assert_eq!(page.results.len(), 1);
    let ideas = Ideas::new("FX:EURUSD").unwrap();
    let page = parse(
        &ideas,
        &json!({ "data": { "ideas": { "data": { "items": [{ "id": "9", "name": "x", "likes_count": null, "user": { "username": "y" }, "created_at": "2026-01-02T03:04:05+00:00" }, null] } } } }),
    );
    assert_eq!(page.ideas[0].name.as_deref(), Some("x"));
    assert!(
        parse(
            &ideas,
            &json!({ "data": { "ideas": { "data": { "items": [] } } } })
        )
        .ideas
        .is_empty()
    );
    let details = Details::new("FX:EURUSD").unwrap();
    for shape in [
        json!({ "data": null }),
        json!({ "data": [] }),
        json!({}),
        json!({ "data": { "symbol": null } }),
    ] {
        read(&details, &shape);
    }
    let fields = read(
        &FieldList,
        &json!([{ "id": "x_fq", "name": "X", "history": "1", "pricescale": 100, "hidden": 0, "tags": null, "ordinal": 3.0, "period": "FH" }]),
    );
    assert_eq!(fields[0].period.as_deref(), Some("FH"));
    assert_eq!(
        read(
            &Currencies,
            &json!([{ "id": "XTVCBTC", "code": "BTC", "logoid": null }])
        )
        .len(),
        1
    );
    let lists = parse(
        &WatchLists::all(),
        &json!([{ "id": "7", "type": "custom", "name": "Ä", "symbols": ["###\u{2064}A", "NASDAQ:AAPL"], "active": 1, "color": null, "created": "2026-01-02T03:04:05+00:00" }, { "id": null, "type": "colored", "color": "red", "symbols": [] }, { "name": "empty", "symbols": null }]),
    );
    assert_eq!((lists.len(), lists[0].id), (3, Some(7)));
}

#[test]
fn layouts_and_sign_ins() {
    let drawings = Drawings::new("x", LayoutToken::new("y"));
    for none in [
        json!({ "success": true, "payload": { "sources": {} } }),
        json!({ "success": true, "payload": { "sources": [] } }),
        json!({ "success": true, "payload": { "sources": null } }),
        json!({ "success": true, "payload": null }),
    ] {
        assert!(read(&drawings, &none).drawings().is_empty(), "{none}");
    }
    let one = read(
        &drawings,
        &json!({ "success": true, "payload": { "sources": { "a": { "id": "a", "symbol": "FX:EURUSD", "ownerSource": null, "currencyId": null, "serverUpdateTime": "1764518400000",
            "state": { "type": "LineToolANewOne", "points": [{ "time_t": "1764518400", "price": "1.17", "offset": 0.0 }, { "price": null }], "state": { "text": "Ä &lt;" }, "zorder": -1.5 } }, "b": null } } }),
    );
    assert!(one.drawings()["a"].tool().is_some());
    let token = ChartToken::new("x", None);
    let refused = token
        .parse(&Answer::new(200, r#"{"detail":"wrong layout"}"#))
        .unwrap_err();
    assert!(matches!(refused, AnswerError::Refused { .. }), "{refused}");
    let sign_in = SignIn::new("a", "b");
    let step = parse(
        &sign_in,
        &json!({ "error": "", "user": { "id": 41, "username": "x", "pro_plan": "", "is_trial": 0, "trial_days_left": "0", "settings": {}, "badges": [], "auth_token": "a.b.c", "pro_plan_original_name": "Premium", "new": null } }),
    );
    assert!(matches!(step, SignInStep::Done(_)), "{step:?}");
    for (body, is_expected) in [
        (
            json!({ "error": "Zu viele Versuche", "code": "rate_limit" }),
            is(|step| matches!(step, SignInStep::RateLimited { .. })),
        ),
        (
            json!({ "code": "2FA_required", "two_factor_types": null }),
            is(|step| matches!(step, SignInStep::SecondFactor(kinds) if kinds.is_empty())),
        ),
        (
            json!({ "code": "2FA_required", "two_factor_types": [{ "name": "passkey" }, "totp"] }),
            is(|step| matches!(step, SignInStep::SecondFactor(kinds) if kinds.len() == 1)),
        ),
        (
            json!({ "error": "Gesperrt", "code": "user_blocked" }),
            is(|step| matches!(step, SignInStep::Refused { .. })),
        ),
    ] {
        let step = parse(&sign_in, &body);
        assert!(is_expected(&step), "{body}: {step:?}");
    }
    let page = "<html><script>var user={\"id\":\"41\",\"username\":\"Ünal\",\"settings\":{\"a\":\"{\\\"auth_token\\\":\\\"no\\\"}\"},\"auth_token\":\"a.b.c\"};</script>";
    let user = PageUser.parse(&Answer::new(200, page)).unwrap();
    assert_eq!((user.id, user.token.unwrap().expose()), (Some(41), "a.b.c"));
}
