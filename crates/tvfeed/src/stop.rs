//! The end that comes from outside: Ctrl-C, SIGTERM, or the time that the user has set.
//!
//! The first signal asks the command to close; a second one, or five seconds without an end, ends the
//! process at once, so that nothing that hangs can keep it.

use std::{future::Future, io, time::Duration};

use tokio::{sync::watch, time::Instant};

use crate::exit::Failure;

/// How long a command may take to close.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tells when the program is to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    signal: watch::Receiver<bool>,
    deadline: Option<Instant>,
}

impl Stop {
    /// Starts to listen for signals. Needs a tokio runtime.
    pub(crate) fn on_signals() -> Result<Self, Failure> {
        let failed =
            |error: io::Error| Failure::Internal(format!("cannot listen for signals: {error}"));
        let mut signals = Signals::new().map_err(failed)?;
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            signals.next().await;
            // Nobody left to tell means that the command has ended.
            let _ended = sender.send(true);
            let _late = tokio::time::timeout(PATIENCE, signals.next()).await;
            std::process::exit(i32::from(Failure::Interrupted.status()));
        });
        Ok(Self {
            signal: receiver,
            deadline: None,
        })
    }

    /// Stops by itself after this time, counted from now.
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

/// Fails where files cannot be opened in the number that a tokio runtime needs. To be asked before one is built: without
/// a descriptor for its signals it panics.
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

/// Elsewhere the runtime tells itself.
#[cfg(not(unix))]
pub(crate) fn has_descriptors() -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
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
