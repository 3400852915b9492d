//! The HTTP upgrade of a byte stream to a WebSocket.
//!
//! Works over any stream: TCP, TLS, a pipe in memory, a simulated network. Builds the request,
//! checks the answer, and classifies errors. Redirects are not followed.

use std::time::{Duration, SystemTime};

use http::header::{DATE, HeaderMap, RETRY_AFTER, SEC_WEBSOCKET_EXTENSIONS};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, timeout_at},
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        client::IntoClientRequest,
        error::{CapacityError, Error, ProtocolError},
        handshake::client::{Request, Response},
        protocol::{Role, WebSocketConfig},
    },
};

use crate::{
    clock::need_runtime,
    endpoint::Endpoint,
    error::{DialError, HandshakeFault, InvalidEndpoint, IoFault, Stage},
    meter::Metered,
    options::TransportOptions,
    refusal::{Recorded, body_text},
    socket::{Layers, Socket},
};

/// Upgrades a stream that already leads to the endpoint, within
/// [`connect_timeout`](TransportOptions::connect_timeout).
///
/// Does no TLS: for a `wss` endpoint the caller vouches that the stream is private (or stays in
/// this process). A frame that came together with the answer is not lost.
///
/// Cancel-safe: a dropped future closes the stream, nothing else remains.
///
/// # Errors
///
/// [`DialError::Refused`], [`DialError::Handshake`], [`DialError::Lost`], or
/// [`DialError::TimedOut`] with [`Stage::Upgrade`]; [`DialError::NoRuntime`] outside of a tokio
/// runtime.
pub async fn upgrade<S>(
    stream: S,
    endpoint: &Endpoint,
    options: &TransportOptions,
) -> Result<Socket<S>, DialError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    need_runtime()?;
    upgrade_until(
        stream,
        endpoint,
        options,
        Instant::now() + options.connect_timeout,
    )
    .await
}

/// As [`upgrade`], with the deadline of a longer operation.
pub(crate) async fn upgrade_until<S>(
    stream: S,
    endpoint: &Endpoint,
    options: &TransportOptions,
    deadline: Instant,
) -> Result<Socket<S>, DialError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let request = request(endpoint, options)?;
    let mut layers = layers(Metered::new(stream), options);
    let recorded = Recorded::new(&mut layers);
    let handshake = client_async_with_config(request, recorded, Some(config(options)));
    let answer = match timeout_at(deadline, handshake).await {
        Ok(Ok((ws, response))) => Ok((ws.get_ref().tail(), response)),
        Ok(Err(error)) => Err(error),
        Err(_) => {
            let stage = Stage::Upgrade;
            return Err(DialError::TimedOut { stage });
        }
    };
    let (tail, response) = match answer {
        Ok(answer) => answer,
        Err(Error::Http(response)) => {
            let (head, body) = response.into_parts();
            let query = endpoint.uri().query();
            let secrets = options.headers.secret_values();
            let secrets = secrets
                .chain(endpoint.headers().secret_values())
                .chain(query);
            let body = body.unwrap_or_default();
            let body = body_text(&mut layers, &head.headers, body, deadline, secrets).await;
            return Err(refused(&head, body));
        }
        Err(error) => return Err(connect_error(&error)),
    };
    let role = Role::Client;
    let ws = WebSocketStream::from_partially_read(layers, tail, role, Some(config(options))).await;
    let mut socket = Socket::new(ws, endpoint, options.write_buffer_limit);
    extend(&mut socket, &response, options)?;
    Ok(socket)
}

#[cfg(not(feature = "deflate"))]
fn layers<S>(stream: Metered<S>, _options: &TransportOptions) -> Layers<S> {
    stream
}

#[cfg(feature = "deflate")]
fn layers<S>(stream: Metered<S>, options: &TransportOptions) -> Layers<S> {
    crate::deflate::Inflating::new(stream, options.compression)
}

/// Does what was agreed about extensions; tungstenite does not look, and frames of one would be
/// garbage to it.
#[cfg(not(feature = "deflate"))]
fn extend<S>(
    _socket: &mut Socket<S>,
    response: &Response,
    _options: &TransportOptions,
) -> Result<(), DialError> {
    if response.headers().contains_key(SEC_WEBSOCKET_EXTENSIONS) {
        return Err(DialError::Handshake(HandshakeFault::Unrequested));
    }
    Ok(())
}

/// Does what was agreed about extensions; tungstenite does not look, and frames of one would be
/// garbage to it.
#[cfg(feature = "deflate")]
fn extend<S>(
    socket: &mut Socket<S>,
    response: &Response,
    options: &TransportOptions,
) -> Result<(), DialError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut choices = response
        .headers()
        .get_all(SEC_WEBSOCKET_EXTENSIONS)
        .into_iter();
    let agreed = match (choices.next(), choices.next()) {
        (None, _) => None,
        (Some(choice), None) if options.compression => {
            let agreed = choice.to_str().ok().and_then(crate::deflate::Agreed::read);
            let unrequested = DialError::Handshake(HandshakeFault::Unrequested);
            Some(agreed.ok_or(unrequested)?)
        }
        (Some(_), _) => return Err(DialError::Handshake(HandshakeFault::Unrequested)),
    };
    socket.decide(agreed, options.compress_sent);
    Ok(())
}

