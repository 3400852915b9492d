//! Secrets are taken out of text from outside before it is kept, logged or shown.

use std::{borrow::Cow, collections::HashSet, fmt};

use secrecy::{ExposeSecret, SecretString};

/// How many bytes of a secret in a row betray it. Shorter secrets are hidden as a whole.
const WINDOW: usize = 16;

/// Shorter texts are not secrets: they would be found in any text.
const SHORTEST: usize = 6;

/// The most secrets that are known; with more, the oldest are forgotten.
const MAX_SECRETS: usize = 64;

/// How often escapes are undone: `%2525` takes three rounds.
const MAX_ROUNDS: usize = 4;

/// What stands in place of a secret.
const MARK: &str = "[hidden]";

/// The secrets of a connection, which are hidden in the texts of its server.
///
/// A server may repeat a token in its words, and these go into errors and logs.
/// [`hide`](Self::hide) takes out each secret, and each 16 characters in a row of one, however they
/// are escaped: as `\u0041`, `%41`, both, or with blanks and line breaks between.
///
/// ```
/// use tv_protocol::redact::Secrets;
///
/// let mut secrets = Secrets::default();
/// secrets.add("eyJhbGciOiJSUzUxMiJ9.e30.x");
/// let text = secrets.hide(r"bad auth token eyJhbGci%4fiJSUzUxMi\u004a9");
/// assert_eq!(text, "bad auth token [hidden]");
/// ```
///
/// `Debug` shows how many there are.
#[derive(Clone, Default)]
pub struct Secrets {
    /// Without escapes and blanks.
    known: Vec<SecretString>,
}

impl Secrets {
    /// Adds a secret. Texts of fewer than six characters are not hidden.
    pub fn add(&mut self, secret: &str) {
        let plain: Vec<u8> = plain(secret).iter().map(|piece| piece.byte).collect();
        let plain = String::from_utf8_lossy(&plain).into_owned();
        if plain.len() < SHORTEST || self.knows(&plain) {
            return;
        }
        if self.known.len() == MAX_SECRETS {
            self.known.remove(0);
        }
        self.known.push(plain.into());
    }

    /// Adds the value of a header, and each part of it: what stands between blanks, semicolons,
    /// commas and the first equals sign of each.
    pub fn add_header(&mut self, value: &str) {
        self.add(value);
        for part in value.split([' ', ';', ',']) {
            self.add(part.split_once('=').map_or(part, |(_, value)| value));
        }
    }

    /// Adds all secrets of another.
    pub fn extend(&mut self, other: &Self) {
        for secret in &other.known {
            self.add(secret.expose_secret());
        }
    }

    fn knows(&self, plain: &str) -> bool {
        self.known.iter().any(|it| it.expose_secret() == plain)
    }

    /// Returns the text with each secret replaced by `[hidden]`.
    #[must_use]
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.replace(text, |_, out| out.push_str(MARK))
    }

    /// The text with a `*` for each UTF-16 unit of a secret, so that lengths which frames declare
    /// stay right.
    ///
    /// ```
    /// use tv_protocol::redact::Secrets;
    ///
    /// let mut secrets = Secrets::default();
    /// secrets.add("hunter2");
    /// assert_eq!(secrets.mask("~m~9~m~[hunter2]"), "~m~9~m~[*******]");
    /// ```
    #[must_use]
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.replace(text, |secret, out| {
            out.extend(std::iter::repeat_n('*', secret.encode_utf16().count()));
        })
    }

    /// The text with something else in place of each secret.
    fn replace<'a>(&self, text: &'a str, write: impl Fn(&str, &mut String)) -> Cow<'a, str> {
        let ranges = self.find(text);
        if ranges.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for (start, end) in ranges {
            out.push_str(text.get(done..start).unwrap_or_default());
            write(text.get(start..end).unwrap_or_default(), &mut out);
            done = end;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(out)
    }

    /// Where secrets stand in a text, in order and apart.
    fn find(&self, text: &str) -> Vec<(usize, usize)> {
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        if self.known.is_empty() || text.len() < SHORTEST {
            return ranges;
        }
        let pieces = plain(text);
        let bytes: Vec<u8> = pieces.iter().map(|piece| piece.byte).collect();
        let mut is_secret = vec![false; bytes.len()];
        for secret in &self.known {
            let secret = secret.expose_secret().as_bytes();
            let length = secret.len().min(WINDOW);
            let windows: HashSet<&[u8]> = secret.windows(length).collect();
            for (at, window) in bytes.windows(length).enumerate() {
                if windows.contains(window)
                    && let Some(marks) = is_secret.get_mut(at..at + length)
                {
                    marks.fill(true);
                }
            }
        }
        let mut goes_on = false;
        for (piece, is_secret) in pieces.iter().zip(is_secret) {
            let continued = std::mem::replace(&mut goes_on, is_secret);
            match ranges.last_mut() {
                _ if !is_secret => {}
                Some((_, end)) if continued => *end = piece.end,
                _ => ranges.push((piece.start, piece.end)),
            }
        }
        ranges
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Secrets({})", self.known.len())
    }
}

