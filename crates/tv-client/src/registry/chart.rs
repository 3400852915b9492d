//! One series, in a chart session of its own: guests may have no more than one series in a session,
//! and sessions are cheap. It outlives its sessions: each connection, and each renewal, begins one
//! with new ids.

mod answer;
mod change;
mod failure;
mod holes;
mod paging;
mod renewal;
mod request;
mod rows;
mod timers;
mod unreadable;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use protocol::{
    id::SessionId,
    message::{ClientMessage, client},
    quote::UpdateMode,
    symbol_info::SymbolInfo,
    time::Timestamp,
};

use self::change::Change;
use super::{
    bar_log::BarLog,
    context::{Context, Outcome},
    fetch::Fetch,
    holes::{Hole, PlaceWatch},
    replay::Replay,
    silence::Silence,
    study::{Parent, Span, Studies},
    update::{Joined, Older, Reply, SeriesUpdate, Shown, SubscriptionId, Update},
    void_pauses::VoidPauses,
};
use crate::{
    error::RequestError,
    event::{Completeness, History},
    request::{ReplayCommand, SeriesRequest, StudyRequest},
};

/// The id of a session's first symbol. A series that is changed has others, with other numbers.
pub(super) const SYMBOL_ID: &str = "sds_sym_1";

pub(super) const SERIES_ID: &str = "sds_1";

/// How often a request is sent before it is given up: once, and three times again.
pub(super) const MAX_ATTEMPTS: u32 = 4;

/// Bars that an answer should hold at least besides those that are missing, so that revisions show.
pub(super) const MIN_OVERLAP: i64 = 10;

/// How long a page of earlier bars may take without any progress. Servers were seen to send nothing
/// of use when there are no more.
pub(super) const PAGE_TIMEOUT: Duration = Duration::from_secs(8);

/// How long bars may still arrive after completions without new bars: a completion may arrive
/// twice.
pub(super) const SETTLE_TIME: Duration = Duration::from_secs(2);

/// How long to wait after a series could not be resumed, before trying again.
const RESUME_PAUSE: Duration = Duration::from_secs(30);

/// How long after its end by the clock a bar is closed, if no later one has begun.
const CLOSING_GRACE: i64 = 5;

/// A series and how far it has come.
#[derive(Debug)]
pub(super) struct ChartEntry {
    request: SeriesRequest,
    bar_log: BarLog,
    stage: Stage,
    /// The server's words, if it has refused or ended the latest session.
    words: Option<String>,
    /// When the caller must have an answer; `None` once it has.
    answer_by: Option<Instant>,
    /// The oldest bar that the reader was given.
    oldest: Option<Timestamp>,
    /// Requests for earlier bars, one of each reader that pages back. The first is under way.
    paging: VecDeque<Paging>,
    /// Calls for another symbol, interval or range. The first may be under way.
    changes: VecDeque<Change>,
    /// Calls of either kind so far: they are answered in order.
    calls: u64,
    /// The id of the symbol in the session, and the symbols that were resolved there so far.
    symbol_id: String,
    symbols: u64,
    /// What the server knows of the symbol, if it was changed.
    info: Option<Box<SymbolInfo>>,
    /// Whether the series shows something else than was asked for first.
    is_changed: bool,
    /// What the server calls the symbol.
    symbol: Option<String>,
    /// Whether the past is another one now, so that all of it is asked for again.
    is_void: bool,
    /// Requests sent so far, for their ids.
    requests: u64,
    /// Attempts without an answer, since the last one.
    attempts: u32,
    /// When a message or row that could not be read last began another session.
    renewed_unread: Option<Instant>,
    /// The server's words, if the last attempt was one too many for it.
    too_many: Option<String>,
    void_pauses: VoidPauses,
    places: PlaceWatch,
    /// Whether an interruption was reported and goes on.
    interrupted: bool,
    /// When data came last.
    heard: Instant,
    /// The open bar is not closed by the clock before this: what was sent while no time was given
    /// to us comes first.
    not_before: Option<Instant>,
    /// How fresh the data is, in the server's words, and by how many seconds it is late.
    update_mode: UpdateMode,
    delay: i64,
    /// Present if the reader asked for reports of silence.
    silence: Option<Silence>,
    /// Whether it was reported that the series cannot be restored.
    is_lost: bool,
    studies: Studies,
    /// The session that bars come from, if they are replayed.
    replay: Option<Replay>,
}

/// What stands between the series and the server.
#[derive(Debug)]
pub(super) enum Stage {
    /// There is no session; one is begun when the registry has room for a request.
    Waiting {
        /// Not before this.
        until: Option<Instant>,
    },
    /// An answer is coming.
    Loading(Box<Loading>),
    /// The answer is complete; the last bar changes.
    Live {
        session: SessionId,
        turnaround: String,
    },
}

