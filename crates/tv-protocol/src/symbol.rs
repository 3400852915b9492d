//! Symbols: what is asked for, plain or with a descriptor.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Serialize, Serializer};
use thiserror::Error;

use crate::json::Json;

/// The longest symbol that is accepted, in characters. Spreads of several legs stay far below.
pub const MAX_SYMBOL_CHARACTERS: usize = 256;

/// A symbol as people write it: `NASDAQ:AAPL`, `BINANCE:BTCUSDT`, a bare `AAPL`, or a spread.
///
/// The server alone knows which symbols exist; this type only keeps out what can be none. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(Arc<str>);

/// Text that can be no symbol.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SymbolError {
    /// No text at all.
    #[error("the symbol is empty: write EXCHANGE:TICKER, such as NASDAQ:AAPL")]
    Empty,
    /// More than [`MAX_SYMBOL_CHARACTERS`].
    #[error("the symbol has {found} characters, at most 256 are allowed")]
    TooLong {
        /// How many it has.
        found: usize,
    },
    /// A control character, or space at either end.
    #[error("the symbol {symbol:?} has a control character or space around it")]
    Blank {
        /// The symbol.
        symbol: String,
    },
    /// Starts with `=`, which marks a descriptor on the wire.
    #[error("the symbol {symbol:?} starts with '=': use a SymbolDescriptor for options")]
    Descriptor {
        /// The symbol.
        symbol: String,
    },
}

impl Symbol {
    /// Takes a symbol.
    ///
    /// # Errors
    ///
    /// If the text can be no symbol; see [`SymbolError`].
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

    /// What stands before the colon, if there is one.
    #[must_use]
    pub fn exchange(&self) -> Option<&str> {
        self.0.split_once(':').map(|(exchange, _)| exchange)
    }

    /// What stands behind the colon, or the whole.
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

impl std::borrow::Borrow<str> for Symbol {
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

/// Which events past prices are adjusted for.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Adjustment {
    /// Stock splits, the server's own default.
    #[default]
    Splits,
    /// Splits and dividends.
    Dividends,
    /// Nothing.
    None,
}

impl Adjustment {
    const fn wire(self) -> &'static str {
        match self {
            Self::Splits => "splits",
            Self::Dividends => "dividends",
            Self::None => "none",
        }
    }
}

/// How the boxes of a chart made of price moves are measured.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BoxSize {
    /// By the average true range of so many bars.
    AverageTrueRange(u32),
    /// By a price of its own.
    Price(f64),
}

/// What bars are made of, if not of time: see [`SymbolDescriptor::chart_type`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ChartType {
    /// Averaged bars, one for each interval.
    HeikinAshi,
    /// Bricks of the close.
    Renko {
        /// Their size.
        size: BoxSize,
        /// Whether they show the prices between.
        wicks: bool,
    },
    /// Lines that turn when the close passes so many lines.
    LineBreak {
        /// How many.
        lines: u32,
    },
    /// Lines that turn by an amount.
    Kagi {
        /// The amount.
        reversal: BoxSize,
    },
    /// Columns of crosses and noughts.
    PointAndFigure {
        /// The size of one.
        size: BoxSize,
        /// How many turn a column.
        reversal: u32,
    },
    /// Bars of a price range.
    Range {
        /// How many price steps.
        steps: u32,
    },
}

impl ChartType {
    /// Whether bars that are past may change or go when they are loaded again.
    #[must_use]
    pub fn repaints(self) -> bool {
        !matches!(self, Self::HeikinAshi)
    }

