//! Ticks: at which times which symbols trade, and what a quote then shows.

use std::sync::Arc;

use super::{
    hours::{Hours, Phase, TradingDay},
    interval::DAY,
    price_view::PriceView,
    settings::Settings,
    symbol::Symbol,
    walk::{Cut, Ohlcv, mix},
};

/// What a symbol's quote shows at one moment.
#[derive(Debug, Clone)]
pub struct Tick {
    /// Whose.
    pub symbol: Arc<Symbol>,
    /// When, in milliseconds UTC.
    pub at: i64,
    /// What the quote shows; `None` before the symbol has traded at all.
    pub shown: Option<Shown>,
}

/// The prices of a quote.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// When the last price of the session was paid, in milliseconds UTC.
    pub at: i64,
    /// When that session began, in milliseconds UTC.
    pub opened: i64,
    /// The first price of the session.
    pub open: f64,
    /// Its highest price.
    pub high: f64,
    /// Its lowest price.
    pub low: f64,
    /// The last price of the regular session.
    pub last: f64,
    /// What was traded in it.
    pub volume: f64,
    /// The last price of the session before.
    pub before: f64,
    /// The same in the symbol's own currency.
    pub own_before: f64,
    /// How many steps make 1.0 of these prices, if it is not the symbol's own number.
    pub pricescale: Option<i64>,
    /// The phase of the day, if the market is open.
    pub phase: Option<Phase>,
    /// The last price before or after the regular session, while such trading goes on.
    pub outside: Option<f64>,
    /// The best bid.
    pub bid: f64,
    /// The best ask.
    pub ask: f64,
    /// Decides how much is offered at them.
    pub draw: u64,
}

/// What a symbol's quote shows at a time in milliseconds UTC.
pub fn tick_at(symbol: &Arc<Symbol>, at: i64) -> Tick {
    Reading::new(symbol, Settings::default()).at(symbol, at)
}

impl Tick {
    /// A price rounded to the nearest step that is shown.
    pub fn rounded(&self, price: f64) -> f64 {
        match self.shown.as_ref().and_then(|shown| shown.pricescale) {
            Some(scale) => (price * scale as f64).round() / scale as f64,
            None => self.symbol.rounded(price),
        }
    }
}

/// How the quote of a symbol is read: adjusted, in another currency, or with what is traded before
/// and after the regular session, which is part of the session then.
#[derive(Debug, Clone)]
pub struct Reading {
    reported: PriceView,
    extended: bool,
}

impl Reading {
    /// The quotes of a symbol under some settings; which kind of bars they ask for does not matter.
    pub fn new(symbol: &Symbol, settings: Settings) -> Self {
        Self {
            reported: PriceView::new(symbol, &settings),
            extended: settings.extended,
        }
    }

    /// What it shows at a time in milliseconds UTC, of the symbol that it was made for.
    pub fn at(&self, symbol: &Arc<Symbol>, at: i64) -> Tick {
        Tick {
            symbol: Arc::clone(symbol),
            at,
            shown: self.shown(symbol, at),
        }
    }

    fn shown(&self, symbol: &Symbol, at: i64) -> Option<Shown> {
        let reported = |date: i64| self.reported.on(symbol, date, at.div_euclid(DAY));
        let price = |steps: i64| self.reported.price(symbol, steps);
        let rounded = |price: f64| self.reported.rounded(symbol, price);
        let (today, phase) = self.trading_day(symbol, at)?;
        let (opened, closes) = self.session(&today);
        let today_is = reported(today.date);
        let day = self.whole(symbol, &today, at.max(opened + 1))?;
        let before = self
            .trading_day(symbol, opened - 1)
            .and_then(|(before, _)| {
                let close = self.whole(symbol, &before, i64::MAX)?.close;
                let then = reported(before.date);
                Some((then.price(close), then.rate()))
            });
        let open = today_is.price(day.open);
        let (before, rate) = before.unwrap_or_else(|| (open, today_is.rate()));
        let outside = match &phase {
            Some((of, phase @ (Phase::Early | Phase::Late))) if !self.extended => {
                let is_it = |part: Phase| part == *phase;
                let part = symbol.stretch(of, is_it, (i64::MIN, at.saturating_add(1)));
                part.map(|part| price(reported(of.date).price(part.close)))
            }
            _ => None,
        };
        // Bid and ask move with the second, not with each trade.
        let draw = mix(symbol.walk.key ^ 0x5bd1_e995, at.div_euclid(1000));
        let last = price(today_is.price(day.close));
        let spread = price(1 + (draw % 3) as i64);
        let offered = outside.unwrap_or(last);
        Some(Shown {
            at: at.min(closes - 1),
            opened,
            open: price(open),
            high: price(today_is.price(day.high)),
            low: price(today_is.price(day.low)),
            last,
            volume: symbol.volume(today_is.volume(day.volume)),
            before: price(before),
            own_before: price(before) / rate,
            pricescale: self.reported.pricescale(),
            phase: phase.map(|(_, phase)| phase),
            outside,
            bid: rounded((offered - spread).max(price(1))),
            ask: rounded(offered + spread),
            draw,
        })
    }

