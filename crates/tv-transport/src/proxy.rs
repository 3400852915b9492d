//! Proxies: HTTP CONNECT and SOCKS5, both with user and password.
//!
//! Works over any stream that leads to the proxy. The proxy resolves the server's name. Credentials
//! are secrets: no `Debug` and no error shows them.

use std::{fmt, io};

use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::error::{DialError, InvalidEndpoint, IoFault, ProxyFault};

/// A proxy through which servers are reached.
///
/// TLS runs through the proxy to the server, so the proxy sees the server's name but no content.
#[derive(Clone)]
pub struct Proxy {
    scheme: ProxyScheme,
    host: Box<str>,
    port: u16,
    login: Option<Login>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProxyScheme {
    Http,
    Socks5,
}

#[derive(Clone)]
struct Login {
    user: SecretString,
    password: SecretString,
}

impl Proxy {
    /// Reads `http://[user:password@]host[:port]` or `socks5://…`; the ports are 8080 and 1080
    /// unless given.
    ///
    /// In user and password, escape characters that have a meaning in URLs, such as `%40` for `@`.
    ///
    /// # Errors
    ///
    /// [`InvalidEndpoint::Proxy`] if it is neither.
    pub fn new(url: &str) -> Result<Self, InvalidEndpoint> {
        Self::parse(url).ok_or(InvalidEndpoint::Proxy)
    }

    fn parse(url: &str) -> Option<Self> {
        let (scheme, default_port, rest) = if let Some(rest) = url.strip_prefix("http://") {
            (ProxyScheme::Http, 8080, rest)
        } else {
            let rest = url
                .strip_prefix("socks5://")
                .or_else(|| url.strip_prefix("socks5h://"))?;
            (ProxyScheme::Socks5, 1080, rest)
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (login, address) = match rest.rsplit_once('@') {
            Some((login, address)) => (Some(Login::parse(login)?), address),
            None => (None, rest),
        };
        let authority: http::uri::Authority = address.parse().ok()?;
        let host = authority.host();
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        let after_host = address.rsplit(']').next().unwrap_or_default();
        let port = match (authority.port_u16(), after_host.contains(':')) {
            (Some(0), _) | (None, true) => return None,
            (Some(port), _) => port,
            (None, false) => default_port,
        };
        (!host.is_empty()).then(|| Self {
            scheme,
            host: host.into(),
            port,
            login,
        })
    }

    /// The proxy's own host, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The proxy's own port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Asks the proxy at the other end of `stream` to connect to the server.
    pub(crate) async fn tunnel<S>(
        &self,
        stream: &mut S,
        host: &str,
        port: u16,
    ) -> Result<(), DialError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let led = match self.scheme {
            ProxyScheme::Http => self.tunnel_http(stream, host, port).await,
            ProxyScheme::Socks5 => self.tunnel_socks(stream, host, port).await,
        };
        led.map_err(|failure| DialError::Proxy(failure.0))
    }

    async fn tunnel_http<S>(&self, stream: &mut S, host: &str, port: u16) -> Result<(), Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (open, close) = if host.contains(':') {
            ("[", "]")
        } else {
            ("", "")
        };
        let target = format!("{open}{host}{close}:{port}");
        let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
        if let Some(login) = &self.login {
            let pair = format!(
                "{}:{}",
                login.user.expose_secret(),
                login.password.expose_secret()
            );
            request.push_str("Proxy-Authorization: Basic ");
            STANDARD.encode_string(pair, &mut request);
            request.push_str("\r\n");
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes()).await?;
        stream.flush().await?;
        let status = read_status(stream).await?;
        match status {
            200..=299 => Ok(()),
            407 => Err(Failure(ProxyFault::Auth)),
            _ => Err(Failure(ProxyFault::Status(status))),
        }
    }

