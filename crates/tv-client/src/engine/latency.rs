//! How long the server takes to answer, by kind of request.

use std::{collections::VecDeque, time::Instant};

use protocol::message::{ClientMessage, ServerMessage, client, server};
use transport::RequestLatency;

/// The most requests whose answers are awaited. The oldest are forgotten: some are never answered.
const MAX_PENDING: usize = 512;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `resolve_symbol`.
    Symbol,
    /// `create_series` and `modify_series`, until the first history is complete.
    Series,
    /// `request_more_data`.
    MoreBars,
    /// `create_study` and `modify_study`.
    Study,
    /// `quote_add_symbols`, until the first symbol of the command is complete.
    Quotes,
    /// Commands of a replay.
    Replay,
}

/// How many kinds there are.
pub(super) const KINDS: usize = 6;

/// All kinds in the order of their declaration, by the names that health and metrics show.
const NAMES: [&str; KINDS] = ["symbol", "series", "more_bars", "study", "quotes", "replay"];

/// A request that has not been answered.
#[derive(Debug)]
struct Pending {
    kind: Kind,
    session: Box<str>,
    /// The id within the session that the answer repeats.
    id: Box<str>,
    at: Instant,
}

/// How long answers take.
#[derive(Debug)]
pub(super) struct Latencies {
    /// In the order of sending. `pending.len() <= MAX_PENDING`
    pending: VecDeque<Pending>,
    totals: [RequestLatency; KINDS],
}

impl Default for Latencies {
    fn default() -> Self {
        Self {
            pending: VecDeque::new(),
            totals: NAMES.map(RequestLatency::new),
        }
    }
}

impl Latencies {
    /// A command is handed to the connection.
    pub(super) fn note_sent(&mut self, now: Instant, command: &ClientMessage<'_>) {
        use ClientMessage as M;
        let (kind, session, id) = match command {
            M::ResolveSymbol(client::ResolveSymbol { session, id, .. }) => {
                (Kind::Symbol, session, id)
            }
            M::CreateSeries(client::CreateSeries {
                session, series, ..
            })
            | M::ModifySeries(client::ModifySeries {
                session, series, ..
            }) => (Kind::Series, session, series),
            M::RequestMoreData(client::RequestMoreData {
                session, series, ..
            }) => (Kind::MoreBars, session, series),
            M::CreateStudy(client::CreateStudy { session, study, .. })
            | M::ModifyStudy(client::ModifyStudy { session, study, .. }) => {
                (Kind::Study, session, study)
            }
            M::QuoteAddSymbols(client::QuoteAddSymbols { session, symbols }) => {
                let Some(first) = symbols.names.first() else {
                    return;
                };
                (Kind::Quotes, session, first)
            }
            M::ReplayAddSeries(client::ReplayAddSeries {
                session, request, ..
            })
            | M::ReplayReset(client::ReplayReset {
                session, request, ..
            })
            | M::ReplayStep(client::ReplayStep {
                session, request, ..
            })
            | M::ReplayStart(client::ReplayStart {
                session, request, ..
            })
            | M::ReplayStop(client::ReplayStop { session, request }) => {
                (Kind::Replay, session, request)
            }
            _ => return,
        };
        if self.pending.len() >= MAX_PENDING {
            self.pending.pop_front();
        }
        self.pending.push_back(Pending {
            kind,
            session: session.as_str().into(),
            id: id.as_str().into(),
            at: now,
        });
    }

    /// A message has come in. Nearly all are data, and no answer to a request.
    #[inline]
    pub(super) fn note_received(&mut self, now: Instant, message: &ServerMessage<'_>) {
        use ServerMessage as M;
        let (kinds, session, id): (&[Kind], _, &str) = match message {
            M::SymbolResolved(server::SymbolResolved {
                session, symbol, ..
            })
            | M::SymbolError(server::SymbolError {
                session, symbol, ..
            }) => (&[Kind::Symbol], session, symbol),
            M::SeriesCompleted(server::SeriesCompleted {
                session, series, ..
            })
            | M::SeriesError(server::SeriesError {
                session, series, ..
            }) => (&[Kind::Series, Kind::MoreBars], session, series),
            M::StudyCompleted(server::StudyCompleted { session, study, .. })
            | M::StudyError(server::StudyError { session, study, .. }) => {
                (&[Kind::Study], session, study)
            }
            M::QuoteCompleted(server::QuoteCompleted { session, name, .. }) => {
                (&[Kind::Quotes], session, name)
            }
            M::ReplayOk(done) => (
                &[Kind::Replay],
                &done.session,
                done.request().unwrap_or_default(),
            ),
            M::ReplayError(refused) => (
                &[Kind::Replay],
                &refused.session,
                refused.request().unwrap_or_default(),
            ),
            M::CriticalError(server::CriticalError { session, .. }) => {
                let session = session.as_str();
                self.pending.retain(|pending| *pending.session != *session);
                return;
            }
            _ => return,
        };
        self.answer(now, kinds, session, id);
    }

