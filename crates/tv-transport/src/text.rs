//! Text from a peer, made safe to keep and to show.

/// Returns text of a peer in a form that is safe to keep and to show.
///
/// Control characters and marks that reorder text become `\u{fffd}`. At most 4,096 characters are
/// kept; a longer text ends with `… (cut)`.
///
/// ```
/// assert_eq!(tv_transport::printable("no\nJSON"), "no\u{fffd}JSON");
/// ```
#[must_use]
pub fn printable(text: &str) -> String {
    let mut chars = text
        .chars()
        .map(|c| if is_unsafe_to_print(c) { '\u{fffd}' } else { c });
    let mut kept: String = chars.by_ref().take(MAX_CHARS).collect();
    if chars.next().is_some() {
        let room = MAX_CHARS - CUT.chars().count();
        if let Some((end, _)) = kept.char_indices().nth(room) {
            kept.truncate(end);
        }
        kept.push_str(CUT);
    }
    kept
}

/// Control characters and the marks that reorder text could forge log lines.
fn is_unsafe_to_print(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
}

/// The longest text of a peer that is kept, in characters.
pub(crate) const MAX_CHARS: usize = 4_096;

/// The end of a text that was longer.
pub(crate) const CUT: &str = "… (cut)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_peer_is_cleaned_and_cut() {
        let text = printable(&format!("a\n\x1b[31m\u{202e}{}", "é".repeat(5_000)));
        assert_eq!(text.chars().count(), MAX_CHARS);
        assert!(text.starts_with("a\u{fffd}\u{fffd}[31m\u{fffd}é"));
        assert!(text.ends_with("éé… (cut)"));
        assert_eq!(printable(&text), text, "once is enough");
        let whole = "é".repeat(MAX_CHARS);
        assert_eq!(printable(&whole), whole);
    }
}
