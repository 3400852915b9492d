//! What a chart session receives for its series and its time scale.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::data::Objects;
use crate::{
    json::{Json, Number, Text, Whole},
    message::params::{Body, Loose, Param, Params, body, element, wire_value},
};

body! {
    /// `series_loading`: the server begins to load a series.
    #[non_exhaustive]
    SeriesLoading {
        /// Chart session.
        session: Text<'a>,
        /// The series.
        series: Text<'a>,
        /// The request that this answers.
        turnaround: Text<'a>,
    }

    /// `series_error`: a series cannot be loaded. `resolve error` follows a refused symbol.
    #[non_exhaustive]
    SeriesError {
        /// Chart session.
        session: Text<'a>,
        /// The series.
        series: Text<'a>,
        /// The request that this answers.
        turnaround: Text<'a>,
        /// Why: `custom_resolution`, `seconds_not_entitled`, `resolve error`, ….
        reason: Text<'a>,
        /// The server's node, or the word `undefined`.
        node: Option<Text<'a>>,
    }

    /// `series_deleted`: a series is gone.
    #[non_exhaustive]
    SeriesDeleted {
        /// Chart session.
        session: Text<'a>,
        /// The series.
        series: Text<'a>,
        /// The request that this answers.
        turnaround: Option<Text<'a>>,
    }

    /// `series_timeframe`: which part of a series a range such as `12M` selects. Comes twice.
    #[non_exhaustive]
    SeriesTimeframe {
        /// Chart session.
        session: Text<'a>,
        /// The series.
        series: Text<'a>,
        /// The request that this answers.
        turnaround: Text<'a>,
        /// Place of the first bar.
        from: Place,
        /// Place of the last bar.
        to: Place,
        /// The range as it was asked for.
        range: Text<'a>,
        /// False the first time, true the second.
        last: Last,
    }

    /// `timescale_update`: a snapshot of series and studies together with the time scale.
    #[non_exhaustive]
    TimescaleUpdate {
        /// Chart session.
        session: Text<'a>,
        /// Data by series and study; none at all when only tick marks come.
        objects: Objects<'a>,
        /// The time scale.
        timescale: Timescale,
    }

    /// `du`: live data of series and studies.
    #[non_exhaustive]
    DataUpdate {
        /// Chart session.
        session: Text<'a>,
        /// Data by series and study.
        objects: Objects<'a>,
    }

    /// `tickmark_update`: more marks of the time scale. Recorded nowhere.
    #[non_exhaustive]
    TickmarkUpdate {
        /// Chart session.
        session: Text<'a>,
        /// The time scale.
        timescale: Timescale,
    }

    /// `index_update`: places on the time scale have moved. Recorded nowhere.
    #[non_exhaustive]
    IndexUpdate {
        /// Chart session.
        session: Text<'a>,
        /// What the server sends.
        rest: Vec<Json>,
    }

    /// `clear_data`: what was loaded is void. Recorded nowhere.
    #[non_exhaustive]
    ClearData {
        /// Chart session.
        session: Text<'a>,
        /// What the server sends.
        rest: Vec<Json>,
    }

    /// `first_bar_time`: when the history of a symbol begins. Recorded nowhere.
    #[non_exhaustive]
    FirstBarTime {
        /// Chart session.
        session: Text<'a>,
        /// The resolved symbol's id.
        symbol: Text<'a>,
        /// Unix time of the first bar, and whatever follows.
        rest: Vec<Json>,
    }
}

/// A place on the time scale; `None` where the server names none.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Place(pub Option<i64>);

impl<'de> Param<'de> for Place {
    fn read<A: serde::de::SeqAccess<'de>>(
        params: &mut Params<A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        Ok(Self(
            params.required::<Option<Whole>>(name)?.map(|place| place.0),
        ))
    }

    fn wire(&self, out: &mut Vec<Value>) {
        out.push(wire_value(self));
    }
}

/// The flag at the end of `series_timeframe`; older servers may leave it out.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Last(pub Option<bool>);

impl<'de> Param<'de> for Last {
    fn read<A: serde::de::SeqAccess<'de>>(
        params: &mut Params<A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        Ok(Self(match params.optional(name)? {
            Some(Loose::Json(flag)) => flag.as_bool(),
            _ => None,
        }))
    }

    fn wire(&self, out: &mut Vec<Value>) {
        out.extend(self.0.map(Value::from));
    }
}

