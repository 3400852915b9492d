//! Values of studies, computed once more from the bars by their definitions.

#![expect(
    clippy::indexing_slicing,
    reason = "formulas read as in a book, and a wrong place is a failed test"
)]

use std::collections::BTreeMap;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tv_client::{
    Bar, Interval, Series, SeriesRequest, StudyRequest,
    study::{
        MetaInfo,
        builtin::{Atr, BollingerBands, DirectionalMovement, Macd, Rsi, Stochastic, Vwap},
    },
};

use crate::{connect, simulator, soon, start};

const BARS: usize = 1500;
/// After this number of bars, what was before them shows no longer in an average.
const FADED: usize = 700;
const DAY: i64 = 86_400;

/// What a study plots on each bar that has closed, by the plot's name.
struct Plotted(Vec<BTreeMap<String, Option<f64>>>);

impl Plotted {
    async fn of(series: &Series, bars: &[Bar], study: impl Into<StudyRequest>) -> Self {
        let mut study = soon("study", series.study(study)).await.unwrap();
        let points = soon("snapshot", study.snapshot()).await.unwrap();
        let names: Vec<String> = study
            .plots()
            .iter()
            .map(|plot| plot.title.clone().unwrap_or_else(|| plot.id.clone()))
            .collect();
        let row = |bar: &Bar| {
            let point = points.iter().find(|point| point.time == bar.time).unwrap();
            assert_eq!(point.values.len(), names.len());
            names
                .iter()
                .cloned()
                .zip(point.values.iter().copied())
                .collect()
        };
        Self(bars.iter().map(row).collect())
    }

    /// Checks a plot against values that were computed otherwise.
    fn must_be(&self, name: &str, expected: &[f64], from: usize) {
        assert_eq!(self.0.len(), expected.len());
        let mut compared = 0;
        for (at, (row, expected)) in self.0.iter().zip(expected).enumerate().skip(from) {
            let got = row[name];
            if expected.is_nan() {
                assert_eq!(got, None, "{name} at {at}");
                continue;
            }
            let got = got.unwrap_or_else(|| panic!("{name} has no value at {at}"));
            let tolerance = 1e-9 * expected.abs().max(1.0);
            assert!(
                (got - expected).abs() <= tolerance,
                "{name} at {at}: {got}, not {expected}"
            );
            compared += 1;
        }
        assert!(compared > 300, "{name}: {compared} values");
    }
}

/// The mean of the last `n` values at each place.
fn mean(values: &[f64], n: usize) -> Vec<f64> {
    let at = |end: usize| match (end + 1).checked_sub(n) {
        Some(begin) => values[begin..=end].iter().sum::<f64>() / n as f64,
        None => f64::NAN,
    };
    (0..values.len()).map(at).collect()
}

/// An average in which each value weighs `weight`, begun with the mean of the first `n` known ones.
fn smooth(values: &[f64], n: usize, weight: f64) -> Vec<f64> {
    let unknown = values.iter().take_while(|value| value.is_nan()).count();
    let mut all = vec![f64::NAN; values.len()];
    let mut last = values[unknown..unknown + n].iter().sum::<f64>() / n as f64;
    for at in unknown + n - 1..values.len() {
        if at >= unknown + n {
            last = (1.0 - weight) * last + weight * values[at];
        }
        all[at] = last;
    }
    all
}

fn wilder(values: &[f64], n: usize) -> Vec<f64> {
    smooth(values, n, 1.0 / n as f64)
}

fn exponential(values: &[f64], n: usize) -> Vec<f64> {
    smooth(values, n, 2.0 / (n + 1) as f64)
}

fn each(one: &[f64], other: &[f64], make: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    one.iter()
        .zip(other)
        .map(|(one, other)| make(*one, *other))
        .collect()
}

/// What each value has changed by.
fn changes(values: &[f64]) -> Vec<f64> {
    let pairs = values.windows(2).map(|pair| pair[1] - pair[0]);
    std::iter::once(f64::NAN).chain(pairs).collect()
}