    #[cold]
    fn answer(&mut self, now: Instant, kinds: &[Kind], session: &str, id: &str) {
        let is_answered = |pending: &Pending| {
            kinds.contains(&pending.kind) && *pending.session == *session && *pending.id == *id
        };
        let Some(at) = self.pending.iter().position(is_answered) else {
            return;
        };
        let Some(pending) = self.pending.remove(at) else {
            return;
        };
        let after = now.saturating_duration_since(pending.at);
        if let Some(total) = self.totals.get_mut(pending.kind as usize) {
            total.add(after);
            #[cfg(feature = "metrics")]
            metrics::histogram!("tv_client_request_seconds", "kind" => total.kind.clone())
                .record(after);
        }
    }

    /// The connection has ended: nothing more is answered.
    pub(super) fn forget_pending(&mut self) {
        self.pending.clear();
    }

    /// Adds what another connection has measured.
    pub(super) fn inherit(&mut self, other: [RequestLatency; KINDS]) {
        for (own, other) in self.totals.iter_mut().zip(&other) {
            own.merge(other);
        }
    }

    pub(super) fn into_totals(self) -> [RequestLatency; KINDS] {
        self.totals
    }

    /// The kinds that were answered.
    pub(super) fn answered(&self) -> Vec<RequestLatency> {
        let answered = self.totals.iter().filter(|total| total.answered > 0);
        answered.cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn answers_are_matched_by_session_and_id_and_summed_up_by_kind() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut latencies = Latencies::default();
        for (ms, command) in [
            (0, r#"{"m":"resolve_symbol","p":["cs_1","y","A:B"]}"#),
            (0, r#"{"m":"create_series","p":["cs_1","s","t","y","1",1]}"#),
            (0, r#"{"m":"create_series","p":["cs_2","s","t","y","1",1]}"#),
            (0, r#"{"m":"quote_add_symbols","p":["qs_1","A:B","A:C"]}"#),
            (0, r#"{"m":"set_locale","p":["en","US"]}"#),
            (5, r#"{"m":"request_more_data","p":["cs_2","s",1]}"#),
        ] {
            latencies.note_sent(at(ms), &ClientMessage::decode(command));
        }
        for (ms, message) in [
            (
                7,
                r#"{"m":"series_completed","p":["cs_2","s","streaming","t"]}"#,
            ),
            (8, r#"{"m":"symbol_resolved","p":["cs_1","y",{}]}"#),
            (9, r#"{"m":"quote_completed","p":["qs_1","A:C"]}"#),
            (10, r#"{"m":"quote_completed","p":["qs_1","A:B"]}"#),
            (11, r#"{"m":"quote_completed","p":["qs_1","A:B"]}"#),
            (
                12,
                r#"{"m":"series_completed","p":["cs_2","s","streaming","t"]}"#,
            ),
            (13, r#"{"m":"critical_error","p":["cs_1","no",""]}"#),
            (
                14,
                r#"{"m":"series_completed","p":["cs_1","s","streaming","t"]}"#,
            ),
        ] {
            latencies.note_received(at(ms), &ServerMessage::decode(message).message);
        }
        let answered = latencies.answered();
        let shown: Vec<_> = answered
            .iter()
            .map(|it| (&*it.kind, it.answered, it.last.as_millis()))
            .collect();
        let expected = [
            ("symbol", 1, 8),
            ("series", 1, 7),
            ("more_bars", 1, 7),
            ("quotes", 1, 10),
        ];
        assert_eq!(shown, expected);
        assert!(latencies.pending.is_empty());
        let mut successor = Latencies::default();
        successor.inherit(latencies.into_totals());
        assert_eq!(successor.answered(), answered);
    }

    #[test]
    fn requests_that_are_never_answered_take_bounded_room() {
        let mut latencies = Latencies::default();
        for number in 0..2_000 {
            let json =
                format!(r#"{{"m":"create_study","p":["cs_1","st{number}","t","s","X",{{}}]}}"#);
            latencies.note_sent(Instant::now(), &ClientMessage::decode(&json));
        }
        assert_eq!(latencies.pending.len(), MAX_PENDING);
        latencies.forget_pending();
        assert!(latencies.pending.is_empty());
    }
}
