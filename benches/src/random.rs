//! Numbers that look random and are the same on every machine.

/// Marsaglia's xorshift, 64 bits.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Distinct seeds give distinct numbers.
    pub(crate) fn new(seed: u64) -> Self {
        // Any state but zero will do; the multiplication spreads small seeds over all bits.
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 0 to `limit` less one. The slight bias of the remainder does not matter here.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = limit.max(1) as u64;
        usize::try_from((self.next() >> 16) % limit).unwrap_or_default()
    }

    /// True in `share` of a hundred cases.
    pub(crate) fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// One of several.
    pub(crate) fn pick<T: Copy + Default>(&mut self, among: &[T]) -> T {
        among
            .get(self.below(among.len()))
            .copied()
            .unwrap_or_default()
    }
}
