//! What the client waits for, because the server ended a session or allows no other yet.

use std::{collections::HashMap, time::Duration};

use client::Symbol;

use crate::{exit::say, output::pause};

/// The waits that go on.
#[derive(Debug, Default)]
pub(super) struct Suspension {
    /// Why all symbols wait, and the longest pause that was reported.
    all: Option<(String, Duration)>,
    /// The same of single symbols.
    symbols: HashMap<Symbol, (String, Duration)>,
}

impl Suspension {
    /// Reports a wait. One that follows another for the same reason is reported if it is at least
    /// twice as long.
    pub(super) fn begin(&mut self, symbol: Option<Symbol>, reason: String, retry_in: Duration) {
        let known = match &symbol {
            Some(symbol) => self.symbols.get(symbol),
            None => self.all.as_ref(),
        };
        if let Some((known, reported)) = known
            && *known == reason
            && retry_in < *reported * 2
        {
            return;
        }
        let time = match retry_in < Duration::from_millis(50) {
            true => "now".to_owned(),
            false => format!("in {}", pause(retry_in)),
        };
        match symbol {
            None => {
                say(format_args!(
                    "the server has ended the quotes ({reason}); trying again {time}"
                ));
                self.all = Some((reason, retry_in));
            }
            Some(symbol) => {
                say(format_args!(
                    "{symbol}: held back, because the server ended a session ({reason}); trying \
                     again {time}"
                ));
                self.symbols.insert(symbol, (reason, retry_in));
            }
        }
    }

    /// The session is served again.
    pub(super) fn end(&mut self) {
        self.all = None;
    }

    /// A symbol has values. Reports that if it was held back.
    pub(super) fn end_of(&mut self, symbol: &Symbol) {
        if !self.symbols.is_empty() && self.symbols.remove(symbol).is_some() {
            say(format_args!("{symbol}: resumed"));
        }
    }

    /// A symbol is refused.
    pub(super) fn forget(&mut self, symbol: &Symbol) {
        self.symbols.remove(symbol);
    }

    /// Why all symbols wait, if they do.
    pub(super) fn reason(&self) -> Option<&str> {
        self.all.as_ref().map(|(reason, _)| reason.as_str())
    }
}
