//! Readers that note every event.

use futures_util::FutureExt;
use sim::{LedgerBar, Published};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::{Instant, sleep, sleep_until};
use tv_client::{
    Bar, Client, GapReason, Overflow, Quote, QuoteEvent, QuoteRequest, QuoteSession, Series,
    SeriesChange, SeriesEvent, SeriesRequest, Timestamp,
};

use super::{
    AGAIN,
    plan::Followed,
    studies::{self, StudyBook, StudyChange},
};
use crate::symbol;

/// How many closed bars the tables keep.
const RETAINED: usize = 200;

/// The events that a reader of a series has got.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) reported: Vec<Published>,
    /// When the first bar of the history opens.
    pub(super) first: Option<i64>,
    pub(super) newest: Option<i64>,
    pub(super) open: Option<Bar>,
    pub(super) is_live: bool,
    /// Interruptions that were healed.
    pub(super) resumed: usize,
    pub(super) stale: Vec<Duration>,
    /// Why there was no history at first.
    pub(super) refused: Vec<String>,
    /// When each reported gap begins and ends, and its reason.
    pub(super) gaps: Vec<(i64, i64, GapReason)>,
    /// Whether the series was another one at first, and why it was not changed at once.
    is_changed: bool,
    has_changed: bool,
    pub(super) unchanged: Vec<String>,
    /// What must not happen.
    pub(super) faults: Vec<String>,
    /// How fresh the data is, in the server's words.
    update_mode: String,
    /// Its studies.
    pub(super) studies: Vec<StudyBook>,
    /// The bars, as the events tell of them.
    closed: BTreeMap<Timestamp, Bar>,
    last: Option<Bar>,
    /// How often the table was compared with those.
    pub(super) compared: usize,
}

pub(super) type Locked<T> = Arc<Mutex<T>>;

fn published(bar: &Bar) -> LedgerBar {
    let prices = [bar.open, bar.high, bar.low, bar.close];
    LedgerBar::new(bar.time.seconds(), prices, bar.volume.unwrap_or_default())
}

/// By how many milliseconds data is delayed. A mode that was corrupted on the way says nothing.
pub(super) fn delay_of(update_mode: &str) -> i64 {
    let seconds = update_mode.strip_prefix("delayed_streaming_");
    seconds.map_or(0, |seconds| seconds.parse::<i64>().unwrap_or(0) * 1000)
}

impl Book {
    /// By how many milliseconds its data is delayed.
    pub(super) fn delay(&self) -> i64 {
        delay_of(&self.update_mode)
    }

    /// Whether the series is still another one than it is to become.
    pub(super) fn is_another(&self) -> bool {
        self.is_changed && !self.has_changed
    }

    /// Takes over a history.
    fn begin(&mut self, series: &Series) {
        self.first = series.history().first().map(|bar| bar.time.seconds());
        for bar in series.closed_bars() {
            self.closed.insert(bar.time, *bar);
            self.reported.push(Published::Closed(published(bar)));
            self.newest = Some(bar.time.seconds());
        }
        self.open = series.open_bar().copied();
        self.last = self.open;
        self.is_live = true;
    }

    /// Takes over the bars of the series that it has become. What was before is not compared.
    fn begin_anew(&mut self, bars: &[Bar]) {
        let (open, closed) = match bars.split_last() {
            Some((open, closed)) => (Some(*open), closed),
            None => (None, bars),
        };
        self.first = bars.first().map(|bar| bar.time.seconds());
        self.newest = closed.last().map(|bar| bar.time.seconds());
        self.reported = closed
            .iter()
            .map(|bar| Published::Closed(published(bar)))
            .collect();
        self.closed = closed.iter().map(|bar| (bar.time, *bar)).collect();
        (self.open, self.last) = (open, open);
        self.gaps.clear();
        self.has_changed = true;
        self.is_live = true;
    }

    /// Compares a table of a series, all of whose events are noted, with these events.
    fn compare(&mut self, series: &Series) {
        let table = series.bars();
        let newest = self.closed.keys().next_back().copied();
        let newest = newest.max(self.last.map(|bar| bar.time));
        // Bars that this reader has missed are loaded again, or lost to it alone.
        let is_behind = table.newest().map(|bar| bar.time) > newest;
        let is_slow = |(_, _, reason): &(i64, i64, GapReason)| *reason == GapReason::SlowConsumer;
        if is_behind || self.gaps.iter().any(is_slow) {
            return;
        }
        self.compared += 1;
        let mut kept: Vec<&Bar> = self.closed.values().collect();
        kept.drain(..kept.len().saturating_sub(RETAINED));
        if !table.closed_bars().iter().eq(kept) || table.open_bar() != self.last.as_ref() {
            self.faults.push(format!(
                "the table differs: {table}, the newest {:?}, where the events have {} and {:?}",
                table.newest(),
                self.closed.len(),
                self.last
            ));
        }
    }

