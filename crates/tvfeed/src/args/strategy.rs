//! Options of `tvfeed strategy`.

use std::{num::NonZeroUsize, path::PathBuf};

use super::{
    format::Format,
    rows::RowArgs,
    study::{ChartArgs, Input, StudyChoice},
};

/// Reports that one sweep may ask for.
const MAX_RUNS: usize = 10_000;

/// `tvfeed strategy`.
#[derive(Debug, clap::Args)]
pub(crate) struct StrategyArgs {
    #[command(flatten)]
    pub(crate) chart: ChartArgs,

    #[command(flatten)]
    pub(crate) study: StudyChoice,

    /// Write the trades to FILE, whose ending names the format: trades.csv, trades.ndjson.
    #[arg(long, value_name = "FILE", conflicts_with = "sweep")]
    pub(crate) trades: Option<PathBuf>,

    /// Try each value of an input: length=5..50:5 (from, to, step) or kind=SMA,EMA. With several,
    /// each combination is tried.
    #[arg(long, value_name = "NAME=VALUES", value_parser = sweep, help_heading = "Sweep")]
    pub(crate) sweep: Vec<Sweep>,

    /// Sort by this figure, such as profit_factor; with :asc the smallest first.
    #[arg(
        long,
        value_name = "FIGURE",
        default_value = "net_profit",
        requires = "sweep",
        help_heading = "Sweep"
    )]
    pub(crate) sort: String,

    /// Keep each result in FILE as it comes, and leave out those that it holds from an earlier run.
    #[arg(long, value_name = "FILE", requires = "sweep", help_heading = "Sweep")]
    pub(crate) resume: Option<PathBuf>,

    /// Compute this many reports at the same time; fewer, if the account may not have as many.
    #[arg(
        long,
        value_name = "N",
        default_value = "4",
        requires = "sweep",
        help_heading = "Sweep"
    )]
    pub(crate) at_once: NonZeroUsize,

    #[command(flatten)]
    pub(crate) rows: RowArgs,
}

/// The values that are tried for an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sweep {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
}

impl StrategyArgs {
    /// What is wrong with the options, if anything is.
    pub(super) fn check(&self) -> Result<(), String> {
        self.study.inputs.check()?;
        for (at, sweep) in self.sweep.iter().enumerate() {
            let is_same = |name: &String| name.eq_ignore_ascii_case(&sweep.name);
            let mut later = self.sweep.iter().skip(at + 1);
            if later.any(|other| is_same(&other.name)) {
                return Err(format!("--sweep {} is given twice", sweep.name));
            }
            let mut inputs = self.study.inputs.inputs.iter();
            if inputs.any(|input| is_same(&input.name)) {
                let name = &sweep.name;
                return Err(format!("{name} is given by --sweep and by --input"));
            }
        }
        let mut runs = self.sweep.iter().map(|sweep| sweep.values.len());
        let runs = runs.try_fold(1_usize, usize::checked_mul);
        if runs.is_none_or(|runs| runs > MAX_RUNS) {
            let runs = runs.map_or_else(|| "more".to_owned(), |runs| runs.to_string());
            return Err(format!(
                "--sweep has {runs} combinations; {MAX_RUNS} are allowed"
            ));
        }
        if let Some(file) = &self.trades {
            Format::choose(None, Some(file))?;
        }
        self.rows.check()
    }

    /// The format of the file of trades.
    pub(crate) fn trades_format(&self) -> Format {
        Format::choose(None, self.trades.as_deref()).unwrap_or(Format::Csv)
    }

    /// Every combination of the values, the last input fastest.
    pub(crate) fn combinations(&self) -> Vec<Vec<Input>> {
        let mut all = vec![Vec::new()];
        for sweep in &self.sweep {
            all = all
                .iter()
                .flat_map(|before: &Vec<Input>| {
                    sweep.values.iter().map(|value| {
                        let mut inputs = before.clone();
                        inputs.push(Input {
                            name: sweep.name.clone(),
                            value: value.clone(),
                        });
                        inputs
                    })
                })
                .collect();
        }
        all
    }

