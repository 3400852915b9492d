//! By what the commands are signed in. All of them look in the same places, in the same order: the
//! options `--cookies` and `--token-file`, the environment, the stored login.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use client::AuthToken;
use secrecy::{ExposeSecret, SecretString};
use tv_http::account::SessionCookies;

use crate::{
    args::ConnectionArgs,
    exit::{Failure, chain},
    site::{base, is_trusted},
    store::{Credentials, Login, Vault, variable},
};

/// The site of a login that belongs to TradingView itself.
pub(crate) const SITE: &str = "https://www.tradingview.com";

/// The longest export of cookies that is read.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Credentials, and where they are from.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) login: Login,
    pub(crate) source: Source,
}

/// Where credentials are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// `--cookies`.
    CookiesOption,
    /// `--token-file`.
    TokenOption,
    /// `TV_COOKIES`.
    Cookies,
    /// `TV_AUTH_TOKEN`.
    Token,
    /// `tvfeed login`.
    Stored,
}

impl Source {
    /// For people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CookiesOption => "--cookies",
            Self::TokenOption => "--token-file",
            Self::Cookies => "TV_COOKIES",
            Self::Token => "TV_AUTH_TOKEN",
            Self::Stored => "the stored login",
        }
    }
}

/// The credentials for what the command line names: those of an option, else of the environment,
/// else the stored ones. In each place, cookies come before a token, which HTTP endpoints do not
/// take and which cannot be renewed. None with `--guest`.
///
/// A stored login is used for the site that it was made for alone. With `--sim` the environment is
/// not read.
pub(crate) async fn find(args: &ConnectionArgs) -> Result<Option<Found>, Failure> {
    if args.guest {
        return Ok(None);
    }
    if let Some(credentials) = of_options(args).await? {
        return Ok(Some(credentials));
    }
    if !args.sim
        && let Some(credentials) = of_environment()?
    {
        return Ok(Some(credentials));
    }
    let Some(site) = site(args) else {
        return Ok(None);
    };
    // It may ask for a passphrase, and makes a key of it.
    let is_simulator = args.sim;
    let login = in_background(move || Vault::open(is_simulator)?.load()).await?;
    let login = login.filter(|login| login.site == site);
    Ok(login.map(|login| Found {
        login,
        source: Source::Stored,
    }))
}

/// The site that a login would be for; `None` if the command line names a WebSocket server of
/// others. Simulators of the same seed know each other's logins.
pub(crate) fn site(args: &ConnectionArgs) -> Option<String> {
    if args.sim {
        return Some(format!("simulator of seed {}", args.sim_seed.unwrap_or(1)));
    }
    match base(args, None) {
        Some(base) => Some(base.trim_end_matches('/').to_owned()),
        None => args
            .endpoint
            .iter()
            .all(|url| is_trusted(url))
            .then(|| SITE.to_owned()),
    }
}

/// What to do about an answer that wants an account.
pub(crate) fn hint(args: &ConnectionArgs, found: Option<&Found>) -> &'static str {
    match found.map(|found| (found.source, &found.login.credentials)) {
        None if args.guest => " (--guest was given)",
        None => " (tvfeed login, --cookies FILE or TV_COOKIES)",
        Some((_, Credentials::Token(_))) => {
            " (a token is good for quotes and bars only; tvfeed login --cookies FILE signs in here)"
        }
        Some((Source::Stored, _)) => " (the stored login is not enough: tvfeed login)",
        Some(_) => "",
    }
}

/// Reads cookies from a file, or stdin.
pub(crate) async fn read_cookies(file: &Path) -> Result<SessionCookies, Failure> {
    let text = read(file).await?;
    SessionCookies::parse(text.expose_secret())
        .map_err(|error| Failure::Usage(format!("{}: {}", file.display(), chain(&error))))
}

/// Reads a token from a file, or stdin.
pub(crate) async fn read_token(file: &Path) -> Result<AuthToken, Failure> {
    let text = read(file).await?;
    let name = file.display().to_string();
    token(&text, &name)?
        .ok_or_else(|| Failure::Usage(format!("{name} holds no token, or that of guests")))
}

/// The token in a text, unless it is a guest's or there is none.
pub(crate) fn token(text: &SecretString, name: &str) -> Result<Option<AuthToken>, Failure> {
    let token = text.expose_secret().trim();
    if token.contains(|char: char| char.is_whitespace() || char.is_control()) {
        return Err(Failure::Usage(format!(
            "{name} contains blanks or line breaks: it was probably not pasted correctly"
        )));
    }
    let token = (!token.is_empty()).then(|| AuthToken::new(token));
    Ok(token.filter(|token| !token.is_anonymous()))
}

/// Does work that waits for files, prompts or keys.
pub(crate) async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::Internal(format!("cannot read the login: {error}")))?
}

async fn of_options(args: &ConnectionArgs) -> Result<Option<Found>, Failure> {
    let (credentials, source) = match (&args.cookies, &args.token_file) {
        (Some(file), _) => {
            let cookies = read_cookies(file).await?;
            (Credentials::Cookies(cookies), Source::CookiesOption)
        }
        (None, Some(file)) => {
            let token = read_token(file).await?;
            (Credentials::Token(token), Source::TokenOption)
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(found(credentials, source)))
}

fn of_environment() -> Result<Option<Found>, Failure> {
    if let Some(cookies) = cookies()? {
        return Ok(Some(found(Credentials::Cookies(cookies), Source::Cookies)));
    }
    let Some(text) = variable("TV_AUTH_TOKEN")? else {
        return Ok(None);
    };
    let token = token(&text, "TV_AUTH_TOKEN")?;
    Ok(token.map(|token| found(Credentials::Token(token), Source::Token)))
}

fn found(credentials: Credentials, source: Source) -> Found {
    let login = Login {
        site: SITE.to_owned(),
        user: None,
        credentials,
    };
    Found { login, source }
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

async fn read(file: &Path) -> Result<SecretString, Failure> {
    let file = file.to_owned();
    in_background(move || {
        let read = |input: &mut dyn Read| {
            let mut text = String::new();
            input.take(MAX_BYTES).read_to_string(&mut text)?;
            Ok(text.into())
        };
        let text: io::Result<SecretString> = match file == Path::new("-") {
            true => read(&mut io::stdin().lock()),
            false => File::open(&file).and_then(|mut file| read(&mut file)),
        };
        text.map_err(|error| Failure::Usage(format!("cannot read {}: {error}", file.display())))
    })
    .await
}
