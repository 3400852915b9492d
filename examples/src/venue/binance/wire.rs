//! The venue's JSON, read: combined streams and answers.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::venue::{
    Candle, Depth, Level, Taker, Trade, VenueData, VenueMessage,
    numbers::{decimal, info},
};

/// What a text holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// A message of a stream.
    Message(VenueMessage),
    /// A request was accepted.
    Confirmed {
        /// The request.
        id: u64,
    },
    /// A request was rejected.
    Rejected {
        /// The request.
        id: u64,
        /// The venue's words.
        reason: String,
    },
    /// The venue complains, and names no request.
    Refused {
        /// The venue's words.
        reason: String,
    },
}

/// A combined stream's message, an answer, or an error in either of its two forms.
#[derive(Deserialize)]
struct Envelope<'a> {
    stream: Option<String>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    id: Option<u64>,
    error: Option<Refusal>,
    code: Option<i64>,
    #[serde(default)]
    msg: String,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    #[serde(default)]
    msg: String,
}

/// The kind of a message; the best levels of a book have none.
#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "e")]
    name: Option<String>,
}

#[derive(Deserialize)]
struct TradeEvent {
    #[serde(rename = "E")]
    sent: i64,
    #[serde(rename = "t")]
    number: u64,
    #[serde(rename = "p")]
    price: String,
    #[serde(rename = "q")]
    quantity: String,
    #[serde(rename = "T")]
    time: i64,
    #[serde(rename = "m")]
    buyer_waited: bool,
}

#[derive(Deserialize)]
struct DepthEvent {
    #[serde(rename = "E")]
    sent: i64,
    #[serde(rename = "U")]
    first: u64,
    #[serde(rename = "u")]
    last: u64,
    #[serde(rename = "b")]
    bids: Vec<[String; 2]>,
    #[serde(rename = "a")]
    asks: Vec<[String; 2]>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BestLevels {
    last_update_id: u64,
    bids: Vec<[String; 2]>,
    asks: Vec<[String; 2]>,
}

#[derive(Deserialize)]
struct KlineEvent {
    #[serde(rename = "E")]
    sent: i64,
    #[serde(rename = "k")]
    kline: Kline,
}

#[derive(Deserialize)]
struct Kline {
    #[serde(rename = "t")]
    start: i64,
    #[serde(rename = "T")]
    last: i64,
    #[serde(rename = "o")]
    open: String,
    #[serde(rename = "h")]
    high: String,
    #[serde(rename = "l")]
    low: String,
    #[serde(rename = "c")]
    close: String,
    #[serde(rename = "v")]
    volume: String,
    #[serde(rename = "x")]
    is_closed: bool,
}

/// Reads a text.
///
/// # Errors
///
/// If it is not JSON of a known form. The reason holds nothing of the text.
pub fn read(text: &str) -> Result<Incoming, &'static str> {
    let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|_| "not JSON as agreed")?;
    if let (Some(stream), Some(data)) = (&envelope.stream, envelope.data) {
        let (time, data) = message(data.get())?;
        let stream = info(stream);
        let message = VenueMessage { stream, time, data };
        return Ok(Incoming::Message(message));
    }
    let flat = envelope.code.map(|code| Refusal {
        code,
        msg: envelope.msg,
    });
    let refusal = envelope.error.or(flat);
    let reason = refusal.map(|refusal| format!("{} (code {})", refusal.msg, refusal.code));
    match (envelope.id, reason) {
        (Some(id), None) => Ok(Incoming::Confirmed { id }),
        (Some(id), Some(reason)) => Ok(Incoming::Rejected { id, reason }),
        (None, Some(reason)) => Ok(Incoming::Refused { reason }),
        (None, None) => Err("neither data nor an answer"),
    }
}

