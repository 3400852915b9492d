//! Studies under faults: what their readers know, changes of inputs and removals on the way, and
//! the comparison with the true bars.

#![expect(
    clippy::indexing_slicing,
    reason = "studies are counted from 0, and bars are within their list"
)]

use std::{collections::BTreeMap, sync::Arc};

use sim::LedgerBar;
use tokio::time::{Instant, sleep, sleep_until};
use tv_client::{PointPlace, RequestError, Series, Study, StudyEvent, StudyPoint, StudyRequest};

use super::{
    AGAIN,
    reader::{Book, Locked},
};

/// How many of the newest bars must have values at least.
const LEAST: usize = 20;

/// The length of the average of volumes.
const OF_VOLUMES: usize = 5;

/// What happens to the average of closes.
#[derive(Clone, Copy, Debug)]
pub(super) enum StudyChange {
    /// It has another length.
    Modify(usize),
    /// It is removed, and another one is requested.
    Replace(usize),
}

/// What a study computes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Volume,
    /// The average of the last closes.
    Closes(usize),
    /// The average of the last volumes: a study of the study of volumes.
    Volumes,
}

impl Kind {
    fn request(self) -> StudyRequest {
        let average = |length: usize| {
            let average = StudyRequest::new("MASimple@tv-basicstudies-241");
            average.input("length", i64::try_from(length).unwrap())
        };
        match self {
            Self::Volume => StudyRequest::new("Volume@tv-basicstudies-241"),
            Self::Closes(length) => average(length),
            Self::Volumes => average(OF_VOLUMES).source_plot("source", 0),
        }
    }

    /// The true value of the last of these bars; `None` if it depends on earlier ones.
    fn value(self, bars: &[LedgerBar]) -> Option<f64> {
        let mean = |length: usize, part: fn(&LedgerBar) -> f64| {
            let last = bars.get(bars.len().checked_sub(length)?..)?;
            Some(last.iter().map(part).sum::<f64>() / length as f64)
        };
        match self {
            Self::Volume => bars.last().map(|bar| bar.volume),
            Self::Closes(length) => mean(length, |bar| bar.close),
            Self::Volumes => mean(OF_VOLUMES, |bar| bar.volume),
        }
    }
}

/// What the reader of a study knows.
#[derive(Debug)]
pub(super) struct StudyBook {
    kind: Kind,
    values: BTreeMap<i64, Option<f64>>,
    /// Whether a snapshot is awaited: at first, after an interruption, and after a change.
    awaits: bool,
    /// Values that were compared when it was last looked at.
    compared: usize,
}

impl StudyBook {
    /// What is wrong or missing, compared with bars that have closed: rows that were lost, doubled
    /// or put at another time, and wrong values.
    pub(super) fn wrong(&mut self, closed: &[LedgerBar]) -> Option<String> {
        let kind = self.kind;
        if self.awaits {
            return Some(format!("{kind:?}: no values yet"));
        }
        let (first, last) = (closed.first()?.time, closed.last()?.time);
        let begin = *self.values.keys().next()?;
        let least = closed.len().saturating_sub(LEAST);
        if closed.get(least).is_some_and(|bar| bar.time < begin) {
            return Some(format!("{kind:?}: begins at {begin}"));
        }
        self.compared = 0;
        for (at, bar) in closed.iter().enumerate() {
            if bar.time < begin {
                continue;
            }
            let Some(found) = self.values.get(&bar.time) else {
                return Some(format!("{kind:?}: lost the row of {bar:?}"));
            };
            let Some(expected) = kind.value(&closed[..=at]) else {
                continue;
            };
            let is_close = |found: f64| (found - expected).abs() <= 1e-9 * expected.abs();
            if !found.is_some_and(is_close) {
                return Some(format!("{kind:?}: {found:?} is not {expected} of {bar:?}"));
            }
            self.compared += 1;
        }
        let mut bars = closed.iter().map(|bar| bar.time);
        let misplaced = self.values.range(first..=last).find(|(time, _)| {
            // Both are in order.
            bars.by_ref().find(|bar| bar >= time) != Some(**time)
        });
        misplaced.map(|(time, _)| format!("{kind:?}: no bar opens at {time}"))
    }

    pub(super) fn compared(&self) -> usize {
        self.compared
    }
}

/// Follows the studies of a series.
pub(super) async fn follow(
    series: Series,
    changes: Option<Vec<(Instant, StudyChange)>>,
    book: Locked<Book>,
) {
    let volume = series.study(Kind::Volume.request()).await.unwrap();
    let Some(changes) = changes else {
        return run(volume, add(&book, Kind::Volume), &book).await;
    };
    let of_volumes = volume.study(Kind::Volumes.request()).await.unwrap();
    let (first, second) = (add(&book, Kind::Volume), add(&book, Kind::Volumes));
    tokio::join!(
        run(volume, first, &book),
        run(of_volumes, second, &book),
        closes(&series, changes, &book),
    );
}

/// Begins a book of a study; its number.
fn add(book: &Locked<Book>, kind: Kind) -> usize {
    let mut book = book.lock().unwrap();
    book.studies.push(StudyBook {
        kind,
        values: BTreeMap::new(),
        awaits: true,
        compared: 0,
    });
    book.studies.len() - 1
}

