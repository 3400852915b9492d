//! Lines that follow a trend.

use super::{
    averages::newest,
    oscillators::{highest, lowest},
    series::View,
};

/// The lines of the Ichimoku cloud.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ichimoku {
    pub(crate) conversion: f64,
    pub(crate) base: f64,
    pub(crate) lead_one: f64,
    pub(crate) lead_two: f64,
}

/// The Ichimoku cloud of three lengths; both leads are those that stand at the newest bar, so they
/// were computed `shift` bars before.
pub(crate) fn ichimoku(view: View<'_>, lengths: [usize; 3], shift: usize) -> Option<Ichimoku> {
    let middle = |view: View<'_>, length| {
        Some((highest(view.high, length)? + lowest(view.low, length)?) / 2.0)
    };
    let [conversion, base, span] = lengths;
    let then = view.before(shift.saturating_sub(1));
    Some(Ichimoku {
        conversion: middle(view, conversion)?,
        base: middle(view, base)?,
        lead_one: (middle(then, conversion)? + middle(then, base)?) / 2.0,
        lead_two: middle(then, span)?,
    })
}

/// How lately the highest high and the lowest low were, from 0 to 100.
pub(crate) fn aroon(view: View<'_>, length: usize) -> Option<(f64, f64)> {
    // The newest of equals counts.
    let since = |values: &[f64], is_better: fn(f64, f64) -> bool| {
        let values = newest(values, length + 1)?.iter().rev().enumerate();
        let best = values.reduce(|best, next| {
            if is_better(*next.1, *best.1) {
                next
            } else {
                best
            }
        });
        best.map(|(since, _)| 100.0 * (length - since) as f64 / length as f64)
    };
    Some((
        since(view.high, |a, b| a > b)?,
        since(view.low, |a, b| a < b)?,
    ))
}

/// The parabolic stop and reverse, with steps of 0.02 up to 0.2.
pub(crate) fn parabolic(view: View<'_>) -> Option<f64> {
    const STEP: f64 = 0.02;
    const MOST: f64 = 0.2;
    let mut bars = view.high.iter().copied().zip(view.low.iter().copied());
    let mut closes = view.close.iter();
    let (mut before, second) = (bars.next()?, bars.next()?);
    let mut rises = closes.next()? < closes.next()?;
    let (mut stop, mut best) = if rises {
        (before.1, second.0)
    } else {
        (before.0, second.1)
    };
    let mut speed = STEP;
    let mut newest = second;
    for bar in bars {
        let (high, low) = bar;
        stop += speed * (best - stop);
        // It never enters the two bars before.
        stop = if rises {
            stop.min(before.1).min(newest.1)
        } else {
            stop.max(before.0).max(newest.0)
        };
        let is_hit = if rises { low < stop } else { high > stop };
        if is_hit {
            rises = !rises;
            stop = best;
            best = if rises { high } else { low };
            speed = STEP;
        } else if (rises && high > best) || (!rises && low < best) {
            best = if rises { high } else { low };
            speed = (speed + STEP).min(MOST);
        }
        (before, newest) = (newest, bar);
    }
    Some(stop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::series::Series;

    #[test]
    fn in_a_rise_the_stop_is_below_and_in_a_fall_above() {
        let rise = Series::around((0..50).map(f64::from));
        let fall = Series::around((0..50).map(|n| f64::from(100 - n)));
        let (below, above) = (
            parabolic(rise.view()).unwrap(),
            parabolic(fall.view()).unwrap(),
        );
        assert!((40.0..48.0).contains(&below), "{below}");
        assert!((52.0..60.0).contains(&above), "{above}");
        let turned = Series::around((0..50).map(|n| f64::from(if n < 25 { n } else { 50 - n })));
        assert!(parabolic(turned.view()).unwrap() > 1.0);
        assert_eq!(parabolic(rise.view().before(49)), None);
    }

    #[test]
    fn the_cloud_of_a_rise_is_below_it_and_its_highest_high_is_new() {
        let rise = Series::around((0..120).map(f64::from));
        let cloud = ichimoku(rise.view(), [9, 26, 52], 26).unwrap();
        // The middle of the newest 9 bars of a line is 4 below its last value.
        assert_eq!((cloud.conversion, cloud.base), (115.0, 106.5));
        assert!(cloud.lead_one > cloud.lead_two && cloud.lead_one < cloud.base);
        assert_eq!(cloud.lead_two, 119.0 - 25.0 - 25.5);
        assert_eq!(aroon(rise.view(), 14), Some((100.0, 0.0)));
    }
}
