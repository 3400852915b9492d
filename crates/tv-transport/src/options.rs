//! How to connect, and how long to wait.
//!
//! Private fields, setters by value, each with its default, unit and cost. Knows the defaults that
//! make an upgrade look like a browser's; knows no socket.

use std::{sync::Arc, time::Duration};

use crate::{browser::Browser, error::InvalidEndpoint, headers::Headers, proxy::Proxy, tls::Trust};

/// Options of a connection and of its driver.
///
/// Times over a year are cut to a year. Cloning is cheap and shares the TLS session cache.
#[derive(Clone, Debug)]
pub struct TransportOptions {
    pub(crate) connect_timeout: Duration,
    pub(crate) ping_interval: Duration,
    pub(crate) silence_limit: Duration,
    pub(crate) close_timeout: Duration,
    pub(crate) write_timeout: Duration,
    pub(crate) max_message_size: usize,
    pub(crate) max_frame_size: usize,
    pub(crate) read_buffer: usize,
    pub(crate) write_buffer_limit: usize,
    pub(crate) headers: Headers,
    pub(crate) trust: Arc<Trust>,
    pub(crate) proxy: Option<Proxy>,
    #[cfg(feature = "deflate")]
    pub(crate) compression: bool,
    #[cfg(feature = "deflate")]
    pub(crate) compress_sent: Option<usize>,
}

