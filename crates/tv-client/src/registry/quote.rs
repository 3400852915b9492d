//! One quote session: what is wanted of it, and what of that the server knows. It outlives its ids:
//! each connection, and each renewal, begins it with a new one.

mod answer;
mod culprits;
mod handover;
mod missing;
mod search;
mod server_session;
mod unreadable;

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use protocol::{
    id::SessionId,
    message::ClientMessage,
    symbol::{Symbol, TradingSession},
};
use transport::{StaleStream, SuspendedStream};

use self::{
    culprits::Culprit,
    missing::{Missing, MissingValues},
    search::Search,
    server_session::{ANSWER_TIMEOUT, Home, ServerSession, Terms, WantedSymbol, WantedSymbols},
    unreadable::UnreadableSymbols,
};
use super::{
    context::Context,
    place::Places,
    quote_options::QuoteOptions,
    refusals::REFUSAL_TTL,
    silence::{Silences, Verdict},
    update::{QuoteSessionUpdate, Update},
    void_pauses::VoidPauses,
};
use crate::request::{QuoteRequest, QuoteSpeed};

/// The patience of a session that waits for a connection.
const UNTIL_CONNECTED: Duration = Duration::from_secs(86_400);

/// A quote session.
#[derive(Debug)]
pub(super) struct QuoteEntry {
    terms: Terms,
    symbols: WantedSymbols,
    places: Places,
    /// What else the server calls them: descriptors, as they stand in messages. No more than there
    /// are symbols.
    aliases: HashMap<Box<str>, Symbol>,
    /// Whether any symbol was ever refused.
    has_refusals: bool,
    /// The session that serves.
    main: ServerSession,
    void_pauses: VoidPauses,
    /// When the session is renewed, because a message of it could not be read. It serves until
    /// then.
    renew_at: Option<Instant>,
    /// Whether any data has come, ever: then a refusal is not the request's fault.
    is_proven: bool,
    /// Symbols that have not answered since an interruption, and until when they may.
    restoring: Option<(HashSet<Symbol>, Instant)>,
    /// Of a session whose silence is reported.
    silences: Option<Silences>,
    missing: MissingValues,
    unreadable: UnreadableSymbols,
    /// While the symbol is looked for that voids the session.
    search: Option<Box<Search>>,
    culprits: Vec<Culprit>,
    /// Why it waits, if it does.
    suspended: Option<String>,
}

impl QuoteEntry {
    pub(super) fn new(request: &QuoteRequest, now: Instant) -> Self {
        let mut entry = Self {
            terms: Terms {
                fields: request.fields.clone(),
                options: QuoteOptions::new(request),
                speed: request.speed,
            },
            silences: request.stale_after.map(|limit| {
                Silences::new(limit, request.session == Some(TradingSession::Extended))
            }),
            missing: MissingValues::new(request.report_after, &request.fields),
            ..Self::empty()
        };
        entry.add(&request.symbols, now);
        entry
    }

    fn empty() -> Self {
        Self {
            terms: Terms {
                fields: Vec::new(),
                options: QuoteOptions::default(),
                speed: QuoteSpeed::Fast,
            },
            symbols: WantedSymbols::default(),
            places: Places::default(),
            aliases: HashMap::new(),
            has_refusals: false,
            main: ServerSession::new(Home::Main),
            void_pauses: VoidPauses::default(),
            renew_at: None,
            is_proven: false,
            restoring: None,
            silences: None,
            missing: MissingValues::new(Duration::MAX, &[]),
            unreadable: UnreadableSymbols::default(),
            search: None,
            culprits: Vec::new(),
            suspended: None,
        }
    }

    pub(super) fn session(&self) -> Option<&SessionId> {
        self.main.id()
    }

