//! A Pine script with its inputs.

use std::collections::BTreeMap;

use super::{InputError, InputKind, MetaInfo, MetaInput, Plots, StudySpec, input::checked};
use crate::{json::Json, names::closest};

/// The ids that the server gives to all scripts of a kind.
const INDICATOR: &str = "Script@tv-scripting-101!";
const STRATEGY: &str = "StrategyScript@tv-scripting-101!";
const FUNDAMENTAL: &str = "Internal@tv-scripting-101!";

/// Sent as they are. All other inputs are sent with their type.
const BARE: [&str; 4] = ["text", "pineId", "pineVersion", "pineFeatures"];

/// A Pine script with inputs that are checked as they are set.
///
/// [`MetaInfo::script`] makes one; its text on the wire expires, so the description has to be
/// fetched anew each time.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptStudy<'a> {
    info: &'a MetaInfo,
    script_id: &'a str,
    version: &'a str,
    text: &'a Json,
    values: BTreeMap<&'a str, Json>,
}

impl MetaInfo {
    /// The script of this description, with the inputs that it has by default.
    ///
    /// ```
    /// use tv_protocol::study::MetaInfo;
    ///
    /// let info: MetaInfo = serde_json::from_str(
    ///     r#"{
    ///         "scriptIdPart": "STD;RSI", "pine": {"version": "29.0"},
    ///         "inputs": [
    ///             {"id": "text", "type": "text", "defval": "bmI9Ks46_…"},
    ///             {"id": "in_0", "name": "Length", "type": "integer", "defval": 14, "min": 1}
    ///         ],
    ///         "plots": [{"id": "plot_0", "type": "line"}],
    ///         "styles": {"plot_0": {"title": "RSI"}}
    ///     }"#,
    /// )?;
    /// let spec = info.script()?.input("Length", 20)?.spec();
    /// assert_eq!(spec.id, "Script@tv-scripting-101!");
    /// assert_eq!(spec.inputs["in_0"].to_string(), r#"{"f":false,"t":"integer","v":20}"#);
    ///
    /// let error = info.script()?.input("Length", 0).unwrap_err();
    /// assert_eq!(error.to_string(), "`Length` must be at least 1, and 0 is less");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InputError::NotAScript`] if it is the description of something else, or lacks the text,
    /// the id or the version of the script.
    pub fn script(&self) -> Result<ScriptStudy<'_>, InputError> {
        let missing = |what| InputError::NotAScript { missing: what };
        let text = self.inputs.iter().find(|input| input.is("text"));
        let text = text.and_then(|input| input.default.as_ref());
        let text = text.filter(|text| text.as_str().is_some_and(|text| !text.is_empty()));
        let script_id = self.script_id.as_deref().ok_or_else(|| missing("its id"))?;
        let pine = self.pine.as_ref();
        let version = pine.and_then(|pine| pine.version.as_deref());
        Ok(ScriptStudy {
            info: self,
            script_id,
            version: version.ok_or_else(|| missing("its version"))?,
            text: text.ok_or_else(|| missing("its text"))?,
            values: BTreeMap::new(),
        })
    }
}

impl<'a> ScriptStudy<'a> {
    /// Sets an input by its id (`in_0`), its name, or its name in the script. Times are
    /// milliseconds since 1970, colours texts such as `#FF7600`, intervals `60` or `1D` (empty for
    /// that of the chart), sources `close`, `hl2` or a plot of another study such as `st4$0`.
    ///
    /// # Errors
    ///
    /// If the script has no input of that name, or if the value has another type, is out of
    /// range or is not one of the allowed values.
    pub fn input(mut self, name: &str, value: impl Into<Json>) -> Result<Self, InputError> {
        let input = self.find(name)?;
        let id = input.id.as_deref().unwrap_or_default();
        let value = checked(input, name, value.into())?;
        self.values.insert(id, value);
        Ok(self)
    }

