//! An open WebSocket: messages in, messages out, both as polls.
//!
//! The only module, with [`connect`](crate::connect()), that knows tungstenite. Its polls keep all
//! state in the socket, so that a driver may drop their futures at any time.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_util::{Sink, Stream};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message, Utf8Bytes,
        error::{CapacityError, Error, ProtocolError},
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::{
    close::{CloseReason, Violation},
    endpoint::Endpoint,
    error::IoFault,
    meter::{Metered, Tally},
    protocol::Outgoing,
};

/// An open WebSocket over the byte stream `S`, made by [`connect`](crate::connect()) or
/// [`upgrade`](crate::upgrade()) and given to [`Driver::drive`](crate::Driver::drive).
///
/// Dropping it closes the stream without a close frame.
pub struct Socket<S> {
    ws: WebSocketStream<Layers<S>>,
    host: Box<str>,
    /// The address as text, without secrets.
    address: Box<str>,
    /// The largest outgoing message.
    limit: usize,
    /// Something was handed to `ws` and not flushed since.
    dirty: bool,
    /// The stream took less than it was offered; nothing more is offered until it has taken that.
    blocked: bool,
    /// Compresses what is sent, where that was agreed and asked for.
    #[cfg(feature = "deflate")]
    deflater: Option<Box<crate::deflate::Deflater>>,
}

/// What lies between the byte stream and the WebSocket.
#[cfg(feature = "deflate")]
pub(crate) type Layers<S> = crate::deflate::Inflating<Metered<S>>;
#[cfg(not(feature = "deflate"))]
pub(crate) type Layers<S> = Metered<S>;

/// What came in.
#[derive(Debug)]
pub(crate) enum Incoming {
    Text(Utf8Bytes),
    Binary(Bytes),
    /// A ping or pong; the bytes have been counted and a ping's answer is queued.
    Control,
    /// Nothing will follow.
    End(CloseReason),
}

impl<S> Socket<S> {
    pub(crate) fn new(ws: WebSocketStream<Layers<S>>, endpoint: &Endpoint, limit: usize) -> Self {
        Self {
            ws,
            host: endpoint.host().into(),
            address: endpoint.to_string().into(),
            limit,
            dirty: false,
            blocked: false,
            #[cfg(feature = "deflate")]
            deflater: None,
        }
    }

    /// Does as was agreed about compression; messages of at least `at_least` bytes, if any, are
    /// sent compressed.
    #[cfg(feature = "deflate")]
    pub(crate) fn decide(&mut self, agreed: Option<crate::deflate::Agreed>, at_least: Option<usize>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.ws.get_mut().decide(agreed);
        self.deflater = agreed
            .zip(at_least)
            .map(|(agreed, at_least)| Box::new(crate::deflate::Deflater::new(agreed, at_least)));
    }

    /// The host that this socket was opened to.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address that this socket was opened to, as an [`Endpoint`] displays it.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl<S> Socket<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    #[cfg(feature = "deflate")]
    fn meter(&self) -> &Metered<S> {
        self.ws.get_ref().get_ref()
    }

    #[cfg(not(feature = "deflate"))]
    fn meter(&self) -> &Metered<S> {
        self.ws.get_ref()
    }

    pub(crate) fn received(&self) -> Tally {
        self.meter().read()
    }

    pub(crate) fn sent(&self) -> Tally {
        self.meter().written()
    }

    /// The next message.
    pub(crate) fn poll_incoming(&mut self, cx: &mut Context<'_>) -> Poll<Incoming> {
        let incoming = match ready!(Pin::new(&mut self.ws).poll_next(cx)) {
            Some(Ok(Message::Text(text))) => Incoming::Text(text),
            Some(Ok(Message::Binary(data))) => Incoming::Binary(data),
            Some(Ok(Message::Close(frame))) => Incoming::End(remote(frame.as_ref())),
            Some(Ok(Message::Ping(_))) => {
                // Its answer is queued, and is to be subject to the write deadline.
                self.dirty = true;
                Incoming::Control
            }
            Some(Ok(Message::Pong(_) | Message::Frame(_))) => Incoming::Control,
            Some(Err(error)) => Incoming::End(reason_of(&error)),
            None => Incoming::End(CloseReason::Lost(std::io::ErrorKind::UnexpectedEof.into())),
        };
        Poll::Ready(incoming)
    }

