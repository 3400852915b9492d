//! What a rule does.

use std::time::Duration;

/// How the rest of a body is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CutForm {
    /// The headers declare the whole length, and the connection ends before it. Over HTTP/2 the
    /// stream is reset.
    #[default]
    Length,
    /// `chunked`: the body comes in chunks, and the connection ends before the last.
    Chunked,
    /// `held`: the headers declare the whole length, and the connection stays open and silent.
    Held,
}

/// What a rule does. Durations are whole milliseconds of real time, whatever the speed of the
/// market.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// `refuse`: ends the connection with a RST as soon as it asks for anything.
    Refuse,
    /// `http`: answers the request with this, in place of the upgrade or of what a path has.
    Http {
        /// The status, 100 to 599.
        status: u16,
        /// Additional headers.
        headers: Vec<(String, String)>,
        /// The body, repeated `times` times.
        body: String,
        /// How many times the body is written.
        times: u32,
    },
    /// `cut`: answers a request as usual, but sends a part of the body only.
    Cut {
        /// How many bytes of the body are sent.
        bytes: u32,
        /// How the rest is missing.
        form: CutForm,
    },
    /// `bomb`: answers a request with a small body that unpacks, with gzip, to this number of MiB
    /// of blanks.
    Bomb {
        /// How many MiB, 1 to 256.
        mebibytes: u32,
    },
    /// `reset`: ends the connection with a RST (`SO_LINGER` 0), without a close frame. On a stream
    /// that is not a TCP socket, it is an end without a close frame.
    Reset,
    /// `fin`: ends the stream to the client, without a close frame.
    Fin,
    /// `black-hole`: nothing passes any more, silently. What was held back passes when it
    /// ends, as with TCP.
    BlackHole {
        /// Which way.
        side: Side,
        /// For how long; `None` is for ever.
        lasting: Option<Duration>,
    },
    /// `drip`: writes a few bytes at a time.
    Drip {
        /// How many.
        bytes: u32,
        /// The time between them.
        every: Duration,
        /// For how long; `None` is for ever.
        lasting: Option<Duration>,
    },
    /// `slice`: writes at most this many bytes at once from now on.
    Slice {
        /// How many.
        bytes: u32,
    },
    /// `delay`: holds the frame and everything behind it, or the answer to a request, for a time
    /// that is drawn from a range.
    Delay {
        /// The shortest.
        from: Duration,
        /// The longest.
        to: Duration,
    },
    /// `drop`: does not send the frame.
    Drop,
    /// `stall`: sends neither the frame nor any later one of its kind.
    Stall {
        /// For how long; `None` is for ever.
        lasting: Option<Duration>,
    },
    /// `duplicate`: sends the frame again.
    Duplicate {
        /// How many more times.
        copies: u32,
    },
    /// `reorder`: holds this number of frames, for 100 ms at most, and sends them in an
    /// order that is drawn.
    Reorder {
        /// How many.
        window: u32,
    },
    /// `corrupt`: changes one byte: the one at a `byte` condition, else one of the frame's payload
    /// that is drawn.
    Corrupt,
    /// `length`: declares a wrong length of the frame.
    Length(Length),
    /// `close`: closes the WebSocket with a close frame.
    Close {
        /// The code; `None` sends an empty frame, which clients see as 1005.
        code: Option<u16>,
        /// The reason, at most 123 bytes.
        reason: String,
    },
    /// `raw`: writes bytes into the stream, below WebSocket and TLS.
    Raw {
        /// The bytes.
        bytes: Vec<u8>,
        /// How many times they are written.
        times: u32,
    },
    /// `text`: sends a text message with this content, which need not be frames.
    Text(String),
    /// `binary`: sends a binary message.
    Binary(Vec<u8>),
    /// `frame`: sends a well-formed frame with this payload.
    Frame(String),
    /// `ping`: sends WebSocket pings.
    Ping {
        /// How many.
        count: u32,
    },
    /// `critical-error`: ends the session that the frame belongs to, and says so in place of the
    /// frame; where no frame is waited for, ends all sessions of the connection.
    CriticalError(String),
    /// `symbol-error`: says `symbol_error` in place of `symbol_resolved`, or an error in place of
    /// `qsd`.
    SymbolError(String),
    /// `series-error`: says `series_error` in place of `series_completed`.
    SeriesError(String),
    /// `late-correction`: before the frame of a series, sends a `du` with a bar that lies before
    /// all that the series has sent, as if an exchange had corrected it at that moment. Its values
    /// are the true ones.
    LateCorrection {
        /// How many bars before the oldest that was sent.
        back: u32,
    },
    /// `skip-bars`: from a `du` of a series on, never sends the bars that follow its newest one,
    /// as if the server had lost them: the places of the later bars show it. A new answer for the
    /// series has them.
    SkipBars {
        /// How many.
        count: u32,
    },
    /// `study-error`: says `study_error` in place of `study_completed`.
    StudyError(String),
    /// `protocol-error`: says `protocol_error` and ends the connection.
    ProtocolError(String),
    /// `heartbeats`: changes how heartbeats are sent.
    Heartbeats(Pulse),
    /// `expire-token`: the token of the connection is no longer good: `bad auth token`, and it is
    /// refused from now on.
    ExpireToken,
    /// `restart`: all connections end, and none is accepted for a while.
    Restart {
        /// Whether the sessions of clients live on, for the next client that names one of their
        /// ids.
        keeping: bool,
        /// How long no connection is accepted.
        down: Duration,
    },
}

/// A way through a connection, as the server sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Side {
    /// From the client.
    In,
    /// To the client.
    Out,
    /// Either way.
    Both,
}

/// How the declared length of a frame is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Length {
    /// Too large by so much.
    Longer(u32),
    /// Too small by so much, but not below 0.
    Shorter(u32),
    /// Any text at all.
    Is(String),
}

/// How heartbeats are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pulse {
    /// As they were set.
    On,
    /// Not at all; the client is then not cut for its silence.
    Off,
    /// With another time between them, at least 1 ms.
    Every(Duration),
    /// With numbers that do not count up; either number is taken as an answer.
    WrongId,
}
