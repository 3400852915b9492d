//! The engine: it passes inputs to the connection machine and the registry, and emits their
//! outputs.

use std::{
    borrow::Cow,
    collections::VecDeque,
    time::{Duration, Instant},
};

use protocol::{
    config::ProtocolConfig,
    connection::{self, Connection, ConnectionError, Counters},
    frame::FrameError,
    id::SessionId,
    message::{ServerMessage, server::QuoteValues},
    redact::Secrets,
    secret::AuthToken,
    symbol::Symbol,
};
use tokio::sync::oneshot;
use transport::{
    CloseReason, Fault, Outgoing, Protocol, ProtocolFault, Recovery, StaleStream, Status,
    SubscriptionCounts, SuspendedStream,
};

use super::{
    auth::Auth,
    command::{Command, Handover},
    delivery::Delivery,
    event::EngineEvent,
};
use crate::{
    error::ClientError,
    event::ClientCounters,
    registry::{Place, Registry, SubscriptionId, Update, UpdateSink},
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
    secrets: Secrets,
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
        }
    }

    /// Why the latest connection ended, if this side knows better than the transport.
    pub(crate) fn reason(&self) -> Option<&ClientError> {
        self.reason.as_ref()
    }

    /// Routes the messages that the connection has read, and acts on its state. `text` is the
    /// message that was read, if there was one.
    fn advance(&mut self, now: Instant, text: &str) {
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

    /// Hands the token to the connection that waits for it, or asks for one.
    fn sign_in(&mut self, now: Instant) {
        let Some(token) = self.auth.token().filter(|_| self.is_waiting_for_token) else {
            if self.is_waiting_for_token && self.auth.ask() {
                self.events.push_back(EngineEvent::TokenNeeded);
            }
            return;
        };
        self.connection.provide_token(now, token);
        self.is_waiting_for_token = false;
        self.was_open = true;
        self.reason = None;
        self.events.push_back(EngineEvent::Opened);
    }

    /// A token has come from its source, or none.
    fn receive_token(&mut self, now: Instant, token: Result<AuthToken, String>) {
        match token {
            Ok(token) => {
                hide_token(&mut self.registry.secrets, &token);
                self.secrets.extend(&self.registry.secrets);
                self.auth
                    .provide(now, self.registry.server_time(now), token);
                if self.is_waiting_for_token {
                    self.sign_in(now);
                } else if let Some(token) = self.auth.token() {
                    // Does nothing if there is no connection.
                    self.connection.provide_token(now, token);
                }
            }
            Err(text) => {
                let text = self.secrets.hide(&text).into_owned();
                tracing::warn!(text, "there is no token");
                self.auth.fail(now);
                if !self.was_open && self.persistence != Persistence::Always {
                    self.reason = Some(ClientError::NoToken { text });
                    self.fault = Some(ProtocolFault::Auth);
                }
            }
        }
    }

    fn lost(&mut self, error: &ConnectionError) {
        if let ConnectionError::Silent { seconds } = error {
            let after = Duration::from_secs(*seconds);
            self.fault = Some(ProtocolFault::Silent { after });
            return;
        }
        let Some(mut reason) = ClientError::from_connection(error) else {
            return;
        };
        reason.redact(&self.secrets);
        self.fault = Some(match error {
            ConnectionError::BadToken { .. } => {
                self.auth.reject();
                ProtocolFault::Auth
            }
            ConnectionError::Refused { text } => ProtocolFault::refused(text),
            other => ProtocolFault::broken(&other.to_string()),
        });
        self.reason.get_or_insert(reason);
    }

    /// Whether another connection may follow this one.
    fn may_retry(&self) -> bool {
        match self.persistence {
            Persistence::Never => false,
            Persistence::OnceOpen => self.was_open,
            Persistence::Always => true,
        }
    }

    /// Hands over all subscriptions, and keeps none.
    fn hand_over(&mut self, successor: oneshot::Sender<Box<Handover<D>>>) {
        let fork = self.registry.fork();
        let handover = Handover {
            registry: std::mem::replace(&mut self.registry, fork),
            counters: self.counters(),
            dispatcher: std::mem::take(&mut self.delivery),
        };
        let event = EngineEvent::HandedOver(Box::new(handover), successor);
        self.events.push_back(event);
    }

    /// Takes over from another connection: its readers first, then the updates that they have
    /// missed.
    fn take_over(&mut self, handover: Handover<D>, now: Instant) {
        let Handover {
            registry: old,
            counters,
            dispatcher,
        } = handover;
        self.inherited += counters;
        self.secrets.extend(&old.secrets);
        self.delivery = dispatcher;
        self.events.push_back(EngineEvent::Adopted);
        self.with_registry(|registry, updates| registry.take_over(old, now, updates));
    }

    /// Over all connections.
    fn counters(&self) -> Counters {
        let mut counters = self.inherited;
        counters += self.connection.counters();
        counters
    }

    /// Reports once that a standby is restored.
    fn note_restored(&mut self) {
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
    fn pump(&mut self, now: Instant) {
        while self.connection.is_open() && self.connection.queued_bytes() < MAX_WAITING_BYTES {
            let Some(command) = self.registry.poll_command(now) else {
                return;
            };
            tracing::debug!(method = command.method(), "send");
            if let Err(error) = self.connection.send(command) {
                // There is room, so only a single command that is larger than all room comes here.
                tracing::error!(%error, "a command cannot be sent");
                self.fault = Some(ProtocolFault::broken("a command is too large"));
                return;
            }
        }
    }

    /// Calls the registry with a receiver for its updates.
    fn with_registry(&mut self, call: impl FnOnce(&mut Registry, &mut dyn UpdateSink)) {
        let mut outlet = Outlet {
            secrets: &self.secrets,
            delivery: &mut self.delivery,
            abandoned: &mut self.abandoned,
        };
        call(&mut self.registry, &mut outlet);
    }

    /// Ends subscriptions whose readers have all gone, if the handle's own command found no room.
    /// Others may have joined meanwhile.
    fn end_abandoned(&mut self, now: Instant) {
        for subscription in std::mem::take(&mut self.abandoned) {
            if !self.delivery.has_readers(subscription) {
                self.registry.remove(subscription, now);
                self.delivery.detach(subscription);
            }
        }
    }

    /// The readers. Their owner reports the rest to them.
    pub(crate) fn into_delivery(self) -> D {
        self.delivery
    }
}

/// The session that a text names, as far as it can be read.
fn session_of(text: &str) -> Option<&str> {
    let (_, params) = text.split_once("\"p\":[\"")?;
    let (session, _) = params.split_once('"')?;
    let prefixes = [SessionId::QUOTE, SessionId::CHART, SessionId::REPLAY];
    let is_id = prefixes.iter().any(|prefix| session.starts_with(prefix)) && session.len() <= 20;
    is_id.then_some(session)
}

/// A token is a secret from now on, unless it is the guests'.
fn hide_token(secrets: &mut Secrets, token: &AuthToken) {
    if !token.is_anonymous() {
        secrets.add(token.expose());
    }
}

/// Hands updates to their readers, and notes whose readers have gone.
struct Outlet<'a, D> {
    secrets: &'a Secrets,
    delivery: &'a mut D,
    abandoned: &'a mut Vec<SubscriptionId>,
}

