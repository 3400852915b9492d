//! Times of other libraries. Fractions of a second are cut off towards the past.

use std::time::{Duration, SystemTime};

use super::{TimeError, Timestamp};

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        Self::from_seconds(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => seconds(after),
            Err(before) => {
                let before = before.duration();
                (-seconds(before)).saturating_sub(i64::from(before.subsec_nanos() > 0))
            }
        })
    }
}

impl TryFrom<Timestamp> for SystemTime {
    type Error = TimeError;

    /// Fails only where the system's own times do not reach as far.
    fn try_from(time: Timestamp) -> Result<Self, TimeError> {
        let distance = Duration::from_secs(time.seconds().unsigned_abs());
        let found = if time.seconds() < 0 {
            Self::UNIX_EPOCH.checked_sub(distance)
        } else {
            Self::UNIX_EPOCH.checked_add(distance)
        };
        let target = "SystemTime";
        found.ok_or(TimeError::OutOfRange { time, target })
    }
}

#[cfg(feature = "jiff")]
mod with_jiff {
    use super::{TimeError, Timestamp};

    impl From<jiff::Timestamp> for Timestamp {
        fn from(time: jiff::Timestamp) -> Self {
            let is_cut = time.subsec_nanosecond() < 0;
            Self::from_seconds(time.as_second() - i64::from(is_cut))
        }
    }

    impl TryFrom<Timestamp> for jiff::Timestamp {
        type Error = TimeError;

        /// Fails beyond the years -9999 and 9999.
        fn try_from(time: Timestamp) -> Result<Self, TimeError> {
            let target = "jiff::Timestamp";
            Self::from_second(time.seconds()).map_err(|_| TimeError::OutOfRange { time, target })
        }
    }

    impl TryFrom<jiff::civil::Date> for Timestamp {
        type Error = TimeError;

        /// Midnight UTC of the date.
        fn try_from(date: jiff::civil::Date) -> Result<Self, TimeError> {
            date.to_string().parse()
        }
    }
}

#[cfg(feature = "chrono")]
mod with_chrono {
    use super::{TimeError, Timestamp};

    impl<Zone: chrono::TimeZone> From<chrono::DateTime<Zone>> for Timestamp {
        fn from(time: chrono::DateTime<Zone>) -> Self {
            Self::from_seconds(time.timestamp())
        }
    }

    impl From<chrono::NaiveDate> for Timestamp {
        /// Midnight UTC of the date.
        fn from(date: chrono::NaiveDate) -> Self {
            Self::from_seconds(date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp())
        }
    }

    impl TryFrom<Timestamp> for chrono::DateTime<chrono::Utc> {
        type Error = TimeError;

        /// Fails beyond the years -262143 and 262142.
        fn try_from(time: Timestamp) -> Result<Self, TimeError> {
            let target = "chrono::DateTime";
            Self::from_timestamp(time.seconds(), 0).ok_or(TimeError::OutOfRange { time, target })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_system_come_back() {
        for seconds in [0, 1_704_205_800, -86_401] {
            let time = Timestamp::from_seconds(seconds);
            let system = SystemTime::try_from(time).unwrap();
            assert_eq!(Timestamp::from(system), time);
            let later = system + Duration::from_millis(999);
            assert_eq!(Timestamp::from(later), time);
        }
    }

    #[cfg(feature = "jiff")]
    #[test]
    fn times_of_jiff_come_back() {
        for seconds in [0, 1_704_205_800, -86_401] {
            let time = Timestamp::from_seconds(seconds);
            let other = jiff::Timestamp::try_from(time).unwrap();
            assert_eq!(other.to_string(), time.to_string());
            let later = other + jiff::SignedDuration::from_millis(999);
            assert_eq!(Timestamp::from(later), time);
        }
        assert!(jiff::Timestamp::try_from(Timestamp::from_seconds(i64::MAX)).is_err());
        let date = jiff::civil::date(2024, 1, 31);
        assert_eq!(Timestamp::try_from(date), "2024-01-31".parse());
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn times_of_chrono_come_back() {
        for seconds in [0, 1_704_205_800, -86_401] {
            let time = Timestamp::from_seconds(seconds);
            let other = chrono::DateTime::<chrono::Utc>::try_from(time).unwrap();
            let later = other + chrono::TimeDelta::milliseconds(999);
            assert_eq!(Timestamp::from(later), time);
        }
        assert!(chrono::DateTime::try_from(Timestamp::from_seconds(i64::MAX)).is_err());
        let date = chrono::NaiveDate::from_ymd_opt(2024, 1, 31).unwrap();
        assert_eq!(Ok(Timestamp::from(date)), "2024-01-31".parse());
    }
}
