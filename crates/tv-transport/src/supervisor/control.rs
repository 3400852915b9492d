//! The state of a supervisor other than the protocol: its machine, its counters, and the requests
//! of its handles.

use std::{
    task::{Context, Poll},
    time::Instant,
};

use rand::rngs::StdRng;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    config::SupervisorConfig,
    event::SupervisorEvent,
    health::{Health, LastError},
    machine::{Machine, Step},
    meters::Meters,
    state::{State, StateChange},
};
use crate::{
    clock::now,
    close::CloseReason,
    drive_loop::Observer,
    endpoint::Endpoint,
    fault::Fault,
    monitor::QueueFill,
    process::ProcessUsage,
    protocol::{MessageKind, Protocol, Status},
};

/// A request of a handle.
#[derive(Debug)]
pub(crate) enum ControlRequest {
    /// Close, at the latest by this instant.
    Close(tokio::time::Instant),
    /// Report the health.
    Health(oneshot::Sender<Health>),
    /// Use these endpoints from the next attempt on.
    Endpoints(Vec<Endpoint>),
}

/// The state of a supervisor other than the protocol.
#[derive(Debug)]
pub(crate) struct Control {
    name: Box<str>,
    pub(crate) machine: Machine<StdRng>,
    requests: mpsc::Receiver<ControlRequest>,
    published: watch::Sender<Health>,
    meters: Meters,
    endpoints: Vec<Endpoint>,
    /// The endpoint to connect to, after [`Step::Connect`].
    pub(crate) target: Option<Endpoint>,
    /// The address of the open connection or the latest attempt, without secrets.
    address: Box<str>,
}

impl Control {
    pub(crate) fn new(
        config: &SupervisorConfig,
        random: StdRng,
        requests: mpsc::Receiver<ControlRequest>,
    ) -> (Self, watch::Receiver<Health>) {
        let machine = Machine::new(
            &config.endpoints,
            config.policy.clone(),
            config.limiter.clone(),
            random,
        );
        let meters = Meters::new(&config.name);
        let health = Health {
            name: config.name.to_string(),
            endpoint: String::new(),
            state: machine.state(),
            is_connected: false,
            is_ready: false,
            subscriptions: crate::protocol::SubscriptionCounts::default(),
            queue_bytes: 0,
            queues: Vec::new(),
            requests: Vec::new(),
            process: None,
            reconnect_attempts: 0,
            last_message_age: None,
            metrics: meters.snapshot(now()),
            generation: 0,
            last_error: None,
            stale_streams: Vec::new(),
            suspended_streams: Vec::new(),
            next_attempt_in: None,
        };
        let (published, watched) = watch::channel(health);
        let control = Self {
            name: config.name.clone(),
            machine,
            requests,
            published,
            meters,
            endpoints: config.endpoints.clone(),
            target: None,
            address: Box::default(),
        };
        (control, watched)
    }

    /// Carries out and reports the decisions of the machine.
    pub(crate) fn publish_steps<P: Protocol>(
        &mut self,
        now: Instant,
        protocol: &P,
        on_event: &mut impl FnMut(SupervisorEvent<P::Event>),
    ) {
        while let Some(step) = self.machine.poll_step() {
            match step {
                Step::Connect { endpoint } => {
                    self.target = self.endpoints.get(endpoint).cloned();
                    let target = self.target.as_ref();
                    self.address = target.map(Endpoint::to_string).unwrap_or_default().into();
                    let reason = self.machine.last_fault().map(Fault::class);
                    self.meters.attempt(now, reason);
                }
                Step::RefreshAuth => {
                    tracing::warn!(connection = %self.name, "credentials rejected");
                    on_event(SupervisorEvent::RefreshAuth);
                }
                Step::State(change) => {
                    self.log(now, &change);
                    self.meters.state(now, protocol, &change);
                    let health = self.health(now, protocol, None);
                    self.published.send_replace(health);
                    on_event(SupervisorEvent::State(change));
                }
            }
        }
    }

    fn log(&self, now: Instant, change: &StateChange) {
        let connection = &*self.name;
        let StateChange {
            generation,
            attempt,
            ..
        } = *change;
        match change.to {
            State::Connected => tracing::info!(connection, generation, "connected"),
            State::Reconnecting => {
                let error = self.machine.last_fault().map(Fault::explain);
                let wait = change
                    .next_attempt
                    .map(|at| at.saturating_duration_since(now));
                tracing::warn!(
                    connection,
                    generation,
                    attempt,
                    ?wait,
                    error,
                    "reconnecting"
                );
            }
            State::Closed if self.machine.gave_up() => {
                let error = self.machine.last_fault().map(Fault::explain);
                tracing::error!(connection, generation, attempt, error, "gave up");
            }
            State::Closed => tracing::info!(connection, generation, "closed"),
            State::Disconnected | State::Connecting | State::Closing => {
                tracing::debug!(connection, generation, attempt, state = %change.to, "state");
            }
        }
    }

