//! How clients name symbols: plainly, or by a descriptor `={"symbol":…}`.

use market::{Adjustment, Currency, Settings, Shape};
use serde_json::Value;

/// Removes the white space between the tokens of a JSON text and leaves everything else, also the
/// order of keys.
pub(crate) fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut quoted, mut escaped) = (false, false);
    for character in json.chars() {
        if quoted {
            (quoted, escaped) = (escaped || character != '"', !escaped && character == '\\');
        } else if character.is_ascii_whitespace() {
            continue;
        } else {
            quoted = character == '"';
        }
        out.push(character);
    }
    out
}

/// The symbol that a text asks for: itself, or what the descriptor `={"symbol":…}` names.
pub(crate) fn symbol_asked(text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix('=') else {
        return Some(text.to_owned());
    };
    if !rest.trim_start().starts_with('{') {
        return Some(rest.to_owned());
    }
    let mut value: Value = serde_json::from_str(rest).ok()?;
    // A chart type or a replay wraps the symbol in another descriptor.
    loop {
        match value.get_mut("symbol").map(Value::take)? {
            Value::String(symbol) => return Some(symbol),
            inner @ Value::Object(_) => value = inner,
            _ => return None,
        }
    }
}

/// How a descriptor wants the bars of its symbol read; `None` if it asks for a currency that there
/// is not.
pub(crate) fn settings_asked(text: &str) -> Option<Settings> {
    let mut settings = Settings::default();
    let mut value: Option<Value> = text
        .strip_prefix('=')
        .and_then(|rest| serde_json::from_str(rest).ok());
    while let Some(descriptor) = &mut value {
        let field = |name: &str| descriptor.get(name).and_then(Value::as_str);
        match field("adjustment") {
            Some("none") => settings.adjustment = Adjustment::None,
            Some("dividends") => settings.adjustment = Adjustment::Dividends,
            Some(_) => settings.adjustment = Adjustment::Splits,
            None => {}
        }
        settings.back_adjusted |= field("backadjustment").is_some();
        settings.extended |= field("session") == Some("extended");
        settings.heikin_ashi |=
            field("type").is_some_and(|kind| kind.starts_with("BarSetHeikenAshi@"));
        if let Some(code) = field("currency-id") {
            settings.currency = Some(Currency::parse(code)?);
        }
        // A chart type or a replay wraps the symbol in another descriptor.
        value = descriptor
            .get_mut("symbol")
            .map(Value::take)
            .filter(Value::is_object);
    }
    Some(settings)
}

/// The bars that prices end rather than the clock, if a descriptor asks for such; or why there are
/// none with its inputs.
pub(crate) fn shape_asked(text: &str) -> Result<Option<Shape>, String> {
    let mut value: Option<Value> = text
        .strip_prefix('=')
        .and_then(|rest| serde_json::from_str(rest).ok());
    while let Some(descriptor) = &mut value {
        let inputs = descriptor.get("inputs").unwrap_or(&Value::Null);
        let kind = descriptor.get("type").and_then(Value::as_str);
        if let Some(shape) = kind.and_then(|kind| Shape::parse(kind, inputs)) {
            return shape.map(Some);
        }
        value = descriptor
            .get_mut("symbol")
            .map(Value::take)
            .filter(Value::is_object);
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compaction_keeps_strings_and_order() {
        assert_eq!(
            compact(r#"{ "b" : "x \" y\\" , "a" : [ 1, 2 ] }"#),
            r#"{"b":"x \" y\\","a":[1,2]}"#
        );
    }

    #[test]
    fn every_way_to_name_a_symbol_is_understood() {
        for text in [
            "NASDAQ:AAPL",
            "=NASDAQ:AAPL",
            r#"={"symbol":"NASDAQ:AAPL","adjustment":"splits"}"#,
            r#"={ "session": "regular", "symbol": "NASDAQ:AAPL" }"#,
            r#"={"symbol":{"symbol":"NASDAQ:AAPL"},"type":"BarSetHeikenAshi@tv-basicstudies-60!","inputs":{}}"#,
        ] {
            assert_eq!(symbol_asked(text).as_deref(), Some("NASDAQ:AAPL"), "{text}");
        }
        assert_eq!(symbol_asked(r#"={"adjustment":"splits"}"#), None);
        assert_eq!(symbol_asked("={"), None);
    }

    #[test]
    fn settings_are_found_at_any_depth() {
        assert_eq!(settings_asked("NASDAQ:AAPL"), Some(Settings::default()));
        let inner = r#"{"symbol":"NASDAQ:AAPL","adjustment":"dividends","session":"extended","currency-id":"EUR","backadjustment":"default"}"#;
        let expected = Settings {
            adjustment: Adjustment::Dividends,
            back_adjusted: true,
            extended: true,
            currency: Currency::parse("EUR"),
            heikin_ashi: false,
            shape: None,
        };
        assert_eq!(settings_asked(&format!("={inner}")), Some(expected));
        let outer = format!(
            r#"={{"symbol":{inner},"type":"BarSetHeikenAshi@tv-basicstudies-60!","inputs":{{}}}}"#
        );
        let heikin_ashi = Settings {
            heikin_ashi: true,
            ..expected
        };
        assert_eq!(settings_asked(&outer), Some(heikin_ashi));
        assert_eq!(
            settings_asked(r#"={"symbol":"NASDAQ:AAPL","currency-id":"XYZ"}"#),
            None
        );
    }
}
