//! The studies of one series. They live in its session, and are created again in each new one.

mod bar_times;
mod blame;
mod change;
mod output;
mod points;
mod removal;
mod rows;

use std::{collections::BTreeMap, time::Instant};

use protocol::message::{ClientMessage, Detail, ServerMessage, client};

pub(super) use self::points::Span;
use self::{bar_times::BarTimes, output::StudyOutput, points::Points, removal::Removal};
use super::{
    context::Context,
    update::{StudyUpdate, SubscriptionId, Update},
};
use crate::request::StudyRequest;

/// One study.
#[derive(Debug)]
pub(super) struct StudyEntry {
    request: StudyRequest,
    /// The study that it is computed from, if that is not the series.
    parent: Option<SubscriptionId>,
    /// Id and turnaround in the present session.
    ids: Option<(String, String)>,
    /// Its values: those that wait for the completion, and those that wait for their bars.
    points: Points,
    /// What it has drawn and reported for the present inputs.
    output: StudyOutput,
    /// What could not be read meanwhile.
    skipped: Vec<String>,
    /// How often in a row its session became void while it loaded, for a reason that names no
    /// study. Then it is created alone.
    suspicions: u32,
    /// Whether the server has completed or refused the latest request.
    is_answered: bool,
    /// Whether it has ever completed a request for this study.
    has_completed: bool,
    /// When the absence of an answer is reported.
    report_at: Option<Instant>,
    /// Whether it was requested again because a message of its answer could not be read.
    is_second: bool,
    /// When other inputs were sent last, and when those that wait since then are sent.
    modified_at: Option<Instant>,
    edit_due: Option<Instant>,
    /// Whether all values come again, because the study that it is computed from was changed.
    reloads: bool,
}

impl StudyEntry {
    fn new(request: StudyRequest, parent: Option<SubscriptionId>) -> Self {
        Self {
            request,
            parent,
            ids: None,
            points: Points::default(),
            output: StudyOutput::default(),
            skipped: Vec::new(),
            suspicions: 0,
            is_answered: false,
            has_completed: false,
            report_at: None,
            is_second: false,
            modified_at: None,
            edit_due: None,
            reloads: false,
        }
    }

    /// Begins to take in all values of a request; those of an earlier one are void.
    fn begin_loading(&mut self) {
        self.reloads = false;
        self.points.begin_loading();
        self.output = StudyOutput::default();
        self.skipped.clear();
    }

    /// Awaits an answer from now on.
    fn expect_answer(&mut self, now: Instant) {
        self.is_answered = false;
        self.report_at = now.checked_add(self.request.report_after);
    }

    /// Whether an answer is awaited.
    fn is_pending(&self) -> bool {
        self.ids.is_some() && !self.is_answered
    }

    /// Whether a turnaround on the wire is that of its request, or that of the series alone. The
    /// series' own stands before it, and is that of the request `since` or of a later one.
    fn is_answered_by(&self, turnaround: &str, since: u64) -> bool {
        let number = |series: &str| series.strip_prefix('s')?.parse::<u64>().ok();
        if let Some(number) = number(turnaround) {
            return number >= since && self.ids.is_some();
        }
        let (series, own) = match turnaround.rsplit_once('_') {
            Some((series, own)) => (Some(series), own),
            None => (None, turnaround),
        };
        let is_late = series.and_then(number).is_some_and(|number| number < since);
        !is_late && self.ids.as_ref().is_some_and(|(_, known)| known == own)
    }
}

/// All studies of one series.
#[derive(Debug, Default)]
pub(super) struct Studies {
    entries: BTreeMap<SubscriptionId, StudyEntry>,
    /// Ids used so far.
    used: u64,
    /// The number of the request that the series shows: what was computed for another one is late.
    since: u64,
    /// Studies that have ended by themselves and that the registry still knows.
    ended: Vec<SubscriptionId>,
    /// Studies that the server is to remove and has not. No other one is created meanwhile:
    /// they count towards the account's limits until they are deleted.
    removals: Vec<Removal>,
    /// When the bars of the present session open.
    times: BarTimes,
}

/// What stands in the commands for one study.
pub(super) struct Parent<'a> {
    pub(super) session: &'a str,
    pub(super) series: &'a str,
}

impl Studies {
    /// Wants a study of the series, or of the study `of`; `parent` is there if the series is live.
    pub(super) fn add(
        &mut self,
        id: SubscriptionId,
        (of, request): (Option<SubscriptionId>, StudyRequest),
        parent: Option<&Parent<'_>>,
        cx: &mut Context<'_>,
    ) {
        let mut entry = StudyEntry::new(request, of);
        entry.expect_answer(cx.now);
        self.entries.insert(id, entry);
        if let Some(parent) = parent {
            self.create(id, parent, cx);
        }
    }

