//! TLS with the certificate that is made at the start.

use std::sync::Arc;

use futures_util::StreamExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use tokio_tungstenite::client_async;
use tv_sim::SimServer;

use crate::client::simulator;

fn connector(ca_pem: Option<&str>, protocols: &[&str]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = ca_pem {
        roots
            .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
            .unwrap();
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let names = protocols.iter().map(|name| name.as_bytes().to_vec());
    config.alpn_protocols = names.collect();
    TlsConnector::from(Arc::new(config))
}

async fn handshake(
    sim: &SimServer,
    ca_pem: Option<&str>,
    name: &str,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let stream = TcpStream::connect(sim.local_addr()).await.unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    connector(ca_pem, &[]).connect(name, stream).await
}

#[tokio::test]
async fn http_2_is_spoken_with_those_who_offer_it() {
    let sim = simulator().tls().start().await.unwrap();
    for (offered, chosen) in [
        (&["h2", "http/1.1"][..], Some(&b"h2"[..])),
        (&["http/1.1"], Some(b"http/1.1")),
        (&[], None),
    ] {
        let stream = TcpStream::connect(sim.local_addr()).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let connector = connector(sim.ca_pem(), offered);
        let mut stream = connector.connect(name, stream).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), chosen);
        if chosen != Some(b"h2") {
            continue;
        }
        // The preface of a client, with an empty frame of settings; the server sends its own.
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
        stream.write_all(preface).await.unwrap();
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(
            (head[3], &head[5..]),
            (4, &[0; 4][..]),
            "settings of the connection"
        );
    }
}

#[tokio::test]
async fn every_name_is_certified_by_its_own_authority_only() {
    let sim = simulator().tls().start().await.unwrap();
    assert!(sim.url().starts_with("wss://localhost:"), "{}", sim.url());
    let pem = sim.ca_pem().unwrap();
    for name in ["localhost", "127.0.0.1", "::1", "data.tradingview.com"] {
        let stream = handshake(&sim, Some(pem), name).await.unwrap();
        let (mut socket, _) = client_async(sim.url(), stream).await.unwrap();
        let hello = socket.next().await.unwrap().unwrap();
        assert!(hello.to_text().unwrap().contains("session_id"), "{name}");
    }
    assert!(handshake(&sim, Some(pem), "example.com").await.is_err());
    assert!(handshake(&sim, None, "localhost").await.is_err());
    let other = simulator().tls().start().await.unwrap();
    assert!(handshake(&sim, other.ca_pem(), "localhost").await.is_err());
}

#[tokio::test]
async fn faults_reach_below_tls_and_the_ledger_needs_none() {
    let plan = "when connection 1 and byte 100 do fin\nwhen connection 2 do http 503";
    let sim = simulator()
        .tls()
        .faults(plan.parse().unwrap())
        .start()
        .await
        .unwrap();
    let pem = sim.ca_pem().map(str::to_owned);
    let cut = handshake(&sim, pem.as_deref(), "localhost").await;
    assert_eq!(cut.unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
    let stream = handshake(&sim, pem.as_deref(), "localhost").await.unwrap();
    let error = client_async(sim.url(), stream).await.unwrap_err();
    assert!(error.to_string().contains("503"), "{error}");

    let mut plain = TcpStream::connect(sim.local_addr()).await.unwrap();
    let ask = "GET /ledger/faults HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    plain.write_all(ask.as_bytes()).await.unwrap();
    let mut text = String::new();
    plain.read_to_string(&mut text).await.unwrap();
    assert!(text.contains("\"total\":2"), "{text}");
}
