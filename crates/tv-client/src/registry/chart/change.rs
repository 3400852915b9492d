//! Calls for another symbol, interval or range of a series, one after the other.
//!
//! Another symbol is resolved while the series goes on, so that one that does not exist changes
//! nothing. Then `modify_series` empties the series at the server and loads it anew, with its
//! studies. Another range alone is loaded in a new session: servers were seen to send no bars for a
//! `modify_series` that names the same symbol and interval.
//!
//! Until all has arrived the former request is kept. A change that is refused or interrupted leaves
//! it in place: the series is restored as after an interruption. An interrupted change is tried
//! again after that.

use std::time::Instant;

use protocol::{message::client, symbol_info::SymbolInfo};

use super::{ChartEntry, Loading, SERIES_ID, Stage, unknown_mode};
use crate::{
    error::RequestError,
    event::History,
    registry::{
        bar_log::BarLog,
        context::{Context, Outcome},
        fetch::Fetch,
        holes::PlaceWatch,
        reason::{RefusalKind, refusal_kind},
        update::{Changed, Reply, SeriesUpdate, Shown},
    },
    request::{SeriesChange, SeriesRequest},
};

/// A call for a change.
#[derive(Debug)]
pub(super) struct Change {
    wanted: SeriesChange,
    reply: Reply<()>,
    /// Its place among all calls.
    number: u64,
    deadline: Instant,
    /// How often it was begun.
    tries: u32,
    step: Step,
}

/// How far a change has come.
#[derive(Debug)]
enum Step {
    /// It has not begun, or begins once more.
    Waiting,
    /// The symbol is resolved; the series goes on meanwhile.
    Resolving { symbol: String, until: Instant },
    /// The series loads what it is to show.
    Loading(Box<Former>),
}

/// What is in place again if the change fails.
#[derive(Debug)]
struct Former {
    request: SeriesRequest,
    places: PlaceWatch,
}

impl Change {
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn tries(&self) -> u32 {
        self.tries
    }

    pub(super) fn is_loading(&self) -> bool {
        matches!(self.step, Step::Loading(_))
    }

    fn is_waiting(&self) -> bool {
        matches!(self.step, Step::Waiting)
    }
}

impl ChartEntry {
    /// Wants another symbol, interval or range, after the calls that came before.
    pub(in crate::registry) fn modify(
        &mut self,
        wanted: SeriesChange,
        reply: Reply<()>,
        cx: &mut Context<'_>,
    ) {
        self.calls += 1;
        self.changes.push_back(Change {
            wanted,
            reply,
            number: self.calls,
            deadline: cx.now + self.request.timeout,
            tries: 0,
            step: Step::Waiting,
        });
        self.begin_calls(cx);
    }

    /// Whether the series loads what it is to show.
    pub(super) fn is_changing(&self) -> bool {
        self.changes.front().is_some_and(Change::is_loading)
    }

    /// What the reader knows that the series shows.
    pub(in crate::registry) fn settled(&self) -> &SeriesRequest {
        match self.changes.front().map(|change| &change.step) {
            Some(Step::Loading(former)) => &former.request,
            _ => &self.request,
        }
    }

    /// Whether the places of its bars mean nothing.
    pub(super) fn is_watch_off(&self) -> bool {
        match self.changes.front().map(|change| &change.step) {
            Some(Step::Loading(former)) => former.places.is_off,
            _ => self.places.is_off,
        }
    }

    /// When a change must be looked at.
    pub(super) fn change_deadline(&self) -> Option<Instant> {
        let resolving = self.changes.front().and_then(|change| match &change.step {
            Step::Resolving { until, .. } => Some(*until),
            Step::Waiting | Step::Loading(_) => None,
        });
        let deadlines = self.changes.iter().map(|change| change.deadline);
        deadlines.chain(resolving).min()
    }

    /// Begins the next call that somebody still waits for, if the series is live.
    pub(super) fn begin_calls(&mut self, cx: &mut Context<'_>) {
        self.changes
            .retain(|change| !change.is_waiting() || !change.reply.is_closed());
        self.begin_paging(cx);
        self.begin_change(cx);
    }

