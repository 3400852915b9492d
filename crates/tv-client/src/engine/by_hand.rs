//! Commands that were made by hand: which of them are sent, and over which sessions.

use protocol::{connection::Misuse, message::ClientMessage};

use super::{delivery::Delivery, engine::Engine};
use crate::by_hand::{HandMade, MAX_SESSIONS, SendError, WireCommand};

/// Commands that wait while the server does not read.
const MAX_WAITING: usize = 1_024;

impl<D: Delivery> Engine<D> {
    /// Takes a command that was made by hand. It follows the registry's own commands.
    pub(super) fn take_by_hand(&mut self, request: HandMade) {
        if !self.connection.is_open() {
            request.answer(Err(SendError::NotConnected));
        } else if self.by_hand.len() >= MAX_WAITING {
            request.answer(Err(SendError::Busy));
        } else {
            self.by_hand.push_back(request);
        }
    }

    /// Sends the next one. False if there is none.
    pub(super) fn send_by_hand(&mut self) -> bool {
        let Some(request) = self.by_hand.pop_front() else {
            return false;
        };
        if request.reply.is_closed() {
            // The caller does not wait any more: it is never sent.
            return true;
        }
        let sent = self.admit(&request.command).and_then(|()| {
            let command = ClientMessage::decode(&request.command.json);
            self.connection.send(command).map_err(|error| match error {
                Misuse::QueueFull { limit, .. } => SendError::TooLarge { limit },
                _ => SendError::NotConnected,
            })
        });
        let HandMade {
            command,
            permit,
            reply,
        } = request;
        if sent.is_ok() {
            if let Some(session) = command.created() {
                self.registry.by_hand.add(session, permit);
            }
            if let Some(session) = command.deleted() {
                self.registry.by_hand.remove(session);
            }
        }
        // The caller may have gone.
        let _ = reply.send(sent);
        true
    }

    /// The connection has ended: what waits is never sent.
    pub(super) fn drop_by_hand(&mut self) {
        for request in self.by_hand.drain(..) {
            request.answer(Err(SendError::NotConnected));
        }
    }

    /// Whether a command concerns sessions that were made by hand, and no other.
    fn admit(&self, command: &WireCommand) -> Result<(), SendError> {
        if let Some(session) = self.registry.owned_in(&command.json) {
            return Err(SendError::Owned {
                session: session.to_string(),
            });
        }
        let Some(session) = &command.session else {
            return Ok(());
        };
        let by_hand = &self.registry.by_hand;
        let session = session.clone();
        if self.registry.has_used(&session) {
            return Err(SendError::Owned { session });
        }
        match (command.created().is_some(), by_hand.contains(&session)) {
            (true, true) => Err(SendError::SessionExists { session }),
            (true, false) if by_hand.is_full() => Err(SendError::TooManySessions {
                limit: MAX_SESSIONS,
            }),
            // An unknown method may create sessions.
            (false, false) if command.is_known => Err(SendError::UnknownSession { session }),
            _ => Ok(()),
        }
    }
}
