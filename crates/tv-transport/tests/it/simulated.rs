//! A simulated network: partitions, one-way losses, held packets and crashes by seed, with a ledger
//! of messages.
//!
//! `TV_TURMOIL_SEEDS` sets how many seeds are run (default 200), `TV_TURMOIL_FIRST` the first of
//! them.

use std::{cell::RefCell, rc::Rc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{
    io::AsyncWriteExt,
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::Role},
};
use turmoil::net::{TcpListener, TcpStream};
use tv_transport::{
    ConnectLimiter, Connector, DialError, End, Endpoint, IoFault, Socket, Stage, State, Supervisor,
    SupervisorConfig, SupervisorEvent, TransportOptions, upgrade,
};

use crate::{
    numbered::{Numbered, Report},
    support::{SECOND, read_request, switching},
};

/// Connects over the simulated network.
struct SimConnector;

impl Connector for SimConnector {
    type Stream = TcpStream;

    async fn connect(
        &mut self,
        endpoint: &Endpoint,
        options: &TransportOptions,
    ) -> Result<Socket<TcpStream>, DialError> {
        let stream = timeout(3 * SECOND, TcpStream::connect((endpoint.host(), PORT)))
            .await
            .map_err(|_| DialError::TimedOut { stage: Stage::Tcp })?
            .map_err(|error| DialError::Tcp(IoFault::from(&error)))?;
        upgrade(stream, endpoint, options).await
    }
}

const PORT: u16 = 443;
const TARGET: usize = 200;

/// Sends numbered messages from where the client says it stands, ten a second.
async fn serve() -> turmoil::Result {
    let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
    loop {
        let (mut stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let request = timeout(5 * SECOND, read_request(&mut stream)).await.ok()?;
            stream
                .write_all(switching(&request).as_bytes())
                .await
                .ok()?;
            let mut server = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
            let resume = server.next().await?.ok()?.into_text().ok()?;
            let mut number: usize = resume.strip_prefix("resume ")?.parse().ok()?;
            loop {
                tokio::select! {
                    () = sleep(Duration::from_millis(100)) => {
                        let text = Message::text(format!("{number} data"));
                        server.send(text).await.ok()?;
                        number += 1;
                    }
                    message = server.next() => { message?.ok()?; }
                }
            }
            #[expect(unreachable_code, reason = "names the type of the block")]
            Some(())
        });
    }
}

/// What a seed has led to.
#[derive(Debug, Default)]
struct Ledger {
    /// Messages handed on; each is the next number by the protocol's own check.
    received: usize,
    bad: Vec<String>,
    state: Option<State>,
    illegal: Vec<String>,
    connections: u64,
    end: Option<End>,
    /// From when the network was whole to the first message after, in virtual time.
    healed: bool,
}

async fn client(seed: u64, ledger: Rc<RefCell<Ledger>>) -> turmoil::Result {
    let options = TransportOptions::default()
        .connect_timeout(5 * SECOND)
        .silence_limit(4 * SECOND);
    client_with(seed, options, ledger).await
}

async fn client_with(
    seed: u64,
    options: TransportOptions,
    ledger: Rc<RefCell<Ledger>>,
) -> turmoil::Result {
    let config = SupervisorConfig::new("simulated", Endpoint::new("wss://server/")?)
        .transport(options)
        .limiter(ConnectLimiter::new(1))
        .seed(seed);
    let (_commands, receiver) = mpsc::channel(1);
    let mut supervisor =
        Supervisor::with_connector(Numbered::default(), receiver, config, SimConnector);
    let handle = supervisor.handle();
    let (reached, mut done) = mpsc::channel(1);
    let book = Rc::clone(&ledger);
    let run = supervisor.run(move |event| {
        let mut book = book.borrow_mut();
        match event {
            SupervisorEvent::Protocol(Report::Message(..)) => {
                book.received += 1;
                if book.received >= TARGET && book.healed {
                    // Full: the message is in the channel already.
                    let _ = reached.try_send(());
                }
            }
            SupervisorEvent::Protocol(Report::Bad(text)) => book.bad.push(text),
            SupervisorEvent::State(change) => {
                if !change.from.may_become(change.to)
                    || book.state.is_some_and(|s| s != change.from)
                {
                    book.illegal.push(format!("{change:?}"));
                }
                book.connections += u64::from(change.to == State::Connected);
                book.state = Some(change.to);
            }
            SupervisorEvent::RefreshAuth => {}
        }
    });
    let close = async {
        done.recv().await;
        let begun = tokio::time::Instant::now();
        handle.close().await;
        begun.elapsed()
    };
    let (end, closing) = tokio::join!(run, close);
    assert!(
        closing <= SECOND + Duration::from_millis(100),
        "closing took {closing:?}"
    );
    ledger.borrow_mut().end = Some(end);
    Ok(())
}

