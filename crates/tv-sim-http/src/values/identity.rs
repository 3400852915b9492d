//! What a symbol is: columns that never change.

use serde_json::json;

use super::{cell::Cell, column::Column, places::country_name, row::Row};
use crate::listings::shown;

/// Pairs of the great currencies.
const MAJOR: [&str; 7] = [
    "EURUSD", "USDJPY", "GBPUSD", "AUDUSD", "USDCAD", "USDCHF", "NZDUSD",
];
/// The currencies of the others that are traded most.
const MINOR: [&str; 8] = ["EUR", "USD", "GBP", "JPY", "AUD", "CAD", "CHF", "NZD"];

/// The value of a column that does not depend on the time.
pub(super) fn cell(row: &Row<'_>, column: &Column) -> Option<Cell> {
    let identity = &row.identity;
    let text = |text: &str| {
        if text.is_empty() {
            Cell::Null
        } else {
            text.into()
        }
    };
    let id = row.listing.exchange();
    Some(match column.base.as_str() {
        "name" => identity.ticker.into(),
        "description" => identity.description.into(),
        "exchange" if column.name.ends_with(".tr") => shown(id).into(),
        "exchange" => id.into(),
        "type" => identity.kind.into(),
        "typespecs" => Cell::Texts(
            identity
                .typespecs
                .iter()
                .map(|spec| (*spec).to_owned())
                .collect(),
        ),
        "subtype" => identity.typespecs.join(",").as_str().into(),
        "currency" | "currency_id" | "fundamental_currency_code" => identity.currency.into(),
        "currency_kind" => if identity.currency.len() == 3 {
            "fiat"
        } else {
            "crypto"
        }
        .into(),
        "country" => country_name(identity.country).map_or(Cell::Null, Into::into),
        "country_code" | "country2" => text(identity.country),
        "market" => row.market.into(),
        "submarket" => "".into(),
        "sector" => sector(row),
        "industry" => identity
            .business
            .map_or(Cell::Null, |business| business.industry.into()),
        "logoid" => text(identity.logo),
        "base_currency_logoid" if !identity.base_currency.is_empty() => text(identity.logo),
        "currency_logoid" => flag(identity.currency),
        "source-logoid" => format!("source/{id}").as_str().into(),
        "provider-id" => "sim".into(),
        "update_mode" => row.update_mode().as_str().into(),
        "kind" => if row.delay() == 0 { "rt" } else { "delay" }.into(),
        "kind-delay" => Cell::Number(row.delay() as f64 / 1000.0),
        "pricescale" => Cell::Number(identity.pricescale as f64),
        "minmov" => Cell::Number(identity.minmov as f64),
        "minmove2" => Cell::Number(identity.minmove2 as f64),
        "fractional" => if identity.fractional { "true" } else { "false" }.into(),
        "is_primary" | "is_symbol_primary_listing" => Cell::Flag(true),
        "active_symbol" => Cell::Flag(identity.since.is_some()),
        "isin-displayed" => identity.isin.as_deref().map_or(Cell::Null, Into::into),
        "centralization" if matches!(row.market, "crypto") => row.listing.centralization().into(),
        "blockchain-id" if row.listing.centralization() == "dex" => if column.name.ends_with(".tr")
        {
            "Ethereum"
        } else {
            "blockchain-ethereum"
        }
        .into(),
        "first_bar_time_1d" => Cell::from(identity.since.map(|day| (day * 86_400) as f64)),
        "indexes" => Cell::Json(json!([])),
        "ticker-view" => Cell::Json(json!({
            "name": identity.ticker, "description": identity.description, "typename": identity.kind,
            "exchange": id, "type": identity.kind, "typespecs": identity.typespecs, "logoid": identity.logo,
            "updateMode": row.update_mode(),
        })),
        _ => return None,
    })
}

/// The sector of a company; of a pair of currencies, how much it is traded.
fn sector(row: &Row<'_>) -> Cell {
    let identity = &row.identity;
    if let Some(business) = identity.business {
        return business.sector.into();
    }
    let halves = identity
        .ticker
        .split_at_checked(3)
        .filter(|_| identity.kind == "forex");
    match halves {
        None => Cell::Null,
        Some(_) if MAJOR.contains(&identity.ticker) => "Major".into(),
        Some((base, quote)) if MINOR.contains(&base) && MINOR.contains(&quote) => "Minor".into(),
        Some(_) => "Exotic".into(),
    }
}

fn flag(currency: &str) -> Cell {
    currency.get(..2).map_or(Cell::Null, |country| {
        format!("country/{country}").as_str().into()
    })
}
