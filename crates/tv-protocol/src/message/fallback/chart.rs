//! The series and studies of `timescale_update` and `du`, and their time scale.

use std::{fmt, ops::Range};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess},
};

use super::{Buffers, Source};
use serde_json::value::RawValue;

use crate::{
    json::{JsonText, NO_VALUE, Number, Text, Whole, whole},
    message::server::{
        BarList, BarRow, ChartData, FaultSlot, Indexes, NonSeriesSlot, ObjectSlot, Objects,
        OddSlot, RowColumns, RowList, Timescale,
    },
    scan::Span,
    time::Timestamp,
};

/// Reads objects by serde, for whatever the template does not cover.
pub(in crate::message) struct ObjectsSeed<'de> {
    pub(in crate::message) source: Source<'de>,
    /// Where the data go, if not into memory of their own.
    pub(in crate::message) buffers: Option<&'de mut Buffers>,
}

impl<'de> DeserializeSeed<'de> for ObjectsSeed<'de> {
    type Value = Objects<'de>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> de::Visitor<'de> for ObjectsSeed<'de> {
    type Value = Objects<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object of series and studies")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let Self { source, buffers } = self;
        match buffers {
            Some(buffers) => {
                read_objects(source, &mut buffers.chart, map)?;
                Ok(Objects::lent(&buffers.chart, source.text()))
            }
            None => {
                let mut data = Box::<ChartData>::default();
                read_objects(source, &mut data, map)?;
                Ok(Objects::own(data, source.text()))
            }
        }
    }
}

/// Reads objects by id. `data` is replaced.
fn read_objects<'de, A: MapAccess<'de>>(
    source: Source<'de>,
    data: &mut ChartData,
    mut map: A,
) -> Result<(), A::Error> {
    data.clear();
    while let Some(id) = map.next_key_seed(source.string())? {
        let mut slot = ObjectSlot::new(id, data.other.len());
        slot.odd = data.odd.len()..data.odd.len();
        let object = ObjectSeed {
            source,
            data: &mut *data,
            slot: &mut slot,
        };
        if source.is_full() {
            let text = map.next_value::<&RawValue>()?.get();
            let mut json = serde_json::Deserializer::from_str(text);
            if let Err(error) = object.deserialize(&mut json) {
                slot = ObjectSlot::new(id, data.other.len());
                slot.fault = Some(Box::new(FaultSlot::new(source.span(text)?, &error)));
            }
        } else {
            map.next_value_seed(object)?;
        }
        data.objects.push(slot);
        source.allow(data.objects.len().max(data.other.len()).max(data.odd.len()))?;
    }
    Ok(())
}

/// Fills a slot in its place, since it is large.
struct ObjectSeed<'de, 'd> {
    source: Source<'de>,
    data: &'d mut ChartData,
    slot: &'d mut ObjectSlot,
}

impl<'de> DeserializeSeed<'de> for ObjectSeed<'de, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> de::Visitor<'de> for ObjectSeed<'de, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the data of a series or study")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { source, data, slot } = self;
        while let Some(name) = map.next_key_seed(source.key())? {
            match name {
                "node" => slot.node = map.next_value_seed(source.string_or_null())?,
                "t" => slot.turnaround = map.next_value_seed(source.string_or_null())?,
                "s" => {
                    let odd = Odd::new(source, RowList::Bars, &mut data.odd);
                    slot.bars = map.next_value_seed(BarsSeed(&mut data.bars, odd))?;
                }
                "st" => {
                    let odd = Odd::new(source, RowList::Rows, &mut data.odd);
                    slot.rows = map.next_value_seed(RowsSeed(&mut data.rows, odd))?;
                }
                "plots" => {
                    let odd = Odd::new(source, RowList::Points, &mut data.odd);
                    slot.points = map.next_value_seed(RowsSeed(&mut data.rows, odd))?;
                }
                "ns" => {
                    let seed = NonSeriesSeed {
                        source,
                        indexes: &mut data.indexes,
                    };
                    slot.non_series = map.next_value_seed(seed)?;
                }
                "lbs" => slot.last_bar_status = map.next_value()?,
                _ => {
                    let (_, value) = map.next_value_seed(source.any())?;
                    if !source.skips_unknown() {
                        data.other.push((source.key_span(name)?, value));
                    }
                }
            }
        }
        slot.other.end = data.other.len();
        slot.odd.end = data.odd.len();
        Ok(())
    }
}

