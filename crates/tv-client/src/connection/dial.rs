//! Byte streams that the application opens itself.

use std::{fmt, future::Future, io, pin::Pin, sync::Arc};

use tokio::io::{AsyncRead, AsyncWrite};
use transport::{DialError, Endpoint, NetStream, Socket, TransportOptions};

type Dialed = Pin<Box<dyn Future<Output = io::Result<NetStream>> + Send>>;

type Dial = dyn Fn(String, u16) -> Dialed + Send + Sync;

/// Opens the byte streams of a client's connections instead of TCP and TLS: over a tunnel, in
/// memory, or in a simulated network.
///
/// No TLS is added to these streams. If the client has a token, they must be private.
#[derive(Clone)]
pub struct Dialer(Arc<Dial>);

impl Dialer {
    /// Calls `dial` with host and port for each attempt to connect. The call is dropped after the
    /// time that the transport's options allow for a connection.
    ///
    /// ```
    /// use tokio::net::TcpStream;
    /// use tv_client::Dialer;
    ///
    /// // As by default, but without TLS: for a tunnel or a proxy on this machine.
    /// let dialer = Dialer::new(|host, port| TcpStream::connect((host, port)));
    /// ```
    pub fn new<F, T, S>(dial: F) -> Self
    where
        F: Fn(String, u16) -> T + Send + Sync + 'static,
        T: Future<Output = io::Result<S>> + Send + 'static,
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        Self(Arc::new(move |host, port| {
            let dialed = dial(host, port);
            Box::pin(async move { Ok(NetStream::other(dialed.await?)) })
        }))
    }

    /// Makes one attempt to open a socket.
    pub(crate) async fn connect(
        &self,
        endpoint: &Endpoint,
        options: &TransportOptions,
    ) -> Result<Socket<NetStream>, DialError> {
        let dialed = (self.0)(endpoint.host().to_owned(), endpoint.port());
        transport::connect_over(dialed, endpoint, options).await
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Dialer").finish_non_exhaustive()
    }
}
