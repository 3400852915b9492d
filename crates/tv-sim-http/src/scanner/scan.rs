//! Carries out a scan.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::{
    body::{Asked, Sort},
    found::found,
};
use crate::{
    site::Site,
    values::{Cache, Cell, Feed, Row},
};

/// The answer to a scan of a market, as an account sees it at a time in milliseconds UTC.
pub(super) fn scan(
    site: &mut Site,
    market: &str,
    asked: &Asked,
    (feed, now): (Feed, i64),
) -> Value {
    let now = site.values.at(now);
    let found = found(site, market, asked, (feed, now));
    let cache = &mut site.values;
    let mut rows: Vec<(Cell, Row<'_>)> = Vec::new();
    for one in &found {
        let row = one.row(feed, now);
        if fits(market, asked, &row, cache, now) {
            let key = asked
                .sort
                .as_ref()
                .map_or(Cell::Null, |sort| cache.cell(&row, &sort.by));
            rows.push((key, row));
        }
    }
    if let Some(sort) = &asked.sort {
        rows.sort_by(|(a, _), (b, _)| order(sort, a, b));
    }
    let total = rows.len();
    let (from, to) = asked.range;
    let page = rows.iter().skip(from).take(to.saturating_sub(from));
    let data: Vec<Value> = page
        .map(|(_, row)| {
            let columns = asked.columns.iter().map(|column| match column {
                Some(column) => cache.cell(row, column).to_json(),
                // One that is unknown, where that is tolerated.
                None => Value::Null,
            });
            let values: Vec<Value> = columns.collect();
            json!({ "s": row.name(), "d": values })
        })
        .collect();
    let mut answer = json!({ "totalCount": total, "data": data });
    if let (Some(params), Some(answer)) = (&asked.params, answer.as_object_mut()) {
        answer.insert("params".to_owned(), json!({ market: params }));
    }
    answer
}

fn fits(market: &str, asked: &Asked, row: &Row<'_>, cache: &mut Cache, now: i64) -> bool {
    let is_here = if market == "global" {
        asked.markets.is_empty() || asked.markets.iter().any(|own| own == row.market)
    } else {
        row.market == market
    };
    is_here
        && (asked.kinds.is_empty() || asked.kinds.iter().any(|kind| kind == row.kind()))
        && (asked.indices.is_empty() || asked.indices.iter().any(|index| is_member(index, row)))
        && asked
            .conditions
            .iter()
            .all(|condition| condition.fits(row, cache, now))
        && asked
            .tree
            .as_ref()
            .is_none_or(|tree| tree.fits(row, cache, now))
}

/// Whether a symbol belongs to an index such as `SYML:SP;SPX` or `DJ:DJI`. Indices of America are
/// those of its exchanges; others have no members.
fn is_member(index: &str, row: &Row<'_>) -> bool {
    let index = index.rsplit([';', ':']).next().unwrap_or_default();
    let exchange = row.listing.exchange();
    let is_stock = row.kind() == "stock" && row.identity.since.is_some();
    is_stock
        && match index {
            "SPX" => matches!(exchange, "NASDAQ" | "NYSE"),
            "NDX" | "IXIC" => exchange == "NASDAQ",
            "DJI" | "DJU" | "DJT" => exchange == "NYSE",
            "DAX" => exchange == "XETR",
            "UKX" => exchange == "LSE",
            "NI225" => exchange == "TSE",
            _ => false,
        }
}

/// The order of two values; what has none comes last, unless it is to come first.
fn order(sort: &Sort, a: &Cell, b: &Cell) -> Ordering {
    match (a == &Cell::Null, b == &Cell::Null) {
        (true, true) => return Ordering::Equal,
        (true, false) => {
            return if sort.nulls_first {
                Ordering::Less
            } else {
                Ordering::Greater
            };
        }
        (false, true) => {
            return if sort.nulls_first {
                Ordering::Greater
            } else {
                Ordering::Less
            };
        }
        (false, false) => {}
    }
    let order = match (a, b) {
        (Cell::Number(a), Cell::Number(b)) => a.total_cmp(b),
        (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
        (Cell::Flag(a), Cell::Flag(b)) => a.cmp(b),
        (Cell::Texts(a), Cell::Texts(b)) => a.cmp(b),
        _ => Ordering::Equal,
    };
    if sort.descends {
        order.reverse()
    } else {
        order
    }
}
