//! The sessions of a connection that the application has created by hand.

use std::{any::Any, collections::HashMap};

use protocol::id::SessionId;

/// The most sessions of one connection that are made by hand. Servers reportedly allow some 200.
pub(crate) const MAX_SESSIONS: usize = 1_024;

/// What a session holds until it ends: its part of the connection's load.
pub(crate) type Permit = Box<dyn Any + Send>;

/// The sessions of a connection that were made by hand. They end with it.
#[derive(Debug, Default)]
pub(crate) struct HandMadeSessions(HashMap<SessionId, Option<Permit>>);

impl HandMadeSessions {
    pub(crate) fn contains(&self, session: &str) -> bool {
        self.0.contains_key(session)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= MAX_SESSIONS
    }

    pub(crate) fn add(&mut self, session: &str, permit: Option<Permit>) {
        self.0.insert(SessionId::from_text(session), permit);
    }

    pub(crate) fn remove(&mut self, session: &str) {
        self.0.remove(session);
    }

    /// Ends all of them. Returns their ids in order.
    pub(crate) fn end(&mut self) -> Vec<SessionId> {
        let mut ended: Vec<SessionId> = self.0.drain().map(|(session, _)| session).collect();
        ended.sort_unstable();
        ended
    }
}
