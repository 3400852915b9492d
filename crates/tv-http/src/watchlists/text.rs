//! Watch-lists as text files.

use std::fmt;

/// What the name of a group begins with.
const MARK: &str = "###";

/// A watch-list as the site's text files hold it: symbols with commas or line breaks between, and
/// groups that begin with `###` and a name.
///
/// Symbols are kept as they are written, spreads such as `NYSE:A/NYSE:B` and names without an
/// exchange as well. `Display` writes a file that the site imports.
///
/// ```
/// use tv_http::watchlists::WatchListText;
///
/// let list = WatchListText::parse("NASDAQ:AAPL,###Crypto,BINANCE:BTCUSDT,BINANCE:ETHUSDT");
/// assert_eq!(list.groups[0].name, None);
/// assert_eq!(list.groups[1].name.as_deref(), Some("Crypto"));
/// assert_eq!(list.symbols().count(), 3);
/// assert_eq!(list.to_string(), "NASDAQ:AAPL,###Crypto,BINANCE:BTCUSDT,BINANCE:ETHUSDT");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchListText {
    /// The groups in their order. Symbols before the first name are a group without one.
    pub groups: Vec<WatchListGroup>,
}

/// A group of a watch-list.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchListGroup {
    /// The name; `None` for symbols that stand before the first name.
    pub name: Option<String>,
    /// The symbols.
    pub symbols: Vec<String>,
}

impl WatchListGroup {
    /// A group with a name.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        symbols: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            name: Some(name.into()),
            symbols: symbols.into_iter().map(Into::into).collect(),
        }
    }
}

impl WatchListText {
    /// Reads a file. Every text is one: what is empty is left out.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        Self::from_entries(text.split([',', '\n', '\r']))
    }

    /// Makes a list of entries as the server sends them: symbols, and names with `###`.
    #[must_use]
    pub fn from_entries<'a>(entries: impl IntoIterator<Item = &'a str>) -> Self {
        let mut groups: Vec<WatchListGroup> = Vec::new();
        for entry in entries {
            let entry = entry.trim();
            if let Some(name) = entry.strip_prefix(MARK) {
                // The site puts an invisible character after the mark.
                let name = name.trim_matches(is_blank).to_owned();
                let symbols = Vec::new();
                groups.push(WatchListGroup {
                    name: Some(name),
                    symbols,
                });
            } else if !entry.is_empty() {
                match groups.last_mut() {
                    Some(group) => group.symbols.push(entry.to_owned()),
                    None => groups.push(WatchListGroup {
                        name: None,
                        symbols: vec![entry.to_owned()],
                    }),
                }
            }
        }
        Self { groups }
    }

    /// The entries as the server wants them: symbols, and names with `###`. Commas and line breaks
    /// in a name become blanks, since they end an entry.
    pub fn entries(&self) -> impl Iterator<Item = String> {
        self.groups.iter().flat_map(|group| {
            let name = group.name.as_deref();
            let name = name.map(|name| format!("{MARK}{}", name.replace([',', '\n', '\r'], " ")));
            name.into_iter().chain(group.symbols.iter().cloned())
        })
    }

    /// All symbols in their order, repeated ones as well.
    pub fn symbols(&self) -> impl Iterator<Item = &str> {
        self.groups
            .iter()
            .flat_map(|group| group.symbols.iter().map(String::as_str))
    }
}

/// Writes the entries with commas between, without a line break.
impl fmt::Display for WatchListText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, entry) in self.entries().enumerate() {
            if place > 0 {
                out.write_str(",")?;
            }
            out.write_str(&entry)?;
        }
        Ok(())
    }
}

/// Blanks, and characters that are not seen.
fn is_blank(char: char) -> bool {
    char.is_whitespace()
        || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_commas_and_marks_are_read() {
        let text = "\u{feff}A:B, C:D\r\n\n###\u{2064}Group one\nE:F,,NYSE:A/NYSE:B\n###\nG";
        let list = WatchListText::parse(text);
        assert_eq!(
            list.to_string(),
            "A:B,C:D,###Group one,E:F,NYSE:A/NYSE:B,###,G"
        );
        assert_eq!(list.groups.len(), 3);
        assert_eq!(WatchListText::parse("").to_string(), "");
    }

    #[test]
    fn a_name_cannot_end_its_entry() {
        let groups = vec![WatchListGroup::new("a,b\nc", ["X:Y"])];
        assert_eq!(WatchListText { groups }.to_string(), "###a b c,X:Y");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(text in "(###[a-z ]{0,5}|[A-Z]{1,4}:[A-Z0-9.!]{1,5}|,|\n| ){0,30}") {
            let list = WatchListText::parse(&text);
            prop_assert_eq!(WatchListText::parse(&list.to_string()), list);
        }
    }
}
