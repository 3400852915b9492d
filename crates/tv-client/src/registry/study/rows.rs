//! What messages hold for studies: rows, drawings and reports.

use protocol::{
    json::printable,
    message::server::{ObjectUpdate, Objects},
};

use super::{BarTimes, Span, Studies, StudyEntry};
use crate::{
    event::SkippedRow,
    registry::{
        context::Context,
        holes::BarPlace,
        update::{StudyUpdate, SubscriptionId, Update},
    },
};

/// Parts of an answer that could not be read and are kept to be reported.
const MAX_SKIPPED: usize = 32;

impl Studies {
    /// Takes in the places of bars of the series.
    pub(in crate::registry) fn note_bars(&mut self, bars: impl Iterator<Item = BarPlace>) {
        self.times.extend(bars);
    }

    /// Takes in what a message holds for studies. Returns whether some of it answers requests of
    /// before, and was left out.
    pub(in crate::registry) fn merge(
        &mut self,
        objects: &Objects<'_>,
        bars: Span,
        cx: &mut Context<'_>,
    ) -> bool {
        let since = self.since;
        let mut is_late = false;
        for (id, entry) in &mut self.entries {
            let Some((study, _)) = &entry.ids else {
                continue;
            };
            let Some(object) = objects.get(study) else {
                continue;
            };
            let turnaround = object.turnaround.map(|it| it.to_text());
            if turnaround.is_some_and(|turnaround| !entry.is_answered_by(&turnaround, since)) {
                is_late = true;
                continue;
            }
            entry.merge(*id, &object, &self.times, bars, cx);
        }
        is_late
    }

    /// The series has got older bars: values that waited for them are delivered.
    pub(in crate::registry) fn reveal(&mut self, bars: Span, cx: &mut Context<'_>) {
        for (id, entry) in &mut self.entries {
            let points = entry.points.reveal(bars);
            if !points.is_empty() {
                let rows = StudyUpdate::Rows(points);
                cx.updates.update(*id, Update::Study(rows));
            }
        }
    }
}

impl StudyEntry {
    fn merge(
        &mut self,
        id: SubscriptionId,
        object: &ObjectUpdate<'_>,
        times: &BarTimes,
        bars: Span,
        cx: &mut Context<'_>,
    ) {
        let faults = object.fault.iter().map(|fault| fault.error.to_string());
        let rows = object.odd_rows.iter().map(SkippedRow::of);
        let output = object.non_series.as_ref().map(|it| self.output.merge(it));
        let output = match output {
            None | Some(Ok(0)) => None,
            Some(Ok(count)) => Some(format!("{count} drawings without an id, or too many")),
            Some(Err(error)) => Some(error.to_string()),
        };
        let reasons = faults.chain(rows.map(|row| row.to_string())).chain(output);
        let is_loading = self.points.is_loading();
        for reason in reasons {
            let reason = printable(&reason);
            if !is_loading {
                cx.updates
                    .update(id, Update::Study(StudyUpdate::Skipped(reason)));
            } else if self.skipped.len() < MAX_SKIPPED {
                self.skipped.push(reason);
            }
        }
        if !is_loading {
            for update in self.output.take_updates(times) {
                cx.updates.update(id, Update::Study(update));
            }
        }
        if let Some(rows) = &object.rows {
            let points = self.points.take_in(rows, bars, self.request.warm_up);
            if !points.is_empty() {
                let rows = StudyUpdate::Rows(points);
                cx.updates.update(id, Update::Study(rows));
            }
        }
    }
}
