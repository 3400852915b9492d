//! Sources and versions of scripts, and who may use them.

use protocol::time::Timestamp;

use super::{ScriptExtra, ScriptId, ScriptVersion, id::of_a_version};
use crate::{
    json::record,
    wire::{Access, Answer, AnswerError, Endpoint, Host, Request, RequestError},
};

/// Asks for the source of an open script or one's own.
///
/// ```
/// use tv_http::{pine::{ScriptId, ScriptSource}, wire::{Answer, Endpoint}};
///
/// let question = ScriptSource::new(ScriptId::new("PUB;1")?);
/// assert_eq!(question.request()?.target(), "/pine-facade/get/PUB%3B1/last?no_4xx=true");
/// let code = question.parse(&Answer::new(200, r#"{"source":"plot(close)\r\n"}"#))?;
/// assert_eq!(code.source.as_deref(), Some("plot(close)\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptSource {
    id: ScriptId,
    version: ScriptVersion,
}

record! {
    /// A script's source.
    pub struct ScriptCode {
        /// The source; lines end with `\r\n`.
        source: Option<String> = "source",
        /// The name.
        name: Option<String> = "scriptName",
        /// Who may read it: `open_no_auth`.
        access: Option<String> = "scriptAccess",
        /// The version: `1.0`.
        version: Option<String> = "version",
        /// The newest version.
        last_version: Option<String> = "lastVersionMaj",
        /// When it was made.
        created: Option<Timestamp> = "created",
        /// When it was changed.
        updated: Option<Timestamp> = "updated",
        /// More about it.
        extra: Option<ScriptExtra> = "extra",
    }
}

of_a_version!(ScriptSource);

impl Endpoint for ScriptSource {
    type Output = ScriptCode;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(self.get("get").with("no_4xx", true))
    }

    fn parse(&self, answer: &Answer) -> Result<ScriptCode, AnswerError> {
        answer.json()
    }
}

/// Asks for the versions of a script.
///
/// ```
/// use tv_http::{pine::{ScriptId, ScriptVersions}, wire::{Answer, Endpoint}};
///
/// let question = ScriptVersions::new(ScriptId::new("PUB;1")?);
/// assert_eq!(question.request()?.target(), "/pine-facade/versions/PUB%3B1/all");
/// let body = r#"[{"version":"2.0","created":"2026-07-29T18:06:16.612498Z"}]"#;
/// let versions = question.parse(&Answer::new(200, body))?;
/// assert_eq!(versions[0].version.as_deref(), Some("2.0"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptVersions {
    id: ScriptId,
}

record! {
    /// A version of a script.
    pub struct ScriptRelease {
        /// The version: `2.0`.
        version: Option<String> = "version",
        /// When it was made.
        created: Option<Timestamp> = "created",
    }
}

impl ScriptVersions {
    /// Asks for all versions.
    #[must_use]
    pub fn new(id: ScriptId) -> Self {
        Self { id }
    }
}

impl Endpoint for ScriptVersions {
    type Output = Vec<ScriptRelease>;

    fn request(&self) -> Result<Request, RequestError> {
        let path = format!("/pine-facade/versions/{}/all", self.id.in_path());
        Ok(Request::get(Host::PineFacade, path).for_access(Access::Better))
    }

    fn parse(&self, answer: &Answer) -> Result<Vec<ScriptRelease>, AnswerError> {
        answer.json()
    }
}

/// Asks whether the account may use a script.
///
/// ```
/// use tv_http::{pine::{ScriptAccess, ScriptId}, wire::{Answer, Endpoint}};
///
/// let question = ScriptAccess::new(ScriptId::new("PUB;1")?);
/// assert_eq!(question.request()?.target(), "/pine-facade/is_auth_to_get/PUB%3B1/last");
/// assert!(!question.parse(&Answer::new(200, "false"))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptAccess {
    id: ScriptId,
    version: ScriptVersion,
}

of_a_version!(ScriptAccess);

impl Endpoint for ScriptAccess {
    type Output = bool;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(self.get("is_auth_to_get"))
    }

    fn parse(&self, answer: &Answer) -> Result<bool, AnswerError> {
        answer.json()
    }
}
