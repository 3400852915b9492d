//! The data of series and studies: what `timescale_update` and `du` carry for each of them.
//!
//! Open parts: the text of `ns.d`, and fields of an object that are not known here.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, IgnoredAny, MapAccess, SeqAccess},
};
use serde_json::{Map, Value, json};

use crate::{
    bar::Bar,
    json::{Json, NO_VALUE, Number, Text, Whole},
    message::params::{element, wire_value},
};

/// News of one series, study or pointset.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ObjectUpdate<'a> {
    /// The id that the client gave it: `sds_1`, `$prices`, `st1`, ….
    pub id: Text<'a>,
    /// The request that this answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turnaround: Option<Text<'a>>,
    /// Bars, for a series. An empty list clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bars: Option<Vec<SeriesBar>>,
    /// Rows, for a study.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<StudyRow>>,
    /// Points, for a pointset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<Vec<PointsetPoint>>,
    /// Drawings and reports of a study.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub non_series: Option<NonSeries<'a>>,
    /// About the last bar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_bar_status: Option<LastBarStatus>,
    /// The server's node that computed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<Text<'a>>,
    /// Fields that are not known here.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<String, Json>,
}

/// A bar at its place in the series.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SeriesBar {
    /// Place on the chart's time scale; bars before the first load have negative ones.
    pub index: i64,
    /// The bar.
    #[serde(flatten)]
    pub bar: Bar,
}

/// One row of a study.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StudyRow {
    /// Place on the chart's time scale; warm-up rows have some like -1000100.
    pub index: i64,
    /// The bar's open time in Unix seconds, then one value for each plot, as sent: 1e100 and NaN
    /// stand for "no value".
    pub values: Vec<f64>,
}

impl StudyRow {
    /// When the row's bar opens: Unix seconds, UTC.
    #[must_use]
    pub fn time(&self) -> Option<f64> {
        self.values.first().copied()
    }

    /// The value of plot number `plot`, counted from 0.
    #[must_use]
    pub fn plot(&self, plot: usize) -> Option<f64> {
        self.values
            .get(plot + 1)
            .copied()
            .filter(|value| !value.is_nan() && *value != NO_VALUE)
    }
}

/// One point of a pointset.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PointsetPoint {
    /// Which of the points that were asked for.
    pub index: i64,
    /// Its place on the time scale and its time.
    pub value: Vec<f64>,
}

/// What a study says besides rows.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NonSeries<'a> {
    /// JSON text with drawings, reports or compressed data; mostly empty.
    pub data: Text<'a>,
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LastBarStatus {
    /// When the last bar closes: Unix seconds, UTC.
    pub bar_close_time: Option<i64>,
}

/// The objects of a message, in the order of the wire.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Objects<'a>(pub Vec<ObjectUpdate<'a>>);

element! {
    Objects<'a> => |objects| {
        let fields = objects.0.iter().map(|object| (object.id.as_str().to_owned(), object.to_wire()));
        Value::Object(fields.collect())
    };
}

impl ObjectUpdate<'_> {
    fn to_wire(&self) -> Value {
        let mut out = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                out.insert(name.to_owned(), value);
            }
        };
        set("node", self.node.as_deref().map(Value::from));
        set(
            "s",
            self.bars
                .as_ref()
                .map(|bars| bars.iter().map(bar_to_wire).collect()),
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
                    .map(|point| json!({ "index": point.index, "value": point.value }))
                    .collect()
            }),
        );
        set(
            "ns",
            self.non_series
                .as_ref()
                .map(|ns| json!({ "d": ns.data.as_str(), "indexes": wire_value(&ns.indexes) })),
        );
        set("t", self.turnaround.as_deref().map(Value::from));
        set("lbs", self.last_bar_status.as_ref().map(wire_value));
        for (name, value) in &self.other {
            set(name, Some(wire_value(value)));
        }
        Value::Object(out)
    }
}

fn bar_to_wire(place: &SeriesBar) -> Value {
    let Bar {
        time,
        open,
        high,
        low,
        close,
        volume,
    } = place.bar;
    let mut values = vec![
        json!(time),
        json!(open),
        json!(high),
        json!(low),
        json!(close),
    ];
    values.extend(volume.map(Value::from));
    json!({ "i": place.index, "v": values })
}

