//! The engine: it passes inputs to the connection machine and the registry, and emits their
//! outputs.
//!
//! `supervised` is its side towards the supervisor, `sign_in` gets and provides tokens.

use std::{borrow::Cow, collections::VecDeque, time::Instant};

use protocol::{
    config::ProtocolConfig,
    connection::{self, Connection, ConnectionError, Counters},
    frame::FrameError,
    id::SessionId,
    message::ServerMessage,
    redact::Secrets,
    secret::AuthToken,
};
use tokio::sync::oneshot;
use transport::ProtocolFault;

use super::{
    auth::{Auth, hide_token},
    command::Handover,
    delivery::Delivery,
    event::EngineEvent,
    latency::Latencies,
    outlet::Outlet,
};
use crate::{
    by_hand::HandMade,
    error::ClientError,
    registry::{Registry, SubscriptionId, UpdateSink},
    tap::{Taps, Watch, session_of},
};

/// New commands are created only while fewer bytes than this wait to be sent: enough to keep a link
/// busy.
pub(crate) const MAX_WAITING_BYTES: usize = 32 * 1024;

/// Whether to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Persistence {
    /// The first connection that ends or cannot be made is the last.
    Never,
    /// Once a connection has served.
    OnceOpen,
    /// From the beginning.
    Always,
}

/// One client's side of its connections, one after the other.
#[derive(Debug)]
pub(crate) struct Engine<D> {
    pub(super) connection: Connection,
    pub(super) registry: Registry,
    /// What is hidden in the server's words.
    pub(super) secrets: Secrets,
    pub(super) auth: Auth,
    pub(super) persistence: Persistence,
    /// The readers.
    pub(super) delivery: D,
    /// Subscriptions whose readers were dropped without a command, each once.
    pub(super) abandoned: Vec<SubscriptionId>,
    pub(super) events: VecDeque<EngineEvent<D>>,
    /// The time of the latest call.
    pub(super) now: Option<Instant>,
    /// Whether a connection has served.
    pub(super) was_open: bool,
    /// The connection asks for a token and has none.
    pub(super) is_waiting_for_token: bool,
    /// Why the present connection is useless; the supervisor takes it.
    pub(super) fault: Option<ProtocolFault>,
    /// Why the latest connection ended.
    pub(super) reason: Option<ClientError>,
    /// No connection is to follow.
    pub(super) is_finished: bool,
    /// The counters of the connections that this one has replaced.
    pub(super) inherited: Counters,
    /// Whether `Restored` was emitted.
    pub(super) is_restored: bool,
    pub(super) latencies: Latencies,
    /// Shows the messages to those who want to see them.
    pub(super) watch: Watch,
    /// Commands that were made by hand and wait to be sent.
    pub(super) by_hand: VecDeque<HandMade>,
    /// Sessions that were made by hand, and that another connection could not take over.
    pub(super) left_behind: Vec<SessionId>,
    /// Whether another connection has taken over.
    pub(super) is_replaced: bool,
}

impl<D: Delivery> Engine<D> {
    /// An engine for what is wanted, or the standby of another one's, that signs in with a token,
    /// or with those of a source if there is none.
    pub(crate) fn new(
        config: ProtocolConfig,
        token: Option<AuthToken>,
        persistence: Persistence,
        mut registry: Registry,
    ) -> Self {
        if let Some(token) = &token {
            hide_token(&mut registry.secrets, token);
        }
        Self {
            secrets: registry.secrets.clone(),
            connection: Connection::new(config),
            registry,
            auth: Auth::new(token),
            persistence,
            delivery: D::default(),
            abandoned: Vec::new(),
            events: VecDeque::new(),
            now: None,
            was_open: false,
            is_waiting_for_token: false,
            fault: None,
            reason: None,
            is_finished: false,
            inherited: Counters::default(),
            is_restored: false,
            latencies: Latencies::default(),
            watch: Watch::default(),
            by_hand: VecDeque::new(),
            left_behind: Vec::new(),
            is_replaced: false,
        }
    }

    /// Shows its messages to these taps.
    pub(crate) fn show_to(mut self, taps: Taps) -> Self {
        self.watch = Watch::new(taps);
        self
    }

    /// Why the latest connection ended, if this side knows better than the transport.
    pub(crate) fn reason(&self) -> Option<&ClientError> {
        self.reason.as_ref()
    }

    /// Routes the messages that the connection has read, and acts on its state. `text` is the
    /// message that was read, if there was one.
    pub(super) fn advance(&mut self, now: Instant, text: &str) {
        // What was skipped comes first: a completion in the same text must not pass for that of a
        // whole answer.
        let mut others = Vec::new();
        while let Some(event) = self.connection.poll_event() {
            match event {
                connection::Event::FrameFault(error) => self.skip(&error, now, text),
                other => others.push(other),
            }
        }
        let mut outlet = Outlet {
            secrets: &self.secrets,
            delivery: &mut self.delivery,
            abandoned: &mut self.abandoned,
        };
        while let Some(received) = self.connection.poll_message() {
            self.latencies.note_received(now, &received.message);
            if let ServerMessage::Malformed(malformed) = &received.message {
                let method = malformed.method.as_deref();
                let reason = malformed.error.to_string();
                let error = self.secrets.hide(&reason);
                let method = method.map(|method| self.secrets.hide(method));
                let session = session_of(malformed.text);
                let method = method.as_deref();
                tracing::info!(method, session, %error, "a message was skipped");
                self.registry
                    .skip(malformed.text, &reason, now, &mut outlet);
            }
            if let ServerMessage::CriticalError(error) = &received.message
                && self.registry.is_standby()
            {
                let words = self.secrets.hide(&error.words()).into_owned();
                self.events.push_back(EngineEvent::SessionEnded(words));
            }
            self.registry.route(&received, now, &mut outlet);
        }
        for event in others {
            self.observe(event, now);
        }
        while let Some(event) = self.connection.poll_event() {
            self.observe(event, now);
        }
    }

