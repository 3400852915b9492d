//! Why a scan is refused.

use serde_json::json;

use crate::answer::Answer;

/// Why a scan is refused, in the server's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) String);

impl Refusal {
    pub(super) fn unknown(field: &str) -> Self {
        Self(format!("Unknown field \"{field}\""))
    }

    pub(super) fn malformed(what: &str) -> Self {
        Self(format!("could not process request: {what}"))
    }

    pub(super) fn answer(&self) -> Answer {
        Answer::json(
            400,
            &json!({ "totalCount": 0, "error": self.0, "data": null }),
        )
    }
}
