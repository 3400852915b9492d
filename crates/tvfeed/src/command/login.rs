//! `tvfeed login` and `logout`.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    time::Duration,
};

use client::AuthToken;
use secrecy::{ExposeSecret, SecretString};
use tv_http::{
    account::{FactorKind, PageUser, SessionCookies, Totp, User},
    client::HttpClient,
    login::{Account, AccountState, Login as PasswordLogin, LoginStep},
};

use crate::{
    account::{now, of_token},
    args::{ConnectionArgs, LoginArgs},
    credentials::{SITE, site},
    exit::{Failure, chain, say},
    http::Http,
    stop::Stop,
    store::{Credentials, Login, Place, Vault, secret_of, variable},
};

/// The longest export of cookies that is read.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// A code that ends sooner is not sent: it would be too old when it arrives.
const SHORTEST: Duration = Duration::from_secs(2);

/// Signs in, and stores the login if it is good.
pub(crate) async fn login(
    args: &LoginArgs,
    connection: &ConnectionArgs,
    mut stop: Stop,
) -> Result<(), Failure> {
    let guest = ConnectionArgs {
        guest: true,
        ..connection.clone()
    };
    let http = Http::open(&guest).await?;
    let done = stop.or(sign_in(args, connection, http.client())).await;
    http.close().await;
    done.unwrap_or(Err(Failure::Interrupted))
}

async fn sign_in(
    args: &LoginArgs,
    connection: &ConnectionArgs,
    client: &HttpClient,
) -> Result<(), Failure> {
    let site = match connection.sim {
        true => SITE.to_owned(),
        false => site(connection).ok_or_else(|| {
            Failure::Usage(
                "--endpoint names a server of others, to which no login belongs".to_owned(),
            )
        })?,
    };
    let (credentials, account, user) = match (&args.cookies, &args.user) {
        (Some(file), _) => by_cookies(file, client).await?,
        (None, Some(name)) => by_password(name, client).await?,
        (None, None) => by_token()?,
    };
    account.token().await.map_err(|error| {
        let text = format!("not signed in: {}", chain(&error));
        match error.blame() {
            tv_http::wire::Blame::Network => Failure::Network(text),
            _ => Failure::Authentication(text),
        }
    })?;
    let user = match (user, account.client().await) {
        (Some(user), _) => Some(user),
        (None, Some(client)) => client.ask(&PageUser).await.ok(),
        (None, None) => None,
    };
    let user = user.and_then(|user| user.username);
    let plan = match account.state() {
        AccountState::SignedIn {
            plan: Some(plan), ..
        } => plan,
        _ => "no paid plan".to_owned(),
    };
    let name = user.as_deref().unwrap_or("a user whose name is not known");
    if connection.sim {
        say(format_args!(
            "signed in to the simulator as {name} ({plan}); nothing is stored"
        ));
        return Ok(());
    }
    let login = Login {
        site,
        user: user.clone(),
        credentials,
    };
    let is_insecure = args.insecure_store;
    // It may ask for a passphrase, and makes a key of it.
    let stored = tokio::task::spawn_blocking(move || Vault::open()?.store(&login, is_insecure));
    let place = stored
        .await
        .map_err(|error| Failure::Internal(format!("cannot store the login: {error}")))??;
    say(format_args!(
        "signed in as {name} ({plan}); stored {}",
        shown(&place)
    ));
    Ok(())
}

/// Where a login is, for people.
fn shown(place: &Place) -> String {
    match place {
        Place::Encrypted(file) => format!("encrypted in {}", file.display()),
        Place::Plain(file) => format!("as PLAIN TEXT in {}", file.display()),
    }
}

/// Forgets the stored login.
pub(crate) async fn logout(mut stop: Stop) -> Result<(), Failure> {
    let removed = tokio::task::spawn_blocking(|| Vault::open()?.remove());
    let removed = stop.or(removed).await.ok_or(Failure::Interrupted)?;
    let removed = removed
        .map_err(|error| Failure::Internal(format!("cannot remove the login: {error}")))??;
    say(match removed {
        true => {
            "the stored login is removed; the session itself ends when you sign out in a browser"
        }
        false => "there is no stored login",
    });
    Ok(())
}

type SignedIn = (Credentials, Account, Option<User>);

async fn by_cookies(file: &Path, client: &HttpClient) -> Result<SignedIn, Failure> {
    let file = file.to_owned();
    let text = tokio::task::spawn_blocking(move || read(&file)).await;
    let text =
        text.map_err(|error| Failure::Internal(format!("cannot read cookies: {error}")))??;
    let cookies = SessionCookies::parse(text.expose_secret())?;
    if !cookies.has_signature() {
        say("the cookies have no sessionid_sign: tokens may be refused, and data delayed");
    }
    let account = Account::new(client, cookies.clone());
    Ok((Credentials::Cookies(cookies), account, None))
}

