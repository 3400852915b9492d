//! Ticks: at which times which symbols trade, and what a quote then shows.

use std::sync::Arc;

use super::events::Change;
use super::hours::{Hours, Phase, TradingDay};
use super::interval::DAY;
use super::settings::Settings;
use super::symbol::Symbol;
use super::walk::{Cut, Ohlcv, mix};

/// What a symbol's quote shows at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Tick {
    /// Whose.
    pub(crate) symbol: Arc<Symbol>,
    /// When, in milliseconds UTC.
    pub(crate) at: i64,
    /// What the quote shows; `None` before the symbol has traded at all.
    pub(crate) shown: Option<Shown>,
}

/// The prices of a quote.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    /// When the last price of the regular session was paid, in milliseconds UTC.
    pub(crate) at: i64,
    /// When that session began, in milliseconds UTC.
    pub(crate) opened: i64,
    pub(crate) open: f64,
    pub(crate) high: f64,
    pub(crate) low: f64,
    /// The last price of the regular session.
    pub(crate) last: f64,
    pub(crate) volume: f64,
    /// The last price of the session before.
    pub(crate) before: f64,
    /// The phase of the day, if the market is open.
    pub(crate) phase: Option<Phase>,
    /// The last price before or after the regular session, while such trading goes on.
    pub(crate) outside: Option<f64>,
    /// The best price somebody offers to buy at.
    pub(crate) bid: f64,
    /// The best price somebody offers to sell at.
    pub(crate) ask: f64,
    /// Decides how much is offered at them.
    pub(crate) draw: u64,
}

/// What a symbol's quote shows at a time in milliseconds UTC.
pub(crate) fn tick_at(symbol: &Arc<Symbol>, at: i64) -> Tick {
    Tick {
        symbol: Arc::clone(symbol),
        at,
        shown: shown(symbol, at),
    }
}

fn shown(symbol: &Symbol, at: i64) -> Option<Shown> {
    let (today, phase) = symbol.trading_day(at)?;
    let today_is = symbol.change(today.date, at.div_euclid(DAY));
    let regular = |day: &TradingDay, to: i64| symbol.stretch(day, Phase::Regular, day.opens(), to);
    let day = regular(&today, at.max(today.opens() + 1))?;
    let before = symbol
        .trading_day(today.opens() - 1)
        .and_then(|(before, _)| {
            let close = regular(&before, before.closes())?.close;
            Some(symbol.change(before.date, at.div_euclid(DAY)).price(close))
        });
    let open = today_is.price(day.open);
    let outside = match &phase {
        Some((of, phase @ (Phase::Early | Phase::Late))) => {
            let part = symbol.stretch(of, *phase, i64::MIN, at.saturating_add(1));
            part.map(|part| {
                symbol.price(symbol.change(of.date, at.div_euclid(DAY)).price(part.close))
            })
        }
        _ => None,
    };
    // Bid and ask move with the second, not with each trade.
    let draw = mix(symbol.walk.key ^ 0x5bd1_e995, at.div_euclid(1000));
    let last = symbol.price(today_is.price(day.close));
    let spread = symbol.price(1 + (draw % 3) as i64);
    let price = outside.unwrap_or(last);
    Some(Shown {
        at: at.min(today.closes() - 1),
        opened: today.opens(),
        open: symbol.price(open),
        high: symbol.price(today_is.price(day.high)),
        low: symbol.price(today_is.price(day.low)),
        last,
        volume: symbol.volume(today_is.volume(day.volume)),
        before: symbol.price(before.unwrap_or(open)),
        phase: phase.map(|(_, phase)| phase),
        outside,
        bid: symbol.rounded((price - spread).max(symbol.price(1))),
        ask: symbol.rounded(price + spread),
        draw,
    })
}

impl Symbol {
    /// The trading day whose regular session began last, and the day and phase that are going on.
    fn trading_day(&self, at: i64) -> Option<(TradingDay, Option<(TradingDay, Phase)>)> {
        let mut phase = None;
        let mut date = Hours::newest_date(at);
        // A figure of statistics comes once a month.
        for _ in 0..40 {
            if date < self.since() {
                return None;
            }
            if let Some(day) = self.hours.day(date) {
                if let Some(part) = day
                    .parts
                    .iter()
                    .find(|part| part.from <= at && at < part.to)
                {
                    phase = Some((day.clone(), part.phase));
                }
                if day.opens() <= at {
                    return Some((day, phase));
                }
            }
            date -= 1;
        }
        None
    }

    /// What happened in the parts of one phase of a trading day between two times.
    fn stretch(&self, day: &TradingDay, phase: Phase, from: i64, to: i64) -> Option<Ohlcv> {
        let mut whole: Option<Ohlcv> = None;
        for (number, part) in day.parts.iter().enumerate() {
            if part.phase == phase {
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

    /// What the prices of a date are changed by, seen from another.
    fn change(&self, date: i64, today: i64) -> Change {
        self.listing.change(&Settings::default(), date, today)
    }
}

/// Spreads ticks over the symbols that somebody watches and whose markets are open, at a steady rate.
///
/// Tick `n` of a rate comes `n` steps after the epoch and chooses its symbol by the seed and `n` alone, so the same symbols
/// at the same times get the same ticks, whenever watching began.
#[derive(Debug)]
pub(crate) struct TickSource {
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
/// How late those who do not pay see exchanges, in milliseconds; for so long a symbol ticks on when its market has closed.
const LATE: i64 = 900_000;

impl TickSource {
    /// Ticks of a seed at `rate` per second, from a time in milliseconds UTC.
    pub(crate) fn new(seed: u64, rate: f64, now: i64) -> Self {
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

    /// Makes up for so many milliseconds after a pause.
    pub(crate) fn with_catch_up(mut self, milliseconds: i64) -> Self {
        self.catch_up = milliseconds;
        self
    }

    /// The ticks since the last call, in order of time. Symbols must come in the same order each time.
    pub(crate) fn advance(&mut self, now: i64, symbols: &[Arc<Symbol>]) -> Vec<Tick> {
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

    /// Finds out which symbols are open in a minute. Those that were until then get one more tick, with the last price.
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

/// The numbers of the symbols that trade at a time or are still told to, in order.
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
    use crate::market::Interval;
    use crate::market::civil::date_of;

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
    fn a_closed_market_does_not_tick_and_says_so_once() {
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
        // 10:00 UTC on a Monday: Frankfurt has traded for long, and New York does before its session.
        let monday = at(2026, 11, 23, 10, 0);
        assert_eq!(
            names(monday, monday + 5000),
            ["NASDAQ:AAPL", "SIM:A", "XETR:SAP"]
        );
        // Frankfurt closes at 16:30 UTC, and is told for a quarter of an hour more.
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
    fn what_never_traded_shows_nothing() {
        let fresh = symbols(&["NYSE:FRESH"]);
        assert_eq!(tick_at(&fresh[0], at(2026, 7, 8, 15, 0)).shown, None);
    }
}
