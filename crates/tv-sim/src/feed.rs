//! Lets the market tick, and gives each tick to those who follow its symbol.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use market::{Symbol, Tick, TickSource};
use tokio::{sync::mpsc, time::MissedTickBehavior};

use crate::{
    core::Core,
    mailbox::{Follow, Mailbox},
    stats::count,
    sync::stopped,
};

/// How often the market moves; all ticks that fell due meanwhile are handed out together.
const BEAT: Duration = Duration::from_millis(10);

/// Who follows what.
#[derive(Debug, Default)]
struct Followers {
    by_symbol: BTreeMap<String, (Arc<Symbol>, BTreeSet<u64>)>,
    by_connection: HashMap<u64, (Vec<Arc<Symbol>>, Arc<Mailbox>)>,
    /// All symbols in the order of their names.
    symbols: Vec<Arc<Symbol>>,
    /// Whether `symbols` is out of date.
    changed: bool,
}

impl Followers {
    fn set(&mut self, follow: Follow) {
        let connection = follow.connection;
        let before = self.by_connection.remove(&connection);
        let before = before.map_or_else(Vec::new, |(symbols, _)| symbols);
        // Both are in the order of names, and mostly the same.
        let mut gone = before.iter().peekable();
        for symbol in &follow.symbols {
            while let Some(old) = gone.next_if(|old| old.name() < symbol.name()) {
                self.remove(connection, old.name());
            }
            if gone.next_if(|old| old.name() == symbol.name()).is_none() {
                self.add(connection, symbol);
            }
        }
        for old in gone {
            self.remove(connection, old.name());
        }
        if !follow.symbols.is_empty() {
            let entry = (follow.symbols, follow.mailbox);
            self.by_connection.insert(connection, entry);
        }
    }

    fn add(&mut self, connection: u64, symbol: &Arc<Symbol>) {
        let entry = self.by_symbol.entry(symbol.name().to_owned());
        let (_, followers) = entry.or_insert_with(|| {
            self.changed = true;
            (Arc::clone(symbol), BTreeSet::new())
        });
        followers.insert(connection);
    }

    fn remove(&mut self, connection: u64, name: &str) {
        if let Some((_, followers)) = self.by_symbol.get_mut(name) {
            followers.remove(&connection);
            if followers.is_empty() {
                self.by_symbol.remove(name);
                self.changed = true;
            }
        }
    }

    fn symbols(&mut self) -> &[Arc<Symbol>] {
        if std::mem::take(&mut self.changed) {
            let all = self.by_symbol.values();
            self.symbols = all.map(|(symbol, _)| Arc::clone(symbol)).collect();
        }
        &self.symbols
    }

    /// Puts each tick into the mailboxes of those who follow its symbol.
    fn hand_out(&self, ticks: &[Tick]) {
        let mut parcels: BTreeMap<u64, Vec<Tick>> = BTreeMap::new();
        for tick in ticks {
            let followers = self.by_symbol.get(tick.symbol.name());
            for connection in followers.into_iter().flat_map(|(_, all)| all) {
                parcels.entry(*connection).or_default().push(tick.clone());
            }
        }
        for (connection, parcel) in parcels {
            if let Some((_, mailbox)) = self.by_connection.get(&connection) {
                mailbox.put(parcel);
            }
        }
    }
}

/// Lets the market tick for the symbols that connections follow, until the simulator stops.
pub(crate) async fn move_market(
    mut source: TickSource,
    mut follows: mpsc::Receiver<Follow>,
    core: Arc<Core>,
) {
    let mut stop = core.stop.clone();
    let mut followers = Followers::default();
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            Some(follow) = follows.recv() => followers.set(follow),
            _ = beat.tick() => {
                let ticks = source.advance(core.clock.now(), followers.symbols());
                if !ticks.is_empty() {
                    count(&core.counters.ticks, ticks.len() as u64);
                    core.trades.add(&ticks);
                    followers.hand_out(&ticks);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use market::{Market, tick_at};

    use super::*;

    fn follow(connection: u64, names: &[&str], mailbox: &Arc<Mailbox>) -> Follow {
        let market = Market::new(1);
        let symbols = names.iter().filter_map(|name| market.symbol(name));
        Follow {
            connection,
            symbols: symbols.collect(),
            mailbox: Arc::clone(mailbox),
        }
    }

    fn names(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.symbol.name()).collect()
    }

    #[tokio::test]
    async fn each_gets_the_ticks_of_its_symbols_only() {
        let (one, two) = (Arc::<Mailbox>::default(), Arc::<Mailbox>::default());
        let mut followers = Followers::default();
        followers.set(follow(1, &["SIM:A", "SIM:B"], &one));
        followers.set(follow(2, &["SIM:B"], &two));
        let symbols = followers.symbols().to_vec();
        let ticks: Vec<Tick> = symbols.iter().map(|symbol| tick_at(symbol, 1000)).collect();
        followers.hand_out(&ticks);
        assert_eq!(names(&one.take().await), ["SIM:A", "SIM:B"]);
        assert_eq!(names(&two.take().await), ["SIM:B"]);
        followers.set(follow(1, &["SIM:B"], &one));
        followers.set(follow(2, &[], &two));
        assert_eq!(followers.symbols().len(), 1);
        followers.hand_out(&ticks);
        assert_eq!(names(&one.take().await), ["SIM:B"]);
        assert!(two.is_empty() && followers.by_connection.len() == 1);
    }

    #[test]
    fn what_is_followed_is_what_was_said_last() {
        let mailbox = Arc::<Mailbox>::default();
        let mut followers = Followers::default();
        let lists: [&[&str]; 6] = [
            &["SIM:B", "SIM:D"],
            &["SIM:A", "SIM:B", "SIM:C", "SIM:D", "SIM:E"],
            &["SIM:C"],
            &["SIM:A", "SIM:E"],
            &["SIM:B"],
            &[],
        ];
        for list in lists {
            followers.set(follow(1, list, &mailbox));
            let symbols = followers.symbols();
            let followed: Vec<_> = symbols.iter().map(|symbol| symbol.name()).collect();
            assert_eq!(followed, list);
        }
        assert!(followers.by_connection.is_empty() && followers.by_symbol.is_empty());
    }
}
