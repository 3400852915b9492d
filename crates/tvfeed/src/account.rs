//! The account that a command uses: how it signs in, and what it says of that.

use client::{Auth, TokenSource};
use tokio::task::JoinHandle;
use tv_http::{
    client::HttpClient,
    login::{Account, AccountError, AccountState},
};

use crate::{
    args::ConnectionArgs,
    credentials::{Found, Source, find},
    exit::{Failure, chain, say},
    http,
    simulator::now,
    store::Credentials,
};

/// How a client signs in, and the task that reports changes of the account.
#[derive(Debug)]
pub(crate) struct SignIn {
    pub(crate) auth: Auth,
    pub(crate) reporter: Option<JoinHandle<()>>,
    /// By what; `None` for a guest.
    pub(crate) found: Option<Found>,
}

/// How a client of what the command line names signs in.
///
/// Cookies are checked before: what cannot sign in fails here. The stored login is mentioned once.
/// `simulator` is the WebSocket address of the embedded simulator, if it is in use.
pub(crate) async fn sign_in(
    args: &ConnectionArgs,
    simulator: Option<&str>,
) -> Result<SignIn, Failure> {
    let Some(found) = find(args).await? else {
        return Ok(SignIn {
            auth: Auth::Guest,
            reporter: None,
            found: None,
        });
    };
    if found.source == Source::Stored {
        let whose = match &found.login.user {
            Some(user) => format!(" of {user}"),
            None => String::new(),
        };
        say(format_args!(
            "using the stored login{whose}; --guest leaves it out"
        ));
    }
    // The server judges a token that was given; a stored one has an expiry that is checked here.
    if let (false, Credentials::Token(token)) =
        (found.source == Source::Stored, &found.login.credentials)
    {
        return Ok(SignIn {
            auth: token.clone().into(),
            reporter: None,
            found: Some(found),
        });
    }
    let account = account(&found, &http::builder(args, simulator)?.build()?, args);
    account
        .token()
        .await
        .map_err(|error| failed(&found, error))?;
    let source = TokenSource::new(account.tokens());
    let reporter = tokio::spawn(report(account));
    Ok(SignIn {
        auth: source.into(),
        reporter: Some(reporter),
        found: Some(found),
    })
}

/// The account of credentials.
pub(crate) fn account(found: &Found, client: &HttpClient, args: &ConnectionArgs) -> Account {
    match &found.login.credentials {
        Credentials::Cookies(cookies) => Account::new(client, cookies.clone()),
        Credentials::Token(token) => Account::from_token(token.clone(), now(args)),
    }
}

/// Why no token could be had, and what to do about it.
pub(crate) fn failed(found: &Found, error: AccountError) -> Failure {
    let hint = match (found.source, error.is_final()) {
        (Source::Stored, true) => " (tvfeed login; --guest goes without it)",
        _ => " (--guest goes without it)",
    };
    let text = format!("{}: {}{hint}", found.source.name(), chain(&error));
    match error {
        AccountError::Unavailable { error, .. } => match Failure::from(error) {
            Failure::Network(_) => Failure::Network(text),
            Failure::Refused(_) => Failure::Refused(text),
            Failure::Usage(_) => Failure::Usage(text),
            _ => Failure::Authentication(text),
        },
        _ => Failure::Authentication(text),
    }
}

/// Writes to stderr what changes of an account.
async fn report(account: Account) {
    let mut states = account.states();
    // The task must not keep the account: its states end with the client.
    drop(account);
    while let Some(state) = states.next().await {
        match state {
            AccountState::SignedIn {
                lost_plan: Some(plan),
                ..
            } => say(format_args!(
                "the account has lost its plan ({plan}): data may be delayed from now on, and limits lower"
            )),
            AccountState::Waiting(error) | AccountState::Ended(error) => say(chain(&error)),
            _ => {}
        }
    }
}
