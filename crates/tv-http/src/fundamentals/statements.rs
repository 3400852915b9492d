//! Statements of past periods, as long tables.

use std::fmt;

use protocol::json::Json;

use crate::{
    scanner::{Cell, Column, Snapshot, SymbolValues},
    wire::{Answer, AnswerError, Endpoint, Request, RequestError},
};

/// The items whose history the scanner has for years and quarters.
const ITEMS: [&str; 10] = [
    "total_revenue",
    "gross_profit",
    "ebitda",
    "net_income",
    "free_cash_flow",
    "capital_expenditures_unchanged",
    "total_assets",
    "total_debt",
    "earnings_per_share_diluted",
    "dps_common_stock_prim_issue",
];

/// What the items of a row are of.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// A fiscal year.
    Year,
    /// A fiscal quarter.
    Quarter,
    /// Twelve months up to a quarter.
    TwelveMonths,
}

impl Period {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Year, Self::Quarter, Self::TwelveMonths];

    fn suffix(self) -> &'static str {
        match self {
            Self::Year => "fy",
            Self::Quarter => "fq",
            Self::TwelveMonths => "ttm",
        }
    }
}

/// Writes `FY`, `FQ` or `TTM`.
impl fmt::Display for Period {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Year => "FY",
            Self::Quarter => "FQ",
            Self::TwelveMonths => "TTM",
        })
    }
}

/// A value of a statement.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct StatementRow {
    /// The item: `total_revenue`.
    pub item: &'static str,
    /// What the value is of.
    pub period: Period,
    /// How many periods ago; the newest is 0.
    pub ago: usize,
    /// The fiscal year, which is known for years alone.
    pub year: Option<String>,
    /// The value, in the currency of the table; earnings and dividends are for one share.
    pub value: f64,
}

/// The statements of a company.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StatementTable {
    /// The currency of the values.
    pub currency: Option<String>,
    /// The values, by item, then by period, the newest first. Periods without a value are missing.
    pub rows: Vec<StatementRow>,
    /// All values as they came.
    pub values: SymbolValues,
}

/// Asks for the statements of a company: up to 20 years and 32 quarters of ten items.
///
/// ```
/// use tv_http::{fundamentals::Statements, wire::{Answer, Endpoint}};
///
/// let question = Statements::new("NASDAQ:AAPL")?;
/// let body = r#"{"total_revenue_fy_h":[416161000000,391035000000],
///     "fiscal_period_fy_h":["2025","2024"],"fundamental_currency_code":"USD"}"#;
/// let table = question.parse(&Answer::new(200, body))?;
/// assert_eq!(table.currency.as_deref(), Some("USD"));
/// assert_eq!(table.rows[1].year.as_deref(), Some("2024"));
/// assert_eq!(table.rows[1].value, 391_035_000_000.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statements(Snapshot);

impl Statements {
    /// Asks about a company.
    ///
    /// # Errors
    ///
    /// If the text cannot be a symbol.
    pub fn new(symbol: &str) -> Result<Self, RequestError> {
        let histories = items().map(|(_, _, column)| column);
        let columns = [Column::FUNDAMENTAL_CURRENCY, years()]
            .into_iter()
            .chain(histories);
        Ok(Self(Snapshot::new(symbol)?.select(columns)))
    }
}

impl Endpoint for Statements {
    type Output = StatementTable;

    fn request(&self) -> Result<Request, RequestError> {
        self.0.request()
    }

    fn parse(&self, answer: &Answer) -> Result<StatementTable, AnswerError> {
        let values = self.0.parse(answer)?;
        let currency = values
            .text(&Column::FUNDAMENTAL_CURRENCY)
            .map(str::to_owned);
        let labels = values.get(&years()).map(labels).unwrap_or_default();
        let mut rows = Vec::new();
        for (item, period, column) in items() {
            let history = values
                .get(&column)
                .and_then(Cell::as_history)
                .unwrap_or_default();
            for (ago, value) in history.into_iter().enumerate() {
                let Some(value) = value else {
                    continue;
                };
                let year = match period {
                    Period::Year => labels.get(ago).cloned().flatten(),
                    Period::Quarter | Period::TwelveMonths => None,
                };
                rows.push(StatementRow {
                    item,
                    period,
                    ago,
                    year,
                    value,
                });
            }
        }
        Ok(StatementTable {
            currency,
            rows,
            values,
        })
    }
}

/// The column of the fiscal years.
fn years() -> Column {
    Column::from("fiscal_period_fy_h")
}

/// Every item and period with its column, as far as the scanner has it.
fn items() -> impl Iterator<Item = (&'static str, Period, Column)> {
    let catalogue = crate::scanner::Catalogue::builtin();
    let all = ITEMS
        .into_iter()
        .flat_map(|item| Period::ALL.map(|period| (item, period)));
    all.filter_map(move |(item, period)| {
        let name = format!("{item}_{}_h", period.suffix());
        catalogue
            .get(&name)
            .map(|_| (item, period, Column::from(name)))
    })
}

/// Years as text, however they are written.
fn labels(cell: &Cell) -> Vec<Option<String>> {
    let Cell::Json(json) = cell else {
        return Vec::new();
    };
    let label = |value: &Json| match value.as_str() {
        Some(text) => Some(text.to_owned()),
        None => value.as_i64().map(|year| year.to_string()),
    };
    json.elements()
        .unwrap_or_default()
        .iter()
        .map(label)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_known() {
        let question = Statements::new("A:B").unwrap();
        question.request().unwrap();
        assert_eq!(items().count(), 7 * 3 + 2 * 2 + 1);
    }

    #[test]
    fn periods_without_a_value_are_missing() {
        let question = Statements::new("A:B").unwrap();
        let body = r#"{"total_debt_fq_h":[1,null,3],"ebitda_fy_h":null,"net_income_fy_h":[5],
            "fiscal_period_fy_h":[2025,null]}"#;
        let table = question.parse(&Answer::new(200, body)).unwrap();
        let shown: Vec<(&str, String, usize, Option<&str>)> = table
            .rows
            .iter()
            .map(|row| {
                (
                    row.item,
                    row.period.to_string(),
                    row.ago,
                    row.year.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("net_income", "FY".to_owned(), 0, Some("2025")),
                ("total_debt", "FQ".to_owned(), 0, None),
                ("total_debt", "FQ".to_owned(), 2, None),
            ]
        );
        assert_eq!(table.currency, None);
    }
}
