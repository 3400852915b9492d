//! A replay session: a moment of the past that moves on bar by bar, and the series whose bars it
//! moves by.
//!
//! No replay is recorded. What is known are the names, the order of the parameters, and two claims
//! about the shapes.

use std::sync::Arc;

use market::{Bars, Interval, Settings, Slot, Symbol};
use serde_json::{Value, json};

use crate::session::{
    params::{text, within},
    replies::untimed,
    source::{Context, Refusal, Subject},
};

/// Series that a replay may have.
const MAX_SERIES: usize = 64;
/// Bars that one step may take.
const MAX_STEP: i64 = 10_000;
/// The shortest time between two bars of a running replay, in milliseconds.
const MIN_DELAY: i64 = 10;
/// The longest.
const MAX_DELAY: i64 = 86_400_000;
/// The latest time that a replay can be set to, in seconds UTC.
const MAX_TIME: i64 = 100_000_000_000;
/// The resolution of a series that was added without one.
pub(super) const RESOLUTION: &str = "240";

/// One replay session.
#[derive(Debug, Default)]
pub(crate) struct ReplaySession {
    pub(super) series: Vec<Added>,
    /// Up to which time it has come, in milliseconds UTC: bars that opened before are shown.
    pub(super) point: Option<i64>,
    /// Where the bars end.
    pub(super) end: i64,
    /// The interval of a step, if it is not that of the first series.
    pub(super) interval: Option<(String, Interval)>,
    pub(super) running: Option<Running>,
    /// How often it was set to a time.
    pub(super) resets: u64,
}

/// A series of a replay.
#[derive(Debug)]
pub(super) struct Added {
    /// The id of the request, which stands for the series in one of the claimed shapes.
    pub(super) request: String,
    pub(super) asked: String,
    pub(super) resolution: String,
    pub(super) symbol: Arc<Symbol>,
    pub(super) interval: Interval,
}

/// A replay that goes on by itself; milliseconds, and milliseconds UTC.
#[derive(Debug)]
pub(super) struct Running {
    delay: i64,
    next: i64,
}

/// What became of the moment that a replay shows; milliseconds UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moved {
    Not,
    /// It was set to another.
    To(i64),
    /// It went on from one to another.
    On(i64, i64),
}

impl ReplaySession {
    /// Up to which time it has come, once it has a series and was set to a time.
    pub(crate) fn point(&self) -> Option<i64> {
        self.point.filter(|_| !self.series.is_empty())
    }

