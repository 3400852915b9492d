//! Carries decisions about frames out, between a session and its WebSocket. Pure.

use std::{borrow::Cow, collections::VecDeque, time::Duration};

use serde_json::{Value, json};

use super::{
    action::{Action, Length, Pulse},
    engine::{Connection, Firing},
    omission::Omissions,
    when::millis,
    wire::{Change, Kill},
};
use crate::framing;

/// Milliseconds that frames wait for others to be reordered with.
const REORDER_WAIT: u64 = 100;

/// What goes to the WebSocket, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Out {
    Text(String),
    Binary(Vec<u8>),
    Ping,
    Close(Option<u16>, String),
    /// Bytes below the WebSocket.
    Raw(Vec<u8>),
    /// The stream changes its ways.
    Wire(Change),
    /// The end, after everything before was written.
    Kill(Kill),
    Restart {
        keeping: bool,
        down: Duration,
    },
}

/// What happens to the session itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SessionFault {
    /// `critical_error` for one session, or for all.
    Critical(Option<String>, String),
    Protocol(String),
    Heartbeats(Pulse),
    ExpireToken,
}

/// Writes a `du` with a bar of a session's series, a number of bars before the oldest one sent.
pub(crate) type Correct<'a> = dyn FnMut(&str, &str, u32) -> Option<String> + 'a;

/// The frames of a connection on their way.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    queue: VecDeque<(u64, Out)>,
    /// Bytes in the queue and in the windows.
    bytes: usize,
    /// Nothing is due before.
    not_before: u64,
    /// Kinds that are not sent, and until when.
    stalled: Vec<(String, Option<u64>)>,
    windows: Vec<Window>,
    /// Bars that are not sent.
    omissions: Omissions,
    /// Sessions that are to end, whose `critical_error` is still to come.
    void: Vec<String>,
    /// Frames of the message that is being put together.
    message: String,
}

/// Frames that wait to be reordered by a rule.
#[derive(Debug)]
struct Window {
    rule: usize,
    size: usize,
    since: u64,
    frames: Vec<String>,
}

/// What is still to be done to a frame.
struct Marks {
    copies: u32,
    length: Option<Length>,
    window: Option<(usize, u32)>,
}

impl Frames {
    /// Takes in a message of the session.
    pub(crate) fn message(
        &mut self,
        now: u64,
        message: String,
        rules: &mut Connection,
        correct: &mut Correct<'_>,
    ) -> Vec<SessionFault> {
        if !rules.minds_frames() && self.queue.is_empty() {
            self.push(now, Out::Text(message));
            return Vec::new();
        }
        let mut faults = Vec::new();
        // The session writes nothing but whole frames.
        for payload in framing::split(&message).unwrap_or_default() {
            self.frame(now, payload, rules, &mut faults, correct);
        }
        self.finish(now);
        faults
    }

    /// Takes in what is done without a frame.
    pub(crate) fn firings(&mut self, now: u64, firings: Vec<Firing>) -> Vec<SessionFault> {
        let mut faults = Vec::new();
        for Firing { action, .. } in firings {
            self.act(now, action, None, &mut faults);
        }
        faults
    }

    /// The next thing that is due.
    pub(crate) fn pop(&mut self, now: u64) -> Option<Out> {
        self.expire(now);
        if !self.is_due(now) {
            return None;
        }
        let (_, out) = self.queue.pop_front()?;
        self.bytes -= out.len();
        Some(out)
    }

    /// Whether `pop` has something.
    pub(crate) fn is_due(&self, now: u64) -> bool {
        self.queue.front().is_some_and(|(due, _)| *due <= now)
            || self.next_window().is_some_and(|due| due <= now)
    }

    /// When `pop` has something next, if what waits does so for a time.
    pub(crate) fn next_due(&self) -> Option<u64> {
        let first = self.queue.front().map(|(due, _)| *due);
        first.into_iter().chain(self.next_window()).min()
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.windows.is_empty()
    }