    /// When the session of a trading day opens and closes.
    fn session(&self, day: &TradingDay) -> (i64, i64) {
        match (day.parts.first(), day.parts.last()) {
            (Some(first), Some(last)) if self.extended => (first.from, last.to),
            _ => (day.opens(), day.closes()),
        }
    }

    /// What happened in the session of a trading day up to a time.
    fn whole(&self, symbol: &Symbol, day: &TradingDay, to: i64) -> Option<Ohlcv> {
        let (opens, closes) = self.session(day);
        let belongs = |phase: Phase| self.extended || phase == Phase::Regular;
        symbol.stretch(day, belongs, (opens, to.min(closes)))
    }

    /// The trading day whose session began last, and the day and phase that are going on.
    fn trading_day(
        &self,
        symbol: &Symbol,
        at: i64,
    ) -> Option<(TradingDay, Option<(TradingDay, Phase)>)> {
        let mut phase = None;
        let mut date = Hours::newest_date(at);
        // A figure of statistics comes once a month.
        for _ in 0..40 {
            if date < symbol.since() {
                return None;
            }
            if let Some(day) = symbol.hours.day(date) {
                if let Some(part) = day
                    .parts
                    .iter()
                    .find(|part| part.from <= at && at < part.to)
                {
                    phase = Some((day.clone(), part.phase));
                }
                if self.session(&day).0 <= at {
                    return Some((day, phase));
                }
            }
            date -= 1;
        }
        None
    }
}

impl Symbol {
    /// What happened in the parts of some phases of a trading day from one time to another.
    fn stretch(
        &self,
        day: &TradingDay,
        belongs: impl Fn(Phase) -> bool,
        (from, to): (i64, i64),
    ) -> Option<Ohlcv> {
        let mut whole: Option<Ohlcv> = None;
        for (number, part) in day.parts.iter().enumerate() {
            if belongs(part.phase) {
                let cut = Cut {
                    from,
                    to,
                    origin: part.from,
                    step: i64::MAX / 4,
                };
                self.walk.read(day, number, &cut, &mut |_, span| {
                    whole = Some(whole.map_or(span, |whole| whole.then(span)));
                });
            }
        }
        whole
    }
}

/// Spreads ticks over the watched symbols whose markets are open, at a steady
/// rate.
///
/// Tick `n` of a rate comes `n` steps after the epoch and chooses its symbol by the seed and `n`
/// alone, so the same symbols at the same times get the same ticks, whenever watching began.
#[derive(Debug)]
pub struct TickSource {
    seed: u64,
    /// Ticks per second over all symbols.
    rate: f64,
    /// The time up to which ticks were made, in milliseconds UTC.
    until: i64,
    /// Longest stretch, in milliseconds, that is made up for after a pause; the rest is left out.
    catch_up: i64,
    /// What was watched last, and which of it was open in a minute.
    watched: Vec<Arc<Symbol>>,
    open: Vec<usize>,
    minute: i64,
}

const MINUTE: i64 = 60_000;
/// How late those who do not pay see exchanges, in milliseconds; for so long a symbol ticks on when
/// its market has closed.
const LATE: i64 = 900_000;

impl TickSource {
    /// Ticks of a seed at `rate` per second, from a time in milliseconds UTC.
    pub fn new(seed: u64, rate: f64, now: i64) -> Self {
        Self {
            seed,
            rate,
            until: now,
            catch_up: 100,
            watched: Vec::new(),
            open: Vec::new(),
            minute: i64::MIN,
        }
    }

