//! What the operations of conditions mean.
//!
//! A row without a value fits only `empty`, and `has_none_of`, for which it is an empty set. The
//! ends of a range belong to it.

use market::DAY;
use serde_json::Value;

use crate::values::{Cell, Column};

/// The right side of a condition.
#[derive(Debug)]
pub(super) enum Operand {
    Value(Cell),
    Column(Column),
}

impl Operand {
    /// Beside columns of numbers a text that names a column stands for it: `index` is a column, and
    /// a type as well.
    pub(super) fn read(value: &Value, left: &[Column]) -> Self {
        let are_numbers = left.iter().all(Column::is_number);
        match value {
            Value::String(text) => match Column::find(text).filter(|_| are_numbers) {
                Some(column) => Self::Column(column),
                None => Self::Value(text.as_str().into()),
            },
            Value::Bool(flag) => Self::Value(Cell::Flag(*flag)),
            other => Self::Value(other.as_f64().into()),
        }
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Value(Cell::Text(_)))
    }
}

/// Whether a condition holds at a time in milliseconds UTC; `value` has the value of a column.
pub(super) fn holds(
    left: &Column,
    operation: &str,
    right: &[Operand],
    now: i64,
    value: &mut dyn FnMut(&Column) -> Cell,
) -> bool {
    let cell = value(left);
    match operation {
        "empty" => return is_empty(&cell),
        "nempty" => return !is_empty(&cell),
        "has_none_of" => return !has(&cell, &cells(right, value)),
        _ if cell == Cell::Null => return false,
        _ => {}
    }
    if operation.starts_with("crosses") {
        return crosses(left, operation, right, value);
    }
    let right = cells(right, value);
    let number = |at: usize| right.get(at).and_then(as_number);
    let own = as_number(&cell);
    let first = right.first();
    let compared = || Some(own?.total_cmp(&number(0)?));
    match operation {
        "greater" => compared().is_some_and(std::cmp::Ordering::is_gt),
        "egreater" => compared().is_some_and(std::cmp::Ordering::is_ge),
        "less" => compared().is_some_and(std::cmp::Ordering::is_lt),
        "eless" => compared().is_some_and(std::cmp::Ordering::is_le),
        "equal" => first.is_some_and(|right| cell == *right),
        "nequal" => first.is_some_and(|right| cell != *right),
        "in_range" => in_range(&cell, &right),
        "not_in_range" => !in_range(&cell, &right),
        "has" => has(&cell, &right),
        "match" | "smatch" => first.is_some_and(|right| matches(&cell, right)),
        "nmatch" => first.is_some_and(|right| !matches(&cell, right)),
        "above%" => own
            .zip(times(&right, 1))
            .is_some_and(|(own, bound)| own > bound),
        "below%" => own
            .zip(times(&right, 1))
            .is_some_and(|(own, bound)| own < bound),
        "in_range%" => within(own, times(&right, 1), times(&right, 2)) == Some(true),
        "not_in_range%" => within(own, times(&right, 1), times(&right, 2)) == Some(false),
        _ => {
            within(
                own.map(|second| away(operation, second, now)),
                number(0),
                number(1),
            ) == Some(true)
        }
    }
}

fn cells(right: &[Operand], value: &mut dyn FnMut(&Column) -> Cell) -> Vec<Cell> {
    let cell = |operand: &Operand| match operand {
        Operand::Value(cell) => cell.clone(),
        Operand::Column(column) => value(column),
    };
    right.iter().map(cell).collect()
}

fn as_number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Number(number) => Some(*number),
        _ => None,
    }
}

fn is_empty(cell: &Cell) -> bool {
    match cell {
        Cell::Null => true,
        Cell::Text(text) => text.is_empty(),
        Cell::Texts(texts) => texts.is_empty(),
        _ => false,
    }
}

/// Two numbers are the ends of a range; anything else is a list of what is allowed.
fn in_range(cell: &Cell, right: &[Cell]) -> bool {
    match (cell, right) {
        (Cell::Number(own), [Cell::Number(low), Cell::Number(high)]) => (low..=high).contains(&own),
        (Cell::Texts(_), right) => has(cell, right),
        (cell, right) => right.contains(cell),
    }
}

/// Whether a set and a list have something in common.
fn has(cell: &Cell, right: &[Cell]) -> bool {
    match cell {
        Cell::Texts(texts) => texts
            .iter()
            .any(|text| right.contains(&Cell::Text(text.clone()))),
        Cell::Null => false,
        cell => right.contains(cell),
    }
}

/// Whether a text, or one of a set, has another in it, whatever its case.
fn matches(cell: &Cell, right: &Cell) -> bool {
    let Cell::Text(wanted) = right else {
        return false;
    };
    let wanted = wanted.to_lowercase();
    let fits = |text: &String| text.to_lowercase().contains(&wanted);
    match cell {
        Cell::Text(text) => fits(text),
        Cell::Texts(texts) => texts.iter().any(fits),
        _ => false,
    }
}

/// The first of some numbers, as many times as another says.
fn times(right: &[Cell], at: usize) -> Option<f64> {
    Some(as_number(right.first()?)? * as_number(right.get(at)?)?)
}

fn within(own: Option<f64>, low: Option<f64>, high: Option<f64>) -> Option<bool> {
    let (own, low, high) = (own?, low?, high?);
    Some((low..=high).contains(&own))
}

/// How many days, weeks or months a second lies after now; before it the number is negative.
fn away(operation: &str, second: f64, now: i64) -> f64 {
    let (then, now) = ((second as i64).div_euclid(DAY / 1000), now.div_euclid(DAY));
    let apart = match operation {
        "in_week_range" => market::week_number(then) - market::week_number(now),
        "in_month_range" => market::month_number(then) - market::month_number(now),
        _ => then - now,
    };
    apart as f64
}