    /// The series is to show something else, from its request of this number on: the server
    /// computes all studies anew.
    pub(super) fn begin_anew(&mut self, since: u64, now: Instant) {
        self.since = since;
        self.times.clear();
        for entry in self.entries.values_mut().filter(|it| it.ids.is_some()) {
            entry.begin_loading();
            entry.expect_answer(now);
            entry.is_second = false;
        }
    }

    /// Creates all that is wanted and not there yet.
    pub(super) fn restore(&mut self, parent: &Parent<'_>, cx: &mut Context<'_>) {
        let missing = self.entries.iter().filter(|(_, it)| it.ids.is_none());
        let unsuspected = missing.filter(|(_, it)| it.suspicions == 0);
        let unsuspected: Vec<SubscriptionId> = unsuspected.map(|(id, _)| *id).collect();
        for id in unsuspected {
            self.create(id, parent, cx);
        }
        self.try_suspect(parent, cx);
    }

    /// Creates the next study that is suspected to void sessions, unless another one loads.
    pub(super) fn try_suspect(&mut self, parent: &Parent<'_>, cx: &mut Context<'_>) {
        if self.entries.values().any(StudyEntry::is_pending) {
            return;
        }
        let held = self.entries.iter().find(|(_, entry)| entry.ids.is_none());
        if let Some(id) = held.map(|(id, _)| *id) {
            self.create(id, parent, cx);
        }
    }

    /// Creates a study, unless it has to wait: for another one to be deleted, or for the one that
    /// it is computed from. Both create it then.
    fn create(&mut self, id: SubscriptionId, parent: &Parent<'_>, cx: &mut Context<'_>) {
        if !self.removals.is_empty() {
            return;
        }
        let Some(computed_from) = self.parent_study(id) else {
            return;
        };
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let Some(inputs) = entry.request.inputs(computed_from.as_deref()) else {
            return;
        };
        self.used += 1;
        let (study, turnaround) = (format!("st{}", self.used), format!("st{}", self.used));
        cx.commands.push_back(
            client::CreateStudy {
                session: parent.session.to_owned().into(),
                study: study.clone().into(),
                turnaround: turnaround.clone().into(),
                parent: computed_from
                    .unwrap_or_else(|| parent.series.to_owned())
                    .into(),
                study_type: entry.request.kind.clone().into(),
                inputs,
            }
            .into(),
        );
        entry.ids = Some((study, turnaround));
        entry.begin_loading();
        if entry.is_answered {
            entry.expect_answer(cx.now);
        }
    }

    /// The id of the study that another one is computed from; `Some(None)` if that is the series,
    /// and `None` if the study is not there.
    fn parent_study(&self, id: SubscriptionId) -> Option<Option<String>> {
        match self.entries.get(&id)?.parent {
            None => Some(None),
            Some(parent) => {
                let (study, _) = self.entries.get(&parent)?.ids.as_ref()?;
                Some(Some(study.clone()))
            }
        }
    }

    /// The studies that are computed from another one, and those computed from these.
    fn family(&self, id: SubscriptionId) -> Vec<SubscriptionId> {
        let mut family = vec![id];
        let mut at = 0;
        while let Some(parent) = family.get(at).copied() {
            let children = self.entries.iter();
            let children = children.filter(|(_, entry)| entry.parent == Some(parent));
            family.extend(children.map(|(id, _)| *id));
            at += 1;
        }
        family.remove(0);
        family
    }

    /// The session is gone.
    pub(super) fn interrupt(&mut self, cx: &mut Context<'_>) {
        self.times.clear();
        self.forget_removals();
        for (id, entry) in &mut self.entries {
            entry.points.clear();
            entry.edit_due = None;
            if entry.ids.take().is_some() {
                cx.updates
                    .update(*id, Update::Study(StudyUpdate::Reconnecting));
            }
        }
    }

    /// The same subscriptions, for another connection.
    pub(super) fn standby(&self) -> Self {
        let standby = |entry: &StudyEntry| StudyEntry {
            suspicions: entry.suspicions,
            has_completed: entry.has_completed,
            ..StudyEntry::new(entry.request.clone(), entry.parent)
        };
        let entries = self.entries.iter();
        Self {
            entries: entries.map(|(id, entry)| (*id, standby(entry))).collect(),
            used: 0,
            since: 0,
            ended: Vec::new(),
            removals: Vec::new(),
            times: BarTimes::default(),
        }
    }

