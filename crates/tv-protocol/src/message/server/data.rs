//! The data of series and studies: what `timescale_update` and `du` carry for each of them.
//!
//! Open parts: the text of `ns.d`, and fields of an object that are not known here.

use std::{fmt, ops::Range};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, Error, SeqAccess},
};
use serde_json::{Map, Value, json};

use super::{
    bars::{BarList, Bars, RowColumns, StudyRows},
    odd::{FaultSlot, ObjectFault, OddRow, OddSlot},
};
use crate::{
    bar::Bar,
    json::{JsonText, RawText, Whole},
    message::params::wire_value,
    scan::Span,
    time::Timestamp,
};

/// The objects of a message, in the order of the wire.
#[derive(Clone)]
pub struct Objects<'a> {
    data: Data<'a>,
    text: &'a str,
}

/// The data of a decoder, or of one's own. Boxed, because messages are moved about.
#[derive(Clone)]
enum Data<'a> {
    Lent(&'a ChartData),
    Own(Box<ChartData>),
}

/// New data of one series, study or pointset.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObjectUpdate<'a> {
    /// The id that the client gave it: `sds_1`, `$prices`, `st1`, ….
    pub id: RawText<'a>,
    /// The request that this answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turnaround: Option<RawText<'a>>,
    /// Bars, for a series. An empty list clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bars: Option<Bars<'a>>,
    /// Rows, for a study.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<StudyRows<'a>>,
    /// Points, for a pointset: number of the point, place on the time scale, and time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<StudyRows<'a>>,
    /// Drawings and reports of a study.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub non_series: Option<NonSeries<'a>>,
    /// About the last bar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_bar_status: Option<LastBarStatus>,
    /// The server's node that computed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<RawText<'a>>,
    /// Fields that are not known here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other: Vec<(RawText<'a>, JsonText<'a>)>,
    /// Rows that cannot be read. The lists above do not hold them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub odd_rows: Vec<OddRow<'a>>,
    /// Why nothing of this object can be read; then all fields above are empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<ObjectFault<'a>>,
}

/// Data of a study other than rows.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NonSeries<'a> {
    /// JSON text with drawings, reports or compressed data; mostly empty.
    pub data: RawText<'a>,
    /// Which bars the drawings refer to by position.
    pub indexes: Indexes,
}

/// `ns.indexes`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Indexes {
    /// Places on the time scale.
    List(Vec<i64>),
    /// The word `nochange`: as before.
    #[serde(serialize_with = "nochange")]
    NoChange,
}

fn nochange<S: serde::Serializer>(out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str("nochange")
}

impl Default for Indexes {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

/// `lbs`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LastBarStatus {
    /// When the last bar closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bar_close_time: Option<Timestamp>,
}

/// What one message holds, without the text that its spans refer to. Reused from message to
/// message.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChartData {
    pub(crate) objects: Vec<ObjectSlot>,
    pub(crate) bars: BarList,
    pub(crate) rows: RowColumns,
    pub(crate) indexes: Vec<i64>,
    pub(crate) other: Vec<(Span, Span)>,
    pub(crate) odd: Vec<OddSlot>,
}

/// One object: places in the text, ranges of the columns.
#[derive(Clone, Debug)]
pub(crate) struct ObjectSlot {
    pub(crate) id: Span,
    pub(crate) turnaround: Option<Span>,
    pub(crate) node: Option<Span>,
    pub(crate) bars: Option<Range<usize>>,
    pub(crate) rows: Option<Range<usize>>,
    pub(crate) points: Option<Range<usize>>,
    pub(crate) non_series: Option<NonSeriesSlot>,
    pub(crate) last_bar_status: Option<LastBarStatus>,
    pub(crate) other: Range<usize>,
    pub(crate) odd: Range<usize>,
    pub(crate) fault: Option<Box<FaultSlot>>,
}

