//! The studies of one series. They live in its session, and are created again in each new one.

use std::collections::BTreeMap;

use protocol::{
    json::Json,
    message::{
        ClientMessage, ServerMessage, client,
        server::{Objects, StudyRows},
    },
    time::Timestamp,
};

use super::{
    context::Context,
    reason::printable,
    update::{StudyUpdate, SubscriptionId, Update},
};
use crate::{bounds::MAX_HISTORY, event::StudyPoint, request::StudyRequest};

/// One study.
#[derive(Debug)]
pub(super) struct StudyEntry {
    request: StudyRequest,
    /// Id and turnaround in the present session.
    ids: Option<(String, String)>,
    /// What has come before the completion.
    loading: Option<BTreeMap<Timestamp, StudyPoint>>,
}

/// All studies of one series.
#[derive(Debug, Default)]
pub(super) struct Studies {
    entries: BTreeMap<SubscriptionId, StudyEntry>,
    /// Ids used so far.
    used: u64,
}

/// What stands in the commands for one study.
pub(super) struct Parent<'a> {
    pub(super) session: &'a str,
    pub(super) series: &'a str,
}

impl Studies {
    /// Wants a study; `parent` is there if the series is live.
    pub(super) fn add(
        &mut self,
        id: SubscriptionId,
        request: StudyRequest,
        parent: Option<&Parent<'_>>,
        cx: &mut Context<'_>,
    ) {
        let entry = StudyEntry {
            request,
            ids: None,
            loading: None,
        };
        self.entries.insert(id, entry);
        if let Some(parent) = parent {
            self.create(id, parent, cx);
        }
    }

    /// Creates in a new session all that is wanted.
    pub(super) fn restore(&mut self, parent: &Parent<'_>, cx: &mut Context<'_>) {
        let all: Vec<SubscriptionId> = self.entries.keys().copied().collect();
        for id in all {
            self.create(id, parent, cx);
        }
    }

