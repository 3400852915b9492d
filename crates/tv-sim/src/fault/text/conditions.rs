//! Reads the conditions of a rule.

use super::tokens::{Tokens, Wrong, duration, number};
use crate::fault::{
    rule::is_kind,
    when::{Period, Span, When, millis},
};

/// Reads conditions up to `do`.
pub(super) fn read(tokens: &mut Tokens) -> Result<When, Wrong> {
    let mut when = When::default();
    loop {
        one(tokens, &mut when)?;
        if !tokens.take_word("and") {
            return Ok(when);
        }
    }
}

fn one(tokens: &mut Tokens, when: &mut When) -> Result<(), Wrong> {
    let column = tokens.column();
    let name = tokens.parsed("a condition", |word| {
        NAMES.iter().find(|name| **name == word).copied()
    });
    let name = name.map_err(|(column, _)| {
        let known = NAMES.join(", ");
        (column, format!("a condition is one of {known}"))
    })?;
    let mut twice = false;
    match name {
        "connection" => {
            if !tokens.take_word("*") {
                let read = tokens.parsed("a number, a range such as `2..5`, or `*`", span)?;
                twice = when.connections.replace(read).is_some();
            }
        }
        "request" => twice = when.request.replace(tokens.text("a text")?).is_some(),
        "frame" => twice = when.frames.replace(numbers(tokens)?).is_some(),
        "nth" => twice = when.nth.replace(numbers(tokens)?).is_some(),
        "byte" => twice = when.byte.replace(tokens.number("a number")?).is_some(),
        "every" => twice = when.every.replace(tokens.number("a number")?).is_some(),
        "times" => twice = when.times.replace(tokens.number("a number")?).is_some(),
        "kind" => {
            twice = !when.kinds.is_empty();
            when.kinds = tokens.parsed("a kind such as `du`, `du|qsd` or `*`", kinds)?;
        }
        "containing" => {
            let text = tokens.text("a text")?;
            twice = when.containing.replace(text).is_some();
        }
        "time" => twice = when.time.replace(times(tokens)?).is_some(),
        "age" => twice = when.age.replace(times(tokens)?).is_some(),
        _ => {
            let read = tokens.parsed("a share such as `10%`", percent)?;
            twice = when.chance.replace(read).is_some();
        }
    }
    if twice {
        return Err((column, format!("`{name}` was said before")));
    }
    Ok(())
}

const NAMES: &[&str] = &[
    "connection",
    "request",
    "frame",
    "byte",
    "kind",
    "containing",
    "nth",
    "every",
    "time",
    "age",
    "chance",
    "times",
];

fn numbers(tokens: &mut Tokens) -> Result<Span, Wrong> {
    tokens.parsed("a number, or a range such as `2..5`", span)
}

fn times(tokens: &mut Tokens) -> Result<Period, Wrong> {
    let what = "a time such as `20s`, or a range such as `20s..1m`";
    tokens.parsed(what, |word| match word.split_once("..") {
        None => Some(Period {
            from: millis(duration(word)?),
            to: None,
        }),
        Some((from, to)) => Some(Period {
            from: millis(duration(from)?),
            to: Some(millis(duration(to)?)),
        }),
    })
}

fn span(word: &str) -> Option<Span> {
    match word.split_once("..") {
        None => {
            let only = number(word)?;
            Some(Span {
                from: only,
                to: Some(only),
            })
        }
        Some((from, "")) => Some(Span {
            from: number(from)?,
            to: None,
        }),
        Some((from, to)) => Some(Span {
            from: number(from)?,
            to: Some(number(to)?),
        }),
    }
}

fn kinds(word: &str) -> Option<Vec<String>> {
    word.split('|')
        .map(|kind| is_kind(kind).then(|| kind.to_owned()))
        .collect()
}

/// Reads a percentage as millionths.
fn percent(word: &str) -> Option<u32> {
    let share = word.strip_suffix('%')?;
    let plain = share.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let share: f64 = plain.then(|| share.parse().ok()).flatten()?;
    (share <= 100.0).then(|| (share * 10_000.0).round() as u32)
}
