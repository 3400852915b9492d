//! A loopback server that speaks as the three venues do, with numbered messages and faults by seed.
//!
//! Each stream counts up whether or not a client listens, so that a client that was away misses
//! numbers and must report it. The formats are those of the venues' public documentation.

mod binance;
mod mexc;

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::Deserialize;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{Instant, interval, sleep, sleep_until},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{CloseFrame, WebSocketConfig},
    },
};

use super::{
    Depth,
    feed::{self, Feed},
};

/// Which venue the server stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VenueKind {
    /// JSON, combined streams.
    Binance,
    /// JSON control, protobuf data.
    Mexc,
    /// TradingView's frames: a greeting, quotes of one symbol, heartbeats.
    Quotes,
}

/// The one symbol of [`VenueKind::Quotes`].
pub const SYMBOL: &str = "SIM:ONE";

/// How the server behaves.
#[derive(Clone, Copy, Debug)]
pub struct Behaviour {
    /// The pause between two messages of a stream.
    pub pace: Duration,
    /// Makes trouble by this seed: each connection ends in some way after a while.
    pub faults: Option<u64>,
    /// The longest that a connection lives if there are faults.
    pub longest_life: Duration,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            pace: Duration::from_millis(10),
            faults: None,
            longest_life: Duration::from_secs(5),
        }
    }
}

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub struct VenueServer {
    kind: VenueKind,
    address: SocketAddr,
    numbers: Numbers,
    cuts: watch::Sender<u64>,
    _tasks: JoinSet<()>,
}

/// The latest number of each stream.
type Numbers = Arc<Mutex<BTreeMap<String, u64>>>;

impl VenueServer {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub async fn start(kind: VenueKind, behaviour: Behaviour) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let numbers = Numbers::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(count(Arc::clone(&numbers), behaviour.pace));
        let (cuts, cut) = watch::channel(0);
        tasks.spawn(accept(listener, kind, behaviour, Arc::clone(&numbers), cut));
        Ok(Self {
            kind,
            address,
            numbers,
            cuts,
            _tasks: tasks,
        })
    }

    /// Where it listens, as a WebSocket URL with the venue's path.
    #[must_use]
    pub fn url(&self) -> String {
        let path = match self.kind {
            VenueKind::Binance => "stream",
            VenueKind::Mexc | VenueKind::Quotes => "ws",
        };
        format!("ws://{}/{path}", self.address)
    }

    /// Cuts every connection without a close frame.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// The latest number of a stream, as [`VenueMessage::numbers`](super::VenueMessage::numbers)
    /// counts.
    #[must_use]
    pub fn latest(&self, stream: &str) -> u64 {
        let n = self.messages(stream);
        let is_text = self.kind == VenueKind::Mexc && !stream.contains(".pb");
        match Feed::of(stream) {
            // A text is one version.
            Feed::Differences if is_text => n,
            feed => feed.last_number(n),
        }
    }

    /// The whole order book of a stream of differences, as the venue gives it on an HTTP request.
    #[must_use]
    pub fn book(&self, stream: &str) -> Depth {
        let mut book = feed::book(self.messages(stream));
        book.number = self.latest(stream);
        book
    }

    /// How many messages a stream has had.
    fn messages(&self, stream: &str) -> u64 {
        let numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        numbers.get(stream).copied().unwrap_or_default()
    }
}

/// Counts every stream up.
async fn count(numbers: Numbers, pace: Duration) {
    let mut tick = interval(pace);
    loop {
        tick.tick().await;
        let mut numbers = numbers.lock().unwrap_or_else(PoisonError::into_inner);
        for number in numbers.values_mut() {
            *number += 1;
        }
    }
}

async fn accept(
    listener: TcpListener,
    kind: VenueKind,
    behaviour: Behaviour,
    numbers: Numbers,
    cut: watch::Receiver<u64>,
) {
    let mut connections = JoinSet::new();
    let mut random = StdRng::seed_from_u64(behaviour.faults.unwrap_or_default());
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let life = behaviour.faults.map(|_| {
            let most = behaviour
                .longest_life
                .as_millis()
                .try_into()
                .unwrap_or(u64::MAX);
            Duration::from_millis(random.random_range(0..=most))
        });
        let end = End::draw(&mut random);
        let talk = Talk::new(kind, behaviour.pace, Arc::clone(&numbers));
        let mut cut = cut.clone();
        cut.mark_unchanged();
        connections.spawn(async move {
            // A client that leaves ends it, too.
            tokio::select! {
                _ = serve(stream, talk, life, end) => {}
                _ = cut.changed() => {}
            }
        });
    }
}

/// How a connection of a faulty server ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// Without a close frame.
    Cut,
    /// With this close code.
    Close(u16),
    /// With bytes that form no frame.
    Garbage,
    /// Before it begins: the upgrade is refused.
    Refused,
}

impl End {
    fn draw(random: &mut StdRng) -> Self {
        match random.random_range(0..10) {
            0..5 => Self::Cut,
            5 => Self::Close(1001),
            6 => Self::Close(1011),
            7 => Self::Close(1000),
            8 => Self::Garbage,
            _ => Self::Refused,
        }
    }
}

