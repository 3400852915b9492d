//! One series, in a chart session of its own: guests may have no more than one series in a session, and sessions are
//! cheap. It outlives its sessions: each connection, and each renewal, begins one with new ids.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use protocol::{
    bar::Bar,
    id::SessionId,
    interval::{Interval, IntervalUnit},
    message::{
        ClientMessage, ServerMessage,
        client::{self, Range},
        server::{ObjectUpdate, Objects, SeriesCompleted},
    },
    symbol_info::SymbolInfo,
};

use super::{
    Context, Fate, SeriesNews, SubscriptionId, Update,
    clock::ServerClock,
    fetch::{Fetch, Goal, MAX_HISTORY, MAX_PAGE, Step, TooMuch},
    guard::Renewals,
    printable, reason_of,
    refusal::{Blame, blame},
    replay::Replay,
    study::{Parent, Studies},
    tape::Tape,
};
use crate::{
    error::RequestError,
    replay::ReplayCommand,
    series::{GapReason, SeriesRequest, Window},
    study::StudyRequest,
};

const SYMBOL_ID: &str = "sds_sym_1";
const SERIES_ID: &str = "sds_1";

/// How often a request is sent before it is given up: once, and three times again.
const MAX_ATTEMPTS: u32 = 4;

/// Bars that an answer should hold besides those that are missing, so that revisions show.
const OVERLAP: i64 = 10;

/// How long a page of earlier bars may take without any progress. Servers were seen to send nothing of use when
/// there are no more.
const PAGE_PATIENCE: Duration = Duration::from_secs(8);

/// How long to wait after a series could not be resumed, before trying again.
const RESUME_PAUSE: Duration = Duration::from_secs(30);

/// How long after its end by the clock a bar is closed, if no later one has begun.
const CLOSING_GRACE: i64 = 5;

/// Everything that the first request has brought.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Loaded {
    pub(crate) info: SymbolInfo,
    pub(crate) bars: Vec<Bar>,
    pub(crate) update_mode: String,
    pub(crate) data_completed: Option<String>,
}

/// Earlier bars, as asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Older {
    /// Which call asked for them.
    pub(crate) call: u64,
    pub(crate) bars: Vec<Bar>,
    pub(crate) data_completed: Option<String>,
}

/// A series and how far it has come.
#[derive(Debug)]
pub(super) struct ChartEntry {
    request: SeriesRequest,
    tape: Tape,
    link: Link,
    /// When the caller must have an answer; `None` once it has.
    answer_by: Option<Instant>,
    /// The oldest bar that the reader was given.
    oldest: Option<i64>,
    /// A request for earlier bars.
    paging: Option<Paging>,
    /// Requests sent so far, for their ids.
    requests: u64,
    /// Attempts without an answer, since the last one.
    attempts: u32,
    renewals: Renewals,
    /// Whether the reader was told of an interruption that goes on.
    interrupted: bool,
    /// When data came last.
    heard: Instant,
    /// How fresh the data is, in the server's words, and by how many seconds it is late.
    update_mode: String,
    delay: i64,
    studies: Studies,
    /// The session that bars come from, if they are replayed.
    replay: Option<Replay>,
}

