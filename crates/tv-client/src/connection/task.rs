//! The task of a link: a supervisor that keeps the engine connected, and what its events do.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use protocol::secret::AuthToken;
use tokio::sync::{Notify, OwnedSemaphorePermit, mpsc, oneshot};
use transport::{
    Connector, End, Endpoint, Fault, NetConnector, NetStream, Socket, State, Supervisor,
    SupervisorEvent, TransportOptions,
};

use super::{
    command::{Command, Engine, EngineEvent},
    dial::Dialer,
    last_words::LastWords,
    server::{MAX_REDIRECTS, is_trusted, redirected},
    state::Announcer,
    token::TokenSource,
};
use crate::{error::ClientError, event::ConnectionState, tap::Taps};

/// The outcome of the first connection.
pub(crate) enum FirstConnection {
    Server,
    /// The host that the server redirects to.
    Redirect(String),
}

/// What all links of a client have in common.
#[derive(Clone, Debug)]
pub(crate) struct ClientShared {
    pub(crate) source: Option<TokenSource>,
    pub(crate) state: Arc<Announcer>,
    /// Connections of this client so far.
    pub(crate) generations: Arc<AtomicU64>,
    /// Where the messages of all connections are shown.
    pub(crate) taps: Taps,
}

/// All that the task of one link needs besides its supervisor.
pub(crate) struct Task {
    pub(crate) common: ClientShared,
    /// Weak: the task ends when the link is given up.
    pub(crate) commands: mpsc::WeakSender<Command>,
    /// Where the first connection is awaited.
    pub(crate) first: oneshot::Sender<Result<FirstConnection, ClientError>>,
    /// Notified once everything is restored. `None` for the client's first link, which serves from
    /// the beginning.
    pub(crate) restored: Option<oneshot::Sender<()>>,
    pub(crate) redirecting: RedirectingConnector,
    pub(crate) words: LastWords,
    /// Held until nothing is left of the link.
    pub(crate) permit: OwnedSemaphorePermit,
}

impl Task {
    /// Runs to the link's end. Nothing is spawned, so nothing is left behind.
    pub(crate) async fn run(self, mut supervisor: Supervisor<Engine, RedirectingConnector>) {
        let Self {
            common,
            commands,
            first,
            restored,
            redirecting,
            words,
            permit,
        } = self;
        let wanted = Notify::new();
        let mut events = Events {
            common: &common,
            first: Some(first),
            serves: restored.is_none(),
            restored,
            redirecting,
            words,
            wanted: &wanted,
            reason: None,
            said: None,
            attempts: 0,
            hops: 0,
        };
        let end = {
            let running = supervisor.run(|event| events.handle(event));
            tokio::select! {
                end = running => end,
                () = tokens(common.source.clone(), &commands, &wanted) => End::Closed,
            }
        };
        let reason = supervisor.protocol().reason().cloned();
        let error = match end {
            End::GaveUp(Fault::Connect(source)) => ClientError::Unreachable {
                source,
                last_words: events.said.take(),
            },
            End::GaveUp(fault) => reason.unwrap_or_else(|| fault.into()),
            End::Closed => ClientError::Closed,
        };
        // Before the command channel closes, because callers that cannot send look for the reason.
        events.end(&error);
        let mut dispatcher = supervisor.into_protocol().into_delivery();
        dispatcher.end(&error);
        drop(permit);
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
        let token = source.next(used.as_ref()).await;
        if let Ok(token) = &token {
            used = Some(token.clone());
        }
        if let Some(commands) = commands.upgrade() {
            // A client that has closed needs no token.
            let _ = commands.send(Command::Token(token)).await;
        }
    }
    std::future::pending().await
}

/// Handles the events of the supervisor.
struct Events<'a> {
    common: &'a ClientShared,
    first: Option<oneshot::Sender<Result<FirstConnection, ClientError>>>,
    /// Whether this link serves the client.
    serves: bool,
    restored: Option<oneshot::Sender<()>>,
    redirecting: RedirectingConnector,
    words: LastWords,
    wanted: &'a Notify,
    /// Why the last connection ended.
    reason: Option<ClientError>,
    /// What the server said when it last ended a connection.
    said: Option<String>,
    /// Attempts since a connection served.
    attempts: u32,
    /// Redirections since a server was reached.
    hops: usize,
}

impl Events<'_> {
    fn handle(&mut self, event: SupervisorEvent<EngineEvent>) {
        match event {
            SupervisorEvent::Protocol(event) => self.engine(event),
            SupervisorEvent::State(change) => {
                if change.to == State::Reconnecting {
                    self.attempts = self.attempts.saturating_add(1);
                    self.report(ConnectionState::Reconnecting {
                        reason: self.reason.clone(),
                        attempt: self.attempts,
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
                self.hops = 0;
                self.attempts = 0;
                self.report_open();
                self.reach(Ok(FirstConnection::Server));
            }
            EngineEvent::Restored => {
                if let Some(restored) = self.restored.take() {
                    // The rotation may have given up.
                    let _ = restored.send(());
                }
            }
            EngineEvent::HandedOver(handover, successor) => {
                self.serves = false;
                // If the new link is gone, the handover is dropped, and the readers learn that the
                // client has ended.
                let _ = successor.send(handover);
            }
            EngineEvent::Adopted => {
                self.serves = true;
                self.report_open();
            }
            EngineEvent::Redirect { host } if self.first.is_some() => {
                self.reach(Ok(FirstConnection::Redirect(host)));
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
            EngineEvent::SessionEnded(words) => self.words.note(words),
            EngineEvent::Lost(reason) => {
                self.words.note(reason.words());
                self.said = reason.said().or_else(|| self.said.take());
                self.reason = Some(reason);
            }
        }
    }

    fn report_open(&self) {
        if self.serves {
            let generation = self.common.generations.fetch_add(1, Ordering::Relaxed) + 1;
            self.report(ConnectionState::Open { generation });
        }
    }

    /// Publishes the state of the link, if it serves the client.
    fn report(&self, state: ConnectionState) {
        if self.serves {
            self.common.state.report(state);
        }
    }

    fn reach(&mut self, reached: Result<FirstConnection, ClientError>) {
        if let Some(first) = self.first.take() {
            // The caller may have given up.
            let _ = first.send(reached);
        }
    }

    fn end(&mut self, error: &ClientError) {
        if self.serves {
            tracing::debug!(%error, "the client has ended");
        }
        self.report(ConnectionState::Ended(error.clone()));
        self.reach(Err(error.clone()));
    }
}

/// Opens sockets to the supervisor's endpoint, or once to the host that a greeting redirected to.
#[derive(Clone, Debug, Default)]
pub(crate) struct RedirectingConnector {
    network: NetConnector,
    dialer: Option<Dialer>,
    target: Arc<Mutex<Option<Endpoint>>>,
}

impl RedirectingConnector {
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

impl Connector for RedirectingConnector {
    type Stream = NetStream;

    async fn connect(
        &mut self,
        endpoint: &Endpoint,
        options: &TransportOptions,
    ) -> Result<Socket<NetStream>, transport::DialError> {
        let target = self.take();
        let endpoint = target.as_ref().unwrap_or(endpoint);
        match &self.dialer {
            Some(dialer) => dialer.connect(endpoint, options).await,
            None => self.network.connect(endpoint, options).await,
        }
    }
}
