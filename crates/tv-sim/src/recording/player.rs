//! Gives recorded answers out under the ids of the client that asks.

use super::chart_tape::ChartTape;
use super::json::{Member, Object, quote, string};
use super::library::Recording;
use super::parse::Record;
use super::study_tape::StudyPlayer;
use market::Interval;

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

/// Where a client stands in the tape of a series.
#[derive(Debug)]
pub(crate) struct SeriesPlayer {
    tape: usize,
    more: usize,
    tickmarks: usize,
    live: usize,
}

impl SeriesPlayer {
    /// Chooses, among the tapes of a symbol, the one for a resolution.
    pub(crate) fn new(recording: &Recording, tapes: &[usize], resolution: &str) -> Option<Self> {
        let interval = Interval::parse(resolution).ok();
        let fitness = |at: &&usize| {
            let tape = recording.charts.get(**at);
            let fits =
                tape.is_some_and(|tape| interval.is_some_and(|interval| interval.fits(tape.gap)));
            (fits, tape.map_or(0, |tape| tape.bars))
        };
        // Of equals the first.
        let tape = tapes.iter().rev().max_by_key(fitness)?;
        Some(Self {
            tape: *tape,
            more: 0,
            tickmarks: 0,
            live: 0,
        })
    }

    fn tape<'r>(&self, recording: &'r Recording) -> Option<&'r ChartTape> {
        recording.charts.get(self.tape)
    }

    /// What a client should be warned of that asked for so many bars, or for a range.
    pub(crate) fn warning(
        &self,
        recording: &Recording,
        asked: &str,
        resolution: &str,
        count: Option<i64>,
    ) -> Option<String> {
        let tape = self.tape(recording)?;
        let mut odd = Vec::new();
        if tape.names.is_empty() {
            odd.push("the recording does not say whose bars these are".to_owned());
        } else if tape.guessed {
            odd.push("the recording does not name their symbol, its quotes suggest it".to_owned());
        }
        if tape.bars == 0 {
            odd.push("no bars of it were recorded".to_owned());
        } else if count != Some(tape.bars as i64) {
            odd.push(match count {
                Some(count) => format!("{count} bars were asked for"),
                None => "a range was asked for".to_owned(),
            });
        }
        if tape.gap > 0
            && !Interval::parse(resolution).is_ok_and(|interval| interval.fits(tape.gap))
        {
            odd.push(format!(
                "resolution {resolution} was asked for, recorded bars are {} s apart",
                tape.gap / 1000
            ));
        }
        let why = odd.join("; ");
        (!odd.is_empty())
            .then(|| format!("{asked}: {} recorded bars are served ({why})", tape.bars))
    }

    /// The bars and what else came with them.
    pub(crate) fn load(&self, recording: &Recording, to: SeriesIds<'_>) -> Vec<String> {
        let Some(tape) = self.tape(recording) else {
            return Vec::new();
        };
        render_all(recording, tape, &tape.load, to)
    }

    /// Whether the recording holds the completion of `load`.
    pub(crate) fn load_ends(&self, recording: &Recording) -> bool {
        self.tape(recording).is_some_and(|tape| tape.ended)
    }

    /// The next answer to a request for older bars; empty where none was recorded.
    pub(crate) fn more(&mut self, recording: &Recording, to: SeriesIds<'_>) -> Vec<String> {
        let Some(tape) = self.tape(recording) else {
            return Vec::new();
        };
        let rest = tape.more.get(self.more..).unwrap_or_default();
        let completes = |at: &usize| {
            recording
                .records
                .get(*at)
                .is_some_and(|r| r.method == "series_completed")
        };
        let length = rest
            .iter()
            .position(completes)
            .map_or(rest.len(), |end| end + 1);
        self.more += length;
        render_all(recording, tape, rest.get(..length).unwrap_or_default(), to)
    }

    /// The next answer to a request for tick marks.
    pub(crate) fn tickmarks(&mut self, recording: &Recording, to: SeriesIds<'_>) -> Option<String> {
        let tape = self.tape(recording)?;
        let record = recording
            .records
            .get(*tape.tickmarks.get(self.tickmarks)?)?;
        self.tickmarks += 1;
        render(record, tape, to)
    }

    /// The next live change.
    pub(crate) fn live(&mut self, recording: &Recording, to: SeriesIds<'_>) -> Option<String> {
        let tape = self.tape(recording)?;
        let record = recording.records.get(*tape.live.get(self.live)?)?;
        self.live += 1;
        render(record, tape, to)
    }

    /// Whether live changes are left.
    pub(crate) fn is_live(&self, recording: &Recording) -> bool {
        self.tape(recording)
            .is_some_and(|tape| self.live < tape.live.len())
    }

    /// What was recorded of a study of it, apart from those that are taken.
    pub(crate) fn study(
        &self,
        recording: &Recording,
        id: &str,
        taken: &[usize],
    ) -> Option<StudyPlayer> {
        StudyPlayer::choose(recording, self.tape, id, taken)
    }
}