/// The fields of a row.
#[derive(Deserialize)]
#[serde(field_identifier)]
enum RowField {
    #[serde(rename = "i", alias = "index")]
    Index,
    #[serde(rename = "v", alias = "value")]
    Values,
    #[serde(other)]
    Other,
}

/// Where rows go that cannot be read. Only the second reading of a message has any.
struct Odd<'de, 'd> {
    source: Source<'de>,
    list: RowList,
    slots: &'d mut Vec<OddSlot>,
}

impl<'de, 'd> Odd<'de, 'd> {
    fn new(source: Source<'de>, list: RowList, slots: &'d mut Vec<OddSlot>) -> Self {
        Self {
            source,
            list,
            slots,
        }
    }

    fn push<E: Error>(
        &mut self,
        position: usize,
        row: &str,
        error: &serde_json::Error,
    ) -> Result<(), E> {
        let text = self.source.span(row)?;
        self.slots
            .push(OddSlot::new(self.list, position, text, error));
        self.source.allow(self.slots.len())
    }
}

/// A list of rows or `null`. Each row is added to the columns; its values are read by another seed.
macro_rules! rows_seed {
    ($seed:ident, $columns:ty, $row:ident, $values:ident) => {
        struct $seed<'de, 'd>(&'d mut $columns, Odd<'de, 'd>);

        impl<'de> DeserializeSeed<'de> for $seed<'de, '_> {
            type Value = Option<Range<usize>>;

            fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
                source.deserialize_any(self)
            }
        }

        impl<'de> de::Visitor<'de> for $seed<'de, '_> {
            type Value = Option<Range<usize>>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a list of rows, or null")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let Self(columns, mut odd) = self;
                let start = columns.len();
                if !odd.source.is_full() {
                    while seq.next_element_seed($row(columns))?.is_some() {}
                    return Ok(Some(start..columns.len()));
                }
                let mut position = 0;
                while let Some(row) = seq.next_element::<&RawValue>()? {
                    let mut json = serde_json::Deserializer::from_str(row.get());
                    if let Err(error) = $row(columns).deserialize(&mut json) {
                        columns.drop_row();
                        odd.push(position, row.get(), &error)?;
                    }
                    position += 1;
                }
                Ok(Some(start..columns.len()))
            }
        }

        struct $row<'d>(&'d mut $columns);

        impl<'de> DeserializeSeed<'de> for $row<'_> {
            type Value = ();

            fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
                source.deserialize_map(self)
            }
        }

        impl<'de> de::Visitor<'de> for $row<'_> {
            type Value = ();

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a row with an index and values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
                let (mut index, mut has_values) = (None, false);
                while let Some(field) = map.next_key()? {
                    match field {
                        RowField::Index => index = Some(map.next_value::<Whole>()?.0),
                        RowField::Values => {
                            map.next_value_seed($values(self.0))?;
                            has_values = true;
                        }
                        RowField::Other => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                let index = index.ok_or_else(|| A::Error::missing_field("i"))?;
                if !has_values {
                    return Err(A::Error::missing_field("v"));
                }
                self.0.end_row(index);
                Ok(())
            }
        }
    };
}

rows_seed!(BarsSeed, BarList, OneBar, BarSeed);
rows_seed!(RowsSeed, RowColumns, ValueRow, ValuesSeed);

/// Reads the values of the row that comes next.
struct ValuesSeed<'d>(&'d mut RowColumns);

impl<'de> DeserializeSeed<'de> for ValuesSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de> de::Visitor<'de> for ValuesSeed<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.begin_row();
        while let Some(Number(value)) = seq.next_element()? {
            self.0.push_value(value);
        }
        Ok(())
    }
}

/// Reads the values of the bar that comes next: time, open, high, low, close, and mostly volume.
struct BarSeed<'d>(&'d mut BarList);