    /// The session that tries suspects, if there is one.
    pub(super) fn probe_session(&self) -> Option<&SessionId> {
        self.search.as_ref()?.probe()?.id()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        [
            self.main.deadline(),
            self.renew_at,
            self.restoring.as_ref().map(|(_, until)| *until),
            self.silences.as_ref().and_then(Silences::check_at),
            self.missing.deadline(),
            self.unreadable.deadline(),
            self.search.as_ref().and_then(|search| search.deadline()),
            self.culprit_deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Adds symbols; one that is there already counts once more.
    pub(super) fn add(&mut self, symbols: &[Symbol], now: Instant) {
        for symbol in symbols {
            let wanted = self
                .symbols
                .entry(symbol.clone())
                .or_insert_with(|| WantedSymbol {
                    place: self.places.take(),
                    ..WantedSymbol::default()
                });
            wanted.holders = wanted.holders.saturating_add(1);
            if wanted.holders == 1 && !wanted.sent {
                self.main.add(symbol.clone());
                self.missing.begin(symbol.clone(), now);
            }
        }
    }

    /// Takes symbols away unless another reader has added them.
    pub(super) fn take_away(&mut self, symbols: &[Symbol], cx: &mut Context<'_>) {
        for symbol in symbols {
            let Some(wanted) = self.symbols.get_mut(symbol) else {
                continue;
            };
            wanted.holders = wanted.holders.saturating_sub(1);
            if wanted.holders > 0 {
                continue;
            }
            let session = match wanted.home {
                Home::Main => Some(&mut self.main),
                Home::Probe => self.search.as_mut().and_then(|search| search.probe_mut()),
                Home::Held => None,
            };
            if let Some(session) = session.filter(|_| wanted.sent) {
                session.remove(symbol.clone());
            }
            self.places.give_back(wanted.place);
            self.symbols.remove(symbol);
            self.unreadable.forget(symbol);
            self.forget_culprit(symbol);
            self.missing.forget(symbol);
            if let Some(silences) = &mut self.silences {
                silences.forget(symbol);
            }
            cx.update(Update::Quote(QuoteSessionUpdate::Removed(symbol.clone())));
            self.note_answer(symbol, cx);
        }
    }

    /// Whether there is anything to send.
    pub(super) fn has_commands(&self) -> bool {
        // A session without symbols is created only where none are held back.
        self.main.has_commands(self.search.is_none())
            || self
                .search
                .as_ref()
                .and_then(|search| search.probe())
                .is_some_and(|probe| probe.has_commands(false))
    }

    /// The next command to send, if there is one.
    pub(super) fn next_command(&mut self, cx: &mut Context<'_>) -> Option<ClientMessage<'static>> {
        let command = self.next_of_sessions(cx)?;
        if let Some(search) = &mut self.search
            && matches!(command, ClientMessage::QuoteCreateSession(_))
        {
            search.count_session(cx.now);
        }
        Some(command)
    }

    fn next_of_sessions(&mut self, cx: &mut Context<'_>) -> Option<ClientMessage<'static>> {
        let (terms, symbols, silences) = (&self.terms, &mut self.symbols, &mut self.silences);
        if self.main.has_commands(self.search.is_none())
            && let Some(command) = self.main.next_command(terms, symbols, silences, cx)
        {
            return Some(command);
        }
        let probe = self.search.as_mut()?.probe_mut()?;
        if !probe.has_commands(false) {
            return None;
        }
        probe.next_command(terms, symbols, silences, cx)
    }

    /// The connection is gone: everything must be sent anew.
    pub(super) fn disconnect(&mut self, cx: &mut Context<'_>) {
        self.disconnect_search(cx.now);
        self.interrupt(cx);
        self.suspended = None;
    }

    /// The main session is gone.
    fn interrupt(&mut self, cx: &mut Context<'_>) {
        let waiting = self.begin_again(cx.now);
        if self.is_proven && self.restoring.is_none() {
            cx.update(Update::Quote(QuoteSessionUpdate::Reconnecting));
        }
        if self.is_proven || self.restoring.is_some() {
            // The patience begins with the next connection.
            self.restoring = Some((waiting, cx.now + UNTIL_CONNECTED));
        }
    }

    /// Forgets what the server has. Returns the symbols that will be asked for.
    fn begin_again(&mut self, now: Instant) -> HashSet<Symbol> {
        self.renew_at = None;
        if let Some(silences) = &mut self.silences {
            silences.stop();
        }
        self.unreadable.ask_for_none();
        self.main.begin_again(&mut self.symbols, |wanted| {
            wanted.refused.is_some_and(|at| now < at + REFUSAL_TTL)
        })
    }

    /// Whether readers know of an interruption and not of its end.
    pub(super) fn is_interrupted(&self) -> bool {
        self.is_proven && self.restoring.is_some()
    }

    /// Whether every symbol has answered on this connection, or was given up.
    pub(super) fn is_restored(&self) -> bool {
        self.restoring.is_none()
            && (self.main.id().is_some() || self.search.is_some())
            && self.main.until().is_none()
            && !self.has_commands()
    }

    /// A connection is there: symbols are expected to answer from now on.
    pub(super) fn connect(&mut self, at: Instant, cx: &mut Context<'_>) {
        match &mut self.restoring {
            Some((waiting, _)) if waiting.is_empty() => self.finish_restoring(cx),
            Some((waiting, until)) => {
                *until = at + ANSWER_TIMEOUT;
                for symbol in &*waiting {
                    self.missing.begin(symbol.clone(), at);
                }
            }
            None => {}
        }
    }

    /// Begins the main session anew, with another id, as soon as the guard against storms allows.
    fn renew(&mut self, reason: Option<&str>, cx: &mut Context<'_>) {
        let at = self.void_pauses.next(cx.now, cx.ids);
        self.renew_now(cx);
        if let Some(at) = at {
            self.suspend(at, reason.unwrap_or_default(), cx);
        }
    }

    /// Begins the main session anew, with another id.
    fn renew_now(&mut self, cx: &mut Context<'_>) {
        self.main.delete(cx);
        self.interrupt(cx);
        self.connect(cx.now, cx);
    }

    /// Nothing is sent before a time, and the readers learn why.
    fn suspend(&mut self, at: Instant, reason: &str, cx: &mut Context<'_>) {
        self.main.wait_until(Some(at));
        if self.restoring.is_none() {
            // Its end is reported, too.
            let waiting = self.main.waiting().cloned().collect();
            self.restoring = Some((waiting, at));
        }
        self.connect(at, cx);
        self.missing.postpone(at);
        self.suspended = Some(reason.to_owned());
        cx.update(Update::Quote(QuoteSessionUpdate::Suspended {
            symbol: None,
            reason: reason.to_owned(),
            retry_in: at.saturating_duration_since(cx.now),
        }));
    }

    /// The server has no room for another session: sessions begin more slowly from now on.
    fn note_limit(&self, cx: &mut Context<'_>) {
        if let Some(sent) = self.main.last_paced() {
            cx.pacing.refuse(sent, cx.now);
        }
    }

    /// The session begins again when there may be room for it.
    fn suspend_for_room(&mut self, reason: &str, cx: &mut Context<'_>) {
        self.renew_now(cx);
        if let Some(at) = cx.pacing.next() {
            self.suspend(at, reason, cx);
        }
    }

    pub(super) fn delete(&self, cx: &mut Context<'_>) {
        self.main.delete(cx);
        if let Some(probe) = self.search.as_ref().and_then(|search| search.probe()) {
            probe.delete(cx);
        }
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, cx: &mut Context<'_>) {
        if self.renew_at.take_if(|at| *at <= cx.now).is_some() {
            self.renew_now(cx);
        }
        self.main.handle_timeout(cx.now);
        if self
            .restoring
            .as_ref()
            .is_some_and(|(_, until)| *until <= cx.now)
        {
            self.finish_restoring(cx);
        }
        self.judge_silence(cx);
        self.report_missing(cx);
        self.ask_for_unreadable(cx.now);
        self.advance_search(cx);
    }

    /// Reports what has not come in time.
    fn report_missing(&mut self, cx: &mut Context<'_>) {
        let symbols = &self.symbols;
        // A reader knows of a symbol that is held back, and why.
        let is_held = |symbol: &Symbol| {
            let wanted = symbols.get(symbol);
            wanted.is_some_and(|wanted| wanted.home != Home::Main)
        };
        let missing = self.missing.judge(cx.now, symbols.len(), is_held);
        if missing != Missing::default() {
            let Missing { symbols, fields } = missing;
            cx.update(Update::Quote(QuoteSessionUpdate::Missing {
                symbols,
                fields,
                after: self.missing.after(),
            }));
        }
    }

    /// Reports symbols that are silent, and after twice the time asks for those again.
    fn judge_silence(&mut self, cx: &mut Context<'_>) {
        let judged = self
            .silences
            .as_mut()
            .map(|silences| silences.judge(cx.now));
        for (symbol, verdict) in judged.into_iter().flatten() {
            match verdict {
                Verdict::Bearable => {}
                Verdict::Stale(age) => {
                    cx.update(Update::Quote(QuoteSessionUpdate::Stale(symbol, age)))
                }
                Verdict::Again => {
                    if let Some(silences) = &mut self.silences {
                        silences.forget(&symbol);
                    }
                    if let Some(wanted) = self.symbols.get_mut(&symbol)
                        && wanted.home == Home::Main
                    {
                        wanted.sent = false;
                        self.main.ask_again(symbol);
                    }
                }
            }
        }
    }

    /// The symbols whose silence was reported.
    pub(super) fn stale_streams(&self, now: Instant) -> impl Iterator<Item = StaleStream> {
        let reported = self
            .silences
            .iter()
            .flat_map(move |silences| silences.reported(now));
        reported.map(|(symbol, age)| StaleStream {
            stream: symbol.to_string(),
            age,
        })
    }

    /// What waits before it is asked for again: all symbols, or those that are held back.
    pub(super) fn suspended_streams(&self, now: Instant) -> Vec<SuspendedStream> {
        let suspended = |stream: String, reason: &str, at: Instant| SuspendedStream {
            stream,
            reason: reason.to_owned(),
            retry_in: at.saturating_duration_since(now),
        };
        let all = self.suspended.as_deref().zip(self.main.until());
        let all = all.map(|(reason, at)| suspended("quotes".to_owned(), reason, at));
        let held = self.search.iter().flat_map(|search| search.held(now));
        let held = held.map(|(symbol, reason, at)| suspended(symbol.to_string(), reason, at));
        all.into_iter().chain(held).collect()
    }

    /// A symbol has answered since the interruption, or is not waited for any more.
    fn note_answer(&mut self, symbol: &Symbol, cx: &mut Context<'_>) {
        if let Some(probe) = self.search.as_mut().and_then(|search| search.probe_mut()) {
            probe.note_answer(symbol, cx.now);
        }
        if let Some((waiting, _)) = &mut self.restoring {
            waiting.remove(symbol);
            if waiting.is_empty() && self.main.id().is_some() {
                self.finish_restoring(cx);
            }
        }
    }

    fn finish_restoring(&mut self, cx: &mut Context<'_>) {
        if let Some((waiting, _)) = self.restoring.take() {
            let held = self.symbols.values();
            let held = held.filter(|wanted| wanted.home != Home::Main && wanted.holders > 0);
            let missing = waiting.len() + held.count();
            self.suspended = None;
            cx.update(Update::Quote(QuoteSessionUpdate::Resumed { missing }));
        }
    }
}
