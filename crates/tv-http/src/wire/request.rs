//! Requests.

use std::{borrow::Cow, fmt};

use protocol::redact::Secrets;
use serde_json::Value;

use super::{Body, Header, Host, Method, body::pair};

/// The page that requests claim to come from. Without it, most hosts answer 403.
const ORIGIN: &str = "https://www.tradingview.com";

/// An HTTP request without a client.
///
/// `Debug` shows neither parameters nor bodies that are secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    method: Method,
    host: Host,
    path: String,
    query: Vec<Parameter>,
    headers: Vec<Header>,
    body: Body,
    access: Access,
    is_repeatable: bool,
    keeps_redirects: bool,
}

/// A parameter of the query.
#[derive(Clone, PartialEq, Eq)]
struct Parameter {
    name: Cow<'static, str>,
    value: String,
    is_secret: bool,
}

/// Whether a request wants the cookies of an account.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Guests get the same answer.
    Anyone,
    /// Guests get an answer, accounts get a better one.
    Better,
    /// Guests are refused.
    Account,
}

impl Request {
    /// A request that reads.
    pub(crate) fn get(host: Host, path: impl Into<String>) -> Self {
        let is_repeatable = true;
        Self {
            is_repeatable,
            ..Self::new(Method::Get, host, path.into(), Body::Empty)
        }
    }

    /// A request that sends JSON. It is not repeatable unless that is said.
    pub(crate) fn post_json(host: Host, path: impl Into<String>, body: &Value) -> Self {
        Self::new(
            Method::Post,
            host,
            path.into(),
            Body::Json(body.to_string()),
        )
    }

    /// A request that sends a form. It is not repeatable unless that is said.
    pub(crate) fn post_form(
        host: Host,
        path: impl Into<String>,
        fields: Vec<(&'static str, String)>,
    ) -> Self {
        Self::new(Method::Post, host, path.into(), Body::Form(fields))
    }

    pub(crate) fn new(method: Method, host: Host, path: String, body: Body) -> Self {
        Self {
            method,
            host,
            path,
            query: Vec::new(),
            headers: Vec::new(),
            body,
            access: Access::Anyone,
            is_repeatable: false,
            keeps_redirects: false,
        }
    }

    /// Adds a parameter.
    pub(crate) fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl ToString) -> Self {
        let (name, value, is_secret) = (name.into(), value.to_string(), false);
        self.query.push(Parameter {
            name,
            value,
            is_secret,
        });
        self
    }

    /// Adds a parameter, if there is a value.
    pub(crate) fn with_some(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a parameter that is not shown.
    pub(crate) fn with_secret(mut self, name: &'static str, value: &str) -> Self {
        let (name, value, is_secret) = (name.into(), value.to_owned(), true);
        self.query.push(Parameter {
            name,
            value,
            is_secret,
        });
        self
    }

    /// Adds a header.
    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push(Header::new(name, value));
        self
    }

    pub(crate) fn for_access(self, access: Access) -> Self {
        Self { access, ..self }
    }

    /// Says that a repetition does no harm.
    pub(crate) fn repeatable(self) -> Self {
        Self {
            is_repeatable: true,
            ..self
        }
    }