fn by_token() -> Result<SignedIn, Failure> {
    let text = secret_of("TV_AUTH_TOKEN", "Token: ")?;
    let text = text.expose_secret().trim();
    if text.contains(|char: char| char.is_whitespace() || char.is_control()) {
        return Err(Failure::Usage(
            "the token contains blanks or line breaks: it was probably not pasted correctly"
                .to_owned(),
        ));
    }
    let token = AuthToken::new(text);
    if token.is_anonymous() {
        return Err(Failure::Usage("that is the token of guests".to_owned()));
    }
    say("a token cannot be renewed: it ends after some hours; cookies last for weeks");
    Ok((Credentials::Token(token.clone()), of_token(token), None))
}

async fn by_password(name: &str, client: &HttpClient) -> Result<SignedIn, Failure> {
    let password = asked("TV_PASSWORD", "Password: ").await?;
    let mut login = PasswordLogin::new(client, name, password.expose_secret());
    let mut step = login.start().await?;
    loop {
        step = match step {
            LoginStep::Done(signed_in) => {
                let credentials = Credentials::Cookies(signed_in.cookies().clone());
                let user = signed_in.user().clone();
                return Ok((credentials, signed_in.account(client), Some(user)));
            }
            LoginStep::SecondFactor(kinds) => second_factor(&mut login, &kinds).await?,
            other => return Err(refused(&other)),
        };
    }
}

/// Sends a code, and another if one that was typed is wrong.
async fn second_factor(
    login: &mut PasswordLogin,
    kinds: &[FactorKind],
) -> Result<LoginStep, Failure> {
    let secret = variable("TV_TOTP_SECRET")?;
    if let (Some(secret), true) = (secret, kinds.contains(&FactorKind::Totp)) {
        let totp = Totp::parse(secret.expose_secret())?;
        let left = totp.remaining(now());
        if left <= SHORTEST {
            tokio::time::sleep(left).await;
        }
        return Ok(login.totp(&totp, now()).await?);
    }
    let kind = kinds.first().cloned().unwrap_or(FactorKind::Totp);
    let question = match &kind {
        FactorKind::Totp => "Code of the authenticator app: ",
        FactorKind::Sms => "Code of the SMS: ",
        FactorKind::Email => "Code of the mail: ",
        _ => "Code of the second factor: ",
    };
    loop {
        let code = asked("TV_CODE", question).await?;
        let step = login.code(&kind, code.expose_secret().trim()).await?;
        match &step {
            LoginStep::WrongCode { message, left: 1.. }
                if crate::terminal::is_terminal() && variable("TV_CODE")?.is_none() =>
            {
                say(message);
            }
            _ => return Ok(step),
        }
    }
}

/// Why a sign-in failed, and what to do.
fn refused(step: &LoginStep) -> Failure {
    const BROWSER: &str =
        "sign in with a browser, export its cookies, and use tvfeed login --cookies FILE";
    Failure::Authentication(match step {
        LoginStep::WrongPassword { message } => {
            format!("the server refuses name or password: {message}")
        }
        LoginStep::WrongCode { message, .. } => format!(
            "the server refuses the code: {message} (codes depend on the time: is this machine's clock right?)"
        ),
        LoginStep::Captcha => format!("the server wants a captcha to be solved; {BROWSER}"),
        LoginStep::RateLimited { wait } => format!(
            "too many attempts; wait {} s before the next one",
            wait.as_secs()
        ),
        LoginStep::Blocked { title } => {
            format!("the server blocks this address ({title:?}); {BROWSER}")
        }
        LoginStep::Refused { message, .. } => format!("the server refuses the sign-in: {message}"),
        other => format!("the sign-in ended in a way that is not known: {other:?}"),
    })
}

async fn asked(name: &'static str, question: &'static str) -> Result<SecretString, Failure> {
    let asked = tokio::task::spawn_blocking(move || secret_of(name, question)).await;
    asked.map_err(|error| Failure::Internal(format!("cannot ask: {error}")))?
}

fn read(file: &Path) -> Result<SecretString, Failure> {
    let read = |input: &mut dyn Read| {
        let mut text = String::new();
        input.take(MAX_BYTES).read_to_string(&mut text)?;
        Ok(text.into())
    };
    let text: io::Result<SecretString> = match file == Path::new("-") {
        true => read(&mut io::stdin().lock()),
        false => File::open(file).and_then(|mut file| read(&mut file)),
    };
    text.map_err(|error| Failure::Usage(format!("cannot read {}: {error}", file.display())))
}
