//! The commands of handles to the engine.

use protocol::{connection::Counters, secret::AuthToken, symbol::Symbol};
use tokio::sync::oneshot;
use transport::RequestLatency;

use super::{delivery::Delivery, latency::KINDS};
use crate::{
    by_hand::HandMade,
    event::ClientCounters,
    registry::{Older, Registry, Reply, Shown, SubscriptionId},
    request::{QuoteRequest, ReplayCommand, SeriesChange, SeriesRequest, StudyRequest},
};

/// The state that one connection hands over to the next.
#[derive(Debug)]
pub(crate) struct Handover<D> {
    pub(crate) registry: Registry,
    /// What was seen before.
    pub(crate) counters: Counters,
    /// How long answers have taken.
    pub(crate) latencies: [RequestLatency; KINDS],
    /// The readers.
    pub(crate) dispatcher: D,
}

/// A command of a handle, or of the rotation of connections.
#[derive(Debug)]
pub(crate) enum Command<D: Delivery> {
    Quotes {
        subscription: SubscriptionId,
        request: QuoteRequest,
        reader: D::Reader,
    },
    Series {
        subscription: SubscriptionId,
        request: SeriesRequest,
        reader: D::Reader,
    },
    /// Other symbols for a quote session.
    Symbols {
        subscription: SubscriptionId,
        added: Vec<Symbol>,
        removed: Vec<Symbol>,
    },
    /// Another symbol, interval or range for a series.
    ModifySeries {
        subscription: SubscriptionId,
        change: Box<SeriesChange>,
        reply: Reply<()>,
    },
    /// Earlier bars for a series.
    FetchMore {
        subscription: SubscriptionId,
        count: usize,
        /// What the series shows as far as the reader knows.
        shown: Box<Shown>,
        reply: Reply<Older>,
    },
    /// A study of a series or of another study.
    Study {
        subscription: SubscriptionId,
        of: SubscriptionId,
        request: StudyRequest,
        reader: D::Reader,
    },
    /// A command to a replay.
    Replay {
        subscription: SubscriptionId,
        command: ReplayCommand,
        reply: Reply<()>,
    },
    /// Other inputs for a study.
    ModifyStudy {
        subscription: SubscriptionId,
        request: StudyRequest,
    },
    /// Removes a study for all of its readers, and answers when the server has deleted it.
    RemoveStudy {
        subscription: SubscriptionId,
        reply: Reply<()>,
    },
    /// Another reader of a subscription.
    Join {
        subscription: SubscriptionId,
        reader: D::Reader,
    },
    /// A reader of a subscription has gone, and others are left.
    Leave(SubscriptionId),
    Unsubscribe(SubscriptionId),
    /// A token from its source, or why there is none.
    Token(Result<AuthToken, String>),
    /// A registry with the same subscriptions, for another connection; `None` while something is
    /// replayed.
    Standby(oneshot::Sender<Option<Box<Registry>>>),
    /// Another connection takes over: hand the state to it.
    HandOver(oneshot::Sender<Box<Handover<D>>>),
    /// Take over from another connection.
    TakeOver(Box<Handover<D>>),
    /// Ends the connection, so that the next one is new.
    Break,
    /// A command that was made by hand.
    Send(Box<HandMade>),
    /// The counters, and the number of messages that came too late.
    Counters(oneshot::Sender<ClientCounters>),
}
