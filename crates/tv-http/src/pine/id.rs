//! Names of scripts and their versions.

use std::fmt;

use crate::wire::{RequestError, escaped};

/// How long an id may be. Real ones have at most 80 characters.
const MAX_CHARACTERS: usize = 256;

/// The id of a script: `STD;RSI`, `PUB;…`, `USER;…`.
///
/// ```
/// use tv_http::pine::ScriptId;
///
/// assert!(ScriptId::new("STD;24h%Volume").is_ok());
/// assert!(ScriptId::new("RSI").unwrap_err().to_string().contains("STD;RSI"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScriptId(String);

impl ScriptId {
    /// The id in a text.
    ///
    /// # Errors
    ///
    /// If the text has no kind before a semicolon, has control characters, or is very long.
    pub fn new(id: impl Into<String>) -> Result<Self, RequestError> {
        let id = id.into();
        let is_complete = id.split_once(';').is_some_and(|(kind, name)| {
            let is_kind = !kind.is_empty() && kind.chars().all(|char| char.is_ascii_uppercase());
            is_kind && !name.is_empty()
        });
        let is_short = id.chars().nth(MAX_CHARACTERS).is_none();
        match is_complete && is_short && !id.chars().any(char::is_control) {
            true => Ok(Self(id)),
            false => Err(RequestError::Value {
                what: "the id of a script",
                found: id.chars().take(MAX_CHARACTERS).collect(),
                reason: "it needs a kind and a name, as in STD;RSI, PUB;… or USER;…",
            }),
        }
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as a part of a path, where `;` and `%` are escaped.
    pub(super) fn in_path(&self) -> String {
        escaped(&self.0)
    }
}

impl fmt::Display for ScriptId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// The version of a script.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum ScriptVersion {
    /// The newest.
    #[default]
    Last,
    /// One by its number: `33.0`.
    Number(String),
}

impl ScriptVersion {
    pub(super) fn in_path(&self) -> String {
        match self {
            Self::Last => "last".to_owned(),
            Self::Number(number) => escaped(number),
        }
    }
}

impl From<&str> for ScriptVersion {
    fn from(version: &str) -> Self {
        match version {
            "last" => Self::Last,
            number => Self::Number(number.to_owned()),
        }
    }
}

/// The requests about one version of a script: `new`, `version` and the path.
macro_rules! of_a_version {
    ($Request:ident) => {
        impl $Request {
            /// Asks about the newest version.
            #[must_use]
            pub fn new(id: $crate::pine::ScriptId) -> Self {
                Self {
                    id,
                    version: $crate::pine::ScriptVersion::Last,
                }
            }

            /// Asks about another version.
            #[must_use]
            pub fn version(self, version: impl Into<$crate::pine::ScriptVersion>) -> Self {
                Self {
                    version: version.into(),
                    ..self
                }
            }

            fn get(&self, what: &str) -> $crate::wire::Request {
                let (id, version) = (self.id.in_path(), self.version.in_path());
                let path = format!("/pine-facade/{what}/{id}/{version}");
                $crate::wire::Request::get($crate::wire::Host::PineFacade, path)
                    .for_access($crate::wire::Access::Better)
            }
        }
    };
}

pub(super) use of_a_version;
