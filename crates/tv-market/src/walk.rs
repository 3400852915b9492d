//! The price of one symbol at every millisecond, as a pure function of a key.
//!
//! A date's price comes from smooth noise over days, and a trading day leads from the price of its
//! date to that of the next. Each part of a trading day is halved again and again down to
//! milliseconds, each half inheriting its share of the part's high, low and volume. Any stretch of
//! time is read off that tree, so bars of all intervals, and the last price, always agree with each
//! other; and bars in order are read in one pass over it. Where a market closes, more is traded at
//! both ends of its session than in the middle. Cuts lie on whole minutes as long as they can, then
//! on whole seconds, so that bars of minutes are whole nodes. Prices are whole numbers of the
//! smallest price step, volumes whole numbers of the smallest lot.

use super::hours::{Phase, TradingDay};

/// Open, high, low, close and volume of a stretch of time, in whole steps and lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ohlcv {
    /// The price at its beginning.
    pub open: i64,
    /// The highest price; not below `open` and `close`.
    pub high: i64,
    /// The lowest price; above zero, not above `open` and `close`.
    pub low: i64,
    /// The price at its end.
    pub close: i64,
    /// What was traded in it.
    pub volume: i64,
}

impl Ohlcv {
    /// Joins the stretch that follows.
    pub(super) fn then(self, later: Self) -> Self {
        Self {
            open: self.open,
            high: self.high.max(later.high),
            low: self.low.min(later.low),
            close: later.close,
            volume: self.volume + later.volume,
        }
    }
}

/// What happens to a price between the end of a trading day and the beginning of the next, and
/// within one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// It goes on where it was.
    Continuous,
    /// It jumps while the market is closed.
    Gapped,
    /// It is one value the whole day, and nothing is traded: a figure of statistics.
    Flat,
}

/// The price walk of one symbol.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Walk {
    /// Decides everything random about it.
    pub(super) key: u64,
    /// The price it stays around in the year of [`TODAY`], in steps.
    pub(super) base: f64,
    /// By what factor that price grows in a year.
    pub(super) growth: f64,
    /// How wild it is: 1.0 moves about one per cent a day.
    pub(super) volatility: f64,
    /// The volume of a usual day, in lots.
    pub(super) daily_volume: i64,
    pub(super) style: Style,
}

/// Octaves of the noise of day opens: its waves last from 1 to 2^10 days.
const OCTAVES: u32 = 11;
/// The sum of the octaves' weights, sqrt(2)^k.
const WEIGHT: f64 = 106.8;
/// The date on which prices stay around their base, 2026-05-27.
const TODAY: i64 = 20_600;
/// What trading before and after the regular session counts against the same time in it.
const OFF_HOURS: f64 = 0.05;
/// What is traded in the middle of a session, against the same with an even flow; at both ends it
/// is three times as much.
const LULL: f64 = 0.6;

/// Which stretches of time are read, and in which pieces.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// The first millisecond that is read.
    pub(super) from: i64,
    /// The first millisecond that is not.
    pub(super) to: i64,
    /// The beginning of piece 0.
    pub(super) origin: i64,
    /// The length of a piece.
    pub(super) step: i64,
}

impl Walk {
    /// Reads one part of a trading day in pieces, in order of time; a piece may come in several
    /// stretches.
    pub(super) fn read(
        &self,
        day: &TradingDay,
        part: usize,
        cut: &Cut,
        out: &mut impl FnMut(i64, Ohlcv),
    ) {
        if let Some((at, node)) = self.node(day, part)
            && at < cut.to
            && at + node.length > cut.from
        {
            node.read(at, cut, out);
        }
    }

    /// The price of a date, in steps: where its trading day begins, jumps aside.
    pub(super) fn reference(&self, date: i64) -> f64 {
        let mut noise = 0.0;
        let mut weight = 1.0;
        for octave in 0..OCTAVES {
            let wave = 1_i64 << octave;
            let (cell, within) = (
                date.div_euclid(wave),
                date.rem_euclid(wave) as f64 / wave as f64,
            );
            let key = mix(self.key, i64::from(octave) + 1000);
            let (left, right) = (share(mix(key, cell), 4), share(mix(key, cell + 1), 4));
            noise += weight * (2.0 * (left + (right - left) * within) - 1.0);
            weight *= std::f64::consts::SQRT_2;
        }
        // Bent so that the price neither leaves the range nor sticks to its border.
        let bent = noise / WEIGHT * self.volatility;
        let drift = 0.9 * bent / (1.0 + bent.abs());
        (self.base * grown(self.growth, date - TODAY) * (1.0 + drift)).max(2.0)
    }

