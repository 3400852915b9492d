//! Which symbol makes the server void a session.
//!
//! A session that is void again and again is not asked for in the same way again: its symbols are
//! added in steps, and the step that voids it is taken out. The session then serves all others.
//! What was taken out is tried in a second session, the probe, in ever smaller steps. A symbol that
//! voids the probe by itself, twice, is refused, and tried again after a minute and longer.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use protocol::symbol::Symbol;

use super::{
    QuoteEntry,
    culprits::{FIRST_RETRY, SHORTEST_STEP, STRIKES},
    server_session::{Home, ServerSession, Steps},
};
use crate::registry::{
    context::{Context, Outcome},
    reason::{RefusalKind, refusal_kind},
    update::{QuoteSessionUpdate, Update},
    void_pauses::VoidPauses,
};

/// How long all steps of a session should take together.
const ALL_STEPS: Duration = Duration::from_secs(20);

/// The most steps of a session.
const MAX_STEPS: u128 = 64;

/// How long a step must hold at most.
const LONGEST_STEP: Duration = Duration::from_secs(60);

/// Sessions in a row that were void before any step had held: then no symbol is to blame.
const MAX_BARREN: u32 = 3;

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
    pauses: VoidPauses,
    /// When to go on.
    pub(super) until: Option<Instant>,
    /// Why symbols are held back.
    reason: String,
    /// Sessions in a row that were void before any step had held.
    barren: u32,
    /// How often each symbol has voided a session by itself, in a row.
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

    fn add_strike(&mut self, symbol: &Symbol) -> u32 {
        let strikes = self.strikes.entry(symbol.clone()).or_default();
        *strikes += 1;
        *strikes
    }
}

impl QuoteEntry {
    /// The main session is void, and that may be the fault of one symbol.
    pub(super) fn search(&mut self, reason: &str, cx: &mut Context<'_>) -> Outcome {
        let held = self.main.held_for(cx.now);
        let named = self.named(reason);
        let is_early = held < super::server_session::ANSWER_TIMEOUT;
        if self.search.is_none() && named.is_none() && !is_early && !self.is_void_again(cx.now) {
            self.renew(Some(reason), cx);
            return Outcome::Ongoing;
        }
        let search = self.search.get_or_insert_default();
        // The next step must hold for longer than this one.
        let settle = (held * 3 / 2).clamp(SHORTEST_STEP, LONGEST_STEP);
        search.settle = search.settle.max(settle);
        let was_in_steps = self.main.has_steps();
        let has_cleared = self.main.has_cleared();
        let (step, _) = self
            .main
            .take_steps()
            .map(Steps::into_parts)
            .unwrap_or_default();
        if was_in_steps && !has_cleared {
            search.barren += 1;
        } else {
            search.barren = 0;
        }
        if search.barren >= MAX_BARREN {
            return self.blame_no_symbol(reason, cx);
        }
        let suspects = named.map_or(step, |symbol| vec![symbol]);
        if !suspects.is_empty() {
            self.accuse(suspects, has_cleared, reason, cx);
        }
        self.renew(Some(reason), cx);
        if let Some(search) = &self.search {
            self.main.add_in_steps(search.most_steps(), search.settle);
        }
        self.wait_for_search(cx.now);
        Outcome::Ongoing
    }

    /// Whether the session was renewed not long ago.
    fn is_void_again(&self, now: Instant) -> bool {
        self.void_pauses.in_a_row() > 0 && !self.void_pauses.is_over(now)
    }

