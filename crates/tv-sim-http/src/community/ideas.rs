//! Ideas: longer texts about a symbol.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{answer::Answer, request::Request, site::Site};

/// How many pages there are, and how many ideas a page has.
const PAGES: usize = 3;
const PAGE: usize = 10;

/// Answers `/symbols/<EXCHANGE-TICKER>/ideas/`, with `page-2/` and so on behind it.
pub(crate) fn answer(site: &mut Site, request: &Request<'_>, now: i64) -> Option<Answer> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let ["symbols", name, "ideas", page @ ..] = &segments[..] else {
        return None;
    };
    let page = match page {
        [] => Some(1),
        [page] => page
            .strip_prefix("page-")
            .and_then(|page| page.parse::<usize>().ok()),
        _ => None,
    };
    let symbol = site.market.symbol(&name.replacen('-', ":", 1));
    let (Some(page), Some(symbol)) = (page.filter(|page| *page >= 1), symbol) else {
        return Some(Answer::html(
            404,
            "<html><head><title>Page not found</title></head></html>\n",
        ));
    };
    if request.param("component-data-only") != Some("1") {
        return Some(Answer::html(
            200,
            "<html><head><title>Ideas</title></head></html>\n",
        ));
    }
    let first = (page - 1).saturating_mul(PAGE);
    let count = if page <= PAGES { PAGE } else { 0 };
    let mut items: Vec<Value> = (first..first.saturating_add(count))
        .map(|nth| idea(symbol.name(), nth, now))
        .collect();
    // Without an order they come by what people like.
    if request.param("sort") != Some("recent") {
        items
            .sort_by_key(|idea| std::cmp::Reverse(idea.get("likes_count").and_then(Value::as_u64)));
    }
    let data = json!({ "items": items, "page": page, "pages": PAGES, "count": PAGES * PAGE });
    Some(Answer::json(
        200,
        &json!({ "data": { "ideas": { "data": data } } }),
    ))
}

/// An idea: one on each day, back from the last full one.
fn idea(symbol: &str, nth: usize, now: i64) -> Value {
    let day = now.div_euclid(86_400_000) - i64::try_from(nth).unwrap_or_default();
    let created = Timestamp::from_second(day * 86_400).unwrap_or_default();
    let ticker = symbol.rsplit(':').next().unwrap_or_default();
    let likes = day.rem_euclid(13);
    json!({
        "id": day,
        "name": format!("{ticker}: what its range says"),
        "description": format!("An invented idea about {symbol}. The price lies where it lies."),
        "chart_url": format!("https://www.tradingview.com/chart/{ticker}/Sim{day}-what-its-range-says/"),
        "image": { "big": format!("https://s3.tradingview.com/s/Sim{day}_big.png") },
        "user": { "username": "ChartHenry", "is_broker": false },
        "comments_count": day.rem_euclid(5),
        "views_count": likes * 100 + 7,
        "likes_count": likes,
        "created_at": created.to_string(),
        "date_timestamp": day * 86_400,
    })
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
        (
            answer.status,
            serde_json::from_slice(&answer.body).unwrap_or(Value::Null),
        )
    }

    #[test]
    fn ideas_come_in_pages_until_there_are_none() {
        let items = |target: &str| {
            let (status, body) = ask(target);
            assert_eq!(status, 200, "{target}");
            body.pointer("/data/ideas/data/items")
                .unwrap()
                .as_array()
                .unwrap()
                .clone()
        };
        let base = "/symbols/NASDAQ-AAPL/ideas/";
        let first = items(&format!("{base}?component-data-only=1&sort=recent"));
        let second = items(&format!("{base}page-2/?component-data-only=1&sort=recent"));
        assert_eq!((first.len(), second.len()), (10, 10));
        assert!(first[9]["created_at"].as_str() > second[0]["created_at"].as_str());
        assert_eq!(
            items(&format!("{base}page-4/?component-data-only=1")),
            Vec::<Value>::new()
        );
        assert_eq!(
            ask("/symbols/NOWHERE-X/ideas/?component-data-only=1").0,
            404
        );
        assert_eq!(ask(&format!("{base}other/?component-data-only=1")).0, 404);
    }
}
