//! What a study is computed from: a price of the bar, or a plot of another study.

use crate::study::bar::Bar;

/// One number for each bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The first price.
    Open,
    /// The highest price.
    High,
    /// The lowest price.
    Low,
    /// The last price.
    Close,
    /// What was traded.
    Volume,
    /// The middle between highest and lowest price.
    Hl2,
    /// The mean of highest, lowest and last price.
    Hlc3,
    /// The mean of all four prices.
    Ohlc4,
    /// The mean of highest, lowest and, twice, last price.
    Hlcc4,
    /// A plot of the study that is the parent, counted from 0.
    Plot(usize),
}

impl Source {
    /// Reads the name of a source: `close` and so on, or `st4$2`, the third plot of the study
    /// `st4`.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "open" => Self::Open,
            "high" => Self::High,
            "low" => Self::Low,
            "close" => Self::Close,
            "volume" => Self::Volume,
            "hl2" => Self::Hl2,
            "hlc3" => Self::Hlc3,
            "ohlc4" => Self::Ohlc4,
            "hlcc4" => Self::Hlcc4,
            other => {
                let (_, plot) = other.rsplit_once('$')?;
                Self::Plot(plot.trim_start_matches("plot_").parse().ok()?)
            }
        })
    }

    /// Its value on a bar, given what the parent plots there.
    pub(super) fn of(self, bar: &Bar, parent: &[f64]) -> f64 {
        match self {
            Self::Open => bar.open,
            Self::High => bar.high,
            Self::Low => bar.low,
            Self::Close => bar.close,
            Self::Volume => bar.volume,
            Self::Hl2 => (bar.high + bar.low) / 2.0,
            Self::Hlc3 => (bar.high + bar.low + bar.close) / 3.0,
            Self::Ohlc4 => (bar.open + bar.high + bar.low + bar.close) / 4.0,
            Self::Hlcc4 => (bar.high + bar.low + 2.0 * bar.close) / 4.0,
            Self::Plot(plot) => parent.get(plot).copied().unwrap_or(f64::NAN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_by_name() {
        let bar = Bar {
            index: 0,
            date: 0,
            time: 0,
            open: 1.0,
            high: 8.0,
            low: 0.0,
            close: 4.0,
            volume: 9.0,
        };
        let value = |name: &str| Source::parse(name).map(|source| source.of(&bar, &[5.0, 6.0]));
        assert_eq!(value("close"), Some(4.0));
        assert_eq!(value("hl2"), Some(4.0));
        assert_eq!(value("hlc3"), Some(4.0));
        assert_eq!(value("ohlc4"), Some(3.25));
        assert_eq!(value("st4$1"), Some(6.0));
        assert_eq!(value("st4$plot_0"), Some(5.0));
        assert!(value("st4$7").is_some_and(f64::is_nan));
        assert_eq!(value("nonsense"), None);
        assert_eq!(value("st4$x"), None);
    }
}
