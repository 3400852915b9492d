//! What the server of 2019 said otherwise: messages are made as they are today, and put into its words on their way out.

use serde_json::{Map, Value, json};

use crate::market::Symbol;

/// The fields of `symbol_resolved` that were known.
const RESOLVED: &[&str] = &[
    "aliases",
    "allowed_adjustment",
    "alternatives",
    "bar_fillgaps",
    "bar_source",
    "bar_transform",
    "base_name",
    "country",
    "currency_code",
    "description",
    "exchange",
    "fractional",
    "full_name",
    "has_adjustment",
    "has_extended_hours",
    "has_intraday",
    "is_replayable",
    "is_tradable",
    "isin",
    "language",
    "legs",
    "listed_exchange",
    "local_code",
    "minmov",
    "minmove2",
    "name",
    "nsin",
    "pointvalue",
    "pricescale",
    "pro_name",
    "pro_perm",
    "resolutions",
    "sedol",
    "session",
    "short_description",
    "timezone",
    "type",
    "typespecs",
];
/// The fields of a quote that the server has learnt since.
const LATER: &[&str] = &[
    "currency_id",
    "base_currency",
    "base_currency_id",
    "format",
    "formatter",
    "local_description",
    "measure",
    "provider_id",
    "source_id",
    "source2",
    "status",
    "trade_loaded",
    "variable_tick_size",
    "logoid",
    "currency-logoid",
    "base-currency-logoid",
    "source-logoid",
];
/// What identifies a security, and was told of those only.
const IDENTIFIERS: &[&str] = &["isin", "local_code", "nsin", "sedol"];

/// A message in the words of 2019; `None` if there was none such.
pub(crate) fn of_2019(payload: String) -> Option<String> {
    let Ok(Value::Object(mut message)) = serde_json::from_str::<Value>(&payload) else {
        return Some(payload);
    };
    let method = message.get("m").and_then(Value::as_str).map(str::to_owned);
    let Some(params) = message.get_mut("p").and_then(Value::as_array_mut) else {
        return Some(payload);
    };
    match method.as_deref().unwrap_or_default() {
        "quote_completed" | "series_timeframe" => return None,
        "series_completed" => params.truncate(4),
        "symbol_resolved" => {
            if let Some(Value::Object(info)) = params.get_mut(2) {
                resolved(info);
            }
        }
        "timescale_update" | "du" => {
            let objects = params.get_mut(1).and_then(Value::as_object_mut);
            for object in objects.into_iter().flat_map(Map::values_mut) {
                if let Some(object) = object.as_object_mut() {
                    object.remove("lbs");
                }
            }
            if let Some(Value::Object(scale)) = params.get_mut(2) {
                scale.remove("last_session_switches");
            }
        }
        _ => {}
    }
    message.remove("t_ms");
    if let Some(seconds) = message.get("t").cloned()
        && let Some(params) = message.get_mut("p").and_then(Value::as_array_mut)
    {
        params.push(seconds);
    }
    Some(Value::Object(message).to_string())
}

fn resolved(info: &mut Map<String, Value>) {
    info.retain(|field, _| RESOLVED.contains(&field.as_str()));
    info.insert("resolutions".into(), json!([]));
    if info.get("type").is_some_and(|kind| kind == "stock") {
        for field in IDENTIFIERS {
            info.entry(*field).or_insert_with(|| json!(""));
        }
    }
}

/// Turns what a quote tells today into what it told then.
pub(crate) fn quote_of_2019(symbol: &Symbol, values: &mut Map<String, Value>) {
    values.retain(|field, _| !LATER.contains(&field.as_str()));
    let info = symbol.resolved();
    for field in [
        "base_name",
        "pointvalue",
        "pro_perm",
        "short_description",
        "typespecs",
        "timezone",
    ] {
        if let Some(value) = info.get(field) {
            values.entry(field).or_insert_with(|| value.clone());
        }
    }
    values.insert("broker_names".into(), json!({}));
    values.insert("symbol_status".into(), json!("realtime"));
    if values.get("type").is_some_and(|kind| kind == "stock") {
        for field in IDENTIFIERS {
            values.entry(*field).or_insert_with(|| json!(""));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(payload: &str) -> Option<Value> {
        of_2019(payload.to_owned()).map(|text| serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn times_stand_inside_the_parameters() {
        assert_eq!(
            said(r#"{"m":"series_loading","p":["cs","s1","s1"],"t":7,"t_ms":7000}"#),
            Some(json!({ "m": "series_loading", "p": ["cs", "s1", "s1", 7], "t": 7 }))
        );
        assert_eq!(
            said(
                r#"{"m":"series_completed","p":["cs","s1","streaming","s1",{"rt_update_period":5}],"t":7,"t_ms":7000}"#
            ),
            Some(
                json!({ "m": "series_completed", "p": ["cs", "s1", "streaming", "s1", 7], "t": 7 })
            )
        );
    }

    #[test]
    fn what_came_later_is_left_out() {
        assert_eq!(said(r#"{"m":"quote_completed","p":["qs","A"]}"#), None);
        let update = said(
            r#"{"m":"du","p":["cs",{"s1":{"s":[{"i":1,"v":[1558194300.0,1e+100]}],"lbs":{},"t":"s1"}}]}"#,
        );
        assert_eq!(
            update,
            Some(
                json!({ "m": "du", "p": ["cs", { "s1": { "s": [{ "i": 1, "v": [1558194300.0, 1e100] }], "t": "s1" } }] })
            )
        );
    }

    #[test]
    fn greetings_and_heartbeats_pass() {
        for payload in [r#"{"session_id":"x"}"#, "~h~1"] {
            assert_eq!(of_2019(payload.to_owned()).as_deref(), Some(payload));
        }
    }
}
