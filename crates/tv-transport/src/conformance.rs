//! Tests any [`Protocol`] against the promises that a supervisor relies on, without a socket or a
//! clock.
//!
//! Needs the feature `conformance`; meant for the tests of a venue. A panic is a breach, too, and
//! fails the test.
//!
//! ```
//! # #[derive(Default)] struct Venue;
//! # impl tv_transport::Protocol for Venue {
//! #     type Command = (); type Event = ();
//! #     fn on_open(&mut self, _: u64, _: std::time::Instant) {}
//! #     fn handle_command(&mut self, _: std::time::Instant, _: ()) {}
//! #     fn handle_text(&mut self, _: std::time::Instant, _: &str) {}
//! #     fn handle_binary(&mut self, _: std::time::Instant, _: &[u8]) {}
//! #     fn handle_timeout(&mut self, _: std::time::Instant) {}
//! #     fn handle_close(&mut self, _: std::time::Instant, _: &tv_transport::CloseReason) {}
//! #     fn poll_transmit(&mut self) -> Option<tv_transport::Outgoing> { None }
//! #     fn poll_timeout(&self) -> Option<std::time::Instant> { None }
//! #     fn poll_event(&mut self) -> Option<()> { None }
//! #     fn status(&self) -> tv_transport::Status { tv_transport::Status::Ready }
//! # }
//! use tv_transport::conformance::Conformance;
//!
//! let checked = Conformance::new(Venue::default)
//!     .commands(|| vec![()]) // what handles request
//!     .peer(|_sent| Vec::new()) // what the venue answers
//!     .check();
//! assert_eq!(checked, Ok(()));
//! ```

use std::time::{Duration, Instant};

use bytes::Bytes;
use thiserror::Error;

use crate::{
    close::CloseReason,
    protocol::{Outgoing, Protocol, Status},
};

/// A promise that a protocol breaks.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{rule}: {detail}")]
#[non_exhaustive]
pub struct Breach {
    /// The promise.
    pub rule: &'static str,
    /// How it is broken.
    pub detail: String,
}

/// What a peer answers to a message.
type Peer = dyn Fn(&Outgoing) -> Vec<Outgoing>;

/// The kit: how to make a protocol, its commands, and the answers of its peer.
pub struct Conformance<P: Protocol> {
    make: Box<dyn Fn() -> P>,
    commands: Box<dyn Fn() -> Vec<P::Command>>,
    greeting: Vec<Outgoing>,
    peer: Box<Peer>,
}