/// Reads the inner message: when it was sent, and what it holds.
fn message(data: &str) -> Result<(Option<i64>, VenueData), &'static str> {
    let kind: Kind = serde_json::from_str(data).map_err(|_| "a message is not an object")?;
    match kind.name.as_deref() {
        Some("trade") => {
            let event: TradeEvent =
                serde_json::from_str(data).map_err(|_| "a trade has an unknown form")?;
            let trade = Trade {
                number: Some(event.number),
                price: decimal(&event.price)?,
                quantity: Some(decimal(&event.quantity)?),
                time: Some(event.time),
                taker: Some(if event.buyer_waited {
                    Taker::Seller
                } else {
                    Taker::Buyer
                }),
            };
            Ok((Some(event.sent), VenueData::Trades(vec![trade])))
        }
        Some("depthUpdate") => {
            let event: DepthEvent =
                serde_json::from_str(data).map_err(|_| "a depth update has an unknown form")?;
            if event.first > event.last {
                return Err("a depth update ends before it begins");
            }
            let depth = Depth {
                number: event.last,
                bids: levels(&event.bids)?,
                asks: levels(&event.asks)?,
            };
            let first = event.first;
            Ok((Some(event.sent), VenueData::Difference { first, depth }))
        }
        Some("kline") => {
            let event: KlineEvent =
                serde_json::from_str(data).map_err(|_| "a kline has an unknown form")?;
            let Kline { start, last, .. } = event.kline;
            let candle = Candle {
                start,
                end: last.saturating_add(1),
                open: decimal(&event.kline.open)?,
                high: decimal(&event.kline.high)?,
                low: decimal(&event.kline.low)?,
                close: decimal(&event.kline.close)?,
                volume: decimal(&event.kline.volume)?,
                is_closed: Some(event.kline.is_closed),
            };
            if candle.end <= candle.start {
                return Err("a kline ends before it begins");
            }
            Ok((Some(event.sent), VenueData::Candle(candle)))
        }
        Some(_) => Err("an event of an unknown kind"),
        None => {
            let book: BestLevels =
                serde_json::from_str(data).map_err(|_| "neither an event nor a book")?;
            let depth = Depth {
                number: book.last_update_id,
                bids: levels(&book.bids)?,
                asks: levels(&book.asks)?,
            };
            Ok((None, VenueData::Snapshot(depth)))
        }
    }
}