    fn note(&mut self, event: SeriesEvent) {
        match &event {
            SeriesEvent::Open(bar) => self.last = Some(*bar),
            SeriesEvent::Closed(bar) => {
                self.last.take_if(|open| open.time <= bar.time);
                self.closed.insert(bar.time, *bar);
            }
            // What is older than the table cannot be in it.
            SeriesEvent::Revised(bar) => {
                let oldest = self.closed.keys().rev().nth(RETAINED - 1);
                if oldest.is_none_or(|oldest| oldest <= &bar.time) {
                    self.closed.insert(bar.time, *bar);
                }
            }
            SeriesEvent::Gap { from, to, .. } => {
                self.last
                    .take_if(|open| *from < open.time && open.time < *to);
            }
            _ => {}
        }
        match event {
            SeriesEvent::Open(bar) => {
                if self
                    .newest
                    .is_some_and(|newest| bar.time <= Timestamp::from_seconds(newest))
                {
                    self.faults
                        .push(format!("an open bar that is closed: {bar:?}"));
                }
                self.open = Some(bar);
            }
            SeriesEvent::Closed(bar) => {
                self.reported.push(Published::Closed(published(&bar)));
                self.newest = self.newest.max(Some(bar.time.seconds()));
            }
            SeriesEvent::Revised(bar) => self.reported.push(Published::Revised(published(&bar))),
            // Both ends are bars that there are; the oracle's gaps include the first.
            SeriesEvent::Gap { from, to, reason } => {
                let from = from.seconds() + 1;
                self.reported.push(Published::Gap {
                    from,
                    to: to.seconds(),
                });
                self.gaps.push((from, to.seconds(), reason));
            }
            SeriesEvent::Reset(bars) if self.is_changed => self.begin_anew(&bars),
            SeriesEvent::Reconnecting => self.is_live = false,
            SeriesEvent::Resumed { .. } => {
                self.is_live = true;
                self.resumed += 1;
            }
            SeriesEvent::Stale { age } => self.stale.push(age),
            SeriesEvent::UpdateMode(mode) => self.update_mode = mode.as_str().into(),
            SeriesEvent::Suspended { .. } | SeriesEvent::Skipped { .. } => {}
            other => self.faults.push(format!("{other:?}")),
        }
    }
}

fn lock<T>(shared: &Locked<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap()
}

/// The studies of a series that are wanted: only that of volumes, or all, one of them changed.
pub(super) type Wanted = Option<Option<Vec<(Instant, StudyChange)>>>;

/// Follows a series, and its studies if they are wanted. Asks again until there is a
/// history, as a user would.
pub(super) async fn follow(
    client: Client,
    (followed, from): (Followed, Option<(Followed, Instant)>),
    wanted: Wanted,
    book: Locked<Book>,
) {
    let (name, interval) = from.map_or(followed, |(former, _)| former);
    let request = SeriesRequest::new(name, interval.parse().unwrap())
        .unwrap()
        .count(20)
        .retain(RETAINED)
        .overflow(Overflow::Refill);
    let mut series = loop {
        match client.series(request.clone()).await {
            Ok(series) => break series,
            Err(error) => lock(&book).refused.push(error.to_string()),
        }
        sleep(AGAIN).await;
    };
    lock(&book).is_changed = from.is_some();
    lock(&book).begin(&series);
    if let Some((_, at)) = from {
        // Another reader shows what the change brings.
        tokio::spawn(change(
            series.reader(Overflow::Refill, 100).await.unwrap(),
            at,
            followed,
            Arc::clone(&book),
        ));
    }
    lock(&book).update_mode = series.update_mode().as_str().into();
    if let Some(changes) = wanted {
        studies::begin(&series, changes, &book).await;
    }
    bars(&mut series, &book).await;
}

/// Makes another series of one at a time, as often as it takes.
async fn change(mut series: Series, at: Instant, (name, interval): Followed, book: Locked<Book>) {
    sleep_until(at).await;
    let change = SeriesChange::new().symbol(name).unwrap();
    let change = change.interval(interval.parse().unwrap()).count(20);
    while let Err(error) = series.modify(change.clone()).await {
        lock(&book).unchanged.push(error.to_string());
        sleep(AGAIN).await;
    }
    while series.next().await.is_some() {}
}

async fn bars(series: &mut Series, book: &Locked<Book>) {
    loop {
        let event = match series.next().now_or_never() {
            Some(event) => event,
            None => {
                lock(book).compare(series);
                series.next().await
            }
        };
        match event {
            Some(event) => {
                let mut book = lock(book);
                if matches!(event, SeriesEvent::Reset(_)) {
                    book.update_mode = series.update_mode().as_str().into();
                }
                book.note(event);
            }
            None => return,
        }
    }
}

/// What a reader of quotes knows.
#[derive(Debug, Default)]
pub(super) struct Prices {
    pub(super) quotes: BTreeMap<String, Quote>,
    pub(super) is_live: bool,
    pub(super) faults: Vec<String>,
    pub(super) skipped: usize,
    /// Symbols that were reported as missing and have had no update since.
    missing: BTreeSet<String>,
}

pub(super) async fn watch(client: Client, names: Vec<&'static str>, prices: Locked<Prices>) {
    let request = QuoteRequest::new(names.into_iter().map(symbol)).unwrap();
    let mut quotes: QuoteSession = client.quotes(request).await.unwrap();
    lock(&prices).is_live = true;
    while let Some(event) = quotes.next().await {
        let mut prices = lock(&prices);
        match event {
            QuoteEvent::Update(update) => {
                let name = update.symbol.to_string();
                prices.missing.remove(&name);
                prices
                    .quotes
                    .insert(name, Arc::unwrap_or_clone(update.quote));
            }
            QuoteEvent::Reconnecting => prices.is_live = false,
            QuoteEvent::Resumed { .. } => prices.is_live = true,
            QuoteEvent::Missing { symbols, .. } => {
                for symbol in symbols {
                    if !prices.missing.insert(symbol.to_string()) {
                        prices.faults.push(format!("{symbol} is missing again"));
                    }
                }
            }
            QuoteEvent::Skipped { .. } => prices.skipped += 1,
            QuoteEvent::Suspended { .. } | QuoteEvent::Completed { .. } => {}
            other => prices.faults.push(format!("{other:?}")),
        }
    }
}