    /// The machine's answer to an open socket: the generation. A connector may have opened it to
    /// another address than the one of the attempt, after a redirect for example.
    pub(crate) fn connected(&mut self, now: Instant, address: &str) -> u64 {
        self.address = address.into();
        self.meters.connected(now);
        self.machine.handle_connected(now)
    }

    /// An attempt failed or a connection ended.
    pub(crate) fn ended<P: Protocol>(&mut self, now: Instant, protocol: &P, fault: &Fault) {
        self.meters.ended(now);
        if !matches!(fault, Fault::Closed(CloseReason::Local)) {
            self.meters.fault(fault);
        }
        self.machine
            .handle_fault(now, fault, protocol.classify(fault));
    }

    /// Answers the requests of handles. Ready once one of them asks to close.
    pub(crate) fn poll_control<P: Protocol>(
        &mut self,
        cx: &mut Context<'_>,
        protocol: &P,
        commands: &QueueFill,
    ) -> Poll<tokio::time::Instant> {
        loop {
            match self.requests.poll_recv(cx) {
                Poll::Ready(Some(ControlRequest::Close(by))) => return Poll::Ready(by),
                Poll::Ready(Some(ControlRequest::Health(reply))) => {
                    let health = self.health(now(), protocol, Some(commands));
                    // The caller may have gone.
                    let _ = reply.send(health);
                }
                Poll::Ready(Some(ControlRequest::Endpoints(endpoints))) => {
                    self.machine.set_endpoints(&endpoints);
                    self.endpoints = endpoints;
                }
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn health<P: Protocol>(
        &self,
        now: Instant,
        protocol: &P,
        commands: Option<&QueueFill>,
    ) -> Health {
        let state = self.machine.state();
        let subscriptions = protocol.subscriptions();
        let is_connected = state == State::Connected;
        let stale_streams = protocol.stale_streams(now);
        let suspended_streams = protocol.suspended_streams(now);
        let next_attempt = (state == State::Reconnecting)
            .then(|| self.machine.poll_timeout())
            .flatten();
        Health {
            name: self.name.to_string(),
            endpoint: self.address.to_string(),
            state,
            is_connected,
            is_ready: is_connected
                && protocol.status() == Status::Ready
                && subscriptions.pending == 0
                && stale_streams.is_empty()
                && suspended_streams.is_empty(),
            subscriptions,
            queue_bytes: protocol.queued_bytes(),
            queues: commands
                .cloned()
                .into_iter()
                .chain(protocol.queues())
                .collect(),
            requests: protocol.request_latencies(),
            process: ProcessUsage::now(),
            reconnect_attempts: self.machine.attempts(),
            last_message_age: self.meters.last_message_age(now),
            metrics: self.meters.snapshot(now),
            generation: self.machine.generation(),
            last_error: self.machine.last_fault().map(LastError::from),
            stale_streams,
            suspended_streams,
            next_attempt_in: next_attempt.map(|at| at.saturating_duration_since(now)),
        }
    }
}

/// The control and the owner, while a connection is driven.
pub(crate) struct Supervised<'a, F> {
    pub(crate) control: &'a mut Control,
    pub(crate) on_event: &'a mut F,
}

impl<P, F> Observer<P> for Supervised<'_, F>
where
    P: Protocol,
    F: FnMut(SupervisorEvent<P::Event>),
{
    fn event(&mut self, event: P::Event) {
        (self.on_event)(SupervisorEvent::Protocol(event));
    }

    fn poll_stop(
        &mut self,
        cx: &mut Context<'_>,
        protocol: &P,
        commands: &QueueFill,
    ) -> Poll<tokio::time::Instant> {
        self.control.poll_control(cx, protocol, commands)
    }

    fn turn(&mut self, now: Instant, protocol: &P, commands: &QueueFill) {
        self.control.meters.turn(now, protocol, commands);
    }

    fn received(&mut self, now: Instant, kind: MessageKind, size: usize) {
        self.control.meters.received(now, kind, size);
        self.control.machine.handle_message(now);
    }

    fn sent(&mut self, kind: MessageKind, size: usize) {
        self.control.meters.sent(kind, size);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.control.machine.poll_timeout()
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.control.machine.handle_timeout(now);
    }

    fn stopping(&mut self, now: Instant, protocol: &P) {
        self.control.machine.handle_close(now);
        self.control.publish_steps(now, protocol, self.on_event);
    }
}
