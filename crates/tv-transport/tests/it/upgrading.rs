//! The upgrade: what is sent, what is accepted, what each refusal is called, and its deadline.

use std::{net::Ipv4Addr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    net::TcpListener,
    time::{Instant, sleep},
};
use tv_transport::{
    Browser, CloseReason, DialError, Endpoint, HandshakeFault, InvalidEndpoint, Recovery, Socket,
    Stage, TransportOptions, connect, upgrade,
};

use crate::support::{Driven, SECOND, Seen, endpoint, frame, header, read_request, switching};

/// Upgrades a pipe whose server answers with what `answer` makes of the request, then waits to be
/// left.
async fn upgraded(answer: impl FnOnce(&str) -> Vec<u8>) -> Result<Socket<DuplexStream>, DialError> {
    let (near, mut far) = tokio::io::duplex(1 << 10);
    let server = tokio::spawn(async move {
        let request = read_request(&mut far).await;
        (request, far)
    });
    let endpoint = endpoint();
    let options = TransportOptions::default();
    let client = tokio::spawn(async move { upgrade(near, &endpoint, &options).await });
    let (request, mut far) = server.await.unwrap();
    // A client that has seen enough leaves.
    far.write_all(&answer(&request)).await.unwrap_or_default();
    drop(far);
    client.await.unwrap()
}

