//! Today's host of news.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use market::Symbol;
use serde_json::{Value, json};

use super::{
    filters::{Filters, MARKETS, Refusal},
    invented::{Headline, PROVIDERS, SECTIONS, latest},
    write::{today, today_story},
};
use crate::{
    answer::{Answer, with},
    request::Request,
    site::Site,
};

/// How many headlines a page of the flow has, and how many a symbol's.
const PAGE: usize = 200;
const OF_SYMBOL: usize = 25;

/// Answers requests to today's host of news.
pub(crate) fn answer(site: &mut Site, request: &Request<'_>, now: i64) -> Option<Answer> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let segments = segments.strip_prefix(&["public"]).unwrap_or(&segments);
    let answer: fn(&Site, &Request<'_>, i64) -> Answer = match segments {
        ["news-flow", "v2", "news"] => flow,
        ["view", "v1", "symbol"] => of_symbol,
        ["news", "v1", "story"] => story,
        ["news-flow", "v1", "meta"] => meta,
        _ => return None,
    };
    Some(match (request.method, request.is_from_tradingview()) {
        (_, false) => Answer::forbidden(),
        ("GET", _) => answer(site, request, now),
        _ => Answer::nginx(405, "Not Allowed"),
    })
}

/// News of all kinds, in pages.
fn flow(site: &Site, request: &Request<'_>, now: i64) -> Answer {
    let filters = match Filters::read(request.params("filter")) {
        Ok(filters) => filters,
        Err(refusal) => return refused(&refusal),
    };
    let before = match request
        .param("cursor")
        .filter(|cursor| !cursor.is_empty())
        .map(read)
    {
        Some(None) => return refused(&Refusal(400, "Bad Request: invalid cursor".to_owned())),
        other => other.flatten(),
    };
    let scope = filters.scope(&site.market);
    let mut found = found(site, &filters, &scope, now).filter(|headline| {
        let before = before.as_ref();
        before.is_none_or(|(published, id)| headline.key() < (*published, id.as_str()))
    });
    let page: Vec<Headline> = found.by_ref().take(PAGE).collect();
    let items: Vec<Value> = page.iter().map(today).collect();
    let cursor = found.next().and_then(|_| page.last()).map(|last| {
        let cursor = json!({ "_id": last.id, "pubdate": last.published * 1000 });
        let cursor = STANDARD.encode(cursor.to_string());
        ("pagination", json!({ "cursor": cursor }))
    });
    let body = json!({ "items": items, "streaming": { "channel": "news_screener" } });
    Answer::json(200, &with(body, cursor))
}

/// The latest news of a symbol, and the sections they belong to.
fn of_symbol(site: &Site, request: &Request<'_>, now: i64) -> Answer {
    let filters = match Filters::read(request.params("filter")) {
        Ok(filters) if filters.symbols.is_empty() => {
            return refused(&Refusal(
                400,
                "Bad Request: filter 'symbol' is missing".to_owned(),
            ));
        }
        Ok(filters) => filters,
        Err(refusal) => return refused(&refusal),
    };
    let scope = filters.scope(&site.market);
    let page: Vec<Headline> = found(site, &filters, &scope, now).take(OF_SYMBOL).collect();
    let items: Vec<Value> = page.iter().map(today).collect();
    let sections = SECTIONS
        .iter()
        .filter(|(id, ..)| page.iter().any(|it| it.section == *id));
    let sections: Vec<Value> = sections
        .map(|(id, title, _)| json!({ "id": id, "title": title }))
        .collect();
    Answer::json(200, &json!({ "items": items, "sections": sections }))
}

/// A whole story. Those behind a paywall come whole as well, as on the real server.
fn story(site: &Site, request: &Request<'_>, now: i64) -> Answer {
    let Some(id) = request
        .param("id")
        .filter(|_| request.param("lang").is_some())
    else {
        return refused(&Refusal(
            400,
            "Bad Request: id and lang are required".to_owned(),
        ));
    };
    match Headline::find(&site.market, id, now) {
        Some(headline) => Answer::json(200, &today_story(&headline)),
        None => refused(&Refusal(404, "Not Found".to_owned())),
    }
}

/// The values that filters take.
fn meta(_: &Site, _: &Request<'_>, _: i64) -> Answer {
    let providers = PROVIDERS
        .iter()
        .map(|it| json!({ "id": it.id, "name": it.name }));
    let sections = SECTIONS
        .iter()
        .map(|(id, title, _)| json!({ "id": id, "name": title }));
    Answer::json(
        200,
        &json!({
            "provider": providers.collect::<Vec<_>>(),
            "corp_activity": sections.collect::<Vec<_>>(),
            "market": MARKETS,
            "lang": ["de", "en", "es", "fr"],
        }),
    )
}

fn found<'a>(
    site: &'a Site,
    filters: &'a Filters,
    scope: &'a [Arc<Symbol>],
    now: i64,
) -> impl Iterator<Item = Headline> + 'a {
    latest(site.market.seed(), scope, now).filter(|headline| filters.admit(headline))
}

/// When the last headline of a page was published, in seconds, and its id.
fn read(cursor: &str) -> Option<(i64, String)> {
    let cursor: Value = serde_json::from_slice(&STANDARD.decode(cursor).ok()?).ok()?;
    let published = cursor.get("pubdate")?.as_i64()?.div_euclid(1000);
    Some((published, cursor.get("_id")?.as_str()?.to_owned()))
}

fn refused(Refusal(status, message): &Refusal) -> Answer {
    Answer::json(*status, &json!({ "status": "error", "message": message }))
}

#[cfg(test)]
mod tests;
