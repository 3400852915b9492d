//! The client through proxies of this machine, to a server that has TradingView's names.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::Barrier,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tv_http::{
    account::{QuoteToken, SessionCookies},
    client::{HostLimiter, HttpClient, HttpClientBuilder, HttpError},
    scanner::{Market, Scan},
};

use crate::server::{Log, ok, read, serve};

const NAMES: [&str; 2] = ["scanner.tradingview.com", "www.tradingview.com"];

const PAGE: &str = r#"{"totalCount":1,"data":[{"s":"NASDAQ:AAPL","d":[5]}]}"#;

/// A server behind TLS for the names of two hosts.
#[derive(Clone)]
struct Site {
    port: u16,
    /// The certificate to trust.
    root: Vec<u8>,
    connections: Arc<AtomicUsize>,
    /// The names that clients gave in TLS, and their requests.
    log: Log,
    /// Where two questions for a token meet before either is answered.
    meeting: Arc<Barrier>,
}

impl Site {
    /// Starts one that speaks some protocols, by their names in ALPN.
    async fn start(protocols: &[&[u8]]) -> Self {
        let key = rcgen::generate_simple_self_signed(NAMES.map(str::to_owned)).unwrap();
        let root = key.cert.der().to_vec();
        let private = rustls::pki_types::PrivateKeyDer::try_from(key.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![root.clone().into()], private.unwrap())
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = Self {
            port: listener.local_addr().unwrap().port(),
            root,
            connections: Arc::default(),
            log: Log::default(),
            meeting: Arc::new(Barrier::new(2)),
        };
        let served = site.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, site) = (acceptor.clone(), served.clone());
                tokio::spawn(async move {
                    site.serve(acceptor.accept(stream).await.unwrap()).await;
                });
            }
        });
        site
    }

    async fn serve(self, stream: TlsStream<TcpStream>) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        let session = stream.get_ref().1;
        let name = session.server_name().unwrap_or_default();
        self.log.push(format!("TLS {name}"));
        if session.alpn_protocol() == Some(b"h2") {
            return self.serve_h2(stream).await;
        }
        let answer = |_, request: &str| match request.starts_with("POST") {
            true => ok(PAGE),
            false => ok("\"token\""),
        };
        serve(stream, self.log.clone(), answer).await;
    }

    async fn serve_h2(&self, stream: TlsStream<TcpStream>) {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            let site = self.clone();
            tokio::spawn(async move {
                let (method, uri) = (request.method().clone(), request.uri().clone());
                site.log.push(format!("HTTP/2 {method} {uri}"));
                let mut body = request.into_body();
                while let Some(Ok(part)) = body.data().await {
                    body.flow_control().release_capacity(part.len()).unwrap();
                }
                let body = match method == http::Method::POST {
                    true => PAGE,
                    false => {
                        site.meeting.wait().await;
                        "\"token\""
                    }
                };
                let mut out = respond
                    .send_response(http::Response::new(()), false)
                    .unwrap();
                out.send_data(Bytes::from_static(body.as_bytes()), true)
                    .unwrap();
            });
        }
    }
}

/// Starts a proxy for CONNECT that wants a login, given in base64, and leads every name to a port.
async fn http_proxy(port: u16, login: &'static str) -> (String, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let log = Log::default();
    let shown = log.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let log = log.clone();
            tokio::spawn(async move {
                let Some(head) = read(&mut stream).await else {
                    return;
                };
                log.push(head.clone());
                if !head
                    .to_lowercase()
                    .contains("\r\nproxy-authorization: basic ")
                    || !head.contains(login)
                {
                    let refusal = b"HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n";
                    stream.write_all(refusal).await.unwrap();
                    return;
                }
                stream
                    .write_all(b"HTTP/1.1 200 Go on\r\n\r\n")
                    .await
                    .unwrap();
                let mut site = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                // Either side may end first.
                let _ = copy_bidirectional(&mut stream, &mut site).await;
            });
        }
    });
    (address, shown)
}

/// Starts a SOCKS5 proxy that wants a login and leads every name to a port. It logs where it was
/// asked to lead, and by whom.
async fn socks_proxy(port: u16, login: (&'static str, &'static str)) -> (String, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let log = Log::default();
    let shown = log.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let log = log.clone();
            tokio::spawn(async move {
                // Without a login it ends here, and the client sees the end.
                if let Some(target) = lead(&mut stream, login).await {
                    log.push(target);
                    let mut site = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    let _ = copy_bidirectional(&mut stream, &mut site).await;
                }
            });
        }
    });
    (address, shown)
}

/// The handshake of RFC 1928 and RFC 1929; where to lead, as a name.
async fn lead(stream: &mut TcpStream, (user, password): (&str, &str)) -> Option<String> {
    assert_eq!(stream.read_u8().await.ok()?, 5);
    let methods = short(stream).await?;
    if !methods.contains(&2) {
        stream.write_all(&[5, 0xff]).await.ok()?;
        return None;
    }
    stream.write_all(&[5, 2]).await.ok()?;
    assert_eq!(stream.read_u8().await.ok()?, 1);
    let given = (short(stream).await?, short(stream).await?);
    if given != (user.as_bytes().to_vec(), password.as_bytes().to_vec()) {
        stream.write_all(&[1, 1]).await.ok()?;
        return None;
    }
    stream.write_all(&[1, 0]).await.ok()?;
    let mut request = [0; 4];
    stream.read_exact(&mut request).await.ok()?;
    assert_eq!(request, [5, 1, 0, 3], "a connection to a name");
    let name = String::from_utf8(short(stream).await?).unwrap();
    let port = stream.read_u16().await.ok()?;
    stream
        .write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0])
        .await
        .ok()?;
    Some(format!("{name}:{port}"))
}

