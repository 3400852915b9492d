//! The studies of a chart session: which there are, and what hangs on what.

use std::collections::VecDeque;

use market::study::{Fault, Plan, Run};
use serde_json::{Value, json};

use crate::{
    hello::NODE,
    recording::StudyPlayer,
    session::{outbox::Outbox, replies::timed, rules::StudyRules},
};

/// How many studies a chart session may hold, whatever the subscription, those that failed
/// included.
pub(crate) const MAX_STUDIES: usize = 100;
/// How many studies may be computed from each other.
const MAX_CHAIN: usize = 5;

/// The studies of a chart session, in the order in which they were created.
#[derive(Debug, Default)]
pub(crate) struct Studies {
    pub(crate) all: Vec<Study>,
    pub(crate) rules: StudyRules,
    /// Whether this connection gets no studies.
    pub(crate) refused: bool,
    /// Those for whose answers there is no room at the moment.
    pub(crate) waiting: VecDeque<Waiting>,
    /// How many reports were sent.
    pub(crate) reports: usize,
}

/// A study that is to be computed as soon as there is room for what it says.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) study: String,
    /// Whether that is because its series has got older bars.
    pub(crate) older: bool,
}

/// One study.
#[derive(Debug)]
pub(crate) struct Study {
    pub(crate) id: String,
    /// The client's own part of the turnaround.
    pub(crate) turnaround: String,
    /// The series that it is computed from in the end.
    pub(crate) series: String,
    /// The study that it is computed from, if it is one.
    pub(crate) parent: Option<String>,
    /// What it was asked for as, such as `RSI@tv-basicstudies-241`.
    pub(crate) name: String,
    /// What to compute; nothing if that is not possible.
    pub(crate) plan: Option<Plan>,
    /// The state, when there are bars.
    pub(crate) run: Option<Run>,
    /// What was recorded of it, where its series is played.
    pub(crate) played: Option<StudyPlayer>,
}

impl Study {
    /// Whether it counts among the studies that an account may have.
    fn counts(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| !plan.is_hidden())
    }
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
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.all.iter().position(|study| study.id == id)
    }

    /// The study and those that are computed from it, by place.
    pub(crate) fn family(&self, id: &str) -> Vec<usize> {
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

    /// The plans that lead from the bars to a study; `None` if one is missing or there are too
    /// many.
    pub(crate) fn chain(&self, at: usize) -> Option<Vec<&Plan>> {
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

    /// Whether there are as many as may be, when an account allows `allowed`, among them
    /// `children` that are computed from others. What charts add by themselves does not count.
    pub(crate) fn are_full(&self, allowed: usize, children: usize, of_a_study: bool) -> bool {
        let counted = || self.all.iter().filter(|study| study.counts());
        let of_studies = counted().filter(|study| study.parent.is_some());
        counted().count() >= self.rules.limit.unwrap_or(allowed)
            || of_a_study && of_studies.count() >= children
    }

    /// Forgets the studies of a series that was removed.
    pub(crate) fn remove_series(&mut self, series: &str) {
        self.all.retain(|study| study.series != series);
    }
}

/// Who a message about a study is for: chart session, study, and whole turnaround.
pub(crate) type Named<'a> = (&'a str, &'a str, &'a str);

/// The turnaround of a study: that of its series, then its own.
pub(crate) fn whole_turnaround(series: &str, study: &str) -> String {
    format!("{series}_{study}")
}

/// `study_loading`, `study_completed` or `study_deleted`.
pub(crate) fn tell(method: &str, named: Named<'_>, now: i64, out: &mut Outbox) {
    out.push(timed(method, json!([named.0, named.1, named.2]), now));
}

/// Why a study is not computed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Failure {
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

/// `study_error`; it names the node that was asked, if one was.
pub(crate) fn failed(named: Named<'_>, failure: &Failure, now: i64, out: &mut Outbox) {
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
        Failure::Fault(fault) => (fault.reason(), "undefined"),
    };
    out.push(timed(
        "study_error",
        json!([named.0, named.1, named.2, reason, node]),
        now,
    ));
}
