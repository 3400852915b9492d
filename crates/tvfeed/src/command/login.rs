//! `tvfeed login` and `logout`.

use std::{path::Path, time::Duration};

use client::AuthToken;
use secrecy::{ExposeSecret, SecretString};
use tv_http::{
    account::{FactorKind, PageUser, Totp, User},
    client::HttpClient,
    login::{Account, AccountState, Login as PasswordLogin, LoginStep},
};

use crate::{
    args::{ConnectionArgs, LoginArgs, StoreArg},
    credentials::{in_background, read_cookies, read_token, site, token},
    exit::{Failure, chain, say},
    http::Http,
    simulator::now,
    stop::Stop,
    store::{Choice, Credentials, Login, Place, Vault, secret_of, variable},
};

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
    let site = site(connection).ok_or_else(|| {
        Failure::Usage("--endpoint names a server of others, to which no login belongs".to_owned())
    })?;
    let (credentials, account, user) =
        match (&connection.cookies, &connection.token_file, &args.user) {
            (Some(file), _, _) => by_cookies(file, client).await?,
            (None, Some(file), _) => by_token(read_token(file).await?, connection),
            (None, None, Some(name)) => by_password(name, client, connection).await?,
            (None, None, None) => by_token(asked_token().await?, connection),
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
    let login = Login {
        site,
        user: user.clone(),
        credentials,
    };
    let is_simulator = connection.sim;
    let choice = match args.store {
        // The simulator's accounts are known to all.
        _ if args.insecure_store || is_simulator => Choice::Plain,
        None => Choice::Best,
        Some(StoreArg::Keyring) => Choice::Keyring,
        Some(StoreArg::File) => Choice::Encrypted,
    };
    // It may ask for a passphrase, and makes a key of it.
    let place = in_background(move || Vault::open(is_simulator)?.store(&login, choice)).await?;
    say(match is_simulator {
        true => format!("signed in to the simulator as {name} ({plan}); stored for --sim"),
        false => format!("signed in as {name} ({plan}); stored {}", shown(&place)),
    });
    Ok(())
}

/// Where a login is, for people.
fn shown(place: &Place) -> String {
    match place {
        Place::Keyring => "in the system's keyring".to_owned(),
        Place::Encrypted(file) => format!("encrypted in {}", file.display()),
        Place::Plain(file) => format!("as PLAIN TEXT in {}", file.display()),
    }
}

/// Forgets the stored login, or the one for the simulator.
pub(crate) async fn logout(connection: &ConnectionArgs, mut stop: Stop) -> Result<(), Failure> {
    let is_simulator = connection.sim;
    let removed = in_background(move || Vault::open(is_simulator)?.remove());
    let removed = stop.or(removed).await.ok_or(Failure::Interrupted)??;
    say(match (removed, is_simulator) {
        (true, true) => "the stored login of the simulator is removed",
        (true, false) => {
            "the stored login is removed; the session itself ends when you sign out in a browser"
        }
        (false, _) => "there is no stored login",
    });
    Ok(())
}

type SignedIn = (Credentials, Account, Option<User>);

async fn by_cookies(file: &Path, client: &HttpClient) -> Result<SignedIn, Failure> {
    let cookies = read_cookies(file).await?;
    if !cookies.has_signature() {
        say("the cookies have no sessionid_sign: tokens may be refused, and data delayed");
    }
    let account = Account::new(client, cookies.clone());
    Ok((Credentials::Cookies(cookies), account, None))
}

async fn asked_token() -> Result<AuthToken, Failure> {
    let text = asked("TV_AUTH_TOKEN", "Token: ").await?;
    token(&text, "the token")?
        .ok_or_else(|| Failure::Usage("that is the token of guests".to_owned()))
}

fn by_token(token: AuthToken, connection: &ConnectionArgs) -> SignedIn {
    say("a token cannot be renewed: it ends after some hours; cookies last for weeks");
    let account = Account::from_token(token.clone(), now(connection));
    (Credentials::Token(token), account, None)
}

async fn by_password(
    name: &str,
    client: &HttpClient,
    connection: &ConnectionArgs,
) -> Result<SignedIn, Failure> {
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
            LoginStep::SecondFactor(kinds) => second_factor(&mut login, &kinds, connection).await?,
            other => return Err(refused(&other)),
        };
    }
}

/// Sends a code, and another if one that was typed is wrong.
async fn second_factor(
    login: &mut PasswordLogin,
    kinds: &[FactorKind],
    connection: &ConnectionArgs,
) -> Result<LoginStep, Failure> {
    let secret = variable("TV_TOTP_SECRET")?;
    if let (Some(secret), true) = (secret, kinds.contains(&FactorKind::Totp)) {
        let totp = Totp::parse(secret.expose_secret())?;
        let left = totp.remaining(now(connection));
        if left <= SHORTEST {
            tokio::time::sleep(left).await;
        }
        return Ok(login.totp(&totp, now(connection)).await?);
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
    in_background(move || secret_of(name, question)).await
}
