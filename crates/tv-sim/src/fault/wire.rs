//! The state of a byte stream on which things go wrong, and the handle that changes it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
    time::Duration,
};

use super::{
    action::{Action, Side},
    engine::{Connection, Firing},
    when::millis,
};
use crate::clock::Clock;

/// How a stream is ended without a farewell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kill {
    /// With a RST.
    Reset,
    /// With a FIN, after what was written.
    Fin,
}

/// How a stream changes its ways; times are real milliseconds since the simulator began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Hole {
        inward: bool,
        outward: bool,
        until: Option<u64>,
    },
    /// This number of bytes at a time, with a pause between, until a time.
    Drip(u32, Duration, Option<u64>),
    /// At most this number of bytes at a time.
    Slice(u32),
}

impl Change {
    /// The change that an action asks for, if it is one.
    pub(crate) fn of(action: &Action, now: u64) -> Option<Self> {
        let until = |lasting: &Option<Duration>| lasting.map(|lasting| now + millis(lasting));
        match action {
            Action::BlackHole { side, lasting } => Some(Self::Hole {
                inward: *side != Side::Out,
                outward: *side != Side::In,
                until: until(lasting),
            }),
            Action::Drip {
                bytes,
                every,
                lasting,
            } => Some(Self::Drip(*bytes, *every, until(lasting))),
            Action::Slice { bytes } => Some(Self::Slice(*bytes)),
            _ => None,
        }
    }
}

/// A handle to the state of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    state: Arc<Mutex<State>>,
    pub(super) clock: Clock,
}

#[derive(Debug, Default)]
pub(super) struct State {
    rules: Option<Connection>,
    pub(super) written: u64,
    pub(super) hole_in: Option<Hole>,
    pub(super) hole_out: Option<Hole>,
    pub(super) drip: Option<Drip>,
    pub(super) slice: Option<usize>,
    /// Whether the reader had its turn since the last slice.
    pub(super) yielded: bool,
    /// What is exclusive-ored to the next byte.
    pub(super) flip: Option<u8>,
    pub(super) inject: VecDeque<u8>,
    pub(super) kill: Option<Kill>,
    /// What a rule about bytes asked of the server.
    restart: Option<(bool, Duration)>,
    pub(super) reader: Option<Waker>,
    pub(super) writer: Option<Waker>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Hole {
    pub(super) until: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Drip {
    bytes: usize,
    pub(super) every: u64,
    pub(super) next: u64,
    pub(super) until: Option<u64>,
}

impl Wire {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            state: Arc::default(),
            clock,
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says which connection this is; rules apply from now on.
    pub(crate) fn set_rules(&self, rules: Connection) {
        self.lock().rules = Some(rules);
    }

    /// Asks the rules of this connection something.
    pub(crate) fn rules<T: Default>(&self, ask: impl FnOnce(&mut Connection) -> T) -> T {
        self.lock().rules.as_mut().map(ask).unwrap_or_default()
    }

    pub(crate) fn number(&self) -> u64 {
        self.rules(|rules| rules.number())
    }

    pub(crate) fn change(&self, change: Change) {
        let mut state = self.lock();
        state.change(change, self.clock.real());
        state.wake();
    }

    pub(crate) fn kill(&self, kill: Kill) {
        let mut state = self.lock();
        state.kill.get_or_insert(kill);
        state.wake();
    }

    pub(crate) fn killed(&self) -> Option<Kill> {
        self.lock().kill
    }

    /// Writes bytes before anything else that is written.
    pub(crate) fn inject(&self, bytes: &[u8]) {
        let mut state = self.lock();
        state.inject.extend(bytes);
        state.wake();
    }

    /// The restart that a rule about bytes asked for, once.
    pub(crate) fn take_restart(&self) -> Option<(bool, Duration)> {
        self.lock().restart.take()
    }

    /// Whether the client cannot see what happens now, and until when.
    pub(crate) fn hidden(&self) -> Option<Option<u64>> {
        let mut state = self.lock();
        let now = self.clock.real();
        State::open_hole(&mut state.hole_out, now).map(|hole| hole.until)
    }
}

impl State {
    fn wake(&mut self) {
        [self.reader.take(), self.writer.take()]
            .into_iter()
            .flatten()
            .for_each(Waker::wake);
    }

    fn change(&mut self, change: Change, now: u64) {
        match change {
            Change::Hole {
                inward,
                outward,
                until,
            } => {
                let hole = Some(Hole { until });
                if inward {
                    self.hole_in = hole;
                }
                if outward {
                    self.hole_out = hole;
                }
            }
            Change::Drip(bytes, every, until) => {
                self.drip = Some(Drip {
                    bytes: bytes as usize,
                    every: millis(every),
                    next: now,
                    until,
                });
            }
            Change::Slice(bytes) => self.slice = Some(bytes as usize),
        }
    }

    /// The hole that is open now.
    pub(super) fn open_hole(hole: &mut Option<Hole>, now: u64) -> Option<Hole> {
        if hole.is_some_and(|hole| hole.until.is_some_and(|until| until <= now)) {
            *hole = None;
        }
        *hole
    }

    /// Fires what is due at the number of bytes that were written.
    pub(super) fn fire(&mut self, now: u64) {
        let written = self.written;
        let Some(rules) = &mut self.rules else { return };
        if rules.next_byte().is_none_or(|next| next > written) {
            return;
        }
        for Firing { rule, action } in rules.bytes(now, written) {
            if action == Action::Corrupt {
                self.flip = self
                    .rules
                    .as_mut()
                    .map(|rules| 1 + rules.draw(rule, 255) as u8);
                continue;
            }
            self.act(action, now);
        }
    }

    /// Does what can be done to a stream at once.
    fn act(&mut self, action: Action, now: u64) {
        if let Some(change) = Change::of(&action, now) {
            return self.change(change, now);
        }
        match action {
            Action::Refuse | Action::Reset => self.kill = Some(Kill::Reset),
            Action::Fin => self.kill = Some(Kill::Fin),
            Action::Raw { bytes, times } => self.inject.extend(bytes.repeat(times as usize)),
            Action::Restart { keeping, down } => self.restart = Some((keeping, down)),
            _ => {}
        }
    }

    /// How many of some bytes may be written now; 0 asks to fire first.
    pub(super) fn allowed(&self, wanted: usize) -> usize {
        let mut allowed = wanted;
        if let Some(drip) = self.drip {
            allowed = allowed.min(drip.bytes);
        }
        if let Some(slice) = self.slice {
            allowed = allowed.min(slice);
        }
        if self.flip.is_some() {
            allowed = allowed.min(1);
        }
        let stop = self.rules.as_ref().and_then(Connection::next_byte);
        stop.map_or(allowed, |stop| {
            let left = stop.saturating_sub(self.written);
            allowed.min(usize::try_from(left).unwrap_or(usize::MAX))
        })
    }
}
