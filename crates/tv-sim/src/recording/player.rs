//! Plays recorded answers under the ids of a client.

use market::Interval;

use crate::recording::{
    json::{Member, Object, quote},
    library::Recording,
    parse::Record,
    render::{Renamed, render_objects},
    series::RecordedSeries,
    study_player::StudyPlayer,
};

/// The ids that a client chose for one series.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeriesIds<'a> {
    /// The chart session.
    pub(crate) session: &'a str,
    /// The series.
    pub(crate) series: &'a str,
    /// The turnaround.
    pub(crate) turnaround: &'a str,
}

impl<'a> SeriesIds<'a> {
    /// Chart session, series and turnaround.
    pub(crate) fn new(session: &'a str, series: &'a str, turnaround: &'a str) -> Self {
        Self {
            session,
            series,
            turnaround,
        }
    }
}

/// Where a client stands in a recorded series.
#[derive(Debug)]
pub(crate) struct SeriesPlayer {
    recorded: usize,
    more: usize,
    tickmarks: usize,
    live: usize,
}

impl SeriesPlayer {
    /// Chooses, among the recorded series of a symbol, the one for a resolution.
    pub(crate) fn new(recording: &Recording, recorded: &[usize], resolution: &str) -> Option<Self> {
        // Recorded accounts may have had resolutions that are for those who pay.
        let interval = Interval::custom(resolution).ok();
        let fitness = |at: &&usize| {
            let recorded = recording.charts.get(**at);
            let fits = recorded.is_some_and(|recorded| {
                interval.is_some_and(|interval| interval.fits(recorded.gap))
            });
            (fits, recorded.map_or(0, |recorded| recorded.bars))
        };
        // Of equals the first.
        let recorded = recorded.iter().rev().max_by_key(fitness)?;
        Some(Self {
            recorded: *recorded,
            more: 0,
            tickmarks: 0,
            live: 0,
        })
    }

    fn entry<'r>(&self, recording: &'r Recording) -> Option<&'r RecordedSeries> {
        recording.charts.get(self.recorded)
    }

    /// The warning for a client that asked for `count` bars, or for a range.
    pub(crate) fn warning(
        &self,
        recording: &Recording,
        asked: &str,
        resolution: &str,
        count: Option<i64>,
    ) -> Option<String> {
        let recorded = self.entry(recording)?;
        let mut odd = Vec::new();
        if recorded.names.is_empty() {
            odd.push("the recording does not say whose bars these are".to_owned());
        } else if recorded.guessed {
            odd.push("the recording does not name their symbol, its quotes suggest it".to_owned());
        }
        if recorded.bars == 0 {
            odd.push("no bars of it were recorded".to_owned());
        } else if count != Some(recorded.bars as i64) {
            odd.push(match count {
                Some(count) => format!("{count} bars were asked for"),
                None => "a range was asked for".to_owned(),
            });
        }
        if recorded.gap > 0
            && !Interval::custom(resolution).is_ok_and(|interval| interval.fits(recorded.gap))
        {
            odd.push(format!(
                "resolution {resolution} was asked for, recorded bars are {} s apart",
                recorded.gap / 1000
            ));
        }
        let why = odd.join("; ");
        (!odd.is_empty()).then(|| {
            format!(
                "{asked}: {} recorded bars are served ({why})",
                recorded.bars
            )
        })
    }

    /// The bars and what else came with them.
    pub(crate) fn load(&self, recording: &Recording, to: SeriesIds<'_>) -> Vec<String> {
        let Some(recorded) = self.entry(recording) else {
            return Vec::new();
        };
        render_all(recording, recorded, &recorded.load, to)
    }

    /// Whether the recording holds the completion of `load`.
    pub(crate) fn load_ends(&self, recording: &Recording) -> bool {
        self.entry(recording).is_some_and(|recorded| recorded.ended)
    }

    /// The next answer to a request for older bars; empty where none was recorded.
    pub(crate) fn more(&mut self, recording: &Recording, to: SeriesIds<'_>) -> Vec<String> {
        let Some(recorded) = self.entry(recording) else {
            return Vec::new();
        };
        let is = |at: &usize, method: &str| {
            let record = recording.records.get(*at);
            record.is_some_and(|record| record.method == method)
        };
        let rest = recorded.more.get(self.more..).unwrap_or_default();
        let pages = rest.split_inclusive(|at| is(at, "series_completed"));
        // A completion without bars was the answer to something else, such as a new range.
        let mut skipped = 0;
        for page in pages {
            if page.iter().any(|at| is(at, "timescale_update")) {
                self.more += skipped + page.len();
                return render_all(recording, recorded, page, to);
            }
            skipped += page.len();
        }
        self.more += rest.len();
        let last = rest.len().saturating_sub(1);
        render_all(
            recording,
            recorded,
            rest.get(last..).unwrap_or_default(),
            to,
        )
    }

    /// The next answer to a request for tick marks.
    pub(crate) fn tickmarks(&mut self, recording: &Recording, to: SeriesIds<'_>) -> Option<String> {
        let recorded = self.entry(recording)?;
        let record = recording
            .records
            .get(*recorded.tickmarks.get(self.tickmarks)?)?;
        self.tickmarks += 1;
        render(record, recorded, to)
    }

    /// The next live change.
    pub(crate) fn live(&mut self, recording: &Recording, to: SeriesIds<'_>) -> Option<String> {
        let recorded = self.entry(recording)?;
        let record = recording.records.get(*recorded.live.get(self.live)?)?;
        self.live += 1;
        render(record, recorded, to)
    }

    /// Whether live changes are left.
    pub(crate) fn is_live(&self, recording: &Recording) -> bool {
        self.entry(recording)
            .is_some_and(|recorded| self.live < recorded.live.len())
    }

    /// What was recorded of a study of it, apart from those that are taken.
    pub(crate) fn study(
        &self,
        recording: &Recording,
        id: &str,
        taken: &[usize],
    ) -> Option<StudyPlayer> {
        StudyPlayer::choose(recording, self.recorded, id, taken)
    }
}

