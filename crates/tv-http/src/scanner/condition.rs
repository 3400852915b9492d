//! Conditions: comparisons, and trees of them.

use protocol::json::Json;
use serde_json::{Value, json};

use super::Column;
use crate::json::{Item, Place, Reading, Surprise, record, words};

words! {
    /// How a column is compared.
    pub enum Operation {
        /// `>`
        Greater = "greater",
        /// `>=`
        AtLeast = "egreater",
        /// `<`
        Less = "less",
        /// `<=`
        AtMost = "eless",
        /// `=`
        Equal = "equal",
        /// `!=`
        NotEqual = "nequal",
        /// Between two numbers, or one of several texts.
        InRange = "in_range",
        /// The opposite.
        NotInRange = "not_in_range",
        /// The cell is empty.
        Empty = "empty",
        /// There is one.
        NotEmpty = "nempty",
        /// Contains a text, in any case of letters.
        Match = "match",
        /// The opposite.
        NotMatch = "nmatch",
        /// Rarely used; what differs from `Match` is not known.
        StrictMatch = "smatch",
        /// A set has one of the words.
        Has = "has",
        /// A set has none of the words.
        HasNoneOf = "has_none_of",
        /// Has crossed.
        Crosses = "crosses",
        /// Has crossed upwards.
        CrossesAbove = "crosses_above",
        /// Has crossed downwards.
        CrossesBelow = "crosses_below",
        /// Above a column times a factor.
        AbovePercent = "above%",
        /// Below a column times a factor.
        BelowPercent = "below%",
        /// Between a column times two factors.
        InRangePercent = "in_range%",
        /// The opposite.
        NotInRangePercent = "not_in_range%",
        /// Within days from now.
        InDayRange = "in_day_range",
        /// Within weeks from now.
        InWeekRange = "in_week_range",
        /// Within months from now.
        InMonthRange = "in_month_range",
    }
}

/// What a column is compared with.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// Another column.
    Column(Column),
    /// A number, text or truth value.
    Value(Json),
    /// Several.
    List(Vec<Self>),
}

record! {
    /// A comparison.
    pub struct Filter {
        /// The column; two names with a comma between mean either.
        left: Option<Column> = "left",
        /// How it is compared.
        operation: Option<Operation> = "operation",
        /// What with.
        right: Option<Operand> = "right",
    }
}

/// A condition: a comparison, or several, and all or any must hold.
///
/// ```
/// use tv_http::scanner::Column;
///
/// let oversold = Column::RSI.less(30).and(Column::CLOSE.greater(Column::SMA200));
/// let condition = oversold.or(Column::TYPESPECS.has(["etf"]));
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A comparison.
    One(Filter),
    /// All must hold.
    All(Vec<Self>),
    /// One must hold.
    Any(Vec<Self>),
    /// Something else, as it came.
    Raw(Json),
}

impl Condition {
    pub(super) fn new(left: Column, operation: Operation, right: Option<Operand>) -> Self {
        Self::One(Filter {
            left: Some(left),
            operation: Some(operation),
            right,
            ..Filter::default()
        })
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: impl Into<Self>) -> Self {
        match self {
            Self::All(mut all) => {
                all.push(other.into());
                Self::All(all)
            }
            one => Self::All(vec![one, other.into()]),
        }
    }

    /// At least one of both holds.
    #[must_use]
    pub fn or(self, other: impl Into<Self>) -> Self {
        match self {
            Self::Any(mut any) => {
                any.push(other.into());
                Self::Any(any)
            }
            one => Self::Any(vec![one, other.into()]),
        }
    }

    /// The condition as the root of `filter2`.
    pub(super) fn root(&self) -> Value {
        let tree = |operator: &str, operands: &[Self]| {
            let operands: Vec<Value> = operands.iter().map(Item::write).collect();
            json!({"operator": operator, "operands": operands})
        };
        match self {
            Self::One(_) => tree("and", std::slice::from_ref(self)),
            Self::All(all) => tree("and", all),
            Self::Any(any) => tree("or", any),
            Self::Raw(raw) => raw.write(),
        }
    }

    pub(super) fn read_root(value: &Value) -> Option<Self> {
        let fields = value.as_object().filter(|fields| fields.len() == 2)?;
        let operands = fields.get("operands")?.as_array()?.iter();
        let operands: Vec<Self> = operands
            .filter_map(|value| Some(Self::read(value)?.0))
            .collect();
        match fields.get("operator")?.as_str()? {
            "and" => Some(Self::All(operands)),
            "or" => Some(Self::Any(operands)),
            _ => None,
        }
    }

    /// The columns in the condition, also those that others are compared with.
    pub(super) fn columns(&self) -> Vec<Column> {
        match self {
            Self::One(filter) => filter.columns(),
            Self::All(conditions) | Self::Any(conditions) => {
                conditions.iter().flat_map(Self::columns).collect()
            }
            Self::Raw(_) => Vec::new(),
        }
    }
}

