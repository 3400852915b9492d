//! Where to connect to.
//!
//! An [`Endpoint`] is a checked URL. This module knows the rules for addresses (scheme, user
//! information, plain text). It does not know the servers of any venue.

use std::{fmt, net::IpAddr};

use http::Uri;

use crate::{error::InvalidEndpoint, headers::Headers};

/// A WebSocket server's address, with headers for this server only.
///
/// A query string may hold secrets, so `Debug` and `Display` show scheme, host, port and path only.
/// Of headers, `Debug` shows the names.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    uri: Uri,
    /// Without the brackets of an IPv6 address; never empty.
    host: Box<str>,
    port: u16,
    secure: bool,
    headers: Headers,
}

impl Endpoint {
    /// Checks an absolute `wss` URL, or a `ws` URL of a loopback host.
    ///
    /// A fragment is ignored. The default port is 443, for `ws` 80; the default path is `/`.
    ///
    /// # Errors
    ///
    /// [`InvalidEndpoint`] if the text is not a URL, has no scheme or another one, holds user
    /// information, names no usable host or port, or asks for plain text to another machine.
    ///
    /// ```
    /// use tv_transport::{Endpoint, InvalidEndpoint};
    ///
    /// let endpoint: Endpoint = "wss://data.example.com/socket".parse()?;
    /// assert_eq!((endpoint.host(), endpoint.port()), ("data.example.com", 443));
    ///
    /// let error = Endpoint::try_from("data.example.com").unwrap_err();
    /// assert_eq!(error, InvalidEndpoint::NoScheme);
    /// # Ok::<(), InvalidEndpoint>(())
    /// ```
    pub fn new(url: &str) -> Result<Self, InvalidEndpoint> {
        if !url.contains("://") {
            return Err(InvalidEndpoint::NoScheme);
        }
        let uri: Uri = url.parse().map_err(|_| InvalidEndpoint::Malformed)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(InvalidEndpoint::Malformed);
        };
        let secure = match scheme {
            "wss" => true,
            "ws" => false,
            _ => return Err(InvalidEndpoint::Scheme),
        };
        if authority.as_str().contains('@') {
            return Err(InvalidEndpoint::UserInfo);
        }
        let host = authority.host();
        let host = host
            .strip_prefix('[')
            .and_then(|h| h.strip_suffix(']'))
            .unwrap_or(host);
        if host.is_empty() {
            return Err(InvalidEndpoint::Host);
        }
        if !secure && !is_loopback(host) {
            return Err(InvalidEndpoint::Plaintext);
        }
        let after_host = authority.as_str().rsplit(']').next().unwrap_or_default();
        let port = match (authority.port_u16(), after_host.contains(':')) {
            (Some(0), _) | (None, true) => return Err(InvalidEndpoint::Port),
            (Some(port), _) => port,
            (None, false) if secure => 443,
            (None, false) => 80,
        };
        let host = host.into();
        Ok(Self {
            uri,
            host,
            port,
            secure,
            headers: Headers::default(),
        })
    }

    /// Adds a header for this endpoint; it replaces one of that name in the options.
    ///
    /// # Errors
    ///
    /// [`InvalidEndpoint::Header`] if HTTP forbids the name or value,
    /// [`InvalidEndpoint::ReservedHeader`] if the handshake sets it itself (`Host`, `Connection`,
    /// `Upgrade`, `Sec-WebSocket-*`).
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, InvalidEndpoint> {
        self.headers.set(name, value)?;
        Ok(self)
    }

    /// The host without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the connection is encrypted (`wss`).
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether the host is this machine by its name or address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(crate) fn headers(&self) -> &Headers {
        &self.headers
    }
}

impl std::str::FromStr for Endpoint {
    type Err = InvalidEndpoint;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Self::new(url)
    }
}

impl TryFrom<&str> for Endpoint {
    type Error = InvalidEndpoint;

    fn try_from(url: &str) -> Result<Self, Self::Error> {
        Self::new(url)
    }
}

impl TryFrom<String> for Endpoint {
    type Error = InvalidEndpoint;

    fn try_from(url: String) -> Result<Self, Self::Error> {
        Self::new(&url)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "wss" } else { "ws" };
        let (open, close) = if self.host.contains(':') {
            ("[", "]")
        } else {
            ("", "")
        };
        write!(
            f,
            "{scheme}://{open}{}{close}:{}{}",
            self.host,
            self.port,
            self.uri.path()
        )
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("url", &format_args!("{self}"))
            .field("headers", &self.headers)
            .finish()
    }
}

/// `localhost` is checked again once it is resolved.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let endpoint = Endpoint::new("wss://data.example.com/socket.io/websocket?type=chart")
            .expect("a valid url");
        assert_eq!(
            (endpoint.host(), endpoint.port(), endpoint.is_secure()),
            ("data.example.com", 443, true)
        );
        let endpoint = Endpoint::new("ws://[::1]:8080").expect("a valid url");
        assert_eq!(
            (endpoint.host(), endpoint.port(), endpoint.is_secure()),
            ("::1", 8080, false)
        );
        assert_eq!(endpoint.to_string(), "ws://[::1]:8080/");
        assert_eq!(
            Endpoint::new("ws://localhost").expect("a valid url").port(),
            80
        );
    }

    #[test]
    fn unusable_urls_are_rejected_by_cause() {
        use InvalidEndpoint::{Host, Malformed, NoScheme, Plaintext, Port, Scheme, UserInfo};
        let cases = [
            ("", NoScheme),
            ("data.example.com", NoScheme),
            ("data.example.com:443", NoScheme),
            ("localhost:8080/path", NoScheme),
            ("/path", NoScheme),
            ("wss:data.example.com", NoScheme),
            ("://data.example.com", Scheme),
            ("wss://data.example.com:0/", Port),
            ("wss://data.example.com:99999/", Port),
            ("wss://data.example.com:/", Port),
            ("wss://data.example.com:port/", Port),
            ("wss://[::1", Malformed),
            ("wss://exa mple.com/", Malformed),
            ("wss://example.com/\r\nHost: evil", Malformed),
            ("https://data.example.com/", Scheme),
            ("file://data.example.com/", Scheme),
            ("wss://user:secret@data.example.com/", UserInfo),
            ("wss://user@data.example.com/", UserInfo),
            ("wss://:443/", Host),
            ("ws://data.example.com/", Plaintext),
            ("ws://10.0.0.1/", Plaintext),
            ("ws://localhost.example.com/", Plaintext),
            ("ws://127.0.0.1.example.com/", Plaintext),
        ];
        for (url, expected) in cases {
            assert_eq!(Endpoint::new(url).expect_err(url), expected, "{url}");
        }
    }

    #[test]
    fn secrets_of_query_and_headers_are_never_shown() {
        let endpoint = Endpoint::new("wss://data.example.com/ws?auth=hunter2")
            .and_then(|endpoint| endpoint.header("Cookie", "sessionid=hunter2"))
            .expect("a valid endpoint");
        let shown = format!("{endpoint} {endpoint:?} {endpoint:#?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("wss://data.example.com:443/ws"), "{shown}");
        assert!(shown.contains("cookie"), "{shown}");
    }
}
