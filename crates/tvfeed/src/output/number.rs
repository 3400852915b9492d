//! Numbers as cells, as JSON, and in messages.

use serde::{Serialize, Serializer};

/// The largest whole number up to which doubles hold every other.
const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;

/// A double in as few digits as keep it exact. Whole numbers have no point; what is not a number is
/// empty.
pub(crate) fn exact(number: f64) -> String {
    if number.is_finite() {
        number.to_string()
    } else {
        String::new()
    }
}

/// A number for people: at most `digits` decimals, no zeros at the end, never `-0`.
pub(crate) fn rounded(number: f64, digits: usize) -> String {
    if !number.is_finite() {
        return String::new();
    }
    let text = format!("{number:.digits$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    if text == "-0" { "0" } else { text }.to_owned()
}

/// A volume for people: `61.51M` from 100,000 on; below, at most 2 decimals.
pub(crate) fn compact(number: f64) -> String {
    let size = number.abs();
    let (unit, suffix) = match size {
        _ if !number.is_finite() => return String::new(),
        _ if size < 100_000.0 => {
            let short = rounded(number, 2);
            return if short == "0" { exact(number) } else { short };
        }
        _ if size < 999_995.0 => (1e3, "K"),
        _ if size < 999_995_000.0 => (1e6, "M"),
        _ if size < 999_995_000_000.0 => (1e9, "B"),
        _ if size < 1e18 => (1e12, "T"),
        _ => return format!("{number:.2e}"),
    };
    format!("{:.2}{suffix}", number / unit)
}

/// A number of unknown size for people: as [`compact`] from 1 on; four significant digits below.
pub(crate) fn brief(number: f64) -> String {
    let size = number.abs();
    if size >= 1.0 || size == 0.0 || !number.is_finite() {
        return compact(number);
    }
    let mut decimals = 4;
    let mut scaled = size * 10.0;
    while scaled < 1.0 && decimals < 18 {
        scaled *= 10.0;
        decimals += 1;
    }
    match scaled < 1.0 {
        true => format!("{number:.2e}"),
        false => rounded(number, decimals),
    }
}

/// A number with two decimals, so that numbers below each other are aligned; never `-0.00`.
pub(crate) fn hundredths(number: f64) -> String {
    if !number.is_finite() {
        return String::new();
    }
    let text = format!("{number:.2}");
    if text == "-0.00" {
        "0.00".to_owned()
    } else {
        text
    }
}

/// A price of unknown scale for people: two decimals, up to five of one below ten, four significant
/// digits of one below 1, shortened from ten millions on.
pub(crate) fn price(number: f64) -> String {
    let size = number.abs();
    if !(1.0..10_000_000.0).contains(&size) {
        return brief(number);
    }
    let short = rounded(number, if size < 10.0 { 5 } else { 2 });
    let exact = hundredths(number);
    // Zeros at the end align prices below each other.
    if short.len() > exact.len() {
        short
    } else {
        exact
    }
}

/// A count in a message, with separators: `20,000`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// How many decimals the prices of a symbol have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decimals(Option<usize>);

/// More decimals than any price needs; beyond, digits are noise of the conversion.
const MAX_DECIMALS: u32 = 16;

/// A price that rounding would change by more than this share is shown in full.
const MAX_ROUNDING: f64 = 0.001;

impl Decimals {
    /// Decimals that show each step of `1 / pricescale`. Unknown if there is no usable scale.
    pub(crate) fn of_scale(pricescale: Option<f64>) -> Self {
        let Some(scale) = pricescale.filter(|scale| (1.0..=1e16).contains(scale)) else {
            return Self(None);
        };
        let enough = (0..=MAX_DECIMALS).find(|digits| {
            let steps = 10_f64.powi(i32::try_from(*digits).unwrap_or_default()) / scale;
            steps.fract() == 0.0
        });
        Self(enough.and_then(|digits| usize::try_from(digits).ok()))
    }

    /// The price with these decimals, or in full if they would change it by more than 0.1 %.
    pub(crate) fn show(self, price: f64) -> String {
        if !price.is_finite() {
            return String::new();
        }
        let Self(Some(digits)) = self else {
            return exact(price);
        };
        let short = format!("{price:.digits$}");
        let error = short
            .parse::<f64>()
            .map_or(f64::INFINITY, |short| (short - price).abs());
        if error > price.abs() * MAX_ROUNDING {
            exact(price)
        } else if price == 0.0 {
            format!("{:.digits$}", 0.0)
        } else {
            short
        }
    }

    /// A difference of prices with these decimals: rounded, because differences may be small.
    pub(crate) fn show_change(self, change: f64) -> String {
        match self.0 {
            Some(digits) if change.is_finite() => {
                let text = format!("{change:.digits$}");
                let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
                match text.strip_prefix('-') {
                    Some(positive) if is_zero => positive.to_owned(),
                    _ => text,
                }
            }
            _ => rounded(change, 8),
        }
    }
}

/// A number as JSON: whole numbers without a point.
#[derive(Debug)]
pub(crate) struct JsonNumber(pub(crate) f64);

impl Serialize for JsonNumber {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "below 2^53, without a fraction"
    )]
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let number = self.0;
        if number.fract() == 0.0 && number.abs() < EXACT_BELOW {
            out.serialize_i64(number as i64)
        } else {
            out.serialize_f64(number)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_numbers_read_back_equal() {
        for number in [0.1 + 0.2, 1e-9, 123_456_789.0, 1e21, -3.5, f64::MAX] {
            assert_eq!(
                exact(number).parse::<f64>().unwrap().to_bits(),
                number.to_bits()
            );
        }
        assert_eq!(exact(100.0), "100");
        assert_eq!(exact(f64::NAN), "");
    }

    #[test]
    fn rounded_numbers_are_short() {
        assert_eq!(rounded(0.1 + 0.2, 8), "0.3");
        assert_eq!(rounded(100.0, 8), "100");
        assert_eq!(rounded(1500.0, 0), "1500");
        assert_eq!(rounded(-0.001, 2), "0");
        assert_eq!(rounded(1.239, 2), "1.24");
        assert_eq!(rounded(f64::INFINITY, 2), "");
    }

    #[test]
    fn prices_and_scores_are_aligned() {
        assert_eq!(hundredths(-0.4), "-0.40");
        assert_eq!(hundredths(-0.004), "0.00");
        assert_eq!(hundredths(f64::NAN), "");
        for (number, text) in [
            (361.0, "361.00"),
            (251.164, "251.16"),
            (1.163_42, "1.16342"),
            (1.5, "1.50"),
            (-9.25, "-9.25"),
            (63_123.4, "63123.40"),
            (0.000_012_345, "0.00001234"),
            (25e6, "25.00M"),
            (f64::INFINITY, ""),
        ] {
            assert_eq!(price(number), text);
        }
    }

    #[test]
    fn volumes_are_compact() {
        for (number, text) in [
            (0.0, "0"),
            (0.2, "0.2"),
            (0.000_001, "0.000001"),
            (99_999.0, "99999"),
            (100_000.0, "100.00K"),
            (999_999.0, "1.00M"),
            (61_511_929.0, "61.51M"),
            (1e15, "1000.00T"),
            (1e30, "1.00e30"),
            (f64::NAN, ""),
        ] {
            assert_eq!(compact(number), text, "{number}");
        }
    }

    #[test]
    fn small_numbers_keep_four_digits() {
        for (number, text) in [
            (0.0, "0"),
            (258.834, "258.83"),
            (-0.29, "-0.29"),
            (0.999_99, "1"),
            (0.000_012_345_6, "0.00001235"),
            (1e-30, "1.00e-30"),
            (2_500_000.0, "2.50M"),
            (f64::NAN, ""),
        ] {
            assert_eq!(brief(number), text, "{number}");
        }
    }

    #[test]
    fn counts_have_separators() {
        assert_eq!(
            [0, 999, 1_000, 20_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "20,000", "1,234,567"]
        );
    }

    #[test]
    fn prices_have_the_decimals_of_their_scale() {
        let show = |scale: f64, price| Decimals::of_scale(Some(scale)).show(price);
        assert_eq!(show(100.0, 3818.0), "3818.00");
        assert_eq!(show(100.0, 3813.5), "3813.50");
        assert_eq!(show(1.0, 1500.0), "1500");
        assert_eq!(show(1e5, 1.1), "1.10000");
        // Thirty-seconds need five decimals.
        assert_eq!(show(32.0, 110.031_25), "110.03125");
        // Digits beyond the scale are rounded ...
        assert_eq!(show(100.0, 13.2357), "13.24");
        // ... unless little of the price would be left.
        assert_eq!(show(100.0, 2e-9), "0.000000002");
        assert_eq!(show(100.0, 1.234e-8), "0.00000001234");
        assert_eq!(show(100.0, 0.0149), "0.0149");
        assert_eq!(show(100.0, 0.0), "0.00");
        assert_eq!(show(100.0, -0.0), "0.00");
        assert_eq!(show(100.0, f64::NAN), "");
        assert_eq!(Decimals::of_scale(None).show(1.5), "1.5");
        assert_eq!(Decimals::of_scale(Some(3.0)).show(1.5), "1.5");
        assert_eq!(Decimals::of_scale(Some(f64::NAN)).show(1.5), "1.5");
    }

    #[test]
    fn changes_are_rounded_and_zero_has_no_sign() {
        let change = |number| Decimals::of_scale(Some(100.0)).show_change(number);
        assert_eq!(change(-0.07), "-0.07");
        assert_eq!(change(0.1 + 0.2), "0.30");
        assert_eq!(change(-0.001), "0.00");
    }

    #[test]
    fn whole_numbers_have_no_point_in_json() {
        let json = |number| serde_json::to_string(&JsonNumber(number)).unwrap();
        assert_eq!(json(61_511_929.0), "61511929");
        assert_eq!(json(0.5), "0.5");
        assert_eq!(json(f64::NAN), "null");
    }
}
