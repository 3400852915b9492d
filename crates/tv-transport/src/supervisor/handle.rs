//! Requests of other tasks to a running supervisor.

use std::time::Duration;

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, timeout, timeout_at},
};

use super::{control::ControlRequest, health::Health, state::State};
use crate::endpoint::Endpoint;

/// Closes a supervisor and reads its health, from any task.
///
/// Clones are handles of the same supervisor. Dropping all of them does not end it: a supervisor
/// lives as long as the senders of its commands.
#[derive(Clone, Debug)]
pub struct SupervisorHandle {
    requests: mpsc::Sender<ControlRequest>,
    published: watch::Receiver<Health>,
    close_timeout: Duration,
}

impl SupervisorHandle {
    pub(crate) fn new(
        requests: mpsc::Sender<ControlRequest>,
        published: watch::Receiver<Health>,
        close_timeout: Duration,
    ) -> Self {
        Self {
            requests,
            published,
            close_timeout,
        }
    }

    /// Closes the supervisor in any state and waits for its end, for little more than the [close
    /// timeout](crate::SupervisorConfig::close_timeout) at most.
    ///
    /// Cancel-safe: once requested, the close goes on. Must be awaited in a tokio runtime.
    pub async fn close(&self) {
        let by = Instant::now() + self.close_timeout;
        let closed = async {
            if self.requests.send(ControlRequest::Close(by)).await.is_ok() {
                let mut published = self.published.clone();
                // An error says that the supervisor was dropped, which is as good.
                let _ = published
                    .wait_for(|health| health.state == State::Closed)
                    .await;
            }
        };
        // It takes longer only if the supervisor is not run any more, or its owner blocks it.
        let _ = timeout_at(by + GRACE, closed).await;
    }

    /// Uses these endpoints from the next attempt on, beginning with the first: after a redirect,
    /// or because a URL or header has new credentials. An open connection stays open; the protocol
    /// ends it if it must move at once.
    ///
    /// May be called in `on_event`. Returns `false`, and changes nothing, if the supervisor has
    /// ended or too many requests wait.
    #[must_use]
    pub fn redirect(&self, endpoints: Vec<Endpoint>) -> bool {
        self.state() != State::Closed
            && self
                .requests
                .try_send(ControlRequest::Endpoints(endpoints))
                .is_ok()
    }

    /// Returns the present health; after the end, the health at the end.
    ///
    /// Cancel-safe. Must be awaited in a tokio runtime. The supervisor's task answers within its
    /// turn, in every state. If it does not answer within a second, because its owner blocks it or
    /// does not run it any more, this is the health at the last change of state.
    pub async fn health(&self) -> Health {
        let (reply, answer) = oneshot::channel();
        let asked = async {
            self.requests
                .send(ControlRequest::Health(reply))
                .await
                .ok()?;
            answer.await.ok()
        };
        let running = !matches!(self.state(), State::Disconnected | State::Closed);
        if running && let Ok(Some(health)) = timeout(GRACE, asked).await {
            return health;
        }
        self.published.borrow().clone()
    }

    /// The present state.
    #[must_use]
    pub fn state(&self) -> State {
        self.published.borrow().state
    }

    /// Waits until the state is as wanted. `false` if the supervisor is dropped first.
    ///
    /// Cancel-safe. A state that lasts no longer than a turn may be missed.
    pub async fn wait_for(&self, wanted: impl Fn(State) -> bool) -> bool {
        let mut published = self.published.clone();
        published
            .wait_for(|health| wanted(health.state))
            .await
            .is_ok()
    }
}

/// How long to wait for a task that should answer at once.
const GRACE: Duration = Duration::from_secs(1);
