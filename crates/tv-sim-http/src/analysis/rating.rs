//! Technical ratings: what averages and oscillators say of a symbol, from -1 (sell) to 1 (buy).
//!
//! Each of 15 averages and 11 oscillators votes: buy, sell, or neither. The rating of a group is
//! the mean of its votes; votes that cannot be computed yet are left out. The rating as a whole is
//! the mean of both groups. `docs/SIMULATOR.md` has the rule of each vote.

use std::cmp::Ordering;

use super::{
    averages::{ema, hull, sma, vwma},
    oscillators::{
        awesome, bull_bear_power, commodity_channel, directional, macd, momentum,
        relative_strength, stochastic, stochastic_rsi, ultimate, williams,
    },
    series::View,
    trend::ichimoku,
};

/// The lengths of the plain and exponential averages that vote.
const LENGTHS: [usize; 6] = [10, 20, 30, 50, 100, 200];

/// A vote: 1 is buy, -1 sell, 0 neither. `None` if there are too few bars.
pub(crate) type Vote = Option<i8>;

/// The ratings of a window, and the votes that are columns of their own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rating {
    pub(crate) averages: Option<f64>,
    pub(crate) oscillators: Option<f64>,
    pub(crate) ichimoku: Vote,
    pub(crate) vwma: Vote,
    pub(crate) hull: Vote,
    pub(crate) stochastic_rsi: Vote,
    pub(crate) williams: Vote,
    pub(crate) power: Vote,
    pub(crate) ultimate: Vote,
}

impl Rating {
    /// The mean of both groups; of one, if the other has no vote.
    pub(crate) fn all(&self) -> Option<f64> {
        match (self.averages, self.oscillators) {
            (Some(averages), Some(oscillators)) => Some((averages + oscillators) / 2.0),
            (one, other) => one.or(other),
        }
    }
}

/// Rates a window by its newest bar.
pub(crate) fn rate(view: View<'_>) -> Rating {
    let close = view.close.last().copied();
    let above = |line: Option<f64>| Some(sign(close?.partial_cmp(&line?)?));
    let cloud = cloud(view);
    let (vwma, hull) = (
        above(vwma(view.close, view.volume, 20)),
        above(hull(view.close, 9)),
    );
    let plain = LENGTHS.map(|length| above(sma(view.close, length)));
    let exponential = LENGTHS.map(|length| above(ema(view.close, length)));
    let averages = plain
        .into_iter()
        .chain(exponential)
        .chain([cloud, vwma, hull]);
    let own = [
        stochastic_rsi_vote(view),
        williams_vote(view),
        power(view),
        ultimate_vote(view),
    ];
    let [stochastic_rsi, williams, power, ultimate] = own;
    let oscillators = [
        strength(view),
        stochastic_vote(view),
        channel(view),
        direction(view),
        awesome_vote(view),
        rising(view, |view| momentum(view.close, 10)),
        macd(view.close).and_then(|(line, signal)| Some(sign(line.partial_cmp(&signal)?))),
    ];
    Rating {
        averages: mean(averages),
        oscillators: mean(oscillators.into_iter().chain(own)),
        ichimoku: cloud,
        vwma,
        hull,
        stochastic_rsi,
        williams,
        power,
        ultimate,
    }
}

fn mean(votes: impl Iterator<Item = Vote>) -> Option<f64> {
    let (sum, count) = votes.flatten().fold((0, 0), |(sum, count), vote| {
        (sum + i32::from(vote), count + 1)
    });
    (count > 0).then(|| f64::from(sum) / f64::from(count))
}

fn sign(order: Ordering) -> i8 {
    order as i8
}

/// Buy or sell, if either is the case.
fn vote(buy: bool, sell: bool) -> Vote {
    Some(i8::from(buy) - i8::from(sell))
}

/// The sign of what a value did since the bar before.
fn rising(view: View<'_>, value: impl Fn(View<'_>) -> Option<f64>) -> Vote {
    Some(sign(value(view)?.partial_cmp(&value(view.before(1))?)?))
}

/// Buy below a bound while it rises, sell above another while it falls.
fn turning(view: View<'_>, low: f64, high: f64, value: impl Fn(View<'_>) -> Option<f64>) -> Vote {
    let (now, before) = (value(view)?, value(view.before(1))?);
    vote(now < low && now > before, now > high && now < before)
}

/// Whether prices have risen for long: the close lies above the average of 50 bars.
fn trend(view: View<'_>) -> Option<bool> {
    Some(*view.close.last()? > sma(view.close, 50)?)
}

fn strength(view: View<'_>) -> Vote {
    turning(view, 30.0, 70.0, |view| relative_strength(view.close, 14))
}

fn channel(view: View<'_>) -> Vote {
    turning(view, -100.0, 100.0, |view| commodity_channel(view, 20))
}

fn williams_vote(view: View<'_>) -> Vote {
    turning(view, -80.0, -20.0, |view| williams(view, 14))
}

