//! The studies that plot lines: each takes in bar after bar and says what it plots there.

use super::{
    averages::{Average, Fading, Sma, Window, strength},
    generic::Generic,
    indicator::Line,
    supertrend::{Supertrend, Trend},
};
use crate::study::bar::Bar;

/// The state of one study after some bars. A clone of it can look ahead at the bar that is still
/// open.
#[derive(Debug, Clone)]
pub(super) enum Calc {
    /// Volume, the number of its colour, and its average.
    Volume {
        average: Sma,
        /// Compare with the close before instead of the open.
        by_last_close: bool,
        last_close: Option<f64>,
    },
    /// A simple average.
    Sma(Sma),
    /// An exponential average.
    Ema(Fading),
    /// The relative strength, and, for scripts, its average.
    Rsi {
        gains: Fading,
        losses: Fading,
        last: f64,
        average: Option<Sma>,
    },
    /// Histogram, difference and signal, for scripts with the number of the histogram's colour.
    Macd {
        fast: Average,
        slow: Average,
        signal: Average,
        colour: Option<f64>,
    },
    /// Middle, upper and lower band.
    Bands { window: Window, width: f64 },
    /// The price weighted with the volume since the trading date began.
    Vwap { date: i64, volume: f64, traded: f64 },
    /// The line below, the line above, and the middle of the bar's body.
    Supertrend(Supertrend),
    /// The source three times; each plot misses every fourth bar.
    Gaps,
    /// The source as it is.
    Same,
    /// A study of the table of indicators, and how many of its plots are shown.
    Line(Line, usize),
    /// A script that is only described.
    Generic(Generic),
    /// Nothing.
    Nothing,
}

impl Calc {
    /// Takes in the next bar and what the study is computed from; `NaN` stands for what is not
    /// known.
    pub(super) fn step(&mut self, bar: &Bar, value: f64) -> Vec<f64> {
        match self {
            Self::Volume {
                average,
                by_last_close,
                last_close,
            } => {
                let before = last_close.replace(bar.close);
                let reference = before.filter(|_| *by_last_close).unwrap_or(bar.open);
                let falling = f64::from(u8::from(bar.close < reference));
                vec![bar.volume, falling, average.step(bar.volume)]
            }
            Self::Sma(average) => vec![average.step(value)],
            Self::Ema(average) => vec![average.step(value)],
            Self::Rsi {
                gains,
                losses,
                last,
                average,
            } => {
                let change = value - std::mem::replace(last, value);
                // Without a bar before there is no change; `max` would make 0 of it.
                let part = |part: f64| if part.is_nan() { part } else { part.max(0.0) };
                let strength = strength(gains.step(part(change)), losses.step(part(-change)));
                let smoothed = average.as_mut().map(|average| average.step(strength));
                std::iter::once(strength).chain(smoothed).collect()
            }
            Self::Macd {
                fast,
                slow,
                signal,
                colour,
            } => {
                let macd = fast.step(value) - slow.step(value);
                let signal = signal.step(macd);
                let histogram = macd - signal;
                match colour {
                    None => vec![histogram, macd, signal],
                    Some(last) => {
                        let shade = shade(histogram, std::mem::replace(last, histogram));
                        vec![histogram, shade, macd, signal]
                    }
                }
            }
            Self::Bands { window, width } => {
                if !window.push(value) {
                    return vec![f64::NAN; 3];
                }
                let (middle, away) = (window.mean(), *width * window.deviation());
                vec![middle, middle + away, middle - away]
            }
            Self::Vwap {
                date,
                volume,
                traded,
            } => {
                if *date != bar.date {
                    (*date, *volume, *traded) = (bar.date, 0.0, 0.0);
                }
                *volume += bar.volume;
                *traded += value * bar.volume;
                vec![if *volume > 0.0 {
                    *traded / *volume
                } else {
                    f64::NAN
                }]
            }
            Self::Supertrend(trend) => {
                let body = (bar.open + bar.close) / 2.0;
                match trend.step(bar) {
                    Some(Trend::Up(line)) => vec![line, f64::NAN, body],
                    Some(Trend::Down(line)) => vec![f64::NAN, line, body],
                    None => vec![f64::NAN, f64::NAN, body],
                }
            }
            Self::Gaps => {
                let missing = bar.index.rem_euclid(4);
                let plot = |at| if at == missing { f64::NAN } else { value };
                (0..3).map(plot).collect()
            }
            Self::Same => vec![value],
            Self::Line(line, plots) => {
                let mut values = line.step(bar, value);
                values.truncate(*plots);
                values
            }
            Self::Generic(generic) => generic.step(bar, value),
            Self::Nothing => Vec::new(),
        }
    }
}

