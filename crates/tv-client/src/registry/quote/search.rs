//! Which symbol makes the server void a session.
//!
//! A session that is void again, or soon after symbols were added, is not asked for in the same way
//! again. Symbols that had answered are asked for at once, in a new session. The others are
//! suspects, or all are if all had answered. A second session, the probe, tries suspects in steps.
//! What holds moves to the first session before the next step, so that a probe that is void
//! interrupts the suspects of its last step alone. These are tried in smaller steps. What the probe
//! had not tried is trusted, until that proves wrong. A symbol that voids the probe by itself, and
//! did so before with others or alone, is refused. It is tried again after a minute and longer.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::{Duration, Instant},
};

use protocol::symbol::Symbol;

use super::{
    QuoteEntry,
    culprits::{FIRST_RETRY, SHORTEST_STEP, STRIKES},
    server_session::{ANSWER_TIMEOUT, Home, ServerSession, WantedSymbol},
};
use crate::registry::{
    context::{Context, Outcome},
    reason::{RefusalKind, refusal_kind},
    update::{QuoteSessionUpdate, Update},
};

/// How long all steps of a session should take together.
const ALL_STEPS: Duration = Duration::from_secs(20);

/// The most steps of a session.
const MAX_STEPS: u128 = 64;

/// How long a step must hold at most.
const LONGEST_STEP: Duration = Duration::from_secs(60);

/// Sessions in a row that were void while nothing held: then no symbol is to blame.
const MAX_BARREN: u32 = 3;

/// How many sessions may begin within a time, so that a search asks little of the server.
const MOST_SESSIONS: usize = 3;
const MOST_SESSIONS_IN: Duration = Duration::from_secs(60);

/// When to look again whether the main session is settled.
const RECHECK: Duration = Duration::from_secs(1);

/// A search that goes on.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// How long a step must hold.
    pub(super) settle: Duration,
    /// Symbols that are held back, in the groups that will be tried.
    pub(super) groups: VecDeque<Vec<Symbol>>,
    probe: Option<Probe>,
    /// Symbols that have held in a probe.
    cleared: HashSet<Symbol>,
    /// Whether symbols that were trusted have voided the main session.
    is_distrustful: bool,
    /// When the latest sessions began, oldest first.
    begun: VecDeque<Instant>,
    /// When to go on.
    pub(super) until: Option<Instant>,
    /// Why symbols are held back.
    reason: String,
    /// Sessions in a row that were void while nothing held.
    barren: u32,
    /// In how many last steps of probes each symbol was, in a row.
    pub(super) strikes: HashMap<Symbol, u32>,
}

/// The session that tries a group.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) session: ServerSession,
    group: Vec<Symbol>,
}

impl Search {
    pub(super) fn probe(&self) -> Option<&ServerSession> {
        self.probe.as_ref().map(|probe| &probe.session)
    }

    pub(super) fn probe_mut(&mut self) -> Option<&mut ServerSession> {
        self.probe.as_mut().map(|probe| &mut probe.session)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let probe = self.probe().and_then(ServerSession::deadline);
        [self.until, probe].into_iter().flatten().min()
    }

    /// The symbols that are held back, why, and until when at least.
    pub(super) fn held(&self, now: Instant) -> impl Iterator<Item = (&Symbol, &str, Instant)> {
        let at = self.until.unwrap_or(now);
        let symbols = self.groups.iter().flatten();
        symbols.map(move |symbol| (symbol, self.reason.as_str(), at))
    }

    /// The same groups, for another connection.
    pub(super) fn standby(&self) -> Self {
        let mut groups = self.groups.clone();
        groups.extend(self.probe.as_ref().map(|probe| probe.group.clone()));
        Self {
            settle: self.settle,
            groups,
            ..Self::default()
        }
    }

    /// How many steps of their length fit into the time for all.
    fn most_steps(&self) -> usize {
        let steps = ALL_STEPS.as_millis() / self.settle.as_millis().max(1);
        usize::try_from(steps.clamp(2, MAX_STEPS)).unwrap_or(2)
    }

    /// A session begins.
    pub(super) fn count_session(&mut self, now: Instant) {
        self.begun.push_back(now);
        while self.begun.len() > MOST_SESSIONS {
            self.begun.pop_front();
        }
    }

    /// When the next probe may begin.
    fn next_probe(&self, now: Instant) -> Instant {
        let is_full = self.begun.len() >= MOST_SESSIONS;
        let oldest = self.begun.front().filter(|_| is_full);
        oldest.map_or(now, |at| now.max(*at + MOST_SESSIONS_IN))
    }

