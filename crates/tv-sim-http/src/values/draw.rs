//! Numbers that belong to a name: the same at any time.

/// A number that a name and a purpose have.
pub(super) fn draw(name: &str, purpose: &str) -> u64 {
    let bytes = name.bytes().chain([0]).chain(purpose.bytes());
    // FNV-1a, then mixed: the low digits of such a hash depend on few bytes.
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, step);
    let mixed = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 27)
}

/// A number from 0 to 1 that a name and a purpose have.
pub(super) fn part(name: &str, purpose: &str) -> f64 {
    (draw(name, purpose) % 10_001) as f64 / 10_000.0
}
