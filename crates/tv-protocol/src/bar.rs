//! Bars: open, high, low, close and volume of one interval.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::Timestamp;

/// One bar (candle) of a series.
///
/// As JSON: `{"time": …, "open": …, "high": …, "low": …, "close": …, "volume": …}`. A price that
/// the server did not send (NaN) and an absent volume are `null`; both come back as they were.
///
/// ```
/// use tv_protocol::bar::Bar;
///
/// let json = r#"{"time":1704205800,"open":1.0,"high":2.5,"low":0.5,"close":2.0,"volume":null}"#;
/// let bar: Bar = serde_json::from_str(json)?;
/// assert_eq!((bar.close, bar.volume), (2.0, None));
/// assert_eq!(serde_json::to_string(&bar)?, json);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[expect(clippy::exhaustive_structs, reason = "a bar is these six values")]
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// When the bar opens.
    pub time: Timestamp,
    /// The first price. NaN where the server sends no value, as for the other prices.
    #[serde(serialize_with = "price", deserialize_with = "price_or_none")]
    pub open: f64,
    /// The highest price.
    #[serde(serialize_with = "price", deserialize_with = "price_or_none")]
    pub high: f64,
    /// The lowest price.
    #[serde(serialize_with = "price", deserialize_with = "price_or_none")]
    pub low: f64,
    /// The last price.
    #[serde(serialize_with = "price", deserialize_with = "price_or_none")]
    pub close: f64,
    /// Volume in the symbol's own unit; `None` for symbols without one, such as indices.
    #[serde(default)]
    pub volume: Option<f64>,
}

/// Writes NaN as "none", which every format can hold.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
pub(crate) fn price<S: Serializer>(price: &f64, out: S) -> Result<S::Ok, S::Error> {
    (!price.is_nan()).then_some(price).serialize(out)
}

/// Reads "none" as NaN.
pub(crate) fn price_or_none<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    Option::<f64>::deserialize(source).map(|price| price.unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_without_prices_and_volume_comes_back() {
        let bar = Bar {
            time: Timestamp::from_seconds(60),
            open: f64::NAN,
            high: 2.0,
            low: f64::NAN,
            close: 0.1 + 0.2,
            volume: None,
        };
        let json = serde_json::to_string(&bar).unwrap();
        assert_eq!(
            json,
            r#"{"time":60,"open":null,"high":2.0,"low":null,"close":0.30000000000000004,"volume":null}"#
        );
        let again: Bar = serde_json::from_str(&json).unwrap();
        assert!(again.open.is_nan() && again.low.is_nan());
        assert_eq!(
            (again.time, again.high, again.close, again.volume),
            (bar.time, 2.0, bar.close, None)
        );
        let missing = serde_json::from_str::<Bar>(r#"{"time":60,"open":1,"high":2,"low":0}"#);
        assert!(missing.unwrap_err().to_string().contains("close"));
    }
}
