//! Keeps a client served: passes commands on to the line that serves, and replaces that line by a new one when it is
//! old, without a seam if there may be two connections at a time.

use std::{sync::Arc, time::Duration};

use rand::{RngExt, rngs::StdRng};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, mpsc, oneshot, watch},
    task::JoinHandle,
    time::{Instant, sleep_until},
};
use transport::SupervisorHandle;

use super::{
    command::Command,
    line::{Blueprint, Line, Obstacle, RESTORE_PATIENCE},
};
use crate::{error::RequestError, event::ConnectionState};

/// How a connection was replaced.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Renewal {
    /// The new one was made and everything restored on it before the old one was closed. Streams went on.
    Seamless,
    /// No second connection was allowed beside the old one, which was closed first: streams tell of an interruption.
    Interrupted,
}

/// Where the outcome of a renewal is awaited.
pub(crate) type Asked = oneshot::Sender<Result<Renewal, RequestError>>;

/// How long to wait after a renewal that failed, at least.
const RETRY_PAUSE: Duration = Duration::from_secs(60);

/// The client's task.
pub(crate) struct Keeper {
    pub(crate) blueprint: Blueprint,
    pub(crate) line: Line,
    /// Of the handles.
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) asked: mpsc::Receiver<Asked>,
    pub(crate) closing: Arc<Notify>,
    pub(crate) handle: watch::Sender<SupervisorHandle>,
    pub(crate) schedule: Schedule,
    pub(crate) state: watch::Receiver<ConnectionState>,
    pub(crate) aftermath: Aftermath,
}

/// What a renewal leaves behind for a while. Meanwhile it is nobody else's turn.
#[derive(Debug, Default)]
pub(crate) enum Aftermath {
    #[default]
    None,
    /// The old line ends.
    Ending {
        task: JoinHandle<()>,
        _turn: OwnedSemaphorePermit,
    },
    /// The line connects again; it may take until the time.
    Connecting {
        until: Instant,
        _turn: OwnedSemaphorePermit,
    },
}

impl Aftermath {
    /// Waits until nothing is left.
    async fn pass(&mut self) {
        match self {
            Self::None => return std::future::pending().await,
            // An error says that it was aborted or has panicked: it is gone in any case.
            Self::Ending { task, .. } => drop(task.await),
            Self::Connecting { until, .. } => sleep_until(*until).await,
        }
        *self = Self::None;
    }
}

/// When connections are renewed.
#[derive(Debug)]
pub(crate) struct Schedule {
    age: Option<Duration>,
    due: Option<Instant>,
    random: StdRng,
}

impl Schedule {
    pub(crate) fn new(age: Option<Duration>, random: StdRng) -> Self {
        Self {
            age,
            due: None,
            random,
        }
    }

    /// A connection begins. Up to a tenth of its life is left to chance, so that many do not end together.
    fn begin(&mut self) {
        let share = self.random.random_range(0.9..=1.0);
        let age = self.age.map(|age| age.mul_f64(share));
        self.due = age.and_then(|age| Instant::now().checked_add(age));
    }

    fn fail(&mut self) {
        let pause = self.age.map(|age| (age / 10).max(RETRY_PAUSE));
        self.due = pause.and_then(|pause| Instant::now().checked_add(pause));
    }
}

/// Waits for a time, or for ever.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// What the keeper turns to.
enum Turn {
    /// Nobody needs the client any more, or its line has ended.
    End,
    Close,
    Connected,
    Renew(Option<Asked>),
    /// What was left of a renewal has passed.
    Passed,
}

