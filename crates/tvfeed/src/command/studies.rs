//! `tvfeed studies`: the built-in studies, with their inputs and plots.

use client::study::builtin::{self, BuiltIn, BuiltInInput, InputDefault};
use serde_json::json;

use super::written::records;
use crate::{
    args::{Format, StudiesArgs},
    exit::{Failure, say},
    output::{Field, Output, Shape, Value},
    stop::Stop,
};

/// Lists studies. Nothing is asked for.
pub(crate) async fn studies(args: &StudiesArgs, mut stop: Stop) -> Result<(), Failure> {
    let mut output = Output::to(args.rows.output.as_deref())?;
    let text = args.text.join(" ");
    let mut found: Vec<&BuiltIn> = builtin::search(&text).collect();
    // A name as a whole comes first.
    found.sort_by_key(|study| !is_name(study, &text));
    let format = args.rows.format();
    let one = match found.as_slice() {
        [one] => Some(*one),
        [first, ..] if is_name(first, &text) => Some(*first),
        _ => None,
    };
    let mut lines = list(format, &found);
    if let Some(study) = one.filter(|_| format == Format::Table) {
        lines.push('\n');
        lines.push_str(&parts(study));
    }
    if output.send_until(&mut stop, lines).await? {
        output.finish()?;
    } else {
        output.keep();
        return Err(Failure::Interrupted);
    }
    if found.is_empty() {
        say(format_args!(
            "no built-in study fits `{text}`; scripts are found by `tvfeed pine list` and `tvfeed pine search {text}`"
        ));
        if args.rows.strict {
            return Err(Failure::Incomplete);
        }
    }
    Ok(())
}

fn is_name(study: &BuiltIn, text: &str) -> bool {
    study.name.eq_ignore_ascii_case(text) || study.title.eq_ignore_ascii_case(text)
}

fn list(format: Format, found: &[&BuiltIn]) -> String {
    let mut records = records(
        format,
        vec![
            Field::new("name", "NAME", Shape::Word),
            Field::new("title", "TITLE", Shape::Prose),
            Field::new("inputs", "INPUTS", Shape::Prose),
            Field::new("plots", "PLOTS", Shape::Prose),
            Field::hidden("id"),
        ],
    );
    let rows: Vec<Vec<Value>> = found
        .iter()
        .map(|study| {
            let plots = study.plots.iter().map(|&plot| plot.to_owned());
            vec![
                study.name.into(),
                study.title.into(),
                inputs(format, study),
                Value::List(plots.collect()),
                study.id().into(),
            ]
        })
        .collect();
    records.lines(&rows)
}

/// The inputs, in a table with their defaults only.
fn inputs(format: Format, study: &BuiltIn) -> Value {
    let inputs = study.inputs.iter();
    match format {
        Format::Table => Value::List(
            inputs
                .map(|input| format!("{}={}", input.id, default(input)))
                .collect(),
        ),
        _ => Value::Json(
            inputs
                .map(described)
                .collect::<serde_json::Value>()
                .to_string(),
        ),
    }
}

fn described(input: &BuiltInInput) -> serde_json::Value {
    json!({
        "id": input.id,
        "type": input.default.kind().to_string(),
        "default": input.default.to_json(),
        "min": input.min,
        "max": input.max,
        "options": input.options,
    })
}

/// The inputs and plots of one study, as a table.
fn parts(study: &BuiltIn) -> String {
    let mut records = records(
        Format::Table,
        vec![
            Field::new("part", "PART", Shape::Word),
            Field::new("id", "ID", Shape::Word),
            Field::new("type", "TYPE", Shape::Word),
            Field::new("default", "DEFAULT", Shape::Word),
            Field::new("min", "MIN", Shape::Whole),
            Field::new("max", "MAX", Shape::Whole),
            Field::new("options", "OPTIONS", Shape::Prose),
        ],
    );
    let inputs = study.inputs.iter().map(|input| {
        let options = input.options.iter().map(|&option| option.to_owned());
        vec![
            "input".into(),
            input.id.into(),
            input.default.kind().to_string().into(),
            default(input).into(),
            input.min.into(),
            input.max.into(),
            Value::List(options.collect()),
        ]
    });
    let plots = study.plots.iter().map(|&plot| {
        let mut row: Vec<Value> = vec!["plot".into(), plot.into()];
        row.resize(7, Value::Missing);
        row
    });
    let rows: Vec<Vec<Value>> = inputs.chain(plots).collect();
    records.lines(&rows)
}

fn default(input: &BuiltInInput) -> String {
    match input.default {
        InputDefault::Text(text) | InputDefault::Source(text) | InputDefault::Symbol(text) => {
            text.to_owned()
        }
        other => other.to_json().to_string(),
    }
}
