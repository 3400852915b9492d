//! The bodies of what the server says, and how it quotes a client's command back in its refusals.

use serde_json::{Value, json};

use crate::hello::NODE;

/// A message without a time, such as `qsd` and `critical_error`.
pub(crate) fn untimed(method: &str, params: Value) -> String {
    json!({ "m": method, "p": params }).to_string()
}

/// A message that carries the server's time as `t` (seconds) and `t_ms` (milliseconds).
pub(crate) fn timed(method: &str, params: Value, now: i64) -> String {
    json!({ "m": method, "p": params, "t": now.div_euclid(1000), "t_ms": now }).to_string()
}

/// `critical_error` for a command that a session cannot carry out.
pub(crate) fn critical(session: &str, reason: &str, method: &str, params: &[Value]) -> String {
    let args: Vec<String> = params.iter().skip(1).map(bare).collect();
    let detail = format!("method: {method}. args: \"[{}]\"", args.join(", "));
    untimed("critical_error", json!([session, reason, detail]))
}

/// `series_error`; `node` is the server's name where the error came from the data, else the word
/// "undefined".
pub(crate) fn series_error(
    ids: (&str, &str, &str),
    reason: &str,
    from_data: bool,
    now: i64,
) -> String {
    let node = if from_data {
        format!("{NODE}@{NODE}")
    } else {
        "undefined".to_owned()
    };
    timed(
        "series_error",
        json!([ids.0, ids.1, ids.2, reason, node]),
        now,
    )
}

/// What the completion of a series depends on besides the series.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp {
    /// Milliseconds UTC.
    pub(crate) now: i64,
    /// How often updates come, in seconds; 0 is at once.
    pub(crate) update_period: u32,
}

/// `series_completed` of a streaming series.
pub(crate) fn series_completed(
    ids: (&str, &str, &str),
    data_completed: Option<&str>,
    stamp: Stamp,
) -> String {
    completed_as("streaming", ids, data_completed, stamp)
}

/// `series_completed` of a series whose changes come in some mode, such as `delayed_streaming_900`.
pub(crate) fn completed_as(
    mode: &str,
    ids: (&str, &str, &str),
    data_completed: Option<&str>,
    stamp: Stamp,
) -> String {
    let mut about = json!({ "rt_update_period": stamp.update_period });
    if let (Some(map), Some(why)) = (about.as_object_mut(), data_completed) {
        map.insert("data_completed".into(), json!(why));
    }
    timed(
        "series_completed",
        json!([ids.0, ids.1, mode, ids.2, about]),
        stamp.now,
    )
}

/// A parameter as the server prints it in a refusal: bare words, lists in brackets.
fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(bare).collect::<Vec<_>>().join(", ")
        ),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_quotes_the_command_as_recorded() {
        let params = [
            json!("cs_1"),
            json!("sds_1"),
            json!("s1"),
            json!("sds_sym_1"),
            json!("s1"),
            json!(1),
            json!(""),
        ];
        assert_eq!(
            critical("cs_1", "invalid parameters", "create_series", &params),
            r#"{"m":"critical_error","p":["cs_1","invalid parameters","method: create_series. args: \"[sds_1, s1, sds_sym_1, s1, 1, ]\""]}"#
        );
    }
}
