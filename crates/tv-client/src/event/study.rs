//! The events of a study.

use std::{sync::Arc, time::Duration};

use protocol::{
    study::{
        graphics::{Scene, SceneChange},
        report::StrategyReport,
    },
    time::Timestamp,
};

use crate::error::RequestError;

/// The values of a study for one bar.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StudyPoint {
    /// When the bar opens.
    pub time: Timestamp,
    /// The value of each plot; `None` where it has none.
    pub values: Vec<Option<f64>>,
    /// Where the bar stands among those of the series.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_on_chart"))]
    pub place: PointPlace,
}

/// Where the bar of a study's values stands among the bars of the series.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum PointPlace {
    /// It is one of them.
    #[default]
    Chart,
    /// It is before the first of them, and served to warm the study up: see
    /// [`StudyRequest::warm_up`](crate::StudyRequest::warm_up).
    WarmUp,
    /// It was after the last of them when the values arrived, such as the day of the next earnings.
    /// Values of a bar that has just begun may arrive before the bar.
    Future,
}

#[cfg(feature = "serde")]
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_on_chart(place: &PointPlace) -> bool {
    *place == PointPlace::Chart
}

impl StudyPoint {
    /// Makes the values of a bar of the series that opens at `time`.
    ///
    /// ```
    /// # use tv_client::{StudyPoint, Timestamp};
    /// let time = Timestamp::from_seconds(1_704_205_800);
    /// let point = StudyPoint::new(time, vec![Some(1.5), None]);
    /// assert_eq!(point.values.len(), 2);
    /// ```
    #[must_use]
    pub fn new(time: Timestamp, values: Vec<Option<f64>>) -> Self {
        Self {
            time,
            values,
            place: PointPlace::Chart,
        }
    }
}

/// An event of a study.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum StudyEvent {
    /// All values, oldest bar first. Emitted at the start, and again after the inputs have changed
    /// or the series was interrupted. They replace all earlier values, because studies may repaint.
    Snapshot(Vec<StudyPoint>),
    /// The newest values of a bar, new or changed. States that the reader did not take in time are
    /// skipped.
    Row(StudyPoint),
    /// The drawings have changed. States that the reader did not take in time are skipped. After
    /// other inputs or an interruption it follows the snapshot.
    Graphics {
        /// All drawings now.
        scene: Arc<Scene>,
        /// What differs from the scene of the event before.
        changes: Vec<SceneChange>,
    },
    /// The report of a strategy, new or changed, for the present inputs. States that the reader did
    /// not take in time are skipped.
    Report(Arc<StrategyReport>),
    /// The server could not compute the values of a change or of later bars. It may recover, and
    /// after other inputs a snapshot follows. A study that is refused before its first values has
    /// [`Ended`](Self::Ended) instead.
    Error {
        /// The server's words, safe to print.
        reason: String,
    },
    /// The server has not answered in time: see
    /// [`StudyRequest::report_after`](crate::StudyRequest::report_after). Reported once for each
    /// request; the next snapshot ends this state.
    Missing {
        /// The time that has passed since the study or other inputs were requested.
        #[cfg_attr(feature = "serde", serde(with = "::transport::seconds"))]
        after: Duration,
        /// What the server said when it last ended a request, session or connection of the series,
        /// safe to print.
        last_words: Option<String>,
    },
    /// A message or a row of this study could not be read and was skipped.
    Skipped {
        /// What is wrong with it.
        reason: String,
    },
    /// The series is interrupted; a snapshot follows when it is restored.
    Reconnecting,
    /// The reader was too slow, and this many events before the next one, values of bars or words
    /// of the server, are lost.
    Lagged {
        /// How many events.
        dropped: u64,
    },
    /// The stream has ended, because the server refuses it or the connection has ended. This is the
    /// last event; `None` follows.
    Ended(RequestError),
}

impl StudyEvent {
    /// The event, or the error that ended the stream, so that `?` works in a loop.
    ///
    /// ```no_run
    /// # use tv_client::{Study, RequestError, StudyEvent};
    /// # async fn run(mut study: Study) -> Result<(), RequestError> {
    /// while let Some(event) = study.next().await {
    ///     if let StudyEvent::Row(point) = event.into_result()? {
    ///         println!("{}: {:?}", point.time, point.values);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If it is [`Ended`](Self::Ended).
    pub fn into_result(self) -> Result<Self, RequestError> {
        match self {
            Self::Ended(error) => Err(error),
            event => Ok(event),
        }
    }

    /// Whether no event follows this one: the stream has [`Ended`](Self::Ended).
    #[must_use]
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Ended(_))
    }
}