    /// `replay_add_series`.
    pub(crate) fn add_series(
        &mut self,
        id: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<Moved, Refusal> {
        let request = text(params, 1)?;
        let asked = text(params, 2)?;
        let resolution = text(params, 3).unwrap_or(RESOLUTION);
        if self.series.len() >= MAX_SERIES {
            return Err(Refusal("exceed limit of series in the session"));
        }
        let Some(Subject::Market(symbol)) = cx.source.resolve(asked) else {
            cx.out.push(error(id, request, "invalid symbol"));
            return Ok(Moved::Not);
        };
        let Ok(interval) = Interval::parse(resolution) else {
            cx.out.push(error(id, request, "invalid resolution"));
            return Ok(Moved::Not);
        };
        let before = self.point();
        self.series.push(Added {
            request: request.to_owned(),
            asked: asked.to_owned(),
            resolution: resolution.to_owned(),
            symbol,
            interval,
        });
        cx.out.push(ok(id, request));
        Ok(match self.point() {
            Some(point) if before.is_none() => Moved::To(point),
            _ => Moved::Not,
        })
    }

    /// `replay_remove_series`.
    pub(crate) fn remove_series(
        &mut self,
        id: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<Moved, Refusal> {
        let request = text(params, 1)?;
        let asked = text(params, 2)?;
        let resolution = text(params, 3).unwrap_or(RESOLUTION);
        let at = self
            .series
            .iter()
            .position(|added| added.asked == asked && added.resolution == resolution);
        match at {
            Some(at) => {
                self.series.remove(at);
                cx.out.push(ok(id, request));
            }
            None => cx.out.push(error(id, request, "no_such_series")),
        }
        Ok(Moved::Not)
    }

    /// `replay_reset`: sets it to a time in seconds UTC; the bar of that time is the last one
    /// shown.
    pub(crate) fn reset(
        &mut self,
        id: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<Moved, Refusal> {
        let request = text(params, 1)?;
        let time = within(params, 2, 0..=MAX_TIME)? * 1000;
        self.running = None;
        self.resets += 1;
        let window = cx.wire.replay_window.map_or(i64::MAX / 2, |window| {
            i64::try_from(window.as_millis()).unwrap_or(i64::MAX / 2)
        });
        self.end = cx.now.min(time.saturating_add(window));
        // A bar that is still open cannot be replayed.
        let bars = self.bars();
        let shown = bars
            .as_ref()
            .and_then(|bars| Some((bars.last_at(time)?, self.last(bars)?)));
        let point = shown.map_or_else(
            || time.min(cx.now),
            |(shown, last)| shown.closes.min(last.closes),
        );
        self.point = Some(point);
        let instance = format!("{id}_{}", self.resets);
        self.tell(id, "replay_instance_id", json!(instance), cx);
        cx.out.push(ok(id, request));
        self.tell_point(id, cx);
        self.tell_resolutions(id, cx);
        self.tell_depth(id, cx);
        Ok(self.point().map_or(Moved::Not, Moved::To))
    }

    /// `replay_step`: a number of bars at once.
    pub(crate) fn step(
        &mut self,
        id: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<Moved, Refusal> {
        let request = text(params, 1)?;
        let length = match params.get(2) {
            None => 1,
            Some(_) => within(params, 2, 1..=MAX_STEP)?,
        };
        let Some((before, after)) = self.advance(length) else {
            let what = json!({ "command": "step", "args": { "length": length } });
            cx.out.push(untimed(
                "critical_error",
                json!([id, "no_point_or_series", what]),
            ));
            return Ok(Moved::Not);
        };
        cx.out.push(ok(id, request));
        self.tell_point(id, cx);
        Ok(self.moved(id, (before, after), cx))
    }

    /// `replay_start`: bars at a fixed pace, in milliseconds.
    pub(crate) fn start(
        &mut self,
        id: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<Moved, Refusal> {
        let request = text(params, 1)?;
        let delay = within(params, 2, 0..=MAX_DELAY)?.max(MIN_DELAY);
        if self.point().is_none() {
            let what = json!({ "command": "start", "args": { "delay": delay } });
            cx.out.push(untimed(
                "critical_error",
                json!([id, "no_point_or_series", what]),
            ));
            return Ok(Moved::Not);
        }
        self.running = Some(Running {
            delay,
            next: cx.now + delay,
        });
        cx.out.push(ok(id, request));
        Ok(Moved::Not)
    }

    /// `replay_stop`.
    pub(crate) fn stop(
        &mut self,
        id: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<Moved, Refusal> {
        let request = text(params, 1)?;
        self.running = None;
        cx.out.push(ok(id, request));
        Ok(Moved::Not)
    }

    /// `replay_set_resolution`: the length of a step.
    pub(crate) fn set_resolution(
        &mut self,
        id: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<Moved, Refusal> {
        let request = text(params, 1)?;
        let resolution = text(params, 2)?;
        match Interval::parse(resolution) {
            Ok(interval) => {
                self.interval = Some((resolution.to_owned(), interval));
                cx.out.push(ok(id, request));
                self.tell_resolutions(id, cx);
            }
            Err(_) => cx.out.push(error(id, request, "invalid resolution")),
        }
        Ok(Moved::Not)
    }

    /// When it moves by itself next, in milliseconds UTC.
    pub(crate) fn next_timeout(&self) -> Option<i64> {
        self.running.as_ref().map(|running| running.next)
    }

    /// Goes on by itself, if that is due. A late call does not make up for what was missed.
    pub(crate) fn handle_timeout(&mut self, id: &str, cx: &mut Context<'_>) -> Moved {
        let Some(running) = self
            .running
            .as_mut()
            .filter(|running| running.next <= cx.now)
        else {
            return Moved::Not;
        };
        running.next = cx.now + running.delay;
        if cx.out.is_congested() {
            return Moved::Not;
        }
        let Some(span) = self.advance(1) else {
            self.running = None;
            return Moved::Not;
        };
        self.tell_point(id, cx);
        self.moved(id, span, cx)
    }

    /// The interval of a step.
    fn interval(&self) -> Option<Interval> {
        let set = self.interval.as_ref().map(|(_, interval)| *interval);
        set.or_else(|| self.series.first().map(|added| added.interval))
    }

    /// The bars that a step goes by.
    pub(super) fn bars(&self) -> Option<Bars> {
        let symbol = Arc::clone(&self.series.first()?.symbol);
        Some(Bars::new(symbol, self.interval()?, Settings::default()))
    }

    /// The last bar that is over at the end.
    fn last(&self, bars: &Bars) -> Option<Slot> {
        let current = bars.last_at(self.end)?;
        if current.closes <= self.end {
            return Some(current);
        }
        let (before, moved) = bars.back(current, 1);
        (moved == 1).then_some(before)
    }

    /// Moves `bars` bars on, as far as there are any, and returns the times before and after.
    fn advance(&mut self, bars: i64) -> Option<(i64, i64)> {
        let (candles, before) = (self.bars()?, self.point()?);
        let end = self.last(&candles)?;
        let mut shown = candles.last_at(before - 1)?;
        for _ in 0..bars {
            match candles.next(shown).filter(|next| next.opens <= end.opens) {
                Some(next) => shown = next,
                None => break,
            }
        }
        let after = shown.closes.min(end.closes).max(before);
        self.point = Some(after);
        Some((before, after))
    }

    /// Says that the bars ended, if they did.
    fn moved(&mut self, id: &str, (before, after): (i64, i64), cx: &mut Context<'_>) -> Moved {
        let at_end = self
            .bars()
            .is_some_and(|bars| self.last(&bars).is_none_or(|last| after >= last.closes));
        if at_end {
            self.running = None;
            let slot = self.slot(cx);
            let params: Vec<Value> = std::iter::once(json!(id)).chain(slot).collect();
            cx.out.push(untimed("replay_data_end", json!(params)));
        }
        if before == after {
            Moved::Not
        } else {
            Moved::On(before, after)
        }
    }
}

/// `replay_ok`, which names the request.
fn ok(id: &str, request: &str) -> String {
    untimed("replay_ok", json!([id, request]))
}

/// `replay_error`, which names the request.
fn error(id: &str, request: &str, reason: &str) -> String {
    untimed("replay_error", json!([id, request, reason]))
}
