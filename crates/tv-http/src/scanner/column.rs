//! Columns: what a scan can ask of a symbol.

use std::{borrow::Cow, fmt, hash};

use serde_json::Value;

use super::{Condition, Operand, Operation, ScanInterval};
use crate::json::{Item, Reading};

/// A column of a scan, by the server's name: `close`, `RSI|60`, `RSI[1]`.
///
/// An open set, with constants for the columns that are used most (see the list below). Any other
/// can be made of its name; the [`Catalogue`](super::Catalogue) knows 1,400. A name that it does
/// not know is refused, unless the column is made by [`raw`](Self::raw).
///
/// ```
/// use tv_http::scanner::{Column, ScanInterval};
///
/// assert_eq!(Column::RSI.at(ScanInterval::OneHour), Column::from("RSI|60"));
/// assert_eq!(Column::SECTOR.translated().name(), "sector.tr");
/// ```
#[derive(Clone, Debug)]
pub struct Column {
    name: Cow<'static, str>,
    is_raw: bool,
}

impl Column {
    /// A column that is sent even if the catalogue does not know it.
    #[must_use]
    pub fn raw(name: impl Into<String>) -> Self {
        Self {
            name: Cow::Owned(name.into()),
            is_raw: true,
        }
    }

    pub(super) const fn known(name: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            is_raw: false,
        }
    }

    /// The server's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the name is sent without being checked.
    #[must_use]
    pub fn is_raw(&self) -> bool {
        self.is_raw
    }

    /// The name without the interval.
    #[must_use]
    pub fn base(&self) -> &str {
        self.name
            .split_once('|')
            .map_or(&self.name, |(base, _)| base)
    }

    /// The interval; a day for a bare name, `None` for a suffix that is not one.
    #[must_use]
    pub fn interval(&self) -> Option<ScanInterval> {
        match self.name.split_once('|') {
            Some((_, suffix)) => ScanInterval::of_suffix(suffix),
            None => Some(ScanInterval::OneDay),
        }
    }

    /// The same column for another interval. Not every column has every interval.
    #[must_use]
    pub fn at(&self, interval: ScanInterval) -> Self {
        let name = match interval.suffix() {
            Some(suffix) => format!("{}|{suffix}", self.base()),
            None => self.base().to_owned(),
        };
        Self {
            name: Cow::Owned(name),
            is_raw: self.is_raw,
        }
    }

    /// The column's text in the language of the scan.
    #[must_use]
    pub fn translated(&self) -> Self {
        Self {
            name: Cow::Owned(format!("{}.tr", self.name)),
            is_raw: self.is_raw,
        }
    }

    /// The value is greater.
    #[must_use]
    pub fn greater(&self, right: impl Into<Operand>) -> Condition {
        self.compare(Operation::Greater, right)
    }

    /// The value is greater or equal.
    #[must_use]
    pub fn at_least(&self, right: impl Into<Operand>) -> Condition {
        self.compare(Operation::AtLeast, right)
    }

    /// The value is less.
    #[must_use]
    pub fn less(&self, right: impl Into<Operand>) -> Condition {
        self.compare(Operation::Less, right)
    }

    /// The value is less or equal.
    #[must_use]
    pub fn at_most(&self, right: impl Into<Operand>) -> Condition {
        self.compare(Operation::AtMost, right)
    }

    /// The value is equal.
    #[must_use]
    pub fn equal(&self, right: impl Into<Operand>) -> Condition {
        self.compare(Operation::Equal, right)
    }

    /// The value is another.
    #[must_use]
    pub fn not_equal(&self, right: impl Into<Operand>) -> Condition {
        self.compare(Operation::NotEqual, right)
    }

    /// The value is between two, both taken as included.
    #[must_use]
    pub fn between(&self, low: impl Into<Operand>, high: impl Into<Operand>) -> Condition {
        self.compare(Operation::InRange, Operand::list([low.into(), high.into()]))
    }

    /// The value is not between two.
    #[must_use]
    pub fn not_between(&self, low: impl Into<Operand>, high: impl Into<Operand>) -> Condition {
        self.compare(
            Operation::NotInRange,
            Operand::list([low.into(), high.into()]),
        )
    }

    /// The text is one of several.
    #[must_use]
    pub fn one_of(&self, values: impl IntoIterator<Item = impl Into<Operand>>) -> Condition {
        self.compare(Operation::InRange, Operand::list(values))
    }

    /// The text is none of several.
    #[must_use]
    pub fn none_of(&self, values: impl IntoIterator<Item = impl Into<Operand>>) -> Condition {
        self.compare(Operation::NotInRange, Operand::list(values))
    }

    /// The text contains another, in any case of letters.
    #[must_use]
    pub fn contains(&self, text: &str) -> Condition {
        self.compare(Operation::Match, text)
    }

    /// The text does not contain another.
    #[must_use]
    pub fn contains_not(&self, text: &str) -> Condition {
        self.compare(Operation::NotMatch, text)
    }

    /// The set, such as [`TYPESPECS`](Self::TYPESPECS), has one of the words.
    #[must_use]
    pub fn has(&self, words: impl IntoIterator<Item = impl Into<Operand>>) -> Condition {
        self.compare(Operation::Has, Operand::list(words))
    }

    /// The set has none of the words.
    #[must_use]
    pub fn has_none_of(&self, words: impl IntoIterator<Item = impl Into<Operand>>) -> Condition {
        self.compare(Operation::HasNoneOf, Operand::list(words))
    }

    /// The cell is empty.
    #[must_use]
    pub fn is_empty(&self) -> Condition {
        Condition::new(self.clone(), Operation::Empty, None)
    }

    /// There is a value.
    #[must_use]
    pub fn is_not_empty(&self) -> Condition {
        Condition::new(self.clone(), Operation::NotEmpty, None)
    }

    /// The value has crossed a number or a column, in either direction.
    #[must_use]
    pub fn crosses(&self, right: impl Into<Operand>) -> Condition {
        self.compare(Operation::Crosses, right)
    }

    /// The value has crossed upwards.
    #[must_use]
    pub fn crosses_above(&self, right: impl Into<Operand>) -> Condition {
        self.compare(Operation::CrossesAbove, right)
    }

    /// The value has crossed downwards.
    #[must_use]
    pub fn crosses_below(&self, right: impl Into<Operand>) -> Condition {
        self.compare(Operation::CrossesBelow, right)
    }

    /// The value is above a column times a factor: 1.05 is 5 % above.
    #[must_use]
    pub fn above_percent(&self, column: impl Into<Self>, factor: f64) -> Condition {
        let right = [Operand::from(column.into()), factor.into()];
        self.compare(Operation::AbovePercent, Operand::list(right))
    }

    /// The value is below a column times a factor.
    #[must_use]
    pub fn below_percent(&self, column: impl Into<Self>, factor: f64) -> Condition {
        let right = [Operand::from(column.into()), factor.into()];
        self.compare(Operation::BelowPercent, Operand::list(right))
    }

    /// The value is between a column times two factors.
    #[must_use]
    pub fn between_percent(&self, column: impl Into<Self>, low: f64, high: f64) -> Condition {
        let right = [Operand::from(column.into()), low.into(), high.into()];
        self.compare(Operation::InRangePercent, Operand::list(right))
    }

    /// The value is not between a column times two factors.
    #[must_use]
    pub fn not_between_percent(&self, column: impl Into<Self>, low: f64, high: f64) -> Condition {
        let right = [Operand::from(column.into()), low.into(), high.into()];
        self.compare(Operation::NotInRangePercent, Operand::list(right))
    }

    /// The time is within days from now: -1 and 1 are yesterday and tomorrow.
    #[must_use]
    pub fn within_days(&self, from: i64, to: i64) -> Condition {
        self.compare(Operation::InDayRange, Operand::list([from, to]))
    }

    /// The time is within weeks from now.
    #[must_use]
    pub fn within_weeks(&self, from: i64, to: i64) -> Condition {
        self.compare(Operation::InWeekRange, Operand::list([from, to]))
    }

    /// The time is within months from now.
    #[must_use]
    pub fn within_months(&self, from: i64, to: i64) -> Condition {
        self.compare(Operation::InMonthRange, Operand::list([from, to]))
    }

    /// Any operation.
    #[must_use]
    pub fn compare(&self, operation: Operation, right: impl Into<Operand>) -> Condition {
        Condition::new(self.clone(), operation, Some(right.into()))
    }
}

/// Columns are equal if their names are.
impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Column {}

impl hash::Hash for Column {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl From<&str> for Column {
    fn from(name: &str) -> Self {
        Self {
            name: Cow::Owned(name.to_owned()),
            is_raw: false,
        }
    }
}

impl From<String> for Column {
    fn from(name: String) -> Self {
        Self {
            name: Cow::Owned(name),
            is_raw: false,
        }
    }
}

impl From<&Self> for Column {
    fn from(column: &Self) -> Self {
        column.clone()
    }
}

impl fmt::Display for Column {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.name)
    }
}

impl Item for Column {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        Some((value.as_str()?.into(), Reading::Exact))
    }

    fn write(&self) -> Value {
        self.name().into()
    }
}
