use proptest::prelude::*;

use super::*;

/// Reads all of `text` with `read`, or nothing.
fn whole<'a, T>(text: &'a str, read: impl FnOnce(&mut Cursor<'a>) -> Option<T>) -> Option<T> {
    let mut cursor = Cursor::new(text)?;
    let value = read(&mut cursor)?;
    cursor.at_end().then_some(value)
}

fn number(text: &str) -> Option<f64> {
    whole(text, Cursor::number)
}

#[test]
fn numbers_are_those_of_json_and_exact() {
    for text in [
        "0",
        "-0",
        "1",
        "-1",
        "10.5",
        "1685633880.0",
        "0.1",
        "123456789.123456789",
        "1e100",
        "1E-7",
        "1.5e+3",
        "9007199254740993",
        "18446744073709551616",
        "5e-324",
        "1e308",
        "8004.8000000000001819",
        "0.30000000000000004",
        "1234567890123456789012345.0",
    ] {
        let expected: f64 = serde_json::from_str(text).unwrap();
        assert_eq!(
            number(text).map(f64::to_bits),
            Some(expected.to_bits()),
            "{text}"
        );
        assert!(whole(text, Cursor::value).is_some());
    }
    for text in [
        "", "-", "01", "00", "1.", ".5", "1e", "1e+", "+1", "NaN", "0x1", "1_0", "--1",
    ] {
        assert_eq!(number(text), None, "{text}");
        assert!(whole(text, Cursor::value).is_none(), "{text}");
    }
    assert_eq!(number("1e999"), None, "serde_json refuses it, too");
}

#[test]
fn integers_are_plain() {
    for text in ["0", "7", "-1000100", "999999999999999999"] {
        assert_eq!(whole(text, Cursor::integer), text.parse().ok(), "{text}");
    }
    for text in ["", "-", "01", "-0", "1.0", "1e3", "9223372036854775808"] {
        assert_eq!(whole(text, Cursor::integer), None, "{text}");
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(whole(&nested(64), Cursor::value).is_some());
    assert!(whole(&nested(65), Cursor::value).is_none());
}

proptest! {
    #[test]
    fn doubles_come_back(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        for text in [format!("{value:?}"), format!("{value}"), format!("{value:e}")] {
            prop_assert_eq!(number(&text).map(f64::to_bits), Some(bits), "{}", text);
        }
    }

    #[test]
    fn prices_are_read_as_serde_json_reads_them(
        units in any::<u32>(), fraction in "[0-9]{1,12}", negative in any::<bool>(),
    ) {
        let text = format!("{}{units}.{fraction}", if negative { "-" } else { "" });
        let expected: f64 = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(number(&text).map(f64::to_bits), Some(expected.to_bits()));
    }

    #[test]
    fn strings_end_where_they_end(text in any::<String>()) {
        let json = serde_json::to_string(&text).unwrap();
        if let Some(span) = whole(&json, Cursor::quoted) {
            prop_assert_eq!(span.of(&json), &json[1..json.len() - 1]);
            prop_assert_eq!(span.escaped, json.contains('\\'));
        } else {
            prop_assert!(json.contains("\\u"), "{}", json);
        }
    }

    #[test]
    fn nothing_is_accepted_that_serde_json_rejects(text in "[\\[\\]{}\",:0-9eE.+\\- tfalsrunx\\\\]{0,24}") {
        if whole(&text, Cursor::value).is_some() {
            prop_assert!(serde_json::from_str::<Box<serde_json::value::RawValue>>(&text).is_ok(), "{}", text);
        }
    }
}
