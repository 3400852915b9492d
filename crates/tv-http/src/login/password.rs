//! Signing in by password, step by step.

use std::{fmt, time::Duration};

use protocol::{secret::AuthToken, time::Timestamp};
use tokio::time::Instant;

use super::{
    Account,
    fetch::{self, Failure},
};
use crate::{
    account::{FactorKind, SecondFactor, SessionCookies, SignIn, SignInStep, Totp, User},
    client::{HttpClient, HttpError},
    wire::{Answer, AnswerError, Endpoint, RequestError},
};

/// How long a limit of the rate lasts, if the server does not say: it was seen to go away in 5 to
/// 10 minutes.
const LIMIT: Duration = Duration::from_secs(600);

/// How many codes may be tried. The server counts attempts, and asks for a captcha after some four.
const MAX_CODES: u32 = 3;

/// A sign-in by name and password, and a second factor where the account has one.
///
/// What would make the server stricter is not sent again: after a wrong password or a captcha,
/// [`start`](Self::start) returns the same step without asking, and after a limit of the rate until
/// that is over.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use tv_http::{client::HttpClient, login::{Login, LoginStep}};
///
/// let client = HttpClient::new()?;
/// let mut login = Login::new(&client, "alice", "secret");
/// let mut step = login.start().await?;
/// if let LoginStep::SecondFactor(kinds) = &step {
///     step = login.code(&kinds[0], "123456").await?;
/// }
/// match step {
///     LoginStep::Done(signed_in) => drop(signed_in.account(&client)),
///     other => eprintln!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
pub struct Login {
    client: HttpClient,
    question: SignIn,
    /// The cookies of the first step. They prove nothing, and stay here.
    early: Option<SessionCookies>,
    codes: u32,
    /// A step that stays, and until when.
    last: Option<(LoginStep, Option<Instant>)>,
}

/// Where a sign-in is.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum LoginStep {
    /// The user is signed in.
    Done(Box<SignedIn>),
    /// A second factor is wanted, one of these. Call [`Login::code`].
    SecondFactor(Vec<FactorKind>),
    /// The name or the password is wrong.
    WrongPassword {
        /// The server's text.
        message: String,
    },
    /// The code is wrong, or no longer good. Another may be tried.
    WrongCode {
        /// The server's text.
        message: String,
        /// How many codes may still be tried.
        left: u32,
    },
    /// The server wants a captcha to be solved. Sign in with a browser and use its cookies; further
    /// attempts make the server ask for longer, up to a day and a half.
    Captcha,
    /// Too many attempts.
    RateLimited {
        /// How long to wait: what the server asks for, or ten minutes.
        wait: Duration,
    },
    /// The server answers with a page that blocks: the address is not welcome. Use the cookies of a
    /// browser.
    Blocked {
        /// The title of the page.
        title: String,
    },
    /// The server refuses for another reason.
    Refused {
        /// The server's word for the reason, if it gives one.
        code: Option<String>,
        /// The server's text.
        message: String,
    },
}

/// What a sign-in has led to.
#[derive(Clone, PartialEq)]
pub struct SignedIn {
    user: User,
    cookies: Kept,
    token: Option<AuthToken>,
    server_time: Option<Timestamp>,
}

/// Cookies, compared by their header.
#[derive(Clone)]
struct Kept(SessionCookies);

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_header() == other.0.to_header()
    }
}

impl SignedIn {
    /// The user.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }

    /// The cookies of the session. Keep them like a password.
    #[must_use]
    pub fn cookies(&self) -> &SessionCookies {
        &self.cookies.0
    }

    /// The account, with the token that the sign-in gave.
    #[must_use]
    pub fn account(&self, client: &HttpClient) -> Account {
        let (cookies, token) = (self.cookies.0.clone(), self.token.clone());
        Account::with_token(client, cookies, token, self.server_time)
    }
}

impl Login {
    /// Prepares a sign-in. Nothing is sent yet. A mail address is a name, too.
    #[must_use]
    pub fn new(
        client: &HttpClient,
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        Self {
            client: client.clone(),
            question: SignIn::new(username, password),
            early: None,
            codes: 0,
            last: None,
        }
    }

    /// Sends name and password.
    ///
    /// Not cancel-safe: the server may have counted the attempt.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or its answer cannot be read.
    pub async fn start(&mut self) -> Result<LoginStep, HttpError> {
        if let Some(step) = self.kept() {
            return Ok(step);
        }
        self.early = None;
        self.codes = 0;
        let answer = self.client.send(&self.question.request()?).await?;
        let step = match self.question.parse(&answer) {
            Ok(step) => step,
            Err(error) => return self.blocked(error),
        };
        match step {
            SignInStep::Done(user) => {
                let cookies = SessionCookies::from_answer(&answer)?;
                Ok(self.done(*user, cookies, &answer))
            }
            SignInStep::SecondFactor(kinds) => {
                self.early = Some(SessionCookies::from_answer(&answer)?);
                Ok(LoginStep::SecondFactor(kinds))
            }
            other => Ok(self.failed(other)),
        }
    }

