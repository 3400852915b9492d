//! What a chart session receives for its series and its time scale.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::data::Objects;
use crate::{
    json::{Json, JsonText, Text, Whole},
    message::{
        fallback::chart::{ObjectsSeed, TimescaleSeed},
        params::{Body, Detail, Loose, Param, Params, body, wire_value},
    },
    quote::UpdateMode,
};

body! {
    /// `series_loading`: the server begins to load a series.
    #[doc = wire!(
        "server/series_loading",
        "In 2019, with the time at the end of the parameters, too:", "server/series_loading.2019"
    )]
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
    #[doc = wire!("server/series_error")]
    #[non_exhaustive]
    SeriesError {
        /// Chart session.
        session: Text<'a>,
        /// The series.
        series: Text<'a>,
        /// The request that this answers.
        turnaround: Text<'a>,
        /// Why: `custom_resolution`, `seconds_not_entitled`, `resolve error`, …, or an object.
        reason: Detail<'a>,
        /// The server's node, or the word `undefined`.
        node: Option<Text<'a>>,
    }

    /// `series_deleted`: a series is gone.
    #[doc = wire!(named "server/series_deleted")]
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
    #[doc = wire!(
        "server/series_timeframe",
        "Another kind of range, the second time:", "server/series_timeframe.range"
    )]
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
        /// The range as it was asked for; an old descriptor has none.
        range: Option<Text<'a>>,
        /// False the first time, true the second.
        last: Last,
    }

    /// `index_update`: places on the time scale have moved. Recorded nowhere.
    #[doc = wire!(named "server/index_update")]
    #[non_exhaustive]
    IndexUpdate {
        /// Chart session.
        session: Text<'a>,
        /// What the server sends.
        rest: Vec<Json>,
    }

    /// `clear_data`: the loaded data is invalid. Recorded nowhere.
    #[doc = wire!(named "server/clear_data")]
    #[non_exhaustive]
    ClearData {
        /// Chart session.
        session: Text<'a>,
        /// What the server sends.
        rest: Vec<Json>,
    }

    /// `first_bar_time`: when the history of a symbol begins. Recorded nowhere.
    #[doc = wire!(named "server/first_bar_time")]
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
        params: &mut Params<'de, A>,
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
        params: &mut Params<'de, A>,
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
#[doc = wire!(
    "server/series_completed",
    "When history begins with what was sent:", "server/series_completed.end",
    "In 2019:", "server/series_completed.2019"
)]
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

/// Why a history holds no earlier bars.
///
/// The set is open: a reason that is not known here is [`Other`](Self::Other).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HistoryEnd {
    /// There are no earlier bars: `end`.
    Start,
    /// The account may not see earlier bars: `limit`.
    Limit,
    /// Any other reason, by its name on the wire.
    Other(Box<str>),
}

impl HistoryEnd {
    /// The reason on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Start => "end",
            Self::Limit => "limit",
            Self::Other(reason) => reason,
        }
    }
}

impl From<&str> for HistoryEnd {
    fn from(reason: &str) -> Self {
        match reason {
            "end" => Self::Start,
            "limit" => Self::Limit,
            _ => Self::Other(reason.into()),
        }
    }
}

/// For people: `no earlier bars exist`, `the account may not see earlier bars`.
impl fmt::Display for HistoryEnd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Start => "no earlier bars exist",
            Self::Limit => "the account may not see earlier bars",
            Self::Other(reason) => reason,
        })
    }
}

impl Serialize for HistoryEnd {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for HistoryEnd {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        String::deserialize(source).map(|reason| reason.as_str().into())
    }
}

impl SeriesCompleted<'_> {
    /// Whether the bars come in real time or delayed.
    #[must_use]
    pub fn mode(&self) -> UpdateMode {
        self.update_mode.as_str().into()
    }

    /// Why there are no earlier bars than those sent; `None` if there may be some.
    #[must_use]
    pub fn history_end(&self) -> Option<HistoryEnd> {
        let details = self.details.as_ref()?;
        details.data_completed.as_deref().map(HistoryEnd::from)
    }
}

impl<'de: 'a, 'a> Body<'de> for SeriesCompleted<'a> {
    fn read<A: serde::de::SeqAccess<'de>>(params: &mut Params<'de, A>) -> Result<Self, A::Error> {
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

/// `timescale_update`: a snapshot of series and studies together with the time scale.
#[doc = wire!(
    "server/timescale_update",
    "After `request_more_data`, with earlier bars:", "server/timescale_update.more",
    "Tick marks only:", "server/timescale_update.marks",
    "In 2019, with the time only at the end of the parameters, and doubles in full length:", "server/timescale_update.2019"
)]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimescaleUpdate<'a> {
    /// Chart session.
    pub session: Text<'a>,
    /// Data by series and study; none at all when only tick marks come.
    pub objects: Objects<'a>,
    /// The time scale, if the server sends one with the data. It always did in recorded traffic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timescale: Option<Timescale<'a>>,
}

