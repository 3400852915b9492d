//! What the messages of a quote session mean.

use std::time::Instant;

use protocol::{
    json::{Json, RawText},
    message::{
        ServerMessage,
        server::{QuoteStatus, QuoteValues},
    },
    quote::{QuoteField, QuoteValue},
    symbol::Symbol,
};
use tracing::{Level, Span, debug_span, span::EnteredSpan};

use super::{QuoteEntry, server_session::Home, unreadable};
use crate::{
    error::RequestError,
    registry::{
        context::{Context, Outcome},
        place::Place,
        reason::{RefusalKind, refusal_kind},
        update::{QuoteSessionUpdate, Update},
    },
};

impl QuoteEntry {
    pub(in crate::registry) fn route(
        &mut self,
        message: &ServerMessage<'_>,
        cx: &mut Context<'_>,
    ) -> Outcome {
        let _span = tracing::enabled!(Level::DEBUG).then(|| enter(message, cx));
        let (symbol, update) = match message {
            ServerMessage::QuoteData(quote) => {
                let Some((symbol, place)) = self.find(quote.data.name) else {
                    return Outcome::Late;
                };
                if self.search.is_some() && !self.serves(&quote.session, &symbol) {
                    return Outcome::Late;
                }
                match quote.data.status {
                    QuoteStatus::Ok => return self.take_in(&symbol, place, &quote.data.values, cx),
                    _ => {
                        self.has_refusals = true;
                        if let Some(silences) = &mut self.silences {
                            silences.forget(&symbol);
                        }
                        self.missing.forget(&symbol);
                        if let Some(wanted) = self.symbols.get_mut(&symbol) {
                            wanted.refused = Some(cx.now);
                        }
                        let reason = quote.data.refusal().unwrap_or_default();
                        (symbol.clone(), QuoteSessionUpdate::Refused(symbol, reason))
                    }
                }
            }
            ServerMessage::QuoteCompleted(done) => {
                let Some((symbol, _)) = self.find_text(&done.name) else {
                    return Outcome::Late;
                };
                if self.search.is_some() && !self.is_home(&done.session, &symbol) {
                    return Outcome::Late;
                }
                if let Some(wanted) = self.symbols.get_mut(&symbol) {
                    wanted.is_complete = true;
                    // Servers send the first state of some symbols, and its completion, twice.
                    if std::mem::replace(&mut wanted.completed, true) {
                        return Outcome::Ongoing;
                    }
                }
                (symbol.clone(), QuoteSessionUpdate::Completed(symbol))
            }
            ServerMessage::CriticalError(error) => {
                let session = error.session.as_str();
                let is_main = self.main.id().is_some_and(|id| id.as_str() == session);
                let reason = error.words();
                cx.note_words(&reason);
                return match is_main {
                    true => self.critical(&reason, cx),
                    false => self.probe_critical(&reason, cx),
                };
            }
            _ => return Outcome::Ongoing,
        };
        self.is_proven = true;
        cx.update(Update::Quote(update));
        self.end_handover(&symbol);
        self.note_answer(&symbol, cx);
        Outcome::Ongoing
    }

    /// Whether a symbol belongs to a session.
    fn is_home(&self, session: &str, symbol: &Symbol) -> bool {
        let id = match self.symbols.get(symbol).map(|wanted| wanted.home) {
            Some(Home::Main) => self.session(),
            Some(Home::Probe) => self.probe_session(),
            Some(Home::Held) | None => None,
        };
        id.is_some_and(|id| id.as_str() == session)
    }

    /// Whether values of a symbol count that come from a session. The probe serves symbols that it
    /// has cleared until the main session does.
    fn serves(&self, session: &str, symbol: &Symbol) -> bool {
        let is_handed_over = self.symbols.get(symbol);
        let is_handed_over =
            is_handed_over.is_some_and(|it| it.home == Home::Main && !it.completed);
        let probe = self.probe_session().filter(|_| is_handed_over);
        probe.is_some_and(|id| id.as_str() == session) || self.is_home(session, symbol)
    }

