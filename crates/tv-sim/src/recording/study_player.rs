//! Plays what was recorded of a study under the ids of a client.

use crate::recording::{
    json::quote,
    library::Recording,
    parse::Record,
    render::{Renamed, render_objects},
    series::RecordedSeries,
    study::RecordedStudy,
};

/// Where a client stands in a recorded study.
#[derive(Debug)]
pub(crate) struct StudyPlayer {
    recorded: usize,
    /// The number of the study among those of its series.
    pub(crate) nth: usize,
    live: usize,
}

impl StudyPlayer {
    /// Chooses, among the studies of a recorded series, one that is still free: the one with the
    /// same id, else the first.
    pub(super) fn choose(
        recording: &Recording,
        recorded: usize,
        id: &str,
        taken: &[usize],
    ) -> Option<Self> {
        let studies = &recording.charts.get(recorded)?.studies;
        let free = || {
            studies
                .iter()
                .enumerate()
                .filter(|(nth, _)| !taken.contains(nth))
        };
        let same = free().find(|(_, study)| study.id == id);
        let (nth, _) = same.or_else(|| free().next())?;
        Some(Self {
            recorded,
            nth,
            live: 0,
        })
    }

    fn entry<'r>(
        &self,
        recording: &'r Recording,
    ) -> Option<(&'r RecordedSeries, &'r RecordedStudy)> {
        let chart = recording.charts.get(self.recorded)?;
        Some((chart, chart.studies.get(self.nth)?))
    }

    /// All that it said first.
    pub(crate) fn load(&self, recording: &Recording, to: [&str; 3]) -> Vec<String> {
        let Some((_, recorded)) = self.entry(recording) else {
            return Vec::new();
        };
        let records = recorded
            .load
            .iter()
            .filter_map(|at| recording.records.get(*at));
        records
            .filter_map(|record| render(record, recorded, to))
            .collect()
    }

    /// The next change.
    pub(crate) fn live(&mut self, recording: &Recording, to: [&str; 3]) -> Option<String> {
        let (_, recorded) = self.entry(recording)?;
        let record = recording.records.get(*recorded.live.get(self.live)?)?;
        self.live += 1;
        render(record, recorded, to)
    }

    /// Whether changes are left.
    pub(crate) fn is_live(&self, recording: &Recording) -> bool {
        self.entry(recording)
            .is_some_and(|(_, recorded)| self.live < recorded.live.len())
    }
}

/// Writes a record for a client: `to` are its session, its study and the whole turnaround.
fn render(record: &Record, recorded: &RecordedStudy, to: [&str; 3]) -> Option<String> {
    let [session, study, turnaround] = to;
    if matches!(record.method.as_str(), "timescale_update" | "du") {
        let was = Renamed {
            id: &recorded.id,
            turnaround: &recorded.turnaround,
            to: (session, study, turnaround),
        };
        return render_objects(record, was);
    }
    Some(record.write(|at| to.get(at).map(|text| quote(text))))
}
