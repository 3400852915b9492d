//! Values that were made already. They are good for ten seconds of the market's time, as those of
//! the real scanner are.

use std::{collections::HashMap, sync::Arc};

use super::{cell::Cell, column::Column, make::make, row::Row};
use crate::analysis::Window;

/// How long values are good, in milliseconds.
const FRESH: i64 = 10_000;
/// The most values, and the most windows of bars, that are kept.
const MOST_CELLS: usize = 2_000_000;
const MOST_WINDOWS: usize = 1000;

/// Values that were made already.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    /// When they were made, in milliseconds UTC.
    made: i64,
    cells: HashMap<String, HashMap<String, Cell>>,
    count: usize,
    /// By name: interval, number of bars, and the bars. What is computed depends on the number.
    windows: HashMap<String, Vec<(usize, usize, Arc<Window>)>>,
    window_count: usize,
}

impl Cache {
    /// The time that values are made for at a time, both in milliseconds UTC. What is older is
    /// forgotten.
    pub(crate) fn at(&mut self, now: i64) -> i64 {
        let now = now.div_euclid(FRESH) * FRESH;
        if self.made != now {
            *self = Self {
                made: now,
                ..Self::default()
            };
        }
        now
    }

    /// The value of a row.
    pub(crate) fn cell(&mut self, row: &Row<'_>, column: &Column) -> Cell {
        // What lies before the newest bar is asked for seldom.
        let key = if column.back == 0 {
            column.name.clone()
        } else {
            format!("{} {}", column.name, column.back)
        };
        let name = row.key();
        let kept = self.cells.get(name.as_ref());
        if let Some(cell) = kept.and_then(|cells| cells.get(&key)) {
            return cell.clone();
        }
        let cell = make(row, column, &mut |interval, count| {
            self.window(row, interval, count)
        });
        if self.count >= MOST_CELLS {
            self.cells.clear();
            self.count = 0;
        }
        self.count += 1;
        self.cells
            .entry(name.into_owned())
            .or_default()
            .insert(key, cell.clone());
        cell
    }

    fn window(&mut self, row: &Row<'_>, interval: usize, count: usize) -> Arc<Window> {
        if self.window_count >= MOST_WINDOWS {
            self.windows.clear();
            self.window_count = 0;
        }
        let own = self
            .windows
            .entry(row.listing_key().into_owned())
            .or_default();
        let mut kept = own.iter();
        if let Some((.., window)) = kept.find(|(of, most, _)| (*of, *most) == (interval, count)) {
            return Arc::clone(window);
        }
        let window = Arc::new(row.bars(interval, count));
        own.push((interval, count, Arc::clone(&window)));
        self.window_count += 1;
        window
    }
}
