//! Where the login is, and how it gets there.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{
    cipher::{self, CipherError, Sealed},
    file,
    folder::folder,
    login::Login,
    passphrase,
};
use crate::exit::Failure;

/// The name of the file.
const FILE: &str = "login";

/// What a login is stored in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file that a passphrase encrypts.
    Encrypted(PathBuf),
    /// A file as plain text.
    Plain(PathBuf),
}

/// The one place of the stored login.
#[derive(Debug)]
pub(crate) struct Vault {
    file: PathBuf,
}

impl Vault {
    /// The user's.
    pub(crate) fn open() -> Result<Self, Failure> {
        Ok(Self {
            file: folder()?.join(FILE),
        })
    }

    /// The stored login, if there is one. Asks for the passphrase if it is encrypted.
    pub(crate) fn load(&self) -> Result<Option<Login>, Failure> {
        let Some(envelope) = self.envelope()? else {
            return Ok(None);
        };
        let text = match envelope {
            Envelope::Plain(text) => text,
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
    ///
    /// It is encrypted, unless `insecure` asks for plain text.
    pub(crate) fn store(&self, login: &Login, insecure: bool) -> Result<Place, Failure> {
        let text = login.write();
        let (envelope, place) = if insecure {
            let plain: Value = serde_json::from_str(text.expose_secret()).unwrap_or_default();
            (json!({ "plain": plain }), Place::Plain(self.file.clone()))
        } else {
            self.keep(&text)?
        };
        self.write(&envelope)?;
        Ok(place)
    }

    /// Removes the stored login, whatever it is. False if there was none.
    pub(crate) fn remove(&self) -> Result<bool, Failure> {
        file::remove(&self.file).map_err(|error| self.failed("remove", &error))
    }

    fn keep(&self, text: &SecretString) -> Result<(Value, Place), Failure> {
        let passphrase = passphrase::chosen()?;
        let sealed = cipher::seal(text, &passphrase).map_err(|_| {
            Failure::Internal("the login cannot be encrypted: no randomness or memory".to_owned())
        })?;
        let place = Place::Encrypted(self.file.clone());
        Ok((json!({ "encrypted": sealed }), place))
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
    Plain(SecretString),
    Encrypted(Sealed),
}