    fn create(&mut self, id: SubscriptionId, parent: &Parent<'_>, cx: &mut Context<'_>) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let Some(inputs) = entry.request.inputs() else {
            return;
        };
        self.used += 1;
        let (study, turnaround) = (format!("st{}", self.used), format!("st{}", self.used));
        cx.commands.push_back(
            client::CreateStudy {
                session: parent.session.to_owned().into(),
                study: study.clone().into(),
                turnaround: turnaround.clone().into(),
                parent: parent.series.to_owned().into(),
                study_type: entry.request.kind.clone().into(),
                inputs,
            }
            .into(),
        );
        entry.ids = Some((study, turnaround));
        entry.loading = Some(BTreeMap::new());
    }

    /// Wants other inputs, or another study.
    pub(super) fn modify(
        &mut self,
        id: SubscriptionId,
        request: StudyRequest,
        parent: Option<&Parent<'_>>,
        cx: &mut Context<'_>,
    ) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let is_same_study = entry.request.kind == request.kind;
        entry.request = request;
        let Some(parent) = parent else {
            return;
        };
        let inputs: Option<Json> = entry.request.inputs();
        match (&mut entry.ids, inputs) {
            (Some((study, turnaround)), Some(inputs)) if is_same_study => {
                self.used += 1;
                *turnaround = format!("st{}", self.used);
                entry.loading = Some(BTreeMap::new());
                cx.commands.push_back(
                    client::ModifyStudy {
                        session: parent.session.to_owned().into(),
                        study: study.clone().into(),
                        turnaround: turnaround.clone().into(),
                        inputs,
                    }
                    .into(),
                );
            }
            (ids, _) => {
                if let Some((study, _)) = ids.take() {
                    cx.commands.push_back(remove(parent.session, study));
                }
                self.create(id, parent, cx);
            }
        }
    }

    /// Forgets a study.
    pub(super) fn remove(
        &mut self,
        id: SubscriptionId,
        parent: Option<&Parent<'_>>,
        cx: &mut Context<'_>,
    ) {
        let ids = self.entries.remove(&id).and_then(|entry| entry.ids);
        if let (Some((study, _)), Some(parent)) = (ids, parent) {
            cx.commands.push_back(remove(parent.session, study));
        }
    }

    /// The session is gone.
    pub(super) fn interrupt(&mut self, cx: &mut Context<'_>) {
        for (id, entry) in &mut self.entries {
            if entry.ids.take().is_some() {
                cx.updates
                    .update(*id, Update::Study(StudyUpdate::Reconnecting));
            }
        }
    }

    /// The same subscriptions, for another connection.
    pub(super) fn standby(&self) -> Self {
        let standby = |entry: &StudyEntry| StudyEntry {
            request: entry.request.clone(),
            ids: None,
            loading: None,
        };
        let entries = self.entries.iter();
        Self {
            entries: entries.map(|(id, entry)| (*id, standby(entry))).collect(),
            used: 0,
        }
    }

    /// Takes the place of the studies of an older connection.
    pub(super) fn adopt(&mut self, old: Self, parent: Option<&Parent<'_>>, cx: &mut Context<'_>) {
        let gone = self.entries.keys().copied();
        let gone: Vec<SubscriptionId> = gone.filter(|id| !old.entries.contains_key(id)).collect();
        for id in gone {
            self.remove(id, parent, cx);
        }
        for (id, old) in old.entries {
            match self
                .entries
                .get(&id)
                .map(|known| known.request == old.request)
            {
                Some(true) => {}
                Some(false) => self.modify(id, old.request, parent, cx),
                None => self.add(id, old.request, parent, cx),
            }
        }
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = SubscriptionId> {
        self.entries.keys().copied()
    }

    /// Takes the studies out, because their series is over.
    pub(super) fn take(&mut self) -> Vec<SubscriptionId> {
        std::mem::take(&mut self.entries).into_keys().collect()
    }

    /// Takes in what a message says of studies. False if it names one that is not known.
    pub(super) fn route(&mut self, message: &ServerMessage<'_>, cx: &mut Context<'_>) -> bool {
        let (study, turnaround) = match message {
            ServerMessage::StudyCompleted(done) => (&done.study, &done.turnaround),
            ServerMessage::StudyError(error) => (&error.study, &error.turnaround),
            _ => return true,
        };
        let named = self.entries.iter_mut().find(|(_, entry)| {
            entry.ids.as_ref().is_some_and(|(id, own)| {
                // The series' turnaround stands before the study's.
                let own_one = turnaround.rsplit('_').next() == Some(own.as_str());
                id == study.as_str() && own_one
            })
        });
        let Some((id, entry)) = named else {
            return false;
        };
        let update = match message {
            ServerMessage::StudyError(error) => {
                StudyUpdate::Error(printable(&error.reason.to_text()))
            }
            _ => match entry.loading.take() {
                Some(points) => StudyUpdate::Snapshot(points.into_values().collect()),
                None => return true,
            },
        };
        cx.updates.update(*id, Update::Study(update));
        true
    }

    /// Takes in rows.
    pub(super) fn merge(&mut self, objects: &Objects<'_>, cx: &mut Context<'_>) {
        for (id, entry) in &mut self.entries {
            let Some((study, _)) = &entry.ids else {
                continue;
            };
            let object = objects.get(study);
            let Some(rows) = object.as_ref().and_then(|object| object.rows.as_ref()) else {
                continue;
            };
            let points = points_of(rows);
            match &mut entry.loading {
                Some(loading) => {
                    loading.extend(points.map(|point| (point.time, point)));
                    // The newest count; no honest server sends more.
                    while loading.len() > MAX_HISTORY {
                        loading.pop_first();
                    }
                }
                None => {
                    let points: Vec<StudyPoint> = points.collect();
                    if !points.is_empty() {
                        cx.updates
                            .update(*id, Update::Study(StudyUpdate::Rows(points)));
                    }
                }
            }
        }
    }
}

fn remove(session: &str, study: String) -> ClientMessage<'static> {
    client::RemoveStudy {
        session: session.to_owned().into(),
        study: study.into(),
    }
    .into()
}

/// Rows with a time; those that warm the study up before the first bar have one as well.
fn points_of<'a>(rows: &'a StudyRows<'_>) -> impl Iterator<Item = StudyPoint> + use<'a> {
    rows.iter().filter_map(|row| {
        let time = row.time().filter(|time| time.abs() < 1e15)?;
        let plots = 0..row.values.len().saturating_sub(1);
        #[expect(clippy::cast_possible_truncation, reason = "seconds, and checked")]
        Some(StudyPoint::new(
            Timestamp::from_seconds(time as i64),
            plots.map(|plot| row.plot(plot)).collect(),
        ))
    })
}
