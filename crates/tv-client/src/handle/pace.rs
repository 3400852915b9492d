//! When waiting events are delivered: at once, at intervals, or after a quiet time.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep};

use crate::{
    delivery::{Backlog, Queue},
    mailbox::Mailbox,
    request::Cadence,
};

/// Longer than any real wait, and short enough to be added to any instant.
const FOREVER: Duration = Duration::from_secs(365 * 86_400);

/// Delivers what waits in a queue at a reader's pace. Changes that arrive meanwhile are merged as
/// usual. What is [urgent](Backlog::Urgent) waits for nothing.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    cadence: Cadence,
    /// The rest that is taken now.
    rest: Option<Pin<Box<Sleep>>>,
    /// Whether anything was given out since the last rest.
    is_tired: bool,
    gate: Gate,
}

/// Whether it is quiet enough.
#[derive(Debug, Default)]
enum Gate {
    /// Nothing waits.
    #[default]
    Closed,
    /// Something does: since when, how much had come when that was looked at last, and when it is
    /// quiet.
    Waiting {
        since: Instant,
        pushes: u64,
        quiet: Pin<Box<Sleep>>,
    },
    /// All that waits is given out.
    Open,
}

impl Pace {
    pub(crate) fn new(cadence: Cadence) -> Self {
        let mut pace = Self::default();
        pace.throttle(cadence.throttle);
        pace.debounce(cadence.quiet, cadence.longest);
        pace
    }

    pub(crate) fn throttle(&mut self, pause: Duration) {
        self.cadence.throttle = pause.min(FOREVER);
    }

    pub(crate) fn debounce(&mut self, quiet: Duration, longest: Duration) {
        self.cadence.quiet = quiet.min(FOREVER);
        self.cadence.longest = longest.min(FOREVER);
    }

