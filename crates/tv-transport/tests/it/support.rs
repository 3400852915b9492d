//! The peers of the tests: a protocol that tells all it sees, and servers over pipes.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream},
    sync::mpsc,
    task::JoinHandle,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{handshake::derive_accept_key, protocol::Role},
};
use tv_transport::{
    CloseReason, Driver, Endpoint, Outgoing, Protocol, ProtocolFault, Socket, StaleStream, Status,
    SubscriptionCounts, TransportOptions, upgrade,
};

/// Tells all it sees; answers `ping <n>` with `pong <n>`.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    events: VecDeque<Seen>,
    outgoing: VecDeque<Outgoing>,
    timer: Option<Instant>,
    sticky: bool,
    timeouts: usize,
    finished: bool,
    fault: Option<ProtocolFault>,
    subscriptions: SubscriptionCounts,
    queued_bytes: usize,
    stale: Vec<StaleStream>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Opened(u64),
    Text(String),
    Binary(Vec<u8>),
    Timeout,
    Closed(CloseReason),
}

#[derive(Debug)]
pub(crate) enum Ask {
    Say(String),
    SayBinary(Vec<u8>),
    Arm(Duration),
    /// Arms a timer that stays in the past, against the contract.
    StickTimer,
    Finish,
    /// Gives the connection up.
    Fault(ProtocolFault),
    Subscriptions(SubscriptionCounts),
    /// Reports this number of waiting bytes.
    QueuedBytes(usize),
    Stale(StaleStream),
}

impl Probe {
    /// How often `handle_timeout` was called.
    pub(crate) fn timeouts(&self) -> usize {
        self.timeouts
    }
}

impl Protocol for Probe {
    type Command = Ask;
    type Event = Seen;

    fn on_open(&mut self, generation: u64, _now: Instant) {
        self.outgoing.clear();
        self.events.push_back(Seen::Opened(generation));
    }

    fn handle_command(&mut self, now: Instant, command: Ask) {
        match command {
            Ask::Say(text) => self.outgoing.push_back(Outgoing::Text(text)),
            Ask::SayBinary(data) => self.outgoing.push_back(Outgoing::Binary(data.into())),
            Ask::Arm(after) => self.timer = Some(now + after),
            Ask::StickTimer => {
                self.timer = Some(now);
                self.sticky = true;
            }
            Ask::Finish => self.finished = true,
            Ask::Fault(fault) => self.fault = Some(fault),
            Ask::Subscriptions(counts) => self.subscriptions = counts,
            Ask::QueuedBytes(bytes) => self.queued_bytes = bytes,
            Ask::Stale(stream) => self.stale.push(stream),
        }
    }

    fn handle_text(&mut self, _now: Instant, text: &str) {
        if let Some(number) = text.strip_prefix("ping ") {
            self.outgoing
                .push_back(Outgoing::Text(format!("pong {number}")));
        }
        self.events.push_back(Seen::Text(text.to_owned()));
    }

    fn handle_binary(&mut self, _now: Instant, data: &[u8]) {
        self.events.push_back(Seen::Binary(data.to_vec()));
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.timeouts += 1;
        if !self.sticky && self.timer.is_some_and(|at| at <= now) {
            self.timer = None;
            self.events.push_back(Seen::Timeout);
        }
    }

    fn handle_close(&mut self, _now: Instant, reason: &CloseReason) {
        self.events.push_back(Seen::Closed(reason.clone()));
    }

    fn poll_transmit(&mut self) -> Option<Outgoing> {
        self.outgoing.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timer
    }

    fn poll_event(&mut self) -> Option<Seen> {
        self.events.pop_front()
    }

    fn poll_fault(&mut self) -> Option<ProtocolFault> {
        self.fault.take()
    }

    fn subscriptions(&self) -> SubscriptionCounts {
        self.subscriptions
    }

    fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    fn stale_streams(&self, _now: Instant) -> Vec<StaleStream> {
        self.stale.clone()
    }

    fn status(&self) -> Status {
        if self.finished {
            Status::Finished
        } else {
            Status::Ready
        }
    }
}

/// A driven probe.
pub(crate) struct Driven {
    pub(crate) commands: mpsc::Sender<Ask>,
    pub(crate) events: mpsc::UnboundedReceiver<Seen>,
    pub(crate) task: JoinHandle<(Driver<Probe>, CloseReason)>,
}

impl Driven {
    /// Drives a probe over `socket`, as generation 1.
    pub(crate) fn over<S>(socket: Socket<S>, options: &TransportOptions) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (commands, receiver) = mpsc::channel(16);
        let (events, seen) = mpsc::unbounded_channel();
        let mut driver = Driver::new(Probe::default(), receiver, options.clone());
        let task = tokio::spawn(async move {
            let on_event = |event| events.send(event).unwrap_or_default();
            let reason = driver.drive(socket, 1, on_event).await;
            (driver, reason)
        });
        Self {
            commands,
            events: seen,
            task,
        }
    }

    pub(crate) async fn next(&mut self) -> Seen {
        self.events.recv().await.unwrap()
    }

    pub(crate) async fn expect_text(&mut self, text: &str) {
        assert_eq!(self.next().await, Seen::Text(text.into()));
    }

    pub(crate) async fn say(&self, text: &str) {
        self.commands.send(Ask::Say(text.into())).await.unwrap();
    }

    /// Waits for the end and returns its reason; the protocol's last call must have got the same.
    pub(crate) async fn reason(mut self) -> CloseReason {
        let (_, reason) = self.task.await.unwrap();
        let mut last = None;
        while let Ok(seen) = self.events.try_recv() {
            last = Some(seen);
        }
        assert_eq!(last, Some(Seen::Closed(reason.clone())));
        reason
    }
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new("wss://venue.test/socket?auth=hunter2").unwrap()
}

