//! By what the commands are signed in: the environment, or the stored login.

use client::AuthToken;
use secrecy::ExposeSecret;
use tv_http::account::SessionCookies;

use crate::{
    args::ConnectionArgs,
    exit::{Failure, chain},
    site::{base, is_trusted},
    store::{Credentials, Login, Vault, variable},
};

/// The site of a login that belongs to TradingView itself.
pub(crate) const SITE: &str = "https://www.tradingview.com";

/// Credentials, and where they are from.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) login: Login,
    pub(crate) source: Source,
}

/// Where credentials are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// `TV_AUTH_TOKEN`.
    Token,
    /// `TV_COOKIES`.
    Cookies,
    /// `tvfeed login`.
    Stored,
}

impl Source {
    /// For people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Token => "TV_AUTH_TOKEN",
            Self::Cookies => "TV_COOKIES",
            Self::Stored => "the stored login",
        }
    }
}

/// The credentials for what the command line names: of the environment, else the stored ones. None
/// with `--guest` and `--sim`.
///
/// A stored login is used for the site that it was made for alone.
pub(crate) async fn find(args: &ConnectionArgs) -> Result<Option<Found>, Failure> {
    if args.guest || args.sim {
        return Ok(None);
    }
    if let Some(credentials) = of_environment()? {
        return Ok(Some(credentials));
    }
    let Some(site) = site(args) else {
        return Ok(None);
    };
    // It may ask for a passphrase, and makes a key of it.
    let login = tokio::task::spawn_blocking(|| Vault::open()?.load()).await;
    let login =
        login.map_err(|error| Failure::Internal(format!("cannot read the login: {error}")))??;
    let login = login.filter(|login| login.site == site);
    Ok(login.map(|login| Found {
        login,
        source: Source::Stored,
    }))
}

/// The site that a login would be for; `None` if the command line names a WebSocket server of
/// others.
pub(crate) fn site(args: &ConnectionArgs) -> Option<String> {
    match base(args, None) {
        Some(base) => Some(base.trim_end_matches('/').to_owned()),
        None => args
            .endpoint
            .iter()
            .all(|url| is_trusted(url))
            .then(|| SITE.to_owned()),
    }
}

fn of_environment() -> Result<Option<Found>, Failure> {
    let found = |credentials, source| {
        let login = Login {
            site: SITE.to_owned(),
            user: None,
            credentials,
        };
        Some(Found { login, source })
    };
    if let Some(token) = token()? {
        return Ok(found(Credentials::Token(token), Source::Token));
    }
    Ok(cookies()?.and_then(|cookies| found(Credentials::Cookies(cookies), Source::Cookies)))
}

/// The token of the environment, unless it is a guest's.
fn token() -> Result<Option<AuthToken>, Failure> {
    let Some(text) = variable("TV_AUTH_TOKEN")? else {
        return Ok(None);
    };
    let token = text.expose_secret().trim();
    if token.contains(|char: char| char.is_whitespace() || char.is_control()) {
        return Err(Failure::Usage(
            "TV_AUTH_TOKEN contains blanks or line breaks: it was probably not pasted correctly"
                .to_owned(),
        ));
    }
    let token = (!token.is_empty()).then(|| AuthToken::new(token));
    Ok(token.filter(|token| !token.is_anonymous()))
}

/// The cookies of the environment.
fn cookies() -> Result<Option<SessionCookies>, Failure> {
    let Some(text) = variable("TV_COOKIES")? else {
        return Ok(None);
    };
    if text.expose_secret().trim().is_empty() {
        return Ok(None);
    }
    let cookies = SessionCookies::parse(text.expose_secret())
        .map_err(|error| Failure::Usage(format!("TV_COOKIES: {}", chain(&error))))?;
    Ok(Some(cookies))
}
