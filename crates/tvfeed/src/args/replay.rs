//! Options of `tvfeed replay` and `events`.

use std::{
    num::{NonZeroU32, NonZeroU64},
    time::Duration,
};

use clap::ValueEnum;
use client::{ReplayRequest, Timestamp};

use super::{rows::RowArgs, study::ChartArgs, values};

/// `tvfeed replay`.
#[derive(Debug, clap::Args)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    pub(crate) chart: ChartArgs,

    /// Where the replay begins, UTC, such as 2026-01-31 or 2026-01-31T14:30:00Z.
    #[arg(long, value_name = "TIME", value_parser = values::day)]
    pub(crate) from: Timestamp,

    /// Show this many bars, as fast as they come [default: all up to the present].
    #[arg(long, value_name = "N", conflicts_with = "every")]
    pub(crate) step: Option<NonZeroU32>,

    /// Show a bar after each such time, such as 500ms, up to the present.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = pause)]
    pub(crate) every: Option<Duration>,

    /// Stop after this time, such as 10s.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = values::duration)]
    pub(crate) duration: Option<Duration>,

    /// Stop after this many bars.
    #[arg(long = "count", value_name = "N", allow_hyphen_values = true, value_parser = values::line_count)]
    pub(crate) limit_lines: Option<NonZeroU64>,

    #[command(flatten)]
    pub(crate) rows: RowArgs,
}

impl ReplayArgs {
    /// The request for the replay.
    pub(crate) fn request(&self) -> ReplayRequest {
        let chart = &self.chart;
        let descriptor = chart.data.descriptor(&chart.symbol);
        ReplayRequest::with_descriptor(descriptor, chart.interval, self.from)
            .count(chart.count)
            .timeout(chart.timeout)
    }
}

/// The shortest pause of the server.
const LEAST_PAUSE: Duration = Duration::from_millis(100);

/// A pause between bars.
fn pause(text: &str) -> Result<Duration, String> {
    let pause = values::duration(text)?;
    match pause < LEAST_PAUSE {
        true => Err(format!(
            "`{text}` is too short; the server takes 100ms or more"
        )),
        false => Ok(pause),
    }
}

/// `tvfeed events`.
#[derive(Debug, clap::Args)]
pub(crate) struct EventsArgs {
    #[command(flatten)]
    pub(crate) chart: ChartArgs,

    /// Only events of these kinds.
    #[arg(
        short = 't',
        long = "type",
        value_name = "KINDS",
        value_enum,
        value_delimiter = ','
    )]
    pub(crate) kinds: Vec<EventKind>,

    #[command(flatten)]
    pub(crate) rows: RowArgs,
}

/// An event of a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EventKind {
    /// Results of a quarter or a year.
    Earnings,
    /// Dividends, by the first day without them.
    Dividends,
    /// Splits of shares.
    Splits,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_at_least_that_of_the_server() {
        assert_eq!(pause("100ms"), Ok(LEAST_PAUSE));
        assert!(pause("99ms").unwrap_err().contains("100ms or more"));
        assert!(pause("soon").unwrap_err().contains("500ms"));
    }
}
