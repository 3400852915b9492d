//! Counts what happens, for [`Metrics`] and, with the feature `metrics`, for the facade of that
//! name.
//!
//! Names begin with `tv_transport_`; the one label besides kinds is the name of the connection.

use std::time::{Duration, Instant};

use super::{health::Metrics, state::StateChange};
use crate::{
    fault::Fault,
    monitor::QueueFill,
    process::ProcessUsage,
    protocol::{MessageKind, Protocol},
};

/// The counters of one supervised connection.
#[derive(Debug)]
pub(crate) struct Meters {
    counts: Metrics,
    last_message: Option<Instant>,
    attempt_at: Option<Instant>,
    connected_at: Option<Instant>,
    /// When a connection ended whose successor has not received anything yet.
    lost_at: Option<Instant>,
    /// When to set the gauges again.
    gauges_at: Option<Instant>,
    /// When the first message of this turn came in.
    turn_began: Option<Instant>,
    /// How full the queue of commands was at the latest turn.
    commands: Option<QueueFill>,
    facade: Facade,
}

impl Meters {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            counts: Metrics::default(),
            last_message: None,
            attempt_at: None,
            connected_at: None,
            lost_at: None,
            gauges_at: None,
            turn_began: None,
            commands: None,
            facade: Facade::new(name),
        }
    }

    pub(crate) fn received(&mut self, now: Instant, kind: MessageKind, size: usize) {
        self.counts.messages_received += 1;
        self.counts.bytes_received += size as u64;
        self.last_message = Some(now);
        self.turn_began.get_or_insert(now);
        self.facade.received(kind, size);
        if let Some(lost_at) = self.lost_at.take() {
            let recovery = now.saturating_duration_since(lost_at);
            self.counts.last_recovery = Some(recovery);
            self.facade.recovered(recovery);
        }
    }

    pub(crate) fn sent(&mut self, kind: MessageKind, size: usize) {
        self.counts.messages_sent += 1;
        self.counts.bytes_sent += size as u64;
        self.facade.sent(kind, size);
    }

    /// An attempt begins; `reason` is the class of the latest fault, if a connection has not been
    /// stable since.
    pub(crate) fn attempt(&mut self, now: Instant, reason: Option<&'static str>) {
        let again = self.counts.connections > 0;
        self.counts.connections += 1;
        self.counts.reconnections += u64::from(again);
        self.attempt_at = Some(now);
        self.facade.attempt(again.then(|| reason.unwrap_or("none")));
    }

    pub(crate) fn connected(&mut self, now: Instant) {
        self.connected_at = Some(now);
        if let Some(at) = self.attempt_at.take() {
            self.facade.connected(now.saturating_duration_since(at));
        }
    }

    /// A connection ended, or an attempt failed.
    pub(crate) fn ended(&mut self, now: Instant) {
        // The turn has not come to its end.
        self.turn_began = None;
        if self.connected_at.take().is_some() {
            self.lost_at.get_or_insert(now);
        }
    }

    pub(crate) fn fault(&mut self, fault: &Fault) {
        self.counts.errors += 1;
        self.facade.fault(fault.class());
    }

    pub(crate) fn state<P: Protocol>(&mut self, now: Instant, protocol: &P, change: &StateChange) {
        self.facade.state(change.to, change.attempt);
        self.gauges_at = None;
        self.set_gauges(now, protocol);
    }

    /// A turn begins. What the messages of the last one asked for is done.
    pub(crate) fn turn<P: Protocol>(&mut self, now: Instant, protocol: &P, commands: &QueueFill) {
        if let Some(began) = self.turn_began.take() {
            let time = now.saturating_duration_since(began);
            self.counts.processing_time = self.counts.processing_time.saturating_add(time);
            self.counts.longest_processing = self.counts.longest_processing.max(time);
            self.facade.processed(time);
        }
        if !Facade::IS_SILENT {
            self.commands = Some(commands.clone());
        }
        self.set_gauges(now, protocol);
    }

    /// Sets the gauges, at most once a second.
    fn set_gauges<P: Protocol>(&mut self, now: Instant, protocol: &P) {
        if Facade::IS_SILENT || self.gauges_at.is_some_and(|at| now < at) {
            return;
        }
        self.gauges_at = Some(now + GAUGES);
        let since = |at: Option<Instant>| at.map(|at| now.saturating_duration_since(at));
        self.facade.uptime(since(self.connected_at));
        self.facade.last_message_age(since(self.last_message));
        self.facade.subscriptions(protocol.subscriptions());
        self.facade.queue_bytes(protocol.queued_bytes());
        for queue in protocol.queues().into_iter().chain(self.commands.clone()) {
            self.facade.queue_fill(&queue);
        }
        if let Some(usage) = ProcessUsage::now() {
            self.facade.process(usage);
        }
    }

    pub(crate) fn snapshot(&self, now: Instant) -> Metrics {
        let since = |at| now.saturating_duration_since(at);
        Metrics {
            connection_uptime: self.connected_at.map(since),
            ..self.counts
        }
    }

    pub(crate) fn last_message_age(&self, now: Instant) -> Option<Duration> {
        self.last_message
            .map(|at| now.saturating_duration_since(at))
    }
}

