//! The greeting: the server's first message, an object without a method.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{json::Json, time::Timestamp};

/// The server's greeting. Every field may be missing; unknown ones are kept.
#[doc = wire!(
    "server/hello",
    "In 2019:", "server/hello.2019"
)]
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Hello {
    /// The server's name for the connection. Its middle names the pool, such as `charts-free`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The server's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// The same in milliseconds; not sent in 2019.
    #[serde(rename = "timestampMs", skip_serializing_if = "Option::is_none")]
    pub timestamp_ms: Option<i64>,
    /// The server's release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Changes when the built-in studies do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub studies_metadata_hash: Option<String>,
    /// Version of the authentication scheme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_scheme_vsn: Option<i64>,
    /// `json`, or the protocol to switch to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Address and port through which the connection runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// Releases of the study servers: a list since about 2024, one text before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub javastudies: Option<JavaStudies>,
    /// Another host to connect to instead. Seen in the official client's code, never recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect: Option<String>,
    /// Fields that are not known here, or have another type than they used to.
    #[serde(flatten)]
    pub other: BTreeMap<String, Json>,
}

/// The two shapes of `javastudies`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum JavaStudies {
    /// A list, as sent now.
    List(Vec<String>),
    /// One text, as sent in 2019.
    One(String),
}

/// Takes a field out of `fields` if it has the expected type; one that has not stays where it is.
pub(super) fn take<T: serde::de::DeserializeOwned>(
    fields: &mut BTreeMap<String, Json>,
    name: &str,
) -> Option<T> {
    let value = fields.get(name)?.read()?;
    fields.remove(name);
    Some(value)
}

impl Hello {
    /// Reads an object's fields. `None` if there are some, and none of them belongs to a greeting.
    pub(crate) fn from_fields(mut other: BTreeMap<String, Json>) -> Option<Self> {
        let before = other.len();
        let hello = Self {
            session_id: take(&mut other, "session_id"),
            timestamp: take(&mut other, "timestamp"),
            timestamp_ms: take(&mut other, "timestampMs"),
            release: take(&mut other, "release"),
            studies_metadata_hash: take(&mut other, "studies_metadata_hash"),
            auth_scheme_vsn: take(&mut other, "auth_scheme_vsn"),
            protocol: take(&mut other, "protocol"),
            via: take(&mut other, "via"),
            javastudies: take(&mut other, "javastudies"),
            redirect: take(&mut other, "redirect"),
            other: BTreeMap::new(),
        };
        (before == 0 || other.len() < before).then_some(Self { other, ..hello })
    }

    /// The host to connect to instead. An empty [`redirect`](Self::redirect) means none.
    #[must_use]
    pub fn redirect_host(&self) -> Option<&str> {
        let host = self.redirect.as_deref()?.trim();
        (!host.is_empty()).then_some(host)
    }

    /// Which pool of servers answered, such as `charts-free`, `charts-pro`, `charts-wgt` or
    /// `charts-history`, if the session id shows it.
    #[must_use]
    pub fn pool(&self) -> Option<&str> {
        let id = self.session_id.as_deref()?;
        let start = id.find("charts-")?;
        let pool = id.get(start..)?;
        let end = pool
            .match_indices('-')
            .nth(1)
            .map_or(pool.len(), |(end, _)| end);
        pool.get(..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_is_read_from_the_session_id() {
        let pool = |id: &str| {
            let fields = BTreeMap::from([("session_id".to_owned(), Json::from(id))]);
            Hello::from_fields(fields)
                .unwrap()
                .pool()
                .map(str::to_owned)
        };
        assert_eq!(
            pool("0.4607.904_dal-charts-free-4-tvbs-c2fn6-2").as_deref(),
            Some("charts-free")
        );
        assert_eq!(
            pool("0.28583.1563_mum1-charts-pro-4-tvbs-dr7ok-3").as_deref(),
            Some("charts-pro")
        );
        assert_eq!(pool("whatever"), None);
    }

    #[test]
    fn a_field_of_another_type_is_kept_as_it_is() {
        let fields = BTreeMap::from([
            ("release".to_owned(), Json::from("release_1")),
            ("timestamp".to_owned(), Json::from("soon")),
        ]);
        let hello = Hello::from_fields(fields).unwrap();
        assert_eq!(hello.release.as_deref(), Some("release_1"));
        assert_eq!(hello.timestamp, None);
        assert_eq!(hello.other.get("timestamp"), Some(&Json::from("soon")));
        let other = BTreeMap::from([("error".to_owned(), Json::from("soon"))]);
        assert_eq!(Hello::from_fields(other), None);
    }

    #[test]
    fn an_empty_object_is_a_greeting_and_an_empty_redirect_is_none() {
        assert_eq!(Hello::from_fields(BTreeMap::new()), Some(Hello::default()));
        let redirect = |host: &str| {
            let fields = BTreeMap::from([("redirect".to_owned(), Json::from(host))]);
            let hello = Hello::from_fields(fields).unwrap();
            hello.redirect_host().map(str::to_owned)
        };
        assert_eq!(redirect(""), None);
        assert_eq!(redirect(" "), None);
        assert_eq!(
            redirect("data.example.com").as_deref(),
            Some("data.example.com")
        );
    }
}
