//! The state machine.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{ConnectionError, Counters, Event, Misuse, inbox::Inbox, outbox::Outbox, pulse::Pulse};
use crate::{
    config::ProtocolConfig,
    frame::{
        Frame, FrameError, Frames, LengthUnit, encode, encode_heartbeat, split_doubted,
        split_with_limit, swallowed,
    },
    json::printable,
    message::{ClientMessage, Decoder, Received, ServerMessage, client},
    secret::AuthToken,
};

/// Faults of one text that are reported as events; the others are only counted.
const MAX_FAULT_EVENTS: u64 = 16;

/// Echoes that may wait to be sent. One is about a dozen bytes, so this is thousands of them.
const MAX_ECHO_BYTES: usize = 64 * 1024;

/// What the machine waits for.
///
/// ```text
/// AwaitOpen -> AwaitHello -> AwaitToken -> AwaitReply -> Ready
///                  |  (greeting, or 5 s)      (any reply but an error)
///                  +-> Ended: redirect, protocol_error, close, flood, silence
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The transport is not connected.
    AwaitOpen,
    /// The transport is connected; the server speaks first.
    AwaitHello,
    /// The owner was asked for a token. Commands wait.
    AwaitToken,
    /// The token was sent. Commands flow; a good token is not answered.
    AwaitReply,
    /// Something other than an error came back.
    Ready,
    /// Nothing more is sent.
    Ended,
}

/// One connection to the server, driven by [the drive loop](super#the-drive-loop).
///
/// Deterministic: the same inputs at the same times yield the same outputs.
#[derive(Debug)]
pub struct Connection {
    inbox: Inbox,
    /// Whether the payload that was lent last could not be read, and may hold further frames.
    may_hold_frames: bool,
    decoder: Decoder,
    core: Core,
}

/// Everything except the text, so that a message borrowed from the text can still change it.
#[derive(Debug)]
struct Core {
    config: ProtocolConfig,
    state: State,
    outbox: Outbox,
    events: VecDeque<Event>,
    hello_deadline: Option<Instant>,
    last_text: Option<Instant>,
    pulse: Pulse,
    /// How long no text may come, if that is limited.
    silence_limit: Option<Duration>,
    counters: Counters,
    /// Whether [`Event::OtherLengthUnit`] was emitted on this connection.
    is_unit_reported: bool,
}

impl Connection {
    /// Makes a machine whose transport is not connected yet.
    #[must_use]
    pub fn new(config: ProtocolConfig) -> Self {
        Self {
            inbox: Inbox::default(),
            may_hold_frames: false,
            decoder: Decoder::default().max_fields(config.max_fields),
            core: Core {
                config,
                state: State::AwaitOpen,
                outbox: Outbox::default(),
                events: VecDeque::new(),
                hello_deadline: None,
                last_text: None,
                pulse: Pulse::default(),
                silence_limit: None,
                counters: Counters::default(),
                is_unit_reported: false,
            },
        }
    }

    /// Reports that the transport is connected. Also restarts the machine after an end, and drops
    /// everything left from before.
    pub fn handle_open(&mut self, now: Instant) {
        self.inbox.clear();
        self.may_hold_frames = false;
        self.core.outbox = Outbox::default();
        self.core.events.clear();
        self.core.state = State::AwaitHello;
        self.core.is_unit_reported = false;
        self.core.hello_deadline = now.checked_add(self.core.config.hello_timeout);
        self.core.last_text = Some(now);
        self.core.pulse.restart();
        self.core.silence_limit = self.core.config.watchdog;
    }

    /// Takes one complete text message of the transport. Heartbeats in it are answered at once.
    ///
    /// Take its messages out before the next text comes; otherwise both are kept.
    pub fn handle_text(&mut self, now: Instant, text: &str) {
        if matches!(self.core.state, State::AwaitOpen | State::Ended) {
            return;
        }
        self.free_swallowed();
        self.core.last_text = Some(now);
        self.core.counters.texts += 1;
        let base = self.inbox.push(text);
        let mut frames = split_with_limit(text, self.core.config.max_frame_length);
        let inbox = &mut self.inbox;
        let note = |start, end| inbox.note(start, end);
        self.core.read_frames(&mut frames, base, now, note);
        if let Some(unit) = frames.other_unit() {
            self.core.note_unit(unit, frames.other_units());
        }
    }

