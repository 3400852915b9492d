//! The client's task: a supervisor that keeps the engine connected, and what its events do.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use protocol::secret::AuthToken;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use transport::{
    Connector, End, Endpoint, Fault, NetConnector, NetStream, Socket, State, Supervisor,
    SupervisorEvent, TransportOptions,
};

use crate::{
    builder::MAX_REDIRECTS,
    delivery::Deliveries,
    dial::Dialer,
    engine::{Command, Engine, EngineEvent},
    error::ClientError,
    server::{is_trusted, redirected},
    state::ConnectionState,
    token::TokenSource,
};

/// How long a source may take for a token.
const TOKEN_PATIENCE: Duration = Duration::from_secs(30);

/// What the first connection has led to.
pub(crate) enum Reached {
    Server,
    /// The host that the server sends us to.
    Redirect(String),
}

/// All that the task needs besides its supervisor.
pub(crate) struct Task {
    pub(crate) source: Option<TokenSource>,
    /// Weak: the task ends when no handle is left.
    pub(crate) commands: mpsc::WeakSender<Command>,
    pub(crate) state: watch::Sender<ConnectionState>,
    /// Where the first connection is awaited.
    pub(crate) first: Option<oneshot::Sender<Result<Reached, ClientError>>>,
    pub(crate) redirecting: Redirecting,
}

impl Task {
    /// Runs to the client's end. Nothing is spawned, so nothing is left behind.
    pub(crate) async fn run(self, mut supervisor: Supervisor<Engine, Redirecting>) {
        let Self {
            source,
            commands,
            state,
            first,
            redirecting,
        } = self;
        let wanted = Notify::new();
        let mut events = Events {
            deliveries: Deliveries::default(),
            state: &state,
            first,
            redirecting,
            wanted: &wanted,
            commands: &commands,
            generation: 0,
            reason: None,
            hops: 0,
        };
        let end = {
            let running = supervisor.run(|event| events.handle(event));
            tokio::select! {
                end = running => end,
                () = tokens(source, &commands, &wanted) => End::Closed,
            }
        };
        let reason = supervisor.protocol().reason().cloned();
        let error = match end {
            End::GaveUp(fault @ Fault::Connect(_)) => fault.into(),
            End::GaveUp(fault) => reason.unwrap_or_else(|| fault.into()),
            End::Closed => ClientError::Closed,
        };
        tracing::debug!(%error, "the client has ended");
        events.end(&error);
    }
}

/// Asks the source for a token each time that one is wanted. Never ends.
async fn tokens(
    source: Option<TokenSource>,
    commands: &mpsc::WeakSender<Command>,
    wanted: &Notify,
) {
    let mut used: Option<AuthToken> = None;
    while let Some(source) = &source {
        wanted.notified().await;
        let token = match tokio::time::timeout(TOKEN_PATIENCE, source.next(used.as_ref())).await {
            Ok(token) => token,
            Err(_) => Err("the source does not answer".to_owned()),
        };
        if let Ok(token) = &token {
            used = Some(token.clone());
        }
        if let Some(commands) = commands.upgrade() {
            // Whoever is closed needs none.
            let _ = commands.send(Command::Token(token)).await;
        }
    }
    std::future::pending().await
}

/// What events do.
struct Events<'a> {
    deliveries: Deliveries,
    state: &'a watch::Sender<ConnectionState>,
    first: Option<oneshot::Sender<Result<Reached, ClientError>>>,
    redirecting: Redirecting,
    wanted: &'a Notify,
    commands: &'a mpsc::WeakSender<Command>,
    generation: u64,
    /// Why the last connection ended.
    reason: Option<ClientError>,
    /// Redirections since a server was reached.
    hops: usize,
}

impl Events<'_> {
    fn handle(&mut self, event: SupervisorEvent<EngineEvent>) {
        match event {
            SupervisorEvent::Protocol(event) => self.engine(event),
            SupervisorEvent::State(change) => {
                self.generation = change.generation;
                if change.to == State::Reconnecting {
                    self.state.send_replace(ConnectionState::Reconnecting {
                        reason: self.reason.clone(),
                        attempt: change.attempt,
                    });
                }
            }
            // The engine asks for another token when it needs one.
            SupervisorEvent::RefreshAuth => {}
        }
    }

    fn engine(&mut self, event: EngineEvent) {
        match event {
            EngineEvent::Opened => {
                let generation = self.generation;
                self.hops = 0;
                self.state
                    .send_replace(ConnectionState::Open { generation });
                self.reach(Ok(Reached::Server));
            }
            EngineEvent::Redirect { host } if self.first.is_some() => {
                self.reach(Ok(Reached::Redirect(host)));
            }
            EngineEvent::Redirect { host } => {
                self.hops += 1;
                if is_trusted(&host) && self.hops <= MAX_REDIRECTS {
                    self.redirecting.set(redirected(&host).ok());
                } else {
                    tracing::warn!(host, "a redirection is not followed");
                }
            }
            EngineEvent::TokenNeeded => self.wanted.notify_one(),
            EngineEvent::Attach(subscription, sink) => self.deliveries.attach(subscription, sink),
            EngineEvent::Detach(subscription) => self.deliveries.detach(subscription),
            EngineEvent::Update(subscription, update) => {
                if !self.deliveries.deliver(subscription, update)
                    && let Some(commands) = self.commands.upgrade()
                {
                    // Its own word found no room; if this one finds none, the next update tries again.
                    let _ = commands.try_send(Command::Unsubscribe(subscription));
                }
            }
            EngineEvent::Lost(reason) => self.reason = Some(reason),
        }
    }

    fn reach(&mut self, reached: Result<Reached, ClientError>) {
        if let Some(first) = self.first.take() {
            // Whoever waited may have gone.
            let _ = first.send(reached);
        }
    }

    fn end(&mut self, error: &ClientError) {
        self.state
            .send_replace(ConnectionState::Ended(error.clone()));
        self.deliveries.end(error);
        self.reach(Err(error.clone()));
    }
}

/// Opens sockets where the supervisor says, or once where a greeting has redirected to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Redirecting {
    network: NetConnector,
    dialer: Option<Dialer>,
    target: Arc<Mutex<Option<Endpoint>>>,
}

impl Redirecting {
    /// Goes over the network, or over what a dialer opens.
    pub(crate) fn new(dialer: Option<Dialer>) -> Self {
        Self {
            dialer,
            ..Self::default()
        }
    }

    fn set(&self, target: Option<Endpoint>) {
        *self.target.lock().unwrap_or_else(PoisonError::into_inner) = target;
    }

    fn take(&self) -> Option<Endpoint> {
        self.target
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Connector for Redirecting {
    type Stream = NetStream;

    async fn connect(
        &mut self,
        endpoint: &Endpoint,
        options: &TransportOptions,
    ) -> Result<Socket<NetStream>, transport::ConnectError> {
        let target = self.take();
        let endpoint = target.as_ref().unwrap_or(endpoint);
        match &self.dialer {
            Some(dialer) => dialer.connect(endpoint, options).await,
            None => self.network.connect(endpoint, options).await,
        }
    }
}
