//! Faults of connecting, seen by a supervisor: one test for each row of docs/RELIABILITY.md.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Instant, timeout},
};
use tv_transport::{
    Connector, DialError, Endpoint, NetConnector, Proxy, Resolver, Stage, State, Supervisor,
    SupervisorEvent, TransportOptions,
};

use crate::{
    rig::{Rig, at_once, config},
    support::{Probe, SECOND, read_request, switching},
};

#[tokio::test(start_paused = true)]
async fn f01_connection_refused() {
    for seed in 0..50 {
        let mut rig = Rig::start(config().seed(seed));
        let start = Instant::now();
        let mut attempts = 0;
        let back = loop {
            let dial = rig.dial().await;
            assert!(rig.dials.try_recv().is_err(), "one attempt at a time");
            if dial.at - start >= 20 * SECOND {
                break dial;
            }
            attempts += 1;
            dial.refuse();
        };
        assert!(attempts <= 12, "{attempts} attempts in 20 s");
        assert!(
            back.at - start <= 30 * SECOND,
            "up within a cap of the backoff"
        );
        let _server = back.accept().await;
        rig.expect_state(State::Connected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn f02_syn_black_hole() {
    let mut rig = Rig::start(config().policy(at_once()));
    let start = Instant::now();
    let _held = rig.dial().await;
    let second = rig.dial().await;
    let passed = second.at - start;
    assert!(
        passed >= 10 * SECOND && passed <= 10 * SECOND + Duration::from_millis(50),
        "{passed:?}"
    );
    let error = rig.handle.health().await.last_error.unwrap();
    assert_eq!(error.class, "connect_timeout");
}

/// Answers as scripted, one attempt after the other; then hangs.
struct Script(std::vec::IntoIter<io::Result<Vec<SocketAddr>>>);

impl Resolver for Script {
    async fn resolve(&mut self, _host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        match self.0.next() {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }
}

fn script(answers: Vec<io::Result<Vec<SocketAddr>>>) -> NetConnector<Script> {
    NetConnector::new(Script(answers.into_iter()))
}

/// Keeps a connection open until the client leaves it.
async fn until_left(mut stream: TcpStream) {
    // A reset is as good an end as any other.
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
}

/// A server that upgrades one connection and keeps it until the client leaves.
async fn listen() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        stream
            .write_all(switching(&request).as_bytes())
            .await
            .unwrap();
        until_left(stream).await;
    });
    address
}

#[tokio::test]
async fn f03_dns_failure() {
    let address = listen().await;
    let connector = script(vec![
        Err(io::ErrorKind::NotFound.into()),
        Err(io::Error::other("servfail")),
        Ok(Vec::new()),
        Ok(vec![address]),
    ]);
    let options = TransportOptions::default();
    let config = config_to("ws://localhost/").transport(options);
    let (_commands, receiver) = mpsc::channel(1);
    let mut supervisor = Supervisor::with_connector(Probe::default(), receiver, config, connector);
    let handle = supervisor.handle();
    let (sender, mut events) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        supervisor
            .run(|event| sender.send(event).unwrap_or_default())
            .await
    });
    let up = handle.wait_for(|state| state == State::Connected);
    assert!(
        timeout(120 * SECOND, up).await.unwrap(),
        "asked anew for each attempt"
    );
    assert_eq!(handle.health().await.metrics.connections, 4);
    assert_eq!(handle.health().await.last_error.unwrap().class, "resolve");
    handle.close().await;
    task.await.unwrap();
    let mut waited = 0;
    while let Ok(event) = events.try_recv() {
        waited += usize::from(
            matches!(event, SupervisorEvent::State(change) if change.to == State::Reconnecting),
        );
    }
    assert_eq!(waited, 3);
}

#[tokio::test]
async fn f03_dns_that_hangs_is_bounded() {
    let options = TransportOptions::default().connect_timeout(Duration::from_millis(200));
    let endpoint = Endpoint::new("wss://venue.test/").unwrap();
    let start = Instant::now();
    let error = script(Vec::new()).connect(&endpoint, &options).await;
    let stage = Stage::Resolve;
    assert_eq!(error.unwrap_err(), DialError::TimedOut { stage });
    // Generous for a busy machine; without the bound it would never end.
    assert!(start.elapsed() < 60 * SECOND, "{:?}", start.elapsed());
}

/// No attempt waits longer than the shortest jitter allows, so that tests over real sockets are
/// quick.
fn config_to(url: &str) -> tv_transport::SupervisorConfig {
    let policy = at_once()
        .reconnect_delay(Duration::from_millis(20))
        .longest_delay(Duration::from_millis(20));
    tv_transport::SupervisorConfig::new("probe", Endpoint::new(url).unwrap())
        .policy(policy)
        .seed(1)
}

