//! Every recorded answer: read into its type, with nothing lost and nothing odd.
//!
//! The recordings are not part of this repository. `TV_HTTP_DIR` says where they are; run these
//! tests with `--include-ignored`.

use std::{env, fmt::Debug, fs, path::PathBuf};

use protocol::record::same_json;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tv_http::{
    account::{FactorKind, PageUser, SecondFactor, SignIn, SignInStep, User},
    calendar::EconomicEvents,
    fundamentals::{Currency, FundamentalField},
    json::Decoded,
    layouts::LayoutSources,
    news::{Headline, NewsPage, StoryText},
    pine::{Script, ScriptCode, Translated},
    scanner::{
        COUNTRIES, Catalogue, Column, EnumTables, Market, MarketFields, MetaField, Scan, ScanPage,
        SymbolRatings, SymbolValues, TechnicalRatings,
    },
    search::{Found, SearchPage},
    symbol_page::MindsPage,
    wire::{Answer, Endpoint},
};

fn folder() -> PathBuf {
    env::var_os("TV_HTTP_DIR")
        .expect("TV_HTTP_DIR names a folder of recorded answers")
        .into()
}

/// The text of the one recording whose name ends so.
fn read(end: &str) -> String {
    let files = fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().path());
    let named = |path: &PathBuf| path.to_string_lossy().ends_with(end);
    let found: Vec<PathBuf> = files.filter(named).collect();
    assert_eq!(found.len(), 1, "{end}: {found:?}");
    fs::read_to_string(&found[0]).unwrap()
}

/// How much JSON the changed copies of a recording have together.
const CHANGED_BYTES: usize = 4_000_000;

/// Copies of a value with one part changed in each: gone, or of another kind. Items of lists stay
/// what they are.
fn changed(value: &Value) -> Vec<Value> {
    let mut places = Vec::new();
    collect(value, String::new(), &mut places);
    let others = [
        json!(null),
        json!("7"),
        json!(7),
        json!(true),
        json!([]),
        json!([{}]),
        json!({"x": 1}),
    ];
    let copies = CHANGED_BYTES / value.to_string().len().max(1);
    // Every n-th, so that all parts of a long recording have their turn.
    let step = places.len() * (others.len() + 1) / copies.max(1) + 1;
    let changes = places.iter().flat_map(|place| {
        let set = others.iter().map(move |other| (place, Some(other)));
        set.chain([(place, None)])
    });
    let changes = changes.step_by(step);
    changes
        .map(|(place, other)| change(value, place, other))
        .collect()
}

/// The places of all values of objects, as JSON pointers.
fn collect(value: &Value, place: String, out: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let place = format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"));
                out.push(place.clone());
                collect(value, place, out);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{place}/{index}"), out);
            }
        }
        _ => {}
    }
}

/// A copy with another value at a place, or none.
fn change(value: &Value, place: &str, other: Option<&Value>) -> Value {
    let mut copy = value.clone();
    if let Some(other) = other {
        *copy.pointer_mut(place).unwrap() = other.clone();
    } else {
        let (parent, key) = place.rsplit_once('/').unwrap();
        let key = key.replace("~1", "/").replace("~0", "~");
        let fields = copy.pointer_mut(parent).unwrap().as_object_mut();
        fields.unwrap().remove(&key);
    }
    copy
}

/// Reads a recording, checks that nothing is lost, also where parts are gone or of another kind,
/// and that only `unknown` keys have no field.
fn whole<T: DeserializeOwned + Serialize + Decoded + Debug>(end: &str, unknown: &[&str]) -> T {
    let text = read(end);
    let read: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{end}: {error}"));
    let written = serde_json::to_value(&read).unwrap();
    assert!(
        same_json(&written, &serde_json::from_str(&text).unwrap()),
        "{end}: something is lost"
    );
    let copies = changed(&serde_json::from_str(&text).unwrap());
    assert!(!copies.is_empty(), "{end}");
    for copy in copies {
        let read: T = serde_json::from_value(copy.clone())
            .unwrap_or_else(|error| panic!("{end}: {error}: {copy}"));
        let written = serde_json::to_value(&read).unwrap();
        assert!(
            same_json(&written, &copy),
            "{end}: something is lost: {copy}"
        );
    }
    let surprises = read
        .surprises()
        .into_iter()
        .map(|surprise| surprise.to_string());
    let surprises: Vec<String> = surprises
        .filter(|it| !unknown.contains(&it.as_str()))
        .collect();
    assert_eq!(surprises, Vec::<String>::new(), "{end}");
    read
}

