//! Lists of columns, and of the values that some of them have.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::{
    request::Request,
    site::Site,
    values::{Cell, Column, Feed, Row, fields},
};

/// Columns whose values are listed.
const LISTED: [&str; 10] = [
    "exchange",
    "type",
    "typespecs",
    "subtype",
    "sector",
    "industry",
    "market",
    "currency",
    "country",
    "update_mode",
];

/// The columns of a market, each suffix as an entry of its own.
pub(super) fn metainfo(site: &mut Site, market: &str, (feed, now): (Feed, i64)) -> Value {
    let mut entries = Vec::new();
    for field in fields().filter(|field| field.is_listed && field.is_in(market)) {
        let values = LISTED
            .contains(&field.name)
            .then(|| values(site, market, field.name, (feed, now)));
        entries.push(json!({ "n": field.name, "t": field.kind, "r": values }));
        for suffix in field.suffixes() {
            entries.push(
                json!({ "n": format!("{}|{suffix}", field.name), "t": field.kind, "r": values }),
            );
        }
    }
    let currency = if market == "america" {
        json!("USD")
    } else {
        Value::Null
    };
    json!({ "financial_currency": currency, "fields": entries })
}

/// What a column has in a market, each value once.
fn values(site: &mut Site, market: &str, column: &str, (feed, now): (Feed, i64)) -> Vec<String> {
    let (listings, now) = (site.listings(), site.values.at(now));
    let Some(column) = Column::find(column) else {
        return Vec::new();
    };
    let mut found = BTreeSet::new();
    for listing in listings.all() {
        let row = Row::new(listing, feed, now);
        if market != "global" && row.market != market {
            continue;
        }
        match site.values.cell(&row, &column) {
            Cell::Text(text) => drop(found.insert(text)),
            Cell::Texts(texts) => found.extend(texts),
            _ => {}
        }
    }
    found.into_iter().collect()
}

/// The allowed values of some columns: `enum/ordered?id=a,b`. What is unknown is left out.
pub(super) fn ordered(site: &mut Site, request: &Request<'_>, now: i64) -> Value {
    let mut lists = Map::new();
    for id in request.param("id").unwrap_or_default().split(',') {
        let items: Vec<(String, String)> = match id {
            "technical_rating" => RATINGS
                .iter()
                .map(|(id, name)| ((*id).to_owned(), (*name).to_owned()))
                .collect(),
            "exchange" | "sector" | "industry" | "country" => {
                let values = values(site, "global", id, (site.feed(request), now)).into_iter();
                values.map(|value| (value.clone(), value)).collect()
            }
            _ => continue,
        };
        let items: Vec<Value> = items
            .iter()
            .map(|(id, name)| json!({ "id": id, "name": name, "options": {} }))
            .collect();
        lists.insert(id.to_owned(), items.into());
    }
    lists.into()
}

const RATINGS: [(&str, &str); 5] = [
    ("StrongBuy", "Strong buy"),
    ("Buy", "Buy"),
    ("Neutral", "Neutral"),
    ("Sell", "Sell"),
    ("StrongSell", "Strong sell"),
];
