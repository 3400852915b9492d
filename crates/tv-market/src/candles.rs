//! Bars: the walk of a symbol, read where its market is open, as its settings ask.

use std::{borrow::Borrow, sync::Arc};

use crate::{
    candle::Candle,
    grid::{Grid, Run, Slot},
    heikin_ashi::{HeikinAshi, WARM_UP},
    interval::{DAY, Interval},
    price_view::PriceView,
    settings::Settings,
    symbol::Symbol,
    walk::{Cut, Ohlcv},
};

/// The bars of one symbol, interval and kind.
#[derive(Debug, Clone)]
pub(crate) struct Candles {
    symbol: Arc<Symbol>,
    settings: Settings,
    grid: Grid,
    reported: PriceView,
}

impl Candles {
    /// The bars of a symbol. Chart types whose bars prices end are read by [`Bars`](crate::Bars).
    pub(crate) fn new(symbol: Arc<Symbol>, interval: Interval, settings: Settings) -> Self {
        let grid = Grid::new(
            symbol.hours.clone(),
            interval,
            settings.extended,
            symbol.since(),
        );
        let reported = PriceView::new(&symbol, &settings);
        Self {
            symbol,
            settings,
            grid,
            reported,
        }
    }

    /// The smallest step of its prices.
    pub(crate) fn step(&self) -> f64 {
        self.reported.step(&self.symbol)
    }

    /// Whose bars they are.
    pub(crate) fn symbol(&self) -> &Arc<Symbol> {
        &self.symbol
    }

    /// The last bar that opens at a time (milliseconds UTC) or before it.
    pub(crate) fn last_at(&self, time: i64) -> Option<Slot> {
        self.grid.last_at(time)
    }

    /// The first bar that opens at a time (milliseconds UTC) or after it.
    pub(crate) fn first_at(&self, time: i64) -> Option<Slot> {
        self.grid.first_at(time)
    }

    /// The bar `count` bars before another, or the first there is, and how many bars before it
    /// lies.
    pub(crate) fn back(&self, from: Slot, count: i64) -> (Slot, i64) {
        self.grid.back(from, count)
    }

    /// The first bar that opens at a time or after it and lies at most `most` bars before another,
    /// and how many bars before it lies.
    pub(crate) fn back_to(&self, from: Slot, time: i64, most: i64) -> (Slot, i64) {
        self.grid.back_to(from, time, most)
    }

    /// When the bars of a trading date begin, in milliseconds UTC, if any open on it.
    pub(crate) fn date_begins(&self, date: i64) -> Option<i64> {
        self.grid.begins(date)
    }

    /// The bar after another.
    pub(crate) fn next(&self, slot: Slot) -> Option<Slot> {
        self.grid.next(slot)
    }

    /// The bars from one slot to another, both included, as they are at a time (milliseconds UTC).
    /// Those that have not opened by then are left out; the one that opens just then has what its
    /// first millisecond holds.
    pub(crate) fn between(&self, first: Slot, last: Slot, now: i64) -> Reader<&Self> {
        Reader::new(self, first, last, now)
    }

    /// Reads the bars of a block.
    fn fill(&self, block: i64, bounds: Bounds, out: &mut Vec<Candle>) {
        let (first_date, last_date) = self.grid.dates(block);
        if first_date == last_date {
            for run in self.grid.runs(block) {
                self.fill_run(block, run, bounds, out);
            }
            return;
        }
        // A bar of several days is made of the bars of its days, because each has its own
        // adjustment.
        let mut whole: Option<Ohlcv> = None;
        let runs = self.grid.runs(block);
        let Some(run) = runs
            .first()
            .filter(|run| (bounds.from..=bounds.last).contains(&run.from))
        else {
            return;
        };
        for date in first_date..=last_date {
            let day = self.grid.day(date);
            let Some(opens) = day
                .map(|day| day.opens())
                .filter(|opens| *opens < bounds.until)
            else {
                continue;
            };
            let cut = Cut {
                from: opens,
                to: bounds.until,
                origin: opens,
                step: 3 * DAY,
            };
            if let Some((span, _)) = self.day(date, &cut, bounds.today).pop() {
                whole = Some(whole.map_or(span, |whole| whole.then(span)));
            }
        }
        out.extend(whole.map(|span| self.reported(run.date, run.from, run.to, span)));
    }

