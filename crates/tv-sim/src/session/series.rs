//! A series of market bars in a chart: which bars were sent, which come next.

mod replay;

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

use crate::hello::NODE;
use crate::market::{Interval, Ohlcv, Symbol, Tick};
use crate::recording::SeriesIds;

/// How many bars lie between the newest and the oldest that are ever given.
pub(crate) const MAX_DEPTH: i64 = 20_000;

/// Which bars a client asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    /// So many of the newest.
    Latest(i64),
    /// So many up to a time in milliseconds UTC.
    UpTo(i64, i64),
    /// Those from one time to another, in milliseconds UTC.
    Between(i64, i64),
}

impl Window {
    /// Reads the 6th and 7th parameter of `create_series`.
    pub(crate) fn parse(count: Option<&Value>, range: Option<&Value>) -> Option<Self> {
        let window = match count? {
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(kind), reference, count] if kind == "bar_count" => {
                    Self::UpTo(seconds(reference)?, count.as_i64()?.checked_abs()?)
                }
                _ => return None,
            },
            Value::String(text) if text.is_empty() => Self::Latest(0),
            number => Self::Latest(number.as_i64().filter(|count| *count >= 0)?),
        };
        let range = range
            .and_then(Value::as_str)
            .and_then(|text| text.strip_prefix("r,"));
        let Some((from, to)) = range.and_then(|range| range.split_once(':')) else {
            return Some(window);
        };
        let time = |text: &str| seconds(&Value::from(text.parse::<i64>().ok()?));
        Some(Self::Between(time(from)?, time(to)?))
    }
}

/// A time in seconds, whole or not, as milliseconds.
fn seconds(value: &Value) -> Option<i64> {
    value
        .as_f64()
        .filter(|seconds| seconds.abs() < 1e11)
        .map(|seconds| (seconds * 1000.0) as i64)
}

/// A bar as it is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bar {
    /// Its index in the series; 0 is the first that the first answer held.
    pub(crate) index: i64,
    /// When it opens, in seconds UTC.
    pub(crate) time: i64,
    /// The first price.
    pub(crate) open: f64,
    /// The highest price.
    pub(crate) high: f64,
    /// The lowest price.
    pub(crate) low: f64,
    /// The last price.
    pub(crate) close: f64,
    /// What was traded.
    pub(crate) volume: f64,
}

/// The state of one market series.
#[derive(Debug)]
pub(crate) struct MarketSeries {
    symbol: Arc<Symbol>,
    interval: Interval,
    /// The number of the bar that has index 0.
    base: i64,
    /// The number of the oldest bar that was sent.
    oldest: i64,
    /// The number of the newest bar that was sent.
    newest: i64,
    /// Whether the newest bar was the current one, so that changes follow.
    live: bool,
}

impl MarketSeries {
    /// Chooses the bars of a window; the second value says why there are no older ones, if there are none.
    pub(crate) fn new(
        symbol: Arc<Symbol>,
        interval: Interval,
        window: Window,
        now: i64,
    ) -> (Self, Option<&'static str>) {
        let current = interval.ordinal(now);
        let (floor, why) = floor(&symbol, interval, now);
        let (first, last) = match window {
            Window::Latest(count) => (current.saturating_sub(count - 1), current),
            Window::UpTo(time, count) => {
                let last = interval.ordinal(time).min(current);
                (last.saturating_sub(count - 1), last)
            }
            Window::Between(from, to) => {
                let from = interval.ordinal(from);
                // A bar belongs to the range if it opens in it.
                (from, interval.ordinal(to).min(current))
            }
        };
        // However far the window lies from what there is, nothing is counted outside.
        let oldest = first.max(floor).min(current + 1);
        let newest = last.max(oldest - 1);
        let reached = first <= floor;
        let live = newest == current && oldest <= newest;
        let series = Self {
            symbol,
            interval,
            base: oldest,
            oldest,
            newest,
            live,
        };
        (series, reached.then_some(why))
    }

    /// Whose bars they are.
    pub(crate) fn symbol(&self) -> &Arc<Symbol> {
        &self.symbol
    }

    /// Whether changes follow.
    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    /// Whether the window holds no bar.
    pub(crate) fn is_empty(&self) -> bool {
        self.oldest > self.newest
    }

