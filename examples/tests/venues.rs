//! The venues under a supervisor, against loopback servers whose messages are numbered.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::{sync::mpsc, task::JoinHandle, time::timeout};
use tv_examples::venue::{
    Candle, Depth, Trade, VenueCommand, VenueData, VenueEvent, VenueMessage,
    binance::Binance,
    book::{Applied, Book},
    feed::{self, Feed},
    ledger::Ledger,
    mexc::Mexc,
    quotes::Quotes,
    server::{Behaviour, SYMBOL, VenueKind, VenueServer},
};
use tv_transport::{
    End, Endpoint, Outgoing, Protocol, ReconnectPolicy, Supervisor, SupervisorConfig,
    SupervisorEvent, SupervisorHandle, conformance::Conformance,
};
use venue::{Pool, PoolConfig, PoolEvent, StreamKind};

/// A supervised venue and its server.
struct Rig {
    commands: mpsc::Sender<VenueCommand>,
    events: mpsc::UnboundedReceiver<VenueEvent>,
    handle: SupervisorHandle,
    server: VenueServer,
    task: JoinHandle<End>,
}

impl Rig {
    async fn start<P>(protocol: P, kind: VenueKind, behaviour: Behaviour) -> Self
    where
        P: Protocol<Command = VenueCommand, Event = VenueEvent> + Send + 'static,
    {
        let server = VenueServer::start(kind, behaviour).await.unwrap();
        let policy = ReconnectPolicy::default()
            .first_delay(Duration::from_millis(20))
            .reconnect_delay(Duration::from_millis(50))
            .longest_delay(Duration::from_millis(100));
        let endpoint = Endpoint::new(&server.url()).unwrap();
        let config = SupervisorConfig::new("venue", endpoint)
            .policy(policy)
            .seed(1);
        let (commands, receiver) = mpsc::channel(16);
        let mut supervisor = Supervisor::new(protocol, receiver, config);
        let handle = supervisor.handle();
        let (sender, events) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            let on_event = |event| {
                if let SupervisorEvent::Protocol(event) = event {
                    sender.send(event).unwrap_or_default();
                }
            };
            supervisor.run(on_event).await
        });
        Self {
            commands,
            events,
            handle,
            server,
            task,
        }
    }

    async fn subscribe(&self, streams: &[&str]) {
        let streams = streams.iter().map(|stream| (*stream).to_owned()).collect();
        self.commands
            .send(VenueCommand::Subscribe(streams))
            .await
            .unwrap();
    }

    async fn next(&mut self) -> VenueEvent {
        timeout(Duration::from_secs(120), self.events.recv())
            .await
            .unwrap()
            .unwrap()
    }

    async fn close(self) {
        self.handle.close().await;
        assert_eq!(self.task.await.unwrap(), End::Closed);
    }
}

/// Connections that end in every way for some seconds: delivered and reported lost is what was
/// sent.
async fn survive<P>(protocol: P, kind: VenueKind, streams: &[&str])
where
    P: Protocol<Command = VenueCommand, Event = VenueEvent> + Send + 'static,
{
    let behaviour = Behaviour {
        faults: Some(7),
        longest_life: Duration::from_millis(600),
        ..Behaviour::default()
    };
    let mut rig = Rig::start(protocol, kind, behaviour).await;
    rig.subscribe(streams).await;
    let mut ledger = Ledger::default();
    loop {
        ledger.take(&rig.next().await);
        let delivered = ledger.accounts().filter(|(_, of)| of.messages > 10);
        if ledger.is_settled()
            && delivered.count() == streams.len()
            && rig.handle.health().await.metrics.reconnections >= 10
        {
            break;
        }
    }
    for (stream, account) in ledger.accounts() {
        assert!(account.balances(), "{stream}: {account:?}");
        assert!(
            account.last <= rig.server.latest(stream),
            "{stream}: {account:?}"
        );
    }
    rig.close().await;
}

/// Messages of the server's market that a test may meet.
const MESSAGES: u64 = 5_000;