impl ObjectSlot {
    /// An object with nothing but its id. Its unknown fields will stand from `other` on.
    pub(crate) fn new(id: Span, other: usize) -> Self {
        Self {
            id,
            turnaround: None,
            node: None,
            bars: None,
            rows: None,
            points: None,
            non_series: None,
            last_bar_status: None,
            other: other..other,
            odd: 0..0,
            fault: None,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct NonSeriesSlot {
    pub(crate) data: Span,
    /// `None` is `nochange`.
    pub(crate) indexes: Option<Range<usize>>,
}

impl ChartData {
    pub(crate) fn clear(&mut self) {
        self.objects.clear();
        self.bars.clear();
        self.rows.clear();
        self.indexes.clear();
        self.other.clear();
        self.odd.clear();
    }
}

impl<'a> Objects<'a> {
    pub(crate) fn lent(data: &'a ChartData, text: &'a str) -> Self {
        Self {
            data: Data::Lent(data),
            text,
        }
    }

    pub(crate) fn own(data: Box<ChartData>, text: &'a str) -> Self {
        Self {
            data: Data::Own(data),
            text,
        }
    }

    fn data(&self) -> &ChartData {
        match &self.data {
            Data::Lent(data) => data,
            Data::Own(data) => data,
        }
    }

    /// How many objects there are; none when a message is about the time scale only.
    #[must_use]
    pub fn len(&self) -> usize {
        self.data().objects.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data().objects.is_empty()
    }

    /// The objects one by one. Rows are borrowed, nothing is copied.
    pub fn iter(&self) -> impl Iterator<Item = ObjectUpdate<'_>> {
        self.data().objects.iter().map(|slot| self.view(slot))
    }

    /// The object with an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<ObjectUpdate<'_>> {
        self.iter().find(|object| object.id == id)
    }

    fn view<'v>(&'v self, slot: &'v ObjectSlot) -> ObjectUpdate<'v> {
        let text = self.text;
        let raw = |span: Span| span.raw(text);
        let rows = |range: &Range<usize>| StudyRows::new(&self.data().rows, range.clone());
        let other = self
            .data()
            .other
            .get(slot.other.clone())
            .unwrap_or_default();
        let odd = self.data().odd.get(slot.odd.clone()).unwrap_or_default();
        ObjectUpdate {
            id: raw(slot.id),
            turnaround: slot.turnaround.map(raw),
            bars: slot
                .bars
                .as_ref()
                .map(|range| Bars::new(&self.data().bars, range.clone())),
            rows: slot.rows.as_ref().map(rows),
            points: slot.points.as_ref().map(rows),
            non_series: slot.non_series.as_ref().map(|slot| NonSeries {
                data: raw(slot.data),
                indexes: self.indexes(slot),
            }),
            last_bar_status: slot.last_bar_status,
            node: slot.node.map(raw),
            other: other
                .iter()
                .map(|&(name, value)| (raw(name), JsonText::new(value.of(text))))
                .collect(),
            odd_rows: odd.iter().map(|odd| odd.view(text)).collect(),
            fault: slot.fault.as_ref().map(|fault| fault.view(text)),
        }
    }

    fn indexes(&self, slot: &NonSeriesSlot) -> Indexes {
        match &slot.indexes {
            None => Indexes::NoChange,
            Some(range) => Indexes::List(
                self.data()
                    .indexes
                    .get(range.clone())
                    .unwrap_or_default()
                    .to_vec(),
            ),
        }
    }

    pub(super) fn wire(&self) -> Value {
        let fields = self
            .iter()
            .map(|object| (object.id.to_text().as_str().to_owned(), object.wire()));
        Value::Object(fields.collect())
    }
}

impl fmt::Debug for Objects<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Objects<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Serialize for Objects<'_> {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(self.iter())
    }
}

impl ObjectUpdate<'_> {
    fn wire(&self) -> Value {
        if let Some(fault) = &self.fault {
            return parsed(fault.text);
        }
        let mut out = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                out.insert(name.to_owned(), value);
            }
        };
        set("node", self.node.map(|node| wire_value(&node)));
        set(
            "s",
            self.bars.as_ref().map(|bars| {
                bars.iter()
                    .map(|place| bar_wire(place.index, place.bar))
                    .collect()
            }),
        );
        set(
            "st",
            self.rows.as_ref().map(|rows| {
                rows.iter()
                    .map(|row| json!({ "i": row.index, "v": row.values }))
                    .collect()
            }),
        );
        set(
            "plots",
            self.points.as_ref().map(|points| {
                points
                    .iter()
                    .map(|point| json!({ "index": point.index, "value": point.values }))
                    .collect()
            }),
        );
        set("ns", self.non_series.as_ref().map(NonSeries::wire));
        set(
            "t",
            self.turnaround.map(|turnaround| wire_value(&turnaround)),
        );
        set("lbs", self.last_bar_status.as_ref().map(wire_value));
        for (name, value) in &self.other {
            set(&name.to_text(), Some(wire_value(value)));
        }
        for odd in &self.odd_rows {
            let list = out.get_mut(odd.list.as_str()).and_then(Value::as_array_mut);
            if let Some(list) = list {
                list.insert(odd.position.min(list.len()), parsed(odd.text));
            }
        }
        Value::Object(out)
    }
}

impl NonSeries<'_> {
    pub(super) fn wire(&self) -> Value {
        json!({ "d": self.data, "indexes": self.indexes })
    }
}

/// Text of a message, which was JSON when it was read.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

fn bar_wire(index: i64, bar: Bar) -> Value {
    let Bar {
        time,
        open,
        high,
        low,
        close,
        volume,
    } = bar;
    let mut values = vec![
        json!(time),
        json!(open),
        json!(high),
        json!(low),
        json!(close),
    ];
    values.extend(volume.map(Value::from));
    json!({ "i": index, "v": values })
}

impl<'de: 'a, 'a> Deserialize<'de> for NonSeries<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(expecting = "an object")]
        struct Wire<'a> {
            #[serde(borrow, default)]
            d: Option<&'a serde_json::value::RawValue>,
            #[serde(default)]
            indexes: Option<Indexes>,
        }
        let wire = Wire::deserialize(source)?;
        let raw = wire.d.map_or("null", serde_json::value::RawValue::get);
        let inner = raw
            .strip_prefix('"')
            .and_then(|raw| raw.strip_suffix('"'))
            .unwrap_or_default();
        if inner.contains('\\') {
            serde_json::from_str::<String>(raw).map_err(D::Error::custom)?;
        }
        Ok(Self {
            data: RawText::new(inner, inner.contains('\\')),
            indexes: wire.indexes.unwrap_or_default(),
        })
    }
}

impl<'de> Deserialize<'de> for Indexes {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Indexes;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a list of places or \"nochange\"")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Self::Value, E> {
                match word {
                    "nochange" => Ok(Indexes::NoChange),
                    _ => Err(E::invalid_value(de::Unexpected::Str(word), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(Whole(index)) = seq.next_element()? {
                    list.push(index);
                }
                Ok(Indexes::List(list))
            }
        }
        source.deserialize_any(Visitor)
    }
}

impl<'de> Deserialize<'de> for LastBarStatus {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(expecting = "an object")]
        struct Wire {
            #[serde(default)]
            bar_close_time: Option<Whole>,
        }
        let wire = Wire::deserialize(source)?;
        Ok(Self {
            bar_close_time: wire
                .bar_close_time
                .map(|time| Timestamp::from_seconds(time.0)),
        })
    }
}