    /// The indexes of the oldest and the newest bar.
    pub(crate) fn span(&self) -> (i64, i64) {
        (self.oldest - self.base, self.newest - self.base)
    }

    /// The index of the oldest bar there is, sent or not.
    pub(crate) fn reach(&self, now: i64) -> i64 {
        floor(&self.symbol, self.interval, now).0 - self.base
    }

    /// `timescale_update` with all bars of the window.
    pub(crate) fn load(&self, ids: SeriesIds<'_>, now: i64) -> String {
        self.timescale_update(ids, self.oldest, self.newest, now)
    }

    /// `timescale_update` with up to `count` bars older than those sent, if there are any, and why there are no more.
    pub(crate) fn more(
        &mut self,
        ids: SeriesIds<'_>,
        count: i64,
        now: i64,
    ) -> (Option<String>, Option<&'static str>) {
        let (floor, why) = floor(&self.symbol, self.interval, now);
        let last = self.oldest - 1;
        let first = self.oldest.saturating_sub(count.max(0)).max(floor);
        if first > last {
            return (None, (count > 0).then_some(why));
        }
        self.oldest = first;
        (
            Some(self.timescale_update(ids, first, last, now)),
            (first <= floor).then_some(why),
        )
    }

    /// `timescale_update` with the times of the next bars and no series.
    pub(crate) fn tickmarks(&self, session: &str, count: i64, now: i64) -> String {
        let scale = self.scale(self.newest + 1, self.newest + count.clamp(0, 1000));
        let session = Value::from(session);
        let t = now.div_euclid(1000);
        format!(r#"{{"m":"timescale_update","p":[{session},{{}},{scale}],"t":{t},"t_ms":{now}}}"#)
    }

    /// The `du`s of a tick: one that closes the bars that ended since the last, one with the current bar.
    pub(crate) fn live(&mut self, ids: SeriesIds<'_>, tick: &Tick) -> Vec<String> {
        let current = self.interval.ordinal(tick.at);
        if !self.live || current < self.newest {
            return Vec::new();
        }
        let from = std::mem::replace(&mut self.newest, current);
        let mut updates = Vec::new();
        if current > from {
            updates.push(self.du(ids, from, current - 1, tick.at));
        }
        updates.push(self.du(ids, current, current, tick.at));
        updates
    }

    fn du(&self, ids: SeriesIds<'_>, first: i64, last: i64, now: i64) -> String {
        let (session, series) = (Value::from(ids.session), Value::from(ids.series));
        // A live update changes no place of a drawing, and says so by a word: a list is what a load has.
        let object = self.object(ids, first, last, now, "", r#""nochange""#);
        format!(r#"{{"m":"du","p":[{session},{{{series}:{object}}}]}}"#)
    }

    fn timescale_update(&self, ids: SeriesIds<'_>, first: i64, last: i64, now: i64) -> String {
        let (session, series) = (Value::from(ids.session), Value::from(ids.series));
        let node = format!(r#""node":"{NODE}","#);
        let object = self.object(ids, first, last, now, &node, "[]");
        let scale = self.scale(first, last);
        let t = now.div_euclid(1000);
        format!(
            r#"{{"m":"timescale_update","p":[{session},{{{series}:{object}}},{scale}],"t":{t},"t_ms":{now}}}"#
        )
    }

    /// The series object: bars, turnaround, and when its last bar closes.
    fn object(
        &self,
        ids: SeriesIds<'_>,
        first: i64,
        last: i64,
        now: i64,
        node: &str,
        indexes: &str,
    ) -> String {
        let mut rows = String::new();
        for ordinal in first..=last {
            if !rows.is_empty() {
                rows.push(',');
            }
            self.push_row(&mut rows, ordinal, now);
        }
        let closes = self.interval.open_time(last + 1).div_euclid(1000) - 1;
        let turnaround = Value::from(ids.turnaround);
        format!(
            r#"{{{node}"s":[{rows}],"ns":{{"d":"","indexes":{indexes}}},"t":{turnaround},"lbs":{{"bar_close_time":{closes}}}}}"#
        )
    }

    /// The bars from one index to another as they are at a time, which must lie in the history; older ones than were sent, too.
    pub(crate) fn bars(&self, first: i64, last: i64, now: i64) -> Vec<Bar> {
        (first..=last)
            .map(|index| self.bar(self.base + index, now))
            .collect()
    }

    fn bar(&self, ordinal: i64, now: i64) -> Bar {
        let opens = self.interval.open_time(ordinal);
        let until = self.interval.open_time(ordinal + 1).min(now.max(opens + 1));
        let Ohlcv {
            open,
            high,
            low,
            close,
            volume,
        } = self.symbol.between(opens, until);
        let [open, high, low, close] =
            [open, high, low, close].map(|steps| self.symbol.price(steps));
        Bar {
            index: ordinal - self.base,
            time: opens.div_euclid(1000),
            open,
            high,
            low,
            close,
            volume: self.symbol.volume(volume),
        }
    }

    fn push_row(&self, rows: &mut String, ordinal: i64, now: i64) {
        let Bar {
            index,
            time,
            open,
            high,
            low,
            close,
            volume,
        } = self.bar(ordinal, now);
        // Writing to a String cannot fail.
        let _ = write!(
            rows,
            r#"{{"i":{index},"v":[{time}.0,{open:?},{high:?},{low:?},{close:?},{volume:?}]}}"#
        );
    }

    /// The third element of `timescale_update`: the times that the chart's scale gains.
    fn scale(&self, first: i64, last: i64) -> String {
        let (mut changes, mut marks) = (String::new(), String::new());
        for ordinal in first..=last {
            let comma = if changes.is_empty() { "" } else { "," };
            let (i, time) = (
                ordinal - self.base,
                self.interval.open_time(ordinal).div_euclid(1000),
            );
            let weight = if time % 86_400 == 0 { 40 } else { 20 };
            let _ = write!(changes, "{comma}{time}.0");
            let _ = write!(marks, "{comma}[{weight},{time},{i}]");
        }
        let index = first - self.base;
        format!(
            r#"{{"index":{index},"zoffset":0,"changes":[{changes}],"marks":[{marks}],"index_diff":[]}}"#
        )
    }
}

/// The number of the oldest bar there is, and whether history ends there or is cut off.
fn floor(symbol: &Symbol, interval: Interval, now: i64) -> (i64, &'static str) {
    let born = interval.ordinal(symbol.since());
    let deepest = interval.ordinal(now) - MAX_DEPTH + 1;
    if born >= deepest {
        (born, "end")
    } else {
        (deepest, "limit")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{Market, tick_at};
    use serde_json::json;

    const NOW: i64 = 1_790_726_430_500;
    const IDS: SeriesIds<'_> = SeriesIds {
        session: "cs_1",
        series: "sds_1",
        turnaround: "s1",
    };

    fn series(resolution: &str, window: Window, now: i64) -> (MarketSeries, Option<&'static str>) {
        let symbol = Market::new(1).symbol("NASDAQ:AAPL").unwrap();
        MarketSeries::new(symbol, Interval::parse(resolution).unwrap(), window, now)
    }

    fn rows(message: &str) -> Vec<Value> {
        let message: Value = serde_json::from_str(message).unwrap();
        message["p"][1]["sds_1"]["s"].as_array().unwrap().clone()
    }

    #[test]
    fn every_way_to_ask_for_bars_is_understood() {
        let parse = |count: Value, range: Value| Window::parse(Some(&count), Some(&range));
        assert_eq!(parse(json!(300), json!("")), Some(Window::Latest(300)));
        assert_eq!(
            parse(json!(["bar_count", 1_000, 5]), Value::Null),
            Some(Window::UpTo(1_000_000, 5))
        );
        assert_eq!(
            parse(json!(0), json!("r,10:20")),
            Some(Window::Between(10_000, 20_000))
        );
        assert_eq!(parse(json!("x"), Value::Null), None);
        assert_eq!(parse(json!(-1), Value::Null), None);
        assert_eq!(parse(json!(["bar_count", "now", 5]), Value::Null), None);
    }

    #[test]
    fn windows_outside_of_history_hold_nothing_and_stay_small() {
        let far = 100_000_000_000_000;
        for window in [
            Window::Between(far - 1, far),
            Window::Between(-far, -far + 1),
            Window::Between(far, -far),
            Window::UpTo(-far, i64::MAX),
            Window::Latest(0),
        ] {
            let (mut series, _) = series("1W", window, NOW);
            assert!(series.is_empty() && !series.is_live(), "{window:?}");
            let (more, _) = series.more(IDS, i64::MAX, NOW);
            assert!(
                more.is_none_or(|more| rows(&more).len() <= 20_000),
                "{window:?}"
            );
        }
        let (series, end) = series("1D", Window::Latest(i64::MAX), NOW);
        assert_eq!((series.span().0, end), (0, Some("end")));
    }

    #[test]
    fn overlapping_requests_agree() {
        let (small, _) = series("1", Window::Latest(10), NOW);
        let (large, _) = series("1", Window::Latest(500), NOW);
        let values = |message: &str| {
            rows(message)
                .iter()
                .map(|row| row["v"].clone())
                .collect::<Vec<_>>()
        };
        let (small, large) = (values(&small.load(IDS, NOW)), values(&large.load(IDS, NOW)));
        assert_eq!((small.len(), large.len()), (10, 500));
        assert_eq!(small, large[490..]);
    }

    #[test]
    fn older_bars_have_negative_indexes_and_end() {
        let (mut series, end) = series("W", Window::Latest(100), NOW);
        assert_eq!(end, None);
        let (more, end) = series.more(IDS, 50, NOW);
        let more = rows(&more.unwrap());
        assert_eq!(
            (more[0]["i"].as_i64(), more[49]["i"].as_i64(), end),
            (Some(-50), Some(-1), None)
        );
        let (_, end) = series.more(IDS, 1_000_000, NOW);
        assert_eq!(end, Some("end"));
        assert_eq!(series.more(IDS, 10, NOW), (None, Some("end")));
    }

    #[test]
    fn intraday_depth_is_limited() {
        let (series, end) = series("1", Window::Latest(1_000_000), NOW);
        assert_eq!(end, Some("limit"));
        assert_eq!(rows(&series.load(IDS, NOW)).len(), 20_000);
    }

    #[test]
    fn a_bar_closes_live_as_it_is_answered_later() {
        let (mut watched, _) = series("1", Window::Latest(2), NOW);
        let symbol = Arc::clone(watched.symbol());
        assert_eq!(watched.live(IDS, &tick_at(&symbol, NOW + 100)).len(), 1);
        let next = watched.live(IDS, &tick_at(&symbol, NOW + 60_000));
        let (closing, opening) = (rows(&next[0]), rows(&next[1]));
        assert_eq!(
            (closing[0]["i"].as_i64(), opening[0]["i"].as_i64()),
            (Some(1), Some(2))
        );
        let (later, _) = series("1", Window::Latest(3), NOW + 120_000);
        assert_eq!(
            rows(&later.load(IDS, NOW + 120_000))[0]["v"],
            closing[0]["v"]
        );
    }

    #[test]
    fn bars_are_those_that_are_sent_and_reach_before_them() {
        let (series, _) = series("1", Window::Latest(3), NOW);
        let bars = series.bars(-2, 2, NOW);
        assert!(bars.iter().map(|bar| bar.index).eq(-2..=2));
        for (bar, row) in bars.iter().skip(2).zip(rows(&series.load(IDS, NOW))) {
            let sent = json!([
                bar.time as f64,
                bar.open,
                bar.high,
                bar.low,
                bar.close,
                bar.volume
            ]);
            assert_eq!((row["i"].as_i64(), &row["v"]), (Some(bar.index), &sent));
        }
    }

    #[test]
    fn bar_times_are_aligned_floats() {
        let (series, _) = series("240", Window::Latest(3), NOW);
        let text = series.load(IDS, NOW);
        let opens = NOW.div_euclid(14_400_000) * 14_400;
        assert!(
            text.contains(&format!(r#"{{"i":2,"v":[{opens}.0,"#)),
            "{text}"
        );
        assert!(text.contains(&format!(
            r#""lbs":{{"bar_close_time":{}}}"#,
            opens + 14_400 - 1
        )));
    }
}
