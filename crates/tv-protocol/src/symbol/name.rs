//! The name of a symbol.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// The longest symbol that is accepted, in characters. Spreads of several legs stay far below.
pub const MAX_SYMBOL_CHARACTERS: usize = 256;

/// A symbol as people write it: `NASDAQ:AAPL`, `BINANCE:BTCUSDT`, a bare `AAPL`, or a spread.
///
/// Only the server knows which symbols exist. This type refuses text that cannot be a symbol. It is
/// cheap to clone.
///
/// ```
/// use tv_protocol::symbol::Symbol;
///
/// let apple: Symbol = "NASDAQ:AAPL".try_into()?;
/// assert_eq!(apple, "NASDAQ:AAPL");
/// assert_eq!((apple.exchange(), apple.ticker()), (Some("NASDAQ"), "AAPL"));
/// assert!(Symbol::try_from(format!("{}:", " ")).is_err());
/// # Ok::<(), tv_protocol::symbol::SymbolError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(Arc<str>);

/// Text that cannot be a symbol.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SymbolError {
    /// No text at all.
    #[error("the symbol is empty; use EXCHANGE:TICKER, for example NASDAQ:AAPL")]
    Empty,
    /// More than [`MAX_SYMBOL_CHARACTERS`].
    #[error("the symbol has {found} characters, at most 256 are allowed")]
    TooLong {
        /// How many it has.
        found: usize,
    },
    /// A control character, or space at either end.
    #[error("the symbol {symbol:?} contains a control character, or blanks around it; remove them")]
    Blank {
        /// The symbol.
        symbol: String,
    },
    /// Starts with `=`, which marks a descriptor on the wire.
    #[error(
        "the symbol {symbol:?} starts with '=', which marks options; use a SymbolDescriptor for them"
    )]
    Descriptor {
        /// The symbol.
        symbol: String,
    },
}

impl Symbol {
    /// Makes a symbol of text.
    ///
    /// # Errors
    ///
    /// If the text cannot be a symbol; see [`SymbolError`].
    pub fn new(symbol: &str) -> Result<Self, SymbolError> {
        let count = symbol.chars().count();
        if count == 0 {
            return Err(SymbolError::Empty);
        }
        if count > MAX_SYMBOL_CHARACTERS {
            return Err(SymbolError::TooLong { found: count });
        }
        if symbol.trim() != symbol || symbol.chars().any(char::is_control) {
            return Err(SymbolError::Blank {
                symbol: symbol.to_owned(),
            });
        }
        if symbol.starts_with('=') {
            return Err(SymbolError::Descriptor {
                symbol: symbol.to_owned(),
            });
        }
        Ok(Self(symbol.into()))
    }

    /// The symbol as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the colon, if there is one.
    #[must_use]
    pub fn exchange(&self) -> Option<&str> {
        self.0.split_once(':').map(|(exchange, _)| exchange)
    }

    /// The part after the colon, or the whole text.
    #[must_use]
    pub fn ticker(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(_, ticker)| ticker)
    }
}

impl Serialize for Symbol {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Symbol {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(source)?;
        Self::new(&text).map_err(de::Error::custom)
    }
}

/// Conversions that cannot fail have an error, too, where one signature takes both kinds.
impl From<std::convert::Infallible> for SymbolError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl TryFrom<&str> for Symbol {
    type Error = SymbolError;

    fn try_from(symbol: &str) -> Result<Self, SymbolError> {
        Self::new(symbol)
    }
}

impl TryFrom<String> for Symbol {
    type Error = SymbolError;

    fn try_from(symbol: String) -> Result<Self, SymbolError> {
        Self::new(&symbol)
    }
}

impl TryFrom<&String> for Symbol {
    type Error = SymbolError;

    fn try_from(symbol: &String) -> Result<Self, SymbolError> {
        Self::new(symbol)
    }
}

impl From<&Self> for Symbol {
    fn from(symbol: &Self) -> Self {
        symbol.clone()
    }
}

impl AsRef<str> for Symbol {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Symbol {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for Symbol {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

impl PartialEq<String> for Symbol {
    fn eq(&self, other: &String) -> bool {
        *self.0 == **other
    }
}

impl PartialEq<Symbol> for str {
    fn eq(&self, other: &Symbol) -> bool {
        other == self
    }
}

impl PartialEq<Symbol> for &str {
    fn eq(&self, other: &Symbol) -> bool {
        other == self
    }
}

impl Borrow<str> for Symbol {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for Symbol {
    type Err = SymbolError;

    fn from_str(symbol: &str) -> Result<Self, SymbolError> {
        Self::new(symbol)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_has_exchange_and_ticker() {
        let symbol = Symbol::new("NASDAQ:AAPL").unwrap();
        assert_eq!(
            (symbol.exchange(), symbol.ticker()),
            (Some("NASDAQ"), "AAPL")
        );
        assert_eq!(symbol, "NASDAQ:AAPL");
        assert_eq!("NASDAQ:AAPL", symbol);
        assert_ne!(symbol, *"AAPL");
        let json = serde_json::to_string(&symbol).unwrap();
        assert_eq!(serde_json::from_str::<Symbol>(&json).unwrap(), symbol);
        assert!(serde_json::from_str::<Symbol>("\"\"").is_err());
        assert_eq!(Symbol::try_from("NASDAQ:AAPL".to_owned()), Ok(symbol));
        let bare = Symbol::new("AAPL").unwrap();
        assert_eq!((bare.exchange(), bare.ticker()), (None, "AAPL"));
    }

    #[test]
    fn text_that_cannot_be_a_symbol_is_refused() {
        assert_eq!(Symbol::new(""), Err(SymbolError::Empty));
        assert!(matches!(
            Symbol::new(" A:B"),
            Err(SymbolError::Blank { .. })
        ));
        assert!(matches!(
            Symbol::new("A\n:B"),
            Err(SymbolError::Blank { .. })
        ));
        assert!(matches!(
            Symbol::new("={}"),
            Err(SymbolError::Descriptor { .. })
        ));
        assert_eq!(
            Symbol::new(&"x".repeat(300)),
            Err(SymbolError::TooLong { found: 300 })
        );
    }
}
