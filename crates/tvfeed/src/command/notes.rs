//! Notes for stderr that several commands write.

use client::{Interval, Symbol};
use protocol::quote::UpdateMode;

use crate::{args::GUEST_INTERVALS, output::span};

/// Names that a note lists, before it counts the others.
const MAX_NAMES: usize = 10;

/// Symbols by name; of many, the first ten and how many others there are.
pub(super) fn names<'a>(symbols: impl IntoIterator<Item = &'a Symbol>) -> String {
    let symbols: Vec<_> = symbols.into_iter().map(Symbol::as_str).collect();
    let listed: Vec<_> = symbols.iter().take(MAX_NAMES).copied().collect();
    let listed = listed.join(", ");
    match symbols.len().saturating_sub(MAX_NAMES) {
        0 => listed,
        others => format!("{listed} and {others} others"),
    }
}

/// How old data is; `None` if it is live.
pub(super) fn data_mode(mode: &UpdateMode) -> Option<String> {
    match mode {
        UpdateMode::Streaming => None,
        UpdateMode::Delayed { seconds } => {
            Some(format!("delayed by {}", span(u64::from(*seconds))))
        }
        UpdateMode::EndOfDay => Some("end-of-day data, no live prices".to_owned()),
        _ if mode.as_str().is_empty() => None,
        other => Some(format!("data mode {other}")),
    }
}

/// By how many seconds data is delayed, as far as that is known.
pub(super) fn delay(mode: &UpdateMode) -> u32 {
    mode.delay().unwrap_or_default()
}

/// Whether a refusal says that there is no such symbol.
pub(super) fn is_unknown(reason: &str) -> bool {
    reason.contains("invalid symbol") || reason.contains("no_such_symbol")
}

/// What the user may do about a refusal; empty if nothing is known.
pub(super) fn hint(
    symbol: &Symbol,
    reason: &str,
    interval: Option<Interval>,
    currency: Option<&str>,
) -> String {
    let has = |text| reason.contains(text);
    let name = symbol.as_str();
    // The parts of formulas may be separated by commas.
    if is_unknown(reason) && name.contains(',') && !name.contains('(') {
        return " (separate symbols with spaces, each as EXCHANGE:TICKER)".to_owned();
    }
    if is_unknown(reason) && symbol.exchange().is_none() {
        // A name with blanks or foreign letters is not a ticker, with or without an exchange.
        let is_ticker = name.is_ascii() && !name.contains(char::is_whitespace);
        let ticker = if is_ticker { name } else { "AAPL" }.to_uppercase();
        return format!(" (write EXCHANGE:TICKER, for example NASDAQ:{ticker})");
    }
    if let (true, Some(currency)) = (has("invalid symbol"), currency) {
        return format!(" (or {currency} is not a currency that the server converts to)");
    }
    let is_interval = has("resolution") || has("entitled") || has("invalid parameters");
    match interval.filter(|_| is_interval) {
        Some(interval) => format!(
            " (interval {interval}: guests may use {GUEST_INTERVALS}; for range bars see --chart-type)"
        ),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols(count: usize) -> Vec<Symbol> {
        (0..count)
            .map(|number| Symbol::new(&format!("A:{number}")).unwrap())
            .collect()
    }

    #[test]
    fn many_names_are_counted() {
        assert_eq!(names(&symbols(2)), "A:0, A:1");
        assert!(names(&symbols(12)).ends_with("A:9 and 2 others"));
    }

    #[test]
    fn live_data_needs_no_note() {
        assert_eq!(data_mode(&UpdateMode::Streaming), None);
        assert_eq!(data_mode(&UpdateMode::from("")), None);
        assert_eq!(delay(&UpdateMode::Streaming), 0);
        let late = UpdateMode::Delayed { seconds: 900 };
        assert_eq!(delay(&late), 900);
        assert_eq!(data_mode(&late).unwrap(), "delayed by 15 min");
        let daily = data_mode(&UpdateMode::EndOfDay).unwrap();
        assert!(daily.contains("end-of-day"), "{daily}");
    }

    #[test]
    fn hints_fit_the_refusal() {
        let bare = Symbol::new("AAPL").unwrap();
        let full = Symbol::new("NASDAQ:AAPL").unwrap();
        let interval = Some("7".parse().unwrap());
        assert!(hint(&bare, "invalid symbol", None, None).contains("NASDAQ:AAPL"));
        let blank = Symbol::new("BAD NAME").unwrap();
        assert!(hint(&blank, "invalid symbol", None, None).ends_with("NASDAQ:AAPL)"));
        let other = Symbol::new("삼성").unwrap();
        assert!(hint(&other, "no_such_symbol", None, None).ends_with("NASDAQ:AAPL)"));
        let list = Symbol::new("AAPL,MSFT").unwrap();
        let words = hint(&list, "no_such_symbol", None, None);
        assert!(words.contains("separate symbols with spaces"), "{words}");
        // Only the first has its exchange.
        let list = Symbol::new("NASDAQ:AAPL,MSFT").unwrap();
        let words = hint(&list, "no_such_symbol", None, None);
        assert!(words.contains("separate symbols with spaces"), "{words}");
        assert_eq!(hint(&full, "invalid symbol", None, None), "");
        assert!(hint(&full, "invalid symbol", None, Some("XXX")).contains("XXX"));
        assert!(hint(&full, "custom_resolution", interval, None).contains("1, 3, 5, 15"));
        assert_eq!(hint(&full, "custom_resolution", None, None), "");
    }
}
