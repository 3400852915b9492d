//! What was made of a symbol's bars so far.

use std::sync::Arc;

use super::{
    kagi::Kagi,
    line_break::LineBreak,
    maker::{Maker, Prices, rounded},
    point_figure::PointFigure,
    range::Range,
    renko::Renko,
};
use crate::{candle::Candle, candles::Candles, chart_type::Shape, grid::Slot, interval::Interval};

/// How many intervals before now bars within the day begin to be made, at least; at most, twice as
/// many.
const REACH: i64 = 10_000;
/// How many bars of days and more they are made of at most.
const DAYS: i64 = 40_000;
/// How many bars are kept at most; then the older half goes.
const KEPT: usize = 60_000;
/// How many bars are made before it is clear that they are too small.
const MOST: usize = 2_000_000;

/// The bars that were made, up to a time. They begin at a round time, so that all clients, asking
/// for any number of bars, get the same ones.
#[derive(Debug)]
pub(crate) struct Made {
    plain: Arc<Candles>,
    interval: Interval,
    shape: Shape,
    maker: Box<dyn Maker>,
    /// In milliseconds UTC.
    time: i64,
    /// The first usual bar that has not closed.
    next: Option<Slot>,
    /// The bars that have ended.
    ended: Vec<Candle>,
    /// How many of them were dropped.
    dropped: usize,
    /// Whether there are usual bars before the first that was looked at.
    begins_late: bool,
    /// The one that has not ended.
    forming: Option<Candle>,
    /// When it begins, and its date, if it has begun with a bar that is closed.
    begun: Option<(i64, i64)>,
    /// What was traded since the last one ended.
    volume: f64,
}

impl Made {
    /// Nothing yet of these usual bars.
    pub(crate) fn new(plain: Arc<Candles>, interval: Interval, shape: Shape) -> Self {
        Self {
            maker: shape.maker(plain.step()),
            plain,
            interval,
            shape,
            time: i64::MIN,
            next: None,
            ended: Vec::new(),
            dropped: 0,
            begins_late: false,
            forming: None,
            begun: None,
            volume: 0.0,
        }
    }

    /// Makes the bars as they are at a time.
    pub(crate) fn advance(&mut self, now: i64) {
        if now == self.time {
            return;
        }
        if now < self.time {
            *self = Self::new(Arc::clone(&self.plain), self.interval, self.shape);
        }
        self.time = now;
        let plain = Arc::clone(&self.plain);
        let Some(last) = plain.last_at(now) else {
            return;
        };
        let Some(first) = self.next.or_else(|| self.anchor(last)) else {
            return;
        };
        if self.next.is_none() {
            self.begins_late = plain.back(first, 1).1 > 0;
        }
        self.forming = None;
        let mut open = None;
        for bar in plain.between(first, last, now) {
            if bar.closes <= now {
                self.close(&bar);
            } else {
                open = Some(bar);
            }
        }
        self.next = if open.is_some() {
            Some(last)
        } else {
            plain.next(last)
        };
        self.form(open.as_ref());
    }

    /// Makes the bars as they are at a time, if it is later than that of those that are there.
    pub(crate) fn advance_to(&mut self, time: i64) {
        self.advance(time.max(self.time));
    }

    /// The first usual bar that is looked at.
    fn anchor(&self, last: Slot) -> Option<Slot> {
        let Interval::Within(length) = self.interval else {
            return Some(self.plain.back(last, DAYS).0);
        };
        let stretch = REACH * length;
        let time = (self.time.div_euclid(stretch) - 1) * stretch;
        self.plain.first_at(time)
    }

    fn close(&mut self, bar: &Candle) {
        if self.is_too_small() {
            return;
        }
        self.volume += bar.volume;
        for prices in self.maker.close(bar) {
            let made = self.candle(prices, bar, bar.closes);
            self.ended.push(made);
            (self.begun, self.volume) = (None, 0.0);
        }
        if self.begun.is_none() && self.maker.forming(None).is_some() {
            self.begun = Some((bar.opens, bar.date));
        }
        if self.ended.len() > KEPT {
            self.dropped += KEPT / 2;
            self.ended.drain(..KEPT / 2);
        }
    }

