//! Conditions of a scan, alone and as trees.

use serde_json::Value;

use super::{
    comparison::{Operand, holds},
    refusal::Refusal,
};
use crate::values::{Cache, Column, Row};

/// The deepest tree.
const DEEPEST: usize = 32;

/// A condition.
#[derive(Debug)]
pub(super) struct Condition {
    /// One of these must fit.
    left: Vec<Column>,
    operation: String,
    right: Vec<Operand>,
}

/// Conditions joined by *and* and *or*.
#[derive(Debug)]
pub(super) enum Tree {
    One(Condition),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// All operations.
const OPERATIONS: &str = "greater egreater less eless equal nequal in_range not_in_range empty nempty match nmatch smatch has \
    has_none_of crosses crosses_above crosses_below above% below% in_range% not_in_range% in_day_range in_week_range \
    in_month_range";

impl Condition {
    /// Reads `{left, operation, right}`.
    pub(super) fn read(value: &Value) -> Result<Self, Refusal> {
        let text = |key: &str| {
            let text = value.get(key).and_then(Value::as_str);
            text.ok_or_else(|| Refusal::malformed(&format!("{key} is not a text")))
        };
        let (left, operation) = (text("left")?, text("operation")?);
        if !OPERATIONS
            .split_ascii_whitespace()
            .any(|known| known == operation)
        {
            return Err(Refusal(format!("Unknown operation \"{operation}\"")));
        }
        let left = left
            .split(',')
            .map(|name| Column::find(name).ok_or_else(|| Refusal::unknown(name)));
        let left: Vec<Column> = left.collect::<Result<_, _>>()?;
        let operand = |value: &Value| Operand::read(value, &left);
        let right = match value.get("right") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(list)) => list.iter().map(operand).collect(),
            Some(one) => vec![operand(one)],
        };
        let condition = Self {
            left,
            operation: operation.to_owned(),
            right,
        };
        condition.check()?;
        Ok(condition)
    }

    /// Fails if the right side cannot be compared with the left.
    fn check(&self) -> Result<(), Refusal> {
        let wants = match self.operation.as_str() {
            "empty" | "nempty" => return Ok(()),
            "above%" | "below%" | "in_day_range" | "in_week_range" | "in_month_range" => 2,
            "in_range%" | "not_in_range%" => 3,
            "in_range" | "not_in_range" | "has" | "has_none_of" => 0,
            _ => 1,
        };
        for left in &self.left {
            let is_number = left.is_number();
            let kind = if is_number { "number" } else { left.kind };
            if wants == 1 && self.right.is_empty() {
                return Err(Refusal::malformed(&format!(
                    "Incompatible types: {kind} and null"
                )));
            }
            let odd = self.right.iter().find(|right| is_number && right.is_text());
            if odd.is_some() {
                return Err(Refusal::malformed(&format!(
                    "Incompatible types: {kind} and text"
                )));
            }
        }
        if wants > 1 && self.right.len() != wants {
            let reason = format!("{} wants {wants} values", self.operation);
            return Err(Refusal::malformed(&reason));
        }
        Ok(())
    }

    /// Whether a row fits, at a time in milliseconds UTC.
    pub(super) fn fits(&self, row: &Row<'_>, cache: &mut Cache, now: i64) -> bool {
        let mut any = false;
        for left in &self.left {
            let mut value = |column: &Column| cache.cell(row, column);
            any |= holds(left, &self.operation, &self.right, now, &mut value);
        }
        any
    }
}

impl Tree {
    /// Reads `{operator, operands}`.
    pub(super) fn read(value: &Value) -> Result<Self, Refusal> {
        Self::read_to(value, DEEPEST)
    }

    fn read_to(value: &Value, depth: usize) -> Result<Self, Refusal> {
        if depth == 0 {
            return Err(Refusal::malformed("filter2 is too deep"));
        }
        if let Some(expression) = value.get("expression") {
            return Ok(Self::One(Condition::read(expression)?));
        }
        if let Some(operation) = value.get("operation") {
            return Self::read_to(operation, depth - 1);
        }
        let operands = value.get("operands").and_then(Value::as_array);
        let operands = operands.ok_or_else(|| Refusal::malformed("filter2 has no operands"))?;
        let operands = operands
            .iter()
            .map(|operand| Self::read_to(operand, depth - 1));
        let operands = operands.collect::<Result<_, _>>()?;
        match value.get("operator").and_then(Value::as_str) {
            Some("and") => Ok(Self::All(operands)),
            Some("or") => Ok(Self::Any(operands)),
            _ => Err(Refusal::malformed("an operator is `and` or `or`")),
        }
    }

    /// Whether a row fits, at a time in milliseconds UTC.
    pub(super) fn fits(&self, row: &Row<'_>, cache: &mut Cache, now: i64) -> bool {
        match self {
            Self::One(condition) => condition.fits(row, cache, now),
            Self::All(trees) => trees.iter().all(|tree| tree.fits(row, cache, now)),
            Self::Any(trees) => trees.iter().any(|tree| tree.fits(row, cache, now)),
        }
    }
}
