//! What a study draws and reports.

use std::sync::Arc;

use protocol::{
    message::server::{Indexes, NonSeries, StudyDataError},
    payload::Limits,
    study::{graphics::Scene, report::StrategyReport},
};

use super::BarTimes;
use crate::registry::update::StudyUpdate;

/// The drawings and the report of the present inputs.
#[derive(Debug, Default)]
pub(super) struct StudyOutput {
    scene: Arc<Scene>,
    report: Option<Arc<StrategyReport>>,
    /// Whether the drawings are to be reported.
    has_drawn: bool,
    /// Whether the report is to be reported.
    has_reported: bool,
}

impl StudyOutput {
    /// Takes in what a message holds beside rows. Returns how many drawings were left out.
    pub(super) fn merge(&mut self, data: &NonSeries<'_>) -> Result<usize, StudyDataError> {
        let indexes = match &data.indexes {
            Indexes::List(indexes) => Some(indexes.as_slice()),
            _ => None,
        };
        let limits = Limits::default();
        let parsed = data.study_data()?;
        let replaces_indexes = parsed.as_ref().is_some_and(|it| it.replaces_indexes());
        if replaces_indexes {
            // Everything else in the message is to be left alone.
            if let Some(indexes) = indexes {
                self.has_drawn |= Arc::make_mut(&mut self.scene).renumber(indexes);
            }
            return Ok(0);
        }
        let commands = match &parsed {
            Some(parsed) => parsed.graphics_commands(&limits)?,
            None => None,
        };
        let mut left_out = 0;
        // Rows of studies that do not draw come with an empty list.
        let is_list = |indexes: &[i64]| !indexes.is_empty() || !self.scene.is_empty();
        if commands.is_some() || indexes.is_some_and(is_list) {
            let commands = commands.unwrap_or_default();
            let update = Arc::make_mut(&mut self.scene).apply(&commands, indexes);
            left_out = update.left_out;
            self.has_drawn |= update.repositioned || !update.changes.is_empty();
        }
        let report = match &parsed {
            Some(parsed) => parsed.strategy_report(&limits)?,
            None => None,
        };
        if let Some(report) = report {
            self.report = Some(Arc::new(report));
            self.has_reported = true;
        }
        Ok(left_out)
    }

    /// What has changed since the last call. Drawings get the times of the bars they stand at.
    pub(super) fn take_updates(
        &mut self,
        times: &BarTimes,
    ) -> impl Iterator<Item = StudyUpdate> + use<> {
        let drawn = std::mem::take(&mut self.has_drawn).then(|| {
            Arc::make_mut(&mut self.scene).resolve_times(|index| times.get(index));
            Arc::clone(&self.scene)
        });
        let reported = std::mem::take(&mut self.has_reported);
        let report = self.report.clone().filter(|_| reported);
        let drawn = drawn.map(StudyUpdate::Graphics);
        drawn.into_iter().chain(report.map(StudyUpdate::Report))
    }
}