/// `du`: live data of series and studies.
#[doc = wire!(
    "server/du",
    "A study that draws, with rows before its first value:", "server/du.study",
    "A pointset, in 2019:", "server/du.pointset",
    "Bars that a chart type makes, as others describe them:", "server/du.bars"
)]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DataUpdate<'a> {
    /// Chart session.
    pub session: Text<'a>,
    /// Data by series and study.
    pub objects: Objects<'a>,
}

/// `tickmark_update`: more marks of the time scale. Recorded nowhere.
#[doc = wire!(claimed "server/tickmark_update")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TickmarkUpdate<'a> {
    /// Chart session.
    pub session: Text<'a>,
    /// The time scale.
    pub timescale: Timescale<'a>,
}

impl<'de: 'a, 'a> Body<'de> for TimescaleUpdate<'a> {
    fn read<A: serde::de::SeqAccess<'de>>(params: &mut Params<'de, A>) -> Result<Self, A::Error> {
        let (source, buffers) = (params.source(), params.take_buffers());
        Ok(Self {
            session: Param::read(params, "session")?,
            objects: params.seeded("objects", ObjectsSeed { source, buffers })?,
            timescale: params.seeded_optional("timescale", TimescaleSeed(source))?,
        })
    }

    fn wire(&self) -> Vec<Value> {
        let mut out = vec![self.session.as_str().into(), self.objects.wire()];
        out.extend(self.timescale.as_ref().map(Timescale::wire));
        out
    }
}

impl<'de: 'a, 'a> Body<'de> for DataUpdate<'a> {
    fn read<A: serde::de::SeqAccess<'de>>(params: &mut Params<'de, A>) -> Result<Self, A::Error> {
        let (source, buffers) = (params.source(), params.take_buffers());
        Ok(Self {
            session: Param::read(params, "session")?,
            objects: params.seeded("objects", ObjectsSeed { source, buffers })?,
        })
    }

    fn wire(&self) -> Vec<Value> {
        vec![self.session.as_str().into(), self.objects.wire()]
    }
}

impl<'de: 'a, 'a> Body<'de> for TickmarkUpdate<'a> {
    fn read<A: serde::de::SeqAccess<'de>>(params: &mut Params<'de, A>) -> Result<Self, A::Error> {
        let source = params.source();
        Ok(Self {
            session: Param::read(params, "session")?,
            timescale: params.seeded("timescale", TimescaleSeed(source))?,
        })
    }

    fn wire(&self) -> Vec<Value> {
        vec![self.session.as_str().into(), self.timescale.wire()]
    }
}

/// The time scale of a chart: its bars' times and the marks between which it is drawn.
///
/// Readers of bars alone do not need its lists, which are checked, and parsed on request.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Timescale<'a> {
    /// Place of the first change.
    pub index: i64,
    /// How far places have moved since the first load.
    pub zoffset: i64,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_json")]
    pub(crate) changes: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_json")]
    pub(crate) marks: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_json")]
    pub(crate) index_diff: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_json")]
    pub(crate) last_session_switches: Option<&'a str>,
    /// Fields that are not known here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other: Vec<(Text<'a>, JsonText<'a>)>,
}

fn as_json<S: Serializer>(json: &Option<&str>, out: S) -> Result<S::Ok, S::Error> {
    json.map(JsonText::new).serialize(out)
}

impl<'a> Timescale<'a> {
    /// Times of the places from [`index`](Self::index) on: Unix seconds, UTC.
    #[must_use]
    pub fn changes(&self) -> Vec<f64> {
        list(self.changes)
    }

    /// Marks: weight, time, place.
    #[must_use]
    pub fn marks(&self) -> Vec<Vec<f64>> {
        list(self.marks)
    }

    /// Places that moved: from, to.
    #[must_use]
    pub fn index_diff(&self) -> Vec<Vec<f64>> {
        list(self.index_diff)
    }

    /// When market sessions last switched, by series.
    #[must_use]
    pub fn last_session_switches(&self) -> Option<JsonText<'a>> {
        self.last_session_switches.map(JsonText::new)
    }

    fn wire(&self) -> Value {
        let mut out = serde_json::Map::new();
        out.insert("index".into(), self.index.into());
        out.insert("zoffset".into(), self.zoffset.into());
        let known = [
            ("changes", self.changes),
            ("marks", self.marks),
            ("index_diff", self.index_diff),
            ("last_session_switches", self.last_session_switches),
        ];
        for (name, value) in known {
            out.extend(value.map(|value| (name.to_owned(), wire_value(&JsonText::new(value)))));
        }
        let other = self.other.iter();
        out.extend(other.map(|(name, value)| (name.as_str().to_owned(), wire_value(value))));
        Value::Object(out)
    }
}

fn list<T: serde::de::DeserializeOwned>(list: Option<&str>) -> Vec<T> {
    list.and_then(|list| JsonText::new(list).parse().read())
        .unwrap_or_default()
}
