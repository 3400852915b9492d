//! What a study is computed from.

use std::fmt;

use crate::json::Json;

/// A series that a study is computed from.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Source {
    /// First prices.
    Open,
    /// Highest prices.
    High,
    /// Lowest prices.
    Low,
    /// Last prices.
    #[default]
    Close,
    /// The mean of high and low.
    Hl2,
    /// The mean of high, low and close.
    Hlc3,
    /// The mean of high, low, and twice the close.
    Hlcc4,
    /// The mean of all four.
    Ohlc4,
    /// Volumes.
    Volume,
    /// A plot of another study, which must be the parent of the new one.
    Plot {
        /// The id of the study at the server: `st4`.
        study: String,
        /// The position of the plot, counted from 0.
        plot: usize,
    },
}

/// As the server names it.
impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Hl2 => "hl2",
            Self::Hlc3 => "hlc3",
            Self::Hlcc4 => "hlcc4",
            Self::Ohlc4 => "ohlc4",
            Self::Volume => "volume",
            Self::Plot { study, plot } => return write!(out, "{study}${plot}"),
        };
        out.pad(name)
    }
}

impl From<Source> for Json {
    fn from(source: Source) -> Self {
        source.to_string().into()
    }
}
