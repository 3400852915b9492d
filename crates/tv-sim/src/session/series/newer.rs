//! Bars after those that were sent, for a series that does not reach to the present.

use crate::{
    recording::SeriesIds,
    session::series::market::{MAX_DEPTH, MarketSeries},
};

impl MarketSeries {
    /// `timescale_update` with up to `count` bars after the newest that was sent, as they are at a
    /// time in milliseconds UTC, if there are any. Once the current one is among them, and if
    /// `follow`, its changes follow.
    pub(crate) fn newer(
        &mut self,
        ids: SeriesIds<'_>,
        count: i64,
        now: i64,
        follow: bool,
    ) -> Option<String> {
        let (newest, index) = self.newest.filter(|_| !self.is_empty())?;
        let current = self.candles.last_at(now - 1)?;
        let first = self.candles.next(newest)?;
        if current.opens < first.opens || count <= 0 {
            return None;
        }
        let there = self.candles.back_to(current, first.opens, i64::MAX).1 + 1;
        let taken = count.min(there).min(MAX_DEPTH);
        let (last, _) = self.candles.back(current, there - taken);
        self.newest = Some((last, index + taken));
        self.live = follow && taken == there;
        self.reported = now;
        Some(self.timescale_update(ids, index + 1, (first, last), now))
    }
}