#[test]
#[ignore = "needs TV_HTTP_DIR"]
fn recorded_searches_are_whole() {
    let page: SearchPage = whole("symbol-search-v3-AAPL.json", &[]);
    let ids: Vec<String> = page
        .symbols
        .iter()
        .map(|it| it.id().unwrap().to_string())
        .collect();
    assert_eq!(
        &ids[..4],
        ["NASDAQ:AAPL", "TSX:AAPL", "BMV:AAPL", "BCBA:AAPL"]
    );
    let page: SearchPage = whole("symbol-search-v3-siemens-hl1.json", &[]);
    assert_eq!(page.symbols_remaining, Some(689));
    assert_eq!(page.symbols[1].symbol.as_deref(), Some("SIEMENS"));
    let future = page
        .symbols
        .iter()
        .find(|it| !it.contracts.is_empty())
        .unwrap();
    assert_eq!(future.contract_ids()[0], "NSE:SIEMENS1!");
    assert!(!format!("{page:?}").contains("<em>"));
    let found: Vec<Found> = whole("symbol-search-v1-WTI.json", &[]);
    assert_eq!(found.len(), 50);
    assert_eq!(found[1].contract_ids()[0], "MATBAROFEX:WTI1!");
}

#[test]
#[ignore = "needs TV_HTTP_DIR"]
fn recorded_scans_are_whole() {
    let page: ScanPage = whole("scan-germany.json", &[]);
    assert_eq!((page.len(), page.total_count), (5, Some(33_678)));
    let page: ScanPage = whole("sdk.scan-america.json", &[]);
    assert_eq!((page.len(), page.total_count), (5, Some(350)));
    let page: ScanPage = whole("scan-america-2021.json", &[]);
    assert_eq!(page.row(0).unwrap().cells.len(), 23);
    let scan = Scan::new(Market::AMERICA).select([
        Column::NAME,
        Column::DESCRIPTION,
        Column::CLOSE,
        Column::CHANGE,
        Column::VOLUME,
        Column::MARKET_CAP,
    ]);
    let page = scan
        .parse(&Answer::new(200, read("sdk.scan-america.json")))
        .unwrap();
    let row = page.row(0).unwrap();
    assert_eq!(
        (row.symbol, row.number(&Column::CLOSE)),
        ("NASDAQ:NVDA", Some(200.75))
    );
    let tuples: Vec<(f64, i64)> = page
        .rows()
        .map(|row| {
            (
                row.number(&Column::CHANGE).unwrap(),
                row.number(&Column::VOLUME).unwrap() as i64,
            )
        })
        .collect();
    assert_eq!(tuples[0].1, 139_954_432);
}

#[test]
#[ignore = "needs TV_HTTP_DIR"]
fn recorded_requests_of_the_site_are_scans() {
    let requests: Vec<Value> = serde_json::from_str(&read("screener-requests.json")).unwrap();
    assert_eq!(requests.len(), 7);
    for request in requests {
        let body = &request["query"];
        let scan = Scan::from_body(Market::AMERICA, &body.to_string()).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&scan.body()).unwrap(), *body);
        scan.request()
            .unwrap_or_else(|error| panic!("{}: {error}", request["name"]));
    }
}

#[test]
#[ignore = "needs TV_HTTP_DIR"]
fn recorded_field_lists_are_whole_and_refresh_the_catalogue() {
    let fields: MarketFields = whole("scanner-metainfo-america.json", &[]);
    assert_eq!(fields.fields.len(), 3_507);
    let mut catalogue = Catalogue::builtin().clone();
    let before = catalogue.fields().len();
    catalogue.refresh(&Market::AMERICA, &fields);
    assert_eq!(catalogue.fields().len(), before);
    for field in &fields.fields {
        let name = field.name.as_deref().unwrap();
        assert_eq!(catalogue.check(&Column::from(name)), Ok(()), "{name}");
    }
    for (end, count) in [
        ("fields-options.json", 80),
        ("fields-futures.json", 428),
        ("fields-economics2.json", 87),
    ] {
        let fields: Vec<MetaField> = whole(end, &[]);
        assert_eq!(fields.len(), count);
        for field in fields {
            let name = field.name.unwrap();
            assert_eq!(
                Catalogue::builtin().check(&Column::from(name.as_str())),
                Ok(()),
                "{name}"
            );
        }
    }
    let tables: EnumTables = whole("enum-ordered-coin.json", &[]);
    assert_eq!(tables.lists.len(), 4);
    let markets: Value = serde_json::from_str(&read("markets.json")).unwrap();
    assert_eq!(markets["countries"], json!(COUNTRIES.to_vec()));
    let assets: Vec<&str> = markets["other"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap())
        .collect();
    assert!(
        assets
            .iter()
            .all(|name| Market::ASSETS.contains(&Market::from(*name)))
    );
    assert_eq!(assets.len(), Market::ASSETS.len());
}

#[test]
#[ignore = "needs TV_HTTP_DIR"]
fn the_table_of_columns_is_the_recorded_one() {
    let table = include_str!("../../data/scanner-columns.tsv");
    assert_eq!(read("scanner-columns.tsv"), table);
}

#[test]
#[ignore = "needs TV_HTTP_DIR"]
fn a_recorded_snapshot_holds_ratings() {
    let text = read("symbol-technicals-AAPL.envelope.json");
    let values: SymbolValues = serde_json::from_str(&text).unwrap();
    assert!(same_json(
        &serde_json::to_value(&values).unwrap(),
        &serde_json::from_str(&text).unwrap()
    ));
    let question = TechnicalRatings::new("NASDAQ:AAPL").unwrap();
    let ratings: SymbolRatings = question.parse(&Answer::new(200, text)).unwrap();
    let day = ratings.at(tv_http::scanner::ScanInterval::OneDay).unwrap();
    assert_eq!(day.rating(), Some(tv_http::scanner::Rating::Buy));
}

