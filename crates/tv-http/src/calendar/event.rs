//! Economic events.

use protocol::time::Timestamp;
use serde_json::Value;

use crate::json::{Item, Reading, record};

record! {
    /// An economic event: the release of an indicator, a speech, a holiday.
    pub struct EconomicEvent {
        /// The id.
        id: Option<String> = "id",
        /// The name: `Inflation Rate YoY Prel`.
        title: Option<String> = "title",
        /// The country, as two letters; `EU` for the euro area.
        country: Option<String> = "country",
        /// When it happens.
        time: Option<Timestamp> = "date",
        /// The indicator: `Inflation Rate`.
        indicator: Option<String> = "indicator",
        /// The symbol of the indicator: `ECONOMICS:DEIRYY`.
        ticker: Option<String> = "ticker",
        /// A remark.
        comment: Option<String> = "comment",
        /// The category: `prce`.
        category: Option<String> = "category",
        /// The period that the value is of: `Dec`. Empty if there is none.
        period: Option<String> = "period",
        /// The end of that period.
        reference_time: Option<Timestamp> = "referenceDate",
        /// Who releases it.
        source: Option<String> = "source",
        /// The address of who releases it.
        source_url: Option<String> = "source_url",
        /// The value, once it is known; in units of `scale`.
        actual: Option<f64> = "actual",
        /// The value of the period before.
        previous: Option<f64> = "previous",
        /// The value that is expected.
        forecast: Option<f64> = "forecast",
        /// The value without a scale.
        actual_raw: Option<f64> = "actualRaw",
        /// The value of the period before, without a scale.
        previous_raw: Option<f64> = "previousRaw",
        /// The value that is expected, without a scale.
        forecast_raw: Option<f64> = "forecastRaw",
        /// The currency.
        currency: Option<String> = "currency",
        /// The unit: `%`.
        unit: Option<String> = "unit",
        /// The scale of the values: `K`, `M`, `B`, `T`.
        scale: Option<String> = "scale",
        /// How important it is.
        importance: Option<Importance> = "importance",
    }
}

/// How important an event is.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Importance {
    /// -1
    Low,
    /// 0
    Medium,
    /// 1, and 2 of the older source.
    High,
    /// Another number.
    Other(i64),
}

impl Item for Importance {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        let (number, reading) = i64::read(value)?;
        let (importance, reading) = match number {
            -1 => (Self::Low, reading),
            0 => (Self::Medium, reading),
            1 => (Self::High, reading),
            2 => (Self::High, Reading::Reformed),
            other => (Self::Other(other), reading),
        };
        Some((importance, reading))
    }

    fn write(&self) -> Value {
        match self {
            Self::Low => (-1).into(),
            Self::Medium => 0.into(),
            Self::High => 1.into(),
            Self::Other(number) => (*number).into(),
        }
    }
}
