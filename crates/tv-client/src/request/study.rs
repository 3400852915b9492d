//! The request for a study.

use std::{collections::BTreeMap, time::Duration};

use protocol::{
    json::Json,
    study::{Plots, StudySpec},
};

use super::cadence::Cadence;
use crate::error::RequestError;

/// How long an answer may take before its absence is reported, by default.
const REPORT_AFTER: Duration = Duration::from_secs(30);

/// Which study to compute, and with which inputs.
///
/// With the feature `serde`, a request is written and read as a map of its options. Absent ones
/// have their defaults, unknown ones are refused.
///
/// ```
/// use std::time::Duration;
///
/// use tv_client::StudyRequest;
///
/// let bands = StudyRequest::new("BB@tv-basicstudies-241").input("length", 10);
/// // For a display: not each change of the newest values.
/// let (quiet, longest) = (Duration::from_millis(20), Duration::from_secs(1));
/// let shown = bands.clone().throttle(Duration::from_millis(250));
/// let settled = bands.debounce(quiet, longest);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct StudyRequest {
    pub(crate) kind: String,
    pub(crate) report_after: Duration,
    pub(crate) cadence: Cadence,
    /// Whether values before the first bar are delivered.
    pub(crate) warm_up: bool,
    pub(super) inputs: BTreeMap<String, Json>,
    /// Inputs that are plots of the study from which this one is computed.
    pub(super) source_plots: BTreeMap<String, usize>,
    /// What the rows hold, as far as that is known.
    pub(crate) plots: Plots,
}

/// Requests a study that is described: a built-in one, or a script with its inputs.
///
/// ```
/// use tv_client::{StudyRequest, study::builtin::Rsi};
///
/// let request = StudyRequest::from(Rsi::new().length(20).spec()?);
/// # Ok::<(), tv_client::study::InputError>(())
/// ```
impl From<StudySpec> for StudyRequest {
    fn from(spec: StudySpec) -> Self {
        Self {
            inputs: spec.inputs,
            plots: spec.plots,
            ..Self::new(spec.id)
        }
    }
}

