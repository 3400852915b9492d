//! The client.

use std::{fmt, sync::Arc};

use tokio::time::{Instant, sleep};

use super::{
    ClientError, HttpClientBuilder, HttpError,
    address::Addresses,
    meters::{Failure, Meters},
    retry::Budget,
};
use crate::{
    account::SessionCookies,
    wire::{Answer, AnswerError, Endpoint, Request},
};

/// Asks the questions of this crate's endpoints. Clones share connections and limits.
///
/// It needs a tokio runtime with time and IO. Nothing runs in the background after an answer but
/// idle connections.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use tv_http::{client::HttpClient, search::Search};
///
/// let client = HttpClient::new()?;
/// let page = client.ask(&Search::new("apple")).await?;
/// for found in &page.symbols {
///     println!("{:?} {:?}", found.id(), found.description);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HttpClient {
    pub(super) client: reqwest::Client,
    pub(super) cookies: Option<SessionCookies>,
    pub(super) shared: Arc<Shared>,
}

/// What clones share.
pub(super) struct Shared {
    pub(super) addresses: Addresses,
    pub(super) options: HttpClientBuilder,
    pub(super) budget: Budget,
}

impl HttpClient {
    /// A client with all defaults, as a guest.
    ///
    /// # Errors
    ///
    /// If the system does not let it be made.
    pub fn new() -> Result<Self, ClientError> {
        Self::builder().build()
    }

    /// Options for a client.
    ///
    /// ```
    /// use tv_http::{account::SessionCookies, client::HttpClient, wire::Host};
    ///
    /// let client = HttpClient::builder()
    ///     .base(Host::Scanner, "http://127.0.0.1:8080")
    ///     .cookies(SessionCookies::new("abc", Some("v3:def"))?)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder() -> HttpClientBuilder {
        HttpClientBuilder::default()
    }

    pub(super) fn of(
        client: reqwest::Client,
        addresses: Addresses,
        mut options: HttpClientBuilder,
    ) -> Self {
        let cookies = options.cookies.take();
        let budget = Budget::default();
        let shared = Arc::new(Shared {
            addresses,
            options,
            budget,
        });
        Self {
            client,
            cookies,
            shared,
        }
    }

    /// The same client with the cookies of an account. It shares connections and limits with this
    /// one.
    #[must_use]
    pub fn with_cookies(&self, cookies: SessionCookies) -> Self {
        Self {
            cookies: Some(cookies),
            ..self.clone()
        }
    }

    /// Asks a question and reads the answer.
    ///
    /// If the network or the server fails, or there were too many requests, a question that changes
    /// nothing is repeated. Cancel-safe: what is dropped is not sent again, though the server may
    /// have got it.
    ///
    /// # Errors
    ///
    /// See [`HttpError`].
    pub async fn ask<E: Endpoint>(&self, endpoint: &E) -> Result<E::Output, HttpError> {
        let request = endpoint.request()?;
        let options = &self.shared.options;
        let mut attempt = 0;
        loop {
            let error = match self.send(&request).await {
                Ok(answer) => match endpoint.parse(&answer) {
                    Ok(output) => {
                        self.shared.budget.earn();
                        return Ok(output);
                    }
                    Err(error) => HttpError::Answer(error),
                },
                Err(error) => error,
            };
            if let HttpError::Answer(AnswerError::RateLimited {
                retry_after: Some(time),
            }) = &error
            {
                options.limiter.hold(request.host(), *time);
            }
            if attempt >= options.retries {
                return Err(error);
            }
            let wait = self
                .shared
                .budget
                .wait(&request, &error, attempt, options.first_wait);
            let Some(wait) = wait else {
                return Err(error);
            };
            attempt += 1;
            Meters.repeated(request.host());
            sleep(wait).await;
        }
    }

    /// Sends a request once, when the limiter lets it, and returns the answer as it is: with any
    /// status.
    ///
    /// Cancel-safe: what is dropped is not sent again, though the server may have got it.
    ///
    /// # Errors
    ///
    /// If a secret would go to an address that may not see it, the network fails, time runs out, or
    /// the body is too long.
    pub async fn send(&self, request: &Request) -> Result<Answer, HttpError> {
        let options = &self.shared.options;
        let host = request.host();
        let begin = Instant::now();
        options.limiter.wait(host).await;
        Meters.waited(host, begin.elapsed());
        let limit = options.time_limit;
        let exchange = self.exchange(request);
        let result = tokio::time::timeout(limit, exchange).await;
        let result = result.unwrap_or(Err(HttpError::TimedOut { host, limit }));
        match &result {
            Err(HttpError::Network { .. } | HttpError::BrokenOff { .. }) => {
                Meters.failed(host, Failure::Network);
            }
            Err(HttpError::TimedOut { .. }) => Meters.failed(host, Failure::TimedOut),
            Err(HttpError::TooLarge { .. }) => Meters.failed(host, Failure::TooLarge),
            Ok(_) | Err(_) => {}
        }
        result
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("HttpClient")
            .field("cookies", &self.cookies)
            .field("addresses", &self.shared.addresses)
            .finish_non_exhaustive()
    }
}
