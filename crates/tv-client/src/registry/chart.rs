//! One chart session with one series. Guests may have no more than one series in a session, and sessions
//! are cheap, so each series gets its own.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use protocol::{
    bar::Bar,
    id::SessionId,
    message::{
        ClientMessage, ServerMessage,
        client::{self, Range},
        server::{Objects, SeriesCompleted},
    },
    symbol_info::SymbolInfo,
};

use super::{Fate, SubscriptionId, Update, Updates, printable, reason_of};
use crate::{error::RequestError, series::SeriesRequest};

const SYMBOL_ID: &str = "sds_sym_1";
const SERIES_ID: &str = "sds_1";
/// The one request of the session. Data that carries another is late.
const TURNAROUND: &str = "s1";

/// The most bars that a history may hold: 25 times what the best accounts are said to get. Small in tests, which fill it.
const MAX_HISTORY: usize = if cfg!(test) { 20_000 } else { 1_000_000 };

/// News of a series.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SeriesNews {
    Loaded(Box<Loaded>),
    /// The bar that is still open, as it is now.
    Open(Bar),
    /// A bar that will not change any more.
    Closed(Bar),
    /// A change of a bar that was closed.
    Revised(Bar),
    /// A message could not be understood.
    Skipped(String),
}

/// Everything that the first request has brought.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Loaded {
    pub(crate) info: SymbolInfo,
    pub(crate) bars: Vec<Bar>,
    pub(crate) update_mode: String,
    pub(crate) data_completed: Option<String>,
}

/// A series and how far it has come.
#[derive(Debug)]
pub(super) struct ChartEntry {
    symbol: String,
    timeout: Duration,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// The history is coming.
    Loading {
        info: Option<Box<SymbolInfo>>,
        bars: BTreeMap<i64, Bar>,
        deadline: Option<Instant>,
    },
    /// The history is complete; the last bar changes.
    Live { last: Option<Bar> },
}

impl ChartEntry {
    pub(super) fn create(
        session: &SessionId,
        request: &SeriesRequest,
        now: Instant,
    ) -> (Self, Vec<ClientMessage<'static>>) {
        let session = || session.to_string().into();
        let count = i64::try_from(request.count).unwrap_or(i64::MAX);
        let commands = vec![
            client::ChartCreateSession {
                session: session(),
                parameters: Some("".into()),
            }
            .into(),
            client::ResolveSymbol {
                session: session(),
                id: SYMBOL_ID.into(),
                symbol: request.descriptor.to_wire().into(),
            }
            .into(),
            client::CreateSeries {
                session: session(),
                series: SERIES_ID.into(),
                turnaround: TURNAROUND.into(),
                symbol: SYMBOL_ID.into(),
                resolution: request.interval.to_string().into(),
                range: Range::Count(count),
                timeframe: Some("".into()),
            }
            .into(),
        ];
        let deadline = now.checked_add(request.timeout);
        let phase = Phase::Loading {
            info: None,
            bars: BTreeMap::new(),
            deadline,
        };
        let symbol = request.descriptor.symbol().to_string();
        (
            Self {
                symbol,
                timeout: request.timeout,
                phase,
            },
            commands,
        )
    }