/// Follows an average of closes, and changes it at its times.
async fn closes(series: &Series, changes: Vec<(Instant, StudyChange)>, book: &Locked<Book>) {
    let mut kind = Kind::Closes(9);
    let number = add(book, kind);
    let mut study = series.study(kind.request()).await.unwrap();
    for (at, change) in changes {
        tokio::select! {
            () = sleep_until(at) => {}
            () = read(&mut study, number, book) => return,
        }
        let (StudyChange::Modify(length) | StudyChange::Replace(length)) = change;
        kind = Kind::Closes(length);
        {
            let mut book = book.lock().unwrap();
            (book.studies[number].kind, book.studies[number].awaits) = (kind, true);
        }
        match change {
            StudyChange::Modify(_) => study.modify(kind.request()).await.unwrap(),
            StudyChange::Replace(_) => {
                match study.remove().await {
                    // The answer may be lost.
                    Ok(()) | Err(RequestError::TimedOut { .. }) => {}
                    Err(error) => {
                        let mut book = book.lock().unwrap();
                        book.faults.push(format!("removal: {error:?}"));
                    }
                }
                study = series.study(kind.request()).await.unwrap();
            }
        }
    }
    read(&mut study, number, book).await;
}

/// What is wrong with the rows of a snapshot among themselves.
fn misordered(points: &[StudyPoint]) -> Option<&'static str> {
    if !points.is_sorted_by(|one, next| one.time < next.time) {
        return Some("rows are doubled or out of order");
    }
    let is_early = points.iter().any(|it| it.place == PointPlace::WarmUp);
    is_early.then_some("rows before the first bar")
}

async fn run(mut study: Study, number: usize, book: &Locked<Book>) {
    read(&mut study, number, book).await;
}

/// Takes the events of a study to the end.
async fn read(study: &mut Study, number: usize, book: &Locked<Book>) {
    while let Some(event) = study.next().await {
        let mut book = book.lock().unwrap();
        let known = &mut book.studies[number];
        let entry = |point: StudyPoint| {
            let value = point.values.first().copied().flatten();
            (point.time.seconds(), value)
        };
        let mut fault = None;
        match event {
            StudyEvent::Snapshot(points) => {
                fault = misordered(&points).map(str::to_owned);
                known.values = points.into_iter().map(entry).collect();
                known.awaits = false;
            }
            StudyEvent::Row(point) => {
                let (time, value) = entry(point);
                known.values.insert(time, value);
            }
            StudyEvent::Reconnecting => known.awaits = true,
            // Its series is not restored yet.
            StudyEvent::Missing { .. } => {}
            other => fault = Some(format!("{other:?}")),
        }
        let kind = known.kind;
        let fault = fault.map(|fault| format!("{kind:?}: {fault}"));
        book.faults.extend(fault);
    }
}

/// Another reader of a series, for its studies alone: its bars are not taken.
pub(super) async fn begin(
    series: &Series,
    changes: Option<Vec<(Instant, StudyChange)>>,
    book: &Locked<Book>,
) {
    let owner = series.reader(tv_client::Overflow::DropOldest, 1).await;
    let owner = match owner {
        Ok(owner) => owner,
        Err(error) => {
            book.lock().unwrap().faults.push(format!("{error:?}"));
            return;
        }
    };
    tokio::spawn(follow(owner, changes, Arc::clone(book)));
    sleep(AGAIN / 1_000).await;
}

/// The comparison sees what it is there for: right values, changed in each of some ways.
mod doctored {
    use tv_client::Timestamp;

    use super::*;

    fn bars() -> Vec<LedgerBar> {
        let bar = |minute: i64| {
            let close = 1.0 + minute as f64;
            LedgerBar::new(minute * 60, [1.0, close, 1.0, close], 10.0 * minute as f64)
        };
        (1..=40).map(bar).collect()
    }

    fn wrong(kind: Kind, doctor: impl FnOnce(&mut StudyBook)) -> Option<String> {
        let bars = bars();
        let values = (1..=bars.len()).map(|count| {
            let bars = &bars[..count];
            (bars[count - 1].time, kind.value(bars))
        });
        let mut book = StudyBook {
            kind,
            values: values.collect(),
            awaits: false,
            compared: 0,
        };
        doctor(&mut book);
        book.wrong(&bars)
    }

    #[test]
    fn nothing_is_wrong_with_values_that_were_not_doctored() {
        for kind in [Kind::Volume, Kind::Closes(9), Kind::Volumes] {
            assert_eq!(wrong(kind, |_| {}), None);
        }
    }

    #[test]
    fn lost_wrong_and_misplaced_rows_are_seen() {
        type Doctor = fn(&mut StudyBook);
        let doctors: [(&str, Doctor); 6] = [
            ("lost the row", |book| _ = book.values.remove(&1_800)),
            ("is not", |book| {
                let value = book.values.get_mut(&1_800).unwrap();
                *value = value.map(|it| it * (1.0 + 1e-8));
            }),
            ("is not", |book| _ = book.values.insert(1_800, None)),
            ("no bar opens at 1801", |book| {
                book.values.insert(1_801, Some(300.0));
            }),
            ("begins at", |book| {
                book.values = book.values.split_off(&2_000)
            }),
            ("no values yet", |book| book.awaits = true),
        ];
        for kind in [Kind::Volume, Kind::Closes(9), Kind::Volumes] {
            for (words, doctor) in doctors {
                let seen = wrong(kind, doctor);
                let seen = seen.as_deref().unwrap_or("nothing");
                assert!(seen.contains(words), "{kind:?}: {seen}");
            }
        }
    }

    #[test]
    fn doubled_and_misordered_rows_are_seen() {
        let point = |time| StudyPoint::new(Timestamp::from_seconds(time), vec![Some(1.0)]);
        assert_eq!(misordered(&[point(60), point(120)]), None);
        for times in [[60, 60], [120, 60]] {
            assert!(misordered(&times.map(point)).is_some(), "{times:?}");
        }
    }
}
