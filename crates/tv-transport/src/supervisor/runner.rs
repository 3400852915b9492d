//! Carries out the machine's decisions: opens sockets, drives the protocol, waits.
//!
//! Knows tokio. Decides nothing; all policy is in the [`Machine`](super::Machine).

use std::{
    future::{Future, poll_fn},
    hash::{BuildHasher, RandomState},
    pin::pin,
};

use rand::{
    SeedableRng,
    rngs::{StdRng, SysRng},
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tracing::Instrument;

use super::{
    config::SupervisorConfig,
    control::{Control, Supervised},
    event::{End, SupervisorEvent},
    handle::SupervisorHandle,
    state::State,
};
use crate::{
    clock::{MIN_TIMER, now},
    close::CloseReason,
    connector::{Connector, NetConnector},
    drive_loop::DriveLoop,
    fault::Fault,
    monitor::QueueFill,
    protocol::{Protocol, Status},
    socket::Socket,
};

/// Keeps a [`Protocol`] connected.
///
/// It connects, drives, and reconnects by the rules of its [policy](crate::ReconnectPolicy) until
/// it is closed, the protocol has finished, or no attempt can help. The task that awaits
/// [`run`](Self::run) does all of it. Nothing is spawned, so nothing is left when that future has
/// ended or is dropped.
pub struct Supervisor<P: Protocol, C = NetConnector> {
    protocol: P,
    commands: mpsc::Receiver<P::Command>,
    config: SupervisorConfig,
    connector: C,
    control: Control,
    handle: SupervisorHandle,
}

impl<P: Protocol> Supervisor<P> {
    /// Makes a supervisor that connects over the network and takes its commands from `commands`.
    ///
    /// The capacity of that channel bounds the commands that wait.
    #[must_use]
    pub fn new(
        protocol: P,
        commands: mpsc::Receiver<P::Command>,
        config: SupervisorConfig,
    ) -> Self {
        Self::with_connector(protocol, commands, config, NetConnector::default())
    }
}

impl<P: Protocol, C: Connector> Supervisor<P, C> {
    /// Makes a supervisor as [`Supervisor::new`] does, with sockets from `connector`.
    #[must_use]
    pub fn with_connector(
        protocol: P,
        commands: mpsc::Receiver<P::Command>,
        config: SupervisorConfig,
        connector: C,
    ) -> Self {
        let (requests, receiver) = mpsc::channel(MAX_REQUESTS);
        let (control, published) = Control::new(&config, random(config.seed), receiver);
        let handle = SupervisorHandle::new(requests, published, config.close_timeout);
        Self {
            protocol,
            commands,
            config,
            connector,
            control,
            handle,
        }
    }

    /// A handle that closes the supervisor and reads its health.
    #[must_use]
    pub fn handle(&self) -> SupervisorHandle {
        self.handle.clone()
    }

    /// The protocol.
    #[must_use]
    pub fn protocol(&self) -> &P {
        &self.protocol
    }

    /// Gives the protocol back; commands still waiting are lost.
    #[must_use]
    pub fn into_protocol(self) -> P {
        self.protocol
    }

    /// Keeps the protocol connected until it ends, and returns the reason.
    ///
    /// `on_event` is called in order, in this task, and must not block: heartbeats wait for it. The
    /// last event is the last change of state. A later call returns the same end at once.
    ///
    /// Not cancel-safe: a dropped future closes the socket without a close frame, and without a
    /// call of the protocol. It may be run again, which reconnects.
    pub async fn run(&mut self, mut on_event: impl FnMut(SupervisorEvent<P::Event>)) -> End {
        self.control.machine.start(now());
        if matches!(
            self.control.machine.state(),
            State::Connected | State::Closing
        ) {
            // An earlier call was dropped, and its socket with it.
            let lost = CloseReason::Lost(std::io::ErrorKind::ConnectionAborted.into());
            self.control.ended(now(), &self.protocol, &lost.into());
        }
        loop {
            self.control
                .publish_steps(now(), &self.protocol, &mut on_event);
            match self.control.machine.state() {
                State::Connecting => self.attempt(&mut on_event).await,
                State::Reconnecting => {
                    let at = self.control.machine.poll_timeout();
                    let wait = async move {
                        match at {
                            Some(at) => sleep_until(Instant::from_std(at)).await,
                            None => std::future::pending().await,
                        }
                    };
                    if self.idle(&mut on_event).serve_until(wait).await.is_some() {
                        self.control.machine.handle_timeout(now());
                    }
                }
                // A socket is driven within `attempt`, so that here there is none.
                State::Disconnected | State::Connected | State::Closing | State::Closed => break,
            }
        }
        match self.control.machine.last_fault() {
            Some(fault) if self.control.machine.gave_up() => End::GaveUp(fault.clone()),
            _ => End::Closed,
        }
    }

    /// Makes one attempt and, if it succeeds, drives the connection to its end.
    async fn attempt(&mut self, on_event: &mut impl FnMut(SupervisorEvent<P::Event>)) {
        let Some(endpoint) = self.control.target.clone() else {
            return self.control.machine.handle_close(now());
        };
        let connecting = self.connector.connect(&endpoint, &self.config.transport);
        // Not `idle`: the connector is borrowed by then.
        let mut idle = Idle {
            protocol: &mut self.protocol,
            commands: &mut self.commands,
            control: &mut self.control,
            on_event,
        };
        let fault = match idle.serve_until(connecting).await {
            None => return,
            Some(Ok(socket)) => self.drive(socket, on_event).await.into(),
            Some(Err(error)) => {
                let error = error.map_text(|text| self.protocol.redact(text));
                self.protocol.handle_dial_error(now(), &error);
                Fault::Connect(error)
            }
        };
        self.control.ended(now(), &self.protocol, &fault);
    }

    async fn drive(
        &mut self,
        socket: Socket<C::Stream>,
        on_event: &mut impl FnMut(SupervisorEvent<P::Event>),
    ) -> CloseReason {
        let generation = self.control.connected(now(), socket.address());
        self.control.publish_steps(now(), &self.protocol, on_event);
        let name = &*self.config.name;
        let span = tracing::debug_span!("connection", name, generation, host = socket.host());
        let control = &mut self.control;
        let run = DriveLoop::new(
            &mut self.protocol,
            &mut self.commands,
            &self.config.transport,
            socket,
            Supervised { control, on_event },
        );
        run.run(generation).instrument(span).await
    }

    fn idle<'a, F>(&'a mut self, on_event: &'a mut F) -> Idle<'a, P, F> {
        Idle {
            protocol: &mut self.protocol,
            commands: &mut self.commands,
            control: &mut self.control,
            on_event,
        }
    }
}

impl<P: Protocol, C> std::fmt::Debug for Supervisor<P, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Supervisor")
            .field("config", &self.config)
            .field("control", &self.control)
            .finish_non_exhaustive()
    }
}