/// Whether a message is what the server's market says. Venues leave out different parts.
fn is_true(message: &VenueMessage) -> bool {
    match &message.data {
        VenueData::Trades(trades) => trades.iter().all(|trade| {
            let time = trade.time.unwrap_or_default();
            let is_it = |n| {
                let number = trade.number;
                let truth = feed::trade(n, time);
                *trade == Trade { number, ..truth } && number.is_none_or(|number| number == n)
            };
            time > 0 && (1..MESSAGES).any(is_it)
        }),
        VenueData::Difference { first, depth } => (1..MESSAGES).any(|n| {
            let changes = feed::changes(n);
            let covered = depth.number - first + 1;
            let numbers = [(n, 1), (n * Feed::CHANGES, Feed::CHANGES)];
            numbers.contains(&(depth.number, covered))
                && (&depth.bids, &depth.asks) == (&changes.bids, &changes.asks)
        }),
        VenueData::Snapshot(depth) => (1..MESSAGES).any(|n| {
            let mut book = feed::book(n);
            book.bids.truncate(5);
            book.asks.truncate(5);
            [n, n * Feed::CHANGES].contains(&depth.number)
                && (&depth.bids, &depth.asks) == (&book.bids, &book.asks)
        }),
        VenueData::Candle(candle) => (1..MESSAGES).any(|n| {
            let truth = feed::candle(n);
            let is_closed = candle.is_closed;
            *candle == Candle { is_closed, ..truth }
                && is_closed.is_none_or(|closed| truth.is_closed == Some(closed))
        }),
    }
}

/// Streams until each has sent some messages, all of them true; the kind of each stream.
async fn true_messages(rig: &mut Rig, streams: &[&str]) -> BTreeMap<String, StreamKind> {
    let mut seen: BTreeMap<String, (u32, StreamKind)> = BTreeMap::new();
    // A bar and more.
    while seen.len() < streams.len() || seen.values().any(|(count, _)| *count < 6) {
        match rig.next().await {
            VenueEvent::Message(message) => {
                assert!(is_true(&message), "{message:?}");
                let kind = message.stream.kind;
                let (count, known) = seen.entry(message.stream.id).or_insert((0, kind));
                *count += 1;
                assert_eq!(*known, kind);
            }
            other => unreachable!("{other:?}"),
        }
    }
    seen.into_iter()
        .map(|(stream, (_, kind))| (stream, kind))
        .collect()
}

#[tokio::test]
async fn binance_serves_trades_books_and_klines() {
    let mut rig = Rig::start(Binance::default(), VenueKind::Binance, Behaviour::default()).await;
    let streams = [
        "btcusdt@trade",
        "btcusdt@depth",
        "btcusdt@depth5",
        "btcusdt@kline_1m",
    ];
    rig.subscribe(&streams).await;
    let kinds = true_messages(&mut rig, &streams).await;
    assert_eq!(kinds["btcusdt@trade"], StreamKind::Trades);
    assert_eq!(kinds["btcusdt@depth"], StreamKind::OrderBook);
    assert_eq!(kinds["btcusdt@depth5"], StreamKind::OrderBook);
    assert_eq!(kinds["btcusdt@kline_1m"], StreamKind::Candles);
    let health = rig.handle.health().await;
    assert!(health.is_ready, "{health:?}");
    assert_eq!(health.subscriptions.confirmed, 4);
    rig.close().await;
}

#[tokio::test]
async fn mexc_serves_deals_books_and_klines_in_both_formats() {
    let mut rig = Rig::start(Mexc::default(), VenueKind::Mexc, Behaviour::default()).await;
    let streams = [
        "spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT",
        "spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT",
        "spot@public.limit.depth.v3.api.pb@BTCUSDT@5",
        "spot@public.kline.v3.api.pb@BTCUSDT@Min1",
        "spot@public.deals.v3.api@BTCUSDT",
        "spot@public.increase.depth.v3.api@BTCUSDT",
        "spot@public.limit.depth.v3.api@BTCUSDT@5",
        "spot@public.kline.v3.api@BTCUSDT@Min1",
    ];
    rig.subscribe(&streams).await;
    let kinds = true_messages(&mut rig, &streams).await;
    let of = |kind| kinds.values().filter(|known| **known == kind).count();
    let counts = [
        StreamKind::Trades,
        StreamKind::OrderBook,
        StreamKind::Candles,
    ]
    .map(of);
    assert_eq!(counts, [2, 4, 2]);
    assert_eq!(rig.handle.health().await.subscriptions.confirmed, 8);
    rig.close().await;
}

#[test]
fn a_message_that_the_market_does_not_say_is_noticed() {
    let message = |data| VenueMessage {
        stream: venue::StreamInfo {
            id: "a@depth".to_owned(),
            kind: StreamKind::OrderBook,
        },
        time: None,
        data,
    };
    let depth = feed::changes(7);
    let right = VenueData::Difference {
        first: depth.number - 1,
        depth: depth.clone(),
    };
    assert!(is_true(&message(right)));
    let mut wrong = vec![VenueData::Trades(vec![Trade {
        price: 1.0,
        ..feed::trade(7, 1)
    }])];
    let bids = depth.asks.clone();
    let swapped = Depth { bids, ..depth };
    wrong.push(VenueData::Difference {
        first: swapped.number - 1,
        depth: swapped,
    });
    let candle = feed::candle(7);
    wrong.push(VenueData::Candle(Candle {
        high: candle.low,
        ..candle
    }));
    let mut book = feed::book(40);
    book.bids.truncate(4);
    wrong.push(VenueData::Snapshot(book));
    for data in wrong {
        let message = message(data);
        assert!(!is_true(&message), "{message:?}");
    }
}