impl<D> Outlet<'_, D> {
    fn note(&mut self, subscription: SubscriptionId, has_readers: bool) {
        if !has_readers && !self.abandoned.contains(&subscription) {
            self.abandoned.push(subscription);
        }
    }
}

impl<D: Delivery> UpdateSink for Outlet<'_, D> {
    fn update(&mut self, subscription: SubscriptionId, mut update: Update) {
        update.redact(self.secrets);
        let has_readers = self.delivery.deliver(subscription, update);
        self.note(subscription, has_readers);
    }

    fn values(
        &mut self,
        subscription: SubscriptionId,
        place: Place,
        symbol: &Symbol,
        values: &QuoteValues<'_>,
    ) {
        let delivery = &mut self.delivery;
        let has_readers = delivery.deliver_values(subscription, place, symbol, values);
        self.note(subscription, has_readers);
    }
}

impl<D: Delivery> Protocol for Engine<D> {
    type Command = Command<D>;
    type Event = EngineEvent<D>;

    fn on_open(&mut self, generation: u64, now: Instant) {
        self.now = Some(now);
        tracing::debug!(generation, "a connection begins");
        self.fault = None;
        self.reason = None;
        self.is_waiting_for_token = false;
        self.connection.handle_open(now);
        self.with_registry(|registry, updates| registry.open(now, updates));
    }

