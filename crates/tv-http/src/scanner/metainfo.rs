//! The field lists of markets.

use protocol::json::Json;

use super::{FieldKind, Market};
use crate::{
    json::record,
    wire::{Answer, AnswerError, Body, Endpoint, Host, Method, Request, RequestError},
};

/// Asks a market for its columns. The answer of a country is 250 KB; keep it for a day.
///
/// ```
/// use tv_http::{scanner::{Catalogue, Market, Metainfo}, wire::{Answer, Endpoint}};
///
/// let question = Metainfo::new(Market::COIN);
/// assert_eq!(question.request()?.target(), "/coin/metainfo");
///
/// let body = r#"{"fields":[{"n":"moon_phase","t":"text","r":["full"]}]}"#;
/// let fields = question.parse(&Answer::new(200, body))?;
/// let mut catalogue = Catalogue::builtin().clone();
/// catalogue.refresh(&Market::COIN, &fields);
/// assert!(catalogue.get("moon_phase").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metainfo {
    market: Market,
}

record! {
    /// The columns of a market.
    pub struct MarketFields {
        /// The currency of fundamental values, if they share one.
        currency: Option<String> = "financial_currency",
        /// The columns, each with every interval as an entry of its own.
        fields: Vec<MetaField> = "fields",
    }
}

record! {
    /// A column as a market describes it.
    pub struct MetaField {
        /// The name, with the interval: `RSI|60`.
        name: Option<String> = "n",
        /// The kind of values.
        kind: Option<FieldKind> = "t",
        /// The allowed values: texts, or objects with `id` and `name`.
        values: Vec<Json> = "r",
        /// Not known.
        agg: Option<bool> = "agg",
        /// Not known.
        hh: Option<Json> = "hh",
        /// Not known.
        rd: Option<Json> = "rd",
    }
}

impl MetaField {
    /// The allowed values as texts: the `id` of those that are objects.
    pub fn allowed(&self) -> impl Iterator<Item = String> {
        let text = |value: &Json| match value.as_str() {
            Some(text) => Some(text.to_owned()),
            None => value.get("id")?.as_str().map(str::to_owned),
        };
        self.values.iter().filter_map(text)
    }
}

impl Metainfo {
    /// Asks for the columns of a market.
    #[must_use]
    pub fn new(market: impl Into<Market>) -> Self {
        Self {
            market: market.into(),
        }
    }
}

impl Endpoint for Metainfo {
    type Output = MarketFields;

    fn request(&self) -> Result<Request, RequestError> {
        let path = format!("/{}/metainfo", crate::wire::escaped(self.market.as_str()));
        // The site sends no body either.
        Ok(Request::new(Method::Post, Host::Scanner, path, Body::Empty).repeatable())
    }

    fn parse(&self, answer: &Answer) -> Result<MarketFields, AnswerError> {
        answer.json()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowed_values_are_texts_or_objects() {
        let field: MetaField = serde_json::from_str(
            r#"{"n":"index","t":"text","r":["a",{"id":"SP:SPX","name":"S&P"},5]}"#,
        )
        .unwrap();
        assert_eq!(field.allowed().collect::<Vec<_>>(), ["a", "SP:SPX"]);
    }
}
