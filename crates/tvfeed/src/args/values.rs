//! Values on the command line that have a form of their own.

use std::{
    convert::Infallible, fmt, net::SocketAddr, num::NonZeroU64, str::FromStr, time::Duration,
};

use client::{Interval, Symbol, Timestamp};
use jiff::{SignedDuration, Span, SpanRelativeTo};

/// Intervals that the server knows, for error messages.
pub(super) const INTERVALS: &str = "\
Intervals: 1S 5S 10S 15S 30S 45S (seconds), 1 3 5 15 30 45 (minutes), 1h 2h 3h 4h, 1D, 1W, 1M 3M 6M 12M.
Accounts with fewer rights may use fewer of them.";

/// Intervals that need no account.
pub(crate) const GUEST_INTERVALS: &str = "1, 3, 5, 15, 30, 45, 60, 120, 180, 240, 1D, 1W, 1M";

/// Bars that one request may ask for.
const MAX_BARS: usize = 1_000_000;

/// Text that is never shown: a token, or an address with a password.
#[derive(Clone)]
pub(crate) struct Hidden(pub(crate) String);

impl FromStr for Hidden {
    // No value is refused while the line is read, because the message would show it.
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Hidden")
    }
}

/// A duration such as `10s`, `1h30m`, `1.5s` or `1d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong =
        || format!("`{text}` is not a valid duration; use for example 500ms, 10s, 1h30m, 1d");
    let span: Span = text.parse().map_err(|_| wrong())?;
    // Days of 24 hours; months and years have no fixed length.
    let length = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| wrong())?;
    if length.is_zero() {
        return Err("a duration must be longer than zero".to_owned());
    }
    if length > YEAR {
        return Err(format!("`{text}` is longer than a year"));
    }
    Duration::try_from(length).map_err(|_| wrong())
}

/// The longest duration; keeps sums of times far from any overflow.
const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Ticks per second: a number from 0 (none) to a million.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.0..=1_000_000.0).contains(&rate) => Ok(rate),
        _ => Err(format!(
            "`{text}` is not a valid rate; use ticks per second, from 0 to 1000000"
        )),
    }
}

/// How fast a market runs: a number from 0.001 to 100,000.
pub(super) fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.001..=100_000.0).contains(&speed) => Ok(speed),
        _ => Err(format!(
            "`{text}` is not a valid speed; use a number from 0.001 to 100000"
        )),
    }
}

/// A time in milliseconds since 1970 UTC, from the year 1973 to 2199.
pub(super) fn epoch(text: &str) -> Result<i64, String> {
    match text.parse::<i64>() {
        // A smaller number is a year, or in seconds.
        Ok(epoch) if (100_000_000_000..7_258_118_400_000).contains(&epoch) => Ok(epoch),
        _ => Err(format!(
            "`{text}` is not a valid time; use milliseconds since 1970, such as 1790726400000"
        )),
    }
}

/// A symbol such as `NASDAQ:AAPL`.
pub(super) fn symbol(text: &str) -> Result<Symbol, String> {
    if text.starts_with('=') {
        return Err(
            "a symbol does not start with `=`; give its options as --session, --adjustment, --currency".to_owned(),
        );
    }
    Symbol::new(text).map_err(|error| error.to_string())
}

/// The id of a layout, also within the address of its chart.
pub(super) fn layout(text: &str) -> Result<String, String> {
    let id = match text.split_once("/chart/") {
        Some((_, rest)) => rest.split(['/', '?', '#']).next().unwrap_or_default(),
        None => text,
    };
    let fits = !id.is_empty() && id.len() <= 64 && id.bytes().all(|it| it.is_ascii_alphanumeric());
    fits.then(|| id.to_owned()).ok_or_else(|| {
        format!("`{text}` is not a layout; use the letters after /chart/ in its address, such as a1B2c3D4")
    })
}

/// What to write instead, if a symbol looks like several that are joined by commas.
pub(super) fn symbol_list_hint(symbols: &[Symbol]) -> Option<String> {
    let is_list = |symbol: &&Symbol| is_list(symbol, ',');
    let list = symbols.iter().find(is_list)?.as_str();
    let parts: Vec<_> = list.split(',').map(str::trim).collect();
    Some(format!("separate symbols with spaces: {}", parts.join(" ")))
}

/// Whether a symbol is rather several, each with its exchange. Formulas may hold separators, too.
fn is_list(symbol: &Symbol, separator: char) -> bool {
    let text = symbol.as_str();
    let mut parts = text.split(separator);
    text.contains(separator) && !text.contains('(') && parts.all(|part| part.contains(':'))
}

/// A symbol in a line of its own.
pub(crate) fn symbol_of_line(text: &str) -> Result<Symbol, String> {
    let symbol = symbol(text)?;
    match [',', ' ', '\t', ';'].iter().any(|it| is_list(&symbol, *it)) {
        true => Err("write one symbol per line".to_owned()),
        false => Ok(symbol),
    }
}

/// An interval such as `5`, `4h` or `1D`.
pub(super) fn interval(text: &str) -> Result<Interval, String> {
    text.parse().map_err(|_| {
        format!("`{text}` is not a valid interval; use for example `30S`, `5`, `5m`, `4h`, `1D`, `1W`, `1M`")
    })
}

/// How many bars of history.
pub(super) fn bar_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if (1..=MAX_BARS).contains(&count) => Ok(count),
        _ => Err(format!(
            "`{text}` is not a number of bars from 1 to 1000000"
        )),
    }
}

/// How many lines to write.
pub(super) fn line_count(text: &str) -> Result<NonZeroU64, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a number of lines, which is at least 1"))
}

