//! A scan and its options.

use std::sync::Arc;

use protocol::symbol::Symbol;

use super::{
    Catalogue, Column, Condition, LabelProduct, Market,
    body::{IndexFilter, PriceConversion, ScanBody, Sort, SymbolGroup, SymbolQuery, Symbols, Tree},
};
use crate::{json::Item, wire::RequestError};

/// How many rows were seen to come in one answer. More may work.
pub const MAX_RANGE: usize = 10_000;

/// How rows are sorted.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The least first.
    Ascending,
    /// The greatest first.
    Descending,
}

/// A question to the scanner: which symbols, which columns, in which order.
///
/// Without options it returns some 50 rows without values: `select` names the values, `range` the
/// rows. All conditions given to `filter` must hold. See the [module](super) for an example.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    pub(super) market: Market,
    /// Whether the endpoint is `scan2`, which answers in another form.
    pub(super) is_second: bool,
    pub(super) label: Option<LabelProduct>,
    pub(super) body: ScanBody,
    pub(super) catalogue: Option<Arc<Catalogue>>,
}

impl Scan {
    /// Scans a market.
    #[must_use]
    pub fn new(market: impl Into<Market>) -> Self {
        let market = market.into();
        let mut body = ScanBody::default();
        if market != Market::GLOBAL {
            body.markets.push(market.clone());
        }
        Self {
            market,
            is_second: false,
            label: None,
            body,
            catalogue: None,
        }
    }

    /// Scans the options on a symbol, by `scan2`. Filter by [`Column::EXPIRATION`] (`20260618`) or
    /// [`Column::STRIKE`]: an underlying has thousands.
    ///
    /// ```
    /// use tv_http::{scanner::{Column, Scan}, wire::Endpoint};
    ///
    /// let scan = Scan::options("NASDAQ:AAPL")?
    ///     .select([Column::STRIKE, Column::OPTION_TYPE, Column::BID, Column::ASK, Column::DELTA])
    ///     .filter(Column::EXPIRATION.equal(20_260_618));
    /// assert_eq!(scan.request()?.target(), "/options/scan2?label-product=symbols-options");
    /// # Ok::<(), tv_http::wire::RequestError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the text cannot be a symbol.
    pub fn options(underlying: &str) -> Result<Self, RequestError> {
        let underlying = Symbol::new(underlying)?;
        let mut scan = Self::new(Market::OPTIONS)
            .filter(Column::TYPE.equal("option"))
            .label(LabelProduct::SymbolsOptions);
        scan.is_second = true;
        scan.body.markets.clear();
        scan.body.ignore_unknown_fields = Some(false);
        scan.body.index_filters.push(IndexFilter {
            name: Some("underlying_symbol".to_owned()),
            values: vec![underlying.to_string()],
            ..IndexFilter::default()
        });
        Ok(scan)
    }

    /// A scan with a body of JSON, for example one that was copied from the site.
    ///
    /// # Errors
    ///
    /// If the text is not a JSON object.
    pub fn from_body(market: impl Into<Market>, body: &str) -> Result<Self, RequestError> {
        let body = serde_json::from_str(body).map_err(|_| RequestError::Value {
            what: "the body of a scan",
            found: body.chars().take(80).collect(),
            reason: "it must be a JSON object",
        })?;
        Ok(Self {
            body,
            ..Self::new(market)
        })
    }

    /// Adds columns.
    #[must_use]
    pub fn select(mut self, columns: impl IntoIterator<Item = impl Into<Column>>) -> Self {
        self.body
            .columns
            .extend(columns.into_iter().map(Into::into));
        self
    }

    /// Adds a condition, which must hold as well as those before.
    #[must_use]
    pub fn filter(mut self, condition: impl Into<Condition>) -> Self {
        match condition.into() {
            Condition::One(filter) => self.body.filter.push(filter),
            other => {
                let tree = match self.body.filter2.take() {
                    None => other,
                    Some(Tree(first)) => first.and(other),
                };
                self.body.filter2 = Some(Tree(tree));
            }
        }
        self
    }

    /// Sorts by one column; the scanner knows no second.
    #[must_use]
    pub fn sort(mut self, column: impl Into<Column>, order: Order) -> Self {
        let word = match order {
            Order::Ascending => "asc",
            Order::Descending => "desc",
        };
        self.body.sort = Some(Sort {
            by: Some(column.into()),
            order: Some(word.to_owned()),
            ..Sort::default()
        });
        self
    }

