//! The page of a symbol: `www/symbols/NASDAQ-AAPL/`. Clients ask for it to learn whether a symbol
//! exists.

use std::sync::Arc;

use market::{Settings, Symbol};
use serde_json::{Value, json};

use crate::{
    answer::{Answer, escaped},
    request::Request,
    site::Site,
};

/// Answers `symbols/{EXCHANGE-TICKER}/` and `symbols/{EXCHANGE:TICKER}`: 200 or 301 for a known
/// symbol, else 404.
pub(crate) fn answer(site: &mut Site, request: &Request<'_>, _now: i64) -> Option<Answer> {
    let segments = request.segments();
    let [folder, name] = segments.as_slice() else {
        return None;
    };
    if folder != "symbols" {
        return None;
    }
    if !matches!(request.method, "GET" | "HEAD") {
        return Some(Answer::json(
            405,
            &json!({ "detail": format!("Method \"{}\" not allowed.", request.method) }),
        ));
    }
    let is_data = request.param("component-data-only") == Some("1");
    let Some(symbol) = named(site, name) else {
        return Some(if is_data {
            Answer::json(404, &json!({ "code": "not_found", "detail": "Not found." }))
        } else {
            Answer::html(
                404,
                page("Page not found", "This isn't the page you're looking for."),
            )
        });
    };
    let path = path(&symbol);
    if !is_data && request.path != path {
        return Some(Answer::redirect(301, path));
    }
    let facts = facts(&symbol);
    if is_data {
        return Some(Answer::json(200, &json!({ "data": { "symbol": facts } })));
    }
    let title = facts.get("description").and_then(Value::as_str);
    let title = escaped(title.unwrap_or_else(|| symbol.name()));
    let data = facts.to_string().replace('<', "\\u003c");
    let body =
        format!("<script type=\"application/prs.init-data+json\">{{\"symbol\":{data}}}</script>");
    Some(Answer::html(200, page(&title, &body)))
}

/// The symbol of a name as paths have it: `NASDAQ-AAPL`, `NASDAQ:AAPL`, or a ticker alone.
fn named(site: &Site, name: &str) -> Option<Arc<Symbol>> {
    let full = match name.split_once([':', '-']) {
        Some((exchange, ticker)) => format!("{exchange}:{ticker}"),
        None => name.to_owned(),
    };
    site.market.symbol(&full)
}

/// The path of a symbol's page.
fn path(symbol: &Symbol) -> String {
    let name = symbol.name().replacen(':', "-", 1);
    let name = percent_encoding::utf8_percent_encode(&name, ENCODED);
    format!("/symbols/{name}/")
}

/// What the page has of a symbol.
fn facts(symbol: &Symbol) -> Value {
    let all = symbol.quote_facts(&Settings::default());
    let mut facts = json!({ "pro_symbol": symbol.name() });
    for field in [
        "short_name",
        "exchange",
        "description",
        "type",
        "typespecs",
        "currency_code",
        "country_code",
        "source_id",
    ] {
        if let (Some(value), Some(facts)) = (all.get(field), facts.as_object_mut()) {
            facts.insert(field.to_owned(), value.clone());
        }
    }
    facts
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>{title}</title></head><body>{body}</body></html>\n"
    )
}

/// What a path does not hold as it is.
const ENCODED: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'%')
    .add(b'/')
    .add(b'?')
    .add(b'#');

#[cfg(test)]
mod tests {
    use market::Market;

    use super::*;
    use crate::{options::SiteOptions, request::Headers};

    /// 2026-11-30, 16:00 UTC.
    const NOW: i64 = 1_796_054_400_000;

    fn ask(method: &str, target: &str) -> Answer {
        let mut site = Site::new(Market::new(1), SiteOptions::default());
        let request = Request::new(method, target, Headers::default(), b"");
        answer(&mut site, &request, NOW).unwrap()
    }

    #[test]
    fn known_symbols_have_a_page_and_other_spellings_lead_there() {
        let page = ask("GET", "/symbols/NASDAQ-AAPL/");
        assert_eq!(page.status, 200);
        assert!(
            String::from_utf8(page.body)
                .unwrap()
                .contains("<title>Apple Inc.</title>")
        );
        for (target, location) in [
            ("/symbols/NASDAQ:AAPL", "/symbols/NASDAQ-AAPL/"),
            ("/symbols/NASDAQ%3AAAPL/", "/symbols/NASDAQ-AAPL/"),
            ("/symbols/nasdaq-aapl/", "/symbols/NASDAQ-AAPL/"),
            ("/symbols/AAPL/", "/symbols/NASDAQ-AAPL/"),
            ("/symbols/CME_MINI-ES1!", "/symbols/CME_MINI-ES1!/"),
        ] {
            let answer = ask("GET", target);
            assert_eq!(
                (answer.status, answer.header("location")),
                (301, Some(location))
            );
        }
    }

    #[test]
    fn unknown_symbols_are_not_found_and_are_only_read() {
        for target in [
            "/symbols/NASDAQ-NOPE/",
            "/symbols/XXXX:AAPL",
            "/symbols/NOPE/?component-data-only=1",
        ] {
            assert_eq!(ask("GET", target).status, 404, "{target}");
        }
        assert_eq!(ask("POST", "/symbols/NASDAQ-AAPL/").status, 405);
    }

    #[test]
    fn the_data_of_a_page_comes_without_it() {
        let answer = ask("GET", "/symbols/NASDAQ-AAPL/?component-data-only=1");
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["data"]["symbol"]["pro_symbol"], "NASDAQ:AAPL");
        assert_eq!(body["data"]["symbol"]["type"], "stock");
    }
}