/// The highest and the lowest price of the last `n` bars.
fn range(bars: &[Bar], end: usize, n: usize) -> (f64, f64) {
    let window = &bars[(end + 1).saturating_sub(n)..=end];
    let high = window.iter().map(|bar| bar.high).fold(f64::MIN, f64::max);
    (
        high,
        window.iter().map(|bar| bar.low).fold(f64::MAX, f64::min),
    )
}

fn true_ranges(bars: &[Bar]) -> Vec<f64> {
    let pairs = bars.windows(2).map(|pair| {
        let (last, bar) = (pair[0].close, pair[1]);
        bar.high.max(last) - bar.low.min(last)
    });
    std::iter::once(bars[0].high - bars[0].low)
        .chain(pairs)
        .collect()
}

async fn charted(sim: &sim::SimServer) -> (Series, Vec<Bar>) {
    let client = connect(sim).await;
    let hour: Interval = "60".parse().unwrap();
    let request = SeriesRequest::new("BINANCE:BTCUSDT", hour)
        .unwrap()
        .count(BARS);
    let series = soon("history", client.series(request)).await.unwrap();
    // The last bar is still open.
    let bars = series.history();
    let closed = bars[..bars.len() - 1].to_vec();
    (series, closed)
}

#[tokio::test]
async fn oscillators_are_what_their_definitions_say() {
    let sim = start(simulator().rate(0.0)).await;
    let (series, bars) = charted(&sim).await;
    let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();

    let changed = changes(&closes);
    let part = |sign: f64| {
        let part = |change: &f64| {
            if change.is_nan() {
                f64::NAN
            } else {
                (sign * change).max(0.0)
            }
        };
        wilder(&changed.iter().map(part).collect::<Vec<_>>(), 14)
    };
    let rsi = each(&part(1.0), &part(-1.0), |up, down| 100.0 * up / (up + down));
    let plotted = Plotted::of(&series, &bars, Rsi::new().spec().unwrap()).await;
    plotted.must_be("RelativeStrengthIndex", &rsi, FADED);

    let difference = each(
        &exponential(&closes, 12),
        &exponential(&closes, 26),
        |a, b| a - b,
    );
    let signal = exponential(&difference, 9);
    let plotted = Plotted::of(&series, &bars, Macd::new().spec().unwrap()).await;
    plotted.must_be("macd", &difference, FADED);
    plotted.must_be("signal", &signal, FADED);
    plotted.must_be(
        "histogram",
        &each(&difference, &signal, |a, b| a - b),
        FADED,
    );

    let place = |(end, bar): (usize, &Bar)| {
        let (high, low) = range(&bars, end, 14);
        100.0 * (bar.close - low) / (high - low)
    };
    let k = mean(&bars.iter().enumerate().map(place).collect::<Vec<_>>(), 3);
    let plotted = Plotted::of(&series, &bars, Stochastic::new().spec().unwrap()).await;
    plotted.must_be("K", &k, FADED);
    plotted.must_be("D", &mean(&k, 3), FADED);

    let highs = changes(&bars.iter().map(|bar| bar.high).collect::<Vec<_>>());
    let lows = changes(&bars.iter().map(|bar| -bar.low).collect::<Vec<_>>());
    let moved = |a: f64, b: f64| if a > b && a > 0.0 { a } else { 0.0 };
    let ranges = wilder(&true_ranges(&bars), 14);
    let share = |one: &[f64], other: &[f64]| {
        each(
            &wilder(&each(one, other, moved), 14),
            &ranges,
            |moved, range| 100.0 * moved / range,
        )
    };
    let (plus, minus) = (share(&highs, &lows), share(&lows, &highs));
    let apart = each(&plus, &minus, |plus, minus| {
        (plus - minus).abs() / (plus + minus)
    });
    let adx: Vec<f64> = wilder(&apart, 14).iter().map(|adx| 100.0 * adx).collect();
    let plotted = Plotted::of(&series, &bars, DirectionalMovement::new().spec().unwrap()).await;
    plotted.must_be("ADX", &adx, FADED);
    plotted.must_be("DI_P", &plus, FADED);
    plotted.must_be("DI_N", &minus, FADED);
}

