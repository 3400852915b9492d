//! An order book that is kept from a snapshot and the differences since.

use std::collections::{BTreeMap, VecDeque};

use super::message::{Depth, Level};

/// An order book.
///
/// Differences that arrive before the snapshot wait for it, at most [`Book::WAITING`] of them. The
/// venue gives a whole snapshot on request (by HTTP); a stream of the best levels gives snapshots
/// without a request.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// By the bits of the price, which have the order of prices that are not negative.
    bids: BTreeMap<u64, f64>,
    asks: BTreeMap<u64, f64>,
    /// The last change that it includes; `None` without a snapshot.
    number: Option<u64>,
    waiting: VecDeque<(u64, Depth)>,
}

/// What became of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The book includes it.
    Yes,
    /// The book included it already.
    Old,
    /// It waits for a snapshot.
    Waits,
    /// Changes before it are missing. The book is empty and waits for a new snapshot.
    Gap,
}

impl Book {
    /// How many differences wait for a snapshot; older ones are dropped, which shows as a gap.
    pub const WAITING: usize = 1000;

    /// Replaces the book, and applies the differences that have waited. Returns `false` if the
    /// snapshot is older than they are: get a newer one.
    pub fn snapshot(&mut self, depth: &Depth) -> bool {
        self.bids.clear();
        self.asks.clear();
        self.number = Some(depth.number);
        self.set(depth);
        let waiting = std::mem::take(&mut self.waiting);
        let mut is_whole = true;
        for (first, depth) in waiting {
            is_whole &= !matches!(self.difference(first, depth), Applied::Gap | Applied::Waits);
        }
        is_whole
    }

    /// Applies the changes from number `first` to the depth's.
    pub fn difference(&mut self, first: u64, depth: Depth) -> Applied {
        match self.number {
            Some(number) if depth.number <= number => Applied::Old,
            Some(number) if first <= number + 1 => {
                self.set(&depth);
                self.number = Some(depth.number);
                Applied::Yes
            }
            known => {
                self.bids.clear();
                self.asks.clear();
                self.number = None;
                if self.waiting.len() == Self::WAITING {
                    self.waiting.pop_front();
                }
                self.waiting.push_back((first, depth));
                if known.is_some() {
                    Applied::Gap
                } else {
                    Applied::Waits
                }
            }
        }
    }

    fn set(&mut self, depth: &Depth) {
        for (side, levels) in [(&mut self.bids, &depth.bids), (&mut self.asks, &depth.asks)] {
            for Level { price, quantity } in levels {
                if *quantity == 0.0 {
                    side.remove(&price.to_bits());
                } else {
                    side.insert(price.to_bits(), *quantity);
                }
            }
        }
    }

    /// The book, the best levels first; `None` while it waits for a snapshot.
    #[must_use]
    pub fn depth(&self) -> Option<Depth> {
        let level = |(price, quantity): (&u64, &f64)| Level {
            price: f64::from_bits(*price),
            quantity: *quantity,
        };
        Some(Depth {
            number: self.number?,
            bids: self.bids.iter().rev().map(level).collect(),
            asks: self.asks.iter().map(level).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bids(number: u64, levels: &[(f64, f64)]) -> Depth {
        let level = |(price, quantity): &(f64, f64)| Level {
            price: *price,
            quantity: *quantity,
        };
        Depth {
            number,
            bids: levels.iter().map(level).collect(),
            asks: Vec::new(),
        }
    }

    #[test]
    fn differences_are_applied_from_the_one_that_the_snapshot_falls_into() {
        let mut book = Book::default();
        assert_eq!(book.difference(4, bids(5, &[(1.0, 9.0)])), Applied::Waits);
        assert_eq!(book.difference(6, bids(7, &[(2.0, 3.0)])), Applied::Waits);
        assert_eq!(book.difference(8, bids(9, &[(1.0, 0.0)])), Applied::Waits);
        assert_eq!(book.depth(), None);
        // It includes 4, 5 and 6 already, so that the first is old.
        assert!(book.snapshot(&bids(6, &[(1.0, 5.0), (10.0, 1.0)])));
        assert_eq!(book.depth(), Some(bids(9, &[(10.0, 1.0), (2.0, 3.0)])));
        assert_eq!(book.difference(8, bids(9, &[(1.0, 4.0)])), Applied::Old);
        assert_eq!(book.difference(10, bids(10, &[(2.0, 4.0)])), Applied::Yes);
        assert_eq!(book.depth(), Some(bids(10, &[(10.0, 1.0), (2.0, 4.0)])));
    }

    #[test]
    fn a_gap_empties_the_book_until_a_snapshot_that_is_new_enough() {
        let mut book = Book::default();
        assert!(book.snapshot(&bids(3, &[(1.0, 5.0)])));
        assert_eq!(book.difference(5, bids(6, &[(2.0, 1.0)])), Applied::Gap);
        assert_eq!(book.depth(), None);
        assert!(!book.snapshot(&bids(3, &[(1.0, 5.0)])), "too old");
        assert_eq!(book.depth(), None);
        assert!(book.snapshot(&bids(4, &[(1.0, 5.0)])));
        assert_eq!(book.depth(), Some(bids(6, &[(2.0, 1.0), (1.0, 5.0)])));
    }

    #[test]
    fn few_differences_wait() {
        let mut book = Book::default();
        for number in 1..=Book::WAITING as u64 + 1 {
            book.difference(number, bids(number, &[(1.0, 1.0)]));
        }
        assert_eq!(book.waiting.len(), Book::WAITING);
        assert!(!book.snapshot(&bids(0, &[])), "the first was dropped");
        assert!(book.snapshot(&bids(1, &[])));
    }
}