/// A byte of a text without escapes, and where it stands in the text itself.
#[derive(Clone, Copy)]
struct Piece {
    byte: u8,
    start: usize,
    end: usize,
}

/// Whether a character may stand between those of a secret and mean nothing.
fn is_ignored(char: char) -> bool {
    char.is_whitespace() || char.is_control() || char == '\u{fffd}'
}

/// A text without blanks and control characters, its escapes undone.
fn plain(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(text.len());
    for (at, char) in text.char_indices() {
        if is_ignored(char) {
            continue;
        }
        let end = at + char.len_utf8();
        for byte in text.as_bytes().get(at..end).unwrap_or_default() {
            pieces.push(Piece {
                byte: *byte,
                start: at,
                end,
            });
        }
    }
    for _ in 0..MAX_ROUNDS {
        let before = pieces.len();
        pieces = without_escapes(&pieces);
        if pieces.len() == before {
            break;
        }
    }
    pieces
}

fn without_escapes(pieces: &[Piece]) -> Vec<Piece> {
    let mut out = Vec::with_capacity(pieces.len());
    let mut rest = pieces;
    while let Some((first, after)) = rest.split_first() {
        match first.byte {
            b'%' => {
                if let Some((value, end)) = hex(after, 2) {
                    push(&mut out, value, first.start, end);
                    rest = after.get(2..).unwrap_or_default();
                    continue;
                }
            }
            b'\\' => {
                let slashes = after.iter().take_while(|piece| piece.byte == b'\\').count();
                rest = after.get(slashes..).unwrap_or_default();
                let Some((kind, after)) = rest.split_first() else {
                    break;
                };
                match kind.byte {
                    b'u' | b'U' => {
                        if let Some((value, end)) = hex(after, 4) {
                            push(&mut out, value, first.start, end);
                            rest = after.get(4..).unwrap_or_default();
                        }
                    }
                    b'x' | b'X' => {
                        if let Some((value, end)) = hex(after, 2) {
                            push(&mut out, value, first.start, end);
                            rest = after.get(2..).unwrap_or_default();
                        }
                    }
                    // Line breaks and the like.
                    b'n' | b'r' | b't' | b'b' | b'f' => rest = after,
                    _ => {}
                }
                continue;
            }
            _ => {}
        }
        out.push(*first);
        rest = after;
    }
    out
}

/// The value of hexadecimal digits at the beginning, and where they end.
fn hex(pieces: &[Piece], digits: usize) -> Option<(u32, usize)> {
    let digits = pieces.get(..digits)?;
    let mut value = 0;
    for piece in digits {
        value = value * 16 + char::from(piece.byte).to_digit(16)?;
    }
    Some((value, digits.last()?.end))
}

