use std::time::Duration;

use tokio::{io::DuplexStream, task::JoinHandle};

use super::*;

const URL: &str = "http://us%40er:hunter2%3A@proxy.test:3128/";

/// A proxy that expects and answers in turn; what it was not asked for fails.
fn scripted(script: Vec<(Vec<u8>, Vec<u8>)>) -> (DuplexStream, JoinHandle<()>) {
    let (near, mut far) = tokio::io::duplex(4096);
    let task = tokio::spawn(async move {
        for (expected, answer) in script {
            let mut seen = vec![0; expected.len()];
            far.read_exact(&mut seen).await.unwrap();
            assert_eq!(seen, expected, "{}", String::from_utf8_lossy(&seen));
            far.write_all(&answer).await.unwrap();
        }
    });
    (near, task)
}

async fn tunnel(url: &str, script: Vec<(Vec<u8>, Vec<u8>)>) -> Result<DuplexStream, DialError> {
    let (mut near, task) = scripted(script);
    let led = Proxy::new(url)
        .unwrap()
        .tunnel(&mut near, "venue.test", 443)
        .await;
    task.await.unwrap();
    led.map(|()| near)
}

fn connect_request() -> Vec<u8> {
    b"CONNECT venue.test:443 HTTP/1.1\r\nHost: venue.test:443\r\n\
      Proxy-Authorization: Basic dXNAZXI6aHVudGVyMjo=\r\n\r\n"
        .to_vec()
}

#[test]
fn addresses_are_checked_and_secrets_hidden() {
    let proxy = Proxy::new(URL).unwrap();
    assert_eq!((proxy.host(), proxy.port()), ("proxy.test", 3128));
    let shown = format!("{proxy:?}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("us@er"),
        "{shown}"
    );
    assert_eq!(Proxy::new("socks5://[::1]").unwrap().port(), 1080);
    assert_eq!(Proxy::new("socks5://[::1]:9").unwrap().host(), "::1");
    for bad in [
        "",
        "proxy.test",
        "https://proxy.test",
        "http://",
        "http://a:b@",
        "http://x:0",
        "http://x:99999",
        "http://x:",
        "http://u:%4@x",
        "http://u:%zz@x",
        "ftp://x",
        "http://a b",
    ] {
        assert_eq!(Proxy::new(bad).err(), Some(InvalidEndpoint::Proxy), "{bad}");
    }
}

#[tokio::test]
async fn connect_leads_to_the_server_and_takes_nothing_of_what_follows() {
    let answer = b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\nhello".to_vec();
    let mut stream = tunnel(URL, vec![(connect_request(), answer)])
        .await
        .unwrap();
    let mut rest = [0; 5];
    stream.read_exact(&mut rest).await.unwrap();
    assert_eq!(&rest, b"hello");
}

#[tokio::test]
async fn f15_proxy_connect_407_or_cut() {
    let eof = ProxyFault::Lost(io::ErrorKind::UnexpectedEof.into());
    for (answer, fault) in [
        (
            &b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"[..],
            ProxyFault::Auth,
        ),
        (b"HTTP/1.0 502 Bad Gateway\r\n\r\n", ProxyFault::Status(502)),
        (b"HTTP/1.1 200 OK\r\n", eof),
        (b"", eof),
        (b"SSH-2.0-x\r\n\r\n", ProxyFault::BadAnswer),
        (b"HTTP/1.1 20\r\n\r\n", ProxyFault::BadAnswer),
    ] {
        let error = tunnel(URL, vec![(connect_request(), answer.to_vec())])
            .await
            .unwrap_err();
        assert_eq!(error, DialError::Proxy(fault));
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("dXNA"),
            "{shown}"
        );
    }
    let auth = DialError::Proxy(ProxyFault::Auth);
    assert_eq!(auth.recovery(), crate::recovery::Recovery::RetrySlowly);
    let busy = DialError::Proxy(ProxyFault::Status(502));
    assert_eq!(busy.recovery(), crate::recovery::Recovery::Retry);
}

#[tokio::test]
async fn an_endless_answer_is_not_read_for_ever() {
    let (mut near, mut far) = tokio::io::duplex(64);
    let flood = tokio::spawn(async move { while far.write_all(b"HTTP/1.1 ").await.is_ok() {} });
    let proxy = Proxy::new("http://x").unwrap();
    let led = proxy.tunnel(&mut near, "venue.test", 443);
    let led = tokio::time::timeout(Duration::from_secs(60), led)
        .await
        .unwrap();
    assert_eq!(led, Err(DialError::Proxy(ProxyFault::BadAnswer)));
    drop(near);
    flood.await.unwrap();
}

fn socks_request() -> Vec<u8> {
    [&[5, 1, 0, 3, 10][..], b"venue.test", &[1, 187]].concat()
}

#[tokio::test]
async fn socks_leads_with_and_without_a_password() {
    let granted = vec![5, 0, 0, 1, 1, 2, 3, 4, 5, 6];
    let open = vec![(vec![5, 1, 0], vec![5, 0]), (socks_request(), granted)];
    assert!(tunnel("socks5://x", open).await.is_ok());
    let login = [&[1, 2][..], b"me", &[7], b"hunter2"].concat();
    for granted in [
        [&[5, 0, 0, 3, 3][..], b"abc", &[0, 1]].concat(),
        [&[5, 0, 0, 4][..], &[0; 18]].concat(),
    ] {
        let script = vec![
            (vec![5, 2, 0, 2], vec![5, 2]),
            (login.clone(), vec![1, 0]),
            (socks_request(), granted),
        ];
        assert!(tunnel("socks5://me:hunter2@x", script).await.is_ok());
    }
}

#[tokio::test]
async fn socks_refusals_are_typed() {
    let login = || [&[1, 2][..], b"me", &[7], b"hunter2"].concat();
    for (url, script, fault) in [
        (
            "socks5://x",
            vec![(vec![5, 1, 0], vec![5, 255])],
            ProxyFault::Auth,
        ),
        (
            "socks5://x",
            vec![(vec![5, 1, 0], vec![4, 0])],
            ProxyFault::BadAnswer,
        ),
        (
            "socks5://me:hunter2@x",
            vec![(vec![5, 2, 0, 2], vec![5, 2]), (login(), vec![1, 1])],
            ProxyFault::Auth,
        ),
        (
            "socks5://x",
            vec![
                (vec![5, 1, 0], vec![5, 0]),
                (socks_request(), vec![5, 5, 0, 1]),
            ],
            ProxyFault::Reply(5),
        ),
    ] {
        assert_eq!(
            tunnel(url, script).await.unwrap_err(),
            DialError::Proxy(fault)
        );
    }
    let long = "x".repeat(256);
    let (mut near, _task) = scripted(vec![(vec![5, 1, 0], vec![5, 0])]);
    let led = Proxy::new("socks5://x")
        .unwrap()
        .tunnel(&mut near, &long, 1)
        .await;
    assert_eq!(led, Err(DialError::Proxy(ProxyFault::TooLong)));
}
