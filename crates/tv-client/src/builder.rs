//! Setting up a client.

use std::{sync::Arc, time::Duration};

use protocol::config::ProtocolConfig;
use rand::{
    SeedableRng,
    rngs::{StdRng, SysRng},
};
use tokio::{
    runtime::Handle,
    sync::{Notify, mpsc, watch},
};
use transport::{Endpoint, TransportOptions};

use crate::{
    client::{Client, ClientEnds},
    connection::{
        Announcer, Auth, Budget, ClientShared, CommandSwitch, Cooldown, Dialer, Endpoints,
        FirstConnection, LinkConfig, Listeners, MAX_REDIRECTS, Reconnect, Rotation, Schedule,
        Server, is_trusted, redirected,
    },
    error::{ClientError, ConnectError},
    registry::Registry,
    tap::{Taps, TapsEnd},
};

/// Sets up a [`Client`].
///
/// ```
/// use std::time::Duration;
///
/// use tv_client::{AuthToken, Client, ReconnectPolicy, Server, TransportOptions};
///
/// let builder = Client::builder()
///     .server(Server::ProData)
///     .auth(AuthToken::new("from the vault"))
///     .locale("de", "DE")
///     .transport(TransportOptions::default().connect_timeout(Duration::from_secs(5)))
///     .reconnect(ReconnectPolicy::default().longest_delay(Duration::from_secs(60)))
///     .pulse_limit(Duration::from_secs(30))
///     .renew_after(Duration::from_secs(6 * 3_600));
/// // For a test: another server, and the same waits each time.
/// let test = Client::builder().endpoint("ws://127.0.0.1:8080/").jitter_seed(1);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ClientBuilder {
    server: Server,
    endpoint: Option<String>,
    alternates: Vec<String>,
    auth: Auth,
    transport: TransportOptions,
    protocol: ProtocolConfig,
    reconnect: Reconnect,
    renew_after: Option<Duration>,
    budget: Option<Budget>,
    /// The listeners of the pool that the client belongs to.
    pool_listeners: Option<Listeners>,
    dialer: Option<Dialer>,
    jitter_seed: Option<u64>,
}

impl Client {
    /// Sets up a connection. The defaults: TradingView's `data` server, as a guest.
    ///
    /// ```no_run
    /// use tv_client::Client;
    /// # async fn run() -> Result<(), tv_client::ConnectError> {
    /// let client = Client::builder().connect().await?;
    /// # Ok(())
    /// # }
    /// ```
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

    /// Connects to another address instead, such as a simulator's. Plain `ws` is allowed to this
    /// machine only.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Adds an address to try when those before it fail; after the last comes the first again. Also
    /// takes a [`Server`]. Default: none.
    ///
    /// The first connection is tried once at each address. Later the next address is tried after
    /// [three failures in a row](crate::ReconnectPolicy::failures_per_host), and is then kept until
    /// it fails as often. A [renewal](Client::renew) begins with the first address again.
    /// `Health::endpoint` of [`Client::health`] names the address in use.
    ///
    /// ```
    /// use tv_client::{Client, Server};
    ///
    /// let builder = Client::builder()
    ///     .server(Server::ProData)
    ///     .alternate(Server::Data)
    ///     .alternate("wss://mirror.example.com/socket.io/websocket");
    /// ```
    pub fn alternate(mut self, url: impl Into<String>) -> Self {
        self.alternates.push(url.into());
        self
    }

    /// Signs in with an [`AuthToken`](crate::AuthToken) or a [`TokenSource`](crate::TokenSource).
    /// Default: as a guest.
    ///
    /// A token is sent only to TradingView's own hosts over TLS, or to this machine if
    /// [`endpoint`](Self::endpoint) or [`alternate`](Self::alternate) names it. If one of the
    /// addresses is another, [`connect`](Self::connect) fails.
    pub fn auth(mut self, auth: impl Into<Auth>) -> Self {
        self.auth = auth.into();
        self
    }

    /// Time-outs, limits, headers and certificates of the connection.
    pub fn transport(mut self, options: TransportOptions) -> Self {
        self.transport = options;
        self
    }