/// Disturbs the network for half a minute of virtual time, then heals it and waits for the client.
fn simulate(seed: u64) -> Ledger {
    let mut random = StdRng::seed_from_u64(seed);
    let mut sim = turmoil::Builder::new()
        .rng_seed(seed)
        .simulation_duration(Duration::from_secs(300))
        .tick_duration(Duration::from_millis(20))
        .min_message_latency(Duration::from_millis(1))
        .max_message_latency(Duration::from_millis(random.random_range(2..200)))
        .tcp_capacity(1 << 16)
        .build();
    sim.host("server", serve);
    let ledger = Rc::new(RefCell::new(Ledger::default()));
    sim.client("client", client(seed, Rc::clone(&ledger)));

    let trouble = Duration::from_secs(30);
    let mut next = Duration::from_millis(random.random_range(0..5000));
    let mut crashed = false;
    while sim.elapsed() < trouble {
        assert!(!sim.step().unwrap(), "seed {seed}: the client ended early");
        if sim.elapsed() < next {
            continue;
        }
        match random.random_range(0..8) {
            0 => sim.partition("client", "server"),
            1 => sim.partition_oneway("client", "server"),
            2 => sim.partition_oneway("server", "client"),
            3 => sim.hold("client", "server"),
            4 => sim.release("client", "server"),
            5 if crashed => {
                sim.bounce("server");
                crashed = false;
            }
            5 => {
                sim.crash("server");
                crashed = true;
            }
            _ => {
                sim.repair("client", "server");
                sim.release("client", "server");
            }
        }
        next = sim.elapsed() + Duration::from_millis(random.random_range(0..4000));
    }
    sim.repair("client", "server");
    sim.release("client", "server");
    if crashed {
        sim.bounce("server");
    }
    ledger.borrow_mut().healed = true;
    sim.run()
        .unwrap_or_else(|error| unreachable!("seed {seed}: {error}; {:?}", ledger.borrow()));
    drop(sim);
    Rc::try_unwrap(ledger).unwrap().into_inner()
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// F20, F21, F28, F55 and F57 in any mixture: nothing lost, nothing doubled, no illegal state, back
/// in the end.
#[test]
fn f20_f21_f28_f55_seeds_of_trouble() {
    let first = number("TV_TURMOIL_FIRST", 0);
    let seeds = number("TV_TURMOIL_SEEDS", 200);
    let mut connections = 0;
    for seed in first..first + seeds {
        let ledger = simulate(seed);
        assert!(ledger.received >= TARGET, "seed {seed}: {ledger:?}");
        assert_eq!(
            ledger.bad,
            Vec::<String>::new(),
            "seed {seed}: lost, doubled or damaged"
        );
        assert_eq!(ledger.illegal, Vec::<String>::new(), "seed {seed}");
        assert_eq!(ledger.end, Some(End::Closed), "seed {seed}");
        assert_eq!(ledger.state, Some(State::Closed), "seed {seed}");
        connections += ledger.connections;
    }
    assert!(
        connections > seeds,
        "there was no trouble: {connections} connections"
    );
}

#[test]
fn f21_one_way_loss_is_noticed_in_either_direction() {
    for (from, to) in [("client", "server"), ("server", "client")] {
        let mut sim = turmoil::Builder::new()
            .simulation_duration(Duration::from_secs(300))
            .tick_duration(Duration::from_millis(5))
            .tcp_capacity(1 << 16)
            .build();
        sim.host("server", serve);
        let ledger = Rc::new(RefCell::new(Ledger::default()));
        sim.client("client", client(1, Rc::clone(&ledger)));
        while sim.elapsed() < Duration::from_secs(3) {
            sim.step().unwrap();
        }
        assert_eq!(ledger.borrow().state, Some(State::Connected));
        sim.partition_oneway(from, to);
        // The server goes on sending if only our direction is cut; then nothing is wrong with what
        // we see.
        let limit = sim.elapsed() + Duration::from_secs(5);
        while sim.elapsed() < limit {
            sim.step().unwrap();
        }
        let lost = ledger.borrow().state != Some(State::Connected);
        assert_eq!(lost, from == "server", "from {from}");
        sim.repair_oneway(from, to);
        ledger.borrow_mut().healed = true;
        sim.run().unwrap();
        assert_eq!(ledger.borrow().bad, Vec::<String>::new());
    }
}

#[test]
fn f55_latency_of_two_seconds_and_more_is_not_a_fault() {
    let mut sim = turmoil::Builder::new()
        .rng_seed(55)
        .simulation_duration(Duration::from_secs(600))
        .tick_duration(Duration::from_millis(20))
        .tcp_capacity(1 << 16)
        .build();
    sim.host("server", serve);
    let ledger = Rc::new(RefCell::new(Ledger::default()));
    sim.client(
        "client",
        client_with(55, TransportOptions::default(), Rc::clone(&ledger)),
    );
    while sim.elapsed() < Duration::from_secs(2) {
        sim.step().unwrap();
    }
    sim.set_link_max_message_latency("client", "server", Duration::from_secs(4));
    while sim.elapsed() < Duration::from_secs(120) {
        sim.step().unwrap();
    }
    let book = ledger.borrow();
    assert_eq!(
        (book.state, book.connections),
        (Some(State::Connected), 1),
        "{book:?}"
    );
    assert_eq!(book.bad, Vec::<String>::new());
    assert!(book.received > 900, "{book:?}");
}