    /// Shows the bar that has not ended.
    fn form(&mut self, open: Option<&Candle>) {
        let Some(prices) = self.maker.forming(open) else {
            return;
        };
        self.forming = match open {
            Some(open) => {
                let made = self.candle(prices, open, open.closes);
                let volume = rounded(made.volume + open.volume);
                Some(Candle { volume, ..made })
            }
            // It can end when the next bar does.
            None => self
                .ended
                .last()
                .copied()
                .or_else(|| self.any())
                .map(|last| {
                    let closes = self.next.map_or(i64::MAX / 2, |next| next.closes);
                    self.candle(prices, &last, closes)
                }),
        };
    }

    /// Stands in for a bar before the first has ended.
    fn any(&self) -> Option<Candle> {
        let (opens, date) = self.begun?;
        Some(Candle {
            date,
            opens,
            closes: opens,
            open: 0.0,
            high: 0.0,
            low: 0.0,
            close: 0.0,
            volume: 0.0,
        })
    }

    /// A bar that begins where it has begun, or with another; where several begin with one, a
    /// second apart.
    fn candle(&self, [open, high, low, close]: Prices, with: &Candle, closes: i64) -> Candle {
        let (opens, date) = self.begun.unwrap_or((with.opens, with.date));
        let after = self.ended.last().map_or(i64::MIN, |last| last.opens + 1000);
        Candle {
            date,
            opens: opens.max(after),
            closes,
            open,
            high,
            low,
            close,
            volume: rounded(self.volume),
        }
    }

    /// Whether the bars have become too many to make all of them.
    pub(crate) fn is_too_small(&self) -> bool {
        self.dropped + self.ended.len() > MOST
    }

    /// Whether there is more of the past than was made into bars.
    pub(crate) fn is_cut_short(&self) -> bool {
        self.begins_late || self.dropped > 0
    }

    fn all(&self) -> impl Iterator<Item = &Candle> {
        self.ended.iter().chain(&self.forming)
    }

    fn count(&self) -> usize {
        self.ended.len() + usize::from(self.forming.is_some())
    }

    fn get(&self, at: usize) -> Option<&Candle> {
        self.ended
            .get(at)
            .or_else(|| self.forming.as_ref().filter(|_| at == self.ended.len()))
    }

    fn slot(&self, at: usize) -> Option<Slot> {
        let bar = self.get(at)?;
        Some(Slot::of(
            self.dropped + at,
            bar.date,
            (bar.opens, bar.closes),
        ))
    }

    /// Where a bar lies that is still kept, or the first that is.
    fn place(&self, slot: Slot) -> usize {
        slot.place().saturating_sub(self.dropped)
    }

    /// How many bars open before a time.
    fn before(&self, time: i64) -> usize {
        let ended = self.ended.partition_point(|bar| bar.opens < time);
        let forming = self.forming.as_ref().filter(|bar| bar.opens < time);
        ended + usize::from(forming.is_some())
    }

    /// The last bar that opens at a time or before it.
    pub(crate) fn last_at(&self, time: i64) -> Option<Slot> {
        // What several bars of one moment put off belongs to now.
        let before = if time >= self.time {
            self.count()
        } else {
            self.before(time.saturating_add(1))
        };
        self.slot(before.checked_sub(1)?)
    }

    /// The first bar that opens at a time or after it.
    pub(crate) fn first_at(&self, time: i64) -> Option<Slot> {
        self.slot(self.before(time))
    }

    /// The bar after another.
    pub(crate) fn next(&self, slot: Slot) -> Option<Slot> {
        self.slot(self.place(slot) + 1)
    }

    /// The bar `count` bars before another, or the first, and how many bars before it lies.
    pub(crate) fn back(&self, from: Slot, count: i64) -> (Slot, i64) {
        let place = self.place(from);
        let moved = place.min(usize::try_from(count.max(0)).unwrap_or(usize::MAX));
        let slot = self.slot(place - moved).unwrap_or(from);
        (slot, i64::try_from(moved).unwrap_or(0))
    }

