//! Currencies, and what they are worth by the market's own pairs.

use super::symbol::Symbol;

/// A currency that prices can be converted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency(&'static Pair);

/// How a currency follows from a pair.
#[derive(Debug, PartialEq, Eq)]
struct Pair {
    code: &'static str,
    /// The pair's name; empty for the dollar itself.
    pair: &'static str,
    /// Whether the pair gives the price of a dollar in the currency, not the other way round.
    per_dollar: bool,
}

const fn pair(code: &'static str, pair: &'static str, per_dollar: bool) -> Pair {
    Pair {
        code,
        pair,
        per_dollar,
    }
}

static PAIRS: &[Pair] = &[
    pair("USD", "", false),
    pair("USDT", "", false),
    pair("EUR", "FX_IDC:EURUSD", false),
    pair("GBP", "FX_IDC:GBPUSD", false),
    pair("AUD", "FX_IDC:AUDUSD", false),
    pair("JPY", "FX_IDC:USDJPY", true),
    pair("CHF", "FX_IDC:USDCHF", true),
    pair("CAD", "FX_IDC:USDCAD", true),
    pair("KRW", "FX_IDC:USDKRW", true),
    pair("HKD", "FX_IDC:USDHKD", true),
    pair("INR", "FX_IDC:USDINR", true),
];

impl Currency {
    /// The currency of a code such as `EUR`, if the market has a pair for it.
    pub fn parse(code: &str) -> Option<Self> {
        PAIRS.iter().find(|pair| pair.code == code).map(Self)
    }

    /// Its code.
    pub fn code(self) -> &'static str {
        self.0.code
    }
}

/// What one currency is worth in another, day by day.
#[derive(Debug, Clone)]
pub(super) struct Rates {
    from: Worth,
    to: Worth,
}

impl Rates {
    /// The rates of a market, given by its seed.
    pub(super) fn new(seed: u64, from: Currency, to: Currency) -> Self {
        Self {
            from: Worth::new(seed, from),
            to: Worth::new(seed, to),
        }
    }

    /// How much of the second currency one unit of the first gets on a date, at the pair's first
    /// price of the day.
    pub(super) fn on(&self, date: i64) -> f64 {
        self.from.in_dollars(date) / self.to.in_dollars(date)
    }
}

#[derive(Debug, Clone)]
struct Worth {
    pair: Option<Box<Symbol>>,
    per_dollar: bool,
}

impl Worth {
    fn new(seed: u64, currency: Currency) -> Self {
        let pair = Symbol::lookup(seed, currency.0.pair).map(Box::new);
        Self {
            pair,
            per_dollar: currency.0.per_dollar,
        }
    }

    fn in_dollars(&self, date: i64) -> f64 {
        let price = self.pair.as_ref().map_or(1.0, |pair| pair.opening(date));
        if self.per_dollar { 1.0 / price } else { price }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_currency_has_its_pair_and_rates_are_inverse() {
        for row in PAIRS {
            let currency = Currency::parse(row.code).unwrap();
            assert_eq!(
                row.pair.is_empty(),
                Symbol::lookup(1, row.pair).is_none(),
                "{}",
                row.code
            );
            let dollar = Currency::parse("USD").unwrap();
            let there = Rates::new(1, dollar, currency).on(20_000);
            let back = Rates::new(1, currency, dollar).on(20_000);
            assert!((there * back - 1.0).abs() < 1e-12);
        }
        assert!(
            Rates::new(
                1,
                Currency::parse("USD").unwrap(),
                Currency::parse("JPY").unwrap()
            )
            .on(20_600)
                > 50.0
        );
        assert_eq!(Currency::parse("XXX"), None);
    }
}