/// A driven probe that has reported its opening, and its server, over a pipe of `capacity` bytes.
///
/// With the feature `deflate` either compresses what it sends.
pub(crate) async fn pair(options: &TransportOptions, capacity: usize) -> (Driven, Server) {
    let (socket, server) = socket_pair(options, capacity).await;
    let mut driven = Driven::over(socket, options);
    assert_eq!(driven.next().await, Seen::Opened(1));
    (driven, server)
}

/// As [`pair`], with the server's naked end of the pipe.
pub(crate) async fn raw_pair(
    options: &TransportOptions,
    capacity: usize,
) -> (Driven, DuplexStream) {
    let (socket, far) = raw_socket_pair(&layered(options), capacity).await;
    let mut driven = Driven::over(socket, options);
    assert_eq!(driven.next().await, Seen::Opened(1));
    (driven, far)
}

/// A socket and its server, as [`pair`].
pub(crate) async fn socket_pair(
    options: &TransportOptions,
    capacity: usize,
) -> (Socket<DuplexStream>, Server) {
    let (socket, far) = raw_socket_pair(&packed(options), capacity).await;
    (socket, serve(far).await)
}

/// The server of an upgraded stream.
pub(crate) type Server = WebSocketStream<Wire>;

#[cfg(feature = "deflate")]
type Wire = crate::deflating::Deflating<DuplexStream>;
#[cfg(not(feature = "deflate"))]
type Wire = DuplexStream;

/// Serves a stream whose client was [`packed`].
pub(crate) async fn serve(stream: DuplexStream) -> Server {
    #[cfg(feature = "deflate")]
    let stream = Wire::new(stream, crate::deflating::Choice::default());
    WebSocketStream::from_raw_socket(stream, Role::Server, None).await
}

async fn raw_socket_pair(
    options: &TransportOptions,
    capacity: usize,
) -> (Socket<DuplexStream>, DuplexStream) {
    let (near, mut far) = tokio::io::duplex(capacity);
    let accept = async {
        let request = read_request(&mut far).await;
        far.write_all(switching(&request).as_bytes()).await.unwrap();
    };
    let endpoint = endpoint();
    let (socket, ()) = tokio::join!(upgrade(near, &endpoint, options), accept);
    (socket.unwrap(), far)
}

/// A server's frame: `first` is the byte of FIN and opcode.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u16::try_from(payload.len()).unwrap() {
        short @ 0..126 => frame.push(u8::try_from(short).unwrap()),
        long => {
            frame.push(126);
            frame.extend(long.to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

/// Reads a client's close frame and returns its code.
pub(crate) async fn close_code(stream: &mut (impl AsyncRead + Unpin)) -> u16 {
    let mut header = [0; 6];
    stream.read_exact(&mut header).await.unwrap();
    assert_eq!(
        header[..2],
        [0x88, 0x82],
        "a masked close frame with a code"
    );
    let code = [
        stream.read_u8().await.unwrap() ^ header[2],
        stream.read_u8().await.unwrap() ^ header[3],
    ];
    u16::from_be_bytes(code)
}

/// Reads an HTTP request up to its empty line.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(request).unwrap()
}

/// With the feature `deflate` every test goes through its layer; what naked servers send and read
/// is plain all the same.
#[cfg(feature = "deflate")]
pub(crate) fn layered(options: &TransportOptions) -> TransportOptions {
    options.clone().compression(true)
}

#[cfg(not(feature = "deflate"))]
pub(crate) fn layered(options: &TransportOptions) -> TransportOptions {
    options.clone()
}

/// As [`layered`], and all that is sent is compressed.
#[cfg(feature = "deflate")]
pub(crate) fn packed(options: &TransportOptions) -> TransportOptions {
    layered(options).compress_sent(0)
}

#[cfg(not(feature = "deflate"))]
pub(crate) fn packed(options: &TransportOptions) -> TransportOptions {
    layered(options)
}

/// The answer that accepts `request`, and compression if it is offered.
pub(crate) fn switching(request: &str) -> String {
    let key = header(request, "sec-websocket-key").unwrap();
    let extension = match header(request, "sec-websocket-extensions") {
        Some(_) => "Sec-WebSocket-Extensions: permessage-deflate\r\n",
        None => "",
    };
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{extension}\
         Sec-WebSocket-Accept: {}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    )
}

/// The value of a header of a request.
pub(crate) fn header(request: &str, name: &str) -> Option<String> {
    request.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}
