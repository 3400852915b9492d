//! A venue that speaks JSON, in the manner of Binance's combined streams.
//!
//! ```json
//! {"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}
//! {"result":null,"id":1}
//! {"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000000,"s":"BTCUSDT","t":17,"p":"50000.1"}}
//! ```

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use serde::Deserialize;
use tv_transport::{
    CloseReason, Outgoing, Protocol, ProtocolFault, StaleStream, Status, SubscriptionCounts,
};
use venue::{Action, Pacing, Subscriptions, VenueError};

use super::{
    VenueCommand, VenueEvent, VenueMessage,
    numbers::{Numbers, info},
};

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

/// A combined stream's message, an answer, or an error.
#[derive(Deserialize)]
struct Incoming<'a> {
    #[serde(borrow)]
    stream: Option<&'a str>,
    #[serde(borrow)]
    data: Option<Trade<'a>>,
    id: Option<u64>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Trade<'a> {
    #[serde(rename = "E")]
    time: i64,
    #[serde(rename = "t")]
    number: u64,
    #[serde(rename = "p")]
    price: &'a str,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    #[serde(default)]
    msg: String,
}

impl Default for Binance {
    fn default() -> Self {
        // The venue allows five messages a second.
        let pacing = Pacing::default().spacing(Duration::from_millis(250));
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
    /// Writes the batches whose time has come, and tells rejections.
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

    fn parse(&mut self, now: Instant, text: &str) -> Result<(), &'static str> {
        let incoming: Incoming<'_> =
            serde_json::from_str(text).map_err(|_| "not JSON as agreed")?;
        if let (Some(stream), Some(trade)) = (incoming.stream, incoming.data) {
            let price = trade.price.parse().map_err(|_| "price is not a number")?;
            self.data_by = Some(now + SILENCE);
            if self.subscriptions.received(now, &stream.to_owned()) {
                let message = VenueMessage {
                    stream: info(stream),
                    number: trade.number,
                    price,
                    time: trade.time,
                };
                self.events.extend(self.numbers.take(message));
            }
            return Ok(());
        }
        match (incoming.id, incoming.error) {
            (Some(id), Some(refusal)) => {
                let reason = format!("{} (code {})", refusal.msg, refusal.code);
                self.subscriptions.reject(id, &reason);
                Ok(())
            }
            (Some(id), None) => {
                // A late one is not ours any more.
                self.subscriptions.confirm(now, id);
                Ok(())
            }
            (None, Some(refusal)) => {
                let reason = format!("{} (code {})", refusal.msg, refusal.code);
                self.fault = Some(ProtocolFault::refused(&reason));
                Ok(())
            }
            (None, None) => Err("neither data nor an answer"),
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
        if let Err(reason) = self.parse(now, text) {
            let error = VenueError::message(reason);
            self.events.push_back(VenueEvent::Error(error));
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
