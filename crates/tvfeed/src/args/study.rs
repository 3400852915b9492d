//! Options of `tvfeed studies` and `study`.

use std::{num::NonZeroU64, time::Duration};

use client::{Interval, SeriesRequest, Symbol};

use super::{data::DataArgs, rows::RowArgs, values};

/// `tvfeed studies`.
#[derive(Debug, clap::Args)]
pub(crate) struct StudiesArgs {
    /// Words of the name; they need no quotes.
    pub(crate) text: Vec<String>,

    #[command(flatten)]
    pub(crate) rows: RowArgs,
}

/// The bars that a study is computed from.
#[derive(Debug, clap::Args)]
pub(crate) struct ChartArgs {
    /// Symbol as EXCHANGE:TICKER, such as NASDAQ:AAPL.
    #[arg(value_name = "SYMBOL", value_parser = values::symbol)]
    pub(crate) symbol: Symbol,

    /// Length of a bar: 30S, 5 (minutes), 5m, 4h, 1D, 1W, 1M.
    #[arg(short, long, default_value = "1D", allow_hyphen_values = true, value_parser = values::interval)]
    pub(crate) interval: Interval,

    /// Bars of history, at most 1,000,000.
    #[arg(short = 'n', long = "bars", value_name = "N", default_value = "300", allow_hyphen_values = true, value_parser = values::bar_count)]
    pub(crate) count: usize,

    /// Give up on an answer after this time.
    #[arg(long, value_name = "TIME", default_value = "2m", allow_hyphen_values = true, value_parser = values::duration)]
    pub(crate) timeout: Duration,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

impl ChartArgs {
    /// The request for the bars.
    pub(crate) fn request(&self) -> SeriesRequest {
        SeriesRequest::with_descriptor(self.data.descriptor(&self.symbol), self.interval)
            .count(self.count)
            .timeout(self.timeout)
    }
}

/// A study and its inputs.
#[derive(Debug, clap::Args)]
pub(crate) struct StudyChoice {
    /// Study by its name (RSI, "Bollinger bands"), or by its id: 'STD;Supertrend', 'PUB;…',
    /// 'USER;…', RSI@tv-basicstudies-241.
    #[arg(value_name = "STUDY")]
    pub(crate) name: String,

    #[command(flatten)]
    pub(crate) inputs: InputArgs,
}

/// Inputs of a study.
#[derive(Debug, clap::Args)]
pub(crate) struct InputArgs {
    /// Set an input, such as length=20. Give it again for further inputs.
    #[arg(long = "input", value_name = "NAME=VALUE", value_parser = input)]
    pub(crate) inputs: Vec<Input>,
}

/// An input of a study: its name and its value as a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl InputArgs {
    /// What is wrong with the inputs, if anything is.
    pub(super) fn check(&self) -> Result<(), String> {
        for (at, input) in self.inputs.iter().enumerate() {
            let mut later = self.inputs.iter().skip(at + 1);
            if later.any(|other| other.name.eq_ignore_ascii_case(&input.name)) {
                return Err(format!("--input {} is given twice", input.name));
            }
        }
        Ok(())
    }
}

/// `tvfeed study`.
#[derive(Debug, clap::Args)]
pub(crate) struct StudyArgs {
    #[command(flatten)]
    pub(crate) chart: ChartArgs,

    #[command(flatten)]
    pub(crate) study: StudyChoice,

    /// Write what the study draws (labels, lines, boxes, tables, profiles) in place of its values.
    #[arg(long)]
    pub(crate) graphics: bool,

    /// After the history, write each change of the newest values.
    #[arg(long)]
    pub(crate) follow: bool,

    /// With --follow: stop this long after the history, such as 10s, 1h30m, 1d.
    #[arg(long, value_name = "TIME", requires = "follow", allow_hyphen_values = true, value_parser = values::duration)]
    pub(crate) duration: Option<Duration>,

    /// With --follow: stop after this many lines that follow the history.
    #[arg(long = "count", value_name = "N", requires = "follow", allow_hyphen_values = true, value_parser = values::line_count)]
    pub(crate) limit_lines: Option<NonZeroU64>,

    #[command(flatten)]
    pub(crate) rows: RowArgs,
}

/// An input as `name=value`.
pub(super) fn input(text: &str) -> Result<Input, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok(Input {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
        }),
        _ => Err(format!(
            "`{text}` is not an input; write its name and its value, such as length=20"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_names_and_values() {
        let read = |text| input(text).map(|it| (it.name, it.value));
        let pair = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(read("length=20"), pair("length", "20"));
        assert_eq!(read("fast length = 12"), pair("fast length", "12"));
        assert_eq!(read("text=a=b"), pair("text", "a=b"));
        assert_eq!(read("symbol="), pair("symbol", ""));
        for wrong in ["", "length", "=20", " =1"] {
            assert!(read(wrong).unwrap_err().contains("length=20"), "{wrong}");
        }
    }

    #[test]
    fn an_input_is_given_once() {
        let args = |texts: &[&str]| InputArgs {
            inputs: texts.iter().map(|text| input(text).unwrap()).collect(),
        };
        assert_eq!(args(&["length=1", "source=open"]).check(), Ok(()));
        let error = args(&["length=1", "Length=2"]).check().unwrap_err();
        assert_eq!(error, "--input length is given twice");
    }
}
