//! The connections of a pool.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{client::Client, error::ClientError, event::ConnectionState};

/// One connection.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Counts the connections of the pool, from 0.
    pub(super) number: usize,
    pub(super) client: Client,
}

/// The connections of a pool, in the order in which they were made.
#[derive(Debug)]
pub(super) struct Members(Mutex<State>);

#[derive(Debug)]
struct State {
    members: Vec<Member>,
    /// Why the last one ended that did.
    last_end: Option<ClientError>,
}

impl Members {
    pub(super) fn new(first: Member) -> Self {
        Self(Mutex::new(State {
            members: vec![first],
            last_end: None,
        }))
    }

    /// The state, without the connections that have ended.
    fn lock(&self) -> MutexGuard<'_, State> {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let State { members, last_end } = &mut *guard;
        members.retain(|member| {
            let has_ended = member.client.has_ended();
            if has_ended && let ConnectionState::Ended(error) = member.client.state() {
                *last_end = Some(error);
            }
            !has_ended
        });
        guard
    }

    /// Those that live.
    pub(super) fn living(&self) -> Vec<Member> {
        self.lock().members.clone()
    }

    pub(super) fn add(&self, member: Member) {
        self.lock().members.push(member);
    }

    /// Why the last one ended; [`ClientError::Closed`] if nothing else is known.
    pub(super) fn last_end(&self) -> ClientError {
        let last_end = self.lock().last_end.clone();
        last_end.unwrap_or(ClientError::Closed)
    }
}
