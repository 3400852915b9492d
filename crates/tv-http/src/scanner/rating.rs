//! Technical ratings: what the indicators of the scanner say together.

use std::{collections::BTreeMap, fmt};

use protocol::symbol::Symbol;

use super::{Cell, Column, Row, ScanInterval, Snapshot, SymbolValues};
use crate::wire::{Answer, AnswerError, Endpoint, Request, RequestError};

/// A technical rating in words.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rating {
    /// From -1 to before -0.5.
    StrongSell,
    /// From -0.5 to before -0.1.
    Sell,
    /// From -0.1 to 0.1.
    Neutral,
    /// From after 0.1 to 0.5.
    Buy,
    /// From after 0.5 to 1.
    StrongBuy,
}

impl Rating {
    /// The word for a number; `None` beyond -1 and 1.
    ///
    /// ```
    /// use tv_http::scanner::Rating;
    ///
    /// assert_eq!(Rating::of(0.3787), Some(Rating::Buy));
    /// assert_eq!(Rating::of(-0.5), Some(Rating::Sell));
    /// assert_eq!(Rating::of(f64::NAN), None);
    /// ```
    #[must_use]
    pub fn of(score: f64) -> Option<Self> {
        Some(match score {
            -1.0..-0.5 => Self::StrongSell,
            -0.5..-0.1 => Self::Sell,
            -0.1..=0.1 => Self::Neutral,
            0.1..=0.5 => Self::Buy,
            0.5..=1.0 => Self::StrongBuy,
            _ => return None,
        })
    }
}

/// Writes for example `strong buy`.
impl fmt::Display for Rating {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::StrongSell => "strong sell",
            Self::Sell => "sell",
            Self::Neutral => "neutral",
            Self::Buy => "buy",
            Self::StrongBuy => "strong buy",
        })
    }
}

/// The ratings of an interval, each from -1 to 1.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RatingScores {
    /// Moving averages and oscillators together.
    pub all: Option<f64>,
    /// The moving averages.
    pub averages: Option<f64>,
    /// The oscillators.
    pub oscillators: Option<f64>,
}

impl RatingScores {
    /// All together, in words.
    #[must_use]
    pub fn rating(&self) -> Option<Rating> {
        Rating::of(self.all?)
    }
}

/// The ratings of a symbol.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SymbolRatings {
    /// By interval. An interval without any number is missing.
    pub intervals: BTreeMap<ScanInterval, RatingScores>,
    /// All values as they came.
    pub values: SymbolValues,
}

impl SymbolRatings {
    /// The ratings of an interval.
    #[must_use]
    pub fn at(&self, interval: ScanInterval) -> Option<&RatingScores> {
        self.intervals.get(&interval)
    }

    /// The ratings in a row of a scan that has selected
    /// [`TechnicalRatings::columns`]: many symbols by one request.
    #[must_use]
    pub fn from_row(row: &Row<'_>) -> BTreeMap<ScanInterval, RatingScores> {
        scores(|column| row.get(column))
    }
}

/// Asks for the ratings of a symbol, for all intervals.
///
/// ```
/// use tv_http::{scanner::{Rating, ScanInterval, TechnicalRatings}, wire::{Answer, Endpoint}};
///
/// let question = TechnicalRatings::new("NASDAQ:AAPL")?;
/// let body = r#"{"Recommend.All|60":0.3787,"Recommend.MA|60":0.6667}"#;
/// let ratings = question.parse(&Answer::new(200, body))?;
/// let hour = ratings.at(ScanInterval::OneHour).unwrap();
/// assert_eq!(hour.rating(), Some(Rating::Buy));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TechnicalRatings(Snapshot);

impl TechnicalRatings {
    /// Asks about a symbol.
    ///
    /// # Errors
    ///
    /// If the text cannot be a symbol.
    pub fn new(symbol: &str) -> Result<Self, RequestError> {
        Ok(Self(Snapshot::new(symbol)?.select(columns())))
    }