    /// The next step must hold for longer than a session did.
    fn lengthen_steps(&mut self, held: Duration) {
        let settle = (held * 3 / 2).clamp(SHORTEST_STEP, LONGEST_STEP);
        self.settle = self.settle.max(settle);
    }
}

impl QuoteEntry {
    /// The main session is void, and that may be the fault of one symbol.
    pub(super) fn search(&mut self, reason: &str, cx: &mut Context<'_>) -> Outcome {
        let held = self.main.held_for(cx.now);
        let named = self.named(reason);
        let is_early = held < ANSWER_TIMEOUT;
        if self.search.is_none() && named.is_none() && !is_early && !self.is_void_again(cx.now) {
            self.renew(Some(reason), cx);
            return Outcome::Ongoing;
        }
        let is_first = self.search.is_none();
        let suspects = match named {
            Some(symbol) => vec![symbol],
            None => self.suspects(cx.now),
        };
        let search = self.search.get_or_insert_default();
        search.lengthen_steps(held);
        search.cleared.retain(|symbol| !suspects.contains(symbol));
        if !is_first && std::mem::replace(&mut search.is_distrustful, true) {
            search.barren += 1;
        }
        if search.barren >= MAX_BARREN {
            return self.blame_no_symbol(reason, cx);
        }
        self.hold_back(&suspects);
        self.renew(Some(reason), cx);
        let at = self.main.until().unwrap_or(cx.now);
        self.suspend_suspects(&suspects, reason, at, cx);
        if let Some(search) = &mut self.search {
            search.groups.push_back(suspects);
        }
        Outcome::Ongoing
    }

    /// The symbols that are the likeliest to have voided the main session, in order: those that
    /// have not answered, or those that were sent last, or all. In a search, those that were
    /// trusted, or all.
    fn suspects(&self, now: Instant) -> Vec<Symbol> {
        let suspicion = |symbol: &Symbol, wanted: &WantedSymbol| match &self.search {
            Some(search) => u8::from(!search.cleared.contains(symbol)),
            None if !wanted.completed && wanted.refused.is_none() => 2,
            None => u8::from(wanted.sent_at.is_some_and(|at| at + ANSWER_TIMEOUT > now)),
        };
        let sent = self.symbols.iter();
        let sent = sent.filter(|(_, it)| it.home == Home::Main && it.sent);
        let mut most = 0;
        let mut suspects = Vec::new();
        for (symbol, wanted) in sent {
            let suspicion = suspicion(symbol, wanted);
            if suspicion > most {
                most = suspicion;
                suspects.clear();
            }
            if suspicion == most {
                suspects.push(symbol.clone());
            }
        }
        suspects.sort_unstable();
        suspects
    }

    /// Whether the session was renewed not long ago.
    fn is_void_again(&self, now: Instant) -> bool {
        self.void_pauses.in_a_row() > 0 && !self.void_pauses.is_over(now)
    }

    /// Whether the main session serves symbols.
    fn is_main_live(&self) -> bool {
        self.main.id().is_some()
            && self.main.is_settled()
            && self
                .symbols
                .values()
                .any(|it| it.home == Home::Main && it.sent && it.completed)
    }

    /// Symbols belong to no session until they are tried.
    fn hold_back(&mut self, suspects: &[Symbol]) {
        for symbol in suspects {
            if let Some(wanted) = self.symbols.get_mut(symbol) {
                wanted.home = Home::Held;
                wanted.sent = false;
            }
            if let Some(silences) = &mut self.silences {
                silences.forget(symbol);
            }
        }
    }

    /// Nothing is tried before a time, and the readers of the suspects learn why.
    fn suspend_suspects(
        &mut self,
        suspects: &[Symbol],
        reason: &str,
        at: Instant,
        cx: &mut Context<'_>,
    ) {
        let Some(search) = &mut self.search else {
            return;
        };
        reason.clone_into(&mut search.reason);
        let at = at.max(search.next_probe(cx.now));
        search.until = search.until.max(Some(at));
        let retry_in = at.saturating_duration_since(cx.now);
        for symbol in suspects {
            cx.update(Update::Quote(QuoteSessionUpdate::Suspended {
                symbol: Some(symbol.clone()),
                reason: reason.to_owned(),
                retry_in,
            }));
        }
    }

