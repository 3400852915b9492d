//! Finds what is missing from numbered messages.

use std::collections::BTreeMap;

use venue::{StreamInfo, StreamKind};

use super::{VenueEvent, VenueMessage};

/// The last number of each stream.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    last: BTreeMap<String, u64>,
}

impl Numbers {
    /// Takes a message and returns what to tell: a loss before it if there was one, and the message
    /// unless it is old.
    pub fn take(&mut self, message: VenueMessage) -> impl Iterator<Item = VenueEvent> + use<> {
        let stream = &message.stream.id;
        let last = self.last.get(stream).copied();
        let is_new = last.is_none_or(|last| message.number > last);
        let missing = last
            .filter(|_| is_new)
            .map_or(0, |last| message.number - last - 1);
        let lost = (missing > 0).then(|| VenueEvent::Lost {
            stream: stream.clone(),
            messages: missing,
        });
        if is_new {
            self.last.insert(stream.clone(), message.number);
        }
        let message = is_new.then_some(VenueEvent::Message(message));
        lost.into_iter().chain(message)
    }

    /// Forgets a stream that is unsubscribed.
    pub fn forget(&mut self, stream: &str) {
        self.last.remove(stream);
    }
}

/// What a stream carries, by its name.
#[must_use]
pub fn kind_of(stream: &str) -> StreamKind {
    if stream.contains("depth") {
        StreamKind::OrderBook
    } else if stream.contains("trade") || stream.contains("deals") {
        StreamKind::Trades
    } else if stream.contains("kline") {
        StreamKind::Candles
    } else {
        StreamKind::Other
    }
}

/// A stream with its kind.
#[must_use]
pub fn info(stream: &str) -> StreamInfo {
    StreamInfo {
        id: stream.to_owned(),
        kind: kind_of(stream),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_reported_and_what_is_old_is_dropped() {
        let message = |number| VenueMessage {
            stream: info("a@trade"),
            number,
            price: 1.0,
            time: 0,
        };
        let mut numbers = Numbers::default();
        let mut take = |number| numbers.take(message(number)).collect::<Vec<_>>();
        assert_eq!(take(5), [VenueEvent::Message(message(5))]);
        assert_eq!(take(6), [VenueEvent::Message(message(6))]);
        assert_eq!(take(6), []);
        let lost = VenueEvent::Lost {
            stream: "a@trade".to_owned(),
            messages: 3,
        };
        assert_eq!(take(10), [lost, VenueEvent::Message(message(10))]);
    }
}
