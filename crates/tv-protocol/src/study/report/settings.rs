//! What a report covers.

use super::milliseconds;
use crate::{record, time::Timestamp};

record! {
    /// The settings of a report.
    pub struct ReportSettings {
        /// The stretches of time that the report covers.
        date_range: Option<ReportRanges> = "dateRange",
    }
}

record! {
    /// The stretches of time that a report covers.
    pub struct ReportRanges {
        /// The bars that the strategy was computed on. Its end moves with every bar.
        backtest: Option<ReportRange> = "backtest",
        /// From the first trade to the last. Both ends are `None` without trades.
        trade: Option<ReportRange> = "trade",
    }
}

record! {
    /// A stretch of time.
    pub struct ReportRange {
        /// Its start. Milliseconds on the wire.
        from: Option<Timestamp> = "from" as milliseconds::read,
        /// Its end. Milliseconds on the wire.
        to: Option<Timestamp> = "to" as milliseconds::read,
    }
}
