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
mod by_hand;
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
mod tap;
#[cfg(feature = "test-util")]
pub mod test_util;
pub mod wire;

pub use builder::ClientBuilder;
pub use client::Client;
pub use connection::{Auth, ConnectionStates, Dialer, Reconnect, Renewal, Server, TokenSource};
pub use error::{Blame, ClientError, ConnectError, RecordedError, RequestError};
pub use event::{
    BarTable, ClientCounters, Completeness, ConnectionState, GapReason, History, MarketStatus,
    PointPlace, Progress, QuoteEvent, QuoteUpdate, SeriesEvent, SkippedRow, StudyEvent, StudyPoint,
};
pub use handle::{QuoteSession, ReplaySession, Series, Study};
pub use pool::{Pool, PoolBuilder, PoolLimits, PoolQuotes};
pub use request::{
    HistoryRequest, Overflow, QuoteRequest, QuoteSpeed, ReplayRequest, SeriesChange, SeriesRequest,
    StudyRequest,
};

pub use ::transport::{Health, ReconnectPolicy, TransportOptions};
pub use protocol::{
    bar::Bar,
    connection::Counters,
    interval::{Interval, IntervalError, IntervalUnit},
    json::{Json, JsonError},
    message::server::HistoryEnd,
    quote::{
        ALL_FIELDS, Quote, QuoteField, QuoteFields, QuoteValue, TVKIT_FIELDS, UnknownField,
        UpdateMode,
    },
    secret::AuthToken,
    symbol::{
        Adjustment, BoxSize, ChartType, OptionError, Symbol, SymbolDescriptor, SymbolError,
        TradingSession,
    },
    symbol_info::SymbolInfo,
    time::{TimeError, TimeRange, Timestamp},
};

/// Built-in studies, scripts and their inputs, plots, drawings and reports.
pub mod study {
    pub use protocol::study::{
        Dividend, Earnings, InputError, InputKind, MetaInfo, MetaInput, NamedRow, PlotColumn,
        PlotError, PlotKind, Plots, Roll, ScriptStudy, Split, StudySpec, SymbolEvent,
        SymbolEventKind, builtin, graphics, report,
    };
}

/// Types of `tv-transport` that this crate's interface uses: proxies, headers, health, and the
/// causes in errors.
pub mod transport {
    pub use ::transport::{
        Browser, CloseReason, DialError, Fault, HandshakeFault, Health, InvalidEndpoint, IoFault,
        LastError, Metrics, ProcessUsage, ProtocolFault, Proxy, ProxyFault, QueueFill,
        ReconnectPolicy, RequestLatency, Stage, StaleStream, State, SubscriptionCounts,
        SuspendedStream, Timeout, TlsFault, TransportOptions, Violation,
    };
}
