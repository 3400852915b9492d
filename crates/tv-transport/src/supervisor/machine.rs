//! The supervisor's decisions, without a socket, a clock or a runtime.
//!
//! Knows states, delays, hosts and the recovery from each fault. Instants and randomness come in.
//! Attempts, changes of state and requests for new credentials come out. Its neighbours are the
//! runner, which carries out its decisions, and the [`ConnectLimiter`], which it asks before each
//! attempt.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use rand::Rng;

use super::{
    backoff::{Backoff, between},
    breaker::Breaker,
    policy::ReconnectPolicy,
    state::{State, StateChange},
};
use crate::{
    close::CloseReason, endpoint::Endpoint, fault::Fault, limiter::ConnectLimiter,
    recovery::Recovery,
};

/// Decides when to connect, to which endpoint, and when to give up.
///
/// # The drive loop
///
/// After each call of [`start`](Self::start) or `handle_*` take every
/// [`poll_step`](Self::poll_step). Then wait for what the state requires, at most until
/// [`poll_timeout`](Self::poll_timeout):
///
/// - [`State::Connecting`] - connect to the endpoint of [`Step::Connect`], then call
///   [`handle_connected`](Self::handle_connected) or [`handle_fault`](Self::handle_fault).
/// - [`State::Connected`] - drive; call [`handle_message`](Self::handle_message) for each received
///   message, and [`handle_fault`](Self::handle_fault) at the end.
/// - [`State::Closing`] - close, then call [`handle_fault`](Self::handle_fault) with the end.
/// - [`State::Closed`] - stop.
///
/// `now` never goes back. An early or repeated [`handle_timeout`](Self::handle_timeout) is a no-op.
#[derive(Debug)]
pub struct Machine<R> {
    policy: ReconnectPolicy,
    limiter: ConnectLimiter,
    random: R,
    hosts: Vec<Host>,
    /// An index into `hosts`.
    host: usize,
    /// Failures of this host in a row.
    host_failures: u32,
    state: State,
    generation: u64,
    backoff: Backoff,
    breaker: Breaker,
    /// New credentials were asked for since the last stable connection.
    refreshed: bool,
    /// In [`State::Reconnecting`].
    next_attempt: Option<Instant>,
    /// When this connection will count as stable; set by its first message.
    stable_at: Option<Instant>,
    last_fault: Option<Fault>,
    gave_up: bool,
    steps: VecDeque<Step>,
}

/// What to do or to report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a runner must do each of them")]
pub enum Step {
    /// The state changed.
    State(StateChange),
    /// Connect to the endpoint of this index.
    Connect {
        /// Into the list that the machine was made with.
        endpoint: usize,
    },
    /// The peer does not accept our credentials: get new ones before the next attempt.
    RefreshAuth,
}

/// What the machine needs to know of an endpoint.
#[derive(Debug)]
struct Host {
    name: Box<str>,
    /// Connections to this machine are not limited.
    loopback: bool,
}

impl<R: Rng> Machine<R> {
    /// Makes a machine for endpoints that are tried in turn, in [`State::Disconnected`].
    ///
    /// Without endpoints it closes when started.
    #[must_use]
    pub fn new(
        endpoints: &[Endpoint],
        policy: ReconnectPolicy,
        limiter: ConnectLimiter,
        random: R,
    ) -> Self {
        Self {
            hosts: hosts_of(endpoints),
            backoff: policy.backoff(),
            policy,
            limiter,
            random,
            host: 0,
            host_failures: 0,
            state: State::Disconnected,
            generation: 0,
            breaker: Breaker::new(),
            refreshed: false,
            next_attempt: None,
            stable_at: None,
            last_fault: None,
            gave_up: false,
            steps: VecDeque::new(),
        }
    }

    /// Replaces the endpoints, from the next attempt on; the first of them is tried first.
    ///
    /// A [`Step::Connect`] that was given before means the earlier list.
    pub fn set_endpoints(&mut self, endpoints: &[Endpoint]) {
        self.hosts = hosts_of(endpoints);
        self.host = 0;
        self.host_failures = 0;
    }

    /// Starts the first attempt, at once or as soon as the limiter allows. Later calls do nothing.
    pub fn start(&mut self, now: Instant) {
        if self.state == State::Disconnected {
            self.attempt(now);
        }
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.state {
            State::Reconnecting if self.next_attempt.is_some_and(|at| at <= now) => {
                self.attempt(now);
            }
            State::Connected if self.stable_at.is_some_and(|at| at <= now) => self.stable(),
            _ => {}
        }
    }

    /// The attempt has led to an open socket. Returns the generation of the new connection.
    pub fn handle_connected(&mut self, _now: Instant) -> u64 {
        if self.state == State::Connecting {
            self.generation = self.generation.saturating_add(1);
            self.stable_at = None;
            self.become_state(State::Connected);
        }
        self.generation
    }

    /// A message of the peer has come in.
    pub fn handle_message(&mut self, now: Instant) {
        if self.state == State::Connected && self.stable_at.is_none() && !self.is_settled() {
            self.stable_at = Some(now + self.policy.stable_after);
        }
    }

