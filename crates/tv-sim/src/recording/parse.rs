//! Reads the text of a recording: rows of frames, or bare messages, one a line.

use serde::Deserialize;

use crate::{
    error::RecordingError,
    framing,
    recording::json::{Raw, string},
};

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

    /// Writes it again with some parameters replaced: `replace(position)` gives the new JSON text,
    /// if any.
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
    /// The last line, if it is cut, and how many of its bytes were left out.
    pub(crate) cut: Option<(usize, usize)>,
}

/// Why a payload is not a message.
struct NoMessage {
    reason: String,
    /// Whether its end is missing.
    cut: bool,
}

/// Reads a whole recording. Heartbeats are left out; so is what has neither a method nor looks like
/// a greeting. Of a last line that is cut the frames that are whole are read.
pub(crate) fn parse(text: &str) -> Result<Records, RecordingError> {
    let mut found = Records::default();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        let line = line.trim_start_matches('\u{feff}').trim_start();
        let number = number + 1;
        let malformed = |reason: String| RecordingError::Malformed {
            line: number,
            reason,
        };
        if line.is_empty() {
            continue;
        }
        let is_last = lines.peek().is_none();
        let is_framed = line.starts_with("~m~") || (is_last && "~m~".starts_with(line));
        if !is_framed {
            match found.add(line) {
                Err(no) if no.cut && is_last => found.cut = Some((number, line.len())),
                added => added.map_err(|no| malformed(no.reason))?,
            }
            continue;
        }
        let whole = match framing::split(line) {
            Err(error) if error.cut && is_last => {
                found.cut = Some((number, line.len() - error.offset));
                line.get(..error.offset).unwrap_or_default()
            }
            Err(error) => return Err(malformed(error.to_string())),
            Ok(_) => line,
        };
        for payload in framing::split(whole).unwrap_or_default() {
            found.add(payload).map_err(|no| malformed(no.reason))?;
        }
    }
    if found.records.is_empty() && found.hello.is_none() {
        return Err(RecordingError::Empty);
    }
    Ok(found)
}

impl Records {
    fn add(&mut self, payload: &str) -> Result<(), NoMessage> {
        if payload.starts_with("~h~") {
            return Ok(());
        }
        // A message has `m`; whatever else is an object is a greeting or of no use.
        match serde_json::from_str::<Record>(payload) {
            Ok(record) => self.records.push(record),
            Err(_) => {
                let other: super::json::Object =
                    serde_json::from_str(payload).map_err(|error| NoMessage {
                        reason: format!("no JSON object (column {})", error.column()),
                        cut: error.is_eof(),
                    })?;
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
    fn of_a_last_line_that_is_cut_the_whole_frames_are_read() {
        let frame = "~m~16~m~{\"m\":\"b\",\"p\":[]}";
        let first = "{\"m\":\"a\",\"p\":[]}\n";
        for end in 1..frame.len() {
            let found = parse(&format!("{first}{frame}{}", &frame[..end])).unwrap();
            assert_eq!(found.cut, Some((2, end)));
            assert_eq!(found.records.len(), 2);
        }
        for end in 1..first.len() - 1 {
            let found = parse(&format!("{first}{}", &first[..end])).unwrap();
            assert_eq!((found.cut, found.records.len()), (Some((2, end)), 1));
        }
        let whole = parse(&format!("{first}{frame}{frame}\n")).unwrap();
        assert_eq!((whole.cut, whole.records.len()), (None, 3));
        assert!(matches!(parse(&frame[..9]), Err(RecordingError::Empty)));
    }

    #[test]
    fn a_broken_line_is_reported_by_its_number() {
        for (text, at) in [
            ("{\"m\":\"a\",\"p\":[]}\n~m~9~m~x\n{}", 2),
            ("{\"m\":\"a\",\"p\":[]}\n{\"m\":\n{}", 2),
            ("{\"m\":\"a\",\"p\":[]}\n~m~1x", 2),
            ("~m~2~m~{}~m~2~m~{{", 1),
            ("{\"m\":\"a\",\"p\":[]}\n\n{\"m\":x", 3),
        ] {
            let error = parse(text).unwrap_err();
            assert!(
                matches!(error, RecordingError::Malformed { line, .. } if line == at),
                "{text}: {error}"
            );
        }
        assert!(matches!(parse(" \n"), Err(RecordingError::Empty)));
    }
}