    /// Bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn next_window(&self) -> Option<u64> {
        self.windows.iter().map(|w| w.since + REORDER_WAIT).min()
    }

    fn push(&mut self, now: u64, out: Out) {
        self.bytes += out.len();
        self.queue.push_back((self.not_before.max(now), out));
    }

    /// Ends the message that is being put together.
    fn finish(&mut self, now: u64) {
        if !self.message.is_empty() {
            let message = std::mem::take(&mut self.message);
            self.push(now, Out::Text(message));
        }
    }

    /// Gives out windows that waited long enough.
    fn expire(&mut self, now: u64) {
        while let Some(at) = self
            .windows
            .iter()
            .position(|window| window.since + REORDER_WAIT <= now)
        {
            let window = self.windows.swap_remove(at);
            for frame in window.frames {
                self.bytes -= frame.len();
                self.message.push_str(&frame);
            }
            self.finish(now);
        }
    }

    fn frame(
        &mut self,
        now: u64,
        payload: &str,
        rules: &mut Connection,
        faults: &mut Vec<SessionFault>,
        correct: &mut Correct<'_>,
    ) {
        let kind = kind(payload);
        if self.is_void(&kind, payload) {
            return;
        }
        let Some(mut payload) = self.omissions.apply(&kind, payload.into()) else {
            return;
        };
        let firings = rules.frame(now, &kind, &payload);
        self.stalled
            .retain(|(_, until)| until.is_none_or(|until| now < until));
        let mut sent = !self.stalled.iter().any(|(stalled, _)| *stalled == kind);
        let mut marks = Marks {
            copies: 1,
            length: None,
            window: None,
        };
        for Firing { rule, action } in firings {
            match action {
                Action::Drop => sent = false,
                Action::Stall { lasting } => {
                    let until = lasting.map(|lasting| now + millis(lasting));
                    self.stalled.push((kind.clone().into_owned(), until));
                    sent = false;
                }
                Action::Duplicate { copies } => marks.copies += copies,
                Action::Length(wrong) => marks.length = Some(wrong),
                Action::Reorder { window } => marks.window = Some((rule, window)),
                Action::Corrupt => payload = corrupt(&payload, rule, rules).into(),
                Action::SymbolError(reason) => payload = symbol_error(&payload, &reason).into(),
                Action::SeriesError(reason) => payload = series_error(&payload, &reason).into(),
                Action::StudyError(reason) => payload = study_error(&payload, &reason).into(),
                Action::LateCorrection { back } => {
                    for (session, series) in series_of(&payload) {
                        if let Some(update) = correct(&session, &series, back) {
                            framing::push_frame(&mut self.message, &update);
                        }
                    }
                }
                Action::SkipBars { count } => self.omissions.begin(&payload, count),
                Action::Delay { from, to } => {
                    self.finish(now);
                    let more = rules.draw(rule, millis(to) - millis(from) + 1);
                    self.not_before = self.not_before.max(now + millis(from) + more);
                }
                Action::CriticalError(_) => {
                    sent = false;
                    let session = session_of(&payload);
                    self.void.extend(session.clone());
                    self.act(now, action, session, faults);
                }
                other => self.act(now, other, None, faults),
            }
        }
        if sent {
            self.send(now, &payload, marks, rules);
        }
    }

    /// Whether the session wrote this before it learned that it ends: a server says nothing of one
    /// after the frame in whose place the error stands.
    fn is_void(&mut self, kind: &str, payload: &str) -> bool {
        if self.void.is_empty() {
            return false;
        }
        let session = session_of(payload);
        let is_void = |void: &String| Some(void) == session.as_ref();
        let Some(at) = self.void.iter().position(is_void) else {
            return false;
        };
        if kind == "critical_error" {
            self.void.swap_remove(at);
            return false;
        }
        true
    }

    fn send(&mut self, now: u64, payload: &str, marks: Marks, rules: &mut Connection) {
        let frame = match &marks.length {
            None => {
                let mut frame = String::new();
                framing::push_frame(&mut frame, payload);
                frame
            }
            Some(wrong) => {
                let units = framing::units(payload);
                let length = match wrong {
                    Length::Longer(by) => (units + *by as usize).to_string(),
                    Length::Shorter(by) => units.saturating_sub(*by as usize).to_string(),
                    Length::Is(text) => text.clone(),
                };
                format!("~m~{length}~m~{payload}")
            }
        };
        for _ in 0..marks.copies {
            match marks.window {
                None => self.message.push_str(&frame),
                Some((rule, size)) => self.wait(now, rule, size as usize, frame.clone(), rules),
            }
        }
    }

    /// Puts a frame into the window of a rule, and gives a full window out.
    fn wait(&mut self, now: u64, rule: usize, size: usize, frame: String, rules: &mut Connection) {
        self.bytes += frame.len();
        let at = match self.windows.iter().position(|window| window.rule == rule) {
            Some(at) => at,
            None => {
                self.windows.push(Window {
                    rule,
                    size,
                    since: now,
                    frames: Vec::new(),
                });
                self.windows.len() - 1
            }
        };
        let Some(window) = self.windows.get_mut(at) else {
            return;
        };
        // Inside out (Knuth): each order is equally likely, whenever the window is given out.
        let place = rules.draw(rule, window.frames.len() as u64 + 1) as usize;
        window.frames.push(frame);
        let last = window.frames.len() - 1;
        window.frames.swap(place, last);
        if window.frames.len() >= window.size {
            let window = self.windows.swap_remove(at);
            for frame in window.frames {
                self.bytes -= frame.len();
                self.message.push_str(&frame);
            }
        }
    }

    fn act(
        &mut self,
        now: u64,
        action: Action,
        session: Option<String>,
        faults: &mut Vec<SessionFault>,
    ) {
        self.finish(now);
        if let Some(change) = Change::of(&action, now) {
            return self.push(now, Out::Wire(change));
        }
        let out = match action {
            Action::Refuse | Action::Reset => Out::Kill(Kill::Reset),
            Action::Fin => Out::Kill(Kill::Fin),
            Action::Close { code, reason } => Out::Close(code, reason),
            Action::Raw { bytes, times } => Out::Raw(bytes.repeat(times as usize)),
            Action::Text(text) => Out::Text(text),
            Action::Binary(bytes) => Out::Binary(bytes),
            Action::Frame(payload) => {
                let mut frame = String::new();
                framing::push_frame(&mut frame, &payload);
                Out::Text(frame)
            }
            Action::Ping { count } => {
                (1..count).for_each(|_| self.push(now, Out::Ping));
                Out::Ping
            }
            Action::Restart { keeping, down } => Out::Restart { keeping, down },
            Action::CriticalError(reason) => {
                return faults.push(SessionFault::Critical(session, reason));
            }
            Action::ProtocolError(reason) => return faults.push(SessionFault::Protocol(reason)),
            Action::Heartbeats(pulse) => return faults.push(SessionFault::Heartbeats(pulse)),
            Action::ExpireToken => return faults.push(SessionFault::ExpireToken),
            // Changes were made above; the others need a frame, or the opening, and a plan that was
            // checked has them nowhere else.
            Action::Http { .. }
            | Action::BlackHole { .. }
            | Action::Drip { .. }
            | Action::Slice { .. }
            | Action::Delay { .. }
            | Action::Drop
            | Action::Stall { .. }
            | Action::Duplicate { .. }
            | Action::Reorder { .. }
            | Action::Corrupt
            | Action::Length(_)
            | Action::SymbolError(_)
            | Action::SeriesError(_)
            | Action::LateCorrection { .. }
            | Action::SkipBars { .. }
            | Action::StudyError(_)
            | Action::Cut { .. }
            | Action::Bomb { .. } => return,
        };
        self.push(now, out);
    }
}

