//! The system's keyring, if this build has the feature `keyring`: the Secret Service of a Linux
//! desktop (GNOME Keyring, KWallet, KeePassXC), the Keychain of macOS, the credentials of Windows.

#[cfg(not(feature = "keyring"))]
pub(super) use self::none::Keyring;
#[cfg(feature = "keyring")]
pub(super) use self::system::Keyring;

#[cfg(feature = "keyring")]
mod system {
    use std::sync::Arc;

    #[cfg(target_os = "macos")]
    use apple_native_keyring_store::keychain::Store;
    #[cfg(all(unix, not(target_os = "macos")))]
    use dbus_secret_service_keyring_store::Store;
    use keyring_core::{CredentialStore, Entry, Error};
    use secrecy::{ExposeSecret, SecretString};
    #[cfg(windows)]
    use windows_native_keyring_store::Store;

    /// Under which name entries are kept.
    const SERVICE: &str = "tvfeed";

    /// A store of secrets, by name.
    #[derive(Clone, Debug)]
    pub(in crate::store) struct Keyring(Arc<CredentialStore>);

    impl Keyring {
        /// The system's, or why there is none.
        pub(in crate::store) fn system() -> Result<Self, String> {
            let store = Store::new().map_err(|error| words(&error))?;
            Ok(Self(store))
        }

        #[cfg(test)]
        pub(in crate::store) fn of(store: Arc<CredentialStore>) -> Self {
            Self(store)
        }

        /// Keeps a secret in place of the one before, and reads it back.
        pub(in crate::store) fn set(
            &self,
            name: &str,
            secret: &SecretString,
        ) -> Result<(), String> {
            self.probe(name)?;
            let entry = self.entry(name)?;
            let set = entry.set_password(secret.expose_secret());
            set.map_err(|error| words(&error))?;
            match self.get(name)? {
                Some(kept) if kept.expose_secret() == secret.expose_secret() => Ok(()),
                _ => Err("it does not return what was stored".to_owned()),
            }
        }

        /// The secret, if there is one.
        pub(in crate::store) fn get(&self, name: &str) -> Result<Option<SecretString>, String> {
            match self.entry(name)?.get_password() {
                Ok(secret) => Ok(Some(secret.into())),
                Err(Error::NoEntry) => Ok(None),
                Err(error) => Err(words(&error)),
            }
        }

        /// Forgets the secret. False if there was none.
        pub(in crate::store) fn remove(&self, name: &str) -> Result<bool, String> {
            match self.entry(name)?.delete_credential() {
                Ok(()) => Ok(true),
                Err(Error::NoEntry) => Ok(false),
                Err(error) => Err(words(&error)),
            }
        }

        /// Whether what is stored can be read back. If it can not, no secret is stored.
        fn probe(&self, name: &str) -> Result<(), String> {
            const WORD: &str = "probe";
            let entry = self.entry(&format!("{name} {WORD}"))?;
            let set = entry.set_password(WORD);
            let kept = set.and_then(|()| entry.get_password());
            let removed = entry.delete_credential();
            match kept {
                Ok(kept) if kept == WORD => removed.map_err(|error| words(&error)),
                Ok(_) => Err("it does not return what was stored".to_owned()),
                Err(error) => Err(words(&error)),
            }
        }

        fn entry(&self, name: &str) -> Result<Entry, String> {
            Entry::new_in_store(&self.0, SERVICE, name).map_err(|error| words(&error))
        }
    }

    /// An error without the secrets that some of them hold.
    fn words(error: &Error) -> String {
        match error {
            Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => cause.to_string(),
            Error::BadEncoding(_) | Error::BadDataFormat(..) => {
                "it holds something else under this name".to_owned()
            }
            Error::TooLong(what, most) => format!("{what} is longer than {most}"),
            other => other.to_string(),
        }
    }
}

#[cfg(not(feature = "keyring"))]
mod none {
    use secrecy::SecretString;

    /// Why there is none.
    const NONE: &str = "this build has none (cargo feature `keyring`)";

    /// There is none.
    #[derive(Clone, Debug)]
    pub(in crate::store) struct Keyring(std::convert::Infallible);

    impl Keyring {
        /// Why there is none.
        pub(in crate::store) fn system() -> Result<Self, String> {
            Err(NONE.to_owned())
        }

        pub(in crate::store) fn set(&self, _: &str, _: &SecretString) -> Result<(), String> {
            match self.0 {}
        }

        pub(in crate::store) fn get(&self, _: &str) -> Result<Option<SecretString>, String> {
            match self.0 {}
        }

        pub(in crate::store) fn remove(&self, _: &str) -> Result<bool, String> {
            match self.0 {}
        }
    }
}
