//! A series of market bars in a chart: which bars were sent, which come next.

use std::sync::Arc;

use market::{Bars, Interval, Settings, Slot, Symbol, Tick, Zone, study::Bar};
use serde_json::Value;

use crate::{
    recording::SeriesIds,
    session::series::{
        scale::{Marking, Scale, Time},
        text::Text,
        window::Window,
    },
};

/// How many bars lie between the newest and the oldest that are ever given.
pub(crate) const MAX_DEPTH: i64 = 20_000;

/// How many times of future bars are sent at most.
const MAX_MARKS: i64 = 1000;

/// How many bars ahead an event may lie.
const MOST_AHEAD: i64 = 200_000;

/// What a series shows besides its interval and its window.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Whose bars.
    pub(crate) symbol: Arc<Symbol>,
    /// How they are read.
    pub(crate) settings: Settings,
    /// How many bars of less than a day are given at most.
    pub(crate) depth: i64,
    /// How late it is, in milliseconds; the times of the market that come in are that much earlier.
    pub(crate) lag: i64,
}

impl From<Arc<Symbol>> for Wanted {
    fn from(symbol: Arc<Symbol>) -> Self {
        Self {
            symbol,
            settings: Settings::default(),
            depth: MAX_DEPTH,
            lag: 0,
        }
    }
}

/// The state of one market series.
#[derive(Debug)]
pub(crate) struct MarketSeries {
    pub(super) candles: Bars,
    /// The bars of whole days, by which stretches of the calendar are found.
    pub(super) days: Bars,
    pub(super) intraday: bool,
    /// The newest bar that was sent, and its index. If none was, the newest that is older than all
    /// that may be, and -1.
    pub(super) newest: Option<(Slot, i64)>,
    /// The oldest bar that was sent, if one was.
    pub(super) oldest: Option<Slot>,
    /// The index of the oldest bar that was sent.
    pub(super) first: i64,
    /// How many older bars may still be given.
    pub(super) room: i64,
    /// Whether the newest bar was the current one, so that changes follow.
    pub(super) live: bool,
    /// When the newest bar was last sent, in milliseconds UTC.
    pub(super) reported: i64,
    /// How late it is, in milliseconds.
    pub(super) lag: i64,
    /// By whose clocks its times are marked, if not by its exchange's.
    pub(super) zone: Option<Zone>,
}

/// Bars that a series has got before those that were sent.
#[derive(Debug)]
pub(crate) struct Older {
    text: Text,
    /// The index of the first bar before, and now.
    was: i64,
    is: i64,
    now: i64,
    lag: i64,
}

impl Older {
    /// The index of the bar that was the first.
    pub(crate) fn was_first(&self) -> i64 {
        self.was
    }

    /// `timescale_update` with the bars. `points` points before the bar that was the first are on
    /// the scale already, because studies sent them.
    pub(crate) fn timescale_update(mut self, ids: SeriesIds<'_>, points: i64) -> String {
        self.text.renumber(points, (self.was, self.is));
        self.text.timescale_update(ids, self.now, self.lag)
    }
}

