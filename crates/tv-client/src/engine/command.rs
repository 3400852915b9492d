//! What handles ask of the engine.

use protocol::connection::Counters;
use tokio::sync::oneshot;

use crate::{
    delivery::{Feed, QuoteQueue, SeriesQueue},
    quote::QuoteRequest,
    registry::SubscriptionId,
    series::SeriesRequest,
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
    Unsubscribe(SubscriptionId),
    /// What has been seen, and how many messages came too late for anybody.
    Counters(oneshot::Sender<(Counters, u64)>),
    Close,
}