    /// Sends a ping if asked to, then all that `next` yields, and flushes once.
    ///
    /// Takes from `next` only while the peer reads: pending means that bytes wait to be written.
    pub(crate) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        ping: &mut bool,
        mut next: impl FnMut() -> Option<Outgoing>,
    ) -> Poll<Result<(), CloseReason>> {
        if self.blocked {
            ready!(self.poll_written(cx))?;
        }
        loop {
            let message = if std::mem::take(ping) {
                Message::Ping(Bytes::new())
            } else {
                let Some(outgoing) = next() else { break };
                let (size, limit) = (outgoing.len(), self.limit);
                if size > limit {
                    return Poll::Ready(Err(CloseReason::OutgoingTooLarge { size, limit }));
                }
                tracing::trace!(kind = outgoing.kind().name(), len = size, "send");
                self.message(outgoing)
            };
            self.dirty = true;
            Pin::new(&mut self.ws)
                .start_send(message)
                .map_err(|error| reason_of(&error))?;
            // Ready at once unless `start_send` found the stream full.
            let writable = Pin::new(&mut self.ws).poll_ready(cx);
            self.blocked = writable.is_pending();
            ready!(writable).map_err(|error| reason_of(&error))?;
        }
        if self.dirty {
            ready!(self.poll_written(cx))?;
        }
        Poll::Ready(Ok(()))
    }

    #[cfg(not(feature = "deflate"))]
    #[expect(clippy::unused_self, reason = "with compression it is used")]
    fn message(&self, outgoing: Outgoing) -> Message {
        plain(outgoing)
    }

    /// The message as it is to be sent: a frame of its own if it is compressed.
    #[cfg(feature = "deflate")]
    fn message(&mut self, outgoing: Outgoing) -> Message {
        use tokio_tungstenite::tungstenite::protocol::frame::{
            Frame, FrameHeader,
            coding::{Data, OpCode},
        };

        let deflater = self.deflater.as_mut();
        let Some(packed) = deflater.and_then(|deflater| deflater.pack(outgoing.as_bytes())) else {
            return plain(outgoing);
        };
        let kind = match outgoing {
            Outgoing::Text(_) => Data::Text,
            Outgoing::Binary(_) => Data::Binary,
        };
        let header = FrameHeader {
            rsv1: true,
            opcode: OpCode::Data(kind),
            ..FrameHeader::default()
        };
        Message::Frame(Frame::from_payload(header, packed.into()))
    }

    /// Waits until all that was handed over is written.
    fn poll_written(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CloseReason>> {
        let flushed = Pin::new(&mut self.ws).poll_flush(cx);
        self.blocked = flushed.is_pending();
        self.dirty = self.blocked;
        flushed.map_err(|error| reason_of(&error))
    }

    /// Closes as `reason` requires, without a deadline of its own. Errors do not matter any more.
    ///
    /// Cancel-safe: if dropped, the end is unclean and nothing else remains.
    pub(crate) async fn close(mut self, reason: &CloseReason) {
        match reason {
            CloseReason::Local => {
                if self.send_close(CloseCode::Normal).await.is_ok() {
                    while !matches!(poll_fn(|cx| self.poll_incoming(cx)).await, Incoming::End(_)) {}
                }
            }
            // The answer is queued already.
            CloseReason::Remote { .. } => self.flush().await.unwrap_or_default(),
            CloseReason::TooLarge { .. } => {
                self.send_close(CloseCode::Size).await.unwrap_or_default();
            }
            CloseReason::Violation(Violation::InvalidUtf8) => {
                self.send_close(CloseCode::Invalid)
                    .await
                    .unwrap_or_default();
            }
            CloseReason::Violation(_) => {
                self.send_close(CloseCode::Protocol)
                    .await
                    .unwrap_or_default();
            }
            CloseReason::OutgoingTooLarge { .. } | CloseReason::Protocol(_) => {
                self.send_close(CloseCode::Away).await.unwrap_or_default();
            }
            CloseReason::Lost(_) | CloseReason::TimedOut(_) => return,
        }
        // Ends TLS properly; without it a peer could not tell the end from an attack.
        poll_fn(|cx| Pin::new(self.ws.get_mut()).poll_shutdown(cx))
            .await
            .unwrap_or_default();
    }

    async fn send_close(&mut self, code: CloseCode) -> Result<(), Error> {
        poll_fn(|cx| Pin::new(&mut self.ws).poll_ready(cx)).await?;
        let frame = CloseFrame {
            code,
            reason: Utf8Bytes::from_static(""),
        };
        Pin::new(&mut self.ws).start_send(Message::Close(Some(frame)))?;
        self.flush().await
    }

    async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|cx| Pin::new(&mut self.ws).poll_flush(cx)).await
    }
}

impl<S> fmt::Debug for Socket<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

fn plain(outgoing: Outgoing) -> Message {
    match outgoing {
        Outgoing::Text(text) => Message::Text(text.into()),
        Outgoing::Binary(data) => Message::Binary(data),
    }
}

fn remote(frame: Option<&CloseFrame>) -> CloseReason {
    match frame {
        Some(frame) => CloseReason::remote(Some(frame.code.into()), &frame.reason),
        None => CloseReason::remote(None, ""),
    }
}

/// Sorts an error of an open socket. Its payloads are not kept.
fn reason_of(error: &Error) -> CloseReason {
    use ProtocolError as P;
    match error {
        #[cfg(feature = "deflate")]
        Error::Io(error)
            if error
                .get_ref()
                .is_some_and(|cause| cause.is::<crate::deflate::BadDeflate>()) =>
        {
            CloseReason::Violation(Violation::Compression)
        }
        Error::Io(error) => CloseReason::Lost(IoFault::from(error)),
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(P::ResetWithoutClosingHandshake | P::SendAfterClosing) => {
            CloseReason::Lost(std::io::ErrorKind::ConnectionReset.into())
        }
        Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
            CloseReason::TooLarge {
                size: *size,
                limit: *max_size,
            }
        }
        Error::WriteBufferFull(message) => CloseReason::OutgoingTooLarge {
            size: message.len(),
            limit: 0,
        },
        Error::Utf8(_) => CloseReason::Violation(Violation::InvalidUtf8),
        Error::Protocol(error) => CloseReason::Violation(match error {
            P::MaskedFrameFromServer => Violation::Masked,
            P::NonZeroReservedBits => Violation::ReservedBits,
            P::InvalidOpcode(_) | P::UnknownControlFrameType(_) | P::UnknownDataFrameType(_) => {
                Violation::Opcode
            }
            P::FragmentedControlFrame | P::UnexpectedContinueFrame | P::ExpectedFragment(_) => {
                Violation::Fragmentation
            }
            P::ControlFrameTooBig => Violation::ControlFrame,
            P::InvalidCloseSequence | P::ReceivedAfterClosing => Violation::CloseFrame,
            _ => Violation::Other,
        }),
        _ => CloseReason::Violation(Violation::Other),
    }
}