    /// Reports skipped text to the subscriptions that it names or may name.
    fn skip(&mut self, error: &FrameError, now: Instant, text: &str) {
        let begin = usize::try_from(error.offset).unwrap_or(usize::MAX);
        let skipped = text.get(begin..begin.saturating_add(error.dropped));
        // If the error does not say what was skipped, it may have been any part of the message.
        let skipped = skipped.unwrap_or(text);
        let mut error = error.clone();
        if matches!(self.secrets.hide(skipped), Cow::Owned(_)) {
            // What it quotes is too short to be recognised.
            error.found = "[hidden]".to_owned();
        }
        tracing::info!(%error, "skipped text outside of frames");
        let reason = error.to_string();
        self.with_registry(|registry, updates| {
            registry.skip(skipped, &reason, now, updates);
        });
    }

    fn observe(&mut self, event: connection::Event, now: Instant) {
        use connection::Event;
        match event {
            Event::NeedToken => {
                self.is_waiting_for_token = true;
                self.sign_in(now);
            }
            Event::HelloMissing => tracing::debug!("the server did not greet; sending anyway"),
            Event::Redirect { host } => {
                if self.was_open {
                    self.fault = Some(ProtocolFault::broken("redirected"));
                } else {
                    self.is_finished = true;
                }
                let host = self.secrets.hide(&host).into_owned();
                self.events.push_back(EngineEvent::Redirect { host });
            }
            Event::Authenticated => tracing::debug!("the server answers"),
            Event::Lost(error) => {
                if let ConnectionError::Refused { text } = &error {
                    self.with_registry(|registry, updates| registry.blame(text, now, updates));
                }
                self.lost(&error);
            }
            // Other events are for programs that drive the machine themselves.
            _ => {}
        }
    }

    /// Whether another connection may follow this one.
    pub(super) fn may_retry(&self) -> bool {
        match self.persistence {
            Persistence::Never => false,
            Persistence::OnceOpen => self.was_open,
            Persistence::Always => true,
        }
    }

    /// Hands over all subscriptions, and keeps none.
    pub(super) fn hand_over(&mut self, successor: oneshot::Sender<Box<Handover<D>>>) {
        self.left_behind = self.registry.by_hand.end();
        self.is_replaced = true;
        let fork = self.registry.fork();
        let handover = Handover {
            registry: std::mem::replace(&mut self.registry, fork),
            counters: self.counters(),
            latencies: std::mem::take(&mut self.latencies).into_totals(),
            dispatcher: std::mem::take(&mut self.delivery),
        };
        let event = EngineEvent::HandedOver(Box::new(handover), successor);
        self.events.push_back(event);
    }

    /// Takes over from another connection: its readers first, then the updates that they have
    /// missed.
    pub(super) fn take_over(&mut self, handover: Handover<D>, now: Instant) {
        let Handover {
            registry: old,
            counters,
            latencies,
            dispatcher,
        } = handover;
        self.inherited += counters;
        self.latencies.inherit(latencies);
        self.secrets.extend(&old.secrets);
        self.delivery = dispatcher;
        self.is_replaced = false;
        self.events.push_back(EngineEvent::Adopted);
        self.with_registry(|registry, updates| registry.take_over(old, now, updates));
    }

    /// Over all connections.
    pub(super) fn counters(&self) -> Counters {
        let mut counters = self.inherited;
        counters += self.connection.counters();
        counters
    }

    /// Reports once that a standby is restored.
    pub(super) fn note_restored(&mut self) {
        if self.registry.is_standby()
            && !self.is_restored
            && self.connection.is_open()
            && self.registry.is_restored()
        {
            self.is_restored = true;
            self.events.push_back(EngineEvent::Restored);
        }
    }

    /// Sends the next commands, as far as there is room.
    pub(super) fn pump(&mut self, now: Instant) {
        while self.connection.is_open() && self.connection.queued_bytes() < MAX_WAITING_BYTES {
            let Some(command) = self.registry.poll_command(now) else {
                if self.send_by_hand() {
                    continue;
                }
                return;
            };
            self.latencies.note_sent(now, &command);
            if let Err(error) = self.connection.send(command) {
                // There is room, so only a single command that is larger than all room comes here.
                tracing::error!(%error, "a command cannot be sent");
                self.fault = Some(ProtocolFault::broken("a command is too large"));
                return;
            }
        }
    }

    /// Calls the registry with a receiver for its updates.
    pub(super) fn with_registry(&mut self, call: impl FnOnce(&mut Registry, &mut dyn UpdateSink)) {
        let mut outlet = Outlet {
            secrets: &self.secrets,
            delivery: &mut self.delivery,
            abandoned: &mut self.abandoned,
        };
        call(&mut self.registry, &mut outlet);
    }

    /// Ends subscriptions whose readers have all gone, if the handle's own command found no room.
    /// Others may have joined meanwhile.
    pub(super) fn end_abandoned(&mut self, now: Instant) {
        for subscription in std::mem::take(&mut self.abandoned) {
            if !self.delivery.has_readers(subscription) {
                self.unsubscribe(subscription, now);
            }
        }
    }

    /// Ends a subscription.
    pub(super) fn unsubscribe(&mut self, subscription: SubscriptionId, now: Instant) {
        self.delivery.detach(subscription);
        self.with_registry(|registry, updates| {
            registry.remove(subscription, now, updates);
        });
    }

    /// The readers. Their owner reports the rest to them.
    pub(crate) fn into_delivery(self) -> D {
        self.delivery
    }
}