    /// Hands new values of a symbol to its readers.
    fn take_in(
        &mut self,
        symbol: &Symbol,
        place: Place,
        values: &QuoteValues<'_>,
        cx: &mut Context<'_>,
    ) -> Outcome {
        if self.has_refusals
            && let Some(wanted) = self.symbols.get_mut(symbol)
        {
            wanted.refused = None;
        }
        if let Some(silences) = &mut self.silences {
            let session = values
                .iter()
                .find_map(|(field, value)| match (field, value) {
                    (QuoteField::CurrentSession, QuoteValue::Text(text)) => Some(text),
                    _ => None,
                });
            silences.end(symbol, session.as_deref(), cx.now);
        }
        self.missing.note_values(symbol, values);
        self.is_proven = true;
        cx.values(place, symbol, values);
        if !self.is_watched() {
            return Outcome::Unchanged;
        }
        self.unreadable.note_values(symbol, cx.now);
        self.note_answer(symbol, cx);
        Outcome::Ongoing
    }

    /// Whether answers mean more than their values.
    #[inline]
    fn is_watched(&self) -> bool {
        self.restoring.is_some()
            || self.silences.is_some()
            || self.search.is_some()
            || !self.unreadable.is_empty()
    }

    /// The main session is void.
    fn critical(&mut self, reason: &str, cx: &mut Context<'_>) -> Outcome {
        tracing::debug!(reason = %cx.secrets.hide(reason), "a quote session is void");
        let kind = refusal_kind(reason);
        if kind == RefusalKind::Limit {
            self.note_limit(cx);
            self.suspend_for_room(reason, cx);
            return Outcome::Ongoing;
        }
        // Words about the server itself may still be due to one symbol, if they come again.
        let may_blame = match kind {
            RefusalKind::Request => true,
            RefusalKind::Server => self.search.is_some() || self.void_pauses.in_a_row() >= 2,
            RefusalKind::Id | RefusalKind::Limit => false,
        };
        if !may_blame {
            self.renew(Some(reason), cx);
            return Outcome::Ongoing;
        }
        // An error that names another command does not blame a symbol.
        let is_general = ["quote_create_session", "quote_set_fields"]
            .iter()
            .any(|command| reason.contains(command));
        match self.active_count() {
            0 | 1 if !self.is_proven && kind == RefusalKind::Request => self.refuse(reason, cx),
            _ if is_general && !self.is_proven => self.refuse(reason, cx),
            0 | 1 => {
                self.renew(Some(reason), cx);
                Outcome::Ongoing
            }
            _ => self.search(reason, cx),
        }
    }

    /// The session that tries suspects is void.
    fn probe_critical(&mut self, reason: &str, cx: &mut Context<'_>) -> Outcome {
        let shown = cx.secrets.hide(reason);
        tracing::debug!(reason = %shown, "a quote session that tries suspects is void");
        match refusal_kind(reason) {
            // Words about the server itself may still be due to one symbol, as those are that began
            // the search.
            RefusalKind::Request | RefusalKind::Server => return self.probe_failed(reason, cx),
            RefusalKind::Limit => {
                let probe = self.search.as_ref().and_then(|search| search.probe());
                if let Some(sent) = probe.and_then(|probe| probe.last_paced()) {
                    cx.pacing.refuse(sent, cx.now);
                }
                self.postpone_probe(cx);
            }
            RefusalKind::Id => self.postpone_probe(cx),
        }
        Outcome::Ongoing
    }

    /// The server refuses the whole request.
    pub(super) fn refuse(&self, reason: &str, cx: &mut Context<'_>) -> Outcome {
        let symbol = "the quote session".to_owned();
        let reason = reason.to_owned();
        cx.update(Update::Failed(RequestError::Refused { symbol, reason }));
        Outcome::Finished
    }

