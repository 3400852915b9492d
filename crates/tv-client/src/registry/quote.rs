//! One quote session: what is wanted of it, and what of that the server knows. It outlives its ids:
//! each connection, and each renewal, begins it with a new one.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::{Duration, Instant},
};

use foldhash::fast::RandomState;
use protocol::{
    id::SessionId,
    json::{Json, RawText},
    message::{
        ClientMessage, ServerMessage, client,
        server::{QuoteStatus, QuoteValues},
    },
    quote::{QuoteField, QuoteValue},
    symbol::{Symbol, TradingSession},
};
use transport::StaleStream;

use super::{
    context::{Context, Outcome},
    place::{Place, Places},
    reason::{RefusalKind, printable, reason_of, refusal_kind},
    refusals::REFUSAL_TTL,
    silence::{Silences, Verdict},
    standby::HeldQuotes,
    update::{QuoteSessionUpdate, Update},
    void_pauses::VoidPauses,
};
use crate::{
    error::RequestError,
    request::{QuoteRequest, QuoteSpeed},
};

/// Symbols in one command. Their names make about 2 KB, far from any limit.
const SYMBOLS_PER_COMMAND: usize = 100;

/// How long symbols may take to answer, before the session counts as resumed without them.
const RESUME_TIMEOUT: Duration = Duration::from_secs(10);

/// The patience of a session that waits for a connection.
const UNTIL_CONNECTED: Duration = Duration::from_secs(86_400);

/// What is wanted of one symbol, and how far that has come.
#[derive(Clone, Debug, Default)]
struct WantedSymbol {
    /// Where readers find it.
    place: Place,
    /// How often it was added and not removed.
    holders: u32,
    /// Whether it was sent to the server in this session.
    sent: bool,
    refused: Option<Instant>,
}

/// What must be sent to the server before any symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setup {
    Create,
    Fields,
    Done,
}

/// A quote session.
#[derive(Debug)]
pub(super) struct QuoteEntry {
    session: Option<SessionId>,
    fields: Vec<String>,
    /// The trading session that symbols are asked for with, if not their default.
    hours: Option<TradingSession>,
    speed: QuoteSpeed,
    /// Their hash is fast, and keyed at random. Names come from the application alone, so no server
    /// can choose names that collide.
    symbols: HashMap<Symbol, WantedSymbol, RandomState>,
    places: Places,
    /// What else the server calls them: descriptors, as they stand in messages. No more than there
    /// are symbols.
    aliases: HashMap<Box<str>, Symbol>,
    /// Whether any symbol was ever refused.
    has_refusals: bool,
    setup: Setup,
    /// Symbols to send to the server, in order. Those that are not wanted any more are skipped.
    added: VecDeque<Symbol>,
    removed: VecDeque<Symbol>,
    /// Whether the list of fast symbols has changed, or hibernation was not sent yet.
    speed_is_due: bool,
    /// A renewal waits for this.
    until: Option<Instant>,
    void_pauses: VoidPauses,
    /// Whether any data has come, ever: then a refusal is not the request's fault.
    is_proven: bool,
    /// Symbols that have not answered since an interruption, and until when they may.
    restoring: Option<(HashSet<Symbol>, Instant)>,
    /// Present if the reader asked for reports of silence.
    silences: Option<Silences>,
}

impl QuoteEntry {
    pub(super) fn new(request: &QuoteRequest) -> Self {
        let mut entry = Self {
            session: None,
            fields: request.fields.clone(),
            hours: request.session.clone(),
            speed: request.speed,
            symbols: HashMap::default(),
            places: Places::default(),
            aliases: HashMap::new(),
            has_refusals: false,
            setup: Setup::Create,
            added: VecDeque::new(),
            removed: VecDeque::new(),
            speed_is_due: true,
            until: None,
            void_pauses: VoidPauses::default(),
            is_proven: false,
            restoring: None,
            silences: request.stale_after.map(|limit| {
                Silences::new(limit, request.session == Some(TradingSession::Extended))
            }),
        };
        entry.add(&request.symbols);
        entry
    }

    pub(super) fn session(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let restoring = self.restoring.as_ref().map(|(_, until)| *until);
        let silences = self.silences.as_ref().and_then(Silences::check_at);
        [self.until, restoring, silences]
            .into_iter()
            .flatten()
            .min()
    }