    /// The figure to sort by, and whether the smallest comes first.
    pub(crate) fn order(&self) -> (&str, bool) {
        match self.sort.rsplit_once(':') {
            Some((figure, "asc")) => (figure, true),
            Some((figure, "desc")) => (figure, false),
            _ => (&self.sort, false),
        }
    }
}

/// Values as `length=5..50:5` or `kind=SMA,EMA`.
fn sweep(text: &str) -> Result<Sweep, String> {
    let wrong = |why: &str| {
        format!("`{text}` is not a sweep: {why}; use for example length=5..50:5 or kind=SMA,EMA")
    };
    let (name, values) = text.split_once('=').ok_or_else(|| wrong("it has no `=`"))?;
    let (name, values) = (name.trim(), values.trim());
    if name.is_empty() || values.is_empty() {
        return Err(wrong("a name and values are needed"));
    }
    let values = match values.split_once("..") {
        Some((from, rest)) => {
            let (to, step) = rest.split_once(':').unwrap_or((rest, "1"));
            range(from.trim(), to.trim(), step.trim()).map_err(wrong)?
        }
        None => {
            let values = values.split(',').map(|value| value.trim().to_owned());
            let values: Vec<String> = values.collect();
            if values.iter().any(String::is_empty) {
                return Err(wrong("a value is empty"));
            }
            values
        }
    };
    Ok(Sweep {
        name: name.to_owned(),
        values,
    })
}

/// The numbers of a range, both ends included, with the decimals of its start and its step.
fn range(from: &str, to: &str, step: &str) -> Result<Vec<String>, &'static str> {
    let decimals = |text: &str| text.split_once('.').map_or(0, |(_, rest)| rest.len());
    let places = decimals(from).max(decimals(step));
    let number = |text: &str| text.parse::<f64>().ok().filter(|it| it.is_finite());
    let (Some(from), Some(to), Some(step)) = (number(from), number(to), number(step)) else {
        return Err("a range has numbers");
    };
    if step <= 0.0 {
        return Err("the step must be more than 0");
    }
    if to < from {
        return Err("the end must not be below the start");
    }
    // Half a step of a thousandth, for ends such as 0.1 * 3.
    let steps = ((to - from) / step + 0.000_5).floor();
    #[expect(clippy::cast_precision_loss, reason = "a small constant")]
    let most = MAX_RUNS as f64;
    if steps >= most {
        return Err("the range has too many values");
    }
    let mut values = Vec::new();
    let mut place = 0.0;
    while place <= steps {
        values.push(format!("{:.places$}", from + place * step));
        place += 1.0;
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        sweep(text).unwrap().values
    }

    #[test]
    fn ranges_include_both_ends_and_keep_their_decimals() {
        assert_eq!(values("length=5..20:5"), ["5", "10", "15", "20"]);
        assert_eq!(values("length=5..7"), ["5", "6", "7"]);
        assert_eq!(values("length=5..12:5"), ["5", "10"]);
        assert_eq!(values("factor=0.1..0.4:0.1"), ["0.1", "0.2", "0.3", "0.4"]);
        assert_eq!(
            values("factor=1..2:0.25"),
            ["1.00", "1.25", "1.50", "1.75", "2.00"]
        );
        assert_eq!(values("shift=-2..0"), ["-2", "-1", "0"]);
        assert_eq!(values("kind=SMA, EMA"), ["SMA", "EMA"]);
        assert_eq!(values("length=7..7:3"), ["7"]);
    }

    #[test]
    fn what_cannot_be_a_sweep_says_why() {
        for (text, words) in [
            ("length", "no `=`"),
            ("=1..2", "a name and values"),
            ("length=", "a name and values"),
            ("length=a..b", "numbers"),
            ("length=5..1", "below the start"),
            ("length=1..5:0", "more than 0"),
            ("length=1..5:-1", "more than 0"),
            ("length=1..1000000", "too many"),
            ("length=1..inf", "numbers"),
            ("kind=SMA,,EMA", "empty"),
        ] {
            let error = sweep(text).unwrap_err();
            assert!(
                error.contains(words) && error.contains("5..50:5"),
                "{error}"
            );
        }
    }
}
