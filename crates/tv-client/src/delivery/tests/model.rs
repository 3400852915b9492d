//! The queue of a quote session against a model that is as simple as can be.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use proptest::{collection::vec, prelude::*};
use protocol::{message::ServerMessage, symbol::Symbol};

use super::super::{Queue, QuoteQueue};
use crate::{
    event::QuoteEvent,
    registry::{Place, QuoteSessionUpdate},
    request::Overflow,
};

const FIELDS: [&str; 4] = ["lp", "bid", "ask", "a_field_of_tomorrow"];

/// What happens to a queue.
#[derive(Clone, Debug)]
enum Step {
    /// New values of a symbol: a field by its number, and its value.
    Values(usize, Vec<(usize, u8)>),
    Completed(usize),
    Refused(usize),
    Stale(usize),
    Removed(usize),
    Reconnecting,
    Resumed,
    Skipped,
    /// The reader takes some events.
    Take(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let symbol = 0..6_usize;
    let values = vec((0..FIELDS.len(), any::<u8>()), 0..4);
    let step = prop_oneof![
        8 => (symbol.clone(), values).prop_map(|(symbol, values)| Step::Values(symbol, values)),
        2 => symbol.clone().prop_map(Step::Completed),
        1 => symbol.clone().prop_map(Step::Refused),
        1 => symbol.clone().prop_map(Step::Stale),
        2 => symbol.prop_map(Step::Removed),
        1 => Just(Step::Reconnecting),
        1 => Just(Step::Resumed),
        1 => Just(Step::Skipped),
        4 => (0..5_usize).prop_map(Step::Take),
    ];
    vec(step, 0..200)
}

/// An event as it can be compared.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Update {
        symbol: usize,
        state: BTreeMap<String, u8>,
        changed: BTreeSet<String>,
        is_snapshot: bool,
    },
    Completed(usize),
    Refused(usize),
    Stale(usize),
    Reconnecting,
    Resumed,
    Skipped,
    Lagged(u64),
}

#[derive(Debug, Default)]
struct Known {
    state: BTreeMap<String, u8>,
    changed: BTreeSet<String>,
    is_seen: bool,
    completed: bool,
    refused: bool,
    stale: bool,
}

/// All that a queue must do, by maps and searches.
#[derive(Debug, Default)]
struct Model {
    symbols: BTreeMap<usize, Known>,
    /// Symbols with something pending, in the order in which they became so.
    order: Vec<usize>,
    reconnecting: bool,
    resumed: bool,
    skipped: bool,
    /// How many events may wait, if they are not conflated.
    most: Option<usize>,
    waiting: VecDeque<Seen>,
    dropped: u64,
}

impl Model {
    fn push(&mut self, step: &Step) {
        match step {
            Step::Values(symbol, values) => {
                let known = self.mark(*symbol);
                known.stale = false;
                for (field, value) in values {
                    known.state.insert(FIELDS[*field].to_owned(), *value);
                    known.changed.insert(FIELDS[*field].to_owned());
                }
            }
            Step::Completed(symbol) => self.mark(*symbol).completed = true,
            Step::Refused(symbol) => self.mark(*symbol).refused = true,
            Step::Stale(symbol) => self.mark(*symbol).stale = true,
            Step::Removed(symbol) => {
                self.symbols.remove(symbol);
                self.order.retain(|other| other != symbol);
                self.waiting.retain(|event| match event {
                    Seen::Update { symbol: other, .. }
                    | Seen::Completed(other)
                    | Seen::Refused(other)
                    | Seen::Stale(other) => other != symbol,
                    _ => true,
                });
            }
            Step::Reconnecting => (self.reconnecting, self.resumed) = (true, false),
            Step::Resumed => self.resumed = true,
            Step::Skipped => self.skipped = true,
            Step::Take(_) => return,
        }
        if let Some(most) = self.most {
            while let Some(event) = self.take_newest() {
                if self.waiting.len() == most {
                    self.waiting.pop_front();
                    self.dropped += 1;
                }
                self.waiting.push_back(event);
            }
        }
    }

    fn mark(&mut self, symbol: usize) -> &mut Known {
        if !self.order.contains(&symbol) {
            self.order.push(symbol);
        }
        self.symbols.entry(symbol).or_default()
    }

    fn take(&mut self) -> Option<Seen> {
        if self.dropped > 0 {
            return Some(Seen::Lagged(std::mem::take(&mut self.dropped)));
        }
        self.waiting.pop_front().or_else(|| self.take_newest())
    }

    fn take_newest(&mut self) -> Option<Seen> {
        if std::mem::take(&mut self.reconnecting) {
            return Some(Seen::Reconnecting);
        }
        while let Some(symbol) = self.order.first().copied() {
            let known = self.symbols.get_mut(&symbol).expect("it is known");
            let event = if !known.changed.is_empty() {
                Some(Seen::Update {
                    symbol,
                    state: known.state.clone(),
                    changed: std::mem::take(&mut known.changed),
                    is_snapshot: !std::mem::replace(&mut known.is_seen, true),
                })
            } else if std::mem::take(&mut known.completed) {
                Some(Seen::Completed(symbol))
            } else if std::mem::take(&mut known.stale) {
                Some(Seen::Stale(symbol))
            } else {
                std::mem::take(&mut known.refused).then_some(Seen::Refused(symbol))
            };
            if known.changed.is_empty() && !known.completed && !known.stale && !known.refused {
                self.order.remove(0);
            }
            if event.is_some() {
                return event;
            }
        }
        if std::mem::take(&mut self.resumed) {
            return Some(Seen::Resumed);
        }
        std::mem::take(&mut self.skipped).then_some(Seen::Skipped)
    }
}

