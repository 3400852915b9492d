//! The tap: a bounded stream of every message in both directions.

#![expect(
    clippy::disallowed_types,
    reason = "the wall clock labels what is shown to people, and decides nothing"
)]

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Instant, SystemTime},
};

use protocol::{
    frame::{Frame, split},
    id::SessionId,
};

use crate::{bounds::MAX_WAITING_BYTES, error::ClientError, mailbox::Mailbox};

/// The most events that wait for one tap.
const MAX_EVENTS: usize = 4_096;

/// Which way a message went.
///
/// `Display` writes `in` or `out`.
#[expect(clippy::exhaustive_enums, reason = "there are two ways")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the server.
    In,
    /// To the server.
    Out,
}

impl fmt::Display for Direction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::In => "in",
            Self::Out => "out",
        })
    }
}

/// A message as it went over a connection, with secrets masked.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapMessage {
    /// When it was received, or handed to the socket, by this machine's clock.
    pub time: SystemTime,
    /// Which connection of the client it went over, from 1. During a
    /// [renewal](crate::Client::renew) there are two.
    pub connection: u64,
    /// Which way it went.
    pub direction: Direction,
    /// The whole text, frames included. Each UTF-16 unit of a token, or of a header's value that is
    /// a secret, is a `*`, so that the lengths of frames are right.
    ///
    /// A binary message is shown as text, with U+FFFD for what is not UTF-8.
    pub text: Arc<str>,
    /// Whether it was a binary message.
    pub is_binary: bool,
}

impl TapMessage {
    /// The JSON of each message in the text, for
    /// [`ServerMessage::decode`](crate::wire::ServerMessage::decode) or
    /// [`ClientMessage::decode`](crate::wire::ClientMessage::decode). Heartbeats are left out.
    pub fn payloads(&self) -> impl Iterator<Item = &str> {
        split(&self.text).filter_map(|frame| match frame {
            Ok(Frame::Json(payload)) => Some(payload),
            _ => None,
        })
    }
}

/// What a [`Tap`] reports.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum TapEvent {
    /// A message in either direction.
    Message(TapMessage),
    /// A connection was opened. The server has not greeted yet.
    Opened {
        /// When.
        time: SystemTime,
        /// Its number, from 1.
        connection: u64,
    },
    /// A connection has ended.
    Closed {
        /// When.
        time: SystemTime,
        /// Its number, from 1.
        connection: u64,
        /// Why; `None` if another connection has taken its place.
        reason: Option<ClientError>,
        /// The sessions that were made by hand on it. They are gone, and are not created again.
        lost_sessions: Vec<SessionId>,
    },
    /// The reader was too slow: events before the next one were dropped.
    Lagged {
        /// How many events.
        missed: u64,
    },
}

/// A stream of every message of a client, in both directions, from now on.
///
/// At most 4,096 events of 8 MiB wait; older ones are dropped, and reported as
/// [`Lagged`](TapEvent::Lagged). A client without a tap spends nothing on it; one with a tap copies
/// each message once. The stream ends after the client has.
///
/// ```no_run
/// use tv_client::wire::TapEvent;
///
/// # async fn run(client: tv_client::Client) {
/// let mut tap = client.tap();
/// while let Some(event) = tap.next().await {
///     if let TapEvent::Message(message) = event {
///         println!("{} {}", message.direction, message.text);
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Tap {
    queue: Mailbox<TapQueue>,
}

impl Tap {
    /// The next event; `None` after the client's end.
    ///
    /// ```no_run
    /// # use tv_client::wire::TapEvent;
    /// # async fn run(mut tap: tv_client::wire::Tap) {
    /// while let Some(event) = tap.next().await {
    ///     if let TapEvent::Lagged { missed } = event {
    ///         eprintln!("{missed} events were not seen");
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// Cancel-safe: an event is either returned or still there.
    pub async fn next(&mut self) -> Option<TapEvent> {
        poll_fn(|context| self.queue.poll(context, TapQueue::take)).await
    }
}

impl futures_core::Stream for Tap {
    type Item = TapEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<TapEvent>> {
        self.queue.poll(context, TapQueue::take)
    }
}

/// Events in their order.
#[derive(Debug, Default)]
struct TapQueue {
    waiting: VecDeque<TapEvent>,
    /// Of the texts in `waiting`.
    bytes: usize,
    missed: u64,
    is_over: bool,
}

impl TapQueue {
    fn push(&mut self, event: TapEvent) {
        self.bytes += size(&event);
        self.waiting.push_back(event);
        // The newest one stays, however large it is: the transport bounds it.
        while self.waiting.len() > MAX_EVENTS
            || (self.bytes > MAX_WAITING_BYTES && self.waiting.len() > 1)
        {
            if self.pop().is_some() {
                self.missed += 1;
            }
        }
    }

    fn pop(&mut self) -> Option<TapEvent> {
        let event = self.waiting.pop_front()?;
        self.bytes -= size(&event);
        Some(event)
    }

    fn take(&mut self) -> Option<Option<TapEvent>> {
        if self.missed > 0 {
            let missed = std::mem::take(&mut self.missed);
            return Some(Some(TapEvent::Lagged { missed }));
        }
        let event = self.pop();
        (event.is_some() || self.is_over).then_some(event)
    }
}

fn size(event: &TapEvent) -> usize {
    match event {
        TapEvent::Message(message) => message.text.len(),
        _ => 0,
    }
}

