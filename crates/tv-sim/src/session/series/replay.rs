//! Bars of a replay: those that had closed, or begun, by a moment of the past.

use market::Interval;

use crate::{
    recording::SeriesIds,
    session::series::{
        market::{MarketSeries, Wanted},
        window::Window,
    },
};

impl MarketSeries {
    /// Chooses the bars of a window as they were at a time in milliseconds UTC. The market does not
    /// change them, only [`replay`](Self::replay) does.
    pub(crate) fn replayed(
        wanted: impl Into<Wanted>,
        interval: Interval,
        window: Window,
        point: i64,
    ) -> (Self, Option<&'static str>) {
        // A bar that opens at the very moment is still to come.
        let (mut series, end) = Self::new(wanted, interval, window, point - 1);
        series.live = false;
        (series, end)
    }

    /// Whether its bars are shorter than a day.
    pub(crate) fn is_intraday(&self) -> bool {
        self.intraday
    }

    /// The index of the bar of a time in milliseconds UTC, whether it was sent or not.
    pub(crate) fn index_of(&self, time: i64) -> i64 {
        let (Some((newest, index)), Some(slot)) = (self.newest, self.candles.last_at(time)) else {
            return 0;
        };
        if slot.opens <= newest.opens {
            index - self.candles.back_to(newest, slot.opens, i64::MAX).1
        } else {
            index + self.candles.back_to(slot, newest.opens, i64::MAX).1
        }
    }

    /// `du` with what happened from one time to a later one, in milliseconds UTC, if anything did.
    pub(crate) fn replay(&mut self, ids: SeriesIds<'_>, before: i64, after: i64) -> Option<String> {
        let current = self.candles.last_at(after - 1)?;
        let (newest, index) = self.newest?;
        // When a bar that prices end has ended is not known before.
        let may_change = newest.closes > before || self.candles.end_by_price();
        let was_open = may_change && !self.is_empty();
        let (first, index_of_first) = if was_open {
            (newest, index)
        } else {
            (self.candles.next(newest)?, index + 1)
        };
        if current.opens < first.opens {
            return None;
        }
        let passed = self.candles.back_to(current, first.opens, i64::MAX).1;
        self.newest = Some((current, index_of_first + passed));
        self.oldest = self.oldest.or(Some(first));
        Some(self.du(ids, index_of_first, (first, current), after))
    }
}

#[cfg(test)]
mod tests {
    use market::Market;
    use serde_json::Value;

    use super::*;

    const IDS: SeriesIds<'_> = SeriesIds {
        session: "cs_1",
        series: "sds_1",
        turnaround: "s1",
    };
    const HOUR: i64 = 3_600_000;

    fn series(resolution: &str, point: i64) -> MarketSeries {
        let symbol = Market::new(1).symbol("BINANCE:BTCUSDT").unwrap();
        let interval = Interval::parse(resolution).unwrap();
        MarketSeries::replayed(symbol, interval, Window::Latest(5), point).0
    }

    fn rows(message: &str) -> Vec<Value> {
        let message: Value = serde_json::from_str(message).unwrap();
        message["p"][1]["sds_1"]["s"].as_array().unwrap().clone()
    }

    #[test]
    fn a_replay_shows_closed_bars_and_continues_bar_by_bar() {
        let point = 1_790_726_400_000_i64.div_euclid(HOUR) * HOUR;
        let mut shown = series("60", point);
        let loaded = rows(&shown.load(IDS, point));
        assert_eq!(
            loaded[4]["v"][0].as_f64(),
            Some(((point - HOUR) / 1000) as f64)
        );
        let next = rows(&shown.replay(IDS, point, point + HOUR).unwrap());
        assert_eq!((next.len(), next[0]["i"].as_i64()), (1, Some(5)));
        let later = rows(&series("60", point + HOUR).load(IDS, point + HOUR));
        assert_eq!(later[4]["v"], next[0]["v"], "as it is answered later");
        assert_eq!(shown.replay(IDS, point + HOUR, point + HOUR), None);
    }

    #[test]
    fn smaller_steps_change_the_open_bar() {
        let point = 1_790_726_400_000_i64.div_euclid(4 * HOUR) * 4 * HOUR;
        let mut shown = series("240", point);
        shown.load(IDS, point);
        let opened = rows(&shown.replay(IDS, point, point + HOUR).unwrap());
        let changed = rows(&shown.replay(IDS, point + HOUR, point + 2 * HOUR).unwrap());
        assert_eq!(opened[0]["i"], changed[0]["i"]);
        assert_ne!(opened[0]["v"], changed[0]["v"]);
        let both = rows(
            &shown
                .replay(IDS, point + 2 * HOUR, point + 5 * HOUR)
                .unwrap(),
        );
        assert_eq!(both.len(), 2, "the rest of one and the begin of the next");
    }
}
