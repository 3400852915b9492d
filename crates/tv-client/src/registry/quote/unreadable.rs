//! Symbols whose messages cannot be read: each is reported and asked for again by itself.

use std::{collections::HashMap, time::Instant};

use protocol::{json::Json, symbol::Symbol};

use crate::registry::{ids::Ids, void_pauses::VoidPauses};

/// The pauses of a symbol whose first state cannot be read begin with this one of
/// [`VoidPauses`]: the same answer is likely, and haste would not help.
const FIRST_PAUSE: u32 = 5;

/// Symbols that an unreadable message belonged to.
#[derive(Debug, Default)]
pub(super) struct UnreadableSymbols {
    symbols: HashMap<Symbol, Unreadable>,
}

#[derive(Debug, Default)]
struct Unreadable {
    pauses: VoidPauses,
    /// When it is asked for again.
    due: Option<Instant>,
    /// Whether the reader knows, and nothing readable has come since.
    is_reported: bool,
}

impl UnreadableSymbols {
    pub(super) fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    /// When a symbol is due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.symbols.values().filter_map(|symbol| symbol.due).min()
    }

    /// A message of a symbol could not be read. Whether to report that.
    pub(super) fn note(
        &mut self,
        symbol: &Symbol,
        was_complete: bool,
        now: Instant,
        ids: &mut Ids,
    ) -> bool {
        let known = self.symbols.entry(symbol.clone()).or_default();
        if known.due.is_some() {
            return false;
        }
        let first = if was_complete { 1 } else { FIRST_PAUSE };
        known.due = Some(known.pauses.next_from(first, now, ids).unwrap_or(now));
        !std::mem::replace(&mut known.is_reported, true)
    }

    /// Values of a symbol have come.
    pub(super) fn note_values(&mut self, symbol: &Symbol, now: Instant) {
        let Some(known) = self.symbols.get_mut(symbol) else {
            return;
        };
        known.is_reported = false;
        if known.due.is_none() && known.pauses.is_over(now) {
            self.symbols.remove(symbol);
        }
    }

    pub(super) fn forget(&mut self, symbol: &Symbol) {
        self.symbols.remove(symbol);
    }

    /// The symbols to ask for again now.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Symbol> {
        let mut due = Vec::new();
        for (symbol, known) in &mut self.symbols {
            if known.due.take_if(|at| *at <= now).is_some() {
                due.push(symbol.clone());
            }
        }
        due.sort_unstable();
        due
    }

    /// All are asked for anyway.
    pub(super) fn ask_for_none(&mut self) {
        for known in self.symbols.values_mut() {
            known.due = None;
        }
    }
}

/// The names that a text calls symbols by, as far as it can be read: the values of `n`.
pub(super) fn names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("\"n\"") {
        rest = after;
        let Some(value) = after.trim_start().strip_prefix(':') else {
            continue;
        };
        let value = value.trim_start();
        let Some(end) = end_of_string(value) else {
            continue;
        };
        let literal = value.get(..end).and_then(|text| Json::parse(text).ok());
        if let Some(name) = literal.as_ref().and_then(Json::as_str) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Where a string literal at the beginning of a text ends.
fn end_of_string(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    let mut chars = text.char_indices();
    chars.next().filter(|(_, quote)| *quote == '"')?;
    for (at, char) in chars {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_texts_that_are_not_json() {
        for (text, expected) in [
            (
                r#"{"m":"qsd","p":["q",{"n":"A:B","s":"ok","v":{"lp":"#,
                &["A:B"][..],
            ),
            (r#""n" : "A:B"}} … {"n":"A:C"#, &["A:B"]),
            (
                r#"{"n":"=\u007b\"symbol\":\"A:B\"}","v":NaN}"#,
                &[r#"={"symbol":"A:B"}"#],
            ),
            (r#"{"n":1,"n":"\ud83d","n"}"#, &[]),
            ("\"n\"", &[]),
            ("", &[]),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }
}