    fn fill_run(&self, date: i64, run: Run, bounds: Bounds, out: &mut Vec<Candle>) {
        let end = run.to.min(bounds.last.saturating_add(run.step));
        let cut = Cut {
            from: run.from.max(bounds.from),
            to: end.min(bounds.until),
            origin: run.from,
            step: run.step,
        };
        if cut.from >= cut.to {
            return;
        }
        for (span, piece) in self.day(date, &cut, bounds.today) {
            let opens = run.from + piece * run.step;
            out.push(self.reported(date, opens, (opens + run.step).min(run.to), span));
        }
    }

    /// The pieces of a trading day, adjusted, with their numbers.
    fn day(&self, date: i64, cut: &Cut, today: i64) -> Vec<(Ohlcv, i64)> {
        let Some(day) = self.grid.day(date) else {
            return Vec::new();
        };
        let mut pieces: Vec<(Ohlcv, i64)> =
            Vec::with_capacity(((cut.to - cut.from) / cut.step).clamp(1, 2000) as usize);
        for (at, part) in day.parts.iter().enumerate() {
            if self.grid.covers(part.phase) {
                self.symbol
                    .walk
                    .read(&day, at, cut, &mut |piece, span| match pieces.last_mut() {
                        Some((whole, last)) if *last == piece => *whole = whole.then(span),
                        _ => pieces.push((span, piece)),
                    });
            }
        }
        let reported = self.reported.on(&self.symbol, date, today);
        if !reported.is_plain() {
            for (span, _) in &mut pieces {
                *span = Ohlcv {
                    open: reported.price(span.open),
                    high: reported.price(span.high),
                    low: reported.price(span.low),
                    close: reported.price(span.close),
                    volume: reported.volume(span.volume),
                };
            }
        }
        pieces
    }

    fn reported(&self, date: i64, opens: i64, closes: i64, span: Ohlcv) -> Candle {
        let price = |steps: i64| self.reported.price(&self.symbol, steps);
        Candle {
            date,
            opens,
            closes,
            open: price(span.open),
            high: price(span.high),
            low: price(span.low),
            close: price(span.close),
            volume: self.symbol.volume(span.volume),
        }
    }
}

/// Which bars are read, and how much of them.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// When the first bar opens, in milliseconds UTC.
    from: i64,
    /// When the last bar opens, in milliseconds UTC.
    last: i64,
    /// The first millisecond that is not read.
    until: i64,
    /// The date from which past events are seen.
    today: i64,
}

/// Reads bars in order, a day or more at a time.
#[derive(Debug)]
pub(crate) struct Reader<C> {
    candles: C,
    bounds: Bounds,
    /// When the first bar opens that is given out, in milliseconds UTC.
    wanted: i64,
    /// What makes bars of another kind of them.
    shape: Option<HeikinAshi>,
    block: i64,
    last_block: i64,
    /// The bars of the last block. Those from `at` on were not taken yet.
    buffer: Vec<Candle>,
    at: usize,
}

impl<C: Borrow<Candles>> Reader<C> {
    pub(crate) fn new(candles: C, first: Slot, last: Slot, now: i64) -> Self {
        let end = candles.borrow().last_at(now.min(last.opens));
        let wanted = first.opens;
        let shape = candles
            .borrow()
            .settings
            .heikin_ashi
            .then(HeikinAshi::default);
        let first = match shape {
            Some(_) => candles.borrow().back(first, WARM_UP).0,
            None => first,
        };
        let bounds = Bounds {
            from: first.opens,
            last: end.map_or(i64::MIN, |slot| slot.opens),
            until: end.map_or(i64::MIN, |slot| slot.closes.min(now.max(slot.opens + 1))),
            today: now.div_euclid(DAY),
        };
        Self {
            candles,
            bounds,
            wanted,
            shape,
            block: first.block,
            last_block: end.map_or(i64::MIN, |slot| slot.block),
            buffer: Vec::new(),
            at: 0,
        }
    }
}

impl<C: Borrow<Candles>> Iterator for Reader<C> {
    type Item = Candle;

    fn next(&mut self) -> Option<Candle> {
        loop {
            if let Some(candle) = self.buffer.get(self.at) {
                self.at += 1;
                let candle = match &mut self.shape {
                    Some(shape) => shape.next(*candle),
                    None => *candle,
                };
                if candle.opens >= self.wanted {
                    return Some(candle);
                }
                continue;
            }
            if self.block > self.last_block {
                return None;
            }
            self.buffer.clear();
            self.at = 0;
            self.candles
                .borrow()
                .fill(self.block, self.bounds, &mut self.buffer);
            self.block += 1;
        }
    }
}