#[tokio::test]
async fn f04_dns_changes_address_or_has_a_dead_one() {
    let dead = {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        listener.local_addr().unwrap()
    };
    let (old, new) = (listen().await, listen().await);
    const LIMIT: Duration = Duration::from_secs(120);
    let options = TransportOptions::default().connect_timeout(LIMIT);
    let endpoint = Endpoint::new("ws://localhost/").unwrap();
    let mut connector = script(vec![Ok(vec![dead, old]), Ok(vec![new])]);
    let start = Instant::now();
    for _ in 0..2 {
        connector.connect(&endpoint, &options).await.unwrap();
    }
    // A dead address alone would cost the whole time limit.
    assert!(start.elapsed() < LIMIT);
}

#[tokio::test(start_paused = true)]
async fn f05_never_upgraded_is_retried() {
    let mut rig = Rig::start(config().policy(at_once()));
    let start = Instant::now();
    let _silent = rig.dial().await.connect();
    let second = rig.dial().await;
    assert_eq!((second.at - start).as_secs(), 10);
    let _server = second.accept().await;
    rig.expect_state(State::Connected).await;
}

/// Answers an attempt's request with this head.
async fn answer(dial: crate::rig::Dial, head: &str) {
    let mut far = dial.connect();
    read_request(&mut far).await;
    far.write_all(head.as_bytes()).await.unwrap();
    far.shutdown().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn f08_http_401_and_403() {
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let mut rig = Rig::start(config());
        let start = Instant::now();
        for round in 0..3 {
            let dial = rig.dial().await;
            assert!(dial.at - start >= round * 60 * SECOND);
            answer(dial, &format!("HTTP/1.1 {status}\r\n\r\n")).await;
        }
        let dial = rig.dial().await;
        assert!(dial.at - start <= 4 * 90 * SECOND);
        let _server = dial.accept().await;
        rig.expect_state(State::Connected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn f09_http_429_with_and_without_retry_after() {
    let date =
        "Retry-After: Sun, 06 Nov 1994 10:00:07 GMT\r\nDate: Sun, 06 Nov 1994 10:00:00 GMT\r\n";
    for (headers, least, most) in [("Retry-After: 7\r\n", 7, 8), (date, 7, 8), ("", 60, 90)] {
        for status in ["429 Too Many Requests", "503 Unavailable"] {
            if headers.is_empty() && status.starts_with("503") {
                continue;
            }
            let mut rig = Rig::start(config());
            let start = Instant::now();
            answer(
                rig.dial().await,
                &format!("HTTP/1.1 {status}\r\n{headers}\r\n"),
            )
            .await;
            let dial = rig.dial().await;
            let waited = dial.at - start;
            assert!(
                waited >= least * SECOND && waited <= most * SECOND,
                "{status}: {waited:?}"
            );
            let _server = dial.accept().await;
            rig.expect_state(State::Connected).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn f10_redirects_are_not_followed() {
    for status in [301, 302, 307, 308] {
        let mut rig = Rig::start(config());
        let head = format!("HTTP/1.1 {status} Moved\r\nLocation: wss://evil.test/\r\n\r\n");
        answer(rig.dial().await, &head).await;
        assert_eq!(rig.dial().await.host, "venue.test");
        assert_eq!(
            rig.handle.health().await.last_error.unwrap().class,
            "refused"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn f11_a_large_body_is_not_read() {
    let mut rig = Rig::start(config());
    let mut far = rig.dial().await.connect();
    read_request(&mut far).await;
    far.write_all(b"HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\n\r\n")
        .await
        .unwrap();
    let chunk = [b'x'; 1024];
    let mut taken = 0;
    while taken < 10 << 20 && far.write_all(&chunk).await.is_ok() {
        taken += chunk.len();
    }
    assert!(taken <= 64 << 10, "{taken} bytes of the body were taken");
    let _server = rig.dial().await.accept().await;
    rig.expect_state(State::Connected).await;
}

#[tokio::test(start_paused = true)]
async fn f13_broken_upgrades_are_retried() {
    for break_it in [
        |head: String| head.replace("Accept: ", "Accept: x"),
        |head: String| head.replace("Upgrade: websocket\r\n", ""),
        |head: String| {
            head.replace(
                "\r\n\r\n",
                "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
            )
        },
        |head: String| head.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n"),
    ] {
        let mut rig = Rig::start(config());
        let mut far = rig.dial().await.connect();
        let request = read_request(&mut far).await;
        far.write_all(break_it(switching(&request)).as_bytes())
            .await
            .unwrap();
        let _server = rig.dial().await.accept().await;
        rig.expect_state(State::Connected).await;
        assert_eq!(
            rig.handle.health().await.last_error.unwrap().class,
            "handshake"
        );
    }
}

#[tokio::test]
async fn f15_a_proxy_leads_there_and_its_refusal_is_not_a_secret() {
    for (answer, up) in [
        ("HTTP/1.1 200 OK\r\n\r\n", true),
        ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", false),
        ("", false),
    ] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let request = read_request(&mut stream).await;
            stream.write_all(answer.as_bytes()).await.unwrap();
            if up {
                let upgrade = read_request(&mut stream).await;
                stream
                    .write_all(switching(&upgrade).as_bytes())
                    .await
                    .unwrap();
                until_left(stream).await;
            }
            request
        });
        let proxy = Proxy::new(&format!("http://me:hunter2@127.0.0.1:{port}")).unwrap();
        let options = TransportOptions::default().proxy(proxy);
        assert!(!format!("{options:?}").contains("hunter2"));
        let endpoint = Endpoint::new("ws://127.0.0.1:9/path").unwrap();
        let result = tv_transport::connect(&endpoint, &options).await;
        assert_eq!(result.is_ok(), up, "{answer}");
        match result {
            // The server answers once the client has left.
            Ok(socket) => drop(socket),
            Err(error) => {
                assert!(matches!(error, DialError::Proxy(_)), "{error:?}");
                assert!(!format!("{error:?} {error}").contains("hunter2"));
            }
        }
        let request = server.await.unwrap();
        assert!(
            request.starts_with("CONNECT 127.0.0.1:9 HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(
            request.contains("Proxy-Authorization: Basic bWU6aHVudGVyMg==\r\n"),
            "{request}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn f16_fd_exhaustion_is_retried_without_a_spin() {
    let mut rig = Rig::start(config());
    let start = Instant::now();
    let mut attempts = 0;
    loop {
        let dial = rig.dial().await;
        if dial.at - start > 60 * SECOND {
            break;
        }
        attempts += 1;
        // EMFILE, as `connect` tells it.
        let error = io::Error::from_raw_os_error(24);
        dial.fail(DialError::Tcp(tv_transport::IoFault::from(&error)));
    }
    assert!(
        (5..=20).contains(&attempts),
        "{attempts} attempts in a minute"
    );
}

#[tokio::test]
async fn f02_a_full_backlog_is_given_up_in_time() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // The listener accepts none: the kernel takes a few and then answers no more.
    let mut held = Vec::new();
    while let Ok(stream) = timeout(Duration::from_millis(200), TcpStream::connect(address)).await {
        held.push(stream.unwrap());
        assert!(held.len() < 100, "the backlog has no end");
    }
    let options = TransportOptions::default().connect_timeout(Duration::from_millis(300));
    let endpoint = Endpoint::new(&format!("ws://{address}/")).unwrap();
    let start = Instant::now();
    let error = tv_transport::connect(&endpoint, &options).await;
    let stage = Stage::Tcp;
    assert_eq!(error.unwrap_err(), DialError::TimedOut { stage });
    // Generous for a busy machine, yet below the minutes that the system would wait.
    assert!(start.elapsed() < 60 * SECOND, "{:?}", start.elapsed());
}

/// Runs the test below in a process that may open few files.
#[test]
fn f16_a_process_without_free_files_keeps_trying() {
    let output = std::process::Command::new("sh")
        .arg("-c")
        .arg("ulimit -n 64 && exec \"$0\" --exact connect_faults::f16_child --ignored --nocapture")
        .arg(std::env::current_exe().unwrap())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

#[tokio::test]
#[ignore = "only in a process of its own, see above"]
async fn f16_child() {
    let address = listen().await;
    let mut files = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        files.push(file);
        assert!(files.len() < 1000, "files are not limited");
    }
    let (_commands, receiver) = mpsc::channel(1);
    let config = config_to(&format!("ws://{address}/"));
    let mut supervisor = Supervisor::new(Probe::default(), receiver, config);
    let handle = supervisor.handle();
    let task = tokio::spawn(async move { supervisor.run(drop).await });
    let start = Instant::now();
    let health = loop {
        let health = handle.health().await;
        if health.metrics.connections >= 5 {
            break health;
        }
        assert!(start.elapsed() < 60 * SECOND, "{:?}", health.metrics);
        tokio::task::yield_now().await;
    };
    assert_eq!(health.last_error.unwrap().class, "tcp");
    // Each attempt after the first waits for 10 ms at the least.
    let most = start.elapsed().as_millis() / 10 + 2;
    let attempts = u128::from(health.metrics.connections);
    assert!(attempts <= most, "{attempts} attempts, at most {most}");
    drop(files);
    assert!(
        timeout(
            60 * SECOND,
            handle.wait_for(|state| state == State::Connected)
        )
        .await
        .unwrap()
    );
    handle.close().await;
    task.await.unwrap();
}