    /// Name and inputs on the wire.
    fn wire(self) -> (&'static str, String) {
        let size_of = |size| match size {
            BoxSize::AverageTrueRange(bars) => format!("\"style\":\"ATR\",\"atrLength\":{bars}"),
            BoxSize::Price(_) => "\"style\":\"Traditional\",\"atrLength\":14".to_owned(),
        };
        let price_of = |size| match size {
            BoxSize::AverageTrueRange(_) => Json::from(1),
            BoxSize::Price(price) => Json::from(price),
        };
        match self {
            Self::HeikinAshi => ("BarSetHeikenAshi@tv-basicstudies-60!", String::new()),
            Self::Renko { size, wicks } => (
                "BarSetRenko@tv-prostudies-40!",
                format!(
                    "\"source\":\"close\",\"sources\":\"Close\",\"boxSize\":{},{},\"wicks\":{wicks}",
                    price_of(size),
                    size_of(size)
                ),
            ),
            Self::LineBreak { lines } => (
                "BarSetPriceBreak@tv-prostudies-34!",
                format!("\"source\":\"close\",\"lb\":{lines}"),
            ),
            Self::Kagi { reversal } => (
                "BarSetKagi@tv-prostudies-34!",
                format!(
                    "\"source\":\"close\",{},\"reversalAmount\":{}",
                    size_of(reversal),
                    price_of(reversal)
                ),
            ),
            Self::PointAndFigure { size, reversal } => (
                "BarSetPnF@tv-prostudies-34!",
                format!(
                    "\"sources\":\"Close\",\"reversalAmount\":{reversal},\"boxSize\":{},{},\"oneStepBackBuilding\":false",
                    price_of(size),
                    size_of(size)
                ),
            ),
            Self::Range { steps } => (
                "BarSetRange@tv-basicstudies-72!",
                format!("\"range\":{steps},\"phantomBars\":false"),
            ),
        }
    }
}

/// A chart type as it stands in a descriptor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Transform {
    name: &'static str,
    inputs: String,
    repaints: bool,
}

/// A symbol with options, as `resolve_symbol` takes it: `={"symbol":"NASDAQ:AAPL","adjustment":"splits"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SymbolDescriptor {
    symbol: Symbol,
    adjustment: Adjustment,
    session: Option<String>,
    currency: Option<String>,
    back_adjustment: bool,
    transform: Option<Transform>,
    replay: Option<String>,
}

impl SymbolDescriptor {
    /// A symbol with the default options: adjusted for splits, regular session, own currency.
    #[must_use]
    pub fn new(symbol: Symbol) -> Self {
        Self {
            symbol,
            adjustment: Adjustment::default(),
            session: None,
            currency: None,
            back_adjustment: false,
            transform: None,
            replay: None,
        }
    }

    /// Makes bars of something other than time.
    #[must_use]
    pub fn chart_type(mut self, chart_type: ChartType) -> Self {
        let (name, inputs) = chart_type.wire();
        self.transform = Some(Transform {
            name,
            inputs,
            repaints: chart_type.repaints(),
        });
        self
    }

    /// Takes the bars from a replay session, by its id.
    #[must_use]
    pub fn replay(mut self, session: impl Into<String>) -> Self {
        self.replay = Some(session.into());
        self
    }

    /// Whether bars that are past may change or go when they are loaded again.
    #[must_use]
    pub fn repaints(&self) -> bool {
        self.transform
            .as_ref()
            .is_some_and(|transform| transform.repaints)
    }

    /// Adjusts past prices for other events.
    #[must_use]
    pub fn adjustment(mut self, adjustment: Adjustment) -> Self {
        self.adjustment = adjustment;
        self
    }

    /// Asks for a trading session by name: `regular` or `extended`.
    #[must_use]
    pub fn session(mut self, session: impl Into<String>) -> Self {
        self.session = Some(session.into());
        self
    }

    /// Converts prices to a currency, such as `USD`.
    #[must_use]
    pub fn currency(mut self, currency: impl Into<String>) -> Self {
        self.currency = Some(currency.into());
        self
    }

    /// Joins the contracts of a continuous future without jumps.
    #[must_use]
    pub fn back_adjustment(mut self, on: bool) -> Self {
        self.back_adjustment = on;
        self
    }

    /// The symbol without its options.
    #[must_use]
    pub fn symbol(&self) -> &Symbol {
        &self.symbol
    }

