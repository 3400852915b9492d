//! Where the login is, and how it gets there.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{
    cipher::{self, CipherError, Sealed},
    file,
    folder::folder,
    keyring::Keyring,
    login::Login,
    passphrase,
};
use crate::exit::Failure;

/// The name of the file.
const FILE: &str = "login";

/// The name of the file for the simulator, whose accounts are invented and known to all.
const SIMULATOR_FILE: &str = "login-simulator";

/// Where a login is to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// In the system's keyring if there is one that answers, else in an encrypted file.
    Best,
    /// In the system's keyring.
    Keyring,
    /// In a file that a passphrase encrypts.
    Encrypted,
    /// In a file as plain text.
    Plain,
}

/// What a login is stored in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The system's keyring.
    Keyring,
    /// A file that a passphrase encrypts.
    Encrypted(PathBuf),
    /// A file as plain text.
    Plain(PathBuf),
}

/// The one place of the stored login: a file, which may say that the keyring has it.
#[derive(Debug)]
pub(crate) struct Vault {
    file: PathBuf,
    /// In place of the system's, in tests.
    keyring: Option<Keyring>,
}

impl Vault {
    /// The user's, or the one for the simulator of `--sim`.
    pub(crate) fn open(is_simulator: bool) -> Result<Self, Failure> {
        let name = if is_simulator { SIMULATOR_FILE } else { FILE };
        Ok(Self {
            file: folder()?.join(name),
            keyring: None,
        })
    }

    /// The stored login, if there is one. Asks for the passphrase if it is encrypted.
    pub(crate) fn load(&self) -> Result<Option<Login>, Failure> {
        let Some(envelope) = self.envelope()? else {
            return Ok(None);
        };
        let text = match envelope {
            Envelope::Plain(text) => text,
            Envelope::Keyring => self.of_keyring()?,
            Envelope::Encrypted(sealed) => {
                let opened = sealed.open(&passphrase::known()?);
                opened.map_err(|error| match error {
                    CipherError::Wrong => Failure::Authentication(
                        "the passphrase of the stored login is wrong".to_owned(),
                    ),
                    _ => self.damaged(),
                })?
            }
        };
        Login::read(&text).map(Some).ok_or_else(|| self.damaged())
    }

    /// Stores a login in place of the one before, and says where.
    pub(crate) fn store(&self, login: &Login, choice: Choice) -> Result<Place, Failure> {
        let text = login.write();
        let kept = match choice {
            Choice::Best | Choice::Keyring => self.keep(&text),
            Choice::Encrypted | Choice::Plain => Err(String::new()),
        };
        let (envelope, place) = match (kept, choice) {
            (Ok(()), _) => (json!({ "keyring": true }), Place::Keyring),
            (Err(reason), Choice::Keyring) => {
                return Err(Failure::Usage(format!(
                    "the system's keyring cannot be used: {reason}; --store file uses a file"
                )));
            }
            (Err(_), Choice::Plain) => {
                let plain: Value = serde_json::from_str(text.expose_secret()).unwrap_or_default();
                (json!({ "plain": plain }), Place::Plain(self.file.clone()))
            }
            (Err(reason), Choice::Best | Choice::Encrypted) => {
                tracing::debug!(reason, "no keyring is used");
                self.encrypt(&text)?
            }
        };
        if place != Place::Keyring {
            self.forget();
        }
        self.write(&envelope)?;
        Ok(place)
    }

    /// Removes the stored login, whatever it is. False if there was none.
    pub(crate) fn remove(&self) -> Result<bool, Failure> {
        self.forget();
        file::remove(&self.file).map_err(|error| self.failed("remove", &error))
    }

    fn encrypt(&self, text: &SecretString) -> Result<(Value, Place), Failure> {
        let passphrase = passphrase::chosen()?;
        let sealed = cipher::seal(text, &passphrase).map_err(|_| {
            Failure::Internal("the login cannot be encrypted: no randomness or memory".to_owned())
        })?;
        let place = Place::Encrypted(self.file.clone());
        Ok((json!({ "encrypted": sealed }), place))
    }

    fn keyring(&self) -> Result<Keyring, String> {
        self.keyring.clone().map_or_else(Keyring::system, Ok)
    }

    /// The name of the login in the keyring: each folder of settings has its own.
    fn name(&self) -> String {
        self.file.display().to_string()
    }

    fn keep(&self, text: &SecretString) -> Result<(), String> {
        self.keyring()?.set(&self.name(), text)
    }

    /// Removes what the keyring has, if the file says that it has something.
    fn forget(&self) {
        if let Ok(Some(Envelope::Keyring)) = self.envelope()
            && let Ok(keyring) = self.keyring()
            && let Err(reason) = keyring.remove(&self.name())
        {
            tracing::warn!(reason, "the login stays in the system's keyring");
        }
    }

    fn of_keyring(&self) -> Result<SecretString, Failure> {
        let found = self.keyring().and_then(|keyring| keyring.get(&self.name()));
        match found {
            Ok(Some(text)) => Ok(text),
            Ok(None) => Err(Failure::Authentication(
                "the system's keyring no longer has the stored login; sign in anew, or use --guest \
                 to go without it"
                    .to_owned(),
            )),
            Err(reason) => Err(Failure::Usage(format!(
                "the stored login is in the system's keyring, which cannot be read: {reason}; \
                 --guest goes without it"
            ))),
        }
    }

    fn write(&self, envelope: &Value) -> Result<(), Failure> {
        let text = SecretString::from(format!("{envelope}\n"));
        file::write(&self.file, text.expose_secret()).map_err(|error| self.failed("write", &error))
    }

