//! The task that drives a protocol over one connection.
//!
//! Knows the order of calls. Does not know data formats, reconnection or policy. A supervisor calls
//! [`Driver::drive`] again with the next socket and generation.

use std::fmt;

use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
};
use tracing::Instrument;

use crate::{
    close::CloseReason,
    drive_loop::{DriveLoop, EventsOnly},
    options::TransportOptions,
    protocol::{Protocol, Status},
    socket::Socket,
};

/// Drives a [`Protocol`] over a WebSocket, in the task that awaits [`drive`](Self::drive).
pub struct Driver<P: Protocol> {
    protocol: P,
    commands: mpsc::Receiver<P::Command>,
    options: TransportOptions,
}

impl<P: Protocol> Driver<P> {
    /// Makes a driver that takes its commands from `commands`.
    ///
    /// The capacity of that channel bounds the commands that wait; while the peer does not read,
    /// none are taken from it.
    #[must_use]
    pub fn new(
        protocol: P,
        commands: mpsc::Receiver<P::Command>,
        options: TransportOptions,
    ) -> Self {
        Self {
            protocol,
            commands,
            options,
        }
    }

    /// The protocol.
    #[must_use]
    pub fn protocol(&self) -> &P {
        &self.protocol
    }

    /// The protocol, to be called only while no connection is driven.
    pub fn protocol_mut(&mut self) -> &mut P {
        &mut self.protocol
    }

    /// Gives the protocol back; commands still waiting are lost.
    #[must_use]
    pub fn into_protocol(self) -> P {
        self.protocol
    }

    /// The options given to [`new`](Self::new).
    #[must_use]
    pub fn options(&self) -> &TransportOptions {
        &self.options
    }

    /// Whether no further connection is needed: the protocol has finished, or all handles are gone
    /// and their commands taken.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.protocol.status() == Status::Finished
            || (self.commands.is_closed() && self.commands.is_empty())
    }

    /// Drives the protocol over `socket` until the connection ends, and returns the reason.
    ///
    /// `generation` numbers the connections of this protocol and must rise. `on_event` is called in
    /// order, in this task, and must not block: heartbeats wait for it. Ends with
    /// [`CloseReason::Local`] once the protocol has finished or all senders of commands are gone;
    /// queued messages are sent before, within [`close_timeout`](TransportOptions::close_timeout).
    /// Spawns nothing; when it returns, the socket is gone.
    ///
    /// Must be awaited in a tokio runtime. Not cancel-safe: a dropped future closes the socket
    /// without a close frame and without a call of the protocol. No command is lost by that: each
    /// is either still in the channel or was given to the protocol. A protocol may be driven again
    /// afterwards.
    pub async fn drive<S>(
        &mut self,
        socket: Socket<S>,
        generation: u64,
        on_event: impl FnMut(P::Event),
    ) -> CloseReason
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let span = tracing::debug_span!("connection", generation, host = socket.host());
        let run = DriveLoop::new(
            &mut self.protocol,
            &mut self.commands,
            &self.options,
            socket,
            EventsOnly(on_event),
        );
        run.run(generation).instrument(span).await
    }
}

impl<P: Protocol + fmt::Debug> fmt::Debug for Driver<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("protocol", &self.protocol)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
