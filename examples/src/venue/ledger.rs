//! Keeps the books: what was delivered and what was reported lost must be what was sent.

use std::collections::BTreeMap;

use super::{VenueEvent, VenueMessage};

/// The books of one connection's streams.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    streams: BTreeMap<String, Account>,
    /// Messages that could not be read.
    pub errors: u64,
    /// A loss has been reported, and its message is still to come.
    pending: bool,
}

/// The book of one stream.
#[derive(Clone, Copy, Debug, Default)]
pub struct Account {
    /// The first number delivered.
    pub first: u64,
    /// The last number delivered.
    pub last: u64,
    /// Messages delivered.
    pub delivered: u64,
    /// Messages reported lost.
    pub lost: u64,
    /// Messages that were doubled or out of order.
    pub wrong: u64,
}

impl Ledger {
    /// Enters an event.
    pub fn take(&mut self, event: &VenueEvent) {
        self.pending = matches!(event, VenueEvent::Lost { .. });
        match event {
            VenueEvent::Message(message) => self.deliver(message),
            VenueEvent::Lost { stream, messages } => {
                self.streams.entry(stream.clone()).or_default().lost += messages;
            }
            VenueEvent::Error(_) => self.errors += 1,
        }
    }

    fn deliver(&mut self, message: &VenueMessage) {
        let account = self.streams.entry(message.stream.id.clone()).or_default();
        if message.number <= account.last {
            account.wrong += 1;
            return;
        }
        if account.delivered == 0 {
            account.first = message.number;
        }
        account.last = message.number;
        account.delivered += 1;
    }

    /// Whether nothing is half entered, so that the books can be closed.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        !self.pending
    }

    /// The streams and their books.
    pub fn accounts(&self) -> impl Iterator<Item = (&str, &Account)> {
        self.streams
            .iter()
            .map(|(name, account)| (name.as_str(), account))
    }

    /// All delivered messages.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        self.streams.values().map(|account| account.delivered).sum()
    }
}

impl Account {
    /// Whether delivered and reported lost is what was sent, and nothing was doubled.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.wrong == 0
            && self.delivered > 0
            && self.delivered + self.lost == self.last - self.first + 1
    }
}
