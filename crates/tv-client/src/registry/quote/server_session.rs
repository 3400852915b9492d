//! One quote session at the server: which symbols belong to it, and what it must still be sent.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::{Duration, Instant},
};

use foldhash::fast::RandomState;
use protocol::{
    id::SessionId,
    message::{ClientMessage, client},
    symbol::Symbol,
};

use crate::{
    registry::{context::Context, place::Place, quote_options::QuoteOptions, silence::Silences},
    request::QuoteSpeed,
};

/// Symbols in one command. Their names make about 2 KB, far from any limit.
const SYMBOLS_PER_COMMAND: usize = 100;

/// How long symbols may take to answer, before what waits for them goes on.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The symbols of a request. Their hash is fast, and keyed at random. Names come from the
/// application alone, so no server can choose names that collide.
pub(super) type WantedSymbols = HashMap<Symbol, WantedSymbol, RandomState>;

/// What is wanted of one symbol, and how far that has come.
#[derive(Clone, Debug, Default)]
pub(super) struct WantedSymbol {
    /// Where readers find it.
    pub(super) place: Place,
    /// How often it was added and not removed.
    pub(super) holders: u32,
    /// The session that it belongs to.
    pub(super) home: Home,
    /// Whether the server has it, in that session.
    pub(super) sent: bool,
    /// When it was sent last, in any session.
    pub(super) sent_at: Option<Instant>,
    /// Whether the server has completed its first state since it was sent.
    pub(super) completed: bool,
    /// When the server refused it.
    pub(super) refused: Option<Instant>,
    /// Whether its first state was complete.
    pub(super) is_complete: bool,
}

/// Which session a symbol belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Home {
    /// The session that serves.
    #[default]
    Main,
    /// The session that tries suspects.
    Probe,
    /// None: it is suspected to void its session, or was found to.
    Held,
}

/// What every session of a request asks for.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) fields: Vec<String>,
    pub(super) options: QuoteOptions,
    pub(super) speed: QuoteSpeed,
}

impl Terms {
    /// The name that the server knows a symbol by.
    fn wire_name(&self, symbol: &Symbol) -> String {
        self.options.wire_name(symbol)
    }
}

/// What a session must still be sent before symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setup {
    Create,
    Fields,
    Done,
}

/// One session at the server. It outlives its ids: each renewal begins it with a new one.
#[derive(Debug)]
pub(super) struct ServerSession {
    home: Home,
    id: Option<SessionId>,
    setup: Setup,
    /// To be sent, in order. Names that are not wanted any more are passed over.
    added: VecDeque<Symbol>,
    removed: VecDeque<Symbol>,
    /// Whether the list of fast symbols has changed, or hibernation was not asked for.
    speed_is_due: bool,
    /// Nothing is sent before this.
    until: Option<Instant>,
    /// When it was created.
    begun: Option<Instant>,
    /// When symbols were sent last.
    sent_at: Option<Instant>,
    /// How symbols are added, if not all at once.
    steps: Option<Steps>,
}

impl ServerSession {
    pub(super) fn new(home: Home) -> Self {
        Self {
            home,
            id: None,
            setup: Setup::Create,
            added: VecDeque::new(),
            removed: VecDeque::new(),
            speed_is_due: true,
            until: None,
            begun: None,
            sent_at: None,
            steps: None,
        }
    }

    pub(super) fn id(&self) -> Option<&SessionId> {
        self.id.as_ref()
    }

