//! The report of one set of inputs.

use std::{sync::Arc, time::Duration};

use client::{
    RequestError, Series, Study, StudyEvent,
    study::{StudySpec, report::StrategyReport},
};

/// How long a report may come after the values. They come together, or there is none.
const AFTER_VALUES: Duration = Duration::from_secs(2);

/// What a study has answered.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Report(Arc<StrategyReport>),
    /// It has values, but no report.
    NoReport,
    /// The server could not compute it.
    Failed(String),
}

/// Computes a strategy, and waits until the server has removed it, because it counts until then.
///
/// Each set of inputs has a study of its own, so that no report of other inputs is taken for its
/// own.
///
/// Cancel-safe: a dropped future removes the study.
pub(super) async fn report(series: &Series, spec: StudySpec) -> Result<Answer, RequestError> {
    let mut study = series.study(spec).await?;
    let answer = answer(&mut study).await;
    if let (Ok(Answer::Report(_) | Answer::NoReport), Err(error)) = (&answer, study.remove().await)
    {
        tracing::debug!(%error, "the study was not removed in time");
    }
    answer
}

async fn answer(study: &mut Study) -> Result<Answer, RequestError> {
    let mut values_came = false;
    loop {
        let next = match values_came {
            true => tokio::time::timeout(AFTER_VALUES, study.next()).await,
            false => Ok(study.next().await),
        };
        match next {
            Err(_) => return Ok(Answer::NoReport),
            Ok(Some(StudyEvent::Report(report))) => return Ok(Answer::Report(report)),
            Ok(Some(StudyEvent::Snapshot(_))) => values_came = true,
            Ok(Some(StudyEvent::Error { reason })) => return Ok(Answer::Failed(reason)),
            Ok(Some(StudyEvent::Ended(RequestError::Refused { reason, .. }))) => {
                return Ok(Answer::Failed(reason));
            }
            Ok(Some(StudyEvent::Ended(error))) => return Err(error),
            Ok(Some(_)) => {}
            // The stream ends after an `Ended`.
            Ok(None) => return Ok(Answer::NoReport),
        }
    }
}
