//! Server events: everything that comes in.

pub(super) mod bars;
pub(super) mod data;
pub(super) mod fault;
pub(super) mod hello;
pub(super) mod other;
pub(super) mod quote;
pub(super) mod series;
pub(super) mod study;
pub(super) mod symbol;

pub(super) use self::{
    bars::{BarList, RowColumns},
    data::{ChartData, NonSeriesSlot, ObjectSlot},
    quote::{Entry, Name, Slot},
};
pub use self::{
    bars::{BarRow, Bars, SeriesBar, StudyRow, StudyRows},
    data::{Indexes, LastBarStatus, NonSeries, ObjectUpdate, Objects},
    fault::{
        CriticalError, ErrorMessage, Message, ProtocolError, ProtocolSwitched, WrongMessageType,
    },
    hello::{Hello, JavaStudies},
    other::{
        DepthBarLastValue, DepthBook, DepthData, DepthSymbolCleared, DepthSymbolError,
        DepthSymbolSuccess, DepthUpdate, PointsetError, ReplayDataEnd, ReplayDepth, ReplayError,
        ReplayInstanceId, ReplayOk, ReplayPoint, ReplayResolutions, RequestData, RequestError,
        RequestedData,
    },
    quote::{
        OwnedQuoteValues, QuoteCompleted, QuoteData, QuoteListFields, QuoteStatus, QuoteUpdate,
        QuoteValues,
    },
    series::{
        ClearData, DataUpdate, FirstBarTime, IndexUpdate, Last, Place, SeriesCompleted,
        SeriesDeleted, SeriesDetails, SeriesError, SeriesLoading, SeriesTimeframe, TickmarkUpdate,
        Timescale, TimescaleUpdate,
    },
    study::{
        StudiesMetadata, StudyCatalogue, StudyCompleted, StudyDeleted, StudyError, StudyInput,
        StudyLoading, StudyMetainfo, StudyPlot,
    },
    symbol::{SymbolError, SymbolResolved},
};
use super::{Malformed, Unknown, envelope::Event};

events! {
    /// An event of the server, decoded.
    ///
    /// Decoding never fails: an event whose method is not known here is [`Unknown`](Self::Unknown), and a known
    /// one with a strange body is [`Malformed`](Self::Malformed). Both keep the whole text.
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
