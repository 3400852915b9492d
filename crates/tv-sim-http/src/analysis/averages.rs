//! Averages.

/// The newest `count` values.
pub(super) fn newest(values: &[f64], count: usize) -> Option<&[f64]> {
    if count == 0 {
        return None;
    }
    values.get(values.len().checked_sub(count)?..)
}

/// The plain average of the newest values.
pub(crate) fn sma(values: &[f64], length: usize) -> Option<f64> {
    let values = newest(values, length)?;
    Some(values.iter().sum::<f64>() / length as f64)
}

/// The exponential average.
pub(crate) fn ema(values: &[f64], length: usize) -> Option<f64> {
    smooth(values, length, 2.0 / (length as f64 + 1.0))
        .last()
        .copied()
}

/// All values of the exponential average, from the first that there is.
pub(super) fn emas(values: &[f64], length: usize) -> Vec<f64> {
    smooth(values, length, 2.0 / (length as f64 + 1.0))
}

/// All values of Wilder's average, from the first that there is.
pub(super) fn wilders(values: &[f64], length: usize) -> Vec<f64> {
    smooth(values, length, 1.0 / length as f64)
}

/// An average that takes a part of each new value.
fn smooth(values: &[f64], length: usize, part: f64) -> Vec<f64> {
    let Some(first) = values.get(..length).and_then(|first| sma(first, length)) else {
        return Vec::new();
    };
    let later = values.iter().skip(length).scan(first, |average, value| {
        *average += part * (value - *average);
        Some(*average)
    });
    std::iter::once(first).chain(later).collect()
}

/// All values of the plain average, from the first that there is.
pub(super) fn smas(values: &[f64], length: usize) -> Vec<f64> {
    if length == 0 {
        return Vec::new();
    }
    let averages = values
        .windows(length)
        .map(|part| part.iter().sum::<f64>() / length as f64);
    averages.collect()
}

/// The average in which newer values count more, the newest `length` times.
fn weighted(values: &[f64], length: usize) -> Option<f64> {
    let values = newest(values, length)?;
    let sum: f64 = values
        .iter()
        .zip(1..)
        .map(|(value, weight)| value * f64::from(weight))
        .sum();
    Some(sum / (length * (length + 1) / 2) as f64)
}

/// Hull's average.
pub(crate) fn hull(values: &[f64], length: usize) -> Option<f64> {
    let last = (length as f64).sqrt().floor() as usize;
    let raw = (0..last).rev().map(|back| {
        let values = values.get(..values.len().checked_sub(back)?)?;
        Some(2.0 * weighted(values, length / 2)? - weighted(values, length)?)
    });
    weighted(&raw.collect::<Option<Vec<f64>>>()?, last)
}

/// The average in which a value counts as much as was traded.
pub(crate) fn vwma(values: &[f64], volumes: &[f64], length: usize) -> Option<f64> {
    let (values, volumes) = (newest(values, length)?, newest(volumes, length)?);
    let traded: f64 = volumes.iter().sum();
    let paid: f64 = values
        .iter()
        .zip(volumes)
        .map(|(value, volume)| value * volume)
        .sum();
    (traded > 0.0).then(|| paid / traded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_of_small_series_are_those_done_by_hand() {
        let values = [1.0, 2.0, 3.0, 4.0, 10.0];
        assert_eq!(sma(&values, 2), Some(7.0));
        assert_eq!(sma(&values, 6), None);
        // 2, then 2 + (4 - 2) / 2 = 3, then 3 + (10 - 3) / 2 = 6.5.
        assert_eq!(ema(&values, 3), Some(6.5));
        assert_eq!(wilders(&[3.0, 6.0, 9.0], 3), [6.0]);
        assert_eq!(wilders(&[3.0, 6.0, 9.0, 12.0], 3), [6.0, 8.0]);
        assert_eq!(weighted(&[1.0, 2.0, 3.0], 3), Some(14.0 / 6.0));
        assert_eq!(vwma(&[1.0, 3.0], &[3.0, 1.0], 2), Some(1.5));
        assert_eq!(vwma(&[1.0, 3.0], &[0.0, 0.0], 2), None);
        assert_eq!(smas(&[1.0, 3.0, 5.0], 2), [2.0, 4.0]);
        // On a straight line Hull's average has no delay.
        let line: Vec<f64> = (0..60).map(f64::from).collect();
        assert!((hull(&line, 9).unwrap() - 59.0).abs() < 1e-9);
        assert_eq!(hull(&line[..10], 9), None);
    }
}
