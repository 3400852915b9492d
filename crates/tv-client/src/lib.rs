#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    expect(
        clippy::disallowed_methods,
        reason = "what tests draw is the same each time"
    )
)]

mod bounds;
mod builder;
mod client;
mod connection;
mod delivery;
mod engine;
mod error;
mod event;
mod handle;
mod mailbox;
mod pool;
mod quote_state;
mod registry;
mod request;

pub use builder::ClientBuilder;
pub use client::Client;
pub use connection::{ConnectionStates, Dialer, Renewal, Server, TokenSource};
pub use error::{Blame, ClientError, ConnectError, RequestError};
pub use event::{
    ConnectionState, GapReason, History, MarketStatus, Progress, QuoteEvent, QuoteUpdate,
    SeriesEvent, StudyEvent, StudyPoint,
};
pub use handle::{QuoteSession, ReplaySession, Series, Study};
pub use pool::{Pool, PoolBuilder, PoolLimits, PoolQuoteEvent, PoolQuotes};
pub use request::{
    HistoryRequest, Overflow, QuoteRequest, QuoteSpeed, ReplayRequest, SeriesRequest, StudyRequest,
};

/// The values that this crate speaks in, from `tv-protocol`.
pub mod values {
    pub use protocol::{
        bar::Bar,
        connection::Counters,
        interval::{Interval, IntervalError, IntervalUnit},
        json::Json,
        quote::{ALL_FIELDS, Quote, QuoteField, QuoteFields, QuoteValue, TVKIT_FIELDS},
        secret::AuthToken,
        symbol::{
            Adjustment, BoxSize, ChartType, OptionError, Symbol, SymbolDescriptor, SymbolError,
            TradingSession,
        },
        symbol_info::SymbolInfo,
    };
}
pub use transport::{Health, ReconnectPolicy, TransportOptions};