    /// Sends a code of the second factor. Three may be tried; then the sign-in is over.
    ///
    /// Not cancel-safe: the server may have counted the attempt.
    ///
    /// # Errors
    ///
    /// If no second factor is wanted now, the server cannot be reached, or its answer cannot be
    /// read.
    pub async fn code(
        &mut self,
        kind: &FactorKind,
        code: impl Into<String>,
    ) -> Result<LoginStep, HttpError> {
        if let Some(step) = self.kept() {
            return Ok(step);
        }
        let early = self.early.clone().ok_or_else(|| RequestError::Value {
            what: "the code",
            found: "(hidden)".to_owned(),
            reason: "no second factor is wanted; call `start` first",
        })?;
        let client = self.client.with_cookies(early.clone());
        let question = SecondFactor::new(kind.clone(), code);
        self.codes += 1;
        let answer = client.send(&question.request()?).await?;
        let step = match question.parse(&answer) {
            Ok(step) => step,
            Err(error) => return self.blocked(error),
        };
        let SignInStep::Done(user) = step else {
            return Ok(self.failed(step));
        };
        let cookies = match SessionCookies::from_answer(&answer) {
            Ok(new) => early.updated_by(&new),
            Err(_) => {
                // The early cookies may have become good ones. That must be shown.
                match fetch::token(&client).await {
                    Ok(_) => early,
                    Err(Failure::Other(error)) => return Err(error),
                    Err(Failure::SignedOut(reason)) => {
                        let message = format!("it sets no cookies of a session: {reason}");
                        return Ok(LoginStep::Refused {
                            code: None,
                            message,
                        });
                    }
                }
            }
        };
        Ok(self.done(*user, cookies, &answer))
    }

    /// Sends the code that an authenticator app would show at a time.
    ///
    /// # Errors
    ///
    /// As [`code`](Self::code).
    pub async fn totp(&mut self, totp: &Totp, now: Timestamp) -> Result<LoginStep, HttpError> {
        self.code(&FactorKind::Totp, totp.code(now)).await
    }

    /// The step that stays.
    fn kept(&mut self) -> Option<LoginStep> {
        let (step, until) = self.last.as_ref()?;
        match (until, step) {
            (None, step) => Some(step.clone()),
            (Some(until), _) => {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    self.last = None;
                    return None;
                }
                Some(LoginStep::RateLimited { wait: left })
            }
        }
    }

    fn done(&mut self, mut user: User, cookies: SessionCookies, answer: &Answer) -> LoginStep {
        self.early = None;
        let signed_in = SignedIn {
            token: user.token.take(),
            user,
            cookies: Kept(cookies),
            server_time: answer.date(),
        };
        let step = LoginStep::Done(Box::new(signed_in));
        self.last = Some((step.clone(), None));
        step
    }

    fn failed(&mut self, step: SignInStep) -> LoginStep {
        let mut until = None;
        let step = match step {
            SignInStep::WrongCode { message } => {
                let left = MAX_CODES.saturating_sub(self.codes);
                let step = LoginStep::WrongCode { message, left };
                if left == 0 {
                    self.last = Some((step.clone(), None));
                }
                return step;
            }
            SignInStep::RateLimited { retry_after } => {
                let wait = retry_after.unwrap_or(LIMIT);
                until = Some(Instant::now() + wait);
                LoginStep::RateLimited { wait }
            }
            SignInStep::WrongPassword { message } => LoginStep::WrongPassword { message },
            SignInStep::Captcha => LoginStep::Captcha,
            SignInStep::Refused { code, message } => LoginStep::Refused { code, message },
            // A second factor after the second factor.
            SignInStep::SecondFactor(kinds) => return LoginStep::SecondFactor(kinds),
            SignInStep::Done(_) => LoginStep::Refused {
                code: None,
                message: "it is done already".to_owned(),
            },
        };
        self.last = Some((step.clone(), until));
        step
    }

    fn blocked(&mut self, error: AnswerError) -> Result<LoginStep, HttpError> {
        let AnswerError::Forbidden { title } = error else {
            return Err(error.into());
        };
        let step = LoginStep::Blocked { title };
        self.last = Some((step.clone(), None));
        Ok(step)
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Login(…)")
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SignedIn")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}