impl MarketSeries {
    /// Chooses the bars of a window; the second value says why there are no older ones, if there
    /// are none.
    pub(crate) fn new(
        wanted: impl Into<Wanted>,
        interval: Interval,
        window: Window,
        now: i64,
    ) -> (Self, Option<&'static str>) {
        let Wanted {
            symbol,
            settings,
            depth,
            lag,
        } = wanted.into();
        let depth = if interval.is_intraday() {
            depth.min(MAX_DEPTH)
        } else {
            MAX_DEPTH
        };
        let plain = Settings {
            shape: None,
            ..settings
        };
        let mut series = Self {
            days: Bars::new(Arc::clone(&symbol), Interval::Day, plain),
            candles: Bars::new(symbol, interval, settings),
            intraday: interval.is_intraday(),
            newest: None,
            oldest: None,
            first: 0,
            room: 0,
            live: false,
            reported: now,
            lag,
            zone: None,
        };
        let current = series.candles.last_at(now);
        let choice = window.choose(&series.candles, &series.days, now);
        let (Some(current), Some(choice)) = (current, choice) else {
            return (series, Some("end"));
        };
        // However far the window lies from what there is, nothing is counted outside.
        let (_, behind) = series.candles.back_to(current, choice.last.opens, depth);
        let most = depth - behind;
        let by_count = choice.wanted.min(most);
        let by_time = if choice.last.opens < choice.from {
            0
        } else {
            series.candles.back_to(choice.last, choice.from, most - 1).1 + 1
        };
        let count = by_count.max(by_time).max(0);
        series.newest = Some((choice.last, -1));
        series.room = most.max(0);
        if count > 0 {
            let (oldest, moved) = series.candles.back(choice.last, count - 1);
            series.newest = Some((choice.last, moved));
            series.oldest = Some(oldest);
            series.room -= moved + 1;
            series.live = behind == 0;
        }
        let asked_back = choice.wanted > count
            || choice.from < choice.last.opens
            || count == 0 && choice.wanted > 0;
        let why = series.why_no_more();
        let end = why.filter(|_| asked_back || count == choice.wanted && count > 0);
        (series, end)
    }