impl<'de: 'a, 'a> Deserialize<'de> for Objects<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Objects<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object of series and studies")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut objects = Vec::new();
                while let Some(id) = map.next_key::<Text<'de>>()? {
                    let mut object: ObjectUpdate<'de> = map
                        .next_value()
                        .map_err(|error| de::Error::custom(format_args!("{id}: {error}")))?;
                    object.id = id;
                    objects.push(object);
                }
                Ok(Objects(objects))
            }
        }
        source.deserialize_map(Visitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for ObjectUpdate<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = ObjectUpdate<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("the data of a series or study")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut object = ObjectUpdate::default();
                while let Some(name) = map.next_key::<Text<'de>>()? {
                    match name.as_str() {
                        "node" => object.node = map.next_value()?,
                        "s" => object.bars = map.next_value()?,
                        "st" => object.rows = map.next_value()?,
                        "plots" => object.points = map.next_value()?,
                        "ns" => object.non_series = map.next_value()?,
                        "t" => object.turnaround = map.next_value()?,
                        "lbs" => object.last_bar_status = map.next_value()?,
                        _ => {
                            object
                                .other
                                .insert(name.as_str().to_owned(), map.next_value()?);
                        }
                    }
                }
                Ok(object)
            }
        }
        source.deserialize_map(Visitor)
    }
}

/// A row of either kind: a place, and values that `V` reads.
struct Row<V> {
    index: i64,
    values: V,
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Row<V> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor<V>(std::marker::PhantomData<V>);
        impl<'de, V: Deserialize<'de>> de::Visitor<'de> for Visitor<V> {
            type Value = Row<V>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a row with an index and values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut index, mut values) = (None, None);
                while let Some(name) = map.next_key::<Text<'de>>()? {
                    match name.as_str() {
                        "i" | "index" => index = Some(map.next_value::<Whole>()?.0),
                        "v" | "value" => values = Some(map.next_value()?),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                match (index, values) {
                    (Some(index), Some(values)) => Ok(Row { index, values }),
                    (None, _) => Err(de::Error::missing_field("i")),
                    (_, None) => Err(de::Error::missing_field("v")),
                }
            }
        }
        source.deserialize_map(Visitor(std::marker::PhantomData))
    }
}

/// The values of a bar: time, open, high, low, close, and mostly volume.
struct BarValues(Bar);

impl<'de> Deserialize<'de> for BarValues {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = BarValues;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("the five or six values of a bar")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let Some(Whole(time)) = seq.next_element()? else {
                    return Err(de::Error::invalid_length(0, &self));
                };
                let mut prices = [0.0; 4];
                for (found, price) in prices.iter_mut().enumerate() {
                    let Some(Number(value)) = seq.next_element()? else {
                        return Err(de::Error::invalid_length(found + 1, &self));
                    };
                    *price = if value == NO_VALUE { f64::NAN } else { value };
                }
                let volume = seq.next_element::<Number>()?.and_then(Number::value);
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                let [open, high, low, close] = prices;
                Ok(BarValues(Bar {
                    time,
                    open,
                    high,
                    low,
                    close,
                    volume,
                }))
            }
        }
        source.deserialize_seq(Visitor)
    }
}

impl<'de> Deserialize<'de> for SeriesBar {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let row = Row::<BarValues>::deserialize(source)?;
        Ok(Self {
            index: row.index,
            bar: row.values.0,
        })
    }
}

/// Numbers, where each may say that it is none.
struct Numbers(Vec<f64>);

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let numbers = Vec::<Number>::deserialize(source)?;
        Ok(Self(numbers.into_iter().map(|number| number.0).collect()))
    }
}

impl<'de> Deserialize<'de> for StudyRow {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let row = Row::<Numbers>::deserialize(source)?;
        Ok(Self {
            index: row.index,
            values: row.values.0,
        })
    }
}

impl<'de> Deserialize<'de> for PointsetPoint {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let row = Row::<Numbers>::deserialize(source)?;
        Ok(Self {
            index: row.index,
            value: row.values.0,
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for NonSeries<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire<'a> {
            #[serde(borrow, default)]
            d: Option<Text<'a>>,
            #[serde(default)]
            indexes: Option<Indexes>,
        }
        let wire = Wire::deserialize(source)?;
        Ok(Self {
            data: wire.d.unwrap_or_default(),
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

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Self::Value, E> {
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
        struct Wire {
            #[serde(default)]
            bar_close_time: Option<Whole>,
        }
        let wire = Wire::deserialize(source)?;
        Ok(Self {
            bar_close_time: wire.bar_close_time.map(|time| time.0),
        })
    }
}
