//! Signatures that prove that a site of this seed made a text.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// The key that a site signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seal(u64);

impl Seal {
    /// The key of a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The signature of a text that serves a purpose.
    pub(super) fn sign(self, purpose: &str, text: &str) -> [u8; 20] {
        let key = [b"simulated ", purpose.as_bytes(), &self.0.to_le_bytes()].concat();
        hmac_sha1(&key, text.as_bytes())
    }

    /// A signature of any length.
    pub(super) fn sign_long(self, purpose: &str, text: &str, length: usize) -> Vec<u8> {
        let part = |nth: usize| self.sign(&format!("{purpose} {nth}"), text);
        let mut signature: Vec<u8> = (0..length.div_ceil(20)).flat_map(part).collect();
        signature.truncate(length);
        signature
    }

    /// The signature in hexadecimal digits, cut to a length.
    pub(super) fn sign_hex(self, purpose: &str, text: &str, digits: usize) -> String {
        let signature = self.sign_long(purpose, text, digits.div_ceil(2));
        let mut hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
        hex.truncate(digits);
        hex
    }
}

/// HMAC over SHA-1 (RFC 2104).
pub(super) fn hmac_sha1(key: &[u8], text: &[u8]) -> [u8; 20] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}
