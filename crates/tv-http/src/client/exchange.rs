//! One request on its way, with its redirects.

use std::error::Error;

use protocol::redact::Secrets;
use reqwest::{
    Response, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use tokio::time::Instant;

use super::{HttpClient, HttpError, Received, Sending, meters::Meters};
use crate::wire::{Access, Answer, Body, Header, Host, Method, Request, scrubbed};

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

impl HttpClient {
    /// Sends a request, follows its redirects, and reads the answer whole.
    pub(super) async fn exchange(&self, request: &Request) -> Result<Answer, HttpError> {
        let host = request.host();
        let addresses = &self.shared.addresses;
        let secrets = self.secrets(request);
        let url = addresses.url(host, &request.target());
        let mut url = url.ok_or_else(|| HttpError::Network {
            host,
            reason: "the address cannot be made".to_owned(),
        })?;
        if (request.has_secrets() || self.wants_cookies(request))
            && !addresses.may_see_secrets(&url)
        {
            return Err(HttpError::Untrusted { host });
        }
        for _ in 0..MAX_REDIRECTS {
            let answer = self.exchange_one(request, url.clone(), &secrets).await?;
            match self.redirect(request, &url, &answer) {
                Some(next) => url = next,
                None => return Ok(answer),
            }
        }
        // The last redirect is an answer: it says that it was not followed.
        self.exchange_one(request, url, &secrets).await
    }

    /// Where an answer leads, if that is followed.
    fn redirect(&self, request: &Request, url: &Url, answer: &Answer) -> Option<Url> {
        let is_redirect = matches!(answer.status(), 301 | 302 | 303 | 307 | 308);
        if !is_redirect || request.method() != Method::Get || request.keeps_redirects() {
            return None;
        }
        let next = url.join(answer.header("location")?).ok()?;
        let addresses = &self.shared.addresses;
        // A secret of the query may be in the new address as well.
        let is_safe = !request.has_secrets() || addresses.may_see_secrets(&next);
        (is_safe && addresses.may_be_followed(&next)).then_some(next)
    }

    async fn exchange_one(
        &self,
        request: &Request,
        url: Url,
        secrets: &Secrets,
    ) -> Result<Answer, HttpError> {
        let host = request.host();
        let network = |error: reqwest::Error| network(host, error, secrets);
        let headers = self.headers(request, &url);
        let hooks = &self.shared.options.hooks;
        if let Some(hook) = &hooks.request {
            let (method, path) = (request.method(), url.path());
            hook(&Sending {
                host,
                method,
                path,
                headers: &headers,
            });
        }
        let path = url.path().to_owned();
        let method = match request.method() {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut sent = self.client.request(method, url).headers(to_map(&headers));
        if *request.body() != Body::Empty {
            sent = sent.body(request.body().to_bytes());
        }
        let start = Instant::now();
        let response = sent.send().await.map_err(network)?;
        let status = response.status().as_u16();
        let received = from_map(response.headers());
        let body = self.body(host, response, secrets).await?;
        let elapsed = start.elapsed();
        Meters.answered(host, status, elapsed);
        if let Some(hook) = &hooks.response {
            let headers = received.iter().map(|header| masked(header, secrets));
            let headers: Vec<(String, String)> = headers.collect();
            hook(&Received {
                host,
                path: &path,
                status,
                headers: &headers,
                body: body.len(),
                elapsed,
            });
        }
        let answer = Answer::new(status, body).hiding(secrets.clone());
        let headers = received.into_iter();
        Ok(headers.fold(answer, |answer, (name, value)| {
            answer.with_header(name, value)
        }))
    }

    /// Reads a body that is not longer than the limit.
    async fn body(
        &self,
        host: Host,
        mut response: Response,
        secrets: &Secrets,
    ) -> Result<Vec<u8>, HttpError> {
        let limit = self.shared.options.max_body;
        let mut body = Vec::new();
        // What a server declares is not believed, and memory is taken as bytes come.
        loop {
            let broken = |error| HttpError::BrokenOff {
                host,
                received: body.len(),
                reason: in_words(error, secrets),
            };
            let Some(chunk) = response.chunk().await.map_err(broken)? else {
                return Ok(body);
            };
            if body.len() + chunk.len() > limit {
                return Err(HttpError::TooLarge { host, limit });
            }
            body.extend_from_slice(&chunk);
        }
    }

    fn wants_cookies(&self, request: &Request) -> bool {
        self.cookies.is_some() && request.access() != Access::Anyone
    }

    fn secrets(&self, request: &Request) -> Secrets {
        let mut secrets = request.secrets();
        if let Some(cookies) = &self.cookies {
            secrets.extend(&cookies.secrets());
        }
        secrets
    }

    /// The headers of a request to an address.
    fn headers(&self, request: &Request, url: &Url) -> Vec<Header> {
        let mut headers = request.headers();
        headers.push(Header::new("accept-language", "en-US,en;q=0.9"));
        if request.method() == Method::Post && *request.body() == Body::Empty {
            // Servers refuse a POST that does not say how long its body is.
            headers.push(Header::new("content-length", "0"));
        }
        if self.wants_cookies(request)
            && self.shared.addresses.may_see_secrets(url)
            && let Some(cookies) = &self.cookies
        {
            headers.push(Header::secret("cookie", cookies.to_header()));
            if let Some(token) = cookies.csrf_token()
                && request.method() != Method::Get
            {
                headers.push(Header::secret("x-csrftoken", token));
            }
        }
        headers
    }
}

fn to_map(headers: &[Header]) -> HeaderMap {
    let pairs = headers.iter().filter_map(|header| {
        let name = HeaderName::from_static(header.name);
        let mut value = HeaderValue::from_str(&header.value).ok()?;
        value.set_sensitive(header.is_secret);
        Some((name, value))
    });
    pairs.collect()
}

fn from_map(headers: &HeaderMap) -> Vec<(String, String)> {
    let pairs = headers.iter();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    pairs
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}

/// A header that may be shown.
fn masked((name, value): &(String, String), secrets: &Secrets) -> (String, String) {
    let shown = match name.as_str() {
        "set-cookie" => "[hidden]".to_owned(),
        _ => secrets.hide(value).into_owned(),
    };
    (name.clone(), shown)
}

/// A connection that could not be made, or broke before the answer.
fn network(host: Host, error: reqwest::Error, secrets: &Secrets) -> HttpError {
    HttpError::Network {
        host,
        reason: in_words(error, secrets),
    }
}

/// An error of the HTTP library in words, without the address.
fn in_words(error: reqwest::Error, secrets: &Secrets) -> String {
    let error = error.without_url();
    let mut words = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        // Some errors repeat their causes.
        if !words.iter().any(|word| word.contains(&text)) {
            words.push(text);
        }
        source = cause.source();
    }
    scrubbed(&words.join(": "), secrets)
}
