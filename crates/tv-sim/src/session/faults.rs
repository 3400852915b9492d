//! What a server says of commands that make no sense, in its own words.

use serde_json::Value;

/// What is said of a command for a session that there is not.
pub(crate) fn unknown_session(method: &str, session: &str, params: &[Value]) -> String {
    let rest: Vec<String> = params.iter().skip(1).map(term).collect();
    format!(
        "{{unknown_session_id,{},{},\n                    [{}]}}",
        binary(method),
        binary(session),
        rest.join(",")
    )
}

/// A value as Erlang prints it.
fn term(value: &Value) -> String {
    match value {
        Value::String(text) => binary(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(term).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(map) => {
            let pairs: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{{{},{}}}", binary(key), term(value)))
                .collect();
            format!("{{[{}]}}", pairs.join(","))
        }
        other => other.to_string(),
    }
}

fn binary(text: &str) -> String {
    if text.is_empty() {
        return "<<>>".to_owned();
    }
    // Erlang's quotes are those of JSON for everything that occurs here.
    format!("<<{}>>", Value::from(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unknown_session_is_reported_as_a_term() {
        let params = [
            json!("cs_1"),
            json!("sds_1"),
            json!(300),
            json!(""),
            json!({ "a": [true, null] }),
        ];
        assert_eq!(
            unknown_session("create_series", "cs_1", &params),
            "{unknown_session_id,<<\"create_series\">>,<<\"cs_1\">>,\n                    [<<\"sds_1\">>,300,<<>>,{[{<<\"a\">>,[true,null]}]}]}"
        );
    }
}
