//! The greeting: the first message of a connection, before anything was asked.

use serde_json::{Value, json};

use crate::rules::{HelloForm, Wire};

/// The name of the simulated server, as it stands in bars and errors.
pub(crate) const NODE: &str = "lo1-charts-free-1-tvbs-sim00-1";
/// Stands for the state of the built-in studies.
const METADATA_HASH: &str = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e";

/// Builds the greeting of one connection. `now_ms` is UTC, in milliseconds.
///
/// The keys have the recorded order: there are clients that know the greeting by its first key.
pub(crate) fn hello(wire: &Wire, connection: u64, now_ms: i64) -> String {
    let (number, part) = (1000 + connection, now_ms.rem_euclid(10_000));
    let mut keys = match wire.hello() {
        HelloForm::Of2019 => vec![
            (
                "session_id",
                json!(format!(
                    "<0.{number}.{part}>_lo1-charts-1-webchart-1@lo1-compute-1_x"
                )),
            ),
            ("timestamp", json!(now_ms.div_euclid(1000))),
            (
                "release",
                json!("registry:5000/tvbs_release/webchart:release_201-106"),
            ),
            ("studies_metadata_hash", json!(METADATA_HASH)),
            ("protocol", json!("json")),
            ("javastudies", json!("javastudies-3.44_955")),
            ("auth_scheme_vsn", json!(2)),
        ],
        HelloForm::Of2022 => modern(number, part, now_ms, json!("javastudies-3.61_2178")),
        HelloForm::Of2025 => modern(number, part, now_ms, json!(["3.66"])),
    };
    if let Some(host) = &wire.redirect {
        keys.push(("redirect", json!(host)));
    }
    let keys: Vec<String> = keys
        .into_iter()
        .map(|(key, value)| format!("\"{key}\":{value}"))
        .collect();
    format!("{{{}}}", keys.join(","))
}

fn modern(number: u64, part: i64, now_ms: i64, javastudies: Value) -> Vec<(&'static str, Value)> {
    vec![
        ("session_id", json!(format!("0.{number}.{part}_{NODE}"))),
        ("timestamp", json!(now_ms.div_euclid(1000))),
        ("timestampMs", json!(now_ms)),
        ("release", json!("release_210-6")),
        ("studies_metadata_hash", json!(METADATA_HASH)),
        ("auth_scheme_vsn", json!(2)),
        ("protocol", json!("json")),
        ("via", json!("127.0.0.1:443")),
        ("javastudies", javastudies),
    ]
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

    #[test]
    fn keys_have_the_recorded_order() {
        let order = |wire: &Wire| {
            let text = hello(wire, 1, 1_790_726_430_000);
            let mut found: Vec<(usize, &str)> = [
                "session_id",
                "timestamp\"",
                "timestampMs",
                "release\"",
                "studies_metadata_hash",
                "auth_scheme_vsn",
                "protocol",
                "via",
                "javastudies\"",
            ]
            .into_iter()
            .filter_map(|key| Some((text.find(&format!("\"{key}"))?, key)))
            .collect();
            let keys: Vec<&str> = found.iter().map(|(_, key)| *key).collect();
            found.sort_unstable();
            (
                keys,
                found.into_iter().map(|(_, key)| key).collect::<Vec<_>>(),
            )
        };
        let mut wire = Wire::default();
        let (recorded, sent) = order(&wire);
        assert_eq!((sent.len(), &sent), (9, &recorded));
        wire.hello = Some(HelloForm::Of2019);
        let (_, sent) = order(&wire);
        assert_eq!(sent.first(), Some(&"session_id"));
        assert_eq!(sent.last(), Some(&"auth_scheme_vsn"));
    }
}
