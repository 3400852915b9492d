//! What the drawing script makes of the bars: every kind of graphics that there is.

use serde_json::{Value, json};

use super::{
    profile::{Row, fullest},
    scene::{Item, Items, Places},
};
use crate::study::bar::Bar;

/// How many bars on either side a turning point must stand out from.
const PIVOT: usize = 5;
/// How many turning points are marked.
const MAX_PIVOTS: usize = 40;
/// How many bars a box covers, and how many boxes there are.
const BOX: i64 = 20;
const MAX_BOXES: usize = 10;
/// Colours, packed as opaque red, green and blue.
const RED: u32 = 0xFFF2_3645;
const GREEN: u32 = 0xFF08_9981;
const GREY: u32 = 0xFF78_7B86;
const WHITE: u32 = 0xFFFF_FFFF;
/// Stands for a time before all bars.
pub(super) const BEFORE_ALL: i64 = -2_000_000;
/// Seconds.
const DAY: i64 = 86_400;

/// A bar whose price stands out from those around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pivot {
    index: i64,
    time: i64,
    price: f64,
    high: bool,
}

impl Pivot {
    /// A number of its own.
    fn id(&self) -> i64 {
        2 * self.index + i64::from(self.high)
    }
}

/// The turning points, oldest first.
pub(super) fn pivots(bars: &[Bar]) -> Vec<Pivot> {
    let mut found = Vec::new();
    for around in bars.windows(2 * PIVOT + 1) {
        let Some(bar) = around.get(PIVOT) else {
            continue;
        };
        let others = || around.iter().filter(|other| other.index != bar.index);
        if others().all(|other| other.high < bar.high) {
            found.push(pivot(bar, bar.high, true));
        }
        if others().all(|other| other.low > bar.low) {
            found.push(pivot(bar, bar.low, false));
        }
    }
    found.split_off(found.len().saturating_sub(MAX_PIVOTS))
}

fn pivot(bar: &Bar, price: f64, high: bool) -> Pivot {
    Pivot {
        index: bar.index,
        time: bar.time,
        price,
        high,
    }
}

fn own(fields: Value) -> Item {
    Item { style: "", fields }
}

/// `dwglabels`: one at each turning point.
pub(super) fn labels(pivots: &[Pivot], places: &mut Places) -> Items {
    let label = |pivot: &Pivot| {
        let (place, style, colour) = match pivot.high {
            true => ("ab", "ldn", RED),
            false => ("bl", "lup", GREEN),
        };
        let fields = json!({
            "x": places.of(pivot.index), "y": pivot.price, "yl": place, "t": format!("{:?}", pivot.price), "st": style,
            "ci": colour, "tci": WHITE, "sz": "small", "ta": "center", "tt": format!("since {}", pivot.time),
        });
        (pivot.id(), own(fields))
    };
    pivots.iter().map(label).collect()
}

/// `dwglines`: from high to high, and from low to low; the newest go on to the right.
pub(super) fn lines(pivots: &[Pivot], places: &mut Places) -> Items {
    let mut items = Items::new();
    for side in [true, false] {
        let points: Vec<&Pivot> = pivots.iter().filter(|pivot| pivot.high == side).collect();
        let pairs = points.iter().zip(points.iter().skip(1));
        for (at, (from, to)) in pairs.enumerate() {
            let newest = at + 2 == points.len();
            let fields = json!({
                "x1": places.of(from.index), "y1": from.price, "x2": places.of(to.index), "y2": to.price,
                "ex": if newest { "r" } else { "n" }, "st": if side { "sol" } else { "dsh" },
                "ci": if side { RED } else { GREEN }, "w": 1,
            });
            items.insert(from.id(), own(fields));
        }
    }
    items
}

/// `dwglinefills`: between the newest line of highs and the newest of lows.
pub(super) fn fills(pivots: &[Pivot]) -> Items {
    let newest = |side: bool| {
        let mut points = pivots.iter().rev().filter(|pivot| pivot.high == side);
        points.nth(1).map(Pivot::id)
    };
    let (Some(high), Some(low)) = (newest(true), newest(false)) else {
        return Items::new();
    };
    let fields = json!({ "l1": high, "l2": low, "ci": GREY });
    Items::from([(1, own(fields))])
}

/// `dwgpolylines`: through the newest turning points, high and low in turn. Only the name of this
/// kind is known; its fields are put together from those of lines and polygons.
pub(super) fn polyline(pivots: &[Pivot], places: &mut Places) -> Items {
    let newest = pivots
        .get(pivots.len().saturating_sub(6)..)
        .unwrap_or_default();
    if newest.len() < 2 {
        return Items::new();
    }
    let points: Vec<Value> = newest
        .iter()
        .map(|pivot| json!({ "index": places.of(pivot.index), "level": pivot.price }))
        .collect();
    let fields = json!({ "points": points, "st": "sol", "ci": GREY, "w": 1 });
    Items::from([(1, own(fields))])
}

/// `polygons`: the triangle of the three newest turning points.
pub(super) fn triangle(pivots: &[Pivot], places: &mut Places) -> Items {
    let newest: Vec<&Pivot> = pivots.iter().rev().take(3).collect();
    if newest.len() < 3 {
        return Items::new();
    }
    let points: Vec<Value> = newest
        .iter()
        .map(|pivot| json!({ "index": places.of(pivot.index), "level": pivot.price }))
        .collect();
    Items::from([(1, polygon(points))])
}

