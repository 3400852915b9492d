//! How the server describes a script: `metaInfo`.

use serde_json::{Map, Value, json};

use super::{
    entries::{Input, Plot, Usual},
    script::{Script, ScriptKind},
};
use crate::study::generic::default;

impl Script {
    /// What the script takes and plots, for a version of it. Plots stand in the order in which
    /// rows have their values.
    pub fn meta_info(&self, version: &str) -> Value {
        let engine = if self.is_strategy() {
            "StrategyScript"
        } else {
            "Script"
        };
        let mut inputs = technical(&self.template());
        inputs.extend(self.entry.inputs.iter().enumerate().map(described));
        let looks = Looks::of(self.entry.plots);
        let info = json!({
            "_metainfoVersion": 53,
            "id": format!("{engine}${}@tv-scripting-101", self.id()),
            "scriptIdPart": self.id(),
            "description": self.name(),
            "shortDescription": self.short_name(),
            "docs": "",
            "pine": { "version": version, "digest": digest(self.id()) },
            "defaults": {
                "inputs": defaults(&inputs),
                "styles": looks.lines,
                "palettes": looks.colours,
            },
            "inputs": inputs,
            "plots": self.entry.plots.iter().enumerate().map(plotted).collect::<Vec<_>>(),
            "styles": looks.styles,
            "palettes": looks.palettes,
            "graphics": {},
            "format": { "type": "inherit" },
            "is_price_study": self.is_price_study(),
            "is_hidden_study": false,
            "isTVScript": true,
            "isTVScriptStub": false,
            "usesPrivateLib": false,
            "warnings": [],
        });
        let mut more = Vec::new();
        if self.is_strategy() {
            more.push(("isTVScriptStrategy", json!(true)));
        }
        if self.list() == ScriptKind::Fundamental {
            let period = self.id().rsplit('_').next().unwrap_or_default();
            let period = period.to_ascii_uppercase();
            more.push(("isFundamentalStudy", json!(true)));
            more.push(("fundamentalCategory", json!("Income statement")));
            more.push(("groupingKey", json!(format!("{}{period}", self.name()))));
            more.push(("financialPeriod", json!(period)));
        }
        with(info, more)
    }
}

/// How plots look: their titles, their lines, and the colours that they choose from.
#[derive(Default)]
struct Looks {
    styles: Map<String, Value>,
    lines: Map<String, Value>,
    palettes: Map<String, Value>,
    colours: Map<String, Value>,
}

impl Looks {
    fn of(plots: &[Plot]) -> Self {
        let mut looks = Self::default();
        for (place, plot) in plots.iter().enumerate() {
            match plot {
                Plot::Line(title) => looks.line(format!("plot_{place}"), title),
                Plot::Shape(title) => looks.shape(format!("plot_{place}"), title),
                Plot::Colour(_, count) | Plot::Background(count) => {
                    looks.choice(palette(place), *count);
                }
                Plot::Alert => {}
            }
        }
        looks
    }

    fn line(&mut self, id: String, title: &str) {
        let style = json!({
            "title": title,
            "histogramBase": 0,
            "joinPoints": false,
            "isHidden": false,
        });
        let line = json!({
            "color": "#2962FF",
            "linestyle": 0,
            "linewidth": 1,
            "plottype": 0,
            "trackPrice": false,
            "transparency": 0,
            "visible": true,
        });
        self.styles.insert(id.clone(), style);
        self.lines.insert(id, line);
    }

    fn shape(&mut self, id: String, title: &str) {
        let shape = json!({
            "color": "#2962FF",
            "plottype": "shape_arrow_up",
            "location": "BelowBar",
            "transparency": 0,
            "visible": true,
        });
        let style = json!({ "title": title, "size": "small", "text": "", "isHidden": false });
        self.styles.insert(id.clone(), style);
        self.lines.insert(id, shape);
    }

    fn choice(&mut self, id: String, count: usize) {
        let map = |value: fn(usize) -> Value| -> Map<String, Value> {
            (0..count)
                .map(|nth| (nth.to_string(), value(nth)))
                .collect()
        };
        let names = map(|nth| json!({ "name": format!("Color {nth}") }));
        let shown = map(|_| json!({ "color": "#26A69A", "width": 1, "style": 0 }));
        let palette = json!({ "colors": names, "valToIndex": map(|nth| json!(nth)) });
        self.palettes.insert(id.clone(), palette);
        self.colours.insert(id, json!({ "colors": shown }));
    }
}

/// An object with further keys.
fn with(mut object: Value, more: Vec<(&str, Value)>) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.extend(more.into_iter().map(|(key, value)| (key.to_owned(), value)));
    }
    object
}