#[derive(Debug)]
pub(crate) struct Loading {
    session: SessionId,
    turnaround: String,
    begun: Instant,
    info: Option<Box<SymbolInfo>>,
    fetch: Fetch,
    /// Whether all bars are there.
    has_bars: bool,
    deadline: Instant,
    update_mode: UpdateMode,
    /// When the newest bar closes.
    closes: Option<Timestamp>,
    /// Whether the series is there already, and shows something else from now on.
    is_in_place: bool,
}

/// A request for earlier bars, of a series that is live.
#[derive(Debug)]
pub(super) struct Paging {
    reply: Reply<Older>,
    count: usize,
    /// What the caller believes that the series shows.
    shown: Shown,
    /// Its place among all calls.
    number: u64,
    /// `None` until it can be sent.
    fetch: Option<Fetch>,
    /// The hole for which the bars were requested again.
    asked: Option<Hole>,
    deadline: Instant,
}

impl ChartEntry {
    pub(super) fn new(request: SeriesRequest, now: Instant) -> Self {
        Self {
            bar_log: BarLog::new(request.keep, request.interval),
            stage: Stage::Waiting { until: None },
            words: None,
            answer_by: now.checked_add(request.timeout),
            oldest: None,
            paging: VecDeque::new(),
            changes: VecDeque::new(),
            calls: 0,
            symbol_id: SYMBOL_ID.to_owned(),
            symbols: 0,
            info: None,
            is_changed: false,
            symbol: None,
            is_void: false,
            requests: 0,
            attempts: 0,
            renewed_unread: None,
            too_many: None,
            void_pauses: VoidPauses::default(),
            places: PlaceWatch::new(request.repaints() || request.replay.is_some()),
            interrupted: false,
            heard: now,
            not_before: None,
            update_mode: unknown_mode(),
            delay: 0,
            silence: request.stale_after.map(Silence::new),
            is_lost: false,
            studies: Studies::default(),
            replay: None,
            request,
        }
    }

    /// What is asked for, as refusals are remembered.
    pub(super) fn key(request: &SeriesRequest) -> String {
        format!("{} {}", request.descriptor.to_wire(), request.interval)
    }

    pub(super) fn session(&self) -> Option<&SessionId> {
        match &self.stage {
            Stage::Waiting { .. } => None,
            Stage::Loading(loading) => Some(&loading.session),
            Stage::Live { session, .. } => Some(session),
        }
    }

    pub(super) fn replay_session(&self) -> Option<&SessionId> {
        self.replay.as_ref().map(|replay| &replay.session)
    }

    /// Whether it may begin a session now.
    pub(super) fn is_waiting(&self, now: Instant) -> bool {
        matches!(&self.stage, Stage::Waiting { until } if until.is_none_or(|until| until <= now))
    }

    pub(super) fn is_loading(&self) -> bool {
        matches!(self.stage, Stage::Loading(_))
    }

    pub(super) fn is_live(&self) -> bool {
        matches!(self.stage, Stage::Live { .. })
    }

    /// Whether the caller waits for its first answer.
    pub(super) fn is_new(&self) -> bool {
        self.answer_by.is_some()
    }

    pub(super) fn name(&self) -> &str {
        self.request.descriptor.symbol().as_str()
    }

    /// Whether the next answer replaces all bars.
    fn starts_over(&self) -> bool {
        self.is_void || self.is_changing() || self.request.repaints()
    }

    /// The connection is gone, and with it the session.
    pub(super) fn disconnect(&mut self, cx: &mut Context<'_>) -> Outcome {
        if let Stage::Loading(_) = self.stage {
            // A cut connection does not count as a failure of the request.
            self.attempts = self.attempts.saturating_sub(1);
        }
        self.spare_change();
        self.interrupt(None, cx)
    }

    /// Leaves the session as it is and begins another one at a time.
    fn interrupt(&mut self, until: Option<Instant>, cx: &mut Context<'_>) -> Outcome {
        self.revert_change();
        self.stage = Stage::Waiting { until };
        self.not_before = None;
        if let Some(silence) = &mut self.silence {
            silence.stop();
        }
        if self.replay.take().is_some() && !self.is_new() {
            let last_words = self.words.take();
            cx.update(Update::Failed(RequestError::Interrupted { last_words }));
            return Outcome::Finished;
        }
        self.studies.interrupt(cx);
        self.restart_paging();
        if !self.is_new() && !std::mem::replace(&mut self.interrupted, true) {
            cx.report(SeriesUpdate::Reconnecting);
        }
        if let Some(at) = until {
            self.report_wait(at, cx);
        }
        Outcome::Ongoing
    }

    /// Ends the session at the server, and begins another one at once: for requests whose number is
    /// limited.
    fn renew(&mut self, cx: &mut Context<'_>) -> Outcome {
        self.delete(cx);
        self.interrupt(None, cx)
    }

    /// The same after something that may happen again: at once, then with growing pauses.
    pub(super) fn renew_void(&mut self, cx: &mut Context<'_>) -> Outcome {
        self.delete(cx);
        let at = self.void_pauses.next(cx.now, cx.ids);
        self.interrupt(at, cx)
    }