    fn begin_change(&mut self, cx: &mut Context<'_>) {
        let Stage::Live { session, .. } = &self.stage else {
            return;
        };
        let session = session.to_string();
        let turn = self.paging.front().map_or(u64::MAX, |paging| paging.number);
        let Some(change) = self.changes.front_mut() else {
            return;
        };
        if !change.is_waiting() || turn < change.number {
            return;
        }
        let wanted = change.wanted.apply(&self.request);
        if let Some(reason) = cx.refusals.reason(cx.now, &Self::key(&wanted)) {
            let error = RequestError::Refused {
                symbol: wanted.descriptor.symbol().to_string(),
                reason: reason.to_owned(),
            };
            return self.answer_change(Err(error), cx);
        }
        change.tries += 1;
        if wanted.descriptor != self.request.descriptor {
            self.symbols += 1;
            let symbol = format!("sds_sym_{}", self.symbols);
            let resolve = client::ResolveSymbol {
                session: session.into(),
                id: symbol.clone().into(),
                symbol: wanted.descriptor.to_wire().into(),
            };
            cx.commands.push_back(resolve.into());
            let until = cx.now + self.patience();
            if let Some(change) = self.changes.front_mut() {
                change.step = Step::Resolving { symbol, until };
            }
        } else if wanted.interval != self.request.interval {
            self.load_in_place(wanted, None, cx);
        } else {
            self.delete(cx);
            self.studies.interrupt(cx);
            self.expect(wanted);
            self.stage = Stage::Waiting { until: None };
        }
    }

    /// Whether a symbol is resolved for a change.
    pub(super) fn is_resolving(&self, id: &str) -> bool {
        let step = self.changes.front().map(|change| &change.step);
        matches!(step, Some(Step::Resolving { symbol, .. }) if symbol == id)
    }

    /// The symbol of a change is resolved: loads its bars in place of the former ones.
    pub(super) fn begin_change_to(&mut self, info: Box<SymbolInfo>, cx: &mut Context<'_>) {
        let Some(change) = self.changes.front_mut() else {
            return;
        };
        if let Step::Resolving { symbol, .. } = &mut change.step {
            self.symbol_id = std::mem::take(symbol);
        }
        let wanted = change.wanted.apply(&self.request);
        self.load_in_place(wanted, Some(info), cx);
    }

    fn load_in_place(
        &mut self,
        wanted: SeriesRequest,
        info: Option<Box<SymbolInfo>>,
        cx: &mut Context<'_>,
    ) {
        let Some(session) = self.session().cloned() else {
            return;
        };
        self.expect(wanted);
        self.requests += 1;
        self.attempts += 1;
        let turnaround = format!("s{}", self.requests);
        let (_, goal) = self.wanted(cx);
        cx.commands.push_back(
            client::ModifySeries {
                session: session.to_string().into(),
                series: SERIES_ID.into(),
                turnaround: turnaround.clone().into(),
                symbol: self.symbol_id.clone().into(),
                resolution: self.request.interval.to_string().into(),
                timeframe: Some("".into()),
            }
            .into(),
        );
        self.studies.begin_anew(self.requests, cx.now);
        self.stage = Stage::Loading(Box::new(Loading {
            session,
            turnaround,
            begun: cx.now,
            info,
            fetch: Fetch::new(goal),
            has_bars: false,
            deadline: cx.now + self.patience(),
            update_mode: unknown_mode(),
            closes: None,
            is_in_place: true,
        }));
    }

    /// From now on the series is asked for as wanted; what was before is kept.
    fn expect(&mut self, wanted: SeriesRequest) {
        let places = PlaceWatch::new(wanted.repaints());
        let former = Box::new(Former {
            request: std::mem::replace(&mut self.request, wanted),
            places: std::mem::replace(&mut self.places, places),
        });
        if let Some(change) = self.changes.front_mut() {
            change.step = Step::Loading(former);
        }
    }

    /// The former request is in place again, and the change begins once more when it can.
    pub(super) fn revert_change(&mut self) {
        let Some(change) = self.changes.front_mut() else {
            return;
        };
        if let Step::Loading(former) = std::mem::replace(&mut change.step, Step::Waiting) {
            self.request = former.request;
            self.places = former.places;
        }
    }