    /// When it must be looked at.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let steps = self.steps.as_ref().and_then(|steps| steps.until);
        [self.until, steps].into_iter().flatten().min()
    }

    /// Until when nothing is sent.
    pub(super) fn until(&self) -> Option<Instant> {
        self.until
    }

    pub(super) fn wait_until(&mut self, until: Option<Instant>) {
        self.until = until;
    }

    pub(super) fn add(&mut self, symbol: Symbol) {
        self.added.push_back(symbol);
        self.speed_is_due = true;
    }

    pub(super) fn remove(&mut self, symbol: Symbol) {
        self.removed.push_back(symbol);
        self.speed_is_due = true;
    }

    /// Removes a symbol and adds it again.
    pub(super) fn ask_again(&mut self, symbol: Symbol) {
        self.removed.push_back(symbol.clone());
        self.add(symbol);
    }

    /// The symbols that will be added.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Symbol> {
        self.added.iter()
    }

    /// Whether there is anything to send. A session without symbols is created only if that is
    /// asked for.
    pub(super) fn has_commands(&self, may_be_empty: bool) -> bool {
        if self.until.is_some() {
            return false;
        }
        match self.setup {
            Setup::Create => may_be_empty || !self.added.is_empty(),
            Setup::Fields => true,
            Setup::Done => {
                let may_add = !self.added.is_empty() && self.has_room();
                may_add || !self.removed.is_empty() || self.speed_is_due
            }
        }
    }

    fn has_room(&self) -> bool {
        self.steps.as_ref().is_none_or(Steps::has_room)
    }

    /// Whether the server has all symbols, and has held those that were added in steps.
    pub(super) fn is_settled(&self) -> bool {
        self.added.is_empty()
            && self.until.is_none()
            && self.steps.as_ref().is_none_or(Steps::is_done)
    }

    /// The next command to send, if there is one.
    pub(super) fn next_command(
        &mut self,
        terms: &Terms,
        symbols: &mut WantedSymbols,
        silences: &mut Option<Silences>,
        cx: &mut Context<'_>,
    ) -> Option<ClientMessage<'static>> {
        if self.until.is_some() {
            return None;
        }
        let session = match (&self.id, self.setup) {
            (Some(id), Setup::Fields | Setup::Done) => id.to_string(),
            _ => return self.create(cx),
        };
        if self.setup == Setup::Fields {
            self.setup = Setup::Done;
            let fields = terms.fields.iter().map(|field| field.clone().into());
            let fields = fields.collect();
            let session = session.into();
            return Some(client::QuoteSetFields { session, fields }.into());
        }
        if !self.removed.is_empty() {
            let count = self.removed.len().min(SYMBOLS_PER_COMMAND);
            let names = self.removed.drain(..count);
            let names = names.map(|symbol| terms.wire_name(&symbol).into());
            let symbols = names.collect();
            let session = session.into();
            return Some(client::QuoteRemoveSymbols { session, symbols }.into());
        }
        // The first symbols go with the session, as those of a series do.
        let is_first = self.sent_at.is_none();
        if !is_first && !self.added.is_empty() && self.has_room() && self.must_wait(cx) {
            return None;
        }
        let batch = self.next_batch(symbols, cx.now);
        if !batch.is_empty() {
            if !is_first {
                cx.pacing.begin(cx.now);
            }
            self.sent_at = Some(cx.now);
            if let Some(silences) = silences {
                for symbol in &batch {
                    silences.begin(symbol.clone(), cx.now);
                }
            }
            let symbols = batch.iter().map(|symbol| terms.wire_name(symbol)).collect();
            let session = session.into();
            return Some(client::QuoteAddSymbols { session, symbols }.into());
        }
        if !std::mem::take(&mut self.speed_is_due) {
            return None;
        }
        let session = session.into();
        Some(match terms.speed {
            // Always the full list: it replaces what was fast before.
            QuoteSpeed::Fast => {
                let mine = symbols
                    .iter()
                    .filter(|(_, wanted)| wanted.home == self.home && wanted.sent);
                let mut names: Vec<String> =
                    mine.map(|(symbol, _)| terms.wire_name(symbol)).collect();
                names.sort_unstable();
                let symbols = names.into_iter().map(Into::into).collect();
                client::QuoteFastSymbols { session, symbols }.into()
            }
            QuoteSpeed::Hibernating => client::QuoteHibernateAll { session }.into(),
        })
    }

    /// Creates it, as soon as the server allows another session.
    fn create(&mut self, cx: &mut Context<'_>) -> Option<ClientMessage<'static>> {
        if self.must_wait(cx) {
            return None;
        }
        cx.pacing.begin(cx.now);
        let id = cx.ids.next(SessionId::QUOTE);
        let session = id.to_string().into();
        self.id = Some(id);
        self.setup = Setup::Fields;
        self.begun = Some(cx.now);
        Some(client::QuoteCreateSession { session }.into())
    }

    /// Whether the server's refusals ask for a pause first. It waits until that is over.
    fn must_wait(&mut self, cx: &Context<'_>) -> bool {
        let next = cx.pacing.next().filter(|next| *next > cx.now);
        if next.is_some() {
            self.until = next;
        }
        next.is_some()
    }

    fn next_batch(&mut self, symbols: &mut WantedSymbols, now: Instant) -> Vec<Symbol> {
        let mut batch = Vec::new();
        while batch.len() < SYMBOLS_PER_COMMAND
            && self.has_room()
            && let Some(symbol) = self.added.pop_front()
        {
            if let Some(wanted) = symbols.get_mut(&symbol)
                && wanted.home == self.home
                && !std::mem::replace(&mut wanted.sent, true)
            {
                wanted.completed = false;
                wanted.sent_at = Some(now);
                if let Some(steps) = &mut self.steps {
                    steps.begin(symbol.clone(), now);
                }
                batch.push(symbol);
            }
        }
        batch
    }

    /// Forgets what the server has. Returns the symbols that will be asked for.
    pub(super) fn begin_again(
        &mut self,
        symbols: &mut WantedSymbols,
        is_refused: impl Fn(&WantedSymbol) -> bool,
    ) -> HashSet<Symbol> {
        *self = Self::new(self.home);
        let mut waiting = HashSet::new();
        for (symbol, wanted) in symbols {
            if wanted.home != self.home {
                continue;
            }
            wanted.is_complete = false;
            wanted.sent = is_refused(wanted);
            if !wanted.sent {
                self.added.push_back(symbol.clone());
                waiting.insert(symbol.clone());
            }
        }
        self.added.make_contiguous().sort_unstable();
        waiting
    }

    /// Adds symbols in at most `most` steps. Each must hold for `settle` before the next.
    pub(super) fn add_in_steps(&mut self, most: usize, settle: Duration) {
        let size = self.added.len().div_ceil(most.max(1)).max(1);
        self.steps = Some(Steps::new(size, settle));
    }

    /// The symbols of the present step, if it adds symbols in steps.
    pub(super) fn take_step(&mut self) -> Vec<Symbol> {
        self.steps
            .take()
            .map(|steps| steps.step)
            .unwrap_or_default()
    }

    /// The symbols of a step that has held for as long as it must. The next step waits until each
    /// of them is handed over.
    pub(super) fn take_cleared(&mut self, now: Instant) -> Vec<Symbol> {
        let steps = self.steps.as_mut();
        steps.map(|steps| steps.clear(now)).unwrap_or_default()
    }

    /// Another session serves a symbol that this one has cleared.
    pub(super) fn hand_over(&mut self, symbol: &Symbol) {
        let steps = self.steps.as_mut();
        if steps.is_some_and(|steps| steps.unserved.remove(symbol)) {
            self.removed.push_back(symbol.clone());
        }
    }

    /// How long it has held since symbols were added.
    pub(super) fn held_for(&self, now: Instant) -> Duration {
        let since = self.sent_at.or(self.begun);
        since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    /// When the last of its commands that are paced was sent.
    pub(super) fn last_paced(&self) -> Option<Instant> {
        self.begun.max(self.sent_at)
    }

    /// A symbol has answered, or is not waited for any more.
    pub(super) fn note_answer(&mut self, symbol: &Symbol, now: Instant) {
        if let Some(steps) = &mut self.steps {
            steps.answer(symbol, now);
        }
    }

    /// Ends a pause whose time has come.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.until.take_if(|until| *until <= now);
    }

    pub(super) fn delete(&self, cx: &mut Context<'_>) {
        if let Some(id) = &self.id {
            let session = id.to_string().into();
            cx.commands
                .push_back(client::QuoteDeleteSession { session }.into());
        }
    }
}

