//! The updates that the registry reports for subscriptions.

use std::{sync::Arc, time::Duration};

use protocol::{
    bar::Bar,
    interval::Interval,
    message::server::{HistoryEnd, OwnedQuoteValues},
    quote::{QuoteField, QuoteValue, UpdateMode},
    redact::Secrets,
    study::{graphics::Scene, report::StrategyReport},
    symbol::{Symbol, SymbolDescriptor},
    time::Timestamp,
};
use tokio::sync::oneshot;

use crate::{
    error::{RequestError, redact},
    event::{
        Completeness, GapReason, History, Progress, SkippedRow, StudyPoint, redact_end, redact_mode,
    },
    request::SeriesRequest,
};

/// Names a subscription for as long as its client lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SubscriptionId(pub(crate) u64);

/// An update for a subscription.
#[derive(Debug, PartialEq)]
pub(crate) enum Update {
    Quote(QuoteSessionUpdate),
    Series(SeriesUpdate),
    Study(StudyUpdate),
    /// The subscription is over.
    Failed(RequestError),
}

impl Update {
    /// Hides secrets in the server's words. Every update passes through here on its way out.
    pub(crate) fn redact(&mut self, secrets: &Secrets) {
        let text = match self {
            Self::Failed(error) => return error.redact(secrets),
            Self::Quote(QuoteSessionUpdate::Refused(_, reason))
            | Self::Quote(QuoteSessionUpdate::Skipped { reason, .. })
            | Self::Quote(QuoteSessionUpdate::Suspended { reason, .. })
            | Self::Quote(QuoteSessionUpdate::Words(reason))
            | Self::Series(SeriesUpdate::Skipped(reason))
            | Self::Series(SeriesUpdate::Suspended { reason, .. })
            | Self::Study(StudyUpdate::Error(reason) | StudyUpdate::Skipped(reason)) => reason,
            Self::Study(StudyUpdate::Missing {
                last_words: Some(words),
                ..
            }) => words,
            Self::Series(SeriesUpdate::Loaded(loaded)) => return loaded.redact(secrets),
            Self::Series(SeriesUpdate::Changed(changed)) => return changed.history.redact(secrets),
            Self::Series(SeriesUpdate::UpdateMode(mode)) => return redact_mode(mode, secrets),
            // Values and bars are data.
            _ => return,
        };
        redact(text, secrets);
    }
}

/// What one that joins the readers of a subscription must know.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Joined {
    /// The bars so far, of a series.
    pub(crate) loaded: Option<Box<History>>,
    /// What it shows, if that was changed; then the history says what the server knows of the
    /// symbol, unless only the interval was changed.
    pub(crate) shown: Option<Box<(Shown, bool)>>,
    /// Whether the subscription is interrupted now.
    pub(crate) is_interrupted: bool,
}

/// What a series shows after a change.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Changed {
    pub(crate) shown: Shown,
    /// The bars now. The last one is open.
    pub(crate) history: History,
    /// Whether the history says what the server knows of the symbol: only if that is another one.
    pub(crate) has_info: bool,
}

/// Which bars a series consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) descriptor: SymbolDescriptor,
    pub(crate) interval: Interval,
}

impl Shown {
    pub(crate) fn of(request: &SeriesRequest) -> Self {
        Self {
            descriptor: request.descriptor.clone(),
            interval: request.interval,
        }
    }
}

/// An event of a series.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SeriesUpdate {
    Loaded(Box<History>),
    /// Bars that are older than all before, in answer to a call.
    Earlier(Vec<Bar>),
    /// The bar that is still open, as it is now.
    Open(Bar),
    /// A bar that will not change any more.
    Closed(Bar),
    /// A change of a bar that was closed.
    Revised(Bar),
    /// Bars between two times, both exclusive, will never come.
    Gap {
        from: Timestamp,
        to: Timestamp,
        reason: GapReason,
    },
    /// The series is interrupted.
    Reconnecting,
    /// Nothing is asked of the server for a while.
    Suspended {
        reason: String,
        retry_in: Duration,
    },
    /// It continues; this many missed closed bars follow.
    Resumed {
        backfilled: usize,
    },
    /// Everything before is void; these are the bars now.
    Reset(Vec<Bar>),
    /// The series shows another symbol, interval or range. Everything before is void.
    Changed(Box<Changed>),
    /// Nothing has come for too long.
    Stale {
        age: Duration,
    },
    /// How far the first history is, if that was asked for.
    Progress(Progress),
    /// How fresh the data is has changed.
    UpdateMode(UpdateMode),
    /// A replay has reached the present.
    ReplayEnded,
    /// A message could not be understood.
    Skipped(String),
}

/// An event of a quote session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum QuoteSessionUpdate {
    Values(Symbol, OwnedQuoteValues),
    /// The newest value of each field, changed or not, from a connection that takes another's
    /// place.
    State(Symbol, Vec<(QuoteField<'static>, QuoteValue<'static>)>),
    Completed(Symbol),
    Refused(Symbol, String),
    /// Nothing has come of the symbol for so long.
    Stale(Symbol, Duration),
    /// What has not come in time.
    Missing {
        symbols: Vec<Symbol>,
        /// Requested fields that no symbol has.
        fields: Vec<String>,
        after: Duration,
    },
    /// No reader wants the symbol any more.
    Removed(Symbol),
    /// A message could not be read.
    Skipped {
        /// Whose it was, if that could be read.
        symbol: Option<Symbol>,
        reason: String,
    },
    /// Nothing is asked of the server for a while.
    Suspended {
        /// The symbol that waits, or all of them.
        symbol: Option<Symbol>,
        reason: String,
        retry_in: Duration,
    },
    /// The server's words about what ended the session or its connection. No event: they are kept
    /// for a reader that gives up.
    Words(String),
    /// The session was interrupted and is being restored.
    Reconnecting,
    /// It is restored, except for this many symbols that have not answered.
    Resumed {
        missing: usize,
    },
}

/// An event of a study.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum StudyUpdate {
    /// All values; everything before is void.
    Snapshot(Vec<StudyPoint>),
    /// New or changed values.
    Rows(Vec<StudyPoint>),
    /// The drawings now.
    Graphics(Arc<Scene>),
    /// The report of a strategy now.
    Report(Arc<StrategyReport>),
    /// The server's words.
    Error(String),
    /// The server has not answered in time.
    Missing {
        after: Duration,
        last_words: Option<String>,
    },
    /// A message or a row could not be read.
    Skipped(String),
    Reconnecting,
}

/// Where the answer to one call goes. Dropped without an answer if the subscription ends first.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, RequestError>>;

/// Earlier bars, as asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Older {
    pub(crate) bars: Vec<Bar>,
    pub(crate) completeness: Completeness,
    pub(crate) data_completed: Option<HistoryEnd>,
    pub(crate) skipped_rows: Vec<SkippedRow>,
}

impl Older {
    /// Hides secrets in the server's words.
    pub(crate) fn redact(&mut self, secrets: &Secrets) {
        self.completeness.redact(secrets);
        redact_end(self.data_completed.as_mut(), secrets);
        for row in &mut self.skipped_rows {
            row.redact(secrets);
        }
    }
}
