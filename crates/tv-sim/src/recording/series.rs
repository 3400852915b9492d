//! Sorts the records of one chart session: what one series was answered, and
//! for which symbol.

use serde::Deserialize;

use crate::recording::{
    json::{Object, Raw},
    parse::Record,
    study::{self, RecordedStudy},
};

/// The answers to one series, or a symbol that no series was recorded for.
#[derive(Debug, Default)]
pub(crate) struct RecordedSeries {
    /// The names its symbol goes by; empty where the recording does not say.
    pub(crate) names: Vec<String>,
    /// The `symbol_resolved` of its symbol.
    pub(crate) resolved: Option<usize>,
    /// The recorded id of the series.
    pub(crate) series: String,
    /// The recorded turnaround.
    pub(crate) turnaround: String,
    /// The records up to and with the first `series_completed`.
    pub(crate) load: Vec<usize>,
    /// Whether `load` ends with a `series_completed` or `series_error`.
    pub(crate) ended: bool,
    /// What came for older bars, with its completions.
    pub(crate) more: Vec<usize>,
    /// What came for future tick marks.
    pub(crate) tickmarks: Vec<usize>,
    /// What changed later.
    pub(crate) live: Vec<usize>,
    /// How many bars `load` holds.
    pub(crate) bars: usize,
    /// The shortest time between two of them in milliseconds; 0 where there are not two.
    pub(crate) gap: i64,
    /// The close of the last of them.
    pub(crate) last_close: Option<f64>,
    /// Whether the names are only guessed from the recorded quotes.
    pub(crate) guessed: bool,
    /// What its studies said.
    pub(crate) studies: Vec<RecordedStudy>,
}

/// A series inside `timescale_update` and `du`.
#[derive(Deserialize)]
struct Drawn {
    s: Vec<Row>,
    t: Option<String>,
}

/// A bar: index, then time, open, high, low, close and so on. What is not known may be `null`.
#[derive(Deserialize)]
struct Row {
    i: i64,
    v: Vec<Option<f64>>,
}

/// A symbol of the session.
struct Named {
    id: String,
    record: usize,
    names: Vec<String>,
}

/// Sorts one session's records, given with their positions in the recording.
pub(crate) fn sort<'a>(records: impl Iterator<Item = (usize, &'a Record)>) -> Vec<RecordedSeries> {
    let mut sorter = Sorter::default();
    for (at, record) in records {
        sorter.take(at, record);
    }
    sorter.finish()
}

#[derive(Default)]
struct Sorter {
    symbols: Vec<Named>,
    recorded: Vec<RecordedSeries>,
    studies: Vec<RecordedStudy>,
}

impl Sorter {
    fn take(&mut self, at: usize, record: &Record) {
        study::take(&mut self.studies, at, record);
        match record.method.as_str() {
            "symbol_resolved" => self.take_symbol(at, record),
            "timescale_update" => self.take_bars(at, record),
            "du" => self.take_update(at, record),
            "series_loading" => {
                self.entry_at(record, 1, 2);
            }
            "series_timeframe" => {
                if let Some(recorded) = self
                    .entry_at(record, 1, 2)
                    .filter(|recorded| !recorded.ended)
                {
                    recorded.load.push(at);
                }
            }
            "series_completed" | "series_error" => {
                let turnaround = if record.method == "series_error" {
                    2
                } else {
                    3
                };
                if let Some(recorded) = self.entry_at(record, 1, turnaround) {
                    let part = if recorded.ended {
                        &mut recorded.more
                    } else {
                        &mut recorded.load
                    };
                    part.push(at);
                    recorded.ended = true;
                }
            }
            _ => {}
        }
    }

    fn take_symbol(&mut self, at: usize, record: &Record) {
        let (Some(id), Some(info)) = (record.text(1), record.param(2).and_then(Object::parse))
        else {
            return;
        };
        let mut names: Vec<String> = ["pro_name", "full_name", "name"]
            .iter()
            .filter_map(|key| info.text(key))
            .collect();
        if let Some(base) = info.get("base_name") {
            names.extend(serde_json::from_str::<Vec<String>>(base).unwrap_or_default());
        }
        self.symbols.push(Named {
            id,
            record: at,
            names,
        });
    }

    fn take_bars(&mut self, at: usize, record: &Record) {
        let drawn = drawn_series(record);
        if drawn.is_empty() {
            let empty = record
                .param(1)
                .and_then(Object::parse)
                .is_some_and(|map| map.0.is_empty());
            if let (true, Some(recorded)) = (empty, self.recorded.last_mut()) {
                recorded.tickmarks.push(at);
            }
        }
        for (id, series) in drawn {
            let recorded = self.entry(id, series.t.unwrap_or_default());
            if !recorded.ended && (recorded.bars > 0 || !series.s.is_empty()) {
                recorded.load.push(at);
                recorded.count(&series.s);
            } else if series.s.iter().any(|row| row.i < 0) {
                recorded.more.push(at);
            } else if !series.s.is_empty() {
                recorded.live.push(at);
            }
        }
    }

