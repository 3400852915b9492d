#![doc = include_str!("../README.md")]

mod bounds;
mod budget;
mod builder;
mod client;
mod delivery;
mod dial;
mod engine;
mod error;
mod event;
mod keeper;
mod line;
mod load;
mod mailbox;
mod pace;
mod pool;
mod quote;
mod quote_state;
mod refill;
mod registry;
mod replay;
mod request;
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
pub use event::ConnectionState;
pub use event::{GapReason, History, Progress, SeriesEvent};
pub use event::{MarketStatus, QuoteEvent, QuoteUpdate};
pub use event::{StudyEvent, StudyPoint};
pub use keeper::Renewal;
pub use pool::{Pool, PoolBuilder, PoolLimits, PoolQuoteEvent, PoolQuotes};
pub use quote::QuoteSession;
pub use replay::ReplaySession;
pub use request::ReplayRequest;
pub use request::StudyRequest;
pub use request::{HistoryRequest, Overflow, SeriesRequest};
pub use request::{QuoteOverflow, QuoteRequest, QuoteSpeed};
pub use series::Series;
pub use server::Server;
pub use state::ConnectionStates;
pub use study::Study;
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
