//! The intervals of columns.

use std::fmt;

/// The interval for which a column is computed.
///
/// These ten are all that the scanner knows. `Display` writes the server's word, where a day is
/// `1D`; in the name of a column a day has no suffix.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScanInterval {
    /// `1`
    OneMinute,
    /// `5`
    FiveMinutes,
    /// `15`
    FifteenMinutes,
    /// `30`
    ThirtyMinutes,
    /// `60`
    OneHour,
    /// `120`
    TwoHours,
    /// `240`
    FourHours,
    /// A day, for which a column has its bare name.
    OneDay,
    /// `1W`
    OneWeek,
    /// `1M`
    OneMonth,
}

impl ScanInterval {
    /// All of them, the shortest first.
    pub const ALL: [Self; 10] = [
        Self::OneMinute,
        Self::FiveMinutes,
        Self::FifteenMinutes,
        Self::ThirtyMinutes,
        Self::OneHour,
        Self::TwoHours,
        Self::FourHours,
        Self::OneDay,
        Self::OneWeek,
        Self::OneMonth,
    ];

    /// The interval of a word: the server's, or one that people use, such as `1h` or `D`.
    ///
    /// ```
    /// use tv_http::scanner::ScanInterval;
    ///
    /// assert_eq!(ScanInterval::of("4h"), Some(ScanInterval::FourHours));
    /// assert_eq!(ScanInterval::of("45"), None);
    /// ```
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        // Months are written with a capital letter, minutes with a small one.
        Some(match word.trim() {
            "1" | "1m" => Self::OneMinute,
            "5" | "5m" => Self::FiveMinutes,
            "15" | "15m" => Self::FifteenMinutes,
            "30" | "30m" => Self::ThirtyMinutes,
            "60" | "1h" | "1H" => Self::OneHour,
            "120" | "2h" | "2H" => Self::TwoHours,
            "240" | "4h" | "4H" => Self::FourHours,
            "1D" | "1d" | "D" | "d" => Self::OneDay,
            "1W" | "1w" | "W" | "w" => Self::OneWeek,
            "1M" | "M" => Self::OneMonth,
            _ => return None,
        })
    }

    /// The server's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OneMinute => "1",
            Self::FiveMinutes => "5",
            Self::FifteenMinutes => "15",
            Self::ThirtyMinutes => "30",
            Self::OneHour => "60",
            Self::TwoHours => "120",
            Self::FourHours => "240",
            Self::OneDay => "1D",
            Self::OneWeek => "1W",
            Self::OneMonth => "1M",
        }
    }

    /// What follows the `|` in the name of a column; `None` for a day.
    pub(super) fn suffix(self) -> Option<&'static str> {
        (self != Self::OneDay).then(|| self.as_str())
    }

    /// The interval of a suffix, exactly as the server writes it.
    pub(super) fn of_suffix(suffix: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|interval| interval.suffix() == Some(suffix))
    }
}

impl fmt::Display for ScanInterval {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}
