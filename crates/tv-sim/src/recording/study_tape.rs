//! Sorts what was recorded of the studies of a chart session into tapes, and gives them out under the ids of the client that asks.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::chart_tape::ChartTape;
use super::json::{Object, quote};
use super::library::Recording;
use super::parse::Record;
use super::player::{Renamed, render_objects};

/// What one study said. Recordings of what a server says do not tell which study it was.
#[derive(Debug, Default)]
pub(crate) struct StudyTape {
    /// The recorded id.
    pub(crate) id: String,
    /// The recorded turnaround, which begins with that of its series.
    pub(crate) turnaround: String,
    /// The records up to and with the first `study_completed` or `study_error`, without `study_loading`.
    load: Vec<usize>,
    /// Whether `load` has come to its end.
    ended: bool,
    /// What changed later.
    live: Vec<usize>,
}

/// A study inside `du` and `timescale_update`.
#[derive(Deserialize)]
struct Plotted {
    #[serde(rename = "st")]
    _rows: IgnoredAny,
    t: Option<String>,
}

/// Takes in a record of a chart session, if it tells of studies.
pub(super) fn take(studies: &mut Vec<StudyTape>, at: usize, record: &Record) {
    match record.method.as_str() {
        "study_completed" | "study_error" => {
            if let (Some(id), Some(turnaround)) = (record.text(1), record.text(2)) {
                let tape = tape(studies, id, turnaround);
                tape.add(at);
                tape.ended = true;
            }
        }
        "timescale_update" | "du" => {
            let map = record.param(1).and_then(Object::parse).unwrap_or_default();
            for (id, raw) in map.0 {
                if let Ok(plotted) = serde_json::from_str::<Plotted>(raw.get()) {
                    tape(studies, id, plotted.t.unwrap_or_default()).add(at);
                }
            }
        }
        _ => {}
    }
}

/// The tape of a study and turnaround, a new one if there is none.
#[expect(
    clippy::indexing_slicing,
    reason = "the position was just found or is that of the tape just pushed"
)]
fn tape(studies: &mut Vec<StudyTape>, id: String, turnaround: String) -> &mut StudyTape {
    let known = studies
        .iter()
        .position(|tape| tape.id == id && tape.turnaround == turnaround);
    let at = known.unwrap_or_else(|| {
        studies.push(StudyTape {
            id,
            turnaround,
            ..StudyTape::default()
        });
        studies.len() - 1
    });
    &mut studies[at]
}

impl StudyTape {
    fn add(&mut self, at: usize) {
        if self.ended {
            self.live.push(at);
        } else {
            self.load.push(at);
        }
    }

    /// Whether it is computed from a series with this turnaround.
    pub(super) fn is_of(&self, series: &str) -> bool {
        let rest = self.turnaround.strip_prefix(series);
        rest.is_some_and(|rest| rest.starts_with('_'))
    }
}

/// Where a client stands in the tape of a study.
#[derive(Debug)]
pub(crate) struct StudyPlayer {
    tape: usize,
    /// The number of the study among those of its series.
    pub(crate) nth: usize,
    live: usize,
}

impl StudyPlayer {
    /// Chooses, among the studies of a recorded series, one that nobody has yet: the one with the same id, else the first.
    pub(super) fn choose(
        recording: &Recording,
        tape: usize,
        id: &str,
        taken: &[usize],
    ) -> Option<Self> {
        let studies = &recording.charts.get(tape)?.studies;
        let free = || {
            studies
                .iter()
                .enumerate()
                .filter(|(nth, _)| !taken.contains(nth))
        };
        let same = free().find(|(_, study)| study.id == id);
        let (nth, _) = same.or_else(|| free().next())?;
        Some(Self { tape, nth, live: 0 })
    }

    fn tape<'r>(&self, recording: &'r Recording) -> Option<(&'r ChartTape, &'r StudyTape)> {
        let chart = recording.charts.get(self.tape)?;
        Some((chart, chart.studies.get(self.nth)?))
    }

    /// All that it said first.
    pub(crate) fn load(&self, recording: &Recording, to: [&str; 3]) -> Vec<String> {
        let Some((_, tape)) = self.tape(recording) else {
            return Vec::new();
        };
        let records = tape.load.iter().filter_map(|at| recording.records.get(*at));
        records
            .filter_map(|record| render(record, tape, to))
            .collect()
    }

    /// The next change.
    pub(crate) fn live(&mut self, recording: &Recording, to: [&str; 3]) -> Option<String> {
        let (_, tape) = self.tape(recording)?;
        let record = recording.records.get(*tape.live.get(self.live)?)?;
        self.live += 1;
        render(record, tape, to)
    }

    /// Whether changes are left.
    pub(crate) fn is_live(&self, recording: &Recording) -> bool {
        self.tape(recording)
            .is_some_and(|(_, tape)| self.live < tape.live.len())
    }
}

/// Writes a record for a client: `to` are its session, its study and the whole turnaround.
fn render(record: &Record, tape: &StudyTape, to: [&str; 3]) -> Option<String> {
    let [session, study, turnaround] = to;
    if matches!(record.method.as_str(), "timescale_update" | "du") {
        let was = Renamed {
            id: &tape.id,
            turnaround: &tape.turnaround,
            to: (session, study, turnaround),
        };
        return render_objects(record, was);
    }
    Some(record.write(|at| to.get(at).map(|text| quote(text))))
}