/// `series_completed`: everything that a request asked for has been sent.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeriesCompleted<'a> {
    /// Chart session.
    pub session: Text<'a>,
    /// The series.
    pub series: Text<'a>,
    /// `streaming`, `delayed_streaming_900`, `replay`, ….
    pub update_mode: Text<'a>,
    /// The request that this answers.
    pub turnaround: Text<'a>,
    /// More about it; absent in 2019.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<SeriesDetails>,
}

/// The object at the end of `series_completed`.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SeriesDetails {
    /// Seconds between updates; 0 for every trade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rt_update_period: Option<f64>,
    /// `end` when history begins with what was sent, `limit` when the account sees no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_completed: Option<String>,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub other: BTreeMap<String, Json>,
}

impl<'de: 'a, 'a> Body<'de> for SeriesCompleted<'a> {
    fn read<A: serde::de::SeqAccess<'de>>(params: &mut Params<A>) -> Result<Self, A::Error> {
        Ok(Self {
            session: Param::read(params, "session")?,
            series: Param::read(params, "series")?,
            update_mode: Param::read(params, "update_mode")?,
            turnaround: Param::read(params, "turnaround")?,
            details: match params.optional("details")? {
                Some(Loose::Json(details)) => details.read::<BTreeMap<_, _>>().map(details_from),
                _ => None,
            },
        })
    }

    fn wire(&self) -> Vec<Value> {
        let texts = [
            &self.session,
            &self.series,
            &self.update_mode,
            &self.turnaround,
        ];
        let mut out: Vec<Value> = texts.iter().map(|text| text.as_str().into()).collect();
        out.extend(self.details.as_ref().map(wire_value));
        out
    }
}

fn details_from(mut other: BTreeMap<String, Json>) -> SeriesDetails {
    SeriesDetails {
        rt_update_period: super::hello::take(&mut other, "rt_update_period"),
        data_completed: super::hello::take(&mut other, "data_completed"),
        other,
    }
}

/// The time scale of a chart: its bars' times and the marks between which it is drawn.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Timescale {
    /// Place of the first change.
    pub index: i64,
    /// How far places have moved since the first load.
    pub zoffset: i64,
    /// Times of the places from `index` on: Unix seconds, UTC.
    pub changes: Vec<f64>,
    /// Marks: weight, time, place.
    pub marks: Vec<Vec<i64>>,
    /// Places that moved: from, to.
    pub index_diff: Vec<Vec<i64>>,
    /// When market sessions last switched, by series.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_session_switches: Option<BTreeMap<String, BTreeMap<String, Json>>>,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub other: BTreeMap<String, Json>,
}

element! {
    Timescale => |timescale| {
        let mut value = wire_value(timescale);
        if let Some(object) = value.as_object_mut() {
            object.insert("changes".into(), json!(timescale.changes));
        }
        value
    };
}

impl<'de> Deserialize<'de> for Timescale {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Timescale;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a time scale")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Self::Value, A::Error> {
                let mut scale = Timescale::default();
                while let Some(name) = map.next_key::<Text<'de>>()? {
                    match name.as_str() {
                        "index" => scale.index = map.next_value::<Whole>()?.0,
                        "zoffset" => scale.zoffset = map.next_value::<Whole>()?.0,
                        "changes" => scale.changes = numbers(map.next_value()?),
                        "marks" => scale.marks = places(map.next_value()?),
                        "index_diff" => scale.index_diff = places(map.next_value()?),
                        "last_session_switches" => {
                            scale.last_session_switches = map.next_value()?;
                        }
                        _ => {
                            scale
                                .other
                                .insert(name.as_str().to_owned(), map.next_value()?);
                        }
                    }
                }
                Ok(scale)
            }
        }
        source.deserialize_map(Visitor)
    }
}

fn numbers(numbers: Vec<Number>) -> Vec<f64> {
    numbers.into_iter().map(|number| number.0).collect()
}

fn places(places: Vec<Vec<Whole>>) -> Vec<Vec<i64>> {
    places
        .into_iter()
        .map(|row| row.into_iter().map(|place| place.0).collect())
        .collect()
}
