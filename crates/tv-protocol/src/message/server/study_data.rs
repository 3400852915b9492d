//! Data of a study other than rows: the JSON text of `ns.d`.
//!
//! Open parts: drawings, the report of a strategy, and unknown fields beside them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::data::NonSeries;
use crate::{
    json::{Json, JsonError, Number},
    payload::{Limits, PayloadError, decompress},
    study::{graphics::GraphicsCommands, report::StrategyReport},
};

/// The text of `ns.d`, parsed on request.
///
/// ```
/// use tv_protocol::message::server::{StudyData, StudyBar};
///
/// let text = r#"{"data":{"bars":[{"open":1.0,"high":2.5,"low":0.5,"close":2.0,"volume":7}]}}"#;
/// let data = StudyData::parse(text)?.expect("it is not empty");
/// assert_eq!(data.bars.expect("bars")[0].close, 2.0);
/// # Ok::<(), tv_protocol::json::JsonError>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StudyData {
    /// Drawings to erase and to make, `graphicsCmds`. Their `x` are positions in
    /// [`NonSeries::indexes`](super::NonSeries::indexes).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graphics: Option<GraphicsCommands>,
    /// The same compressed, `graphicsCmdsCompressed`.
    /// [`graphics_commands`](Self::graphics_commands) reads both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graphics_compressed: Option<String>,
    /// Whether only the list of bars that positions refer to is exchanged, `indexes_replace`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces_indexes: Option<Json>,
    /// `isUpdate`: a truth value in the official client, and recorded nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_update: Option<Json>,
    /// Bars that a chart type makes, such as Renko: `data.bars`. Each stands at the place of the
    /// same position in [`NonSeries::indexes`](super::NonSeries::indexes). Described by others,
    /// recorded nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bars: Option<Vec<StudyBar>>,
    /// The report of a strategy as plain JSON, `data.report`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<StrategyReport>,
    /// The same compressed, `dataCompressed`. [`strategy_report`](Self::strategy_report) reads
    /// both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compressed: Option<String>,
    /// Fields that are not known here, those of `data` among them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<String, Json>,
}

/// A bar that a chart type makes. It has no time of its own.
#[expect(clippy::exhaustive_structs, reason = "a bar is these five values")]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StudyBar {
    /// First price; NaN where the server sends none, also below.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Volume.
    pub volume: Option<f64>,
}

impl StudyData {
    /// Parses the text of `ns.d`. `None` if it is empty, as it mostly is.
    ///
    /// # Errors
    ///
    /// If it is not a JSON object, or if a known part has another shape.
    pub fn parse(text: &str) -> Result<Option<Self>, JsonError> {
        if text.is_empty() {
            return Ok(None);
        }
        let wire: Wire = serde_json::from_str(text).map_err(JsonError::new)?;
        let Wire {
            graphics,
            graphics_compressed,
            replaces_indexes,
            is_update,
            compressed,
            data,
            mut other,
        } = wire;
        let data = data.unwrap_or_default();
        other.extend(data.other);
        Ok(Some(Self {
            graphics,
            graphics_compressed,
            replaces_indexes,
            is_update,
            bars: data.bars,
            report: data.report,
            compressed,
            other,
        }))
    }
}

/// Why packed data of a study cannot be read.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StudyDataError {
    /// It cannot be unpacked, or is too large.
    #[error("cannot unpack the data of a study: {0}")]
    Payload(#[from] PayloadError),
    /// What was unpacked is not what it should be.
    #[error("cannot read the unpacked data of a study: {0}")]
    Json(#[from] JsonError),
}

impl StudyData {
    /// Whether the message only exchanges the list of bars that positions refer to: then
    /// everything else in it is to be left alone.
    #[must_use]
    pub fn replaces_indexes(&self) -> bool {
        let flag = self.replaces_indexes.as_ref();
        flag.is_some_and(|flag| !flag.is_null() && flag.as_bool() != Some(false))
    }

    /// The report of a strategy, whether it came plain or packed. `None` if there is none.
    ///
    /// # Errors
    ///
    /// If it is packed and cannot be unpacked within the limits, or has another shape.
    pub fn strategy_report(
        &self,
        limits: &Limits,
    ) -> Result<Option<StrategyReport>, StudyDataError> {
        #[derive(Deserialize)]
        #[serde(expecting = "an object")]
        struct Packed {
            #[serde(default)]
            report: Option<StrategyReport>,
        }
        if let Some(report) = &self.report {
            return Ok(Some(report.clone()));
        }
        let packed: Option<Packed> = unpacked(self.compressed.as_deref(), limits)?;
        Ok(packed.and_then(|packed| packed.report))
    }

    /// The commands for drawings, whether they came plain or packed. `None` if there are none.
    ///
    /// # Errors
    ///
    /// If they are packed and cannot be unpacked within the limits, or have another shape.
    pub fn graphics_commands(
        &self,
        limits: &Limits,
    ) -> Result<Option<GraphicsCommands>, StudyDataError> {
        if let Some(commands) = &self.graphics {
            return Ok(Some(commands.clone()));
        }
        unpacked(self.graphics_compressed.as_deref(), limits)
    }
}

fn unpacked<T: DeserializeOwned>(
    text: Option<&str>,
    limits: &Limits,
) -> Result<Option<T>, StudyDataError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let json = decompress(text, limits)?;
    let read = serde_json::from_str(&json).map_err(JsonError::new)?;
    Ok(Some(read))
}

impl NonSeries<'_> {
    /// Parses [`data`](Self::data), see [`StudyData::parse`].
    ///
    /// # Errors
    ///
    /// As [`StudyData::parse`].
    pub fn study_data(&self) -> Result<Option<StudyData>, JsonError> {
        StudyData::parse(&self.data.to_text())
    }
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Wire {
    #[serde(default, rename = "graphicsCmds")]
    graphics: Option<GraphicsCommands>,
    #[serde(default, rename = "graphicsCmdsCompressed")]
    graphics_compressed: Option<String>,
    #[serde(default, rename = "indexes_replace")]
    replaces_indexes: Option<Json>,
    #[serde(default, rename = "isUpdate")]
    is_update: Option<Json>,
    #[serde(default, rename = "dataCompressed")]
    compressed: Option<String>,
    #[serde(default)]
    data: Option<Data>,
    #[serde(flatten)]
    other: BTreeMap<String, Json>,
}

#[derive(Default, Deserialize)]
struct Data {
    #[serde(default)]
    bars: Option<Vec<StudyBar>>,
    #[serde(default)]
    report: Option<StrategyReport>,
    #[serde(flatten)]
    other: BTreeMap<String, Json>,
}

impl<'de> Deserialize<'de> for StudyBar {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(expecting = "an object")]
        struct Wire {
            open: Number,
            high: Number,
            low: Number,
            close: Number,
            #[serde(default)]
            volume: Option<Number>,
        }
        let wire = Wire::deserialize(source)?;
        let price = |number: Number| number.value().unwrap_or(f64::NAN);
        Ok(Self {
            open: price(wire.open),
            high: price(wire.high),
            low: price(wire.low),
            close: price(wire.close),
            volume: wire.volume.and_then(Number::value),
        })
    }
}
