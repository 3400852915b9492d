//! A protocol whose messages are numbered, so that each one lost, doubled or damaged is seen.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use tv_transport::{CloseReason, Outgoing, Protocol, ProtocolFault, Status};

use crate::support::frame;

/// Reads `<number> <text>` and says where to resume after each reconnect.
#[derive(Debug, Default)]
pub(crate) struct Numbered {
    next: usize,
    reports: VecDeque<Report>,
    outgoing: VecDeque<Outgoing>,
    /// Without data for so long the connection is given up; zero: never.
    watchdog: Duration,
    deadline: Option<Instant>,
    silent: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    Message(usize, String),
    /// Something that was never sent so.
    Bad(String),
}

impl Numbered {
    pub(crate) fn with_watchdog(watchdog: Duration) -> Self {
        Self {
            watchdog,
            ..Self::default()
        }
    }

    fn watch(&mut self, now: Instant) {
        self.deadline = (!self.watchdog.is_zero()).then(|| now + self.watchdog);
    }
}

impl Protocol for Numbered {
    type Command = ();
    type Event = Report;

    fn on_open(&mut self, _generation: u64, now: Instant) {
        self.outgoing.clear();
        self.silent = false;
        let resume = format!("resume {}", self.next);
        self.outgoing.push_back(Outgoing::Text(resume));
        self.watch(now);
    }

    fn handle_command(&mut self, _now: Instant, _command: ()) {}

    fn handle_text(&mut self, now: Instant, text: &str) {
        self.watch(now);
        let parsed = text
            .split_once(' ')
            .and_then(|(number, rest)| Some((number.parse::<usize>().ok()?, rest)));
        let report = match parsed {
            Some((number, rest)) if number == self.next => {
                self.next += 1;
                Report::Message(number, rest.to_owned())
            }
            _ => Report::Bad(text.to_owned()),
        };
        self.reports.push_back(report);
    }

    fn handle_binary(&mut self, _now: Instant, data: &[u8]) {
        self.reports.push_back(Report::Bad(format!("{data:?}")));
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.deadline.is_some_and(|at| at <= now) {
            self.deadline = None;
            self.silent = true;
        }
    }

    fn handle_close(&mut self, _now: Instant, _reason: &CloseReason) {
        self.deadline = None;
    }

    fn poll_transmit(&mut self) -> Option<Outgoing> {
        self.outgoing.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.deadline
    }

    fn poll_event(&mut self) -> Option<Report> {
        self.reports.pop_front()
    }

    fn poll_fault(&mut self) -> Option<ProtocolFault> {
        std::mem::take(&mut self.silent).then_some(ProtocolFault::Silent {
            after: self.watchdog,
        })
    }

    fn status(&self) -> Status {
        Status::Ready
    }
}

/// Texts of every length class of a frame header, ASCII and not.
pub(crate) fn conversation() -> Vec<String> {
    let mut texts = vec![
        String::new(),
        "~m~4~m~~h~1".to_owned(),
        "{\"m\":\"qsd\",\"p\":[\"qs_1\",{\"n\":\"A:B\",\"v\":{\"lp\":1.5}}]}".to_owned(),
        "é € 😀".to_owned(),
        "x".repeat(125),
        "y".repeat(126),
        "z€".repeat(90),
    ];
    texts.push("last".to_owned());
    texts
}

/// The frames of numbered texts; every third is split into fragments with a ping between.
pub(crate) fn message_frames(texts: &[String], from: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let number = from + index;
        let payload = format!("{number} {text}").into_bytes();
        if number % 3 == 2 {
            let (head, tail) = payload.split_at(payload.len() / 2);
            bytes.extend(frame(0x01, head));
            bytes.extend(frame(0x89, b"between"));
            bytes.extend(frame(0x80, tail));
        } else {
            bytes.extend(frame(0x81, &payload));
        }
    }
    bytes
}