/// The work without a connection: commands, requests of handles, the protocol's timers.
struct Idle<'a, P: Protocol, F> {
    protocol: &'a mut P,
    commands: &'a mut mpsc::Receiver<P::Command>,
    control: &'a mut Control,
    on_event: &'a mut F,
}

impl<P, F> Idle<'_, P, F>
where
    P: Protocol,
    F: FnMut(SupervisorEvent<P::Event>),
{
    /// Serves until `done` is done; `None` if the end was asked for first.
    async fn serve_until<T>(&mut self, done: impl Future<Output = T>) -> Option<T> {
        let mut done = pin!(done);
        loop {
            while let Some(event) = self.protocol.poll_event() {
                (self.on_event)(SupervisorEvent::Protocol(event));
            }
            if self.protocol.status() == Status::Finished {
                break;
            }
            let timer = self
                .protocol
                .poll_timeout()
                .map(|at| Instant::from_std(at).max(Instant::now() + MIN_TIMER));
            // Moved, not shared: a protocol need not be `Sync`.
            let protocol = &mut *self.protocol;
            let control = &mut *self.control;
            // They are taken as they come, so none waits.
            let commands = QueueFill {
                name: "commands".into(),
                waiting: 0,
                capacity: self.commands.max_capacity(),
            };
            tokio::select! {
                biased;
                _ = poll_fn(move |cx| control.poll_control(cx, &*protocol, &commands)) => break,
                value = &mut done => return Some(value),
                command = self.commands.recv() => match command {
                    Some(command) => self.protocol.handle_command(now(), command),
                    None => break,
                },
                () = async {
                    match timer {
                        Some(at) => sleep_until(at).await,
                        None => std::future::pending().await,
                    }
                } => self.protocol.handle_timeout(now()),
            }
        }
        self.control.machine.handle_close(now());
        None
    }
}

/// Jitter only has to differ between processes.
fn random(seed: Option<u64>) -> StdRng {
    match seed {
        Some(seed) => StdRng::seed_from_u64(seed),
        // The standard library's keys are random, too.
        None => StdRng::try_from_rng(&mut SysRng)
            .unwrap_or_else(|_| StdRng::seed_from_u64(RandomState::new().hash_one(0_u8))),
    }
}

/// Questions of handles that may wait for an answer.
const MAX_REQUESTS: usize = 16;