/// Buy when K crosses D upwards below 20, sell when it crosses it downwards above 80.
fn stochastic_vote(view: View<'_>) -> Vote {
    let ((k, d), before) = (
        stochastic(view, 14, 3, 3)?,
        stochastic(view.before(1), 14, 3, 3)?,
    );
    vote(
        k < 20.0 && d < 20.0 && k > d && before.0 < before.1,
        k > 80.0 && d > 80.0 && k < d && before.0 > before.1,
    )
}

fn stochastic_rsi_vote(view: View<'_>) -> Vote {
    let (k, d) = stochastic_rsi(view.close)?;
    let rises = trend(view)?;
    vote(
        !rises && k < 20.0 && d < 20.0 && k > d,
        rises && k > 80.0 && d > 80.0 && k < d,
    )
}

/// Buy when the indicator up crosses the one down in a trend, sell the other way round.
fn direction(view: View<'_>) -> Vote {
    let (adx, plus, minus) = directional(view, 14)?;
    let (_, plus_before, minus_before) = directional(view.before(1), 14)?;
    vote(
        adx > 20.0 && plus > minus && plus_before < minus_before,
        adx > 20.0 && plus < minus && plus_before > minus_before,
    )
}

/// Buy when it crosses zero upwards, or rises again above zero; sell the other way round.
fn awesome_vote(view: View<'_>) -> Vote {
    let [now, before, earlier] = [0, 1, 2].map(|back| awesome(view.before(back)));
    let (now, before, earlier) = (now?, before?, earlier?);
    let buy = (now > 0.0 && before <= 0.0) || (now > 0.0 && now > before && before < earlier);
    let sell = (now < 0.0 && before >= 0.0) || (now < 0.0 && now < before && before > earlier);
    vote(buy, sell)
}

/// Buy when bears get weaker in a rise, sell when bulls get weaker in a fall.
fn power(view: View<'_>) -> Vote {
    let ((bull, bear), (bull_before, bear_before)) =
        (bull_bear_power(view)?, bull_bear_power(view.before(1))?);
    let rises = trend(view)?;
    vote(
        rises && bear < 0.0 && bear > bear_before,
        !rises && bull > 0.0 && bull < bull_before,
    )
}

fn ultimate_vote(view: View<'_>) -> Vote {
    let value = ultimate(view)?;
    vote(value > 70.0, value < 30.0)
}

/// Buy above the cloud while the conversion line is above the base line, sell the other way round.
fn cloud(view: View<'_>) -> Vote {
    let lines = ichimoku(view, [9, 26, 52], 26)?;
    let close = *view.close.last()?;
    let (top, bottom) = (
        lines.lead_one.max(lines.lead_two),
        lines.lead_one.min(lines.lead_two),
    );
    vote(
        close > top && lines.conversion > lines.base,
        close < bottom && lines.conversion < lines.base,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::series::Series;

    fn rating(closes: impl Iterator<Item = f64>) -> Rating {
        rate(Series::around(closes).view())
    }

    #[test]
    fn all_averages_want_a_rise_bought_and_a_fall_sold() {
        let rise = rating((0..300).map(f64::from));
        let fall = rating((0..300).map(|n| f64::from(1000 - n)));
        // Hull's lies on the line itself, and so it does not vote.
        let all_but_one = 14.0 / 15.0;
        assert_eq!(
            (rise.averages, fall.averages),
            (Some(all_but_one), Some(-all_but_one))
        );
        assert_eq!(
            (rise.hull, rise.ichimoku, rise.vwma),
            (Some(0), Some(1), Some(1))
        );
        let all = rise.all().unwrap();
        assert!((all - f64::midpoint(all_but_one, rise.oscillators.unwrap())).abs() < 1e-12);
    }

    #[test]
    fn votes_that_cannot_be_computed_are_left_out() {
        let short = rating((0..25).map(f64::from));
        // Five of 10 and 20 bars want it bought, Hull's lies on the line.
        assert_eq!(short.averages, Some(5.0 / 6.0));
        assert_eq!(short.ichimoku, None);
        let none = rating(std::iter::empty());
        assert_eq!(
            (none.averages, none.oscillators, none.all()),
            (None, None, None)
        );
    }

    #[test]
    fn a_turn_after_a_fall_is_bought_by_oscillators() {
        let closes = (0..100).map(|n| f64::from(if n < 97 { 200 - n } else { 6 + n }));
        let turn = rating(closes);
        assert!(turn.oscillators.unwrap() > 0.0, "{turn:?}");
        assert!(turn.averages.unwrap() < 0.0, "{turn:?}");
    }

    #[test]
    fn every_rating_lies_between_its_bounds() {
        for seed in 1_i32..40 {
            let closes = (0..260)
                .map(|n| 100.0 + 10.0 * f64::from((n * seed) % 17).sin() + f64::from(n % seed));
            let rating = rating(closes);
            for value in [rating.averages, rating.oscillators, rating.all()] {
                assert!((-1.0..=1.0).contains(&value.unwrap()), "{rating:?}");
            }
        }
    }
}
