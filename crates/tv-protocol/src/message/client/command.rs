//! The set of all commands.

use super::{
    ChartCreateSession, ChartDeleteSession, CreateChildStudy, CreatePointset, CreateSeries,
    CreateStudy, DepthClearSymbol, DepthCreateSession, DepthDeleteSession, DepthSetScale,
    DepthSetSymbol, GetFirstBarTime, HistoryCreateSession, HistoryDeleteSession, ModifyPointset,
    ModifySeries, ModifyStudy, QuoteAddSymbols, QuoteCreateSession, QuoteDeleteSession,
    QuoteFastSymbols, QuoteHibernateAll, QuoteRemoveSymbols, QuoteSetFields, QuoteSwitchTimezone,
    RebindChildStudy, RemovePointset, RemoveSeries, RemoveStudy, ReplayAddSeries,
    ReplayCreateSession, ReplayDeleteSession, ReplayRemoveSeries, ReplayReset, ReplaySetResolution,
    ReplayStart, ReplayStep, ReplayStop, RequestHistoryData, RequestMoreData, RequestMoreTickmarks,
    RequestStudiesMetadata, ResolveSymbol, SetAuthToken, SetDataQuality, SetFutureTickmarksMode,
    SetLocale, SwitchProtocol, SwitchTimezone,
};
use crate::{
    json::Json,
    message::{
        Malformed, Stamp, Unknown,
        encode::Escape,
        envelope::{Event, decode, encode_event},
        fallback::{Options, Source},
    },
};

events! {
    /// A command to the server.
    ClientMessage {}
    SetAuthToken = "set_auth_token",
    SetLocale = "set_locale",
    SetDataQuality = "set_data_quality",
    SwitchProtocol = "switch_protocol",
    QuoteCreateSession = "quote_create_session",
    QuoteDeleteSession = "quote_delete_session",
    QuoteSetFields = "quote_set_fields",
    QuoteAddSymbols = "quote_add_symbols",
    QuoteRemoveSymbols = "quote_remove_symbols",
    QuoteFastSymbols = "quote_fast_symbols",
    QuoteHibernateAll = "quote_hibernate_all",
    QuoteSwitchTimezone = "quote_switch_timezone",
    ChartCreateSession = "chart_create_session",
    ChartDeleteSession = "chart_delete_session",
    ResolveSymbol = "resolve_symbol",
    CreateSeries = "create_series",
    ModifySeries = "modify_series",
    RemoveSeries = "remove_series",
    RequestMoreData = "request_more_data",
    RequestMoreTickmarks = "request_more_tickmarks",
    SwitchTimezone = "switch_timezone",
    SetFutureTickmarksMode = "set_future_tickmarks_mode",
    GetFirstBarTime = "get_first_bar_time",
    CreateStudy = "create_study",
    ModifyStudy = "modify_study",
    RemoveStudy = "remove_study",
    CreateChildStudy = "create_child_study",
    RebindChildStudy = "child_study_rebind",
    RequestStudiesMetadata = "request_studies_metadata",
    CreatePointset = "create_pointset",
    ModifyPointset = "modify_pointset",
    RemovePointset = "remove_pointset",
    ReplayCreateSession = "replay_create_session",
    ReplayDeleteSession = "replay_delete_session",
    ReplayAddSeries = "replay_add_series",
    ReplayRemoveSeries = "replay_remove_series",
    ReplayReset = "replay_reset",
    ReplayStep = "replay_step",
    ReplayStart = "replay_start",
    ReplayStop = "replay_stop",
    ReplaySetResolution = "replay_set_resolution",
    DepthCreateSession = "depth_create_session",
    DepthDeleteSession = "depth_delete_session",
    DepthSetSymbol = "depth_set_symbol",
    DepthClearSymbol = "depth_clear_symbol",
    DepthSetScale = "depth_set_scale",
    HistoryCreateSession = "history_create_session",
    HistoryDeleteSession = "history_delete_session",
    RequestHistoryData = "request_history_data",
}

impl<'a> From<&Self> for ClientMessage<'a> {
    fn from(command: &Self) -> Self {
        command.clone()
    }
}

impl<'a> ClientMessage<'a> {
    /// A command of any name with any parameters, for methods that have no struct here.
    ///
    /// Parameters that are not a list are written as they are; [`check`](Self::check) refuses them.
    ///
    /// ```
    /// use tv_protocol::{json::Json, message::ClientMessage};
    ///
    /// let params = Json::new(&("cs_1", 5))?;
    /// let command = ClientMessage::custom("new_method", &params);
    /// assert_eq!(command.to_json(), r#"{"m":"new_method","p":["cs_1",5]}"#);
    /// # Ok::<(), tv_protocol::json::JsonError>(())
    /// ```
    #[must_use]
    pub fn custom(method: &'a str, params: &Json) -> Self {
        Self::Unknown(Unknown::new(method, params))
    }

    /// Decodes a command, for servers and recordings. Never fails, see [`ClientMessage`].
    #[must_use]
    pub fn decode(payload: &'a str) -> Self {
        let mut message = Self::nothing();
        decode(
            Source::plain(payload, Options::default()),
            None,
            &mut message,
        );
        message
    }

    /// Writes the command as compact JSON, all text that is not ASCII escaped as `\uXXXX`.
    ///
    /// A malformed message comes out as the text it came in.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.encode(Escape::Ascii)
    }

    /// Like [`to_json`](Self::to_json), with text as it is, as browsers write it.
    #[must_use]
    pub fn to_raw_json(&self) -> String {
        self.encode(Escape::Raw)
    }

    fn encode(&self, escape: Escape) -> String {
        match self {
            Self::Malformed(malformed) => malformed.text.to_owned(),
            message => encode_event(message, Stamp::default(), escape),
        }
    }
}
