//! The price of one symbol at every millisecond, as a pure function of a key.
//!
//! A day's open comes from smooth noise over days; a day is then halved again and again down to milliseconds, each half
//! inheriting its share of the day's high, low and volume. Any stretch of time is read off that tree in some fifty steps,
//! so bars of all intervals, and the last price, always agree with each other. Prices are whole numbers of the smallest
//! price step, volumes whole numbers of the smallest lot.

use super::interval::DAY;

/// Open, high, low, close and volume of a stretch of time, in whole steps and lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ohlcv {
    /// The price at its beginning.
    pub(crate) open: i64,
    /// The highest price; not below `open` and `close`.
    pub(crate) high: i64,
    /// The lowest price; above zero, not above `open` and `close`.
    pub(crate) low: i64,
    /// The price at its end.
    pub(crate) close: i64,
    /// What was traded in it.
    pub(crate) volume: i64,
}

impl Ohlcv {
    /// Joins the stretch that follows.
    fn then(self, later: Self) -> Self {
        Self {
            open: self.open,
            high: self.high.max(later.high),
            low: self.low.min(later.low),
            close: later.close,
            volume: self.volume + later.volume,
        }
    }
}

/// The price walk of one symbol.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Walk {
    /// Decides everything random about it.
    pub(crate) key: u64,
    /// The price it stays around, in steps.
    pub(crate) base: i64,
    /// How wild it is: 1.0 moves about one per cent a day.
    pub(crate) volatility: f64,
    /// The volume of a usual day, in lots.
    pub(crate) daily_volume: i64,
}

/// Octaves of the noise of day opens: its waves last from 1 to 2^10 days.
const OCTAVES: u32 = 11;
/// The sum of the octaves' weights, sqrt(2)^k.
const WEIGHT: f64 = 106.8;

impl Walk {
    /// What the price did from one time to another (milliseconds UTC); a stretch of no length is read as 1 ms.
    pub(crate) fn between(&self, from: i64, to: i64) -> Ohlcv {
        let to = to.max(from + 1);
        let (first, last) = (from.div_euclid(DAY), (to - 1).div_euclid(DAY));
        let mut whole = self.part_of_day(first, from, to);
        for day in first + 1..=last {
            whole = whole.then(self.part_of_day(day, from, to));
        }
        whole
    }

    /// The part of a day that lies between two times; they must touch the day.
    fn part_of_day(&self, day: i64, from: i64, to: i64) -> Ohlcv {
        let (from, to) = ((from - day * DAY).max(0), (to - day * DAY).min(DAY));
        let node = Node {
            key: mix(self.key, day),
            length: DAY,
            span: self.day(day),
        };
        node.between(from, to).unwrap_or(node.span)
    }

    fn day(&self, day: i64) -> Ohlcv {
        let key = mix(self.key, day);
        let (open, close) = (self.day_open(day), self.day_open(day + 1));
        let reach = (open.max(close) as f64) * 0.01 * self.volatility;
        let high = open.max(close) + (reach * share(key, 1)) as i64;
        let low = (open.min(close) - (reach * share(key, 2)) as i64).max(1);
        let volume = (self.daily_volume as f64 * (0.5 + share(key, 3))) as i64;
        Ohlcv {
            open,
            high,
            low,
            close,
            volume,
        }
    }

    fn day_open(&self, day: i64) -> i64 {
        let mut noise = 0.0;
        let mut weight = 1.0;
        for octave in 0..OCTAVES {
            let wave = 1_i64 << octave;
            let (cell, within) = (
                day.div_euclid(wave),
                day.rem_euclid(wave) as f64 / wave as f64,
            );
            let key = mix(self.key, i64::from(octave) + 1000);
            let (left, right) = (share(mix(key, cell), 4), share(mix(key, cell + 1), 4));
            noise += weight * (2.0 * (left + (right - left) * within) - 1.0);
            weight *= std::f64::consts::SQRT_2;
        }
        // Bent so that the price neither leaves the range nor sticks to its border.
        let bent = noise / WEIGHT * self.volatility;
        let drift = 0.9 * bent / (1.0 + bent.abs());
        ((self.base as f64 * (1.0 + drift)) as i64).max(2)
    }
}

/// A stretch of a day, as a node of the tree.
#[derive(Clone, Copy)]
struct Node {
    key: u64,
    /// Milliseconds.
    length: i64,
    span: Ohlcv,
}

