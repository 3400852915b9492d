//! What clients ask of studies.

use market::study::{Fault, Form, Inputs, Kind, Plan};
use serde_json::Value;

use crate::{
    rules::Tier,
    session::{
        chart::session::ChartSession,
        params::{WRONG, text},
        source::{Context, Refusal},
        study::{
            rows::metadata,
            studies::{Failure, MAX_STUDIES, Named, Study, failed, tell, whole_turnaround},
        },
    },
};

/// How long an id, a turnaround or the name of a study may be, in bytes: they are kept.
const MAX_NAME: usize = 256;
const NO_PARENT: Refusal = Refusal("unknown parent id");

/// What a study is to compute, or why it is not; the outer error ends the chart session.
type Planned = Result<Result<Plan, Failure>, Refusal>;

impl ChartSession {
    /// `create_study` and `create_child_study`: a study of a series, or of another study.
    pub(crate) fn create_study(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let asked = Asked::read(params)?;
        if self.studies.position(asked.study).is_some() || self.series.contains_key(asked.study) {
            return Err(Refusal("duplicate id"));
        }
        let (series, parent) = self.parent(asked.parent)?;
        let of_a_study = parent.is_some();
        let plan = self.plan(&series, asked.name, &asked.inputs, of_a_study, cx)?;
        let study = Study {
            id: asked.study.to_owned(),
            turnaround: asked.turnaround.to_owned(),
            series,
            parent,
            name: asked.name.to_owned(),
            plan: None,
            run: None,
            played: None,
        };
        if self.studies.all.len() >= MAX_STUDIES {
            // There is no room even for a study that fails, so the error is sent and forgotten.
            let turnaround = self.study_turnaround(&study);
            let named: Named<'_> = (session, &study.id, &turnaround);
            tell("study_loading", named, cx.now, cx.out);
            failed(named, &Failure::TooMany, cx.now, cx.out);
            return Ok(());
        }
        self.studies.all.push(study);
        self.start_study(session, asked.study, plan, cx)
    }

    /// `modify_study`: other inputs.
    pub(crate) fn modify_study(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let (id, turnaround) = (name(params, 1)?, name(params, 2)?);
        let inputs = params.get(3).and_then(Inputs::parse).ok_or(WRONG)?;
        let at = self.studies.position(id).ok_or(WRONG)?;
        let study = self.studies.all.get_mut(at).ok_or(WRONG)?;
        // It gives its place up, to take one again.
        study.plan = None;
        study.turnaround = turnaround.to_owned();
        let (name, of_a_study) = (study.name.clone(), study.parent.is_some());
        let series = study.series.clone();
        let plan = self.plan(&series, &name, &inputs, of_a_study, cx)?;
        self.start_study(session, id, plan, cx)
    }

    /// `child_study_rebind`: the same study computed from something else.
    pub(crate) fn rebind_study(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let asked = Asked::read(params)?;
        let at = self.studies.position(asked.study).ok_or(WRONG)?;
        let (series, parent) = self.parent(asked.parent)?;
        let family = self.studies.family(asked.study);
        let place = parent.as_deref().and_then(|id| self.studies.position(id));
        if place.is_some_and(|parent| family.contains(&parent)) {
            return Err(NO_PARENT);
        }
        for member in family {
            if let Some(study) = self.studies.all.get_mut(member) {
                study.series.clone_from(&series);
            }
        }
        let study = self.studies.all.get_mut(at).ok_or(WRONG)?;
        study.plan = None;
        study.parent = parent;
        study.name = asked.name.to_owned();
        if !asked.turnaround.is_empty() {
            study.turnaround = asked.turnaround.to_owned();
        }
        let of_a_study = study.parent.is_some();
        let plan = self.plan(&series, asked.name, &asked.inputs, of_a_study, cx)?;
        self.start_study(session, asked.study, plan, cx)
    }

    /// `remove_study`; what is computed from it goes with it.
    pub(crate) fn remove_study(
        &mut self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let id = text(params, 1)?;
        let family = self.studies.family(id);
        if family.is_empty() {
            return Err(WRONG);
        }
        for at in family.iter().copied() {
            if let Some(study) = self.studies.all.get(at) {
                let turnaround = self.study_turnaround(study);
                tell(
                    "study_deleted",
                    (session, &study.id, &turnaround),
                    cx.now,
                    cx.out,
                );
            }
        }
        let mut at = 0;
        self.studies.all.retain(|_| {
            at += 1;
            !family.contains(&(at - 1))
        });
        Ok(())
    }

    /// `request_studies_metadata`.
    pub(crate) fn studies_metadata(
        &self,
        session: &str,
        params: &[Value],
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let name = text(params, 1)?;
        cx.out.push(metadata(session, name));
        Ok(())
    }

