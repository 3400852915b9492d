//! Writing messages as JSON text.

use std::io::{self, Write};

use serde_json::{
    Value,
    ser::{CompactFormatter, Formatter, Serializer},
};

/// Writes compact JSON in ASCII, with other characters as `\uXXXX`.
///
/// The length in the header is then the same in bytes, characters and UTF-16 units.
struct AsciiFormatter;

impl Formatter for AsciiFormatter {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(|char: char| !char.is_ascii()) {
            let (plain, other) = rest.split_at(at);
            out.write_all(plain.as_bytes())?;
            let Some(char) = other.chars().next() else {
                break;
            };
            for unit in char.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = other.get(char.len_utf8()..).unwrap_or_default();
        }
        out.write_all(rest.as_bytes())
    }
}

/// Whether text goes out as it is or escaped to ASCII.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    Ascii,
    Raw,
}

/// Writes one message.
pub(super) fn message(value: &Value, escape: Escape) -> String {
    let mut out = Vec::new();
    let written = match escape {
        Escape::Ascii => serde::Serialize::serialize(
            value,
            &mut Serializer::with_formatter(&mut out, AsciiFormatter),
        ),
        Escape::Raw => serde::Serialize::serialize(
            value,
            &mut Serializer::with_formatter(&mut out, CompactFormatter),
        ),
    };
    debug_assert!(written.is_ok(), "a JSON value fits into memory");
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_output_means_the_same() {
        let value: Value = serde_json::from_str(r#"{"a":"삼😀é\n\"","b":["x"]}"#).unwrap();
        let ascii = message(&value, Escape::Ascii);
        assert!(ascii.is_ascii());
        assert_eq!(ascii, r#"{"a":"\uc0bc\ud83d\ude00\u00e9\n\"","b":["x"]}"#);
        assert_eq!(serde_json::from_str::<Value>(&ascii).unwrap(), value);
        assert_eq!(
            message(&value, Escape::Raw),
            r#"{"a":"삼😀é\n\"","b":["x"]}"#
        );
    }
}
