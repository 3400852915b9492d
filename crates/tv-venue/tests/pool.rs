//! A pool over pipes, in virtual time: the test is the venue, one task for each connection.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeSet, VecDeque},
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use tokio::{io::DuplexStream, sync::mpsc, time::timeout};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};
use transport::{
    CloseReason, Connector, DialError, End, Endpoint, Outgoing, Protocol, ReconnectPolicy, Socket,
    State, Status, SubscriptionCounts, Supervisor, SupervisorConfig, SupervisorEvent,
    TransportOptions, upgrade,
};
use tv_venue::{Action, Pool, PoolConfig, PoolError, PoolEvent, Rejection, Subscriptions, Venue};

/// Speaks lines: `sub 1 a b`, `unsub 2 a`, answered by `ok 1` or `no 1`; everything else is data.
#[derive(Default)]
struct Lines {
    subscriptions: Subscriptions<String>,
    outgoing: VecDeque<Outgoing>,
    events: VecDeque<LineEvent>,
}

#[derive(Clone, Debug, PartialEq)]
enum LineEvent {
    Data(String),
    Rejected(Rejection<String>),
}

enum LineCommand {
    Subscribe(Vec<String>),
    Unsubscribe(Vec<String>),
}

impl Lines {
    fn advance(&mut self, now: Instant) {
        while let Some(batch) = self.subscriptions.poll_batch(now) {
            let verb = match batch.action {
                Action::Subscribe => "sub",
                Action::Unsubscribe => "unsub",
            };
            let line = format!("{verb} {} {}", batch.request, batch.keys.join(" "));
            self.outgoing.push_back(Outgoing::Text(line));
        }
        while let Some(rejection) = self.subscriptions.poll_rejection() {
            self.events.push_back(LineEvent::Rejected(rejection));
        }
    }
}

impl Protocol for Lines {
    type Command = LineCommand;
    type Event = LineEvent;

    fn on_open(&mut self, _generation: u64, now: Instant) {
        self.outgoing.clear();
        self.subscriptions.handle_open(now);
        self.advance(now);
    }

    fn handle_command(&mut self, now: Instant, command: LineCommand) {
        match command {
            LineCommand::Subscribe(keys) => {
                for key in keys {
                    self.subscriptions.subscribe(key).unwrap();
                }
            }
            LineCommand::Unsubscribe(keys) => {
                for key in keys {
                    assert!(self.subscriptions.unsubscribe(&key), "{key} was not wanted");
                }
            }
        }
        self.advance(now);
    }

    fn handle_text(&mut self, now: Instant, text: &str) {
        match text.split_once(' ') {
            Some(("ok", number)) => {
                self.subscriptions.confirm(now, number.parse().unwrap());
            }
            Some(("no", number)) => {
                self.subscriptions
                    .reject(number.parse().unwrap(), "unknown");
            }
            _ => self.events.push_back(LineEvent::Data(text.to_owned())),
        }
        self.advance(now);
    }

    fn handle_binary(&mut self, _now: Instant, _data: &[u8]) {}

    fn handle_timeout(&mut self, now: Instant) {
        self.subscriptions.handle_timeout(now);
        self.advance(now);
    }

    fn handle_close(&mut self, _now: Instant, _reason: &CloseReason) {
        self.subscriptions.handle_close();
    }

    fn poll_transmit(&mut self) -> Option<Outgoing> {
        self.outgoing.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.subscriptions.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<LineEvent> {
        self.events.pop_front()
    }

    fn subscriptions(&self) -> SubscriptionCounts {
        self.subscriptions.counts()
    }

    fn status(&self) -> Status {
        Status::Ready
    }
}

impl Venue for Lines {
    type Key = String;

    fn subscribe(keys: Vec<String>) -> LineCommand {
        LineCommand::Subscribe(keys)
    }

    fn unsubscribe(keys: Vec<String>) -> LineCommand {
        LineCommand::Unsubscribe(keys)
    }

    fn rejected(event: &LineEvent) -> Option<&String> {
        match event {
            LineEvent::Rejected(rejection) => Some(&rejection.key),
            LineEvent::Data(_) => None,
        }
    }
}

/// Hands the server's end of each connection to the test; refuses once the test has gone.
#[derive(Clone)]
struct Pipes(mpsc::UnboundedSender<DuplexStream>);

impl Connector for Pipes {
    type Stream = DuplexStream;