    /// Takes a binary message. Text inside is read like text; anything else is counted and skipped.
    /// The server sends binary messages only after a `switch_protocol`, which current clients do
    /// not send.
    pub fn handle_binary(&mut self, now: Instant, data: &[u8]) {
        match std::str::from_utf8(data) {
            Ok(text) if text.starts_with("~m~") => self.handle_text(now, text),
            _ => self.core.counters.binary += 1,
        }
    }

    /// Does what is due at `now`. Early or repeated calls do nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self
            .core
            .hello_deadline
            .is_some_and(|deadline| deadline <= now)
        {
            self.core.counters.missing_hellos += 1;
            self.core.events.push_back(Event::HelloMissing);
            self.core.ask_for_token();
        }
        if let Some(silence) = self.core.silence_limit
            && self
                .core
                .silence_deadline()
                .is_some_and(|deadline| deadline <= now)
        {
            self.core.pulse.give_up();
            self.core.end(ConnectionError::Silent {
                seconds: silence.as_secs(),
            });
        }
    }

    /// Reports that the transport has closed, and why.
    pub fn handle_close(&mut self, _now: Instant, reason: &str) {
        self.core.end(ConnectionError::Closed {
            reason: printable(reason),
        });
    }

    /// Provides the token that [`Event::NeedToken`] asked for. Commands are sent from then on.
    ///
    /// Called again, it renews the token on the same connection.
    pub fn provide_token(&mut self, _now: Instant, token: &AuthToken) {
        let core = &mut self.core;
        if !matches!(
            core.state,
            State::AwaitToken | State::AwaitReply | State::Ready
        ) {
            return;
        }
        let first = core.state == State::AwaitToken;
        core.state = State::AwaitReply;
        core.outbox.push(frame(
            &client::SetAuthToken {
                token: token.into(),
            }
            .into(),
        ));
        if !first {
            return;
        }
        if let Some((language, country)) = &core.config.locale {
            let (language, country) = (language.as_str().into(), country.as_str().into());
            core.outbox
                .push(frame(&client::SetLocale { language, country }.into()));
        }
        core.outbox.release();
    }

    /// Sends a command, or keeps it until the token has been sent. Takes any command, or any
    /// [`ClientMessage`], by value or by reference.
    ///
    /// ```
    /// use tv_protocol::{Connection, config::ProtocolConfig, message::client};
    ///
    /// let mut connection = Connection::new(ProtocolConfig::default());
    /// connection.send(client::QuoteCreateSession { session: "qs_1".into() })?;
    /// assert!(connection.queued_bytes() > 0);
    /// # Ok::<(), tv_protocol::connection::Misuse>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the queue is full, or the connection has ended. The command is then not sent.
    pub fn send<'a>(&mut self, command: impl Into<ClientMessage<'a>>) -> Result<(), Misuse> {
        let limit = self.core.config.max_queued_bytes;
        if self.core.state == State::Ended {
            return Err(Misuse::Ended);
        }
        let framed = frame(&command.into());
        let waiting = self.core.outbox.command_bytes();
        if waiting + framed.len() > limit {
            return Err(Misuse::QueueFull { waiting, limit });
        }
        if self.is_open() {
            self.core.outbox.push(framed);
        } else {
            self.core.outbox.hold(framed);
        }
        Ok(())
    }

    /// The next text to send, as a message of its own. Echoes of heartbeats come first.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<String> {
        self.core.outbox.pop()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) at the latest.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        [self.core.hello_deadline, self.core.silence_deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    /// The next message, borrowed from the text that it came in.
    #[must_use]
    pub fn poll_message(&mut self) -> Option<Received<'_>> {
        self.free_swallowed();
        let received = self.decoder.decode(self.inbox.next()?);
        self.core.observe(&received.message);
        self.may_hold_frames = matches!(received.message, ServerMessage::Malformed(_));
        Some(received)
    }

    /// Puts the frames that a frame of a wrong length has swallowed where they belong. `split`
    /// notices only those that end soon.
    fn free_swallowed(&mut self) {
        if std::mem::take(&mut self.may_hold_frames) {
            self.split_swallowed();
        }
    }

    #[cold]
    fn split_swallowed(&mut self) {
        let (start, payload) = self.inbox.last();
        let (Some((size, rest)), Some(now)) = (swallowed(payload), self.core.last_text) else {
            return;
        };
        let mut payloads = Vec::new();
        let mut frames = split_doubted(rest, self.core.config.max_frame_length);
        let note = |start, end| payloads.push((start, end));
        self.core.read_frames(&mut frames, start + size, now, note);
        self.inbox.note_first(payloads.into_iter());
    }

    /// The next change of state.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.core.events.pop_front()
    }

    /// The counters over all connections of this machine.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.core.counters
    }

    /// Bytes of commands that wait to be sent.
    #[must_use]
    pub fn queued_bytes(&self) -> usize {
        self.core.outbox.command_bytes()
    }

    /// Whether commands are sent at once: the token has been sent and the connection has not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.core.state, State::AwaitReply | State::Ready)
    }

    /// Whether the connection has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.core.state == State::Ended
    }
}

