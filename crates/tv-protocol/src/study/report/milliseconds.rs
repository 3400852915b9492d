//! Times that the server writes in milliseconds.

use serde_json::Value;

use crate::{
    record::{Item, Reading},
    time::Timestamp,
};

/// Reads Unix milliseconds. The number as it came stays in the rest of the record, because a
/// [`Timestamp`] has whole seconds.
pub(super) fn read(value: &Value) -> (Option<Timestamp>, Reading) {
    let seconds = i64::read(value).map(|(milliseconds, _)| milliseconds.div_euclid(1_000));
    let time = seconds.and_then(|seconds| Timestamp::from_seconds(seconds).check().ok());
    let reading = match time {
        Some(_) => Reading::Reformed,
        None => Reading::Odd,
    };
    (time, reading)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn milliseconds_become_seconds() {
        for (value, expected) in [
            (json!(1_704_205_800_999_i64), Some(1_704_205_800)),
            (json!("1704205800000"), Some(1_704_205_800)),
            // Seen where a strategy has no first bar.
            (json!(-2_264_319_000_000_i64), Some(-2_264_319_000)),
            (json!(-1), Some(-1)),
            (json!("soon"), None),
            (json!(i64::MAX), None),
        ] {
            let (time, _) = read(&value);
            assert_eq!(time.map(Timestamp::seconds), expected, "{value}");
        }
    }
}