    /// Takes in a text of the session that could not be read. The symbols that it names lose a
    /// message. If it holds more messages than names, the session is renewed, so that each symbol
    /// gets its state again.
    pub(in crate::registry) fn skip(&mut self, text: &str, reason: &str, cx: &mut Context<'_>) {
        let named = unreadable::names(text);
        let sessions = [self.session(), self.probe_session()];
        let messages = sessions.into_iter().flatten();
        let messages: usize = messages.map(|id| text.matches(id.as_str()).count()).sum();
        let mut symbols: Vec<Symbol> = named
            .iter()
            .filter_map(|name| Some(self.find_text(name)?.0))
            .collect();
        let is_clear = symbols.len() >= messages;
        symbols.sort_unstable();
        symbols.dedup();
        for symbol in symbols {
            self.skip_symbol(symbol, reason, cx);
        }
        if !is_clear && self.renew_at.is_none() {
            let symbol = None;
            let reason = reason.to_owned();
            cx.update(Update::Quote(QuoteSessionUpdate::Skipped {
                symbol,
                reason,
            }));
            match self.void_pauses.next(cx.now, cx.ids) {
                None => self.renew_now(cx),
                at => self.renew_at = at,
            }
        }
    }

    fn skip_symbol(&mut self, symbol: Symbol, reason: &str, cx: &mut Context<'_>) {
        let Some(wanted) = self.symbols.get(&symbol) else {
            return;
        };
        let was_complete = wanted.is_complete;
        tracing::info!(%symbol, "values of a symbol could not be read");
        let is_new = self.unreadable.note(&symbol, was_complete, cx.now, cx.ids);
        if is_new {
            cx.update(Update::Quote(QuoteSessionUpdate::Skipped {
                symbol: Some(symbol.clone()),
                reason: reason.to_owned(),
            }));
        }
        // Others do not wait for it.
        self.note_answer(&symbol, cx);
        self.ask_for_unreadable(cx.now);
    }

    /// Asks again for the symbols that are due.
    pub(super) fn ask_for_unreadable(&mut self, now: Instant) {
        for symbol in self.unreadable.take_due(now) {
            let Some(wanted) = self.symbols.get_mut(&symbol) else {
                continue;
            };
            let session = match wanted.home {
                Home::Main => Some(&mut self.main),
                Home::Probe => self.search.as_mut().and_then(|search| search.probe_mut()),
                Home::Held => None,
            };
            if let Some(session) = session.filter(|_| wanted.sent) {
                wanted.sent = false;
                wanted.is_complete = false;
                session.ask_again(symbol);
            }
        }
    }

    /// Whose name it is, as it stands in a message. Descriptors are read once.
    fn find(&mut self, name: RawText<'_>) -> Option<(Symbol, Place)> {
        if !name.is_escaped() {
            return self.find_text(name.raw());
        }
        if let Some(symbol) = self.aliases.get(name.raw()) {
            return self.find_symbol(symbol.as_str());
        }
        let (symbol, place) = self.find_text(&name.to_text())?;
        if self.aliases.len() >= self.symbols.len() {
            // Names of symbols that are gone, or a server that writes one name in many ways.
            self.aliases.clear();
        }
        self.aliases.insert(name.raw().into(), symbol.clone());
        Some((symbol, place))
    }

    /// Whose name it is. Plain names are compared by text, descriptors by meaning.
    fn find_text(&self, name: &str) -> Option<(Symbol, Place)> {
        let Some(descriptor) = name.strip_prefix('=') else {
            return self
                .terms
                .options
                .is_plain()
                .then(|| self.find_symbol(name))?;
        };
        let descriptor = Json::parse(descriptor).ok()?;
        if !self.terms.options.are_in(&descriptor) {
            return None;
        }
        self.find_symbol(descriptor.get("symbol")?.as_str()?)
    }

    #[inline]
    fn find_symbol(&self, name: &str) -> Option<(Symbol, Place)> {
        let (symbol, wanted) = self.symbols.get_key_value(name)?;
        Some((symbol.clone(), wanted.place))
    }
}

/// Enters the span of a message's symbol, if it names one.
#[cold]
fn enter(message: &ServerMessage<'_>, cx: &Context<'_>) -> EnteredSpan {
    let name = match message {
        ServerMessage::QuoteData(quote) => quote.data.name.raw(),
        ServerMessage::QuoteCompleted(done) => done.name.as_str(),
        _ => return Span::none().entered(),
    };
    debug_span!("symbol", name = &*cx.secrets.hide(name)).entered()
}