    /// What is sent, and what the rows hold.
    #[must_use]
    pub fn spec(&self) -> StudySpec {
        let id = match (self.info.is_strategy, self.is_fundamental()) {
            (Some(true), _) => STRATEGY,
            (_, true) => FUNDAMENTAL,
            _ => INDICATOR,
        };
        let mut inputs = BTreeMap::new();
        for input in &self.info.inputs {
            let Some(id) = input.id.as_deref() else {
                continue;
            };
            let value = match id {
                "text" => self.text.clone(),
                "pineId" => Json::from(self.script_id),
                "pineVersion" => Json::from(self.version),
                _ => {
                    let value = self.values.get(id).or(input.default.as_ref());
                    let value = value.cloned().unwrap_or_default();
                    match BARE.contains(&id) {
                        true => value,
                        false => typed(input, &value),
                    }
                }
            };
            inputs.insert(id.to_owned(), value);
        }
        // Servers want them also where a description does not list them.
        let bare = [
            ("pineId", Json::from(self.script_id)),
            ("pineVersion", Json::from(self.version)),
        ];
        for (id, value) in bare {
            inputs.entry(id.to_owned()).or_insert(value);
        }
        StudySpec {
            id: id.to_owned(),
            inputs,
            plots: Plots::of(self.info),
        }
    }

    fn is_fundamental(&self) -> bool {
        let id = self.info.id.as_deref().unwrap_or_default();
        self.info.is_fundamental == Some(true) || id.starts_with("Internal$")
    }

    fn find(&self, name: &str) -> Result<&'a MetaInput, InputError> {
        let info = self.info;
        let found = info.input(name).filter(|input| !input.is_technical());
        found.ok_or_else(|| {
            let names = || {
                let inputs = info.user_inputs();
                inputs.filter_map(|input| input.name.as_deref().or(input.id.as_deref()))
            };
            InputError::Unknown {
                name: name.to_owned(),
                suggestion: closest(name, names()).map(str::to_owned),
                names: names().map(str::to_owned).collect(),
            }
        })
    }
}

