//! The venue's two data formats, read: protobuf on channels named `….api.pb@…`, JSON on those named
//! `….api@…`. Both become the same messages.

use prost::Message;
use serde::Deserialize;

use crate::venue::{
    Candle, Depth, Level, Taker, Trade, VenueData, VenueMessage,
    numbers::{decimal, info},
};

/// What a binary message holds; one of the last four is there.
#[derive(Clone, PartialEq, Message)]
pub struct PushDataWrapper {
    /// The stream.
    #[prost(string, tag = "1")]
    pub channel: String,
    /// The symbol.
    #[prost(string, optional, tag = "3")]
    pub symbol: Option<String>,
    /// When it was made, in milliseconds since 1970.
    #[prost(int64, optional, tag = "5")]
    pub create_time: Option<i64>,
    /// When it was sent, in milliseconds since 1970.
    #[prost(int64, optional, tag = "6")]
    pub send_time: Option<i64>,
    /// The best levels of an order book.
    #[prost(message, optional, tag = "303")]
    pub limit_depths: Option<LimitDepths>,
    /// A bar.
    #[prost(message, optional, tag = "308")]
    pub kline: Option<Kline>,
    /// Changes of an order book.
    #[prost(message, optional, tag = "313")]
    pub depths: Option<Depths>,
    /// Trades since the message before.
    #[prost(message, optional, tag = "314")]
    pub deals: Option<Deals>,
}

/// Trades since the message before.
#[derive(Clone, PartialEq, Message)]
pub struct Deals {
    /// The trades, oldest first.
    #[prost(message, repeated, tag = "1")]
    pub deals: Vec<Deal>,
    /// The stream without its symbol.
    #[prost(string, tag = "2")]
    pub event_type: String,
}

/// One trade.
#[derive(Clone, PartialEq, Message)]
pub struct Deal {
    /// The price as a decimal number.
    #[prost(string, tag = "1")]
    pub price: String,
    /// The quantity as a decimal number.
    #[prost(string, tag = "2")]
    pub quantity: String,
    /// 1 if the buyer began it, 2 if the seller did.
    #[prost(int32, tag = "3")]
    pub trade_type: i32,
    /// When it happened, in milliseconds since 1970.
    #[prost(int64, tag = "4")]
    pub time: i64,
}

/// Changes of an order book.
#[derive(Clone, PartialEq, Message)]
pub struct Depths {
    /// Changed sell orders.
    #[prost(message, repeated, tag = "1")]
    pub asks: Vec<Item>,
    /// Changed buy orders.
    #[prost(message, repeated, tag = "2")]
    pub bids: Vec<Item>,
    /// The stream without its symbol.
    #[prost(string, tag = "3")]
    pub event_type: String,
    /// The number of the first change.
    #[prost(string, tag = "4")]
    pub from_version: String,
    /// The number of the last change.
    #[prost(string, tag = "5")]
    pub to_version: String,
}

/// The best levels of an order book.
#[derive(Clone, PartialEq, Message)]
pub struct LimitDepths {
    /// Sell orders.
    #[prost(message, repeated, tag = "1")]
    pub asks: Vec<Item>,
    /// Buy orders.
    #[prost(message, repeated, tag = "2")]
    pub bids: Vec<Item>,
    /// The stream without its symbol.
    #[prost(string, tag = "3")]
    pub event_type: String,
    /// The number of the last change.
    #[prost(string, tag = "4")]
    pub version: String,
}

/// A level of an order book.
#[derive(Clone, PartialEq, Message)]
pub struct Item {
    /// The price as a decimal number.
    #[prost(string, tag = "1")]
    pub price: String,
    /// The quantity as a decimal number; zero if the level is gone.
    #[prost(string, tag = "2")]
    pub quantity: String,
}

