//! The studies of a chart session: which there are, and what hangs on what.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::outbox::Outbox;
use super::replies::timed;
use crate::hello::NODE;
use crate::recording::StudyPlayer;
use market::study::{Fault, Plan, ReportForm, Run};

/// How many studies a chart session may hold, whatever the subscription, those that failed included.
pub(super) const MAX_STUDIES: usize = 100;
/// How many studies may be computed from each other.
const MAX_CHAIN: usize = 5;

/// What a server is set to about studies.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StudyRules {
    /// How many studies a chart session may have, if not as many as the account allows.
    pub(crate) limit: Option<usize>,
    /// Whether connections without `type=chart` in their URL get no studies.
    pub(crate) need_chart_type: bool,
    /// How reports of strategies travel.
    pub(crate) reports: ReportForm,
}

/// The studies of a chart session, in the order in which they were created.
#[derive(Debug, Default)]
pub(crate) struct Studies {
    pub(super) all: Vec<Study>,
    pub(super) rules: StudyRules,
    /// Whether this connection gets no studies.
    pub(super) refused: bool,
    /// Those for whose answers there is no room at the moment.
    pub(super) waiting: VecDeque<Waiting>,
    /// How many reports were sent.
    pub(super) reports: usize,
}

/// A study that is to be computed as soon as there is room for what it says.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) study: String,
    /// Whether that is because its series has got older bars.
    pub(super) older: bool,
}

/// One study.
#[derive(Debug)]
pub(super) struct Study {
    pub(super) id: String,
    /// The client's own part of the turnaround.
    pub(super) turnaround: String,
    /// The series that it is computed from in the end.
    pub(super) series: String,
    /// The study that it is computed from, if it is one.
    pub(super) parent: Option<String>,
    /// What it was asked for as, such as `RSI@tv-basicstudies-241`.
    pub(super) name: String,
    /// What to compute; nothing if that is not possible.
    pub(super) plan: Option<Plan>,
    /// The state, when there are bars.
    pub(super) run: Option<Run>,
    /// What was recorded of it, where its series is played.
    pub(super) played: Option<StudyPlayer>,
}

impl Studies {
    /// No studies yet. `refused` connections never get any.
    pub(crate) fn new(rules: StudyRules, refused: bool) -> Self {
        Self {
            rules,
            refused,
            ..Self::default()
        }
    }

    /// The place of a study.
    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.all.iter().position(|study| study.id == id)
    }

    /// The study and those that are computed from it, by place.
    pub(super) fn family(&self, id: &str) -> Vec<usize> {
        let mut ids = vec![id];
        let mut at = 0;
        while let Some(parent) = ids.get(at).copied() {
            let children = self
                .all
                .iter()
                .filter(|study| study.parent.as_deref() == Some(parent));
            // A study has one parent, so none is found twice.
            ids.extend(children.map(|study| study.id.as_str()));
            at += 1;
        }
        ids.into_iter().filter_map(|id| self.position(id)).collect()
    }

    /// The plans that lead from the bars to a study; `None` if one is missing or there are too many.
    pub(super) fn chain(&self, at: usize) -> Option<Vec<&Plan>> {
        let mut study = self.all.get(at)?;
        let mut plans = vec![study.plan.as_ref()?];
        while let Some(parent) = &study.parent {
            study = self.all.get(self.position(parent)?)?;
            plans.push(study.plan.as_ref()?);
            if plans.len() > MAX_CHAIN {
                return None;
            }
        }
        plans.reverse();
        Some(plans)
    }

    /// Whether there are as many as may be, when an account allows `allowed`.
    pub(super) fn are_full(&self, allowed: usize) -> bool {
        let count = self.all.iter().filter(|study| study.plan.is_some()).count();
        count >= self.rules.limit.unwrap_or(allowed)
    }

    /// Forgets the studies of a series that was removed.
    pub(super) fn remove_series(&mut self, series: &str) {
        self.all.retain(|study| study.series != series);
    }
}

/// Who a message about a study is for: chart session, study, and whole turnaround.
pub(super) type Named<'a> = (&'a str, &'a str, &'a str);

/// The turnaround of a study: that of its series, then its own.
pub(super) fn whole_turnaround(series: &str, study: &str) -> String {
    format!("{series}_{study}")
}

/// `study_loading`, `study_completed` or `study_deleted`.
pub(super) fn tell(method: &str, named: Named<'_>, now: i64, out: &mut Outbox) {
    out.push(timed(method, json!([named.0, named.1, named.2]), now));
}

/// Why a study is not computed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Failure {
    /// The connection gets no studies.
    NotHere,
    /// The subscription allows no more.
    TooMany,
    /// What it should be computed from is not there.
    NoData,
    /// It is not computed from bars like these: the command that failed, in the server's terms.
    Resolution(String),
    /// Its series is played: what was recorded is said instead.
    Played,
    /// It is not known, or its inputs make no sense.
    Fault(Fault),
}

/// `study_error`; the node is told where a node was asked.
pub(super) fn failed(named: Named<'_>, failure: &Failure, now: i64, out: &mut Outbox) {
    let asked = format!("{NODE}@{NODE}");
    let node = asked.as_str();
    let (reason, node) = match failure {
        Failure::NotHere => (Value::from("Study not allowed in this connection"), node),
        Failure::TooMany => {
            let most =
                "The maximum number of studies per chart has been reached for current subscription";
            (Value::from(most), "undefined")
        }
        Failure::NoData | Failure::Played => (Value::from("check study unexpected error"), node),
        Failure::Resolution(command) => {
            let reason = format!("unsupported resolution: Command info: {command}");
            (Value::from(reason), node)
        }
        Failure::Fault(fault @ Fault::NotAuthorized(_)) => (fault.reason(), "undefined"),
        Failure::Fault(fault) => (fault.reason(), node),
    };
    out.push(timed(
        "study_error",
        json!([named.0, named.1, named.2, reason, node]),
        now,
    ));
}
