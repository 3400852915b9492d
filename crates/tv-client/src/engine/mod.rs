//! The protocol that the driver runs: the connection machine and the registry, put together.
//!
//! Pure like both of them. It knows no socket and no reader; updates leave as events.

mod command;

use std::{collections::VecDeque, time::Instant};

use protocol::{
    config::ProtocolConfig,
    connection::{self, Connection, ConnectionError},
    id::SessionId,
    message::{ClientMessage, ServerMessage},
    secret::AuthToken,
};
use rand::rngs::StdRng;
use transport::{CloseReason, Fault, Outgoing, Protocol, Recovery, Status};

use crate::{
    delivery::Sink,
    error::{ClientError, RequestError},
    registry::{Registry, SubscriptionId, Update},
};
pub(crate) use command::Command;

/// What leaves the engine.
#[derive(Debug)]
pub(crate) enum EngineEvent {
    /// The token was sent; commands flow.
    Opened,
    /// The server asks to go elsewhere.
    Redirect { host: String },
    /// A subscription's reader.
    Attach(SubscriptionId, Sink),
    /// A subscription has no reader any more.
    Detach(SubscriptionId),
    /// News for a subscription.
    Update(SubscriptionId, Update),
    /// The connection is over.
    Ended(ClientError),
}

/// One client's side of one connection.
#[derive(Debug)]
pub(crate) struct Engine {
    connection: Connection,
    registry: Registry,
    token: AuthToken,
    random: StdRng,
    events: VecDeque<EngineEvent>,
    /// Why the connection is to be closed, or was.
    ended: Option<ClientError>,
}

impl Engine {
    pub(crate) fn new(config: ProtocolConfig, token: AuthToken, random: StdRng) -> Self {
        Self {
            connection: Connection::new(config),
            registry: Registry::default(),
            token,
            random,
            events: VecDeque::new(),
            ended: None,
        }
    }

    /// Sends what a new subscription needs, or tells it that nothing more can be sent.
    fn subscribe(&mut self, subscription: SubscriptionId, commands: Vec<ClientMessage<'static>>) {
        if let Some(error) = &self.ended {
            let failed = Update::Failed(RequestError::Ended(error.clone()));
            self.events
                .push_back(EngineEvent::Update(subscription, failed));
            return;
        }
        for command in commands {
            if self.connection.send(&command).is_err() {
                let failed = Update::Failed(RequestError::Busy);
                self.events
                    .push_back(EngineEvent::Update(subscription, failed));
                self.unsubscribe(subscription);
                return;
            }
        }
    }

    fn unsubscribe(&mut self, subscription: SubscriptionId) {
        if let Some(command) = self.registry.remove(subscription) {
            // A queue that is full of commands loses this one; the server then sends data that nobody awaits,
            // which is counted as late.
            let _ = self.connection.send(&command);
        }
        self.events.push_back(EngineEvent::Detach(subscription));
    }

    /// Routes what the connection has read, and does what its state demands.
    fn advance(&mut self, now: Instant) {
        let events = &mut self.events;
        let mut commands = Vec::new();
        while let Some(received) = self.connection.poll_message() {
            if let ServerMessage::Malformed(malformed) = &received.message {
                tracing::warn!(error = %malformed.error, "a message is malformed and was skipped");
                commands.extend(self.registry.skip(malformed, &mut |subscription, update| {
                    events.push_back(EngineEvent::Update(subscription, update));
                }));
            }
            self.registry
                .route(&received.message, &mut |subscription, update| {
                    events.push_back(EngineEvent::Update(subscription, update));
                });
        }
        for command in commands {
            let _ = self.connection.send(&command);
        }
        while let Some(event) = self.connection.poll_event() {
            self.observe(event, now);
        }
    }

