//! The options that the symbols of a quote session are asked for with.

use protocol::{
    json::Json,
    symbol::{Adjustment, Symbol, TradingSession},
};

use crate::request::QuoteRequest;

/// What differs from the server's defaults.
#[derive(Clone, Debug, Default)]
pub(super) struct QuoteOptions {
    adjustment: Option<Adjustment>,
    currency: Option<String>,
    session: Option<TradingSession>,
}

impl QuoteOptions {
    pub(super) fn new(request: &QuoteRequest) -> Self {
        Self {
            adjustment: request.adjustment,
            currency: request.currency.clone(),
            session: request.session.clone(),
        }
    }

    /// The keys of a descriptor and their values, in the order in which browsers send them.
    fn fields(&self) -> [(&'static str, Option<&str>); 3] {
        [
            ("adjustment", self.adjustment.map(Adjustment::as_str)),
            ("currency-id", self.currency.as_deref()),
            ("session", self.session.as_ref().map(TradingSession::as_str)),
        ]
    }

    /// Whether symbols are asked for by their names alone.
    pub(super) fn is_plain(&self) -> bool {
        self.fields().iter().all(|(_, value)| value.is_none())
    }

    /// The name that the server knows a symbol by.
    pub(super) fn wire_name(&self, symbol: &Symbol) -> String {
        if self.is_plain() {
            return symbol.to_string();
        }
        let mut name = "={".to_owned();
        for (key, value) in self.fields() {
            if let Some(value) = value {
                name.push_str(&format!("\"{key}\":{},", Json::from(value)));
            }
        }
        name.push_str(&format!("\"symbol\":{}}}", Json::from(symbol.as_str())));
        name
    }

    /// Whether a descriptor of the server has these options. It may name others that were left to
    /// it, but no trading session.
    pub(super) fn are_in(&self, descriptor: &Json) -> bool {
        self.fields().into_iter().all(|(key, value)| {
            let named = descriptor.get(key);
            let is_left = value.is_none() && key != "session";
            is_left || named.as_ref().and_then(Json::as_str) == value
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(request: QuoteRequest) -> QuoteOptions {
        QuoteOptions::new(&request)
    }

    #[test]
    fn symbols_with_options_are_descriptors() {
        let request = || QuoteRequest::new(["A:B"]).unwrap();
        let symbol = Symbol::new("A:B").unwrap();
        assert_eq!(options(request()).wire_name(&symbol), "A:B");
        let euros = options(request().currency("EUR").adjustment(Adjustment::Splits));
        assert_eq!(
            euros.wire_name(&symbol),
            r#"={"adjustment":"splits","currency-id":"EUR","symbol":"A:B"}"#
        );
        let all = request().currency("EUR").adjustment(Adjustment::None);
        let all = options(all.trading_session(TradingSession::Extended));
        assert_eq!(
            all.wire_name(&symbol),
            r#"={"adjustment":"none","currency-id":"EUR","session":"extended","symbol":"A:B"}"#
        );
    }

    #[test]
    fn a_descriptor_with_other_options_is_another_name() {
        let euros = options(QuoteRequest::new(["A:B"]).unwrap().currency("EUR"));
        let is_mine = |text: &str| euros.are_in(&Json::parse(text).unwrap());
        assert!(is_mine(r#"{"symbol":"A:B","currency-id":"EUR"}"#));
        assert!(!is_mine(r#"{"symbol":"A:B"}"#));
        assert!(!is_mine(r#"{"symbol":"A:B","currency-id":"USD"}"#));
        assert!(!is_mine(
            r#"{"symbol":"A:B","currency-id":"EUR","session":"extended"}"#
        ));
        assert!(is_mine(
            r#"{"symbol":"A:B","currency-id":"EUR","adjustment":"splits"}"#
        ));
    }
}