fn name(symbol: usize) -> Symbol {
    Symbol::new(&format!("A:{symbol}")).unwrap()
}

fn number(symbol: &Symbol) -> usize {
    symbol.ticker().parse().unwrap()
}

fn seen(event: QuoteEvent) -> Seen {
    match event {
        QuoteEvent::Update(update) => Seen::Update {
            symbol: number(&update.symbol),
            state: update
                .quote
                .fields()
                .map(|(field, value)| {
                    let value = value.number().unwrap();
                    (field.name().to_owned(), value as u8)
                })
                .collect(),
            changed: update
                .changed
                .iter()
                .map(|field| field.name().to_owned())
                .collect(),
            is_snapshot: update.is_snapshot,
        },
        QuoteEvent::Completed { symbol } => Seen::Completed(number(&symbol)),
        QuoteEvent::Refused { symbol, .. } => Seen::Refused(number(&symbol)),
        QuoteEvent::Stale { symbol, .. } => Seen::Stale(number(&symbol)),
        QuoteEvent::Reconnecting => Seen::Reconnecting,
        QuoteEvent::Resumed { .. } => Seen::Resumed,
        QuoteEvent::Skipped { .. } => Seen::Skipped,
        QuoteEvent::Lagged { dropped } => Seen::Lagged(dropped),
        other => panic!("{other:?}"),
    }
}

/// A queue, and the places that a registry might give to the symbols.
struct Rig {
    queue: QuoteQueue,
    places: BTreeMap<usize, Place>,
    free: Vec<Place>,
}

impl Rig {
    fn place(&mut self, symbol: usize) -> Place {
        let next = Place(self.places.len() + self.free.len());
        let free = &mut self.free;
        let taken = self.places.entry(symbol);
        *taken.or_insert_with(|| free.pop().unwrap_or(next))
    }

    fn push(&mut self, step: &Step) {
        match step {
            Step::Values(symbol, values) => {
                let fields: Vec<String> = values
                    .iter()
                    .map(|(field, value)| format!(r#""{}":{value}"#, FIELDS[*field]))
                    .collect();
                let fields = fields.join(",");
                let text = format!(
                    r#"{{"m":"qsd","p":["qs",{{"n":"A:{symbol}","s":"ok","v":{{{fields}}}}}]}}"#
                );
                let ServerMessage::QuoteData(quote) = ServerMessage::decode(&text).message else {
                    panic!("{text}")
                };
                let place = self.place(*symbol);
                self.queue
                    .push_values(place, &name(*symbol), &quote.data.values);
            }
            Step::Completed(symbol) => self
                .queue
                .push(QuoteSessionUpdate::Completed(name(*symbol))),
            Step::Refused(symbol) => {
                let reason = "no such symbol".to_owned();
                self.queue
                    .push(QuoteSessionUpdate::Refused(name(*symbol), reason));
            }
            Step::Stale(symbol) => {
                let age = Duration::from_secs(1);
                self.queue
                    .push(QuoteSessionUpdate::Stale(name(*symbol), age));
            }
            Step::Removed(symbol) => {
                self.free.extend(self.places.remove(symbol));
                self.queue.push(QuoteSessionUpdate::Removed(name(*symbol)));
            }
            Step::Reconnecting => self.queue.push(QuoteSessionUpdate::Reconnecting),
            Step::Resumed => self.queue.push(QuoteSessionUpdate::Resumed { missing: 0 }),
            Step::Skipped => self.queue.push(QuoteSessionUpdate::Skipped {
                symbol: None,
                reason: "a reason".to_owned(),
            }),
            Step::Take(_) => {}
        }
    }

    fn take(&mut self) -> Option<Seen> {
        self.queue.take().flatten().map(seen)
    }
}

proptest! {
    #[test]
    fn a_queue_does_as_its_model(steps in steps(), most in proptest::option::of(1..6_usize)) {
        let (overflow, max_waiting) = most.map_or((Overflow::Conflate, 1), |most| (Overflow::DropOldest, most));
        let mut rig = Rig {
            queue: QuoteQueue::new(overflow, max_waiting),
            places: BTreeMap::new(),
            free: Vec::new(),
        };
        let mut model = Model { most, ..Model::default() };
        for step in steps.iter().chain([&Step::Take(usize::MAX)]) {
            rig.push(step);
            model.push(step);
            if let Step::Take(count) = step {
                for _ in 0..*count {
                    let expected = model.take();
                    prop_assert_eq!(rig.take(), expected.clone());
                    if expected.is_none() {
                        break;
                    }
                }
            }
        }
    }
}