impl<P: Protocol<Command: 'static>> Conformance<P> {
    /// A kit for the protocols that `make` creates. All of them must be equal, so seed their
    /// randomness.
    #[must_use]
    pub fn new(make: impl Fn() -> P + 'static) -> Self {
        Self {
            make: Box::new(make),
            commands: Box::new(Vec::new),
            greeting: Vec::new(),
            peer: Box::new(|_| Vec::new()),
        }
    }

    /// The commands of handles, such as some subscriptions. Default: none.
    #[must_use]
    pub fn commands(mut self, commands: impl Fn() -> Vec<P::Command> + 'static) -> Self {
        self.commands = Box::new(commands);
        self
    }

    /// The peer's first messages on each connection. Default: none.
    #[must_use]
    pub fn greeting(mut self, messages: Vec<Outgoing>) -> Self {
        self.greeting = messages;
        self
    }

    /// A healthy peer's answers to a message. Default: none.
    #[must_use]
    pub fn peer(mut self, answers: impl Fn(&Outgoing) -> Vec<Outgoing> + 'static) -> Self {
        self.peer = Box::new(answers);
        self
    }

    /// Checks every promise.
    ///
    /// # Errors
    ///
    /// The first broken promise.
    pub fn check(&self) -> Result<(), Breach> {
        self.check_restoration()?;
        self.check_queue_is_dropped()?;
        self.check_nonsense()?;
        self.check_determinism()
    }

    /// A command given while offline is carried out, and again on each later connection.
    fn check_restoration(&self) -> Result<(), Breach> {
        let mut subject = Subject::new((self.make)());
        subject.command((self.commands)())?;
        for generation in 1..=3 {
            subject.open(generation)?;
            self.serve(&mut subject)?;
            let counts = subject.protocol.subscriptions();
            if subject.protocol.status() != Status::Ready || counts.pending > 0 {
                return Err(Breach {
                    rule: "serves again after each reconnect",
                    detail: format!(
                        "on connection {generation} after a minute: {:?}, {counts:?}",
                        subject.protocol.status()
                    ),
                });
            }
            subject.close()?;
        }
        Ok(())
    }

    /// Nothing that was queued for one connection is sent on the next.
    fn check_queue_is_dropped(&self) -> Result<(), Breach> {
        let sent_after = |sends: bool| {
            let mut subject = Subject::new((self.make)());
            subject.protocol.on_open(1, subject.now);
            for command in (self.commands)() {
                subject.protocol.handle_command(subject.now, command);
            }
            if sends {
                subject.drain()?;
            }
            subject.close()?;
            subject.open(2)?;
            Ok(subject.sent.len())
        };
        let (fresh, burdened) = (sent_after(true)?, sent_after(false)?);
        if burdened > fresh {
            return Err(Breach {
                rule: "what was queued for one connection is not sent on the next",
                detail: format!("{burdened} messages instead of {fresh}"),
            });
        }
        Ok(())
    }

    /// No text and no bytes of a peer make it panic or send without end.
    fn check_nonsense(&self) -> Result<(), Breach> {
        for greeted in [false, true] {
            let mut subject = Subject::new((self.make)());
            subject.open(1)?;
            if greeted {
                subject.command((self.commands)())?;
                self.serve(&mut subject)?;
            }
            for message in nonsense() {
                subject.receive(&message)?;
                if let Some(fault) = subject.protocol.poll_fault() {
                    // It may well give up such a connection; then it goes on with another.
                    subject.end(&CloseReason::Protocol(fault))?;
                    subject.generation += 1;
                    subject.open(subject.generation)?;
                }
            }
            subject.close()?;
        }
        Ok(())
    }

    /// Same inputs at the same times, same messages.
    fn check_determinism(&self) -> Result<(), Breach> {
        let start = Instant::now();
        let run = || {
            let mut subject = Subject::new((self.make)());
            subject.now = start;
            subject.command((self.commands)())?;
            subject.open(1)?;
            self.serve(&mut subject)?;
            Ok((subject.sent, subject.events))
        };
        let (first, second) = (run()?, run()?);
        if first != second {
            return Err(Breach {
                rule: "same inputs at the same times, same outputs",
                detail: format!(
                    "{} messages and {} events, then {} and {}",
                    first.0.len(),
                    first.1,
                    second.0.len(),
                    second.1
                ),
            });
        }
        Ok(())
    }

    /// Lets the peer answer, and timers run, for a minute.
    fn serve(&self, subject: &mut Subject<P>) -> Result<(), Breach> {
        for message in &self.greeting {
            subject.receive(message)?;
        }
        let until = subject.now + Duration::from_secs(60);
        loop {
            let sent = std::mem::take(&mut subject.sent);
            for message in &sent {
                for answer in (self.peer)(message) {
                    subject.receive(&answer)?;
                }
            }
            // What was sent is added once, at the end, for comparison.
            subject.reported.extend(sent);
            if !subject.sent.is_empty() {
                continue;
            }
            match subject.protocol.poll_timeout() {
                Some(at) if at <= until => subject.wait_until(at)?,
                _ => break,
            }
        }
        subject.sent = std::mem::take(&mut subject.reported);
        Ok(())
    }
}

impl<P: Protocol> std::fmt::Debug for Conformance<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conformance").finish_non_exhaustive()
    }
}

/// A protocol under test, with its time.
struct Subject<P> {
    protocol: P,
    now: Instant,
    generation: u64,
    sent: Vec<Outgoing>,
    reported: Vec<Outgoing>,
    events: usize,
    /// Timeouts handled without the time going on.
    idle: u32,
}

impl<P: Protocol> Subject<P> {
    fn new(protocol: P) -> Self {
        Self {
            protocol,
            now: Instant::now(),
            generation: 0,
            sent: Vec::new(),
            reported: Vec::new(),
            events: 0,
            idle: 0,
        }
    }

