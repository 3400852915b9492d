//! From the command line's choice of a server to a client, and from the library's errors to
//! failures.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use client::{
    Client, ClientBuilder, ClientError, ConnectError, ConnectionState, ConnectionStates, Reconnect,
    RequestError, Server, TransportOptions,
};
use sim::SimServer;
use tokio::{task::JoinHandle, time::Instant};
use tv_http::client::HttpClient;

use crate::{
    account::sign_in,
    args::{ConnectionArgs, ServerName},
    credentials::Found,
    exit::{Failure, chain, say},
    http, proxy, simulator,
    store::Credentials,
};

/// A client, and the simulator that it talks to, if it is the embedded one.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) client: Client,
    /// How often the connection was lost.
    pub(crate) losses: Losses,
    reporter: JoinHandle<()>,
    /// Reports changes of the account.
    account_reporter: Option<JoinHandle<()>>,
    simulator: Option<SimServer>,
    /// By what the client is signed in.
    found: Option<Found>,
}

/// Counts lost connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Losses(Arc<AtomicU64>);

impl Losses {
    /// How often the connection was lost so far.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Connected {
    /// Connects as the command line says.
    ///
    /// Cancel-safe: a dropped future closes what was open.
    pub(crate) async fn open(args: &ConnectionArgs) -> Result<Self, Failure> {
        let mut builder = Client::builder();
        if args.no_reconnect {
            builder = builder.reconnect(Reconnect::Never);
        }
        let addresses = addresses(args);
        let simulator = match args.sim {
            true => Some(simulator::start(args).await?),
            false => None,
        };
        let simulated = simulator.as_ref().map(SimServer::url);
        let sign_in = sign_in(args, simulated.as_deref()).await?;
        builder = match simulated {
            Some(url) => builder.endpoint(url),
            None => at(builder, &addresses).transport(transport(args)?),
        };
        builder = builder.auth(sign_in.auth);
        let client = builder.connect().await.map_err(|error| {
            let address = args.endpoint.last();
            let address = address.map(String::as_str).and_then(host_and_port);
            named(error.into(), address)
        })?;
        tracing::info!("connected");
        let losses = Losses::default();
        // Which of several servers is in use.
        let named = (addresses.len() > 1).then(|| client.clone());
        let reporter = tokio::spawn(report_states(client.states(), losses.clone(), named));
        Ok(Self {
            client,
            losses,
            reporter,
            account_reporter: sign_in.reporter,
            simulator,
            found: sign_in.found,
        })
    }

    /// The WebSocket address of the embedded simulator, if it is in use.
    pub(crate) fn simulator(&self) -> Option<String> {
        Some(self.simulator.as_ref()?.url())
    }

    /// A client of the HTTP endpoints, signed in as this one if that is by cookies.
    pub(crate) fn http(&self, args: &ConnectionArgs) -> Result<HttpClient, Failure> {
        let builder = http::builder(args, self.simulator().as_deref())?;
        let credentials = self.found.as_ref().map(|found| &found.login.credentials);
        Ok(match credentials {
            Some(Credentials::Cookies(cookies)) => builder.cookies(cookies.clone()),
            _ => builder,
        }
        .build()?)
    }

    /// Closes the connection. A server that does not answer is not waited for.
    pub(crate) async fn close(self) {
        self.reporter.abort();
        if let Some(reporter) = self.account_reporter {
            reporter.abort();
        }
        let closed = tokio::time::timeout(GOODBYE, self.client.close()).await;
        if closed.is_err() {
            tracing::debug!("the server did not answer the close handshake");
        }
        if let Some(simulator) = self.simulator {
            let _unanswered = tokio::time::timeout(GOODBYE, simulator.shutdown()).await;
        }
    }
}

/// How long a closing handshake may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// How often a connection that stays away is reported.
const REMINDER: Duration = Duration::from_secs(30);

