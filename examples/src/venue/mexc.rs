//! A venue that is controlled in JSON and sends its data as protobuf, in the manner of MEXC.
//!
//! ```json
//! {"method":"SUBSCRIPTION","params":["spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT"]}
//! {"id":0,"code":0,"msg":"spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT"}
//! {"method":"PING"}
//! {"id":0,"code":0,"msg":"PONG"}
//! ```
//!
//! Its answers name streams, not requests; an error is a code that is not zero. The venue closes
//! connections that send no ping, so one is sent every 20 s.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use prost::Message;
use serde::Deserialize;
use tv_transport::{CloseReason, Outgoing, Protocol, StaleStream, Status, SubscriptionCounts};
use venue::{Action, Pacing, Subscriptions, VenueError};

use super::{
    VenueCommand, VenueEvent, VenueMessage,
    numbers::{Numbers, info},
};

/// What a binary message holds.
#[derive(Clone, PartialEq, Message)]
pub struct PushDataWrapper {
    /// The stream.
    #[prost(string, tag = "1")]
    pub channel: String,
    /// The symbol.
    #[prost(string, optional, tag = "3")]
    pub symbol: Option<String>,
    /// When it was sent, in milliseconds since 1970.
    #[prost(int64, optional, tag = "6")]
    pub send_time: Option<i64>,
    /// Trades, if it is such a stream.
    #[prost(message, optional, tag = "314")]
    pub deals: Option<Deals>,
}

/// Trades since the message before.
#[derive(Clone, PartialEq, Message)]
pub struct Deals {
    /// The trades, oldest first.
    #[prost(message, repeated, tag = "1")]
    pub deals: Vec<Deal>,
    /// The number of the message within its stream.
    #[prost(string, tag = "2")]
    pub version: String,
}

/// One trade.
#[derive(Clone, PartialEq, Message)]
pub struct Deal {
    /// The price as a decimal number.
    #[prost(string, tag = "1")]
    pub price: String,
    /// When it happened, in milliseconds since 1970.
    #[prost(int64, tag = "4")]
    pub time: i64,
}

/// An answer.
#[derive(Deserialize)]
struct Answer {
    code: i64,
    #[serde(default)]
    msg: String,
}

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

    /// The streams that an answer names: `a,b` or an error's `Not Subscribed successfully! [a,b].
    /// Reason: …`.
    fn answer(&mut self, now: Instant, answer: &Answer) {
        let named = answer.msg.split(['[', ']', ',', ' ']);
        for stream in named.filter(|name| name.contains('@')).map(str::to_owned) {
            if answer.code == 0 {
                self.subscriptions.confirm_key(now, &stream);
            } else {
                self.subscriptions.reject_key(&stream, &answer.msg);
            }
        }
    }

    fn parse(&mut self, now: Instant, data: &[u8]) -> Result<(), &'static str> {
        let push = PushDataWrapper::decode(data).map_err(|_| "not protobuf as agreed")?;
        let deals = push.deals.ok_or("neither deals nor anything else known")?;
        let number = deals
            .version
            .parse()
            .map_err(|_| "version is not a number")?;
        let deal = deals.deals.last().ok_or("no deals")?;
        let price = deal.price.parse().map_err(|_| "price is not a number")?;
        if self.subscriptions.received(now, &push.channel) {
            let message = VenueMessage {
                stream: info(&push.channel),
                number,
                price,
                time: push.send_time.unwrap_or(deal.time),
            };
            self.events.extend(self.numbers.take(message));
        }
        Ok(())
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
        match serde_json::from_str::<Answer>(text) {
            Ok(answer) => self.answer(now, &answer),
            Err(_) => self.malformed("not JSON as agreed"),
        }
        self.advance(now);
    }

    fn handle_binary(&mut self, now: Instant, data: &[u8]) {
        if let Err(reason) = self.parse(now, data) {
            self.malformed(reason);
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