    async fn tunnel_socks<S>(&self, stream: &mut S, host: &str, port: u16) -> Result<(), Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        // RFC 1928: our methods, the proxy's choice.
        let methods: &[u8] = if self.login.is_some() {
            &[5, 2, 0, 2]
        } else {
            &[5, 1, 0]
        };
        stream.write_all(methods).await?;
        stream.flush().await?;
        match (read_array::<_, 2>(stream).await?, &self.login) {
            ([5, 0], _) => {}
            ([5, 2], Some(login)) => login.authenticate(stream).await?,
            ([5, _], _) => return Err(Failure(ProxyFault::Auth)),
            _ => return Err(Failure(ProxyFault::BadAnswer)),
        }
        let mut request = vec![5, 1, 0, 3];
        push_short(&mut request, host)?;
        request.extend(port.to_be_bytes());
        stream.write_all(&request).await?;
        stream.flush().await?;
        let [version, reply, _, kind] = read_array::<_, 4>(stream).await?;
        if version != 5 {
            return Err(Failure(ProxyFault::BadAnswer));
        }
        if reply != 0 {
            return Err(Failure(ProxyFault::Reply(reply)));
        }
        // The address it connects from, which is of no use to us, and its port.
        let length = match kind {
            1 => 4,
            3 => usize::from(stream.read_u8().await?),
            4 => 16,
            _ => return Err(Failure(ProxyFault::BadAnswer)),
        };
        let mut rest = vec![0; length + 2];
        stream.read_exact(&mut rest).await?;
        Ok(())
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("scheme", &self.scheme)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("login", &self.login.is_some())
            .finish()
    }
}

impl Login {
    fn parse(text: &str) -> Option<Self> {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        Some(Self {
            user: decode(user)?.into(),
            password: decode(password)?.into(),
        })
    }

    /// RFC 1929.
    async fn authenticate<S>(&self, stream: &mut S) -> Result<(), Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut request = vec![1];
        push_short(&mut request, self.user.expose_secret())?;
        push_short(&mut request, self.password.expose_secret())?;
        stream.write_all(&request).await?;
        stream.flush().await?;
        match read_array::<_, 2>(stream).await? {
            [_, 0] => Ok(()),
            _ => Err(Failure(ProxyFault::Auth)),
        }
    }
}

/// Lets `?` turn an IO error into a fault of the proxy.
struct Failure(ProxyFault);

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(ProxyFault::Lost(IoFault::from(&error)))
    }
}

/// A length of one byte, and the text.
fn push_short(request: &mut Vec<u8>, text: &str) -> Result<(), Failure> {
    let length = u8::try_from(text.len()).map_err(|_| Failure(ProxyFault::TooLong))?;
    request.push(length);
    request.extend(text.as_bytes());
    Ok(())
}

async fn read_array<S: AsyncRead + Unpin, const N: usize>(
    stream: &mut S,
) -> Result<[u8; N], Failure> {
    let mut array = [0; N];
    stream.read_exact(&mut array).await?;
    Ok(array)
}

/// Reads the head of a response byte by byte, since what follows it is the server's, and returns
/// the status.
async fn read_status<S: AsyncRead + Unpin>(stream: &mut S) -> Result<u16, Failure> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= MAX_HEAD {
            return Err(Failure(ProxyFault::BadAnswer));
        }
        head.push(stream.read_u8().await?);
    }
    status_of(&head).ok_or(Failure(ProxyFault::BadAnswer))
}

fn status_of(head: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(head.split(|byte| *byte == b'\r').next()?).ok()?;
    let rest = line.strip_prefix("HTTP/1.")?.get(1..)?.strip_prefix(' ')?;
    let status = rest.get(..3)?.parse().ok()?;
    (100..=599).contains(&status).then_some(status)
}

/// Resolves escapes such as `%40`; `None` if one is malformed.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let byte = if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            u8::try_from(high * 16 + low).ok()?
        } else {
            byte
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}

/// The longest answer of a proxy that is read, in bytes.
const MAX_HEAD: usize = 8 << 10;

#[cfg(test)]
mod tests;
