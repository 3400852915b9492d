//! A symbol together with options.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, value::MapAccessDeserializer},
};

use super::{Adjustment, ChartType, Symbol, TradingSession};
use crate::json::Json;

/// A symbol with options, as `resolve_symbol` takes it:
/// `={"symbol":"NASDAQ:AAPL","adjustment":"splits"}`.
///
/// serde writes a map of the options. It reads such a map, in which only `symbol` is required, or
/// the bare name of a symbol.
///
/// ```
/// use tv_protocol::symbol::{Adjustment, Symbol, SymbolDescriptor, TradingSession};
///
/// let descriptor = SymbolDescriptor::new(Symbol::new("NASDAQ:AAPL")?)
///     .trading_session(TradingSession::Extended)
///     .adjustment(Adjustment::Dividends);
/// assert_eq!(
///     descriptor.to_wire(),
///     r#"={"symbol":"NASDAQ:AAPL","adjustment":"dividends","session":"extended"}"#
/// );
/// # Ok::<(), tv_protocol::symbol::SymbolError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct SymbolDescriptor {
    symbol: Symbol,
    adjustment: Adjustment,
    trading_session: Option<TradingSession>,
    currency: Option<String>,
    back_adjustment: bool,
    chart_type: Option<ChartType>,
    replay: Option<String>,
}

impl SymbolDescriptor {
    /// A symbol with the default options: adjusted for splits, regular session, own currency.
    #[must_use]
    pub fn new(symbol: Symbol) -> Self {
        Self {
            symbol,
            adjustment: Adjustment::default(),
            trading_session: None,
            currency: None,
            back_adjustment: false,
            chart_type: None,
            replay: None,
        }
    }

    /// Requests bars that are made of something other than time.
    #[must_use]
    pub fn chart_type(mut self, chart_type: ChartType) -> Self {
        self.chart_type = Some(chart_type);
        self
    }

    /// Takes the bars from the replay session with this id.
    #[must_use]
    pub fn replay(mut self, session: impl Into<String>) -> Self {
        self.replay = Some(session.into());
        self
    }

    /// Whether past bars may change or vanish when they are loaded again.
    #[must_use]
    pub fn repaints(&self) -> bool {
        self.chart_type.is_some_and(ChartType::repaints)
    }

    /// Another symbol with the same options.
    #[must_use]
    pub fn with_symbol(mut self, symbol: Symbol) -> Self {
        self.symbol = symbol;
        self
    }

    /// Adjusts past prices for other events.
    #[must_use]
    pub fn adjustment(mut self, adjustment: Adjustment) -> Self {
        self.adjustment = adjustment;
        self
    }

    /// Takes the data of a trading session. By default the server decides, and sends regular hours.
    #[must_use]
    pub fn trading_session(mut self, session: TradingSession) -> Self {
        self.trading_session = Some(session);
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

    /// Returns the text for the server. Its keys have the order in which the most used client sends
    /// them.
    #[must_use]
    pub fn to_wire(&self) -> String {
        let mut fields = vec![
            ("symbol", self.symbol.as_str()),
            ("adjustment", self.adjustment.as_str()),
        ];
        if self.back_adjustment {
            fields.push(("backadjustment", "default"));
        }
        fields.extend(
            self.trading_session
                .as_ref()
                .map(|session| ("session", session.as_str())),
        );
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
        if self.chart_type.is_none() && self.replay.is_none() {
            return format!("={plain}");
        }
        let replay = self.replay.as_deref();
        let replay = replay.map(|session| format!("\"replay\":{},", Json::from(session)));
        let chart_type = self.chart_type.map(|chart_type| {
            let (name, inputs) = chart_type.wire();
            format!(",\"type\":\"{name}\",\"inputs\":{{{inputs}}}")
        });
        let (replay, chart_type) = (replay.unwrap_or_default(), chart_type.unwrap_or_default());
        format!("={{{replay}\"symbol\":{plain}{chart_type}}}")
    }
}

impl<'de> Deserialize<'de> for SymbolDescriptor {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(NameOrOptions)
    }
}

