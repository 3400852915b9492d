//! Sign-in: a password, then a second factor where the account has one.

use serde_json::{Value, json};

use super::{
    cookies,
    people::{Account, Door, PASSWORD, SENT_CODE, TOTP_SECRET},
    totp, user,
};
use crate::{answer::Answer, request::Request, site::Site};

/// `POST /accounts/signin/`. Every state has status 200, as far as clients show.
pub(super) fn password(site: &mut Site, request: &Request<'_>, now: i64) -> Answer {
    let form = request.form();
    let field = |name: &str| {
        let found = form.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let account = Account::named(field("username"));
    let Some(account) = account.filter(|_| field("password") == PASSWORD) else {
        return refused("Invalid username or password", "invalid_credentials");
    };
    match account.door {
        Door::Open => done(site, request, account, now),
        Door::Totp => second_factor(site, request, account, "totp"),
        Door::Sms => second_factor(site, request, account, "sms"),
        Door::Captcha => refused(
            "Please confirm that you are not a robot by clicking the captcha box.",
            "recaptcha_required",
        ),
        Door::RateLimit => refused(
            "You have been locked out. Please try again later.",
            "rate_limit",
        ),
        Door::Blocked => refused("Your account has been blocked.", "user_blocked"),
    }
}

/// `POST /accounts/two-factor/signin/{kind}/`, with the cookies of the first step. A wrong code is
/// a `detail`, without an `error`.
pub(super) fn code(site: &mut Site, request: &Request<'_>, kind: &str, now: i64) -> Answer {
    let Some(account) = site.accounts.half_signed_in(request) else {
        let detail = "Authentication credentials were not provided.";
        return Answer::json(
            403,
            &json!({ "detail": detail, "code": "not_authenticated" }),
        );
    };
    let form = request.form();
    let code = form.iter().find(|(name, _)| name == "code");
    let code = code.map(|(_, code)| code.trim()).unwrap_or_default();
    let is_right = match (account.door, kind) {
        (Door::Totp, "totp") => totp::is_right(TOTP_SECRET, code, now),
        (Door::Sms, "sms") => code == SENT_CODE,
        _ => false,
    };
    if is_right {
        return done(site, request, account, now);
    }
    let detail =
        "Incorrect verification code. Please check the entered code to make sure it is correct.";
    Answer::json(
        400,
        &json!({ "detail": detail, "code": "2FA_invalid_credential" }),
    )
}

/// `POST /accounts/logout/`.
pub(super) fn out(site: &mut Site, request: &Request<'_>) -> Answer {
    site.accounts.sign_out(request);
    cookies::clear(Answer::json(200, &json!({})), request)
}

fn done(site: &mut Site, request: &Request<'_>, account: &'static Account, now: i64) -> Answer {
    let session = site.accounts.begin(account, false);
    let user = user::described(&site.accounts, account, now);
    let body = format!(r#"{{"error":"","user":{user}}}"#);
    let answer = Answer::new(200, "application/json", body);
    session.set(answer, request, site.accounts.seal)
}

/// Asks for a second factor. The cookies that come with it count for the second step only.
fn second_factor(
    site: &mut Site,
    request: &Request<'_>,
    account: &'static Account,
    kind: &str,
) -> Answer {
    let session = site.accounts.begin(account, true);
    let body: Value = json!({
        "error": "2FA_required",
        "code": "2FA_required",
        "message": "Second authentication factor is needed",
        "two_factor_types": [{ "name": kind }],
    });
    session.set(Answer::json(200, &body), request, site.accounts.seal)
}

fn refused(error: &str, code: &str) -> Answer {
    Answer::json(200, &json!({ "error": error, "code": code }))
}

/// The cookies of an account that is signed in without a password.
#[cfg(test)]
pub(crate) fn cookies_of(site: &mut Site, name: &str) -> String {
    let account = Account::named(name).unwrap();
    let session = site.accounts.begin(account, false);
    session.header(site.accounts.seal)
}
