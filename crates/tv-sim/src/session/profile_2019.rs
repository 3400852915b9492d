//! What the server of 2019 said otherwise: messages are made as they are today, and put into its
//! words on their way out.

use market::Tick;
use serde_json::{Map, Value, json};

/// A day in milliseconds.
const DAY: i64 = 86_400_000;
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
/// The fields of a quote that were known, apart from the figures of companies.
const QUOTED: &[&str] = &[
    "ask",
    "ask_size",
    "base_name",
    "bid",
    "bid_size",
    "broker_names",
    "ch",
    "chp",
    "country_code",
    "currency_code",
    "current_session",
    "description",
    "exchange",
    "fractional",
    "high_price",
    "is_tradable",
    "isin",
    "language",
    "listed_exchange",
    "local_code",
    "low_price",
    "lp",
    "lp_time",
    "minmov",
    "minmove2",
    "nsin",
    "open_price",
    "open_time",
    "original_name",
    "pointvalue",
    "prev_close_price",
    "pricescale",
    "pro_name",
    "pro_perm",
    "rch",
    "rchp",
    "rtc",
    "rtc_time",
    "sedol",
    "short_description",
    "short_name",
    "symbol_status",
    "timezone",
    "type",
    "typespecs",
    "update_mode",
    "volume",
];
/// Fields that only securities had.
const STOCKS_ONLY: &[&str] = &["country_code", "rch", "rchp", "rtc", "rtc_time"];
/// Identifiers, which only securities had.
const IDENTIFIERS: &[&str] = &["isin", "local_code", "nsin", "sedol"];

/// A message in the words of 2019; `None` if there was none such.
pub(crate) fn of_2019(payload: String) -> Option<String> {
    let Ok(Value::Object(mut message)) = serde_json::from_str::<Value>(&payload) else {
        return Some(payload);
    };
    // What was recorded then, and is played, has no milliseconds: it stays as it is, to the last
    // digit.
    let timed = message.remove("t_ms").is_some();
    let method = message.get("m").and_then(Value::as_str).map(str::to_owned);
    let Some(params) = message.get_mut("p").and_then(Value::as_array_mut) else {
        return Some(payload);
    };
    match method.as_deref().unwrap_or_default() {
        "quote_completed" | "series_timeframe" => return None,
        "du" if payload.contains(r#""lbs""#) || payload.contains(r#""st":[]"#) => {}
        _ if !timed => return Some(payload),
        "series_completed" => params.truncate(4),
        "symbol_resolved" => {
            if let Some(Value::Object(info)) = params.get_mut(2) {
                resolved(info);
            }
        }
        _ => {}
    }
    if matches!(method.as_deref(), Some("timescale_update" | "du")) && !objects(params) {
        return None;
    }
    // Two kinds reported the time inside the parameters only.
    let inside = matches!(
        method.as_deref(),
        Some("symbol_resolved" | "timescale_update")
    );
    if let Some(seconds) = message.get("t").cloned()
        && let Some(params) = message.get_mut("p").and_then(Value::as_array_mut)
    {
        params.push(seconds);
        if inside {
            message.remove("t");
        }
    }
    Some(Value::Object(message).to_string())
}

/// The objects of a chart, and its scale; whether any content is left.
fn objects(params: &mut [Value]) -> bool {
    if let Some(Value::Object(objects)) = params.get_mut(1) {
        let before = objects.len();
        objects.retain(|_, object| !says_nothing(object));
        if objects.is_empty() && before > 0 {
            return false;
        }
        objects.values_mut().for_each(series);
    }
    if let Some(Value::Object(scale)) = params.get_mut(2) {
        scale.remove("last_session_switches");
    }
    true
}

/// Whether it is a study's answer without content, which was not sent.
fn says_nothing(object: &Value) -> bool {
    let empty = |list: &Value| list.as_array().is_some_and(Vec::is_empty);
    object.get("st").is_some_and(empty) && object.pointer("/ns/d").is_some_and(|d| d == "")
}

/// A series had neither the close of its bar nor a word for places that stay.
fn series(object: &mut Value) {
    if let Some(object) = object
        .as_object_mut()
        .filter(|object| object.contains_key("s"))
    {
        object.remove("lbs");
        if let Some(places) = object.get_mut("ns").and_then(|ns| ns.get_mut("indexes")) {
            *places = json!([]);
        }
    }
}

fn resolved(info: &mut Map<String, Value>) {
    let country = info
        .get("source2")
        .and_then(|source| source.get("country"))
        .cloned();
    info.retain(|field, _| RESOLVED.contains(&field.as_str()));
    info.insert("resolutions".into(), json!([]));
    if info.get("type").is_some_and(|kind| kind == "stock") {
        for field in IDENTIFIERS {
            info.entry(*field).or_insert_with(|| json!(""));
        }
        info.insert("country".into(), country.unwrap_or_default());
    }
}

/// Turns the fields that quotes have today into those of then.
pub(crate) fn quote_of_2019(tick: &Tick, values: &mut Map<String, Value>) {
    values.retain(|field, _| QUOTED.contains(&field.as_str()));
    let info = tick.symbol.resolved();
    let today = tick.at.div_euclid(DAY) * (DAY / 1000);
    values.entry("open_time").or_insert_with(|| json!(today));
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
    } else {
        // What trades round the clock, or nowhere in particular, has neither hours before and after
        // nor a country.
        values.retain(|field, _| !STOCKS_ONLY.contains(&field.as_str()));
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
    fn studies_without_content_were_not_reported() {
        let nothing = r#""st":[],"ns":{"d":"","indexes":[]},"t":"s1_st1""#;
        assert_eq!(
            said(&format!(
                r#"{{"m":"du","p":["cs",{{"st1":{{{nothing}}}}}]}}"#
            )),
            None
        );
        let with_series = said(&format!(
            r#"{{"m":"du","p":["cs",{{"s1":{{"s":[],"ns":{{"d":"","indexes":"nochange"}},"t":"s1"}},"st1":{{{nothing}}}}}]}}"#
        ));
        assert_eq!(
            with_series.unwrap()["p"][1],
            json!({ "s1": { "s": [], "ns": { "d": "", "indexes": [] }, "t": "s1" } })
        );
        let emptied = r#"{"m":"du","p":["cs",{"p1":{"plots":[],"t":"t"}}]}"#;
        assert!(
            said(emptied).is_some(),
            "a pointset's emptiness says something"
        );
    }

    #[test]
    fn what_was_recorded_then_stays_as_it_is() {
        for payload in [
            r#"{"m":"series_completed","p":["cs","s1","streaming","s1",7],"t":7}"#,
            r#"{"m":"symbol_resolved","p":["cs","y",{"name":"A","sector":"x"},7]}"#,
            r#"{"m":"du","p":["cs",{"s1":{"s":[{"i":1,"v":[7.0,8004.8000000000001819]}],"t":"s1"}}]}"#,
        ] {
            assert_eq!(of_2019(payload.to_owned()).as_deref(), Some(payload));
        }
    }

    #[test]
    fn greetings_and_heartbeats_pass() {
        for payload in [r#"{"session_id":"x"}"#, "~h~1"] {
            assert_eq!(of_2019(payload.to_owned()).as_deref(), Some(payload));
        }
    }
}