    fn observe(&mut self, event: connection::Event, now: Instant) {
        use connection::Event;
        match event {
            Event::NeedToken => {
                self.connection.provide_token(now, &self.token);
                self.events.push_back(EngineEvent::Opened);
            }
            Event::HelloMissing => tracing::debug!("the server did not greet; sending anyway"),
            Event::Redirect { host } => {
                self.ended = Some(ClientError::Closed);
                self.events.push_back(EngineEvent::Redirect { host });
            }
            Event::Authenticated => tracing::debug!("the server answers"),
            Event::FrameFault(error) => {
                tracing::warn!(%error, "received text is no frame and was skipped");
            }
            Event::Lost(error) => self.lost(&error),
            // New kinds of events are told to those who drive the machine themselves.
            _ => {}
        }
    }

    fn lost(&mut self, error: &ConnectionError) {
        if let Some(error) = ClientError::from_connection(error) {
            self.ended.get_or_insert(error);
        }
    }
}

impl Protocol for Engine {
    type Command = Command;
    type Event = EngineEvent;

    fn on_open(&mut self, _generation: u64, now: Instant) {
        self.connection.handle_open(now);
    }

    fn handle_command(&mut self, now: Instant, command: Command) {
        match command {
            Command::Quotes {
                subscription,
                request,
                feed,
            } => {
                self.events
                    .push_back(EngineEvent::Attach(subscription, Sink::Quotes(feed)));
                let session = SessionId::generate(SessionId::QUOTE, &mut self.random);
                let commands = self.registry.add_quotes(subscription, session, &request);
                self.subscribe(subscription, commands);
            }
            Command::Series {
                subscription,
                request,
                feed,
            } => {
                self.events
                    .push_back(EngineEvent::Attach(subscription, Sink::Series(feed)));
                let session = SessionId::generate(SessionId::CHART, &mut self.random);
                let commands = self
                    .registry
                    .add_series(subscription, session, &request, now);
                self.subscribe(subscription, commands);
            }
            Command::Unsubscribe(subscription) => self.unsubscribe(subscription),
            Command::Counters(reply) => {
                // Whoever asked may have gone.
                let _ = reply.send((self.connection.counters(), self.registry.late()));
            }
            Command::Close => self.ended = Some(ClientError::Closed),
        }
    }

    fn handle_text(&mut self, now: Instant, text: &str) {
        self.connection.handle_text(now, text);
        self.advance(now);
    }

    fn handle_binary(&mut self, now: Instant, data: &[u8]) {
        self.connection.handle_binary(now, data);
        self.advance(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.connection.handle_timeout(now);
        self.advance(now);
        let events = &mut self.events;
        let commands = self
            .registry
            .handle_timeout(now, &mut |subscription, update| {
                events.push_back(EngineEvent::Update(subscription, update));
            });
        for command in commands {
            let _ = self.connection.send(&command);
        }
    }

    fn handle_close(&mut self, now: Instant, reason: &CloseReason) {
        self.connection.handle_close(now, &reason.to_string());
        self.advance(now);
        let error = self
            .ended
            .get_or_insert_with(|| ClientError::from(reason.clone()));
        self.events.push_back(EngineEvent::Ended(error.clone()));
    }

    fn poll_transmit(&mut self) -> Option<Outgoing> {
        self.connection.poll_transmit().map(Outgoing::Text)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        [self.connection.poll_timeout(), self.registry.deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    fn poll_event(&mut self) -> Option<EngineEvent> {
        self.events.pop_front()
    }

    fn classify(&self, fault: &Fault) -> Recovery {
        match &self.ended {
            Some(ClientError::BadToken { .. }) => Recovery::RefreshAuth,
            Some(ClientError::Refused { .. } | ClientError::PeerFault { .. }) => {
                Recovery::RetrySlowly
            }
            Some(ClientError::Closed) => Recovery::GiveUp,
            _ => fault.recovery(),
        }
    }

    fn status(&self) -> Status {
        if self.ended.is_some() {
            Status::Finished
        } else if self.connection.is_open() {
            Status::Ready
        } else {
            Status::Starting
        }
    }
}

#[cfg(test)]
mod tests;
