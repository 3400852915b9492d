//! Encryption by a passphrase: argon2id makes the key, ChaCha20-Poly1305 encrypts and seals.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};
use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox, SecretString};
use serde::{Deserialize, Serialize};

/// Memory for the key in KiB, and passes over it: some 0.2 s of one core.
const MEMORY: u32 = 64 * 1024;
const PASSES: u32 = 3;

/// The most that a file may ask for.
const MOST_MEMORY: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 16;

/// How many bytes of salt there are.
const SALT: usize = 16;

/// How many bytes the key has.
const KEY: usize = 32;

/// An encrypted text, and how its key is made.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Sealed {
    /// In KiB.
    memory: u32,
    passes: u32,
    salt: String,
    nonce: String,
    data: String,
}

/// Why a text could not be encrypted or decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CipherError {
    /// The passphrase is wrong, or the text was changed.
    Wrong,
    /// The envelope is not one of ours.
    Malformed,
    /// The system has no randomness, or not enough memory.
    System,
}

/// Encrypts a text.
pub(super) fn seal(text: &SecretString, passphrase: &SecretString) -> Result<Sealed, CipherError> {
    let random = SystemRandom::new();
    let mut salt = [0; SALT];
    let mut nonce = [0; NONCE_LEN];
    random.fill(&mut salt).map_err(|_| CipherError::System)?;
    random.fill(&mut nonce).map_err(|_| CipherError::System)?;
    let mut sealed = Sealed {
        memory: MEMORY,
        passes: PASSES,
        salt: STANDARD.encode(salt),
        nonce: STANDARD.encode(nonce),
        data: String::new(),
    };
    let key = sealed.key(passphrase)?;
    let mut data = text.expose_secret().as_bytes().to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, sealed.aad(), &mut data)
        .map_err(|_| CipherError::System)?;
    sealed.data = STANDARD.encode(data);
    Ok(sealed)
}

impl Sealed {
    /// Decrypts the text.
    pub(super) fn open(&self, passphrase: &SecretString) -> Result<SecretString, CipherError> {
        let bytes = |text: &str| STANDARD.decode(text).map_err(|_| CipherError::Malformed);
        let nonce = bytes(&self.nonce)?;
        let nonce = Nonce::try_assume_unique_for_key(&nonce).map_err(|_| CipherError::Malformed)?;
        let mut data = bytes(&self.data)?;
        let key = self.key(passphrase)?;
        let plain = key
            .open_in_place(nonce, self.aad(), &mut data)
            .map_err(|_| CipherError::Wrong)?;
        let text = std::str::from_utf8(plain).map_err(|_| CipherError::Malformed)?;
        let text = SecretString::from(text.to_owned());
        data.fill(0);
        Ok(text)
    }

    fn key(&self, passphrase: &SecretString) -> Result<LessSafeKey, CipherError> {
        if self.memory > MOST_MEMORY || self.passes > MOST_PASSES {
            return Err(CipherError::Malformed);
        }
        let salt = STANDARD
            .decode(&self.salt)
            .map_err(|_| CipherError::Malformed)?;
        let params = Params::new(self.memory, self.passes, 1, Some(KEY))
            .map_err(|_| CipherError::Malformed)?;
        let mut key = SecretBox::new(Box::new([0_u8; KEY]));
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(
                passphrase.expose_secret().as_bytes(),
                &salt,
                key.expose_secret_mut(),
            )
            .map_err(|_| CipherError::Malformed)?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, key.expose_secret())
            .map_err(|_| CipherError::System)?;
        Ok(LessSafeKey::new(key))
    }

    /// What is sealed though it is not encrypted.
    fn aad(&self) -> Aad<String> {
        Aad::from(format!("tvfeed login 1 {} {}", self.memory, self.passes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        text.to_owned().into()
    }

    #[test]
    fn a_text_is_read_by_its_passphrase_alone() {
        let sealed = seal(&secret("CANARY"), &secret("open sesame")).unwrap();
        let shown = serde_json::to_string(&sealed).unwrap();
        assert!(
            !shown.contains("CANARY") && !shown.contains("sesame"),
            "{shown}"
        );
        let read: Sealed = serde_json::from_str(&shown).unwrap();
        let text = read.open(&secret("open sesame")).unwrap();
        assert_eq!(text.expose_secret(), "CANARY");
        let wrong = read.open(&secret("open sesam")).map(drop);
        assert_eq!(wrong, Err(CipherError::Wrong));
        let other = seal(&secret("CANARY"), &secret("open sesame")).unwrap();
        assert!(other.data != sealed.data && other.salt != sealed.salt);
    }

    #[test]
    fn a_changed_envelope_is_refused() {
        let passphrase = secret("p");
        let sealed = || seal(&secret("text"), &passphrase).unwrap();
        let opened = |change: fn(&mut Sealed)| {
            let mut sealed = sealed();
            change(&mut sealed);
            sealed.open(&passphrase).map(drop)
        };
        assert_eq!(opened(|_| {}), Ok(()));
        assert_eq!(opened(|it| it.passes = 2), Err(CipherError::Wrong));
        assert_eq!(
            opened(|it| it.data.insert(0, 'A')),
            Err(CipherError::Malformed)
        );
        assert_eq!(opened(|it| it.data.clear()), Err(CipherError::Wrong));
        assert_eq!(opened(|it| it.nonce.clear()), Err(CipherError::Malformed));
        assert_eq!(opened(|it| it.salt.clear()), Err(CipherError::Malformed));
        assert_eq!(
            opened(|it| it.memory = u32::MAX),
            Err(CipherError::Malformed)
        );
        assert_eq!(
            opened(|it| it.passes = u32::MAX),
            Err(CipherError::Malformed)
        );
        assert_eq!(opened(|it| it.passes = 0), Err(CipherError::Malformed));
    }
}