/// A bar. The venue does not say whether it is closed.
#[derive(Clone, PartialEq, Message)]
pub struct Kline {
    /// The interval, such as `Min1`.
    #[prost(string, tag = "1")]
    pub interval: String,
    /// When it begins, in seconds since 1970.
    #[prost(int64, tag = "2")]
    pub window_start: i64,
    /// The first price.
    #[prost(string, tag = "3")]
    pub opening_price: String,
    /// The last price so far.
    #[prost(string, tag = "4")]
    pub closing_price: String,
    /// The highest price.
    #[prost(string, tag = "5")]
    pub highest_price: String,
    /// The lowest price.
    #[prost(string, tag = "6")]
    pub lowest_price: String,
    /// The volume.
    #[prost(string, tag = "7")]
    pub volume: String,
    /// The volume in the other currency.
    #[prost(string, tag = "8")]
    pub amount: String,
    /// When the next one begins, in seconds since 1970.
    #[prost(int64, tag = "9")]
    pub window_end: i64,
}

/// What a text holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// A message of a stream.
    Message(VenueMessage),
    /// An answer to a request or a ping.
    Answer {
        /// Whether it was accepted.
        is_accepted: bool,
        /// The streams that it names.
        streams: Vec<String>,
        /// The venue's words.
        words: String,
    },
}

/// A text: data if it has a channel, else an answer.
#[derive(Deserialize)]
struct Text {
    #[serde(rename = "c")]
    channel: Option<String>,
    #[serde(rename = "d")]
    data: Option<TextData>,
    #[serde(rename = "t")]
    time: Option<i64>,
    code: Option<i64>,
    msg: Option<String>,
}

#[derive(Deserialize)]
struct TextData {
    deals: Option<Vec<TextDeal>>,
    #[serde(rename = "k")]
    kline: Option<TextKline>,
    #[serde(default)]
    asks: Vec<TextItem>,
    #[serde(default)]
    bids: Vec<TextItem>,
    #[serde(rename = "r")]
    version: Option<String>,
}

#[derive(Deserialize)]
struct TextDeal {
    #[serde(rename = "p")]
    price: String,
    #[serde(rename = "v")]
    quantity: String,
    #[serde(rename = "S")]
    trade_type: i32,
    #[serde(rename = "t")]
    time: i64,
}

#[derive(Deserialize)]
struct TextItem {
    #[serde(rename = "p")]
    price: String,
    #[serde(rename = "v")]
    quantity: String,
}

#[derive(Deserialize)]
struct TextKline {
    #[serde(rename = "t")]
    start: i64,
    #[serde(rename = "T")]
    end: i64,
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
}

/// Reads a binary message.
///
/// # Errors
///
/// If it is not protobuf of a known form. The reason holds nothing of the message.
pub fn read_binary(data: &[u8]) -> Result<VenueMessage, &'static str> {
    let push = PushDataWrapper::decode(data).map_err(|_| "not protobuf as agreed")?;
    let data = if let Some(deals) = push.deals {
        let deals = deals.deals.iter();
        trades(deals.map(|deal| (&*deal.price, &*deal.quantity, deal.trade_type, deal.time)))?
    } else if let Some(depths) = push.depths {
        let depth = depth(&depths.to_version, &depths.bids, &depths.asks)?;
        difference(version(&depths.from_version)?, depth)?
    } else if let Some(depths) = push.limit_depths {
        VenueData::Snapshot(depth(&depths.version, &depths.bids, &depths.asks)?)
    } else if let Some(kline) = push.kline {
        candle(
            (kline.window_start, kline.window_end),
            [
                &kline.opening_price,
                &kline.highest_price,
                &kline.lowest_price,
                &kline.closing_price,
                &kline.volume,
            ],
        )?
    } else {
        return Err("a message without known content");
    };
    Ok(VenueMessage {
        stream: info(&push.channel),
        time: push.send_time.or(push.create_time),
        data,
    })
}

