//! Bars that prices end, in a series: loads agree with each other and with live updates.

use std::{collections::BTreeMap, sync::Arc};

use market::{Interval, Market, Settings, tick_at};
use serde_json::{Value, json};

use crate::{
    descriptor::shape_asked,
    recording::SeriesIds,
    session::series::{
        market::{MarketSeries, Wanted},
        window::Window,
    },
};

const NOW: i64 = 1_790_726_430_500;
const IDS: SeriesIds<'_> = SeriesIds {
    session: "cs_1",
    series: "sds_1",
    turnaround: "s1",
};

/// Every kind, with inputs with which a minute moves it.
fn kinds() -> [(&'static str, Value); 6] {
    [
        ("BarSetRenko", json!({ "atrLength": 14, "style": "ATR" })),
        (
            "BarSetRenko",
            json!({ "style": "Traditional", "boxSize": 5 }),
        ),
        ("BarSetPriceBreak", json!({ "lb": 3 })),
        ("BarSetKagi", json!({ "atrLength": 14 })),
        ("BarSetPnF", json!({ "style": "Traditional", "boxSize": 2 })),
        ("BarSetRange", json!({ "range": 500 })),
    ]
}

fn series(
    name: &str,
    kind: &(&str, Value),
    interval: &str,
    window: Window,
    now: i64,
) -> MarketSeries {
    let (kind, inputs) = kind;
    let asked = format!(r#"={{"symbol":"X","type":"{kind}@x","inputs":{inputs}}}"#);
    let settings = Settings {
        shape: shape_asked(&asked).unwrap(),
        ..Settings::default()
    };
    assert!(settings.shape.is_some());
    let symbol = Market::new(1).symbol(name).unwrap();
    let wanted = Wanted {
        settings,
        ..Wanted::from(symbol)
    };
    MarketSeries::new(wanted, Interval::parse(interval).unwrap(), window, now).0
}

fn rows(message: &str) -> Vec<(i64, Value)> {
    let message: Value = serde_json::from_str(message).unwrap();
    let rows = message["p"][1]["sds_1"]["s"].as_array().unwrap();
    rows.iter()
        .map(|row| (row["i"].as_i64().unwrap(), row["v"].clone()))
        .collect()
}

#[test]
fn overlapping_requests_agree_and_times_rise() {
    for kind in kinds() {
        for (name, interval) in [("BINANCE:BTCUSDT", "1"), ("NASDAQ:AAPL", "D")] {
            let small = series(name, &kind, interval, Window::Latest(10), NOW);
            let large = series(name, &kind, interval, Window::Latest(100), NOW);
            let (small, large) = (rows(&small.load(IDS, NOW)), rows(&large.load(IDS, NOW)));
            assert!(small.len() == 10 && large.len() > 10, "{kind:?} {name}");
            let values = |rows: &[(i64, Value)]| -> Vec<Value> {
                rows.iter().map(|(_, value)| value.clone()).collect()
            };
            assert_eq!(values(&small), values(&large[large.len() - 10..]));
            for pair in large.windows(2) {
                let time = |row: &(i64, Value)| row.1[0].as_f64();
                assert!(time(&pair[0]) < time(&pair[1]), "{kind:?} {pair:?}");
            }
        }
    }
}

#[test]
fn what_was_reported_live_is_what_a_later_load_holds() {
    for kind in kinds() {
        let mut watched = series("BINANCE:BTCUSDT", &kind, "1", Window::Latest(20), NOW);
        let mut reported: BTreeMap<i64, Value> =
            rows(&watched.load(IDS, NOW)).into_iter().collect();
        let first = reported.len();
        let symbol = Arc::clone(watched.symbol());
        let end = NOW + 240 * 60_000;
        for at in (NOW..=end).step_by(17_000) {
            for update in watched.live(IDS, &tick_at(&symbol, at)) {
                reported.extend(rows(&update));
            }
        }
        let last = NOW + (end - NOW) / 17_000 * 17_000;
        assert!(reported.len() > first, "{kind:?}");
        let count = i64::try_from(reported.len()).unwrap();
        let later = series("BINANCE:BTCUSDT", &kind, "1", Window::Latest(count), last);
        let later: Vec<Value> = rows(&later.load(IDS, last))
            .into_iter()
            .map(|(_, value)| value)
            .collect();
        assert_eq!(
            reported.into_values().collect::<Vec<_>>(),
            later,
            "{kind:?}"
        );
    }
}

#[test]
fn older_bars_end_where_the_first_began() {
    let kind = ("BarSetRenko", json!({}));
    let mut series = series("BINANCE:BTCUSDT", &kind, "60", Window::Latest(10), NOW);
    let first = rows(&series.load(IDS, NOW))[0].1[0].as_f64();
    let (more, _) = series.more(5, NOW);
    let more = rows(&more.unwrap().timescale_update(IDS, 0));
    assert!(more.iter().map(|(index, _)| *index).eq(-5..0));
    assert!(more[4].1[0].as_f64() < first);
    let (_, end) = series.more(1_000_000, NOW);
    // There is more of the past than was made into bricks, unless each is of a day.
    assert_eq!(end, Some("limit"));
    let mut series = self::series("BINANCE:BTCUSDT", &kind, "1D", Window::Latest(10), NOW);
    let (_, end) = series.more(1_000_000, NOW);
    assert_eq!(end, Some("end"));
}
