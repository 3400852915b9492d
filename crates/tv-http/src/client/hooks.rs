//! What an application may look at.

use std::{fmt, sync::Arc, time::Duration};

use crate::wire::{Header, Host, Method};

/// A request that is about to be sent. Its query is not shown, because it may hold secrets.
#[non_exhaustive]
#[derive(Debug)]
pub struct Sending<'a> {
    /// The host, also where another address stands for it.
    pub host: Host,
    /// The method.
    pub method: Method,
    /// The path, escaped.
    pub path: &'a str,
    /// The headers, cookies as `[hidden]`.
    pub headers: &'a [Header],
}

/// An answer that has come, whole.
#[non_exhaustive]
#[derive(Debug)]
pub struct Received<'a> {
    /// The host, also where another address stands for it.
    pub host: Host,
    /// The path of the request, escaped.
    pub path: &'a str,
    /// The status.
    pub status: u16,
    /// The headers; values of `set-cookie` are `[hidden]`.
    pub headers: &'a [(String, String)],
    /// How long the body is, in bytes, after decompression.
    pub body: usize,
    /// How long it took since the request was sent.
    pub elapsed: Duration,
}

/// A function that is called before a request.
pub(super) type OnRequest = Arc<dyn Fn(&Sending<'_>) + Send + Sync>;

/// A function that is called after an answer.
pub(super) type OnResponse = Arc<dyn Fn(&Received<'_>) + Send + Sync>;

/// The functions of a client.
#[derive(Clone, Default)]
pub(super) struct Hooks {
    pub(super) request: Option<OnRequest>,
    pub(super) response: Option<OnResponse>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Hooks")
            .field("request", &self.request.is_some())
            .field("response", &self.response.is_some())
            .finish()
    }
}
