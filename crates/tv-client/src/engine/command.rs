//! What handles ask of the engine.

use protocol::{connection::Counters, secret::AuthToken, symbol::Symbol};
use tokio::sync::oneshot;

use crate::{
    delivery::{Feed, QuoteQueue, SeriesQueue, StudyQueue},
    quote::QuoteRequest,
    registry::SubscriptionId,
    series::SeriesRequest,
    study::StudyRequest,
};

/// A wish of a handle.
#[derive(Debug)]
pub(crate) enum Command {
    Quotes {
        subscription: SubscriptionId,
        request: QuoteRequest,
        feed: Feed<QuoteQueue>,
    },
    Series {
        subscription: SubscriptionId,
        request: SeriesRequest,
        feed: Feed<SeriesQueue>,
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
        feed: Feed<StudyQueue>,
    },
    /// Other inputs for a study.
    ModifyStudy {
        subscription: SubscriptionId,
        request: StudyRequest,
    },
    Unsubscribe(SubscriptionId),
    /// A token from its source, or why there is none.
    Token(Result<AuthToken, String>),
    /// What has been seen, and how many messages came too late for anybody.
    Counters(oneshot::Sender<(Counters, u64)>),
}
