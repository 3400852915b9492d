//! From the parts of a condition to a condition of the scanner.

use tv_http::scanner::{Catalogue, Column, Condition, FieldKind, Operation};

use super::{
    compare::{Left, Relation, Right, RightValue},
    error::Mistake,
    tokens::{Kind, Token, tokens},
};
use crate::args::columns;

/// Deeper brackets are refused.
const MAX_DEPTH: usize = 64;

/// Words of the language that no column may be called.
const WORDS: [&str; 20] = [
    "and", "or", "not", "in", "between", "contains", "has", "is", "empty", "null", "crosses",
    "above", "below", "within", "days", "weeks", "months", "true", "false", "to",
];

/// Reads a condition. With `is_raw`, columns that are not known are taken as they are.
///
/// The error says what is wrong, and points at the place below the condition.
pub(in crate::args) fn parse(text: &str, is_raw: bool) -> Result<Condition, String> {
    let parsed = tokens(text).and_then(|tokens| {
        let mut parser = Parser {
            tokens,
            index: 0,
            is_raw,
            depth: 0,
        };
        parser.whole()
    });
    parsed.map_err(|mistake| mistake.shown(text))
}

struct Parser {
    tokens: Vec<Token>,
    index: usize,
    is_raw: bool,
    depth: usize,
}

impl Parser {
    fn whole(&mut self) -> Result<Condition, Mistake> {
        let condition = self.any(false)?;
        let token = self.peek();
        match token.kind {
            Kind::End => Ok(condition),
            Kind::Sign(")") => Err(Mistake::new(token.at, "this bracket was not opened")),
            _ => Err(self.expected("`and`, `or` or the end")),
        }
    }

    /// Parts with `or` between. Negated, all of their opposites hold.
    fn any(&mut self, negated: bool) -> Result<Condition, Mistake> {
        let mut parts = vec![self.all(negated)?];
        while self.take_word("or") || self.take_sign("||") {
            parts.push(self.all(negated)?);
        }
        Ok(joined(parts, negated))
    }

    /// Parts with `and` between. Negated, one of their opposites holds.
    fn all(&mut self, negated: bool) -> Result<Condition, Mistake> {
        let mut parts = vec![self.part(negated)?];
        while self.take_word("and") || self.take_sign("&&") {
            parts.push(self.part(negated)?);
        }
        Ok(joined(parts, !negated))
    }

