//! How the server describes its built-in studies, in answer to `request_studies_metadata`.

use serde_json::{Map, Value, json};

use super::indicator::{INDICATORS, Indicator, Taken};

/// An input: its id and name, type, and default.
type Input = (&'static str, &'static str, Taken);

struct Entry {
    id: &'static str,
    title: &'static str,
    short: &'static str,
    on_price: bool,
    inputs: &'static [Input],
    plots: &'static [&'static str],
}

const LENGTH_9: &[Input] = &[
    ("length", "Length", Taken::Integer(9)),
    ("source", "Source", Taken::Source("close")),
];
const SCRIPT: &[Input] = &[
    ("text", "Text", Taken::Text("")),
    ("pineId", "PineId", Taken::Text("")),
    ("pineVersion", "PineVersion", Taken::Text("")),
];

const ENTRIES: &[Entry] = &[
    Entry {
        id: "Volume@tv-basicstudies-241",
        title: "Volume",
        short: "Vol",
        on_price: false,
        inputs: &[
            ("length", "MA Length", Taken::Integer(20)),
            (
                "col_prev_close",
                "Color based on previous close",
                Taken::Flag(false),
            ),
        ],
        plots: &["vol", "vol_color", "vol_ma"],
    },
    Entry {
        id: "MASimple@tv-basicstudies-241",
        title: "Moving Average",
        short: "MA",
        on_price: true,
        inputs: LENGTH_9,
        plots: &["MovAvgSimple"],
    },
    Entry {
        id: "MAExp@tv-basicstudies-241",
        title: "Moving Average Exponential",
        short: "EMA",
        on_price: true,
        inputs: LENGTH_9,
        plots: &["MovAvgExp"],
    },
    Entry {
        id: "RSI@tv-basicstudies-241",
        title: "Relative Strength Index",
        short: "RSI",
        on_price: false,
        inputs: &[
            ("length", "Length", Taken::Integer(14)),
            ("source", "Source", Taken::Source("close")),
        ],
        plots: &["RelativeStrengthIndex"],
    },
    Entry {
        id: "MACD@tv-basicstudies-241",
        title: "MACD",
        short: "MACD",
        on_price: false,
        inputs: &[
            ("fast length", "Fast length", Taken::Integer(12)),
            ("slow length", "Slow length", Taken::Integer(26)),
            ("source", "Source", Taken::Source("close")),
            ("signal smoothing", "Signal smoothing", Taken::Integer(9)),
            (
                "simple ma(oscillator)",
                "Simple ma(oscillator)",
                Taken::Flag(false),
            ),
            (
                "simple ma(signal line)",
                "Simple ma(signal line)",
                Taken::Flag(false),
            ),
        ],
        plots: &["histogram", "macd", "signal"],
    },
    Entry {
        id: "BB@tv-basicstudies-241",
        title: "Bollinger Bands",
        short: "BB",
        on_price: true,
        inputs: &[
            ("length", "Length", Taken::Integer(20)),
            ("source", "Source", Taken::Source("close")),
            ("stdDev", "StdDev", Taken::Float(2.0)),
        ],
        plots: &["Basis", "Upper", "Lower"],
    },
    Entry {
        id: "VWAP@tv-basicstudies-241",
        title: "VWAP",
        short: "VWAP",
        on_price: true,
        inputs: &[],
        plots: &["VWAP"],
    },
    Entry {
        id: "Sessions@tv-basicstudies-241",
        title: "Sessions",
        short: "Sessions",
        on_price: true,
        inputs: &[],
        plots: &[],
    },
    Entry {
        id: "VbPFixed@tv-volumebyprice-53",
        title: "Fixed Range",
        short: "VPFR",
        on_price: true,
        inputs: &[
            ("rows", "Row Size", Taken::Integer(24)),
            ("first_bar_time", "First Bar Time", Taken::Time),
            ("last_bar_time", "Last Bar Time", Taken::Time),
            ("vaVolume", "Value Area Volume", Taken::Integer(70)),
        ],
        plots: &[],
    },
    Entry {
        id: "Script@tv-scripting-101",
        title: "Unnamed Study",
        short: "Unnamed Study",
        on_price: false,
        inputs: SCRIPT,
        plots: &[],
    },
    Entry {
        id: "StrategyScript@tv-scripting-101",
        title: "Unnamed Study",
        short: "Unnamed Study",
        on_price: false,
        inputs: SCRIPT,
        plots: &[],
    },
];

