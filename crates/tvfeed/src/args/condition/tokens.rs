//! The words, numbers and signs of a condition.

use client::Timestamp;

use super::error::Mistake;

/// A part of a condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A column or a word of the language.
    Word(String),
    /// Quoted text.
    Text(String),
    Number(f64),
    Date(Timestamp),
    Sign(&'static str),
    End,
}

/// A part and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Characters before it.
    pub(super) at: usize,
}

impl Token {
    /// Whether it is this word of the language, in any case of letters.
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Word(found) if found.eq_ignore_ascii_case(word))
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        self.kind == Kind::Sign(sign_of(sign))
    }

    /// How messages name it.
    pub(super) fn shown(&self) -> String {
        match &self.kind {
            Kind::Word(word) => format!("`{word}`"),
            Kind::Text(text) => format!("\"{text}\""),
            Kind::Number(number) => format!("`{number}`"),
            Kind::Date(date) => format!("`{date}`"),
            Kind::Sign(sign) => format!("`{sign}`"),
            Kind::End => "the end".to_owned(),
        }
    }
}

/// The signs, the longer ones first.
const SIGNS: [&str; 17] = [
    ">=", "<=", "!=", "<>", "==", "!~", "&&", "||", ">", "<", "=", "~", "*", "(", ")", ",", "!",
];

fn sign_of(sign: &str) -> &'static str {
    SIGNS.into_iter().find(|it| *it == sign).unwrap_or_default()
}

/// Cuts a condition into its parts; the last is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Mistake> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&first) = chars.get(at) {
        let rest = chars.get(at..).unwrap_or_default();
        let (kind, length) = if first.is_whitespace() {
            at += 1;
            continue;
        } else if matches!(first, '"' | '\'' | '“' | '”') {
            quoted(rest, at)?
        } else if is_number(rest) {
            number(rest, at)?
        } else if let Some(sign) = sign(rest) {
            // Before words, because `||` begins with a character of them.
            (Kind::Sign(sign), sign.chars().count())
        } else if is_part(first) {
            let length = run(rest);
            (Kind::Word(rest.iter().take(length).collect()), length)
        } else {
            let text = format!("`{}` has no meaning here", first.escape_debug());
            return Err(Mistake::new(at, text));
        };
        found.push(Token { kind, at });
        // Whatever is found, the end is reached.
        at += length.max(1);
    }
    found.push(Token {
        kind: Kind::End,
        at,
    });
    Ok(found)
}

fn sign(rest: &[char]) -> Option<&'static str> {
    let begins = |sign: &&str| {
        let length = sign.chars().count();
        rest.len() >= length && sign.chars().eq(rest.iter().take(length).copied())
    };
    SIGNS.into_iter().find(begins)
}

/// Whether a character can be a part of a column's name, a word or a number.
fn is_part(char: char) -> bool {
    char.is_alphanumeric() || "_.|[]+-%".contains(char)
}

/// How long the run of such characters is. `||` ends it, as a sign.
fn run(rest: &[char]) -> usize {
    let mut length = 0;
    while rest.get(length).is_some_and(|char| is_part(*char)) {
        if rest.get(length) == Some(&'|') && rest.get(length + 1) == Some(&'|') {
            break;
        }
        length += 1;
    }
    length
}

/// Whether a number or a date begins here.
fn is_number(rest: &[char]) -> bool {
    let digit = |index: usize| rest.get(index).is_some_and(char::is_ascii_digit);
    match rest.first() {
        Some('-' | '+') => digit(1) || (rest.get(1) == Some(&'.') && digit(2)),
        Some('.') => digit(1),
        _ => digit(0),
    }
}

/// A number with an optional unit, a date, or the name of a column that begins with a digit.
fn number(rest: &[char], at: usize) -> Result<(Kind, usize), Mistake> {
    let length = run(rest);
    let text: String = rest.iter().take(length).collect();
    if let Some(number) = value(&text) {
        return Ok((Kind::Number(number), length));
    }
    if text.len() == "2026-01-31".len()
        && let Ok(date) = text.parse()
    {
        return Ok((Kind::Date(date), length));
    }
    // Columns such as 24h_vol.
    if text.starts_with(|char: char| char.is_ascii_digit()) && text.contains('_') {
        return Ok((Kind::Word(text), length));
    }
    let text =
        format!("`{text}` is not a number; write for example 1500, 1.5M, 2B, 5% or 2026-01-31");
    Err(Mistake::new(at, text))
}