impl Keeper {
    /// Runs to the client's end, and waits until nothing is left of its lines.
    pub(crate) async fn run(mut self) {
        let mut generation = 0;
        self.state.mark_changed();
        loop {
            let turn = tokio::select! {
                biased;
                () = self.closing.notified() => Turn::Close,
                _ = &mut self.line.task => Turn::End,
                Ok(()) = self.state.changed() => Turn::Connected,
                Some(asked) = self.asked.recv() => Turn::Renew(Some(asked)),
                () = at(self.schedule.due) => Turn::Renew(None),
                () = self.aftermath.pass() => Turn::Passed,
                () = route(&mut self.commands, &self.line.commands) => Turn::End,
            };
            match turn {
                Turn::End => break,
                Turn::Close => {
                    self.line.handle.close().await;
                    break;
                }
                Turn::Connected => {
                    if let ConnectionState::Open { generation: new } =
                        *self.state.borrow_and_update()
                        && std::mem::replace(&mut generation, new) != new
                    {
                        self.schedule.begin();
                        if let Aftermath::Connecting { .. } = self.aftermath {
                            self.aftermath = Aftermath::None;
                        }
                    }
                }
                Turn::Passed => {}
                Turn::Renew(asked) => {
                    let Some(result) = self.renew().await else {
                        // The reason shows in the next turn.
                        continue;
                    };
                    if let Err(error) = &result {
                        tracing::debug!(%error, "the connection is not renewed now");
                        self.schedule.fail();
                    }
                    if let Some(asked) = asked {
                        // Whoever asked may have gone.
                        let _ = asked.send(result);
                    }
                }
            }
        }
        let Self {
            line,
            commands,
            aftermath,
            ..
        } = self;
        drop(line.commands);
        if !line.task.is_finished() {
            // An error says that it was aborted or has panicked: it is gone in any case.
            let _ = line.task.await;
        }
        if let Aftermath::Ending { task, .. } = aftermath {
            let _ = task.await;
        }
        // The last: whoever closes waits for it.
        drop(commands);
    }

    /// Replaces the line, when it is its turn. `None` if something else has become more urgent.
    async fn renew(&mut self) -> Option<Result<Renewal, RequestError>> {
        let made = tokio::select! {
            biased;
            () = self.closing.notified() => {
                self.closing.notify_one();
                return None;
            }
            () = self.line.commands.closed() => return None,
            made = async {
                match self.aftermath {
                    // Until it has ended, the one before this counts as open.
                    Aftermath::Ending { .. } => self.aftermath.pass().await,
                    _ => self.aftermath = Aftermath::None,
                }
                let turn = self.blueprint.budget.turn().await;
                (self.blueprint.succeed(&self.line.commands).await, turn)
            } => made,
            () = route(&mut self.commands, &self.line.commands) => return None,
        };
        let (next, turn) = match made {
            (Ok(next), turn) => (next, turn),
            (Err(Obstacle::Error(error)), _) => return Some(Err(error)),
            (Err(Obstacle::NoRoom), turn) => {
                self.line.commands.send(Command::Break).await.ok()?;
                let until = Instant::now() + RESTORE_PATIENCE;
                self.aftermath = Aftermath::Connecting { until, _turn: turn };
                return Some(Ok(Renewal::Interrupted));
            }
        };
        let (heir, heirloom) = oneshot::channel();
        self.line
            .commands
            .send(Command::HandOver(heir))
            .await
            .ok()?;
        let heirloom = heirloom.await.ok()?;
        if let Err(refused) = next.commands.send(Command::TakeOver(heirloom)).await {
            // The new one has just ended: the old one takes back what it has given.
            self.line.commands.send(refused.0).await.ok()?;
            return Some(Err(RequestError::Interrupted));
        }
        self.handle.send_replace(next.handle.clone());
        let Line { task, .. } = std::mem::replace(&mut self.line, next);
        self.aftermath = Aftermath::Ending { task, _turn: turn };
        Some(Ok(Renewal::Seamless))
    }
}

/// Passes commands on until there is nobody to give any; then the line is given up.
async fn route(commands: &mut mpsc::Receiver<Command>, line: &mpsc::Sender<Command>) {
    while let Ok(permit) = line.reserve().await {
        let Some(command) = commands.recv().await else {
            return;
        };
        permit.send(command);
    }
    // The line has ended; its task says so.
    std::future::pending().await
}