    fn handle_command(&mut self, now: Instant, command: Command<D>) {
        self.now = Some(now);
        match command {
            Command::Quotes {
                subscription,
                request,
                reader,
            } => {
                self.delivery.attach(subscription, reader);
                self.with_registry(|registry, updates| {
                    registry.add_quotes(subscription, &request, now, updates);
                });
            }
            Command::Series {
                subscription,
                request,
                reader,
            } => {
                self.delivery.attach(subscription, reader);
                self.with_registry(|registry, updates| {
                    registry.add_series(subscription, request, now, updates);
                });
            }
            Command::Symbols {
                subscription,
                added,
                removed,
            } => self.with_registry(|registry, updates| {
                registry.change_symbols(subscription, &added, &removed, now, updates);
            }),
            Command::FetchMore {
                subscription,
                count,
                reply,
            } => self.with_registry(|registry, updates| {
                registry.fetch_more(subscription, count, reply, now, updates);
            }),
            Command::Study {
                subscription,
                series,
                request,
                reader,
            } => {
                self.delivery.attach(subscription, reader);
                self.with_registry(|registry, updates| {
                    registry.add_study(subscription, series, request, now, updates);
                });
            }
            Command::Replay {
                subscription,
                command,
                reply,
            } => self.with_registry(|registry, updates| {
                registry.command_replay(subscription, command, reply, now, updates);
            }),
            Command::ModifyStudy {
                subscription,
                request,
            } => self.with_registry(|registry, updates| {
                registry.modify_study(subscription, request, now, updates);
            }),
            Command::Join {
                subscription,
                reader,
            } => {
                let joined = self.registry.join(subscription);
                self.delivery.join(subscription, reader, joined);
            }
            Command::Leave(subscription) => {
                self.delivery.leave(subscription);
            }
            Command::Unsubscribe(subscription) => {
                self.registry.remove(subscription, now);
                self.delivery.detach(subscription);
            }
            Command::Token(token) => {
                self.receive_token(now, token);
                self.note_restored();
            }
            Command::Counters(reply) => {
                // The caller may have gone.
                let _ = reply.send(ClientCounters {
                    received: self.counters(),
                    late_messages: self.registry.late(),
                });
            }
            Command::Standby(reply) => {
                let _ = reply.send(self.registry.standby(now).map(Box::new));
            }
            Command::HandOver(successor) => self.hand_over(successor),
            Command::TakeOver(handover) => self.take_over(*handover, now),
            Command::Break => {
                self.fault = Some(ProtocolFault::broken("the connection is made anew"));
            }
        }
    }

    fn handle_text(&mut self, now: Instant, text: &str) {
        self.now = Some(now);
        self.connection.handle_text(now, text);
        self.advance(now, text);
        self.note_restored();
    }

    fn handle_binary(&mut self, now: Instant, data: &[u8]) {
        self.now = Some(now);
        self.connection.handle_binary(now, data);
        self.advance(now, std::str::from_utf8(data).unwrap_or_default());
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.now = Some(now);
        self.connection.handle_timeout(now);
        self.advance(now, "");
        self.with_registry(|registry, updates| registry.handle_timeout(now, updates));
        self.note_restored();
        if self.auth.ask_if_due(now) {
            self.events.push_back(EngineEvent::TokenNeeded);
        }
    }

    fn handle_close(&mut self, now: Instant, reason: &CloseReason) {
        self.now = Some(now);
        self.connection.handle_close(now, &reason.to_string());
        self.advance(now, "");
        self.is_waiting_for_token = false;
        let is_last = reason.is_local() || !self.may_retry();
        let reason = self
            .reason
            .get_or_insert_with(|| ClientError::from(reason.clone()))
            .clone();
        let words = reason.words();
        self.with_registry(|registry, updates| registry.note_end(&words, now, updates));
        self.events.push_back(EngineEvent::Lost(reason));
        if is_last {
            // Nothing will be restored: the end of the streams says all.
            self.registry.close(now, &mut |_, _| {});
        } else {
            self.with_registry(|registry, updates| registry.close(now, updates));
        }
    }

    fn poll_transmit(&mut self) -> Option<Outgoing> {
        if let Some(now) = self.now {
            self.end_abandoned(now);
            self.pump(now);
        }
        self.connection.poll_transmit().map(Outgoing::Text)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let connection = self.connection.poll_timeout();
        [connection, self.registry.deadline(), self.auth.deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    fn poll_event(&mut self) -> Option<EngineEvent<D>> {
        self.events.pop_front()
    }

    fn redact(&self, text: &str) -> String {
        self.secrets.hide(text).into_owned()
    }

    fn poll_fault(&mut self) -> Option<ProtocolFault> {
        self.fault.take()
    }

    fn classify(&self, fault: &Fault) -> Recovery {
        let recovery = match &self.reason {
            Some(ClientError::BadToken { .. }) => Recovery::RefreshAuth,
            _ => fault.recovery(),
        };
        match recovery {
            _ if !self.may_retry() => Recovery::GiveUp,
            // The same token again would be refused again.
            Recovery::RefreshAuth if !self.auth.has_source() => match &self.reason {
                Some(ClientError::BadToken { .. }) => Recovery::GiveUp,
                _ => Recovery::RetrySlowly,
            },
            other => other,
        }
    }

    fn subscriptions(&self) -> SubscriptionCounts {
        let (pending, confirmed) = self.registry.counts();
        SubscriptionCounts {
            pending,
            confirmed,
            unsubscribing: 0,
        }
    }

    fn queued_bytes(&self) -> usize {
        self.connection.queued_bytes()
    }

    fn stale_streams(&self, now: Instant) -> Vec<StaleStream> {
        self.registry.stale_streams(now)
    }

    fn suspended_streams(&self, now: Instant) -> Vec<SuspendedStream> {
        let mut suspended = self.registry.suspended_streams(now);
        for stream in &mut suspended {
            stream.reason = self.secrets.hide(&stream.reason).into_owned();
        }
        suspended
    }

    fn status(&self) -> Status {
        if self.is_finished {
            Status::Finished
        } else if self.connection.is_open() {
            Status::Ready
        } else {
            Status::Starting
        }
    }
}
