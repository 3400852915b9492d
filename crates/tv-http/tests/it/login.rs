//! Signing in, and accounts, against servers on this machine, in virtual time.

use std::{future::Future, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tokio::{
    task::{JoinSet, spawn_blocking},
    time::{Instant, advance},
};
use tv_http::{
    AuthToken, Timestamp,
    account::{FactorKind, QuoteToken, SessionCookies, Totp},
    client::{HttpClient, HttpError},
    login::{Account, AccountError, AccountState, Login, LoginStep},
    wire::{AnswerError, Blame},
};

use crate::server::{Log, builder, http, ok, server};

const HOUR: Duration = Duration::from_secs(3_600);

/// How long tokens live.
const LIFE: Duration = Duration::from_secs(4 * 3_600);

/// When the servers of these tests begin.
const START: i64 = 1_790_000_000;

/// Waits for what goes over sockets, while the virtual clock stands still: else it would run ahead
/// to the next time-out.
async fn at_once<T>(work: impl Future<Output = T>) -> T {
    let (done, wait) = std::sync::mpsc::channel::<()>();
    let hold = spawn_blocking(move || wait.recv());
    let output = work.await;
    drop(done);
    let _ended = hold.await;
    output
}

/// A token that is made now, with a plan.
fn jwt(begin: Instant, plan: &str) -> String {
    let now = START + i64::try_from(begin.elapsed().as_secs()).unwrap();
    let end = now + i64::try_from(LIFE.as_secs()).unwrap();
    let claims = format!(r#"{{"user_id":5,"iat":{now},"exp":{end},"plan":"{plan}"}}"#);
    format!(
        "eyJhbGciOiJSUzUxMiJ9.{}.CANARYsig",
        URL_SAFE_NO_PAD.encode(claims)
    )
}

fn cookies() -> SessionCookies {
    SessionCookies::new("CANARY-session", Some("v3:CANARY-sign")).unwrap()
}

/// An account at a server, which is asked once per question.
async fn account<F>(answer: F) -> (Account, Log)
where
    F: Fn(usize, &str) -> Option<Vec<u8>> + Clone + Send + Sync + 'static,
{
    let (address, log) = server(answer).await;
    (Account::new(&client(&address), cookies()), log)
}

fn client(address: &str) -> HttpClient {
    builder(address).retries(0).build().unwrap()
}

const GUEST: &str = "<html><script>var user = {};</script></html>";

fn refused(status: &str) -> Option<Vec<u8>> {
    http(
        status,
        "",
        r#"{"detail":"Authentication credentials were not provided."}"#,
    )
}

#[tokio::test(start_paused = true)]
async fn f67_a_token_is_renewed_before_it_ends_by_one_request_for_all_callers() {
    let begin = Instant::now();
    let (account, log) = account(move |_, _| ok(&format!("{:?}", jwt(begin, "pro")))).await;
    assert_eq!(account.state(), AccountState::Unchecked);
    let ask = async |expected: usize| {
        let mut tasks = JoinSet::new();
        for _ in 0..50 {
            let account = account.clone();
            tasks.spawn(async move { account.token().await });
        }
        let tokens: Vec<_> = at_once(tasks.join_all())
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert!(tokens.iter().all(|token| *token == tokens[0]));
        assert_eq!(log.heads().len(), expected);
        tokens[0].clone()
    };
    let first = ask(1).await;
    advance(LIFE - Duration::from_secs(121)).await;
    assert_eq!(ask(1).await, first);
    advance(Duration::from_secs(2)).await;
    let second = ask(2).await;
    assert_ne!(second, first);
    let expires = Timestamp::from_seconds(START + 2 * 4 * 3_600 - 119);
    let plan = Some("pro".to_owned());
    let state = AccountState::SignedIn {
        plan,
        lost_plan: None,
        expires: Some(expires),
    };
    assert_eq!(account.state(), state);
    assert!(
        log.heads()[0].starts_with("GET /quote_token/ "),
        "{:?}",
        log.heads()
    );
}

#[tokio::test(start_paused = true)]
async fn revoked_cookies_end_the_account_and_are_not_tried_again() {
    let begin = Instant::now();
    let (account, log) = account(move |number, head| match number {
        0 => ok(&format!("{:?}", jwt(begin, ""))),
        _ if head.contains("CANARY-new") => ok(&format!("{:?}", jwt(begin, ""))),
        _ if head.starts_with("GET /quote_token/") => refused("403 Forbidden"),
        _ => ok(GUEST),
    })
    .await;
    let first = at_once(account.token()).await.unwrap();
    advance(LIFE - Duration::from_secs(60)).await;
    // It cannot be renewed, but is good for another minute.
    assert_eq!(at_once(account.token()).await.unwrap(), first);
    assert_eq!(log.heads().len(), 3);
    let AccountState::Ended(error) = account.state() else {
        panic!("{:?}", account.state());
    };
    assert!(error.is_final() && error.wait().is_none());
    assert_eq!(error.blame(), Blame::Authentication);
    for _ in 0..100 {
        advance(HOUR).await;
        assert_eq!(account.token().await.unwrap_err(), error);
    }
    assert_eq!(log.heads().len(), 3, "no loop");
    assert!(error.to_string().contains("sign in again"), "{error}");
    account
        .replace_cookies(SessionCookies::new("CANARY-new", None).unwrap())
        .await;
    assert_eq!(account.state(), AccountState::Unchecked);
    assert_ne!(at_once(account.token()).await.unwrap(), first);
    assert_eq!(log.heads().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn the_page_gives_a_token_where_the_cheap_way_is_gone() {
    let begin = Instant::now();
    for status in ["404 Not Found", "403 Forbidden", "200 OK"] {
        let (account, log) = account(move |_, head| match head.starts_with("GET /chart/") {
            true => ok(&format!(
                "<html>var user = {{\"auth_token\":{:?}}};",
                jwt(begin, "")
            )),
            false => http(status, "", r#"{"error":"gone"}"#),
        })
        .await;
        at_once(account.token()).await.unwrap();
        assert_eq!(log.heads().len(), 2, "{status}");
        assert!(log.heads()[1].contains("cookie: sessionid=CANARY-session; sessionid_sign=v3:"));
    }
}

#[tokio::test(start_paused = true)]
async fn f68_failures_are_shared_and_spaced_and_pass() {
    let begin = Instant::now();
    let (account, log) = account(move |_, _| match begin.elapsed() < 2 * HOUR {
        true => http("502 Bad Gateway", "", "<title>busy</title>"),
        false => ok(&format!("{:?}", jwt(begin, ""))),
    })
    .await;
    let mut waits = Vec::new();
    while begin.elapsed() < 2 * HOUR {
        let error = at_once(account.token()).await.unwrap_err();
        let again = account.token().await.unwrap_err();
        assert_eq!(again, error, "no second request");
        assert!(matches!(error, AccountError::Unavailable { .. }), "{error}");
        assert_eq!(account.state(), AccountState::Waiting(error.clone()));
        waits.push(error.wait().unwrap().as_secs());
        advance(error.wait().unwrap()).await;
    }
    assert_eq!(waits[..6], [30, 60, 120, 240, 480, 600]);
    assert_eq!(log.heads().len(), waits.len());
    assert!(waits.len() < 20, "{waits:?}");
    assert!(at_once(account.token()).await.is_ok());
    assert!(matches!(account.state(), AccountState::SignedIn { .. }));
}

#[tokio::test(start_paused = true)]
async fn what_gets_worse_by_asking_has_a_long_pause() {
    let captcha = "<html><title>Captcha Challenge</title>";
    for (status, headers, body, wait) in [
        ("200 OK", "", captcha, 900),
        ("403 Forbidden", "", "<html><title>403</title>", 900),
        ("429 Too Many Requests", "retry-after: 500\r\n", "", 500),
        ("429 Too Many Requests", "", "", 60),
    ] {
        let (account, log) = account(move |_, _| http(status, headers, body)).await;
        let error = at_once(account.token()).await.unwrap_err();
        assert_eq!(error.wait(), Some(Duration::from_secs(wait)), "{error}");
        advance(Duration::from_secs(wait - 10)).await;
        assert_eq!(
            account.token().await.unwrap_err().wait(),
            Some(Duration::from_secs(10))
        );
        assert_eq!(log.heads().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_is_lost_is_stated() {
    let begin = Instant::now();
    let (account, _) = account(move |number, _| {
        let plan = ["pro_premium", "", "", "pro"][number];
        ok(&format!("{:?}", jwt(begin, plan)))
    })
    .await;
    let mut states = account.states();
    assert_eq!(states.next().await, Some(AccountState::Unchecked));
    let mut seen = Vec::new();
    for _ in 0..4 {
        at_once(account.token()).await.unwrap();
        let Some(AccountState::SignedIn {
            plan, lost_plan, ..
        }) = states.next().await
        else {
            panic!("{account:?}");
        };
        seen.push((plan, lost_plan));
        advance(LIFE).await;
    }
    let (premium, pro) = (Some("pro_premium".to_owned()), Some("pro".to_owned()));
    let expected = [
        (premium.clone(), None),
        (None, premium.clone()),
        (None, premium),
        (pro, None),
    ];
    assert_eq!(seen, expected);
    drop(account);
    assert_eq!(states.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn refused_tokens_are_replaced_once_at_once_and_then_ever_more_rarely() {
    let begin = Instant::now();
    let (account, log) =
        account(move |number, _| ok(&format!("{:?}", jwt(begin, &number.to_string())))).await;
    let fetch = account.tokens();
    let first = at_once(fetch()).await.unwrap();
    let second = at_once(fetch()).await.unwrap();
    assert_ne!(first, second);
    // A second taker gets the newest, and does not use it up.
    assert_eq!(account.tokens()().await.unwrap(), second);
    assert_eq!(account.token().await.unwrap(), second);
    let mut waits = Vec::new();
    let end = begin + HOUR;
    while Instant::now() < end {
        match at_once(fetch()).await {
            Ok(_) => {}
            Err(AccountError::Refused { wait }) => {
                waits.push(wait.as_secs());
                advance(wait).await;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(waits[..6], [30, 60, 120, 240, 480, 600]);
    // The first, its first replacement, and one after each pause but the last.
    assert_eq!(log.heads().len(), waits.len() + 1);
    // One that lives long is of use again.
    advance(HOUR).await;
    assert!(at_once(fetch()).await.is_ok());
    assert!(at_once(fetch()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_gives_the_same_token_again_is_left_alone() {
    let begin = Instant::now();
    let token = jwt(begin, "");
    let (account, log) = account(move |_, _| ok(&format!("{token:?}"))).await;
    at_once(account.token()).await.unwrap();
    advance(LIFE).await;
    let error = at_once(account.token()).await.unwrap_err();
    assert!(matches!(error, AccountError::Useless { .. }), "{error}");
    account.token().await.unwrap_err();
    assert_eq!(log.heads().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_servers_clock_measures_the_life_of_a_token() {
    // Made an hour before it is handed out, as the date of the answer shows.
    let date = httpdate::fmt_http_date(
        std::time::UNIX_EPOCH + Duration::from_secs(START.unsigned_abs()) + HOUR,
    );
    let begin = Instant::now();
    let token = jwt(begin, "");
    let (account, log) = account(move |number, _| match number {
        0 => http("200 OK", &format!("date: {date}\r\n"), format!("{token:?}")),
        _ => ok("\"other\""),
    })
    .await;
    let first = at_once(account.token()).await.unwrap();
    advance(LIFE - HOUR - Duration::from_secs(121)).await;
    assert_eq!(account.token().await.unwrap(), first);
    advance(Duration::from_secs(1)).await;
    assert_eq!(at_once(account.token()).await.unwrap().expose(), "other");
    assert_eq!(log.heads().len(), 2);
    // One that says nothing of its end is replaced when it is refused.
    advance(100 * LIFE).await;
    assert_eq!(account.token().await.unwrap().expose(), "other");
}

#[tokio::test(start_paused = true)]
async fn a_token_alone_is_good_until_its_end() {
    let begin = Instant::now();
    let now = Timestamp::from_seconds(START);
    let token = AuthToken::new(jwt(begin, "pro"));
    let account = Account::from_token(token.clone(), now);
    assert_eq!(account.token().await.unwrap(), token);
    assert_eq!(account.claims().await.unwrap().plan.as_deref(), Some("pro"));
    assert!(account.client().await.is_none());
    advance(LIFE - Duration::from_secs(1)).await;
    assert_eq!(account.token().await.unwrap(), token);
    advance(Duration::from_secs(1)).await;
    let error = account.token().await.unwrap_err();
    assert_eq!(error, AccountError::Spent { is_refused: false });
    let late = Account::from_token(token, Timestamp::from_seconds(START + 5 * 3_600));
    assert_eq!(late.token().await.unwrap_err(), error);
}

/// The words with which a server answers to name and password.
fn step_one(body: &str) -> Option<Vec<u8>> {
    http(
        "200 OK",
        "set-cookie: sessionid=CANARY-early; Secure\r\nset-cookie: csrftoken=c\r\n",
        body,
    )
}

const WANTS_CODE: &str = r#"{"error":"2FA_required","code":"2FA_required","two_factor_types":[{"name":"totp"},{"name":"sms"}]}"#;

const WRONG_CODE: &str = r#"{"detail":"Incorrect code","code":"2FA_invalid_credential"}"#;

#[tokio::test]
async fn a_sign_in_with_an_authenticator_app_leads_to_an_account() {
    let (address, log) = server(|number, head| match number {
        0 => step_one(WANTS_CODE),
        1 => http("400 Bad Request", "", WRONG_CODE),
        2 => http(
            "200 OK",
            "set-cookie: sessionid=CANARY-done\r\nset-cookie: sessionid_sign=v3:x\r\n",
            r#"{"user":{"id":5,"username":"alice","auth_token":"CANARY-token"}}"#,
        ),
        _ => ok(&format!("\"{}\"", head.contains("CANARY-done"))),
    })
    .await;
    let client = client(&address);
    let mut login = Login::new(&client, "alice", "CANARY-password");
    let step = login.start().await.unwrap();
    assert_eq!(
        step,
        LoginStep::SecondFactor(vec![FactorKind::Totp, FactorKind::Sms])
    );
    let step = login.code(&FactorKind::Sms, "CANARY-000").await.unwrap();
    assert_eq!(
        step,
        LoginStep::WrongCode {
            message: "Incorrect code".into(),
            left: 2
        }
    );
    let totp = Totp::parse("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
    let step = login
        .totp(&totp, Timestamp::from_seconds(59))
        .await
        .unwrap();
    let LoginStep::Done(signed_in) = step.clone() else {
        panic!("{step:?}");
    };
    assert_eq!(
        signed_in.cookies().to_header(),
        "sessionid=CANARY-done; sessionid_sign=v3:x; csrftoken=c"
    );
    let account = signed_in.account(&client);
    // The token of the sign-in, without a further request.
    assert_eq!(account.token().await.unwrap().expose(), "CANARY-token");
    assert_eq!(log.heads().len(), 3);
    let token = account
        .client()
        .await
        .unwrap()
        .ask(&QuoteToken)
        .await
        .unwrap();
    assert_eq!(token.expose(), "true");
    let heads = log.heads();
    assert!(
        heads[1].starts_with("POST /accounts/two-factor/signin/sms/ "),
        "{heads:?}"
    );
    assert!(
        heads[2].contains("cookie: sessionid=CANARY-early; csrftoken=c"),
        "{heads:?}"
    );
    assert!(
        heads[2].contains("x-csrftoken: c") && heads[2].ends_with("code=287082"),
        "{heads:?}"
    );
    let shown = format!("{login:?} {step:?} {signed_in:?} {account:?} {totp:?}");
    assert!(
        !shown.contains("CANARY") && !shown.contains("287082"),
        "{shown}"
    );
}

#[tokio::test]
async fn early_cookies_are_not_a_session() {
    // The answer to the code names a user, but sets no cookies.
    let done = r#"{"user":{"id":5,"username":"alice"}}"#;
    for is_known in [true, false] {
        let (address, log) = server(move |number, head| match number {
            0 => step_one(WANTS_CODE),
            1 => ok(done),
            _ if is_known => ok("\"token\""),
            _ if head.starts_with("GET /chart/") => ok(GUEST),
            _ => refused("403 Forbidden"),
        })
        .await;
        let mut login = Login::new(&client(&address), "alice", "x");
        login.start().await.unwrap();
        let step = login.code(&FactorKind::Totp, "123456").await.unwrap();
        assert_eq!(matches!(step, LoginStep::Done(_)), is_known, "{step:?}");
        assert!(
            log.heads()[2].starts_with("GET /quote_token/"),
            "{:?}",
            log.heads()
        );
    }
    // Without a code, nothing counts as a session.
    let (address, _) = server(|_, _| ok(r#"{"user":{"id":5}}"#)).await;
    let error = Login::new(&client(&address), "alice", "x")
        .start()
        .await
        .unwrap_err();
    assert!(matches!(error, HttpError::Request(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_failed_is_not_sent_again() {
    let wrong = r#"{"error":"Invalid CANARY-password","code":"invalid_credentials"}"#;
    let robot = r#"{"error":"Please confirm","code":"recaptcha_required"}"#;
    for (status, body, expected) in [
        (
            "200 OK",
            wrong,
            LoginStep::WrongPassword {
                message: "Invalid [hidden]".into(),
            },
        ),
        ("200 OK", robot, LoginStep::Captcha),
        (
            "403 Forbidden",
            "<title>403</title>",
            LoginStep::Blocked {
                title: "403".into(),
            },
        ),
        (
            "400 Bad Request",
            r#"{"detail":"CSRF"}"#,
            LoginStep::Refused {
                code: None,
                message: "CSRF".into(),
            },
        ),
    ] {
        let (address, log) = server(move |_, _| http(status, "", body)).await;
        let mut login = Login::new(&client(&address), "alice", "CANARY-password");
        for _ in 0..3 {
            assert_eq!(at_once(login.start()).await.unwrap(), expected);
        }
        assert_eq!(login.code(&FactorKind::Sms, "1").await.unwrap(), expected);
        assert_eq!(log.heads().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_the_rate_is_waited_for() {
    let (address, log) = server(|number, _| match number {
        0 => http("429 Too Many Requests", "retry-after: 50\r\n", ""),
        1 => ok(r#"{"error":"slow down","code":"rate_limit"}"#),
        _ => http(
            "200 OK",
            "set-cookie: sessionid=a\r\n",
            r#"{"user":{"id":5}}"#,
        ),
    })
    .await;
    let mut login = Login::new(&client(&address), "alice", "x");
    for (requests, wait) in [(1, 50), (2, 600)] {
        let limited = |wait| LoginStep::RateLimited {
            wait: Duration::from_secs(wait),
        };
        assert_eq!(at_once(login.start()).await.unwrap(), limited(wait));
        advance(Duration::from_secs(wait - 10)).await;
        assert_eq!(login.start().await.unwrap(), limited(10));
        assert_eq!(log.heads().len(), requests);
        advance(Duration::from_secs(10)).await;
    }
    assert!(matches!(
        at_once(login.start()).await,
        Ok(LoginStep::Done(_))
    ));
}

#[tokio::test]
async fn wrong_codes_are_bounded_and_a_code_needs_a_first_step() {
    let (address, log) = server(|number, _| match number {
        0 => step_one(WANTS_CODE),
        _ => http("400 Bad Request", "", WRONG_CODE),
    })
    .await;
    let mut login = Login::new(&client(&address), "alice", "x");
    let error = login.code(&FactorKind::Totp, "1").await.unwrap_err();
    assert_eq!(error.blame(), Blame::Misuse);
    login.start().await.unwrap();
    for left in [2, 1, 0, 0, 0] {
        let step = login.code(&FactorKind::Totp, "1").await.unwrap();
        assert_eq!(
            step,
            LoginStep::WrongCode {
                message: "Incorrect code".into(),
                left
            }
        );
    }
    assert_eq!(log.heads().len(), 4);
    let (address, _) = server(|_, _| http("502 Bad Gateway", "", "")).await;
    let error = Login::new(&client(&address), "a", "b")
        .start()
        .await
        .unwrap_err();
    assert!(
        matches!(error, HttpError::Answer(AnswerError::ServerFailed { .. })),
        "{error}"
    );
}
