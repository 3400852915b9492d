//! What an account may see of a symbol: which resolutions, and how late.

use market::{Interval, IntervalError, Symbol};

use crate::{
    rules::Tier,
    session::{chart::lookup::Lookup, source::Context},
};

/// Why a series cannot be had: the reason, and whether it comes from the data rather than from the
/// account.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoSeries {
    pub(crate) reason: String,
    pub(crate) from_data: bool,
}

impl NoSeries {
    fn account(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            from_data: false,
        }
    }
}

/// Whether a client may have bars of a resolution.
pub(crate) fn check(
    lookup: &Lookup,
    symbol: &Symbol,
    resolution: &str,
    interval: Result<Interval, IntervalError>,
    cx: &Context<'_>,
) -> Result<Interval, NoSeries> {
    let interval = interval.map_err(|error| {
        NoSeries::account(match error {
            IntervalError::Ticks => "ticks_not_entitled",
            _ => "custom_resolution",
        })
    })?;
    let intraday = interval.is_intraday();
    if !cx.limits.all_resolutions {
        if resolution.ends_with('S') {
            return Err(NoSeries::account("seconds_not_entitled"));
        }
        if let Some(kind) = lookup
            .bar_type()
            .filter(|kind| kind.contains("@tv-prostudies-"))
            && intraday
        {
            return Err(NoSeries::account(format!(
                "study_not_auth:{}",
                kind.trim_end_matches('!')
            )));
        }
    }
    if intraday && !symbol.has_intraday() {
        return Err(NoSeries {
            reason: format!("unsupported resolution: {}, {resolution}", symbol.name()),
            from_data: true,
        });
    }
    Ok(interval)
}

/// The interval of a resolution: only those who pay have any number of minutes.
pub(crate) fn interval(resolution: &str, cx: &Context<'_>) -> Result<Interval, IntervalError> {
    if cx.tier >= Tier::Premium {
        Interval::custom(resolution)
    } else {
        Interval::parse(resolution)
    }
}

/// How late a client sees a symbol, in milliseconds.
pub(crate) fn lag(symbol: &Symbol, cx: &Context<'_>) -> i64 {
    symbol.delay_for(cx.limits.streaming)
}
