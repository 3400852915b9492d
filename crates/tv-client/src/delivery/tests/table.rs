//! The table of a series against a fold of the events, and what it keeps.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};
use protocol::{bar::Bar, time::Timestamp};

use super::super::{Queue, SeriesQueue, SharedTable, Taken};
use crate::{
    event::{BarTable, GapReason, History, SeriesEvent},
    registry::SeriesUpdate,
};

/// What happens to a series.
#[derive(Clone, Debug)]
enum Step {
    /// The open bar changes, or begins.
    Open(u8),
    /// The open bar closes, and this many bars later the next begins.
    Next(u8),
    /// The open bar closes by the clock.
    Close,
    /// A closed bar changes, or one that was missing arrives: by how many minutes it is older than
    /// the newest, and its close.
    Revise(u8, u8),
    /// The minutes up to one are missing: the number says how many.
    Gap(u8),
    Reset(u8),
    /// Bars before the oldest.
    Earlier(u8),
    Reconnect,
    /// A table is held from now on.
    Hold,
    /// Tables that are held are dropped.
    Drop,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => any::<u8>().prop_map(Step::Open),
        12 => (1..3_u8).prop_map(Step::Next),
        2 => Just(Step::Close),
        4 => (1..120_u8, any::<u8>()).prop_map(|(back, close)| Step::Revise(back, close)),
        1 => (2..20_u8).prop_map(Step::Gap),
        1 => (0..30_u8).prop_map(Step::Reset),
        2 => (1..40_u8).prop_map(Step::Earlier),
        1 => Just(Step::Reconnect),
        2 => Just(Step::Hold),
        1 => Just(Step::Drop),
    ];
    vec(step, 0..300)
}

fn bar(minute: i64, close: u8) -> Bar {
    Bar {
        time: Timestamp::from_seconds(minute * 60),
        open: 1.0,
        high: 300.0,
        low: 0.5,
        close: f64::from(close),
        volume: None,
    }
}

/// A reader that keeps what it has read, in the simplest way.
#[derive(Clone, Debug, Default)]
struct Reader {
    closed: BTreeMap<Timestamp, Bar>,
    open: Option<Bar>,
    limit: usize,
}

impl Reader {
    fn read(&mut self, event: SeriesEvent) {
        match event {
            SeriesEvent::Open(bar) => self.open = Some(bar),
            SeriesEvent::Closed(bar) => {
                self.open.take_if(|open| open.time <= bar.time);
                self.closed.insert(bar.time, bar);
            }
            SeriesEvent::Revised(bar) => {
                let first = self.closed.first_key_value();
                if first.is_none_or(|(first, _)| *first <= bar.time) {
                    self.closed.insert(bar.time, bar);
                }
            }
            SeriesEvent::Gap { from, to, .. } => {
                self.open.take_if(|open| from < open.time && open.time < to);
            }
            SeriesEvent::Reset(mut bars) => {
                self.open = bars.pop();
                self.closed = bars.into_iter().map(|bar| (bar.time, bar)).collect();
            }
            SeriesEvent::Reconnecting | SeriesEvent::Resumed { .. } => {}
            other => panic!("{other:?}"),
        }
        while self.closed.len() > self.limit {
            self.closed.pop_first();
        }
    }

    fn read_earlier(&mut self, bars: &[Bar]) {
        for bar in bars.iter().rev() {
            if self.closed.len() < self.limit {
                self.closed.insert(bar.time, *bar);
            }
        }
    }

    fn assert_is(&self, table: &BarTable) {
        let closed: Vec<Bar> = self.closed.values().copied().collect();
        assert_eq!(table.closed_bars(), closed);
        assert_eq!(table.open_bar(), self.open.as_ref());
        assert_eq!(table.len(), table.iter().count());
        for bar in table.iter() {
            assert_eq!(table.at(bar.time), Some(bar));
        }
    }
}

