//! The stored login: cookies or a token, encrypted, in the user's folder of settings.
//!
//! A file `login` of mode 0600 holds it, encrypted by a passphrase; it is plain only on request. A
//! build with the feature `keyring` prefers the system's keyring, and the file says that it has it.
//! Knows no network and no command.

mod cipher;
mod file;
mod folder;
mod keyring;
mod login;
mod passphrase;
mod vault;

pub(crate) use self::{
    login::{Credentials, Login},
    passphrase::{secret_of, variable},
    vault::{Choice, Place, Vault},
};