    /// Makes up for at most this many milliseconds after a pause.
    pub fn with_catch_up(mut self, milliseconds: i64) -> Self {
        self.catch_up = milliseconds;
        self
    }

    /// The ticks since the last call, in order of time. Symbols must come in the same order each
    /// time.
    pub fn advance(&mut self, now: i64, symbols: &[Arc<Symbol>]) -> Vec<Tick> {
        let from = self.until.max(now - self.catch_up);
        if now <= from {
            return Vec::new();
        }
        self.until = now;
        let mut ticks = Vec::new();
        // Sessions begin and end on whole minutes.
        let mut at = from;
        while at < now {
            let end = now.min((at.div_euclid(MINUTE) + 1) * MINUTE);
            self.look(at, symbols, &mut ticks);
            self.fill(at, end, symbols, &mut ticks);
            at = end;
        }
        ticks
    }

    /// Finds out which symbols are open in a minute. Those that were until then get one more tick,
    /// with the last price.
    fn look(&mut self, at: i64, symbols: &[Arc<Symbol>], ticks: &mut Vec<Tick>) {
        let minute = at.div_euclid(MINUTE);
        let same = self.watched.len() == symbols.len()
            && self
                .watched
                .iter()
                .zip(symbols)
                .all(|(one, other)| Arc::ptr_eq(one, other));
        if same && minute == self.minute {
            return;
        }
        if !same {
            self.watched = symbols.to_vec();
            self.open = open_at(symbols, at);
        } else {
            let open = open_at(symbols, at);
            for number in &self.open {
                if open.binary_search(number).is_err()
                    && let Some(symbol) = symbols.get(*number)
                {
                    ticks.push(tick_at(symbol, at));
                }
            }
            self.open = open;
        }
        self.minute = minute;
    }

    fn fill(&self, from: i64, to: i64, symbols: &[Arc<Symbol>], ticks: &mut Vec<Tick>) {
        if self.open.is_empty() || self.rate <= 0.0 {
            return;
        }
        // Tick n comes in the millisecond in which n / rate seconds have passed.
        let due = |time: i64| (time as f64 / 1000.0 * self.rate) as i64;
        for number in due(from) + 1..=due(to) {
            let at = ((number as f64 / self.rate * 1000.0) as i64).clamp(from, to);
            let chosen = (mix(self.seed, number) % self.open.len() as u64) as usize;
            let symbol = self.open.get(chosen).and_then(|open| symbols.get(*open));
            ticks.extend(symbol.map(|symbol| tick_at(symbol, at)));
        }
    }
}

