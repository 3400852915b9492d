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
    /// Takes a message and returns what to report: a loss before it if there was one, and the
    /// message unless it is old. Messages without numbers are returned as they are.
    pub fn take(&mut self, message: VenueMessage) -> impl Iterator<Item = VenueEvent> + use<> {
        let Some((first, last)) = message.numbers() else {
            return None.into_iter().chain(Some(VenueEvent::Message(message)));
        };
        let stream = &message.stream.id;
        let known = self.last.get(stream).copied();
        let is_new = known.is_none_or(|known| last > known);
        let lost = known
            .filter(|known| is_new && first > known + 1)
            .map(|known| VenueEvent::Lost {
                stream: stream.clone(),
                from: known + 1,
                to: first - 1,
            });
        if is_new {
            self.last.insert(stream.clone(), last);
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
    let name = stream.to_ascii_lowercase();
    if name.contains("depth") {
        StreamKind::OrderBook
    } else if name.contains("trade") || name.contains("deals") {
        StreamKind::Trades
    } else if name.contains("kline") {
        StreamKind::Candles
    } else if name.contains("ticker") {
        StreamKind::Ticker
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

/// A price or quantity as venues write them: a decimal number that is not negative.
///
/// # Errors
///
/// If it is anything else.
pub fn decimal(text: &str) -> Result<f64, &'static str> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number.is_sign_positive() => Ok(number),
        _ => Err("a price or quantity is not a decimal number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue::{Candle, Depth, Trade, VenueData};

    fn message(data: VenueData) -> VenueMessage {
        VenueMessage {
            stream: info("a@trade"),
            time: None,
            data,
        }
    }

    fn trade(number: Option<u64>) -> VenueMessage {
        message(VenueData::Trades(vec![Trade {
            number,
            price: 1.0,
            quantity: None,
            time: None,
            taker: None,
        }]))
    }

    fn lost(from: u64, to: u64) -> VenueEvent {
        let stream = "a@trade".to_owned();
        VenueEvent::Lost { stream, from, to }
    }

    fn take(numbers: &mut Numbers, message: &VenueMessage) -> Vec<VenueEvent> {
        numbers.take(message.clone()).collect()
    }

    #[test]
    fn what_is_missing_is_reported_and_what_is_old_is_dropped() {
        let mut numbers = Numbers::default();
        let five = trade(Some(5));
        assert_eq!(
            take(&mut numbers, &five),
            [VenueEvent::Message(five.clone())]
        );
        let six = trade(Some(6));
        assert_eq!(take(&mut numbers, &six), [VenueEvent::Message(six.clone())]);
        assert_eq!(take(&mut numbers, &six), []);
        let ten = trade(Some(10));
        let expected = [lost(7, 9), VenueEvent::Message(ten.clone())];
        assert_eq!(take(&mut numbers, &ten), expected);
        let unnumbered = trade(None);
        for _ in 0..2 {
            let expected = [VenueEvent::Message(unnumbered.clone())];
            assert_eq!(take(&mut numbers, &unnumbered), expected);
        }
    }

    #[test]
    fn differences_cover_all_of_their_numbers() {
        let mut numbers = Numbers::default();
        let difference = |first, number| {
            let depth = Depth {
                number,
                ..Depth::default()
            };
            message(VenueData::Difference { first, depth })
        };
        assert_eq!(take(&mut numbers, &difference(1, 4)).len(), 1);
        assert_eq!(take(&mut numbers, &difference(5, 5)).len(), 1);
        assert_eq!(take(&mut numbers, &difference(8, 9))[0], lost(6, 7));
    }

    #[test]
    fn closed_candles_cover_their_time_and_open_ones_nothing() {
        let candle = |start, is_closed| {
            message(VenueData::Candle(Candle {
                start,
                end: start + 1000,
                open: 1.0,
                high: 1.0,
                low: 1.0,
                close: 1.0,
                volume: 1.0,
                is_closed: Some(is_closed),
            }))
        };
        let mut numbers = Numbers::default();
        for (start, is_closed) in [(0, false), (0, true), (1000, false), (1000, true)] {
            let events = take(&mut numbers, &candle(start, is_closed));
            assert_eq!(events, [VenueEvent::Message(candle(start, is_closed))]);
        }
        assert_eq!(take(&mut numbers, &candle(4000, true))[0], lost(2000, 3999));
    }

    #[test]
    fn the_kind_of_a_stream_is_in_its_name() {
        for (stream, kind) in [
            ("btcusdt@trade", StreamKind::Trades),
            ("btcusdt@aggTrade", StreamKind::Trades),
            ("btcusdt@depth5@100ms", StreamKind::OrderBook),
            ("btcusdt@kline_1m", StreamKind::Candles),
            ("btcusdt@bookTicker", StreamKind::Ticker),
            (
                "spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT",
                StreamKind::Trades,
            ),
            (
                "spot@public.limit.depth.v3.api@BTCUSDT@5",
                StreamKind::OrderBook,
            ),
            (
                "spot@public.kline.v3.api.pb@BTCUSDT@Min1",
                StreamKind::Candles,
            ),
            ("anything", StreamKind::Other),
        ] {
            assert_eq!(kind_of(stream), kind, "{stream}");
        }
    }
}
