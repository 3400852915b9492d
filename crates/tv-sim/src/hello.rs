//! The greeting: the first message of a connection, before anything was asked.

use serde_json::json;

/// The name of the simulated server, as it stands in bars and errors.
pub(crate) const NODE: &str = "lo1-charts-free-1-tvbs-sim00-1";

/// Builds the greeting of one connection. `now_ms` is UTC, in milliseconds.
pub(crate) fn hello(connection: u64, now_ms: i64) -> String {
    json!({
        "session_id": format!("0.{}.{}_{NODE}", 1000 + connection, now_ms.rem_euclid(10_000)),
        "timestamp": now_ms.div_euclid(1000),
        "timestampMs": now_ms,
        "release": "release_210-6",
        "studies_metadata_hash": "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e",
        "auth_scheme_vsn": 2,
        "protocol": "json",
        "via": "127.0.0.1:443",
        "javastudies": ["3.66"],
    })
    .to_string()
}