    /// Tells the server that the session is not needed any more.
    pub(super) fn delete(&self, cx: &mut Context<'_>) {
        if let Some(session) = self.session() {
            let session = session.to_string().into();
            cx.commands
                .push_back(client::ChartDeleteSession { session }.into());
        }
        if let Some(replay) = &self.replay {
            replay.delete(cx);
        }
    }

    pub(super) fn command_replay(
        &mut self,
        command: ReplayCommand,
        reply: Reply<()>,
        cx: &mut Context<'_>,
    ) {
        if let Some(replay) = &mut self.replay {
            replay.command(command, reply, self.request.timeout, cx);
        }
    }

    /// Asks for `count` bars before the oldest that a reader has, after the calls that came before.
    pub(super) fn fetch_more(
        &mut self,
        count: usize,
        shown: Shown,
        reply: Reply<Older>,
        cx: &mut Context<'_>,
    ) {
        self.calls += 1;
        self.paging.push_back(Paging {
            reply,
            count,
            shown,
            number: self.calls,
            fetch: None,
            asked: None,
            deadline: cx.now + self.request.timeout,
        });
        self.begin_calls(cx);
    }

    /// The bars that its reader has.
    pub(super) fn span(&self) -> Span {
        Span {
            oldest: self.oldest,
            newest: self.bar_log.open_time().max(self.bar_log.anchor()),
        }
    }

    pub(super) fn add_study(
        &mut self,
        id: SubscriptionId,
        wanted: (Option<SubscriptionId>, StudyRequest),
        cx: &mut Context<'_>,
    ) {
        let parent = parent_of(&self.stage);
        self.studies.add(id, wanted, parent.as_ref(), cx);
    }

    pub(super) fn modify_study(
        &mut self,
        id: SubscriptionId,
        request: StudyRequest,
        cx: &mut Context<'_>,
    ) {
        let parent = parent_of(&self.stage);
        self.studies.modify(id, request, parent.as_ref(), cx);
    }

    pub(super) fn refresh_study(&mut self, id: SubscriptionId, cx: &mut Context<'_>) {
        if let Some(parent) = parent_of(&self.stage) {
            self.studies.refresh(id, &parent, cx);
        }
    }

    pub(super) fn remove_study(
        &mut self,
        id: SubscriptionId,
        reply: Option<Reply<()>>,
        cx: &mut Context<'_>,
    ) {
        let parent = parent_of(&self.stage);
        self.studies.remove(id, reply, parent.as_ref(), cx);
    }

    /// How it stands, for one that joins its readers.
    pub(super) fn join(&self) -> Joined {
        let loaded = History {
            info: self.info.as_deref().cloned().unwrap_or_default(),
            bars: self.bar_log.bars(),
            is_last_open: self.bar_log.open_time().is_some(),
            update_mode: self.update_mode.clone(),
            completeness: Completeness::Complete,
            data_completed: None,
            skipped_rows: Vec::new(),
        };
        Joined {
            loaded: (!self.is_new()).then(|| Box::new(loaded)),
            shown: (self.is_changed)
                .then(|| Box::new((Shown::of(self.settled()), self.info.is_some()))),
            is_interrupted: self.interrupted,
        }
    }

    pub(super) fn studies(&self) -> impl Iterator<Item = SubscriptionId> {
        self.studies.ids()
    }

    /// The server ends the connection for a reason that may name a study.
    pub(super) fn blame_study(&mut self, reason: &str, cx: &mut Context<'_>) {
        let is_session = self
            .session()
            .is_some_and(|it| reason.contains(it.as_str()));
        self.studies.blame_named(reason, is_session, cx);
    }

    /// The studies that have ended by themselves since the last call.
    pub(super) fn take_ended_studies(&mut self) -> Vec<SubscriptionId> {
        self.studies.take_ended()
    }

    pub(super) fn take_studies(&mut self) -> Vec<SubscriptionId> {
        self.studies.take()
    }
}

/// How fresh data is before the server has said so.
pub(super) fn unknown_mode() -> UpdateMode {
    UpdateMode::from("")
}

/// What studies are created in, if the series is live.
pub(super) fn parent_of(stage: &Stage) -> Option<Parent<'_>> {
    match stage {
        Stage::Live { session, .. } => Some(Parent {
            session: session.as_str(),
            series: SERIES_ID,
        }),
        // The studies are there, too.
        Stage::Loading(loading) if loading.is_in_place => Some(Parent {
            session: loading.session.as_str(),
            series: SERIES_ID,
        }),
        Stage::Waiting { .. } | Stage::Loading(_) => None,
    }
}

pub(super) fn more(session: &SessionId, count: i64) -> ClientMessage<'static> {
    client::RequestMoreData {
        session: session.to_string().into(),
        series: SERIES_ID.into(),
        count,
    }
    .into()
}