    /// Sessions are void whatever they hold: all symbols are asked for again, or the request is
    /// refused if it never had an answer.
    fn blame_no_symbol(&mut self, reason: &str, cx: &mut Context<'_>) -> Outcome {
        if !self.is_proven && refusal_kind(reason) == RefusalKind::Request {
            return self.refuse(reason, cx);
        }
        self.end_search(cx);
        self.renew(Some(reason), cx);
        Outcome::Ongoing
    }

    /// All symbols that are held back belong to the main session again.
    fn end_search(&mut self, cx: &mut Context<'_>) {
        let Some(search) = self.search.take() else {
            return;
        };
        if let Some(probe) = &search.probe {
            probe.session.delete(cx);
        }
        let probed = search.probe.into_iter().map(|probe| probe.group);
        for symbol in search.groups.into_iter().chain(probed).flatten() {
            self.bring_home(symbol);
        }
        for culprit in &mut self.culprits {
            culprit.at.get_or_insert(cx.now + FIRST_RETRY);
        }
    }

    /// A symbol belongs to the main session again.
    fn bring_home(&mut self, symbol: Symbol) {
        if self.culprits.iter().any(|it| it.symbol == symbol) {
            return;
        }
        if let Some(wanted) = self.symbols.get_mut(&symbol)
            && wanted.home != Home::Main
        {
            wanted.home = Home::Main;
            wanted.sent = false;
            wanted.completed = false;
            self.main.add(symbol);
        }
    }

    /// The probe is void.
    pub(super) fn probe_failed(&mut self, reason: &str, cx: &mut Context<'_>) -> Outcome {
        let is_main_live = self.is_main_live();
        let Some(search) = &mut self.search else {
            return Outcome::Late;
        };
        let Some(mut probe) = search.probe.take() else {
            return Outcome::Late;
        };
        search.lengthen_steps(probe.session.held_for(cx.now));
        probe.session.delete(cx);
        let named = self.named(reason).filter(|it| probe.group.contains(it));
        let mut step = named.map_or_else(|| probe.session.take_step(), |named| vec![named]);
        let symbols = &self.symbols;
        let is_tried = |symbol: &&Symbol| {
            let home = symbols.get(*symbol).map(|wanted| wanted.home);
            home == Some(Home::Probe)
        };
        let mut rest: Vec<Symbol> = probe.group.iter().filter(is_tried).cloned().collect();
        if step.is_empty() {
            step.clone_from(&rest);
        }
        rest.retain(|symbol| !step.contains(symbol));
        self.hold_back(&step);
        self.hold_back(&rest);
        let Some(search) = &mut self.search else {
            return Outcome::Late;
        };
        search.barren = match is_main_live {
            true => 0,
            false => search.barren + 1,
        };
        if search.barren >= MAX_BARREN {
            search.groups.extend([step, rest]);
            return self.blame_no_symbol(reason, cx);
        }
        match search.is_distrustful {
            true => search.groups.push_back(rest),
            false => rest.into_iter().for_each(|symbol| self.bring_home(symbol)),
        }
        self.accuse(step, is_main_live, reason, cx);
        Outcome::Ongoing
    }

    /// Symbols have voided a probe: one alone is refused if it did so before, others are tried
    /// again.
    fn accuse(&mut self, step: Vec<Symbol>, others_hold: bool, reason: &str, cx: &mut Context<'_>) {
        let Some(search) = &mut self.search else {
            return;
        };
        for symbol in &step {
            *search.strikes.entry(symbol.clone()).or_default() += 1;
        }
        if let [symbol] = step.as_slice()
            && search.strikes.get(symbol).is_some_and(|it| *it >= STRIKES)
            && others_hold
        {
            search.until = Some(cx.now);
            return self.refuse_culprit(symbol.clone(), reason, cx);
        }
        let at = self.void_pauses.next(cx.now, cx.ids).unwrap_or(cx.now);
        self.suspend_suspects(&step, reason, at, cx);
        if let Some(search) = &mut self.search {
            // Where nothing holds, others are tried first: something may.
            match others_hold {
                true => search.groups.push_front(step),
                false => search.groups.push_back(step),
            }
        }
    }

    /// The server has no room for the probe, or is in trouble: the same again later.
    pub(super) fn postpone_probe(&mut self, cx: &mut Context<'_>) {
        let Some(probe) = self.search.as_mut().and_then(|search| search.probe.take()) else {
            return;
        };
        probe.session.delete(cx);
        let at = self.void_pauses.next_from(2, cx.now, cx.ids);
        self.take_back(probe, at.unwrap_or(cx.now));
    }