    /// The beginning of a part, and the part as a node.
    fn node(&self, day: &TradingDay, at: usize) -> Option<(i64, Node)> {
        let part = day.parts.get(at)?;
        let key = mix(self.key, day.date);
        let weigh = |from: i64, to: i64, phase| {
            (to - from) as f64
                * if phase == Phase::Regular {
                    1.0
                } else {
                    OFF_HOURS
                }
        };
        let (mut before, mut all) = (0.0, 0.0);
        for (n, part) in day.parts.iter().enumerate() {
            if n == at {
                before = all;
            }
            all += weigh(part.from, part.to, part.phase);
        }
        let weight = weigh(part.from, part.to, part.phase) / all;
        let length = part.to - part.from;
        let (begin, end) = (self.reference(day.date), self.reference(day.date + 1));
        let reach = begin.max(end) * 0.01 * self.volatility;
        let price = |border: usize, share_of_day: f64| {
            let jump = match (border, self.style) {
                (0, Style::Gapped) => share(key, 20) - 0.5,
                (0, _) => 0.0,
                (last, _) if last == day.parts.len() => 0.0,
                (border, _) => 0.5 * (share(key, 20 + border as i64) - 0.5),
            };
            ((begin + (end - begin) * share_of_day + reach * jump) as i64).max(2)
        };
        let open = price(at, before / all);
        if self.style == Style::Flat {
            let span = Ohlcv {
                open,
                high: open,
                low: open,
                close: open,
                volume: 0,
            };
            let rush = None;
            let node = Node {
                key,
                length,
                span,
                rush,
            };
            return Some((part.from, node));
        }
        let close = price(at + 1, before / all + weight);
        let key = mix(key, 30 + at as i64);
        let reach = reach * weight.sqrt();
        let high = open.max(close) + (reach * share(key, 1)) as i64;
        let low = (open.min(close) - (reach * share(key, 2)) as i64).max(1);
        let volume = (self.daily_volume as f64 * weight * (0.5 + share(key, 3))) as i64;
        let span = Ohlcv {
            open,
            high,
            low,
            close,
            volume,
        };
        let rush = (self.style == Style::Gapped && part.phase == Phase::Regular)
            .then(|| Rush::of(day, part.from, part.to));
        let node = Node {
            key,
            length,
            span,
            rush,
        };
        Some((part.from, node))
    }
}

/// Where in the regular session of a day a stretch lies, from 0 to 1, pauses aside: trade rushes in
/// at both ends.
#[derive(Clone, Copy)]
struct Rush {
    from: f64,
    to: f64,
}

impl Rush {
    fn of(day: &TradingDay, from: i64, to: i64) -> Self {
        let (mut before, mut all) = (0, 0);
        for part in day.parts.iter().filter(|part| part.phase == Phase::Regular) {
            if part.from < from {
                before += part.to - part.from;
            }
            all += part.to - part.from;
        }
        Self {
            from: before as f64 / all as f64,
            to: (before + to - from) as f64 / all as f64,
        }
    }

    /// Cuts it where a share of its time has passed. The first number is the share of what is
    /// traded by then.
    fn cut(self, time: f64) -> (f64, Self, Self) {
        let middle = self.from + (self.to - self.from) * time;
        let (begin, end) = (Self::traded(self.from), Self::traded(self.to));
        let share = (Self::traded(middle) - begin) / (end - begin);
        (
            share,
            Self { to: middle, ..self },
            Self {
                from: middle,
                ..self
            },
        )
    }

    /// The share of a session's volume that is traded by a time of it: the integral of a parabola.
    fn traded(time: f64) -> f64 {
        let off = 2.0 * time - 1.0;
        LULL * time + (1.0 - LULL) / 2.0 * (off * off * off + 1.0)
    }
}

/// What a price grows to in a number of days, computed alike on all machines.
fn grown(yearly: f64, days: i64) -> f64 {
    let (years, rest) = (days.div_euclid(365), days.rem_euclid(365));
    let mut factor = 1.0 + (yearly - 1.0) * rest as f64 / 365.0;
    let mut power = if years < 0 { 1.0 / yearly } else { yearly };
    let mut left = years.unsigned_abs();
    while left > 0 {
        if left % 2 == 1 {
            factor *= power;
        }
        power *= power;
        left /= 2;
    }
    factor
}