    /// Takes the place of the studies of an older connection.
    pub(super) fn adopt(
        &mut self,
        mut old: Self,
        parent: Option<&Parent<'_>>,
        cx: &mut Context<'_>,
    ) {
        old.forget_removals();
        let gone = self.entries.keys().copied();
        let gone: Vec<SubscriptionId> = gone.filter(|id| !old.entries.contains_key(id)).collect();
        for id in gone {
            self.remove(id, None, parent, cx);
        }
        for (id, old) in std::mem::take(&mut old.entries) {
            match self.entries.get_mut(&id) {
                Some(known) if known.request == old.request => {
                    // What the older connection has reported is not reported again.
                    known.report_at = match (known.is_answered, old.is_answered) {
                        (true, _) => None,
                        (false, false) => old.report_at,
                        (false, true) => cx.now.checked_add(old.request.report_after),
                    };
                }
                Some(_) => self.modify(id, old.request, parent, cx),
                None => self.add(id, (old.parent, old.request), parent, cx),
            }
            if let Some(entry) = self.entries.get_mut(&id) {
                entry.has_completed |= old.has_completed;
            }
        }
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = SubscriptionId> {
        self.entries.keys().copied()
    }

    /// Takes the studies out, because their series is over.
    pub(super) fn take(&mut self) -> Vec<SubscriptionId> {
        self.forget_removals();
        std::mem::take(&mut self.entries).into_keys().collect()
    }

    /// When it must be looked at.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let entries = self.entries.values();
        let entries = entries.flat_map(|entry| [entry.report_at, entry.edit_due]);
        let removals = self.removals.iter().map(Removal::deadline);
        entries.flatten().chain(removals).min()
    }

    /// Sends what has waited. Reports studies that have not been answered in time, with what the
    /// server last said.
    pub(super) fn handle_timeout(
        &mut self,
        words: Option<&str>,
        parent: Option<&Parent<'_>>,
        cx: &mut Context<'_>,
    ) {
        self.expire_removals(words, parent, cx);
        self.send_edits(parent, cx);
        for (id, entry) in &mut self.entries {
            if entry.report_at.take_if(|at| *at <= cx.now).is_some() {
                let update = StudyUpdate::Missing {
                    after: entry.request.report_after,
                    last_words: words.map(str::to_owned),
                };
                cx.updates.update(*id, Update::Study(update));
            }
        }
    }

    /// Takes in what a message says of studies. False if it names one that is not known.
    pub(super) fn route(
        &mut self,
        message: &ServerMessage<'_>,
        bars: Span,
        cx: &mut Context<'_>,
    ) -> bool {
        let since = self.since;
        if let ServerMessage::StudyLoading(loading) = message {
            self.begin_reloading(&loading.study, cx.now);
            return true;
        }
        let (study, turnaround) = match message {
            ServerMessage::StudyCompleted(done) => (&done.study, &done.turnaround),
            ServerMessage::StudyError(error) => (&error.study, &error.turnaround),
            _ => return true,
        };
        let named = self.entries.iter_mut().find(|(_, entry)| {
            let is_named = entry
                .ids
                .as_ref()
                .is_some_and(|(id, _)| id == study.as_str());
            is_named && entry.is_answered_by(turnaround, since)
        });
        let Some((id, entry)) = named else {
            return false;
        };
        let update = match message {
            ServerMessage::StudyError(error) => {
                let reason = error.reason.to_words();
                let code = code_of(&error.reason);
                let has_values = entry.points.has_values();
                if !entry.has_completed && !has_values {
                    let (id, study) = (*id, study.to_string());
                    cx.commands.push_back(remove(&error.session, study));
                    self.fail(id, &reason, code.as_deref(), cx);
                    return true;
                }
                // Values may follow nevertheless.
                StudyUpdate::Error(reason)
            }
            _ => match entry.points.complete(bars) {
                Some(points) => StudyUpdate::Snapshot(points),
                None => return true,
            },
        };
        entry.has_completed |= matches!(update, StudyUpdate::Snapshot(_));
        entry.suspicions = 0;
        entry.is_answered = true;
        entry.report_at = None;
        entry.is_second = false;
        cx.updates.update(*id, Update::Study(update));
        if !entry.points.is_loading() {
            for update in entry.output.take_updates(&self.times) {
                cx.updates.update(*id, Update::Study(update));
            }
            for reason in std::mem::take(&mut entry.skipped) {
                cx.updates
                    .update(*id, Update::Study(StudyUpdate::Skipped(reason)));
            }
        }
        true
    }
}

/// The code beside the words of a refusal.
fn code_of(reason: &Detail<'_>) -> Option<String> {
    let Detail::Json(json) = reason else {
        return None;
    };
    let code = json.get("ctx")?.get("code")?;
    code.as_str().map(str::to_owned)
}

fn remove(session: &str, study: String) -> ClientMessage<'static> {
    client::RemoveStudy {
        session: session.to_owned().into(),
        study: study.into(),
    }
    .into()
}