    async fn connect(
        &mut self,
        endpoint: &Endpoint,
        options: &TransportOptions,
    ) -> Result<Socket<DuplexStream>, DialError> {
        let (near, far) = tokio::io::duplex(1 << 12);
        if self.0.send(far).is_err() {
            return Err(DialError::Tcp(std::io::ErrorKind::ConnectionRefused.into()));
        }
        upgrade(near, endpoint, options).await
    }
}

type Events = mpsc::UnboundedReceiver<PoolEvent<LineEvent, String>>;

struct Rig {
    pool: Pool<Lines>,
    events: Events,
    accepted: mpsc::UnboundedReceiver<DuplexStream>,
}

impl Rig {
    /// A pool of two streams a connection and three connections at most.
    fn new(policy: ReconnectPolicy) -> Self {
        let endpoint = Endpoint::new("ws://127.0.0.1/").unwrap();
        let supervisor = SupervisorConfig::new("lines", endpoint)
            .policy(policy)
            .seed(1);
        let config = PoolConfig::new(supervisor)
            .streams_per_connection(2)
            .connections(3);
        let (pipes, accepted) = mpsc::unbounded_channel();
        let pipes = Pipes(pipes);
        let (sender, events) = mpsc::unbounded_channel();
        let pool = Pool::new(
            config,
            move |commands, config| {
                Supervisor::with_connector(Lines::default(), commands, config, pipes.clone())
            },
            move |event| sender.send(event).unwrap_or_default(),
        );
        Self {
            pool,
            events,
            accepted,
        }
    }

    /// The next connection that the pool opens.
    async fn accept(&mut self) -> Server {
        let stream = soon(self.accepted.recv()).await.unwrap();
        Server(soon(accept_async(stream)).await.unwrap())
    }

    /// The next end of a connection.
    async fn ended(&mut self) -> (usize, End, Vec<String>) {
        loop {
            if let PoolEvent::Ended {
                connection,
                end,
                streams,
            } = soon(self.events.recv()).await.unwrap()
            {
                return (connection, end, streams);
            }
        }
    }

    async fn data(&mut self) -> (usize, String) {
        loop {
            if let PoolEvent::Connection {
                connection,
                event: SupervisorEvent::Protocol(LineEvent::Data(text)),
            } = soon(self.events.recv()).await.unwrap()
            {
                return (connection, text);
            }
        }
    }
}

struct Server(WebSocketStream<DuplexStream>);

impl Server {
    /// The next line, answered with `ok`, without its number.
    async fn confirm(&mut self) -> String {
        self.answer("ok").await
    }

    async fn answer(&mut self, word: &str) -> String {
        let Message::Text(line) = soon(self.0.next()).await.unwrap().unwrap() else {
            unreachable!("only lines are sent")
        };
        let mut words = line.split(' ');
        let (verb, number) = (words.next().unwrap(), words.next().unwrap());
        self.send(&format!("{word} {number}")).await;
        let keys: Vec<&str> = words.collect();
        format!("{verb} {}", keys.join(" "))
    }