    /// Why there are no older bars than those that were sent, if there are none.
    fn why_no_more(&self) -> Option<&'static str> {
        let begins = match (self.oldest, self.newest) {
            (Some(oldest), _) => self.candles.back(oldest, 1).1 == 0,
            (None, Some(_)) => false,
            (None, None) => true,
        };
        match (begins, self.room) {
            (true, _) if self.candles.are_cut_short() => Some("limit"),
            (true, _) => Some("end"),
            (false, ..=0) => Some("limit"),
            _ => None,
        }
    }

    /// Whose bars they are.
    pub(crate) fn symbol(&self) -> &Arc<Symbol> {
        self.candles.symbol()
    }

    /// The bar in which a time to come (milliseconds UTC) lies: its index, and when it opens in
    /// seconds UTC. `None` if it is not after the newest bar, or too far away.
    pub(crate) fn ahead(&self, time: i64) -> Option<(i64, i64)> {
        let (newest, index) = self.newest?;
        let slot = self.candles.last_at(time)?;
        if slot.opens <= newest.opens {
            return None;
        }
        let (reached, bars) = self.candles.back_to(slot, newest.opens, MOST_AHEAD);
        (reached.opens == newest.opens).then(|| (index + bars, slot.opens.div_euclid(1000)))
    }

    /// Whether changes follow.
    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    /// Whether its bars are so small that not all of them can be had.
    pub(crate) fn is_too_small(&self, now: i64) -> bool {
        self.candles.are_too_small(now)
    }

    /// Whether the window holds no bar.
    pub(crate) fn is_empty(&self) -> bool {
        self.oldest.is_none()
    }

    /// The indexes of the oldest and the newest bar.
    pub(crate) fn span(&self) -> (i64, i64) {
        (self.first, self.newest.map_or(-1, |(_, index)| index))
    }

    /// The indexes of the first and the last bar of the part that a window means to look at.
    pub(crate) fn seen(&self, window: Window, now: i64) -> (i64, i64) {
        let (first, last) = self.span();
        let from = window.looks_from(&self.days, now);
        match (from, self.newest) {
            (Some(from), Some((newest, index))) if newest.opens >= from => (
                index - self.candles.back_to(newest, from, last - first).1,
                last,
            ),
            _ => (first, last),
        }
    }

    /// The index of the first bar of the day of another; of days and more each has its own.
    pub(crate) fn day_begins(&self, index: i64) -> i64 {
        let Some((slot, index)) = self.slot(index) else {
            return index;
        };
        let begins = self.candles.date_begins(slot.date).unwrap_or(slot.opens);
        index - self.candles.back_to(slot, begins, i64::MAX).1
    }

    /// The index of the oldest bar that may be given, sent or not.
    pub(crate) fn reach(&self) -> i64 {
        let from = self.oldest.or_else(|| self.newest.map(|(slot, _)| slot));
        let older = from.map_or(0, |slot| self.candles.back(slot, self.room).1);
        self.first - older
    }

    /// `timescale_update` with all bars of the window.
    pub(crate) fn load(&self, ids: SeriesIds<'_>, now: i64) -> String {
        match (self.oldest, self.newest) {
            (Some(oldest), Some((newest, _))) => {
                self.timescale_update(ids, self.first, (oldest, newest), now)
            }
            _ => Text::new(0, self.marking()).timescale_update(ids, now, self.lag),
        }
    }

    /// Takes up to `count` bars older than those sent, if there are any, and says why there are no
    /// more. The bars are part of the series from now on.
    pub(crate) fn more(&mut self, count: i64, now: i64) -> (Option<Older>, Option<&'static str>) {
        let last = match (self.oldest, self.newest) {
            (Some(oldest), _) => Some(self.candles.back(oldest, 1))
                .filter(|(_, moved)| *moved == 1)
                .map(|(slot, _)| slot),
            (None, newest) => newest.map(|(slot, _)| slot),
        };
        let wanted = count.min(self.room);
        let Some(last) = last.filter(|_| wanted > 0) else {
            return (None, self.why_no_more().filter(|_| count > 0));
        };
        let (first, moved) = self.candles.back(last, wanted - 1);
        let sent = self.oldest.zip(self.newest);
        let was = self.first;
        self.first -= moved + 1;
        self.room -= moved + 1;
        self.oldest = Some(first);
        let bars = self.candles.between(first, last, now);
        let mut text = Text::of(self.first, self.marking(), bars);
        // The scale moves by as many bars, and all that were sent before are marked anew.
        text.shift(moved + 1);
        if let Some((oldest, (newest, _))) = sent {
            let next = |slot: &Slot| {
                self.candles
                    .next(*slot)
                    .filter(|slot| slot.opens <= newest.opens)
            };
            for slot in std::iter::successors(Some(oldest), next) {
                text.mark(Time {
                    opens: slot.opens,
                    date: slot.date,
                });
            }
        }
        let older = Older {
            text,
            was,
            is: self.first,
            now,
            lag: self.lag,
        };
        (Some(older), self.why_no_more())
    }

    /// How many more bars must be loaded so that a time, in milliseconds UTC, is among them.
    pub(crate) fn missing_before(&self, time: i64) -> i64 {
        match self.oldest {
            Some(oldest) if oldest.opens > time => self.candles.back_to(oldest, time, self.room).1,
            _ => 0,
        }
    }

    /// Marks times by other clocks from now on; `None` by those of its exchange.
    pub(crate) fn show_in(&mut self, zone: Option<Zone>) {
        self.zone = zone;
    }

    fn marking(&self) -> Marking {
        Marking {
            intraday: self.intraday,
            zone: self.zone.clone(),
        }
    }

    /// `tickmark_update` with a mark for each bar that was sent; nothing if none was.
    pub(crate) fn all_marks(&self, session: &str) -> Option<String> {
        let (oldest, (newest, _)) = self.oldest.zip(self.newest)?;
        let mut scale = Scale::new(self.first, self.marking());
        let next = |slot: &Slot| {
            let next = self.candles.next(*slot);
            next.filter(|slot| slot.opens <= newest.opens)
        };
        for slot in std::iter::successors(Some(oldest), next) {
            scale.mark(Time {
                opens: slot.opens,
                date: slot.date,
            });
        }
        let (session, marks) = (Value::from(session), scale.marks());
        Some(format!(
            r#"{{"m":"tickmark_update","p":[{session},{marks}]}}"#
        ))
    }

    /// `timescale_update` with the times of the next `count` bars and no series; on request with
    /// those of a whole session, which is the one that is going on, or the next.
    pub(crate) fn tickmarks(
        &self,
        session: &str,
        (count, whole_session): (i64, bool),
        now: i64,
    ) -> String {
        let mut scale = Scale::new(self.span().1 + 1, self.marking());
        let next = |slot: &Slot| self.candles.next(*slot);
        let newest = self.newest.map(|(slot, _)| slot);
        let mut date = None;
        for (reported, slot) in
            (0..MAX_MARKS).zip(std::iter::successors(newest.as_ref().and_then(next), next))
        {
            let of_session = whole_session && *date.get_or_insert(slot.date) == slot.date;
            if reported >= count && !of_session {
                break;
            }
            scale.push(Time {
                opens: slot.opens,
                date: slot.date,
            });
        }
        let scale = scale.text();
        let session = Value::from(session);
        let t = now.div_euclid(1000);
        format!(r#"{{"m":"timescale_update","p":[{session},{{}},{scale}],"t":{t},"t_ms":{now}}}"#)
    }

    /// The `du`s of a tick: one that closes the bars that ended since the last, one with the
    /// current bar.
    pub(crate) fn live(&mut self, ids: SeriesIds<'_>, tick: &Tick) -> Vec<String> {
        let current = self.candles.last_at(tick.at);
        let (true, Some(current), Some((newest, index))) = (self.live, current, self.newest) else {
            return Vec::new();
        };
        // What happens outside of its hours changes nothing, once its last bar was sent as it
        // closed.
        let same = current.opens == newest.opens;
        // A tick that waited while the bars were loaded is older than they are, and would take them
        // back.
        let stale = tick.at < self.reported || current.opens < newest.opens;
        if stale || (same && self.reported >= current.closes) {
            return Vec::new();
        }
        self.reported = tick.at;
        if same {
            return vec![self.du(ids, index, (current, current), tick.at)];
        }
        let (last, passed) = self.candles.back_to(current, newest.opens, i64::MAX);
        debug_assert_eq!(last.opens, newest.opens);
        self.newest = Some((current, index + passed));
        let (before, _) = self.candles.back(current, 1);
        vec![
            self.du(ids, index, (newest, before), tick.at),
            self.du(ids, index + passed, (current, current), tick.at),
        ]
    }

    /// `du` with the bar `back` bars before the oldest that was sent, if there is one.
    pub(crate) fn before_first(&self, ids: SeriesIds<'_>, back: u32) -> Option<String> {
        let back = i64::from(back);
        let (slot, moved) = self.candles.back(self.oldest?, back);
        (moved == back).then(|| self.du(ids, self.first - back, (slot, slot), self.reported))
    }

    pub(super) fn du(
        &self,
        ids: SeriesIds<'_>,
        index: i64,
        (first, last): (Slot, Slot),
        now: i64,
    ) -> String {
        let bars = self.candles.between(first, last, now);
        Text::of(index, self.marking(), bars).du(ids, now, self.lag)
    }

    pub(super) fn timescale_update(
        &self,
        ids: SeriesIds<'_>,
        index: i64,
        (first, last): (Slot, Slot),
        now: i64,
    ) -> String {
        let bars = self.candles.between(first, last, now);
        Text::of(index, self.marking(), bars).timescale_update(ids, now, self.lag)
    }

    /// The bars from one index to another as they are at a time; older ones than were sent, too.
    /// Where there are none, the answer is shorter.
    pub(crate) fn bars(&self, first: i64, last: i64, now: i64) -> Vec<Bar> {
        let (Some((from, index)), Some((to, _))) = (self.slot(first), self.slot(last)) else {
            return Vec::new();
        };
        if first > last {
            return Vec::new();
        }
        let rows = self.candles.between(from, to, now);
        (index..)
            .zip(rows)
            .map(|(index, candle)| Bar::new(index, &candle))
            .collect()
    }

    /// The slot of an index, or the nearest there is, and its index.
    fn slot(&self, index: i64) -> Option<(Slot, i64)> {
        let (newest, at) = self.newest?;
        if index <= at {
            let (slot, moved) = self.candles.back(newest, at - index);
            return Some((slot, at - moved));
        }
        let mut found = (newest, at);
        while found.1 < index {
            found = (self.candles.next(found.0)?, found.1 + 1);
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use market::{Market, tick_at};
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_790_726_430_500;
    const IDS: SeriesIds<'_> = SeriesIds {
        session: "cs_1",
        series: "sds_1",
        turnaround: "s1",
    };

    fn series(resolution: &str, window: Window, now: i64) -> (MarketSeries, Option<&'static str>) {
        of("SIM:ROUND", resolution, window, now)
    }

    fn of(
        name: &str,
        resolution: &str,
        window: Window,
        now: i64,
    ) -> (MarketSeries, Option<&'static str>) {
        let symbol = Market::new(1).symbol(name).unwrap();
        MarketSeries::new(symbol, Interval::parse(resolution).unwrap(), window, now)
    }

    fn rows(message: &str) -> Vec<Value> {
        let message: Value = serde_json::from_str(message).unwrap();
        message["p"][1]["sds_1"]["s"].as_array().unwrap().clone()
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
            let (more, _) = series.more(i64::MAX, NOW);
            let more = more.map(|more| more.timescale_update(IDS, 0));
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
        let (more, end) = series.more(50, NOW);
        let more = rows(&more.unwrap().timescale_update(IDS, 0));
        assert_eq!(
            (more[0]["i"].as_i64(), more[49]["i"].as_i64(), end),
            (Some(-50), Some(-1), None)
        );
        let (_, end) = series.more(1_000_000, NOW);
        assert_eq!(end, Some("end"));
        let (more, end) = series.more(10, NOW);
        assert!(more.is_none() && end == Some("end"));
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
    fn a_tick_from_before_the_load_takes_nothing_back() {
        let (mut watched, _) = series("1", Window::Latest(2), NOW);
        let symbol = Arc::clone(watched.symbol());
        assert!(watched.live(IDS, &tick_at(&symbol, NOW - 1)).is_empty());
        assert_eq!(watched.live(IDS, &tick_at(&symbol, NOW)).len(), 1);
        assert_eq!(watched.live(IDS, &tick_at(&symbol, NOW + 100)).len(), 1);
        assert!(watched.live(IDS, &tick_at(&symbol, NOW + 99)).is_empty());
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

    #[test]
    fn a_stock_has_its_days_and_stretches_of_the_calendar() {
        // Wednesday, 2026-09-30, 00:00:30 UTC: New York closed four hours ago.
        let (days, _) = of("NASDAQ:AAPL", "D", Window::Latest(3), NOW);
        let text = days.load(IDS, NOW);
        let opens: Vec<_> = rows(&text)
            .iter()
            .map(|row| row["v"][0].as_f64().unwrap() as i64)
            .collect();
        let open = 1_790_688_600;
        assert_eq!(opens, [open - 4 * 86_400, open - 86_400, open]);
        assert!(text.contains(&format!(
            r#""lbs":{{"bar_close_time":{}}}"#,
            open + 6 * 3600 + 1800 - 1
        )));
        assert!(
            text.contains("[40,1790640000,2]"),
            "marked at midnight of its date: {text}"
        );
        let frame = |resolution, name| {
            let window = Window::parse(Some(&json!(1)), Some(&json!(name))).unwrap();
            let (series, _) = of("NASDAQ:AAPL", resolution, window, NOW);
            let (first, last) = series.span();
            assert_eq!(series.seen(window, NOW), (first, last), "{name}");
            last - first + 1
        };
        assert_eq!((frame("60", "1D"), frame("60", "5D")), (7, 35));
        assert_eq!((frame("D", "1M"), frame("D", "YTD")), (21, 186));
        assert!((250..254).contains(&frame("D", "12M")));
        let window = Window::parse(Some(&json!(300)), Some(&json!("5D"))).unwrap();
        let (series, _) = of("NASDAQ:AAPL", "60", window, NOW);
        assert_eq!(
            (series.span(), series.seen(window, NOW)),
            ((0, 299), (265, 299))
        );
    }

    #[test]
    fn the_last_bar_of_a_session_is_reported_once_more_and_then_left_alone() {
        let close = 1_790_712_000_000;
        let (mut series, _) = of("NASDAQ:AAPL", "60", Window::Latest(2), close - 1000);
        let symbol = Arc::clone(series.symbol());
        let last = series.live(IDS, &tick_at(&symbol, close + 5000));
        assert_eq!(rows(&last[0])[0]["i"], 1);
        assert!(series.live(IDS, &tick_at(&symbol, close + 6000)).is_empty());
        let (later, _) = of("NASDAQ:AAPL", "60", Window::Latest(1), close + 40_000_000);
        assert_eq!(
            rows(&last[0])[0]["v"],
            rows(&later.load(IDS, close + 40_000_000))[0]["v"]
        );
        // The next session begins a new bar.
        let next = series.live(IDS, &tick_at(&symbol, close + 63_000_000 + 500));
        assert_eq!(rows(&next[1])[0]["i"], 2);
    }

    #[test]
    fn times_to_come_can_be_those_of_a_whole_session() {
        let reported = |now: i64, asked: (i64, bool)| {
            let (series, _) = of("NASDAQ:AAPL", "60", Window::Latest(2), now);
            let message: Value =
                serde_json::from_str(&series.tickmarks("cs_1", asked, now)).unwrap();
            let times = message["p"][2]["changes"].as_array().unwrap().clone();
            times
                .iter()
                .map(|time| time.as_f64().unwrap() as i64)
                .collect::<Vec<_>>()
        };
        // Tuesday 2026-09-29, 13:30 UTC: New York opens.
        let opens = 1_790_688_600;
        let hours = |from: i64, to: i64| {
            (from..to)
                .map(|hour| opens + hour * 3600)
                .collect::<Vec<_>>()
        };
        let now = (opens + 2 * 3600 + 60) * 1000;
        assert_eq!(reported(now, (3, false)), hours(3, 6));
        assert_eq!(reported(now, (3, true)), hours(3, 7));
        let next_day: Vec<_> = hours(0, 2).iter().map(|time| time + 86_400).collect();
        assert_eq!(reported(now, (6, true)), [hours(3, 7), next_day].concat());
        // When it has closed, the session is the next one.
        assert_eq!(reported((opens + 8 * 3600) * 1000, (0, true)).len(), 7);
        assert_eq!(reported(now, (0, false)), [0; 0]);
    }

    #[test]
    fn what_never_traded_has_no_bars() {
        let (mut series, end) = of("NYSE:FRESH", "D", Window::Latest(10), NOW);
        assert!(series.is_empty() && !series.is_live() && end == Some("end"));
        let (more, end) = series.more(10, NOW);
        assert!(more.is_none() && end == Some("end"));
        assert!(rows(&series.load(IDS, NOW)).is_empty());
        assert!(series.bars(-5, 5, NOW).is_empty());
    }

    #[test]
    fn a_late_series_says_when_its_bars_close_for_its_reader() {
        let symbol = Market::new(1).symbol("BINANCE:BTCUSDT").unwrap();
        let wanted = Wanted {
            lag: 900_000,
            depth: 100,
            ..Wanted::from(symbol)
        };
        let (series, end) = MarketSeries::new(
            wanted,
            Interval::parse("1").unwrap(),
            Window::Latest(1000),
            NOW - 900_000,
        );
        assert_eq!((series.span(), end), ((0, 99), Some("limit")));
        let message: Value = serde_json::from_str(&series.load(IDS, NOW - 900_000)).unwrap();
        assert_eq!(
            message["p"][1]["sds_1"]["lbs"]["bar_close_time"],
            NOW / 60_000 * 60 + 59
        );
        assert_eq!(message["t_ms"], NOW);
    }
}
