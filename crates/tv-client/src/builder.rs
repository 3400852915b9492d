//! Setting up a connection.

use protocol::{config::ProtocolConfig, secret::AuthToken};
use rand::{
    SeedableRng,
    rngs::{StdRng, SysRng},
};
use tokio::sync::{mpsc, watch};
use transport::{Driver, Endpoint, NetStream, Socket, TransportOptions};

use crate::{
    client::Client,
    delivery::Deliveries,
    engine::{Engine, EngineEvent},
    error::{ClientError, ConnectError},
    server::{Server, is_trusted, redirected},
    state::State,
};

/// As many as the official client follows.
const MAX_REDIRECTS: usize = 20;

/// Commands that may wait for the connection's task.
const MAX_COMMANDS: usize = 1_024;

/// Sets up a [`Client`].
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ClientBuilder {
    server: Server,
    endpoint: Option<String>,
    token: AuthToken,
    transport: TransportOptions,
    protocol: ProtocolConfig,
}

impl ClientBuilder {
    /// Which of TradingView's servers to connect to. Default [`Server::Data`].
    pub fn server(mut self, server: Server) -> Self {
        self.server = server;
        self
    }

    /// Connects to another address instead, such as a simulator's. Plain `ws` goes to this machine only.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Signs in with a token. Default: as a guest. It goes to TradingView's own hosts over TLS, or to this
    /// machine if [`endpoint`](Self::endpoint) names it, and nowhere else.
    pub fn token(mut self, token: AuthToken) -> Self {
        self.token = token;
        self
    }

    /// Time-outs, limits, headers and certificates of the connection.
    pub fn transport(mut self, options: TransportOptions) -> Self {
        self.transport = options;
        self
    }

    /// Language and country of descriptions. Default `en`, `US`.
    pub fn locale(mut self, language: &str, country: &str) -> Self {
        self.protocol = self.protocol.locale(language, country);
        self
    }

    /// Connects, waits for the server's greeting (5 s, then goes on without) and sends the token. A bad token
    /// shows only later, as the end of the streams: servers do not answer a good one.
    ///
    /// Must be called within a tokio runtime, on which the connection's task then runs.
    ///
    /// Cancel-safe: a dropped future closes what was open.
    ///
    /// # Errors
    ///
    /// If the address or the token cannot be used, if the server cannot be reached or refuses, or if it
    /// redirects to a host that is not TradingView's.
    pub async fn connect(self) -> Result<Client, ConnectError> {
        let url = self.endpoint.clone().unwrap_or_else(|| self.server.url());
        let mut endpoint = Endpoint::new(&url).map_err(ConnectError::Endpoint)?;
        let host = endpoint.host();
        if !self.token.is_anonymous() && !is_trusted(host) && !endpoint.is_loopback() {
            return Err(ConnectError::TokenForbidden {
                host: host.to_owned(),
            });
        }
        for _ in 0..=MAX_REDIRECTS {
            let host = match self.connect_to(&endpoint).await? {
                Reached::Server(client) => return Ok(client),
                Reached::Redirect(host) => host,
            };
            if !is_trusted(&host) {
                return Err(ConnectError::Redirect { host });
            }
            endpoint = redirected(&host).map_err(ConnectError::Endpoint)?;
        }
        Err(ConnectError::TooManyRedirects {
            limit: MAX_REDIRECTS,
        })
    }

    /// Connects once.
    async fn connect_to(&self, endpoint: &Endpoint) -> Result<Reached, ConnectError> {
        let random = StdRng::try_from_rng(&mut SysRng).map_err(|_| ConnectError::Randomness)?;
        let connected = transport::connect(endpoint, &self.transport).await;
        let socket = connected.map_err(|source| ConnectError::Transport {
            host: endpoint.host().to_owned(),
            source,
        })?;
        let engine = Engine::new(self.protocol.clone(), self.token.clone(), random);
        let (commands, receiver) = mpsc::channel(MAX_COMMANDS);
        let (sender, mut state) = watch::channel(State::Opening);
        let driver = Driver::new(engine, receiver, self.transport.clone());
        tokio::spawn(run(driver, socket, sender));
        // Held until the connection is open: when this future is dropped, the task ends.
        let client = Client::new(commands, state.clone());
        let opened = state.wait_for(|state| *state != State::Opening).await;
        match opened.as_deref() {
            Ok(State::Open) => Ok(Reached::Server(client)),
            Ok(State::Redirect(host)) => Ok(Reached::Redirect(host.clone())),
            Ok(State::Ended(error)) => Err(ConnectError::Ended(error.clone())),
            Ok(State::Opening) | Err(_) => Err(ConnectError::Ended(ClientError::Closed)),
        }
    }
}

/// What one attempt has led to.
enum Reached {
    Server(Client),
    /// The host that the server sends us to.
    Redirect(String),
}

/// The connection's task: ends when the connection does.
async fn run(mut driver: Driver<Engine>, socket: Socket<NetStream>, state: watch::Sender<State>) {
    let mut deliveries = Deliveries::default();
    let reason = driver
        .drive(socket, 1, |event| match event {
            EngineEvent::Opened => {
                state.send_replace(State::Open);
            }
            EngineEvent::Redirect { host } => {
                state.send_replace(State::Redirect(host));
            }
            EngineEvent::Attach(subscription, sink) => deliveries.attach(subscription, sink),
            EngineEvent::Detach(subscription) => deliveries.detach(subscription),
            EngineEvent::Update(subscription, update) => deliveries.deliver(subscription, update),
            EngineEvent::Ended(error) => {
                state.send_if_modified(|state| {
                    let redirected = matches!(state, State::Redirect(_));
                    if !redirected {
                        *state = State::Ended(error.clone());
                    }
                    !redirected
                });
                deliveries.end(&error);
            }
        })
        .await;
    tracing::debug!(%reason, "the connection has ended");
}