impl TransportOptions {
    /// The one deadline over name resolution, TCP, TLS and upgrade. Default: 10 s.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout.min(LONGEST);
        self
    }

    /// The silence after which a ping is sent. Default: 20 s, which the default
    /// [`silence_limit`](Self::silence_limit) cuts to 10 s; zero: no pings, and no end by silence.
    ///
    /// At most half of that limit, so that a peer with nothing to say has as long to answer.
    #[must_use]
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.ping_interval = interval.min(LONGEST);
        self
    }

    /// The silence after which a link is dead. Default: 20 s; zero: no pings, and silence is no
    /// fault.
    ///
    /// Any byte that arrives ends a silence. The peer always has at least half of this time to
    /// answer a ping, even if the ping was delayed.
    #[must_use]
    pub fn silence_limit(mut self, limit: Duration) -> Self {
        self.silence_limit = limit.min(LONGEST);
        self
    }

    /// How long a close from this side may take: sending what is queued, and waiting for the peer's
    /// answer. Default: 10 s.
    #[must_use]
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.close_timeout = timeout.min(LONGEST);
        self
    }

    /// How long the peer may accept none of the bytes that wait to be written. Default: 10 s.
    ///
    /// Each accepted byte restarts the time, so a slow link is not a fault.
    #[must_use]
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = timeout.min(LONGEST);
        self
    }

    /// The largest message that is received, in bytes. Default: 16 MiB.
    #[must_use]
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.max_message_size = bytes;
        self
    }

    /// The largest frame that is received, in bytes. Default: 16 MiB.
    #[must_use]
    pub fn max_frame_size(mut self, bytes: usize) -> Self {
        self.max_frame_size = bytes;
        self
    }

    /// The read buffer of a connection, in bytes; allocated when it opens. Default: 16 KiB.
    #[must_use]
    pub fn read_buffer(mut self, bytes: usize) -> Self {
        self.read_buffer = bytes;
        self
    }

    /// The largest message that is sent, in bytes; also bounds what waits to be written. Default: 1
    /// MiB.
    #[must_use]
    pub fn write_buffer_limit(mut self, bytes: usize) -> Self {
        self.write_buffer_limit = bytes;
        self
    }

    /// Sets a request header, replacing a default or earlier one.
    ///
    /// The defaults are those of a current Chrome on Windows: `User-Agent`, `Accept-Language:
    /// en-US,en;q=0.9`, `Cache-Control: no-cache`, `Pragma: no-cache`, and the
    /// [`origin`](Self::origin).
    ///
    /// # Errors
    ///
    /// [`InvalidEndpoint::Header`] or [`InvalidEndpoint::ReservedHeader`], as
    /// [`Endpoint::header`](crate::Endpoint::header).
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, InvalidEndpoint> {
        self.headers.set(name, value)?;
        Ok(self)
    }

    /// The values of request headers that may be secrets: all that the caller has set, but those
    /// that every browser sends. Hide them in what a peer says.
    pub fn secret_header_values(&self) -> impl Iterator<Item = &str> {
        self.headers.secret_values()
    }

    /// Removes a request header; a name that is not set is not an error.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Removes all request headers, the defaults and the origin included.
    #[must_use]
    pub fn without_headers(mut self) -> Self {
        self.headers.clear();
        self
    }

    /// Replaces all request headers by those of a browser; the origin stays as it is.
    #[must_use]
    pub fn browser(mut self, browser: Browser) -> Self {
        self.headers = self.headers.only("origin").over(browser.headers());
        self
    }

    /// Connects through a proxy. Default: none; no environment variable is read.
    ///
    /// Plain `ws` goes through a proxy on this machine only.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Offers permessage-deflate, so that the server may compress its messages. Default: no.
    ///
    /// Our own messages stay plain without [`compress_sent`](Self::compress_sent). The limits of
    /// messages count the inflated size. Costs about 50 KiB for each connection whose server
    /// agrees. Needs the feature `deflate`.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn compression(mut self, offer: bool) -> Self {
        self.compression = offer;
        self
    }

    /// Sends messages of at least this many bytes compressed, where the server agreed to
    /// [`compression`](Self::compression). Default: none.
    ///
    /// Messages that do not compress are sent plain. Costs about 320 KiB for each connection, from
    /// its first such message on. The length of a compressed message reveals something about
    /// earlier messages. Leave this off if an attacker can choose some of your messages while
    /// others hold secrets. Needs the feature `deflate`.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn compress_sent(mut self, at_least: usize) -> Self {
        self.compress_sent = Some(at_least);
        self
    }

    /// The `Origin` header. Default: `https://www.tradingview.com`.
    ///
    /// # Errors
    ///
    /// [`InvalidEndpoint::Header`] if HTTP forbids the value.
    pub fn origin(self, origin: &str) -> Result<Self, InvalidEndpoint> {
        self.header("origin", origin)
    }

    /// Trusts these root certificates (DER) instead of the built-in ones.
    ///
    /// The default is Mozilla's list as compiled in, so that no file of the system is read.
    ///
    /// # Errors
    ///
    /// [`InvalidEndpoint::RootCertificate`] if one of them is not a certificate.
    pub fn with_root_certificates<D>(
        mut self,
        certificates: impl IntoIterator<Item = D>,
    ) -> Result<Self, InvalidEndpoint>
    where
        D: AsRef<[u8]>,
    {
        self.trust = Arc::new(Trust::only(certificates)?);
        Ok(self)
    }

    /// Trusts these root certificates (DER) besides those trusted so far.
    ///
    /// # Errors
    ///
    /// [`InvalidEndpoint::RootCertificate`] if one of them is not a certificate.
    pub fn with_extra_root_certificates<D>(
        mut self,
        certificates: impl IntoIterator<Item = D>,
    ) -> Result<Self, InvalidEndpoint>
    where
        D: AsRef<[u8]>,
    {
        self.trust = Arc::new(self.trust.and(certificates)?);
        Ok(self)
    }
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(20),
            silence_limit: Duration::from_secs(20),
            close_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(10),
            max_message_size: 16 << 20,
            max_frame_size: 16 << 20,
            read_buffer: 16 << 10,
            write_buffer_limit: 1 << 20,
            headers: Headers::from_static(ORIGIN).over(Browser::default().headers()),
            trust: Arc::new(Trust::default()),
            proxy: None,
            #[cfg(feature = "deflate")]
            compression: false,
            #[cfg(feature = "deflate")]
            compress_sent: None,
        }
    }
}

/// Keeps every `now + duration` far from the end of the clock.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Without a known origin the servers answer 403.
const ORIGIN: &[(&str, &str)] = &[("origin", "https://www.tradingview.com")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_headers_are_never_shown() {
        let options = TransportOptions::default()
            .header("Cookie", "sessionid=hunter2")
            .expect("a valid header");
        let shown = format!("{options:?} {options:#?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn endless_times_are_cut() {
        let options = TransportOptions::default().ping_interval(Duration::MAX);
        assert_eq!(options.ping_interval, LONGEST);
    }

    #[test]
    fn a_broken_root_certificate_is_rejected() {
        let result = TransportOptions::default().with_root_certificates([b"junk"]);
        assert_eq!(result.err(), Some(InvalidEndpoint::RootCertificate));
    }
}
