//! Values on the command line that have a form of their own.

use std::time::Duration;

/// A duration such as `10s`, `500ms`, `2m` or `1h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no duration: write 500ms, 10s, 2m or 1h");
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits).ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    let milliseconds = number.checked_mul(milliseconds).ok_or_else(wrong)?;
    match milliseconds {
        0 => Err("a duration must be longer than nothing".to_owned()),
        // A year is for ever, and keeps sums of times far from any overflow.
        1..=31_536_000_000 => Ok(Duration::from_millis(milliseconds)),
        _ => Err(format!("{text:?} is longer than a year")),
    }
}

/// Ticks per second: a number from 0 (none) to a million.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.0..=1_000_000.0).contains(&rate) => Ok(rate),
        _ => Err(format!(
            "{text:?} is no rate: write ticks per second, from 0 to 1000000"
        )),
    }
}

/// How fast a market runs: a number from 0.001 to 100,000.
pub(crate) fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.001..=100_000.0).contains(&speed) => Ok(speed),
        _ => Err(format!(
            "{text:?} is no speed: write a number from 0.001 to 100000"
        )),
    }
}

/// A time in milliseconds since 1970 UTC, up to the year 2199.
pub(crate) fn epoch(text: &str) -> Result<i64, String> {
    match text.parse::<i64>() {
        Ok(epoch) if (0..7_258_118_400_000).contains(&epoch) => Ok(epoch),
        _ => Err(format!(
            "{text:?} is no time: write milliseconds since 1970, such as 1790726400000"
        )),
    }
}

/// Which fields of a quote are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fields {
    /// Those that TradingView's own pages ask for.
    All,
    /// The last price and its time.
    Price,
    /// These, by the names that the server has for them.
    Named(Vec<String>),
}

impl std::str::FromStr for Fields {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => return Ok(Self::All),
            "price" => return Ok(Self::Price),
            _ => {}
        }
        let mut names = Vec::new();
        for name in text.split(',') {
            let name = name.trim();
            let fits = |char: char| char.is_ascii_alphanumeric() || "_-.:".contains(char);
            if name.is_empty() || name.len() > 128 || !name.chars().all(fits) {
                return Err(format!(
                    "{name:?} is no field: write all, price, or names such as lp,ch,volume"
                ));
            }
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        Ok(Self::Named(names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_number_and_a_unit() {
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("1h"), Ok(Duration::from_secs(3600)));
        for wrong in [
            "",
            "10",
            "s",
            "-1s",
            "1.5s",
            "0s",
            "10 s",
            "1d",
            "초",
            "9000h",
            "99999999999999999999s",
            "18446744073709551615h",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rates_are_finite_and_not_negative() {
        assert_eq!(rate("0"), Ok(0.0));
        assert_eq!(rate("0.5"), Ok(0.5));
        assert_eq!(rate("5000"), Ok(5000.0));
        for wrong in ["", "-1", "NaN", "inf", "1e9", "fast"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn fields_are_two_words_or_a_list() {
        assert_eq!("all".parse(), Ok(Fields::All));
        assert_eq!("price".parse(), Ok(Fields::Price));
        let named = |names: &[&str]| Fields::Named(names.iter().map(ToString::to_string).collect());
        assert_eq!("lp, ch,lp".parse(), Ok(named(&["lp", "ch"])));
        assert_eq!(
            "base-currency-logoid".parse(),
            Ok(named(&["base-currency-logoid"]))
        );
        for wrong in ["", "lp,", "a b", "a;b", "\u{1b}"] {
            assert!(wrong.parse::<Fields>().is_err(), "{wrong}");
        }
    }
}