    async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// Waits for the close frame of the client.
    async fn closed(&mut self) {
        let message = soon(self.0.next()).await;
        assert!(
            matches!(message, Some(Ok(Message::Close(_)))),
            "{message:?}"
        );
        // Answers it.
        while let Some(Ok(_)) = soon(self.0.next()).await {}
    }
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(300), future).await.unwrap()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn streams_are_spread_over_as_few_connections_as_can_carry_them() {
    let mut rig = Rig::new(ReconnectPolicy::default());
    assert_eq!(
        rig.pool.connections(),
        0,
        "none is made before it is needed"
    );
    rig.pool.subscribe(names(&["a", "b", "c"])).unwrap();
    let mut lines = BTreeSet::new();
    let mut servers = Vec::new();
    for _ in 0..2 {
        let mut server = rig.accept().await;
        lines.insert(server.confirm().await);
        servers.push(server);
    }
    assert_eq!(lines, ["sub a b", "sub c"].map(str::to_owned).into());
    rig.pool.subscribe(names(&["a", "d", "e", "f"])).unwrap();
    let mut third = rig.accept().await;
    assert_eq!(third.confirm().await, "sub e f");
    let full = rig.pool.subscribe(names(&["a", "g"]));
    assert_eq!(full, Err(PoolError::Full { limit: 6 }));
    assert_eq!((rig.pool.streams(), rig.pool.connections()), (6, 3));
    third.send("e 1").await;
    assert_eq!(rig.data().await, (2, "e 1".to_owned()));
    // What frees a place makes room.
    rig.pool.unsubscribe(names(&["e", "unknown"])).unwrap();
    assert_eq!(third.confirm().await, "unsub e");
    rig.pool.subscribe(names(&["g"])).unwrap();
    assert_eq!(third.confirm().await, "sub g");
    let health = rig.pool.health().await;
    let names: Vec<&str> = health.iter().map(|health| &*health.name).collect();
    assert_eq!(names, ["lines-0", "lines-1", "lines-2"]);
    assert_eq!(health[2].subscriptions.confirmed, 2);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_stream_frees_its_place_and_an_empty_connection_is_closed() {
    let mut rig = Rig::new(ReconnectPolicy::default());
    rig.pool.subscribe(names(&["a", "b"])).unwrap();
    let mut first = rig.accept().await;
    assert_eq!(first.confirm().await, "sub a b");
    rig.pool.subscribe(names(&["bad"])).unwrap();
    let mut second = rig.accept().await;
    assert_eq!(second.answer("no").await, "sub bad");
    second.closed().await;
    assert_eq!(rig.ended().await, (1, End::Closed, Vec::new()));
    assert_eq!((rig.pool.streams(), rig.pool.connections()), (2, 1));
    rig.pool.unsubscribe(names(&["a", "b"])).unwrap();
    first.closed().await;
    assert_eq!(rig.ended().await, (0, End::Closed, Vec::new()));
    assert_eq!((rig.pool.streams(), rig.pool.connections()), (0, 0));
    // Its number is not used again.
    rig.pool.subscribe(names(&["c"])).unwrap();
    let mut third = rig.accept().await;
    assert_eq!(third.confirm().await, "sub c");
    third.send("c 1").await;
    assert_eq!(rig.data().await, (2, "c 1".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_cut_connection_subscribes_again_and_disturbs_no_other() {
    let mut rig = Rig::new(ReconnectPolicy::default());
    rig.pool.subscribe(names(&["a", "b"])).unwrap();
    let mut first = rig.accept().await;
    assert_eq!(first.confirm().await, "sub a b");
    rig.pool.subscribe(names(&["c"])).unwrap();
    let mut second = rig.accept().await;
    assert_eq!(second.confirm().await, "sub c");
    drop(first);
    let mut again = rig.accept().await;
    assert_eq!(again.confirm().await, "sub a b");
    again.send("a 1").await;
    assert_eq!(rig.data().await, (0, "a 1".to_owned()));
    let health = rig.pool.health().await;
    let connections: Vec<u64> = health
        .iter()
        .map(|health| health.metrics.connections)
        .collect();
    assert_eq!(connections, [2, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_gives_up_is_reported_with_its_streams() {
    let mut rig = Rig::new(ReconnectPolicy::default().max_reconnect_attempts(2));
    rig.pool.subscribe(names(&["a", "b", "c"])).unwrap();
    let (first, second) = (rig.accept().await, rig.accept().await);
    // Nothing listens any more.
    rig.accepted.close();
    drop(first);
    drop(second);
    let mut lost = BTreeSet::new();
    for _ in 0..2 {
        let (_, end, streams) = rig.ended().await;
        assert!(matches!(end, End::GaveUp(_)), "{end:?}");
        lost.extend(streams);
    }
    assert_eq!(lost, ["a", "b", "c"].map(str::to_owned).into());
    assert_eq!((rig.pool.streams(), rig.pool.connections()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn closing_ends_every_connection_and_later_requests_fail() {
    let mut rig = Rig::new(ReconnectPolicy::default());
    rig.pool.subscribe(names(&["a", "b", "c"])).unwrap();
    let (mut first, mut second) = (rig.accept().await, rig.accept().await);
    first.confirm().await;
    second.confirm().await;
    let other = rig.pool.clone();
    tokio::join!(rig.pool.close(), first.closed(), second.closed());
    for health in rig.pool.health().await {
        assert_eq!(health.state, State::Closed);
    }
    assert_eq!(other.subscribe(names(&["d"])), Err(PoolError::Closed));
    assert_eq!(other.unsubscribe(names(&["a"])), Err(PoolError::Closed));
    let mut ends = BTreeSet::new();
    for _ in 0..2 {
        let (connection, end, _) = rig.ended().await;
        assert_eq!(end, End::Closed);
        ends.insert(connection);
    }
    assert_eq!(ends, [0, 1].into());
}

#[tokio::test(start_paused = true)]
async fn dropping_every_clone_closes_the_connections() {
    let mut rig = Rig::new(ReconnectPolicy::default());
    rig.pool.subscribe(names(&["a"])).unwrap();
    let mut server = rig.accept().await;
    server.confirm().await;
    let Rig { pool, events, .. } = rig;
    drop((pool, events));
    server.closed().await;
}

#[test]
fn a_pool_outside_of_a_runtime_subscribes_to_nothing() {
    let rig = Rig::new(ReconnectPolicy::default());
    assert_eq!(rig.pool.subscribe(names(&["a"])), Err(PoolError::NoRuntime));
    assert_eq!(rig.pool.streams(), 0);
}
