//! The client against servers on this machine.

use std::{io::Write, sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt};
use tokio::net::TcpListener;
use tv_http::{
    account::{FactorKind, QuoteToken, SecondFactor, SessionCookies, SignIn, SignInStep},
    client::{ClientError, HostLimiter, HttpError, ScriptError},
    fundamentals::Currencies,
    pine::ScriptId,
    scanner::{Market, Metainfo, Scan},
    search::Search,
    symbol_page::SymbolExists,
    wire::{AnswerError, Blame, Host},
};

use crate::server::{Log, builder, http, ok, serve, server};

const SEARCH: &str =
    r#"{"symbols_remaining":0,"symbols":[{"symbol":"AAPL","source_id":"NASDAQ"}]}"#;

#[tokio::test]
async fn a_question_is_asked_and_its_answer_read() {
    let (address, log) = server(|_, request| match request.starts_with("POST") {
        true => ok(r#"{"totalCount":1,"data":[{"s":"NASDAQ:AAPL","d":[5]}]}"#),
        false => ok(SEARCH),
    })
    .await;
    let client = builder(&address).build().unwrap();
    let page = client.ask(&Search::new("apple")).await.unwrap();
    assert_eq!(page.symbols[0].id().unwrap(), "NASDAQ:AAPL");
    let scan = Scan::new(Market::AMERICA).select(["close"]);
    assert_eq!(client.ask(&scan).await.unwrap().len(), 1);
    let heads = log.heads();
    assert!(
        heads[0].starts_with("GET /symbol_search/v3/?text=apple&hl=0"),
        "{heads:?}"
    );
    for header in [
        "origin: https://www.tradingview.com",
        "user-agent: Mozilla/5.0",
        "accept-encoding: ",
    ] {
        assert!(heads[0].contains(header), "{heads:?}");
    }
    assert!(
        heads[1].contains("content-type: application/json"),
        "{heads:?}"
    );
    assert!(
        heads[1].ends_with(r#"{"columns":["close"],"markets":["america"]}"#),
        "{heads:?}"
    );
}

#[tokio::test]
async fn cookies_go_with_the_requests_that_want_them() {
    let (address, log) = server(|_, request| match request.contains("/quote_token/") {
        true => ok("\"token\""),
        false => ok(SEARCH),
    })
    .await;
    let cookies = SessionCookies::new("CANARY-1", Some("CANARY-2")).unwrap();
    let guest = builder(&address).build().unwrap();
    let client = guest.with_cookies(cookies);
    client.ask(&Search::new("a")).await.unwrap();
    assert_eq!(client.ask(&QuoteToken).await.unwrap().expose(), "token");
    assert_eq!(guest.ask(&QuoteToken).await.unwrap().expose(), "token");
    let has_cookie: Vec<bool> = log
        .heads()
        .iter()
        .map(|head| head.contains("CANARY"))
        .collect();
    assert_eq!(has_cookie, [false, true, false]);
    assert!(log.heads()[1].contains("cookie: sessionid=CANARY-1; sessionid_sign=CANARY-2"));
    assert!(!format!("{client:?}").contains("CANARY"));
}

#[tokio::test]
async fn secrets_go_to_no_other_address() {
    let address = "https://gateway.invalid";
    let cookies = SessionCookies::new("CANARY", None).unwrap();
    let client = builder(address).cookies(cookies).build().unwrap();
    let error = client.ask(&QuoteToken).await.unwrap_err();
    assert_eq!(error, HttpError::Untrusted { host: Host::Www });
    assert_eq!(error.blame(), Blame::Misuse);
    let guest = builder(address).build().unwrap();
    let error = guest
        .ask(&SignIn::new("alice", "CANARY"))
        .await
        .unwrap_err();
    assert_eq!(error, HttpError::Untrusted { host: Host::Www });
}

#[tokio::test]
async fn a_sign_in_goes_through_both_steps() {
    let (address, log) = server(|number, _| match number {
        0 => http(
            "200 OK",
            "set-cookie: sessionid=early; Secure\r\n",
            r#"{"error":"2FA_required","code":"2FA_required","two_factor_types":[{"name":"totp"}]}"#,
        ),
        _ => http("200 OK", "set-cookie: sessionid=done\r\n", r#"{"user":{"id":5,"auth_token":"t"}}"#),
    })
    .await;
    let client = builder(&address).build().unwrap();
    let sign_in = SignIn::new("alice", "p&ss word");
    let first = client
        .send(&tv_http::wire::Endpoint::request(&sign_in).unwrap())
        .await
        .unwrap();
    let step = tv_http::wire::Endpoint::parse(&sign_in, &first).unwrap();
    assert_eq!(step, SignInStep::SecondFactor(vec![FactorKind::Totp]));
    let client = client.with_cookies(SessionCookies::from_answer(&first).unwrap());
    let step = client
        .ask(&SecondFactor::new(FactorKind::Totp, "123456"))
        .await
        .unwrap();
    assert!(matches!(step, SignInStep::Done(_)));
    let heads = log.heads();
    assert!(
        heads[0].ends_with("username=alice&password=p%26ss%20word&remember=true"),
        "{heads:?}"
    );
    assert!(
        heads[1].contains("cookie: sessionid=early") && heads[1].ends_with("code=123456"),
        "{heads:?}"
    );
}

#[tokio::test]
async fn bodies_are_unpacked_and_bounded() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(SEARCH.as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&vec![b' '; 8_000_000]).unwrap();
    let bomb = packer.finish().unwrap();
    let (address, _) = server(move |number, _| match number {
        0 => http("200 OK", "content-encoding: gzip\r\n", &packed),
        // `[   ]`, by brotli.
        1 => http(
            "200 OK",
            "content-encoding: br\r\n",
            [11, 2, 128, 91, 32, 32, 32, 93, 3],
        ),
        2 => http("200 OK", "content-encoding: gzip\r\n", &bomb),
        _ => Some(
            [
                b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".as_slice(),
                &[b' '; 300_000],
            ]
            .concat(),
        ),
    })
    .await;
    let client = builder(&address).max_body(200_000).build().unwrap();
    assert_eq!(
        client.ask(&Search::new("a")).await.unwrap().symbols.len(),
        1
    );
    assert!(client.ask(&Currencies).await.unwrap().is_empty());
    for _ in 0..2 {
        let error = client.ask(&Currencies).await.unwrap_err();
        assert_eq!(
            error,
            HttpError::TooLarge {
                host: Host::Files,
                limit: 200_000
            }
        );
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_costs_the_time_limit() {
    let (address, _) = server(|_, _| None).await;
    let limit = Duration::from_millis(50);
    let client = builder(&address)
        .time_limit(limit)
        .retries(0)
        .build()
        .unwrap();
    let error = client.ask(&Currencies).await.unwrap_err();
    assert_eq!(
        error,
        HttpError::TimedOut {
            host: Host::Files,
            limit
        }
    );
    assert_eq!(
        error.to_string(),
        "s3.tradingview.com did not answer within 50 ms"
    );
}

#[tokio::test]
async fn failures_of_the_server_are_repeated_where_that_does_no_harm() {
    let (address, log) = server(|number, _| match number {
        0 => http("429 Too Many Requests", "retry-after: 0\r\n", ""),
        1 => http("503 Service Unavailable", "", "<title>busy</title>"),
        2 => ok("[]"),
        _ => http("500 Internal Server Error", "", "oops"),
    })
    .await;
    let client = builder(&address).build().unwrap();
    assert!(client.ask(&Currencies).await.unwrap().is_empty());
    assert_eq!(log.heads().len(), 3);
    let error = client.ask(&SignIn::new("a", "b")).await.unwrap_err();
    assert!(
        matches!(
            error,
            HttpError::Answer(AnswerError::ServerFailed { status: 500, .. })
        ),
        "{error}"
    );
    assert_eq!(log.heads().len(), 4);
    let error = client.ask(&Currencies).await.unwrap_err();
    assert_eq!(error.blame(), Blame::Protocol);
    assert_eq!(log.heads().len(), 7);
}

#[tokio::test]
async fn a_hold_of_the_server_stops_all_clients_of_a_limiter() {
    let (address, log) =
        server(|_, _| http("429 Too Many Requests", "retry-after: 500\r\n", "")).await;
    let limiter = HostLimiter::unlimited();
    let client = builder(&address).limiter(limiter.clone()).build().unwrap();
    let error = client.ask(&Currencies).await.unwrap_err();
    let retry_after = Some(Duration::from_secs(500));
    assert_eq!(
        error,
        HttpError::Answer(AnswerError::RateLimited { retry_after })
    );
    let other = builder(&address).limiter(limiter).build().unwrap();
    let waits = tokio::time::timeout(Duration::from_millis(50), other.ask(&Currencies)).await;
    assert!(waits.is_err());
    assert_eq!(log.heads().len(), 1);
}

#[tokio::test]
async fn redirects_are_followed_within_the_named_addresses_alone() {
    let (address, log) = server(|_, request| match request.split(' ').nth(1).unwrap() {
        "/convertible-currencies.json" => http("302 Found", "location: /second\r\n", ""),
        "/second" => ok("[]"),
        "/quote_token/" => http("301 Moved", "location: http://127.0.0.1:1/stolen\r\n", ""),
        "/symbols/A-B/" => http("301 Moved", "location: /second\r\n", ""),
        _ => http("307 Moved", "location: /loop\r\n", ""),
    })
    .await;
    let cookies = SessionCookies::new("CANARY", None).unwrap();
    let client = builder(&address).cookies(cookies).build().unwrap();
    assert!(client.ask(&Currencies).await.unwrap().is_empty());
    let error = client.ask(&QuoteToken).await.unwrap_err();
    assert!(
        matches!(
            &error,
            HttpError::Answer(AnswerError::Redirected { status: 301, .. })
        ),
        "{error}"
    );
    assert!(
        client
            .ask(&SymbolExists::new("A:B").unwrap())
            .await
            .unwrap()
    );
    let before = log.heads().len();
    let error = client.ask(&Search::new("a")).await.unwrap_err();
    assert!(
        matches!(
            &error,
            HttpError::Answer(AnswerError::Redirected { status: 307, .. })
        ),
        "{error}"
    );
    assert_eq!(log.heads().len() - before, 6);
}

#[tokio::test]
async fn failures_of_the_network_say_what_and_hold_no_secret() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let cookies = SessionCookies::new("CANARY", None).unwrap();
    let client = builder(&address).cookies(cookies.clone()).build().unwrap();
    let error = client.ask(&QuoteToken).await.unwrap_err();
    assert_eq!(error.blame(), Blame::Network);
    assert!(
        error.to_string().contains("refused") && !format!("{error:?}").contains("CANARY"),
        "{error}"
    );

    let (address, log) =
        server(|_, _| Some(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[{\"id\":".to_vec()))
            .await;
    let client = builder(&address).build().unwrap();
    let error = client.ask(&Currencies).await.unwrap_err();
    let HttpError::BrokenOff { received, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(*received, 7);
    assert!(
        error.to_string().contains("broke off after 7 bytes"),
        "{error}"
    );
    assert_eq!(log.heads().len(), 3);
}

#[tokio::test]
async fn hooks_see_each_request_and_answer_without_secrets() {
    let (address, _) = server(|_, _| {
        http(
            "200 OK",
            "set-cookie: sessionid=CANARY-3\r\nx-echo: CANARY-SESSION\r\n",
            "\"CANARY-4\"",
        )
    })
    .await;
    let seen = Log::default();
    let (first, second) = (seen.clone(), seen.clone());
    let client = builder(&address)
        .cookies(SessionCookies::new("CANARY-SESSION", None).unwrap())
        .on_request(move |sending| first.0.lock().unwrap().push(format!("{sending:?}")))
        .on_response(move |received| {
            assert!(received.elapsed > Duration::ZERO);
            second.0.lock().unwrap().push(format!("{received:?}"));
        })
        .build()
        .unwrap();
    client.ask(&QuoteToken).await.unwrap();
    let seen = seen.heads();
    assert!(
        seen[0].contains("/quote_token/") && seen[0].contains("cookie: [hidden]"),
        "{seen:?}"
    );
    assert!(
        seen[1].contains("status: 200") && seen[1].contains("body: 10"),
        "{seen:?}"
    );
    assert!(!seen.concat().contains("CANARY"), "{seen:?}");
}

#[tokio::test]
async fn a_proxy_gets_the_requests() {
    let (address, log) = server(|_, _| ok("[]")).await;
    let client = builder("http://127.0.0.1:9")
        .proxy(&address)
        .build()
        .unwrap();
    assert!(client.ask(&Currencies).await.unwrap().is_empty());
    let head = log.heads().remove(0);
    assert!(
        head.starts_with("GET http://127.0.0.1:9/convertible-currencies.json"),
        "{head}"
    );
    let refused = builder("http://127.0.0.1:9")
        .proxy("::")
        .build()
        .unwrap_err();
    assert_eq!(refused, ClientError::Proxy);
}

#[tokio::test]
async fn certificates_are_checked() {
    let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let root = key.cert.der().to_vec();
    let private = rustls::pki_types::PrivateKeyDer::try_from(key.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![root.clone().into()], private.unwrap())
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(serve(stream, Log::default(), |_, _| ok("[]")));
            }
        }
    });
    let stranger = builder(&address).build().unwrap();
    let error = stranger.ask(&Currencies).await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
    let client = builder(&address).only_roots([root]).build().unwrap();
    assert!(client.ask(&Currencies).await.unwrap().is_empty());
    let refused = builder(&address)
        .only_roots([b"no certificate".to_vec()])
        .build()
        .unwrap_err();
    assert_eq!(refused, ClientError::Certificate { place: 0 });
}

#[tokio::test]
async fn pages_come_until_the_last_and_a_failed_one_is_asked_for_again() {
    let (address, log) = server(|number, _| match number {
        0 => ok(r#"{"symbols_remaining":1,"symbols":[{"symbol":"A"},{"symbol":"B"}]}"#),
        1 => http("400 Bad Request", "", r#"{"error":"no"}"#),
        _ => ok(r#"{"symbols_remaining":0,"symbols":[{"symbol":"C"}]}"#),
    })
    .await;
    let client = builder(&address).build().unwrap();
    let mut pages = client.pages(Search::new("x"));
    assert_eq!(pages.next().await.unwrap().unwrap().symbols.len(), 2);
    assert!(pages.next().await.unwrap().is_err());
    assert_eq!(pages.next().await.unwrap().unwrap().symbols.len(), 1);
    assert!(pages.next().await.is_none());
    let starts: Vec<bool> = log
        .heads()
        .iter()
        .map(|head| head.contains("&start=2 "))
        .collect();
    assert_eq!(starts, [false, true, true]);
}

#[tokio::test]
async fn pages_are_a_stream_and_a_dropped_call_does_not_ask_twice() {
    let (address, log) = server(|number, _| match number {
        0 => ok(r#"{"symbols_remaining":1,"symbols":[{"symbol":"A"}]}"#),
        1 => http("400 Bad Request", "", r#"{"error":"no"}"#),
        _ => ok(r#"{"symbols_remaining":0,"symbols":[{"symbol":"C"}]}"#),
    })
    .await;
    let client = builder(&address).build().unwrap();
    let mut pages = client.pages(Search::new("x"));
    assert!(pages.next().now_or_never().is_none());
    let copy = pages.clone();
    let counts: Vec<Option<usize>> = pages
        .map(|page| page.ok().map(|page| page.symbols.len()))
        .collect()
        .await;
    assert_eq!(counts, [Some(1), None, Some(1)]);
    assert_eq!(log.heads().len(), 3);
    // A clone has a question of its own.
    assert_eq!(copy.count().await, 1);
    assert_eq!(log.heads().len(), 4);
}

#[tokio::test]
async fn a_post_without_a_body_says_so() {
    let (address, log) = server(|_, _| ok(r#"{"fields":[]}"#)).await;
    let client = builder(&address).build().unwrap();
    client.ask(&Metainfo::new(Market::COIN)).await.unwrap();
    let head = log.heads().remove(0);
    assert!(head.starts_with("POST /coin/metainfo"), "{head}");
    assert_eq!(head.matches("content-length: 0").count(), 1, "{head}");
}

#[tokio::test]
async fn scripts_that_cannot_be_had_have_different_errors() {
    const REASON: &str = "The user requesting information on the script is not allowed to do so";
    let (address, log) = server(|_, request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        ok(&match path {
            _ if path.contains("STD%3BRSI/") => {
                r#"{"success":true,"result":{"metaInfo":{"scriptIdPart":"STD;RSI"}}}"#.to_owned()
            }
            _ if path.contains("PUB%3Binvite") || path.contains("USER") => {
                format!(r#"{{"success":false,"reason":"{REASON}"}}"#)
            }
            _ if path.contains("PUB") => r#"{"code":404,"message":"not found"}"#.to_owned(),
            _ => r#"{"success":false}"#.to_owned(),
        })
    })
    .await;
    let guest = builder(&address).build().unwrap();
    let id = |id: &str| ScriptId::new(id).unwrap();
    let info = guest.script(&id("STD;RSI")).await.unwrap();
    assert_eq!(info.script_id.as_deref(), Some("STD;RSI"));
    let error = guest.script(&id("PUB;invite")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("PUB;invite is private or invite-only, and a guest may not use it: {REASON}")
    );
    assert!(matches!(
        error,
        ScriptError::NotEntitled {
            is_signed_in: false,
            ..
        }
    ));
    for wrong in ["PUB;nothing", "STD;nothing"] {
        let error = guest.script(&id(wrong)).await.unwrap_err();
        assert!(matches!(error, ScriptError::NotFound { .. }), "{error}");
    }
    // A script of one's own is not even asked for without an account.
    let asked = log.heads().len();
    let error = guest.script(&id("USER;1")).await.unwrap_err();
    assert!(
        matches!(error, ScriptError::SignInRequired { .. }),
        "{error}"
    );
    assert_eq!(log.heads().len(), asked);
    let cookies = SessionCookies::new("CANARY-COOKIE", None::<&str>).unwrap();
    let account = guest.with_cookies(cookies);
    let error = account.script(&id("USER;1")).await.unwrap_err();
    assert!(matches!(
        error,
        ScriptError::NotEntitled {
            is_signed_in: true,
            ..
        }
    ));
}