/// Keeps an order book over cuts, as the venues describe it: differences from the stream, a whole
/// book on request whenever changes are missing. It is the market's after each difference.
async fn keep_book<P>(protocol: P, kind: VenueKind, stream: &str, changes: u64)
where
    P: Protocol<Command = VenueCommand, Event = VenueEvent> + Send + 'static,
{
    let mut rig = Rig::start(protocol, kind, Behaviour::default()).await;
    rig.subscribe(&[stream]).await;
    let mut book = Book::default();
    let (mut right, mut gaps) = (0, 0);
    while gaps < 3 || right < 100 {
        let VenueEvent::Message(message) = rig.next().await else {
            continue;
        };
        let VenueData::Difference { first, depth } = message.data else {
            unreachable!("{message:?}")
        };
        match book.difference(first, depth) {
            Applied::Yes => right += 1,
            Applied::Old => continue,
            Applied::Gap | Applied::Waits => {
                book.snapshot(&rig.server.book(stream));
            }
        }
        if let Some(kept) = book.depth() {
            let truth = feed::book(kept.number / changes);
            assert_eq!((&kept.bids, &kept.asks), (&truth.bids, &truth.asks));
        }
        if right % 30 == 29 {
            rig.server.cut();
            gaps += 1;
            right += 1;
        }
    }
    rig.close().await;
}

#[tokio::test]
async fn the_order_book_of_binance_is_kept_over_cuts() {
    let (venue, changes) = (Binance::default(), Feed::CHANGES);
    keep_book(venue, VenueKind::Binance, "btcusdt@depth", changes).await;
}

#[tokio::test]
async fn the_order_book_of_mexc_is_kept_over_cuts_in_both_formats() {
    for (stream, changes) in [
        (
            "spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT",
            Feed::CHANGES,
        ),
        ("spot@public.increase.depth.v3.api@BTCUSDT", 1),
    ] {
        keep_book(Mexc::default(), VenueKind::Mexc, stream, changes).await;
    }
}

#[tokio::test]
async fn binance_confirms_rejects_and_unsubscribes() {
    let mut rig = Rig::start(Binance::default(), VenueKind::Binance, Behaviour::default()).await;
    rig.subscribe(&["btcusdt@trade", "ethusdt@depth"]).await;
    true_messages(&mut rig, &["btcusdt@trade", "ethusdt@depth"]).await;
    rig.subscribe(&["bad@trade"]).await;
    let rejected = loop {
        if let VenueEvent::Error(error) = rig.next().await {
            break error;
        }
    };
    assert_eq!(rejected.class(), "subscription");
    assert!(
        rejected.to_string().contains("no such stream"),
        "{rejected}"
    );

    let gone = vec!["btcusdt@trade".to_owned()];
    rig.commands
        .send(VenueCommand::Unsubscribe(gone))
        .await
        .unwrap();
    // Until the venue has confirmed it.
    while rig.handle.health().await.subscriptions.unsubscribing > 0
        || rig.handle.health().await.subscriptions.wanted() > 1
    {
        rig.next().await;
    }
    while rig.events.try_recv().is_ok() {}
    for _ in 0..20 {
        let VenueEvent::Message(message) = rig.next().await else {
            continue;
        };
        assert_eq!(message.stream.id, "ethusdt@depth");
    }
    assert_eq!(rig.handle.health().await.subscriptions.wanted(), 1);
    rig.close().await;
}

#[tokio::test]
async fn mexc_confirms_and_rejects() {
    let mut rig = Rig::start(Mexc::default(), VenueKind::Mexc, Behaviour::default()).await;
    let stream = "spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT";
    rig.subscribe(&[stream, "spot@bad"]).await;
    for _ in 0..2 {
        let VenueEvent::Error(error) = rig.next().await else {
            unreachable!("both were requested in one message, which is refused as a whole")
        };
        assert_eq!(error.class(), "subscription");
    }
    rig.subscribe(&[stream]).await;
    true_messages(&mut rig, &[stream]).await;
    assert_eq!(rig.handle.health().await.subscriptions.confirmed, 1);
    rig.close().await;
}

