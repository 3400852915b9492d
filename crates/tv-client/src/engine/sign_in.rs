//! Signing in: which token the connection gets, and what follows when it or the connection is lost.

use std::time::{Duration, Instant};

use protocol::{connection::ConnectionError, secret::AuthToken};
use transport::ProtocolFault;

use super::{
    auth::hide_token,
    delivery::Delivery,
    engine::{Engine, Persistence},
    event::EngineEvent,
};
use crate::error::ClientError;

impl<D: Delivery> Engine<D> {
    /// Hands the token to the connection that waits for it, or asks for one.
    pub(super) fn sign_in(&mut self, now: Instant) {
        let Some(token) = self.auth.token().filter(|_| self.is_waiting_for_token) else {
            if self.is_waiting_for_token && self.auth.ask() {
                self.events.push_back(EngineEvent::TokenNeeded);
            }
            return;
        };
        self.connection.provide_token(now, token);
        self.is_waiting_for_token = false;
        self.was_open = true;
        self.reason = None;
        self.events.push_back(EngineEvent::Opened);
    }

    /// A token has come from its source, or none.
    pub(super) fn receive_token(&mut self, now: Instant, token: Result<AuthToken, String>) {
        match token {
            Ok(token) => {
                hide_token(&mut self.registry.secrets, &token);
                self.secrets.extend(&self.registry.secrets);
                self.auth
                    .provide(now, self.registry.server_time(now), token);
                if self.is_waiting_for_token {
                    self.sign_in(now);
                } else if let Some(token) = self.auth.token() {
                    // Does nothing without a connection.
                    self.connection.provide_token(now, token);
                }
            }
            Err(text) => {
                let text = self.secrets.hide(&text).into_owned();
                tracing::warn!(text, "no token could be had");
                self.auth.fail(now);
                let words = format!("no token could be had: {text}");
                self.with_registry(|registry, updates| registry.note_end(&words, now, updates));
                self.events.push_back(EngineEvent::SessionEnded(words));
                if !self.was_open && self.persistence != Persistence::Always {
                    self.reason = Some(ClientError::NoToken { text });
                    self.fault = Some(ProtocolFault::Auth);
                }
            }
        }
    }

    pub(super) fn lost(&mut self, error: &ConnectionError) {
        if let ConnectionError::Silent { seconds } = error {
            let after = Duration::from_secs(*seconds);
            self.fault = Some(ProtocolFault::Silent { after });
            return;
        }
        let Some(mut reason) = ClientError::from_connection(error) else {
            return;
        };
        reason.redact(&self.secrets);
        self.fault = Some(match error {
            ConnectionError::BadToken { .. } => {
                self.auth.reject();
                ProtocolFault::Auth
            }
            ConnectionError::Refused { text } => ProtocolFault::refused(text),
            other => ProtocolFault::broken(&other.to_string()),
        });
        self.reason.get_or_insert(reason);
    }
}
