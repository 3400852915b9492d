//! What can go wrong before a connection is open, sorted by the side at fault.
//!
//! The errors are values: cloneable, comparable, and free of URLs and headers. What to do
//! after each is in [`recovery`](crate::Recovery).

use std::{fmt, io, time::Duration};

use thiserror::Error;

use crate::text::printable;

/// Why no connection could be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DialError {
    /// The caller's fault: an address, header or option that cannot be used.
    #[error("unusable endpoint or option")]
    InvalidEndpoint(#[from] InvalidEndpoint),
    /// The name could not be resolved.
    #[error("name resolution failed: {0}")]
    Resolve(IoFault),
    /// No address accepted a TCP connection; the fault is that of the last one that failed.
    #[error("tcp connection failed: {0}")]
    Tcp(IoFault),
    /// TLS could not be agreed, or the server's certificate was rejected. Nothing of the request
    /// was sent.
    #[error("tls failed: {0}")]
    Tls(TlsFault),
    /// The proxy did not connect to the server.
    #[error("proxy failed: {0}")]
    Proxy(ProxyFault),
    /// The server answered the upgrade with another HTTP status than 101.
    #[error("server refused the upgrade with status {status}{}", excerpt(body))]
    Refused {
        /// The HTTP status. Redirects (3xx) are not followed and end up here too.
        status: u16,
        /// The server's `Retry-After`, if any, at most a day.
        retry_after: Option<Duration>,
        /// The text of the answer: cleaned, without line breaks, and without headers and a query of
        /// ours that it repeats. At most 4,096 characters; a longer one ends with `… (cut)`.
        /// `Display` shows the first 256.
        body: String,
    },
    /// The server broke HTTP or the WebSocket handshake.
    #[error("bad upgrade response: {0}")]
    Handshake(HandshakeFault),
    /// The stream failed during the upgrade.
    #[error("connection lost during the upgrade: {0}")]
    Lost(IoFault),
    /// The deadline over all stages passed.
    #[error("connecting timed out during {stage}")]
    TimedOut {
        /// The stage that was under way.
        stage: Stage,
    },
    /// The future was not polled in a tokio runtime.
    #[error("no tokio runtime: call this from a task of one, such as under #[tokio::main]")]
    NoRuntime,
}

/// The most characters of a body that `Display` shows.
const EXCERPT: usize = 256;

/// The beginning of a body, at the end of a sentence.
fn excerpt(body: &str) -> String {
    match body.char_indices().nth(EXCERPT) {
        _ if body.is_empty() => String::new(),
        None => format!(": {body:?}"),
        Some((end, _)) => {
            let (shown, rest) = body.split_at(end);
            format!(": {shown:?} and {} more characters", rest.chars().count())
        }
    }
}

impl DialError {
    /// The same with another text of the peer.
    pub(crate) fn map_text(self, redact: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::Refused {
                status,
                retry_after,
                body,
            } => Self::Refused {
                status,
                retry_after,
                body: printable(&redact(&body)),
            },
            other => other,
        }
    }

    /// The kind of error, for metrics and logs: one of few names, without details.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::InvalidEndpoint(_) => "invalid_endpoint",
            Self::Resolve(_) => "resolve",
            Self::Tcp(_) => "tcp",
            Self::Tls(_) => "tls",
            Self::Proxy(_) => "proxy",
            Self::Refused { .. } => "refused",
            Self::Handshake(_) => "handshake",
            Self::Lost(_) => "lost",
            Self::TimedOut { .. } => "connect_timeout",
            Self::NoRuntime => "no_runtime",
        }
    }
}

/// An address, header or option that cannot be used. Never holds the value itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum InvalidEndpoint {
    /// The text is not a URL.
    #[error("the address is not a url: expected wss://host[:port]/path")]
    Malformed,
    /// The text does not begin with a scheme.
    #[error("the address has no scheme: write wss://… before it, or ws://… for this machine")]
    NoScheme,
    /// The scheme is neither `ws` nor `wss`.
    #[error(
        "the scheme of the address is not a websocket's: expected wss://, or ws:// for this machine"
    )]
    Scheme,
    /// The port is not a number from 1 to 65535.
    #[error("the port of the address is not a number from 1 to 65535")]
    Port,
    /// The URL names a user; credentials do not belong there.
    #[error("the address holds a user name: send credentials in a header")]
    UserInfo,
    /// The host is empty or cannot be a TLS server name.
    #[error("the host of the address is empty or not a valid name")]
    Host,
    /// Plain `ws` to a host that is not this machine.
    #[error("plain ws:// is allowed to this machine only: write wss://")]
    Plaintext,
    /// A header's name or value has characters that HTTP forbids.
    #[error("a header has characters that http does not allow")]
    Header,
    /// A header that the handshake itself sets.
    #[error("the handshake sets this header itself")]
    ReservedHeader,
    /// A root certificate is not valid DER.
    #[error("a root certificate is not valid der")]
    RootCertificate,
    /// The proxy's address is neither `http://[user:password@]host:port` nor `socks5://…`.
    #[error(
        "the address of the proxy is not valid: expected http://[user:password@]host:port or socks5://…"
    )]
    Proxy,
    /// The TLS library rejected its configuration.
    #[error("the tls library rejected its configuration")]
    TlsConfig,
}