/// The taps of a client. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taps(Arc<Hub>);

#[derive(Debug, Default)]
struct Hub {
    /// Whether there may be a tap.
    is_active: AtomicBool,
    /// Connections that were opened.
    connections: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taps: Vec<(Mailbox<TapQueue>, Anchor)>,
    is_over: bool,
}

/// One moment by both clocks.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    monotonic: Instant,
    wall: SystemTime,
}

impl Anchor {
    fn wall(&self, now: Instant) -> SystemTime {
        let later = self.wall + now.saturating_duration_since(self.monotonic);
        later - self.monotonic.saturating_duration_since(now)
    }
}

impl Taps {
    /// Whether anything needs to be reported.
    #[inline]
    pub(crate) fn is_active(&self) -> bool {
        self.0.is_active.load(Ordering::Relaxed)
    }

    /// The number of a connection that was opened now.
    pub(crate) fn count_connection(&self) -> u64 {
        self.0.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can panic, so a poisoned one is as good as any.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stream of what is reported from now on.
    pub(crate) fn tap(&self) -> Tap {
        let mut state = self.lock();
        let queue = Mailbox::new(TapQueue {
            is_over: state.is_over,
            ..TapQueue::default()
        });
        let anchor = Anchor {
            monotonic: tokio::time::Instant::now().into_std(),
            wall: SystemTime::now(),
        };
        state.taps.push((queue.clone(), anchor));
        self.0.is_active.store(true, Ordering::Relaxed);
        Tap { queue }
    }

    /// Reports an event to each tap, with the time by its clock.
    pub(crate) fn report(&self, now: Instant, event: impl Fn(SystemTime) -> TapEvent) {
        let mut state = self.lock();
        state.taps.retain(|(queue, _)| queue.has_reader());
        self.0
            .is_active
            .store(!state.taps.is_empty(), Ordering::Relaxed);
        for (queue, anchor) in &state.taps {
            let event = event(anchor.wall(now));
            queue.change(|queue| queue.push(event));
        }
    }

    fn end(&self) {
        let mut state = self.lock();
        state.is_over = true;
        self.0.is_active.store(false, Ordering::Relaxed);
        for (queue, _) in state.taps.drain(..) {
            queue.change(|queue| queue.is_over = true);
        }
    }
}

/// Ends the taps of a client when it is dropped, with the client's task.
#[derive(Debug)]
pub(crate) struct TapsEnd(pub(crate) Taps);

impl Drop for TapsEnd {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn message(time: SystemTime, text: &str) -> TapEvent {
        TapEvent::Message(TapMessage {
            time,
            connection: 1,
            direction: Direction::In,
            text: text.into(),
            is_binary: false,
        })
    }

    #[tokio::test]
    async fn a_slow_tap_learns_how_much_it_missed_and_gets_the_newest() {
        let taps = Taps::default();
        let (mut tap, gone) = (taps.tap(), taps.tap());
        drop(gone);
        for number in 0..5_000 {
            taps.report(Instant::now(), |time| message(time, &number.to_string()));
        }
        assert_eq!(taps.lock().taps.len(), 1, "one has gone");
        assert_eq!(tap.next().await, Some(TapEvent::Lagged { missed: 904 }));
        let Some(TapEvent::Message(first)) = tap.next().await else {
            panic!("no message");
        };
        assert_eq!(&*first.text, "904");
        let end = TapsEnd(taps.clone());
        drop(end);
        let mut left = 0;
        while tap.next().await.is_some() {
            left += 1;
        }
        assert_eq!(left, MAX_EVENTS - 1);
        assert_eq!(taps.tap().next().await, None, "the client has ended");
    }

    #[tokio::test]
    async fn what_waits_is_bounded_in_bytes() {
        let taps = Taps::default();
        let mut tap = taps.tap();
        let text = "x".repeat(MAX_WAITING_BYTES / 2);
        for _ in 0..3 {
            taps.report(Instant::now(), |time| message(time, &text));
        }
        assert_eq!(tap.next().await, Some(TapEvent::Lagged { missed: 1 }));
        let huge = "x".repeat(MAX_WAITING_BYTES + 1);
        taps.report(Instant::now(), |time| message(time, &huge));
        assert_eq!(tap.next().await, Some(TapEvent::Lagged { missed: 2 }));
        let next = tap.next().await;
        assert!(matches!(next, Some(TapEvent::Message(it)) if it.text.len() == huge.len()));
    }

    #[tokio::test]
    async fn a_tap_that_is_dropped_costs_nothing_after_the_next_message() {
        let taps = Taps::default();
        assert!(!taps.is_active());
        drop(taps.tap());
        assert!(taps.is_active());
        taps.report(Instant::now(), |time| message(time, ""));
        assert!(!taps.is_active());
    }

    #[test]
    fn times_are_of_the_wall_clock_in_the_distance_of_the_monotonic_one() {
        let anchor = Anchor {
            monotonic: Instant::now() + Duration::from_secs(100),
            wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000),
        };
        for (monotonic, wall) in [(100, 1_000), (107, 1_007), (40, 940)] {
            let start = anchor.monotonic - Duration::from_secs(100);
            let time = anchor.wall(start + Duration::from_secs(monotonic));
            assert_eq!(time, SystemTime::UNIX_EPOCH + Duration::from_secs(wall));
        }
    }
}
