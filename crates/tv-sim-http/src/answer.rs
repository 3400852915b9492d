//! Answers, and the bodies that the real servers send in place of one.

use serde_json::{Map, Value};

/// An answer over HTTP. A server adds what belongs to the connection, such as the length.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer of any content type.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: body.into(),
        }
    }

    /// JSON that says so.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, JSON, body.to_string())
    }

    /// JSON that is declared as text, as some servers do.
    pub(crate) fn json_as_text(status: u16, body: &Value) -> Self {
        Self::text(status, body.to_string())
    }

    /// Text.
    #[must_use]
    pub fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, TEXT, body)
    }

    /// A page.
    #[must_use]
    pub fn html(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, HTML, body)
    }

    /// A redirection.
    #[must_use]
    pub fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::html(status, "").with("location", location)
    }

    /// Nginx's page for a status: the words of the proxy in front of the applications.
    #[must_use]
    pub fn nginx(status: u16, reason: &str) -> Self {
        let body = format!(
            "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} \
             {reason}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        );
        Self::html(status, body)
    }

    /// Refuses a request that no page of TradingView sent.
    pub(crate) fn forbidden() -> Self {
        Self::nginx(403, "Forbidden")
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// An object with further keys.
pub(crate) fn with<'a>(object: Value, more: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let mut fields = match object {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    fields.extend(more.into_iter().map(|(key, value)| (key.to_owned(), value)));
    fields.into()
}

/// A text as pages have it.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

const JSON: &str = "application/json; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
