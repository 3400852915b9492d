//! What a quote tells of a symbol's past: extremes, the last close, the first bars.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    bars::Bars,
    candle::Candle,
    civil::{civil, date_of},
    interval::{DAY, Interval},
    settings::Settings,
    symbol::Symbol,
};

/// The days whose volumes are averaged.
const AVERAGED: usize = 30;

/// How far back the extremes of a year reach, in days.
const YEAR: i64 = 52 * 7;

/// The fields of all bars there are, which take the longest to find.
const ALL_TIME: [&str; 5] = [
    "all_time_high",
    "all_time_high_day",
    "all_time_low",
    "all_time_low_day",
    "all_time_open",
];

/// The fields of the latest bars.
const RECENT: [&str; 5] = [
    "average_volume",
    "price_52_week_high",
    "price_52_week_low",
    "regular_close",
    "regular_close_time",
];

impl Symbol {
    /// The fields of its quotes that tell its past at a time in milliseconds UTC, under some
    /// settings: those of them that are wanted. The day that is not over counts.
    pub fn past(
        self: &Arc<Self>,
        settings: &Settings,
        now: i64,
        wants: impl Fn(&str) -> bool,
    ) -> Map<String, Value> {
        let mut past = Map::new();
        let wants_any = |fields: &[&str]| fields.iter().any(|field| wants(field));
        let year = now.div_euclid(DAY) * DAY - YEAR * DAY;
        let from = if wants_any(&ALL_TIME) { i64::MIN } else { year };
        if wants_any(&ALL_TIME) || wants_any(&RECENT) {
            let days = self.days(settings, from, now);
            past.extend(extremes(&days, year));
            past.extend(self.close(&days, now));
        }
        for (field, resolution) in [("first_bar_time_1m", "1"), ("first_bar_time_1s", "1S")] {
            if wants(field) && self.has_intraday() {
                past.extend(
                    self.first_bar(resolution, now)
                        .map(|time| (field.to_owned(), json!(time))),
                );
            }
        }
        past.extend(self.earnings(now));
        past.retain(|field, _| wants(field));
        past
    }

    /// Its daily bars from a time on.
    fn days(self: &Arc<Self>, settings: &Settings, from: i64, now: i64) -> Vec<Candle> {
        let plain = Settings {
            heikin_ashi: false,
            shape: None,
            ..*settings
        };
        let Ok(interval) = Interval::parse("1D") else {
            return Vec::new();
        };
        self.bars(interval, plain, from, now, now).collect()
    }

    /// When its first bar of a resolution opens, in seconds UTC.
    fn first_bar(self: &Arc<Self>, resolution: &str, now: i64) -> Option<i64> {
        let interval = Interval::parse(resolution).ok()?;
        let bars = Bars::new(Arc::clone(self), interval, Settings::default());
        let first = bars.first_at(i64::MIN)?;
        (first.opens <= now).then_some(first.opens.div_euclid(1000))
    }

    /// The last close, its second, and the average volume of the days before.
    fn close(&self, days: &[Candle], now: i64) -> Map<String, Value> {
        let mut reported = Map::new();
        let over = days.iter().rev().skip_while(|day| day.closes > now);
        let latest: Vec<&Candle> = over.take(AVERAGED).collect();
        let Some(last) = latest.first() else {
            return reported;
        };
        reported.insert("regular_close".into(), json!(last.close));
        let second = (last.closes - 1).div_euclid(1000);
        reported.insert("regular_close_time".into(), json!(second));
        if self.has_volume() {
            let sum: f64 = latest.iter().map(|day| day.volume).sum();
            let average = (sum / latest.len() as f64).round();
            reported.insert("average_volume".into(), json!(average));
        }
        reported
    }

    /// When a company has reported its earnings, and will again: after the closing, four weeks
    /// after the end of a quarter.
    fn earnings(&self, now: i64) -> Map<String, Value> {
        let mut reported = Map::new();
        if self.market_value(1.0).is_none() {
            return reported;
        }
        let (year, _, _) = civil(now.div_euclid(DAY));
        let reports = (-1..=1).flat_map(|back| {
            [1, 4, 7, 10]
                .map(|month| (date_of(year + back, month, 28) * DAY + 21 * DAY / 24) / 1000)
        });
        let (past, coming): (Vec<i64>, Vec<i64>) = reports.partition(|at| at * 1000 <= now);
        reported.extend(
            past.last()
                .map(|at| ("earnings_release_date".to_owned(), json!(at))),
        );
        reported.extend(
            coming
                .first()
                .map(|at| ("earnings_release_next_date".to_owned(), json!(at))),
        );
        reported
    }
}

