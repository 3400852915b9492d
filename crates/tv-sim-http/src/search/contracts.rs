//! The contracts of a future: the continuous ones, and those that end next.

use serde_json::{Value, json};

use super::{asked::Asked, matching::marked};

/// How many contracts with a date are listed.
const DATED: i64 = 4;
/// How many days before the end of its quarter a contract has ended.
const EARLY: i64 = 12;

/// The contracts of a root such as `ES` at a time in milliseconds UTC.
pub(super) fn contracts(asked: &Asked, root: &str, now: i64) -> Vec<Value> {
    let continuous = [
        ("1!", "CONTINUOUS: CURRENT CONTRACT IN FRONT"),
        ("2!", "CONTINUOUS: NEXT CONTRACT IN FRONT"),
    ];
    let continuous = continuous.map(|(suffix, description)| {
        json!({
            "symbol": marked(asked, &format!("{root}{suffix}")),
            "description": description,
            "typespecs": ["continuous", "synthetic"],
        })
    });
    // Months are counted from the year 0 on.
    let month = market::month_number(now.div_euclid(market::DAY) + EARLY);
    let first = month.div_euclid(3);
    let dated = (first..first + DATED).filter_map(|quarter| {
        let year = quarter.div_euclid(4);
        let (letter, month) = match quarter.rem_euclid(4) {
            0 => ('H', "MAR"),
            1 => ('M', "JUN"),
            2 => ('U', "SEP"),
            3 => ('Z', "DEC"),
            _ => return None,
        };
        Some(json!({
            "symbol": marked(asked, &format!("{root}{letter}{year}")),
            "description": format!("{month} {year}"),
        }))
    });
    continuous.into_iter().chain(dated).collect()
}
