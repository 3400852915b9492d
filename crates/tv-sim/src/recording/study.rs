//! Sorts the records of a chart session by study.

use serde::{Deserialize, de::IgnoredAny};

use crate::recording::{json::Object, parse::Record};

/// The data of one study. Recordings of a server's side do not say which study it was.
#[derive(Debug, Default)]
pub(crate) struct RecordedStudy {
    /// The recorded id.
    pub(crate) id: String,
    /// The recorded turnaround, which begins with that of its series.
    pub(crate) turnaround: String,
    /// The records up to and with the first `study_completed` or `study_error`, without
    /// `study_loading`.
    pub(super) load: Vec<usize>,
    /// Whether `load` has come to its end.
    ended: bool,
    /// What changed later.
    pub(super) live: Vec<usize>,
}

/// A study inside `du` and `timescale_update`.
#[derive(Deserialize)]
struct Plotted {
    #[serde(rename = "st")]
    _rows: IgnoredAny,
    t: Option<String>,
}

/// Takes in a record of a chart session, if it concerns studies.
pub(super) fn take(studies: &mut Vec<RecordedStudy>, at: usize, record: &Record) {
    match record.method.as_str() {
        "study_completed" | "study_error" => {
            if let (Some(id), Some(turnaround)) = (record.text(1), record.text(2)) {
                let recorded = entry(studies, id, turnaround);
                recorded.add(at);
                recorded.ended = true;
            }
        }
        "timescale_update" | "du" => {
            let map = record.param(1).and_then(Object::parse).unwrap_or_default();
            for (id, raw) in map.0 {
                if let Ok(plotted) = serde_json::from_str::<Plotted>(raw.get()) {
                    entry(studies, id, plotted.t.unwrap_or_default()).add(at);
                }
            }
        }
        _ => {}
    }
}

/// The entry of a study and turnaround, a new one if there is none.
#[expect(
    clippy::indexing_slicing,
    reason = "the position was just found or is that of the recorded just pushed"
)]
fn entry(studies: &mut Vec<RecordedStudy>, id: String, turnaround: String) -> &mut RecordedStudy {
    let known = studies
        .iter()
        .position(|recorded| recorded.id == id && recorded.turnaround == turnaround);
    let at = known.unwrap_or_else(|| {
        studies.push(RecordedStudy {
            id,
            turnaround,
            ..RecordedStudy::default()
        });
        studies.len() - 1
    });
    &mut studies[at]
}

impl RecordedStudy {
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