/// Reads a text.
///
/// # Errors
///
/// If it is not JSON of a known form. The reason holds nothing of the text.
pub fn read_text(text: &str) -> Result<Incoming, &'static str> {
    let text: Text = serde_json::from_str(text).map_err(|_| "not JSON as agreed")?;
    let (channel, data) = match (text.channel, text.data, text.code) {
        (Some(channel), Some(data), _) => (channel, data),
        (None, None, Some(code)) => return Ok(answer(code, text.msg.unwrap_or_default())),
        _ => return Err("neither data nor an answer"),
    };
    let data = if let Some(deals) = data.deals {
        let deals = deals.iter();
        trades(deals.map(|deal| (&*deal.price, &*deal.quantity, deal.trade_type, deal.time)))?
    } else if let Some(kline) = data.kline {
        candle(
            (kline.start, kline.end),
            [
                &kline.open,
                &kline.high,
                &kline.low,
                &kline.close,
                &kline.volume,
            ],
        )?
    } else {
        let items = |items: Vec<TextItem>| -> Vec<Item> {
            let item = |TextItem { price, quantity }| Item { price, quantity };
            items.into_iter().map(item).collect()
        };
        let number = data.version.ok_or("a book without a version")?;
        let depth = depth(&number, &items(data.bids), &items(data.asks))?;
        if channel.contains("limit.depth") {
            VenueData::Snapshot(depth)
        } else {
            // Each message is one version.
            difference(depth.number, depth)?
        }
    };
    Ok(Incoming::Message(VenueMessage {
        stream: info(&channel),
        time: text.time,
        data,
    }))
}

/// An answer: `a,b` confirms, `Not Subscribed successfully! [a,b].  Reason: …` rejects. The code is
/// zero in either case.
fn answer(code: i64, words: String) -> Incoming {
    let named = words.split(['[', ']', ',', ' ']);
    let streams = named.filter(|name| name.contains('@')).map(str::to_owned);
    Incoming::Answer {
        is_accepted: code == 0 && !words.starts_with("Not Subscribed"),
        streams: streams.collect(),
        words,
    }
}

fn trades<'a>(
    deals: impl Iterator<Item = (&'a str, &'a str, i32, i64)>,
) -> Result<VenueData, &'static str> {
    let trade = |(price, quantity, trade_type, time)| -> Result<Trade, &'static str> {
        Ok(Trade {
            // The venue does not number them.
            number: None,
            price: decimal(price)?,
            quantity: Some(decimal(quantity)?),
            time: Some(time),
            taker: match trade_type {
                1 => Some(Taker::Buyer),
                2 => Some(Taker::Seller),
                _ => None,
            },
        })
    };
    let trades: Vec<Trade> = deals.map(trade).collect::<Result<_, &'static str>>()?;
    if trades.is_empty() {
        return Err("a message without deals");
    }
    Ok(VenueData::Trades(trades))
}

fn depth(number: &str, bids: &[Item], asks: &[Item]) -> Result<Depth, &'static str> {
    let level = |item: &Item| -> Result<Level, &'static str> {
        Ok(Level {
            price: decimal(&item.price)?,
            quantity: decimal(&item.quantity)?,
        })
    };
    let levels = |items: &[Item]| items.iter().map(level).collect::<Result<_, &'static str>>();
    Ok(Depth {
        number: version(number)?,
        bids: levels(bids)?,
        asks: levels(asks)?,
    })
}

fn difference(first: u64, depth: Depth) -> Result<VenueData, &'static str> {
    if first > depth.number {
        return Err("a depth update ends before it begins");
    }
    Ok(VenueData::Difference { first, depth })
}

fn version(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "a version is not a number")
}

