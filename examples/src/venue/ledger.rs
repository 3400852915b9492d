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

/// The book of one stream. Numbers are those of [`VenueMessage::numbers`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Account {
    /// The first number delivered.
    pub first: u64,
    /// The last number delivered.
    pub last: u64,
    /// Messages with numbers.
    pub messages: u64,
    /// Messages without numbers.
    pub unnumbered: u64,
    /// Numbers delivered.
    pub delivered: u64,
    /// Numbers reported lost.
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
            VenueEvent::Lost { stream, from, to } => {
                self.streams.entry(stream.clone()).or_default().lost += to - from + 1;
            }
            VenueEvent::Error(_) => self.errors += 1,
        }
    }

    fn deliver(&mut self, message: &VenueMessage) {
        let account = self.streams.entry(message.stream.id.clone()).or_default();
        let Some((first, last)) = message.numbers() else {
            account.unnumbered += 1;
            return;
        };
        if account.messages == 0 {
            account.first = first;
        } else if first <= account.last {
            account.wrong += 1;
            return;
        }
        account.last = last;
        account.messages += 1;
        account.delivered += last - first + 1;
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
        let messages = |account: &Account| account.messages + account.unnumbered;
        self.streams.values().map(messages).sum()
    }
}

impl Account {
    /// Whether delivered and reported lost is what was sent, and nothing was doubled.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.wrong == 0
            && self.messages > 0
            && self.delivered + self.lost == self.last - self.first + 1
    }
}
