//! Where answers come from, and what a session needs at hand while it answers.

use std::{collections::BTreeMap, sync::Arc};

use market::{Market, Symbol};

use crate::{
    descriptor::symbol_asked,
    recording::Recording,
    rules::{Limits, Tier, Wire},
    session::{outbox::Outbox, replies::Stamp},
};

/// What stands behind the sessions.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// The simulated market.
    Market(Market),
    /// Recorded traffic.
    Recording(Arc<Recording>),
}

/// A symbol that a client asked for and that exists.
#[derive(Debug, Clone)]
pub(crate) enum Subject {
    /// One of the market.
    Market(Arc<Symbol>),
    /// The recorded series that may answer for it.
    Recorded(Vec<usize>),
}

impl Source {
    /// Finds what a client names in `resolve_symbol`.
    pub(crate) fn resolve(&self, asked: &str) -> Option<Subject> {
        let name = symbol_asked(asked)?;
        match self {
            Self::Market(market) => market.symbol(&name).map(Subject::Market),
            Self::Recording(recording) => {
                let recorded = recording.charts_of(&name);
                (!recorded.is_empty()).then_some(Subject::Recorded(recorded))
            }
        }
    }

    /// The recording, if that is what is played.
    pub(crate) fn recording(&self) -> Option<&Recording> {
        match self {
            Self::Recording(recording) => Some(recording),
            Self::Market(_) => None,
        }
    }
}

/// What a session writes to and reads from while it handles one thing.
pub(crate) struct Context<'a> {
    /// Milliseconds UTC.
    pub(crate) now: i64,
    /// Where answers come from.
    pub(crate) source: &'a Source,
    /// Where answers go.
    pub(crate) out: &'a mut Outbox,
    /// What the person who runs the simulator should know.
    pub(crate) warnings: &'a mut Vec<String>,
    /// The protocol that is spoken.
    pub(crate) wire: &'a Wire,
    /// What the client may do.
    pub(crate) limits: Limits,
    /// Who the client is.
    pub(crate) tier: Tier,
    /// Up to which time, in milliseconds UTC, each replay that was set to one has come.
    pub(crate) replays: BTreeMap<String, i64>,
}

impl Context<'_> {
    /// What the completion of a series depends on: paying accounts get updates at once.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp {
            now: self.now,
            update_period: if self.tier >= Tier::Premium { 0 } else { 5 },
        }
    }
}

/// Why a session cannot carry out a command: the reason in its `critical_error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) &'static str);