/// The colour of a histogram: above or below zero, growing or falling.
fn shade(now: f64, before: f64) -> f64 {
    if now.is_nan() {
        return f64::NAN;
    }
    match (now >= 0.0, before < now) {
        (true, true) => 0.0,
        (true, false) => 1.0,
        (false, true) => 2.0,
        (false, false) => 3.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(index: i64, open: f64, close: f64, volume: f64) -> Bar {
        Bar {
            index,
            date: 0,
            time: index * 3600,
            open,
            high: open.max(close) + 1.0,
            low: open.min(close) - 1.0,
            close,
            volume,
        }
    }

    /// Prices that go up and down without repeating.
    fn prices(count: usize) -> Vec<f64> {
        (0..count)
            .map(|n| 100.0 + 10.0 * (n as f64 * 0.7).sin() + n as f64 * 0.1)
            .collect()
    }

    fn run(mut calc: Calc, values: &[f64]) -> Vec<Vec<f64>> {
        values
            .iter()
            .enumerate()
            .map(|(at, value)| calc.step(&bar(at as i64, *value, *value, 1.0), *value))
            .collect()
    }

    fn close(one: f64, other: f64) {
        assert!((one - other).abs() < 1e-9, "{one} and {other}");
    }

    #[test]
    fn the_relative_strength_agrees_with_wilders_table() {
        // The closes, and from the 15th on the strengths, of the widely used worked example of a
        // 14-day index.
        let closes = [
            44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.10, 45.42, 45.84, 46.08, 45.89, 46.03,
            45.61, 46.28, 46.28, 46.00, 46.03, 46.41, 46.22, 45.64,
        ];
        let rsi = Calc::Rsi {
            gains: Fading::wilder(14),
            losses: Fading::wilder(14),
            last: f64::NAN,
            average: None,
        };
        let got = run(rsi, &closes);
        assert!(got[..14].iter().all(|row| row[0].is_nan()));
        for (row, known) in got[14..]
            .iter()
            .zip([70.46, 66.25, 66.48, 69.35, 66.29, 57.92])
        {
            assert!((row[0] - known).abs() < 0.01, "{} and {known}", row[0]);
        }
    }

    #[test]
    fn the_relative_strength_is_100_without_losses_and_scripts_smooth_it() {
        let rsi = Calc::Rsi {
            gains: Fading::wilder(2),
            losses: Fading::wilder(2),
            last: f64::NAN,
            average: Some(Sma::new(2)),
        };
        let got = run(rsi, &[1.0, 2.0, 3.0, 4.0, 3.0]);
        assert_eq!(got[3], [100.0, 100.0]);
        // Gains average (1 + 0) / 2, losses (0 + 1) / 2.
        assert_eq!(got[4], [50.0, 75.0]);
    }

    #[test]
    fn macd_is_the_difference_of_averages_recomputed_from_scratch() {
        let prices = prices(80);
        let naive = |values: &[f64], length: usize| -> Vec<Option<f64>> {
            let mut out: Vec<Option<f64>> = vec![None; values.len()];
            for at in length - 1..values.len() {
                out[at] = Some(match out.get(at.wrapping_sub(1)).copied().flatten() {
                    Some(last) => {
                        let alpha = 2.0 / (length as f64 + 1.0);
                        alpha * values[at] + (1.0 - alpha) * last
                    }
                    None => values[..length].iter().sum::<f64>() / length as f64,
                });
            }
            out
        };
        let (fast, slow) = (naive(&prices, 12), naive(&prices, 26));
        let difference: Vec<f64> = (25..80)
            .map(|at| fast[at].unwrap() - slow[at].unwrap())
            .collect();
        let signal = naive(&difference, 9);
        let macd = Calc::Macd {
            fast: Average::new(false, 12),
            slow: Average::new(false, 26),
            signal: Average::new(false, 9),
            colour: Some(f64::NAN),
        };
        let got = run(macd, &prices);
        assert!(got[24][2].is_nan() && got[32][3].is_nan());
        for at in 33..80 {
            let (macd, signal) = (difference[at - 25], signal[at - 25].unwrap());
            close(got[at][2], macd);
            close(got[at][3], signal);
            close(got[at][0], macd - signal);
            let above = got[at][0] >= 0.0;
            assert_eq!(got[at][1] < 2.0, above);
        }
        assert!((34..80).any(|at| got[at][1] == 1.0) && (34..80).any(|at| got[at][1] == 2.0));
    }

    #[test]
    fn bands_lie_population_deviations_away() {
        let bands = Calc::Bands {
            window: Window::new(8),
            width: 1.5,
        };
        let got = run(bands, &[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert!(got[6].iter().all(|plot| plot.is_nan()));
        assert_eq!(got[7], [5.0, 8.0, 2.0]);
    }

    #[test]
    fn volume_is_coloured_by_its_bar_or_by_the_close_before() {
        let volume = |by_last_close| Calc::Volume {
            average: Sma::new(2),
            by_last_close,
            last_close: None,
        };
        let bars = [
            bar(0, 5.0, 4.0, 10.0),
            bar(1, 3.0, 3.5, 20.0),
            bar(2, 4.0, 4.0, 40.0),
        ];
        let colours = |mut calc: Calc| bars.map(|bar| calc.step(&bar, bar.close)[1]);
        assert_eq!(colours(volume(false)), [1.0, 0.0, 0.0]);
        assert_eq!(colours(volume(true)), [1.0, 1.0, 0.0]);
        let mut calc = volume(false);
        calc.step(&bars[0], 4.0);
        assert_eq!(calc.step(&bars[1], 3.5), [20.0, 0.0, 15.0]);
    }

    #[test]
    fn the_weighted_price_restarts_each_trading_date() {
        let mut vwap = Calc::Vwap {
            date: i64::MIN,
            volume: 0.0,
            traded: 0.0,
        };
        // A session that goes on through midnight is one.
        let mut step = |date, index, volume, price| {
            let bar = bar(index, 0.0, 0.0, volume);
            vwap.step(&Bar { date, ..bar }, price)[0]
        };
        assert_eq!(step(1, 22, 1.0, 10.0), 10.0);
        assert_eq!(step(1, 24, 3.0, 20.0), 17.5);
        assert_eq!(step(2, 40, 5.0, 30.0), 30.0);
        assert!(step(3, 48, 0.0, 30.0).is_nan());
    }
}