/// The updates that a step leads to, as a series reports them.
fn updates(step: &Step, reader: &Reader) -> Vec<SeriesUpdate> {
    let minute = |bar: &Bar| bar.time.seconds() / 60;
    let last = reader.closed.last_key_value().map(|(_, bar)| minute(bar));
    let newest = reader.open.as_ref().map(minute).or(last).unwrap_or(1_000);
    let first = reader.closed.first_key_value().map(|(_, bar)| minute(bar));
    let close = reader.open.map(SeriesUpdate::Closed);
    match step {
        Step::Open(price) if reader.open.is_some() => {
            vec![SeriesUpdate::Open(bar(newest, *price))]
        }
        Step::Open(price) => vec![SeriesUpdate::Open(bar(newest + 1, *price))],
        Step::Next(ahead) => {
            let next = SeriesUpdate::Open(bar(newest + i64::from(*ahead), 7));
            close.into_iter().chain([next]).collect()
        }
        Step::Close => close.into_iter().collect(),
        Step::Revise(back, price) => match last {
            Some(last) => vec![SeriesUpdate::Revised(bar(last - i64::from(*back), *price))],
            None => Vec::new(),
        },
        Step::Gap(length) => match last {
            Some(last) => {
                let to = newest + i64::from(*length);
                vec![
                    SeriesUpdate::Gap {
                        from: Timestamp::from_seconds(last * 60),
                        to: Timestamp::from_seconds(to * 60),
                        reason: GapReason::HistoryLimit,
                    },
                    SeriesUpdate::Open(bar(to, 9)),
                ]
            }
            None => Vec::new(),
        },
        Step::Reset(bars) => {
            let bars = (0..i64::from(*bars)).map(|it| bar(newest + it, 11));
            vec![SeriesUpdate::Reset(bars.collect())]
        }
        Step::Earlier(bars) => {
            let first = first.unwrap_or(newest);
            let bars = (1..=i64::from(*bars)).rev().map(|it| bar(first - it, 13));
            vec![SeriesUpdate::Earlier(bars.collect())]
        }
        Step::Reconnect => vec![
            SeriesUpdate::Reconnecting,
            SeriesUpdate::Resumed { backfilled: 0 },
        ],
        Step::Hold | Step::Drop => Vec::new(),
    }
}

proptest! {
    #[test]
    fn the_table_is_what_a_reader_of_all_events_has(
        steps in steps(),
        limit in prop_oneof![1..6_usize, 90..400_usize],
        loaded in 0..50_i64,
    ) {
        let table = SharedTable::new(limit);
        let mut queue = SeriesQueue::default();
        let bars: Vec<Bar> = (950..950 + loaded).map(|it| bar(it, 3)).collect();
        let mut history = History::new(bars);
        history.is_last_open = loaded % 2 == 1;
        let mut reader = Reader { limit, ..Reader::default() };
        for bar in history.closed_bars() {
            reader.read(SeriesEvent::Closed(*bar));
        }
        reader.open = history.open_bar().copied();
        table.fold(&SeriesUpdate::Loaded(Box::new(history)));
        let mut held: Vec<(BarTable, Reader)> = Vec::new();
        for step in steps {
            match step {
                Step::Hold => held.push((table.snapshot(), reader.clone())),
                Step::Drop => held.clear(),
                _ => {}
            }
            for update in updates(&step, &reader) {
                table.fold(&update);
                if let SeriesUpdate::Earlier(bars) = &update {
                    reader.read_earlier(bars);
                }
                queue.push(update);
            }
            while let Some(Some(Taken::Event(event))) = queue.take() {
                reader.read(event);
            }
            reader.assert_is(&table.snapshot());
        }
        for (table, reader) in held {
            reader.assert_is(&table);
        }
    }
}

#[test]
fn a_table_that_no_reader_holds_is_changed_where_it_is() {
    let table = SharedTable::new(1_000);
    table.fold(&SeriesUpdate::Reset(
        (0..900).map(|it| bar(it, 1)).collect(),
    ));
    table.fold(&SeriesUpdate::Closed(bar(899, 2)));
    let place = table.snapshot().closed_bars().as_ptr();
    for minute in 900..940 {
        table.fold(&SeriesUpdate::Closed(bar(minute, 2)));
        table.fold(&SeriesUpdate::Open(bar(minute + 1, 2)));
    }
    let held = table.snapshot();
    assert_eq!(held.closed_bars().as_ptr(), place);
    assert_eq!(table.snapshot().closed_bars().as_ptr(), place);
    // One that is held does not change.
    table.fold(&SeriesUpdate::Closed(bar(940, 2)));
    assert_eq!(held.closed_bars().len(), 940);
    assert_eq!(table.snapshot().closed_bars().len(), 941);
}

#[test]
fn a_series_that_keeps_no_table_shows_an_empty_one() {
    let table = SharedTable::new(0);
    table.fold(&SeriesUpdate::Reset(vec![bar(1, 1), bar(2, 1)]));
    assert!(table.snapshot().is_empty());
    assert_eq!(table.snapshot(), BarTable::default());
}
