//! Numbers: exact, by a byte loop where a double holds all digits, by the standard library
//! elsewhere.

use super::Cursor;

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Up to here every whole number is a double.
const EXACT: u64 = 1 << 53;

/// Digits whose number surely fits 64 bits.
const MAX_DIGITS: usize = 19;

/// Reads digits on top of `value`; wraps if there are too many, which the caller sees by their
/// count.
#[inline(always)]
fn digits(mut rest: &[u8], mut value: u64) -> (&[u8], u64) {
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        rest = tail;
    }
    (rest, value)
}

impl Cursor<'_> {
    /// Reads a number and what it is worth, rounded correctly. `None` if there is none, or if it is
    /// too large for a double.
    #[inline(always)]
    pub(crate) fn number(&mut self) -> Option<f64> {
        let start = self.rest;
        let negative = self.literal(b"-");
        let whole_start = self.rest;
        let (rest, value) = digits(whole_start, 0);
        let whole = whole_start.len() - rest.len();
        if whole == 0 || (whole > 1 && whole_start.first() == Some(&b'0')) {
            return None;
        }
        self.rest = rest;
        let (mut value, mut fraction) = (value, 0);
        if let [b'.', tail @ ..] = rest {
            let (rest, with_fraction) = digits(tail, value);
            fraction = tail.len() - rest.len();
            if fraction == 0 {
                return None;
            }
            value = with_fraction;
            self.rest = rest;
        }
        if matches!(self.rest, [b'e' | b'E', ..]) {
            self.exponent()?;
            return slow(start, self.rest);
        }
        if whole + fraction > MAX_DIGITS || value > EXACT {
            return slow(start, self.rest);
        }
        let Some(power) = POWERS.get(fraction) else {
            return slow(start, self.rest);
        };
        #[expect(clippy::cast_precision_loss, reason = "at most 53 bits")]
        let number = value as f64 / power;
        Some(if negative { -number } else { number })
    }

    /// Reads `e`, a sign and digits.
    fn exponent(&mut self) -> Option<()> {
        self.byte()?;
        if matches!(self.rest, [b'+' | b'-', ..]) {
            self.byte()?;
        }
        let (rest, _) = digits(self.rest, 0);
        if rest.len() == self.rest.len() {
            return None;
        }
        self.rest = rest;
        Some(())
    }

    /// Reads a number without fraction or exponent.
    #[inline(always)]
    pub(crate) fn integer(&mut self) -> Option<i64> {
        let negative = self.literal(b"-");
        let start = self.rest;
        let (rest, value) = digits(start, 0);
        let count = start.len() - rest.len();
        let leading_zero = count > 1 && start.first() == Some(&b'0');
        // "-0" is a float to serde_json, and a number that goes on is not an integer.
        if count == 0 || count >= MAX_DIGITS || leading_zero || (negative && value == 0) {
            return None;
        }
        if matches!(rest, [b'.' | b'e' | b'E', ..]) {
            return None;
        }
        self.rest = rest;
        let value = i64::try_from(value).ok()?;
        Some(if negative { -value } else { value })
    }

    /// Reads a number without asking what it is worth.
    #[inline]
    pub(super) fn skip_number(&mut self) -> Option<()> {
        self.literal(b"-");
        let start = self.rest;
        let (rest, _) = digits(start, 0);
        let count = start.len() - rest.len();
        if count == 0 || (count > 1 && start.first() == Some(&b'0')) {
            return None;
        }
        self.rest = rest;
        if let [b'.', tail @ ..] = rest {
            let (rest, _) = digits(tail, 0);
            if rest.len() == tail.len() {
                return None;
            }
            self.rest = rest;
        }
        if matches!(self.rest, [b'e' | b'E', ..]) {
            self.exponent()?;
        }
        Some(())
    }
}

/// The number between two places, whose form was checked.
#[cold]
fn slow(start: &[u8], rest: &[u8]) -> Option<f64> {
    let text = start.get(..start.len() - rest.len())?;
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    number.is_finite().then_some(number)
}