impl Recording {
    /// The `symbol_resolved` of a recorded series, under the client's ids.
    pub(crate) fn symbol_resolved(
        &self,
        recorded: usize,
        session: &str,
        symbol: &str,
    ) -> Option<String> {
        let record = self.records.get(self.charts.get(recorded)?.resolved?)?;
        Some(record.write(|at| match at {
            0 => Some(quote(session)),
            1 => Some(quote(symbol)),
            _ => None,
        }))
    }
}

fn render_all(
    recording: &Recording,
    recorded: &RecordedSeries,
    positions: &[usize],
    to: SeriesIds<'_>,
) -> Vec<String> {
    let records = positions.iter().filter_map(|at| recording.records.get(*at));
    records
        .filter_map(|record| render(record, recorded, to))
        .collect()
}

/// Writes a record under a client's ids. `None` where nothing of it concerns the series.
fn render(record: &Record, recorded: &RecordedSeries, to: SeriesIds<'_>) -> Option<String> {
    let turnaround = match record.method.as_str() {
        "timescale_update" | "du" => {
            let was = Renamed {
                id: &recorded.series,
                turnaround: &recorded.turnaround,
                to: (to.session, to.series, to.turnaround),
            };
            return render_objects(record, was);
        }
        "series_completed" => 3,
        _ => 2,
    };
    Some(record.write(|at| match at {
        0 => Some(quote(to.session)),
        1 => Some(quote(to.series)),
        at if at == turnaround => Some(quote(to.turnaround)),
        _ => None,
    }))
}

/// Where a client stands in the quotes of a symbol.
#[derive(Debug)]
pub(crate) struct QuotePlayer {
    recorded: usize,
    live: usize,
}

impl QuotePlayer {
    /// Plays recorded quotes from their beginning.
    pub(crate) fn new(recorded: usize) -> Self {
        Self { recorded, live: 0 }
    }

    /// The first picture, and whether it is followed by `quote_completed`.
    pub(crate) fn opening(
        &self,
        recording: &Recording,
        session: &str,
        name: &str,
    ) -> (Vec<String>, bool) {
        let Some(recorded) = recording.quotes.get(self.recorded) else {
            return (Vec::new(), false);
        };
        (
            recorded
                .opening
                .iter()
                .map(|body| qsd(body, session, name))
                .collect(),
            recorded.completes,
        )
    }

    /// The next change.
    pub(crate) fn live(
        &mut self,
        recording: &Recording,
        session: &str,
        name: &str,
    ) -> Option<String> {
        let body = recording.quotes.get(self.recorded)?.live.get(self.live)?;
        self.live += 1;
        Some(qsd(body, session, name))
    }

    /// Whether changes are left.
    pub(crate) fn is_live(&self, recording: &Recording) -> bool {
        recording
            .quotes
            .get(self.recorded)
            .is_some_and(|recorded| self.live < recorded.live.len())
    }
}

fn qsd(body: &Object, session: &str, name: &str) -> String {
    let body = body.write(|key, _| {
        if key == "n" {
            Member::Value(quote(name))
        } else {
            Member::Same
        }
    });
    format!("{{\"m\":\"qsd\",\"p\":[{},{body}]}}", quote(session))
}
