//! Values of one symbol: `symbol?symbol=&fields=`.

use serde_json::{Map, Value, json};

use super::found::{Found, derived};
use crate::{
    answer::Answer,
    listings::Listing,
    request::Request,
    site::Site,
    values::{Column, Feed},
};

/// The answer to a request for a snapshot at a time in milliseconds UTC.
pub(super) fn snapshot(site: &mut Site, request: &Request<'_>, now: i64) -> Answer {
    let name = request.param("symbol").unwrap_or_default();
    let (feed, now) = (site.feed(request), site.values.at(now));
    let Some(found) = named(site, name, feed, now) else {
        return if request.param("no_404") == Some("true") {
            Answer::json(200, &Value::Null)
        } else {
            Answer::json(404, &json!({ "code": "symbol_not_exists" }))
        };
    };
    let fields = request.param("fields").unwrap_or_default();
    let fields = fields
        .split(',')
        .map(str::trim)
        .filter(|field| !field.is_empty());
    let row = found.row(feed, now);
    let mut values = Map::new();
    for name in fields {
        // Other than a scan, this does not refuse a name that is unknown.
        let value = match Column::find(name) {
            Some(column) => site.values.cell(&row, &column).to_json(),
            None => Value::Null,
        };
        values.insert(name.to_owned(), value);
    }
    Answer::json(200, &values.into())
}

/// The symbol of a full name, in any case.
fn named(site: &mut Site, name: &str, feed: Feed, now: i64) -> Option<Found> {
    let symbol = site.market.symbol(name);
    let symbol = symbol.filter(|symbol| symbol.name().eq_ignore_ascii_case(name));
    match symbol {
        Some(symbol) => Some(Found::listed(Listing::new(symbol))),
        None => derived(site, name, feed, now),
    }
}