/// The extremes of daily bars: of all of them, and of those from a time on.
fn extremes(days: &[Candle], year: i64) -> Map<String, Value> {
    let mut reported = Map::new();
    let highest = |days: &[Candle]| {
        days.iter()
            .copied()
            .max_by(|a, b| a.high.total_cmp(&b.high))
    };
    let lowest = |days: &[Candle]| days.iter().copied().min_by(|a, b| a.low.total_cmp(&b.low));
    let midnight = |day: Candle| json!(day.date * (DAY / 1000));
    let (Some(first), Some(high), Some(low)) = (days.first(), highest(days), lowest(days)) else {
        return reported;
    };
    reported.insert("all_time_open".into(), json!(first.open));
    reported.insert("all_time_high".into(), json!(high.high));
    reported.insert("all_time_high_day".into(), midnight(high));
    reported.insert("all_time_low".into(), json!(low.low));
    reported.insert("all_time_low_day".into(), midnight(low));
    let latest = days.partition_point(|day| day.opens < year);
    let latest = days.get(latest..).unwrap_or_default();
    if let (Some(high), Some(low)) = (highest(latest), lowest(latest)) {
        reported.insert("price_52_week_high".into(), json!(high.high));
        reported.insert("price_52_week_low".into(), json!(low.low));
    }
    reported
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticks::tick_at;

    /// Monday, 23 November 2026, 15:00 UTC: New York is open.
    const NOW: i64 = 1_795_446_000_000;

    fn past(name: &str) -> Map<String, Value> {
        let symbol = Arc::new(Symbol::lookup(1, name).unwrap());
        symbol.past(&Settings::default(), NOW, |_| true)
    }

    #[test]
    fn extremes_and_closes_are_those_of_the_daily_bars() {
        let apple = Arc::new(Symbol::lookup(1, "NASDAQ:AAPL").unwrap());
        let reported = past("NASDAQ:AAPL");
        let days = apple.days(&Settings::default(), i64::MIN, NOW);
        let number = |field: &str| reported[field].as_f64().unwrap();
        let (high, low) = (number("all_time_high"), number("all_time_low"));
        assert!(days.iter().all(|day| day.high <= high && day.low >= low));
        assert!(days.iter().any(|day| day.high == high) && days.iter().any(|day| day.low == low));
        let (high, low) = (number("price_52_week_high"), number("price_52_week_low"));
        let year = &days[days.len() - 240..];
        assert!(year.iter().all(|day| day.high <= high && day.low >= low));
        assert!(high <= number("all_time_high") && low >= number("all_time_low"));
        // Friday's close, which the quote of Monday compares with.
        let before = tick_at(&apple, NOW).shown.unwrap().before;
        assert_eq!(number("regular_close"), before);
        let friday = 1_795_208_400 - 1; // 2026-11-20, 21:00 UTC
        assert_eq!(reported["regular_close_time"], friday);
        let volumes: Vec<f64> = days.iter().rev().skip(1).map(|day| day.volume).collect();
        let average = volumes[..30].iter().sum::<f64>() / 30.0;
        assert_eq!(number("average_volume"), average.round());
        assert!(number("earnings_release_date") < NOW as f64 / 1000.0);
        assert!(number("earnings_release_next_date") > NOW as f64 / 1000.0);
    }

    #[test]
    fn only_wanted_fields_are_reported_and_none_without_trades() {
        let apple = Arc::new(Symbol::lookup(1, "NASDAQ:AAPL").unwrap());
        let some = apple.past(&Settings::default(), NOW, |field| {
            field == "price_52_week_low"
        });
        let all = past("NASDAQ:AAPL");
        let only: Vec<(&String, &Value)> = some.iter().collect();
        let field = "price_52_week_low".to_owned();
        assert_eq!(only, [(&field, &all["price_52_week_low"])]);
        assert!(!past("BINANCE:BTCUSDT").contains_key("earnings_release_date"));
        assert!(!past("NASDAQ:NDX").contains_key("average_volume"));
        let fresh = past("NYSE:FRESH");
        assert!(!fresh.contains_key("all_time_high") && !fresh.contains_key("first_bar_time_1m"));
    }
}
