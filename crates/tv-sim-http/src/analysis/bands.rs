//! Bands around an average.

use super::{
    averages::{ema, newest, sma},
    oscillators::{highest, lowest, true_range_average},
    series::View,
};

/// A band: lower edge, middle, upper edge.
pub(crate) type Band = (f64, f64, f64);

/// Bollinger's band: two standard deviations around the average.
pub(crate) fn bollinger(values: &[f64], length: usize) -> Option<Band> {
    let middle = sma(values, length)?;
    let squares = newest(values, length)?
        .iter()
        .map(|value| (value - middle).powi(2));
    let wide = 2.0 * (squares.sum::<f64>() / length as f64).sqrt();
    Some((middle - wide, middle, middle + wide))
}

/// Keltner's channel: two average true ranges of 10 bars around the exponential average of 20.
pub(crate) fn keltner(view: View<'_>) -> Option<Band> {
    let (middle, wide) = (ema(view.close, 20)?, 2.0 * true_range_average(view, 10)?);
    Some((middle - wide, middle, middle + wide))
}

/// Donchian's channel: the lowest low and the highest high.
pub(crate) fn donchian(view: View<'_>, length: usize) -> Option<Band> {
    let (low, high) = (lowest(view.low, length)?, highest(view.high, length)?);
    Some((low, (low + high) / 2.0, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bollingers_band_is_two_deviations_wide() {
        // The average is 5, the variance 4.
        let values = [3.0, 7.0, 3.0, 7.0];
        assert_eq!(bollinger(&values, 4), Some((1.0, 5.0, 9.0)));
        assert_eq!(bollinger(&values, 5), None);
    }
}
