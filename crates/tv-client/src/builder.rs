//! Setting up a client.

use std::{sync::Arc, time::Duration};

use protocol::{config::ProtocolConfig, secret::AuthToken};
use rand::{
    SeedableRng,
    rngs::{StdRng, SysRng},
};
use tokio::sync::{Notify, mpsc, watch};
use transport::{Endpoint, ReconnectPolicy, TransportOptions};

use crate::{
    client::Client,
    connection::{
        Announcer, Budget, ClientShared, CommandSwitch, Cooldown, Dialer, FirstConnection,
        LinkConfig, MAX_REDIRECTS, Rotation, Schedule, Server, TokenSource, is_trusted, redirected,
    },
    engine::Persistence,
    error::{ClientError, ConnectError},
    registry::Registry,
};

/// Sets up a [`Client`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientBuilder {
    server: Server,
    endpoint: Option<String>,
    token: AuthToken,
    source: Option<TokenSource>,
    transport: TransportOptions,
    protocol: ProtocolConfig,
    policy: ReconnectPolicy,
    persistence: Persistence,
    renew_after: Option<Duration>,
    budget: Option<Budget>,
    dialer: Option<Dialer>,
    jitter_seed: Option<u64>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            server: Server::default(),
            endpoint: None,
            token: AuthToken::default(),
            source: None,
            transport: TransportOptions::default(),
            protocol: ProtocolConfig::default(),
            policy: ReconnectPolicy::default(),
            persistence: Persistence::OnceOpen,
            renew_after: None,
            budget: None,
            dialer: None,
            jitter_seed: None,
        }
    }
}

impl Client {
    /// Sets up a connection. The defaults: TradingView's `data` server, as a guest.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

impl ClientBuilder {
    /// Which of TradingView's servers to connect to. Default [`Server::Data`].
    pub fn server(mut self, server: Server) -> Self {
        self.server = server;
        self
    }

    /// Connects to another address instead, such as a simulator's. Plain `ws` goes to this machine
    /// only.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Signs in with a token. Default: as a guest. It goes to TradingView's own hosts over TLS, or
    /// to this machine if [`endpoint`](Self::endpoint) names it, and nowhere else.
    pub fn token(mut self, token: AuthToken) -> Self {
        self.token = token;
        self.source = None;
        self
    }

    /// Signs in with the tokens of a source: it is asked for one at first, a minute before one
    /// expires (if it is a JWT that says when), and when the server refuses one. While a source has
    /// none, it is asked once a minute.
    pub fn token_source(mut self, source: TokenSource) -> Self {
        self.source = Some(source);
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

    /// When to connect again after a loss, and when to stop trying. Default:
    /// [`ReconnectPolicy::default`].
    pub fn reconnect(mut self, policy: ReconnectPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Never connects again: a lost connection ends the client and its streams, with the reason.
    pub fn without_reconnect(mut self) -> Self {
        self.persistence = Persistence::Never;
        self
    }

    /// Tries again even if the first connection cannot be made, so that [`connect`](Self::connect)
    /// waits as long as the policy allows. Default: the first connection is tried once.
    pub fn keep_trying(mut self) -> Self {
        self.persistence = Persistence::Always;
        self
    }

    /// Replaces each connection by a new one when it is this old, or up to a tenth less, as
    /// [`Client::renew`] does. Default: never.
    pub fn renew_after(mut self, age: Duration) -> Self {
        self.renew_after = Some(age);
        self
    }

    /// How many connections may be open at a time, counted together with all others that have this
    /// budget.
    pub(crate) fn budget(mut self, budget: Budget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Opens connections by other means than TCP and TLS. Default: by those.
    pub fn dialer(mut self, dialer: Dialer) -> Self {
        self.dialer = Some(dialer);
        self
    }

    /// Makes the waits before attempts to connect repeatable, for tests. Default: drawn by the
    /// system.
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.jitter_seed = Some(seed);
        self
    }

    /// Connects, waits for the server's greeting (5 s, then goes on without) and sends the token. A
    /// bad token shows only later, as the end of the streams: servers do not answer a good one.
    ///
    /// A connection that is lost after this is made anew, and everything that was subscribed is
    /// restored.
    ///
    /// Must be called within a tokio runtime, on which the client's task then runs.
    ///
    /// Cancel-safe: a dropped future closes what was open.
    ///
    /// # Errors
    ///
    /// If the address or the token cannot be used, if the server cannot be reached or refuses, or
    /// if it redirects to a host that is not TradingView's.
    pub async fn connect(self) -> Result<Client, ConnectError> {
        let url = self.endpoint.clone().unwrap_or_else(|| self.server.url());
        let mut endpoint = Endpoint::new(&url).map_err(ConnectError::Endpoint)?;
        let host = endpoint.host();
        let is_secret = self.source.is_some() || !self.token.is_anonymous();
        if is_secret && !is_trusted(host) && !endpoint.is_loopback() {
            return Err(ConnectError::TokenForbidden {
                host: host.to_owned(),
            });
        }
        for _ in 0..=MAX_REDIRECTS {
            let host = match self.connect_to(&endpoint).await? {
                (client, FirstConnection::Server) => return Ok(client),
                (_, FirstConnection::Redirect(host)) => host,
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

    /// Starts a client's first link and waits for its connection.
    async fn connect_to(
        &self,
        endpoint: &Endpoint,
    ) -> Result<(Client, FirstConnection), ConnectError> {
        let random = || StdRng::try_from_rng(&mut SysRng).map_err(|_| ConnectError::Randomness);
        let announcer = Announcer::new();
        let (state, listeners) = (announcer.newest(), announcer.listeners());
        let budget = self.budget.clone();
        let budget = budget.unwrap_or_else(|| Budget::new(MAX_CONNECTIONS));
        let permit = budget.connection().await;
        let link_config = LinkConfig {
            endpoint: endpoint.clone(),
            transport: self.transport.clone(),
            protocol: self.protocol.clone(),
            policy: self.policy.clone(),
            persistence: self.persistence,
            token: self.source.is_none().then(|| self.token.clone()),
            common: ClientShared {
                source: self.source.clone(),
                state: Arc::new(announcer),
                generations: Arc::default(),
            },
            budget,
            dialer: self.dialer.clone(),
            jitter_seed: self.jitter_seed,
        };
        // When this future is dropped, so is the link, which ends it.
        let (link, reached) = link_config.start(Registry::new(random()?), permit);
        let reached = match reached.await {
            Ok(Ok(reached)) => reached,
            Ok(Err(ClientError::Unreachable(source))) => {
                return Err(ConnectError::Transport {
                    host: endpoint.host().to_owned(),
                    source,
                });
            }
            Ok(Err(error)) => return Err(ConnectError::Ended(error)),
            Err(_) => return Err(ConnectError::Ended(ClientError::Closed)),
        };
        let (sender, switch) = CommandSwitch::new(link.commands.clone());
        let (ask, asked) = mpsc::channel(1);
        let (handle, handles) = watch::channel(link.handle.clone());
        let closing = Arc::new(Notify::new());
        let rotation = Rotation {
            link_config,
            link,
            commands: switch,
            asked,
            closing: Arc::clone(&closing),
            handle,
            schedule: Schedule::new(self.renew_after, random()?),
            state: state.clone(),
            cooldown: Cooldown::None,
        };
        tokio::spawn(rotation.run());
        Ok((
            Client::new(sender, state, listeners, handles, ask, closing),
            reached,
        ))
    }
}

/// Connections of one client at a time: one, and one that takes its place.
const MAX_CONNECTIONS: usize = 2;
