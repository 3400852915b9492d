//! Session ids: a prefix that names the kind, and twelve random characters.

use std::fmt;

use rand_core::CryptoRng;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const RANDOM_CHARACTERS: usize = 12;

/// An id that the client chooses for a session, such as `qs_xkd21F2c6xIU`.
///
/// Twelve characters of 62 make 2^71 ids of each kind. They come from the random source that the
/// caller hands in. It must be fit for secrets: an attacker who guesses an id gains little, but a
/// weak source repeats itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(Box<str>);

impl SessionId {
    /// Prefix of quote sessions.
    pub const QUOTE: &'static str = "qs_";
    /// Prefix of chart sessions.
    pub const CHART: &'static str = "cs_";
    /// Prefix of replay sessions.
    pub const REPLAY: &'static str = "rs_";
    /// Prefix of studies, whose ids are made the same way.
    pub const STUDY: &'static str = "st_";
    /// Prefix of market depth sessions.
    pub const DEPTH: &'static str = "ds_";
    /// Prefix of history sessions.
    pub const HISTORY: &'static str = "hs_";

    /// Makes an id with a prefix: one of the constants, or any of your own, such as `demo_`.
    ///
    /// ```
    /// use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
    /// use tv_protocol::id::SessionId;
    ///
    /// let mut rng = ChaCha20Rng::seed_from_u64(7);
    /// let id = SessionId::generate(SessionId::QUOTE, &mut rng);
    /// assert!(id.as_str().starts_with("qs_") && id.as_str().len() == 15);
    /// ```
    #[must_use]
    pub fn generate(prefix: &str, rng: &mut impl CryptoRng) -> Self {
        let mut id = String::with_capacity(prefix.len() + RANDOM_CHARACTERS);
        id.push_str(prefix);
        let mut missing = RANDOM_CHARACTERS;
        while missing > 0 {
            // Six bits index 64 places; the two without a character are drawn again, so that all
            // characters are equally likely.
            let mut bits = rng.next_u64();
            for _ in 0..10 {
                if let Some(&character) = ALPHABET.get((bits & 63) as usize)
                    && missing > 0
                {
                    id.push(char::from(character));
                    missing -= 1;
                }
                bits >>= 6;
            }
        }
        Self(id.into_boxed_str())
    }

    /// Wraps an existing id.
    #[must_use]
    pub fn from_text(id: &str) -> Self {
        Self(id.into())
    }

    /// The id as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for SessionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use super::*;

    #[test]
    fn ids_have_prefix_and_twelve_characters_and_never_repeat() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut seen = HashSet::new();
        for _ in 0..100_000 {
            let id = SessionId::generate("demo_", &mut rng);
            let random = id.as_str().strip_prefix("demo_").expect("the prefix");
            assert_eq!(random.len(), 12);
            assert!(random.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            assert!(seen.insert(id));
        }
    }

    #[test]
    fn every_character_is_about_equally_likely() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let mut counts = [0_u32; 128];
        for _ in 0..10_000 {
            for byte in SessionId::generate("", &mut rng).as_str().bytes() {
                counts[usize::from(byte)] += 1;
            }
        }
        let mean = 120_000 / 62;
        for &character in ALPHABET {
            let count = counts[usize::from(character)];
            assert!(
                count.abs_diff(mean) < mean / 5,
                "{}: {count}",
                char::from(character)
            );
        }
    }
}
