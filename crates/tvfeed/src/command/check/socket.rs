//! From the host's name to a study, step by step.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use client::{
    Auth, Client, HistoryRequest, Interval, QuoteField, QuoteRequest, Reconnect, SeriesRequest,
    StudyRequest, Symbol, TransportOptions, transport::Proxy,
};
use protocol::quote::Quote;
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use super::{
    greeting::greet,
    report::{Report, Seen},
};
use crate::exit::Failure;

/// Why later steps are left out.
const NO_NAME: &str = "the name has no address";
const NO_CONNECTION: &str = "there is no connection";

/// What every quote of a stock has.
const QUOTE: [&str; 8] = [
    "lp",
    "lp_time",
    "ch",
    "chp",
    "volume",
    "currency_code",
    "exchange",
    "type",
];

/// The built-in study that guests may use.
const STUDY: &str = "Volume@tv-basicstudies-241";

/// What is checked.
pub(super) struct Target {
    pub(super) url: String,
    pub(super) proxy: Option<Proxy>,
    pub(super) symbol: Symbol,
    pub(super) limit: Duration,
}

impl Target {
    fn options(&self) -> TransportOptions {
        let options = TransportOptions::default().connect_timeout(self.limit);
        match &self.proxy {
            Some(proxy) => options.proxy(proxy.clone()),
            None => options,
        }
    }
}

/// Checks the WebSocket of a server, signed in as `auth` says.
pub(super) async fn check(target: &Target, auth: Option<Auth>, report: &mut Report) {
    let Some((host, port, is_secure)) = parts(&target.url) else {
        report.skip("name", "the address has no host");
        return;
    };
    let proxy = target.proxy.as_ref();
    let Some(address) = report.step("name", resolve(&host, port, proxy)).await else {
        for name in [
            "tcp", "tls", "greeting", "sign-in", "quote", "history", "study",
        ] {
            report.skip(name, NO_NAME);
        }
        return;
    };
    match (report.step("tcp", dial(address, proxy)).await, is_secure) {
        (None, _) => report.skip("tls", "there is no TCP connection"),
        (Some(_), _) if proxy.is_some() => {
            report.skip("tls", "the greeting goes through the proxy")
        }
        (Some(_), false) => report.skip("tls", "the address is plain ws://"),
        (Some(stream), true) => {
            report.step("tls", encrypt(stream, &host)).await;
        }
    }
    report
        .step("greeting", greet(&target.url, target.options()))
        .await;
    let client = match auth {
        None => {
            report.skip("sign-in", "the account gives no token");
            None
        }
        Some(auth) => report.step("sign-in", connect(target, auth)).await,
    };
    let Some(client) = client else {
        for name in ["quote", "history", "study"] {
            report.skip(name, NO_CONNECTION);
        }
        return;
    };
    report.step("quote", quote(&client, &target.symbol)).await;
    report
        .step("history", history(&client, &target.symbol))
        .await;
    report.step("study", study(&client, &target.symbol)).await;
    let _late = tokio::time::timeout(Duration::from_secs(2), client.close()).await;
}

/// Host, port, and whether TLS is used.
fn parts(url: &str) -> Option<(String, u16, bool)> {
    let endpoint = transport::Endpoint::new(url).ok()?;
    Some((
        endpoint.host().to_owned(),
        endpoint.port(),
        url.starts_with("wss:"),
    ))
}

/// The address of the server, or of the proxy, whose name may be private.
async fn resolve(
    host: &str,
    port: u16,
    proxy: Option<&Proxy>,
) -> Result<(SocketAddr, Seen), Failure> {
    let (shown, host, port) = match proxy {
        Some(proxy) => ("the proxy", proxy.host(), proxy.port()),
        None => (host, host, port),
    };
    let failed = |text: String| Failure::Network(format!("{shown}: {text}"));
    // An IPv6 address stands in brackets in URLs.
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let found = lookup_host((name, port)).await;
    let all: Vec<_> = found.map_err(|error| failed(error.to_string()))?.collect();
    let first = all
        .first()
        .copied()
        .ok_or_else(|| failed("no address".to_owned()))?;
    let words = format!("{shown}, addresses: {}", all.len());
    Ok((first, Seen::as_known(words)))
}