#[tokio::test]
async fn bands_and_averages_are_what_their_definitions_say() {
    let sim = start(simulator().rate(0.0)).await;
    let (series, bars) = charted(&sim).await;
    let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();

    let basis = mean(&closes, 20);
    let away: Vec<f64> = (0..closes.len())
        .map(|end| match (end + 1).checked_sub(20) {
            Some(begin) => {
                let square = |close: &f64| (close - basis[end]).powi(2);
                (closes[begin..=end].iter().map(square).sum::<f64>() / 20.0).sqrt()
            }
            None => f64::NAN,
        })
        .collect();
    let plotted = Plotted::of(&series, &bars, BollingerBands::new().spec().unwrap()).await;
    plotted.must_be("Basis", &basis, 20);
    plotted.must_be(
        "Upper",
        &each(&basis, &away, |basis, away| basis + 2.0 * away),
        20,
    );
    plotted.must_be(
        "Lower",
        &each(&basis, &away, |basis, away| basis - 2.0 * away),
        20,
    );

    let plotted = Plotted::of(&series, &bars, Atr::new().spec().unwrap()).await;
    plotted.must_be("ATR", &wilder(&true_ranges(&bars), 14), FADED);

    let day = |bar: &Bar| bar.time.seconds().div_euclid(DAY);
    let vwap: Vec<f64> = (0..bars.len())
        .map(|end| {
            let today = bars[..=end]
                .iter()
                .filter(|bar| day(bar) == day(&bars[end]));
            let (traded, volume) = today.fold((0.0, 0.0), |(traded, volume), bar| {
                let amount = bar.volume.unwrap();
                (
                    traded + (bar.high + bar.low + bar.close) / 3.0 * amount,
                    volume + amount,
                )
            });
            traded / volume
        })
        .collect();
    let plotted = Plotted::of(&series, &bars, Vwap::new().spec().unwrap()).await;
    plotted.must_be("VWAP", &vwap, 24);
}

/// The description of a script, as the site serves it.
async fn described(sim: &sim::SimServer, script: &str) -> MetaInfo {
    let mut stream = TcpStream::connect(sim.local_addr()).await.unwrap();
    let request = format!(
        "GET /pine-facade/translate/{script}/last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    soon("answer", stream.read_to_end(&mut answer))
        .await
        .unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut body: serde_json::Value = serde_json::from_str(body).unwrap();
    serde_json::from_value(body["result"]["metaInfo"].take()).unwrap()
}

#[tokio::test]
async fn a_supertrend_follows_the_price_as_its_definition_says() {
    let sim = start(simulator().rate(0.0)).await;
    let (series, bars) = charted(&sim).await;
    let info = described(&sim, "STD%3BSupertrend").await;
    let plotted = Plotted::of(&series, &bars, info.script().unwrap().spec()).await;

    let ranges = wilder(&true_ranges(&bars), 10);
    let (mut below, mut above) = (vec![f64::NAN; bars.len()], vec![f64::NAN; bars.len()]);
    // The lower and the upper stop of the bar before, and whether the trend went up.
    let mut last: Option<(f64, f64, bool)> = None;
    for end in 0..bars.len() {
        if ranges[end].is_nan() {
            continue;
        }
        let middle = f64::midpoint(bars[end].high, bars[end].low);
        let (mut lower, mut upper) = (middle - 3.0 * ranges[end], middle + 3.0 * ranges[end]);
        let mut up = false;
        if let Some((last_lower, last_upper, was_up)) = last {
            let before = bars[end - 1].close;
            lower = if before < last_lower {
                lower
            } else {
                lower.max(last_lower)
            };
            upper = if before > last_upper {
                upper
            } else {
                upper.min(last_upper)
            };
            up = if was_up {
                bars[end].close >= lower
            } else {
                bars[end].close > upper
            };
        }
        last = Some((lower, upper, up));
        let line = if up {
            (&mut below, lower)
        } else {
            (&mut above, upper)
        };
        line.0[end] = line.1;
    }
    plotted.must_be("Up Trend", &below, FADED);
    plotted.must_be("Down Trend", &above, FADED);
    let bodies: Vec<f64> = bars
        .iter()
        .map(|bar| f64::midpoint(bar.open, bar.close))
        .collect();
    plotted.must_be("Body Middle", &bodies, 0);
}
