//! A symbol together with options.

use super::{Adjustment, ChartType, Symbol, TradingSession};
use crate::json::Json;

/// A chart type as it stands in a descriptor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Transform {
    name: &'static str,
    inputs: String,
    repaints: bool,
}

/// A symbol with options, as `resolve_symbol` takes it:
/// `={"symbol":"NASDAQ:AAPL","adjustment":"splits"}`.
///
/// ```
/// use tv_protocol::symbol::{Adjustment, Symbol, SymbolDescriptor, TradingSession};
///
/// let descriptor = SymbolDescriptor::new(Symbol::new("NASDAQ:AAPL")?)
///     .session(TradingSession::Extended)
///     .adjustment(Adjustment::Dividends);
/// assert_eq!(
///     descriptor.to_wire(),
///     r#"={"symbol":"NASDAQ:AAPL","adjustment":"dividends","session":"extended"}"#
/// );
/// # Ok::<(), tv_protocol::symbol::SymbolError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SymbolDescriptor {
    symbol: Symbol,
    adjustment: Adjustment,
    session: Option<TradingSession>,
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

    /// Whether past bars may change or vanish when they are loaded again.
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

    /// Takes the data of a trading session. By default the server decides, and sends regular hours.
    #[must_use]
    pub fn session(mut self, session: TradingSession) -> Self {
        self.session = Some(session);
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

    /// The text for the server. Keys stand in the order in which the most used client sends them.
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
            self.session
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
            .session(TradingSession::Extended)
            .currency("USD")
            .back_adjustment(true);
        assert_eq!(
            full.to_wire(),
            r#"={"symbol":"BINANCE:BTCEUR","adjustment":"dividends","backadjustment":"default","session":"extended","currency-id":"USD"}"#
        );
    }
}
