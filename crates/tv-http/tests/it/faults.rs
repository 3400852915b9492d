//! Faults of servers, and secrets beside them: rows F82, S1, S2, S3 and S8.

use std::{io::Write, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::{Instant, sleep},
};
use tv_http::{
    account::{QuoteToken, SessionCookies, SignIn},
    client::{ClientError, HttpClient, HttpError},
    fundamentals::Currencies,
    login::Login,
    search::Search,
    wire::{AnswerError, Host},
};

use crate::server::{builder, http, ok, server};

/// A server that sends the head of an answer and then one part a second, as long as it is heard.
async fn drip(part: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4_096];
                let _request = stream.read(&mut buffer).await;
                let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
                let mut is_heard = stream.write_all(head).await.is_ok();
                while is_heard {
                    is_heard = stream.write_all(part).await.is_ok();
                    sleep(Duration::from_secs(1)).await;
                }
            });
        }
    });
    address
}

#[tokio::test(start_paused = true)]
async fn f82_a_slow_drip_costs_the_time_limit() {
    let address = drip(b" ").await;
    let client = builder(&address).retries(0).build().unwrap();
    let begin = Instant::now();
    let error = client.ask(&Currencies).await.unwrap_err();
    let limit = Duration::from_secs(15);
    let host = Host::Files;
    assert_eq!(error, HttpError::TimedOut { host, limit });
    assert!(
        begin.elapsed() < limit + Duration::from_secs(1),
        "{:?}",
        begin.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn f82_an_endless_body_costs_its_bound() {
    static PART: [u8; 100_000] = [b' '; 100_000];
    let address = drip(&PART).await;
    let client = builder(&address)
        .retries(0)
        .max_body(250_000)
        .build()
        .unwrap();
    let error = client.ask(&Currencies).await.unwrap_err();
    let (host, limit) = (Host::Files, 250_000);
    assert_eq!(error, HttpError::TooLarge { host, limit });
}

#[tokio::test]
async fn f82_a_bomb_costs_its_bound() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&vec![b' '; 20_000_000]).unwrap();
    let bomb = packer.finish().unwrap();
    assert!(bomb.len() < 100_000);
    let (address, _) =
        server(move |_, _| http("200 OK", "content-encoding: gzip\r\n", &bomb)).await;
    let client = builder(&address).max_body(1_000_000).build().unwrap();
    let error = client.ask(&Currencies).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn f82_what_is_not_text_and_redirects_in_a_loop_are_errors() {
    let (address, log) = server(
        |_, request| match request.starts_with("GET /symbol_search/") {
            true => http("302 Found", "location: /symbol_search/v3/\r\n", ""),
            false => http(
                "200 OK",
                "content-type: text/html; charset=x-none\r\n",
                [b'"', 0xff, b'"'],
            ),
        },
    )
    .await;
    let client = builder(&address).build().unwrap();
    let error = client.ask(&Currencies).await.unwrap_err();
    assert!(
        matches!(&error, HttpError::Answer(AnswerError::Malformed { reason, .. }) if reason.contains("UTF-8")),
        "{error}"
    );
    let error = client.ask(&Search::new("a")).await.unwrap_err();
    assert!(
        matches!(error, HttpError::Answer(AnswerError::Redirected { .. })),
        "{error}"
    );
    assert_eq!(log.heads().len(), 1 + 6, "five redirects are followed");
}

#[tokio::test]
async fn f82_repetitions_add_at_most_a_tenth_in_the_long_run() {
    let (address, log) = server(|_, _| http("503 Service Unavailable", "", "busy")).await;
    let client = builder(&address).build().unwrap();
    for _ in 0..200 {
        client.ask(&Currencies).await.unwrap_err();
    }
    assert_eq!(log.heads().len(), 200 + 10);
}

#[tokio::test]
async fn s1_passwords_cookies_and_tokens_are_in_no_error_and_no_debug() {
    // The server repeats all that it is sent.
    let (address, _) = server(|_, request| {
        let words = request.replace(['"', '\\', '\r', '\n'], " ");
        http(
            "400 Bad Request",
            "",
            format!("{{\"error\":\"no {words}\",\"code\":\"CANARY\"}}"),
        )
    })
    .await;
    let cookies = SessionCookies::new("CANARY-session", Some("v3:CANARY-sign")).unwrap();
    let client = builder(&address).cookies(cookies.clone()).build().unwrap();
    let token = client.ask(&QuoteToken).await.unwrap_err();
    let question = SignIn::new("alice", "hunter2CANARY");
    let step = client.ask(&question).await;
    let mut login = Login::new(&client, "alice", "hunter2CANARY");
    let started = login.start().await;
    let account = tv_http::login::Account::new(&client, cookies.clone());
    let failed = account.token().await.unwrap_err();
    let shown = format!(
        "{token} {token:?} {step:?} {started:?} {failed} {failed:?} {login:?} {account:?} {client:?} \
         {cookies:?} {question:?} {:?}",
        account.state()
    );
    for secret in ["CANARY-session", "CANARY-sign", "hunter2CANARY"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    assert!(shown.contains("[hidden]"), "{shown}");
}

#[tokio::test]
async fn s2_secrets_reach_no_address_but_ours_and_named_ones_of_this_machine() {
    let cookies = || SessionCookies::new("CANARY", Some("v3:CANARY")).unwrap();
    let (other, seen) = server(|_, _| ok("\"token\"")).await;
    let target = format!("location: {other}/quote_token/\r\n");
    let (address, _) = server(move |_, _| http("302 Found", &target, "")).await;
    let client = builder(&address).cookies(cookies()).build().unwrap();
    client.ask(&QuoteToken).await.unwrap_err();
    assert_eq!(
        seen.heads().len(),
        0,
        "the redirect leads to an address that was not named"
    );
    for address in [
        "https://tradingview.com.evil",
        "https://evil.invalid/tradingview.com",
        "https://xn--tradingvew-q9a.com",
        "https://www.tradingview.com:8443",
        "https://169.254.169.254",
        "https://10.0.0.1",
    ] {
        let client = builder(address).cookies(cookies()).build().unwrap();
        let error = client.ask(&QuoteToken).await.unwrap_err();
        assert_eq!(error, HttpError::Untrusted { host: Host::Www }, "{address}");
    }
    // A name before an `@` is not the host, and a password is not shown.
    let error = builder("https://www.tradingview.com:CANARY@evil/")
        .build()
        .unwrap_err();
    assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
}

#[test]
fn s3_plain_http_works_for_this_machine_alone() {
    for address in [
        "http://www.tradingview.com",
        "http://169.254.169.254",
        "http://localhost.evil",
        "ws://127.0.0.1",
    ] {
        let error = HttpClient::builder()
            .base(Host::Www, address)
            .build()
            .unwrap_err();
        assert!(
            matches!(error, ClientError::Address { .. }),
            "{address}: {error}"
        );
    }
    assert!(
        HttpClient::builder()
            .base(Host::Www, "http://127.0.0.1:1")
            .build()
            .is_ok()
    );
}

#[tokio::test]
async fn s8_words_of_the_server_cannot_control_a_terminal() {
    let (address, _) = server(|number, _| match number {
        0 => http(
            "400 Bad Request",
            "",
            r#"{"error":"\u001b]0;x\u0007\r\n\u009b2J bad","code":"\u001b[c"}"#,
        ),
        1 => http("403 Forbidden", "", "<title>\u{1b}[2J\u{7}403</title>"),
        _ => http("302 Found", "location: https://evil/\u{1b}[2J\r\n", ""),
    })
    .await;
    let client = builder(&address).build().unwrap();
    for _ in 0..3 {
        let error = client.ask(&Search::new("a")).await.unwrap_err().to_string();
        assert!(!error.chars().any(char::is_control), "{error:?}");
        assert!(error.chars().count() < 600, "{error}");
    }
}