/// The defaults of inputs, by their ids.
fn defaults(inputs: &[Value]) -> Map<String, Value> {
    let default = |input: &Value| {
        let id = input.get("id")?.as_str()?.to_owned();
        Some((id, input.get("defval")?.clone()))
    };
    inputs.iter().filter_map(default).collect()
}

/// The inputs that carry the script itself.
fn technical(template: &str) -> Vec<Value> {
    let text = |id: &str, value: &str| {
        let name = id.strip_prefix("pine").map_or("ILScript", |_| id);
        json!({ "id": id, "name": name, "type": "text", "defval": value, "isHidden": true, "isFake": false })
    };
    let features = json!({ "id": "pineFeatures", "name": "pineFeatures", "type": "text", "isHidden": true, "isFake": true,
        "defval": r#"{"indicator":1,"plot":1,"ta":1}"# });
    vec![
        text("text", template),
        text("pineId", ""),
        text("pineVersion", ""),
        features,
    ]
}

fn described((place, input): (usize, &Input)) -> Value {
    let kind = match input.value {
        Usual::Integer(_) => "integer",
        Usual::Float(_) => "float",
        Usual::Flag(_) => "bool",
        Usual::Source(_) => "source",
        Usual::Text(_) => "text",
        Usual::Symbol(_) => "symbol",
        Usual::Resolution(_) => "resolution",
        Usual::Session(_) => "session",
        Usual::Time(_) => "time",
        Usual::Color(_) => "color",
    };
    let id = format!("in_{place}");
    let described = json!({
        "id": id,
        "name": input.name,
        "type": kind,
        "defval": default(input.value),
        "isHidden": false,
        "isFake": true,
    });
    let options = match input.value {
        Usual::Source(_) => SOURCES,
        _ => input.options,
    };
    let more = [
        (
            "internalID",
            (!input.internal.is_empty()).then(|| json!(input.internal)),
        ),
        ("options", (!options.is_empty()).then(|| json!(options))),
        ("min", input.range.map(|range| json!(range.0))),
        ("max", input.range.map(|range| json!(range.1))),
    ];
    let more = more
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)));
    with(described, more.collect())
}

/// The prices that a script can be computed from.
const SOURCES: &[&str] = &[
    "open", "high", "low", "close", "hl2", "hlc3", "ohlc4", "hlcc4",
];

fn plotted((place, plot): (usize, &Plot)) -> Value {
    let id = format!("plot_{place}");
    match plot {
        Plot::Line(_) => json!({ "id": id, "type": "line" }),
        Plot::Shape(_) => json!({ "id": id, "type": "shapes" }),
        Plot::Alert => json!({ "id": id, "type": "alertcondition" }),
        Plot::Background(_) => {
            json!({ "id": id, "type": "bg_colorer", "palette": palette(place) })
        }
        Plot::Colour(target, _) => {
            json!({ "id": id, "type": "colorer", "target": format!("plot_{target}"), "palette": palette(place) })
        }
    }
}

fn palette(place: usize) -> String {
    format!("palette_{place}")
}

/// Forty digits that belong to an id (FNV-1a).
fn digest(id: &str) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    format!(
        "{hash:016x}{:016x}{:08x}",
        hash.rotate_left(21),
        hash as u32
    )
}

#[cfg(test)]
mod tests {
    use super::super::computed::COMPUTED;
    use super::*;
    use crate::study::{Form, Inputs, Kind, Plan, Run, bar::Bar};

    #[test]
    fn what_is_described_runs_with_its_defaults_and_plots_as_described() {
        let bar = Bar::example();
        let mut ran = 0;
        for script in Script::standard()
            .chain(Script::public())
            .chain(Script::own(2, 0))
        {
            let info = script.meta_info(script.version());
            let inputs = Inputs::parse(&info["defaults"]["inputs"]).unwrap();
            assert!(
                inputs.script().is_some_and(|id| id == script.id()),
                "found by the text alone"
            );
            let name = info["id"].as_str().unwrap();
            for name in [name, "Script@tv-scripting-101!"] {
                let found = Kind::find(name, &inputs, false);
                let kind = script.runs();
                assert_eq!(found, Some(Ok((kind, Form::Script))), "{name}");
            }
            let plan = Plan::new(script.runs(), Form::Script, &inputs, false).unwrap();
            let row = Run::new([&plan].into_iter(), 0).close(&bar);
            let plots = info["plots"].as_array().unwrap();
            assert_eq!(
                row.map_or(0, |row| row.plots.len()),
                plots.len(),
                "{}",
                script.id()
            );
            for plot in plots {
                let id = plot["id"].as_str().unwrap();
                let titled = plot["target"].as_str().unwrap_or(id);
                assert!(info["styles"][titled]["title"].is_string(), "{id}");
            }
            ran += 1;
        }
        assert_eq!(ran, 11 + COMPUTED.len() + 1 + 8 * 13 + 3 * 13 + 1);
    }