    /// What a probe has not cleared is tried again, by another one.
    fn take_back(&mut self, probe: Probe, at: Instant) {
        let symbols = &self.symbols;
        let is_tried = |symbol: &Symbol| {
            let home = symbols.get(symbol).map(|wanted| wanted.home);
            home == Some(Home::Probe)
        };
        let mut group = probe.group;
        group.retain(is_tried);
        self.hold_back(&group);
        if let Some(search) = &mut self.search {
            search.groups.push_front(group);
            search.until = Some(at);
        }
    }

    /// The connection is gone, and the probe with it.
    pub(super) fn disconnect_search(&mut self, now: Instant) {
        let Some(search) = &mut self.search else {
            return;
        };
        search.until = Some(now + RECHECK);
        if let Some(probe) = search.probe.take() {
            self.take_back(probe, now + RECHECK);
        }
    }

    /// Does what is due: moves what has held to the main session, begins the next probe, tries
    /// culprits again.
    pub(super) fn advance_search(&mut self, cx: &mut Context<'_>) {
        self.retry_culprits(cx.now);
        if let Some(probe) = self.search.as_mut().and_then(|search| search.probe_mut()) {
            probe.handle_timeout(cx.now);
        }
        self.clear_step(cx.now);
        let Some(search) = &mut self.search else {
            return;
        };
        if let Some(probe) = &search.probe {
            let is_over = probe.session.id().is_some() && probe.session.is_settled();
            if !is_over {
                search.until.take_if(|until| *until <= cx.now);
                return;
            }
            probe.session.delete(cx);
            search.probe = None;
        }
        if search.until.is_some_and(|until| until > cx.now) {
            return;
        }
        search.until = None;
        let symbols = &self.symbols;
        let is_held = |symbol: &Symbol| {
            let wanted = symbols.get(symbol);
            wanted.is_some_and(|wanted| wanted.home == Home::Held)
        };
        for group in &mut search.groups {
            group.retain(is_held);
        }
        search.groups.retain(|group| !group.is_empty());
        let is_idle = symbols.values().all(|wanted| wanted.home != Home::Main);
        let is_settled = self.main.id().is_some() && self.main.is_settled();
        if !is_settled && (!is_idle || search.groups.is_empty()) {
            search.until = self.main.until().max(Some(cx.now + RECHECK));
            return;
        }
        let at = search.next_probe(cx.now);
        if at > cx.now && !search.groups.is_empty() {
            search.until = Some(at);
            return;
        }
        match search.groups.pop_front() {
            Some(group) => self.begin_probe(group),
            None => self.search = None,
        }
    }

    fn begin_probe(&mut self, group: Vec<Symbol>) {
        let Some(search) = &mut self.search else {
            return;
        };
        let mut session = ServerSession::new(Home::Probe);
        for symbol in &group {
            if let Some(wanted) = self.symbols.get_mut(symbol) {
                wanted.home = Home::Probe;
                wanted.sent = false;
            }
            session.add(symbol.clone());
        }
        session.add_in_steps(search.most_steps(), search.settle);
        search.probe = Some(Probe { session, group });
    }

    /// A step of the probe has held: the main session serves its symbols from now on. The probe
    /// serves each until then.
    fn clear_step(&mut self, now: Instant) {
        let Some(search) = &mut self.search else {
            return;
        };
        let Some(probe) = &mut search.probe else {
            return;
        };
        let step = probe.session.take_cleared(now);
        if step.is_empty() {
            return;
        }
        search.barren = 0;
        for symbol in &step {
            search.strikes.remove(symbol);
            search.cleared.insert(symbol.clone());
        }
        self.culprits.retain(|it| !step.contains(&it.symbol));
        for symbol in step {
            self.bring_home(symbol);
        }
    }

    /// The main session serves a symbol: a probe that has cleared it is not needed for it any more.
    pub(super) fn end_handover(&mut self, symbol: &Symbol) {
        let is_home = self.symbols.get(symbol);
        let is_home = is_home.is_some_and(|wanted| wanted.home == Home::Main);
        let probe = self.search.as_mut().and_then(|search| search.probe_mut());
        if let Some(probe) = probe.filter(|_| is_home) {
            probe.hand_over(symbol);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_as_many_as_their_time_allows() {
        for (settle, most) in [(0, 64), (100, 64), (1_000, 20), (5_000, 4), (60_000, 2)] {
            let search = Search {
                settle: Duration::from_millis(settle),
                ..Search::default()
            };
            assert_eq!(search.most_steps(), most, "{settle} ms");
        }
    }
}
