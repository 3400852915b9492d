//! The comparisons that the scanner has, and which columns they fit.

use client::Timestamp;
use tv_http::scanner::{
    Catalogue, CatalogueField, Column, Condition, FieldKind, Operand, Operation,
};

use super::error::Mistake;

/// A column on the left side.
#[derive(Clone, Debug)]
pub(super) struct Left {
    pub(super) column: Column,
    pub(super) at: usize,
}

/// What it is compared with.
#[derive(Clone, Debug)]
pub(super) struct Right {
    pub(super) value: RightValue,
    pub(super) at: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum RightValue {
    Number(f64),
    Text(String),
    Date(Timestamp),
    Bool(bool),
    /// A column, times a factor.
    Column(Column, f64),
}

/// `<`, `=` and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Greater,
    AtLeast,
    Less,
    AtMost,
    Equal,
    NotEqual,
}

impl Relation {
    pub(super) fn of(sign: &str) -> Option<Self> {
        Some(match sign {
            ">" => Self::Greater,
            ">=" => Self::AtLeast,
            "<" => Self::Less,
            "<=" => Self::AtMost,
            "=" | "==" => Self::Equal,
            "!=" | "<>" => Self::NotEqual,
            _ => return None,
        })
    }

    /// What holds where this one does not.
    pub(super) fn opposite(self) -> Self {
        match self {
            Self::Greater => Self::AtMost,
            Self::AtLeast => Self::Less,
            Self::Less => Self::AtLeast,
            Self::AtMost => Self::Greater,
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
        }
    }

    /// The same with the sides exchanged.
    pub(super) fn mirrored(self) -> Self {
        match self {
            Self::Greater => Self::Less,
            Self::AtLeast => Self::AtMost,
            Self::Less => Self::Greater,
            Self::AtMost => Self::AtLeast,
            equal => equal,
        }
    }

    fn operation(self) -> Operation {
        match self {
            Self::Greater => Operation::Greater,
            Self::AtLeast => Operation::AtLeast,
            Self::Less => Operation::Less,
            Self::AtMost => Operation::AtMost,
            Self::Equal => Operation::Equal,
            Self::NotEqual => Operation::NotEqual,
        }
    }
}