    /// Symbols are held back, or refused if that is proven.
    fn accuse(
        &mut self,
        suspects: Vec<Symbol>,
        others_hold: bool,
        reason: &str,
        cx: &mut Context<'_>,
    ) {
        for symbol in &suspects {
            if let Some(wanted) = self.symbols.get_mut(symbol) {
                wanted.home = Home::Held;
                wanted.sent = false;
            }
            if let Some(silences) = &mut self.silences {
                silences.forget(symbol);
            }
        }
        let Some(search) = &mut self.search else {
            return;
        };
        if let [symbol] = suspects.as_slice()
            && search.add_strike(symbol) >= STRIKES
            && others_hold
        {
            let symbol = symbol.clone();
            return self.refuse_culprit(symbol, reason, cx);
        }
        let at = search.pauses.next_from(1, cx.now, cx.ids);
        let at = at.unwrap_or(cx.now);
        search.until = Some(at);
        reason.clone_into(&mut search.reason);
        let retry_in = at.saturating_duration_since(cx.now);
        for symbol in &suspects {
            cx.update(Update::Quote(QuoteSessionUpdate::Suspended {
                symbol: Some(symbol.clone()),
                reason: reason.to_owned(),
                retry_in,
            }));
        }
        search.groups.push_front(suspects);
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
            self.main.add(symbol);
        }
    }

    /// The probe is void.
    pub(super) fn probe_failed(&mut self, reason: &str, cx: &mut Context<'_>) -> Outcome {
        let Some(search) = &mut self.search else {
            return Outcome::Late;
        };
        let Some(mut probe) = search.probe.take() else {
            return Outcome::Late;
        };
        let held = probe.session.held_for(cx.now);
        let settle = (held * 3 / 2).clamp(SHORTEST_STEP, LONGEST_STEP);
        search.settle = search.settle.max(settle);
        let steps = probe.session.take_steps().map(Steps::into_parts);
        let (mut step, cleared) = steps.unwrap_or_default();
        let named = self.named(reason).filter(|it| probe.group.contains(it));
        if let Some(named) = named {
            step = vec![named];
        }
        if step.is_empty() {
            step = probe.group.clone();
        }
        probe.session.delete(cx);
        let rest = probe.group.iter();
        let rest = rest.filter(|symbol| !step.contains(symbol) && !cleared.contains(symbol));
        let rest: Vec<Symbol> = rest.cloned().collect();
        for symbol in &rest {
            if let Some(wanted) = self.symbols.get_mut(symbol) {
                wanted.home = Home::Held;
                wanted.sent = false;
            }
        }
        let is_clear = !cleared.is_empty();
        for symbol in cleared {
            self.bring_home(symbol);
        }
        let is_main_live = self.main.id().is_some() && self.main.is_settled();
        let mut is_barren = false;
        if let Some(search) = &mut self.search {
            if !rest.is_empty() {
                search.groups.push_back(rest);
            }
            search.barren = match is_main_live || is_clear {
                true => 0,
                false => search.barren + 1,
            };
            is_barren = search.barren >= MAX_BARREN;
        }
        self.accuse(step, is_main_live, reason, cx);
        if is_barren {
            return self.blame_no_symbol(reason, cx);
        }
        self.wait_for_search(cx.now);
        Outcome::Ongoing
    }

    /// The server has no room for the probe, or is in trouble: the same again later.
    pub(super) fn postpone_probe(&mut self, cx: &mut Context<'_>) {
        let Some(search) = &mut self.search else {
            return;
        };
        let Some(probe) = search.probe.take() else {
            return;
        };
        probe.session.delete(cx);
        for symbol in &probe.group {
            if let Some(wanted) = self.symbols.get_mut(symbol) {
                wanted.home = Home::Held;
                wanted.sent = false;
            }
        }
        search.groups.push_front(probe.group);
        search.until = search.pauses.next_from(2, cx.now, cx.ids);
    }

    /// Sees to it that the search goes on.
    fn wait_for_search(&mut self, now: Instant) {
        if let Some(search) = &mut self.search
            && search.until.is_none()
        {
            search.until = Some(now + RECHECK);
        }
    }

    /// The connection is gone, and the probe with it.
    pub(super) fn disconnect_search(&mut self, now: Instant) {
        let Some(search) = &mut self.search else {
            return;
        };
        if let Some(probe) = search.probe.take() {
            for symbol in &probe.group {
                if let Some(wanted) = self.symbols.get_mut(symbol) {
                    wanted.home = Home::Held;
                    wanted.sent = false;
                }
            }
            search.groups.push_front(probe.group);
        }
        search.until = Some(now + RECHECK);
    }

    /// Does what is due: ends a probe that has held, begins the next, tries culprits again.
    pub(super) fn advance_search(&mut self, cx: &mut Context<'_>) {
        self.retry_culprits(cx.now);
        let Some(search) = &mut self.search else {
            return;
        };
        if let Some(probe) = &mut search.probe {
            probe.session.handle_timeout(cx.now);
            let is_over = probe.session.id().is_some() && probe.session.is_settled();
            if !is_over {
                search.until.take_if(|until| *until <= cx.now);
                return;
            }
            probe.session.delete(cx);
            let group = search.probe.take().map(|probe| probe.group);
            self.clear(group.unwrap_or_default());
        }
        let Some(search) = &mut self.search else {
            return;
        };
        if search.until.is_some_and(|until| until > cx.now) {
            return;
        }
        search.until = None;
        let symbols = &self.symbols;
        let is_held = |symbol: &Symbol| {
            symbols
                .get(symbol)
                .is_some_and(|wanted| wanted.home == Home::Held)
        };
        for group in &mut search.groups {
            group.retain(is_held);
        }
        search.groups.retain(|group| !group.is_empty());
        let is_idle = symbols.values().all(|wanted| wanted.home != Home::Main);
        if search.groups.is_empty() {
            if self.main.is_settled() {
                self.main.end_steps();
                self.search = None;
            } else {
                self.wait_for_search(cx.now);
            }
            return;
        }
        if !is_idle && (self.main.id().is_none() || !self.main.is_settled()) {
            return self.wait_for_search(cx.now);
        }
        let Some(group) = search.groups.pop_front() else {
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

    /// A group has held: its symbols are like all others.
    fn clear(&mut self, group: Vec<Symbol>) {
        self.culprits.retain(|it| !group.contains(&it.symbol));
        // They are not added in steps again.
        if self.main.is_settled() {
            self.main.end_steps();
        }
        for symbol in group {
            if let Some(search) = &mut self.search {
                search.strikes.remove(&symbol);
            }
            self.bring_home(symbol);
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
