//! What handles ask of the engine.

use protocol::{connection::Counters, secret::AuthToken, symbol::Symbol};
use tokio::sync::oneshot;

use super::delivery::Delivery;
use crate::{
    registry::{Registry, SubscriptionId},
    request::{QuoteRequest, ReplayCommand, SeriesRequest, StudyRequest},
};

/// What one connection leaves to the next.
#[derive(Debug)]
pub(crate) struct Heirloom<D> {
    pub(crate) registry: Registry,
    /// What was seen before.
    pub(crate) counters: Counters,
    /// The readers.
    pub(crate) deliveries: D,
}

/// A wish of a handle, or of the keeper of connections.
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
    /// Earlier bars for a series.
    FetchMore {
        subscription: SubscriptionId,
        call: u64,
        count: usize,
    },
    Study {
        subscription: SubscriptionId,
        series: SubscriptionId,
        request: StudyRequest,
        reader: D::Reader,
    },
    /// A command to a replay.
    Replay {
        subscription: SubscriptionId,
        call: u64,
        command: ReplayCommand,
    },
    /// Other inputs for a study.
    ModifyStudy {
        subscription: SubscriptionId,
        request: StudyRequest,
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
    /// A registry with the same wishes, for another connection; `None` while something is replayed.
    Twin(oneshot::Sender<Option<Box<Registry>>>),
    /// Another connection takes the place of this one: what is here is given away.
    HandOver(oneshot::Sender<Box<Heirloom<D>>>),
    /// Goes on for another connection.
    TakeOver(Box<Heirloom<D>>),
    /// Ends the connection, so that the next one is new.
    Break,
    /// What has been seen, and how many messages came too late for anybody.
    Counters(oneshot::Sender<(Counters, u64)>),
}
