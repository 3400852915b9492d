#![doc = include_str!("../README.md")]

mod bounds;
mod budget;
mod builder;
mod client;
mod delivery;
mod dial;
mod engine;
mod error;
mod keeper;
mod line;
mod load;
mod pace;
mod pool;
mod quote;
mod quote_state;
mod refill;
mod registry;
mod replay;
mod series;
mod server;
mod state;
mod study;
mod task;
mod token;

pub use builder::ClientBuilder;
pub use client::Client;
pub use dial::Dialer;
pub use error::{Blame, ClientError, ConnectError, RequestError};
pub use keeper::Renewal;
pub use pool::{Pool, PoolBuilder, PoolLimits, PoolQuoteEvent, PoolQuotes};
pub use quote::{
    MarketStatus, QuoteEvent, QuoteOverflow, QuoteRequest, QuoteSession, QuoteSpeed, QuoteUpdate,
};
pub use replay::{ReplayRequest, ReplaySession};
pub use series::{
    GapReason, History, HistoryRequest, Overflow, Progress, Series, SeriesEvent, SeriesRequest,
};
pub use server::Server;
pub use state::{ConnectionState, ConnectionStates};
pub use study::{Study, StudyEvent, StudyPoint, StudyRequest};
pub use token::TokenSource;

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
