//! The watch-lists of all accounts.

use std::collections::BTreeMap;

/// How many lists an account may have, and how many entries a list.
pub(super) const MOST_LISTS: usize = 100;
pub(super) const MOST_ENTRIES: usize = 1_000;

/// The colours that lists of one colour have.
pub(super) const COLOURS: [&str; 7] = ["red", "orange", "yellow", "green", "blue", "cyan", "pink"];

/// The watch-lists of all accounts, by the number of the account.
#[derive(Debug, Default)]
pub(crate) struct WatchLists(BTreeMap<u32, Book>);

/// The watch-lists of an account.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) lists: Vec<WatchList>,
    pub(super) active: u64,
    next: u64,
}

/// A watch-list. An entry is a symbol, or `###` and the name of the group that follows.
#[derive(Clone, Debug)]
pub(super) struct WatchList {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) entries: Vec<String>,
    /// The place in [`COLOURS`] of a list of one colour.
    pub(super) colour: Option<usize>,
    /// When it was changed, in milliseconds UTC.
    pub(super) modified: i64,
}

impl WatchLists {
    /// Those of an account; at first there are two, and one of a colour.
    pub(super) fn of(&mut self, account: u32) -> &mut Book {
        self.0
            .entry(account)
            .or_insert_with(|| Book::at_first(account))
    }
}

impl Book {
    /// The lists that everyone has at first.
    pub(super) fn at_first(account: u32) -> Self {
        let mut book = Self {
            lists: Vec::new(),
            active: 0,
            next: u64::from(account) * 1000,
        };
        let first = [
            "###STOCKS",
            "NASDAQ:AAPL",
            "NASDAQ:MSFT",
            "NYSE:IBM",
            "###COINS",
            "BINANCE:BTCUSDT",
            "BINANCE:ETHUSDT",
        ];
        book.active = book.add("Watchlist", first.map(str::to_owned).into(), 0);
        let currencies = ["FX:EURUSD", "FX_IDC:USDJPY"];
        book.add("Currencies", currencies.map(str::to_owned).into(), 0);
        let red = book.add("Red list", vec!["NASDAQ:TSLA".to_owned()], 0);
        if let Some(list) = book.list(red) {
            list.colour = Some(0);
        }
        book
    }

    /// Adds a list, and returns its number.
    pub(super) fn add(&mut self, name: &str, entries: Vec<String>, now: i64) -> u64 {
        self.next += 1;
        self.lists.push(WatchList {
            id: self.next,
            name: name.to_owned(),
            entries,
            colour: None,
            modified: now,
        });
        self.next
    }

    /// The list of a number.
    pub(super) fn list(&mut self, id: u64) -> Option<&mut WatchList> {
        self.lists.iter_mut().find(|list| list.id == id)
    }
}