/// Symbols that are added a few at a time. The next ones follow after these have answered, the
/// session has held for a while, and another session serves these, so that whatever voids the
/// session is among the last.
#[derive(Debug)]
struct Steps {
    size: usize,
    settle: Duration,
    /// The present step, and which of it has not answered.
    step: Vec<Symbol>,
    waiting: HashSet<Symbol>,
    /// Symbols of the step before that no other session serves yet.
    unserved: HashSet<Symbol>,
    /// When the present step is over, or the wait for another session.
    until: Option<Instant>,
}

impl Steps {
    fn new(size: usize, settle: Duration) -> Self {
        Self {
            size,
            settle,
            step: Vec::new(),
            waiting: HashSet::new(),
            unserved: HashSet::new(),
            until: None,
        }
    }

    fn has_room(&self) -> bool {
        self.step.len() < self.size && self.unserved.is_empty()
    }

    fn is_done(&self) -> bool {
        self.step.is_empty() && self.unserved.is_empty()
    }

    fn begin(&mut self, symbol: Symbol, now: Instant) {
        self.waiting.insert(symbol.clone());
        self.step.push(symbol);
        self.until = Some(now + ANSWER_TIMEOUT);
    }

    fn answer(&mut self, symbol: &Symbol, now: Instant) {
        if self.waiting.remove(symbol) && self.waiting.is_empty() {
            self.until = Some(now + self.settle);
        }
    }

    /// Ends what is over. Returns the symbols of the step that has held.
    fn clear(&mut self, now: Instant) -> Vec<Symbol> {
        if self.until.take_if(|until| *until <= now).is_none() {
            return Vec::new();
        }
        self.waiting.clear();
        let step = std::mem::take(&mut self.step);
        self.unserved = step.iter().cloned().collect();
        if !step.is_empty() {
            self.until = Some(now + ANSWER_TIMEOUT);
        }
        step
    }
}