/// Adds an escaped character or byte, unless it means nothing.
fn push(out: &mut Vec<Piece>, value: u32, start: usize, end: usize) {
    let byte = |byte| Piece { byte, start, end };
    match (u8::try_from(value), char::from_u32(value)) {
        (_, Some(char)) if is_ignored(char) => {}
        // Also single bytes of characters that are escaped byte by byte.
        (Ok(value), _) => out.push(byte(value)),
        (_, Some(char)) => {
            let mut buffer = [0; 4];
            out.extend(char.encode_utf8(&mut buffer).bytes().map(byte));
        }
        // Half of a pair.
        (_, None) => out.push(byte(b'?')),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "eyJhbGciOiJSUzUxMiIsImtpZCI6IkdaeFUifQ.eyJ1c2VyX2lkIjo0fQ.c2lnbmF0dXJl";

    fn secrets() -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add(TOKEN);
        secrets
    }

    #[test]
    fn a_secret_is_hidden_and_the_rest_stays() {
        let secrets = secrets();
        let prefix = &TOKEN[..16];
        for (text, expected) in [
            (format!("bad token {TOKEN}."), "bad token [hidden]."),
            (format!("{TOKEN}{TOKEN}"), "[hidden]"),
            (format!("a {prefix} b"), "a [hidden] b"),
            (format!("a {} b", &TOKEN[..15]), "a eyJhbGciOiJSUzU b"),
            (TOKEN[..20].replace('G', "%47"), "[hidden]"),
            (TOKEN[..20].replace('G', "%2547"), "[hidden]"),
            (TOKEN[..20].replace('G', r"\u0047"), "[hidden]"),
            (TOKEN[..20].replace('G', r"\\\u0047"), "[hidden]"),
            (TOKEN[..20].replace('G', "\nG"), "[hidden]"),
            (TOKEN[..20].replace('G', r"\nG"), "[hidden]"),
            ("nothing is here".to_owned(), "nothing is here"),
            (String::new(), ""),
        ] {
            assert_eq!(secrets.hide(&text), expected, "{text}");
        }
        assert_eq!(format!("{secrets:?}"), "Secrets(1)");
    }

    #[test]
    fn a_masked_text_has_the_length_of_the_original() {
        let secrets = secrets();
        let escaped = TOKEN.replace('G', r"\u0047");
        for text in [
            format!("~m~99~m~{TOKEN}é😀"),
            format!("{TOKEN}{TOKEN}"),
            escaped,
            "nothing is here".to_owned(),
        ] {
            let masked = secrets.mask(&text);
            let units = |text: &str| text.encode_utf16().count();
            assert_eq!(units(&masked), units(&text), "{masked}");
            assert_eq!(masked.contains('*'), text != "nothing is here", "{masked}");
            assert!(!masked.contains(&TOKEN[..16]), "{masked}");
        }
    }

    #[test]
    fn parts_of_cookies_are_secrets_and_short_texts_are_none() {
        let mut secrets = Secrets::default();
        secrets.add_header("sessionid=hunter2; theme=dark; sign=v1:abc=");
        assert_eq!(
            secrets.hide("hunter2 dark v1:abc="),
            "[hidden] dark [hidden]"
        );
        secrets.add("");
        secrets.add("ab");
        assert_eq!(secrets.hide("ab"), "ab");
    }

    #[test]
    fn secrets_are_bounded_and_the_newest_are_known() {
        let mut secrets = Secrets::default();
        for number in 0..1_000 {
            secrets.add(&format!("secret-{number}"));
        }
        assert_eq!(format!("{secrets:?}"), "Secrets(64)");
        assert_eq!(secrets.hide("secret-999"), "[hidden]");
    }

    /// A character as a server may write it.
    fn escaped(char: char, way: u8) -> String {
        let code = u32::from(char);
        match way {
            0 => format!("\\u{code:04x}"),
            1 => format!("%{code:02X}"),
            2 => format!("%25{code:02x}"),
            3 => format!("\\\\u{code:04X}"),
            4 => format!("\\x{code:02x}"),
            5 => format!("\n{char}"),
            _ => char.to_string(),
        }
    }

    proptest! {
        #[test]
        fn no_part_of_a_secret_is_left_however_it_is_written(
            token in "[A-Za-z0-9._=-]{20,80}",
            ways in prop::collection::vec(0_u8..16, 80),
            from in 0_usize..20,
            length in 16_usize..80,
            before in "[ a-z:\"]{0,20}",
            after in "[ !\"]{0,20}",
        ) {
            let mut secrets = Secrets::default();
            secrets.add(&token);
            let from = from.min(token.len() - 16);
            let part: Vec<char> = token.chars().skip(from).take(length).collect();
            prop_assume!(part.len() >= 16);
            let shown: String = part
                .iter()
                .zip(&ways)
                .map(|(char, way)| escaped(*char, *way))
                .collect();
            let text = format!("{before}#{shown}#{after}");
            let hidden = secrets.hide(&text);
            let plain: String = plain(&hidden).iter().map(|piece| char::from(piece.byte)).collect();
            for window in part.windows(16) {
                let window: String = window.iter().collect();
                prop_assert!(!plain.contains(&window), "{text} {hidden}");
            }
            prop_assert!(hidden.starts_with(&format!("{before}#")), "{hidden}");
            prop_assert!(hidden.ends_with(&format!("#{after}")), "{hidden}");
        }

        #[test]
        fn any_text_is_survived_and_texts_without_secrets_stay(text in "\\PC{0,200}") {
            prop_assert_eq!(secrets().hide(&text), text.as_str());
        }

        #[test]
        fn any_secret_is_survived(secret in "\\PC{0,60}", text in "(\\\\|%|u|[0-9a-f]|\\PC){0,60}") {
            let mut secrets = Secrets::default();
            secrets.add(&secret);
            secrets.add_header(&text);
            let _ = secrets.hide(&format!("{text}{secret}{text}"));
        }
    }
}