/// Twelve streams over connections of four each, which are all cut once: every stream is served, in
/// order and by one connection.
#[tokio::test]
async fn a_pool_serves_more_streams_than_one_connection_may_carry() {
    let server = VenueServer::start(VenueKind::Binance, Behaviour::default())
        .await
        .unwrap();
    let endpoint = Endpoint::new(&server.url()).unwrap();
    let policy = ReconnectPolicy::default().first_delay(Duration::from_millis(20));
    let config = PoolConfig::new(SupervisorConfig::new("binance", endpoint).policy(policy))
        .streams_per_connection(4)
        .connections(3);
    let (sender, mut events) = mpsc::unbounded_channel();
    let pool = Pool::new(
        config,
        |commands, config| Supervisor::new(Binance::default(), commands, config),
        move |event| sender.send(event).unwrap_or_default(),
    );
    let streams: BTreeSet<String> = (0..12).map(|n| format!("coin{n}@trade")).collect();
    pool.subscribe(streams.clone()).unwrap();
    assert!(pool.subscribe(["more@trade".to_owned()]).is_err());
    let mut ledgers: BTreeMap<usize, Ledger> = BTreeMap::new();
    let mut cut = false;
    loop {
        let event = timeout(Duration::from_secs(20), events.recv()).await;
        let PoolEvent::Connection { connection, event } = event.unwrap().unwrap() else {
            unreachable!("no connection ends")
        };
        if let SupervisorEvent::Protocol(event) = event {
            ledgers.entry(connection).or_default().take(&event);
        }
        let settled = ledgers.len() == 3 && ledgers.values().all(Ledger::is_settled);
        let accounts = || ledgers.values().flat_map(Ledger::accounts);
        let enough =
            |least| accounts().count() == 12 && accounts().all(|(_, of)| of.messages > least);
        if !cut && enough(10) {
            server.cut();
            cut = true;
        } else if cut && settled && enough(40) {
            break;
        }
    }
    let mut served = BTreeSet::new();
    for ledger in ledgers.values() {
        assert_eq!(ledger.accounts().count(), 4);
        for (stream, account) in ledger.accounts() {
            assert!(account.balances(), "{stream}: {account:?}");
            assert!(served.insert(stream.to_owned()), "{stream} comes twice");
        }
    }
    assert_eq!(served, streams);
    let reconnected = pool.health().await;
    assert!(
        reconnected
            .iter()
            .all(|health| health.metrics.reconnections == 1)
    );
    pool.close().await;
}

#[tokio::test]
async fn binance_survives_trouble() {
    survive(
        Binance::default(),
        VenueKind::Binance,
        &["a@trade", "b@depth", "c@kline_1m"],
    )
    .await;
}

#[tokio::test]
async fn mexc_survives_trouble() {
    survive(
        Mexc::default(),
        VenueKind::Mexc,
        &[
            "spot@public.aggre.depth.v3.api.pb@100ms@A",
            "spot@public.increase.depth.v3.api@B",
        ],
    )
    .await;
}

#[tokio::test]
async fn quotes_survive_trouble() {
    survive(Quotes::default(), VenueKind::Quotes, &[SYMBOL]).await;
}

fn subscribe() -> Vec<VenueCommand> {
    let streams = ["a@trade", "b@deals"].map(str::to_owned);
    vec![VenueCommand::Subscribe(streams.into())]
}

#[test]
fn binance_conforms() {
    let kit = Conformance::new(Binance::default)
        .commands(subscribe)
        .peer(|sent| {
            let Outgoing::Text(text) = sent else {
                return Vec::new();
            };
            let asked: serde_json::Value = serde_json::from_str(text).unwrap();
            vec![Outgoing::Text(format!(
                r#"{{"result":null,"id":{}}}"#,
                asked["id"]
            ))]
        });
    assert_eq!(kit.check(), Ok(()));
}

#[test]
fn mexc_conforms() {
    let kit = Conformance::new(Mexc::default)
        .commands(subscribe)
        .peer(|sent| {
            let Outgoing::Text(text) = sent else {
                return Vec::new();
            };
            let asked: serde_json::Value = serde_json::from_str(text).unwrap();
            let Some(streams) = asked["params"].as_array() else {
                return Vec::new();
            };
            let names: Vec<_> = streams.iter().filter_map(|name| name.as_str()).collect();
            vec![Outgoing::Text(format!(
                r#"{{"id":0,"code":0,"msg":"{}"}}"#,
                names.join(",")
            ))]
        });
    assert_eq!(kit.check(), Ok(()));
}

#[test]
fn quotes_conform() {
    let hello = r#"{"session_id":"0.1.1_loopback","release":"r","protocol":"json"}"#;
    let framed = format!("~m~{}~m~{hello}", hello.len());
    let kit = Conformance::new(Quotes::default).greeting(vec![Outgoing::Text(framed)]);
    assert_eq!(kit.check(), Ok(()));
}
