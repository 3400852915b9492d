//! Volume by price: how much was traded in each row of prices.

use crate::study::bar::Bar;

/// One row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    /// The lower border.
    pub(super) low: f64,
    /// The upper border.
    pub(super) high: f64,
    /// What was traded in bars that rose.
    pub(super) up: f64,
    /// What was traded in bars that fell.
    pub(super) down: f64,
    /// Whether it belongs to the value area.
    pub(super) value_area: bool,
}

impl Row {
    fn total(&self) -> f64 {
        self.up + self.down
    }
}

/// Spreads each bar's volume evenly over the prices between its low and its high. `share` of all
/// volume, from 0 to 1, lies in the value area around the fullest row. Without bars there are no
/// rows.
pub(super) fn profile<'a>(
    bars: impl Iterator<Item = &'a Bar> + Clone,
    rows: usize,
    share: f64,
) -> Vec<Row> {
    let low = bars
        .clone()
        .map(|bar| bar.low)
        .fold(f64::INFINITY, f64::min);
    let high = bars
        .clone()
        .map(|bar| bar.high)
        .fold(f64::NEG_INFINITY, f64::max);
    if low > high || rows == 0 {
        return Vec::new();
    }
    // Bars that all lie at one price still need a row of some height.
    let height = ((high - low) / rows as f64).max(f64::EPSILON * high.abs().max(1.0));
    let mut found: Vec<Row> = (0..rows)
        .map(|n| Row {
            low: low + height * n as f64,
            high: low + height * (n + 1) as f64,
            up: 0.0,
            down: 0.0,
            value_area: false,
        })
        .collect();
    for bar in bars {
        let first = (((bar.low - low) / height) as usize).min(rows - 1);
        let last = (((bar.high - low) / height) as usize).min(rows - 1);
        let span = bar.high - bar.low;
        for (at, row) in found.iter_mut().enumerate().take(last + 1).skip(first) {
            let part = if first == last {
                1.0
            } else {
                // The last row takes what rounding of its border would lose.
                let top = if at == last { bar.high } else { row.high };
                (top - row.low.max(bar.low)).max(0.0) / span
            };
            let side = if bar.close >= bar.open {
                &mut row.up
            } else {
                &mut row.down
            };
            *side += part * bar.volume;
        }
    }
    mark_value_area(&mut found, share);
    found
}

/// The row in which most was traded.
pub(super) fn fullest(rows: &[Row]) -> Option<usize> {
    let by_total =
        |one: &(usize, &Row), other: &(usize, &Row)| one.1.total().total_cmp(&other.1.total());
    rows.iter().enumerate().max_by(by_total).map(|(at, _)| at)
}

/// Grows the area from the fullest row to the side where more was traded.
fn mark_value_area(rows: &mut [Row], share: f64) {
    let Some(middle) = fullest(rows) else { return };
    let wanted = share * rows.iter().map(Row::total).sum::<f64>();
    let (mut first, mut last) = (middle, middle);
    let total = |at: Option<usize>| at.and_then(|at| rows.get(at)).map(Row::total);
    let mut inside = total(Some(middle)).unwrap_or_default();
    while inside < wanted {
        let (below, above) = (total(first.checked_sub(1)), total(Some(last + 1)));
        match (below, above) {
            (Some(below), above) if above.is_none_or(|above| below > above) => {
                first -= 1;
                inside += below;
            }
            (_, Some(above)) => {
                last += 1;
                inside += above;
            }
            _ => break,
        }
    }
    for row in rows.iter_mut().take(last + 1).skip(first) {
        row.value_area = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(low: f64, high: f64, up: bool, volume: f64) -> Bar {
        Bar {
            index: 0,
            date: 0,
            time: 0,
            open: if up { low } else { high },
            high,
            low,
            close: if up { high } else { low },
            volume,
        }
    }

    #[test]
    fn volume_is_spread_over_the_rows_of_each_bar() {
        let bars = [bar(0.0, 4.0, true, 8.0), bar(1.0, 2.0, false, 6.0)];
        let rows = profile(bars.iter(), 4, 0.6);
        let sides: Vec<_> = rows.iter().map(|row| (row.up, row.down)).collect();
        // The second bar ends exactly where the third row begins.
        assert_eq!(sides, [(2.0, 0.0), (2.0, 6.0), (2.0, 0.0), (2.0, 0.0)]);
        assert_eq!(fullest(&rows), Some(1));
        // 8 of 14 are not enough, 10 of 14 are.
        let area: Vec<_> = rows.iter().map(|row| row.value_area).collect();
        assert_eq!(area, [false, true, true, false]);
    }

    #[test]
    fn nothing_is_lost_or_added() {
        let bars: Vec<Bar> = (0..97)
            .map(|n| {
                let low = 90.0 + f64::from(n * 7 % 13);
                bar(low, low + f64::from(n % 5), n % 3 == 0, f64::from(n))
            })
            .collect();
        let rows = profile(bars.iter(), 24, 0.7);
        let total: f64 = rows.iter().map(Row::total).sum();
        assert!((total - f64::from(96 * 97 / 2)).abs() < 1e-6, "{total}");
        let area: f64 = rows
            .iter()
            .filter(|row| row.value_area)
            .map(Row::total)
            .sum();
        assert!(area >= 0.7 * total && area < total);
        assert!(
            rows.windows(2)
                .all(|pair| (pair[0].high - pair[1].low).abs() < 1e-9)
        );
    }

    #[test]
    fn one_price_is_one_row_and_no_bars_are_none() {
        let rows = profile([bar(5.0, 5.0, true, 3.0)].iter(), 3, 0.7);
        assert_eq!(rows.iter().map(Row::total).sum::<f64>(), 3.0);
        assert_eq!(profile([].iter(), 3, 0.7), []);
    }
}
