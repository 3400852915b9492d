//! The envelope `~m~<length>~m~<payload>`, written anew for the simulator.
//!
//! It knows text only: no JSON, no socket. It shares no code with the library it helps to test, so
//! that an error in one cannot hide in the other. Lengths count UTF-16 code units.

use std::fmt;

/// The mark around a length.
const MARK: &str = "~m~";
/// Digits that a length may have; more can only be nonsense.
const MAX_DIGITS: usize = 9;

/// A message that is not a row of whole frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FramingError {
    /// Byte offset of the frame that could not be read.
    pub(crate) offset: usize,
    /// What is wrong with it.
    pub(crate) reason: &'static str,
    /// Whether nothing is wrong but that the text ends before the frame does.
    pub(crate) cut: bool,
}

impl fmt::Display for FramingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.reason, self.offset)
    }
}

/// Counts the UTF-16 code units of a text.
pub(crate) fn units(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().map(char::len_utf16).sum()
    }
}

/// Appends one frame to a message.
pub(crate) fn push_frame(message: &mut String, payload: &str) {
    message.push_str(MARK);
    message.push_str(&units(payload).to_string());
    message.push_str(MARK);
    message.push_str(payload);
}

/// Cuts a message into the payloads of its frames, in order.
pub(crate) fn split(message: &str) -> Result<Vec<&str>, FramingError> {
    let mut payloads = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let offset = message.len() - rest.len();
        let (payload, after) = next(rest).map_err(|(reason, cut)| FramingError {
            offset,
            reason,
            cut,
        })?;
        payloads.push(payload);
        rest = after;
    }
    Ok(payloads)
}

/// Reads the first frame: its payload, and what follows it. Otherwise says what is wrong, and
/// whether the frame is only cut.
fn next(text: &str) -> Result<(&str, &str), (&'static str, bool)> {
    let begins = |text: &str| MARK.starts_with(text);
    let after_mark = text
        .strip_prefix(MARK)
        .ok_or_else(|| ("no frame header", begins(text)))?;
    let digits = after_mark.bytes().take_while(u8::is_ascii_digit).count();
    let no_length = ("no length in the frame header", after_mark.is_empty());
    if digits == 0 || digits > MAX_DIGITS {
        return Err(no_length);
    }
    let (number, after_number) = after_mark.split_at(digits);
    let length: usize = number.parse().map_err(|_| no_length)?;
    let body = after_number
        .strip_prefix(MARK)
        .ok_or_else(|| ("an unfinished frame header", begins(after_number)))?;
    let end = byte_at_unit(body, length).ok_or_else(|| {
        let reason = "a length that does not fit the payload";
        (reason, units(body) < length)
    })?;
    Ok(body.split_at(end))
}

/// The byte offset that lies `wanted` code units into a text, if it is the border of a character.
fn byte_at_unit(text: &str, wanted: usize) -> Option<usize> {
    if text.get(..wanted).is_some_and(str::is_ascii) {
        return Some(wanted);
    }
    let mut seen = 0;
    for (offset, character) in text.char_indices() {
        if seen >= wanted {
            return (seen == wanted).then_some(offset);
        }
        seen += character.len_utf16();
    }
    (seen == wanted).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_korean_frame_has_99_units_in_113_bytes() {
        let payload = r#"{"m":"qsd","p":["qs_vvg85v09ah13",{"n":"KRX:005930","s":"ok","v":{"local_description":"삼성전자보통주"}}]}"#;
        assert_eq!((payload.len(), units(payload)), (113, 99));
        let mut message = String::new();
        push_frame(&mut message, payload);
        push_frame(&mut message, "~h~1");
        assert!(message.starts_with("~m~99~m~{"));
        assert_eq!(split(&message), Ok(vec![payload, "~h~1"]));
    }

    #[test]
    fn a_character_above_the_basic_plane_counts_twice() {
        assert_eq!(units("🚀"), 2);
        assert_eq!(split("~m~2~m~🚀~m~1~m~x"), Ok(vec!["🚀", "x"]));
        assert_eq!(split("~m~1~m~🚀").map_err(|e| e.offset), Err(0));
        assert_eq!(
            split("~m~4~m~🚀").map_err(|e| e.offset),
            Err(0),
            "bytes do not count as units"
        );
    }

    #[test]
    fn a_frame_that_is_cut_is_distinguished_from_a_wrong_one() {
        let mut message = String::new();
        push_frame(&mut message, "🚀 and more");
        for end in (1..message.len()).filter(|end| message.is_char_boundary(*end)) {
            assert!(split(&message[..end]).unwrap_err().cut, "{end}");
        }
        for wrong in [
            "x",
            "~x",
            "~m~x",
            "~m~1x",
            "~m~1~x",
            "~m~1~m~🚀",
            "~m~9999999999",
        ] {
            assert!(!split(wrong).unwrap_err().cut, "{wrong}");
        }
    }

    #[test]
    fn nonsense_is_refused_with_its_place() {
        for (text, offset) in [
            ("x", 0),
            ("~m~", 0),
            ("~m~x~m~", 0),
            ("~m~1~m~", 0),
            ("~m~1~m~ay", 8),
            ("~m~9999999999~m~a", 0),
        ] {
            assert_eq!(split(text).map_err(|e| e.offset), Err(offset), "{text}");
        }
        assert_eq!(split(""), Ok(vec![]));
        assert_eq!(split("~m~0~m~"), Ok(vec![""]));
    }
}
