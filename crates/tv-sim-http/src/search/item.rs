//! One symbol in the answer to a search.

use market::Identity;
use serde_json::{Map, Value, json};

use super::{asked::Asked, contracts::contracts, matching::marked};
use crate::listings::{Listing, shown};

/// Both versions have these. The logos of pairs have names of their own.
fn shared(
    asked: &Asked,
    listing: &Listing,
    identity: &Identity<'_>,
    now: i64,
) -> Map<String, Value> {
    let root = listing.root();
    let exchange = shown(listing.exchange());
    let mut item = Map::new();
    let mut add = |key: &str, value: Value| {
        item.insert(key.to_owned(), value);
    };
    add(
        "symbol",
        json!(marked(asked, root.unwrap_or(identity.ticker))),
    );
    add("description", json!(marked(asked, identity.description)));
    add("type", json!(identity.kind));
    add("exchange", json!(exchange));
    add("provider_id", json!("sim"));
    add("currency_code", json!(identity.currency));
    if exchange != listing.exchange() {
        add("prefix", json!(listing.exchange()));
    }
    if identity.base_currency.is_empty() && !identity.logo.is_empty() {
        add("logoid", json!(identity.logo));
    }
    if !identity.country.is_empty() {
        add("country", json!(identity.country));
    }
    match root {
        Some(root) => add("contracts", json!(contracts(asked, root, now))),
        None if !identity.typespecs.is_empty() => add("typespecs", json!(identity.typespecs)),
        None => {}
    }
    item
}

/// An item of version 1.
pub(super) fn v1(asked: &Asked, listing: &Listing, identity: &Identity<'_>, now: i64) -> Value {
    Value::Object(shared(asked, listing, identity, now))
}

/// An item of version 3.
pub(super) fn v3(asked: &Asked, listing: &Listing, identity: &Identity<'_>, now: i64) -> Value {
    let mut item = shared(asked, listing, identity, now);
    let (id, exchange) = (listing.exchange(), shown(listing.exchange()));
    let by_isin = identity
        .isin
        .as_ref()
        .is_some_and(|isin| asked.words.contains(isin));
    let mut add = |key: &str, value: Value| {
        item.insert(key.to_owned(), value);
    };
    add("found_by_isin", json!(by_isin));
    add("found_by_cusip", json!(false));
    add("source_logoid", json!(format!("source/{id}")));
    add("source_id", json!(id));
    add(
        "source2",
        json!({ "id": id, "name": exchange, "description": exchange }),
    );
    let flag = |currency: &str| format!("country/{}", currency.get(..2).unwrap_or_default());
    add("currency-logoid", json!(flag(identity.currency)));
    if let Some(isin) = &identity.isin {
        add("isin", json!(marked(asked, isin)));
        add("is_primary_listing", json!(true));
    }
    if !identity.logo.is_empty() {
        if identity.base_currency.is_empty() {
            add(
                "logo",
                json!({ "style": "single", "logoid": identity.logo }),
            );
        } else {
            add("base-currency-logoid", json!(identity.logo));
            let second = flag(identity.currency);
            add(
                "logo",
                json!({ "style": "pair", "logoid": identity.logo, "logoid2": second }),
            );
        }
    }
    Value::Object(item)
}