impl Left {
    fn field(&self) -> Option<&'static CatalogueField> {
        Catalogue::builtin().get(self.column.name())
    }

    fn kind(&self) -> Option<&'static FieldKind> {
        self.field().map(|field| &field.kind)
    }

    fn mistake(&self, text: &str) -> Mistake {
        Mistake::new(self.at, format!("`{}` {text}", self.column))
    }

    /// Compares by a sign.
    pub(super) fn relate(&self, relation: Relation, right: &Right) -> Result<Condition, Mistake> {
        if self.kind() == Some(&FieldKind::Set) {
            return Err(self.mistake("is a set of words; write for example `has \"etf\"`"));
        }
        let is_equality = matches!(relation, Relation::Equal | Relation::NotEqual);
        if self.kind() == Some(&FieldKind::Text) && !is_equality {
            return Err(self.mistake("holds text, which is compared by =, !=, in or contains"));
        }
        match (relation, &right.value) {
            (Relation::Greater, RightValue::Column(other, factor)) if *factor != 1.0 => {
                Ok(self.column.above_percent(other.clone(), *factor))
            }
            (Relation::Less, RightValue::Column(other, factor)) if *factor != 1.0 => {
                Ok(self.column.below_percent(other.clone(), *factor))
            }
            (_, RightValue::Column(_, factor)) if *factor != 1.0 => Err(Mistake::new(
                right.at,
                "the scanner compares with a column times a factor by > and < alone",
            )),
            _ => {
                let operand = self.operand(right)?;
                Ok(self.column.compare(relation.operation(), operand))
            }
        }
    }

    /// One of several values, or none of them.
    pub(super) fn one_of(&self, rights: &[Right], negated: bool) -> Result<Condition, Mistake> {
        let is_text = |right: &Right| matches!(right.value, RightValue::Text(_));
        if rights.len() > 1 && rights.iter().all(is_text) && self.kind() != Some(&FieldKind::Set) {
            let operands: Vec<Operand> = rights
                .iter()
                .map(|right| self.operand(right))
                .collect::<Result<_, _>>()?;
            return Ok(match negated {
                true => self.column.none_of(operands),
                false => self.column.one_of(operands),
            });
        }
        // The scanner takes two numbers for the ends of a range.
        let relation = match negated {
            true => Relation::NotEqual,
            false => Relation::Equal,
        };
        let mut all: Vec<Condition> = rights
            .iter()
            .map(|right| self.relate(relation, right))
            .collect::<Result<_, _>>()?;
        if all.len() == 1 {
            return Ok(all.remove(0));
        }
        Ok(match negated {
            true => Condition::All(all),
            false => Condition::Any(all),
        })
    }

    /// Between two values, both included, or not.
    pub(super) fn between(
        &self,
        low: &Right,
        high: &Right,
        negated: bool,
    ) -> Result<Condition, Mistake> {
        if let (RightValue::Column(one, from), RightValue::Column(other, to)) =
            (&low.value, &high.value)
            && (*from != 1.0 || *to != 1.0)
        {
            if one != other {
                return Err(Mistake::new(
                    high.at,
                    format!("both ends need the same column, here `{one}`, if one has a factor"),
                ));
            }
            let other = other.clone();
            return Ok(match negated {
                true => self.column.not_between_percent(other, *from, *to),
                false => self.column.between_percent(other, *from, *to),
            });
        }
        for right in [low, high] {
            if matches!(right.value, RightValue::Column(_, factor) if factor != 1.0) {
                return Err(Mistake::new(
                    right.at,
                    "a factor is needed at both ends, or at none",
                ));
            }
        }
        if matches!(
            self.kind(),
            Some(FieldKind::Text | FieldKind::Set | FieldKind::Bool)
        ) {
            return Err(self.mistake("does not hold numbers or times, so that nothing is between"));
        }
        let is_reversed = match (&low.value, &high.value) {
            (RightValue::Number(low), RightValue::Number(high)) => low > high,
            (RightValue::Date(low), RightValue::Date(high)) => low > high,
            _ => false,
        };
        if is_reversed {
            return Err(Mistake::new(
                low.at,
                "the first value is greater than the second",
            ));
        }
        let (low, high) = (self.operand(low)?, self.operand(high)?);
        Ok(match negated {
            true => self.column.not_between(low, high),
            false => self.column.between(low, high),
        })
    }

    /// Contains a text, or does not.
    pub(super) fn contains(&self, text: &str, negated: bool) -> Result<Condition, Mistake> {
        match self.kind() {
            Some(FieldKind::Set) => Err(self.mistake("is a set of words; write `has` instead")),
            Some(kind) if is_number(kind) => {
                Err(self.mistake("holds numbers, which contain nothing"))
            }
            _ if negated => Ok(self.column.contains_not(text)),
            _ => Ok(self.column.contains(text)),
        }
    }

    /// Has one of the words, or none of them.
    pub(super) fn has(&self, rights: &[Right], negated: bool) -> Result<Condition, Mistake> {
        let mut words = Vec::new();
        for right in rights {
            if let RightValue::Text(word) = &right.value {
                self.check_value(word, right.at)?;
                words.push(word.clone());
            }
        }
        match self.kind() {
            Some(FieldKind::Text) => {
                Err(self.mistake("is not a set of words; write =, in or contains instead"))
            }
            Some(kind) if is_number(kind) => Err(self.mistake("holds numbers, not words")),
            _ if negated => Ok(self.column.has_none_of(words)),
            _ => Ok(self.column.has(words)),
        }
    }

    /// Has crossed a value.
    pub(super) fn crosses(
        &self,
        operation: Operation,
        right: &Right,
    ) -> Result<Condition, Mistake> {
        if matches!(&right.value, RightValue::Column(_, factor) if *factor != 1.0) {
            let text = "the scanner knows no crossing of a column times a factor";
            return Err(Mistake::new(right.at, text));
        }
        Ok(self.column.compare(operation, self.operand(right)?))
    }

    /// The value as the scanner wants it, if it fits the column.
    fn operand(&self, right: &Right) -> Result<Operand, Mistake> {
        let kind = self.kind();
        let wrong = |text: &str| Err(Mistake::new(right.at, format!("`{}` {text}", self.column)));
        match (&right.value, kind) {
            (RightValue::Column(column, _), _) => Ok(column.into()),
            (RightValue::Bool(flag), Some(FieldKind::Bool) | None) => Ok((*flag).into()),
            (_, Some(FieldKind::Bool)) => wrong("is true or false"),
            (RightValue::Bool(flag), Some(kind)) if !is_number(kind) => Ok((*flag).into()),
            (RightValue::Text(_), Some(FieldKind::Time | FieldKind::Date)) => {
                wrong("holds times; write them without quotes, such as 2026-01-31")
            }
            (RightValue::Bool(_) | RightValue::Text(_), Some(kind)) if is_number(kind) => {
                wrong("holds numbers")
            }
            (RightValue::Number(_), Some(FieldKind::Text)) => {
                wrong("holds text; write it in quotes")
            }
            (RightValue::Date(date), Some(FieldKind::Date)) => Ok(as_day(*date).into()),
            (RightValue::Date(_), Some(kind)) if is_number(kind) => {
                wrong("holds numbers, not dates")
            }
            (RightValue::Bool(flag), _) => Ok((*flag).into()),
            (RightValue::Date(date), _) => Ok(date.seconds().into()),
            (RightValue::Number(number), _) => Ok(number_operand(*number)),
            (RightValue::Text(text), _) => {
                self.check_value(text, right.at)?;
                Ok(text.as_str().into())
            }
        }
    }

    /// Refuses a text that looks like a misspelt value of the column, unless names are raw.
    fn check_value(&self, text: &str, at: usize) -> Result<(), Mistake> {
        let field = self.field().filter(|_| !self.column.is_raw());
        let candidates = field.map(|field| field.candidates(text));
        let Some([others @ .., last]) = candidates.as_deref() else {
            return Ok(());
        };
        let others: String = others.iter().map(|it| format!("\"{it}\" or ")).collect();
        let shown = text.escape_debug();
        Err(Mistake::new(
            at,
            format!(
                "\"{shown}\" is not a known value of `{}`; did you mean {others}\"{last}\"?",
                self.column
            ),
        ))
    }
}

/// A day as `20260131`.
fn as_day(date: Timestamp) -> i64 {
    let text = date.to_string();
    let digits: String = text
        .chars()
        .take("2026-01-31".len())
        .filter(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap_or_default()
}

/// Whole numbers are sent without a point.
#[expect(
    clippy::cast_possible_truncation,
    reason = "below 2^53, without a fraction"
)]
fn number_operand(number: f64) -> Operand {
    const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;
    match number.fract() == 0.0 && number.abs() < EXACT_BELOW {
        true => (number as i64).into(),
        false => number.into(),
    }
}

/// Whether values of a kind are numbers that are neither times nor days.
fn is_number(kind: &FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::Number | FieldKind::Price | FieldKind::FundamentalPrice | FieldKind::Percent
    )
}
