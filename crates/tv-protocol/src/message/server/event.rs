//! The set of all server events.

use super::{
    ClearData, CriticalError, DataUpdate, DepthBarLastValue, DepthBook, DepthData,
    DepthSymbolCleared, DepthSymbolError, DepthSymbolSuccess, DepthUpdate, ErrorMessage,
    FirstBarTime, Hello, IndexUpdate, Message, PointsetError, ProtocolError, ProtocolSwitched,
    QuoteCompleted, QuoteData, QuoteListFields, ReplayDataEnd, ReplayDepth, ReplayError,
    ReplayInstanceId, ReplayOk, ReplayPoint, ReplayResolutions, RequestData, RequestError,
    SeriesCompleted, SeriesDeleted, SeriesError, SeriesLoading, SeriesTimeframe, StudiesMetadata,
    StudyCompleted, StudyDeleted, StudyError, StudyLoading, SymbolError, SymbolResolved,
    TickmarkUpdate, TimescaleUpdate, WrongMessageType,
};
use crate::message::{Malformed, Unknown, envelope::Event};

events! {
    /// An event of the server, decoded.
    ///
    /// Decoding never fails: an event whose method is not known here is [`Unknown`](Self::Unknown),
    /// and a known one with an unexpected body is [`Malformed`](Self::Malformed). Both keep the
    /// whole text.
    ServerMessage {
        /// The greeting, an object without a method.
        Hello: Box<Hello>;
    }
    QuoteData = "qsd",
    QuoteCompleted = "quote_completed",
    QuoteListFields = "quote_list_fields",
    SymbolResolved = "symbol_resolved",
    SymbolError = "symbol_error",
    SeriesLoading = "series_loading",
    SeriesCompleted = "series_completed",
    SeriesError = "series_error",
    SeriesDeleted = "series_deleted",
    SeriesTimeframe = "series_timeframe",
    TimescaleUpdate = "timescale_update",
    DataUpdate = "du",
    TickmarkUpdate = "tickmark_update",
    IndexUpdate = "index_update",
    ClearData = "clear_data",
    FirstBarTime = "first_bar_time",
    StudyLoading = "study_loading",
    StudyCompleted = "study_completed",
    StudyError = "study_error",
    StudyDeleted = "study_deleted",
    StudiesMetadata = "studies_metadata",
    ReplayOk = "replay_ok",
    ReplayError = "replay_error",
    ReplayInstanceId = "replay_instance_id",
    ReplayPoint = "replay_point",
    ReplayResolutions = "replay_resolutions",
    ReplayDepth = "replay_depth",
    ReplayDataEnd = "replay_data_end",
    DepthData = "dd",
    DepthUpdate = "dpu",
    DepthBook = "depth_update",
    DepthBarLastValue = "depth_bar_last_value",
    DepthSymbolSuccess = "depth_symbol_success",
    DepthSymbolError = "depth_symbol_error",
    DepthSymbolCleared = "depth_symbol_cleared",
    PointsetError = "pointset_error",
    RequestData = "request_data",
    RequestError = "request_error",
    CriticalError = "critical_error",
    ProtocolError = "protocol_error",
    ErrorMessage = "error_message",
    WrongMessageType = "wrong_message_type",
    ProtocolSwitched = "protocol_switched",
    Message = "message",
}