/// `1500`, `1.5e6`, `10k`, `1.5M`, `2B`, `1T`, `5%`. Percentages are numbers as they are.
fn value(text: &str) -> Option<f64> {
    let units = [
        (['k', 'K'], 1e3),
        (['m', 'M'], 1e6),
        (['b', 'B'], 1e9),
        (['t', 'T'], 1e12),
        (['%', '%'], 1.0),
    ];
    let unit = units
        .into_iter()
        .find(|(letters, _)| text.ends_with(*letters));
    let (digits, factor) = match unit {
        Some((letters, factor)) => (text.trim_end_matches(letters), factor),
        None => (text, 1.0),
    };
    // A unit stands once.
    if text.len() - digits.len() > 1 {
        return None;
    }
    let number: f64 = digits.parse().ok()?;
    let number = number * factor;
    number.is_finite().then_some(number)
}

/// Text between quotes of either kind. A quote within it is written twice or after a backslash.
fn quoted(rest: &[char], at: usize) -> Result<(Kind, usize), Mistake> {
    let opening = rest.first().copied().unwrap_or('"');
    let ends: &[char] = match opening {
        '\'' => &['\''],
        '"' => &['"'],
        // Word processors turn quotes round.
        _ => &['“', '”', '"'],
    };
    let mut text = String::new();
    let mut index = 1;
    while let Some(&char) = rest.get(index) {
        let next = rest.get(index + 1);
        match char {
            '\\' if next.is_some_and(|next| ends.contains(next) || *next == '\\') => {
                text.extend(next);
                index += 2;
            }
            _ if ends.contains(&char) && next == Some(&char) => {
                text.push(char);
                index += 2;
            }
            _ if ends.contains(&char) => return Ok((Kind::Text(text), index + 1)),
            _ => {
                text.push(char);
                index += 1;
            }
        }
    }
    Err(Mistake::new(at, "the text has no closing quote"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        let all = tokens(text).unwrap();
        all.into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn names_of_columns_are_words_whole() {
        for name in [
            "RSI|60",
            "ADX-DI[1]",
            "ADX+DI",
            "24h_vol|5",
            "Perf.1M",
            "isin-displayed",
        ] {
            assert_eq!(
                kinds(name),
                [Kind::Word(name.to_owned()), Kind::End],
                "{name}"
            );
        }
    }

    #[test]
    fn numbers_have_units_and_signs() {
        for (text, number) in [
            ("10", 10.0),
            ("-2.5", -2.5),
            (".5", 0.5),
            ("10k", 1e4),
            ("1.5M", 1.5e6),
            ("2b", 2e9),
            ("1T", 1e12),
            ("5%", 5.0),
            ("-5%", -5.0),
            ("1e-3", 1e-3),
        ] {
            assert_eq!(kinds(text), [Kind::Number(number), Kind::End], "{text}");
        }
        for wrong in ["10kk", "1.2.3", "10x", "1e999", "2026-13-01", "5%%"] {
            assert!(tokens(wrong).is_err(), "{wrong}");
        }
        let date = "2026-01-31".parse().unwrap();
        assert_eq!(kinds("2026-01-31"), [Kind::Date(date), Kind::End]);
    }

    #[test]
    fn signs_need_no_blanks() {
        let word = |text: &str| Kind::Word(text.to_owned());
        assert_eq!(
            kinds("close>=10&&(a!=b||c~'x')"),
            [
                word("close"),
                Kind::Sign(">="),
                Kind::Number(10.0),
                Kind::Sign("&&"),
                Kind::Sign("("),
                word("a"),
                Kind::Sign("!="),
                word("b"),
                Kind::Sign("||"),
                word("c"),
                Kind::Sign("~"),
                Kind::Text("x".to_owned()),
                Kind::Sign(")"),
                Kind::End,
            ]
        );
    }

    #[test]
    fn texts_hold_quotes() {
        for (text, expected) in [
            (r#""Health Technology""#, "Health Technology"),
            ("'it''s'", "it's"),
            (r#""a \"b\" \\""#, r#"a "b" \"#),
            ("“Finance”", "Finance"),
            ("\"a'b\"", "a'b"),
            ("''", ""),
        ] {
            assert_eq!(
                kinds(text),
                [Kind::Text(expected.to_owned()), Kind::End],
                "{text}"
            );
        }
        assert_eq!(tokens("a = \"b").unwrap_err().at, 4);
        assert_eq!(tokens("a ; b").unwrap_err().at, 2);
    }
}