impl From<Filter> for Condition {
    fn from(filter: Filter) -> Self {
        Self::One(filter)
    }
}

impl Filter {
    pub(super) fn columns(&self) -> Vec<Column> {
        let mut found = Vec::new();
        if let Some(left) = &self.left {
            found.extend(left.name().split(',').map(|name| match left.is_raw() {
                true => Column::raw(name),
                false => Column::from(name),
            }));
        }
        if let Some(right) = &self.right {
            right.collect(&mut found);
        }
        found
    }
}

impl Operand {
    pub(super) fn list(values: impl IntoIterator<Item = impl Into<Self>>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }

    fn collect(&self, out: &mut Vec<Column>) {
        match self {
            Self::Column(column) => out.push(column.clone()),
            Self::Value(_) => {}
            Self::List(list) => list.iter().for_each(|operand| operand.collect(out)),
        }
    }
}

impl From<Column> for Operand {
    fn from(column: Column) -> Self {
        Self::Column(column)
    }
}

impl From<&Column> for Operand {
    fn from(column: &Column) -> Self {
        Self::Column(column.clone())
    }
}

impl From<Json> for Operand {
    fn from(value: Json) -> Self {
        Self::Value(value)
    }
}

macro_rules! from_plain {
    ($($type:ty)*) => {$(
        impl From<$type> for Operand {
            fn from(value: $type) -> Self {
                Self::Value(value.into())
            }
        }
    )*};
}

from_plain! { &str String bool i32 i64 f64 }

impl Item for Operand {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        Some((Self::Value(Json::read(value)?.0), Reading::Exact))
    }

    fn write(&self) -> Value {
        match self {
            Self::Column(column) => column.name().into(),
            Self::Value(value) => value.write(),
            Self::List(list) => list.iter().map(Item::write).collect(),
        }
    }
}

/// An operand of a tree: an expression or a tree.
impl Item for Condition {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        let one = value.as_object().filter(|fields| fields.len() == 1);
        let known = one.and_then(|fields| {
            let expression = fields.get("expression").and_then(Filter::read);
            let one = expression.map(|(filter, _)| Self::One(filter));
            one.or_else(|| Self::read_root(fields.get("operation")?))
        });
        let condition = match known {
            Some(condition) => condition,
            None => Self::Raw(Json::read(value)?.0),
        };
        Some((condition, Reading::Exact))
    }

    fn write(&self) -> Value {
        match self {
            Self::One(filter) => json!({"expression": filter.write()}),
            Self::All(_) | Self::Any(_) => json!({"operation": self.root()}),
            Self::Raw(raw) => raw.write(),
        }
    }

    fn look(&self, place: &Place, out: &mut Vec<Surprise>) {
        match self {
            Self::One(filter) => filter.look(&place.key("expression"), out),
            Self::All(conditions) | Self::Any(conditions) => {
                for (index, condition) in conditions.iter().enumerate() {
                    condition.look(&place.index(index), out);
                }
            }
            Self::Raw(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_written_in_the_servers_grammar() {
        let condition = Column::TYPE
            .equal("stock")
            .and(Column::TYPESPECS.has(["common"]))
            .or(Column::CLOSE.above_percent(Column::SMA50, 1.05));
        let expected = json!({"operator": "or", "operands": [
            {"operation": {"operator": "and", "operands": [
                {"expression": {"left": "type", "operation": "equal", "right": "stock"}},
                {"expression": {"left": "typespecs", "operation": "has", "right": ["common"]}},
            ]}},
            {"expression": {"left": "close", "operation": "above%", "right": ["SMA50", 1.05]}},
        ]});
        assert_eq!(condition.root(), expected);
        assert_eq!(Condition::read_root(&expected).unwrap().root(), expected);
        let names: Vec<String> = condition
            .columns()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(names, ["type", "typespecs", "close", "SMA50"]);
    }

    #[test]
    fn conditions_of_other_shapes_stay_as_they_are() {
        for value in [
            json!({"operation": {"operator": "xor", "operands": []}}),
            json!(5),
            json!(null),
        ] {
            assert_eq!(Condition::read(&value).unwrap().0.write(), value);
        }
        let value = json!({"expression": {"left": "a", "operation": "new", "right": null, "x": 1}});
        assert_eq!(Condition::read(&value).unwrap().0.write(), value);
    }

    #[test]
    fn a_condition_without_an_operand_has_no_right_side() {
        let expected = json!({"expression": {"left": "RSI", "operation": "nempty"}});
        assert_eq!(Column::RSI.is_not_empty().write(), expected);
        let either = Column::from("a,b").between(1, 2);
        assert_eq!(either.columns(), [Column::from("a"), Column::from("b")]);
    }
}
