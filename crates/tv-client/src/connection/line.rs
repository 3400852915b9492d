//! How the lines of a client are made: one connection and its successors over time, each in a task of its own.

use std::time::Duration;

use protocol::{config::ProtocolConfig, secret::AuthToken};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc, oneshot},
    task::JoinHandle,
};
use transport::{
    Endpoint, ReconnectPolicy, Supervisor, SupervisorConfig, SupervisorHandle, TransportOptions,
};

use super::{
    budget::Budget,
    command::{Command, Engine},
    dial::Dialer,
    server::{MAX_REDIRECTS, is_trusted, redirected},
    task::{Common, Reached, Redirecting, Task},
};
use crate::{
    engine::Persistence,
    error::{ClientError, RequestError},
    registry::Registry,
};

/// Commands that may wait for a line, and for the client.
pub(crate) const MAX_COMMANDS: usize = 1_024;

/// How long closing may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a second connection may take to be made and restored.
pub(crate) const RESTORE_PATIENCE: Duration = Duration::from_secs(60);

/// All that a line is made from.
#[derive(Clone, Debug)]
pub(crate) struct Blueprint {
    pub(crate) endpoint: Endpoint,
    pub(crate) transport: TransportOptions,
    pub(crate) protocol: ProtocolConfig,
    pub(crate) policy: ReconnectPolicy,
    pub(crate) persistence: Persistence,
    /// Unless the source is asked.
    pub(crate) token: Option<AuthToken>,
    pub(crate) common: Common,
    /// Connections that may be open at the same time.
    pub(crate) budget: Budget,
    pub(crate) dialer: Option<Dialer>,
    pub(crate) jitter_seed: Option<u64>,
}

/// A line that runs. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) handle: SupervisorHandle,
    pub(crate) task: JoinHandle<()>,
}

/// A line that begins, and where it is awaited.
struct Begun {
    line: Line,
    reached: oneshot::Receiver<Result<Reached, ClientError>>,
    restored: oneshot::Receiver<()>,
}

/// Why a connection cannot be succeeded by another as if nothing had happened.
pub(crate) enum Obstacle {
    /// No other connection may be open beside it.
    NoRoom,
    Error(RequestError),
}

impl Blueprint {
    /// Starts the first line of a client; it serves from the beginning.
    pub(crate) fn start(
        &self,
        registry: Registry,
        permit: OwnedSemaphorePermit,
    ) -> (Line, oneshot::Receiver<Result<Reached, ClientError>>) {
        let Begun { line, reached, .. } = self.begin(&self.endpoint, registry, permit, true);
        (line, reached)
    }

    fn begin(
        &self,
        endpoint: &Endpoint,
        registry: Registry,
        permit: OwnedSemaphorePermit,
        serves: bool,
    ) -> Begun {
        let engine = Engine::new(
            self.protocol.clone(),
            self.token.clone(),
            self.persistence,
            registry,
        );
        let (commands, receiver) = mpsc::channel(MAX_COMMANDS);
        let (first, reached) = oneshot::channel();
        let (restored_sender, restored) = oneshot::channel();
        let config = SupervisorConfig::new(endpoint.host(), endpoint.clone())
            .transport(self.transport.clone())
            .policy(self.policy.clone())
            .close_timeout(CLOSE_TIMEOUT);
        let config = match self.jitter_seed {
            Some(seed) => config.seed(seed),
            None => config,
        };
        let redirecting = Redirecting::new(self.dialer.clone());
        let supervisor = Supervisor::with_connector(engine, receiver, config, redirecting.clone());
        let handle = supervisor.handle();
        let task = Task {
            common: self.common.clone(),
            commands: commands.downgrade(),
            first,
            restored: (!serves).then_some(restored_sender),
            redirecting,
            permit,
        };
        let task = tokio::spawn(task.run(supervisor));
        let line = Line {
            commands,
            handle,
            task,
        };
        Begun {
            line,
            reached,
            restored,
        }
    }

    /// Makes a line that can take another one's place: connected, signed in, and everything restored on it.
    pub(crate) async fn succeed(&self, line: &mpsc::Sender<Command>) -> Result<Line, Obstacle> {
        let permit = self.budget.try_connection().ok_or(Obstacle::NoRoom)?;
        let successor = self.try_succeed(line, permit);
        match tokio::time::timeout(RESTORE_PATIENCE, successor).await {
            Ok(Ok(line)) => Ok(line),
            Ok(Err(error)) => Err(Obstacle::Error(error)),
            Err(_) => Err(Obstacle::Error(RequestError::TimedOut {
                after: RESTORE_PATIENCE,
            })),
        }
    }

    async fn try_succeed(
        &self,
        line: &mpsc::Sender<Command>,
        permit: OwnedSemaphorePermit,
    ) -> Result<Line, RequestError> {
        let mut permit = Some(permit);
        let mut endpoint = self.endpoint.clone();
        for _ in 0..=MAX_REDIRECTS {
            let registry = twin(line).await?;
            // What a redirected attempt has held is free again by now, or soon.
            let permit = match permit.take() {
                Some(permit) => permit,
                None => self.budget.connection().await,
            };
            let begun = self.begin(&endpoint, registry, permit, false);
            match begun.reached.await {
                Ok(Ok(Reached::Server)) => {
                    return match begun.restored.await {
                        Ok(()) => Ok(begun.line),
                        // It has ended; why, it has told nobody.
                        Err(_) => Err(RequestError::Interrupted),
                    };
                }
                Ok(Ok(Reached::Redirect(host))) if is_trusted(&host) => {
                    endpoint = redirected(&host).map_err(|_| RequestError::Interrupted)?;
                }
                Ok(Err(error)) => return Err(RequestError::Ended(error)),
                Ok(Ok(Reached::Redirect(_))) | Err(_) => return Err(RequestError::Interrupted),
            }
        }
        Err(RequestError::Interrupted)
    }
}

/// A registry with the wishes of a line.
async fn twin(line: &mpsc::Sender<Command>) -> Result<Registry, RequestError> {
    let ended = RequestError::Ended(ClientError::Closed);
    let (reply, twin) = oneshot::channel();
    if line.send(Command::Twin(reply)).await.is_err() {
        return Err(ended);
    }
    match twin.await {
        Ok(Some(twin)) => Ok(*twin),
        Ok(None) => Err(RequestError::Misuse {
            reason: "a replay cannot go on over another connection",
        }),
        Err(_) => Err(ended),
    }
}