    fn part(&mut self, negated: bool) -> Result<Condition, Mistake> {
        let at = self.peek().at;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Mistake::new(
                at,
                format!("more than {MAX_DEPTH} brackets within each other"),
            ));
        }
        let part = if self.take_word("not") || self.take_sign("!") {
            self.part(!negated)?
        } else if self.take_sign("(") {
            let inner = self.any(negated)?;
            if !self.take_sign(")") {
                return Err(self.expected("`)`"));
            }
            inner
        } else {
            self.comparison(negated)?
        };
        self.depth -= 1;
        Ok(part)
    }

    fn comparison(&mut self, negated: bool) -> Result<Condition, Mistake> {
        if let Kind::Number(_) | Kind::Date(_) = self.peek().kind {
            return self.mirrored(negated);
        }
        let left = self.left()?;
        if let Some(relation) = self.relation() {
            let right = self.right()?;
            let relation = if negated {
                relation.opposite()
            } else {
                relation
            };
            if self.relation().is_some() {
                self.index -= 1;
                return Err(Mistake::new(
                    self.peek().at,
                    "write `between … and …`, or two comparisons with `and`",
                ));
            }
            return left.relate(relation, &right);
        }
        if self.take_sign("~") {
            return left.contains(&self.text()?, negated);
        }
        if self.take_sign("!~") {
            return left.contains(&self.text()?, !negated);
        }
        if self.take_word("is") {
            let negated = negated ^ self.take_word("not");
            if !self.take_word("empty") && !self.take_word("null") {
                return Err(self.expected("`empty`"));
            }
            return Ok(match negated {
                true => left.column.is_not_empty(),
                false => left.column.is_empty(),
            });
        }
        let at = self.peek().at;
        if self.take_word("crosses") {
            return self.crosses(&left, negated, at);
        }
        if self.take_word("within") {
            return self.within(&left, negated, at);
        }
        let negated = negated ^ self.take_word("not");
        if self.take_word("in") {
            return left.one_of(&self.list(Self::value)?, negated);
        }
        if self.take_word("between") {
            let low = self.right()?;
            if !self.take_word("and") {
                return Err(self.expected("`and` and the greater end"));
            }
            return left.between(&low, &self.right()?, negated);
        }
        if self.take_word("contains") {
            return left.contains(&self.text()?, negated);
        }
        if self.take_word("has") {
            let words = match self.peek().is_sign("(") {
                true => self.list(Self::word)?,
                false => vec![self.word()?],
            };
            return left.has(&words, negated);
        }
        Err(self.expected("a comparison, such as >, =, in, between or contains"))
    }

    /// A value before a column: `10 < close`.
    fn mirrored(&mut self, negated: bool) -> Result<Condition, Mistake> {
        let right = self.value()?;
        let Some(relation) = self.relation() else {
            return Err(self.expected("a comparison with a column, such as `10 < close`"));
        };
        let relation = relation.mirrored();
        let relation = if negated {
            relation.opposite()
        } else {
            relation
        };
        self.left()?.relate(relation, &right)
    }

    fn crosses(&mut self, left: &Left, negated: bool, at: usize) -> Result<Condition, Mistake> {
        without_opposite(negated, at, "crosses")?;
        let operation = if self.take_word("above") {
            Operation::CrossesAbove
        } else if self.take_word("below") {
            Operation::CrossesBelow
        } else {
            Operation::Crosses
        };
        left.crosses(operation, &self.right()?)
    }

    /// `within 7 days` from now, `within -7 to 0 days`.
    fn within(&mut self, left: &Left, negated: bool, at: usize) -> Result<Condition, Mistake> {
        without_opposite(negated, at, "within")?;
        let first = self.integer()?;
        let (from, to) = match self.take_word("to") {
            true => (first, self.integer()?),
            false => (first.min(0), first.max(0)),
        };
        let column = &left.column;
        for (words, condition) in [
            (["days", "day"], column.within_days(from, to)),
            (["weeks", "week"], column.within_weeks(from, to)),
            (["months", "month"], column.within_months(from, to)),
        ] {
            if words.iter().any(|word| self.take_word(word)) {
                return Ok(condition);
            }
        }
        Err(self.expected("`days`, `weeks` or `months`"))
    }

    /// The column of a comparison.
    fn left(&mut self) -> Result<Left, Mistake> {
        let token = self.peek().clone();
        let Kind::Word(name) = &token.kind else {
            return Err(self.expected("a column"));
        };
        if is_word(name) {
            return Err(self.expected("a column"));
        }
        self.index += 1;
        let column = self.column(name, token.at)?;
        Ok(Left {
            column,
            at: token.at,
        })
    }

    fn column(&self, name: &str, at: usize) -> Result<Column, Mistake> {
        let column = columns::column(name, self.is_raw).map_err(|text| Mistake::new(at, text))?;
        let field = Catalogue::builtin().get(column.name());
        if field.is_some_and(|field| field.kind == FieldKind::History) {
            let text = format!(
                "`{name}` holds values of past periods, which the scanner does not compare"
            );
            return Err(Mistake::new(at, text));
        }
        Ok(column)
    }

    /// A value, or a column with an optional factor.
    fn right(&mut self) -> Result<Right, Mistake> {
        let token = self.peek().clone();
        let Kind::Word(name) = &token.kind else {
            return self.value();
        };
        if is_word(name) {
            return self.value();
        }
        let is_text = !name.contains(['_', '.', '|', '[']);
        let column = self.column(name, token.at).map_err(|mistake| {
            if !is_text {
                return mistake;
            }
            let whole = mistake.text.as_str();
            let (wrong, _) = whole.split_once("; see ").unwrap_or((whole, ""));
            Mistake::new(
                mistake.at,
                format!("{wrong} (text needs quotes: \"{name}\")"),
            )
        })?;
        self.index += 1;
        let mut factor = 1.0;
        if self.take_sign("*") {
            let Kind::Number(number) = self.peek().kind else {
                return Err(self.expected("a factor, such as 1.05"));
            };
            self.index += 1;
            factor = number;
        }
        Ok(Right {
            value: RightValue::Column(column, factor),
            at: token.at,
        })
    }

    /// A number, text, date or truth value.
    fn value(&mut self) -> Result<Right, Mistake> {
        let token = self.peek().clone();
        let value = match &token.kind {
            Kind::Number(number) => RightValue::Number(*number),
            Kind::Text(text) => RightValue::Text(text.clone()),
            Kind::Date(date) => RightValue::Date(*date),
            Kind::Word(_) if token.is_word("true") => RightValue::Bool(true),
            Kind::Word(_) if token.is_word("false") => RightValue::Bool(false),
            Kind::Word(word) if !is_word(word) => {
                let text = format!("expected a value here; text needs quotes: \"{word}\"");
                return Err(Mistake::new(token.at, text));
            }
            _ => return Err(self.expected("a number, a quoted text or a column")),
        };
        self.index += 1;
        Ok(Right {
            value,
            at: token.at,
        })
    }

    /// A quoted text and its place.
    fn word(&mut self) -> Result<Right, Mistake> {
        let at = self.peek().at;
        let value = RightValue::Text(self.text()?);
        Ok(Right { value, at })
    }

    fn text(&mut self) -> Result<String, Mistake> {
        let Kind::Text(text) = &self.peek().kind else {
            return Err(self.expected("a text in quotes"));
        };
        let text = text.clone();
        self.index += 1;
        Ok(text)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "below a million, without a fraction"
    )]
    fn integer(&mut self) -> Result<i64, Mistake> {
        match self.peek().kind {
            Kind::Number(number) if number.fract() == 0.0 && number.abs() < 1e6 => {
                self.index += 1;
                Ok(number as i64)
            }
            _ => Err(self.expected("a whole number")),
        }
    }

    /// Values in brackets, with commas between.
    fn list<T>(
        &mut self,
        item: impl Fn(&mut Self) -> Result<T, Mistake>,
    ) -> Result<Vec<T>, Mistake> {
        if !self.take_sign("(") {
            return Err(self.expected("`(` and a list of values"));
        }
        let mut items = vec![item(self)?];
        loop {
            if self.take_sign(")") {
                return Ok(items);
            }
            if !self.take_sign(",") {
                return Err(self.expected("`,` or `)`"));
            }
            items.push(item(self)?);
        }
    }

    fn relation(&mut self) -> Option<Relation> {
        let Kind::Sign(sign) = self.peek().kind else {
            return None;
        };
        let relation = Relation::of(sign)?;
        self.index += 1;
        Some(relation)
    }

    fn peek(&self) -> &Token {
        const END: &Token = &Token {
            kind: Kind::End,
            at: 0,
        };
        // The last token is the end, and it is never passed.
        self.tokens
            .get(self.index)
            .or_else(|| self.tokens.last())
            .unwrap_or(END)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek().is_word(word);
        self.index += usize::from(found);
        found
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.peek().is_sign(sign);
        self.index += usize::from(found);
        found
    }

    fn expected(&self, what: &str) -> Mistake {
        let token = self.peek();
        Mistake::new(
            token.at,
            format!("expected {what}, found {}", token.shown()),
        )
    }
}