/// Whether a value has crossed another since the bar before.
fn crosses(
    left: &Column,
    operation: &str,
    right: &[Operand],
    value: &mut dyn FnMut(&Column) -> Cell,
) -> bool {
    let mut pair = |column: &Column| {
        let (before, now) = (value(&column.before()), value(column));
        as_number(&before).zip(as_number(&now))
    };
    let Some((before, now)) = pair(left) else {
        return false;
    };
    let other = match right.first() {
        Some(Operand::Column(column)) => pair(column),
        Some(Operand::Value(cell)) => as_number(cell).map(|number| (number, number)),
        None => None,
    };
    let Some((other_before, other_now)) = other else {
        return false;
    };
    let up = before <= other_before && now > other_now;
    let down = before >= other_before && now < other_now;
    match operation {
        "crosses_above" => up,
        "crosses_below" => down,
        _ => up || down,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Monday, 30 November 2026, 16:00 UTC.
    const NOW: i64 = 1_796_054_400_000;

    fn value(column: &Column) -> Cell {
        match column.name.as_str() {
            "close" => Cell::Number(10.0),
            "EMA20" => Cell::Number(8.0),
            "sector" => "Finance".into(),
            "typespecs" => Cell::Texts(vec!["common".into(), "reit".into()]),
            "is_primary" => Cell::Flag(true),
            "earnings_release_date" => Cell::Number(NOW as f64 / 1000.0 - 86_400.0),
            _ => Cell::Null,
        }
    }

    fn fits(left: &str, operation: &str, right: &Value) -> bool {
        let left = Column::find(left).unwrap();
        let right: Vec<Operand> = match right {
            Value::Array(list) => list
                .iter()
                .map(|one| Operand::read(one, std::slice::from_ref(&left)))
                .collect(),
            Value::Null => Vec::new(),
            one => vec![Operand::read(one, std::slice::from_ref(&left))],
        };
        holds(&left, operation, &right, NOW, &mut value)
    }

    #[test]
    fn each_operation_holds_or_does_not() {
        for (left, operation, right, expected) in [
            ("close", "greater", json!(9), true),
            ("close", "greater", json!(10), false),
            ("close", "egreater", json!(10), true),
            ("close", "less", json!("EMA20"), false),
            ("close", "eless", json!(10.5), true),
            ("close", "equal", json!(10), true),
            ("close", "nequal", json!(10), false),
            ("close", "in_range", json!([10, 12]), true),
            ("close", "in_range", json!(["EMA20", 9]), false),
            ("close", "not_in_range", json!([11, 12]), true),
            ("close", "above%", json!(["EMA20", 1.2]), true),
            ("close", "below%", json!(["EMA20", 1.2]), false),
            ("close", "in_range%", json!(["EMA20", 1.2, 1.3]), true),
            ("close", "not_in_range%", json!(["EMA20", 1.2, 1.3]), false),
            ("sector", "equal", json!("Finance"), true),
            ("sector", "in_range", json!(["Energy", "Finance"]), true),
            ("sector", "not_in_range", json!(["Energy"]), true),
            ("sector", "match", json!("NANC"), true),
            ("sector", "nmatch", json!("nanc"), false),
            ("typespecs", "has", json!(["etf", "reit"]), true),
            ("typespecs", "has_none_of", json!(["etf"]), true),
            ("typespecs", "has_none_of", json!(["common"]), false),
            ("is_primary", "equal", json!(true), true),
            (
                "earnings_release_date",
                "in_day_range",
                json!([-1, 0]),
                true,
            ),
            (
                "earnings_release_date",
                "in_day_range",
                json!([0, 1]),
                false,
            ),
            (
                "earnings_release_date",
                "in_week_range",
                json!([-1, -1]),
                true,
            ),
            (
                "earnings_release_date",
                "in_month_range",
                json!([0, 0]),
                true,
            ),
            ("close", "empty", json!(null), false),
            ("close", "nempty", json!(null), true),
        ] {
            assert_eq!(
                fits(left, operation, &right),
                expected,
                "{left} {operation} {right}"
            );
        }
    }

    #[test]
    fn what_has_no_value_is_empty_and_nothing_else() {
        for operation in [
            "greater",
            "less",
            "equal",
            "nequal",
            "in_range",
            "not_in_range",
            "match",
            "nmatch",
            "has",
        ] {
            assert!(!fits("volume", operation, &json!([1, 2])), "{operation}");
        }
        assert!(fits("volume", "empty", &json!(null)) && !fits("volume", "nempty", &json!(null)));
        assert!(fits("volume", "has_none_of", &json!(["etf"])));
        assert!(!fits("close", "less", &json!("volume")));
    }

    #[test]
    fn a_value_crosses_another_between_two_bars() {
        let mut value =
            |column: &Column| match (column.name.as_str(), column == &column_of("close")) {
                ("close", true) => Cell::Number(10.0),
                ("close", false) => Cell::Number(7.0),
                _ => Cell::Number(8.0),
            };
        let mut crosses = |operation: &str, right: &Value| {
            holds(
                &column_of("close"),
                operation,
                &[Operand::read(right, &[column_of("close")])],
                NOW,
                &mut value,
            )
        };
        assert!(crosses("crosses", &json!("EMA20")) && crosses("crosses_above", &json!(9)));
        assert!(!crosses("crosses_below", &json!(9)) && !crosses("crosses", &json!(11)));
    }

    fn column_of(name: &str) -> Column {
        Column::find(name).unwrap()
    }
}