/// A stretch of a day, as a node of the tree.
#[derive(Clone, Copy)]
struct Node {
    key: u64,
    /// Milliseconds.
    length: i64,
    span: Ohlcv,
    /// Where it lies in its session, if that matters for what is traded.
    rush: Option<Rush>,
}

const MINUTE: i64 = 60_000;
const SECOND: i64 = 1000;

impl Node {
    /// Reads it; it begins at a time and touches what is to be read.
    fn read(&self, at: i64, cut: &Cut, out: &mut impl FnMut(i64, Ohlcv)) {
        let end = at + self.length;
        let piece = (at - cut.origin) / cut.step;
        let inside = at >= cut.from && end <= cut.to;
        if (inside && end <= cut.origin + (piece + 1) * cut.step) || self.length <= 1 {
            return out(piece, self.span);
        }
        let (left, right) = self.halves();
        let middle = at + left.length;
        if middle > cut.from {
            left.read(at, cut, out);
        }
        if middle < cut.to {
            right.read(middle, cut, out);
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
        let grain = if self.length > MINUTE {
            MINUTE
        } else if self.length > SECOND {
            SECOND
        } else {
            1
        };
        let length = (self.length / 2 / grain).max(1) * grain;
        let before = length as f64 / self.length as f64;
        // One draw decides everything; its bits are dealt out.
        let draw = mix(self.key, 0);
        let bits = |from: u32, count: u32| (draw >> from) & ((1 << count) - 1);
        let part = |from: u32, count: u32| bits(from, count) as f64 / (1_u64 << count) as f64;

        let reach = (high - low) as f64 * 0.35;
        let noise = (part(0, 12) + part(12, 12) - 1.0) * reach;
        let middle = open + nearest((close - open) as f64 * before + noise);
        let middle = middle.clamp(low, high);
        let (traded, early_rush, late_rush) = match self.rush {
            Some(rush) => {
                let (traded, early, late) = rush.cut(before);
                (traded, Some(early), Some(late))
            }
            None => (before, None, None),
        };
        let early_volume =
            ((volume as f64 * traded * (0.6 + 0.8 * part(24, 10))) as i64).min(volume);

        let (early_top, late_top) = (open.max(middle), middle.max(close));
        let (early_floor, late_floor) = (open.min(middle), middle.min(close));
        let inner =
            |edge: i64, end: i64, share: f64| edge + ((end - edge) as f64 * 0.5 * share) as i64;
        let (top, floor) = (part(34, 12), part(46, 12));
        let (early_high, late_high) = if bits(58, 1) == 0 {
            (high, inner(late_top, high, top))
        } else {
            (inner(early_top, high, top), high)
        };
        let (early_low, late_low) = if bits(59, 1) == 0 {
            (low, inner(late_floor, low, floor))
        } else {
            (inner(early_floor, low, floor), low)
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
                key: draw ^ 0x9E37_79B9_7F4A_7C15,
                length,
                span: early,
                rush: early_rush,
            },
            Self {
                key: draw ^ 0xD1B5_4A32_D192_ED03,
                length: self.length - length,
                span: late,
                rush: late_rush,
            },
        )
    }
}