    fn envelope(&self) -> Result<Option<Envelope>, Failure> {
        let found = file::read(&self.file).map_err(|error| self.failed("read", &error))?;
        let Some(text) = found.map(SecretString::from) else {
            return Ok(None);
        };
        let fields: Value =
            serde_json::from_str(text.expose_secret()).map_err(|_| self.damaged())?;
        if fields.get("keyring") == Some(&Value::Bool(true)) {
            return Ok(Some(Envelope::Keyring));
        }
        if let Some(plain) = fields.get("plain") {
            return Ok(Some(Envelope::Plain(plain.to_string().into())));
        }
        if let Some(sealed) = fields.get("encrypted") {
            let sealed = serde_json::from_value(sealed.clone()).map_err(|_| self.damaged())?;
            return Ok(Some(Envelope::Encrypted(sealed)));
        }
        Err(self.damaged())
    }

    fn damaged(&self) -> Failure {
        Failure::Usage(format!(
            "{} is not a login of this version of tvfeed; run tvfeed logout, then sign in anew",
            self.file.display()
        ))
    }

    fn failed(&self, what: &str, error: &std::io::Error) -> Failure {
        Failure::Usage(format!("cannot {what} {}: {error}", self.file.display()))
    }
}

/// What the file holds.
enum Envelope {
    /// Nothing but that the keyring has the login.
    Keyring,
    Plain(SecretString),
    Encrypted(Sealed),
}

#[cfg(test)]
#[cfg(feature = "keyring")]
mod tests {
    use std::{fs, path::Path};

    use client::AuthToken;
    use keyring_core::mock;

    use super::*;
    use crate::store::login::Credentials;

    fn vault(name: &str) -> Vault {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp");
        let file = folder
            .join(format!("vault-{name}-{}", std::process::id()))
            .join(FILE);
        Vault {
            file,
            keyring: Some(Keyring::of(mock::Store::new().unwrap())),
        }
    }

    fn login() -> Login {
        Login {
            site: "https://a.test".to_owned(),
            user: Some("alice".to_owned()),
            credentials: Credentials::Token(AuthToken::new("CANARY")),
        }
    }

    fn token(vault: &Vault) -> String {
        match vault.load().unwrap().unwrap().credentials {
            Credentials::Token(token) => token.expose().to_owned(),
            other @ Credentials::Cookies(_) => panic!("{other:?}"),
        }
    }

    fn done(vault: &Vault) {
        fs::remove_dir_all(vault.file.parent().unwrap()).unwrap();
    }

    #[test]
    fn the_keyring_has_the_login_and_the_file_says_only_that() {
        let vault = vault("kept");
        for choice in [Choice::Best, Choice::Keyring] {
            assert_eq!(vault.store(&login(), choice).unwrap(), Place::Keyring);
            let text = fs::read_to_string(&vault.file).unwrap();
            assert_eq!(text, "{\"keyring\":true}\n");
            assert_eq!(token(&vault), "CANARY");
        }
        let keyring = vault.keyring().unwrap();
        assert!(keyring.get(&vault.name()).unwrap().is_some());
        assert!(vault.remove().unwrap());
        assert!(keyring.get(&vault.name()).unwrap().is_none());
        assert!(vault.load().unwrap().is_none());
        done(&vault);
    }

    #[test]
    fn a_login_in_a_file_takes_the_place_of_that_in_the_keyring() {
        let vault = vault("replaced");
        vault.store(&login(), Choice::Keyring).unwrap();
        let place = vault.store(&login(), Choice::Plain).unwrap();
        assert_eq!(place, Place::Plain(vault.file.clone()));
        let keyring = vault.keyring().unwrap();
        assert!(keyring.get(&vault.name()).unwrap().is_none());
        assert_eq!(token(&vault), "CANARY");
        done(&vault);
    }

    #[test]
    fn an_emptied_keyring_is_an_error_with_what_to_do() {
        let vault = vault("emptied");
        vault.store(&login(), Choice::Keyring).unwrap();
        vault.keyring().unwrap().remove(&vault.name()).unwrap();
        let error = vault.load().unwrap_err();
        assert_eq!(error.status(), 5);
        assert!(error.text().unwrap().contains("sign in anew"));
        // It can be removed, and replaced.
        assert!(vault.remove().unwrap());
        vault.store(&login(), Choice::Keyring).unwrap();
        assert_eq!(token(&vault), "CANARY");
        done(&vault);
    }

    #[test]
    #[ignore = "needs a keyring that answers: scripts/keyring runs it with one"]
    fn the_systems_keyring_keeps_a_login() {
        let mut vault = vault("system");
        vault.keyring = None;
        assert_eq!(vault.store(&login(), Choice::Best).unwrap(), Place::Keyring);
        let text = fs::read_to_string(&vault.file).unwrap();
        assert_eq!(text, "{\"keyring\":true}\n");
        assert_eq!(token(&vault), "CANARY");
        assert!(vault.remove().unwrap());
        assert!(vault.load().unwrap().is_none());
        done(&vault);
    }

    #[test]
    #[ignore = "needs a keyring that answers: scripts/keyring runs it with one"]
    fn the_systems_keyring_keeps_a_secret() {
        let keyring = Keyring::system().unwrap();
        let name = format!("test of {}", std::process::id());
        let secret = SecretString::from("CANARY");
        keyring.set(&name, &secret).unwrap();
        let kept = keyring.get(&name).unwrap().unwrap();
        assert_eq!(kept.expose_secret(), "CANARY");
        assert!(keyring.remove(&name).unwrap());
        assert!(!keyring.remove(&name).unwrap());
        assert!(keyring.get(&name).unwrap().is_none());
    }
}
