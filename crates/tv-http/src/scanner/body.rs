//! The body of a scan's request.

use std::collections::BTreeMap;

use protocol::json::Json;
use serde_json::Value;

use super::{Column, Condition, Filter, Market};
use crate::json::{Item, Reading, record};

record! {
    /// What a scan sends.
    pub(super) struct ScanBody {
        /// The columns, in the order of the values.
        columns: Vec<Column> = "columns",
        /// Comparisons that must all hold.
        filter: Vec<Filter> = "filter",
        /// A tree that must hold, too.
        filter2: Option<Tree> = "filter2",
        /// The order.
        sort: Option<Sort> = "sort",
        /// The first row, and the one after the last.
        range: Vec<i64> = "range",
        /// The language.
        options: BTreeMap<String, String> = "options",
        /// The markets.
        markets: Vec<Market> = "markets",
        /// Which symbols.
        symbols: Option<Symbols> = "symbols",
        /// Indices of the market of options.
        index_filters: Vec<IndexFilter> = "index_filters",
        /// The name of a query of the server.
        preset: Option<String> = "preset",
        /// Whether unknown columns are tolerated.
        ignore_unknown_fields: Option<bool> = "ignore_unknown_fields",
        /// The currency of prices.
        price_conversion: Option<PriceConversion> = "price_conversion",
    }
}

record! {
    /// The order of rows.
    pub(super) struct Sort {
        /// The column.
        by: Option<Column> = "sortBy",
        /// `asc` or `desc`.
        order: Option<String> = "sortOrder",
        /// Whether rows without a value come first.
        nulls_first: Option<bool> = "nullsFirst",
    }
}

record! {
    /// Which symbols are scanned.
    pub(super) struct Symbols {
        /// These.
        tickers: Vec<String> = "tickers",
        /// Those of some kinds.
        query: Option<SymbolQuery> = "query",
        /// The members of indices.
        symbolset: Vec<String> = "symbolset",
        /// The members of groups.
        groups: Vec<SymbolGroup> = "groups",
        /// The members of a watch-list.
        watchlist: Option<Json> = "watchlist",
    }
}

record! {
    /// Kinds of symbols.
    pub(super) struct SymbolQuery {
        /// The kinds.
        types: Vec<String> = "types",
    }
}

record! {
    /// A group of symbols.
    pub(super) struct SymbolGroup {
        /// `index`.
        kind: Option<String> = "type",
        /// The indices.
        values: Vec<String> = "values",
    }
}

record! {
    /// A filter by index.
    pub(super) struct IndexFilter {
        /// `underlying_symbol`.
        name: Option<String> = "name",
        /// The symbols.
        values: Vec<String> = "values",
    }
}

record! {
    /// How prices are converted.
    pub(super) struct PriceConversion {
        /// Into a currency.
        to_currency: Option<String> = "to_currency",
        /// Into the currency of the symbol.
        to_symbol: Option<bool> = "to_symbol",
    }
}

/// The root of a tree of conditions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree(pub(super) Condition);

impl Item for Tree {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        let condition = match Condition::read_root(value) {
            Some(condition) => condition,
            None => Condition::Raw(Json::read(value)?.0),
        };
        Some((Self(condition), Reading::Exact))
    }

    fn write(&self) -> Value {
        self.0.root()
    }
}
