//! Places of the symbols of a quote session.

/// The place of a symbol among those of its quote session. No two symbols have one at once; another
/// symbol may have it later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place(pub(crate) usize);

/// Gives out places: the smallest that exist, so that there are never more than symbols were wanted
/// at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// How many exist. `free.len() <= count`
    count: usize,
    free: Vec<Place>,
}

impl Places {
    pub(super) fn take(&mut self) -> Place {
        self.free.pop().unwrap_or_else(|| {
            self.count += 1;
            Place(self.count - 1)
        })
    }

    pub(super) fn give_back(&mut self, place: Place) {
        self.free.push(place);
    }
}
