//! Options of a client.

use std::{fmt, time::Duration};

use reqwest::{header::HeaderValue, redirect::Policy};

use super::{
    ClientError, HostLimiter, HttpClient, Received, Sending, address::Addresses, hooks::Hooks,
    proxy::proxy, tls,
};
use crate::{account::SessionCookies, wire::Host};

/// How long a request may take by default, from its sending to the end of the answer.
const TIME_LIMIT: Duration = Duration::from_secs(15);

/// How long a body may be by default. The longest that is known, a list of fundamental values, has
/// some 3 MB.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// How often a request is repeated by default.
const RETRIES: u32 = 2;

/// How long the first repetition waits by default; the next one twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// What clients of browsers say. Versions get old: [`HttpClientBuilder::user_agent`] replaces it.
const USER_AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 \
     (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/// Options of a client, made by [`HttpClient::builder`].
#[must_use]
#[derive(Clone)]
pub struct HttpClientBuilder {
    bases: Vec<(Host, String)>,
    user_agent: String,
    proxy: Option<String>,
    roots: Option<Vec<Vec<u8>>>,
    pub(super) cookies: Option<SessionCookies>,
    pub(super) time_limit: Duration,
    pub(super) max_body: usize,
    pub(super) retries: u32,
    pub(super) first_wait: Duration,
    pub(super) limiter: HostLimiter,
    pub(super) hooks: Hooks,
}

impl Default for HttpClientBuilder {
    fn default() -> Self {
        Self {
            bases: Vec::new(),
            user_agent: USER_AGENT.to_owned(),
            proxy: None,
            roots: None,
            cookies: None,
            time_limit: TIME_LIMIT,
            max_body: MAX_BODY,
            retries: RETRIES,
            first_wait: FIRST_WAIT,
            limiter: HostLimiter::process(),
            hooks: Hooks::default(),
        }
    }
}

impl HttpClientBuilder {
    /// Another address for a host: a simulator's, or that of a gateway. It needs `https://`, or
    /// `http://` for this machine.
    pub fn base(mut self, host: Host, address: impl Into<String>) -> Self {
        self.bases.push((host, address.into()));
        self
    }

    /// One address for all hosts.
    pub fn base_of_all(mut self, address: impl Into<String>) -> Self {
        let address = address.into();
        self.bases
            .extend(Host::ALL.map(|host| (host, address.clone())));
        self
    }

    /// The cookies of an account, for the requests that want them.
    pub fn cookies(self, cookies: SessionCookies) -> Self {
        Self {
            cookies: Some(cookies),
            ..self
        }
    }

    /// A proxy for all connections: `http://[user:password@]host[:port]`, by CONNECT, or
    /// `socks5://…`; the ports are 8080 and 1080 unless given. The option of the WebSocket takes
    /// the same addresses. The proxy resolves the names of hosts. The environment's proxies are not
    /// used.
    ///
    /// In user and password, escape characters that have a meaning in URLs, such as `%40` for `@`.
    pub fn proxy(self, proxy: impl Into<String>) -> Self {
        Self {
            proxy: Some(proxy.into()),
            ..self
        }
    }

    /// Trusts these certificates in DER form instead of Mozilla's roots.
    pub fn only_roots(self, roots: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        Self {
            roots: Some(roots.into_iter().map(Into::into).collect()),
            ..self
        }
    }

    /// What the client says that it is; a browser by default, because some hosts refuse others.
    pub fn user_agent(self, user_agent: impl Into<String>) -> Self {
        Self {
            user_agent: user_agent.into(),
            ..self
        }
    }

    /// How long a request may take, from its sending to the end of the answer, redirects included;
    /// 15 s by default. What it waits for the limiter does not count.
    pub fn time_limit(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    /// How many bytes a body may have after decompression; 32 MiB by default.
    pub fn max_body(self, max_body: usize) -> Self {
        Self { max_body, ..self }
    }

    /// How often a request that changes nothing is repeated if the network or the server fails; 2
    /// by default. All requests of a client share a budget of repetitions.
    pub fn retries(self, retries: u32) -> Self {
        Self { retries, ..self }
    }

    /// How long the first repetition waits; 500 ms by default. Each further one waits twice as long
    /// as the one before, and all as long as the server asks for.
    pub fn first_wait(self, first_wait: Duration) -> Self {
        Self { first_wait, ..self }
    }

    /// Another limiter than the one that the clients of this process share.
    pub fn limiter(self, limiter: HostLimiter) -> Self {
        Self { limiter, ..self }
    }

    /// Calls a function before each request, repetitions and redirects included. It must not block.
    pub fn on_request(mut self, hook: impl Fn(&Sending<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.request = Some(std::sync::Arc::new(hook));
        self
    }

    /// Calls a function after each answer that has come whole. It must not block.
    pub fn on_response(mut self, hook: impl Fn(&Received<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.response = Some(std::sync::Arc::new(hook));
        self
    }

    /// Makes the client. It connects when it is asked.
    ///
    /// # Errors
    ///
    /// If an address, the proxy, a certificate or the user agent cannot be used.
    pub fn build(self) -> Result<HttpClient, ClientError> {
        let mut addresses = Addresses::default();
        for (host, address) in &self.bases {
            addresses.replace(*host, address)?;
        }
        let user_agent =
            HeaderValue::from_str(&self.user_agent).map_err(|_| ClientError::UserAgent {
                found: self.user_agent.chars().take(200).collect(),
            })?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(self.roots.as_deref())?)
            .user_agent(user_agent)
            // Each redirect is checked, and limits are ours.
            .redirect(Policy::none())
            .no_proxy();
        if let Some(address) = &self.proxy {
            builder = builder.proxy(proxy(address)?);
        }
        let client = builder.build().map_err(|error| ClientError::System {
            reason: error.without_url().to_string(),
        })?;
        Ok(HttpClient::of(client, addresses, self))
    }
}

impl fmt::Debug for HttpClientBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("HttpClientBuilder")
            .field("cookies", &self.cookies)
            .field("time_limit", &self.time_limit)
            .field("max_body", &self.max_body)
            .field("retries", &self.retries)
            .field("limiter", &self.limiter)
            .field("hooks", &self.hooks)
            .finish_non_exhaustive()
    }
}
