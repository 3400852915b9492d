//! Messages as Binance documents them.

use serde_json::{Value, json};

use super::Control;
use crate::venue::{
    Depth, Level, Taker,
    feed::{self, Feed},
};

/// Message `n` of a stream.
pub(super) fn message(stream: &str, n: u64, time: i64) -> String {
    let symbol = stream.split('@').next().unwrap_or_default();
    let symbol = symbol.to_ascii_uppercase();
    let data = match Feed::of(stream) {
        Feed::Trades => {
            let trade = feed::trade(n, time);
            json!({
                "e": "trade", "E": time + 1, "s": symbol, "t": n,
                "p": decimal(trade.price), "q": decimal(trade.quantity.unwrap_or_default()),
                "T": time, "m": trade.taker == Some(Taker::Seller), "M": true,
            })
        }
        Feed::Differences => {
            let Depth { number, bids, asks } = feed::changes(n);
            json!({
                "e": "depthUpdate", "E": time, "s": symbol,
                "U": number - Feed::CHANGES + 1, "u": number,
                "b": levels(&bids), "a": levels(&asks),
            })
        }
        Feed::Snapshots { levels: most } => {
            let Depth { number, bids, asks } = feed::book(n);
            let best = |side: &[Level]| levels(side.get(..most).unwrap_or(side));
            json!({ "lastUpdateId": number, "bids": best(&bids), "asks": best(&asks) })
        }
        Feed::Candles => {
            let candle = feed::candle(n);
            let interval = stream.rsplit('_').next();
            json!({
                "e": "kline", "E": time, "s": symbol,
                "k": {
                    "t": candle.start, "T": candle.end - 1, "s": symbol, "i": interval,
                    "f": 100, "L": 200,
                    "o": decimal(candle.open), "c": decimal(candle.close),
                    "h": decimal(candle.high), "l": decimal(candle.low),
                    "v": decimal(candle.volume), "n": 100, "x": candle.is_closed,
                    "q": "1.0000", "V": "500", "Q": "0.500", "B": "0",
                },
            })
        }
    };
    json!({ "stream": stream, "data": data }).to_string()
}

/// The answer to a request.
pub(super) fn answer(control: &Control, refused: bool) -> String {
    let answer = if refused {
        json!({ "code": 2, "msg": "Invalid request: no such stream", "id": control.id })
    } else {
        json!({ "result": null, "id": control.id })
    };
    answer.to_string()
}

fn levels(levels: &[Level]) -> Vec<[Value; 2]> {
    let level = |level: &Level| [decimal(level.price), decimal(level.quantity)];
    levels.iter().map(level).collect()
}

/// Numbers are texts of eight decimals.
fn decimal(number: f64) -> Value {
    Value::String(format!("{number:.8}"))
}
