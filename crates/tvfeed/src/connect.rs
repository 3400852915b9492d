//! From the command line's choice of a server to a client, and from the layers' errors to failures.

use std::time::Duration;

use client::{Client, ClientError, ConnectError, RequestError, Server, values::AuthToken};
use sim::SimServer;

use crate::{
    args::{ConnectionArgs, ServerName},
    exit::{Failure, chain},
};

/// A client, and the simulator that it talks to, if it is the embedded one.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) client: Client,
    simulator: Option<SimServer>,
}

impl Connected {
    /// Connects as the command line says.
    ///
    /// Cancel-safe: a dropped future closes what was open.
    pub(crate) async fn open(args: &ConnectionArgs) -> Result<Self, Failure> {
        // A program that is run by others says that the connection is lost, and lets them decide.
        let mut builder = Client::builder().without_reconnect();
        let mut simulator = None;
        if args.sim {
            let started = SimServer::builder()
                .seed(args.sim_seed)
                .rate(args.sim_rate)
                .start()
                .await
                .map_err(|error| Failure::Internal(chain(&error)))?;
            tracing::info!(url = %started.url(), "simulator started");
            builder = builder.endpoint(started.url());
            simulator = Some(started);
        } else {
            if let Some(endpoint) = &args.endpoint {
                builder = builder.endpoint(endpoint);
            }
            builder = builder.server(server(args.server)).token(token()?);
        }
        let client = builder.connect().await?;
        tracing::info!("connected");
        Ok(Self { client, simulator })
    }

    /// Says goodbye. A server that does not answer is not waited for.
    pub(crate) async fn close(self) {
        let closed = tokio::time::timeout(GOODBYE, self.client.close()).await;
        if closed.is_err() {
            tracing::debug!("the server did not answer the goodbye");
        }
        if let Some(simulator) = self.simulator {
            let _unanswered = tokio::time::timeout(GOODBYE, simulator.shutdown()).await;
        }
    }
}

/// How long a closing handshake may take.
const GOODBYE: Duration = Duration::from_secs(2);

fn server(name: Option<ServerName>) -> Server {
    match name {
        None | Some(ServerName::Data) => Server::Data,
        Some(ServerName::Prodata) => Server::ProData,
        Some(ServerName::Widgetdata) => Server::WidgetData,
        Some(ServerName::HistoryData) => Server::HistoryData,
    }
}

/// The token of the environment, else a guest's.
fn token() -> Result<AuthToken, Failure> {
    let Some(token) = std::env::var_os("TV_AUTH_TOKEN") else {
        return Ok(AuthToken::anonymous());
    };
    // An error of the environment would hold the text; it is not used.
    match token.into_string() {
        Ok(token) if token.trim().is_empty() => Ok(AuthToken::anonymous()),
        Ok(token) => Ok(AuthToken::new(token.trim())),
        Err(_) => Err(Failure::Usage("TV_AUTH_TOKEN is no text".to_owned())),
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        let text = chain(&error);
        match &error {
            _ if error.is_usage() => Self::Usage(text),
            _ if error.is_authentication() => Self::Authentication(text),
            _ if error.is_network() => Self::Network(text),
            ConnectError::Ended(ClientError::Refused { .. }) => Self::Refused(Some(text)),
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
            ClientError::Refused { .. } => Self::Refused(Some(text)),
            _ => Self::Internal(text),
        }
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        let text = chain(&error);
        match error {
            RequestError::Misuse { .. } => Self::Usage(text),
            RequestError::Refused { .. } | RequestError::LimitExceeded { .. } => {
                Self::Refused(Some(text))
            }
            RequestError::TimedOut { .. } | RequestError::TooMuch { .. } | RequestError::Busy => {
                Self::Network(text)
            }
            RequestError::Ended(ended) => ended.into(),
            _ => Self::Internal(text),
        }
    }
}