/// How often gauges are set.
const GAUGES: Duration = Duration::from_secs(1);

#[cfg(feature = "metrics")]
use facade::Facade;
#[cfg(not(feature = "metrics"))]
use silent::Facade;

#[cfg(feature = "metrics")]
mod facade {
    //! The counters in the `metrics` facade.

    use std::{fmt, time::Duration};

    use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

    use crate::{
        monitor::QueueFill,
        process::ProcessUsage,
        protocol::{MessageKind, SubscriptionCounts},
        supervisor::state::State,
    };

    /// Handles, made once so that the hot path looks nothing up.
    pub(super) struct Facade {
        name: String,
        texts_received: Counter,
        binaries_received: Counter,
        texts_sent: Counter,
        binaries_sent: Counter,
        bytes_received: Counter,
        bytes_sent: Counter,
        connections: Counter,
        uptime: Gauge,
        last_message_age: Gauge,
        pending: Gauge,
        confirmed: Gauge,
        unsubscribing: Gauge,
        queue_bytes: Gauge,
        state: Gauge,
        attempt: Gauge,
        connect_seconds: Histogram,
        recover_seconds: Histogram,
        processing_seconds: Histogram,
    }

    impl Facade {
        pub(super) const IS_SILENT: bool = false;

        pub(super) fn new(name: &str) -> Self {
            let connection = || name.to_owned();
            let subscriptions = |state: &'static str| gauge!("tv_transport_subscriptions", "connection" => connection(), "state" => state);
            let received = |kind: MessageKind| counter!("tv_transport_messages_received", "connection" => connection(), "kind" => kind.name());
            let sent = |kind: MessageKind| counter!("tv_transport_messages_sent", "connection" => connection(), "kind" => kind.name());
            Self {
                name: name.to_owned(),
                texts_received: received(MessageKind::Text),
                binaries_received: received(MessageKind::Binary),
                texts_sent: sent(MessageKind::Text),
                binaries_sent: sent(MessageKind::Binary),
                bytes_received: counter!("tv_transport_bytes_received", "connection" => connection()),
                bytes_sent: counter!("tv_transport_bytes_sent", "connection" => connection()),
                connections: counter!("tv_transport_connections", "connection" => connection()),
                uptime: gauge!("tv_transport_connection_uptime", "connection" => connection()),
                last_message_age: gauge!("tv_transport_last_message_age", "connection" => connection()),
                pending: subscriptions("pending"),
                confirmed: subscriptions("confirmed"),
                unsubscribing: subscriptions("unsubscribing"),
                queue_bytes: gauge!("tv_transport_queue_bytes", "connection" => connection()),
                state: gauge!("tv_transport_state", "connection" => connection()),
                attempt: gauge!("tv_transport_backoff_attempt", "connection" => connection()),
                connect_seconds: histogram!("tv_transport_connect_seconds", "connection" => connection()),
                recover_seconds: histogram!("tv_transport_recover_seconds", "connection" => connection()),
                processing_seconds: histogram!("tv_transport_processing_seconds", "connection" => connection()),
            }
        }

        pub(super) fn received(&self, kind: MessageKind, size: usize) {
            match kind {
                MessageKind::Text => self.texts_received.increment(1),
                MessageKind::Binary => self.binaries_received.increment(1),
            }
            self.bytes_received.increment(size as u64);
        }

        pub(super) fn sent(&self, kind: MessageKind, size: usize) {
            match kind {
                MessageKind::Text => self.texts_sent.increment(1),
                MessageKind::Binary => self.binaries_sent.increment(1),
            }
            self.bytes_sent.increment(size as u64);
        }

        /// `again`: why, unless it is the first.
        pub(super) fn attempt(&self, again: Option<&'static str>) {
            self.connections.increment(1);
            if let Some(reason) = again {
                counter!("tv_transport_reconnections", "connection" => self.name.clone(), "reason" => reason)
                    .increment(1);
            }
        }

        pub(super) fn connected(&self, after: Duration) {
            self.connect_seconds.record(after);
        }

        pub(super) fn recovered(&self, after: Duration) {
            self.recover_seconds.record(after);
        }

        pub(super) fn processed(&self, time: Duration) {
            self.processing_seconds.record(time);
        }

        pub(super) fn queue_fill(&self, queue: &QueueFill) {
            gauge!("tv_transport_queue_fill", "connection" => self.name.clone(), "queue" => queue.name.clone())
                .set(queue.share());
        }

        /// Of the whole process, whichever connection sets them.
        pub(super) fn process(&self, usage: ProcessUsage) {
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a double")]
            gauge!("tv_process_memory_bytes").set(usage.memory_bytes as f64);
            gauge!("tv_process_cpu_seconds").set(usage.cpu_time);
        }

        pub(super) fn fault(&self, class: &'static str) {
            counter!("tv_transport_errors", "connection" => self.name.clone(), "kind" => class)
                .increment(1);
        }