async fn dial(address: SocketAddr, proxy: Option<&Proxy>) -> Result<(TcpStream, Seen), Failure> {
    let shown = match proxy {
        Some(_) => "the proxy".to_owned(),
        None => address.to_string(),
    };
    let failed = |error| Failure::Network(format!("cannot connect to {shown}: {error}"));
    let stream = TcpStream::connect(address).await.map_err(failed)?;
    Ok((stream, Seen::as_known(shown)))
}

async fn encrypt(stream: TcpStream, host: &str) -> Result<((), Seen), Failure> {
    let failed = |error: String| Failure::Network(format!("no TLS with {host}: {error}"));
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(error.to_string()))?;
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .map_err(|error| failed(error.to_string()))?;
    let (_, session) = stream.get_ref();
    let version = session.protocol_version();
    let words = version.map_or_else(|| "TLS".to_owned(), |version| format!("{version:?}"));
    Ok(((), Seen::as_known(words)))
}

async fn connect(target: &Target, auth: Auth) -> Result<(Client, Seen), Failure> {
    let words = match auth {
        Auth::Guest => "as a guest",
        _ => "with a token",
    };
    let client = Client::builder()
        .endpoint(&target.url)
        .transport(target.options())
        .auth(auth)
        .reconnect(Reconnect::Never)
        .connect()
        .await?;
    Ok((client, Seen::as_known(words)))
}

async fn quote(client: &Client, symbol: &Symbol) -> Result<((), Seen), Failure> {
    let request = QuoteRequest::new([symbol.clone()])?;
    let found = client.snapshot(request).await?.remove(symbol);
    let quote = found.ok_or_else(|| Failure::Refused(format!("{symbol}: no answer")))??;
    let last = quote
        .last()
        .map_or_else(|| "no price".to_owned(), |last| last.to_string());
    let mode = quote.update_mode().map(|mode| mode.as_str().into_owned());
    let words = format!(
        "{symbol} {last}, {} fields, {}",
        quote.len(),
        mode.unwrap_or_default()
    );
    Ok((
        (),
        Seen {
            words,
            differences: odd_fields(&quote),
        },
    ))
}

/// Fields that are not known, basic ones that are missing, and prices that are not numbers.
fn odd_fields(quote: &Quote) -> Vec<String> {
    let mut found: Vec<String> = quote
        .fields()
        .filter(|(field, _)| matches!(field, QuoteField::Other(_)))
        .map(|(field, _)| format!("{}: is not a known field", field.name()))
        .collect();
    for name in QUOTE {
        match quote.get(&QuoteField::from(name)) {
            None => found.push(format!("{name}: is missing")),
            Some(value) if name == "lp" && value.number().is_none() => {
                found.push(format!("{name}: is of another kind"));
            }
            Some(_) => {}
        }
    }
    found
}

async fn history(client: &Client, symbol: &Symbol) -> Result<((), Seen), Failure> {
    let request = HistoryRequest::new(symbol.clone(), Interval::DAY)?.count(10);
    let history = client.history(request).await?;
    let mut differences: Vec<String> = history
        .info
        .other
        .keys()
        .map(|key| format!("{key}: is not a known key of a symbol"))
        .collect();
    if history.bars.is_empty() {
        differences.push("bars: are missing".to_owned());
    }
    let words = format!("{} days", history.bars.len());
    Ok(((), Seen { words, differences }))
}

async fn study(client: &Client, symbol: &Symbol) -> Result<((), Seen), Failure> {
    let request = SeriesRequest::new(symbol.clone(), Interval::DAY)?.count(10);
    let series = client.series(request).await?;
    let mut study = series.study(StudyRequest::new(STUDY)).await?;
    let points = study.snapshot().await?;
    let mut seen = Seen::as_known(format!("{STUDY}, {} values", points.len()));
    if points.is_empty() {
        seen.differences.push("values: are missing".to_owned());
    }
    Ok(((), seen))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_a_port_and_perhaps_tls() {
        for (url, expected) in [
            (
                "wss://data.tradingview.com/socket.io/websocket",
                Some(("data.tradingview.com", 443, true)),
            ),
            ("ws://127.0.0.1:8080/", Some(("127.0.0.1", 8080, false))),
            ("nonsense", None),
        ] {
            let expected =
                expected.map(|(host, port, tls): (&str, u16, bool)| (host.to_owned(), port, tls));
            assert_eq!(parts(url), expected);
        }
    }
}
