//! Text of the server that may be shown.

use protocol::{json::printable, redact::Secrets};

use super::MAX_WORDS;

/// How a JWT begins: `{"` in base64.
const JWT: &str = "eyJ";

/// The shortest text after [`JWT`] that is taken for a token.
const SHORTEST: usize = 20;

/// A text without secrets and control characters, of at most [`MAX_WORDS`] characters.
///
/// Apart from the secrets that are known, everything that looks like a JWT is hidden.
pub(crate) fn scrubbed(text: &str, secrets: &Secrets) -> String {
    let hidden = secrets.hide(text);
    let shown = printable(&without_tokens(&hidden));
    let shown = shown.trim();
    match shown.char_indices().nth(MAX_WORDS) {
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
        None => shown.to_owned(),
    }
}

fn without_tokens(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(JWT) {
        let (before, token) = rest.split_at(at);
        out.push_str(before);
        let is_part = |char: char| char.is_ascii_alphanumeric() || "-_.=%+/".contains(char);
        let end = token.find(|char| !is_part(char)).unwrap_or(token.len());
        let (token, after) = token.split_at(end);
        out.push_str(if token.len() < SHORTEST {
            token
        } else {
            "[hidden]"
        });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_hidden_and_the_length_is_bounded() {
        let mut secrets = Secrets::default();
        secrets.add("CANARY-PASSWORD");
        let text = "bad CANARY-PASSWORD\u{7} or eyJhbGciOiJSUzUxMiJ9.eyJ1IjoxfQ.c2ln, eyJ";
        let shown = scrubbed(text, &secrets);
        assert!(shown.starts_with("bad [hidden]"), "{shown}");
        assert!(shown.ends_with("or [hidden], eyJ"), "{shown}");
        assert!(!shown.contains('\u{7}'), "{shown}");
        assert_eq!(
            scrubbed(&"é".repeat(5_000), &secrets).chars().count(),
            MAX_WORDS + 1
        );
    }
}