        pub(super) fn state(&self, state: State, attempt: u32) {
            self.state.set(match state {
                State::Disconnected => 0.0,
                State::Connecting => 1.0,
                State::Connected => 2.0,
                State::Reconnecting => 3.0,
                State::Closing => 4.0,
                State::Closed => 5.0,
            });
            self.attempt.set(attempt);
        }

        pub(super) fn uptime(&self, uptime: Option<Duration>) {
            self.uptime.set(uptime.unwrap_or_default());
        }

        pub(super) fn last_message_age(&self, age: Option<Duration>) {
            self.last_message_age.set(age.unwrap_or_default());
        }

        pub(super) fn queue_bytes(&self, bytes: usize) {
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a double")]
            self.queue_bytes.set(bytes as f64);
        }

        pub(super) fn subscriptions(&self, counts: SubscriptionCounts) {
            let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
            self.pending.set(number(counts.pending));
            self.confirmed.set(number(counts.confirmed));
            self.unsubscribing.set(number(counts.unsubscribing));
        }
    }

    impl fmt::Debug for Facade {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Facade").finish_non_exhaustive()
        }
    }
}

#[cfg(not(feature = "metrics"))]
mod silent {
    //! Without the feature `metrics`: nothing is recorded.

    use std::time::Duration;

    use crate::{
        monitor::QueueFill,
        process::ProcessUsage,
        protocol::{MessageKind, SubscriptionCounts},
        supervisor::state::State,
    };

    #[derive(Debug)]
    pub(super) struct Facade;

    impl Facade {
        pub(super) const IS_SILENT: bool = true;

        pub(super) fn new(_name: &str) -> Self {
            Self
        }
        pub(super) fn received(&self, _kind: MessageKind, _size: usize) {}
        pub(super) fn sent(&self, _kind: MessageKind, _size: usize) {}
        pub(super) fn attempt(&self, _again: Option<&'static str>) {}
        pub(super) fn connected(&self, _after: Duration) {}
        pub(super) fn recovered(&self, _after: Duration) {}
        pub(super) fn processed(&self, _time: Duration) {}
        pub(super) fn queue_fill(&self, _queue: &QueueFill) {}
        pub(super) fn process(&self, _usage: ProcessUsage) {}
        pub(super) fn fault(&self, _class: &'static str) {}
        pub(super) fn state(&self, _state: State, _attempt: u32) {}
        pub(super) fn uptime(&self, _uptime: Option<Duration>) {}
        pub(super) fn last_message_age(&self, _age: Option<Duration>) {}
        pub(super) fn queue_bytes(&self, _bytes: usize) {}
        pub(super) fn subscriptions(&self, _counts: SubscriptionCounts) {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        close::CloseReason,
        protocol::{Outgoing, Status},
    };

    struct Mute;

    impl Protocol for Mute {
        type Command = ();
        type Event = ();

        fn on_open(&mut self, _: u64, _: Instant) {}
        fn handle_command(&mut self, _: Instant, (): ()) {}
        fn handle_text(&mut self, _: Instant, _: &str) {}
        fn handle_binary(&mut self, _: Instant, _: &[u8]) {}
        fn handle_timeout(&mut self, _: Instant) {}
        fn handle_close(&mut self, _: Instant, _: &CloseReason) {}
        fn poll_transmit(&mut self) -> Option<Outgoing> {
            None
        }
        fn poll_timeout(&self) -> Option<Instant> {
            None
        }
        fn poll_event(&mut self) -> Option<()> {
            None
        }
        fn status(&self) -> Status {
            Status::Ready
        }
    }

    #[cfg(feature = "metrics")]
    #[test]
    fn gauges_are_set_at_most_once_a_second() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut meters = Meters::new("probe");
        for (ms, next) in [
            (0, 1_000),
            (1, 1_000),
            (999, 1_000),
            (1_000, 2_000),
            (2_500, 3_500),
        ] {
            meters.turn(at(ms), &Mute, &QueueFill::default());
            assert_eq!(meters.gauges_at, Some(at(next)), "at {ms} ms");
        }
        assert!(format!("{meters:?}").contains("Facade"));
    }

    #[test]
    fn processing_is_the_time_from_the_first_message_of_a_turn_to_the_next_turn() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut meters = Meters::new("probe");
        let turn = |meters: &mut Meters, ms| meters.turn(at(ms), &Mute, &QueueFill::default());
        turn(&mut meters, 0);
        meters.received(at(100), MessageKind::Text, 1);
        meters.received(at(102), MessageKind::Text, 1);
        turn(&mut meters, 107);
        turn(&mut meters, 200);
        meters.received(at(300), MessageKind::Text, 1);
        turn(&mut meters, 303);
        // What came last before a loss does not last until the next connection.
        meters.received(at(400), MessageKind::Text, 1);
        meters.ended(at(401));
        turn(&mut meters, 9_000);
        let counts = meters.snapshot(at(9_000));
        assert_eq!(counts.processing_time, Duration::from_millis(10));
        assert_eq!(counts.longest_processing, Duration::from_millis(7));
    }
}
