//! Replaces the serving link of a client when it is old. If two connections are allowed at a time,
//! streams are not interrupted. Then it directs the commands of handles to the new link.

use std::{fmt, sync::Arc, time::Duration};

use rand::{RngExt, rngs::StdRng};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, mpsc, oneshot, watch},
    task::JoinHandle,
    time::{Instant, sleep_until},
};
use transport::SupervisorHandle;

use super::{
    command::Command,
    link::{Link, LinkConfig, Obstacle, RESTORE_TIMEOUT},
    switch::CommandSwitch,
};
use crate::{error::RequestError, event::ConnectionState, tap::TapsEnd};

/// How a connection was replaced.
///
/// `Display` writes one word: `seamless`, `interrupted`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Renewal {
    /// The client restored everything on a new connection before it closed the old one. Streams
    /// continued.
    Seamless,
    /// No second connection was allowed, so the client closed the old one first. Streams report an
    /// interruption.
    Interrupted,
}

impl fmt::Display for Renewal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Seamless => "seamless",
            Self::Interrupted => "interrupted",
        })
    }
}

/// The caller that waits for the outcome of a renewal.
pub(crate) type Asked = oneshot::Sender<Result<Renewal, RequestError>>;

/// The shortest wait after a failed renewal.
const RETRY_PAUSE: Duration = Duration::from_secs(60);

/// The client's task.
pub(crate) struct Rotation {
    pub(crate) link_config: LinkConfig,
    pub(crate) link: Link,
    /// Where handles send commands.
    pub(crate) commands: CommandSwitch,
    pub(crate) asked: mpsc::Receiver<Asked>,
    pub(crate) closing: Arc<Notify>,
    pub(crate) handle: watch::Sender<SupervisorHandle>,
    pub(crate) schedule: Schedule,
    pub(crate) state: watch::Receiver<ConnectionState>,
    pub(crate) cooldown: Cooldown,
    /// Ends the taps with the client.
    pub(crate) _taps: TapsEnd,
}

/// What is left of a renewal. Until it has passed, no other client of the pool is renewed.
#[derive(Debug, Default)]
pub(crate) enum Cooldown {
    #[default]
    None,
    /// The old link ends.
    Ending {
        task: JoinHandle<()>,
        _turn: OwnedSemaphorePermit,
    },
    /// The link connects again; it may take until the time.
    Connecting {
        until: Instant,
        _turn: OwnedSemaphorePermit,
    },
}

impl Cooldown {
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

    /// Starts the schedule of a connection. Up to a tenth of its life is random, so that many do
    /// not end together.
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

/// The next step of the rotation.
enum Step {
    /// No handle is left, or the link has ended.
    End,
    Close,
    Connected,
    Renew(Option<Asked>),
    /// The cooldown of a renewal has passed.
    Passed,
}

impl Rotation {
    /// Runs to the client's end, and waits until nothing is left of its links.
    pub(crate) async fn run(mut self) {
        let mut generation = 0;
        self.state.mark_changed();
        loop {
            let step = tokio::select! {
                biased;
                () = self.closing.notified() => Step::Close,
                _ = &mut self.link.task => Step::End,
                Ok(()) = self.state.changed() => Step::Connected,
                Some(asked) = self.asked.recv() => Step::Renew(Some(asked)),
                () = at(self.schedule.due) => Step::Renew(None),
                () = self.cooldown.pass() => Step::Passed,
                () = self.commands.abandoned() => Step::End,
            };
            match step {
                Step::End => break,
                Step::Close => {
                    self.link.handle.close().await;
                    break;
                }
                Step::Connected => {
                    if let ConnectionState::Open { generation: new } =
                        *self.state.borrow_and_update()
                        && std::mem::replace(&mut generation, new) != new
                    {
                        self.schedule.begin();
                        if let Cooldown::Connecting { .. } = self.cooldown {
                            self.cooldown = Cooldown::None;
                        }
                    }
                }
                Step::Passed => {}
                Step::Renew(asked) => {
                    let Some(result) = self.renew().await else {
                        // The next turn of the loop handles the reason.
                        continue;
                    };
                    if let Err(error) = &result {
                        tracing::debug!(%error, "the connection is not renewed now");
                        self.schedule.fail();
                    }
                    if let Some(asked) = asked {
                        // The caller may have gone.
                        let _ = asked.send(result);
                    }
                }
            }
        }
        let Self {
            link,
            commands,
            cooldown,
            _taps: taps,
            ..
        } = self;
        let handles = commands.give_up();
        drop(link.commands);
        if !link.task.is_finished() {
            // An error says that it was aborted or has panicked: it is gone in any case.
            let _ = link.task.await;
        }
        if let Cooldown::Ending { task, .. } = cooldown {
            let _ = task.await;
        }
        drop(taps);
        // Comes last, because `close` waits for it.
        drop(handles);
    }

    /// Replaces the link, when it is its turn. `None` if something else has become more urgent.
    async fn renew(&mut self) -> Option<Result<Renewal, RequestError>> {
        let made = tokio::select! {
            biased;
            () = self.closing.notified() => {
                self.closing.notify_one();
                return None;
            }
            () = self.link.commands.closed() => return None,
            made = async {
                match self.cooldown {
                    // Until it has ended, the one before this counts as open.
                    Cooldown::Ending { .. } => self.cooldown.pass().await,
                    _ => self.cooldown = Cooldown::None,
                }
                let turn = self.link_config.budget.turn().await;
                (self.link_config.succeed(&self.link.commands).await, turn)
            } => made,
            () = self.commands.abandoned() => return None,
        };
        let (next, turn) = match made {
            (Ok(next), turn) => (next, turn),
            (Err(Obstacle::Error(error)), _) => return Some(Err(error)),
            (Err(Obstacle::NoRoom), turn) => {
                self.link.commands.send(Command::Break).await.ok()?;
                let until = Instant::now() + RESTORE_TIMEOUT;
                self.cooldown = Cooldown::Connecting { until, _turn: turn };
                return Some(Ok(Renewal::Interrupted));
            }
        };
        // What handles send from now on is for the new link.
        let mut serving = tokio::select! {
            biased;
            () = self.closing.notified() => {
                self.closing.notify_one();
                return None;
            }
            () = self.link.commands.closed() => return None,
            serving = self.commands.hold() => serving,
        };
        let (successor, handover) = oneshot::channel();
        self.link
            .commands
            .send(Command::HandOver(successor))
            .await
            .ok()?;
        let handover = handover.await.ok()?;
        if let Err(refused) = next.commands.send(Command::TakeOver(handover)).await {
            // The new one has just ended: the old one takes back what it has given.
            self.link.commands.send(refused.0).await.ok()?;
            drop(serving);
            self.commands.release().await;
            let last_words = next.words.get();
            return Some(Err(RequestError::Interrupted { last_words }));
        }
        *serving = next.commands.clone();
        drop(serving);
        self.handle.send_replace(next.handle.clone());
        let Link { task, .. } = std::mem::replace(&mut self.link, next);
        self.cooldown = Cooldown::Ending { task, _turn: turn };
        self.commands.release().await;
        Some(Ok(Renewal::Seamless))
    }
}
