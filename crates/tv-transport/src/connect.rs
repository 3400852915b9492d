//! From an endpoint to an open socket: resolve, TCP, TLS, upgrade, under one deadline.

use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, sleep_until, timeout_at},
};
use tokio_rustls::client::TlsStream;

use crate::{
    clock::need_runtime,
    endpoint::Endpoint,
    error::{DialError, InvalidEndpoint, IoFault, Stage},
    options::TransportOptions,
    resolver::{Resolver, SystemResolver},
    socket::Socket,
    tls,
    upgrade::upgrade_until,
};

/// Opens a WebSocket to the endpoint within [`connect_timeout`](TransportOptions::connect_timeout).
///
/// Tries all addresses of the name in order. The next one starts after 250 ms or as soon as one
/// fails; the first to answer is used. Redirects are not followed. There is one attempt; a
/// [`Supervisor`](crate::Supervisor) tries again.
///
/// Cancel-safe: a dropped future closes what was open. A name resolution that the system has begun
/// runs to its end on the runtime's blocking threads.
///
/// # Errors
///
/// A [`DialError`], which names the stage and the side at fault; [`DialError::NoRuntime`] outside
/// of a tokio runtime.
pub async fn connect(
    endpoint: &Endpoint,
    options: &TransportOptions,
) -> Result<Socket<NetStream>, DialError> {
    connect_with(&mut SystemResolver, endpoint, options).await
}

/// Does what [`connect`] does, over a stream that `open` opens to the endpoint. Adds no TLS, like
/// [`upgrade`](crate::upgrade()).
///
/// Cancel-safe if `open` is: a dropped future closes what was open.
///
/// # Errors
///
/// A [`DialError`]; what `open` fails with is a [`DialError::Tcp`]. Outside of a tokio runtime
/// [`DialError::NoRuntime`].
pub async fn connect_over<S>(
    open: impl Future<Output = io::Result<S>>,
    endpoint: &Endpoint,
    options: &TransportOptions,
) -> Result<Socket<S>, DialError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    need_runtime()?;
    let deadline = Instant::now() + options.connect_timeout;
    let stream = timeout_at(deadline, open)
        .await
        .map_err(|_| DialError::TimedOut { stage: Stage::Tcp })?
        .map_err(|error| DialError::Tcp(IoFault::from(&error)))?;
    upgrade_until(stream, endpoint, options, deadline).await
}

/// As [`connect`], with addresses of `resolver`.
pub(crate) async fn connect_with(
    resolver: &mut impl Resolver,
    endpoint: &Endpoint,
    options: &TransportOptions,
) -> Result<Socket<NetStream>, DialError> {
    need_runtime()?;
    let deadline = Instant::now() + options.connect_timeout;
    let (host, port) = (endpoint.host(), endpoint.port());
    let only_local = !endpoint.is_secure();
    let tcp = match &options.proxy {
        None => dial(resolver, host, port, only_local, deadline).await?,
        Some(proxy) => {
            let (near, at) = (proxy.host(), proxy.port());
            let mut tcp = dial(resolver, near, at, only_local, deadline).await?;
            timeout_at(deadline, proxy.tunnel(&mut tcp, host, port))
                .await
                .map_err(|_| DialError::TimedOut {
                    stage: Stage::Proxy,
                })??;
            tcp
        }
    };
    let stream = if endpoint.is_secure() {
        let connector = options.trust.connector()?;
        let handshake = connector.connect(tls::server_name(endpoint.host())?, tcp);
        let stream = timeout_at(deadline, handshake)
            .await
            .map_err(|_| DialError::TimedOut { stage: Stage::Tls })?
            .map_err(|error| tls::handshake_error(&error))?;
        Link::Tls(Box::new(stream))
    } else {
        Link::Plain(tcp)
    };
    let socket = upgrade_until(NetStream(stream), endpoint, options, deadline).await?;
    tracing::debug!(host = endpoint.host(), "websocket open");
    Ok(socket)
}

/// A TCP connection, encrypted or, to loopback, plain; or whatever else a
/// [`Connector`](crate::Connector) has opened.
#[derive(Debug)]
pub struct NetStream(Link);

#[derive(Debug)]
enum Link {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Other(Other),
}

/// A stream of a kind that is not known here.
struct Other(Box<dyn ByteStream>);

impl fmt::Debug for Other {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Other").finish_non_exhaustive()
    }
}

/// A stream of bytes, both ways.
trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> ByteStream for S {}

impl NetStream {
    /// Takes any other stream: a tunnel, a pipe in memory, a simulated network. No TLS is added, so
    /// the stream must lead to the endpoint itself, and it must be private if secrets pass over it.
    pub fn other(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        Self(Link::Other(Other(Box::new(stream))))
    }
}