impl Recording {
    /// The recorded `symbol_resolved` of a tape, under the client's ids.
    pub(crate) fn symbol_resolved(
        &self,
        tape: usize,
        session: &str,
        symbol: &str,
    ) -> Option<String> {
        let record = self.records.get(self.charts.get(tape)?.resolved?)?;
        Some(record.write(|at| match at {
            0 => Some(quote(session)),
            1 => Some(quote(symbol)),
            _ => None,
        }))
    }
}

fn render_all(
    recording: &Recording,
    tape: &ChartTape,
    positions: &[usize],
    to: SeriesIds<'_>,
) -> Vec<String> {
    let records = positions.iter().filter_map(|at| recording.records.get(*at));
    records
        .filter_map(|record| render(record, tape, to))
        .collect()
}

/// Writes a record under a client's ids. `None` where nothing of it concerns the series.
fn render(record: &Record, tape: &ChartTape, to: SeriesIds<'_>) -> Option<String> {
    let turnaround = match record.method.as_str() {
        "timescale_update" | "du" => {
            let was = Renamed {
                id: &tape.series,
                turnaround: &tape.turnaround,
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

/// The recorded id and turnaround of a series or a study, and a client's session, id and turnaround in place of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Renamed<'a> {
    pub(super) id: &'a str,
    pub(super) turnaround: &'a str,
    pub(super) to: (&'a str, &'a str, &'a str),
}

/// Writes `timescale_update` or `du` with one of its objects. `None` where that is not among them, unless there is none at all.
pub(super) fn render_objects(record: &Record, was: Renamed<'_>) -> Option<String> {
    let (session, id, _) = was.to;
    let map = Object::parse(record.param(1)?)?;
    let ours = map.0.is_empty() || map.get(was.id).is_some();
    let objects = map.write(|key, text| {
        if key != was.id {
            return Member::Left;
        }
        Member::Renamed(id.to_owned(), retagged(text, was))
    });
    let scale = record.param(2).and_then(Object::parse).map(|scale| {
        scale.write(|key, text| match (key, Object::parse(text)) {
            ("last_session_switches", Some(switches)) => {
                Member::Value(switches.write(|key, text| {
                    if key == was.id {
                        Member::Renamed(id.to_owned(), text.to_owned())
                    } else {
                        Member::Same
                    }
                }))
            }
            _ => Member::Same,
        })
    });
    ours.then(|| {
        record.write(|at| match at {
            0 => Some(quote(session)),
            1 => Some(objects.clone()),
            2 => scale.clone(),
            _ => None,
        })
    })
}

/// An object with the client's turnaround.
fn retagged(text: &str, was: Renamed<'_>) -> String {
    let Some(object) = Object::parse(text) else {
        return text.to_owned();
    };
    object.write(|key, text| {
        if key == "t" && string(text).is_some_and(|t| t == was.turnaround) {
            Member::Value(quote(was.to.2))
        } else {
            Member::Same
        }
    })
}

/// Where a client stands in the quotes of a symbol.
#[derive(Debug)]
pub(crate) struct QuotePlayer {
    tape: usize,
    live: usize,
}

impl QuotePlayer {
    /// Plays a tape from its beginning.
    pub(crate) fn new(tape: usize) -> Self {
        Self { tape, live: 0 }
    }

    /// The first picture, and whether it is followed by `quote_completed`.
    pub(crate) fn opening(
        &self,
        recording: &Recording,
        session: &str,
        name: &str,
    ) -> (Vec<String>, bool) {
        let Some(tape) = recording.quotes.get(self.tape) else {
            return (Vec::new(), false);
        };
        (
            tape.opening
                .iter()
                .map(|body| qsd(body, session, name))
                .collect(),
            tape.completes,
        )
    }

    /// The next change.
    pub(crate) fn live(
        &mut self,
        recording: &Recording,
        session: &str,
        name: &str,
    ) -> Option<String> {
        let body = recording.quotes.get(self.tape)?.live.get(self.live)?;
        self.live += 1;
        Some(qsd(body, session, name))
    }

    /// Whether changes are left.
    pub(crate) fn is_live(&self, recording: &Recording) -> bool {
        recording
            .quotes
            .get(self.tape)
            .is_some_and(|tape| self.live < tape.live.len())
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
