//! The venues under a supervisor, against loopback servers whose messages are numbered.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, time::Duration};

use tokio::{sync::mpsc, task::JoinHandle, time::timeout};
use tv_examples::venue::{
    VenueCommand, VenueEvent,
    binance::Binance,
    ledger::Ledger,
    mexc::Mexc,
    quotes::Quotes,
    server::{Behaviour, SYMBOL, VenueKind, VenueServer},
};
use tv_transport::{
    End, Endpoint, Outgoing, Protocol, ReconnectPolicy, Supervisor, SupervisorConfig,
    SupervisorEvent, SupervisorHandle, conformance::Conformance,
};
use venue::StreamKind;

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
        let delivered = ledger.accounts().filter(|(_, of)| of.delivered > 10);
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

#[tokio::test]
async fn binance_serves_confirms_rejects_and_unsubscribes() {
    let mut rig = Rig::start(Binance::default(), VenueKind::Binance, Behaviour::default()).await;
    rig.subscribe(&["btcusdt@trade", "ethusdt@depth"]).await;
    let mut seen = BTreeMap::new();
    while seen.len() < 2 {
        if let VenueEvent::Message(message) = rig.next().await {
            assert!((message.price - 0.5).fract() == 0.0 && message.time > 0);
            seen.insert(message.stream.id, message.stream.kind);
        }
    }
    assert_eq!(seen["btcusdt@trade"], StreamKind::Trades);
    assert_eq!(seen["ethusdt@depth"], StreamKind::OrderBook);
    let health = rig.handle.health().await;
    assert!(health.is_ready, "{health:?}");
    assert_eq!(health.subscriptions.confirmed, 2);

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
async fn mexc_serves_confirms_and_rejects() {
    let mut rig = Rig::start(Mexc::default(), VenueKind::Mexc, Behaviour::default()).await;
    let stream = "spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT";
    rig.subscribe(&[stream, "spot@bad"]).await;
    let VenueEvent::Error(error) = rig.next().await else {
        unreachable!("both were asked for in one message, which is refused as a whole")
    };
    assert_eq!(error.class(), "subscription");
    rig.subscribe(&[stream]).await;
    loop {
        match rig.next().await {
            VenueEvent::Message(message) => {
                assert_eq!(message.stream.kind, StreamKind::Trades);
                break;
            }
            VenueEvent::Error(error) => assert_eq!(error.class(), "subscription"),
            lost @ VenueEvent::Lost { .. } => unreachable!("{lost:?}"),
        }
    }
    assert_eq!(rig.handle.health().await.subscriptions.confirmed, 1);
    rig.close().await;
}

#[tokio::test]
async fn binance_survives_trouble() {
    survive(
        Binance::default(),
        VenueKind::Binance,
        &["a@trade", "b@trade", "c@depth"],
    )
    .await;
}

#[tokio::test]
async fn mexc_survives_trouble() {
    survive(
        Mexc::default(),
        VenueKind::Mexc,
        &["spot@deals@A", "spot@deals@B"],
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
