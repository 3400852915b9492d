//! The older host of news.

use serde_json::{Value, json};

use super::{
    filters::{Filters, MARKETS},
    invented::{Headline, latest},
    write::{older, older_story, oldest},
};
use crate::{answer::Answer, request::Request, site::Site};

/// How many headlines an answer has at most.
const MOST: usize = 200;

/// Answers requests to the older host of news.
pub(crate) fn answer(site: &mut Site, request: &Request<'_>, now: i64) -> Option<Answer> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    Some(match segments[..] {
        ["v2", "headlines"] => listed(site, request, now, false),
        ["v2", "view", "headlines", "symbol"] => listed(site, request, now, true),
        ["v2" | "v3", "story"] => story(site, request, now),
        ["headlines"] => all(site, request, now),
        ["v3", "headlines"] => Answer::nginx(405, "Not Allowed"),
        ["v1", ..] => Answer::nginx(404, "Not Found"),
        _ => return None,
    })
}

/// Headlines of a kind of market, or of a symbol.
fn listed(site: &Site, request: &Request<'_>, now: i64, of_symbol: bool) -> Answer {
    let missing = if of_symbol {
        &["client", "lang", "symbol"][..]
    } else {
        &["client", "lang"]
    };
    if let Some(name) = missing
        .iter()
        .find(|name| request.param(name).is_none_or(str::is_empty))
    {
        let message = format!("{name} is required");
        return Answer::json(400, &json!({ "message": message, "statusCode": 400 }));
    }
    let items: Vec<Value> = found(site, request, now).iter().map(older).collect();
    Answer::json(200, &json!({ "items": items })).with("cache-control", "max-age=30")
}

/// The oldest version: a list with whole stories.
fn all(site: &Site, request: &Request<'_>, now: i64) -> Answer {
    let items: Vec<Value> = found(site, request, now).iter().map(oldest).collect();
    Answer::json(200, &Value::from(items))
}

fn story(site: &Site, request: &Request<'_>, now: i64) -> Answer {
    let headline = request
        .param("id")
        .and_then(|id| Headline::find(&site.market, id, now));
    match headline {
        Some(headline) => Answer::json(200, &older_story(&headline)),
        None => {
            let body = json!({ "message": "Story not found", "statusCode": 404 });
            Answer::json(404, &body)
        }
    }
}

fn found(site: &Site, request: &Request<'_>, now: i64) -> Vec<Headline> {
    let list = |name: &str| -> Vec<String> {
        let value = request.param(name).filter(|value| !value.is_empty());
        value.into_iter().map(str::to_owned).collect()
    };
    let category = request.param("category").unwrap_or_default();
    let filters = Filters {
        languages: list("lang"),
        symbols: list("symbol"),
        providers: list("provider"),
        markets: list("category")
            .into_iter()
            .filter(|it| it != "base")
            .collect(),
        sections: list("section"),
        is_hopeless: !matches!(category, "" | "base") && !MARKETS.contains(&category),
        ..Filters::default()
    };
    let area = request.param("area").unwrap_or_default();
    let scope = filters.scope(&site.market);
    let found = latest(site.market.seed(), &scope, now).filter(|headline| {
        filters.admit(headline) && is_in(area, headline.symbol.identity().country)
    });
    found.take(MOST).collect()
}

/// Whether a country lies in an area of the world.
fn is_in(area: &str, country: &str) -> bool {
    let countries: &[&str] = match area {
        "AME" => &["US", "CA", "BR", "MX"],
        "EUR" => &["GB", "DE", "FR", "CH", "EU", "NL", "IT", "ES"],
        "ASI" => &["JP", "KR", "HK", "IN", "CN", "SG", "TW"],
        "OCN" => &["AU", "NZ"],
        "AFR" => &["ZA", "EG", "NG"],
        _ => return true,
    };
    countries.contains(&country)
}

#[cfg(test)]
mod tests {
    use market::Market;

    use super::*;
    use crate::{options::SiteOptions, request::Headers};

    fn ask(target: &str) -> (u16, Value) {
        let mut site = Site::new(Market::new(1), SiteOptions::default());
        let request = Request::new("GET", target, Headers::default(), b"");
        let answer = site.answer(&request, 1_796_054_400_000);
        let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        (answer.status, body)
    }

    #[test]
    fn headlines_come_by_symbol_category_area_section_and_provider() {
        let symbol = "/v2/view/headlines/symbol?client=web&lang=en&area=&provider=&section=&streaming=&symbol=NASDAQ:AAPL";
        let (status, body) = ask(symbol);
        let items = body["items"].as_array().unwrap();
        assert_eq!((status, items.len()), (200, 200));
        assert!(
            items
                .iter()
                .all(|it| it["relatedSymbols"][0]["symbol"] == "NASDAQ:AAPL")
        );
        let base = "/v2/headlines?client=web&lang=en&category=";
        for rest in [
            "base",
            "stock",
            "crypto&area=",
            "stock&area=ASI",
            "forex&section=analysis",
            "index&provider=openpost",
        ] {
            let (_, body) = ask(&format!("{base}{rest}"));
            let items = body["items"].as_array().unwrap();
            assert!(!items.is_empty(), "{rest}");
            assert!(items.iter().all(|it| it["provider"].is_string()));
        }
        assert_eq!(ask(&format!("{base}nothing")).1["items"], json!([]));
        assert_eq!(ask("/v2/headlines?lang=en").0, 400);
        assert_eq!(ask("/v2/view/headlines/symbol?client=web&lang=en").0, 400);
        assert_eq!((ask("/v3/headlines").0, ask("/v1/headlines").0), (405, 404));
        let (_, oldest) = ask("/headlines/?lang=en&symbol=NASDAQ:AAPL");
        assert_eq!(oldest[0]["astDescription"]["type"], "root");
        assert_eq!(ask("/v2/story?id=x&lang=en").0, 404);
    }
}
