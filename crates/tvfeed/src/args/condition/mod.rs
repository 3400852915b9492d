//! The language of `tvfeed scan --where`.
//!
//! ```text
//! condition  = all ("or" all)*
//! all        = part ("and" part)*
//! part       = "not" part | "(" condition ")" | comparison
//! comparison = COLUMN ("<" | "<=" | ">" | ">=" | "=" | "!=") operand
//!            | COLUMN ["not"] "in" "(" value ("," value)* ")"
//!            | COLUMN ["not"] "between" operand "and" operand
//!            | COLUMN ["not"] ("contains" | "~") TEXT
//!            | COLUMN ["not"] "has" (TEXT | "(" TEXT ("," TEXT)* ")")
//!            | COLUMN "is" ["not"] "empty"
//!            | COLUMN "crosses" ["above" | "below"] operand
//!            | COLUMN "within" [NUMBER "to"] NUMBER ("days" | "weeks" | "months")
//! operand    = COLUMN ["*" FACTOR] | value
//! value      = NUMBER | TEXT | DATE | "true" | "false"
//! ```
//!
//! [`tokens`] cuts the text, [`compare`] knows which comparisons the scanner has and which columns
//! they fit, [`parser`] puts them together. [`error`] points at the place of a mistake.

mod compare;
mod error;
mod parser;
mod tokens;

pub(super) use self::parser::parse;