    /// What interrupts a change now is not its fault: the try does not count.
    pub(super) fn spare_change(&mut self) {
        if let Some(change) = self.changes.front_mut().filter(|it| !it.is_waiting()) {
            change.tries = change.tries.saturating_sub(1);
        }
    }

    /// The server refuses the change.
    pub(super) fn refuse_change(&mut self, reason: String, cx: &mut Context<'_>) -> Outcome {
        let Some(change) = self.changes.front() else {
            return Outcome::Ongoing;
        };
        self.words = Some(reason.clone());
        let wanted = change.wanted.apply(self.settled());
        match refusal_kind(&reason) {
            RefusalKind::Request => {
                let symbol = wanted.descriptor.symbol().to_string();
                cx.refusals.note(cx.now, Self::key(&wanted), reason.clone());
                self.fail_change(RequestError::Refused { symbol, reason }, cx)
            }
            RefusalKind::Limit => {
                self.fail_change(RequestError::LimitExceeded { what: reason }, cx)
            }
            // It may accept it in another session.
            RefusalKind::Server | RefusalKind::Id => self.renew_void(cx),
        }
    }

    /// Answers the change that is under way with an error. If the series has changed at the server,
    /// it is restored.
    pub(super) fn fail_change(&mut self, error: RequestError, cx: &mut Context<'_>) -> Outcome {
        if !self.is_changing() {
            self.answer_change(Err(error), cx);
            return Outcome::Ongoing;
        }
        // The session that is deleted is the one that loads.
        self.delete(cx);
        let outcome = self.interrupt(None, cx);
        self.answer_change(Err(error), cx);
        outcome
    }

    /// All that the series is to show has arrived.
    pub(super) fn finish_change(&mut self, history: History, has_info: bool, cx: &mut Context<'_>) {
        self.is_void = false;
        self.is_changed = true;
        self.bar_log = BarLog::new(self.request.keep, self.request.interval);
        self.bar_log.begin(&history.bars, true);
        self.oldest = history.bars.first().map(|bar| bar.time);
        if has_info {
            self.info = Some(Box::new(history.info.clone()));
        }
        let shown = Shown::of(&self.request);
        cx.report(SeriesUpdate::Changed(Box::new(Changed {
            shown,
            history,
            has_info,
        })));
        if let Some(change) = self.changes.pop_front() {
            // A caller that has gone needs no answer.
            let _ = change.reply.send(Ok(()));
        }
    }

    /// Answers the first call, which changes nothing, and begins the next.
    fn answer_change(&mut self, mut answer: Result<(), RequestError>, cx: &mut Context<'_>) {
        if let Err(error) = &mut answer {
            error.redact(cx.secrets);
        }
        if let Some(change) = self.changes.pop_front() {
            // A caller that has gone needs no answer.
            let _ = change.reply.send(answer);
        }
        self.begin_calls(cx);
    }

    fn unanswered(&self, cx: &Context<'_>) -> RequestError {
        RequestError::TimedOut {
            after: self.request.timeout,
            last_words: self.last_words(cx),
        }
    }

    /// Answers the changes whose time is up, and tries again what the server does not answer.
    /// `None` if the series goes on as before.
    pub(super) fn expire_changes(&mut self, cx: &mut Context<'_>) -> Option<Outcome> {
        let error = self.unanswered(cx);
        let now = cx.now;
        let is_due = |change: &Change| change.is_waiting() && change.deadline <= now;
        while let Some(at) = self.changes.iter().position(is_due) {
            let change = self.changes.remove(at)?;
            // A caller that has gone needs no answer.
            let _ = change.reply.send(Err(error.clone()));
        }
        let change = self.changes.front()?;
        if change.deadline <= now {
            return Some(self.fail_change(error, cx));
        }
        match &change.step {
            Step::Resolving { until, .. } if *until <= now => Some(self.renew_void(cx)),
            Step::Waiting => {
                self.begin_calls(cx);
                None
            }
            _ => None,
        }
    }
}