    /// The text that goes to the server. Keys stand in the order that the most used client sends them.
    #[must_use]
    pub fn to_wire(&self) -> String {
        let mut fields = vec![
            ("symbol", self.symbol.as_str()),
            ("adjustment", self.adjustment.wire()),
        ];
        if self.back_adjustment {
            fields.push(("backadjustment", "default"));
        }
        fields.extend(self.session.as_deref().map(|session| ("session", session)));
        fields.extend(
            self.currency
                .as_deref()
                .map(|currency| ("currency-id", currency)),
        );
        let fields: Vec<_> = fields
            .iter()
            .map(|(key, value)| format!("\"{key}\":{}", Json::from(*value)))
            .collect();
        let plain = format!("{{{}}}", fields.join(","));
        if self.transform.is_none() && self.replay.is_none() {
            return format!("={plain}");
        }
        let replay = self.replay.as_deref();
        let replay = replay.map(|session| format!("\"replay\":{},", Json::from(session)));
        let transform = self
            .transform
            .as_ref()
            .map(|Transform { name, inputs, .. }| {
                format!(",\"type\":\"{name}\",\"inputs\":{{{inputs}}}")
            });
        let (replay, transform) = (replay.unwrap_or_default(), transform.unwrap_or_default());
        format!("={{{replay}\"symbol\":{plain}{transform}}}")
    }
}

/// Whether two names that quotes carry mean the same: descriptors by their parsed form, because the
/// server echoes them compactly; plain symbols by their exact text.
///
/// ```
/// use tv_protocol::symbol::same_name;
///
/// assert!(same_name(r#"={"symbol": "A:B", "session": "regular"}"#, r#"={"session":"regular","symbol":"A:B"}"#));
/// assert!(!same_name("A:B", "a:b"));
/// ```
#[must_use]
pub fn same_name(one: &str, other: &str) -> bool {
    one == other
        || match (one.strip_prefix('='), other.strip_prefix('=')) {
            (Some(one), Some(other)) => {
                matches!((Json::parse(one), Json::parse(other)), (Ok(one), Ok(other)) if one == other)
            }
            _ => false,
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
        let bare = Symbol::new("AAPL").unwrap();
        assert_eq!((bare.exchange(), bare.ticker()), (None, "AAPL"));
    }

    #[test]
    fn what_can_be_no_symbol_is_refused() {
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

    #[test]
    fn chart_types_and_replays_stand_around_the_symbol() {
        let plain = SymbolDescriptor::new(Symbol::new("A:B").unwrap());
        let inner = r#"{"symbol":"A:B","adjustment":"splits"}"#;
        let heikin_ashi = plain.clone().chart_type(ChartType::HeikinAshi);
        assert_eq!(
            heikin_ashi.to_wire(),
            format!(
                r#"={{"symbol":{inner},"type":"BarSetHeikenAshi@tv-basicstudies-60!","inputs":{{}}}}"#
            )
        );
        assert!(!heikin_ashi.repaints());
        assert_eq!(
            heikin_ashi.replay("rs_1").to_wire(),
            format!(
                r#"={{"replay":"rs_1","symbol":{inner},"type":"BarSetHeikenAshi@tv-basicstudies-60!","inputs":{{}}}}"#
            )
        );
        assert_eq!(
            plain.clone().replay("rs_1").to_wire(),
            format!(r#"={{"replay":"rs_1","symbol":{inner}}}"#)
        );
        for size in [
            BoxSize::AverageTrueRange(14),
            BoxSize::Price(2.5),
            BoxSize::Price(f64::NAN),
        ] {
            for chart_type in [
                ChartType::Renko { size, wicks: true },
                ChartType::LineBreak { lines: 3 },
                ChartType::Kagi { reversal: size },
                ChartType::PointAndFigure { size, reversal: 3 },
                ChartType::Range { steps: 100 },
            ] {
                let descriptor = plain.clone().chart_type(chart_type);
                assert!(descriptor.repaints());
                let wire = descriptor.to_wire();
                assert!(Json::parse(&wire[1..]).is_ok(), "{wire}");
            }
        }
    }

    #[test]
    fn descriptors_have_the_field_order_that_others_send() {
        let symbol = Symbol::new("BINANCE:BTCEUR").unwrap();
        let plain = SymbolDescriptor::new(symbol.clone());
        assert_eq!(
            plain.to_wire(),
            r#"={"symbol":"BINANCE:BTCEUR","adjustment":"splits"}"#
        );
        let full = SymbolDescriptor::new(symbol)
            .adjustment(Adjustment::Dividends)
            .session("extended")
            .currency("USD")
            .back_adjustment(true);
        assert_eq!(
            full.to_wire(),
            r#"={"symbol":"BINANCE:BTCEUR","adjustment":"dividends","backadjustment":"default","session":"extended","currency-id":"USD"}"#
        );
    }
}