/// Writes to stderr when the connection is lost and when it is back. Of several servers, it names
/// the one in use, once and after each change; `client` is given if there are several.
async fn report_states(mut states: ConnectionStates, losses: Losses, client: Option<Client>) {
    let mut reported: Option<Instant> = None;
    let mut used = None;
    while let Some(state) = states.next().await {
        match state {
            ConnectionState::Reconnecting { reason, attempt } => {
                let reason =
                    reason.map_or_else(|| "no reason is known".into(), |reason| chain(&reason));
                match reported {
                    None => {
                        losses.0.fetch_add(1, Ordering::Relaxed);
                        say(format_args!("{reason}; reconnecting"));
                        reported = Some(Instant::now());
                    }
                    Some(at) if at.elapsed() >= REMINDER => {
                        say(format_args!(
                            "still reconnecting (attempt {attempt}): {reason}"
                        ));
                        reported = Some(Instant::now());
                    }
                    Some(_) => {}
                }
            }
            ConnectionState::Open { .. } => {
                let again = reported.take().is_some();
                let address = match &client {
                    Some(client) => host_and_port(&client.health().await.endpoint).map(Into::into),
                    None => None,
                };
                match address {
                    Some(address) if used.as_ref() != Some(&address) => {
                        let text: &String = used.insert(address);
                        let word = if again {
                            "connected again, to"
                        } else {
                            "connected to"
                        };
                        say(format_args!("{word} {text}"));
                    }
                    _ if again => say("connected again"),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// Host and port of an address, without a user's name, a password or a query.
fn host_and_port(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    Some(
        authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host),
    )
}

/// The failure with the address that was not reached.
fn named(failure: Failure, address: Option<&str>) -> Failure {
    match (failure, address) {
        (Failure::Network(text), Some(address)) if !text.contains(address) => {
            Failure::Network(format!("{text} (address {address})"))
        }
        (failure, _) => failure,
    }
}

/// The addresses that the command line names, in their order.
pub(crate) fn addresses(args: &ConnectionArgs) -> Vec<String> {
    let servers = args.server.iter().map(|name| server(*name).url());
    args.endpoint.iter().cloned().chain(servers).collect()
}

/// Options of the WebSocket to the addresses that the command line names: the proxy is that for the
/// first of them.
fn transport(args: &ConnectionArgs) -> Result<TransportOptions, Failure> {
    let first = addresses(args).into_iter().next();
    let options = TransportOptions::default();
    match proxy::of_socket(args, &first.unwrap_or_else(|| Server::Data.url()))? {
        Some(proxy) => Ok(options.proxy(proxy)),
        None => Ok(options),
    }
}

/// A client of these addresses; of TradingView's default server if there are none.
fn at(builder: ClientBuilder, addresses: &[String]) -> ClientBuilder {
    let Some((first, others)) = addresses.split_first() else {
        return builder;
    };
    others
        .iter()
        .fold(builder.endpoint(first), ClientBuilder::alternate)
}

fn server(name: ServerName) -> Server {
    match name {
        ServerName::Data => Server::Data,
        ServerName::Prodata => Server::ProData,
        ServerName::Widgetdata => Server::WidgetData,
        ServerName::HistoryData => Server::HistoryData,
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        let text = chain(&error);
        match &error {
            _ if error.is_usage() => Self::Usage(text),
            _ if error.is_authentication() => Self::Authentication(text),
            _ if error.is_network() => Self::Network(text),
            ConnectError::Ended(ClientError::Refused { .. }) => Self::Refused(text),
            _ => Self::Internal(text),
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let text = chain(&error);
        match &error {
            _ if error.is_authentication() => Self::Authentication(text),
            _ if error.is_network() => Self::Network(text),
            ClientError::Refused { .. } => Self::Refused(text),
            _ => Self::Internal(text),
        }
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        let text = chain(&error);
        match error {
            RequestError::Misuse { .. } => Self::Usage(text),
            RequestError::Refused { .. }
            | RequestError::NotEntitled { .. }
            | RequestError::StudyLimit { .. }
            | RequestError::LimitExceeded { .. } => Self::Refused(text),
            RequestError::TimedOut { .. } | RequestError::TooMuch { .. } | RequestError::Busy => {
                Self::Network(text)
            }
            RequestError::Ended(ended) => ended.into(),
            _ => Self::Internal(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_named_without_its_secrets() {
        for (address, shown) in [
            ("ws://127.0.0.1:1/", Some("127.0.0.1:1")),
            ("wss://me:secret@host:443/path?token=x", Some("host:443")),
            ("wss://host?token=x", Some("host")),
            ("nonsense", None),
        ] {
            assert_eq!(host_and_port(address), shown);
        }
        let failure = named(Failure::Network("lost".to_owned()), Some("h:1"));
        assert_eq!(failure.text(), Some("lost (address h:1)"));
        let failure = named(Failure::Usage("wrong".to_owned()), Some("h:1"));
        assert_eq!(failure.text(), Some("wrong"));
    }
}