fn levels(levels: &[[String; 2]]) -> Result<Vec<Level>, &'static str> {
    let level = |[price, quantity]: &[String; 2]| -> Result<Level, &'static str> {
        Ok(Level {
            price: decimal(price)?,
            quantity: decimal(quantity)?,
        })
    };
    levels.iter().map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(stream: &str, data: &str) -> VenueMessage {
        let text = format!(r#"{{"stream":"{stream}","data":{data}}}"#);
        match read(&text) {
            Ok(Incoming::Message(message)) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn trades_are_read() {
        let message = data(
            "ethbtc@trade",
            r#"{"e":"trade","E":1700000000123,"s":"ETHBTC","t":987,"p":"0.05120000","q":"2.500","T":1700000000100,"m":true,"M":true}"#,
        );
        assert_eq!(message.time, Some(1_700_000_000_123));
        assert_eq!(message.numbers(), Some((987, 987)));
        let expected = Trade {
            number: Some(987),
            price: 0.0512,
            quantity: Some(2.5),
            time: Some(1_700_000_000_100),
            taker: Some(Taker::Seller),
        };
        assert_eq!(message.data, VenueData::Trades(vec![expected]));
    }

    #[test]
    fn differences_and_best_levels_of_a_book_are_read() {
        let level = |price, quantity| Level { price, quantity };
        let message = data(
            "ethbtc@depth",
            r#"{"e":"depthUpdate","E":1700000000123,"s":"ETHBTC","U":41,"u":44,"b":[["0.05","3"],["0.04","0.00000000"]],"a":[]}"#,
        );
        assert_eq!(message.numbers(), Some((41, 44)));
        let depth = Depth {
            number: 44,
            bids: vec![level(0.05, 3.0), level(0.04, 0.0)],
            asks: Vec::new(),
        };
        assert_eq!(message.data, VenueData::Difference { first: 41, depth });
        let message = data(
            "ethbtc@depth5",
            r#"{"lastUpdateId":44,"bids":[["0.05","3"]],"asks":[["0.06","1.5"],["0.07","2"]]}"#,
        );
        assert_eq!((message.time, message.numbers()), (None, None));
        let depth = Depth {
            number: 44,
            bids: vec![level(0.05, 3.0)],
            asks: vec![level(0.06, 1.5), level(0.07, 2.0)],
        };
        assert_eq!(message.data, VenueData::Snapshot(depth));
    }

    #[test]
    fn klines_are_read() {
        let kline = |closed| {
            data(
                "ethbtc@kline_1m",
                &format!(
                    r#"{{"e":"kline","E":1700000061000,"s":"ETHBTC","k":{{"t":1700000000000,"T":1700000059999,"s":"ETHBTC","i":"1m","f":1,"L":9,"o":"1.0","c":"2.0","h":"2.5","l":"0.5","v":"12.5","n":9,"x":{closed},"q":"1","V":"1","Q":"1","B":"0"}}}}"#
                ),
            )
        };
        let closed = kline(true);
        assert_eq!(
            closed.numbers(),
            Some((1_700_000_000_000, 1_700_000_059_999))
        );
        let VenueData::Candle(candle) = closed.data else {
            panic!("{closed:?}")
        };
        let prices = [candle.open, candle.high, candle.low, candle.close];
        assert_eq!((prices, candle.volume), ([1.0, 2.5, 0.5, 2.0], 12.5));
        assert_eq!(kline(false).numbers(), None);
    }

    #[test]
    fn answers_and_refusals_are_read_in_each_form() {
        let rejected = |id, reason: &str| {
            let reason = reason.to_owned();
            Ok(Incoming::Rejected { id, reason })
        };
        let refused = |reason: &str| {
            let reason = reason.to_owned();
            Ok(Incoming::Refused { reason })
        };
        for (text, expected) in [
            (
                r#"{"result":null,"id":7}"#,
                Ok(Incoming::Confirmed { id: 7 }),
            ),
            (
                r#"{"code":2,"msg":"no","id":7}"#,
                rejected(7, "no (code 2)"),
            ),
            (
                r#"{"error":{"code":2,"msg":"no"},"id":7}"#,
                rejected(7, "no (code 2)"),
            ),
            (
                r#"{"code":3,"msg":"Invalid JSON"}"#,
                refused("Invalid JSON (code 3)"),
            ),
            (r#"{"error":{"code":1,"msg":"no"}}"#, refused("no (code 1)")),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_has_another_form_is_an_error_that_holds_nothing_of_it() {
        for text in [
            "",
            "secret",
            "[]",
            "{}",
            r#"{"stream":"a@trade"}"#,
            r#"{"stream":"a@trade","data":"secret"}"#,
            r#"{"stream":"a@trade","data":{"e":"secret"}}"#,
            r#"{"stream":"a@trade","data":{"e":"trade"}}"#,
            r#"{"stream":"a@depth","data":{"bids":[]}}"#,
            r#"{"stream":"a@depth5","data":{"lastUpdateId":1,"bids":[["1"]],"asks":[]}}"#,
            r#"{"stream":"a@depth5","data":{"lastUpdateId":1,"bids":[["secret","1"]],"asks":[]}}"#,
            r#"{"stream":"a@depth5","data":{"lastUpdateId":1,"bids":[["-1","1"]],"asks":[]}}"#,
            r#"{"stream":"a@depth5","data":{"lastUpdateId":1,"bids":[["NaN","1"]],"asks":[]}}"#,
            r#"{"stream":"a@depth","data":{"e":"depthUpdate","E":1,"U":5,"u":4,"b":[],"a":[]}}"#,
        ] {
            let reason = read(text).unwrap_err();
            assert!(!reason.contains("secret"), "{text}: {reason}");
        }
    }
}
