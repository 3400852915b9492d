//! The numbers under which securities are known, made up from their names, with check digits that
//! are right.

use super::symbol::Symbol;

/// What the characters of a FIGI are drawn from: digits, and letters that form no words.
const FIGI: &[u8] = b"0123456789BCDFGHJKLMNPQRSTVWXYZ";
/// How many characters of either number are drawn.
const DRAWN: usize = 9;

impl Symbol {
    /// Its international number, such as `US0378331005`, if it is a security of a country.
    pub(super) fn isin(&self) -> Option<String> {
        let country = self.country_of_security()?;
        let mut number = country.to_owned();
        let mut rest = hash(self.name());
        for _ in 0..DRAWN {
            number.push(char::from(b'0' + (rest % 10) as u8));
            rest /= 10;
        }
        // Each letter counts as a number of two digits.
        let digits: String = values(&number).map(|value| value.to_string()).collect();
        number.push(check(digits.bytes().map(|b| u32::from(b - b'0')).rev()));
        Some(number)
    }

    /// Its number of the Financial Instrument Global Identifier, such as `BBG000B9XRY4`, if it is a
    /// security of a country.
    pub(super) fn figi(&self) -> Option<String> {
        self.country_of_security()?;
        let mut number = "BBG".to_owned();
        let mut rest = hash(self.name());
        for _ in 1..DRAWN {
            let drawn = FIGI.get(rest as usize % FIGI.len());
            number.extend(drawn.map(|b| char::from(*b)));
            rest /= FIGI.len() as u64;
        }
        // The last but one counts once, so that its pairs begin one further right than those of the
        // other number.
        number.push(check(std::iter::once(0).chain(values(&number).rev())));
        Some(number)
    }
}

/// What the characters count: digits themselves, letters from 10 on.
fn values(number: &str) -> impl DoubleEndedIterator<Item = u32> {
    number.chars().filter_map(|c| c.to_digit(36))
}

/// The digit that makes the sum of all digits a multiple of ten, where from the last value on each
/// second is doubled.
fn check(from_the_last: impl Iterator<Item = u32>) -> char {
    let doubled = from_the_last.enumerate().map(|(place, value)| {
        let value = value * if place % 2 == 0 { 2 } else { 1 };
        value / 10 + value % 10
    });
    let sum: u32 = doubled.sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

/// FNV-1a.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_real_numbers() {
        for isin in ["US0378331005", "VN000000VCB4", "INE696F01016"] {
            let (number, digit) = isin.split_at(11);
            let digits: String = values(number).map(|value| value.to_string()).collect();
            let found = check(digits.bytes().map(|b| u32::from(b - b'0')).rev());
            assert_eq!(found.to_string(), digit, "{isin}");
        }
        for figi in [
            "BBG000B9XRY4",
            "BBG000BM8HF6",
            "BBG000BM8HL9",
            "BBG01LLNJMW4",
        ] {
            let (number, digit) = figi.split_at(11);
            let found = check(std::iter::once(0).chain(values(number).rev()));
            assert_eq!(found.to_string(), digit, "{figi}");
        }
    }

    #[test]
    fn securities_have_numbers_of_their_own_and_nothing_else_has() {
        let of = |name: &str| {
            let symbol = Symbol::lookup(1, name).unwrap();
            (symbol.isin(), symbol.figi())
        };
        let (isin, figi) = of("NSE:RELIANCE");
        let (isin, figi) = (isin.unwrap(), figi.unwrap());
        assert!(isin.starts_with("IN") && isin.len() == 12, "{isin}");
        assert!(figi.starts_with("BBG") && figi.len() == 12, "{figi}");
        assert_ne!(of("NASDAQ:AAPL"), of("NASDAQ:MSFT"));
        for name in ["BINANCE:BTCUSDT", "FX:EURUSD", "TVC:SPX", "SIM:A"] {
            assert_eq!(of(name), (None, None), "{name}");
        }
    }
}
