//! A whole recording, and how what a client asks for is found in it.

use std::{collections::BTreeMap, path::Path};

use crate::{
    descriptor::symbol_asked,
    error::RecordingError,
    recording::{
        parse::{self, Record},
        quotes::{self, RecordedQuotes},
        series::{self, RecordedSeries},
    },
};

/// Recorded traffic of a TradingView server, to be served to any client.
///
/// Read from the text of a `.raw.txt` file (rows of `~m~` frames, one WebSocket message a line or
/// all in one line) or a `.jsonl` file (one bare message a line). Only what a server sends is used.
#[derive(Debug)]
pub struct Recording {
    pub(super) hello: Option<String>,
    pub(super) records: Vec<Record>,
    pub(super) charts: Vec<RecordedSeries>,
    pub(super) quotes: Vec<RecordedQuotes>,
    left_out: Option<String>,
}

/// How far a quoted price may lie from a bar's close for the bars to be that symbol's.
const SAME_PRICE: f64 = 0.0005;

impl Recording {
    /// Reads a recording from text. Of a last line that is cut, as when the recording was broken
    /// off, what is whole is used; see [`left_out`](Self::left_out).
    ///
    /// # Errors
    ///
    /// Fails where a line is neither a row of whole frames nor a JSON object, and where nothing was
    /// received.
    pub fn parse(text: &str) -> Result<Self, RecordingError> {
        let parse::Records {
            hello,
            records,
            cut,
        } = parse::parse(text)?;
        let left_out = cut.map(|(line, bytes)| {
            format!("line {line} of the recording is cut: its last {bytes} bytes were left out")
        });
        let quotes = quotes::sort(&records);
        let mut sessions: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, record) in records.iter().enumerate() {
            if let Some(session) = record.text(0) {
                sessions.entry(session).or_default().push(at);
            }
        }
        let mut charts = Vec::new();
        for positions in sessions.values() {
            charts.extend(series::sort(
                positions
                    .iter()
                    .filter_map(|at| Some((*at, records.get(*at)?))),
            ));
        }
        let mut recording = Self {
            hello,
            records,
            charts,
            quotes,
            left_out,
        };
        recording.guess_names();
        Ok(recording)
    }

    /// Reads a recording from a file. It blocks, so call it before serving.
    ///
    /// # Errors
    ///
    /// Fails as [`parse`](Self::parse) does, and where the file cannot be read as UTF-8 text.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, RecordingError> {
        let mut bytes = std::fs::read(path)?;
        // A cut can go through a character.
        if let Err(error) = std::str::from_utf8(&bytes)
            && error.error_len().is_none()
        {
            bytes.truncate(error.valid_up_to());
        }
        let text = String::from_utf8(bytes);
        let no_text = |error| std::io::Error::new(std::io::ErrorKind::InvalidData, error);
        Self::parse(&text.map_err(no_text)?)
    }

    /// What could not be used because the last line is cut, if it is.
    #[must_use]
    pub fn left_out(&self) -> Option<&str> {
        self.left_out.as_deref()
    }

    /// The symbols that bars were recorded of, each with the number of its bars, in no particular
    /// order.
    ///
    /// Bars whose symbol the recording does not name are listed under an empty name.
    #[must_use]
    pub fn series(&self) -> Vec<(String, usize)> {
        let with_bars = self.charts.iter().filter(|recorded| recorded.bars > 0);
        with_bars
            .map(|recorded| {
                (
                    recorded.names.first().cloned().unwrap_or_default(),
                    recorded.bars,
                )
            })
            .collect()
    }

    /// The names that quotes were recorded under, each once.
    #[must_use]
    pub fn quotes(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .quotes
            .iter()
            .map(|recorded| recorded.name.clone())
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// Gives bars without a recorded symbol the name of a quoted one, if its price is that of their
    /// last close.
    fn guess_names(&mut self) {
        let known: Vec<String> = self
            .charts
            .iter()
            .flat_map(|recorded| recorded.names.iter().cloned())
            .collect();
        for recorded in self
            .charts
            .iter_mut()
            .filter(|recorded| recorded.names.is_empty())
        {
            let Some(close) = recorded.last_close else {
                continue;
            };
            let fitting = self.quotes.iter().find(|quote| {
                let near = quote
                    .last_price
                    .is_some_and(|price| ((price - close) / close).abs() < SAME_PRICE);
                near && symbol_asked(&quote.name).is_some_and(|name| !known.contains(&name))
            });
            if let Some(name) = fitting.and_then(|quote| symbol_asked(&quote.name)) {
                recorded.names.push(name);
                recorded.guessed = true;
            }
        }
        // One unnamed series and one quoted symbol can only belong together.
        let mut unnamed = self
            .charts
            .iter_mut()
            .filter(|recorded| recorded.names.is_empty());
        let mut quoted: Vec<String> = self
            .quotes
            .iter()
            .filter_map(|quote| symbol_asked(&quote.name))
            .collect();
        quoted.sort();
        quoted.dedup();
        if let (Some(recorded), None, [only]) = (unnamed.next(), unnamed.next(), quoted.as_slice())
            && !known.contains(only)
        {
            recorded.names.push(only.clone());
            recorded.guessed = true;
        }
    }

    /// The greeting, as recorded.
    pub(crate) fn hello(&self) -> Option<&str> {
        self.hello.as_deref()
    }

    /// The recorded series of a symbol, the best guess first. Where there is none: those whose
    /// symbol is unknown, unless the recording names symbols and this one is not among them.
    pub(crate) fn charts_of(&self, symbol: &str) -> Vec<usize> {
        let numbered = || self.charts.iter().enumerate();
        let named = |recorded: &RecordedSeries| {
            recorded
                .names
                .iter()
                .any(|name| name.eq_ignore_ascii_case(symbol))
        };
        let known: Vec<usize> = numbered()
            .filter(|(_, recorded)| named(recorded))
            .map(|(at, _)| at)
            .collect();
        if known.is_empty() && (self.is_quoted(symbol) || !self.names_symbols()) {
            return numbered()
                .filter(|(_, recorded)| recorded.names.is_empty())
                .map(|(at, _)| at)
                .collect();
        }
        known
    }

    fn is_quoted(&self, symbol: &str) -> bool {
        let mut names = self
            .quotes
            .iter()
            .filter_map(|recorded| symbol_asked(&recorded.name));
        names.any(|name| name.eq_ignore_ascii_case(symbol))
    }

    fn names_symbols(&self) -> bool {
        !self.quotes.is_empty()
            || self
                .charts
                .iter()
                .any(|recorded| !recorded.names.is_empty())
    }

    /// The recorded quotes that answer a client best.
    pub(crate) fn quote_of(&self, name: &str, fields: &[String]) -> Option<usize> {
        let fits = self
            .quotes
            .iter()
            .enumerate()
            .filter_map(|(at, recorded)| Some((recorded.fit(name, fields)?, at)));
        fits.max_by_key(|(fit, at)| (*fit, std::cmp::Reverse(*at)))
            .map(|(_, at)| at)
    }
}