    /// The first bar that opens at a time or after it, and lies at most `most` bars before
    /// another.
    pub(crate) fn back_to(&self, from: Slot, time: i64, most: i64) -> (Slot, i64) {
        let steps = self.place(from).saturating_sub(self.before(time));
        self.back(from, most.min(i64::try_from(steps).unwrap_or(0)))
    }

    /// The bars from one to another, both included.
    pub(crate) fn between(&self, first: Slot, last: Slot) -> Vec<Candle> {
        let (first, last) = (self.place(first), self.place(last));
        let count = (last + 1).saturating_sub(first);
        self.all().skip(first).take(count).copied().collect()
    }
}

impl Shape {
    /// What makes such bars of a symbol whose price moves in such steps.
    fn maker(self, step: f64) -> Box<dyn Maker> {
        match self {
            Self::Renko {
                size,
                source,
                high_low,
                wicks,
            } => Box::new(Renko::new(size, source, (high_low, wicks), step)),
            Self::LineBreak { lines, source } => Box::new(LineBreak::new(lines, source)),
            Self::Kagi { size, source } => Box::new(Kagi::new(size, source, step)),
            Self::PointFigure {
                size,
                reversal,
                high_low,
                one_step_back,
            } => Box::new(PointFigure::new(
                size,
                (reversal, one_step_back),
                high_low,
                step,
            )),
            Self::Range { steps, phantoms } => Box::new(Range::new(steps as f64 * step, phantoms)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chart_type::{Size, Source},
        settings::Settings,
        symbol::Symbol,
    };

    const NOW: i64 = 1_790_726_430_500;

    fn made(name: &str, interval: Interval, size: f64) -> Made {
        let symbol = Arc::new(Symbol::lookup(1, name).unwrap());
        let plain = Candles::new(symbol, interval, Settings::default());
        let shape = Shape::Renko {
            size: Size::Fixed(size),
            source: Source::Close,
            high_low: false,
            wicks: false,
        };
        Made::new(Arc::new(plain), interval, shape)
    }

    #[test]
    fn several_bars_of_one_moment_lie_seconds_apart_and_share_what_was_traded_once() {
        let interval = Interval::Within(3_600_000);
        let mut made = made("BINANCE:BTCUSDT", interval, 5.0);
        made.advance(NOW);
        let plain: f64 = {
            let first = made
                .plain
                .first_at((NOW / 36_000_000_000 - 1) * 36_000_000_000);
            let last = made.plain.last_at(NOW).unwrap();
            made.plain
                .between(first.unwrap(), last, NOW)
                .map(|bar| bar.volume)
                .sum()
        };
        let all: Vec<Candle> = made.all().copied().collect();
        assert!(
            all.windows(2)
                .any(|pair| pair[1].opens == pair[0].opens + 1000)
        );
        assert!(all.windows(2).all(|pair| pair[1].opens > pair[0].opens));
        let volume: f64 = all.iter().map(|bar| bar.volume).sum();
        assert!(made.dropped > 0 || (volume / plain - 1.0).abs() < 1e-9);
    }

    #[test]
    fn bars_step_by_step_are_those_at_once_and_may_be_made_back() {
        let interval = Interval::Within(60_000);
        let (mut steps, mut once) = (made("SIM:A", interval, 0.5), made("SIM:A", interval, 0.5));
        for at in (NOW..NOW + 7_200_000).step_by(31_000) {
            steps.advance(at);
        }
        let last = NOW + 7_199_000;
        steps.advance(last);
        once.advance(last);
        assert!(steps.all().eq(once.all()) && once.ended.len() > 20);
        steps.advance(NOW);
        let mut earlier = made("SIM:A", interval, 0.5);
        earlier.advance(NOW);
        assert!(steps.all().eq(earlier.all()));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut made = made("BINANCE:BTCUSDT", Interval::Day, 0.01);
        made.advance(NOW);
        assert!(made.is_too_small() && made.ended.len() <= KEPT + super::super::maker::AT_ONCE);
    }
}