/// Runs the same poll on whichever stream there is.
macro_rules! either {
    ($self:ident, $stream:ident => $poll:expr) => {
        match &mut $self.get_mut().0 {
            Link::Plain(stream) => {
                let $stream = Pin::new(stream);
                $poll
            }
            Link::Tls(stream) => {
                let $stream = Pin::new(stream.as_mut());
                $poll
            }
            Link::Other(Other(stream)) => {
                let $stream = Pin::new(stream.as_mut());
                $poll
            }
        }
    };
}

impl AsyncRead for NetStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for NetStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => stream.poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_shutdown(cx))
    }
}

async fn dial(
    resolver: &mut impl Resolver,
    host: &str,
    port: u16,
    only_local: bool,
    deadline: Instant,
) -> Result<TcpStream, DialError> {
    let mut addresses = timeout_at(deadline, resolver.resolve(host, port))
        .await
        .map_err(|_| DialError::TimedOut {
            stage: Stage::Resolve,
        })?
        .map_err(|error| DialError::Resolve(IoFault::from(&error)))?;
    addresses.truncate(MAX_ADDRESSES);
    // The resolver decides what `localhost` means; plain text must never leave this machine because
    // of it.
    if only_local && addresses.iter().any(|address| !address.ip().is_loopback()) {
        return Err(InvalidEndpoint::Plaintext.into());
    }
    let stream = timeout_at(deadline, first_of(addresses, TcpStream::connect))
        .await
        .map_err(|_| DialError::TimedOut { stage: Stage::Tcp })??;
    // Messages are small and answered at once; waiting to fill a packet would only delay them.
    stream
        .set_nodelay(true)
        .map_err(|error| DialError::Tcp(IoFault::from(&error)))?;
    Ok(stream)
}

/// The first attempt to succeed, of attempts that start [`STAGGER`] apart or as soon as one fails.
async fn first_of<T, F>(
    addresses: Vec<SocketAddr>,
    mut attempt: impl FnMut(SocketAddr) -> F,
) -> Result<T, DialError>
where
    F: Future<Output = io::Result<T>>,
{
    let mut addresses = addresses.into_iter();
    let mut attempts = FuturesUnordered::new();
    let mut last = DialError::Resolve(io::ErrorKind::NotFound.into());
    let mut start_at = Instant::now();
    loop {
        if (Instant::now() >= start_at || attempts.is_empty())
            && let Some(address) = addresses.next()
        {
            attempts.push(attempt(address));
            start_at = Instant::now() + STAGGER;
        }
        if attempts.is_empty() {
            return Err(last);
        }
        let more = addresses.len() > 0;
        tokio::select! {
            Some(result) = attempts.next() => match result {
                Ok(stream) => return Ok(stream),
                Err(error) => {
                    last = DialError::Tcp(IoFault::from(&error));
                    start_at = Instant::now();
                }
            },
            () = sleep_until(start_at), if more => {}
        }
    }
}

/// RFC 8305 recommends 250 ms between attempts.
const STAGGER: Duration = Duration::from_millis(250);

/// Bounds the sockets that one answer of a resolver can make us open.
const MAX_ADDRESSES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(count: u16) -> Vec<SocketAddr> {
        (1..=count)
            .map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn f04_a_black_hole_delays_the_next_address_by_a_quarter_second() {
        let start = Instant::now();
        let found = first_of(addresses(3), |address| async move {
            match address.port() {
                3 => Ok(address.port()),
                _ => std::future::pending().await,
            }
        });
        assert_eq!(found.await, Ok(3));
        assert_eq!(start.elapsed(), Duration::from_millis(500));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_first_address_may_still_win() {
        let found = first_of(addresses(2), |address| async move {
            let wait = if address.port() == 1 { 300 } else { 1000 };
            tokio::time::sleep(Duration::from_millis(wait)).await;
            Ok(address.port())
        });
        assert_eq!(found.await, Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_tries_the_next_address_at_once() {
        let start = Instant::now();
        let found = first_of(addresses(3), |address| async move {
            match address.port() {
                3 => Ok(address.port()),
                _ => Err(io::ErrorKind::ConnectionRefused.into()),
            }
        });
        assert_eq!(found.await, Ok(3));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_failure_is_reported() {
        let failed = first_of::<(), _>(addresses(2), |address| async move {
            Err(match address.port() {
                1 => io::ErrorKind::ConnectionRefused.into(),
                _ => io::ErrorKind::HostUnreachable.into(),
            })
        });
        assert_eq!(
            failed.await,
            Err(DialError::Tcp(io::ErrorKind::HostUnreachable.into()))
        );
        let none = first_of::<(), _>(Vec::new(), |_| async { Ok(()) });
        assert_eq!(
            none.await,
            Err(DialError::Resolve(io::ErrorKind::NotFound.into()))
        );
    }
}