/// How many rows are wanted at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RowLimit {
    /// All that there are.
    #[default]
    All,
    /// This many.
    Most(usize),
}

impl RowLimit {
    /// The number of rows, which is the largest one for all.
    pub(crate) fn count(self) -> usize {
        match self {
            Self::All => usize::MAX,
            Self::Most(count) => count,
        }
    }
}

/// How many rows are wanted at most: a number from 1, or `all`.
pub(super) fn row_limit(text: &str) -> Result<RowLimit, String> {
    match (text, text.parse()) {
        ("all", _) => Ok(RowLimit::All),
        (_, Ok(count)) if count > 0 => Ok(RowLimit::Most(count)),
        _ => Err(format!(
            "`{text}` is not a number of rows; use a number from 1, or all"
        )),
    }
}

/// A day, or a day and a time, UTC.
pub(super) fn day(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a date; use for example 2026-01-31"))
}

/// The code of a country, in capitals.
pub(super) fn country(text: &str) -> Result<String, String> {
    let fits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    fits.then(|| text.to_ascii_uppercase())
        .ok_or_else(|| format!("`{text}` is not a country; use two letters, such as US or DE"))
}

/// A limit of the simulator.
pub(super) fn limit<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a limit; use a number from 1"))
}

/// An address to listen on.
pub(super) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("`{text}` is not an address; use an IP address and a port, such as 127.0.0.1:8080")
    })
}

/// The id of a currency, such as `EUR`.
pub(super) fn currency(text: &str) -> Result<String, String> {
    let fits =
        (2..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    fits.then(|| text.to_ascii_uppercase())
        .ok_or_else(|| format!("`{text}` is not a currency; use for example USD, EUR or BTC"))
}

/// A WebSocket address with its scheme. Whether it can be used is for the client to judge.
pub(super) fn endpoint(text: &str) -> Result<String, String> {
    if text.contains("://") {
        return Ok(text.to_owned());
    }
    // Text before an `@` may be a password.
    Err(match text.rsplit_once('@') {
        Some(_) => "the address has no scheme; write ws://… or wss://…".to_owned(),
        None => {
            let path = if text.contains('/') {
                ""
            } else {
                "/socket.io/websocket"
            };
            format!(
                "the address has no scheme; write ws://{text}{path} (this machine) or wss://{text}{path}"
            )
        }
    })
}

/// Which fields of a quote are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fields {
    /// The fields that TradingView's own pages ask for.
    All,
    /// The last price and its time.
    Price,
    /// Fields by the server's names.
    Named(Vec<String>),
}

impl FromStr for Fields {
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
                    "`{}` is not a field; use all, price, or names such as lp,ch,volume",
                    name.escape_debug()
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
        for (text, millis) in [
            ("10s", 10_000),
            ("500ms", 500),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("1h30m", 5_400_000),
            ("1m30s", 90_000),
            ("1d", 86_400_000),
            ("1.5s", 1_500),
            ("10 s", 10_000),
            ("2w", 1_209_600_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for wrong in [
            "",
            "10",
            "s",
            "-1s",
            "0s",
            "1 month",
            "1s ago",
            "soon",
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

    #[test]
    fn values_that_cannot_be_used_are_refused_with_an_example() {
        let interval = interval("5x").unwrap_err();
        assert!(interval.contains("`5x` is not a valid interval") && interval.contains("`4h`"));
        let endpoint = endpoint("127.0.0.1:8080").unwrap_err();
        assert!(
            endpoint.contains("ws://127.0.0.1:8080/socket.io/websocket"),
            "{endpoint}"
        );
        assert!(
            !super::endpoint("me:secret@host")
                .unwrap_err()
                .contains("secret")
        );
        for wrong in ["2026", "1790726400", "-1", "2026-01-01"] {
            let error = epoch(wrong).unwrap_err();
            assert!(error.contains("milliseconds since 1970"), "{error}");
        }
        for wrong in ["127.0.0.1", "localhost:1", "1:2:3"] {
            let error = listen_address(wrong).unwrap_err();
            assert!(error.contains("127.0.0.1:8080"), "{error}");
        }
        for wrong in ["0", "-5", "1.5", "many"] {
            assert!(line_count(wrong).unwrap_err().contains("at least 1"));
            assert!(limit::<NonZeroU64>(wrong).is_err());
        }
        assert!(symbol("={}").unwrap_err().contains("--session"));
        assert_eq!(currency("eur"), Ok("EUR".to_owned()));
        assert!(currency("€").is_err());
        assert_eq!(row_limit("all").map(RowLimit::count), Ok(usize::MAX));
        assert_eq!(row_limit("20"), Ok(RowLimit::Most(20)));
        for wrong in ["0", "-1", "ALL", "many"] {
            assert!(row_limit(wrong).unwrap_err().contains("or all"), "{wrong}");
        }
        assert_eq!(country("us"), Ok("US".to_owned()));
        assert!(country("USA").unwrap_err().contains("two letters"));
        assert_eq!(bar_count("1000000"), Ok(1_000_000));
        for wrong in ["0", "-1", "1000001", "10000000", "many"] {
            assert!(bar_count(wrong).unwrap_err().contains("1000000"), "{wrong}");
        }
    }

    #[test]
    fn a_layout_is_taken_from_the_address_of_its_chart() {
        let id = || Ok("a1B2c3D4".to_owned());
        assert_eq!(layout("a1B2c3D4"), id());
        let address = "https://www.tradingview.com/chart/a1B2c3D4/?symbol=NASDAQ%3AAAPL";
        assert_eq!(layout(address), id());
        for wrong in ["", "../x", "https://www.tradingview.com/chart/"] {
            assert!(layout(wrong).is_err(), "{wrong}");
        }
    }
}
