//! A venue that speaks JSON, in the manner of Binance's combined streams: trades, klines, and order
//! books as their best levels or as differences.
//!
//! ```json
//! {"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt@depth"],"id":1}
//! {"result":null,"id":1}
//! {"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000000,"s":"BTCUSDT","t":17,"p":"50000.1",…}}
//! {"stream":"btcusdt@depth","data":{"e":"depthUpdate","E":1700000000000,"s":"BTCUSDT","U":5,"u":6,"b":[["50000.1","2"]],"a":[]}}
//! ```
//!
//! The address ends in `/stream`; under `/ws` the venue sends the inner messages only.

pub mod wire;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use tv_transport::{
    CloseReason, Outgoing, Protocol, ProtocolFault, StaleStream, Status, SubscriptionCounts,
};
use venue::{Action, Pacing, Subscriptions, Venue, VenueError};

use self::wire::Incoming;
use super::{VenueCommand, VenueEvent, numbers::Numbers};

/// The protocol.
#[derive(Debug)]
pub struct Binance {
    subscriptions: Subscriptions<String>,
    numbers: Numbers,
    events: VecDeque<VenueEvent>,
    outgoing: VecDeque<Outgoing>,
    open: bool,
    /// Stays silent for so long only if it is dead; checked while anything is subscribed.
    data_by: Option<Instant>,
    fault: Option<ProtocolFault>,
}

/// How long a venue with subscriptions may send no data.
const SILENCE: Duration = Duration::from_secs(60);

/// When a stream is reported as stale.
const STALE: Duration = Duration::from_secs(30);

impl Default for Binance {
    fn default() -> Self {
        // The venue allows five messages a second, and 1,024 streams.
        let pacing = Pacing::default().max_subscriptions(1024);
        Self {
            subscriptions: Subscriptions::new(pacing),
            numbers: Numbers::default(),
            events: VecDeque::new(),
            outgoing: VecDeque::new(),
            open: false,
            data_by: None,
            fault: None,
        }
    }
}

impl Binance {
    /// Writes the batches whose time has come, and reports rejections.
    fn advance(&mut self, now: Instant) {
        while let Some(batch) = self.subscriptions.poll_batch(now) {
            let method = match batch.action {
                Action::Subscribe => "SUBSCRIBE",
                Action::Unsubscribe => "UNSUBSCRIBE",
            };
            let message = serde_json::json!({
                "method": method, "params": batch.keys, "id": batch.request,
            });
            self.outgoing.push_back(Outgoing::Text(message.to_string()));
        }
        while let Some(rejection) = self.subscriptions.poll_rejection() {
            self.events
                .push_back(VenueEvent::Error(VenueError::from(rejection)));
        }
        if self.open && self.data_by.is_none() && self.subscriptions.counts().wanted() > 0 {
            self.data_by = Some(now + SILENCE);
        }
    }

    fn take(&mut self, now: Instant, incoming: Incoming) {
        match incoming {
            Incoming::Message(message) => {
                self.data_by = Some(now + SILENCE);
                if self.subscriptions.received(now, &message.stream.id) {
                    self.events.extend(self.numbers.take(message));
                }
            }
            Incoming::Confirmed { id } => {
                // A late one is not ours any more.
                self.subscriptions.confirm(now, id);
            }
            Incoming::Rejected { id, reason } => {
                self.subscriptions.reject(id, &reason);
            }
            Incoming::Refused { reason } => self.fault = Some(ProtocolFault::refused(&reason)),
        }
    }
}

impl Protocol for Binance {
    type Command = VenueCommand;
    type Event = VenueEvent;

    fn on_open(&mut self, _generation: u64, now: Instant) {
        self.outgoing.clear();
        self.open = true;
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
        match wire::read(text) {
            Ok(incoming) => self.take(now, incoming),
            Err(reason) => {
                let error = VenueError::message(reason);
                self.events.push_back(VenueEvent::Error(error));
            }
        }
        self.advance(now);
    }

    fn handle_binary(&mut self, _now: Instant, _data: &[u8]) {
        let error = VenueError::message("binary where text was agreed");
        self.events.push_back(VenueEvent::Error(error));
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.subscriptions.handle_timeout(now);
        if self.data_by.is_some_and(|at| at <= now) {
            self.data_by = None;
            if self.subscriptions.counts().wanted() > 0 {
                self.fault = Some(ProtocolFault::Silent { after: SILENCE });
            }
        }
        self.advance(now);
    }

    fn handle_close(&mut self, _now: Instant, _reason: &CloseReason) {
        self.open = false;
        self.data_by = None;
        self.fault = None;
        self.subscriptions.handle_close();
    }

    fn poll_transmit(&mut self) -> Option<Outgoing> {
        self.outgoing.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        [self.subscriptions.poll_timeout(), self.data_by]
            .into_iter()
            .flatten()
            .min()
    }

    fn poll_event(&mut self) -> Option<VenueEvent> {
        self.events.pop_front()
    }

    fn poll_fault(&mut self) -> Option<ProtocolFault> {
        self.fault.take()
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

impl Venue for Binance {
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
