//! What a chart session receives for its studies, and the catalogue of studies.
//!
//! Open parts: defaults, styles, graphics and bands of a study's metadata.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    json::{Json, Text},
    message::params::{Detail, Param, Params, body, wire_value},
};

body! {
    /// `study_loading`: the server begins to compute a study.
    #[doc = wire!(
        "server/study_loading",
        "In 2019:", "server/study_loading.2019"
    )]
    #[non_exhaustive]
    StudyLoading {
        /// Chart session.
        session: Text<'a>,
        /// The study.
        study: Text<'a>,
        /// The request that this answers, such as `s1_st1`.
        turnaround: Text<'a>,
    }

    /// `study_completed`: everything that a request asked for has been sent.
    #[doc = wire!(
        "server/study_completed",
        "In 2019:", "server/study_completed.2019"
    )]
    #[non_exhaustive]
    StudyCompleted {
        /// Chart session.
        session: Text<'a>,
        /// The study.
        study: Text<'a>,
        /// The request that this answers.
        turnaround: Text<'a>,
    }

    /// `study_error`: a study cannot be computed. Also comes beside studies that load well.
    #[doc = wire!(
        "server/study_error",
        "A script that fails, as others describe it:", "server/study_error.object",
        "In 2019:", "server/study_error.2019"
    )]
    #[non_exhaustive]
    StudyError {
        /// Chart session.
        session: Text<'a>,
        /// The study.
        study: Text<'a>,
        /// The request that this answers.
        turnaround: Text<'a>,
        /// Words, or an object with the script's runtime error.
        reason: Detail<'a>,
        /// The server's node, or the word `undefined`.
        node: Option<Text<'a>>,
    }

    /// `study_deleted`: answers `remove_study`.
    #[doc = wire!("server/study_deleted")]
    #[non_exhaustive]
    StudyDeleted {
        /// Chart session.
        session: Text<'a>,
        /// The study.
        study: Text<'a>,
        /// The request that this answers.
        turnaround: Option<Text<'a>>,
    }

    /// `studies_metadata`: the built-in studies.
    #[doc = wire!("server/studies_metadata")]
    #[non_exhaustive]
    StudiesMetadata {
        /// Chart session.
        session: Text<'a>,
        /// The id that the client gave the request.
        request: Text<'a>,
        /// The catalogue.
        catalogue: Box<StudyCatalogue>,
    }
}

impl<'de> Param<'de> for Box<StudyCatalogue> {
    fn read<A: serde::de::SeqAccess<'de>>(
        params: &mut Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        params.required(name)
    }

    fn wire(&self, out: &mut Vec<serde_json::Value>) {
        out.push(wire_value(self));
    }
}

/// The third parameter of `studies_metadata`.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StudyCatalogue {
    /// The studies.
    #[serde(default)]
    pub metainfo: Vec<StudyMetainfo>,
    /// How older versions of studies become newer ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migrations: Option<Vec<Json>>,
    /// Changes when the catalogue does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Studies that could not be described.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<Json>>,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub other: BTreeMap<String, Json>,
}

/// One built-in study.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StudyMetainfo {
    /// Id with version: `Volume@tv-basicstudies-88`.
    #[serde(default)]
    pub id: String,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Short name.
    #[serde(
        default,
        rename = "shortDescription",
        skip_serializing_if = "Option::is_none"
    )]
    pub short_description: Option<String>,
    /// Version of this description's format.
    #[serde(
        default,
        rename = "_metainfoVersion",
        skip_serializing_if = "Option::is_none"
    )]
    pub metainfo_version: Option<i64>,
    /// Whether it is drawn over the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_price_study: Option<bool>,
    /// Whether it is hidden from people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_hidden_study: Option<bool>,
    /// Whether it shares the price's scale.
    #[serde(
        default,
        rename = "linkedToSeries",
        skip_serializing_if = "Option::is_none"
    )]
    pub linked_to_series: Option<bool>,
    /// What can be set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<StudyInput>>,
    /// What it yields: one value of a row each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plots: Option<Vec<StudyPlot>>,
    /// Defaults, styles, graphics, bands, palettes: how it is drawn.
    #[serde(flatten)]
    pub drawing: BTreeMap<String, Json>,
}

/// An input of a study.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StudyInput {
    /// Id, used as the key of `create_study`'s inputs.
    #[serde(default)]
    pub id: String,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `integer`, `float`, `bool`, `text`, `source`, ….
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The default, of the input's type.
    #[serde(default, rename = "defval", skip_serializing_if = "Option::is_none")]
    pub default: Option<Json>,
    /// Smallest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Values to choose from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<Json>>,
    /// Whether it is hidden from people.
    #[serde(default, rename = "isHidden", skip_serializing_if = "Option::is_none")]
    pub is_hidden: Option<bool>,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub other: BTreeMap<String, Json>,
}

/// A plot of a study.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StudyPlot {
    /// Id: `plot_0`, ….
    #[serde(default)]
    pub id: String,
    /// `line`, `colorer`, ….
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The plot that this one colours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The palette it takes colours from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub palette: Option<String>,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub other: BTreeMap<String, Json>,
}