    /// The next item, when it is time for one.
    pub(crate) fn poll<Q: Queue>(
        &mut self,
        queue: &Mailbox<Q>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Q::Item>> {
        let Cadence {
            throttle, quiet, ..
        } = self.cadence;
        if throttle.is_zero() && quiet.is_zero() {
            return queue.poll(context, Q::take);
        }
        // Urgent items begin no rest either: a stream of them would put off all others.
        if Q::HAS_URGENT && queue.watch(context, Q::backlog) == Backlog::Urgent {
            return queue.poll(context, Q::take);
        }
        if let Some(rest) = &mut self.rest {
            ready!(rest.as_mut().poll(context));
            self.rest = None;
            self.is_tired = false;
        }
        if !quiet.is_zero() {
            ready!(self.poll_quiet(queue, context));
        }
        let item = queue.poll(context, Q::take);
        if item.is_pending() {
            self.gate = Gate::Closed;
        }
        if !throttle.is_zero() {
            if item.is_ready() {
                self.is_tired = true;
            } else if self.is_tired {
                // All is given out: what comes from now on waits.
                let mut rest = Box::pin(tokio::time::sleep(throttle));
                // Polled so that it wakes the reader, who looks at the queue again then.
                if rest.as_mut().poll(context).is_pending() {
                    self.rest = Some(rest);
                }
            }
        }
        item
    }

    /// Ready while what waits may be given out.
    fn poll_quiet<Q: Queue>(&mut self, queue: &Mailbox<Q>, context: &mut Context<'_>) -> Poll<()> {
        if let Gate::Open = self.gate {
            return Poll::Ready(());
        }
        let (backlog, pushes) = queue.watch(context, |queue| (queue.backlog(), queue.pushes()));
        match backlog {
            Backlog::None => {
                // What waited was taken back.
                self.gate = Gate::Closed;
                return Poll::Pending;
            }
            Backlog::Some => {}
            Backlog::Urgent => {
                self.gate = Gate::Open;
                return Poll::Ready(());
            }
        }
        let Cadence { quiet, longest, .. } = self.cadence;
        let now = Instant::now();
        if let Gate::Closed = self.gate {
            self.gate = Gate::Waiting {
                since: now,
                pushes,
                quiet: Box::pin(tokio::time::sleep(quiet.min(longest))),
            };
        }
        if let Gate::Waiting {
            since,
            pushes: seen,
            quiet: timer,
        } = &mut self.gate
        {
            if std::mem::replace(seen, pushes) != pushes {
                let at = (now + quiet).min(*since + longest);
                timer.as_mut().reset(at);
            }
            ready!(timer.as_mut().poll(context));
        }
        self.gate = Gate::Open;
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use proptest::{collection::vec, prelude::*};
    use protocol::{bar::Bar, symbol::Symbol, time::Timestamp};

    use super::*;
    use crate::{
        delivery::{QuoteQueue, SeriesQueue, StudyQueue, Taken},
        error::RequestError,
        event::{GapReason, QuoteEvent, SeriesEvent, StudyEvent, StudyPoint},
        registry::{QuoteSessionUpdate, SeriesUpdate, StudyUpdate},
    };

    const MILLI: Duration = Duration::from_millis(1);

    fn completed(queue: &Mailbox<QuoteQueue>, symbol: &str) {
        let symbol = Symbol::new(symbol).unwrap();
        queue.change(|queue| queue.push(QuoteSessionUpdate::Completed(symbol)));
    }

    fn paced(throttle: Duration, quiet: Duration, longest: Duration) -> Pace {
        Pace::new(Cadence {
            throttle,
            quiet,
            longest,
        })
    }

    async fn next<Q: Queue>(pace: &mut Pace, queue: &Mailbox<Q>) -> Option<Q::Item> {
        poll_fn(|context| pace.poll(queue, context)).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_debounced_reader_waits_until_it_is_quiet_and_no_longer_than_it_wants() {
        let queue = Mailbox::new(QuoteQueue::default());
        let mut pace = paced(Duration::ZERO, 10 * MILLI, 35 * MILLI);
        let begin = Instant::now();
        completed(&queue, "A:B");
        let writer = queue.clone();
        let writing = tokio::spawn(async move {
            // Until 24 ms after the beginning.
            for _ in 0..4 {
                tokio::time::sleep(6 * MILLI).await;
                completed(&writer, "A:B");
            }
            // Never quiet from here on.
            tokio::time::sleep(26 * MILLI).await;
            for _ in 0..20 {
                completed(&writer, "A:C");
                tokio::time::sleep(5 * MILLI).await;
            }
        });
        let first = next(&mut pace, &queue).await;
        assert!(
            matches!(first, Some(QuoteEvent::Completed { symbol }) if symbol.as_str() == "A:B")
        );
        assert_eq!(begin.elapsed(), 34 * MILLI);
        let second = next(&mut pace, &queue).await;
        assert!(
            matches!(second, Some(QuoteEvent::Completed { symbol }) if symbol.as_str() == "A:C")
        );
        assert_eq!(begin.elapsed(), (50 + 35) * MILLI);
        writing.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_is_not_waited_for() {
        let queue = Mailbox::new(QuoteQueue::default());
        let mut pace = paced(Duration::ZERO, 1_000 * MILLI, 1_000 * MILLI);
        completed(&queue, "A:B");
        queue.change(|queue| queue.fail(RequestError::Busy));
        let begin = Instant::now();
        let mut events = Vec::new();
        while let Some(event) = next(&mut pace, &queue).await {
            events.push(event);
        }
        assert_eq!(events.len(), 2);
        assert_eq!(events[1], QuoteEvent::Ended(RequestError::Busy));
        assert_eq!(begin.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_wants_to_wait_for_ever_may() {
        let queue = Mailbox::new(QuoteQueue::default());
        let mut pace = paced(Duration::MAX, Duration::MAX, Duration::MAX);
        for _ in 0..3 {
            completed(&queue, "A:B");
            let event = tokio::time::timeout(1_000 * MILLI, next(&mut pace, &queue)).await;
            assert!(event.is_err(), "it never became quiet");
        }
        queue.change(|queue| queue.fail(RequestError::Busy));
        let event = next(&mut pace, &queue).await;
        assert!(matches!(event, Some(QuoteEvent::Completed { .. })));
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_reader_rests_after_all_was_given_out() {
        let queue = Mailbox::new(QuoteQueue::default());
        let mut pace = paced(10 * MILLI, Duration::ZERO, Duration::ZERO);
        let begin = Instant::now();
        completed(&queue, "A:B");
        next(&mut pace, &queue).await;
        assert_eq!(begin.elapsed(), Duration::ZERO);
        let writer = queue.clone();
        let writing = tokio::spawn(async move {
            tokio::time::sleep(3 * MILLI).await;
            completed(&writer, "A:B");
        });
        next(&mut pace, &queue).await;
        assert_eq!(begin.elapsed(), 10 * MILLI);
        writing.await.unwrap();
    }

    fn bar(time: i64, close: f64) -> Bar {
        Bar {
            time: Timestamp::from_seconds(time),
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close,
            volume: None,
        }
    }

    fn point(time: i64, value: f64) -> StudyPoint {
        StudyPoint::new(Timestamp::from_seconds(time), vec![Some(value)])
    }

    /// Gives a queue updates at their times, in milliseconds, and returns what a reader gets of
    /// them, and when.
    async fn read<Q>(
        mut pace: Pace,
        updates: Vec<(u64, Q::Update)>,
        most: u64,
    ) -> Vec<(u64, Q::Item)>
    where
        Q: Queue + Default + Send + 'static,
        Q::Update: Send,
    {
        let queue = Mailbox::new(Q::default());
        let begin = Instant::now();
        let writer = queue.clone();
        let writing = tokio::spawn(async move {
            for (at, update) in updates {
                tokio::time::sleep_until(begin + Duration::from_millis(at)).await;
                writer.change(|queue| queue.push(update));
            }
        });
        let mut items = Vec::new();
        let end = begin + Duration::from_millis(most);
        while let Ok(item) = tokio::time::timeout_at(end, next(&mut pace, &queue)).await {
            let at = u64::try_from(begin.elapsed().as_millis()).unwrap();
            items.push((at, item.expect("the queue goes on")));
        }
        writing.await.unwrap();
        items
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_series_delivers_closed_bars_at_once_and_the_open_bar_at_its_pace() {
        let pace = paced(100 * MILLI, Duration::ZERO, Duration::ZERO);
        let open = |time, close| SeriesUpdate::Open(bar(time, close));
        let updates = vec![
            (0, open(0, 1.0)),
            (10, open(0, 2.0)),
            (20, open(0, 3.0)),
            (30, SeriesUpdate::Closed(bar(0, 4.0))),
            (30, open(60, 5.0)),
            (40, open(60, 6.0)),
            (150, open(60, 7.0)),
            (160, SeriesUpdate::Reconnecting),
        ];
        let event = |at, event| (at, Taken::Event(event));
        assert_eq!(
            read::<SeriesQueue>(pace, updates, 1_000).await,
            [
                event(0, SeriesEvent::Open(bar(0, 1.0))),
                // In place of the changes that waited.
                event(30, SeriesEvent::Closed(bar(0, 4.0))),
                event(100, SeriesEvent::Open(bar(60, 6.0))),
                // Before what follows it.
                event(160, SeriesEvent::Open(bar(60, 7.0))),
                event(160, SeriesEvent::Reconnecting),
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_debounced_series_delivers_closed_bars_at_once_and_the_open_bar_within_the_bound() {
        let pace = paced(Duration::ZERO, 20 * MILLI, 45 * MILLI);
        let mut updates: Vec<_> = (0..8_u32)
            .map(|at| {
                (
                    u64::from(at) * 10,
                    SeriesUpdate::Open(bar(0, f64::from(at))),
                )
            })
            .collect();
        updates.push((100, SeriesUpdate::Open(bar(0, 8.0))));
        updates.push((110, SeriesUpdate::Closed(bar(0, 9.0))));
        let event = |at, event| (at, Taken::Event(event));
        assert_eq!(
            read::<SeriesQueue>(pace, updates, 1_000).await,
            [
                event(45, SeriesEvent::Open(bar(0, 4.0))),
                event(90, SeriesEvent::Open(bar(0, 7.0))),
                event(110, SeriesEvent::Closed(bar(0, 9.0))),
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_paced_study_delivers_the_values_of_earlier_bars_at_once() {
        let rows = |rows| StudyUpdate::Rows(rows);
        let updates = || {
            vec![
                (0, StudyUpdate::Snapshot(vec![point(0, 1.0)])),
                (1, rows(vec![point(0, 2.0)])),
                (11, rows(vec![point(0, 3.0)])),
                // The last values of a bar come before those of the next one.
                (21, rows(vec![point(60, 4.0)])),
                (28, rows(vec![point(60, 5.0)])),
                // Values of an earlier bar that change later.
                (36, rows(vec![point(0, 6.0)])),
                (59, rows(vec![point(60, 7.0)])),
                (66, StudyUpdate::Error("x".into())),
            ]
        };
        let row = |at, time, value| (at, StudyEvent::Row(point(time, value)));
        let snapshot = (0, StudyEvent::Snapshot(vec![point(0, 1.0)]));
        let reason = "x".to_owned();
        let error = (66, StudyEvent::Error { reason });
        let debounced = paced(Duration::ZERO, 20 * MILLI, 1_000 * MILLI);
        assert_eq!(
            read::<StudyQueue>(debounced, updates(), 1_000).await,
            [
                snapshot.clone(),
                row(21, 0, 3.0),
                row(36, 0, 6.0),
                row(48, 60, 5.0),
                row(66, 60, 7.0),
                error.clone(),
            ]
        );
        let throttled = paced(30 * MILLI, Duration::ZERO, Duration::ZERO);
        assert_eq!(
            read::<StudyQueue>(throttled, updates(), 1_000).await,
            [
                snapshot,
                row(1, 0, 2.0),
                row(21, 0, 3.0),
                row(31, 60, 5.0),
                row(36, 0, 6.0),
                row(61, 60, 7.0),
                error,
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_a_series_and_of_a_study_is_not_waited_for() {
        let begin = Instant::now();
        let mut pace = paced(
            Duration::from_secs(9),
            Duration::from_secs(9),
            Duration::MAX,
        );
        let queue = Mailbox::new(SeriesQueue::default());
        queue.change(|queue| queue.push(SeriesUpdate::Open(bar(0, 1.0))));
        queue.change(|queue| queue.fail(RequestError::Busy));
        let open = Taken::Event(SeriesEvent::Open(bar(0, 1.0)));
        let ended = Taken::Event(SeriesEvent::Ended(RequestError::Busy));
        for expected in [Some(open), Some(ended), None] {
            assert_eq!(next(&mut pace, &queue).await, expected);
        }
        let mut pace = paced(
            Duration::from_secs(9),
            Duration::from_secs(9),
            Duration::MAX,
        );
        let queue = Mailbox::new(StudyQueue::default());
        queue.change(|queue| queue.push(StudyUpdate::Rows(vec![point(0, 1.0)])));
        queue.change(|queue| queue.fail(RequestError::Busy));
        let row = StudyEvent::Row(point(0, 1.0));
        let ended = StudyEvent::Ended(RequestError::Busy);
        for expected in [Some(row), Some(ended), None] {
            assert_eq!(next(&mut pace, &queue).await, expected);
        }
        assert_eq!(begin.elapsed(), Duration::ZERO);
    }

    /// Updates of a series at their times: bars change, close and are revised, and each change has
    /// a price of its own.
    fn updates() -> impl Strategy<Value = Vec<(u64, SeriesUpdate)>> {
        vec((1..40_u64, 0..12_u8), 1..80).prop_map(|steps| {
            let (mut at, mut time, mut price) = (0, 0, 0.0);
            let update = |(pause, kind)| {
                at += pause;
                price += 1.0;
                let update = match kind {
                    0 => SeriesUpdate::Revised(bar(time - 60, price)),
                    1 => SeriesUpdate::Reconnecting,
                    2 => SeriesUpdate::Gap {
                        from: Timestamp::from_seconds(time - 120),
                        to: Timestamp::from_seconds(time - 60),
                        reason: GapReason::LeftOut,
                    },
                    3 => SeriesUpdate::Reset(vec![bar(time, price)]),
                    4 | 5 => {
                        time += 60;
                        SeriesUpdate::Closed(bar(time - 60, price))
                    }
                    _ => SeriesUpdate::Open(bar(time, price)),
                };
                (at, update)
            };
            steps.into_iter().map(update).collect()
        })
    }

    fn event(update: &SeriesUpdate) -> SeriesEvent {
        match update {
            SeriesUpdate::Open(bar) => SeriesEvent::Open(*bar),
            SeriesUpdate::Closed(bar) => SeriesEvent::Closed(*bar),
            SeriesUpdate::Revised(bar) => SeriesEvent::Revised(*bar),
            SeriesUpdate::Reset(bars) => SeriesEvent::Reset(bars.clone()),
            SeriesUpdate::Reconnecting => SeriesEvent::Reconnecting,
            SeriesUpdate::Gap { from, to, reason } => SeriesEvent::Gap {
                from: *from,
                to: *to,
                reason: *reason,
            },
            other => panic!("{other:?}"),
        }
    }

    proptest! {
        #[test]
        fn a_pace_merges_the_open_bar_alone_keeps_the_order_and_delays_nothing_past_its_bound(
            updates in updates(),
            throttle in 0..120_u64,
            quiet in 0..60_u64,
            longest in 0..120_u64,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .unwrap();
            let all: Vec<_> = updates.iter().map(|(at, update)| (*at, event(update))).collect();
            let of = Duration::from_millis;
            let pace = paced(of(throttle), of(quiet), of(longest));
            let items = runtime.block_on(read::<SeriesQueue>(pace, updates, 10_000));
            // Each item is one of the updates, after the one before it.
            let mut place = 0;
            let mut seen = Vec::new();
            for (at, taken) in items {
                let Taken::Event(event) = taken else { panic!("{taken:?}") };
                let found = all[place..].iter().position(|(_, update)| *update == event);
                let found = place + found.expect("an update after the last item");
                seen.push((at, found));
                place = found + 1;
            }
            let bound = throttle + if quiet > 0 { longest.max(1) } else { 0 };
            for (number, (at, event)) in all.iter().enumerate() {
                if !matches!(event, SeriesEvent::Open(_)) {
                    prop_assert!(seen.contains(&(*at, number)), "{event:?} of {at} in {seen:?}");
                    continue;
                }
                let replaces = |later: &SeriesEvent| {
                    matches!(later, SeriesEvent::Closed(_) | SeriesEvent::Reset(_))
                };
                let due = at + bound;
                let is_void = all[number..].iter().any(|(at, later)| *at <= due && replaces(later));
                let is_seen = |(seen, place): &(u64, usize)| *place >= number && *seen <= due;
                prop_assert!(is_void || seen.iter().any(is_seen), "{event:?} of {at} in {seen:?}");
            }
        }
    }
}
