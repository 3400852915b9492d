//! Secrets from the environment, a prompt or stdin; never from the command line, which other users
//! can see.

use std::{
    env,
    io::{self, BufRead, IsTerminal},
};

use secrecy::{ExposeSecret, SecretString};

use crate::{exit::Failure, terminal};

/// The longest secret.
const MAX_BYTES: u64 = 64 * 1024;

/// Where the passphrase is looked for.
const VARIABLE: &str = "TVFEED_PASSPHRASE";

/// The passphrase of a login that is stored.
pub(super) fn known() -> Result<SecretString, Failure> {
    if let Some(text) = variable(VARIABLE)? {
        return Ok(text);
    }
    if !terminal::is_terminal() {
        return Err(Failure::Usage(format!(
            "the stored login is encrypted; set {VARIABLE}, or use --guest to go without it"
        )));
    }
    prompt("Passphrase of the stored login: ")
}

/// The passphrase of a login that will be stored.
pub(super) fn chosen() -> Result<SecretString, Failure> {
    if let Some(text) = variable(VARIABLE)? {
        return Ok(text);
    }
    if !terminal::is_terminal() {
        return Err(Failure::Usage(format!(
            "the login is encrypted by a passphrase; set {VARIABLE}, or use --insecure-store \
             to store it as plain text"
        )));
    }
    let first = prompt("New passphrase for the stored login: ")?;
    if first.expose_secret().is_empty() {
        return Err(Failure::Usage("the passphrase is empty".to_owned()));
    }
    let second = prompt("The same again: ")?;
    match first.expose_secret() == second.expose_secret() {
        true => Ok(first),
        false => Err(Failure::Usage("the passphrases are different".to_owned())),
    }
}

/// A secret from the environment, else from a prompt or, if stdin is not a terminal, its next line.
pub(crate) fn secret_of(name: &str, question: &str) -> Result<SecretString, Failure> {
    if let Some(text) = variable(name)? {
        return Ok(text);
    }
    let text = if io::stdin().is_terminal() && terminal::is_terminal() {
        prompt(question)?
    } else {
        line()?
    };
    match text.expose_secret().is_empty() {
        true => Err(Failure::Usage(format!(
            "nothing was given for \"{}\"; set {name}, or write it to stdin",
            question.trim_end_matches([':', ' '])
        ))),
        false => Ok(text),
    }
}

/// The next line of stdin, without its end.
fn line() -> Result<SecretString, Failure> {
    let mut text = String::new();
    let failed = |error: io::Error| Failure::Usage(format!("cannot read stdin: {error}"));
    io::Read::take(io::stdin().lock(), MAX_BYTES)
        .read_line(&mut text)
        .map_err(failed)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned().into())
}

fn prompt(question: &str) -> Result<SecretString, Failure> {
    let failed = |error: io::Error| Failure::Usage(format!("cannot ask at the terminal: {error}"));
    let text = rpassword::prompt_password(question).map_err(failed)?;
    Ok(text.into())
}

/// A secret of the environment that is not empty.
pub(crate) fn variable(name: &str) -> Result<Option<SecretString>, Failure> {
    let Some(text) = env::var_os(name) else {
        return Ok(None);
    };
    // An error of the environment would hold the text; it is not used.
    let Ok(text) = text.into_string() else {
        return Err(Failure::Usage(format!("{name} is not valid text")));
    };
    Ok((!text.is_empty()).then(|| text.into()))
}