    /// Reconnects when a server that sends heartbeats has sent no message for this long; `None`
    /// disables this. Default 20 s. The client waits longer if 2.5 of the measured intervals
    /// between heartbeats are longer: 25 s for TradingView's 10 s.
    ///
    /// This detects a server that hangs while its socket, or a proxy, still answers pings.
    pub fn pulse_limit(mut self, shortest: impl Into<Option<Duration>>) -> Self {
        self.protocol = self.protocol.pulse_limit(shortest.into());
        self
    }

    /// Requests descriptions in a language and for a country. Default `en`, `US`.
    pub fn locale(mut self, language: &str, country: &str) -> Self {
        self.protocol = self.protocol.locale(language, country);
        self
    }

    /// Whether and when to reconnect after a loss, and when to stop trying. Also takes a
    /// [`ReconnectPolicy`](crate::ReconnectPolicy). Default: after each loss, without a limit.
    pub fn reconnect(mut self, reconnect: impl Into<Reconnect>) -> Self {
        self.reconnect = reconnect.into();
        self
    }

    /// Replaces each connection when it reaches this age, as [`Client::renew`] does, or up to a
    /// tenth of it sooner. `None` for never. Default: never.
    pub fn renew_after(mut self, age: impl Into<Option<Duration>>) -> Self {
        self.renew_after = age.into();
        self
    }

    /// Counts the client's connections together with those of all clients that share this budget.
    pub(crate) fn budget(mut self, budget: Budget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Also reports the states of the connection to the listeners of a pool.
    pub(crate) fn report_to(mut self, listeners: Listeners) -> Self {
        self.pool_listeners = Some(listeners);
        self
    }

    /// Opens connections with a [`Dialer`]. Default: over TCP and TLS.
    ///
    /// ```
    /// use tokio::net::TcpStream;
    /// use tv_client::{Client, Dialer};
    ///
    /// // Through a tunnel that begins on this machine.
    /// let dialer = Dialer::new(|_host, _port| TcpStream::connect("127.0.0.1:9000"));
    /// let builder = Client::builder().dialer(dialer);
    /// ```
    pub fn dialer(mut self, dialer: Dialer) -> Self {
        self.dialer = Some(dialer);
        self
    }

    /// Seeds the random waits before attempts to connect, so that tests are repeatable. Default: a
    /// seed from the system.
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.jitter_seed = Some(seed);
        self
    }

    /// Connects, waits up to 5 s for the server's greeting, and sends the token. Servers do not
    /// answer a good token, so a bad one shows only later: the streams end.
    ///
    /// After a later loss the client reconnects and restores every subscription.
    ///
    /// Must be awaited within a tokio runtime with time and IO, on which the client's task then
    /// runs.
    ///
    /// ```no_run
    /// use tv_client::Client;
    /// # async fn run() {
    /// match Client::builder().connect().await {
    ///     Ok(client) => println!("{}", client.state()),
    ///     Err(error) if error.is_retryable() => eprintln!("try again: {error}"),
    ///     Err(error) => eprintln!("{error}"),
    /// }
    /// # }
    /// ```
    ///
    /// Cancel-safe: a dropped future closes what was open.
    ///
    /// # Errors
    ///
    /// If an address or the token cannot be used, if no server can be reached (the error is that of
    /// the last one) or one refuses, if it redirects to a host that is not TradingView's, or
    /// outside of a tokio runtime.
    pub async fn connect(self) -> Result<Client, ConnectError> {
        if Handle::try_current().is_err() {
            return Err(ConnectError::NoRuntime);
        }
        let mut endpoints = self.endpoints()?;
        let mut failed = 1;
        loop {
            match self.connect_first(&mut endpoints).await {
                Err(error) if error.is_network() && failed < endpoints.len() => {
                    let host = endpoints.first().host();
                    tracing::warn!(host, %error, "the next server is tried");
                    failed += 1;
                    endpoints.rotate();
                }
                result => return result,
            }
        }
    }

    /// The addresses in their order, if the token may be sent to each.
    fn endpoints(&self) -> Result<Endpoints, ConnectError> {
        let url = self.endpoint.clone().unwrap_or_else(|| self.server.url());
        let checked = |url: &str| {
            let endpoint = Endpoint::new(url).map_err(ConnectError::Endpoint)?;
            let host = endpoint.host();
            if self.auth.is_secret() && !is_trusted(host) && !endpoint.is_loopback() {
                return Err(ConnectError::TokenForbidden {
                    host: host.to_owned(),
                });
            }
            Ok(endpoint)
        };
        let mut endpoints = Endpoints::new(checked(&url)?);
        for url in &self.alternates {
            endpoints.push(checked(url)?);
        }
        Ok(endpoints)
    }

