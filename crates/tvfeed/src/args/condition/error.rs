//! Mistakes in a condition.

use unicode_width::UnicodeWidthStr;

/// A mistake and its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    /// Characters before the place.
    pub(super) at: usize,
    /// What is wrong, and what was expected.
    pub(super) text: String,
}

impl Mistake {
    pub(super) fn new(at: usize, text: impl Into<String>) -> Self {
        Self {
            at,
            text: text.into(),
        }
    }

    /// The message: what is wrong, then the condition with a mark under the place.
    pub(super) fn shown(&self, condition: &str) -> String {
        // One character each, so that the mark stays under its place.
        let line: String = condition
            .chars()
            .map(|char| if char.is_control() { ' ' } else { char })
            .collect();
        let column = self.at + 1;
        // Characters of some scripts are two columns wide, and accents none.
        let before: String = line.chars().take(self.at).collect();
        let blanks = " ".repeat(before.width());
        format!("column {column}: {}\n\n  {line}\n  {blanks}^", self.text)
    }
}
