//! The inputs of a study. Built-in studies take them by name, scripts as `in_0`, `in_1` and so on,
//! wrapped in `{"v":…}`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{fault::Fault, script::script_of, source::Source};

/// The longest period of an average, in bars.
pub(super) const MAX_LENGTH: usize = 5000;
/// How many inputs a study may have.
const MAX_INPUTS: usize = 1000;

/// What a client set.
#[derive(Debug, Clone, PartialEq)]
pub struct Inputs(Map<String, Value>);

impl Inputs {
    /// Reads the last parameter of `create_study`; `None` if it is not an object, or too large.
    pub fn parse(value: &Value) -> Option<Self> {
        let given = value.as_object().filter(|map| map.len() <= MAX_INPUTS)?;
        let bare = |value: &Value| value.get("v").unwrap_or(value).clone();
        Some(Self(
            given
                .iter()
                .map(|(name, value)| (name.clone(), bare(value)))
                .collect(),
        ))
    }

    /// The script, for studies that are scripts: what `pineId` names, else whose `text` it is.
    pub fn script(&self) -> Option<Cow<'_, str>> {
        match self.text("pineId").filter(|id| !id.is_empty()) {
            Some(id) => Some(id.into()),
            None => script_of(self.text("text")?).map(Cow::from),
        }
    }

    /// The same inputs, with those whose ids stand for names under their names as well.
    pub(super) fn named(&self, names: impl Iterator<Item = (String, &'static str)>) -> Self {
        let mut all = self.0.clone();
        for (id, name) in names {
            if let Some(value) = self.0.get(&id) {
                all.entry(name).or_insert_with(|| value.clone());
            }
        }
        Self(all)
    }

    /// Whether an option is switched on; some clients send it as text.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.0
            .get(name)
            .is_some_and(|value| value == true || value == "true")
    }

    /// Whether an input is a text or has a value that is written so.
    pub(super) fn is(&self, name: &str, text: &str) -> bool {
        self.0.get(name).is_some_and(|value| match value {
            Value::String(given) => given == text,
            Value::Bool(given) => text == if *given { "true" } else { "false" },
            _ => false,
        })
    }

    /// A text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// The value of an input.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The same inputs with a value for one of them.
    pub(super) fn set(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// A number: the input of that name, else the `nth` of the numbered inputs that are numbers,
    /// else the default.
    pub(super) fn number(
        &self,
        name: &str,
        nth: usize,
        default: f64,
        function: &'static str,
    ) -> Result<f64, Fault> {
        let given = self.0.get(name).filter(|value| !value.is_null());
        let Some(value) = given.or_else(|| self.numbered(Value::is_number).nth(nth)) else {
            return Ok(default);
        };
        let number = match value {
            Value::String(text) => text.parse().ok(),
            other => other.as_f64(),
        };
        number
            .filter(|number: &f64| number.is_finite())
            .ok_or_else(|| refuse(name, function, "a number", value))
    }

    /// A number above 0.
    pub(super) fn positive(
        &self,
        name: &str,
        nth: usize,
        default: f64,
        function: &'static str,
    ) -> Result<f64, Fault> {
        let number = self.number(name, nth, default, function)?;
        if number > 0.0 {
            Ok(number)
        } else {
            Err(refuse(name, function, "> 0", &whole(number)))
        }
    }

    /// The number of bars that an average covers.
    pub(super) fn length(
        &self,
        name: &str,
        nth: usize,
        default: usize,
        function: &'static str,
    ) -> Result<usize, Fault> {
        let number = self.number(name, nth, default as f64, function)?;
        if number < 1.0 {
            return Err(refuse(name, function, "> 0", &whole(number)));
        }
        if number > MAX_LENGTH as f64 {
            let most = format!("<= {MAX_LENGTH}");
            return Err(refuse(name, function, &most, &whole(number)));
        }
        Ok(number as usize)
    }

    /// What to compute from: `source`, else the first numbered input that names a source.
    pub(super) fn source(&self) -> Result<Option<Source>, Fault> {
        let names = ["source", "src", "RSI Source"];
        if let Some(value) = names.iter().find_map(|name| self.0.get(*name)) {
            let source = value.as_str().and_then(Source::parse);
            return source
                .map(Some)
                .ok_or_else(|| refuse("source", "input.source", "a source", value));
        }
        let named = |value: &Value| {
            value
                .as_str()
                .is_some_and(|name| Source::parse(name).is_some())
        };
        Ok(self
            .numbered(named)
            .next()
            .and_then(|value| Source::parse(value.as_str()?)))
    }

    /// The numbered inputs of a sort, in their order.
    fn numbered(&self, fits: impl Fn(&Value) -> bool) -> impl Iterator<Item = &Value> {
        let number = |name: &str| name.strip_prefix("in_")?.parse::<u32>().ok();
        let mut found: Vec<(u32, &Value)> = self
            .0
            .iter()
            .filter_map(|(name, value)| Some((number(name)?, value)))
            .filter(|(_, value)| fits(value))
            .collect();
        found.sort_by_key(|(at, _)| *at);
        found.into_iter().map(|(_, value)| value)
    }
}

