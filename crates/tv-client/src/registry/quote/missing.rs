//! Finds symbols without values, and fields that no symbol has, after the time that the request
//! states.

use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, Instant},
};

use foldhash::fast::RandomState;
use protocol::{
    message::server::QuoteValues,
    quote::{QuoteField, QuoteValue},
    symbol::Symbol,
};

use crate::registry::silence::is_late;

/// What a quote session still waits for.
#[derive(Clone, Debug)]
pub(super) struct MissingValues {
    after: Duration,
    /// Symbols that have sent no values since they were requested.
    symbols: HashMap<Symbol, Wait, RandomState>,
    /// Requested fields that are not known here and that no symbol has had.
    fields: BTreeSet<String>,
    /// When those were requested.
    fields_since: Option<Instant>,
    check_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Since(Instant),
    /// It was reported, and is not again before it has had values.
    Reported,
}

/// What is to be reported.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Missing {
    pub(super) symbols: Vec<Symbol>,
    pub(super) fields: Vec<String>,
}

impl MissingValues {
    pub(super) fn new(after: Duration, fields: &[String]) -> Self {
        let unknown = fields.iter();
        let unknown = unknown.filter(|field| QuoteField::known_name(field).is_err());
        Self {
            after,
            symbols: HashMap::default(),
            fields: unknown.cloned().collect(),
            fields_since: None,
            check_at: None,
        }
    }

    /// How long values may take.
    pub(super) fn after(&self) -> Duration {
        self.after
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.check_at
    }

    /// The same for another connection, where no symbol has been requested yet.
    pub(super) fn standby(&self) -> Self {
        Self {
            symbols: HashMap::default(),
            check_at: None,
            ..self.clone()
        }
    }

    /// A symbol is requested. One that is awaited already has waited since then.
    pub(super) fn begin(&mut self, symbol: Symbol, now: Instant) {
        self.symbols.entry(symbol).or_insert(Wait::Since(now));
        self.fields_since.get_or_insert(now);
        self.check_by(now);
    }

    /// What was requested before a time is awaited from then on: until then the readers know why
    /// nothing comes.
    pub(super) fn postpone(&mut self, to: Instant) {
        for wait in self.symbols.values_mut() {
            if let Wait::Since(since) = wait {
                *since = (*since).max(to);
            }
        }
        self.fields_since = self.fields_since.max(Some(to));
    }

    /// A symbol has sent values.
    #[inline]
    pub(super) fn note_values(&mut self, symbol: &Symbol, values: &QuoteValues<'_>) {
        if !self.symbols.is_empty() || !self.fields.is_empty() {
            self.take_in(symbol, values);
        }
    }

    fn take_in(&mut self, symbol: &Symbol, values: &QuoteValues<'_>) {
        let mut has_values = false;
        for (field, value) in values.iter() {
            has_values = true;
            if !self.fields.is_empty() && !matches!(value, QuoteValue::None) {
                self.fields.remove(field.name());
            }
        }
        if has_values {
            self.symbols.remove(symbol);
        }
    }

    /// Nothing is expected of a symbol any more.
    pub(super) fn forget(&mut self, symbol: &Symbol) {
        self.symbols.remove(symbol);
    }

    /// Forgets all symbols but some.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(&Symbol) -> bool) {
        self.symbols.retain(|symbol, _| is_wanted(symbol));
    }

    /// Goes on for a session of another connection, whose readers know what that has reported.
    pub(super) fn adopt(&mut self, old: &Self, now: Instant) {
        self.fields.retain(|field| old.fields.contains(field));
        for (symbol, wait) in &mut self.symbols {
            *wait = *old.symbols.get(symbol).unwrap_or(&Wait::Since(now));
        }
        self.check_by(now);
    }

    fn check_by(&mut self, now: Instant) {
        let due = now.checked_add(self.after);
        self.check_at = match (self.check_at, due) {
            (Some(known), Some(due)) => Some(known.min(due)),
            (known, due) => known.or(due),
        };
    }

    /// What has been missing for too long, if it is time to look. What is `held` back waits on.
    pub(super) fn judge(
        &mut self,
        now: Instant,
        requested: usize,
        is_held: impl Fn(&Symbol) -> bool,
    ) -> Missing {
        let mut missing = Missing::default();
        let Some(due) = self.check_at.filter(|at| *at <= now) else {
            return missing;
        };
        let pause = now + (self.after / 4).max(MIN_PAUSE);
        self.check_at = None;
        if is_late(due, self.after, now) {
            // What has arrived meanwhile is read first.
            self.check_at = Some(pause);
            return missing;
        }
        let mut next: Option<Instant> = None;
        let mut wait_until = |at: Option<Instant>| next = next.into_iter().chain(at).min();
        let silent = self.symbols.len();
        for (symbol, wait) in &mut self.symbols {
            let Wait::Since(since) = wait else {
                continue;
            };
            match since.checked_add(self.after) {
                Some(due) if due <= now && is_held(symbol) => {
                    *since = now;
                    wait_until(now.checked_add(self.after));
                }
                Some(due) if due <= now => {
                    *wait = Wait::Reported;
                    missing.symbols.push(symbol.clone());
                }
                due => wait_until(due),
            }
        }
        let fields_due = self.fields_since.and_then(|it| it.checked_add(self.after));
        if !self.fields.is_empty() {
            match fields_due {
                // Symbols without values say nothing of fields.
                Some(due) if due <= now && silent >= requested => {
                    wait_until(now.checked_add(self.after));
                }
                Some(due) if due <= now => {
                    missing.fields = std::mem::take(&mut self.fields).into_iter().collect();
                }
                due => wait_until(due),
            }
        }
        // Not for each symbol alone, if they were requested one after the other.
        self.check_at = next.map(|next| next.max(pause));
        missing.symbols.sort_unstable();
        missing
    }
}

/// The shortest time between two looks.
const MIN_PAUSE: Duration = Duration::from_millis(50);