    fn take_update(&mut self, at: usize, record: &Record) {
        for (id, series) in drawn_series(record) {
            self.entry(id, series.t.unwrap_or_default()).live.push(at);
        }
    }

    fn entry_at(
        &mut self,
        record: &Record,
        series: usize,
        turnaround: usize,
    ) -> Option<&mut RecordedSeries> {
        let (series, turnaround) = (record.text(series)?, record.text(turnaround)?);
        Some(self.entry(series, turnaround))
    }

    /// The entry of a series and turnaround, a new one if there is none.
    #[expect(
        clippy::indexing_slicing,
        reason = "the position was just found or is that of the recorded just pushed"
    )]
    fn entry(&mut self, series: String, turnaround: String) -> &mut RecordedSeries {
        let known = self
            .recorded
            .iter()
            .position(|recorded| recorded.series == series && recorded.turnaround == turnaround);
        let at = known.unwrap_or_else(|| {
            self.recorded.push(RecordedSeries {
                series,
                turnaround,
                ..RecordedSeries::default()
            });
            self.recorded.len() - 1
        });
        &mut self.recorded[at]
    }

    /// Finds the symbol of each series, and adds an empty series for each symbol that has none.
    fn finish(mut self) -> Vec<RecordedSeries> {
        let mut used = vec![false; self.symbols.len()];
        for (order, recorded) in self.recorded.iter_mut().enumerate() {
            let Some(chosen) = choose(&self.symbols, recorded, order) else {
                continue;
            };
            if let (Some(symbol), Some(used)) = (self.symbols.get(chosen), used.get_mut(chosen)) {
                *used = true;
                recorded.names.clone_from(&symbol.names);
                recorded.resolved = Some(symbol.record);
            }
        }
        for (symbol, _) in self.symbols.into_iter().zip(used).filter(|(_, used)| !used) {
            self.recorded.push(RecordedSeries {
                names: symbol.names,
                resolved: Some(symbol.record),
                ..RecordedSeries::default()
            });
        }
        // A lone completion or loading answers nothing.
        self.recorded
            .retain(|recorded| recorded.bars > 0 || recorded.resolved.is_some());
        for study in self.studies {
            let named = self
                .recorded
                .iter()
                .position(|recorded| study.is_of(&recorded.turnaround));
            if let Some(recorded) = self.recorded.get_mut(named.unwrap_or(0)) {
                recorded.studies.push(study);
            }
        }
        self.recorded
    }
}

impl RecordedSeries {
    fn count(&mut self, rows: &[Row]) {
        self.bars += rows.len();
        self.last_close = rows
            .last()
            .and_then(|row| row.v.get(4).copied().flatten())
            .or(self.last_close);
        let times: Vec<f64> = rows
            .iter()
            .filter_map(|row| row.v.first().copied().flatten())
            .collect();
        for (earlier, later) in times.iter().zip(times.iter().skip(1)) {
            let gap = ((later - earlier) * 1000.0) as i64;
            if gap > 0 && (self.gap == 0 || gap < self.gap) {
                self.gap = gap;
            }
        }
    }
}

/// The symbol that a series belongs to: browsers number symbols as their series' turnarounds or
/// ids, else by order.
fn choose(symbols: &[Named], recorded: &RecordedSeries, order: usize) -> Option<usize> {
    if symbols.len() <= 1 {
        return symbols.len().checked_sub(1);
    }
    [&recorded.turnaround, &recorded.series]
        .into_iter()
        .find_map(|id| {
            symbols
                .iter()
                .position(|symbol| number(&symbol.id).is_some_and(|n| Some(n) == number(id)))
        })
        .or_else(|| (order < symbols.len()).then_some(order))
}

/// The digits at the end of an id.
fn number(id: &str) -> Option<&str> {
    let digits = id.bytes().rev().take_while(u8::is_ascii_digit).count();
    id.get(id.len() - digits..)
        .filter(|digits| !digits.is_empty())
}

/// The series, as opposed to studies, that a `timescale_update` or `du` speaks of.
fn drawn_series(record: &Record) -> Vec<(String, Drawn)> {
    let map = record.param(1).and_then(Object::parse).unwrap_or_default();
    map.0
        .into_iter()
        .filter_map(|(id, raw): (String, Raw)| Some((id, serde_json::from_str(raw.get()).ok()?)))
        .collect()
}
