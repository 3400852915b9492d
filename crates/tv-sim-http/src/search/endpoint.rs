//! The paths of the search.

use serde_json::{Value, json};

use super::{
    asked::{Asked, BadRequest},
    item,
    matching::rank,
};
use crate::{answer::Answer, listings::Listing, request::Request, site::Site};

/// How many symbols an answer has at most.
const PAGE: usize = 50;

/// Answers `symbol_search/`, `symbol_search/v3/` and `local_search/v3/`.
pub(crate) fn answer(site: &mut Site, request: &Request<'_>, now: i64) -> Option<Answer> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let is_v3 = match segments.as_slice() {
        ["symbol_search" | "local_search"] => false,
        ["symbol_search" | "local_search", "v3"] => true,
        _ => return None,
    };
    if request.method != "GET" {
        return Some(Answer::nginx(405, "Not Allowed"));
    }
    if !request.is_from_tradingview() {
        return Some(Answer::forbidden());
    }
    let asked = match Asked::read(request, if is_v3 { "search_type" } else { "type" }) {
        Ok(asked) => asked,
        Err(BadRequest(reason)) => return Some(Answer::json(400, &json!({ "error": reason }))),
    };
    let found = found(site, &asked);
    let page = found.iter().skip(asked.start).take(PAGE);
    let write = if is_v3 { item::v3 } else { item::v1 };
    let items: Vec<Value> = page
        .map(|listing| write(&asked, listing, &listing.identity(), now))
        .collect();
    let body = if is_v3 {
        let remaining = found.len().saturating_sub(asked.start + items.len());
        json!({ "symbols_remaining": remaining, "symbols": items })
    } else {
        Value::Array(items)
    };
    Some(Answer::json(200, &body).with("cache-control", "max-age=120"))
}

/// The symbols that match, the best first.
fn found(site: &mut Site, asked: &Asked) -> Vec<Listing> {
    let listings = site.listings();
    let ranked = listings
        .all()
        .iter()
        .enumerate()
        .filter_map(|(place, listing)| {
            let identity = listing.identity();
            let rank = rank(asked, listing, &identity)?;
            asked
                .admits(listing, &identity)
                .then_some((rank, place, listing))
        });
    let mut ranked: Vec<_> = ranked.collect();
    ranked.sort_by_key(|(rank, place, _)| (*rank, *place));
    let mut found: Vec<Listing> = ranked
        .into_iter()
        .map(|(.., listing)| listing.clone())
        .collect();
    // The root of a listed future is not a symbol of its own.
    let word = asked.words.first().map(String::as_str);
    let is_root = word.is_some() && found.iter().any(|listing| listing.root() == word);
    if let Some(named) = named(site, asked).filter(|_| !is_root) {
        found.insert(0, named);
    }
    found
}

/// The symbol that is named in full, if it exists without being listed.
fn named(site: &mut Site, asked: &Asked) -> Option<Listing> {
    let [ticker] = asked.words.as_slice() else {
        return None;
    };
    let name = format!("{}:{ticker}", asked.exchange);
    let symbol = site
        .market
        .symbol(&name)
        .filter(|symbol| symbol.name() == name)?;
    let listing = Listing::new(symbol);
    let is_listed = site.listings().place(&name).is_some();
    let admitted = !is_listed && asked.admits(&listing, &listing.identity());
    admitted.then_some(listing)
}

#[cfg(test)]
mod tests;
