//! tv-protocol's connection machine under the supervisor: greeting, heartbeats and the quotes of
//! one session.
//!
//! A small stand-in for what tv-client does in full. The last price of a symbol is its number, as
//! the loopback server counts.

use std::{collections::VecDeque, time::Instant};

use tv_protocol::{
    config::ProtocolConfig,
    connection::{Connection, Event},
    message::ServerMessage,
    quote::QuoteField,
    secret::AuthToken,
};
use tv_transport::{CloseReason, Outgoing, Protocol, Status};

use super::{
    Trade, VenueCommand, VenueData, VenueEvent, VenueMessage,
    numbers::{Numbers, info},
};

/// The protocol.
#[derive(Debug)]
pub struct Quotes {
    connection: Connection,
    numbers: Numbers,
    events: VecDeque<VenueEvent>,
}

impl Default for Quotes {
    fn default() -> Self {
        Self {
            connection: Connection::new(ProtocolConfig::default()),
            numbers: Numbers::default(),
            events: VecDeque::new(),
        }
    }
}

impl Quotes {
    fn advance(&mut self, now: Instant) {
        while let Some(received) = self.connection.poll_message() {
            let ServerMessage::QuoteData(quote) = &received.message else {
                continue;
            };
            let price = quote.data.values.get(&QuoteField::Last);
            let Some(price) = price.and_then(|value| value.number()) else {
                continue;
            };
            let trade = Trade {
                // Whole numbers as sent, far below 2^53.
                number: format!("{price:.0}").parse().ok(),
                price,
                quantity: None,
                time: None,
                taker: None,
            };
            let message = VenueMessage {
                stream: info(&quote.data.name.to_string()),
                time: None,
                data: VenueData::Trades(vec![trade]),
            };
            self.events.extend(self.numbers.take(message));
        }
        while let Some(event) = self.connection.poll_event() {
            if event == Event::NeedToken {
                self.connection.provide_token(now, &AuthToken::anonymous());
            }
        }
    }
}

impl Protocol for Quotes {
    type Command = VenueCommand;
    type Event = VenueEvent;

    fn on_open(&mut self, _generation: u64, now: Instant) {
        self.connection.handle_open(now);
        self.advance(now);
    }

    fn handle_command(&mut self, _now: Instant, _command: VenueCommand) {}

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
    }

    fn handle_close(&mut self, now: Instant, reason: &CloseReason) {
        self.connection.handle_close(now, &reason.to_string());
        self.advance(now);
    }

    fn poll_transmit(&mut self) -> Option<Outgoing> {
        self.connection.poll_transmit().map(Outgoing::Text)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.connection.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<VenueEvent> {
        self.events.pop_front()
    }

    fn queued_bytes(&self) -> usize {
        self.connection.queued_bytes()
    }

    fn status(&self) -> Status {
        if self.connection.is_open() {
            Status::Ready
        } else {
            Status::Starting
        }
    }
}