#[test]
#[ignore = "needs TV_HTTP_DIR"]
fn recorded_scripts_are_whole() {
    let scripts: Vec<Script> = whole("pine-list-standard.json", &[]);
    assert_eq!(
        (
            scripts.len(),
            scripts.iter().filter(|it| it.is_strategy()).count()
        ),
        (121, 23)
    );
    for script in &scripts {
        script.id().unwrap();
    }
    let scripts: Vec<Script> = whole("pine-list-candlestick.json", &[]);
    assert_eq!(scripts.len(), 45);
    let translated: Translated = whole("pine-translate.json", &[]);
    let info = translated.meta_info().unwrap();
    assert_eq!(
        info.script_id.as_deref(),
        Some("STD;Fund_accounts_payable_fy")
    );
    assert_eq!(info.user_inputs().count(), 2);
    assert_eq!(info.title_of(&info.plots[0]), Some("Accounts payable"));
    let unknown = [
        "extra.originalScriptId: is not a known key",
        "extra.originalScriptVersion: is not a known key",
        "extra.stats: is not a known key",
    ];
    let code: ScriptCode = whole("pine-get-source-trimmed.json", &unknown);
    assert!(code.source.unwrap().starts_with("//@version=6"));
}

#[test]
#[ignore = "needs TV_HTTP_DIR"]
fn recorded_news_are_whole() {
    let page: NewsPage = whole("news-flow-v2-de.json", &[]);
    assert_eq!(page.items.len(), 6);
    assert!(page.items[0].is_gated() && !page.items.iter().all(Headline::is_gated));
    let story: StoryText = whole("news-story-v2.json", &[]);
    assert!(story.to_text().unwrap().starts_with("Jim Cramer"));
    let item: Headline = whole("news-headline-item-2024.json", &[]);
    assert_eq!(item.provider_name(), Some("Reuters"));
    let items: Vec<Headline> = whole("news-headlines-2021.json", &[]);
    assert_eq!(
        items[0].text.as_ref().unwrap().symbols(),
        ["NASDAQ:BIDU", "HKEX:1810", "SSE:601360"]
    );
}

#[test]
#[ignore = "needs TV_HTTP_DIR"]
fn recorded_values_of_other_endpoints_are_whole() {
    let events: EconomicEvents = whole("economic-calendar-events.json", &[]);
    assert_eq!(events.result[0].actual, Some(2.6));
    assert_eq!(
        events.result[1].time.unwrap().to_string(),
        "2025-01-01T00:00:00Z"
    );
    let fields: Vec<FundamentalField> = whole("fundamentals-config-v2.json", &[]);
    assert_eq!(fields.len(), 120);
    let currencies: Vec<Currency> = whole("convertible-currencies.json", &[]);
    assert_eq!(currencies.len(), 177);
    let minds: MindsPage = whole("minds-AAPL.json", &[]);
    assert_eq!(minds.results.len(), 5);
    let sources: LayoutSources = whole("charts-storage-layout-sources.json", &[]);
    assert_eq!(sources.drawings().len(), 1);
}

#[test]
#[ignore = "needs TV_HTTP_DIR"]
fn recorded_sign_ins_are_the_steps_that_they_are() {
    let sign_in = SignIn::new("a", "b");
    let text = read("signin-success.json");
    let SignInStep::Done(user) = sign_in.parse(&Answer::new(200, text.as_str())).unwrap() else {
        panic!("not signed in");
    };
    assert!(user.token.is_some() && user.is_trial == Some(true));
    let value: Value = serde_json::from_str(&text).unwrap();
    let again: User = serde_json::from_value(value["user"].clone()).unwrap();
    assert!(same_json(
        &serde_json::to_value(&again).unwrap(),
        &value["user"]
    ));
    assert_eq!(again.rest.odd().count(), 0);
    let parse = |end: &str| sign_in.parse(&Answer::new(200, read(end))).unwrap();
    assert!(matches!(
        parse("signin-invalid-credentials.json"),
        SignInStep::WrongPassword { .. }
    ));
    let factors = vec![FactorKind::Totp];
    assert_eq!(
        parse("signin-2fa-required.json"),
        SignInStep::SecondFactor(factors)
    );
    let factor = SecondFactor::new(FactorKind::Totp, "123456");
    for status in [200, 400, 403] {
        let answer = Answer::new(status, read("two-factor-totp-wrong-code.json"));
        assert!(matches!(
            factor.parse(&answer),
            Ok(SignInStep::WrongCode { .. })
        ));
    }
    let user = PageUser
        .parse(&Answer::new(200, read("chart-page-2019-05-21.html")))
        .unwrap();
    assert_eq!(user.token.unwrap().expose().len(), 255);
    assert!(user.id.is_some());
}
