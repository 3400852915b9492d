//! Server events: everything that comes in.

pub(super) mod bars;
pub(super) mod data;
mod event;
pub(super) mod fault;
pub(super) mod hello;
pub(super) mod odd;
pub(super) mod other;
pub(super) mod quote;
pub(super) mod series;
pub(super) mod study;
pub(super) mod study_data;
pub(super) mod symbol;

pub(super) use self::{
    bars::{BarList, RowColumns},
    data::{ChartData, NonSeriesSlot, ObjectSlot},
    odd::{FaultSlot, OddSlot},
    quote::{Entry, Name, Slot},
};
pub use self::{
    bars::{BarRow, Bars, SeriesBar, StudyRow, StudyRows},
    data::{Indexes, LastBarStatus, NonSeries, ObjectUpdate, Objects},
    event::ServerMessage,
    fault::{
        CriticalError, ErrorMessage, Message, ProtocolError, ProtocolSwitched, WrongMessageType,
    },
    hello::{Hello, JavaStudies},
    odd::{ObjectFault, OddRow, RowList},
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
        ClearData, DataUpdate, FirstBarTime, HistoryEnd, IndexUpdate, Last, Place, SeriesCompleted,
        SeriesDeleted, SeriesDetails, SeriesError, SeriesLoading, SeriesTimeframe, TickmarkUpdate,
        Timescale, TimescaleUpdate,
    },
    study::{
        StudiesMetadata, StudyCatalogue, StudyCompleted, StudyDeleted, StudyError, StudyLoading,
    },
    study_data::{StudyBar, StudyData, StudyDataError},
    symbol::{SymbolError, SymbolResolved},
};
