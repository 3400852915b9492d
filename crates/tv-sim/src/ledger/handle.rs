//! The handle that applications ask.

use std::{fmt, sync::Arc};

use super::truth::{self, LedgerBars, LedgerError};
use crate::{
    core::Core,
    fault::Fired,
    records::{ConnectionRecord, Sent},
    trades::Trade,
};

/// The truth of the simulated market, and a record of what the simulator sent and did. It is cheap
/// to clone and outlives its simulator.
#[derive(Clone)]
pub struct Ledger(pub(crate) Arc<Core>);

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").finish_non_exhaustive()
    }
}

impl Ledger {
    /// The market's time in milliseconds UTC.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.0.clock.now()
    }

    /// The bars of a symbol, by its name or a whole descriptor (`={"symbol":…,"adjustment":…}`),
    /// that open at or after `from` and before `to` (seconds UTC), as they are now: those that are
    /// closed, and the open one if it is among them. Only the newest 100,000 are returned.
    ///
    /// # Errors
    ///
    /// Fails if the symbol, interval or an option of the descriptor does not exist, and if a
    /// recording is played, whose truth is not known.
    pub fn bars(
        &self,
        symbol: &str,
        interval: &str,
        from: i64,
        to: i64,
    ) -> Result<LedgerBars, LedgerError> {
        self.bars_at(symbol, interval, (from, to), self.now())
    }

    /// The bars as [`bars`](Self::bars) gives them, as they were at a time in milliseconds UTC:
    /// those that were closed then, and the one that was open. The future is not revealed: a later
    /// time counts as now.
    ///
    /// # Errors
    ///
    /// As [`bars`](Self::bars).
    pub fn bars_at(
        &self,
        symbol: &str,
        interval: &str,
        span: (i64, i64),
        at: i64,
    ) -> Result<LedgerBars, LedgerError> {
        truth::bars(&self.0.source, at.min(self.now()), symbol, interval, span)
    }

    /// All changing fields of the quote of a symbol, by its name or a whole descriptor, at a time
    /// in milliseconds UTC. Without a time, as last sent: at the symbol's latest tick, or now if
    /// there was none.
    ///
    /// # Errors
    ///
    /// As [`bars`](Self::bars).
    pub fn quote(
        &self,
        symbol: &str,
        at: Option<i64>,
    ) -> Result<serde_json::Map<String, serde_json::Value>, LedgerError> {
        let (symbol, reading) = truth::quoted(&self.0.source, symbol)?;
        let at = at.or_else(|| self.0.trades.last(symbol.name()));
        Ok(truth::quote(
            &symbol,
            &reading,
            at.unwrap_or_else(|| self.now()),
        ))
    }

    /// The ticks of a symbol from one time to another (milliseconds UTC, both included), as far as
    /// they are remembered: the latest 100,000 over all symbols. Every client that followed the
    /// symbol got each of them, unless a fault or the client's own slowness intervened.
    ///
    /// # Errors
    ///
    /// As [`bars`](Self::bars).
    pub fn ticks(&self, symbol: &str, from: i64, to: i64) -> Result<Vec<Trade>, LedgerError> {
        let symbol = truth::find(&self.0.source, symbol)?;
        Ok(self.0.trades.between(symbol.name(), from, to))
    }

    /// What was sent, by kind of message, over all connections and for the latest 1000 of them.
    #[must_use]
    pub fn sent(&self) -> Sent {
        self.0.records.sent()
    }

    /// The faults that happened: the latest 10,000, oldest first.
    #[must_use]
    pub fn faults(&self) -> Vec<Fired> {
        self.0.engine.fired().0
    }

    /// The latest 1,000 connections, oldest first.
    #[must_use]
    pub fn sessions(&self) -> Vec<ConnectionRecord> {
        self.0.records.connections()
    }
}
