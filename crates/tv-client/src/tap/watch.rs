//! Shows the messages of one engine: to the taps of its client, and in the log.
//!
//! DEBUG names each message, TRACE shows its text. Both, and taps, see secrets masked only.

use std::{borrow::Cow, sync::Arc, time::Instant};

use protocol::{
    frame::{Frame, split},
    id::SessionId,
    json::printable,
    redact::Secrets,
};
use tracing::Level;

use super::tap::{Direction, TapEvent, TapMessage, Taps};
use crate::error::ClientError;

/// The beginning of what the connection sends to sign in.
const SIGN_IN: &str = r#"{"m":"set_auth_token","p":[""#;

/// The word with which guests sign in.
const GUEST: &str = protocol::secret::AuthToken::ANONYMOUS;

/// Shows the messages of one engine.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    taps: Taps,
    /// The number of the present connection.
    connection: u64,
}

impl Watch {
    pub(crate) fn new(taps: Taps) -> Self {
        Self {
            taps,
            connection: 0,
        }
    }

    /// Whether anything is shown at all.
    #[inline]
    fn is_on(&self) -> bool {
        self.taps.is_active() || tracing::enabled!(Level::DEBUG)
    }

    pub(crate) fn opened(&mut self, now: Instant) {
        self.connection = self.taps.count_connection();
        let connection = self.connection;
        if self.taps.is_active() {
            self.taps
                .report(now, |time| TapEvent::Opened { time, connection });
        }
    }

    pub(crate) fn closed(
        &self,
        now: Instant,
        reason: Option<&ClientError>,
        lost_sessions: &[SessionId],
    ) {
        for session in lost_sessions {
            tracing::debug!(%session, "a session that was made by hand has ended with its connection");
        }
        if self.taps.is_active() {
            self.taps.report(now, |time| TapEvent::Closed {
                time,
                connection: self.connection,
                reason: reason.cloned(),
                lost_sessions: lost_sessions.to_vec(),
            });
        }
    }

    #[inline]
    pub(crate) fn received(&self, now: Instant, text: &str, secrets: &Secrets) {
        if self.is_on() {
            self.show(now, Direction::In, text, false, secrets);
        }
    }

    pub(crate) fn received_binary(&self, now: Instant, data: &[u8], secrets: &Secrets) {
        if self.is_on() {
            let text = String::from_utf8_lossy(data);
            self.show(now, Direction::In, &text, true, secrets);
        }
    }

    #[inline]
    pub(crate) fn sent(&self, now: Instant, text: &str, secrets: &Secrets) {
        if self.is_on() {
            self.show(now, Direction::Out, text, false, secrets);
        }
    }

    #[cold]
    fn show(
        &self,
        now: Instant,
        direction: Direction,
        text: &str,
        is_binary: bool,
        secrets: &Secrets,
    ) {
        let masked = match direction {
            Direction::In => secrets.mask(text),
            Direction::Out => mask_token(secrets.mask(text)),
        };
        log(direction, &masked, is_binary);
        if self.taps.is_active() {
            let text: Arc<str> = masked.into();
            self.taps.report(now, |time| {
                TapEvent::Message(TapMessage {
                    time,
                    connection: self.connection,
                    direction,
                    text: Arc::clone(&text),
                    is_binary,
                })
            });
        }
    }
}

/// Masks a token where it is known to stand, in case that it is too short to be recognised.
fn mask_token(text: Cow<'_, str>) -> Cow<'_, str> {
    let Some(at) = text.find(SIGN_IN) else {
        return text;
    };
    let start = at + SIGN_IN.len();
    let token = text.get(start..).and_then(|rest| rest.strip_suffix("\"]}"));
    match token {
        Some(token) if token != GUEST => {
            let stars = "*".repeat(token.encode_utf16().count());
            let before = text.get(..start).unwrap_or_default();
            Cow::Owned(format!("{before}{stars}\"]}}"))
        }
        _ => text,
    }
}

/// Names each message at DEBUG, and shows the text at TRACE.
fn log(direction: Direction, masked: &str, is_binary: bool) {
    if !tracing::enabled!(Level::DEBUG) {
        return;
    }
    for frame in split(masked) {
        match frame {
            Ok(Frame::Json(payload)) => {
                let method = method_of(payload).map_or(Cow::Borrowed("hello"), shown);
                let session = session_of(payload);
                let len = payload.len();
                match direction {
                    Direction::In => tracing::debug!(%method, session, len, "receive"),
                    Direction::Out => tracing::debug!(%method, session, len, "send"),
                }
            }
            Ok(Frame::Heartbeat(number)) => tracing::debug!(%direction, number, "heartbeat"),
            // The engine reports it.
            Err(_) => {}
        }
    }
    tracing::trace!(%direction, is_binary, text = masked, "message");
}

/// A foreign word without control characters, and of a bounded length.
fn shown(word: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic();
    if word.len() <= 64 && word.bytes().all(is_plain) {
        return Cow::Borrowed(word);
    }
    let beginning: String = word.chars().take(64).collect();
    Cow::Owned(printable(&beginning))
}

/// The method of a message, as it is written: nearly always without escapes.
fn method_of(payload: &str) -> Option<&str> {
    let (_, rest) = payload.split_once("\"m\":\"")?;
    rest.split_once('"').map(|(method, _)| method)
}

/// The session that a message names.
pub(crate) fn session_of(payload: &str) -> Option<&str> {
    /// Session ids of browsers have at most 50 characters.
    const LONGEST: usize = 64;
    let (_, params) = payload.split_once("\"p\":[\"")?;
    let (session, _) = params.split_once('"')?;
    let (kind, rest) = session.split_once('_')?;
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let is_id = kind.len() == 2 && session.len() <= LONGEST && rest.bytes().all(is_part);
    is_id.then_some(session)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_masked_at_equal_length_however_short_it_is() {
        let sign_in = |token: &str| format!("~m~40~m~{SIGN_IN}{token}\"]}}");
        for (token, shown) in [("abc", "***"), (GUEST, GUEST), ("a\\\"b", "****")] {
            let masked = mask_token(sign_in(token).into());
            assert_eq!(masked, sign_in(shown));
        }
        assert_eq!(mask_token("~m~4~m~~h~1".into()), "~m~4~m~~h~1");
    }

    #[test]
    fn messages_are_named_by_method_and_session() {
        for (payload, method, session) in [
            (
                r#"{"m":"qsd","p":["qs_a1",{"n":"A:B"}]}"#,
                Some("qsd"),
                Some("qs_a1"),
            ),
            (
                r#"{"m":"set_locale","p":["en","US"]}"#,
                Some("set_locale"),
                None,
            ),
            (r#"{"session_id":"x","protocol":"json"}"#, None, None),
            (r#"{"m":"du","p":["cs_a b",{}]}"#, Some("du"), None),
        ] {
            assert_eq!((method_of(payload), session_of(payload)), (method, session));
        }
        assert_eq!(shown("a\u{1b}[0m"), printable("a\u{1b}[0m"));
    }
}
