//! Reads a plan line by line.

use std::str::FromStr;

use thiserror::Error;

use crate::fault::{
    plan::FaultPlan,
    rule::Rule,
    text::{
        actions, conditions,
        tokens::{Tokens, Wrong},
    },
};

/// What is wrong with the text of a plan, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {reason}")]
#[non_exhaustive]
pub struct FaultPlanError {
    /// Its line, counted from 1.
    pub line: usize,
    /// Its column in characters, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: String,
}

impl FromStr for FaultPlan {
    type Err = FaultPlanError;

    fn from_str(text: &str) -> Result<Self, FaultPlanError> {
        let mut plan = Self::default();
        for (n, line) in text.lines().enumerate() {
            plan = read_line(plan, line).map_err(|(column, reason)| FaultPlanError {
                line: n + 1,
                column,
                reason,
            })?;
        }
        Ok(plan)
    }
}

fn read_line(plan: FaultPlan, line: &str) -> Result<FaultPlan, Wrong> {
    let mut tokens = Tokens::read(line)?;
    if tokens.is_done() {
        return Ok(plan);
    }
    if tokens.take_word("seed") {
        let seed = tokens.number("a seed")?;
        tokens.done()?;
        return Ok(plan.with_seed(seed));
    }
    tokens.expect("when", "a line begins with `when` or `seed`")?;
    let when = conditions::read(&mut tokens)?;
    tokens.expect(
        "do",
        "conditions are joined with `and`, and `do` follows them",
    )?;
    let column = tokens.column();
    let action = actions::read(&mut tokens)?;
    tokens.done()?;
    let rule = Rule::new(when, action);
    rule.check().map_err(|error| (column, error.to_string()))?;
    Ok(plan.rule(rule.when().clone(), rule.action().clone()))
}