impl Out {
    fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) | Self::Raw(bytes) => bytes.len(),
            _ => 0,
        }
    }
}

/// What a payload is called in conditions and counters.
pub(crate) fn kind(payload: &str) -> Cow<'_, str> {
    if payload.starts_with("~h~") {
        return "heartbeat".into();
    }
    let plain = payload
        .strip_prefix(r#"{"m":""#)
        .and_then(|rest| rest.split_once('"'));
    if let Some((name, _)) = plain
        && !name.contains('\\')
    {
        return name.into();
    }
    let parsed: Value = serde_json::from_str(payload).unwrap_or_default();
    match parsed.get("m").and_then(Value::as_str) {
        Some(name) => name.to_owned().into(),
        None => "hello".into(),
    }
}

fn params(payload: &str) -> Option<(String, Vec<Value>)> {
    let mut message: Value = serde_json::from_str(payload).ok()?;
    let method = message.get("m")?.as_str()?.to_owned();
    match message.get_mut("p")?.take() {
        Value::Array(params) => Some((method, params)),
        _ => None,
    }
}

/// The sessions and series that a payload is about; studies look like series.
fn series_of(payload: &str) -> Vec<(String, String)> {
    let Some((_, params)) = params(payload) else {
        return Vec::new();
    };
    let Some(session) = params.first().and_then(Value::as_str) else {
        return Vec::new();
    };
    let series: Vec<&str> = match params.get(1) {
        Some(Value::String(series)) => vec![series],
        Some(Value::Object(objects)) => objects.keys().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    let named = series.into_iter();
    named
        .map(|series| (session.to_owned(), series.to_owned()))
        .collect()
}

/// The session that a payload belongs to.
fn session_of(payload: &str) -> Option<String> {
    let (_, params) = params(payload)?;
    params.first()?.as_str().map(str::to_owned)
}

/// What stands in for a `symbol_resolved` or `qsd`; others stay as they are.
fn symbol_error(payload: &str, reason: &str) -> String {
    let wrong = params(payload).and_then(|(method, params)| {
        let (session, second) = (params.first()?, params.get(1)?);
        match method.as_str() {
            "symbol_resolved" => {
                Some(json!({ "m": "symbol_error", "p": [session, second, reason] }))
            }
            "qsd" => {
                let body =
                    json!({ "n": second.get("n")?, "s": "error", "errmsg": reason, "v": {} });
                Some(json!({ "m": "qsd", "p": [session, body] }))
            }
            _ => None,
        }
    });
    wrong.map_or_else(|| payload.to_owned(), |wrong| wrong.to_string())
}

/// What stands in for a `series_completed`; others stay as they are.
fn series_error(payload: &str, reason: &str) -> String {
    let wrong = params(payload).and_then(|(method, params)| {
        let (session, series) = (params.first()?, params.get(1)?);
        let turnaround = params.get(3)?;
        (method == "series_completed").then(|| {
            json!({ "m": "series_error", "p": [session, series, turnaround, reason, "undefined"] })
        })
    });
    wrong.map_or_else(|| payload.to_owned(), |wrong| wrong.to_string())
}

/// What stands in for a `study_completed`; others stay as they are.
fn study_error(payload: &str, reason: &str) -> String {
    let wrong = params(payload).and_then(|(method, params)| {
        let (session, study, turnaround) = (params.first()?, params.get(1)?, params.get(2)?);
        (method == "study_completed").then(|| {
            json!({ "m": "study_error", "p": [session, study, turnaround, reason, "undefined"] })
        })
    });
    wrong.map_or_else(|| payload.to_owned(), |wrong| wrong.to_string())
}

/// Changes one character that is a byte.
fn corrupt(payload: &str, rule: usize, rules: &mut Connection) -> String {
    let count = payload.chars().count().max(1) as u64;
    let chosen = rules.draw(rule, count) as usize;
    let other = char::from(b'!' + rules.draw(rule, 90) as u8);
    let swap = |(n, c): (usize, char)| match c {
        c if n != chosen || !c.is_ascii() => c,
        c if c == other => '~',
        _ => other,
    };
    payload.chars().enumerate().map(swap).collect()
}

#[cfg(test)]
mod tests;
