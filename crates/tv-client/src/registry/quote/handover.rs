//! How a quote session moves to another connection.

use std::time::Instant;

use super::{
    QuoteEntry, UNTIL_CONNECTED,
    server_session::{Home, WantedSymbol},
};
use crate::registry::{
    context::Context,
    place::Places,
    silence::Silences,
    standby::HeldQuotes,
    update::{QuoteSessionUpdate, Update},
};

impl QuoteEntry {
    /// The same subscriptions, for another connection.
    pub(in crate::registry) fn standby(&self, now: Instant) -> Self {
        let mut standby = Self {
            terms: self.terms.clone(),
            symbols: self.symbols.clone(),
            void_pauses: self.void_pauses.clone(),
            is_proven: true,
            silences: self.silences.as_ref().map(Silences::standby),
            missing: self.missing.standby(),
            search: self
                .search
                .as_ref()
                .map(|search| Box::new(search.standby())),
            culprits: self.culprits.clone(),
            ..Self::empty()
        };
        for wanted in standby.symbols.values_mut() {
            if wanted.home == Home::Probe {
                wanted.home = Home::Held;
            }
        }
        standby.disconnect_search(now);
        let waiting = standby.begin_again(now);
        standby.restoring = Some((waiting, now + UNTIL_CONNECTED));
        standby
    }

    /// Takes the place of a session of an older connection, with what its symbols have received on
    /// this one.
    pub(in crate::registry) fn adopt(&mut self, old: Self, held: HeldQuotes, cx: &mut Context<'_>) {
        let main = &mut self.main;
        self.symbols.retain(|symbol, wanted| {
            let is_wanted = old.symbols.contains_key(symbol);
            if !is_wanted && wanted.sent {
                main.remove(symbol.clone());
            }
            is_wanted
        });
        for (symbol, old) in old.symbols {
            if let Some(wanted) = self.symbols.get_mut(&symbol) {
                wanted.holders = old.holders;
                continue;
            }
            let new = WantedSymbol {
                holders: old.holders,
                refused: old.refused,
                ..WantedSymbol::default()
            };
            self.symbols.insert(symbol.clone(), new);
            self.missing.begin(symbol.clone(), cx.now);
            self.main.add(symbol);
        }
        let symbols = &self.symbols;
        self.missing.retain(|symbol| symbols.contains_key(symbol));
        self.missing.adopt(&old.missing, cx.now);
        // Each has numbered its own since they parted.
        self.places = Places::default();
        for wanted in self.symbols.values_mut() {
            wanted.place = self.places.take();
        }
        self.has_refusals |= old.has_refusals;
        self.is_proven = old.is_proven || !held.is_empty();
        for (symbol, update) in held {
            if self.symbols.contains_key(&symbol) {
                update.report(symbol, cx);
            }
        }
        let was_interrupted = old.restoring.is_some();
        if !self.is_proven && !was_interrupted {
            // Its symbols have never answered anywhere: they are awaited as at first.
            self.restoring = None;
        } else if let Some((waiting, _)) = &mut self.restoring {
            waiting.retain(|symbol| self.symbols.contains_key(symbol));
            if !was_interrupted {
                cx.update(Update::Quote(QuoteSessionUpdate::Reconnecting));
            }
            if waiting.is_empty() && self.main.id().is_some() {
                self.finish_restoring(cx);
            }
        } else if was_interrupted {
            cx.update(Update::Quote(QuoteSessionUpdate::Resumed { missing: 0 }));
        }
    }
}
