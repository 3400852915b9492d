//! The host of the scripts. It declares its JSON as text.

use market::study::Script;
use serde_json::{Value, json};

use super::{
    access::{self, Access},
    item::{CHANGED, extra, listed},
};
use crate::{account::Account, answer::Answer, request::Request, site::Site};

/// Answers requests to the host of the scripts.
pub(crate) fn answer(site: &mut Site, request: &Request<'_>, now: i64) -> Option<Answer> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let ["pine-facade", question, rest @ ..] = &segments[..] else {
        return None;
    };
    if request.method != "GET" {
        return None;
    }
    let account = site.accounts.signed_in(request);
    Some(match (*question, rest) {
        ("list", []) => list(request, account),
        ("translate", [id, version]) => translate(site, account, (id, version), now),
        ("get", [id, version]) => source(request, site, account, (id, version)),
        ("versions", [id, which]) => versions(site, account, (id, which), now),
        ("is_auth_to_get", [id, _]) => may(site, id, |script| access::may_read(account, script)),
        ("is_auth_to_write", [id, ..]) => {
            may(site, id, |script| access::is_author(account, script))
        }
        _ => return None,
    })
}

fn list(request: &Request<'_>, account: Option<&'static Account>) -> Answer {
    let items: Vec<Value> = match request.param("filter") {
        Some("standard") => Script::standard().map(|it| listed(&it, None)).collect(),
        Some("candlestick") => Script::candlestick().map(|it| listed(&it, None)).collect(),
        Some("fundamental") => Script::fundamental().map(|it| listed(&it, None)).collect(),
        Some("saved") => {
            let own = account.into_iter().flat_map(|account| {
                access::own(account).map(|script| listed(&script, Some(account.id)))
            });
            own.collect()
        }
        Some("published") => {
            let written = account.into_iter().flat_map(|account| {
                let all = Script::public().filter(|it| access::is_author(Some(account), it));
                all.map(|script| listed(&script, Some(account.id)))
            });
            written.collect()
        }
        Some(_) => return Answer::text(400, "Argument filter is not valid"),
        None => return Answer::text(400, "Argument filter is not given"),
    };
    let answer = Answer::json_as_text(200, &Value::from(items));
    answer.with("cache-control", "public, max-age=300")
}

fn translate(
    site: &Site,
    account: Option<&Account>,
    (id, version): (&str, &str),
    now: i64,
) -> Answer {
    let script = match found(site, id, version) {
        Ok(script) => script,
        // Of the built-in ones the server says no more than this.
        Err(_) if id.starts_with("STD;") => {
            return Answer::json_as_text(200, &json!({ "success": false }));
        }
        Err(answer) => return answer,
    };
    if !access::may_use(site, account, &script, now) {
        let reason = "The user requesting information on the script is not allowed to do so";
        return Answer::json_as_text(200, &json!({ "success": false, "reason": reason }));
    }
    let template = script.template();
    let version = if version == "last" {
        script.version()
    } else {
        version
    };
    let body = json!({
        "success": true,
        "result": {
            "IL": template.chars().rev().collect::<String>(),
            "ilTemplate": template,
            "metaInfo": script.meta_info(version),
        },
    });
    Answer::json_as_text(200, &body)
}

fn source(
    request: &Request<'_>,
    site: &Site,
    account: Option<&Account>,
    (id, version): (&str, &str),
) -> Answer {
    let allowed = found(site, id, version).and_then(|script| {
        if access::may_read(account, &script) {
            return Ok(script);
        }
        let message = "pine_facade failed to get pine source, reason: access is denied";
        Err(Answer::json_as_text(
            403,
            &json!({ "code": 403, "message": message }),
        ))
    });
    let script = match allowed {
        Ok(script) => script,
        Err(mut refusal) => {
            if request.param("no_4xx") == Some("true") {
                refusal.status = 200;
            }
            return refusal;
        }
    };
    let body = json!({
        "created": CHANGED,
        "updated": CHANGED,
        "lastVersionMaj": script.version(),
        "version": if version == "last" { script.version() } else { version },
        "scriptAccess": Access::of(&script).word(),
        "scriptName": script.name(),
        "source": script.source(),
        "extra": extra(&script),
    });
    Answer::json_as_text(200, &body)
}

fn versions(site: &Site, account: Option<&Account>, (id, which): (&str, &str), now: i64) -> Answer {
    let script = match found(site, id, "last") {
        Ok(script) if access::may_use(site, account, &script, now) => script,
        Ok(_) => return Answer::json_as_text(200, &json!([])),
        Err(answer) => return answer,
    };
    let latest = script.version().trim_end_matches(".0").parse().unwrap_or(1);
    let first = if which == "last" { latest } else { 1 };
    let version = |number: u32| json!({ "version": format!("{number}.0"), "created": CHANGED });
    let all: Vec<Value> = (first..=latest).rev().map(version).collect();
    Answer::json_as_text(200, &Value::from(all))
}

fn may(site: &Site, id: &str, question: impl Fn(&Script) -> bool) -> Answer {
    match found(site, id, "last") {
        Ok(script) => Answer::json_as_text(200, &json!(question(&script))),
        Err(answer) => answer,
    }
}

/// Finds a script by its id; any version that is a number exists.
fn found(site: &Site, id: &str, version: &str) -> Result<Script, Answer> {
    let is_version = version == "last" || version.parse::<f64>().is_ok_and(|it| it >= 1.0);
    let made_up = || {
        let any = site.options.any_script;
        any.then(|| Script::made_up(id)).flatten()
    };
    let script = Script::find(id).or_else(made_up);
    script.filter(|_| is_version).ok_or_else(|| {
        let message = format!(
            "pine_facade failed to get pine source, reason: map[code:404 message:Last version of \
             pine_id={id} is not found]"
        );
        Answer::json_as_text(404, &json!({ "code": 404, "message": message }))
    })
}

#[cfg(test)]
mod tests;
