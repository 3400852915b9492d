//! The status line of a long job: how much of it has been loaded.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{output::grouped, terminal};

/// The line is written at most this often.
const PAUSE: Duration = Duration::from_millis(200);

/// Shorter jobs show no line.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many symbols and bars have been loaded. On a terminal it is shown; elsewhere nothing is.
#[derive(Clone, Debug)]
pub(super) struct LoadingLine(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    is_terminal: bool,
    symbols: usize,
    done: usize,
    /// Bars of symbols that are done, and of each that loads.
    bars: usize,
    shown_at: Instant,
}

impl LoadingLine {
    pub(super) fn new(symbols: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            is_terminal: terminal::is_terminal(),
            symbols,
            done: 0,
            bars: 0,
            shown_at: Instant::now() + PATIENCE,
        })))
    }

    /// More bars have come.
    pub(super) fn add_bars(&self, bars: usize) {
        self.change(|state| state.bars += bars);
    }

    /// A symbol is done.
    pub(super) fn finish_symbol(&self) {
        self.change(|state| state.done += 1);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        let now = Instant::now();
        if state.is_terminal && state.shown_at <= now {
            state.shown_at = now + PAUSE;
            terminal::show(&line(state.done, state.symbols, state.bars));
        }
    }
}

fn line(done: usize, symbols: usize, bars: usize) -> String {
    let bars = grouped(u64::try_from(bars).unwrap_or(u64::MAX));
    match symbols {
        1 => format!("tvfeed: loading: {bars} bars"),
        symbols => format!("tvfeed: loading: {done} of {symbols} symbols, {bars} bars"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_counts_symbols_and_bars() {
        assert_eq!(line(0, 1, 20_000), "tvfeed: loading: 20,000 bars");
        assert_eq!(
            line(3, 50, 1_500),
            "tvfeed: loading: 3 of 50 symbols, 1,500 bars"
        );
    }
}
