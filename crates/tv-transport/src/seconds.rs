//! Durations as numbers of seconds, for `#[serde(with = "tv_transport::seconds")]`: 1.5 is a second
//! and a half.
//!
//! Readers in other languages have no type for serde's own form, a map of seconds and nanoseconds.
//! Durations of less than 52 days come back to the nanosecond.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer, de};

/// Writes seconds.
///
/// # Errors
///
/// If the serializer fails.
pub fn serialize<S: Serializer>(duration: &Duration, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_f64(duration.as_secs_f64())
}

/// Reads seconds. What is too long for a [`Duration`] becomes [`Duration::MAX`].
///
/// # Errors
///
/// If it is not a number, or a negative one.
pub fn deserialize<'de, D: Deserializer<'de>>(source: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(source)?;
    if seconds >= Duration::MAX.as_secs_f64() {
        return Ok(Duration::MAX);
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        let found = de::Unexpected::Float(seconds);
        de::Error::invalid_value(found, &"a duration in seconds, zero or more")
    })
}

/// The same for durations that can be absent, with `null` for none:
/// `#[serde(default, with = "tv_transport::seconds::some")]`.
pub mod some {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Seconds(#[serde(with = "super")] Duration);

    /// Writes seconds or `null`.
    ///
    /// # Errors
    ///
    /// If the serializer fails.
    pub fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        duration.map(Seconds).serialize(out)
    }

    /// Reads seconds or `null`.
    ///
    /// # Errors
    ///
    /// If it is neither `null` nor a number, or a negative one.
    pub fn deserialize<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Duration>, D::Error> {
        let seconds = Option::<Seconds>::deserialize(source)?;
        Ok(seconds.map(|Seconds(duration)| duration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Duration, serde_json::Error> {
        deserialize(&mut serde_json::Deserializer::from_str(json))
    }

    #[test]
    fn a_duration_comes_back_to_the_nanosecond() {
        for nanoseconds in [0, 1, 999_999_999, 1_500_000_000, 4_000_000_000_000_001] {
            let duration = Duration::from_nanos(nanoseconds);
            let mut json = Vec::new();
            serialize(&duration, &mut serde_json::Serializer::new(&mut json)).unwrap();
            let json = String::from_utf8(json).unwrap();
            assert_eq!(read(&json).unwrap(), duration, "{json}");
        }
    }

    #[test]
    fn whole_numbers_and_endless_durations_are_read_and_negative_ones_refused() {
        assert_eq!(read("30").unwrap(), Duration::from_secs(30));
        assert_eq!(read("1e30").unwrap(), Duration::MAX);
        let error = read("-1").unwrap_err().to_string();
        assert!(
            error.contains("expected a duration in seconds, zero or more"),
            "{error}"
        );
    }
}