/// A stage of connecting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Resolving the name.
    Resolve,
    /// Connecting over TCP.
    Tcp,
    /// The proxy handshake.
    Proxy,
    /// The TLS handshake.
    Tls,
    /// The HTTP upgrade.
    Upgrade,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolve => "name resolution",
            Self::Tcp => "tcp connect",
            Self::Proxy => "proxy handshake",
            Self::Tls => "tls handshake",
            Self::Upgrade => "upgrade",
        })
    }
}

/// Why TLS failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum TlsFault {
    /// The certificate's issuer is not trusted.
    #[error("unknown issuer")]
    UnknownIssuer,
    /// The certificate is for another name.
    #[error("certificate is not valid for this name")]
    WrongName,
    /// The certificate has expired.
    #[error("certificate expired")]
    Expired,
    /// The certificate is not valid yet.
    #[error("certificate not valid yet")]
    NotYetValid,
    /// The certificate is rejected for another reason.
    #[error("certificate rejected")]
    Certificate,
    /// The peers have no version or cipher in common, or the server sent an alert.
    #[error("no agreement with the server")]
    Refused,
    /// The server broke the TLS protocol, or speaks none.
    #[error("bad tls message")]
    Protocol,
    /// The stream failed or ended during the handshake.
    #[error("connection lost: {0}")]
    Lost(IoFault),
}

impl TlsFault {
    /// Whether the certificate is the cause. Then only a change of configuration or server helps.
    #[must_use]
    pub fn is_certificate(&self) -> bool {
        matches!(
            self,
            Self::UnknownIssuer
                | Self::WrongName
                | Self::Expired
                | Self::NotYetValid
                | Self::Certificate
        )
    }
}

/// Why a proxy did not connect to the server. Never holds credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum ProxyFault {
    /// The proxy requires credentials, or rejects those given.
    #[error("authentication required")]
    Auth,
    /// The proxy refused with an HTTP status.
    #[error("refused with status {0}")]
    Status(u16),
    /// The proxy refused with a SOCKS reply code.
    #[error("refused with socks reply {0}")]
    Reply(u8),
    /// The proxy's answer is not HTTP or SOCKS5, or is too long.
    #[error("bad answer")]
    BadAnswer,
    /// The host, user or password is too long for the protocol.
    #[error("host, user or password too long")]
    TooLong,
    /// The stream failed or ended during the handshake.
    #[error("connection lost: {0}")]
    Lost(IoFault),
}

impl ProxyFault {
    /// Whether only a change of configuration helps.
    #[must_use]
    pub fn will_last(&self) -> bool {
        matches!(
            self,
            Self::Auth | Self::TooLong | Self::Status(400..=499) | Self::Reply(2)
        )
    }
}

/// How a server broke the upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum HandshakeFault {
    /// The response is not HTTP/1.1.
    #[error("not http/1.1")]
    NotHttp,
    /// The response has too many or too long headers, or comes in too many pieces.
    #[error("response too large")]
    TooLarge,
    /// The connection ended before the response was complete.
    #[error("response cut off")]
    Cut,
    /// `Upgrade: websocket` or `Connection: Upgrade` is missing.
    #[error("not an upgrade to websocket")]
    NotUpgraded,
    /// `Sec-WebSocket-Accept` does not match our key.
    #[error("accept key mismatch")]
    AcceptKey,
    /// The server chose an extension or subprotocol that we did not offer.
    #[error("unrequested extension or subprotocol")]
    Unrequested,
    /// Anything else.
    #[error("unexpected response")]
    Other,
}

/// An IO error as a value: its kind and the system's number, without payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IoFault {
    kind: io::ErrorKind,
    code: Option<i32>,
}

impl IoFault {
    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        self.kind
    }

    /// The operating system's number of the error, if it came from there.
    #[must_use]
    pub fn os_code(&self) -> Option<i32> {
        self.code
    }
}

impl From<io::ErrorKind> for IoFault {
    fn from(kind: io::ErrorKind) -> Self {
        Self { kind, code: None }
    }
}

impl From<&io::Error> for IoFault {
    fn from(error: &io::Error) -> Self {
        Self {
            kind: error.kind(),
            code: error.raw_os_error(),
        }
    }
}

impl fmt::Display for IoFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{} (os error {code})", self.kind),
            None => write!(f, "{}", self.kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_cause_once() {
        let error = DialError::from(InvalidEndpoint::UserInfo);
        assert_eq!(error.to_string(), "unusable endpoint or option");
        assert_eq!(
            std::error::Error::source(&error)
                .expect("a source")
                .to_string(),
            "the address holds a user name: send credentials in a header"
        );
    }
}
