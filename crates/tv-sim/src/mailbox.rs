//! Where the ticks of the symbols that a connection follows wait for it.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use market::{Symbol, Tick};
use tokio::sync::Notify;

use crate::sync::lock;

/// Ticks that wait in a mailbox before those of the same symbol are merged.
const MOST_WAITING: usize = 4096;

/// What a connection follows from now on; nothing at its end.
pub(crate) struct Follow {
    pub(crate) connection: u64,
    /// Each once, in the order of names.
    pub(crate) symbols: Vec<Arc<Symbol>>,
    pub(crate) mailbox: Arc<Mailbox>,
}

/// Ticks for one connection. It is bounded by the number of its symbols, and never loses the last
/// state of one.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    waiting: Mutex<Vec<Tick>>,
    arrived: Notify,
}

impl Mailbox {
    /// Puts ticks in, and merges those of one symbol once there are too many.
    pub(crate) fn put(&self, ticks: Vec<Tick>) {
        let mut waiting = lock(&self.waiting);
        waiting.extend(ticks);
        if waiting.len() > MOST_WAITING {
            let mut seen = BTreeSet::new();
            let all = std::mem::take(&mut *waiting);
            let mut last: Vec<Tick> = all
                .into_iter()
                .rev()
                .filter(|tick| seen.insert(tick.symbol.name().to_owned()))
                .collect();
            last.reverse();
            *waiting = last;
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    /// Whether nothing waits.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.waiting).is_empty()
    }

    /// Waits for ticks and takes them all. Nothing is lost when this is dropped.
    pub(crate) async fn take(&self) -> Vec<Tick> {
        loop {
            let ticks = std::mem::take(&mut *lock(&self.waiting));
            if !ticks.is_empty() {
                return ticks;
            }
            self.arrived.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use market::{Market, tick_at};

    use super::*;

    #[tokio::test]
    async fn a_full_mailbox_keeps_the_last_of_each_symbol() {
        let mailbox = Mailbox::default();
        let market = Market::new(1);
        let symbols = ["SIM:A", "SIM:B"].map(|name| market.symbol(name).unwrap());
        for n in 0..10_000 {
            mailbox.put(symbols.iter().map(|symbol| tick_at(symbol, n)).collect());
        }
        let ticks = mailbox.take().await;
        assert!(ticks.len() <= MOST_WAITING, "{}", ticks.len());
        let last: Vec<i64> = ticks.iter().rev().take(2).map(|tick| tick.at).collect();
        assert_eq!(last, [9999, 9999]);
    }
}