/// The numbers of the symbols that trade at a time or are still reported to, in order.
fn open_at(symbols: &[Arc<Symbol>], at: i64) -> Vec<usize> {
    let numbered = symbols.iter().enumerate();
    let trades = |symbol: &Symbol| {
        symbol.is_open(at) || symbol.is_open(at - LATE) || symbol.is_open(at - symbol.delay())
    };
    numbered
        .filter(|(_, symbol)| trades(symbol))
        .map(|(number, _)| number)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{civil::date_of, interval::Interval, settings::Adjustment};

    fn symbols(names: &[&str]) -> Vec<Arc<Symbol>> {
        names
            .iter()
            .map(|name| Arc::new(Symbol::lookup(1, name).unwrap()))
            .collect()
    }

    /// A time in UTC, in milliseconds.
    fn at(year: i64, month: i64, day: i64, hour: i64, minute: i64) -> i64 {
        date_of(year, month, day) * 86_400_000 + (hour * 60 + minute) * MINUTE
    }

    #[test]
    fn ticks_come_at_the_rate_and_repeat_with_the_seed() {
        let symbols = symbols(&["SIM:A", "SIM:B"]);
        let run = |begin: i64, beat: i64| {
            let mut source = TickSource::new(1, 333.0, begin);
            (1..=1000 / beat)
                .flat_map(|n| source.advance(begin + n * beat, &symbols))
                .map(|tick| (tick.symbol.name().to_owned(), tick.at, tick.shown))
                .collect::<Vec<_>>()
        };
        let begin = at(2026, 7, 8, 15, 0);
        let ticks = run(begin, 10);
        assert!((332..=334).contains(&ticks.len()), "{}", ticks.len());
        assert!(ticks.windows(2).all(|pair| pair[0].1 <= pair[1].1));
        assert_eq!(ticks, run(begin, 10));
        assert_eq!(ticks, run(begin, 50), "however often one asks");
    }

    #[test]
    fn a_long_pause_is_not_made_up_for() {
        let symbols = symbols(&["SIM:A"]);
        let begin = at(2026, 7, 8, 15, 0);
        let mut source = TickSource::new(1, 1000.0, begin);
        assert_eq!(source.advance(begin + 60_000, &symbols).len(), 100);
    }

    #[test]
    fn a_closed_market_does_not_tick_and_reports_it_once() {
        let symbols = symbols(&["NASDAQ:AAPL", "SIM:A", "XETR:SAP"]);
        let names = |from: i64, to: i64| {
            let mut source = TickSource::new(1, 100.0, from);
            let ticks =
                (1..=(to - from) / 100).flat_map(|n| source.advance(from + n * 100, &symbols));
            let mut names: Vec<_> = ticks.map(|tick| tick.symbol.name().to_owned()).collect();
            names.sort();
            names.dedup();
            names
        };
        let saturday = at(2026, 11, 21, 15, 0);
        assert_eq!(names(saturday, saturday + 5000), ["SIM:A"]);
        // 10:00 UTC on a Monday: Frankfurt has traded for long, and New York does before its
        // session.
        let monday = at(2026, 11, 23, 10, 0);
        assert_eq!(
            names(monday, monday + 5000),
            ["NASDAQ:AAPL", "SIM:A", "XETR:SAP"]
        );
        // Frankfurt closes at 16:30 UTC. Its prices still change for the quarter of an hour that it
        // is late.
        let evening = at(2026, 11, 23, 16, 45);
        let only = vec![Arc::clone(&symbols[2])];
        let mut source = TickSource::new(1, 10.0, evening - 500);
        let ticks: Vec<_> = (1..=30)
            .flat_map(|n| source.advance(evening - 500 + n * 100, &only))
            .collect();
        let last = ticks.last().unwrap();
        assert_eq!(last.at, evening);
        assert_eq!(
            last.shown.as_ref().unwrap().at,
            at(2026, 11, 23, 16, 30) - 1
        );
    }

    #[test]
    fn a_quote_follows_the_day() {
        let symbols = symbols(&["NASDAQ:AAPL"]);
        let show = |time| tick_at(&symbols[0], time).shown.unwrap();
        let friday = show(at(2026, 11, 20, 20, 59));
        assert_eq!((friday.phase, friday.outside), (Some(Phase::Regular), None));
        let closed = show(at(2026, 11, 21, 12, 0));
        assert_eq!((closed.phase, closed.outside), (None, None));
        assert_eq!(closed.at, at(2026, 11, 20, 21, 0) - 1);
        let early = show(at(2026, 11, 23, 13, 0));
        assert_eq!(early.phase, Some(Phase::Early));
        assert_eq!(
            (early.last, early.before),
            (closed.last, closed.before),
            "the session before still shows"
        );
        assert!(early.outside.is_some());
        let monday = show(at(2026, 11, 23, 14, 30));
        assert_eq!(
            (monday.before, monday.opened),
            (closed.last, at(2026, 11, 23, 14, 30))
        );
        let late = show(at(2026, 11, 23, 22, 0));
        assert_eq!(late.phase, Some(Phase::Late));
        assert!(
            late.outside.is_some()
                && late.bid < late.outside.unwrap()
                && late.outside.unwrap() < late.ask
        );
        assert_eq!(late.at, at(2026, 11, 23, 21, 0) - 1);
    }

    #[test]
    fn a_quote_is_the_bar_of_its_day() {
        for name in [
            "NASDAQ:AAPL",
            "TSE:7203",
            "CME_MINI:ES1!",
            "FX_IDC:USDJPY",
            "SIM:A",
            "ECONOMICS:USCPI",
        ] {
            let symbol = &symbols(&[name])[0];
            for now in [
                at(2026, 11, 20, 5, 17),
                at(2026, 11, 20, 17, 3) + 123,
                at(2026, 11, 22, 11, 0),
                at(2019, 3, 5, 16, 0),
            ] {
                let shown = tick_at(symbol, now).shown.unwrap();
                let days: Vec<_> = symbol
                    .bars(Interval::Day, Settings::default(), now - 70 * DAY, now, now)
                    .collect();
                let [.., before, day] = days.as_slice() else {
                    panic!()
                };
                assert_eq!(
                    (
                        shown.open,
                        shown.high,
                        shown.low,
                        shown.last,
                        shown.volume,
                        shown.before
                    ),
                    (
                        day.open,
                        day.high,
                        day.low,
                        day.close,
                        day.volume,
                        before.close
                    ),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn a_quote_is_the_bar_of_its_day_in_every_reading() {
        let currency = |code| crate::currency::Currency::parse(code);
        let readings = [
            Settings {
                adjustment: Adjustment::None,
                ..Settings::default()
            },
            Settings {
                adjustment: Adjustment::Dividends,
                ..Settings::default()
            },
            Settings {
                currency: currency("EUR"),
                ..Settings::default()
            },
            Settings {
                currency: currency("KRW"),
                adjustment: Adjustment::Dividends,
                ..Settings::default()
            },
            // The same currency under another name is not converted.
            Settings {
                currency: currency("USD"),
                ..Settings::default()
            },
        ];
        for name in ["NASDAQ:AAPL", "KRX:005930", "CBOT:ZB1!", "BINANCE:BTCUSDT"] {
            let symbol = &symbols(&[name])[0];
            for settings in readings {
                let reading = Reading::new(symbol, settings);
                // Also on the Friday on which dividends are taken off, and before splits.
                for now in [
                    at(2026, 11, 13, 17, 3),
                    at(2026, 11, 22, 11, 0),
                    at(2019, 3, 5, 16, 0),
                ] {
                    let shown = reading.at(symbol, now).shown.unwrap();
                    let days: Vec<_> = symbol
                        .bars(Interval::Day, settings, now - 70 * DAY, now, now)
                        .collect();
                    let [.., before, day] = days.as_slice() else {
                        panic!()
                    };
                    assert_eq!(
                        [shown.open, shown.high, shown.low, shown.last, shown.volume],
                        [day.open, day.high, day.low, day.close, day.volume],
                        "{name} {settings:?}"
                    );
                    assert_eq!(shown.before, before.close, "{name} {settings:?}");
                    assert!(shown.bid < shown.last && shown.last < shown.ask);
                }
            }
        }
    }

    #[test]
    fn an_extended_quote_continues_outside_of_the_regular_session() {
        let apple = &symbols(&["NASDAQ:AAPL"])[0];
        let extended = Settings {
            extended: true,
            ..Settings::default()
        };
        let reading = Reading::new(apple, extended);
        for now in [
            at(2026, 11, 23, 10, 0) + 77,
            at(2026, 11, 23, 15, 0) + 77,
            at(2026, 11, 23, 23, 30) + 77,
            at(2026, 11, 24, 3, 0),
        ] {
            let shown = reading.at(apple, now).shown.unwrap();
            let begins = at(2026, 11, 23, 9, 0);
            let minutes: Vec<_> = apple
                .bars(Interval::parse("1").unwrap(), extended, begins, now, now)
                .collect();
            let high = minutes.iter().map(|bar| bar.high).fold(0.0, f64::max);
            let low = minutes.iter().map(|bar| bar.low).fold(f64::MAX, f64::min);
            let volume: f64 = minutes.iter().map(|bar| bar.volume).sum();
            assert_eq!(shown.opened, begins);
            assert_eq!(
                [shown.open, shown.high, shown.low, shown.volume],
                [minutes[0].open, high, low, volume]
            );
            assert_eq!(shown.last, minutes.last().unwrap().close);
            assert_eq!(shown.outside, None, "nothing is outside");
        }
        let early = at(2026, 11, 23, 10, 0);
        assert_ne!(
            reading.at(apple, early).shown.unwrap().last,
            tick_at(apple, early).shown.unwrap().last
        );
    }

    #[test]
    fn what_never_traded_shows_nothing() {
        let fresh = symbols(&["NYSE:FRESH"]);
        assert_eq!(tick_at(&fresh[0], at(2026, 7, 8, 15, 0)).shown, None);
    }
}
