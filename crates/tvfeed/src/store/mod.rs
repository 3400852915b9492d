//! The stored login: cookies or a token, encrypted, in the user's folder of settings.
//!
//! A file `login` of mode 0600 holds it, encrypted by a passphrase; it is plain only on request.
//! Knows no network and no command.

mod cipher;
mod file;
mod folder;
mod login;
mod passphrase;
mod vault;

pub(crate) use self::{
    login::{Credentials, Login},
    passphrase::{secret_of, variable},
    vault::{Place, Vault},
};