fn is_word(name: &str) -> bool {
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(name))
}

/// One condition of several: all must hold, or any.
fn joined(mut parts: Vec<Condition>, all: bool) -> Condition {
    match parts.len() {
        1 => parts.remove(0),
        _ if all => Condition::All(parts),
        _ => Condition::Any(parts),
    }
}

fn without_opposite(negated: bool, at: usize, word: &str) -> Result<(), Mistake> {
    match negated {
        true => Err(Mistake::new(
            at,
            format!(
                "the scanner has no opposite of `{word}`, so that `not` cannot stand before it"
            ),
        )),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use tv_http::scanner::{Market, Scan};

    use super::*;

    /// The condition as the scan sends it.
    fn sent(text: &str) -> String {
        let condition = parse(text, false).unwrap_or_else(|error| panic!("{error}"));
        // A tree of one shows comparisons and trees alike.
        let scan = Scan::new(Market::GLOBAL).filter(Condition::All(vec![condition]));
        let body: serde_json::Value = serde_json::from_str(&scan.body()).unwrap();
        body["filter2"]["operands"][0].to_string()
    }

    fn one(left: &str, operation: &str, right: &str) -> String {
        format!(r#"{{"expression":{{"left":"{left}","operation":"{operation}","right":{right}}}}}"#)
    }

    fn same(one: &str, other: &str) {
        assert_eq!(sent(one), sent(other), "{one}\n{other}");
    }

    #[test]
    fn comparisons_are_those_of_the_scanner() {
        for (text, left, operation, right) in [
            ("close > 10", "close", "greater", "10"),
            ("close >= 1.5", "close", "egreater", "1.5"),
            ("RSI|60 < 30", "RSI|60", "less", "30"),
            ("RSI|1h < 30", "RSI|60", "less", "30"),
            ("volume <= 10k", "volume", "eless", "10000"),
            ("change = 5%", "change", "equal", "5"),
            ("close > EMA200", "close", "greater", r#""EMA200""#),
            ("10 < close", "close", "greater", "10"),
            (r#"sector = "Finance""#, "sector", "equal", r#""Finance""#),
            ("sector <> 'Finance'", "sector", "nequal", r#""Finance""#),
            ("is_primary = true", "is_primary", "equal", "true"),
            ("close between 10 and 20", "close", "in_range", "[10,20]"),
            (
                "close not between 1 and 2",
                "close",
                "not_in_range",
                "[1,2]",
            ),
            (
                "close between SMA50 and 2B",
                "close",
                "in_range",
                r#"["SMA50",2000000000]"#,
            ),
            ("sector in ('A', 'B')", "sector", "in_range", r#"["A","B"]"#),
            (
                "sector not in ('A','B')",
                "sector",
                "not_in_range",
                r#"["A","B"]"#,
            ),
            ("sector in ('A')", "sector", "equal", r#""A""#),
            ("description ~ 'bank'", "description", "match", r#""bank""#),
            (
                "description !~ 'bank'",
                "description",
                "nmatch",
                r#""bank""#,
            ),
            (
                "description not contains 'x'",
                "description",
                "nmatch",
                r#""x""#,
            ),
            ("typespecs has 'etf'", "typespecs", "has", r#"["etf"]"#),
            (
                "typespecs not has ('a', 'b')",
                "typespecs",
                "has_none_of",
                r#"["a","b"]"#,
            ),
            (
                "SMA50 crosses above SMA200",
                "SMA50",
                "crosses_above",
                r#""SMA200""#,
            ),
            ("RSI crosses 30", "RSI", "crosses", "30"),
            (
                "close > SMA200 * 1.05",
                "close",
                "above%",
                r#"["SMA200",1.05]"#,
            ),
            (
                "close between SMA50*0.9 and SMA50*1.1",
                "close",
                "in_range%",
                r#"["SMA50",0.9,1.1]"#,
            ),
            (
                "earnings_release_next_date within 7 days",
                "earnings_release_next_date",
                "in_day_range",
                "[0,7]",
            ),
            (
                "earnings_release_date within -2 to 0 weeks",
                "earnings_release_date",
                "in_week_range",
                "[-2,0]",
            ),
            (
                "earnings_release_date > 2026-01-31",
                "earnings_release_date",
                "greater",
                "1769817600",
            ),
        ] {
            assert_eq!(sent(text), one(left, operation, right), "{text}");
        }
        let empty = r#"{"expression":{"left":"close","operation":"empty"}}"#;
        assert_eq!(sent("close is empty"), empty);
        assert_eq!(sent("close IS NOT null"), empty.replace("empty", "nempty"));
    }

    #[test]
    fn and_binds_closer_than_or() {
        let operation = |operator: &str, parts: &[String]| {
            format!(
                r#"{{"operation":{{"operands":[{}],"operator":"{operator}"}}}}"#,
                parts.join(",")
            )
        };
        let close = one("close", "greater", "10");
        let rsi = one("RSI|60", "less", "30");
        let sector = one("sector", "equal", r#""Finance""#);
        let both = operation("and", &[close.clone(), rsi.clone()]);
        assert_eq!(
            sent(r#"close > 10 and RSI|60 < 30 or sector = "Finance""#),
            operation("or", &[both, sector.clone()])
        );
        let either = operation("or", &[rsi, sector]);
        assert_eq!(
            sent(r#"close > 10 and (RSI|60 < 30 or sector = "Finance")"#),
            operation("and", &[close, either])
        );
    }

    #[test]
    fn not_becomes_the_opposite_of_each_part() {
        same("not close > 10", "close <= 10");
        same("not (close > 10 and RSI < 30)", "close <= 10 or RSI >= 30");
        same("not (close = 1 or not RSI < 30)", "close != 1 and RSI < 30");
        same("not close is empty", "close is not empty");
        same("! sector in ('A','B')", "sector not in ('A','B')");
        same("not sector not in ('A','B')", "sector in ('A','B')");
        same("not close between 1 and 2", "close not between 1 and 2");
        same("not description !~ 'x'", "description ~ 'x'");
        same("not not close > 10", "close > 10");
    }

    #[test]
    fn a_list_of_numbers_is_not_taken_for_a_range() {
        same("close in (1, 2)", "close = 1 or close = 2");
        same("close not in (1, 2)", "close != 1 and close != 2");
        same("close in (5)", "close = 5");
    }

    #[test]
    fn mistakes_are_pointed_at() {
        for (text, at, words) in [
            ("", 1, "expected a column"),
            ("close", 6, "expected a comparison"),
            ("close >", 8, "expected a number"),
            ("close > > 5", 9, "expected a number"),
            ("close > 10 and", 15, "expected a column"),
            (
                "close > 10 RSI < 5",
                12,
                "expected `and`, `or` or the end, found `RSI`",
            ),
            ("(close > 10", 12, "expected `)`"),
            ("close > 10)", 11, "was not opened"),
            ("1 < close < 5", 11, "expected `and`"),
            ("close > 1 > 5", 11, "between"),
            ("clsoe > 10", 1, "did you mean `close`"),
            ("close > clsoe", 9, "did you mean `close`"),
            ("sector = Finance", 10, "\"Finance\""),
            ("sector in (Finance)", 12, "\"Finance\""),
            ("sector = 5", 10, "holds text"),
            ("sector > 'A'", 1, "holds text"),
            ("close = 'A'", 9, "holds numbers"),
            ("close contains 'A'", 1, "holds numbers"),
            ("typespecs = 'etf'", 1, "has \"etf\""),
            ("is_primary = 1", 14, "true or false"),
            ("close between 2 and 1", 15, "greater than the second"),
            ("close between SMA50*2 and SMA20*3", 27, "same column"),
            ("close between SMA50*2 and 5", 15, "both ends"),
            ("close >= SMA200*2", 10, "by > and < alone"),
            ("not SMA50 crosses SMA200", 11, "no opposite"),
            ("earnings_release_date > '2026-01-31'", 25, "without quotes"),
            ("earnings_release_date within 7", 31, "`days`"),
            ("total_revenue_fy_h > 5", 1, "past periods"),
            ("close > 10 & RSI < 5", 12, "has no meaning"),
            ("close > 10x", 9, "is not a number"),
            ("sector = \"Finance", 10, "closing quote"),
            ("close in ()", 11, "expected a number"),
            ("close in (1", 12, "`,` or `)`"),
        ] {
            let error = parse(text, false).unwrap_err();
            let place = format!("column {at}: ");
            assert!(
                error.starts_with(&place) && error.contains(words),
                "{text}: {error}"
            );
            let lines: Vec<&str> = error.lines().collect();
            assert_eq!(lines[lines.len() - 2], format!("  {text}"));
            assert_eq!(
                lines[lines.len() - 1],
                format!("{}^", " ".repeat(at + 1)),
                "{text}"
            );
        }
    }

    #[test]
    fn deep_brackets_are_refused_and_do_not_overflow() {
        let deep = format!("{}close > 1{}", "(".repeat(60), ")".repeat(60));
        assert_eq!(sent(&deep), sent("close > 1"));
        let deeper = "(".repeat(100_000);
        assert!(parse(&deeper, false).unwrap_err().contains("64 brackets"));
        assert!(parse(&"not ".repeat(100_000), false).is_err());
    }

    #[test]
    fn misspelt_values_have_candidates() {
        for (text, at, words) in [
            (
                "sector = 'Fnance'",
                10,
                "\"Fnance\" is not a known value of `sector`; did you mean \"Finance\"?",
            ),
            ("sector != 'finance'", 11, "did you mean \"Finance\"?"),
            ("sector in ('Finance', 'Utilites')", 23, "\"Utilities\"?"),
            ("typespecs has ('etf', 'prefered')", 23, "\"preferred\"?"),
        ] {
            let error = parse(text, false).unwrap_err();
            let place = format!("column {at}: ");
            assert!(
                error.starts_with(&place) && error.contains(words),
                "{text}: {error}"
            );
            assert!(parse(text, true).is_ok(), "{text}");
        }
        // Parts of texts, and texts that are like no known value.
        assert!(parse("sector contains 'Fnance'", false).is_ok());
        assert!(parse("sector = 'Moon'", false).is_ok());
        assert!(parse("description = 'Apple'", false).is_ok());
    }

    #[test]
    fn a_mark_stands_below_its_place_after_wide_characters() {
        let error = parse("description = '東京' and clsoe > 1", false).unwrap_err();
        let mark = error.lines().last().unwrap();
        // Two columns for each of the two characters.
        assert_eq!(mark.find('^'), Some(2 + "description = '' and ".len() + 4));
    }

    #[test]
    fn raw_columns_pass() {
        assert!(parse("moon_phase > 5", false).is_err());
        assert!(parse("moon_phase > 5", true).is_ok());
    }
}
