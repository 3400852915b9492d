//! The invented layouts and their drawings.

use market::{Interval, Market, Settings};
use serde_json::{Map, Value, json};

const DAY: i64 = 86_400_000;

/// A layout.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// The name of the account that it belongs to.
    pub(super) owner: &'static str,
    /// Whether all others may see it.
    pub(super) is_shared: bool,
    drawings: &'static [Drawing],
}

/// A drawing: its id, symbol and tool, and its points as days ago.
#[derive(Debug)]
struct Drawing(&'static str, &'static str, &'static str, &'static [i64]);

/// All layouts.
pub(super) const LAYOUTS: [Layout; 3] = [
    Layout {
        id: "SimPriv1",
        name: "My chart",
        owner: "premium",
        is_shared: false,
        drawings: &[
            Drawing("dTrnd1", "NASDAQ:AAPL", "LineToolTrendLine", &[60, 30]),
            Drawing("dHorz1", "NASDAQ:AAPL", "LineToolHorzLine", &[45]),
            Drawing("dFibR1", "NASDAQ:AAPL", "LineToolFibRetracement", &[90, 40]),
            Drawing("dRect1", "BINANCE:BTCUSDT", "LineToolRectangle", &[50, 35]),
        ],
    },
    Layout {
        id: "SimPriv2",
        name: "Empty chart",
        owner: "basic",
        is_shared: false,
        drawings: &[],
    },
    Layout {
        id: "SimShar1",
        name: "Shared chart",
        owner: "premium",
        is_shared: true,
        drawings: &[
            Drawing("dPred1", "NASDAQ:AAPL", "LineToolPrediction", &[40, 33]),
            Drawing("dText1", "NASDAQ:AAPL", "LineToolText", &[37]),
        ],
    },
];

impl Layout {
    /// The layout of an id.
    pub(super) fn find(id: &str) -> Option<&'static Self> {
        LAYOUTS.iter().find(|layout| layout.id == id)
    }

    /// The drawings on charts of a symbol, or of all if it is empty, by their ids. Their points
    /// lie on closes of the days before the month that a time, in milliseconds UTC, is in.
    pub(super) fn sources(&self, market: &Market, symbol: &str, now: i64) -> Map<String, Value> {
        let wanted = self
            .drawings
            .iter()
            .filter(|it| symbol.is_empty() || it.1 == symbol);
        wanted
            .map(|it| (it.0.to_owned(), it.written(market, now)))
            .collect()
    }
}

impl Drawing {
    fn written(&self, market: &Market, now: i64) -> Value {
        let Self(id, symbol, tool, days) = self;
        // The beginning of a stretch of thirty days, so that drawings stay where they are.
        let anchor = now.div_euclid(30 * DAY) * 30 * DAY;
        let points: Vec<Value> = days
            .iter()
            .filter_map(|ago| point(market, symbol, anchor - ago * DAY, now))
            .collect();
        json!({
            "id": id,
            "symbol": symbol,
            "ownerSource": "_seriesId",
            "currencyId": market.symbol(symbol).map(|it| it.currency().to_owned()),
            "serverUpdateTime": anchor,
            "state": {
                "type": tool,
                "id": id,
                "state": {
                    "linecolor": "#2962FF",
                    "linewidth": 1,
                    "linestyle": 0,
                    "visible": true,
                    "frozen": false,
                    "symbol": symbol,
                    "title": "",
                    "interval": "1D",
                    "symbolStateVersion": 2,
                    "zOrderVersion": 2,
                },
                "points": points,
                "zorder": -10000,
                "ownerSource": "_seriesId",
            },
        })
    }
}

/// The close of the last day that opened before a time.
fn point(market: &Market, symbol: &str, time: i64, now: i64) -> Option<Value> {
    let (symbol, day) = (market.symbol(symbol)?, Interval::parse("1D").ok()?);
    let mut days = symbol.bars(day, Settings::default(), time - 7 * DAY, time, now);
    let mut bar = days.next()?;
    for later in days {
        bar = later;
    }
    Some(json!({ "time_t": bar.opens / 1000, "offset": 0, "price": bar.close }))
}
