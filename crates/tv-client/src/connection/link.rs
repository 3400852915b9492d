//! Creates the links of a client. A link is one connection and its successors after losses, in a
//! task of its own.

use std::time::Duration;

use protocol::{config::ProtocolConfig, secret::AuthToken};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc, oneshot},
    task::JoinHandle,
};
use transport::{ReconnectPolicy, Supervisor, SupervisorHandle, TransportOptions};

use super::{
    budget::Budget,
    command::{Command, Engine},
    dial::Dialer,
    endpoints::Endpoints,
    last_words::LastWords,
    server::{MAX_REDIRECTS, is_trusted, redirected},
    task::{ClientShared, FirstConnection, RedirectingConnector, Task},
};
use crate::{
    engine::Persistence,
    error::{ClientError, RequestError},
    registry::Registry,
};

/// The capacity of a link's command channel, and of the queue during a switch to another link.
pub(crate) const MAX_COMMANDS: usize = 1_024;

/// How long closing may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long it may take to open and restore a second connection.
pub(crate) const RESTORE_TIMEOUT: Duration = Duration::from_secs(60);

/// All that a link is made from.
#[derive(Clone, Debug)]
pub(crate) struct LinkConfig {
    pub(crate) endpoints: Endpoints,
    pub(crate) transport: TransportOptions,
    pub(crate) protocol: ProtocolConfig,
    pub(crate) policy: ReconnectPolicy,
    pub(crate) persistence: Persistence,
    /// Unless the source is asked.
    pub(crate) token: Option<AuthToken>,
    pub(crate) common: ClientShared,
    /// Connections that may be open at the same time.
    pub(crate) budget: Budget,
    pub(crate) dialer: Option<Dialer>,
    pub(crate) jitter_seed: Option<u64>,
}

/// A link that runs. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) handle: SupervisorHandle,
    pub(crate) task: JoinHandle<()>,
    /// What the server said when it last ended a session or connection of it.
    pub(crate) words: LastWords,
}

/// A link that is starting, and the channels that report its progress.
struct Started {
    link: Link,
    reached: oneshot::Receiver<Result<FirstConnection, ClientError>>,
    restored: oneshot::Receiver<()>,
}

/// Why a connection cannot be replaced without an interruption.
pub(crate) enum Obstacle {
    /// No other connection may be open beside it.
    NoRoom,
    Error(RequestError),
}

impl LinkConfig {
    /// Starts the first link of a client; it serves from the beginning.
    pub(crate) fn start(
        &self,
        registry: Registry,
        permit: OwnedSemaphorePermit,
    ) -> (
        Link,
        oneshot::Receiver<Result<FirstConnection, ClientError>>,
    ) {
        let Started { link, reached, .. } = self.begin(&self.endpoints, registry, permit, None);
        (link, reached)
    }

    fn begin(
        &self,
        endpoints: &Endpoints,
        registry: Registry,
        permit: OwnedSemaphorePermit,
        standby: Option<LastWords>,
    ) -> Started {
        let serves = standby.is_none();
        let words = standby.unwrap_or_default();
        let mut registry = registry;
        for value in self.transport.secret_header_values() {
            registry.secrets.add_header(value);
        }
        let engine = Engine::new(
            self.protocol.clone(),
            self.token.clone(),
            self.persistence,
            registry,
        )
        .show_to(self.common.taps.clone());
        let (commands, receiver) = mpsc::channel(MAX_COMMANDS);
        let (first, reached) = oneshot::channel();
        let (restored_sender, restored) = oneshot::channel();
        let config = endpoints
            .supervisor()
            .transport(self.transport.clone())
            .policy(self.policy.clone())
            .close_timeout(CLOSE_TIMEOUT);
        let config = match self.jitter_seed {
            Some(seed) => config.seed(seed),
            None => config,
        };
        let redirecting = RedirectingConnector::new(self.dialer.clone());
        let supervisor = Supervisor::with_connector(engine, receiver, config, redirecting.clone());
        let handle = supervisor.handle();
        let task = Task {
            common: self.common.clone(),
            commands: commands.downgrade(),
            first,
            restored: (!serves).then_some(restored_sender),
            redirecting,
            words: words.clone(),
            permit,
        };
        let task = tokio::spawn(task.run(supervisor));
        let link = Link {
            commands,
            handle,
            task,
            words,
        };
        Started {
            link,
            reached,
            restored,
        }
    }

    /// Makes a link that can take another one's place: connected, signed in, and everything
    /// restored on it.
    pub(crate) async fn succeed(&self, link: &mpsc::Sender<Command>) -> Result<Link, Obstacle> {
        let permit = self.budget.try_connection().ok_or(Obstacle::NoRoom)?;
        let words = LastWords::default();
        let successor = self.try_succeed(link, permit, &words);
        match tokio::time::timeout(RESTORE_TIMEOUT, successor).await {
            Ok(Ok(link)) => Ok(link),
            Ok(Err(RequestError::Interrupted { .. })) => {
                let last_words = words.get();
                Err(Obstacle::Error(RequestError::Interrupted { last_words }))
            }
            Ok(Err(error)) => Err(Obstacle::Error(error)),
            Err(_) => Err(Obstacle::Error(RequestError::TimedOut {
                after: RESTORE_TIMEOUT,
                last_words: words.get(),
            })),
        }
    }

    async fn try_succeed(
        &self,
        link: &mpsc::Sender<Command>,
        permit: OwnedSemaphorePermit,
        words: &LastWords,
    ) -> Result<Link, RequestError> {
        let interrupted = || RequestError::Interrupted { last_words: None };
        let mut permit = Some(permit);
        let mut endpoints = self.endpoints.clone();
        let mut failed = 1;
        for _ in 0..MAX_REDIRECTS + endpoints.len() {
            let registry = standby(link).await?;
            // The permit of an earlier attempt is free again by now, or soon.
            let permit = match permit.take() {
                Some(permit) => permit,
                None => self.budget.connection().await,
            };
            let started = self.begin(&endpoints, registry, permit, Some(words.clone()));
            match started.reached.await {
                Ok(Ok(FirstConnection::Server)) => {
                    return match started.restored.await {
                        Ok(()) => Ok(started.link),
                        // The link has ended without giving a reason.
                        Err(_) => Err(interrupted()),
                    };
                }
                Ok(Ok(FirstConnection::Redirect(host))) if is_trusted(&host) => {
                    endpoints.redirect_first(redirected(&host).map_err(|_| interrupted())?);
                }
                Ok(Err(error)) if error.is_network() && failed < endpoints.len() => {
                    failed += 1;
                    endpoints.rotate();
                }
                Ok(Err(error)) => return Err(RequestError::Ended(error)),
                Ok(Ok(FirstConnection::Redirect(_))) | Err(_) => {
                    return Err(interrupted());
                }
            }
        }
        Err(interrupted())
    }
}

/// A registry with the subscriptions of a link.
async fn standby(link: &mpsc::Sender<Command>) -> Result<Registry, RequestError> {
    let ended = RequestError::Ended(ClientError::Closed);
    let (reply, standby) = oneshot::channel();
    if link.send(Command::Standby(reply)).await.is_err() {
        return Err(ended);
    }
    match standby.await {
        Ok(Some(standby)) => Ok(*standby),
        Ok(None) => Err(RequestError::Misuse {
            reason: "a replay cannot go on over another connection",
        }),
        Err(_) => Err(ended),
    }
}