    /// Connects to the first of the endpoints, or to where it redirects.
    async fn connect_first(&self, endpoints: &mut Endpoints) -> Result<Client, ConnectError> {
        for _ in 0..=MAX_REDIRECTS {
            let host = match self.connect_to(endpoints).await? {
                (client, FirstConnection::Server) => return Ok(client),
                (_, FirstConnection::Redirect(host)) => host,
            };
            if !is_trusted(&host) {
                return Err(ConnectError::Redirect { host });
            }
            endpoints.redirect_first(redirected(&host).map_err(ConnectError::Endpoint)?);
        }
        Err(ConnectError::TooManyRedirects {
            limit: MAX_REDIRECTS,
        })
    }

    /// Starts a client's first link and waits for its connection.
    async fn connect_to(
        &self,
        endpoints: &Endpoints,
    ) -> Result<(Client, FirstConnection), ConnectError> {
        let random = || StdRng::try_from_rng(&mut SysRng).map_err(|_| ConnectError::Randomness);
        let announcer = Announcer::new(self.pool_listeners.clone());
        let (state, listeners) = (announcer.newest(), announcer.listeners());
        let budget = self.budget.clone();
        let budget = budget.unwrap_or_else(|| Budget::new(MAX_CONNECTIONS));
        let permit = budget.connection().await;
        let taps = Taps::default();
        let link_config = LinkConfig {
            endpoints: endpoints.clone(),
            transport: self.transport.clone(),
            protocol: self.protocol.clone(),
            policy: self.reconnect.policy(),
            persistence: self.reconnect.persistence(),
            token: self.auth.token(),
            common: ClientShared {
                source: self.auth.source(),
                state: Arc::new(announcer),
                generations: Arc::default(),
                taps: taps.clone(),
            },
            budget,
            dialer: self.dialer.clone(),
            jitter_seed: self.jitter_seed,
        };
        // When this future is dropped, so is the link, which ends it.
        let (link, reached) = link_config.start(Registry::new(random()?), permit);
        let reached = match reached.await {
            Ok(Ok(reached)) => reached,
            Ok(Err(ClientError::Unreachable { source, last_words })) => {
                return Err(ConnectError::Transport {
                    host: endpoints.first().host().to_owned(),
                    source,
                    last_words,
                });
            }
            Ok(Err(error)) => return Err(ConnectError::Ended(error)),
            Err(_) => return Err(ConnectError::Ended(ClientError::Closed)),
        };
        let random_of_sender = random()?;
        let (commands, switch) = CommandSwitch::new(link.commands.clone());
        let (renewals, asked) = mpsc::channel(1);
        let (handle, supervisor) = watch::channel(link.handle.clone());
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
            _taps: TapsEnd(taps.clone()),
        };
        tokio::spawn(rotation.run());
        let ends = ClientEnds {
            commands,
            state,
            listeners,
            supervisor,
            renewals,
            closing,
            taps,
        };
        Ok((Client::new(ends, random_of_sender), reached))
    }
}

/// Connections of one client at a time: one, and one that takes its place.
const MAX_CONNECTIONS: usize = 2;

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use protocol::connection::Connection;

    use super::*;

    #[test]
    fn the_locale_reaches_the_server() {
        let now = Instant::now();
        let sent = |builder: ClientBuilder| {
            let mut connection = Connection::new(builder.protocol);
            connection.handle_open(now);
            let hello = r#"{"session_id":"a","protocol":"json","timestampMs":1790726430000}"#;
            let framed = format!("~m~{}~m~{hello}", hello.len());
            connection.handle_text(now, &framed);
            while connection.poll_message().is_some() {}
            while connection.poll_event().is_some() {}
            connection.provide_token(now, &builder.auth.token().unwrap());
            std::iter::from_fn(|| connection.poll_transmit()).collect::<String>()
        };
        let default = sent(Client::builder());
        assert!(
            default.contains(r#""m":"set_locale","p":["en","US"]"#),
            "{default}"
        );
        let german = sent(Client::builder().locale("de", "DE"));
        assert!(
            german.contains(r#""m":"set_locale","p":["de","DE"]"#),
            "{german}"
        );
    }
}
