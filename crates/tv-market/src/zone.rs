//! Time zones in which clients look at a market.

use std::sync::LazyLock;

use jiff::{
    Timestamp,
    tz::{TimeZone, TimeZoneDatabase},
};

/// A time zone of the IANA database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl Zone {
    /// The zone of a name such as `Asia/Kolkata`, if there is one.
    pub fn find(name: &str) -> Option<Self> {
        // What every machine knows alike, because it is compiled in.
        static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
        ZONES.get(name).ok().map(Self)
    }

    /// What its clocks show at a time in milliseconds UTC, counted as if it were UTC.
    pub fn local(&self, time: i64) -> i64 {
        time + Timestamp::from_millisecond(time)
            .map_or(0, |time| i64::from(self.0.to_offset(time).seconds()) * 1000)
    }
}