async fn serve(
    mut stream: TcpStream,
    talk: Talk,
    life: Option<Duration>,
    end: End,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    use tokio::io::AsyncWriteExt;
    if life.is_some() && matches!(end, End::Refused) {
        let refusal = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(refusal).await?;
        return Ok(());
    }
    stream.set_nodelay(true)?;
    // The library's own default would be 128 KiB.
    let config = WebSocketConfig::default().read_buffer_size(8 << 10);
    let mut socket = tokio_tungstenite::accept_async_with_config(stream, Some(config)).await?;
    let Some(life) = life else {
        return talk.run(&mut socket).await;
    };
    let until = Instant::now() + life;
    tokio::select! {
        result = talk.run(&mut socket) => return result,
        () = sleep_until(until) => {}
    }
    match end {
        End::Cut | End::Refused => {}
        End::Close(code) => {
            let frame = CloseFrame {
                code: code.into(),
                reason: "".into(),
            };
            socket.close(Some(frame)).await?;
            while let Some(Ok(_)) = socket.next().await {}
        }
        End::Garbage => {
            socket.get_mut().write_all(&[0xff; 16]).await?;
            sleep(Duration::from_millis(10)).await;
        }
    }
    Ok(())
}

/// One conversation.
struct Talk {
    kind: VenueKind,
    pace: Duration,
    numbers: Numbers,
    /// The streams that the client wants, and the last number that it was sent.
    wanted: BTreeMap<String, u64>,
    heartbeat: u64,
}

/// What a client of either JSON venue sends.
#[derive(Deserialize)]
struct Control {
    method: String,
    #[serde(default)]
    params: Vec<String>,
    #[serde(default)]
    id: u64,
}

impl Talk {
    fn new(kind: VenueKind, pace: Duration, numbers: Numbers) -> Self {
        Self {
            kind,
            pace,
            numbers,
            wanted: BTreeMap::new(),
            heartbeat: 0,
        }
    }

    async fn run(
        mut self,
        socket: &mut WebSocketStream<TcpStream>,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        if self.kind == VenueKind::Quotes {
            let hello = r#"{"session_id":"0.1.1_loopback","release":"r","protocol":"json"}"#;
            socket.send(framed(hello)).await?;
            self.want(SYMBOL);
        }
        let mut tick = interval(self.pace);
        loop {
            tokio::select! {
                _ = tick.tick() => self.send_data(socket).await?,
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) if self.kind != VenueKind::Quotes => {
                        if let Some(answer) = self.control(&text) {
                            socket.send(Message::text(answer)).await?;
                        }
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
                    Some(Ok(_)) => {}
                }
            }
        }
    }

    fn want(&mut self, stream: &str) {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let latest = *numbers.entry(stream.to_owned()).or_insert(1);
        self.wanted.insert(stream.to_owned(), latest);
    }

    /// Does what the client asks, and returns the answer. Streams named `bad…` are refused.
    fn control(&mut self, text: &str) -> Option<String> {
        let control: Control = serde_json::from_str(text).ok()?;
        let is_bad = |stream: &String| stream.contains("bad");
        let refused = control.params.iter().any(is_bad);
        match control.method.as_str() {
            "SUBSCRIBE" | "SUBSCRIPTION" if !refused => {
                for stream in &control.params {
                    self.want(stream);
                }
            }
            "UNSUBSCRIBE" | "UNSUBSCRIPTION" => {
                for stream in &control.params {
                    self.wanted.remove(stream);
                }
            }
            _ => {}
        }
        match self.kind {
            VenueKind::Binance => Some(binance::answer(&control, refused)),
            VenueKind::Mexc => Some(mexc::answer(&control, refused)),
            VenueKind::Quotes => None,
        }
    }

    /// Sends every number that each wanted stream has reached since.
    async fn send_data(
        &mut self,
        socket: &mut WebSocketStream<TcpStream>,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut messages = Vec::new();
        {
            let numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
            for (stream, sent) in &mut self.wanted {
                let latest = numbers.get(stream).copied().unwrap_or_default();
                for number in *sent + 1..=latest {
                    messages.push(data(self.kind, stream, number));
                }
                *sent = latest;
            }
        }
        for message in messages {
            socket.feed(message).await?;
        }
        if self.kind == VenueKind::Quotes {
            self.heartbeat += 1;
            if self.heartbeat.is_multiple_of(100) {
                socket
                    .feed(framed(&format!("~h~{}", self.heartbeat)))
                    .await?;
            }
        }
        socket.flush().await?;
        Ok(())
    }
}

/// A numbered message of a stream.
fn data(kind: VenueKind, stream: &str, number: u64) -> Message {
    let time = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |time| {
            i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
        });
    match kind {
        VenueKind::Binance => Message::text(binance::message(stream, number, time)),
        VenueKind::Mexc => mexc::message(stream, number, time),
        VenueKind::Quotes => framed(&format!(
            r#"{{"m":"qsd","p":["qs_loopback",{{"n":"{stream}","s":"ok","v":{{"lp":{number}}}}}]}}"#
        )),
    }
}

/// TradingView's frame; the payloads here are ASCII, so that bytes are its units.
fn framed(payload: &str) -> Message {
    Message::text(format!("~m~{}~m~{payload}", payload.len()))
}