/// A text with its length before it.
async fn short(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut text = vec![0; usize::from(stream.read_u8().await.ok()?)];
    stream.read_exact(&mut text).await.ok()?;
    Some(text)
}

fn builder(site: &Site, proxy: String) -> HttpClientBuilder {
    HttpClient::builder()
        .only_roots([site.root.clone()])
        .proxy(proxy)
        .retries(0)
        .limiter(HostLimiter::unlimited())
        .cookies(SessionCookies::new("CANARY-COOKIE", None).unwrap())
}

fn scan() -> Scan {
    Scan::new(Market::AMERICA).select(["close"])
}

/// Asks two hosts by their names, and checks what the server saw.
async fn ask_by_name(site: &Site, proxy: String) {
    let client = builder(site, proxy).build().unwrap();
    assert_eq!(client.ask(&scan()).await.unwrap().len(), 1);
    assert_eq!(client.ask(&QuoteToken).await.unwrap().expose(), "token");
    let log = site.log.heads();
    assert_eq!(
        [&log[0], &log[2]],
        ["TLS scanner.tradingview.com", "TLS www.tradingview.com"]
    );
    assert!(
        log[1].contains("\r\nhost: scanner.tradingview.com\r\n"),
        "{log:?}"
    );
    assert!(log[1].starts_with("POST /america/scan HTTP/1.1"), "{log:?}");
    assert!(
        log[3].contains("\r\nhost: www.tradingview.com\r\n"),
        "{log:?}"
    );
    // TLS leads to a host of the site, so that it may see secrets.
    assert!(log[3].contains("CANARY-COOKIE"), "{log:?}");
}

#[tokio::test]
async fn hosts_are_asked_by_name_through_connect_and_the_proxy_sees_no_secret() {
    let site = Site::start(&[b"http/1.1"]).await;
    // us@er:hunter2:
    let (address, log) = http_proxy(site.port, "dXNAZXI6aHVudGVyMjo=").await;
    ask_by_name(&site, format!("http://us%40er:hunter2%3A@{address}/")).await;
    let heads = log.heads();
    assert!(
        heads[0].starts_with("CONNECT scanner.tradingview.com:443 HTTP/1.1\r\n"),
        "{heads:?}"
    );
    assert!(
        heads[1].starts_with("CONNECT www.tradingview.com:443 HTTP/1.1\r\n"),
        "{heads:?}"
    );
    assert!(!heads.concat().contains("CANARY"), "{heads:?}");

    let stranger = builder(&site, format!("http://user:CANARY-WORD@{address}"))
        .build()
        .unwrap();
    let error = stranger.ask(&scan()).await.unwrap_err();
    assert!(matches!(error, HttpError::Network { .. }), "{error}");
    assert!(
        error.to_string().contains("proxy authorization required"),
        "{error}"
    );
    assert!(
        !format!("{error} {error:?} {stranger:?}").contains("CANARY-WORD"),
        "{error}"
    );
    assert_eq!(site.connections.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn hosts_are_asked_by_name_through_socks5() {
    let site = Site::start(&[b"http/1.1"]).await;
    let (address, log) = socks_proxy(site.port, ("us@er", "hunter2:")).await;
    // Names are never resolved here, whichever of the two schemes is given.
    ask_by_name(&site, format!("socks5://us%40er:hunter2%3A@{address}")).await;
    let names = ["scanner.tradingview.com:443", "www.tradingview.com:443"];
    assert_eq!(log.heads(), names);
    let client = builder(&site, format!("socks5h://us%40er:hunter2%3A@{address}"));
    assert_eq!(client.build().unwrap().ask(&scan()).await.unwrap().len(), 1);
    assert_eq!(log.heads()[2..], names[..1]);

    for login in ["", "user:CANARY-WORD@"] {
        let stranger = builder(&site, format!("socks5://{login}{address}"))
            .build()
            .unwrap();
        let error = stranger.ask(&scan()).await.unwrap_err();
        assert!(matches!(error, HttpError::Network { .. }), "{error}");
        assert!(
            !format!("{error} {error:?}").contains("CANARY-WORD"),
            "{error}"
        );
    }
    assert_eq!(site.connections.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn questions_share_a_connection_of_http_2() {
    let site = Site::start(&[b"h2", b"http/1.1"]).await;
    let (address, log) = http_proxy(site.port, "dTpw").await;
    let client = builder(&site, format!("http://u:p@{address}"))
        .build()
        .unwrap();
    assert_eq!(client.ask(&scan()).await.unwrap().len(), 1);
    assert_eq!(client.ask(&scan()).await.unwrap().len(), 1);
    let connections = || site.connections.load(Ordering::Relaxed);
    assert_eq!(connections(), 1);
    // Opens the connection to the other host: both questions wait for each other there.
    let (one, other) = tokio::join!(client.ask(&QuoteToken), client.ask(&QuoteToken));
    assert_eq!(
        (one.unwrap().expose(), other.unwrap().expose()),
        ("token", "token")
    );
    let before = connections();
    let (one, other) = tokio::join!(client.ask(&QuoteToken), client.ask(&QuoteToken));
    assert_eq!(
        (one.unwrap().expose(), other.unwrap().expose()),
        ("token", "token")
    );
    assert_eq!(connections(), before, "both went over one connection");
    let requests = site.log.heads();
    assert_eq!(
        requests[1],
        "HTTP/2 POST https://scanner.tradingview.com/america/scan"
    );
    assert!(
        requests
            .iter()
            .any(|it| it.starts_with("HTTP/2 GET https://www.tradingview.com/quote_token/")),
        "{requests:?}"
    );
    assert_eq!(log.heads().len(), before);
}
