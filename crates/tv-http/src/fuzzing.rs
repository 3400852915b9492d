//! Entry points of the fuzz targets. Tests call them with the corpus as well. Not part of the
//! interface.

use std::collections::BTreeMap;

use protocol::{redact::Secrets, secret::AuthToken};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    account::{
        FactorKind, PageUser, QuoteToken, SecondFactor, SessionCookies, SignIn, TokenClaims, User,
    },
    calendar::EconomicEvents,
    fundamentals::{Currency, FundamentalField, Statements},
    json::Decoded,
    layouts::{ChartToken, LayoutSources},
    news::{Headline, Headlines, NewsPage, NewsValues, StoryText},
    pine::{PermissionPage, PublicScripts, Script, ScriptCode, ScriptId, Translate, Translated},
    scanner::{EnumTables, Market, MarketFields, Scan, ScanPage, SymbolValues, TechnicalRatings},
    search::{Found, Search, SearchPage, suggest},
    symbol_page::{Ideas, MindsPage, SymbolDetails, SymbolExists},
    watchlists::{EditWatchList, WatchList, WatchListText, WatchLists},
    wire::{Answer, Endpoint},
};

/// The statuses that the first byte of an input chooses from.
const STATUSES: [u16; 8] = [200, 204, 302, 400, 401, 403, 429, 503];

/// A secret that no error may repeat.
const CANARY: &str = "CANARY-SECRET-0123456789";

/// Reads any bytes as the answer to each endpoint, and checks that nothing of an object is lost and
/// that no error repeats a secret. The first byte chooses the status.
///
/// # Panics
///
/// If a parser is wrong.
pub fn http_answer(data: &[u8]) {
    let Some((first, body)) = data.split_first() else {
        return;
    };
    let place = usize::from(*first) % STATUSES.len();
    let status = STATUSES.get(place).copied().unwrap_or(200);
    let mut secrets = Secrets::default();
    secrets.add(CANARY);
    let answer = Answer::new(status, body)
        .with_header("location", String::from_utf8_lossy(body))
        .hiding(secrets);
    endpoints(&answer);
    let Ok(text) = std::str::from_utf8(body) else {
        return;
    };
    texts(text);
    if let Ok(value) = serde_json::from_str(text) {
        records(&value);
    }
}

/// Asks every endpoint to read an answer.
fn endpoints(answer: &Answer) {
    refused(&Search::new("x"), answer);
    refused(&Scan::new(Market::AMERICA), answer);
    let columns = ["close", "name"];
    let rows = Scan::new(Market::AMERICA).select(columns);
    refused(&rows.typed::<BTreeMap<String, Value>>(), answer);
    refused(&PageUser, answer);
    refused(&QuoteToken, answer);
    refused(&SignIn::new("x", CANARY), answer);
    refused(&SecondFactor::new(FactorKind::Totp, CANARY), answer);
    refused(&ChartToken::new("x", None), answer);
    refused(&WatchLists::all(), answer);
    refused(&EditWatchList::delete(1), answer);
    refused(&Headlines::of_category("stock"), answer);
    refused(&NewsValues, answer);
    if let Ok(id) = ScriptId::new("STD;RSI") {
        refused(&Translate::new(id), answer);
    }
    if let Ok(ideas) = Ideas::new("A:B") {
        refused(&ideas, answer);
    }
    if let Ok(exists) = SymbolExists::new("A:B") {
        refused(&exists, answer);
    }
    if let Ok(ratings) = TechnicalRatings::new("A:B") {
        refused(&ratings, answer);
    }
    if let Ok(statements) = Statements::new("A:B") {
        refused(&statements, answer);
    }
}

fn refused<E: Endpoint>(endpoint: &E, answer: &Answer) {
    if let Err(error) = endpoint.parse(answer) {
        let shown = format!("{error:?} {error}");
        assert!(!shown.contains(CANARY), "an error repeats a secret");
        assert!(shown.len() < 8_192, "an error is not bounded");
    }
}

/// Texts that are not JSON.
fn texts(text: &str) {
    let list = WatchListText::parse(text);
    assert_eq!(
        WatchListText::parse(&list.to_string()),
        list,
        "a list is read back"
    );
    if let Ok(cookies) = SessionCookies::parse(text) {
        let again = SessionCookies::parse(&cookies.to_header()).map(|it| it.to_header());
        assert_eq!(again, Ok(cookies.to_header()), "cookies are read back");
    }
    let _ = TokenClaims::read(&AuthToken::new(text));
}

/// Reads a value as each type of an answer.
fn records(value: &Value) {
    whole::<SearchPage>(value);
    whole::<ScanPage>(value);
    whole::<SymbolValues>(value);
    whole::<MarketFields>(value);
    whole::<EnumTables>(value);
    whole::<User>(value);
    whole::<TokenClaims>(value);
    whole::<EconomicEvents>(value);
    whole::<FundamentalField>(value);
    whole::<Currency>(value);
    whole::<LayoutSources>(value);
    whole::<NewsPage>(value);
    whole::<Headline>(value);
    whole::<StoryText>(value);
    whole::<Script>(value);
    whole::<ScriptCode>(value);
    whole::<Translated>(value);
    whole::<PublicScripts>(value);
    whole::<PermissionPage>(value);
    whole::<MindsPage>(value);
    whole::<SymbolDetails>(value);
    whole::<WatchList>(value);
    if let Ok(story) = StoryText::deserialize_from(value) {
        let _ = story.to_text();
    }
    if let Ok(found) = <Vec<Found>>::deserialize_from(value) {
        let _ = suggest("NASDAQ:AAPL", &found, 3);
        let _ = found.surprises();
    }
    if let Ok(scan) = Scan::from_body(Market::GLOBAL, &value.to_string()) {
        let body = serde_json::from_str(&scan.body()).unwrap_or_default();
        assert!(is_same(value, &body), "a scan is written as it was read");
        let _ = scan.request();
    }
}

fn whole<T: DeserializeOwned + Serialize>(value: &Value) {
    if let Ok(read) = T::deserialize_from(value) {
        let written = serde_json::to_value(&read).unwrap_or_default();
        assert!(is_same(value, &written), "something is lost: {written}");
    }
}

/// Reads a type from a value that is kept.
trait FromJson: DeserializeOwned {
    fn deserialize_from(value: &Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(value)
    }
}

impl<T: DeserializeOwned> FromJson for T {}

/// JSON equality where numbers are equal if their values are.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len() && pairs.all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_there = |(key, value): (&String, &Value)| {
                other.get(key).is_some_and(|other| is_same(value, other))
            };
            one.len() == other.len() && one.iter().all(is_there)
        }
        _ => one == other,
    }
}
