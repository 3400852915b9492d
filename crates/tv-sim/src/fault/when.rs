//! When a rule applies.

use std::time::Duration;

/// The conditions of a rule. All of them must hold. They are added one by one; what is not asked
/// for does not matter.
///
/// What a rule waits for follows from its conditions: a request if there is `request`, else a
/// number of bytes, else a frame (if `frame`, `kind`, `containing`, `nth` or `every` is among
/// them), else a moment (if `time` or `age` is), else the opening of a connection. `refuse` and
/// `http` always wait for an opening.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct When {
    pub(super) connections: Option<Span>,
    pub(super) request: Option<String>,
    pub(super) frames: Option<Span>,
    pub(super) byte: Option<u64>,
    pub(super) kinds: Vec<String>,
    pub(super) containing: Option<String>,
    pub(super) nth: Option<Span>,
    pub(super) every: Option<u64>,
    pub(super) time: Option<Period>,
    pub(super) age: Option<Period>,
    /// Millionths.
    pub(super) chance: Option<u32>,
    pub(super) times: Option<u64>,
}

/// Numbers from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: u64,
    pub(super) to: Option<u64>,
}

impl Span {
    pub(super) fn holds(self, number: u64) -> bool {
        self.from <= number && self.to.is_none_or(|to| number <= to)
    }
}

/// Milliseconds from one, included, to another, not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: u64,
    pub(super) to: Option<u64>,
}

impl Period {
    pub(super) fn holds(self, at: u64) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }
}

/// What a rule waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Request,
    Opening,
    Frame,
    Byte,
    Moment,
}

impl When {
    /// No condition: each connection, when it opens.
    #[must_use]
    pub fn always() -> Self {
        Self::default()
    }

    /// `connection N`: the Nth connection, counted from 1. Requests for the ledger are not counted.
    #[must_use]
    pub fn connection(self, number: u64) -> Self {
        self.connections(number, Some(number))
    }

    /// `connection N..M`: connections from one number to another, both included; without an end,
    /// all later ones.
    #[must_use]
    pub fn connections(mut self, from: u64, to: Option<u64>) -> Self {
        self.connections = Some(Span { from, to });
        self
    }

    /// `request "TEXT"`: a request over HTTP, not for a WebSocket nor for the ledger, whose method,
    /// host and target, written as `GET www.tradingview.com/chart/?symbol=X`, have this in them.
    #[must_use]
    pub fn request(mut self, text: impl Into<String>) -> Self {
        self.request = Some(text.into());
        self
    }

    /// `frame N`: the Nth frame to a connection, counted from 1; the greeting is the first.
    #[must_use]
    pub fn frame(self, number: u64) -> Self {
        self.frames(number, Some(number))
    }

    /// `frame N..M`: frames from one number to another, both included.
    #[must_use]
    pub fn frames(mut self, from: u64, to: Option<u64>) -> Self {
        self.frames = Some(Span { from, to });
        self
    }

    /// `byte N`: when N bytes were written to a connection, HTTP included; with TLS, of its
    /// ciphertext.
    #[must_use]
    pub fn byte(mut self, written: u64) -> Self {
        self.byte = Some(written);
        self
    }

    /// `kind NAME`: a frame whose `m` is this; `heartbeat` and `hello` are those without one, `*`
    /// is any. Called again, it adds a name.
    #[must_use]
    pub fn kind(mut self, name: impl Into<String>) -> Self {
        self.kinds.push(name.into());
        self
    }

    /// `containing "TEXT"`: a frame whose payload has this in it, such as the name of a symbol or
    /// the id of a series.
    #[must_use]
    pub fn containing(mut self, text: impl Into<String>) -> Self {
        self.containing = Some(text.into());
        self
    }

    /// `nth N`: the Nth of the frames of `kind` and `containing` on a connection, or of the
    /// requests of `request` on all of them, counted from 1.
    #[must_use]
    pub fn nth(self, number: u64) -> Self {
        self.nths(number, Some(number))
    }

    /// `nth N..M`: those from one number to another, both included.
    #[must_use]
    pub fn nths(mut self, from: u64, to: Option<u64>) -> Self {
        self.nth = Some(Span { from, to });
        self
    }

    /// `every N`: each Nth of the same.
    #[must_use]
    pub fn every(mut self, number: u64) -> Self {
        self.every = Some(number);
        self
    }

    /// `time D`: from a time after the start of the simulator on, or at it if nothing else is
    /// waited for.
    #[must_use]
    pub fn time(mut self, from: Duration) -> Self {
        self.time = Some(Period {
            from: millis(from),
            to: None,
        });
        self
    }

    /// `time D..D`: from one time after the start of the simulator to another.
    #[must_use]
    pub fn times_between(mut self, from: Duration, to: Duration) -> Self {
        self.time = Some(Period {
            from: millis(from),
            to: Some(millis(to)),
        });
        self
    }

    /// `age D`: as `time`, but since the connection was opened.
    #[must_use]
    pub fn age(mut self, from: Duration) -> Self {
        self.age = Some(Period {
            from: millis(from),
            to: None,
        });
        self
    }

    /// `age D..D`: as `times_between`, but since the connection was opened.
    #[must_use]
    pub fn ages_between(mut self, from: Duration, to: Duration) -> Self {
        self.age = Some(Period {
            from: millis(from),
            to: Some(millis(to)),
        });
        self
    }

    /// `chance P%`: in this percentage of cases, drawn from the seed, the rule and the
    /// connection; six decimals count at most.
    #[must_use]
    pub fn chance(mut self, percent: f64) -> Self {
        self.chance = Some((percent.clamp(0.0, 100.0) * 10_000.0).round() as u32);
        self
    }

    /// `times N`: at most N times, over all connections.
    #[must_use]
    pub fn times(mut self, most: u64) -> Self {
        self.times = Some(most);
        self
    }

    /// What it waits for, if the action leaves the choice.
    pub(super) fn event(&self) -> Event {
        let of_frames = self.frames.is_some()
            || !self.kinds.is_empty()
            || self.containing.is_some()
            || self.nth.is_some()
            || self.every.is_some();
        if self.request.is_some() {
            Event::Request
        } else if self.byte.is_some() {
            Event::Byte
        } else if of_frames {
            Event::Frame
        } else if self.time.is_some() || self.age.is_some() {
            Event::Moment
        } else {
            Event::Opening
        }
    }
}

/// Whole milliseconds, finer parts cut off.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
