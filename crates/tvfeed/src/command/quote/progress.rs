//! Which symbols have answered, and which fields have values.

use std::collections::{HashMap, HashSet};

use client::{ALL_FIELDS, QuoteField, QuoteUpdate, Symbol};

use crate::{
    args::Fields,
    command::notes::{data_mode, names},
    exit::say,
};

/// What each symbol has answered so far.
#[derive(Debug)]
pub(super) struct Progress {
    symbols: Vec<Symbol>,
    states: HashMap<Symbol, State>,
    /// Fields that were asked for by unknown names and have no value yet.
    fields: HashSet<String>,
    /// How many of them were reported.
    missing_fields: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    has_values: bool,
    is_complete: bool,
    is_refused: bool,
    /// Whether the user knows that there are no values, or how old they are.
    is_reported: bool,
}

impl Progress {
    pub(super) fn new(symbols: &[Symbol], fields: &Fields) -> Self {
        let fields = match fields {
            Fields::Named(names) => {
                let is_unknown = |name: &&String| !ALL_FIELDS.contains(&name.as_str());
                names.iter().filter(is_unknown).cloned().collect()
            }
            Fields::All | Fields::Price => HashSet::new(),
        };
        Self {
            symbols: symbols.to_vec(),
            states: symbols
                .iter()
                .map(|symbol| (symbol.clone(), State::default()))
                .collect(),
            fields,
            missing_fields: 0,
        }
    }

    /// Notes the values of an update. Reports once how old the data is.
    pub(super) fn update(&mut self, update: &QuoteUpdate) {
        if !self.fields.is_empty() {
            let quote = &update.quote;
            let has_value = |name: &String| {
                quote
                    .get(&QuoteField::from_name(name.as_str().into()))
                    .is_some()
            };
            self.fields.retain(|name| !has_value(name));
        }
        let Some(state) = self.states.get_mut(&update.symbol) else {
            return;
        };
        let was_silent = !std::mem::replace(&mut state.has_values, true);
        if was_silent && std::mem::take(&mut state.is_reported) {
            say(format_args!("{}: values received", update.symbol));
        }
        let mode = update.quote.update_mode();
        if let (false, Some(mode)) = (state.is_reported, mode.as_ref().and_then(data_mode)) {
            state.is_reported = true;
            say(format_args!("{}: {mode}", update.symbol));
        }
    }

    /// Notes that the first state of a symbol is complete. Reports it if there are no values.
    pub(super) fn complete(&mut self, symbol: &Symbol) {
        if let Some(state) = self.states.get_mut(symbol) {
            state.is_complete = true;
            if !state.has_values && !std::mem::replace(&mut state.is_reported, true) {
                say(format_args!(
                    "{symbol}: the server has no values of the requested fields; waiting for some"
                ));
            }
        }
        if self
            .states
            .values()
            .all(|state| state.is_complete || state.is_refused)
        {
            self.report_all_fields();
        }
    }

    /// Notes a refusal. False if each symbol is refused now.
    pub(super) fn refuse(&mut self, symbol: &Symbol) -> bool {
        if let Some(state) = self.states.get_mut(symbol) {
            state.is_refused = true;
        }
        self.states.values().any(|state| !state.is_refused)
    }

    /// Whether any symbol has values.
    pub(super) fn has_values(&self) -> bool {
        self.states.values().any(|state| state.has_values)
    }

    /// Whether any symbol is refused.
    pub(super) fn has_refusals(&self) -> bool {
        self.states.values().any(|state| state.is_refused)
    }

    /// Reports symbols and fields that the client misses.
    pub(super) fn miss(&mut self, symbols: &[Symbol], fields: Vec<String>, after: &str) {
        self.report_silent(symbols, after);
        let fields = fields.into_iter().filter(|field| self.fields.remove(field));
        let fields = fields.collect();
        self.report_fields(fields);
    }

    /// Reports what has not come by the end of the command, if it was not reported before.
    pub(super) fn report_end(&mut self) {
        self.report_silent(&self.symbols.clone(), "received");
        if self
            .states
            .values()
            .any(|state| state.has_values || state.is_complete)
        {
            self.report_all_fields();
        }
    }

    /// Reports those of the symbols that have no values.
    fn report_silent(&mut self, symbols: &[Symbol], after: &str) {
        let mut silent = Vec::new();
        for symbol in symbols {
            let Some(state) = self.states.get_mut(symbol) else {
                continue;
            };
            if !state.has_values && !state.is_refused && !state.is_reported {
                state.is_reported = true;
                silent.push(symbol);
            }
        }
        if !silent.is_empty() {
            say(format_args!("{}: no quotes {after}", names(silent)));
        }
    }

    /// Whether each symbol that is not refused has values, and each field has some.
    pub(super) fn is_complete(&self) -> bool {
        self.missing_fields == 0
            && self.fields.is_empty()
            && self
                .states
                .values()
                .all(|state| state.has_values || state.is_refused)
    }

    fn report_all_fields(&mut self) {
        let mut fields: Vec<_> = self.fields.drain().collect();
        fields.sort_unstable();
        self.report_fields(fields);
    }

    fn report_fields(&mut self, fields: Vec<String>) {
        self.missing_fields += fields.len();
        for field in fields {
            let suggestion = QuoteField::known_name(&field).err();
            let hint = match suggestion.and_then(|error| error.suggestion) {
                Some(known) => format!("; did you mean `{known}`?"),
                None => String::new(),
            };
            say(format_args!("no symbol has the field `{field}`{hint}"));
        }
    }
}