    fn open(&mut self, generation: u64) -> Result<(), Breach> {
        self.generation = generation;
        self.sent.clear();
        self.protocol.on_open(generation, self.now);
        if self.protocol.poll_fault().is_some() {
            return Err(Breach {
                rule: "a new connection begins without the fault of the last",
                detail: format!("poll_fault after on_open({generation})"),
            });
        }
        self.drain()
    }

    fn command(&mut self, commands: Vec<P::Command>) -> Result<(), Breach> {
        for command in commands {
            self.protocol.handle_command(self.now, command);
            self.drain_events()?;
        }
        if self.generation > 0 {
            self.drain()?;
        }
        Ok(())
    }

    fn receive(&mut self, message: &Outgoing) -> Result<(), Breach> {
        self.now += Duration::from_millis(1);
        match message {
            Outgoing::Text(text) => self.protocol.handle_text(self.now, text),
            Outgoing::Binary(data) => self.protocol.handle_binary(self.now, data),
        }
        self.drain()
    }

    fn close(&mut self) -> Result<(), Breach> {
        let reason = CloseReason::Lost(std::io::ErrorKind::UnexpectedEof.into());
        self.end(&reason)
    }

    fn end(&mut self, reason: &CloseReason) -> Result<(), Breach> {
        self.protocol.handle_close(self.now, reason);
        self.drain_events()
    }

    /// Advances to an instant. Checks that nothing happens early, and that the timer is later
    /// afterwards.
    fn wait_until(&mut self, at: Instant) -> Result<(), Breach> {
        if at > self.now {
            let (sent, events) = (self.sent.len(), self.events);
            self.protocol.handle_timeout(self.now);
            self.drain()?;
            if (self.sent.len(), self.events) != (sent, events) {
                return Err(Breach {
                    rule: "an early handle_timeout does nothing",
                    detail: format!("{:?} early", at - self.now),
                });
            }
            self.now = at;
            self.idle = 0;
        }
        self.protocol.handle_timeout(self.now);
        self.drain()?;
        let stuck = self
            .protocol
            .poll_timeout()
            .is_some_and(|at| at <= self.now);
        self.idle += 1;
        if stuck && self.sent.is_empty() || self.idle > 1000 {
            return Err(Breach {
                rule: "after handle_timeout(now) the next timeout is later than now",
                detail: "it is not".to_owned(),
            });
        }
        Ok(())
    }

    fn drain(&mut self) -> Result<(), Breach> {
        self.drain_events()?;
        for _ in 0..MOST {
            match self.protocol.poll_transmit() {
                Some(message) => self.sent.push(message),
                None => return Ok(()),
            }
        }
        Err(Breach {
            rule: "poll_transmit comes to an end",
            detail: format!("{MOST} messages after one input"),
        })
    }

    fn drain_events(&mut self) -> Result<(), Breach> {
        for _ in 0..MOST {
            if self.protocol.poll_event().is_none() {
                return Ok(());
            }
            self.events += 1;
        }
        Err(Breach {
            rule: "poll_event comes to an end",
            detail: format!("{MOST} events after one input"),
        })
    }
}

/// More messages than this after one input count as endless.
const MOST: usize = 10_000;

/// What no peer should send.
fn nonsense() -> Vec<Outgoing> {
    let deep = "[".repeat(10_000);
    let long = format!("\"{}\"", "x".repeat(1 << 20));
    let texts = [
        "",
        " ",
        "null",
        "0",
        "-1e999",
        "{}",
        "[]",
        "\"",
        "{\"id\":18446744073709551615}",
        "{\"id\":-1,\"code\":null,\"msg\":[]}",
        "{\"stream\":1,\"data\":{}}",
        "{\"m\":\"\",\"p\":null}",
        "~m~99999999999999999999~m~",
        "~m~-1~m~x",
        "~h~1",
        "\u{feff}{}",
        "\u{0}\u{1b}]0;\u{7}",
        "é😀\u{202e}",
        &deep,
        &long,
    ];
    let binaries: [&[u8]; 6] = [
        b"",
        b"\0",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x0a\xff\xff\xff\xff\x0f",
        b"{}",
        &[0xaa; 4096],
    ];
    let texts = texts.map(|text| Outgoing::Text(text.to_owned()));
    let binaries = binaries.map(|data| Outgoing::Binary(Bytes::copy_from_slice(data)));
    texts.into_iter().chain(binaries).collect()
}

#[cfg(test)]
mod tests;
