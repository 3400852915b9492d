//! When the bars of a session open, by their places.

use std::collections::BTreeMap;

use protocol::time::Timestamp;

use crate::registry::holes::BarPlace;

/// The most bars that are known. Drawings of older ones have no time.
const MAX_BARS: usize = 50_000;

/// Only places of one session can be compared.
#[derive(Debug, Default)]
pub(super) struct BarTimes(BTreeMap<i64, Timestamp>);

impl BarTimes {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes in bars. If one has the place of another, the server numbers its bars anew, and the
    /// others are forgotten.
    pub(super) fn extend(&mut self, bars: impl Iterator<Item = BarPlace>) {
        for bar in bars {
            let before = self.0.insert(bar.index, bar.time);
            if before.is_some_and(|before| before != bar.time) {
                self.0 = BTreeMap::from([(bar.index, bar.time)]);
            }
        }
        while self.0.len() > MAX_BARS {
            self.0.pop_first();
        }
    }

    /// When the bar opens; `None` if it is not there.
    pub(super) fn get(&self, index: i64) -> Option<Timestamp> {
        self.0.get(&index).copied()
    }
}
