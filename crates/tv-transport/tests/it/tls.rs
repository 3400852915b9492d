//! Real TLS over loopback: whom the client trusts, and that nothing is said to anyone else.

use std::{net::Ipv4Addr, sync::Arc};

use futures_util::StreamExt;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::Role},
};
use tv_transport::{
    CloseReason, DialError, Endpoint, State, Supervisor, SupervisorConfig, TlsFault,
    TransportOptions, connect,
};

use crate::support::{Driven, Probe, Seen, read_request, switching};

/// An authority of our own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: Vec<u8>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self {
            issuer: Issuer::new(params, key),
            der,
        }
    }

    fn options(&self) -> TransportOptions {
        TransportOptions::default()
            .with_root_certificates([&self.der])
            .unwrap()
    }

    /// A server's configuration with a certificate for `name`, valid over the given years.
    fn server(&self, name: &str, years: std::ops::Range<i32>) -> ServerConfig {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.start, 1, 1);
        params.not_after = date_time_ymd(years.end, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap()
    }
}

/// A server for one connection; yields all that it could decrypt up to the end of the request.
async fn serve(config: ServerConfig) -> (u16, JoinHandle<Option<String>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut stream = TlsAcceptor::from(Arc::new(config)).accept(tcp).await.ok()?;
        let request = read_request(&mut stream).await;
        stream
            .write_all(switching(&request).as_bytes())
            .await
            .unwrap();
        let mut server = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
        while let Some(Ok(message)) = server.next().await {
            if let Message::Text(text) = message {
                futures_util::SinkExt::send(&mut server, Message::Text(text))
                    .await
                    .unwrap();
            }
        }
        Some(request)
    });
    (port, task)
}

fn endpoint(host: &str, port: u16) -> Endpoint {
    Endpoint::new(&format!("wss://{host}:{port}/socket?auth=hunter2")).unwrap()
}

const NOW: std::ops::Range<i32> = 2020..2090;

#[tokio::test]
async fn a_trusted_server_is_spoken_to() {
    let authority = Authority::new("authority");
    for host in ["localhost", "127.0.0.1"] {
        let (port, server) = serve(authority.server(host, NOW)).await;
        let options = authority.options();
        let socket = connect(&endpoint(host, port), &options).await.unwrap();
        let mut driven = Driven::over(socket, &options);
        assert_eq!(driven.next().await, Seen::Opened(1));
        driven.say("over tls").await;
        driven.expect_text("over tls").await;
        drop(driven.commands);
        assert_eq!(driven.task.await.unwrap().1, CloseReason::Local);
        assert!(server.await.unwrap().unwrap().contains("auth=hunter2"));
    }
}

#[tokio::test]
async fn f07_bad_certificates_are_typed_and_nothing_is_sent() {
    let authority = Authority::new("authority");
    let stranger = Authority::new("stranger");
    let namesake = Authority::new("authority");
    let cases = [
        (stranger.server("localhost", NOW), TlsFault::UnknownIssuer),
        (namesake.server("localhost", NOW), TlsFault::Certificate),
        (authority.server("other.test", NOW), TlsFault::WrongName),
        (authority.server("localhost", 2000..2001), TlsFault::Expired),
        (
            authority.server("localhost", 2089..2090),
            TlsFault::NotYetValid,
        ),
    ];
    for (config, fault) in cases {
        let (port, server) = serve(config).await;
        let error = connect(&endpoint("localhost", port), &authority.options())
            .await
            .unwrap_err();
        assert_eq!(error, DialError::Tls(fault));
        assert!(!error.is_retryable());
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        assert_eq!(
            server.await.unwrap(),
            None,
            "the server must see no request"
        );
    }
}

#[tokio::test]
async fn the_builtin_roots_do_not_trust_a_stranger_until_reported() {
    let authority = Authority::new("authority");
    let (port, _server) = serve(authority.server("localhost", NOW)).await;
    let options = TransportOptions::default();
    let error = connect(&endpoint("localhost", port), &options)
        .await
        .unwrap_err();
    assert_eq!(error, DialError::Tls(TlsFault::UnknownIssuer));

    let (port, _server) = serve(authority.server("localhost", NOW)).await;
    let options = options
        .with_extra_root_certificates([&authority.der])
        .unwrap();
    connect(&endpoint("localhost", port), &options)
        .await
        .unwrap();
}

#[tokio::test]
async fn f07_a_server_without_tls_is_typed_and_sees_no_secret() {
    for (answer, fault) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
            Some(TlsFault::Protocol),
        ),
        (b"", None),
    ] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(answer).await.unwrap();
            stream.shutdown().await.unwrap();
            let mut seen = Vec::new();
            stream.read_to_end(&mut seen).await.unwrap_or_default();
            seen
        });
        let error = connect(&endpoint("localhost", port), &TransportOptions::default())
            .await
            .unwrap_err();
        match (error, fault) {
            (DialError::Tls(found), Some(fault)) => assert_eq!(found, fault),
            (DialError::Tls(TlsFault::Lost(_)), None) => {}
            (error, _) => panic!("unexpected {error:?}"),
        }
        let seen = server.await.unwrap();
        assert!(!seen.windows(7).any(|window| window == b"hunter2"));
    }
}

#[tokio::test]
async fn f07_a_supervisor_waits_long_after_a_bad_certificate() {
    let authority = Authority::new("authority");
    let stranger = Authority::new("stranger");
    for (config, up) in [
        (authority.server("localhost", NOW), true),
        (stranger.server("localhost", NOW), false),
    ] {
        let (port, server) = serve(config).await;
        let config = SupervisorConfig::new("tls", endpoint("localhost", port))
            .transport(authority.options());
        let (_commands, receiver) = tokio::sync::mpsc::channel(1);
        let mut supervisor = Supervisor::new(Probe::default(), receiver, config);
        let handle = supervisor.handle();
        let task = tokio::spawn(async move { supervisor.run(drop).await });
        let wanted = if up {
            State::Connected
        } else {
            State::Reconnecting
        };
        assert!(handle.wait_for(|state| state == wanted).await);
        let health = handle.health().await;
        if !up {
            assert!(health.next_attempt_in.unwrap() >= std::time::Duration::from_secs(59));
            let error = health.last_error.unwrap();
            assert_eq!(error.text, "could not connect: tls failed: unknown issuer");
        }
        handle.close().await;
        task.await.unwrap();
        assert_eq!(
            server.await.unwrap().is_some(),
            up,
            "a stranger sees no request"
        );
    }
}