    /// Adds symbols; one that is there already counts once more.
    pub(super) fn add(&mut self, symbols: &[Symbol]) {
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
                self.added.push_back(symbol.clone());
                self.speed_is_due = true;
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
            if wanted.sent {
                self.removed.push_back(symbol.clone());
                self.speed_is_due = true;
            }
            self.places.give_back(wanted.place);
            self.symbols.remove(symbol);
            if let Some(silences) = &mut self.silences {
                silences.forget(symbol);
            }
            cx.update(Update::Quote(QuoteSessionUpdate::Removed(symbol.clone())));
            self.note_answer(symbol, cx);
        }
    }

    /// Whether there is anything to send.
    pub(super) fn has_commands(&self) -> bool {
        let is_reported =
            self.setup == Setup::Done && self.added.is_empty() && self.removed.is_empty();
        self.until.is_none() && (!is_reported || self.speed_is_due)
    }

    /// The next command to send, if there is one.
    pub(super) fn next_command(&mut self, cx: &mut Context<'_>) -> Option<ClientMessage<'static>> {
        if self.until.is_some() {
            return None;
        }
        let session = match (&self.session, self.setup) {
            (Some(session), Setup::Fields | Setup::Done) => session.to_string(),
            _ => {
                let id = cx.ids.next(SessionId::QUOTE);
                let session = id.to_string().into();
                self.session = Some(id);
                self.setup = Setup::Fields;
                return Some(client::QuoteCreateSession { session }.into());
            }
        };
        if self.setup == Setup::Fields {
            self.setup = Setup::Done;
            let fields = self
                .fields
                .iter()
                .map(|field| field.clone().into())
                .collect();
            let session = session.into();
            return Some(client::QuoteSetFields { session, fields }.into());
        }
        if !self.removed.is_empty() {
            let count = self.removed.len().min(SYMBOLS_PER_COMMAND);
            let symbols: Vec<Symbol> = self.removed.drain(..count).collect();
            let symbols = symbols
                .iter()
                .map(|symbol| self.wire_name(symbol).into())
                .collect();
            let session = session.into();
            return Some(client::QuoteRemoveSymbols { session, symbols }.into());
        }
        let batch = self.next_batch();
        if !batch.is_empty() {
            if let Some(silences) = &mut self.silences {
                for symbol in &batch {
                    silences.begin(symbol.clone(), cx.now);
                }
            }
            let symbols = batch.iter().map(|symbol| self.wire_name(symbol)).collect();
            let session = session.into();
            return Some(client::QuoteAddSymbols { session, symbols }.into());
        }
        if !std::mem::take(&mut self.speed_is_due) {
            return None;
        }
        let session = session.into();
        Some(match self.speed {
            // Always the full list: it replaces what was fast before.
            QuoteSpeed::Fast => {
                let mut names: Vec<String> = self
                    .symbols
                    .keys()
                    .map(|symbol| self.wire_name(symbol))
                    .collect();
                names.sort_unstable();
                let symbols = names.into_iter().map(Into::into).collect();
                client::QuoteFastSymbols { session, symbols }.into()
            }
            QuoteSpeed::Hibernating => client::QuoteHibernateAll { session }.into(),
        })
    }

    fn next_batch(&mut self) -> Vec<Symbol> {
        let mut batch = Vec::new();
        while batch.len() < SYMBOLS_PER_COMMAND
            && let Some(symbol) = self.added.pop_front()
        {
            if let Some(wanted) = self.symbols.get_mut(&symbol)
                && !std::mem::replace(&mut wanted.sent, true)
            {
                batch.push(symbol);
            }
        }
        batch
    }

    /// The name that the server knows a symbol by.
    fn wire_name(&self, symbol: &Symbol) -> String {
        match &self.hours {
            None => symbol.to_string(),
            Some(hours) => format!(
                "={{\"session\":{},\"symbol\":{}}}",
                Json::from(hours.as_str()),
                Json::from(symbol.as_str())
            ),
        }
    }

    /// The connection is gone: everything must be sent again.
    pub(super) fn disconnect(&mut self, cx: &mut Context<'_>) {
        let waiting = self.begin_again(cx.now);
        if self.is_proven && self.restoring.is_none() {
            cx.update(Update::Quote(QuoteSessionUpdate::Reconnecting));
        }
        if self.is_proven {
            // The patience begins with the next connection.
            self.restoring = Some((waiting, cx.now + UNTIL_CONNECTED));
        }
    }

    /// Forgets what was sent to the server. Returns the symbols that will be asked for.
    fn begin_again(&mut self, now: Instant) -> HashSet<Symbol> {
        self.until = None;
        if let Some(silences) = &mut self.silences {
            silences.stop();
        }
        self.session = None;
        self.setup = Setup::Create;
        self.removed.clear();
        self.added.clear();
        self.speed_is_due = true;
        let mut waiting = HashSet::new();
        for (symbol, wanted) in &mut self.symbols {
            wanted.sent = wanted.refused.is_some_and(|at| now < at + REFUSAL_TTL);
            if !wanted.sent {
                self.added.push_back(symbol.clone());
                waiting.insert(symbol.clone());
            }
        }
        self.added.make_contiguous().sort_unstable();
        waiting
    }

    /// The same subscriptions, for another connection.
    pub(super) fn standby(&self, now: Instant) -> Self {
        let mut standby = Self {
            session: None,
            fields: self.fields.clone(),
            hours: self.hours.clone(),
            speed: self.speed,
            symbols: self.symbols.clone(),
            places: self.places.clone(),
            aliases: self.aliases.clone(),
            has_refusals: self.has_refusals,
            setup: Setup::Create,
            added: VecDeque::new(),
            removed: VecDeque::new(),
            speed_is_due: true,
            until: None,
            void_pauses: self.void_pauses.clone(),
            is_proven: true,
            restoring: None,
            silences: self.silences.as_ref().map(Silences::standby),
        };
        let waiting = standby.begin_again(now);
        standby.restoring = Some((waiting, now + UNTIL_CONNECTED));
        standby
    }

    /// Whether an interruption was reported and its end was not.
    pub(super) fn is_interrupted(&self) -> bool {
        self.is_proven && self.restoring.is_some()
    }

    /// Whether every symbol has answered on this connection, or was given up.
    pub(super) fn is_restored(&self) -> bool {
        self.restoring.is_none() && self.session.is_some() && !self.has_commands()
    }

    /// Takes the place of a session of an older connection, with what its symbols have said on this
    /// one.
    pub(super) fn adopt(&mut self, old: Self, held: HeldQuotes, cx: &mut Context<'_>) {
        self.symbols.retain(|symbol, wanted| {
            let is_wanted = old.symbols.contains_key(symbol);
            if !is_wanted && wanted.sent {
                self.removed.push_back(symbol.clone());
                self.speed_is_due = true;
            }
            is_wanted
        });
        for (symbol, old) in old.symbols {
            if let Some(wanted) = self.symbols.get_mut(&symbol) {
                wanted.holders = old.holders;
                continue;
            }
            let sent = false;
            self.symbols
                .insert(symbol.clone(), WantedSymbol { sent, ..old });
            self.added.push_back(symbol);
            self.speed_is_due = true;
        }
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
            if waiting.is_empty() && self.session.is_some() {
                self.finish_restoring(cx);
            }
        } else if was_interrupted {
            cx.update(Update::Quote(QuoteSessionUpdate::Resumed { missing: 0 }));
        }
    }

    /// A connection is there: symbols are expected to answer from now on.
    pub(super) fn connect(&mut self, at: Instant, cx: &mut Context<'_>) {
        match &mut self.restoring {
            Some((waiting, _)) if waiting.is_empty() => self.finish_restoring(cx),
            Some((_, until)) => *until = at + RESUME_TIMEOUT,
            None => {}
        }
    }

    /// Begins the session anew, with another id, as soon as the guard against storms allows.
    pub(super) fn renew(&mut self, cx: &mut Context<'_>) {
        self.delete(cx);
        self.disconnect(cx);
        let at = self.void_pauses.next(cx.now, cx.ids);
        self.connect(at.unwrap_or(cx.now), cx);
        self.until = at;
    }

    pub(super) fn delete(&self, cx: &mut Context<'_>) {
        if let Some(session) = &self.session {
            let session = session.to_string().into();
            cx.commands
                .push_back(client::QuoteDeleteSession { session }.into());
        }
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, cx: &mut Context<'_>) {
        self.until.take_if(|until| *until <= cx.now);
        if self
            .restoring
            .as_ref()
            .is_some_and(|(_, until)| *until <= cx.now)
        {
            self.finish_restoring(cx);
        }
        self.judge_silence(cx);
    }

    /// Tells of symbols that are silent, and after twice the time asks for those again.
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
                    if let Some(wanted) = self.symbols.get_mut(&symbol) {
                        wanted.sent = false;
                        self.removed.push_back(symbol.clone());
                        self.added.push_back(symbol);
                        self.speed_is_due = true;
                    }
                }
            }
        }
    }

    /// The symbols whose silence was reported.
    pub(super) fn stale_streams(&self, now: Instant) -> impl Iterator<Item = StaleStream> {
        let told = self
            .silences
            .iter()
            .flat_map(move |silences| silences.told(now));
        told.map(|(symbol, age)| StaleStream {
            stream: symbol.to_string(),
            age,
        })
    }

    /// A symbol has answered since the interruption, or is not waited for any more.
    fn note_answer(&mut self, symbol: &Symbol, cx: &mut Context<'_>) {
        if let Some((waiting, _)) = &mut self.restoring {
            waiting.remove(symbol);
            if waiting.is_empty() && self.session.is_some() {
                self.finish_restoring(cx);
            }
        }
    }

    fn finish_restoring(&mut self, cx: &mut Context<'_>) {
        if let Some((waiting, _)) = self.restoring.take() {
            let missing = waiting.len();
            cx.update(Update::Quote(QuoteSessionUpdate::Resumed { missing }));
        }
    }

    pub(super) fn route(&mut self, message: &ServerMessage<'_>, cx: &mut Context<'_>) -> Outcome {
        let (symbol, update) = match message {
            ServerMessage::QuoteData(quote) => {
                let Some((symbol, place)) = self.find(quote.data.name) else {
                    return Outcome::Late;
                };
                match quote.data.status {
                    QuoteStatus::Ok => return self.take_in(&symbol, place, &quote.data.values, cx),
                    ref status => {
                        self.has_refusals = true;
                        if let Some(silences) = &mut self.silences {
                            silences.forget(&symbol);
                        }
                        if let Some(wanted) = self.symbols.get_mut(&symbol) {
                            wanted.refused = Some(cx.now);
                        }
                        let reason = quote.data.error.as_deref().unwrap_or(status.as_str());
                        let reason = printable(reason);
                        (symbol.clone(), QuoteSessionUpdate::Refused(symbol, reason))
                    }
                }
            }
            ServerMessage::QuoteCompleted(done) => {
                let Some((symbol, _)) = self.find_text(&done.name) else {
                    return Outcome::Late;
                };
                (symbol.clone(), QuoteSessionUpdate::Completed(symbol))
            }
            ServerMessage::CriticalError(error) => return self.critical(reason_of(error), cx),
            _ => return Outcome::Ongoing,
        };
        self.is_proven = true;
        cx.update(Update::Quote(update));
        if self.restoring.is_some() {
            self.note_answer(&symbol, cx);
        }
        Outcome::Ongoing
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
        self.is_proven = true;
        cx.values(place, symbol, values);
        if self.restoring.is_none() && self.silences.is_none() {
            return Outcome::Unchanged;
        }
        self.note_answer(symbol, cx);
        Outcome::Ongoing
    }

    /// The session is void.
    fn critical(&mut self, reason: String, cx: &mut Context<'_>) -> Outcome {
        if !self.is_proven && refusal_kind(&reason) == RefusalKind::Request {
            let symbol = "the quote session".to_owned();
            cx.update(Update::Failed(RequestError::Refused { symbol, reason }));
            return Outcome::Finished;
        }
        tracing::debug!(reason, "a quote session is void");
        self.renew(cx);
        Outcome::Ongoing
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
            return self.hours.is_none().then(|| self.find_symbol(name))?;
        };
        let descriptor = Json::parse(descriptor).ok()?;
        let session = descriptor.get("session");
        if session.as_ref().and_then(Json::as_str)
            != self.hours.as_ref().map(TradingSession::as_str)
        {
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
