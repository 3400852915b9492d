//! Reads the text of a recording: rows of frames, or bare messages, one a line.

use serde::Deserialize;

use super::json::{Raw, string};
use crate::error::RecordingError;
use crate::framing;

/// One recorded message of a server.
#[derive(Debug, Deserialize)]
pub(crate) struct Record {
    /// Its name.
    #[serde(rename = "m")]
    pub(crate) method: String,
    /// Its parameters, as text.
    #[serde(rename = "p")]
    pub(crate) params: Vec<Raw>,
    /// The server's time in seconds, where the message carries it.
    pub(crate) t: Option<Raw>,
    /// The server's time in milliseconds, where the message carries it.
    pub(crate) t_ms: Option<Raw>,
}

impl Record {
    /// The text of a parameter.
    pub(crate) fn param(&self, at: usize) -> Option<&str> {
        self.params.get(at).map(|raw| raw.get())
    }

    /// A parameter that is a string.
    pub(crate) fn text(&self, at: usize) -> Option<String> {
        self.param(at).and_then(string)
    }

    /// Writes it again with some parameters replaced: `replace(position)` gives the new JSON text, if any.
    pub(crate) fn write(&self, replace: impl Fn(usize) -> Option<String>) -> String {
        let mut out = format!("{{\"m\":{},\"p\":[", super::json::quote(&self.method));
        for (at, raw) in self.params.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            match replace(at) {
                Some(text) => out.push_str(&text),
                None => out.push_str(raw.get()),
            }
        }
        out.push(']');
        for (key, value) in [("t", &self.t), ("t_ms", &self.t_ms)] {
            if let Some(value) = value {
                out.push_str(&format!(",\"{key}\":{}", value.get()));
            }
        }
        out.push('}');
        out
    }
}

/// What a file holds, in recorded order.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// The first greeting, as text.
    pub(crate) hello: Option<String>,
    /// Everything with a method.
    pub(crate) records: Vec<Record>,
}

/// Reads a whole recording. Heartbeats are left out; so is what has neither a method nor looks like a greeting.
pub(crate) fn parse(text: &str) -> Result<Records, RecordingError> {
    let mut found = Records::default();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim_start();
        let malformed = |reason: String| RecordingError::Malformed {
            line: number + 1,
            reason,
        };
        if line.is_empty() {
            continue;
        }
        if !line.starts_with("~m~") {
            found.add(line).map_err(malformed)?;
            continue;
        }
        for payload in framing::split(line).map_err(|error| malformed(error.to_string()))? {
            found.add(payload).map_err(malformed)?;
        }
    }
    if found.records.is_empty() && found.hello.is_none() {
        return Err(RecordingError::Empty);
    }
    Ok(found)
}

impl Records {
    fn add(&mut self, payload: &str) -> Result<(), String> {
        if payload.starts_with("~h~") {
            return Ok(());
        }
        // A message has `m`; whatever else is an object is a greeting or of no use.
        match serde_json::from_str::<Record>(payload) {
            Ok(record) => self.records.push(record),
            Err(_) => {
                let other: super::json::Object = serde_json::from_str(payload)
                    .map_err(|error| format!("no JSON object (column {})", error.column()))?;
                if self.hello.is_none() && other.get("session_id").is_some() {
                    self.hello = Some(payload.to_owned());
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_frames_and_bare_messages_read_alike() {
        let framed = parse(
            "~m~20~m~{\"m\":\"a\",\"p\":[1.50]}~m~4~m~~h~1~m~19~m~{\"m\":\"b\",\"p\":[\"é\"]}\n",
        )
        .unwrap();
        let bare = parse("{\"m\":\"a\",\"p\":[1.50]}\n\n{\"m\":\"b\",\"p\":[\"é\"]}").unwrap();
        for found in [framed, bare] {
            assert_eq!(found.records.len(), 2);
            assert_eq!(found.records[0].write(|_| None), r#"{"m":"a","p":[1.50]}"#);
            assert_eq!(found.records[1].text(0).as_deref(), Some("é"));
        }
    }

    #[test]
    fn a_broken_line_is_told_by_its_number() {
        let error = parse("{\"m\":\"a\",\"p\":[]}\n~m~9~m~x").unwrap_err();
        assert!(
            matches!(error, RecordingError::Malformed { line: 2, .. }),
            "{error}"
        );
        assert!(matches!(parse(" \n"), Err(RecordingError::Empty)));
    }
}