    /// The columns of the ratings, for a scan.
    #[must_use]
    pub fn columns() -> Vec<Column> {
        columns()
    }

    /// The symbols of a scan whose rows hold ratings. Symbols that the scanner does not know have
    /// no row.
    ///
    /// # Errors
    ///
    /// If a text cannot be a symbol.
    pub fn scan<'a>(
        symbols: impl IntoIterator<Item = &'a str>,
    ) -> Result<super::Scan, RequestError> {
        let symbols: Vec<Symbol> = symbols
            .into_iter()
            .map(Symbol::new)
            .collect::<Result<_, _>>()?;
        let rows = symbols.len().max(1);
        super::Scan::new(super::Market::GLOBAL)
            .select(columns())
            .range(0, rows)
            .tickers(symbols.iter().map(Symbol::as_str))
    }
}

impl Endpoint for TechnicalRatings {
    type Output = SymbolRatings;

    fn request(&self) -> Result<Request, RequestError> {
        self.0.request()
    }

    fn parse(&self, answer: &Answer) -> Result<SymbolRatings, AnswerError> {
        let values = self.0.parse(answer)?;
        let intervals = scores(|column| values.get(column));
        Ok(SymbolRatings { intervals, values })
    }
}

/// The three columns of an interval, in the order of the fields of [`RatingScores`].
fn columns_at(interval: ScanInterval) -> [Column; 3] {
    let columns = [
        Column::RECOMMEND_ALL,
        Column::RECOMMEND_MA,
        Column::RECOMMEND_OTHER,
    ];
    columns.map(|column| column.at(interval))
}

pub(super) fn columns() -> Vec<Column> {
    ScanInterval::ALL.into_iter().flat_map(columns_at).collect()
}

fn scores<'a>(get: impl Fn(&Column) -> Option<&'a Cell>) -> BTreeMap<ScanInterval, RatingScores> {
    let number = |column: &Column| get(column)?.as_number();
    let found = ScanInterval::ALL.into_iter().filter_map(|interval| {
        let [all, averages, oscillators] = columns_at(interval);
        let scores = RatingScores {
            all: number(&all),
            averages: number(&averages),
            oscillators: number(&oscillators),
        };
        (scores != RatingScores::default()).then_some((interval, scores))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_of_the_words_are_those_of_the_site() {
        for (score, expected) in [
            (-1.0, Some(Rating::StrongSell)),
            (-0.500_001, Some(Rating::StrongSell)),
            (-0.5, Some(Rating::Sell)),
            (-0.100_001, Some(Rating::Sell)),
            (-0.1, Some(Rating::Neutral)),
            (0.1, Some(Rating::Neutral)),
            (0.100_001, Some(Rating::Buy)),
            (0.5, Some(Rating::Buy)),
            (0.500_001, Some(Rating::StrongBuy)),
            (1.0, Some(Rating::StrongBuy)),
            (1.1, None),
        ] {
            assert_eq!(Rating::of(score), expected, "{score}");
        }
        assert_eq!(format!("[{:>11}]", Rating::StrongBuy), "[ strong buy]");
    }

    #[test]
    fn rows_of_a_scan_hold_ratings_of_all_intervals() {
        let scan = TechnicalRatings::scan(["NASDAQ:AAPL", "TWSE:2330"]).unwrap();
        assert_eq!(scan.columns().len(), 30);
        let mut cells = vec!["null"; 30];
        (cells[21], cells[22], cells[23]) = ("0.6", "0.2", "null");
        let body = format!(
            r#"{{"data":[{{"s":"NASDAQ:AAPL","d":[{}]}}]}}"#,
            cells.join(",")
        );
        let page = scan.parse(&Answer::new(200, body)).unwrap();
        let ratings = SymbolRatings::from_row(&page.row(0).unwrap());
        let day = ratings[&ScanInterval::OneDay];
        assert_eq!(
            (day.rating(), day.averages, day.oscillators),
            (Some(Rating::StrongBuy), Some(0.2), None)
        );
        assert_eq!(ratings.len(), 1);
    }
}