fn request(endpoint: &Endpoint, options: &TransportOptions) -> Result<Request, DialError> {
    let mut request = endpoint
        .uri()
        .into_client_request()
        .map_err(|_| InvalidEndpoint::Malformed)?;
    options.headers.apply(request.headers_mut());
    endpoint.headers().apply(request.headers_mut());
    #[cfg(feature = "deflate")]
    if options.compression {
        let offer = http::HeaderValue::from_static(crate::deflate::OFFER);
        request
            .headers_mut()
            .insert(SEC_WEBSOCKET_EXTENSIONS, offer);
    }
    Ok(request)
}

fn config(options: &TransportOptions) -> WebSocketConfig {
    // No message is handed over while the peer does not read; so this is room for one message of
    // the limit behind a buffer that is not worth writing yet, and for the answers to a turn's
    // worth of pings.
    let room = WRITE_THRESHOLD + (8 << 10);
    WebSocketConfig::default()
        .read_buffer_size(options.read_buffer.max(1))
        .write_buffer_size(WRITE_THRESHOLD)
        .max_write_buffer_size(options.write_buffer_limit.saturating_add(room))
        .max_message_size(Some(options.max_message_size))
        .max_frame_size(Some(options.max_frame_size))
}

/// A status other than 101.
fn refused(head: &http::response::Parts, body: String) -> DialError {
    #[expect(
        clippy::disallowed_methods,
        reason = "`Retry-After` may be a date; the server's own `Date` is preferred"
    )]
    let wall_clock = SystemTime::now();
    DialError::Refused {
        status: head.status.as_u16(),
        retry_after: retry_after(&head.headers, wall_clock),
        body,
    }
}

fn connect_error(error: &Error) -> DialError {
    use HandshakeFault as F;
    use ProtocolError as P;
    DialError::Handshake(match error {
        Error::Io(error) => return DialError::Lost(IoFault::from(error)),
        Error::AttackAttempt | Error::Capacity(CapacityError::TooManyHeaders) => F::TooLarge,
        Error::Protocol(error) => match error {
            P::HandshakeIncomplete => F::Cut,
            P::HttparseError(_) | P::WrongHttpVersion => F::NotHttp,
            P::MissingConnectionUpgradeHeader | P::MissingUpgradeWebSocketHeader => F::NotUpgraded,
            P::SecWebSocketAcceptKeyMismatch => F::AcceptKey,
            P::SecWebSocketSubProtocolError(_) => F::Unrequested,
            _ => F::Other,
        },
        _ => F::Other,
    })
}

/// In either form: seconds, or a date, which counts from the server's own `Date` if there is one.
fn retry_after(headers: &HeaderMap, wall_clock: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let value = text(RETRY_AFTER)?;
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = httpdate::parse_http_date(value).ok()?;
            let sent = text(DATE).and_then(|date| httpdate::parse_http_date(date).ok());
            until
                .duration_since(sent.unwrap_or(wall_clock))
                .unwrap_or(Duration::ZERO)
        }
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// A server must not be able to put us off for ever.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Several small messages become one write; a larger one is written at once.
const WRITE_THRESHOLD: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms_and_bounded() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        let header = |value: &'static str| http::HeaderValue::from_static(value);
        let of = |value| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, header(value))]), now);
        assert_eq!(of("7"), Some(Duration::from_secs(7)));
        assert_eq!(of(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(of("18446744073709551615"), Some(MAX_RETRY_AFTER));
        assert_eq!(
            of("Sun, 06 Nov 1994 08:50:07 GMT"),
            Some(Duration::from_secs(30))
        );
        assert_eq!(of("Fri, 31 Dec 1993 23:59:59 GMT"), Some(Duration::ZERO));
        assert_eq!(of("Fri, 31 Dec 1999 23:59:59 GMT"), Some(MAX_RETRY_AFTER));
        for bad in [
            "",
            "-1",
            "1.5",
            "99999999999999999999",
            "Someday, 31 Dec 1999",
        ] {
            assert_eq!(of(bad), None, "{bad}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
        let dated = HeaderMap::from_iter([
            (RETRY_AFTER, header("Sun, 06 Nov 1994 10:00:10 GMT")),
            (DATE, header("Sun, 06 Nov 1994 10:00:00 GMT")),
        ]);
        assert_eq!(retry_after(&dated, now), Some(Duration::from_secs(10)));
    }
}