impl Node {
    /// The part of it from one offset to another, if they leave any.
    fn between(&self, from: i64, to: i64) -> Option<Ohlcv> {
        if to <= 0 || from >= self.length {
            return None;
        }
        if (from <= 0 && to >= self.length) || self.length <= 1 {
            return Some(self.span);
        }
        let (left, right) = self.halves();
        let earlier = left.between(from, to);
        let later = right.between(from - left.length, to - left.length);
        match (earlier, later) {
            (Some(earlier), Some(later)) => Some(earlier.then(later)),
            (one, other) => one.or(other),
        }
    }

    /// Cuts it in two that together are exactly the whole.
    fn halves(&self) -> (Self, Self) {
        let Ohlcv {
            open,
            high,
            low,
            close,
            volume,
        } = self.span;
        let length = self.length / 2;
        let before = length as f64 / self.length as f64;
        let reach = (high - low) as f64 * 0.35;
        let noise = (share(self.key, 5) + share(self.key, 6) - 1.0) * reach;
        let middle = open + ((close - open) as f64 * before + noise).round() as i64;
        let middle = middle.clamp(low, high);
        let early_volume =
            ((volume as f64 * before * (0.6 + 0.8 * share(self.key, 7))) as i64).min(volume);

        let (early_top, late_top) = (open.max(middle), middle.max(close));
        let (early_floor, late_floor) = (open.min(middle), middle.min(close));
        let inner = |edge: i64, end: i64, salt| {
            edge + ((end - edge) as f64 * 0.5 * share(self.key, salt)) as i64
        };
        let (early_high, late_high) = if share(self.key, 8) < 0.5 {
            (high, inner(late_top, high, 9))
        } else {
            (inner(early_top, high, 9), high)
        };
        let (early_low, late_low) = if share(self.key, 10) < 0.5 {
            (low, inner(late_floor, low, 11))
        } else {
            (inner(early_floor, low, 11), low)
        };
        let early = Ohlcv {
            open,
            high: early_high,
            low: early_low,
            close: middle,
            volume: early_volume,
        };
        let late = Ohlcv {
            open: middle,
            high: late_high,
            low: late_low,
            close,
            volume: volume - early_volume,
        };
        (
            Self {
                key: mix(self.key, 12),
                length,
                span: early,
            },
            Self {
                key: mix(self.key, 13),
                length: self.length - length,
                span: late,
            },
        )
    }
}

/// Draws a new key from a key and a number (splitmix64).
pub(crate) fn mix(key: u64, number: i64) -> u64 {
    let mut z = key
        ^ (number as u64)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Draws a number from 0 up to but not 1.
fn share(key: u64, salt: i64) -> f64 {
    (mix(key, salt) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk() -> Walk {
        Walk {
            key: 7,
            base: 22_000,
            volatility: 1.0,
            daily_volume: 50_000_000,
        }
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let walk = walk();
        let (from, to) = (1_790_726_400_000, 1_790_726_400_000 + 3 * DAY + 12_345_678);
        for middle in [
            from + 1,
            from + 59_999,
            from + DAY,
            from + DAY + 777_777,
            to - 1,
        ] {
            assert_eq!(
                walk.between(from, middle).then(walk.between(middle, to)),
                walk.between(from, to)
            );
        }
    }

    #[test]
    fn every_bar_holds_together() {
        let walk = walk();
        let mut last = None;
        for minute in 0..5000 {
            let from = 1_790_726_400_000 + minute * 60_000;
            let bar = walk.between(from, from + 60_000);
            assert!(
                bar.low >= 1 && bar.low <= bar.open.min(bar.close),
                "{bar:?}"
            );
            assert!(
                bar.high >= bar.open.max(bar.close) && bar.volume >= 0,
                "{bar:?}"
            );
            assert!(last.is_none_or(|close| close == bar.open));
            last = Some(bar.close);
        }
    }

    #[test]
    fn an_open_bar_only_widens() {
        let walk = walk();
        let from = 1_790_726_400_000;
        let mut before = walk.between(from, from + 1);
        for ms in 2..60_000 {
            let now = walk.between(from, from + ms);
            assert!(
                now.high >= before.high && now.low <= before.low && now.volume >= before.volume
            );
            before = now;
        }
        assert!(before.volume > 0 && before.high > before.low);
    }

    #[test]
    fn prices_stay_positive_and_move() {
        let walk = Walk {
            volatility: 3.0,
            ..walk()
        };
        let days: Vec<_> = (0..20_000)
            .map(|d| walk.between(d * DAY, (d + 1) * DAY))
            .collect();
        assert!(days.iter().all(|d| d.low >= 1));
        assert!(days.iter().filter(|d| d.open != d.close).count() > 19_000);
    }
}
