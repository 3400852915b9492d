//! The caller's HTTP headers: checked, few, and secret by default.
//!
//! Keeps the `http` crate's types inside this crate. `Debug` shows names only, since a cookie is a
//! header.

use std::fmt;

use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::error::InvalidEndpoint;

/// Headers that never hold a secret.
const PUBLIC: [&str; 8] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "origin",
    "pragma",
    "referer",
    "user-agent",
];

/// A set of request headers, one value per name.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Headers(HeaderMap);

impl Headers {
    /// Sets a header, replacing an earlier value.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidEndpoint> {
        let name: HeaderName = name.parse().map_err(|_| InvalidEndpoint::Header)?;
        if is_reserved(&name) {
            return Err(InvalidEndpoint::ReservedHeader);
        }
        let mut value = HeaderValue::from_str(value).map_err(|_| InvalidEndpoint::Header)?;
        value.set_sensitive(true);
        self.0.insert(name, value);
        Ok(())
    }

    /// The values that may be secrets.
    pub(crate) fn secret_values(&self) -> impl Iterator<Item = &str> {
        let secret = self
            .0
            .iter()
            .filter(|(name, value)| value.is_sensitive() && !PUBLIC.contains(&name.as_str()));
        secret.filter_map(|(_, value)| value.to_str().ok())
    }

    /// Removes a header; an unknown or impossible name is not an error.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Removes all headers.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// A set of constants that are known to be valid.
    pub(crate) fn from_static(pairs: &[(&'static str, &'static str)]) -> Self {
        let pairs = pairs.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        Self(pairs.collect())
    }

    /// The same with these constants over it.
    pub(crate) fn over(mut self, pairs: &[(&'static str, &'static str)]) -> Self {
        self.0.extend(Self::from_static(pairs).0);
        self
    }

    /// This header alone.
    pub(crate) fn only(&self, name: &str) -> Self {
        let kept = self.0.iter().filter(|(key, _)| *key == name);
        Self(
            kept.map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        )
    }

    /// Writes all headers over those of `request`.
    pub(crate) fn apply(&self, request: &mut HeaderMap) {
        for (name, value) in &self.0 {
            request.insert(name, value.clone());
        }
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.keys().map(HeaderName::as_str))
            .finish()
    }
}

fn is_reserved(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "host" | "connection" | "upgrade" | "content-length" | "transfer-encoding"
    ) || name.as_str().starts_with("sec-websocket-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_headers_are_rejected_by_cause() {
        let mut headers = Headers::default();
        for name in [
            "Host",
            "UPGRADE",
            "connection",
            "Sec-WebSocket-Key",
            "Sec-WebSocket-Protocol",
        ] {
            assert_eq!(
                headers.set(name, "x"),
                Err(InvalidEndpoint::ReservedHeader),
                "{name}"
            );
        }
        for (name, value) in [("", "x"), ("a b", "x"), ("x", "a\r\nEvil: 1"), ("x", "\0")] {
            assert_eq!(
                headers.set(name, value),
                Err(InvalidEndpoint::Header),
                "{name:?}"
            );
        }
        assert_eq!(headers, Headers::default());
    }

    #[test]
    fn a_later_value_replaces_an_earlier_one() {
        let mut headers = Headers::from_static(&[("user-agent", "one")]);
        headers.set("User-Agent", "two").expect("a valid header");
        let mut request = HeaderMap::new();
        headers.apply(&mut request);
        assert_eq!(
            request.get_all("user-agent").iter().collect::<Vec<_>>(),
            ["two"]
        );
        headers.remove("USER-AGENT");
        assert_eq!(headers, Headers::default());
    }
}
