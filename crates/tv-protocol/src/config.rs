//! Settings of a connection.

use std::time::Duration;

use crate::{frame::MAX_FRAME_LENGTH, json::MAX_FIELDS};

/// How a [`Connection`](crate::connection::Connection) behaves. The defaults suit TradingView.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtocolConfig {
    pub(crate) hello_timeout: Duration,
    pub(crate) max_frame_length: usize,
    pub(crate) max_fields: usize,
    pub(crate) max_queued_bytes: usize,
    pub(crate) locale: Option<(String, String)>,
    pub(crate) watchdog: Option<Duration>,
    pub(crate) pulse_limit: Option<Duration>,
}

impl Default for ProtocolConfig {
    fn default() -> Self {
        Self {
            hello_timeout: Duration::from_secs(5),
            max_frame_length: MAX_FRAME_LENGTH,
            max_fields: MAX_FIELDS,
            max_queued_bytes: 1024 * 1024,
            locale: Some(("en".to_owned(), "US".to_owned())),
            watchdog: None,
            pulse_limit: Some(Duration::from_secs(20)),
        }
    }
}

impl ProtocolConfig {
    /// How long to wait for the greeting before sending without it. Default 5 s: the official
    /// client sends nothing before it, and others are served without waiting.
    #[must_use]
    pub fn hello_timeout(mut self, timeout: Duration) -> Self {
        self.hello_timeout = timeout;
        self
    }

    /// The longest frame to accept, in UTF-16 units. Default [`MAX_FRAME_LENGTH`].
    #[must_use]
    pub fn max_frame_length(mut self, units: usize) -> Self {
        self.max_frame_length = units;
        self
    }

    /// How many fields a quote update may have, and how many objects a data update. One with more
    /// is malformed; the connection goes on. Default [`MAX_FIELDS`].
    #[must_use]
    pub fn max_fields(mut self, fields: usize) -> Self {
        self.max_fields = fields;
        self
    }

    /// How many bytes of commands may wait to be sent. Default 1 MiB.
    #[must_use]
    pub fn max_queued_bytes(mut self, bytes: usize) -> Self {
        self.max_queued_bytes = bytes;
        self
    }

    /// Language and country to request after the token. Default `en`, `US`.
    #[must_use]
    pub fn locale(mut self, language: &str, country: &str) -> Self {
        self.locale = Some((language.to_owned(), country.to_owned()));
        self
    }

    /// Sends no locale.
    #[must_use]
    pub fn without_locale(mut self) -> Self {
        self.locale = None;
        self
    }

    /// How long a server that sends heartbeats may be silent before the connection is declared
    /// lost; `None` disables this. Default 20 s.
    ///
    /// The limit grows to 2.5 of the measured intervals between heartbeats where that is longer,
    /// and is 25 s until two have arrived. A server that has sent no heartbeat on this connection
    /// may be silent for ever.
    ///
    /// This detects a server that hangs while its socket, or a proxy, still answers pings.
    #[must_use]
    pub fn pulse_limit(mut self, shortest: Option<Duration>) -> Self {
        self.pulse_limit = shortest;
        self
    }

    /// Declares the connection lost after a time without any text. Off by default, because a
    /// supervisor sees bytes and pings and judges better. For custom transports; the official
    /// client uses 20 s.
    #[must_use]
    pub fn watchdog(mut self, silence: Duration) -> Self {
        self.watchdog = Some(silence);
        self
    }
}