    #[test]
    fn a_made_up_script_has_as_many_plots_as_its_id_asks_for() {
        for (id, plots) in [
            ("USER;one1", 1),
            ("PUB;0123456789abcde7", 7),
            ("STD;Any%1Name4", 4),
        ] {
            let script = Script::made_up(id).unwrap();
            let info = script.meta_info("1.0");
            assert_eq!(info["plots"].as_array().unwrap().len(), plots, "{id}");
            assert_eq!(info["scriptIdPart"], id);
            let inputs = Inputs::parse(&info["defaults"]["inputs"]).unwrap();
            assert_eq!(inputs.script().as_deref(), Some(id));
            let plan = Plan::new(script.runs(), Form::Script, &inputs, false).unwrap();
            let row = Run::new([&plan].into_iter(), 0).close(&Bar::example());
            assert_eq!(row.map(|row| row.plots.len()), Some(plots), "{id}");
        }
        let types: Vec<_> = Script::made_up("USER;7").unwrap().meta_info("1.0")["plots"]
            .as_array()
            .unwrap()
            .iter()
            .map(|plot| plot["type"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(
            types,
            [
                "line",
                "line",
                "colorer",
                "line",
                "shapes",
                "bg_colorer",
                "alertcondition"
            ]
        );
        assert!(Script::made_up("PUB;my strategy").unwrap().is_strategy());
        for id in [
            "",
            "USER;",
            "RSI",
            "OWN;x",
            "USER;\n",
            &format!("PUB;{}", "x".repeat(200)),
        ] {
            assert!(Script::made_up(id).is_none(), "{id}");
        }
    }

    #[test]
    fn inputs_of_described_scripts_are_checked() {
        let script = Script::made_up("USER;x1").unwrap();
        let refused = |given: Value| {
            let inputs = Inputs::parse(&given).unwrap();
            Plan::new(script.runs(), Form::Script, &inputs, false).err()
        };
        for (given, op) in [
            (json!({ "in_0": { "v": "9" } }), "an integer"),
            (json!({ "in_0": { "v": 1.5 } }), "an integer"),
            (json!({ "in_0": { "v": 0 } }), ">= 1"),
            (json!({ "in_0": { "v": 501 } }), "<= 500"),
            (json!({ "in_1": { "v": "nothing" } }), "a source"),
            (json!({ "in_2": { "v": "RMA" } }), "one of SMA, EMA"),
            (json!({ "in_3": { "v": true } }), "a number"),
            (json!({ "in_4": { "v": "true" } }), "true or false"),
            (json!({ "in_5": { "v": 1 } }), "a symbol"),
            (json!({ "in_8": { "v": "now" } }), "a time"),
            (json!({ "in_9": { "v": true } }), "a colour"),
        ] {
            let fault = refused(given.clone()).unwrap_or_else(|| panic!("{given}"));
            assert_eq!(fault.reason()["ctx"]["op"], op, "{given}");
        }
        let reason = |which: &str| {
            refused(json!({ "in_10": { "v": which } }))
                .unwrap()
                .reason()
        };
        assert_eq!(reason("array index")["ctx"]["code"], "RE10045");
        assert_eq!(reason("calculation time"), "Calculation timed out. (40 s)");
        let fine = json!({ "in_0": { "v": 9.0 }, "in_1": { "v": "st1$2" }, "in_9": { "v": 1 }, "in_99": { "v": "?" } });
        assert_eq!(refused(fine), None);
    }

    #[test]
    fn the_strategy_is_described_with_its_properties() {
        let info = Script::find("STD;Supertrend%Strategy")
            .unwrap()
            .meta_info("14.0");
        assert_eq!(info["description"], "Supertrend Strategy");
        assert_eq!(
            info["id"],
            "StrategyScript$STD;Supertrend%Strategy@tv-scripting-101"
        );
        let inputs = info["inputs"].as_array().unwrap();
        for name in [
            "commission_type",
            "commission_value",
            "initial_capital",
            "default_qty_value",
            "default_qty_type",
            "currency",
            "pyramiding",
        ] {
            assert!(
                inputs.iter().any(|input| input["internalID"] == name),
                "{name}"
            );
        }
    }

    #[test]
    fn patterns_and_figures_are_described() {
        let id = "STD;Candlestick%1Pattern%1Bullish%1Upside%1Tasuki%1Gap";
        let script = Script::find(id).unwrap();
        let info = script.meta_info("19.0");
        assert_eq!(info["id"], format!("Script${id}@tv-scripting-101"));
        assert_eq!(info["pine"]["version"], "19.0");
        let info = Script::find("STD;Fund_total_revenue_fq")
            .unwrap()
            .meta_info("62.0");
        assert_eq!(
            (&info["financialPeriod"], &info["isFundamentalStudy"]),
            (&json!("FQ"), &json!(true))
        );
    }
}
