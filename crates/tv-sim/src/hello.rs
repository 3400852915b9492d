//! The greeting: the first message of a connection, before anything was asked.

use serde_json::{Value, json};

use crate::rules::{HelloForm, Wire};

/// The name of the simulated server, as it stands in bars and errors.
pub(crate) const NODE: &str = "lo1-charts-free-1-tvbs-sim00-1";
/// Stands for the state of the built-in studies.
const METADATA_HASH: &str = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e";

/// Builds the greeting of one connection. `now_ms` is UTC, in milliseconds.
pub(crate) fn hello(wire: &Wire, connection: u64, now_ms: i64) -> String {
    let (number, part) = (1000 + connection, now_ms.rem_euclid(10_000));
    let seconds = now_ms.div_euclid(1000);
    let mut hello = match wire.hello() {
        HelloForm::Of2019 => json!({
            "session_id": format!("<0.{number}.{part}>_lo1-charts-1-webchart-1@lo1-compute-1_x"),
            "timestamp": seconds,
            "release": "registry:5000/tvbs_release/webchart:release_201-106",
            "studies_metadata_hash": METADATA_HASH,
            "protocol": "json",
            "javastudies": "javastudies-3.44_955",
            "auth_scheme_vsn": 2,
        }),
        HelloForm::Of2022 => modern(number, part, now_ms, json!("javastudies-3.61_2178")),
        HelloForm::Of2025 => modern(number, part, now_ms, json!(["3.66"])),
    };
    if let (Some(map), Some(host)) = (hello.as_object_mut(), &wire.redirect) {
        map.insert("redirect".into(), json!(host));
    }
    hello.to_string()
}

fn modern(number: u64, part: i64, now_ms: i64, javastudies: Value) -> Value {
    json!({
        "session_id": format!("0.{number}.{part}_{NODE}"),
        "timestamp": now_ms.div_euclid(1000),
        "timestampMs": now_ms,
        "release": "release_210-6",
        "studies_metadata_hash": METADATA_HASH,
        "auth_scheme_vsn": 2,
        "protocol": "json",
        "via": "127.0.0.1:443",
        "javastudies": javastudies,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Profile;

    fn greeting(wire: &Wire) -> Value {
        serde_json::from_str(&hello(wire, 1, 1_790_726_430_000)).unwrap()
    }

    #[test]
    fn each_year_has_its_own_greeting() {
        let mut wire = Wire::default();
        let now = greeting(&wire);
        assert!(now["javastudies"].is_array() && now["timestampMs"].is_i64());
        wire.hello = Some(HelloForm::Of2022);
        let then = greeting(&wire);
        assert!(then["javastudies"].is_string() && then["via"].is_string());
        wire.hello = None;
        wire.profile = Profile::Of2019;
        let old = greeting(&wire);
        assert_eq!(old.as_object().unwrap().len(), 7);
        assert!(old["session_id"].as_str().unwrap().starts_with('<'));
        wire.redirect = Some("other.test".into());
        assert_eq!(greeting(&wire)["redirect"], "other.test");
    }
}
