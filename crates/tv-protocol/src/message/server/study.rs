//! What a chart session receives for its studies, and the catalogue of studies.
//!
//! Open parts: defaults, styles, graphics and bands of a study's metadata.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    json::{Json, Text},
    message::params::{Detail, Param, Params, body, wire_value},
    study::MetaInfo,
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
    pub metainfo: Vec<MetaInfo>,
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
