//! Messages as MEXC documents them. Its protobuf is written by hand, so that the reader is tried
//! against bytes that do not come from its own types.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::Control;
use crate::venue::{
    Depth, Level, Taker,
    feed::{self, Feed},
};

/// Message `n` of a stream: binary if its name has `.pb`, else a text.
pub(super) fn message(stream: &str, n: u64, time: i64) -> Message {
    if stream.contains(".pb") {
        Message::binary(binary(stream, n, time))
    } else {
        Message::text(text(stream, n, time))
    }
}

/// The answer to a request. The code is zero even if it was rejected.
pub(super) fn answer(control: &Control, refused: bool) -> String {
    let streams = control.params.join(",");
    let words = if control.method == "PING" {
        "PONG".to_owned()
    } else if refused {
        format!("Not Subscribed successfully! [{streams}].  Reason: Blocked! ")
    } else {
        streams
    };
    json!({ "id": 0, "code": 0, "msg": words }).to_string()
}

fn symbol(stream: &str) -> &str {
    let is_symbol = |part: &&str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && part.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    stream.split('@').find(is_symbol).unwrap_or_default()
}

/// A seller who takes is 2.
fn trade_type(taker: Option<Taker>) -> u64 {
    if taker == Some(Taker::Seller) { 2 } else { 1 }
}

fn text(stream: &str, n: u64, time: i64) -> String {
    let items = |levels: &[Level]| -> Vec<_> {
        let item =
            |level: &Level| json!({ "p": decimal(level.price), "v": decimal(level.quantity) });
        levels.iter().map(item).collect()
    };
    let data = match Feed::of(stream) {
        Feed::Trades => {
            let trade = feed::trade(n, time);
            json!({ "deals": [{
                "p": decimal(trade.price), "v": decimal(trade.quantity.unwrap_or_default()),
                "S": trade_type(trade.taker), "t": time,
            }] })
        }
        Feed::Differences => {
            let Depth { bids, asks, .. } = feed::changes(n);
            json!({ "asks": items(&asks), "bids": items(&bids), "r": n.to_string() })
        }
        Feed::Snapshots { levels } => {
            let Depth { bids, asks, .. } = feed::book(n);
            let best = |side: &[Level]| items(side.get(..levels).unwrap_or(side));
            json!({ "asks": best(&asks), "bids": best(&bids), "r": n.to_string() })
        }
        Feed::Candles => {
            let candle = feed::candle(n);
            json!({ "k": {
                "t": candle.start / 1000, "T": candle.end / 1000, "i": interval(stream),
                "o": decimal(candle.open), "c": decimal(candle.close),
                "h": decimal(candle.high), "l": decimal(candle.low),
                "v": decimal(candle.volume), "a": "1.0",
            } })
        }
    };
    json!({ "c": stream, "d": data, "s": symbol(stream), "t": time + 1 }).to_string()
}

fn binary(stream: &str, n: u64, time: i64) -> Vec<u8> {
    let mut push = Bytes::default();
    push.text(1, stream);
    push.text(3, symbol(stream));
    push.number(6, u64::try_from(time + 1).unwrap_or_default());
    let mut body = Bytes::default();
    let event_type = stream.rsplit_once('@').map_or(stream, |(start, _)| start);
    let field = match Feed::of(stream) {
        Feed::Trades => {
            let trade = feed::trade(n, time);
            let mut deal = Bytes::default();
            deal.text(1, &decimal(trade.price));
            deal.text(2, &decimal(trade.quantity.unwrap_or_default()));
            deal.number(3, trade_type(trade.taker));
            deal.number(4, u64::try_from(time).unwrap_or_default());
            body.bytes(1, &deal.0);
            body.text(2, event_type);
            314
        }
        Feed::Differences => {
            let Depth { number, bids, asks } = feed::changes(n);
            body.levels(&asks, &bids);
            body.text(3, event_type);
            body.text(4, &(number - Feed::CHANGES + 1).to_string());
            body.text(5, &number.to_string());
            313
        }
        Feed::Snapshots { levels } => {
            let Depth { number, bids, asks } = feed::book(n);
            let asks = asks.get(..levels).unwrap_or(&asks);
            body.levels(asks, bids.get(..levels).unwrap_or(&bids));
            body.text(3, event_type);
            body.text(4, &number.to_string());
            303
        }
        Feed::Candles => {
            let candle = feed::candle(n);
            body.text(1, interval(stream));
            body.number(2, u64::try_from(candle.start / 1000).unwrap_or_default());
            let prices = [candle.open, candle.close, candle.high, candle.low];
            for (field, price) in (3..).zip(prices) {
                body.text(field, &decimal(price));
            }
            body.text(7, &decimal(candle.volume));
            body.text(8, "1.0");
            body.number(9, u64::try_from(candle.end / 1000).unwrap_or_default());
            308
        }
    };
    push.bytes(field, &body.0);
    push.0
}

fn interval(stream: &str) -> &str {
    stream.rsplit('@').next().unwrap_or_default()
}

fn decimal(number: f64) -> String {
    format!("{number:.8}")
}

/// A protobuf message that is being written.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn number(&mut self, field: u64, number: u64) {
        self.varint(field << 3);
        self.varint(number);
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint((field << 3) | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn text(&mut self, field: u64, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    /// Sell orders are field 1, buy orders field 2.
    fn levels(&mut self, asks: &[Level], bids: &[Level]) {
        for (field, levels) in [(1, asks), (2, bids)] {
            for level in levels {
                let mut item = Self::default();
                item.text(1, &decimal(level.price));
                item.text(2, &decimal(level.quantity));
                self.bytes(field, &item.0);
            }
        }
    }
}
