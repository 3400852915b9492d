//! A supervised probe whose every attempt to connect the test answers, over pipes.

use tokio::{
    io::{AsyncWriteExt, DuplexStream},
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, timeout},
};
use tv_transport::{
    ConnectLimiter, Connector, DialError, End, Endpoint, Protocol, ReconnectPolicy, Socket, Stage,
    State, Supervisor, SupervisorConfig, SupervisorEvent, SupervisorHandle, TransportOptions,
    upgrade,
};

use crate::support::{
    Ask, Probe, SECOND, Seen, Server, endpoint, layered, packed, read_request, serve, switching,
};

/// Hands each attempt to the test.
pub(crate) struct PipeConnector {
    dials: mpsc::UnboundedSender<Dial>,
    capacity: usize,
}

impl PipeConnector {
    /// A connector whose pipes hold `capacity` bytes, and its attempts.
    pub(crate) fn new(capacity: usize) -> (Self, mpsc::UnboundedReceiver<Dial>) {
        let (dials, attempts) = mpsc::unbounded_channel();
        (Self { dials, capacity }, attempts)
    }
}

/// The client's end of a pipe, and whether the server at the other end reads what is compressed.
type Link = (DuplexStream, bool);

/// An attempt that waits for its answer; dropping it leaves the attempt hanging.
pub(crate) struct Dial {
    pub(crate) at: Instant,
    pub(crate) host: String,
    answer: oneshot::Sender<Result<Link, DialError>>,
    capacity: usize,
}

impl Dial {
    pub(crate) fn refuse(self) {
        self.fail(DialError::Tcp(std::io::ErrorKind::ConnectionRefused.into()));
    }

    pub(crate) fn fail(self, error: DialError) {
        self.answer.send(Err(error)).unwrap();
    }

    /// Connects it, and leaves the upgrade to the test.
    pub(crate) fn connect(self) -> DuplexStream {
        self.link(false)
    }

    fn link(self, packed: bool) -> DuplexStream {
        let (near, far) = tokio::io::duplex(self.capacity);
        self.answer.send(Ok((near, packed))).unwrap();
        far
    }

    /// Connects and upgrades it.
    pub(crate) async fn accept_raw(self) -> DuplexStream {
        switched(self.link(false)).await
    }

    /// As [`accept_raw`](Self::accept_raw), served; with the feature `deflate` either side
    /// compresses.
    pub(crate) async fn accept(self) -> Server {
        serve(switched(self.link(true)).await).await
    }
}

async fn switched(mut far: DuplexStream) -> DuplexStream {
    let request = read_request(&mut far).await;
    far.write_all(switching(&request).as_bytes()).await.unwrap();
    far
}

impl Connector for PipeConnector {
    type Stream = DuplexStream;

    async fn connect(
        &mut self,
        endpoint: &Endpoint,
        options: &TransportOptions,
    ) -> Result<Socket<DuplexStream>, DialError> {
        let (answer, answered) = oneshot::channel();
        let dial = Dial {
            at: Instant::now(),
            host: endpoint.host().to_owned(),
            answer,
            capacity: self.capacity,
        };
        self.dials.send(dial).unwrap_or_default();
        let stream = timeout(10 * SECOND, async {
            match answered.await {
                Ok(answer) => answer,
                Err(_) => std::future::pending().await,
            }
        });
        let stage = Stage::Tcp;
        let (stream, is_packed) = stream.await.map_err(|_| DialError::TimedOut { stage })??;
        let options = if is_packed {
            packed(options)
        } else {
            layered(options)
        };
        upgrade(stream, endpoint, &options).await
    }
}

pub(crate) struct Rig<P: Protocol = Probe> {
    pub(crate) commands: mpsc::Sender<P::Command>,
    pub(crate) events: mpsc::UnboundedReceiver<SupervisorEvent<P::Event>>,
    pub(crate) handle: SupervisorHandle,
    pub(crate) dials: mpsc::UnboundedReceiver<Dial>,
    pub(crate) task: JoinHandle<End>,
}

/// A configuration with repeatable jitter and no limit.
pub(crate) fn config() -> SupervisorConfig {
    SupervisorConfig::new("probe", endpoint())
        .limiter(ConnectLimiter::unlimited())
        .seed(1)
}

/// Without any delay before the first attempt after a loss.
pub(crate) fn at_once() -> ReconnectPolicy {
    ReconnectPolicy::default().first_delay(std::time::Duration::ZERO)
}

impl Rig {
    pub(crate) fn start(config: SupervisorConfig) -> Self {
        Self::with(Probe::default(), config, 4096)
    }
}

impl<P> Rig<P>
where
    P: Protocol + Send + 'static,
{
    pub(crate) fn with(protocol: P, config: SupervisorConfig, capacity: usize) -> Self {
        let (connector, dials) = PipeConnector::new(capacity);
        let (commands, receiver) = mpsc::channel(16);
        let (sender, events) = mpsc::unbounded_channel();
        let mut supervisor = Supervisor::with_connector(protocol, receiver, config, connector);
        let handle = supervisor.handle();
        let task = tokio::spawn(async move {
            supervisor
                .run(|event| sender.send(event).unwrap_or_default())
                .await
        });
        Self {
            commands,
            events,
            handle,
            dials,
            task,
        }
    }

    pub(crate) async fn dial(&mut self) -> Dial {
        self.dials.recv().await.unwrap()
    }

    /// The next event of the protocol.
    pub(crate) async fn next(&mut self) -> P::Event {
        loop {
            if let SupervisorEvent::Protocol(event) = self.events.recv().await.unwrap() {
                return event;
            }
        }
    }

    /// Waits for a change to this state.
    pub(crate) async fn expect_state(&mut self, wanted: State) {
        loop {
            if let SupervisorEvent::State(change) = self.events.recv().await.unwrap()
                && change.to == wanted
            {
                return;
            }
        }
    }
}

impl Rig {
    pub(crate) async fn expect_text(&mut self, text: &str) {
        loop {
            if self.next().await == Seen::Text(text.into()) {
                return;
            }
        }
    }

    pub(crate) async fn say(&self, text: &str) {
        self.commands.send(Ask::Say(text.into())).await.unwrap();
    }
}
