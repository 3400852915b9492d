//! The end that comes from outside: a signal, or the time that the user has set.
//!
//! The first signal asks the command to close. Signals within the next second count as the same
//! one, because `timeout` and terminals send some twice. A later signal, or five seconds without an
//! end, ends the process at once, so that nothing that hangs can keep it.

use std::{
    fmt,
    future::Future,
    io,
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use crate::exit::Failure;

/// How long a command may take to close.
const CLOSING: Duration = Duration::from_secs(5);

/// Signals within this time of the first are part of it.
const SAME_SIGNAL: Duration = Duration::from_secs(1);

/// How long the last action of a forced exit may take.
const LAST_ACTION: Duration = Duration::from_secs(1);

/// Reports when the program is to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    signal: watch::Receiver<bool>,
    deadline: Option<Instant>,
    last_action: LastAction,
}

type Action = Box<dyn FnOnce() + Send>;

/// What is done before the process is ended by force.
#[derive(Clone, Default)]
struct LastAction(Arc<Mutex<Option<Action>>>);

impl fmt::Debug for LastAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LastAction")
    }
}

impl LastAction {
    /// Runs it on a thread of its own, because a disk may hang.
    fn run(&self) {
        let action = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(action) = action else { return };
        let (done, wait) = mpsc::channel();
        std::thread::spawn(move || {
            action();
            done.send(())
        });
        let _late = wait.recv_timeout(LAST_ACTION);
    }
}

impl Stop {
    /// Starts to listen for signals. Needs a tokio runtime.
    pub(crate) fn on_signals() -> Result<Self, Failure> {
        let failed =
            |error: io::Error| Failure::Internal(format!("cannot listen for signals: {error}"));
        let mut signals = Signals::new().map_err(failed)?;
        let (sender, receiver) = watch::channel(false);
        let last_action = LastAction::default();
        let forced = last_action.clone();
        tokio::spawn(async move {
            signals.next().await;
            // Without a receiver the command has ended.
            let _ended = sender.send(true);
            let first = Instant::now();
            while tokio::time::timeout_at(first + CLOSING, signals.next())
                .await
                .is_ok()
            {
                if first.elapsed() >= SAME_SIGNAL {
                    break;
                }
            }
            forced.run();
            #[expect(
                clippy::disallowed_methods,
                reason = "the user insists on an end at once"
            )]
            std::process::exit(i32::from(Failure::Interrupted.status()));
        });
        Ok(Self {
            signal: receiver,
            deadline: None,
            last_action,
        })
    }

    /// Does this before the process is ended by force, in place of an earlier action. It has one
    /// second.
    pub(crate) fn on_forced_exit(&self, action: impl FnOnce() + Send + 'static) {
        let mut last = self
            .last_action
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *last = Some(Box::new(action));
    }

    /// Stops this long from now, too.
    pub(crate) fn after(self, time: Duration) -> Self {
        Self {
            deadline: Some(Instant::now() + time),
            ..self
        }
    }

    /// Waits until the program is to stop. Cancel-safe.
    pub(crate) async fn asked(&mut self) {
        let signal = async {
            if self.signal.wait_for(|stop| *stop).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        match self.deadline {
            Some(deadline) => {
                tokio::select! {
                    () = signal => {}
                    () = tokio::time::sleep_until(deadline) => {}
                }
            }
            None => signal.await,
        }
    }

    /// Waits for work, and gives it up when the program is to stop.
    pub(crate) async fn or<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.asked() => None,
            done = work => Some(done),
        }
    }
}

/// Fails if fewer files can be opened than a tokio runtime needs. Call it before one is built:
/// without a descriptor for its signals the runtime panics.
#[cfg(unix)]
pub(crate) fn has_descriptors() -> io::Result<()> {
    let mut pairs = Vec::new();
    for _ in 0..RUNTIME_PAIRS {
        pairs.push(std::os::unix::net::UnixStream::pair()?);
    }
    Ok(())
}

/// Three descriptors for readiness and three for signals, in pairs, and a pair to spare.
#[cfg(unix)]
const RUNTIME_PAIRS: usize = 4;

/// Elsewhere the runtime reports it.
#[cfg(not(unix))]
pub(crate) fn has_descriptors() -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// `None` under `nohup`, which must stay in force.
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hang_up = if ignores_hang_up() {
            None
        } else {
            Some(signal(SignalKind::hangup())?)
        };
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up,
        })
    }

    async fn next(&mut self) {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hang_up => {}
        }
    }
}

/// Whether SIGHUP was ignored when the program started, as far as the system shows it (Linux).
#[cfg(unix)]
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Bit 0 is signal 1, SIGHUP.
    mask.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
