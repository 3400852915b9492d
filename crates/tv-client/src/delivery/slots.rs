//! One value for each symbol, found without a search where the caller knows its place, and a list
//! of those that wait.

use std::collections::{HashMap, VecDeque};

use foldhash::fast::RandomState;
use protocol::symbol::Symbol;

use crate::registry::Place;

/// A value for each symbol, and the order in which those with something pending became so.
///
/// A symbol is found by its name, or faster by the [`Place`] that the registry has given it. A
/// place is only a hint: it is compared with the name, so a place that has passed to another symbol
/// does no harm.
#[derive(Debug)]
pub(super) struct Slots<T> {
    slots: Vec<Option<Slot<T>>>,
    /// Where each symbol is. `slots[names[symbol]].symbol == symbol`
    ///
    /// Its hash is fast, and keyed at random. Names come from the application alone, so no server
    /// can choose names that collide.
    names: HashMap<Symbol, usize, RandomState>,
    /// Where the symbol of each place was last.
    hints: Vec<usize>,
    /// Slots of symbols that were removed. `free.len() + names.len() == slots.len()`
    free: Vec<usize>,
    /// Slots with something pending, each once.
    pending: VecDeque<usize>,
}

#[derive(Debug)]
struct Slot<T> {
    symbol: Symbol,
    value: T,
    is_pending: bool,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            names: HashMap::default(),
            hints: Vec::new(),
            free: Vec::new(),
            pending: VecDeque::new(),
        }
    }
}

impl<T: Default> Slots<T> {
    /// The value of a symbol, or a new one, which waits from now on.
    pub(super) fn mark(&mut self, symbol: &Symbol) -> &mut T {
        let slot = self.slot_of(symbol);
        self.mark_slot(slot, symbol)
    }

    /// The same of a symbol whose place is known.
    #[inline]
    pub(super) fn mark_at(&mut self, place: Place, symbol: &Symbol) -> &mut T {
        let hint = self.hints.get(place.0).copied();
        let is_right = |slot: &usize| {
            let known = self.slots.get(*slot).and_then(Option::as_ref);
            known.is_some_and(|known| known.symbol == *symbol)
        };
        let slot = match hint.filter(is_right) {
            Some(slot) => slot,
            None => self.learn(place, symbol),
        };
        self.mark_slot(slot, symbol)
    }

    /// Sets the value of a symbol, which waits if it has something pending.
    pub(super) fn insert(&mut self, symbol: &Symbol, value: T, is_pending: bool) {
        if is_pending {
            *self.mark(symbol) = value;
        } else {
            let slot = self.slot_of(symbol);
            self.slot_mut(slot, symbol).value = value;
        }
    }

    /// Finds the slot of a symbol by its name, and notes it for its place.
    #[cold]
    fn learn(&mut self, place: Place, symbol: &Symbol) -> usize {
        let slot = self.slot_of(symbol);
        if self.hints.len() <= place.0 {
            self.hints.resize(place.0 + 1, usize::MAX);
        }
        if let Some(hint) = self.hints.get_mut(place.0) {
            *hint = slot;
        }
        slot
    }

    /// The slot of a symbol, or a free one that is its own from now on.
    fn slot_of(&mut self, symbol: &Symbol) -> usize {
        if let Some(slot) = self.names.get(symbol) {
            return *slot;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.names.insert(symbol.clone(), slot);
        slot
    }

    #[inline]
    fn mark_slot(&mut self, slot: usize, symbol: &Symbol) -> &mut T {
        let is_new = !std::mem::replace(&mut self.slot_mut(slot, symbol).is_pending, true);
        if is_new {
            self.pending.push_back(slot);
        }
        &mut self.slot_mut(slot, symbol).value
    }

    #[inline]
    #[expect(
        clippy::indexing_slicing,
        reason = "names lead to slots that exist, and hints were compared"
    )]
    fn slot_mut(&mut self, slot: usize, symbol: &Symbol) -> &mut Slot<T> {
        self.slots[slot].get_or_insert_with(|| Slot {
            symbol: symbol.clone(),
            value: T::default(),
            is_pending: false,
        })
    }

    /// Forgets a symbol.
    pub(super) fn remove(&mut self, symbol: &Symbol) {
        let Some(slot) = self.names.remove(symbol) else {
            return;
        };
        let known = self.slots.get_mut(slot).and_then(Option::take);
        self.free.push(slot);
        if known.is_some_and(|known| known.is_pending) {
            self.pending.retain(|pending| *pending != slot);
        }
    }

    /// All symbols and their values, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Symbol, &T)> {
        let slots = self.slots.iter().flatten();
        slots.map(|slot| (&slot.symbol, &slot.value))
    }

    /// How many symbols wait, and how many there are.
    pub(super) fn fill(&self) -> (usize, usize) {
        (self.pending.len(), self.names.len())
    }

    /// Whether something is pending.
    pub(super) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Takes from the first symbol that waits and still has something. `take` returns what it has
    /// taken, and whether more is left: then the symbol stays the first.
    pub(super) fn take<E>(
        &mut self,
        mut take: impl FnMut(&Symbol, &mut T) -> (Option<E>, bool),
    ) -> Option<E> {
        while let Some(slot) = self.pending.front().copied() {
            let known = self.slots.get_mut(slot).and_then(Option::as_mut);
            let (taken, has_more) = match known {
                Some(known) => {
                    let (taken, has_more) = take(&known.symbol, &mut known.value);
                    known.is_pending = has_more;
                    (taken, has_more)
                }
                None => (None, false),
            };
            if !has_more {
                self.pending.pop_front();
            }
            if taken.is_some() {
                return taken;
            }
        }
        None
    }
}