/// A bar of times in seconds, and its open, high, low, close and volume.
fn candle((start, end): (i64, i64), values: [&String; 5]) -> Result<VenueData, &'static str> {
    let [open, high, low, close, volume] = values.map(|text| decimal(text));
    if end <= start {
        return Err("a kline ends before it begins");
    }
    Ok(VenueData::Candle(Candle {
        start: start.saturating_mul(1000),
        end: end.saturating_mul(1000),
        open: open?,
        high: high?,
        low: low?,
        close: close?,
        volume: volume?,
        is_closed: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that were written by hand, so that tags and types are not those of this module.
    #[test]
    fn the_bytes_of_a_deal_are_read() {
        let mut deal = vec![0x0a, 3];
        deal.extend(b"1.5");
        deal.extend([0x12, 2]);
        deal.extend(b"20");
        // Type 2, time 1000.
        deal.extend([0x18, 2, 0x20, 0xe8, 0x07]);
        let mut deals = vec![0x0a, deal.len() as u8];
        deals.extend(&deal);
        let mut push = vec![0x0a, 7];
        push.extend(b"deals@A");
        // Field 6: sent at 1001. Field 314.
        push.extend([0x30, 0xe9, 0x07, 0xd2, 0x13, deals.len() as u8]);
        push.extend(&deals);
        let message = read_binary(&push).unwrap();
        assert_eq!((message.time, &*message.stream.id), (Some(1001), "deals@A"));
        let expected = Trade {
            number: None,
            price: 1.5,
            quantity: Some(20.0),
            time: Some(1000),
            taker: Some(Taker::Seller),
        };
        assert_eq!(message.data, VenueData::Trades(vec![expected]));
    }

    /// A message with the content of a field, which a length of two bytes may precede.
    fn push(field: u32, content: &[u8]) -> Vec<u8> {
        let mut push = vec![0x0a, 1, b'c'];
        let tag = (field << 3) | 2;
        push.extend([((tag & 0x7f) | 0x80) as u8, (tag >> 7) as u8]);
        push.extend([
            ((content.len() & 0x7f) | 0x80) as u8,
            (content.len() >> 7) as u8,
        ]);
        push.extend(content);
        push
    }

    fn text(field: u8, text: &str) -> Vec<u8> {
        let mut bytes = vec![(field << 3) | 2, text.len() as u8];
        bytes.extend(text.as_bytes());
        bytes
    }

    #[test]
    fn the_bytes_of_books_and_klines_are_read() {
        let level = |price, quantity| Level { price, quantity };
        let item = [text(1, "7.5"), text(2, "0")].concat();
        let item = [vec![0x0a, item.len() as u8], item].concat();
        let changes = [item.clone(), text(4, "11"), text(5, "13")].concat();
        let depth = |number| Depth {
            number,
            bids: Vec::new(),
            asks: vec![level(7.5, 0.0)],
        };
        let message = read_binary(&push(313, &changes)).unwrap();
        let expected = VenueData::Difference {
            first: 11,
            depth: depth(13),
        };
        assert_eq!(message.data, expected);
        let best = [item, text(4, "13")].concat();
        let message = read_binary(&push(303, &best)).unwrap();
        assert_eq!(message.data, VenueData::Snapshot(depth(13)));
        let kline = [
            text(1, "Min1"),
            vec![0x10, 60],
            text(3, "1"),
            text(4, "2"),
            text(5, "4"),
            text(6, "0.5"),
            text(7, "9"),
            vec![0x48, 120],
        ];
        let message = read_binary(&push(308, &kline.concat())).unwrap();
        let expected = Candle {
            start: 60_000,
            end: 120_000,
            open: 1.0,
            high: 4.0,
            low: 0.5,
            close: 2.0,
            volume: 9.0,
            is_closed: None,
        };
        assert_eq!(message.data, VenueData::Candle(expected));
    }

    #[test]
    fn texts_are_read_as_binary_messages_are() {
        let read = |text| match read_text(text) {
            Ok(Incoming::Message(message)) => message,
            other => panic!("{other:?}"),
        };
        let level = |price, quantity| Level { price, quantity };
        let message = read(
            r#"{"c":"spot@public.deals.v3.api@A","d":{"deals":[{"p":"1.5","v":"20","S":1,"t":1000}],"e":"spot@public.deals.v3.api"},"s":"A","t":1001}"#,
        );
        let expected = Trade {
            number: None,
            price: 1.5,
            quantity: Some(20.0),
            time: Some(1000),
            taker: Some(Taker::Buyer),
        };
        assert_eq!(message.time, Some(1001));
        assert_eq!(message.data, VenueData::Trades(vec![expected]));
        let message = read(
            r#"{"c":"spot@public.increase.depth.v3.api@A","d":{"asks":[{"p":"7.5","v":"0.000000"}],"e":"x","r":"13"},"s":"A","t":1001}"#,
        );
        let depth = |bids| Depth {
            number: 13,
            bids,
            asks: vec![level(7.5, 0.0)],
        };
        let expected = VenueData::Difference {
            first: 13,
            depth: depth(Vec::new()),
        };
        assert_eq!(message.data, expected);
        let message = read(
            r#"{"c":"spot@public.limit.depth.v3.api@A@5","d":{"asks":[{"p":"7.5","v":"0"}],"bids":[{"p":"7","v":"1"}],"e":"x","r":"13"},"s":"A","t":1001}"#,
        );
        let expected = VenueData::Snapshot(depth(vec![level(7.0, 1.0)]));
        assert_eq!(message.data, expected);
        let message = read(
            r#"{"c":"spot@public.kline.v3.api@A@Min1","d":{"k":{"t":60,"o":"1","c":"2","h":"4","l":"0.5","v":"9","a":"1","T":120,"i":"Min1"},"e":"x"},"s":"A","t":1001}"#,
        );
        let VenueData::Candle(candle) = message.data else {
            panic!("{message:?}")
        };
        assert_eq!((candle.start, candle.end), (60_000, 120_000));
        let prices = [candle.open, candle.high, candle.low, candle.close];
        assert_eq!((prices, candle.volume), ([1.0, 4.0, 0.5, 2.0], 9.0));
    }

    #[test]
    fn an_answer_rejects_by_its_words_though_its_code_is_zero() {
        for (text, accepted, names) in [
            (
                r#"{"id":0,"code":0,"msg":"spot@a@A,spot@b@B"}"#,
                true,
                &["spot@a@A", "spot@b@B"][..],
            ),
            (
                r#"{"id":0,"code":0,"msg":"Not Subscribed successfully! [spot@a@A,spot@b@B].  Reason: Blocked! "}"#,
                false,
                &["spot@a@A", "spot@b@B"],
            ),
            (
                r#"{"id":0,"code":1,"msg":"spot@a@A"}"#,
                false,
                &["spot@a@A"],
            ),
            (r#"{"id":0,"code":0,"msg":"PONG"}"#, true, &[]),
        ] {
            let Ok(Incoming::Answer {
                is_accepted,
                streams,
                ..
            }) = read_text(text)
            else {
                panic!("{text}")
            };
            assert_eq!(is_accepted, accepted, "{text}");
            assert_eq!(streams, names, "{text}");
        }
    }

    #[test]
    fn what_has_another_form_is_an_error_that_holds_nothing_of_it() {
        for text in [
            "",
            "secret",
            "{}",
            r#"{"c":"a@A"}"#,
            r#"{"c":"a@A","d":{}}"#,
            r#"{"c":"a@A","d":{"deals":[]}}"#,
            r#"{"c":"a@A","d":{"deals":[{"p":"secret","v":"1","S":1,"t":1}]}}"#,
            r#"{"c":"a@A","d":{"asks":[],"r":"secret"}}"#,
            r#"{"c":"a@A","d":{"k":{"t":60,"T":60,"o":"1","c":"1","h":"1","l":"1","v":"1"}}}"#,
        ] {
            let reason = read_text(text).unwrap_err();
            assert!(!reason.contains("secret"), "{text}: {reason}");
        }
        assert!(read_binary(&[]).is_err());
        assert!(read_binary(&[0xff; 9]).is_err());
        assert!(read_binary(&push(314, &[])).is_err(), "no deals");
        assert!(read_binary(&push(313, &text(4, "x"))).is_err());
    }
}
