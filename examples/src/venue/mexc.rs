//! A venue that is controlled in JSON and sends its data as protobuf or JSON, in the manner of
//! MEXC: deals, klines, and order books as their best levels or as differences.
//!
//! ```json
//! {"method":"SUBSCRIPTION","params":["spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT"]}
//! {"id":0,"code":0,"msg":"spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT"}
//! {"method":"PING"}
//! {"id":0,"code":0,"msg":"PONG"}
//! ```
//!
//! Its answers name streams, not requests. Channels with `.pb` send protobuf, those without it send
//! JSON. The venue closes connections that send no ping, so one is sent every 20 s.

pub mod wire;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use tv_transport::{CloseReason, Outgoing, Protocol, StaleStream, Status, SubscriptionCounts};
use venue::{Action, Pacing, Subscriptions, Venue, VenueError};

use self::wire::Incoming;
use super::{VenueCommand, VenueEvent, VenueMessage, numbers::Numbers};

/// The protocol.
#[derive(Debug)]
pub struct Mexc {
    subscriptions: Subscriptions<String>,
    numbers: Numbers,
    events: VecDeque<VenueEvent>,
    outgoing: VecDeque<Outgoing>,
    open: bool,
    ping_at: Option<Instant>,
}

/// How often the venue wants to be pinged, at the least once a minute.
const PING: Duration = Duration::from_secs(20);

/// When a stream is reported as stale.
const STALE: Duration = Duration::from_secs(30);

impl Default for Mexc {
    fn default() -> Self {
        // The venue allows 30 streams on a connection.
        let pacing = Pacing::default().keys_per_batch(10).max_subscriptions(30);
        Self {
            subscriptions: Subscriptions::new(pacing),
            numbers: Numbers::default(),
            events: VecDeque::new(),
            outgoing: VecDeque::new(),
            open: false,
            ping_at: None,
        }
    }
}

impl Mexc {
    fn advance(&mut self, now: Instant) {
        while let Some(batch) = self.subscriptions.poll_batch(now) {
            let method = match batch.action {
                Action::Subscribe => "SUBSCRIPTION",
                Action::Unsubscribe => "UNSUBSCRIPTION",
            };
            let message = serde_json::json!({ "method": method, "params": batch.keys });
            self.outgoing.push_back(Outgoing::Text(message.to_string()));
        }
        while let Some(rejection) = self.subscriptions.poll_rejection() {
            self.events
                .push_back(VenueEvent::Error(VenueError::from(rejection)));
        }
    }

    /// Takes what a text holds; its answers name streams, not requests.
    fn take(&mut self, now: Instant, incoming: Incoming) {
        match incoming {
            Incoming::Message(message) => self.deliver(now, message),
            Incoming::Answer {
                is_accepted,
                streams,
                words,
            } => {
                for stream in streams {
                    if is_accepted {
                        self.subscriptions.confirm_key(now, &stream);
                    } else {
                        self.subscriptions.reject_key(&stream, &words);
                    }
                }
            }
        }
    }

    fn deliver(&mut self, now: Instant, message: VenueMessage) {
        if self.subscriptions.received(now, &message.stream.id) {
            self.events.extend(self.numbers.take(message));
        }
    }

    fn malformed(&mut self, reason: &str) {
        let error = VenueError::message(reason);
        self.events.push_back(VenueEvent::Error(error));
    }
}

impl Protocol for Mexc {
    type Command = VenueCommand;
    type Event = VenueEvent;

    fn on_open(&mut self, _generation: u64, now: Instant) {
        self.outgoing.clear();
        self.open = true;
        self.ping_at = Some(now + PING);
        self.subscriptions.handle_open(now);
        self.advance(now);
    }

    fn handle_command(&mut self, now: Instant, command: VenueCommand) {
        match command {
            VenueCommand::Subscribe(streams) => {
                for stream in streams {
                    if let Err(error) = self.subscriptions.subscribe(stream.clone()) {
                        let error = VenueError::subscription(&stream, &error.to_string());
                        self.events.push_back(VenueEvent::Error(error));
                    }
                }
            }
            VenueCommand::Unsubscribe(streams) => {
                for stream in streams {
                    self.subscriptions.unsubscribe(&stream);
                    self.numbers.forget(&stream);
                }
            }
        }
        self.advance(now);
    }

    fn handle_text(&mut self, now: Instant, text: &str) {
        match wire::read_text(text) {
            Ok(incoming) => self.take(now, incoming),
            Err(reason) => self.malformed(reason),
        }
        self.advance(now);
    }

    fn handle_binary(&mut self, now: Instant, data: &[u8]) {
        match wire::read_binary(data) {
            Ok(message) => self.deliver(now, message),
            Err(reason) => self.malformed(reason),
        }
        self.advance(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.subscriptions.handle_timeout(now);
        if self.ping_at.is_some_and(|at| at <= now) {
            self.ping_at = Some(now + PING);
            let ping = r#"{"method":"PING"}"#.to_owned();
            self.outgoing.push_back(Outgoing::Text(ping));
        }
        self.advance(now);
    }

    fn handle_close(&mut self, _now: Instant, _reason: &CloseReason) {
        self.open = false;
        self.ping_at = None;
        self.subscriptions.handle_close();
    }

    fn poll_transmit(&mut self) -> Option<Outgoing> {
        self.outgoing.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        [self.subscriptions.poll_timeout(), self.ping_at]
            .into_iter()
            .flatten()
            .min()
    }

    fn poll_event(&mut self) -> Option<VenueEvent> {
        self.events.pop_front()
    }

    fn subscriptions(&self) -> SubscriptionCounts {
        self.subscriptions.counts()
    }

    fn stale_streams(&self, now: Instant) -> Vec<StaleStream> {
        self.subscriptions.stale(now, STALE)
    }

    fn status(&self) -> Status {
        if self.open {
            Status::Ready
        } else {
            Status::Starting
        }
    }
}

impl Venue for Mexc {
    type Key = String;

    fn subscribe(streams: Vec<String>) -> VenueCommand {
        VenueCommand::Subscribe(streams)
    }

    fn unsubscribe(streams: Vec<String>) -> VenueCommand {
        VenueCommand::Unsubscribe(streams)
    }

    fn rejected(event: &VenueEvent) -> Option<&String> {
        event.rejected()
    }
}
