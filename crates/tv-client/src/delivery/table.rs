//! The current table of a series' bars: the connection's task writes it, and all readers share it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::{bar::Bar, time::Timestamp};

#[cfg(feature = "test-util")]
use crate::event::{History, SeriesEvent};
use crate::{event::BarTable, registry::SeriesUpdate};

/// Closed bars that may be out of use at the front before they are cleared away, besides an eighth
/// of those in use: then each new bar moves eight others at most.
const MIN_SLACK: usize = 64;

/// The table of one series, shared by the writer and all readers. Always empty if the request
/// asks for none.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedTable(Option<Arc<Mutex<TableState>>>);

#[derive(Debug)]
struct TableState {
    table: BarTable,
    /// The most closed bars that are kept.
    limit: usize,
}

impl SharedTable {
    /// A table that keeps at most `limit` closed bars; none if that is zero.
    pub(crate) fn new(limit: usize) -> Self {
        Self((limit > 0).then(|| {
            Arc::new(Mutex::new(TableState {
                table: BarTable::default(),
                limit,
            }))
        }))
    }

    /// The bars at this moment.
    pub(crate) fn snapshot(&self) -> BarTable {
        let table = self.lock().map(|state| state.table.clone());
        table.unwrap_or_default()
    }

    /// Takes over the history of a fake stream.
    #[cfg(feature = "test-util")]
    pub(crate) fn begin(&self, history: &History) {
        if let Some(mut state) = self.lock() {
            state.replace(history.closed_bars(), history.open_bar().copied());
        }
    }

    /// Takes in an update.
    pub(super) fn fold(&self, update: &SeriesUpdate) {
        let Some(mut state) = self.lock() else {
            return;
        };
        match update {
            SeriesUpdate::Loaded(history) => {
                state.replace(history.closed_bars(), history.open_bar().copied());
            }
            SeriesUpdate::Earlier(bars) => state.put_before(bars),
            SeriesUpdate::Open(bar) => state.table.open = Some(*bar),
            SeriesUpdate::Closed(bar) => state.close(*bar),
            SeriesUpdate::Revised(bar) => state.revise(*bar),
            SeriesUpdate::Gap { from, to, .. } => state.leave_out(*from, *to),
            SeriesUpdate::Reset(bars) => state.reset(bars),
            SeriesUpdate::Changed(changed) => state.reset(&changed.history.bars),
            _ => {}
        }
    }

    /// Takes in an event of a fake stream.
    #[cfg(feature = "test-util")]
    pub(crate) fn fold_event(&self, event: &SeriesEvent) {
        let Some(mut state) = self.lock() else {
            return;
        };
        match event {
            SeriesEvent::Open(bar) => state.table.open = Some(*bar),
            SeriesEvent::Closed(bar) => state.close(*bar),
            SeriesEvent::Revised(bar) => state.revise(*bar),
            SeriesEvent::Gap { from, to, .. } => state.leave_out(*from, *to),
            SeriesEvent::Reset(bars) => state.reset(bars),
            _ => {}
        }
    }

    /// No code that holds the lock can panic, so a poisoned one is as good as any.
    fn lock(&self) -> Option<MutexGuard<'_, TableState>> {
        let shared = self.0.as_ref()?;
        Some(shared.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl TableState {
    fn replace(&mut self, closed: &[Bar], open: Option<Bar>) {
        let kept = closed.len().saturating_sub(self.limit);
        self.table = BarTable {
            closed: Arc::new(closed.get(kept..).unwrap_or_default().to_vec()),
            start: 0,
            open,
        };
    }

    /// These bars replace all others; the last is open.
    fn reset(&mut self, bars: &[Bar]) {
        match bars.split_last() {
            Some((open, closed)) => self.replace(closed, Some(*open)),
            None => self.replace(&[], None),
        }
    }

    fn close(&mut self, bar: Bar) {
        self.table.open.take_if(|open| open.time <= bar.time);
        self.put(bar);
    }

    /// A bar that is older than all that is kept stays away: whether others were there between them
    /// is not known any more.
    fn revise(&mut self, bar: Bar) {
        let first = self.table.closed_bars().first();
        if first.is_none_or(|first| first.time <= bar.time) {
            self.put(bar);
        }
    }

    /// Bars between two times are missing: also the open one that has begun there, whose last state
    /// is not known.
    fn leave_out(&mut self, from: Timestamp, to: Timestamp) {
        let is_missing = |open: &mut Bar| from < open.time && open.time < to;
        self.table.open.take_if(is_missing);
    }

    /// Bars that are older than all others, as far as there is room.
    fn put_before(&mut self, bars: &[Bar]) {
        let first = self
            .table
            .closed_bars()
            .first()
            .or_else(|| self.table.open_bar());
        let older = first.map_or(bars.len(), |first| {
            bars.partition_point(|bar| bar.time < first.time)
        });
        let room = self.limit.saturating_sub(self.table.closed_bars().len());
        let kept = bars.get(older.saturating_sub(room)..older);
        let kept = kept.unwrap_or_default();
        if !kept.is_empty() {
            let start = self.table.start;
            self.own().splice(..start, kept.iter().copied());
            self.table.start = 0;
        }
    }

    /// Puts a closed bar in its place. The oldest makes room.
    fn put(&mut self, bar: Bar) {
        let closed = self.table.closed_bars();
        let place = match closed.last() {
            Some(last) if last.time >= bar.time => {
                closed.binary_search_by_key(&bar.time, |it| it.time)
            }
            _ => Err(closed.len()),
        };
        let start = self.table.start;
        let own = self.own();
        match place {
            Ok(place) => {
                if let Some(known) = own.get_mut(start + place) {
                    *known = bar;
                }
            }
            Err(place) => own.insert(start + place, bar),
        }
        self.trim();
    }

    fn trim(&mut self) {
        let excess = self.table.closed_bars().len().saturating_sub(self.limit);
        self.table.start += excess;
        if self.table.start > MIN_SLACK + self.limit / 8 {
            let start = std::mem::take(&mut self.table.start);
            self.own().drain(..start);
        }
    }

    /// The closed bars, to be changed: copied if a table that was handed out shares them.
    fn own(&mut self) -> &mut Vec<Bar> {
        Arc::make_mut(&mut self.table.closed)
    }
}