    /// Says that a redirect is an answer.
    pub(crate) fn keeping_redirects(self) -> Self {
        Self {
            keeps_redirects: true,
            ..self
        }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> Host {
        self.host
    }

    /// The path, escaped, from its first slash on.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The parameters of the query in their order, not escaped. Some may be secret.
    pub fn query(&self) -> impl Iterator<Item = (&str, &str)> {
        let parameters = self.query.iter();
        parameters.map(|it| (it.name.as_ref(), it.value.as_str()))
    }

    /// Path and query, escaped: what follows the base address. The query may hold secrets.
    #[must_use]
    pub fn target(&self) -> String {
        let query: Vec<String> = self
            .query()
            .map(|(name, value)| pair(name, value))
            .collect();
        match query.is_empty() {
            true => self.path.clone(),
            false => format!("{}?{}", self.path, query.join("&")),
        }
    }

    /// The headers that the endpoint needs: origin and referrer of the site where the host wants
    /// them, the kind of the body, and its own. A sender adds the user agent and cookies.
    #[must_use]
    pub fn headers(&self) -> Vec<Header> {
        let mut headers = vec![Header::new("accept", "application/json, text/plain, */*")];
        let is_page = self.host == Host::Www && self.method == Method::Get;
        if !is_page {
            headers.push(Header::new("origin", ORIGIN));
            headers.push(Header::new("referer", format!("{ORIGIN}/")));
        }
        match self.body {
            Body::Empty => {}
            Body::Json(_) => headers.push(Header::new("content-type", "application/json")),
            Body::Form(_) => {
                headers.push(Header::new(
                    "content-type",
                    "application/x-www-form-urlencoded",
                ));
            }
        }
        headers.extend(self.headers.iter().cloned());
        headers
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Whether the cookies of an account are wanted.
    #[must_use]
    pub fn access(&self) -> Access {
        self.access
    }

    /// Whether the request may be sent again after a failure: it changes nothing.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.is_repeatable
    }

    /// Whether a redirect is an answer, and must not be followed.
    #[must_use]
    pub fn keeps_redirects(&self) -> bool {
        self.keeps_redirects
    }

    /// Whether the request holds a secret, apart from cookies that a sender adds. Forms count.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        let in_query = self.query.iter().any(|parameter| parameter.is_secret);
        let in_headers = self.headers.iter().any(|header| header.is_secret);
        in_query || in_headers || matches!(self.body, Body::Form(_))
    }

    /// The secrets of the request, to be hidden in what is said about it; see
    /// [`Answer::hiding`](super::Answer::hiding).
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::default();
        for parameter in self.query.iter().filter(|it| it.is_secret) {
            secrets.add(&parameter.value);
        }
        for header in self.headers.iter().filter(|it| it.is_secret) {
            secrets.add_header(&header.value);
        }
        if let Body::Form(fields) = &self.body {
            for (_, value) in fields {
                secrets.add(value);
            }
        }
        secrets
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query: Vec<String> = self.query.iter().map(Parameter::shown).collect();
        out.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.host)
            .field("path", &self.path)
            .field("query", &query)
            .field("headers", &self.headers)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

impl Parameter {
    fn shown(&self) -> String {
        match self.is_secret {
            true => format!("{}=[hidden]", self.name),
            false => format!("{}={}", self.name, self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_escaped_once() {
        let request = Request::get(Host::Www, "/a/")
            .with("text", "S&P 500+é")
            .with("b", "100%");
        assert_eq!(request.target(), "/a/?text=S%26P%20500%2B%C3%A9&b=100%25");
        assert_eq!(request.query().next(), Some(("text", "S&P 500+é")));
    }

    #[test]
    fn debug_shows_no_secret() {
        let request = Request::post_form(Host::Www, "/", vec![("password", "CANARY-1".into())])
            .with_secret("jwt", "CANARY-2");
        let shown = format!("{request:?}");
        assert!(!shown.contains("CANARY"), "{shown}");
        assert_eq!(
            request.secrets().hide("CANARY-1, CANARY-2"),
            "[hidden], [hidden]"
        );
        assert_eq!(request.body().to_bytes(), b"password=CANARY-1");
    }

    #[test]
    fn hosts_other_than_the_site_get_its_origin() {
        let names = |request: Request| -> Vec<&'static str> {
            request.headers().iter().map(|header| header.name).collect()
        };
        assert_eq!(names(Request::get(Host::Www, "/")), ["accept"]);
        assert_eq!(
            names(Request::get(Host::Scanner, "/")),
            ["accept", "origin", "referer"]
        );
        let posted = Request::post_json(Host::Scanner, "/", &Value::Null);
        assert_eq!(
            names(posted),
            ["accept", "origin", "referer", "content-type"]
        );
    }
}