/// Reads a descriptor.
struct NameOrOptions;

/// The map of a descriptor's options.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    symbol: Symbol,
    #[serde(default)]
    adjustment: Adjustment,
    trading_session: Option<TradingSession>,
    currency: Option<String>,
    #[serde(default)]
    back_adjustment: bool,
    chart_type: Option<ChartType>,
    replay: Option<String>,
}

impl<'de> de::Visitor<'de> for NameOrOptions {
    type Value = SymbolDescriptor;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the name of a symbol, or a map with `symbol` and its options")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<SymbolDescriptor, E> {
        let symbol = Symbol::new(name).map_err(E::custom)?;
        Ok(SymbolDescriptor::new(symbol))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<SymbolDescriptor, A::Error> {
        let options = Options::deserialize(MapAccessDeserializer::new(map))?;
        Ok(SymbolDescriptor {
            symbol: options.symbol,
            adjustment: options.adjustment,
            trading_session: options.trading_session,
            currency: options.currency,
            back_adjustment: options.back_adjustment,
            chart_type: options.chart_type,
            replay: options.replay,
        })
    }
}

/// Whether two names of quotes mean the same symbol. Descriptors are compared by their parsed form,
/// because the server echoes them compactly; plain symbols by their exact text.
///
/// ```
/// use tv_protocol::symbol::same_name;
///
/// let one = r#"={"symbol": "A:B", "session": "regular"}"#;
/// let other = r#"={"session":"regular","symbol":"A:B"}"#;
/// assert!(same_name(one, other));
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
    use crate::symbol::BoxSize;

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
            .trading_session(TradingSession::Extended)
            .currency("USD")
            .back_adjustment(true);
        assert_eq!(
            full.to_wire(),
            r#"={"symbol":"BINANCE:BTCEUR","adjustment":"dividends","backadjustment":"default","session":"extended","currency-id":"USD"}"#
        );
    }

    #[test]
    fn descriptors_come_back_from_json() {
        let plain = SymbolDescriptor::new(Symbol::new("CME:ES1!").unwrap());
        let sizes = [BoxSize::AverageTrueRange(14), BoxSize::Price(2.5)];
        let charts = sizes.into_iter().flat_map(|size| {
            [
                ChartType::HeikinAshi,
                ChartType::Renko { size, wicks: true },
                ChartType::LineBreak { lines: 3 },
                ChartType::Kagi { reversal: size },
                ChartType::PointAndFigure { size, reversal: 3 },
                ChartType::Range { steps: 100 },
            ]
        });
        let full = plain
            .clone()
            .adjustment(Adjustment::Dividends)
            .trading_session(TradingSession::other("us_regular"))
            .currency("USD")
            .back_adjustment(true)
            .replay("rs_1");
        let charts = charts.map(|chart_type| full.clone().chart_type(chart_type));
        for descriptor in charts.chain([plain.clone(), full.clone()]) {
            let json = serde_json::to_string(&descriptor).unwrap();
            let again: SymbolDescriptor = serde_json::from_str(&json).unwrap();
            assert_eq!(again, descriptor);
            assert_eq!(again.to_wire(), descriptor.to_wire());
        }
        for short in [r#""CME:ES1!""#, r#"{"symbol":"CME:ES1!"}"#] {
            let again: SymbolDescriptor = serde_json::from_str(short).unwrap();
            assert_eq!(again, plain);
        }
    }

    #[test]
    fn a_misspelt_option_of_a_descriptor_is_refused() {
        let read = |json| {
            serde_json::from_str::<SymbolDescriptor>(json).map_err(|error| error.to_string())
        };
        let error = read(r#"{"symbol":"A:B","sesion":"extended"}"#).unwrap_err();
        assert!(error.contains("unknown field `sesion`"), "{error}");
        let error = read("7").unwrap_err();
        assert!(
            error.contains("expected the name of a symbol, or a map"),
            "{error}"
        );
        let error = read(r#"" A:B""#).unwrap_err();
        assert!(error.contains("blanks around it"), "{error}");
    }
}
