//! Minds: short remarks about a symbol.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{answer::Answer, request::Request, site::Site};

/// How many remarks there are about each symbol, and how many a page has at most.
const ALL: usize = 30;
const PAGE: usize = 20;

const AUTHORS: [&str; 3] = ["ChartHenry", "quiet_quant", "OhmsLaw"];
const REMARKS: [&str; 4] = [
    "still inside its range",
    "what do you make of the last hour?",
    "I will wait for the close",
    "quiet today",
];

/// Answers `/api/v1/minds/`.
pub(crate) fn answer(site: &mut Site, request: &Request<'_>, now: i64) -> Option<Answer> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    if segments != ["api", "v1", "minds"] {
        return None;
    }
    let name = request.param("symbol").unwrap_or_default();
    let is_allowed = |char: char| char.is_alphanumeric() || ":._!&-/".contains(char);
    if !name.contains(':') || !name.chars().all(is_allowed) {
        let detail =
            json!([{ "loc": ["query", "symbol"], "msg": "invalid symbol", "type": "value_error" }]);
        return Some(Answer::json(422, &json!({ "detail": detail })));
    }
    let limit = request
        .param("limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(PAGE);
    let start: usize = request
        .param("c")
        .and_then(|cursor| cursor.parse().ok())
        .unwrap_or(0);
    let symbol = site.market.symbol(name);
    let count = if symbol.is_some() { ALL } else { 0 };
    let end = start.saturating_add(limit.clamp(1, PAGE)).min(count);
    let results: Vec<Value> = (start..end).map(|nth| mind(name, nth, now)).collect();
    let page = |start: usize| {
        let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
        format!("/api/v1/minds/?c={start}&symbol={name}")
    };
    let ticker = name.rsplit(':').next().unwrap_or_default();
    let info = symbol
        .map(|symbol| json!({ "short_name": ticker, "exchange": symbol.name().split(':').next() }));
    Some(Answer::json(
        200,
        &json!({
            "results": results,
            "next": if end < count { page(end) } else { String::new() },
            "prev": if start > 0 { page(start.saturating_sub(PAGE)) } else { String::new() },
            "meta": {
                "symbol": name,
                "symbols_info": { name: info.unwrap_or_else(|| json!({})) },
                "alias": format!("pn@{name}"),
                "current_cursor": start.to_string(),
            },
        }),
    ))
}

/// A remark: one in each hour, back from the last full one.
fn mind(name: &str, nth: usize, now: i64) -> Value {
    let hour = now.div_euclid(3_600_000) - i64::try_from(nth).unwrap_or_default();
    let place = usize::try_from(hour).unwrap_or_default();
    let author = AUTHORS
        .get(place % AUTHORS.len())
        .copied()
        .unwrap_or_default();
    let remark = REMARKS
        .get(place % REMARKS.len())
        .copied()
        .unwrap_or_default();
    let ticker = name.rsplit(':').next().unwrap_or_default();
    let page = name.replace(':', "-");
    let created = Timestamp::from_second(hour * 3600).unwrap_or_default();
    let picture = |size: &str| format!("https://s3.tradingview.com/userpics/{place}{size}.png");
    json!({
        "uid": format!("sim{hour:019}"),
        "url": format!("https://www.tradingview.com/symbols/{page}/minds/?mind=sim{hour:019}"),
        "text": format!("${ticker} {remark}"),
        "text_ast": { "type": "root", "children": [
            { "type": "symbol", "params": { "text": ticker, "symbol": name, "pageUrl": format!("/symbols/{page}/") } },
            format!(" {remark}"),
        ]},
        "author": {
            "username": author,
            "uri": format!("/u/{author}/"),
            "is_broker": false,
            "avatars": { "small": picture(""), "mid": picture("_mid"), "big": picture("_big"), "orig": picture("_orig") },
            "badges": [],
        },
        "created": created.strftime("%Y-%m-%dT%H:%M:%S.000000+00:00").to_string(),
        "modified": null,
        "symbols": { ticker: name },
        "total_likes": place % 7,
        "total_comments": place % 3,
        "hidden": false,
        "access": "public",
        "aliases": [format!("pn@{name}")],
        "can_view": true,
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
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    #[test]
    fn remarks_come_in_pages_and_unknown_symbols_have_none() {
        let (status, page) = ask("/api/v1/minds/?symbol=NASDAQ:AAPL");
        assert_eq!(
            (status, page["results"].as_array().unwrap().len()),
            (200, 20)
        );
        assert_eq!(
            page["results"][0]["symbols"],
            json!({ "AAPL": "NASDAQ:AAPL" })
        );
        let (_, last) = ask(page["next"].as_str().unwrap());
        assert_eq!(
            (last["results"].as_array().unwrap().len(), &last["next"]),
            (10, &json!(""))
        );
        assert_ne!(last["results"][0]["uid"], page["results"][0]["uid"]);
        assert_eq!(
            ask("/api/v1/minds/?symbol=NASDAQ:AAPL&limit=3").1["results"]
                .as_array()
                .unwrap()
                .len(),
            3
        );
        assert_eq!(
            ask("/api/v1/minds/?symbol=NOWHERE:X").1["results"],
            json!([])
        );
        assert_eq!(
            (
                ask("/api/v1/minds/?symbol=%5EDJI").0,
                ask("/api/v1/minds/").0
            ),
            (422, 422)
        );
    }
}
