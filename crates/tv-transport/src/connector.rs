//! Opens the sockets of a supervisor: over the network, or over what a test provides.

use std::future::Future;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::{
    connect::{NetStream, connect_with},
    endpoint::Endpoint,
    error::DialError,
    options::TransportOptions,
    resolver::{Resolver, SystemResolver},
    socket::Socket,
};

/// Opens sockets.
///
/// The default is [`NetConnector`]. Another one can use a pipe or a simulated network: open the
/// byte stream and pass it to [`upgrade`](crate::upgrade()).
pub trait Connector: Send {
    /// The byte stream under the sockets.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send;

    /// Makes one attempt to open a socket to `endpoint`.
    ///
    /// Must end within [`connect_timeout`](TransportOptions::connect_timeout), and leave nothing
    /// behind when its future is dropped.
    fn connect(
        &mut self,
        endpoint: &Endpoint,
        options: &TransportOptions,
    ) -> impl Future<Output = Result<Socket<Self::Stream>, DialError>> + Send;
}

/// Opens sockets over TCP and TLS, as [`connect`](crate::connect()) does.
#[derive(Clone, Debug, Default)]
pub struct NetConnector<R = SystemResolver> {
    resolver: R,
}

impl<R: Resolver> NetConnector<R> {
    /// Makes a connector that asks `resolver` for addresses.
    #[must_use]
    pub fn new(resolver: R) -> Self {
        Self { resolver }
    }
}

impl<R: Resolver> Connector for NetConnector<R> {
    type Stream = NetStream;

    async fn connect(
        &mut self,
        endpoint: &Endpoint,
        options: &TransportOptions,
    ) -> Result<Socket<NetStream>, DialError> {
        connect_with(&mut self.resolver, endpoint, options).await
    }
}