/// A polygon in the style of the profile's background.
pub(super) fn polygon(points: Vec<Value>) -> Item {
    Item {
        style: "histBoxBg",
        fields: json!({ "points": points }),
    }
}

/// `dwgboxes`: the range of each complete block of bars.
pub(super) fn boxes(bars: &[Bar], places: &mut Places) -> Items {
    let blocks =
        bars.chunk_by(|one, other| one.index.div_euclid(BOX) == other.index.div_euclid(BOX));
    let whole: Vec<&[Bar]> = blocks.filter(|block| block.len() == BOX as usize).collect();
    let newest = whole.iter().skip(whole.len().saturating_sub(MAX_BOXES));
    newest
        .filter_map(|block| {
            let (first, last) = (block.first()?, block.last()?);
            let (low, high) = range(block);
            let rose = last.close >= first.open;
            let fields = json!({
                "x1": places.of(first.index), "y1": high, "x2": places.of(last.index), "y2": low,
                "c": if rose { GREEN } else { RED }, "bc": GREY, "ex": "n", "st": "dot", "w": 1,
                "t": format!("{:?}", last.close - first.open), "ts": "auto", "tc": WHITE, "tva": "top", "tha": "left",
                "tw": "auto",
            });
            Some((first.index, own(fields)))
        })
        .collect()
}

/// `horizlines`: the highest and the lowest price.
pub(super) fn levels(bars: &[Bar], places: &mut Places) -> Items {
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else {
        return Items::new();
    };
    let (low, high) = range(bars);
    let (start, end) = (places.of(first.index), places.of(last.index));
    [(1, high), (2, low)]
        .into_iter()
        .map(|(id, level)| (id, level_line((start, end), level)))
        .collect()
}

/// A horizontal line.
pub(super) fn level_line((start, end): (usize, usize), level: f64) -> Item {
    Item {
        style: "pocLines",
        fields: json!({
            "startIndex": start, "endIndex": end, "level": level, "extendLeft": false, "extendRight": true,
        }),
    }
}

/// `hhists`: the rows of a volume profile.
pub(super) fn histogram(rows: &[Row], (start, end): (usize, usize)) -> Items {
    let item = |row: &Row| Item {
        style: if row.value_area {
            "histBarsVA"
        } else {
            "histBars2"
        },
        fields: json!({
            "firstBarTime": start, "lastBarTime": end, "priceLow": row.low, "priceHigh": row.high,
            "rate": [row.up, row.down],
        }),
    };
    (1..).zip(rows.iter().map(item)).collect()
}

/// The price at which most was traded.
pub(super) fn point_of_control(rows: &[Row]) -> Option<f64> {
    let row = rows.get(fullest(rows)?)?;
    Some((row.low + row.high) / 2.0)
}

/// `vertlines`: the first bar of each day; one before all bars stands for the day that had begun
/// already.
pub(super) fn session_breaks(bars: &[Bar], places: &mut Places) -> Items {
    let days = bars.chunk_by(same_day);
    let begin = |(nth, day): (usize, &[Bar])| {
        let first = day.first()?;
        let begun = nth == 0 && first.time.rem_euclid(DAY) != 0;
        Some(if begun { BEFORE_ALL } else { first.index })
    };
    let mut line = |index: i64| Item {
        style: "sessBreaks",
        fields: json!({
            "endPrice": 1.0, "extendBottom": true, "extendTop": true, "index": places.of(index), "startPrice": 0.0,
        }),
    };
    days.enumerate()
        .filter_map(begin)
        .map(|index| (index, line(index)))
        .collect()
}

/// `backgrounds`: the first quarter of each day's bars.
pub(super) fn mornings(bars: &[Bar], places: &mut Places) -> Items {
    bars.chunk_by(same_day)
        .filter_map(|day| {
            let (first, last) = (day.first()?, day.get(day.len() / 4)?);
            let item = Item {
                style: "preMarket",
                fields: json!({ "start": places.of(first.index), "stop": places.of(last.index) }),
            };
            (last.index > first.index).then_some((first.index, item))
        })
        .collect()
}

fn same_day(one: &Bar, other: &Bar) -> bool {
    one.time.div_euclid(DAY) == other.time.div_euclid(DAY)
}

/// `dwgtables`: one table.
pub(super) fn table() -> Items {
    let fields = json!({
        "pos": "top_right", "rows": 2, "cols": 2, "bgc": GREY, "frmc": WHITE, "frmw": 1, "brdc": WHITE, "brdw": 1,
    });
    Items::from([(1, own(fields))])
}

/// `dwgtablecells`: the last price and volume.
pub(super) fn cells(bar: &Bar) -> Items {
    let texts = [
        "Close".to_owned(),
        format!("{:?}", bar.close),
        "Volume".to_owned(),
        format!("{:?}", bar.volume),
    ];
    let cell = |at: i64, text: String| {
        let fields = json!({
            "tid": 1, "row": at / 2, "col": at % 2, "t": text, "w": 0, "h": 0, "tc": WHITE, "tha": "center",
            "tva": "center", "ts": "normal", "bgc": GREY,
        });
        (at + 1, own(fields))
    };
    (0..).zip(texts).map(|(at, text)| cell(at, text)).collect()
}

fn range(bars: &[Bar]) -> (f64, f64) {
    let low = bars.iter().map(|bar| bar.low).fold(f64::INFINITY, f64::min);
    let high = bars
        .iter()
        .map(|bar| bar.high)
        .fold(f64::NEG_INFINITY, f64::max);
    (low, high)
}