    /// The attempt has failed, or the connection has ended. `recovery` is the protocol's
    /// recommendation.
    pub fn handle_fault(&mut self, now: Instant, fault: &Fault, recovery: Recovery) {
        match self.state {
            State::Closing => return self.close(),
            State::Connecting | State::Connected => {}
            State::Disconnected | State::Reconnecting | State::Closed => return,
        }
        self.handle_timeout(now);
        self.stable_at = None;
        if matches!(fault, Fault::Closed(CloseReason::Local)) && recovery == Recovery::GiveUp {
            return self.close();
        }
        self.last_fault = Some(fault.clone());
        self.note_failure(now, fault);
        let spent = |most| self.backoff.made() >= most;
        if recovery == Recovery::GiveUp || self.policy.max_attempts.is_some_and(spent) {
            self.gave_up = true;
            return self.close();
        }
        let at = now + self.delay(fault, recovery);
        self.next_attempt = Some(at);
        self.become_state(State::Reconnecting);
        if recovery == Recovery::RefreshAuth {
            self.refreshed = true;
            self.steps.push_back(Step::RefreshAuth);
        }
    }

    /// Begins to close: an open connection goes through the close handshake, anything else ends
    /// here.
    pub fn handle_close(&mut self, _now: Instant) {
        match self.state {
            State::Connected => self.become_state(State::Closing),
            State::Closing | State::Closed => {}
            State::Disconnected | State::Connecting | State::Reconnecting => self.close(),
        }
    }

    /// The next step to do or to report, in order.
    #[must_use]
    pub fn poll_step(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) at the latest, or `None` for never.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Reconnecting => self.next_attempt,
            State::Connected => self.stable_at,
            State::Disconnected | State::Connecting | State::Closing | State::Closed => None,
        }
    }

    /// The present state.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// The generation of the latest connection; zero before the first.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// How many attempts to reconnect were scheduled since the last stable connection.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.backoff.made()
    }

    /// The latest fault, until a connection is stable.
    #[must_use]
    pub fn last_fault(&self) -> Option<&Fault> {
        self.last_fault.as_ref()
    }

    /// Whether it is [`State::Closed`] because of the latest fault, and not because a handle closed
    /// it.
    #[must_use]
    pub fn gave_up(&self) -> bool {
        self.gave_up
    }

    fn attempt(&mut self, now: Instant) {
        let Some(host) = self.hosts.get(self.host) else {
            return self.close();
        };
        if !host.loopback
            && let Err(until) = self.limiter.acquire(&host.name, now)
        {
            // Attempts that were delayed to the same instant must not all come at that instant.
            let at = until + between(Duration::ZERO, JITTER, &mut self.random);
            self.next_attempt = Some(at);
            if self.state != State::Reconnecting {
                self.become_state(State::Reconnecting);
            }
            return;
        }
        self.next_attempt = None;
        self.become_state(State::Connecting);
        self.steps.push_back(Step::Connect {
            endpoint: self.host,
        });
    }

    fn note_failure(&mut self, now: Instant, fault: &Fault) {
        if fault.is_protocol_breach() {
            self.breaker.note(now);
        }
        if let (Some(wait), Some(host)) = (fault.retry_after(), self.hosts.get(self.host)) {
            self.limiter.hold(&host.name, now, now + wait);
        }
        self.host_failures = self.host_failures.saturating_add(1);
        if self.host_failures >= self.policy.failures_per_host && self.hosts.len() > 1 {
            self.host_failures = 0;
            self.host = (self.host + 1) % self.hosts.len();
        }
    }

    fn delay(&mut self, fault: &Fault, recovery: Recovery) -> Duration {
        let slow = match recovery {
            Recovery::Retry => self.breaker.is_open(),
            Recovery::RefreshAuth => self.refreshed,
            Recovery::RetrySlowly | Recovery::GiveUp => true,
        };
        // Also counts the attempt.
        let fast = self.backoff.delay(&mut self.random);
        let (from, to) = self.policy.slow_lane;
        let mut delay = if slow {
            between(from, to, &mut self.random)
        } else {
            fast
        };
        if let Some((from, to)) = fault.spread() {
            delay = delay.max(between(from, to, &mut self.random));
        }
        if let Some(wait) = fault.retry_after() {
            delay = delay.max(wait + between(Duration::ZERO, JITTER, &mut self.random));
        }
        delay
    }

    /// The faults before this connection no longer count.
    fn stable(&mut self) {
        self.stable_at = None;
        self.backoff.reset();
        self.breaker.close();
        self.refreshed = false;
        self.host_failures = 0;
        self.last_fault = None;
    }

    /// Whether there is nothing that stability would forget.
    fn is_settled(&self) -> bool {
        self.backoff.made() == 0 && self.host_failures == 0 && self.last_fault.is_none()
    }

    fn close(&mut self) {
        self.next_attempt = None;
        self.stable_at = None;
        self.become_state(State::Closed);
    }

    fn become_state(&mut self, to: State) {
        let from = std::mem::replace(&mut self.state, to);
        self.steps.push_back(Step::State(StateChange {
            from,
            to,
            generation: self.generation,
            attempt: self.backoff.made(),
            next_attempt: self.next_attempt,
        }));
    }
}

fn hosts_of(endpoints: &[Endpoint]) -> Vec<Host> {
    let host = |endpoint: &Endpoint| Host {
        name: endpoint.host().into(),
        loopback: endpoint.is_loopback(),
    };
    endpoints.iter().map(host).collect()
}

/// How far attempts that were delayed to the same instant are spread.
const JITTER: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