    /// Sets what a study computes, and reports the outcome, with those that are computed from it.
    fn start_study(
        &mut self,
        session: &str,
        id: &str,
        plan: Result<Plan, Failure>,
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let family = self.studies.family(id);
        for study in family.iter().filter_map(|at| self.studies.all.get(*at)) {
            let turnaround = self.study_turnaround(study);
            tell(
                "study_loading",
                (session, &study.id, &turnaround),
                cx.now,
                cx.out,
            );
        }
        let own = self.studies.position(id).ok_or(WRONG)?;
        let study = self.studies.all.get(own).ok_or(WRONG)?;
        let turnaround = self.study_turnaround(study);
        let series = study.series.clone();
        let study = self.studies.all.get_mut(own).ok_or(WRONG)?;
        study.run = None;
        match plan {
            Ok(plan) => study.plan = Some(plan),
            Err(Failure::Played) => {
                self.play_study(session, own, cx);
                return Ok(());
            }
            Err(failure) => failed((session, id, &turnaround), &failure, cx.now, cx.out),
        }
        let known = self.series.get(&series).ok_or(WRONG)?;
        self.studies.load(&family, session, &series, known, cx);
        Ok(())
    }

    /// Reads what a study is to compute; a name that is not a study's is a wrong parameter.
    fn plan(
        &self,
        series: &str,
        name: &str,
        inputs: &Inputs,
        of_a_study: bool,
        cx: &Context<'_>,
    ) -> Planned {
        if self.is_played(series) {
            return Ok(Err(Failure::Played));
        }
        let Some(found) = Kind::find(name, inputs, cx.wire.any_script) else {
            // The id of a script in place of a study's is a study that fails.
            return if name.contains(';') {
                Ok(Err(Failure::NoData))
            } else {
                Err(WRONG)
            };
        };
        let allowed = cx.limits.studies.min(MAX_STUDIES);
        let children = cx.limits.child_studies;
        let counts = !matches!(found, Ok((Kind::Events(_) | Kind::Sessions, _)));
        let refusal = if self.studies.refused {
            Some(Failure::NotHere)
        } else if counts && self.studies.are_full(allowed, children, of_a_study) {
            Some(Failure::TooMany)
        } else if !cx.limits.all_studies && is_paid_for(name) {
            let name = name.trim_end_matches('!').to_owned();
            Some(Failure::Fault(Fault::NotAuthorized(name)))
        } else {
            None
        };
        Ok(match (refusal, found) {
            (Some(refusal), _) => Err(refusal),
            (None, Err(fault)) => Err(Failure::Fault(fault)),
            // Guests have the server's own studies only.
            (None, Ok((_, Form::Script))) if cx.wire.strict && cx.tier == Tier::Guest => {
                Err(Failure::Fault(Fault::script(name)))
            }
            (None, Ok((kind, form))) => {
                Plan::new(kind, form, inputs, of_a_study).map_err(Failure::Fault)
            }
        })
    }

    /// The series that a study is computed from in the end, and the study, if its parent is one.
    fn parent(&self, id: &str) -> Result<(String, Option<String>), Refusal> {
        if self.series.contains_key(id) {
            return Ok((id.to_owned(), None));
        }
        let place = self.studies.position(id).ok_or(NO_PARENT)?;
        let study = self.studies.all.get(place).ok_or(NO_PARENT)?;
        Ok((study.series.clone(), Some(id.to_owned())))
    }

    pub(crate) fn study_turnaround(&self, study: &Study) -> String {
        let series = self.series.get(&study.series);
        let of_series = series.map_or("", |series| &series.turnaround);
        whole_turnaround(of_series, &study.turnaround)
    }
}

/// Whether a study is of a package that only paying accounts may use.
fn is_paid_for(name: &str) -> bool {
    let packages = [
        "@tv-prostudies-",
        "@tv-volumebyprice-",
        "@tv-chartpatterns-",
        "@tv-chart_patterns-",
    ];
    packages.iter().any(|package| name.contains(package))
}

/// The parameters of a command that names a study in full.
struct Asked<'a> {
    study: &'a str,
    turnaround: &'a str,
    parent: &'a str,
    name: &'a str,
    inputs: Inputs,
}

impl<'a> Asked<'a> {
    fn read(params: &'a [Value]) -> Result<Self, Refusal> {
        let asked = Self {
            study: name(params, 1)?,
            turnaround: name(params, 2)?,
            parent: name(params, 3)?,
            name: name(params, 4)?,
            inputs: params.get(5).and_then(Inputs::parse).ok_or(WRONG)?,
        };
        if asked.study.is_empty() {
            return Err(WRONG);
        }
        Ok(asked)
    }
}

/// A parameter that is a name of bearable length.
fn name(params: &[Value], at: usize) -> Result<&str, Refusal> {
    let name = text(params, at)?;
    if name.len() > MAX_NAME {
        return Err(WRONG);
    }
    Ok(name)
}
