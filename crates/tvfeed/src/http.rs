//! From the command line's choice of a server to a client of the HTTP endpoints, and from its
//! errors to failures.

use std::{net::IpAddr, time::Duration};

use sim::SimServer;
use tv_http::{
    account::SessionCookies,
    client::{ClientError, HttpClient, HttpClientBuilder, HttpError},
    wire::{Blame, RequestError},
};

use crate::{
    args::ConnectionArgs,
    exit::{Failure, chain},
    simulator,
};

/// How long the simulator of `--sim` may take to end.
const GOODBYE: Duration = Duration::from_secs(2);

/// A client of the HTTP endpoints, and the simulator that it asks, if it is the embedded one.
#[derive(Debug)]
pub(crate) struct Http {
    client: HttpClient,
    simulator: Option<SimServer>,
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
        let mut builder = builder(args, simulator.as_ref().map(SimServer::url).as_deref());
        if simulator.is_none()
            && let Some(cookies) = cookies()?
        {
            builder = builder.cookies(cookies);
        }
        Ok(Self {
            client: builder.build()?,
            simulator,
        })
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
pub(crate) fn builder(args: &ConnectionArgs, simulator: Option<&str>) -> HttpClientBuilder {
    let builder = HttpClient::builder()
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
    match base(args, simulator) {
        Some(base) => builder.base_of_all(base),
        None => builder,
    }
}

/// The address that stands for all of TradingView's hosts, if there is one.
fn base(args: &ConnectionArgs, simulator: Option<&str>) -> Option<String> {
    if let Some(url) = &args.http_endpoint {
        return Some(url.clone());
    }
    if let Some(url) = simulator {
        return origin(url);
    }
    // A WebSocket server of another machine need not answer anything else.
    let is_http = |url: &String| url.starts_with("http://") || url.starts_with("https://");
    let mut named = args.endpoint.iter();
    let url = named.find(|url| is_http(url) || is_local(url))?;
    if is_http(url) {
        return Some(url.clone());
    }
    origin(url)
}

/// The address of HTTP at the server of a WebSocket address.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let scheme = match scheme {
        "wss" | "https" => "https",
        _ => "http",
    };
    Some(format!("{scheme}://{authority}"))
}

/// Whether an address is one of this machine.
fn is_local(url: &str) -> bool {
    let Some(origin) = origin(url) else {
        return false;
    };
    let authority = origin
        .split_once("://")
        .map_or("", |(_, authority)| authority);
    let host = match authority.strip_prefix('[') {
        Some(address) => address.split(']').next(),
        None => authority.split(':').next(),
    };
    let host = host.unwrap_or_default();
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// The cookies of the environment.
fn cookies() -> Result<Option<SessionCookies>, Failure> {
    let Some(text) = std::env::var_os("TV_COOKIES") else {
        return Ok(None);
    };
    // An error of the environment would hold the text; it is not used.
    let Ok(text) = text.into_string() else {
        return Err(Failure::Usage("TV_COOKIES is not valid text".to_owned()));
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    let cookies = SessionCookies::parse(&text)
        .map_err(|error| Failure::Usage(format!("TV_COOKIES: {}", chain(&error))))?;
    Ok(Some(cookies))
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

    fn args(endpoint: &[&str]) -> ConnectionArgs {
        ConnectionArgs {
            endpoint: endpoint.iter().map(ToString::to_string).collect(),
            ..ConnectionArgs::default()
        }
    }

    #[test]
    fn a_server_of_this_machine_stands_for_all_hosts() {
        for (endpoint, expected) in [
            (
                "ws://127.0.0.1:8080/socket.io/websocket",
                Some("http://127.0.0.1:8080"),
            ),
            ("wss://localhost:8080/x?y", Some("https://localhost:8080")),
            ("ws://[::1]:80/", Some("http://[::1]:80")),
            ("wss://data.tradingview.com/socket.io/websocket", None),
            ("wss://127.0.0.1.example/", None),
            (
                "https://gateway.example/tv",
                Some("https://gateway.example/tv"),
            ),
        ] {
            assert_eq!(base(&args(&[endpoint]), None).as_deref(), expected);
        }
        let several = args(&["wss://data.tradingview.com/", "ws://127.0.0.1:1/"]);
        assert_eq!(base(&several, None).as_deref(), Some("http://127.0.0.1:1"));
        let simulator = base(&several, Some("ws://127.0.0.1:2/socket.io/websocket"));
        assert_eq!(simulator.as_deref(), Some("http://127.0.0.1:2"));
        assert_eq!(base(&args(&[]), None), None);
    }

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