    /// Whether rows without a value of the column that is sorted by come first.
    #[must_use]
    pub fn nulls_first(mut self, first: bool) -> Self {
        self.body.sort.get_or_insert_default().nulls_first = Some(first);
        self
    }

    /// The rows from `start` to before `end`, the first being 0. At most [`MAX_RANGE`] rows are
    /// known to come at once; [`next_page`](crate::wire::Paged::next_page) makes the scan of those
    /// that follow.
    #[must_use]
    pub fn range(mut self, start: usize, end: usize) -> Self {
        let row = |row| i64::try_from(row).unwrap_or(i64::MAX);
        self.body.range = vec![row(start), row(end)];
        self
    }

    /// The markets, where the scan's own is [`Market::GLOBAL`].
    #[must_use]
    pub fn markets(mut self, markets: impl IntoIterator<Item = impl Into<Market>>) -> Self {
        self.body.markets = markets.into_iter().map(Into::into).collect();
        self
    }

    /// Only symbols of some kinds: `stock`, `fund`, `dr`.
    #[must_use]
    pub fn types(mut self, types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let types = types.into_iter().map(Into::into).collect();
        self.symbols().query = Some(SymbolQuery {
            types,
            ..SymbolQuery::default()
        });
        self
    }

    /// Only these symbols. One that is not in the market is missing without an error, and the
    /// order is the server's.
    ///
    /// # Errors
    ///
    /// If a text cannot be a symbol.
    pub fn tickers<'a>(
        mut self,
        tickers: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, RequestError> {
        for ticker in tickers {
            let symbol = Symbol::new(ticker)?;
            self.symbols().tickers.push(symbol.to_string());
        }
        Ok(self)
    }

    /// Only members of an index, by its symbol: `SP:SPX`.
    ///
    /// # Errors
    ///
    /// If the text is not a symbol with an exchange.
    pub fn index(mut self, index: &str) -> Result<Self, RequestError> {
        let symbol = Symbol::new(index)?;
        let Some(exchange) = symbol.exchange() else {
            return Err(RequestError::Value {
                what: "the index",
                found: index.to_owned(),
                reason: "it needs an exchange, as in SP:SPX",
            });
        };
        let set = format!("SYML:{exchange};{}", symbol.ticker());
        self.symbols().symbolset.push(set);
        Ok(self)
    }

    /// Only members of groups of a kind, such as `index` with `DJ:DJU`.
    #[must_use]
    pub fn group(
        mut self,
        kind: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.symbols().groups.push(SymbolGroup {
            kind: Some(kind.into()),
            values: values.into_iter().map(Into::into).collect(),
            ..SymbolGroup::default()
        });
        self
    }

    /// A query that the server knows by name; see [`PRESETS`](super::PRESETS).
    #[must_use]
    pub fn preset(mut self, name: impl Into<String>) -> Self {
        self.body.preset = Some(name.into());
        self
    }

    /// The language of translated columns, as two letters.
    #[must_use]
    pub fn language(mut self, language: impl Into<String>) -> Self {
        self.body.options.insert("lang".to_owned(), language.into());
        self
    }

    /// Prices in another currency: `usd`.
    #[must_use]
    pub fn convert_to(mut self, currency: impl Into<String>) -> Self {
        self.body.price_conversion = Some(PriceConversion {
            to_currency: Some(currency.into()),
            ..PriceConversion::default()
        });
        self
    }

    /// Whether the server leaves out columns that it does not know instead of refusing the scan.
    #[must_use]
    pub fn ignore_unknown_fields(mut self, ignore: bool) -> Self {
        self.body.ignore_unknown_fields = Some(ignore);
        self
    }

    /// Which part of the site the scan is counted for. It has no known effect.
    #[must_use]
    pub fn label(self, label: LabelProduct) -> Self {
        Self {
            label: Some(label),
            ..self
        }
    }

    /// Checks columns against another catalogue than the one that is compiled in.
    #[must_use]
    pub fn catalogue(self, catalogue: Arc<Catalogue>) -> Self {
        Self {
            catalogue: Some(catalogue),
            ..self
        }
    }

    /// The market.
    #[must_use]
    pub fn market(&self) -> &Market {
        &self.market
    }

    /// The columns in the order of the values.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.body.columns
    }

    /// The body as JSON.
    #[must_use]
    pub fn body(&self) -> String {
        self.body.write().to_string()
    }

    fn symbols(&mut self) -> &mut Symbols {
        self.body.symbols.get_or_insert_default()
    }
}
