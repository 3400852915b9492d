//! Finds streams that are silent for longer than their readers' limits, while others go on. A
//! closed market is expected to be silent.
//!
//! After the limit the silence is reported. After twice the limit the silent stream, and only that,
//! is requested again.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use protocol::symbol::Symbol;

use super::{clock::ServerClock, hours::Hours};

/// Whether a judgement comes so late that the task was starved: then messages that have arrived are
/// read first.
pub(super) fn is_late(due: Instant, limit: Duration, now: Instant) -> bool {
    now.saturating_duration_since(due) >= limit / 4
}

/// What silence means now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Bearable,
    /// To be reported, with the time that it has lasted.
    Stale(Duration),
    /// It was reported before, and has lasted twice as long.
    Again,
}

/// The silence of one series.
#[derive(Clone, Debug)]
pub(super) struct Silence {
    limit: Duration,
    /// `None` if they cannot be read: then nothing is judged.
    hours: Option<Hours>,
    check_at: Option<Instant>,
    is_reported: bool,
}

impl Silence {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            hours: None,
            check_at: None,
            is_reported: false,
        }
    }

    /// The same for another connection.
    pub(super) fn standby(&self) -> Self {
        Self {
            hours: self.hours.clone(),
            ..Self::new(self.limit)
        }
    }

    pub(super) fn set_hours(&mut self, hours: Option<Hours>) {
        self.hours = hours;
    }

    pub(super) fn is_reported(&self) -> bool {
        self.is_reported
    }

    /// When to judge again.
    pub(super) fn check_at(&self) -> Option<Instant> {
        self.check_at.filter(|_| self.hours.is_some())
    }

    /// Data has come, or the stream begins.
    pub(super) fn end(&mut self, now: Instant) {
        // What is due earlier finds that it is too early.
        if self.is_reported || self.check_at.is_none() {
            self.check_at = Some(now + self.limit);
        }
        self.is_reported = false;
    }

    /// There is no stream.
    pub(super) fn stop(&mut self) {
        self.check_at = None;
        self.is_reported = false;
    }

    /// Judges a stream whose last data came at a time, and is late by some seconds always.
    pub(super) fn judge(
        &mut self,
        heard: Instant,
        delay: i64,
        clock: &ServerClock,
        now: Instant,
    ) -> Verdict {
        let (Some(hours), Some(due)) = (&self.hours, self.check_at.filter(|at| *at <= now)) else {
            return Verdict::Bearable;
        };
        if is_late(due, self.limit, now) {
            self.check_at = Some(now + self.limit / 4);
            return Verdict::Bearable;
        }
        let market = clock.seconds(now).map(|time| time - delay);
        let open = market.and_then(|time| Some(time.saturating_sub(hours.open_since(time)?)));
        let Some(open) = open.and_then(|seconds| u64::try_from(seconds).ok()) else {
            // The market is closed, or the server's time is unknown.
            self.check_at = Some(now + self.limit);
            self.is_reported = false;
            return Verdict::Bearable;
        };
        let silent = now.saturating_duration_since(heard);
        let age = silent.min(Duration::from_secs(open));
        if age < self.limit {
            self.check_at = Some(now + (self.limit - age));
            Verdict::Bearable
        } else if std::mem::replace(&mut self.is_reported, true) {
            self.stop();
            Verdict::Again
        } else {
            self.check_at = Some(now + self.limit);
            Verdict::Stale(silent)
        }
    }
}

/// The silence of each symbol of a quote session.
#[derive(Debug)]
pub(super) struct Silences {
    limit: Duration,
    /// Whether trading outside of regular hours counts.
    is_wide: bool,
    symbols: HashMap<Symbol, Watch>,
    check_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Watch {
    heard: Instant,
    /// Whether the market is open, in the server's words. One that has not said anything yet owes
    /// an answer.
    is_open: bool,
    reported: Option<Instant>,
}

impl Silences {
    pub(super) fn new(limit: Duration, is_wide: bool) -> Self {
        Self {
            limit,
            is_wide,
            symbols: HashMap::new(),
            check_at: None,
        }
    }

    /// The same for another connection.
    pub(super) fn standby(&self) -> Self {
        Self::new(self.limit, self.is_wide)
    }

    pub(super) fn check_at(&self) -> Option<Instant> {
        self.check_at.filter(|_| !self.symbols.is_empty())
    }

    /// A symbol is asked for.
    pub(super) fn begin(&mut self, symbol: Symbol, now: Instant) {
        let watch = Watch {
            heard: now,
            is_open: true,
            reported: None,
        };
        self.symbols.insert(symbol, watch);
        self.check_at.get_or_insert(now + self.limit);
    }

    /// Data of a symbol has come, and maybe what the server calls the hours.
    pub(super) fn end(&mut self, symbol: &Symbol, session: Option<&str>, now: Instant) {
        if let Some(watch) = self.symbols.get_mut(symbol) {
            watch.heard = now;
            watch.reported = None;
            if let Some(session) = session {
                watch.is_open = match session {
                    "market" => true,
                    "pre_market" | "post_market" => self.is_wide,
                    _ => false,
                };
            }
        }
    }

    /// Nothing is expected of a symbol any more.
    pub(super) fn forget(&mut self, symbol: &Symbol) {
        self.symbols.remove(symbol);
    }

    /// There is no session.
    pub(super) fn stop(&mut self) {
        self.symbols.clear();
        self.check_at = None;
    }

    /// The symbols whose silence was reported, and for how long they have been silent.
    pub(super) fn reported(&self, now: Instant) -> impl Iterator<Item = (&Symbol, Duration)> {
        let reported = self
            .symbols
            .iter()
            .filter(|(_, watch)| watch.reported.is_some());
        reported.map(move |(symbol, watch)| (symbol, now.saturating_duration_since(watch.heard)))
    }

    /// Judges all symbols, if it is time: four times in each limit.
    pub(super) fn judge(&mut self, now: Instant) -> Vec<(Symbol, Verdict)> {
        let Some(due) = self.check_at.filter(|at| *at <= now) else {
            return Vec::new();
        };
        self.check_at = Some(now + (self.limit / 4).max(Duration::from_millis(50)));
        if is_late(due, self.limit, now) {
            return Vec::new();
        }
        let limit = self.limit;
        let judged = self.symbols.iter_mut().filter_map(|(symbol, watch)| {
            let age = now.saturating_duration_since(watch.heard);
            let verdict = match watch.reported {
                _ if !watch.is_open => return None,
                None if age >= limit => {
                    watch.reported = Some(now);
                    Verdict::Stale(age)
                }
                Some(reported) if now.saturating_duration_since(reported) >= limit => {
                    Verdict::Again
                }
                _ => return None,
            };
            Some((symbol.clone(), verdict))
        });
        let mut judged: Vec<_> = judged.collect();
        judged.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        judged
    }
}