impl StudyRequest {
    /// Requests a study by its id on the server, such as `Volume@tv-basicstudies-241`, without
    /// inputs.
    ///
    /// ```
    /// use tv_client::StudyRequest;
    ///
    /// let volume = StudyRequest::new("Volume@tv-basicstudies-241");
    /// ```
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            kind: id.into(),
            report_after: REPORT_AFTER,
            cadence: Cadence::default(),
            warm_up: false,
            inputs: BTreeMap::new(),
            source_plots: BTreeMap::new(),
            plots: Plots::default(),
        }
    }

    /// Sets an input, such as `length` to 20. Each study defines its own inputs.
    #[must_use]
    pub fn input(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.inputs.insert(name.into(), value.into());
        self
    }

    /// Lets an input of the kind *source*, such as `source`, be a plot of the study that this one
    /// is computed from: plot number `plot`, counted from 0. Only
    /// [`Study::study`](crate::Study::study) takes such a request.
    ///
    /// ```no_run
    /// # use tv_client::{RequestError, Study, StudyRequest};
    /// # async fn run(rsi: Study) -> Result<(), RequestError> {
    /// let average = StudyRequest::new("MASimple@tv-basicstudies-241").input("length", 9);
    /// let average = rsi.study(average.source_plot("source", 0)).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn source_plot(mut self, input: impl Into<String>, plot: usize) -> Self {
        self.source_plots.insert(input.into(), plot);
        self
    }

    /// Reports a study whose values have not come after this time
    /// ([`StudyEvent::Missing`](crate::StudyEvent::Missing)). Default: 30 s; [`Duration::MAX`] for
    /// never. The server goes on computing.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use tv_client::StudyRequest;
    ///
    /// let volume = StudyRequest::new("Volume@tv-basicstudies-241");
    /// let volume = volume.report_after(Duration::from_secs(100));
    /// ```
    #[must_use]
    pub fn report_after(mut self, time: Duration) -> Self {
        self.report_after = time;
        self
    }

    /// How long the stream pauses after it has delivered the values of the newest bar, so that more
    /// changes of them are merged. The values of earlier bars and all other events are delivered at
    /// once and in order. Default: no pause. [`Study::modify`](crate::Study::modify) keeps what was
    /// first set.
    #[must_use]
    pub fn throttle(mut self, pause: Duration) -> Self {
        self.cadence.throttle = pause;
        self
    }

    /// Holds the values of the newest bar until no change has arrived for `quiet`, for at most
    /// `longest`, then delivers them. The values of earlier bars and all other events are delivered
    /// at once and in order; when a later bar begins, the values that are held are delivered first.
    /// Default: everything at once.
    #[must_use]
    pub fn debounce(mut self, quiet: Duration, longest: Duration) -> Self {
        (self.cadence.quiet, self.cadence.longest) = (quiet, longest);
        self
    }

    /// Whether the values of bars before the first one of the series are delivered as well, marked
    /// as [`PointPlace::WarmUp`](crate::PointPlace::WarmUp): the server computes them to warm the
    /// study up. Default: no; they are delivered when the series gets those bars.
    ///
    /// ```
    /// use tv_client::StudyRequest;
    ///
    /// let average = StudyRequest::new("MASimple@tv-basicstudies-241").warm_up(true);
    /// ```
    #[must_use]
    pub fn warm_up(mut self, is_wanted: bool) -> Self {
        self.warm_up = is_wanted;
        self
    }

    /// Whether the request can be sent; `of_study` says whether another study is its parent.
    pub(crate) fn check(&self, of_study: bool) -> Result<(), RequestError> {
        if !of_study && !self.source_plots.is_empty() {
            let reason = "a source that is a plot needs the study of that plot: use `Study::study`";
            return Err(RequestError::Misuse { reason });
        }
        if self.kind.is_empty() {
            let reason = "name the study";
            return Err(RequestError::Misuse { reason });
        }
        if self.report_after.is_zero() {
            let reason = "`report_after` must be longer than zero";
            return Err(RequestError::Misuse { reason });
        }
        // Other ids end the whole session at the server.
        if !self.kind.contains(['@', ';']) {
            let reason =
                "a study id has the form `Volume@tv-basicstudies-241`, `STD;RSI` or `PUB;…`";
            return Err(RequestError::Misuse { reason });
        }
        Ok(())
    }

    /// All inputs as one object. Plots are those of `parent`.
    pub(crate) fn inputs(&self, parent: Option<&str>) -> Option<Json> {
        let mut inputs = self.inputs.clone();
        for (name, plot) in &self.source_plots {
            let source = Json::from(format!("{}${plot}", parent?));
            // Inputs of scripts have their kind beside them.
            let typed = inputs.get(name).and_then(|input| {
                input.get("v")?;
                let (fake, kind) = (input.get("f")?, input.get("t")?);
                Json::parse(&format!(r#"{{"v":{source},"f":{fake},"t":{kind}}}"#)).ok()
            });
            inputs.insert(name.clone(), typed.unwrap_or(source));
        }
        let field =
            |(name, value): (&String, &Json)| format!("{}:{value}", Json::from(name.as_str()));
        let fields: Vec<String> = inputs.iter().map(field).collect();
        Json::parse(&format!("{{{}}}", fields.join(","))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_would_end_the_session_are_refused_locally() {
        for (id, is_fine) in [
            ("Volume@tv-basicstudies-241", true),
            ("STD;DEMA", true),
            ("BearishFlagCP@tv-chart_patterns-26", true),
            ("DEMA", false),
            ("", false),
        ] {
            let checked = StudyRequest::new(id).check(false);
            assert_eq!(checked.is_ok(), is_fine, "{id}");
        }
    }

    #[test]
    fn a_plot_needs_the_study_that_it_belongs_to() {
        let average = StudyRequest::new("MASimple@tv-basicstudies-241");
        let average = average.input("source", "close").source_plot("source", 2);
        assert!(average.check(true).is_ok() && average.check(false).is_err());
        assert_eq!(average.inputs(None), None);
        let inputs = average.inputs(Some("st4")).unwrap();
        assert_eq!(inputs.to_string(), r#"{"source":"st4$2"}"#);
    }
}
