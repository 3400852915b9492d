//! Commands to chart sessions: studies.
//!
//! Open part: inputs, whose shape each study defines.

use crate::{
    json::{Json, Text},
    message::params::body,
};

body! {
    /// `create_study`.
    #[doc = wire!(
        "client/create_study",
        "A script:", "client/create_study.script"
    )]
    CreateStudy {
        /// Chart session.
        session: Text<'a>,
        /// The id to give it, such as `st1`.
        study: Text<'a>,
        /// An id of this request. Answers carry it after the series' own id.
        turnaround: Text<'a>,
        /// The series that it is computed from.
        parent: Text<'a>,
        /// Which study: `Volume@tv-basicstudies-241`, `Script@tv-scripting-101!`.
        study_type: Text<'a>,
        /// Its inputs, as the study defines them.
        inputs: Json,
    }

    /// `modify_study`: other inputs.
    #[doc = wire!("client/modify_study")]
    ModifyStudy {
        /// Chart session.
        session: Text<'a>,
        /// The study.
        study: Text<'a>,
        /// An id of this request.
        turnaround: Text<'a>,
        /// All inputs.
        inputs: Json,
    }

    /// `remove_study`.
    #[doc = wire!("client/remove_study")]
    RemoveStudy {
        /// Chart session.
        session: Text<'a>,
        /// The study.
        study: Text<'a>,
    }

    /// `create_child_study`: a study that is computed from another.
    #[doc = wire!(named "client/create_child_study")]
    CreateChildStudy {
        /// Chart session.
        session: Text<'a>,
        /// The id to give it.
        study: Text<'a>,
        /// An id of this request.
        turnaround: Text<'a>,
        /// The study that it is computed from, such as `st4$4`.
        parent: Text<'a>,
        /// Which study.
        study_type: Text<'a>,
        /// Its inputs.
        inputs: Json,
    }

    /// `child_study_rebind`: another parent for a child study.
    #[doc = wire!(named "client/child_study_rebind")]
    RebindChildStudy {
        /// Chart session.
        session: Text<'a>,
        /// The study.
        study: Text<'a>,
        /// An id of this request.
        turnaround: Text<'a>,
        /// The new parent.
        parent: Text<'a>,
        /// Which study.
        study_type: Text<'a>,
        /// Its inputs.
        inputs: Json,
    }

    /// `request_studies_metadata`.
    #[doc = wire!("client/request_studies_metadata")]
    RequestStudiesMetadata {
        /// Chart session.
        session: Text<'a>,
        /// An id of this request, such as `metadata_1`.
        request: Text<'a>,
    }
}