/// A value with its type, as scripts take it.
fn typed(input: &MetaInput, value: &Json) -> Json {
    let kind = input.kind.as_ref().map_or("text", InputKind::as_str);
    let fields = [
        ("v", value.clone()),
        ("f", input.is_fake.unwrap_or_default().into()),
        ("t", kind.into()),
    ];
    Json::object(fields)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::study::PlotKind;

    fn info() -> MetaInfo {
        serde_json::from_value(json!({
            "id": "Script$USER;abc@tv-scripting-101", "scriptIdPart": "USER;abc",
            "pine": {"version": "3.0"}, "isTVScript": true,
            "inputs": [
                {"id": "text", "type": "text", "defval": "bmI9Ks46_x", "isHidden": true},
                {"id": "pineId", "type": "text", "defval": "", "isHidden": true},
                {"id": "pineVersion", "type": "text", "defval": "", "isHidden": true},
                {"id": "pineFeatures", "type": "text", "defval": "{\"plot\":1}", "isHidden": true},
                {"id": "in_0", "name": "Length", "type": "integer", "defval": 14, "min": 1, "max": 50},
                {"id": "in_1", "name": "Factor", "type": "float", "defval": 2},
                {"id": "in_2", "name": "Kind", "type": "text", "defval": "SMA", "options": ["SMA", "EMA"]},
                {"id": "in_3", "name": "Show", "type": "bool", "defval": true, "isFake": true},
                {"id": "in_4", "name": "Source", "type": "source", "defval": "close"},
                {"id": "in_5", "name": "Timeframe", "type": "resolution", "defval": ""},
                {"id": "in_6", "name": "Start", "type": "time", "defval": 0, "internalID": "start"},
                {"id": "in_7", "name": "Session", "type": "session", "defval": "0930-1600"},
                {"id": "in_8", "name": "Other", "type": "symbol", "defval": ""},
                {"id": "in_9", "name": "Colour", "type": "color", "defval": "#FF0000"},
                {"id": "__user_pro_plan", "type": "usertype", "defval": ""},
            ],
            "plots": [{"id": "plot_0", "type": "line"}],
        }))
        .unwrap()
    }

    fn inputs(spec: &StudySpec) -> Value {
        serde_json::to_value(&spec.inputs).unwrap()
    }

    #[test]
    fn all_inputs_are_sent_with_their_types() {
        let info = info();
        let script = info.script().unwrap();
        let script = script.input("Length", 20).unwrap();
        let script = script.input("start", 1_704_205_800_000_i64).unwrap();
        let spec = script.input("in_4", "st4$0").unwrap().spec();
        let sent = inputs(&spec);
        assert_eq!(sent["text"], json!("bmI9Ks46_x"));
        assert_eq!(sent["pineId"], json!("USER;abc"));
        assert_eq!(sent["pineVersion"], json!("3.0"));
        assert_eq!(sent["pineFeatures"], json!("{\"plot\":1}"));
        assert_eq!(sent["in_0"], json!({"v": 20, "f": false, "t": "integer"}));
        assert_eq!(sent["in_3"], json!({"v": true, "f": true, "t": "bool"}));
        assert_eq!(sent["in_4"]["v"], json!("st4$0"));
        assert_eq!(sent["in_6"]["v"], json!(1_704_205_800_000_i64));
        assert_eq!(sent["__user_pro_plan"]["t"], json!("usertype"));
        assert_eq!(sent.as_object().unwrap().len(), info.inputs.len());
        assert_eq!(spec.plots.iter().next().unwrap().kind, Some(PlotKind::Line));
    }

    #[test]
    fn the_kind_of_script_decides_the_id() {
        let mut info = info();
        assert_eq!(info.script().unwrap().spec().id, INDICATOR);
        info.id = Some("Internal$STD;Fund_x@tv-scripting-101".into());
        assert_eq!(info.script().unwrap().spec().id, FUNDAMENTAL);
        // Newer servers call strategies price studies, too.
        (info.is_strategy, info.is_price_study) = (Some(true), Some(true));
        assert_eq!(info.script().unwrap().spec().id, STRATEGY);
    }

    #[test]
    fn wrong_inputs_say_what_is_wrong() {
        let info = info();
        let number = |name, value: f64| (name, Json::from(value));
        let text = |name, value: &str| (name, Json::from(value));
        for ((name, value), words) in [
            (
                number("Lenght", 5.0),
                "the study has no input `Lenght`; did you mean `Length`?",
            ),
            (
                number("text", 5.0),
                "the study has no input `text`; it has `Length`, ",
            ),
            (
                number("__user_pro_plan", 5.0),
                "the study has no input `__user_pro_plan`",
            ),
            (
                text("Length", "9"),
                "`Length` takes an integer, not the text \"9\"",
            ),
            (number("Length", 1.5), "`Length` takes an integer, not 1.5"),
            (
                number("Length", 51.0),
                "`Length` must be at most 50, and 51 is more",
            ),
            (
                number("in_0", 0.0),
                "`in_0` must be at least 1, and 0 is less",
            ),
            (
                text("Factor", "x"),
                "`Factor` takes a number, not the text \"x\"",
            ),
            (
                text("Kind", "ema"),
                "`Kind` takes one of \"SMA\", \"EMA\", not the text \"ema\"",
            ),
            (
                number("Kind", 1.0),
                "`Kind` takes one of \"SMA\", \"EMA\", not 1",
            ),
            (
                text("Show", "true"),
                "`Show` takes true or false, not the text \"true\"",
            ),
            (
                text("Source", "closed"),
                "`Source` takes a source such as `close`, `hl2` or `st1$0`, not",
            ),
            (
                text("Timeframe", "1 week"),
                "`Timeframe` takes an interval such as `60` or `1D`",
            ),
            (
                number("Start", 1_704_205_800.0),
                "`Start` takes milliseconds since 1970, and 1704205800 looks like seconds",
            ),
            (
                text("Session", "9-5"),
                "`Session` takes a session such as `0930-1600` or `0930-1600:23456`",
            ),
            (number("Other", 5.0), "`Other` takes a symbol"),
        ] {
            let error = info.script().unwrap().input(name, value).unwrap_err();
            assert!(error.to_string().starts_with(words), "{error}");
        }
        for (name, value) in [
            number("Length", 50.0),
            number("Factor", 2.5),
            text("Kind", "EMA"),
            ("Show", Json::from(false)),
            text("Source", "hlcc4"),
            text("Timeframe", ""),
            text("Timeframe", "240"),
            text("Session", "0930-1600:1234567"),
            text("Other", "BINANCE:BTCUSDT"),
            text("Colour", "#00FF00"),
            number("Start", 0.0),
        ] {
            let set = info.script().unwrap().input(name, value.clone());
            assert!(set.is_ok(), "{name}: {value}: {set:?}");
        }
    }

    #[test]
    fn what_describes_something_else_is_refused() {
        let error = MetaInfo::default().script().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the description is not that of a script: it lacks its id"
        );
        let mut without_text = info();
        without_text.inputs.remove(0);
        assert!(
            without_text
                .script()
                .unwrap_err()
                .to_string()
                .ends_with("its text")
        );
    }
}
