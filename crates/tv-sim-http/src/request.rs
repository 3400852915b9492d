//! Requests, as a server has read them.

use std::borrow::Cow;

use crate::host::Host;

/// A request over HTTP, its body included.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request<'a> {
    /// `GET`, `POST` and so on.
    pub method: &'a str,
    /// The host that the request names, if it is one of TradingView's.
    pub host: Option<Host>,
    /// The path as it was sent, percent-encoded, without the query.
    pub path: &'a str,
    /// The parameters of the query, decoded, in the order of the query.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: Headers<'a>,
    /// The body; empty if there is none.
    pub body: &'a [u8],
}

/// The headers of a request.
#[derive(Clone, Debug, Default)]
pub struct Headers<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Headers<'a> {
    /// Takes names and values.
    pub fn new(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(headers.into_iter().collect())
    }

    /// The first value of a name, whatever its case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        let found = self
            .0
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    }

    /// All values of a name, whatever its case.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = self
            .0
            .iter()
            .filter(move |(own, _)| own.eq_ignore_ascii_case(name));
        named.map(|(_, value)| *value)
    }
}

impl<'a> Request<'a> {
    /// Reads a request: its target is the path with the query, its host that of the header `Host`.
    #[must_use]
    pub fn new(method: &'a str, target: &'a str, headers: Headers<'a>, body: &'a [u8]) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method,
            host: headers.get("host").and_then(Host::of),
            path,
            query: pairs(query.as_bytes()),
            headers,
            body,
        }
    }

    /// The first parameter of a name in the query.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All parameters of a name in the query.
    pub fn params(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.query.iter().filter(move |(own, _)| own == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The parameters of a body that is a form, in one or in several parts.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        let kind = self.headers.get("content-type").unwrap_or_default();
        match kind.split_once("boundary=") {
            Some((kind, boundary)) if kind.starts_with("multipart/form-data") => {
                parts(self.body, boundary.trim_matches('"'))
            }
            _ => pairs(self.body),
        }
    }

    /// The parts of the path, decoded. Slashes at the end, or two in a row, make no difference.
    #[must_use]
    pub fn segments(&self) -> Vec<Cow<'_, str>> {
        let parts = self.path.split('/').filter(|part| !part.is_empty());
        let decoded = |part| percent_encoding::percent_decode_str(part).decode_utf8_lossy();
        parts.map(decoded).collect()
    }

    /// The value of a cookie.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&'a str> {
        let cookies = self
            .headers
            .all("cookie")
            .flat_map(|value| value.split(';'));
        let mut pairs = cookies.filter_map(|cookie| cookie.trim().split_once('='));
        pairs.find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Whether a page of TradingView sends it, by its `Origin`.
    #[must_use]
    pub fn is_from_tradingview(&self) -> bool {
        let origin = self.headers.get("origin").unwrap_or_default();
        let host = origin.strip_prefix("https://").map(Host::of);
        host == Some(Some(Host::Www))
    }
}

/// What a query or a form holds.
fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

/// What the parts of a form hold.
fn parts(body: &[u8], boundary: &str) -> Vec<(String, String)> {
    let body = String::from_utf8_lossy(body);
    let mark = format!("--{boundary}");
    let read = |part: &str| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let (_, name) = head.split_once("name=\"")?;
        let (name, _) = name.split_once('"')?;
        let value = value.strip_suffix("\r\n").unwrap_or(value);
        Some((name.to_owned(), value.to_owned()))
    };
    body.split(mark.as_str()).filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_headers_and_cookies_are_read() {
        let headers = Headers::new([
            ("host", "PINE-facade.tradingview.com"),
            ("cookie", "sessionid=abc;sessionid_sign=v3:x=; other"),
            ("Cookie", "device_t=d"),
        ]);
        let target = "//pine-facade/get/STD%3BStoch%2525RSI/last/?a=1+2&a=%2B&b";
        let request = Request::new("GET", target, headers, b"x=%3D&y=");
        assert_eq!(request.host, Some(Host::PineFacade));
        assert_eq!(
            request.segments(),
            ["pine-facade", "get", "STD;Stoch%25RSI", "last"]
        );
        assert_eq!(request.param("a"), Some("1 2"));
        assert_eq!(request.params("a").collect::<Vec<_>>(), ["1 2", "+"]);
        assert_eq!((request.param("b"), request.param("c")), (Some(""), None));
        let cookies = ["sessionid", "sessionid_sign", "device_t", "other"];
        assert_eq!(
            cookies.map(|name| request.cookie(name)),
            [Some("abc"), Some("v3:x="), Some("d"), None]
        );
        let form = request.form();
        assert_eq!(
            form,
            [("x".into(), "=".into()), ("y".into(), String::new())]
        );
    }

    #[test]
    fn only_pages_of_tradingview_over_tls_count_as_its_own() {
        let from = |origin| {
            let headers = Headers::new([("Origin", origin)]);
            Request::new("GET", "/", headers, b"").is_from_tradingview()
        };
        assert!(from("https://www.tradingview.com") && from("https://de.tradingview.com"));
        for other in [
            "",
            "null",
            "http://www.tradingview.com",
            "https://www.example.com",
            "https://scanner.tradingview.com",
        ] {
            assert!(!from(other), "{other}");
        }
        assert!(!Request::new("GET", "/", Headers::default(), b"").is_from_tradingview());
    }

    #[test]
    fn a_form_may_come_in_parts() {
        let kind = [("Content-Type", "multipart/form-data; boundary=\"b-1\"")];
        let body = "--b-1\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\na=b&c\r\n\
            --b-1\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\n\r\n--b-1--\r\n";
        let request = Request::new("POST", "/", Headers::new(kind), body.as_bytes());
        let form = [("username", "a=b&c"), ("code", "")];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(request.form(), form);
        let broken = Request::new("POST", "/", Headers::new(kind), b"--b-1\r\nname=\"x");
        assert_eq!(broken.form(), []);
    }
}