impl<'de> DeserializeSeed<'de> for BarSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de> de::Visitor<'de> for BarSeed<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the five or six values of a bar")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Some(Number(time)) = seq.next_element()? else {
            return Err(A::Error::invalid_length(0, &self));
        };
        // Fractions of a second are cut; no double beyond 2^53 is a time.
        let Some(time) = whole(time.floor()) else {
            return Err(A::Error::custom("a bar without a time"));
        };
        let mut prices = [0.0; 4];
        for (found, price) in prices.iter_mut().enumerate() {
            let Some(Number(value)) = seq.next_element()? else {
                return Err(A::Error::invalid_length(found + 1, &self));
            };
            *price = if value == NO_VALUE { f64::NAN } else { value };
        }
        let volume = seq
            .next_element::<Number>()?
            .and_then(Number::value)
            .unwrap_or(f64::NAN);
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        let [open, high, low, close] = prices;
        self.0.set_row(BarRow {
            time: Timestamp::from_seconds(time),
            open,
            high,
            low,
            close,
            volume,
        });
        Ok(())
    }
}

struct NonSeriesSeed<'de, 'd> {
    source: Source<'de>,
    indexes: &'d mut Vec<i64>,
}

impl<'de> DeserializeSeed<'de> for NonSeriesSeed<'de, '_> {
    type Value = Option<NonSeriesSlot>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        // Nearly always it says nothing, in one of two ways, and what it says otherwise is text
        // that is skipped quickly.
        let raw = <&RawValue>::deserialize(source)?.get();
        let start = self.indexes.len();
        let data = Span::default();
        let indexes = match raw {
            "null" => return Ok(None),
            r#"{"d":"","indexes":"nochange"}"# => None,
            r#"{"d":"","indexes":[]}"# => Some(start..start),
            _ => {
                let mut json = serde_json::Deserializer::from_str(raw);
                let read = json.deserialize_map(self);
                return read.map(Some).map_err(D::Error::custom);
            }
        };
        Ok(Some(NonSeriesSlot { data, indexes }))
    }
}

impl<'de> de::Visitor<'de> for NonSeriesSeed<'de, '_> {
    type Value = NonSeriesSlot;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object with d and indexes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let start = self.indexes.len();
        let mut slot = NonSeriesSlot {
            indexes: Some(start..start),
            ..NonSeriesSlot::default()
        };
        while let Some(name) = map.next_key::<Text<'de>>()? {
            match name.as_str() {
                "d" => {
                    let data = map.next_value_seed(self.source.string_or_null())?;
                    slot.data = data.unwrap_or_default();
                }
                "indexes" => {
                    slot.indexes = match map.next_value()? {
                        Some(Indexes::NoChange) => None,
                        Some(Indexes::List(list)) => {
                            self.indexes.extend(list);
                            Some(start..self.indexes.len())
                        }
                        None => Some(start..start),
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(slot)
    }
}

/// Reads a time scale by serde, for whatever the template does not cover.
pub(in crate::message) struct TimescaleSeed<'de>(pub(in crate::message) Source<'de>);

impl<'de> DeserializeSeed<'de> for TimescaleSeed<'de> {
    type Value = Timescale<'de>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> de::Visitor<'de> for TimescaleSeed<'de> {
    type Value = Timescale<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a time scale")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut scale = Timescale::default();
        while let Some(name) = map.next_key::<Text<'de>>()? {
            match name.as_str() {
                "index" => scale.index = map.next_value::<Whole>()?.0,
                "zoffset" => scale.zoffset = map.next_value::<Whole>()?.0,
                _ => {
                    let (json, _) = map.next_value_seed(self.0.any())?;
                    match name.as_str() {
                        "changes" => scale.changes = Some(json),
                        "marks" => scale.marks = Some(json),
                        "index_diff" => scale.index_diff = Some(json),
                        "last_session_switches" => scale.last_session_switches = Some(json),
                        _ if self.0.skips_unknown() => {}
                        _ => scale.other.push((name, JsonText::new(json))),
                    }
                }
            }
        }
        Ok(scale)
    }
}
