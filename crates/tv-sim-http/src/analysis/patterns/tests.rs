use super::*;

/// Open, high, low and close of each candle, after sixty quiet ones that rise or fall by a
/// unit.
fn has(name: &str, step: f64, candles: &[[f64; 4]]) -> bool {
    let quiet = (0..60).map(|at| {
        let open = 100.0 - step * f64::from(60 - at);
        [
            open,
            open.max(open + step) + 0.2,
            open.min(open + step) - 0.2,
            open + step,
        ]
    });
    let all: Vec<[f64; 4]> = quiet.chain(candles.iter().copied()).collect();
    let of = |at: usize| -> Vec<f64> { all.iter().map(|candle| candle[at]).collect() };
    let [open, high, low, close] = [of(0), of(1), of(2), of(3)];
    let volume = vec![1.0; all.len()];
    let view = View {
        open: &open,
        high: &high,
        low: &low,
        close: &close,
        volume: &volume,
    };
    pattern(view, name).unwrap()
}

/// A name, a step, and candles.
type Example = (&'static str, f64, &'static [[f64; 4]]);

const EXAMPLES: &[Example] = &[
    (
        "Engulfing.Bullish",
        -1.0,
        &[[100.0, 100.2, 99.3, 99.5], [99.0, 103.0, 98.9, 102.0]],
    ),
    (
        "Engulfing.Bearish",
        1.0,
        &[[100.0, 100.7, 99.9, 100.5], [101.0, 101.1, 97.0, 98.0]],
    ),
    ("Hammer", -1.0, &[[99.5, 99.9, 96.0, 99.8]]),
    ("HangingMan", 1.0, &[[100.5, 101.0, 96.0, 100.9]]),
    ("ShootingStar", 1.0, &[[100.5, 104.0, 100.45, 100.9]]),
    ("InvertedHammer", -1.0, &[[99.0, 102.0, 98.95, 99.4]]),
    ("Doji", 1.0, &[[100.0, 101.0, 99.0, 100.02]]),
    ("Doji.Dragonfly", 1.0, &[[100.0, 100.02, 97.0, 100.01]]),
    ("Doji.Gravestone", 1.0, &[[100.0, 103.0, 99.98, 100.01]]),
    ("Marubozu.White", 1.0, &[[100.0, 103.0, 100.0, 103.0]]),
    ("Marubozu.Black", -1.0, &[[100.0, 100.0, 97.0, 97.0]]),
    ("SpinningTop.White", 1.0, &[[100.0, 101.2, 99.0, 100.2]]),
    ("LongShadow.Lower", 1.0, &[[100.0, 100.4, 96.0, 100.3]]),
    ("LongShadow.Upper", 1.0, &[[100.0, 104.0, 99.9, 100.3]]),
    ("RisingWindow.Bullish", 1.0, &[[103.0, 104.0, 102.0, 103.5]]),
    ("FallingWindow.Bearish", 1.0, &[[97.0, 98.0, 96.0, 97.5]]),
    (
        "Piercing.Bullish",
        -1.0,
        &[[100.0, 100.1, 96.9, 97.0], [96.5, 99.5, 96.4, 99.0]],
    ),
    (
        "DarkCloudCover.Bearish",
        1.0,
        &[[100.0, 103.1, 99.9, 103.0], [103.2, 103.3, 100.8, 101.0]],
    ),
    (
        "Harami.Bullish",
        -1.0,
        &[[100.0, 100.1, 96.9, 97.0], [98.0, 98.8, 97.9, 98.6]],
    ),
    (
        "HaramiCross.Bearish",
        1.0,
        &[[100.0, 103.1, 99.9, 103.0], [101.5, 102.0, 101.0, 101.51]],
    ),
    (
        "MorningStar",
        -1.0,
        &[
            [100.0, 100.1, 96.9, 97.0],
            [96.5, 96.7, 96.2, 96.4],
            [97.0, 100.0, 96.9, 99.8],
        ],
    ),
    (
        "EveningStar",
        1.0,
        &[
            [100.0, 103.1, 99.9, 103.0],
            [103.6, 103.9, 103.4, 103.7],
            [103.0, 103.1, 100.0, 100.2],
        ],
    ),
    (
        "3WhiteSoldiers",
        1.0,
        &[
            [100.0, 102.6, 99.9, 102.5],
            [102.0, 105.1, 101.9, 105.0],
            [104.0, 107.6, 103.9, 107.5],
        ],
    ),
    (
        "3BlackCrows",
        -1.0,
        &[
            [100.0, 100.1, 97.4, 97.5],
            [98.0, 98.1, 94.9, 95.0],
            [96.0, 96.1, 92.4, 92.5],
        ],
    ),
    (
        "AbandonedBaby.Bullish",
        -1.0,
        &[
            [100.0, 100.1, 96.9, 97.0],
            [96.0, 96.4, 95.6, 96.0],
            [97.0, 99.6, 96.9, 99.5],
        ],
    ),
    (
        "TweezerTop.Bearish",
        1.0,
        &[[100.0, 103.0, 99.9, 102.9], [102.8, 103.0, 101.0, 101.2]],
    ),
];

#[test]
fn the_textbook_examples_are_found_and_their_mirrors_are_not() {
    for (name, step, candles) in EXAMPLES {
        assert!(has(name, *step, candles), "{name}");
        // The same candles upside down.
        let mirrored: Vec<[f64; 4]> = candles
            .iter()
            .map(|[open, high, low, close]| {
                [200.0 - open, 200.0 - low, 200.0 - high, 200.0 - close]
            })
            .collect();
        if *name != "Doji" {
            assert!(!has(name, -step, &mirrored), "{name}, upside down");
        }
    }
}

#[test]
fn every_column_of_patterns_has_one() {
    let flat = [100.0; 20];
    let view = View {
        open: &flat,
        high: &flat,
        low: &flat,
        close: &flat,
        volume: &flat,
    };
    let table = include_str!("../../../data/columns.tsv");
    let names = table
        .lines()
        .filter_map(|line| line.split('\t').next()?.strip_prefix("Candle."));
    let names: Vec<&str> = names.collect();
    assert_eq!(names.len(), 44);
    for name in names {
        assert!(pattern(view, name).is_some(), "{name}");
    }
    assert_eq!(pattern(view, "Doij"), None);
    assert_eq!(pattern(view.before(17), "Doji"), None, "too few candles");
}
