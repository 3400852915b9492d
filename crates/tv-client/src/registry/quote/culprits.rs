//! Symbols that were found to void sessions: they are refused, and tried again later.

use std::time::{Duration, Instant};

use protocol::symbol::Symbol;

use super::QuoteEntry;
use crate::registry::{
    context::Context,
    update::{QuoteSessionUpdate, Update},
};

/// How long a step of a search must hold at least.
pub(super) const SHORTEST_STEP: Duration = Duration::from_millis(100);

/// In how many last steps of probes a symbol must be, alone in the last, before it is refused.
pub(super) const STRIKES: u32 = 2;

/// The pause before a refused symbol is tried again. Each later one is twice as long, up to the
/// longest.
pub(super) const FIRST_RETRY: Duration = Duration::from_secs(90);
const LONGEST_RETRY: Duration = Duration::from_secs(20 * 60);

/// A symbol that was found to void sessions.
#[derive(Clone, Debug)]
pub(super) struct Culprit {
    pub(super) symbol: Symbol,
    /// How long a step must hold to clear it.
    settle: Duration,
    tries: u32,
    /// When it is tried again; `None` while it is.
    pub(super) at: Option<Instant>,
}

impl QuoteEntry {
    /// How many symbols are asked for in any session.
    pub(super) fn active_count(&self) -> usize {
        let is_active = |symbol: &&Symbol| !self.culprits.iter().any(|it| it.symbol == **symbol);
        self.symbols.keys().filter(is_active).count()
    }

    /// A symbol voids sessions: it is refused, in the server's words.
    pub(super) fn refuse_culprit(&mut self, symbol: Symbol, reason: &str, cx: &mut Context<'_>) {
        let mut settle = SHORTEST_STEP;
        if let Some(search) = &mut self.search {
            search.strikes.remove(&symbol);
            settle = search.settle;
        }
        let known = self.culprits.iter_mut().find(|it| it.symbol == symbol);
        let culprit = match known {
            Some(known) => known,
            None => {
                self.culprits.push(Culprit {
                    symbol: symbol.clone(),
                    settle,
                    tries: 0,
                    at: None,
                });
                let Some(new) = self.culprits.last_mut() else {
                    return;
                };
                new
            }
        };
        let factor = 2_u32.saturating_pow(culprit.tries.min(10));
        let pause = FIRST_RETRY.saturating_mul(factor).min(LONGEST_RETRY);
        culprit.at = Some(cx.now + cx.ids.jitter(pause));
        culprit.tries = culprit.tries.saturating_add(1);
        if culprit.tries == 1 {
            let reason = reason.to_owned();
            cx.update(Update::Quote(QuoteSessionUpdate::Refused(symbol, reason)));
        }
    }

    /// Culprits whose time has come are tried once more, each by itself.
    pub(super) fn retry_culprits(&mut self, now: Instant) {
        for culprit in &mut self.culprits {
            if culprit.at.take_if(|at| *at <= now).is_some() {
                let search = self.search.get_or_insert_default();
                search.settle = search.settle.max(culprit.settle);
                search.groups.push_back(vec![culprit.symbol.clone()]);
                // Its guilt was proven before: once more is enough.
                search.strikes.insert(culprit.symbol.clone(), STRIKES - 1);
                search.until.get_or_insert(now);
            }
        }
    }

    /// A symbol is not wanted any more.
    pub(super) fn forget_culprit(&mut self, symbol: &Symbol) {
        self.culprits.retain(|it| it.symbol != *symbol);
        if let Some(search) = &mut self.search {
            search.strikes.remove(symbol);
        }
    }

    /// When a culprit is due.
    pub(super) fn culprit_deadline(&self) -> Option<Instant> {
        self.culprits.iter().filter_map(|it| it.at).min()
    }

    /// The one wanted symbol that a text names, if it names exactly one.
    pub(super) fn named(&self, text: &str) -> Option<Symbol> {
        let names = |symbol: &&Symbol| names(text, symbol.as_str());
        let mut found = self.symbols.keys().filter(names);
        let first = found.next()?;
        found.next().is_none().then(|| first.clone())
    }
}

/// Whether a text names a symbol, and not only one whose name begins or ends like that.
fn names(text: &str, symbol: &str) -> bool {
    let is_part = |char: char| char.is_alphanumeric() || matches!(char, '.' | ':' | '!' | '_');
    text.match_indices(symbol).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + symbol.len()..);
        let after = after.and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_named_by_its_whole_name() {
        for (text, expected) in [
            ("invalid parameters: A:B", true),
            (r#"args: "[qs_1, A:B]""#, true),
            ("A:BC", false),
            ("XA:B", false),
            ("A:B.C", false),
            ("A:BC, A:B", true),
            ("", false),
        ] {
            assert_eq!(names(text, "A:B"), expected, "{text}");
        }
    }
}
