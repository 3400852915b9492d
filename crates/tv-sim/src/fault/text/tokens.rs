//! Cuts a line into words and quoted texts.

use std::time::Duration;

/// What is wrong in a line: its column, and the error.
pub(super) type Wrong = (usize, String);

/// A word, or the bytes of a quoted text.
#[derive(Debug, PartialEq)]
enum Token {
    Word(String),
    Quoted(Vec<u8>),
}

/// The tokens of a line, each with its column; they are taken from the front.
#[derive(Debug)]
pub(super) struct Tokens {
    /// In reverse.
    left: Vec<(usize, Token)>,
    /// The column behind the line.
    end: usize,
}

impl Tokens {
    pub(super) fn read(line: &str) -> Result<Self, Wrong> {
        let mut left = Vec::new();
        let mut characters = (1..).zip(line.chars()).peekable();
        while let Some((column, character)) = characters.next() {
            if character == '#' {
                break;
            }
            if character.is_whitespace() {
                continue;
            }
            if character == '"' {
                left.push((column, Token::Quoted(quoted(column, &mut characters)?)));
                continue;
            }
            let mut word = String::from(character);
            while let Some((_, next)) =
                characters.next_if(|(_, c)| !c.is_whitespace() && *c != '"' && *c != '#')
            {
                word.push(next);
            }
            left.push((column, Token::Word(word)));
        }
        left.reverse();
        Ok(Self {
            left,
            end: line.chars().count() + 1,
        })
    }

    pub(super) fn is_done(&self) -> bool {
        self.left.is_empty()
    }

    /// Fails if something is left.
    pub(super) fn done(&self) -> Result<(), Wrong> {
        if self.left.is_empty() {
            return Ok(());
        }
        Err(self.wrong("nothing more is expected here"))
    }

    /// Where the next token begins.
    pub(super) fn column(&self) -> usize {
        self.left.last().map_or(self.end, |(column, _)| *column)
    }

    pub(super) fn wrong(&self, reason: impl Into<String>) -> Wrong {
        (self.column(), reason.into())
    }

    fn peek_word(&self) -> Option<&str> {
        match self.left.last() {
            Some((_, Token::Word(word))) => Some(word),
            _ => None,
        }
    }

    /// Takes a word if it is the next.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let is_next = self.peek_word() == Some(word);
        if is_next {
            self.left.pop();
        }
        is_next
    }

    pub(super) fn expect(&mut self, word: &str, otherwise: &str) -> Result<(), Wrong> {
        if self.take_word(word) {
            return Ok(());
        }
        Err(self.wrong(otherwise))
    }

    /// Takes a word that `read` understands.
    pub(super) fn parsed<T>(
        &mut self,
        what: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Wrong> {
        let value = self.peek_word().and_then(read);
        let value = value.ok_or_else(|| self.wrong(format!("{what} is expected here")))?;
        self.left.pop();
        Ok(value)
    }

    /// Takes a word that `read` understands, if it is the next.
    pub(super) fn optional<T>(&mut self, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let value = self.peek_word().and_then(read)?;
        self.left.pop();
        Some(value)
    }

    pub(super) fn number(&mut self, what: &str) -> Result<u64, Wrong> {
        self.parsed(what, number)
    }

    pub(super) fn small(&mut self, what: &str) -> Result<u32, Wrong> {
        self.parsed(what, |word| number(word)?.try_into().ok())
    }

    pub(super) fn duration(&mut self) -> Result<Duration, Wrong> {
        self.parsed("a time such as `1500ms`, `20s`, `5m` or `1h`", duration)
    }

    pub(super) fn bytes(&mut self, what: &str) -> Result<Vec<u8>, Wrong> {
        match self.left.pop() {
            Some((_, Token::Quoted(bytes))) => Ok(bytes),
            other => {
                self.left.extend(other);
                Err(self.wrong(format!("{what} in \"quotes\" is expected here")))
            }
        }
    }

    pub(super) fn text(&mut self, what: &str) -> Result<String, Wrong> {
        let column = self.column();
        String::from_utf8(self.bytes(what)?).map_err(|_| (column, "this is not UTF-8".to_owned()))
    }

    /// Whether a quoted text is the next.
    pub(super) fn at_quote(&self) -> bool {
        matches!(self.left.last(), Some((_, Token::Quoted(_))))
    }
}

/// Reads digits only.
pub(super) fn number(word: &str) -> Option<u64> {
    let digits = word.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| word.parse().ok()).flatten()
}

/// Reads a number with a unit.
pub(super) fn duration(word: &str) -> Option<Duration> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (value, unit) = word.split_at(digits);
    let factor = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    Some(Duration::from_millis(number(value)?.checked_mul(factor)?))
}

/// Reads a quoted text behind its first quote.
fn quoted(
    opened: usize,
    characters: &mut impl Iterator<Item = (usize, char)>,
) -> Result<Vec<u8>, Wrong> {
    let mut bytes = Vec::new();
    let unfinished = || (opened, "the quote is not closed".to_owned());
    loop {
        let (column, character) = characters.next().ok_or_else(unfinished)?;
        let escaped = match character {
            '"' => return Ok(bytes),
            '\\' => characters.next().ok_or_else(unfinished)?.1,
            other => {
                bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
        };
        bytes.push(match escaped {
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            '\\' => b'\\',
            '"' => b'"',
            'x' => {
                let mut digit = || characters.next().and_then(|(_, c)| c.to_digit(16));
                let value = digit().zip(digit()).map(|(high, low)| high * 16 + low);
                let byte = value.and_then(|value| u8::try_from(value).ok());
                byte.ok_or_else(|| (column, "two hexadecimal digits follow `\\x`".to_owned()))?
            }
            _ => {
                let known = "only \\\\, \\\", \\n, \\r, \\t and \\xHH are known".to_owned();
                return Err((column, known));
            }
        });
    }
}
