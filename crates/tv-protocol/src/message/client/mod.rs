//! Client commands: everything that goes out.
//!
//! Open part: the inputs of a study.

#![expect(
    clippy::exhaustive_structs,
    reason = "commands are written by callers, field by field"
)]

mod auth;
mod chart;
mod check;
mod command;
mod other;
mod quote;
mod study;

pub use self::{
    auth::{SecretText, SetAuthToken, SetDataQuality, SetLocale, SwitchProtocol},
    chart::{
        ChartCreateSession, ChartDeleteSession, CreateSeries, GetFirstBarTime, ModifySeries, Range,
        RemoveSeries, RequestMoreData, RequestMoreTickmarks, ResolveSymbol, SetFutureTickmarksMode,
        SwitchTimezone,
    },
    check::CommandError,
    command::ClientMessage,
    other::{
        CreatePointset, DepthClearSymbol, DepthCreateSession, DepthDeleteSession, DepthSetScale,
        DepthSetSymbol, HistoryCreateSession, HistoryDeleteSession, HistoryRange, ModifyPointset,
        Points, RemovePointset, ReplayAddSeries, ReplayCreateSession, ReplayDeleteSession,
        ReplayRemoveSeries, ReplayReset, ReplaySetResolution, ReplayStart, ReplayStep, ReplayStop,
        RequestHistoryData,
    },
    quote::{
        AddedSymbols, QuoteAddSymbols, QuoteCreateSession, QuoteDeleteSession, QuoteFastSymbols,
        QuoteHibernateAll, QuoteRemoveSymbols, QuoteSetFields, QuoteSwitchTimezone,
    },
    study::{
        CreateChildStudy, CreateStudy, ModifyStudy, RebindChildStudy, RemoveStudy,
        RequestStudiesMetadata,
    },
};
