//! From the command line's choice of a server to a client of the HTTP endpoints, and from its
//! errors to failures.

use std::time::Duration;

use secrecy::ExposeSecret;
use sim::SimServer;
use tv_http::{
    client::{ClientError, HttpClient, HttpClientBuilder, HttpError},
    wire::{Blame, RequestError},
};

use crate::{
    args::ConnectionArgs,
    credentials::{Found, SITE, find},
    exit::{Failure, chain},
    proxy, simulator,
    site::base,
    store::Credentials,
};

/// How long the simulator of `--sim` may take to end.
const GOODBYE: Duration = Duration::from_secs(2);

/// A client of the HTTP endpoints, and the simulator that it asks, if it is the embedded one.
#[derive(Debug)]
pub(crate) struct Http {
    client: HttpClient,
    simulator: Option<SimServer>,
    found: Option<Found>,
}

impl Http {
    /// Makes a client as the command line says. It connects when it is asked.
    ///
    /// Cancel-safe: a dropped future closes what was open.
    pub(crate) async fn open(args: &ConnectionArgs) -> Result<Self, Failure> {
        let simulator = match args.sim {
            true => Some(simulator::start(args).await?),
            false => None,
        };
        let mut builder = builder(args, simulator.as_ref().map(SimServer::url).as_deref())?;
        let found = find(args).await?;
        if let Some(Credentials::Cookies(cookies)) =
            found.as_ref().map(|found| &found.login.credentials)
        {
            builder = builder.cookies(cookies.clone());
        }
        Ok(Self {
            client: builder.build()?,
            simulator,
            found,
        })
    }

    /// By what the client is signed in; `None` for a guest.
    pub(crate) fn found(&self) -> Option<&Found> {
        self.found.as_ref()
    }

    /// The client. Clones share connections and limits.
    pub(crate) fn client(&self) -> &HttpClient {
        &self.client
    }

    /// The WebSocket address of the embedded simulator, if it is in use.
    pub(crate) fn simulator(&self) -> Option<String> {
        Some(self.simulator.as_ref()?.url())
    }

    /// Ends the simulator, if there is one.
    pub(crate) async fn close(self) {
        if let Some(simulator) = self.simulator {
            let _unanswered = tokio::time::timeout(GOODBYE, simulator.shutdown()).await;
        }
    }
}

/// Options of a client that asks what the command line names: the simulator at this WebSocket
/// address, if there is one; else a server of this machine; else TradingView. Without cookies.
///
/// Fails if the environment names a proxy that cannot be used.
pub(crate) fn builder(
    args: &ConnectionArgs,
    simulator: Option<&str>,
) -> Result<HttpClientBuilder, Failure> {
    let mut builder = HttpClient::builder()
        .on_request(|sending| {
            tracing::trace!(
                host = %sending.host,
                method = %sending.method,
                path = sending.path,
                headers = ?sending.headers,
                "sending"
            );
        })
        .on_response(|received| {
            tracing::debug!(
                host = %received.host,
                path = received.path,
                status = received.status,
                bytes = received.body,
                ms = received.elapsed.as_millis(),
                "answered"
            );
        });
    let base = base(args, simulator);
    if let Some(address) = proxy::address(args, base.as_deref().unwrap_or(SITE))? {
        builder = builder.proxy(address.expose_secret());
    }
    Ok(match base {
        Some(base) => builder.base_of_all(base),
        None => builder,
    })
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let text = chain(&error);
        match error {
            ClientError::System { .. } => Self::Internal(text),
            _ => Self::Usage(text),
        }
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        Self::Usage(chain(&error))
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        let text = chain(&error);
        match (error.blame(), error) {
            (_, HttpError::Untrusted { .. }) | (Blame::Authentication, _) => {
                Self::Authentication(text)
            }
            (Blame::Misuse, _) => Self::Usage(text),
            (Blame::Refused, _) => Self::Refused(text),
            (Blame::Resources, HttpError::Answer(_)) => Self::Refused(text),
            _ => Self::Network(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_have_the_status_of_the_side_at_fault() {
        use tv_http::wire::{AnswerError, Host};
        let answer = |error: AnswerError| Failure::from(HttpError::from(error)).status();
        let message = String::new;
        assert_eq!(answer(AnswerError::NotFound { message: message() }), 3);
        assert_eq!(answer(AnswerError::RateLimited { retry_after: None }), 3);
        assert_eq!(answer(AnswerError::Captcha), 5);
        let status = 500;
        let failed = AnswerError::ServerFailed {
            status,
            message: message(),
        };
        assert_eq!(answer(failed), 4);
        let host = Host::Scanner;
        assert_eq!(Failure::from(HttpError::Untrusted { host }).status(), 5);
        assert_eq!(
            Failure::from(HttpError::TooLarge { host, limit: 1 }).status(),
            4
        );
        let limit = Duration::from_secs(15);
        assert_eq!(
            Failure::from(HttpError::TimedOut { host, limit }).status(),
            4
        );
    }
}