    pub(super) fn delete(session: &SessionId) -> ClientMessage<'static> {
        client::ChartDeleteSession {
            session: session.to_string().into(),
        }
        .into()
    }

    /// The symbol, while its history loads.
    pub(super) fn loading_symbol(&self) -> Option<&str> {
        matches!(self.phase, Phase::Loading { .. }).then_some(&self.symbol)
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Loading { deadline, .. } => *deadline,
            Phase::Live { .. } => None,
        }
    }

    pub(super) fn route(
        &mut self,
        message: &ServerMessage<'_>,
        subscription: SubscriptionId,
        updates: &mut impl Updates,
    ) -> Fate {
        let refused = match message {
            ServerMessage::SymbolResolved(resolved) => {
                if let Phase::Loading { info, .. } = &mut self.phase {
                    *info = Some(resolved.info.clone());
                }
                return Fate::Lives;
            }
            ServerMessage::TimescaleUpdate(update) => {
                return self.merge(&update.objects, subscription, updates);
            }
            ServerMessage::DataUpdate(update) => {
                return self.merge(&update.objects, subscription, updates);
            }
            ServerMessage::SeriesCompleted(completed) => {
                return self.complete(completed, subscription, updates);
            }
            ServerMessage::SymbolError(error) => {
                let mut words = vec![error.reason.as_str()];
                words.extend(error.details.iter().map(|detail| detail.as_str()));
                printable(&words.join(" "))
            }
            ServerMessage::SeriesError(error) => printable(&error.reason),
            ServerMessage::CriticalError(error) => reason_of(error),
            _ => return Fate::Lives,
        };
        let failed = RequestError::Refused {
            symbol: self.symbol.clone(),
            reason: refused,
        };
        updates.update(subscription, Update::Failed(failed));
        Fate::Over
    }

    /// Takes in bars: into the history while it loads, as news afterwards.
    fn merge(
        &mut self,
        objects: &Objects<'_>,
        subscription: SubscriptionId,
        updates: &mut impl Updates,
    ) -> Fate {
        let Some(series) = objects.get(SERIES_ID) else {
            return Fate::Lives;
        };
        if series
            .turnaround
            .is_some_and(|turnaround| turnaround != TURNAROUND)
        {
            return Fate::Late;
        }
        let new = series
            .bars
            .iter()
            .flat_map(|bars| bars.rows())
            .map(|row| Bar::from(*row));
        match &mut self.phase {
            Phase::Loading { bars, .. } => {
                bars.extend(new.map(|bar| (bar.time, bar)));
                if bars.len() > MAX_HISTORY {
                    let failed = RequestError::TooMuch {
                        symbol: self.symbol.clone(),
                        limit: MAX_HISTORY,
                        unit: "bars",
                    };
                    updates.update(subscription, Update::Failed(failed));
                    return Fate::Over;
                }
            }
            Phase::Live { last } => {
                for bar in new {
                    let news = advance(last, bar);
                    for news in news.into_iter().flatten() {
                        updates.update(subscription, Update::Series(news));
                    }
                }
            }
        }
        Fate::Lives
    }

    fn complete(
        &mut self,
        completed: &SeriesCompleted<'_>,
        subscription: SubscriptionId,
        updates: &mut impl Updates,
    ) -> Fate {
        if completed.turnaround != TURNAROUND {
            return Fate::Late;
        }
        let Phase::Loading { info, bars, .. } = &mut self.phase else {
            return Fate::Lives;
        };
        let bars: Vec<Bar> = std::mem::take(bars).into_values().collect();
        let details = completed.details.as_ref();
        let loaded = Loaded {
            info: info.take().map(|info| *info).unwrap_or_default(),
            update_mode: completed.update_mode.as_str().to_owned(),
            data_completed: details.and_then(|details| details.data_completed.clone()),
            bars,
        };
        self.phase = Phase::Live {
            last: loaded.bars.last().copied(),
        };
        updates.update(
            subscription,
            Update::Series(SeriesNews::Loaded(Box::new(loaded))),
        );
        Fate::Lives
    }
}

/// What a bar means after the last one: a bar is closed when one with a later time arrives.
fn advance(last: &mut Option<Bar>, bar: Bar) -> [Option<SeriesNews>; 2] {
    match *last {
        Some(known) if bar.time < known.time => [Some(SeriesNews::Revised(bar)), None],
        Some(known) if bar == known => [None, None],
        Some(known) if bar.time == known.time => {
            *last = Some(bar);
            [Some(SeriesNews::Open(bar)), None]
        }
        known => {
            *last = Some(bar);
            [known.map(SeriesNews::Closed), Some(SeriesNews::Open(bar))]
        }
    }
}
