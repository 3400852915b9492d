//! Scripts that are only described: lines and marks of the kinds that their description lists,
//! made up from the source.

use serde_json::{Value, json};

use super::{
    averages::Average,
    bar::Bar,
    fault::Fault,
    inputs::{Inputs, refuse},
    script::{Entry, Input, Plot, Usual},
    source::Source,
};

/// A script with as many plots as its description lists: the nth line is the average over `length`
/// and n bars, times a factor.
#[derive(Debug, Clone)]
pub(super) struct Generic {
    plots: &'static [Plot],
    averages: Vec<Average>,
    factor: f64,
}

impl Generic {
    /// A script that is described so, and how many bars it looks back.
    pub(super) fn new(entry: &'static Entry, inputs: &Inputs) -> Result<(Self, i64), Fault> {
        match inputs.text("fail") {
            Some("array index") => return Err(Fault::Index),
            Some("calculation time") => return Err(Fault::Time),
            _ => {}
        }
        let length = inputs.length("length", usize::MAX, 14, "ta.sma")?;
        let simple = !inputs.is("mode", "EMA");
        let longest = length + entry.plots.len();
        let averages = (0..entry.plots.len()).map(|nth| Average::new(simple, length + nth));
        let generic = Self {
            plots: entry.plots,
            averages: averages.collect(),
            factor: inputs.positive("multiplier", usize::MAX, 1.0, "input.float")?,
        };
        Ok((generic, if simple { longest } else { 20 * longest } as i64))
    }

    /// Takes in the next bar.
    pub(super) fn step(&mut self, bar: &Bar, value: f64) -> Vec<f64> {
        // Bars have the same numbers for all clients when they are counted by time.
        let minutes = bar.time.div_euclid(60);
        let plots = self.plots.iter().zip(&mut self.averages);
        let plot = |(plot, average): (&Plot, &mut Average)| match plot {
            Plot::Line(_) => self.factor * average.step(value),
            Plot::Colour(_, count) | Plot::Background(count) => {
                minutes.rem_euclid((*count).max(1) as i64) as f64
            }
            Plot::Shape(_) | Plot::Alert => f64::from(u8::from(minutes.rem_euclid(10) == 0)),
        };
        plots.map(plot).collect()
    }
}

/// Checks what a client set of a described script, and returns it under the names that the study
/// behind it knows, with defaults for what was not set.
pub(super) fn checked(entry: &Entry, given: &Inputs, of_a_study: bool) -> Result<Inputs, Fault> {
    let mut all = given.clone();
    for (place, input) in entry.inputs.iter().enumerate() {
        let id = format!("in_{place}");
        let value = match given.value(&id) {
            Some(value) => {
                check(input, value)?;
                value.clone()
            }
            None if of_a_study && matches!(input.value, Usual::Source(_)) => continue,
            None => default(input.value),
        };
        if !input.takes.is_empty() {
            all = all.set(input.takes, value);
        }
    }
    Ok(all)
}

/// The default of an input, as JSON.
pub(super) fn default(usual: Usual) -> Value {
    match usual {
        Usual::Integer(value) => json!(value),
        Usual::Float(value) => json!(value),
        Usual::Flag(value) => json!(value),
        Usual::Source(value)
        | Usual::Text(value)
        | Usual::Symbol(value)
        | Usual::Resolution(value)
        | Usual::Session(value)
        | Usual::Color(value) => json!(value),
        Usual::Time(value) => json!(value),
    }
}

/// Whether a value is of the type and in the range of its input.
fn check(input: &Input, value: &Value) -> Result<(), Fault> {
    let whole = || value.as_f64().is_some_and(|it| it.fract() == 0.0);
    let source = || value.as_str().is_some_and(|it| Source::parse(it).is_some());
    let (fits, function, wanted) = match input.value {
        Usual::Integer(_) => (whole(), "input.int", "an integer"),
        Usual::Float(_) => (value.is_number(), "input.float", "a number"),
        Usual::Flag(_) => (value.is_boolean(), "input.bool", "true or false"),
        Usual::Source(_) => (source(), "input.source", "a source"),
        Usual::Text(_) => (value.is_string(), "input.string", "a text"),
        Usual::Symbol(_) => (value.is_string(), "input.symbol", "a symbol"),
        Usual::Resolution(_) => (value.is_string(), "input.timeframe", "a resolution"),
        Usual::Session(_) => (value.is_string(), "input.session", "a session"),
        Usual::Time(_) => (whole(), "input.time", "a time"),
        Usual::Color(_) => (
            value.is_string() || value.is_number(),
            "input.color",
            "a colour",
        ),
    };
    if !fits {
        return Err(refuse(input.name, function, wanted, value));
    }
    let (Some((low, high)), Some(number)) = (input.range, value.as_f64()) else {
        let text = value.as_str().unwrap_or_default();
        let known = input.options.is_empty() || input.options.contains(&text);
        let wanted = || format!("one of {}", input.options.join(", "));
        return match known {
            true => Ok(()),
            false => Err(refuse(input.name, function, &wanted(), value)),
        };
    };
    if number < low {
        return Err(refuse(input.name, function, &format!(">= {low}"), value));
    }
    if number > high {
        return Err(refuse(input.name, function, &format!("<= {high}"), value));
    }
    Ok(())
}
