//! Which request asks what about an account.

use serde_json::{Value, json};

use super::{page::page, sign_in};
use crate::{answer::Answer, request::Request, site::Site};

/// Answers requests about accounts.
pub(crate) fn answer(site: &mut Site, request: &Request<'_>, now: i64) -> Option<Answer> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let is_post = request.method == "POST";
    Some(match segments[..] {
        [] | ["chart"] | ["chart", _] => page(&site.accounts, request, now),
        ["quote_token"] => quote_token(site, request, now),
        ["accounts", "signin"] if is_post => sign_in::password(site, request, now),
        ["accounts", "two-factor", "signin", kind] if is_post => {
            sign_in::code(site, request, kind, now)
        }
        ["accounts", "logout"] if is_post => sign_in::out(site, request),
        ["accounts", "signin" | "logout"] | ["accounts", "two-factor", "signin", _] => {
            let detail = format!("Method \"{}\" not allowed.", request.method);
            Answer::json(405, &json!({ "detail": detail }))
        }
        _ => return None,
    })
}

/// `/quote_token/`: a token as a text in quotes, for those who are signed in.
fn quote_token(site: &Site, request: &Request<'_>, now: i64) -> Answer {
    match site.accounts.signed_in(request) {
        Some(account) => Answer::json(200, &Value::from(site.accounts.token(account, now))),
        None => login_required(),
    }
}

/// Refuses a request that needs an account.
pub(crate) fn login_required() -> Answer {
    let detail = "Authentication credentials were not provided.";
    Answer::json(403, &json!({ "detail": detail, "code": "login_required" }))
}

#[cfg(test)]
mod tests;
