//! Values of one symbol: `symbol?symbol=&fields=`.

use serde_json::{Map, Value, json};

use crate::{
    answer::Answer,
    listings::Listing,
    request::Request,
    site::Site,
    values::{Column, Row},
};

/// The answer to a request for a snapshot at a time in milliseconds UTC.
pub(super) fn snapshot(site: &mut Site, request: &Request<'_>, now: i64) -> Answer {
    let name = request.param("symbol").unwrap_or_default();
    let symbol = site.market.symbol(name);
    let Some(symbol) = symbol.filter(|symbol| symbol.name().eq_ignore_ascii_case(name)) else {
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
    let listing = Listing::new(symbol);
    let row = Row::new(&listing, site.values.at(now));
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