/// What stands between the series and the server.
#[derive(Debug)]
enum Link {
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
struct Loading {
    session: SessionId,
    turnaround: String,
    info: Option<Box<SymbolInfo>>,
    fetch: Fetch,
    deadline: Instant,
    update_mode: String,
    /// When the newest bar closes.
    closes: Option<i64>,
}

/// A request for earlier bars, of a series that is live.
#[derive(Debug)]
struct Paging {
    call: u64,
    count: usize,
    /// `None` until it can be sent.
    fetch: Option<Fetch>,
    deadline: Instant,
}

impl ChartEntry {
    pub(super) fn new(request: SeriesRequest, now: Instant) -> Self {
        Self {
            tape: Tape::new(request.keep),
            link: Link::Waiting { until: None },
            answer_by: now.checked_add(request.timeout),
            oldest: None,
            paging: None,
            requests: 0,
            attempts: 0,
            renewals: Renewals::default(),
            interrupted: false,
            heard: now,
            update_mode: String::new(),
            delay: 0,
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
        match &self.link {
            Link::Waiting { .. } => None,
            Link::Loading(loading) => Some(&loading.session),
            Link::Live { session, .. } => Some(session),
        }
    }

    pub(super) fn replay_session(&self) -> Option<&SessionId> {
        self.replay.as_ref().map(|replay| &replay.session)
    }

    /// Whether it may begin a session now.
    pub(super) fn is_waiting(&self, now: Instant) -> bool {
        matches!(&self.link, Link::Waiting { until } if until.is_none_or(|until| until <= now))
    }

    pub(super) fn is_loading(&self) -> bool {
        matches!(self.link, Link::Loading(_))
    }

    pub(super) fn is_live(&self) -> bool {
        matches!(self.link, Link::Live { .. })
    }

    /// Whether the caller waits for its first answer.
    pub(super) fn is_new(&self) -> bool {
        self.answer_by.is_some()
    }

    pub(super) fn name(&self) -> &str {
        self.request.descriptor.symbol().as_str()
    }

    /// When it must be looked at.
    pub(super) fn deadline(&self, clock: &ServerClock) -> Option<Instant> {
        let link = match &self.link {
            Link::Waiting { until } => *until,
            Link::Loading(loading) => Some(loading.deadline),
            Link::Live { .. } => self
                .tape
                .close_at()
                .and_then(|time| clock.instant_of(time + self.delay + CLOSING_GRACE)),
        };
        let paging = self.paging.as_ref().map(|paging| paging.deadline);
        let replay = self.replay.as_ref().and_then(Replay::deadline);
        [link, self.answer_by, paging, replay]
            .into_iter()
            .flatten()
            .min()
    }

    /// Begins a session, and asks in it for what is missing.
    pub(super) fn start(&mut self, cx: &mut Context<'_>) {
        let mut descriptor = self.request.descriptor.clone();
        if let Some(time) = self.request.replay {
            let interval = self.request.interval.to_string();
            let replay = Replay::start(descriptor.to_wire(), interval, time, cx);
            descriptor = descriptor.replay(replay.session.to_string());
            self.replay = Some(replay);
        }
        let session = cx.ids.next(SessionId::CHART);
        self.requests += 1;
        let turnaround = format!("s{}", self.requests);
        let (range, goal) = self.wanted(cx);
        let id = || session.to_string().into();
        cx.commands.push_back(
            client::ChartCreateSession {
                session: id(),
                parameters: Some("".into()),
            }
            .into(),
        );
        if let Some(timezone) = &self.request.timezone {
            let timezone = timezone.clone().into();
            let session = id();
            cx.commands
                .push_back(client::SwitchTimezone { session, timezone }.into());
        }
        cx.commands.extend([
            client::ResolveSymbol {
                session: id(),
                id: SYMBOL_ID.into(),
                symbol: descriptor.to_wire().into(),
            }
            .into(),
            client::CreateSeries {
                session: id(),
                series: SERIES_ID.into(),
                turnaround: turnaround.clone().into(),
                symbol: SYMBOL_ID.into(),
                resolution: self.request.interval.to_string().into(),
                range,
                timeframe: Some("".into()),
            }
            .into(),
        ]);
        self.attempts += 1;
        self.link = Link::Loading(Box::new(Loading {
            session,
            turnaround,
            info: None,
            fetch: Fetch::new(goal),
            deadline: cx.now + self.patience(),
            update_mode: String::new(),
            closes: None,
        }));
    }

    /// How long one attempt may take without progress.
    fn patience(&self) -> Duration {
        (self.request.timeout / MAX_ATTEMPTS).max(Duration::from_millis(100))
    }

    /// Range and goal of the next request.
    fn wanted(&self, cx: &Context<'_>) -> (Range<'static>, Goal) {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        if let (false, Some(anchor), false) =
            (self.is_new(), self.tape.anchor(), self.request.repaints())
        {
            let bars = self.missing(anchor, cx);
            return (Range::Count(bars), Goal::Reach(anchor));
        }
        match self.request.window {
            Window::Count(bars) if count(bars) <= MAX_PAGE => {
                (Range::Count(count(bars)), Goal::Answer)
            }
            Window::Count(bars) => (Range::Count(MAX_PAGE), Goal::Count(bars)),
            Window::Before { time, count: bars } => {
                let page = count(bars).saturating_add(1).min(MAX_PAGE);
                let goal = Goal::Older {
                    than: time,
                    count: bars,
                };
                (Range::Before { time, count: page }, goal)
            }
            Window::Between { from, to } => {
                let count = bars_between(self.request.interval, from, to);
                (Range::Before { time: to, count }, Goal::Reach(from))
            }
            Window::All => (Range::Count(MAX_PAGE), Goal::All),
        }
    }

    /// How many bars to ask for, to reach back to a time: as many as fit into it, so rather too many.
    fn missing(&self, anchor: i64, cx: &Context<'_>) -> i64 {
        let silent = cx.now.saturating_duration_since(self.heard).as_secs();
        let silent = i64::try_from(silent).unwrap_or(i64::MAX);
        let now = match cx.clock.seconds(cx.now) {
            Some(now) => now,
            None => anchor.saturating_add(silent),
        };
        bars_between(self.request.interval, anchor, now).saturating_add(OVERLAP)
    }

    /// The connection is gone, and with it the session.
    pub(super) fn disconnect(&mut self, cx: &mut Context<'_>) -> Fate {
        if let Link::Loading(_) = self.link {
            // An answer that was cut off is no failure of the request.
            self.attempts = self.attempts.saturating_sub(1);
        }
        self.interrupt(None, cx)
    }

    /// Leaves the session as it is and begins another one at a time.
    fn interrupt(&mut self, until: Option<Instant>, cx: &mut Context<'_>) -> Fate {
        self.link = Link::Waiting { until };
        if self.replay.take().is_some() && !self.is_new() {
            cx.update(Update::Failed(RequestError::Interrupted));
            return Fate::Over;
        }
        self.studies.interrupt(cx);
        if let Some(paging) = &mut self.paging {
            paging.fetch = None;
        }
        if !self.is_new() && !std::mem::replace(&mut self.interrupted, true) {
            cx.tell(SeriesNews::Reconnecting);
        }
        Fate::Lives
    }

    /// Ends the session at the server, and begins another one as soon as the guard against storms allows.
    pub(super) fn renew(&mut self, cx: &mut Context<'_>) -> Fate {
        self.delete(cx);
        let at = self.renewals.next(cx.now);
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
        call: u64,
        command: ReplayCommand,
        cx: &mut Context<'_>,
    ) {
        if let Some(replay) = &mut self.replay {
            replay.command(call, command, self.request.timeout, cx);
        }
    }

    /// Asks for so many bars before the oldest that the reader has.
    pub(super) fn fetch_more(&mut self, call: u64, count: usize, cx: &mut Context<'_>) {
        self.paging = Some(Paging {
            call,
            count,
            fetch: None,
            deadline: cx.now + self.request.timeout,
        });
        self.begin_paging(cx);
    }

    pub(super) fn add_study(
        &mut self,
        id: SubscriptionId,
        request: StudyRequest,
        cx: &mut Context<'_>,
    ) {
        let parent = parent_of(&self.link);
        self.studies.add(id, request, parent.as_ref(), cx);
    }

    pub(super) fn modify_study(
        &mut self,
        id: SubscriptionId,
        request: StudyRequest,
        cx: &mut Context<'_>,
    ) {
        let parent = parent_of(&self.link);
        self.studies.modify(id, request, parent.as_ref(), cx);
    }

    pub(super) fn remove_study(&mut self, id: SubscriptionId, cx: &mut Context<'_>) {
        let parent = parent_of(&self.link);
        self.studies.remove(id, parent.as_ref(), cx);
    }

    pub(super) fn take_studies(&mut self) -> Vec<SubscriptionId> {
        self.studies.take()
    }

    /// Sends the first page of a request that waits, if the series is live.
    fn begin_paging(&mut self, cx: &mut Context<'_>) {
        let (Some(paging), Link::Live { session, .. }) = (&mut self.paging, &self.link) else {
            return;
        };
        let than = self.oldest.unwrap_or(i64::MAX);
        let count = paging.count;
        let mut fetch = Fetch::new(Goal::Older { than, count });
        let page = fetch.page();
        paging.fetch = Some(fetch);
        cx.commands.push_back(more(session, page));
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, cx: &mut Context<'_>) -> Fate {
        if self.answer_by.is_some_and(|deadline| deadline <= cx.now) {
            return self.give_up(cx);
        }
        if let Some(paging) = self.paging.take_if(|paging| paging.deadline <= cx.now) {
            // What has come is given out: it is complete as far as it goes.
            self.finish_paging(paging, cx);
        }
        if let Some(replay) = &mut self.replay {
            replay.handle_timeout(cx);
        }
        match &mut self.link {
            Link::Loading(loading) if loading.deadline <= cx.now => {
                if loading.fetch.is_paging() && loading.fetch.len() > 0 {
                    self.finish(cx)
                } else {
                    self.retry(None, cx)
                }
            }
            Link::Live { .. } => {
                let due = self
                    .tape
                    .close_at()
                    .map(|time| time + self.delay + CLOSING_GRACE);
                if due.is_some_and(|due| cx.clock.seconds(cx.now).is_some_and(|now| due <= now)) {
                    self.tape.close_open(&mut |news| cx.tell(news));
                }
                Fate::Lives
            }
            Link::Waiting { until } => {
                until.take_if(|until| *until <= cx.now);
                Fate::Lives
            }
            Link::Loading(_) => Fate::Lives,
        }
    }

    /// Tries again with new ids, a bounded number of times.
    fn retry(&mut self, reason: Option<String>, cx: &mut Context<'_>) -> Fate {
        if self.attempts < MAX_ATTEMPTS {
            return self.renew(cx);
        }
        if self.is_new() {
            return match reason {
                Some(reason) => self.refuse(reason, cx),
                None => self.give_up(cx),
            };
        }
        // The reader has what it has; the promise is kept as soon as the server answers again.
        self.delete(cx);
        self.attempts = 0;
        cx.tell(SeriesNews::Stale {
            age: cx.now.saturating_duration_since(self.heard),
        });
        self.interrupt(Some(cx.now + RESUME_PAUSE), cx)
    }

    fn give_up(&self, cx: &mut Context<'_>) -> Fate {
        let after = self.request.timeout;
        cx.update(Update::Failed(RequestError::TimedOut { after }));
        Fate::Over
    }

    fn refuse(&self, reason: String, cx: &mut Context<'_>) -> Fate {
        let symbol = self.name().to_owned();
        cx.update(Update::Failed(RequestError::Refused { symbol, reason }));
        Fate::Over
    }

    pub(super) fn route(&mut self, message: &ServerMessage<'_>, cx: &mut Context<'_>) -> Fate {
        if let Link::Loading(loading) = &mut self.link {
            loading.deadline = cx.now + (self.request.timeout / MAX_ATTEMPTS);
        }
        match message {
            ServerMessage::SymbolResolved(resolved) => {
                if let Link::Loading(loading) = &mut self.link {
                    loading.info = Some(resolved.info.clone());
                }
                Fate::Lives
            }
            ServerMessage::TimescaleUpdate(update) => self.merge(&update.objects, true, cx),
            ServerMessage::DataUpdate(update) => self.merge(&update.objects, false, cx),
            ServerMessage::SeriesCompleted(completed) => self.complete(completed, cx),
            ServerMessage::ReplayOk(_)
            | ServerMessage::ReplayError(_)
            | ServerMessage::ReplayDataEnd(_) => {
                let symbol = self.request.descriptor.symbol().as_str();
                let replay = self.replay.as_mut();
                if replay.is_some_and(|replay| replay.route(message, symbol, cx)) {
                    Fate::Lives
                } else {
                    Fate::Late
                }
            }
            ServerMessage::StudyCompleted(_) | ServerMessage::StudyError(_) => {
                match self.studies.route(message, cx) {
                    true => Fate::Lives,
                    false => Fate::Late,
                }
            }
            ServerMessage::SymbolError(error) => {
                let mut words = vec![error.reason.as_str()];
                words.extend(error.details.iter().map(|detail| detail.as_str()));
                self.refused(printable(&words.join(" ")), cx)
            }
            ServerMessage::SeriesError(error) => {
                if self.turnaround() == Some(error.turnaround.as_str()) {
                    self.refused(printable(&error.reason), cx)
                } else {
                    Fate::Late
                }
            }
            ServerMessage::CriticalError(error) => self.critical(reason_of(error), cx),
            _ => Fate::Lives,
        }
    }

    /// Symbol or series are refused.
    fn refused(&mut self, reason: String, cx: &mut Context<'_>) -> Fate {
        match blame(&reason) {
            Blame::Request => {
                let key = Self::key(&self.request);
                cx.refusals.note(cx.now, key, reason.clone());
                self.refuse(reason, cx)
            }
            Blame::Server | Blame::Id | Blame::Limit => self.retry(Some(reason), cx),
        }
    }

    /// The session is void.
    fn critical(&mut self, reason: String, cx: &mut Context<'_>) -> Fate {
        tracing::debug!(reason, "a chart session is void");
        match (blame(&reason), &self.link) {
            // What was accepted before is no bad request now.
            (_, Link::Live { .. }) | (Blame::Id | Blame::Server, _) => self.renew(cx),
            // Others may end meanwhile; the caller's deadline bounds the wait.
            (Blame::Limit, _) if self.is_new() => self.renew(cx),
            (Blame::Limit, _) => self.retry(Some(reason), cx),
            (Blame::Request, _) if self.is_new() => self.refuse(reason, cx),
            (Blame::Request, _) => self.retry(Some(reason), cx),
        }
    }

    fn turnaround(&self) -> Option<&str> {
        match &self.link {
            Link::Waiting { .. } => None,
            Link::Loading(loading) => Some(&loading.turnaround),
            Link::Live { turnaround, .. } => Some(turnaround),
        }
    }

    /// Takes in bars: into what loads while it loads, as news afterwards.
    fn merge(&mut self, objects: &Objects<'_>, is_page: bool, cx: &mut Context<'_>) -> Fate {
        self.studies.merge(objects, cx);
        let Some(series) = objects.get(SERIES_ID) else {
            return Fate::Lives;
        };
        let expected = self.turnaround();
        if series
            .turnaround
            .is_some_and(|turnaround| expected.is_none_or(|it| turnaround != it))
        {
            return Fate::Late;
        }
        self.heard = cx.now;
        let closes = series
            .last_bar_status
            .and_then(|status| status.bar_close_time);
        if let Link::Loading(loading) = &mut self.link {
            loading.closes = closes.or(loading.closes);
            return match loading.fetch.merge(bars_of(&series)) {
                Ok(()) => Fate::Lives,
                Err(TooMuch) => self.too_much(cx),
            };
        }
        let oldest = self.oldest;
        let mut paging = self
            .paging
            .as_mut()
            .and_then(|paging| paging.fetch.as_mut());
        let mut page = Vec::new();
        for bar in bars_of(&series) {
            if is_page && paging.is_some() && oldest.is_none_or(|oldest| bar.time < oldest) {
                page.push(bar);
            } else if !is_page || self.tape.anchor().is_none_or(|anchor| bar.time >= anchor) {
                self.tape.live(bar, &mut |news| cx.tell(news));
            }
        }
        let fits = paging
            .as_mut()
            .is_none_or(|paging| paging.merge(page).is_ok());
        if !fits {
            return self.too_much(cx);
        }
        if let Some(closes) = closes.or_else(|| self.end_by_length()) {
            self.close_at(Some(closes));
        }
        Fate::Lives
    }

    /// Notes when the newest bar closes. The clock says nothing of a replay.
    fn close_at(&mut self, time: Option<i64>) {
        self.tape
            .set_close_at(time.filter(|_| self.request.replay.is_none()));
    }

    /// When the open bar ends if its interval has a fixed length. Days may be shorter, and the server says so.
    fn end_by_length(&self) -> Option<i64> {
        let unit = self.request.interval.unit();
        if self.tape.close_at().is_some()
            || !matches!(unit, IntervalUnit::Second | IntervalUnit::Minute)
        {
            return None;
        }
        let length = i64::try_from(self.request.interval.seconds()?).ok()?;
        self.tape.open_time()?.checked_add(length)
    }

    fn too_much(&self, cx: &mut Context<'_>) -> Fate {
        let failed = RequestError::TooMuch {
            symbol: self.name().to_owned(),
            limit: MAX_HISTORY,
            unit: "bars",
        };
        cx.update(Update::Failed(failed));
        Fate::Over
    }

    fn complete(&mut self, completed: &SeriesCompleted<'_>, cx: &mut Context<'_>) -> Fate {
        if self.turnaround() != Some(completed.turnaround.as_str()) {
            return Fate::Late;
        }
        let details = completed.details.as_ref();
        let data_completed = details.and_then(|details| details.data_completed.as_deref());
        match &mut self.link {
            Link::Waiting { .. } => Fate::Late,
            Link::Loading(loading) => {
                completed
                    .update_mode
                    .as_str()
                    .clone_into(&mut loading.update_mode);
                match loading.fetch.complete(data_completed) {
                    Step::Wait => Fate::Late,
                    Step::Done => self.finish(cx),
                    Step::Ask(page) => {
                        cx.commands.push_back(more(&loading.session, page));
                        loading.deadline = cx.now + PAGE_PATIENCE;
                        Fate::Lives
                    }
                }
            }
            Link::Live { session, .. } => {
                let Some(fetch) = self
                    .paging
                    .as_mut()
                    .and_then(|paging| paging.fetch.as_mut())
                else {
                    return Fate::Late;
                };
                match fetch.complete(data_completed) {
                    Step::Wait => Fate::Late,
                    Step::Ask(page) => {
                        cx.commands.push_back(more(session, page));
                        Fate::Lives
                    }
                    Step::Done => {
                        if let Some(paging) = self.paging.take() {
                            self.finish_paging(paging, cx);
                        }
                        Fate::Lives
                    }
                }
            }
        }
    }

    /// Gives out earlier bars.
    fn finish_paging(&mut self, paging: Paging, cx: &mut Context<'_>) {
        let fetch = paging.fetch;
        let exhausted = fetch.as_ref().and_then(Fetch::exhausted);
        let data_completed = exhausted.map(str::to_owned);
        let mut bars: Vec<Bar> = fetch
            .map(Fetch::into_bars)
            .unwrap_or_default()
            .into_values()
            .collect();
        if let Some(oldest) = self.oldest {
            bars.retain(|bar| bar.time < oldest);
        }
        if let Some(first) = bars.first() {
            self.oldest = Some(first.time);
        }
        cx.tell(SeriesNews::Older(Older {
            call: paging.call,
            bars,
            data_completed,
        }));
    }

    /// An answer is whole: now, and not before, it is told.
    fn finish(&mut self, cx: &mut Context<'_>) -> Fate {
        let waiting = Link::Waiting { until: None };
        let Link::Loading(loading) = std::mem::replace(&mut self.link, waiting) else {
            return Fate::Lives;
        };
        let Loading {
            session,
            turnaround,
            info,
            fetch,
            update_mode,
            closes,
            ..
        } = *loading;
        self.link = Link::Live {
            session,
            turnaround,
        };
        self.attempts = 0;
        self.heard = cx.now;
        self.delay = delay_of(&update_mode);
        if !self.update_mode.is_empty() && self.update_mode != update_mode {
            cx.tell(SeriesNews::UpdateMode(update_mode.clone()));
        }
        self.update_mode.clone_from(&update_mode);
        let is_reached = fetch.is_reached();
        let data_completed = fetch.exhausted().map(str::to_owned);
        let bars = fetch.into_bars();
        if self.answer_by.take().is_some() {
            let bars = self.request.window.cut(bars.into_values().collect());
            self.tape.begin(&bars);
            self.oldest = bars.first().map(|bar| bar.time);
            let loaded = Loaded {
                info: info.map(|info| *info).unwrap_or_default(),
                update_mode,
                data_completed,
                bars,
            };
            cx.tell(SeriesNews::Loaded(Box::new(loaded)));
            if !self.request.follow {
                return Fate::Over;
            }
        } else {
            self.interrupted = false;
            self.resume(bars, is_reached, data_completed.as_deref(), cx);
        }
        let closes = closes.or_else(|| self.end_by_length());
        self.close_at(closes);
        self.begin_paging(cx);
        if let Some(parent) = parent_of(&self.link) {
            self.studies.restore(&parent, cx);
        }
        Fate::Lives
    }

    fn resume(
        &mut self,
        bars: BTreeMap<i64, Bar>,
        is_reached: bool,
        data_completed: Option<&str>,
        cx: &mut Context<'_>,
    ) {
        if self.request.repaints() {
            let bars: Vec<Bar> = bars.into_values().collect();
            self.tape = Tape::new(self.request.keep);
            self.tape.begin(&bars);
            self.oldest = bars.first().map(|bar| bar.time);
            cx.tell(SeriesNews::Reset(bars));
            return;
        }
        let reason = match data_completed {
            Some("limit") => GapReason::HistoryLimit,
            Some(_) => GapReason::HistoryBegins,
            None => GapReason::NotAnswered,
        };
        let is_open = !is_reached && self.tape.anchor().is_some();
        let unhealed = is_open.then_some(reason);
        self.tape.resume(bars, unhealed, &mut |news| cx.tell(news));
    }
}

/// What studies are created in, if the series is live.
fn parent_of(link: &Link) -> Option<Parent<'_>> {
    match link {
        Link::Live { session, .. } => Some(Parent {
            session: session.as_str(),
            series: SERIES_ID,
        }),
        Link::Waiting { .. } | Link::Loading(_) => None,
    }
}

fn more(session: &SessionId, count: i64) -> ClientMessage<'static> {
    client::RequestMoreData {
        session: session.to_string().into(),
        series: SERIES_ID.into(),
        count,
    }
    .into()
}

fn bars_of<'a>(series: &'a ObjectUpdate<'_>) -> impl Iterator<Item = Bar> + use<'a> {
    let rows = series
        .bars
        .as_ref()
        .map(|bars| bars.rows())
        .unwrap_or_default();
    rows.iter().map(|row| Bar::from(*row))
}

/// How many bars can open between two times, at most: without the hours at which the market is closed.
fn bars_between(interval: Interval, from: i64, to: i64) -> i64 {
    const SHORTEST_MONTH: u64 = 28 * 86_400;
    let length = match interval.unit() {
        IntervalUnit::Month => SHORTEST_MONTH.saturating_mul(interval.count().into()),
        _ => interval.seconds().unwrap_or(1),
    };
    let length = i64::try_from(length).unwrap_or(i64::MAX).max(1);
    let bars = to.saturating_sub(from).max(0) / length;
    bars.saturating_add(2).min(MAX_PAGE)
}

/// By how many seconds data is delayed: `delayed_streaming_900`.
fn delay_of(update_mode: &str) -> i64 {
    update_mode
        .strip_prefix("delayed_streaming_")
        .and_then(|seconds| seconds.parse::<u32>().ok())
        .map_or(0, i64::from)
}