async fn refusal(answer: &str) -> DialError {
    let answer = answer.to_owned();
    upgraded(|_| answer.into_bytes()).await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn the_request_looks_like_a_browsers() {
    let (near, mut far) = tokio::io::duplex(1 << 12);
    let endpoint = Endpoint::new("wss://venue.test/socket?from=chart&type=chart")
        .unwrap()
        .header("Cookie", "a=b")
        .unwrap();
    let options = TransportOptions::default()
        .header("Accept-Language", "de")
        .unwrap();
    let client = tokio::spawn(async move { upgrade(near, &endpoint, &options).await });
    let request = read_request(&mut far).await;
    assert!(
        request.starts_with("GET /socket?from=chart&type=chart HTTP/1.1\r\n"),
        "{request}"
    );
    for (name, value) in [
        ("Host", "venue.test"),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Version", "13"),
        ("Origin", "https://www.tradingview.com"),
        ("Accept-Language", "de"),
        ("Cache-Control", "no-cache"),
        ("Pragma", "no-cache"),
        ("Cookie", "a=b"),
    ] {
        assert_eq!(header(&request, name).as_deref(), Some(value), "{name}");
    }
    assert!(
        header(&request, "User-Agent")
            .unwrap()
            .contains("(Windows NT 10.0; Win64; x64)")
    );
    assert_eq!(header(&request, "Sec-WebSocket-Extensions"), None);
    far.write_all(switching(&request).as_bytes()).await.unwrap();
    assert_eq!(client.await.unwrap().unwrap().host(), "venue.test");
}

#[tokio::test(start_paused = true)]
async fn each_browser_sends_headers_of_its_own() {
    for (browser, agent, language, fetch_mode) in [
        (
            Browser::ChromeWindows,
            "(Windows NT 10.0; Win64; x64) AppleWebKit",
            "en-US,en;q=0.9",
            None,
        ),
        (
            Browser::ChromeMac,
            "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit",
            "en-US,en;q=0.9",
            None,
        ),
        (
            Browser::FirefoxLinux,
            "(X11; Linux x86_64; rv:144.0) Gecko",
            "en-US,en;q=0.5",
            Some("websocket"),
        ),
    ] {
        let (near, mut far) = tokio::io::duplex(1 << 12);
        let options = TransportOptions::default()
            .header("X-Earlier", "dropped")
            .and_then(|options| options.origin("https://example.com"))
            .unwrap()
            .browser(browser);
        let endpoint = endpoint();
        let client = tokio::spawn(async move { upgrade(near, &endpoint, &options).await });
        let request = read_request(&mut far).await;
        assert!(
            header(&request, "User-Agent").unwrap().contains(agent),
            "{request}"
        );
        for (name, value) in [
            // A refusal must stay readable.
            ("Accept-Encoding", None),
            ("Accept-Language", Some(language)),
            ("Cache-Control", Some("no-cache")),
            ("Pragma", Some("no-cache")),
            ("Sec-Fetch-Mode", fetch_mode),
            ("Origin", Some("https://example.com")),
            ("X-Earlier", None),
        ] {
            assert_eq!(
                header(&request, name).as_deref(),
                value,
                "{browser:?} {name}"
            );
        }
        far.write_all(switching(&request).as_bytes()).await.unwrap();
        client.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn headers_and_origin_can_be_replaced() {
    let (near, mut far) = tokio::io::duplex(1 << 12);
    let options = TransportOptions::default()
        .without_headers()
        .origin("https://example.com")
        .unwrap()
        .header("User-Agent", "options")
        .unwrap();
    let endpoint = endpoint().header("User-Agent", "endpoint").unwrap();
    let client = tokio::spawn(async move { upgrade(near, &endpoint, &options).await });
    let request = read_request(&mut far).await;
    assert_eq!(
        header(&request, "Origin").as_deref(),
        Some("https://example.com")
    );
    assert_eq!(header(&request, "User-Agent").as_deref(), Some("endpoint"));
    assert_eq!(header(&request, "Accept-Language"), None);
    client.abort();
}

#[tokio::test(start_paused = true)]
async fn f10_f11_refusals_are_typed_and_not_followed() {
    let body = "Content-Type: text/html\r\n\r\n<html>captcha hunter2</html>";
    for (status, recovery) in [
        (200, Recovery::RetrySlowly),
        (302, Recovery::RetrySlowly),
        (401, Recovery::RetrySlowly),
        (403, Recovery::RetrySlowly),
        (503, Recovery::Retry),
    ] {
        let error = refusal(&format!(
            "HTTP/1.1 {status} Whatever\r\nLocation: wss://evil.test/\r\n{body}"
        ))
        .await;
        assert_eq!(
            error,
            DialError::Refused {
                status,
                retry_after: None,
                body: "<html>captcha [hidden]</html>".to_owned(),
            }
        );
        assert_eq!(error.recovery(), recovery, "{status}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
    let error = refusal(&format!(
        "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\n{body}"
    ))
    .await;
    assert_eq!(
        error,
        DialError::Refused {
            status: 429,
            retry_after: Some(7 * SECOND),
            body: "<html>captcha [hidden]</html>".to_owned(),
        }
    );
    assert_eq!(error.retry_after(), Some(7 * SECOND));
}

/// The text that is kept of an answer, whose parts arrive one after the other.
async fn body_of(parts: &[&str]) -> String {
    let (near, mut far) = tokio::io::duplex(1 << 20);
    let options = TransportOptions::default()
        .header("Cookie", "sessionid=hunter2")
        .unwrap();
    let endpoint = endpoint();
    let client = tokio::spawn(async move { upgrade(near, &endpoint, &options).await });
    read_request(&mut far).await;
    for part in parts {
        far.write_all(part.as_bytes()).await.unwrap();
        sleep(SECOND / 10).await;
    }
    // A server that keeps the connection must not keep its words.
    let error = client.await.unwrap().unwrap_err();
    match error {
        DialError::Refused { body, .. } => body,
        other => other.to_string(),
    }
}

#[tokio::test(start_paused = true)]
async fn the_words_of_a_refusal_are_kept_whole_without_what_we_sent() {
    const HEAD: &str = "HTTP/1.1 403 No\r\n";
    let long = "é".repeat(4_096);
    let length = format!("Content-Length: {}\r\n\r\n", long.len());
    let longer = format!("Content-Length: 90000\r\n\r\n{}", "ab\n".repeat(30_000));
    for (parts, body) in [
        (
            &[HEAD, "Content-Length: 9\r\n\r\n", "too ", "many"][..],
            "too many… (cut)",
        ),
        (
            &[HEAD, "Content-Length: 8\r\n\r\n", "too ", "many"],
            "too many",
        ),
        (
            &[HEAD, "Content-Length: 3\r\n\r\n", "a\u{1b}b"],
            "a\u{fffd}b",
        ),
        (
            &[HEAD, "Connection: close\r\n\r\n", "too\n\n many"],
            "too many… (cut)",
        ),
        (&[HEAD, "\r\ntoo\n\n many"], "too many"),
        (&[HEAD, "Content-Length: 0\r\n\r\n"], ""),
        (&[HEAD, "\r\n"], ""),
        (
            &[
                HEAD,
                "Transfer-Encoding: chunked\r\n\r\n3\r\nno \r\n",
                "4\r\nmore\r\n0\r\n\r\n",
            ],
            "no more",
        ),
        (
            &[HEAD, "Content-Encoding: br\r\nContent-Length: 2\r\n\r\nxx"],
            "[a body encoded with br]",
        ),
        (
            &[
                HEAD,
                "Content-Length: 28\r\n\r\nbad cookie sessionid=hunter2",
            ],
            "bad cookie [hidden]",
        ),
        (&[HEAD, &length, &long], &long),
    ] {
        assert_eq!(body_of(parts).await, body, "{parts:?}");
    }
    let cut = body_of(&[HEAD, &longer]).await;
    assert_eq!(cut.chars().count(), 4_096);
    assert!(
        cut.starts_with("ab ab ") && cut.ends_with("… (cut)"),
        "{cut}"
    );
}

#[test]
fn a_refusal_shows_the_beginning_of_a_long_answer() {
    let refused = |body: String| {
        let retry_after = None;
        let status = 403;
        let error = DialError::Refused {
            status,
            retry_after,
            body,
        };
        error.to_string()
    };
    let status = "server refused the upgrade with status 403";
    assert_eq!(refused(String::new()), status);
    assert_eq!(refused("go away".into()), format!("{status}: \"go away\""));
    let shown = "x".repeat(256);
    let more = format!("{status}: {shown:?} and 44 more characters");
    assert_eq!(refused("x".repeat(300)), more);
}

#[tokio::test(start_paused = true)]
async fn f12_f13_broken_answers_are_typed() {
    use HandshakeFault as F;
    let with = |old: &'static str, new: &'static str| {
        move |request: &str| switching(request).replace(old, new).into_bytes()
    };
    let cases = [
        (upgraded(with("Accept: ", "Accept: x")).await, F::AcceptKey),
        (
            upgraded(with("Upgrade: websocket\r\n", "")).await,
            F::NotUpgraded,
        ),
        (
            upgraded(with("Connection: Upgrade\r\n", "")).await,
            F::NotUpgraded,
        ),
        (
            upgraded(with(
                "\r\n\r\n",
                "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
            ))
            .await,
            F::Unrequested,
        ),
        (
            upgraded(with("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n")).await,
            F::Unrequested,
        ),
        (upgraded(with("HTTP/1.1", "HTTP/1.0")).await, F::NotHttp),
        (
            upgraded(|_| b"SSH-2.0-OpenSSH_9.7\r\n\r\n".to_vec()).await,
            F::NotHttp,
        ),
        (upgraded(with("\r\n\r\n", "\r\n")).await, F::Cut),
        (upgraded(|_| Vec::new()).await, F::Cut),
        (
            upgraded(|request| {
                let many = "X-Filler: 0123456789\r\n".repeat(200);
                switching(request)
                    .replace("\r\n\r\n", &format!("\r\n{many}\r\n"))
                    .into_bytes()
            })
            .await,
            F::TooLarge,
        ),
        (
            upgraded(|request| {
                let long = "x".repeat(70_000);
                let long = format!("\r\nX-Filler: {long}\r\n\r\n");
                switching(request).replace("\r\n\r\n", &long).into_bytes()
            })
            .await,
            F::TooLarge,
        ),
    ];
    for (index, (result, fault)) in cases.into_iter().enumerate() {
        assert_eq!(
            result.unwrap_err(),
            DialError::Handshake(fault),
            "case {index}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn f14_first_frame_glued_to_the_101() {
    let socket = upgraded(|request| {
        let mut bytes = switching(request).into_bytes();
        bytes.extend(frame(0x81, b"~m~2~m~{}"));
        bytes
    })
    .await
    .unwrap();
    let mut driven = Driven::over(socket, &TransportOptions::default());
    assert_eq!(driven.next().await, Seen::Opened(1));
    driven.expect_text("~m~2~m~{}").await;
    assert!(matches!(driven.reason().await, CloseReason::Lost(_)));
}

#[tokio::test(start_paused = true)]
async fn f05_tcp_accept_never_upgrade() {
    let (near, _far) = tokio::io::duplex(1 << 12);
    let start = Instant::now();
    let error = upgrade(near, &endpoint(), &TransportOptions::default())
        .await
        .unwrap_err();
    assert_eq!(
        error,
        DialError::TimedOut {
            stage: Stage::Upgrade
        }
    );
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn f06_slow_drip_upgrade() {
    let (near, mut far) = tokio::io::duplex(1 << 12);
    let drip = tokio::spawn(async move {
        let request = read_request(&mut far).await;
        for byte in switching(&request).bytes() {
            sleep(SECOND).await;
            if far.write_all(&[byte]).await.is_err() {
                return;
            }
        }
        panic!("the client should have left");
    });
    let start = Instant::now();
    let error = upgrade(near, &endpoint(), &TransportOptions::default())
        .await
        .unwrap_err();
    assert_eq!(
        error,
        DialError::TimedOut {
            stage: Stage::Upgrade
        }
    );
    assert_eq!(start.elapsed().as_secs(), 10);
    drip.await.unwrap();
}

fn loopback(scheme: &str, port: u16) -> Endpoint {
    Endpoint::new(&format!("{scheme}://127.0.0.1:{port}/?auth=hunter2")).unwrap()
}

#[tokio::test]
async fn f05_tcp_that_never_answers_names_the_stage() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let options = TransportOptions::default().connect_timeout(Duration::from_millis(300));
    let start = Instant::now();
    for (scheme, stage) in [("ws", Stage::Upgrade), ("wss", Stage::Tls)] {
        let error = connect(&loopback(scheme, port), &options)
            .await
            .unwrap_err();
        assert_eq!(error, DialError::TimedOut { stage });
    }
    assert!(start.elapsed() < 60 * SECOND);
}

#[tokio::test]
async fn a_refused_connection_is_typed() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = connect(&loopback("ws", port), &TransportOptions::default())
        .await
        .unwrap_err();
    let DialError::Tcp(fault) = error else {
        panic!("tcp expected, not {error:?}")
    };
    assert_eq!(fault.kind(), std::io::ErrorKind::ConnectionRefused);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn f04_a_name_with_a_dead_address_still_connects() {
    // `localhost` may have an IPv6 address too, on which nothing listens.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        stream
            .write_all(switching(&request).as_bytes())
            .await
            .unwrap();
        stream.write_all(&frame(0x81, b"hello")).await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
    });
    let endpoint = Endpoint::new(&format!("ws://localhost:{port}/")).unwrap();
    let options = TransportOptions::default().close_timeout(Duration::from_millis(100));
    let mut driven = Driven::over(connect(&endpoint, &options).await.unwrap(), &options);
    assert_eq!(driven.next().await, Seen::Opened(1));
    driven.expect_text("hello").await;
    drop(driven.commands);
    assert_eq!(driven.task.await.unwrap().1, CloseReason::Local);
    server.await.unwrap();
}

#[test]
fn an_unusable_endpoint_is_given_up() {
    let error = DialError::from(Endpoint::new("ws://venue.test/").unwrap_err());
    assert_eq!(
        error,
        DialError::InvalidEndpoint(InvalidEndpoint::Plaintext)
    );
    assert!(!error.is_retryable());
    assert_eq!(error.recovery(), Recovery::GiveUp);
}