/// The nearest whole number; halves go away from zero.
fn nearest(value: f64) -> i64 {
    (value + if value < 0.0 { -0.5 } else { 0.5 }) as i64
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
pub(crate) fn share(key: u64, salt: i64) -> f64 {
    (mix(key, salt) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{exchanges, hours::Hours};

    const DAY: i64 = 86_400_000;
    const DATE: i64 = 20_726;

    fn walk() -> Walk {
        Walk {
            key: 7,
            base: 22_000.0,
            growth: 1.05,
            volatility: 1.0,
            daily_volume: 50_000_000,
            style: Style::Continuous,
        }
    }

    /// What a coin did between two times of one day.
    fn between(walk: &Walk, from: i64, to: i64) -> Ohlcv {
        let hours = Hours::new(&exchanges::COINS);
        let mut whole: Option<Ohlcv> = None;
        for date in from.div_euclid(DAY)..=(to - 1).div_euclid(DAY) {
            let day = hours.day(date).unwrap();
            let cut = Cut {
                from,
                to,
                origin: from.min(date * DAY),
                step: 40 * DAY,
            };
            walk.read(&day, 0, &cut, &mut |_, span| {
                whole = Some(whole.map_or(span, |whole| whole.then(span)));
            });
        }
        whole.unwrap()
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let walk = walk();
        let (from, to) = (DATE * DAY, DATE * DAY + 3 * DAY + 12_345_678);
        for middle in [
            from + 1,
            from + 59_999,
            from + DAY,
            from + DAY + 777_777,
            to - 1,
        ] {
            assert_eq!(
                between(&walk, from, middle).then(between(&walk, middle, to)),
                between(&walk, from, to)
            );
        }
    }

    #[test]
    fn pieces_in_order_are_what_each_piece_is_alone() {
        let walk = walk();
        let day = Hours::new(&exchanges::NEW_YORK).day(DATE).unwrap();
        let (from, to) = (day.opens(), day.closes());
        for step in [1000, 60_000, 300_000, 2_700_000, 14_400_000] {
            let mut pieces: Vec<(i64, Ohlcv)> = Vec::new();
            let cut = Cut {
                from,
                to,
                origin: from,
                step,
            };
            walk.read(&day, 1, &cut, &mut |piece, span| match pieces.last_mut() {
                Some((last, whole)) if *last == piece => *whole = whole.then(span),
                _ => pieces.push((piece, span)),
            });
            assert_eq!(pieces.len() as i64, (to - from + step - 1) / step);
            for (piece, in_order) in pieces.iter().step_by(97) {
                let alone = Cut {
                    from: from + piece * step,
                    to: (from + (piece + 1) * step).min(to),
                    ..cut
                };
                let mut whole: Option<Ohlcv> = None;
                walk.read(&day, 1, &alone, &mut |_, span| {
                    whole = Some(whole.map_or(span, |whole| whole.then(span)));
                });
                assert_eq!(whole.as_ref(), Some(in_order));
            }
        }
    }

    #[test]
    fn every_bar_holds_together() {
        let walk = walk();
        let mut last = None;
        for minute in 0..5000 {
            let from = DATE * DAY + minute * 60_000;
            let bar = between(&walk, from, from + 60_000);
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
        let from = DATE * DAY;
        let mut before = between(&walk, from, from + 1);
        for ms in 2..60_000 {
            let now = between(&walk, from, from + ms);
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
            .map(|d| between(&walk, d * DAY, (d + 1) * DAY))
            .collect();
        assert!(days.iter().all(|d| d.low >= 1));
        assert!(days.iter().filter(|d| d.open != d.close).count() > 19_000);
        assert!(days.windows(2).all(|pair| pair[0].close == pair[1].open));
    }

    #[test]
    fn trade_rushes_in_at_both_ends_of_a_session() {
        for (plan, style, lulls) in [
            (&exchanges::NEW_YORK, Style::Gapped, true),
            (&exchanges::TOKYO, Style::Gapped, true),
            (&exchanges::COINS, Style::Continuous, false),
        ] {
            let walk = Walk { style, ..walk() };
            let mut traded = [0; 10];
            for day in (DATE..DATE + 200).filter_map(|date| Hours::new(plan).day(date)) {
                let regular = || {
                    let parts = day.parts.iter().enumerate();
                    parts.filter(|(_, part)| part.phase == Phase::Regular)
                };
                let all: i64 = regular().map(|(_, part)| part.to - part.from).sum();
                let mut before = 0;
                for (at, part) in regular() {
                    let cut = Cut {
                        from: part.from,
                        to: part.to,
                        origin: part.from,
                        step: 60_000,
                    };
                    walk.read(&day, at, &cut, &mut |piece, span| {
                        let tenth = (before + piece * 60_000) * 10 / all;
                        traded[tenth as usize] += span.volume;
                    });
                    before += part.to - part.from;
                }
            }
            let calm = (traded[4] + traded[5]) as f64;
            let (opening, closing) = (traded[0] as f64 * 2.0 / calm, traded[9] as f64 * 2.0 / calm);
            let fits = |ratio: f64| {
                if lulls {
                    (2.0..3.0).contains(&ratio)
                } else {
                    (0.8..1.25).contains(&ratio)
                }
            };
            assert!(fits(opening) && fits(closing), "{opening} {closing}");
        }
    }

    #[test]
    fn growth_compounds_over_years() {
        assert!((grown(1.1, 3650) - 1.1_f64.powi(10)).abs() < 1e-9);
        assert!((grown(1.1, -3650) - 1.1_f64.powi(-10)).abs() < 1e-9);
        assert!((grown(1.0, 12_345) - 1.0).abs() < 1e-12);
    }
}
