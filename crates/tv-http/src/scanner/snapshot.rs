//! Values of one symbol.

use std::collections::BTreeMap;

use protocol::symbol::Symbol;
use serde::{Deserialize, Serialize};

use super::{Catalogue, Cell, Column};
use crate::wire::{Access, Answer, AnswerError, Endpoint, Host, Request, RequestError};

/// Asks for columns of one symbol, in whatever market it is.
///
/// ```
/// use tv_http::{scanner::{Column, Snapshot}, wire::{Answer, Endpoint}};
///
/// let question = Snapshot::new("NASDAQ:AAPL")?.select([Column::CLOSE, Column::from("RSI|60")]);
/// assert_eq!(
///     question.request()?.target(),
///     "/symbol?symbol=NASDAQ%3AAAPL&fields=close%2CRSI%7C60&no_404=false",
/// );
/// let values = question.parse(&Answer::new(200, r#"{"close":258.83,"RSI|60":null}"#))?;
/// assert_eq!(values.number(&Column::CLOSE), Some(258.83));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    symbol: Symbol,
    columns: Vec<Column>,
}

/// The values of a symbol, by column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SymbolValues(BTreeMap<String, Cell>);

impl Snapshot {
    /// Asks about a symbol.
    ///
    /// # Errors
    ///
    /// If the text cannot be a symbol.
    pub fn new(symbol: &str) -> Result<Self, RequestError> {
        Ok(Self {
            symbol: Symbol::new(symbol)?,
            columns: Vec::new(),
        })
    }

    /// Adds columns.
    #[must_use]
    pub fn select(mut self, columns: impl IntoIterator<Item = impl Into<Column>>) -> Self {
        self.columns.extend(columns.into_iter().map(Into::into));
        self
    }
}

impl SymbolValues {
    /// The value of a column; `None` if the answer has not got it.
    #[must_use]
    pub fn get(&self, column: &Column) -> Option<&Cell> {
        self.0.get(column.name())
    }

    /// The number of a column, if there is one.
    #[must_use]
    pub fn number(&self, column: &Column) -> Option<f64> {
        self.get(column)?.as_number()
    }

    /// The text of a column, if there is one.
    #[must_use]
    pub fn text(&self, column: &Column) -> Option<&str> {
        self.get(column)?.as_text()
    }

    /// Names of columns and their values, in alphabetic order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Cell)> {
        self.0.iter().map(|(name, cell)| (name.as_str(), cell))
    }
}

impl Endpoint for Snapshot {
    type Output = SymbolValues;

    /// Fails if no column or an unknown one is asked for.
    fn request(&self) -> Result<Request, RequestError> {
        if self.columns.is_empty() {
            return Err(RequestError::Value {
                what: "the list of columns",
                found: String::new(),
                reason: "name at least one",
            });
        }
        for column in &self.columns {
            Catalogue::builtin().check(column)?;
        }
        let names: Vec<&str> = self.columns.iter().map(Column::name).collect();
        Ok(Request::get(Host::Scanner, "/symbol")
            .for_access(Access::Better)
            .with("symbol", &self.symbol)
            .with("fields", names.join(","))
            .with("no_404", false))
    }

    /// An unknown symbol is [`AnswerError::NotFound`].
    fn parse(&self, answer: &Answer) -> Result<SymbolValues, AnswerError> {
        let values: SymbolValues = answer.open_json()?;
        let is_asked = |column: &Column| values.get(column).is_some();
        if self.columns.iter().any(is_asked) {
            return Ok(values);
        }
        // Without any of the columns, the keys can be those of a failure.
        answer.json()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_is_named_like_a_failure_is_none() {
        let question = Snapshot::new("A:B").unwrap().select([Column::raw("error")]);
        let values = question
            .parse(&Answer::new(200, r#"{"error":"x"}"#))
            .unwrap();
        assert_eq!(values.text(&"error".into()), Some("x"));
        assert_eq!(values.iter().len(), 1);
        let error = question.parse(&Answer::new(404, "")).unwrap_err();
        assert!(matches!(error, AnswerError::NotFound { .. }));
    }

    #[test]
    fn at_least_one_known_column_is_needed() {
        let question = Snapshot::new("A:B").unwrap();
        assert!(question.request().is_err());
        assert!(question.select(["clsoe"]).request().is_err());
        assert!(Snapshot::new("").is_err());
    }
}
