//! The paths of the scanner.

use serde_json::{Value, json};

use super::{
    body::Asked,
    lists::{metainfo, ordered},
    refusal::Refusal,
    scan::scan,
    snapshot::snapshot,
};
use crate::{answer::Answer, request::Request, site::Site, values::is_market};

/// Answers `{market}/scan`, `{market}/scan2`, `{market}/metainfo`, `symbol` and `enum/ordered`.
pub(crate) fn answer(site: &mut Site, request: &Request<'_>, now: i64) -> Option<Answer> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let (market, what) = match segments.as_slice() {
        ["symbol"] => return Some(read(request, || snapshot(site, request, now))),
        ["enum", "ordered"] => {
            return Some(read(request, || {
                Answer::json(200, &ordered(site, request, now))
            }));
        }
        [market, what @ ("scan" | "scan2" | "metainfo")] => (*market, *what),
        _ => return None,
    };
    if request.headers.get("origin").is_some() && !request.is_from_tradingview() {
        return Some(Answer::forbidden());
    }
    if !is_market(market) {
        return Some(Answer::json(
            404,
            &json!({ "error": format!("Unknown market \"{market}\"") }),
        ));
    }
    if what == "metainfo" {
        return Some(match request.method {
            "GET" | "POST" => Answer::json(200, &metainfo(site, market, (site.feed(request), now))),
            _ => not_allowed(),
        });
    }
    if request.method != "POST" {
        return Some(not_allowed());
    }
    let asked = match Asked::read(request.body) {
        Ok(asked) => asked,
        Err(refusal) => return Some(refusal.answer()),
    };
    if market == "options" && asked.underlyings.is_none() {
        let reason = "required index \"underlying_symbol\" is missing".to_owned();
        return Some(Refusal(reason).answer());
    }
    let feed = site.feed(request);
    let found = scan(site, market, &asked, (feed, now));
    let answer = if what == "scan" {
        found
    } else {
        in_second_shape(&asked, &found, now)
    };
    Some(Answer::json(200, &answer))
}

fn read(request: &Request<'_>, answer: impl FnOnce() -> Answer) -> Answer {
    if request.method == "GET" {
        answer()
    } else {
        not_allowed()
    }
}

fn not_allowed() -> Answer {
    Answer::json(405, &json!({ "error": "Method Not Allowed" }))
}

/// The same answer as `scan2` writes it.
fn in_second_shape(asked: &Asked, found: &Value, now: i64) -> Value {
    let rows = found
        .get("data")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let rows = rows
        .iter()
        .map(|row| json!({ "s": row.get("s"), "f": row.get("d") }));
    json!({
        "totalCount": found.get("totalCount"),
        "fields": asked.names,
        "symbols": rows.collect::<Vec<_>>(),
        "time": text_of(now),
    })
}

/// A time in milliseconds UTC as text.
fn text_of(now: i64) -> String {
    let (year, month, day) = market::date_parts(now.div_euclid(market::DAY));
    let second = now.rem_euclid(market::DAY) / 1000;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests;