/// The last parameter of `studies_metadata`.
pub fn metadata() -> Value {
    json!({
        "metainfo": ENTRIES.iter().map(describe).chain(INDICATORS.iter().map(further)).collect::<Vec<_>>(),
        "migrations": [],
        "hash": "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e",
        "errors": [],
    })
}

fn describe(entry: &Entry) -> Value {
    described(entry, entry.inputs.iter().copied())
}

/// The same of a study of the other table, whose inputs are called by their ids.
fn further(indicator: &&Indicator) -> Value {
    let Indicator {
        name,
        title,
        on_price,
        inputs,
        plots,
        ..
    } = **indicator;
    let entry = Entry {
        id: name,
        title,
        short: name,
        on_price,
        inputs: &[],
        plots,
    };
    let inputs = inputs.iter().map(|(id, default)| (*id, *id, *default));
    let mut described = described(&entry, inputs);
    if let Some(id) = described.get_mut("id") {
        *id = json!(format!("{name}@tv-basicstudies-241"));
    }
    described
}

fn described(entry: &Entry, given: impl Iterator<Item = Input>) -> Value {
    let mut values = Map::new();
    let mut inputs = Vec::new();
    for (id, name, default) in given {
        let (kind, value) = match default {
            Taken::Integer(value) => ("integer", json!(value)),
            Taken::Float(value) => ("float", json!(value)),
            Taken::Flag(value) => ("bool", json!(value)),
            Taken::Source(value) => ("source", json!(value)),
            Taken::Text(value) => ("text", json!(value)),
            Taken::Time => ("time", json!(0)),
        };
        values.insert(id.to_owned(), value.clone());
        inputs.push(json!({ "id": id, "name": name, "type": kind, "defval": value }));
    }
    let plot = |id: &&str| match *id {
        "vol_color" => {
            json!({ "id": id, "palette": "volumePalette", "target": "vol", "type": "colorer" })
        }
        "ao_pal" => {
            json!({ "id": id, "palette": "palette", "target": "ao", "type": "colorer" })
        }
        _ => json!({ "id": id, "type": "line" }),
    };
    json!({
        "_metainfoVersion": 44,
        "id": entry.id,
        "description": entry.title,
        "shortDescription": entry.short,
        "is_price_study": entry.on_price,
        "inputs": inputs,
        // Volumes have no digits after the point. The server sends the precision as a text.
        "defaults": { "inputs": values, "precision": if entry.short.starts_with('V') { "0" } else { "4" } },
        "plots": entry.plots.iter().map(plot).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            inputs::Inputs,
            kind::{Form, Kind},
            plan::Plan,
            run::Run,
        },
        *,
    };
    use crate::study::bar::Bar;

    #[test]
    fn what_is_described_can_be_computed_with_its_defaults_and_plots_as_said() {
        let bar = Bar::example();
        let described = metadata();
        let mut computed = 0;
        for entry in described["metainfo"].as_array().unwrap() {
            let inputs = Inputs::parse(&entry["defaults"]["inputs"]).unwrap();
            let name = entry["id"].as_str().unwrap();
            let Some(Ok((kind, Form::BuiltIn))) = Kind::find(name, &inputs, false) else {
                assert!(name.contains("Script"), "{name}");
                continue;
            };
            let plan = Plan::new(kind, Form::BuiltIn, &inputs, false).unwrap();
            let row = Run::new([&plan].into_iter(), 0).close(&bar);
            let plots = row.map_or(0, |row| row.plots.len());
            assert_eq!(plots, entry["plots"].as_array().unwrap().len(), "{name}");
            computed += 1;
        }
        assert_eq!(computed, 9 + INDICATORS.len());
    }
}