impl Core {
    /// Answers heartbeats, reports faults, and notes where each payload starts and ends, counted
    /// from `base`.
    #[inline]
    fn read_frames(
        &mut self,
        frames: &mut Frames<'_>,
        base: usize,
        now: Instant,
        mut note: impl FnMut(usize, usize),
    ) {
        let mut faults = 0;
        while let Some(frame) = frames.next() {
            match frame {
                Ok(Frame::Heartbeat(number)) => self.answer_heartbeat(number, now),
                Ok(Frame::Json(payload)) => {
                    let end = base + frames.offset();
                    self.counters.frames += 1;
                    note(end - payload.len(), end);
                }
                Err(error) => {
                    faults += 1;
                    self.note_fault(error, faults <= MAX_FAULT_EVENTS);
                }
            }
        }
    }

    fn answer_heartbeat(&mut self, number: u64, now: Instant) {
        self.counters.frames += 1;
        self.counters.heartbeats += 1;
        self.note_pulse(now);
        if self.outbox.echo_bytes() > MAX_ECHO_BYTES {
            self.end(ConnectionError::HeartbeatFlood {
                limit: MAX_ECHO_BYTES,
            });
            return;
        }
        let mut echo = String::new();
        encode_heartbeat(number, &mut echo);
        self.outbox.push_echo(echo);
    }

    /// A heartbeat came: from now on, silence means something.
    fn note_pulse(&mut self, now: Instant) {
        if let Some(shortest) = self.config.pulse_limit {
            let limit = self.pulse.beat(now).max(shortest);
            self.silence_limit = Some(self.config.watchdog.map_or(limit, |it| it.min(limit)));
        }
    }

    #[cold]
    fn note_unit(&mut self, unit: LengthUnit, frames: u64) {
        self.counters.other_length_units += frames;
        if !self.is_unit_reported {
            self.is_unit_reported = true;
            self.events.push_back(Event::OtherLengthUnit(unit));
        }
    }

    fn note_fault(&mut self, error: FrameError, tell: bool) {
        self.counters.frame_faults += 1;
        self.counters.dropped_bytes += error.dropped as u64;
        if tell {
            self.events.push_back(Event::FrameFault(error));
        }
    }

    /// The effect of a message on the connection itself.
    fn observe(&mut self, message: &ServerMessage<'_>) {
        match message {
            ServerMessage::Hello(hello) if self.state == State::AwaitHello => {
                if let Some(host) = hello.redirect_host() {
                    self.events.push_back(Event::Redirect {
                        host: printable(host),
                    });
                    self.stop();
                } else {
                    self.ask_for_token();
                }
            }
            // A greeting that comes late says nothing about the token.
            ServerMessage::Hello(_) => {}
            ServerMessage::ProtocolError(error) => {
                let text = error.words();
                let bad_token = text.contains("bad auth token");
                self.end(if bad_token {
                    ConnectionError::BadToken { text }
                } else {
                    ConnectionError::Refused { text }
                });
            }
            ServerMessage::Unknown(_) => self.counters.unknown += 1,
            ServerMessage::Malformed(_) => self.counters.malformed += 1,
            _ if self.state == State::AwaitReply => {
                self.state = State::Ready;
                self.events.push_back(Event::Authenticated);
            }
            _ => {}
        }
    }

    fn ask_for_token(&mut self) {
        self.hello_deadline = None;
        self.state = State::AwaitToken;
        self.events.push_back(Event::NeedToken);
    }

    fn silence_deadline(&self) -> Option<Instant> {
        self.last_text?.checked_add(self.silence_limit?)
    }

    fn end(&mut self, error: ConnectionError) {
        if matches!(self.state, State::AwaitOpen | State::Ended) {
            return;
        }
        self.stop();
        self.events.push_back(Event::Lost(error));
    }

    fn stop(&mut self) {
        self.state = State::Ended;
        self.outbox = Outbox::default();
        self.hello_deadline = None;
        self.last_text = None;
    }
}

fn frame(command: &ClientMessage<'_>) -> String {
    let mut framed = String::new();
    encode(&command.to_json(), &mut framed);
    framed
}

#[cfg(test)]
mod tests;
