//! Durations as numbers of seconds, for readers in other languages.

use std::time::Duration;

use serde::{Serialize, Serializer};

/// `1.5` for a second and a half.
pub(crate) fn serialize<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// As [`serialize`], with null for none.
#[expect(clippy::ref_option, reason = "serde calls it so")]
pub(crate) fn serialize_some<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    duration
        .map(|duration| duration.as_secs_f64())
        .serialize(serializer)
}