pub(super) fn refuse(argument: &str, function: &'static str, op: &str, value: &Value) -> Fault {
    Fault::Input {
        argument: argument.to_owned(),
        function,
        op: op.to_owned(),
        value: value.clone(),
    }
}

/// A number as scripts print it: without a fraction if it has none.
fn whole(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn inputs_are_found_by_name_and_by_place() {
        let named =
            Inputs::parse(&json!({ "length": 20, "col_prev_close": "false", "source": "hl2" }))
                .unwrap();
        assert_eq!(named.length("length", 0, 9, "f"), Ok(20));
        assert!(!named.flag("col_prev_close"));
        assert_eq!(named.source(), Ok(Some(Source::Hl2)));
        let script = Inputs::parse(&json!({
            "text": "…", "pineId": "STD;MACD", "pineVersion": "1.0",
            "in_10": { "v": 7, "f": true, "t": "integer" },
            "in_0": { "v": 12, "f": true, "t": "integer" },
            "in_2": { "v": "close", "f": true, "t": "source" },
            "in_1": { "v": 26.0, "f": true, "t": "integer" },
            "in_3": { "v": true, "f": true, "t": "bool" },
        }))
        .unwrap();
        assert_eq!(script.script().as_deref(), Some("STD;MACD"));
        let lengths = [0, 1, 2, 3].map(|nth| script.length("length", nth, 99, "f").unwrap());
        assert_eq!(lengths, [12, 26, 7, 99]);
        assert_eq!(script.source(), Ok(Some(Source::Close)));
        assert_eq!(Inputs::parse(&json!([1])), None);
    }

    #[test]
    fn bad_values_are_reported_as_a_script_reports_them() {
        let reported = |given: Value| {
            let inputs = Inputs::parse(&given).unwrap();
            inputs
                .length("length", 0, 9, "ta.sma")
                .unwrap_err()
                .reason()
        };
        let reason = reported(json!({ "length": 0 }));
        let ctx = json!({
            "argName": "length", "bar_index": 0, "code": "RE10001", "funName": "'sma'", "op": ">", "value": 0
        });
        assert_eq!(reason["ctx"], ctx);
        assert_eq!(
            reason["error"],
            "Error on bar {bar_index}: Invalid value of the '{argName}' argument ({value}) in the \
             '{funName}' function. It must be {op} 0."
        );
        assert_eq!(reason["stack_trace"], json!([{ "n": "#main", "p": 7 }]));
        assert_eq!(
            reported(json!({ "in_0": { "v": 5001 } }))["ctx"]["op"],
            "<= 5000"
        );
        assert_eq!(reported(json!({ "length": "x" }))["ctx"]["value"], "x");
        assert_eq!(reported(json!({ "length": {} }))["ctx"]["op"], "a number");
    }
}
