//! The author of scripts that need an invitation says who gets one.

use jiff::Timestamp;
use market::study::Script;
use serde_json::{Value, json};

use super::{
    access::is_author,
    invitations::{Invitation, MOST_USERS, Users},
};
use crate::{
    account::login_required,
    answer::{Answer, with},
    request::Request,
    site::Site,
};

/// Answers requests about invitations. They come as forms, with the cookies of the author.
pub(crate) fn answer(site: &mut Site, request: &Request<'_>, now: i64) -> Option<Answer> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let ["pine_perm", action] = segments[..] else {
        return None;
    };
    let Some(account) = site.accounts.signed_in(request) else {
        return Some(login_required());
    };
    if action == "list_scripts" {
        let own = Script::public().filter(|script| is_author(Some(account), script));
        let ids: Vec<Value> = own.map(|script| json!(script.id())).collect();
        return Some(Answer::json(200, &Value::from(ids)));
    }
    if request.method != "POST" {
        return Some(refused(405, "Method not allowed."));
    }
    let form = request.form();
    let field = |name: &str| {
        let found = form.iter().find(|(own, _)| own == name);
        found
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    };
    let script = field("pine_id").and_then(Script::find);
    let Some(script) = script.filter(|script| is_author(Some(account), script)) else {
        return Some(refused(
            403,
            "You do not have permission to perform this action.",
        ));
    };
    let users = site.invitations.users(script.id());
    if action == "list_users" {
        return Some(listed(users, request));
    }
    let Some(user) = field("username_recip") else {
        return Some(refused(400, "username_recip: this field is required."));
    };
    let expires = match field("expiration").map(str::parse::<Timestamp>) {
        Some(Err(_)) => return Some(refused(400, "expiration: this is not a time.")),
        Some(Ok(time)) => Some(time.as_millisecond()),
        None => None,
    };
    let is_invited = users.contains_key(user);
    match action {
        "add" if is_invited => return Some(Answer::json(200, &json!({ "status": "exists" }))),
        "add" if users.len() >= MOST_USERS => {
            return Some(refused(400, "There are too many users."));
        }
        "add" => {
            let number = users.values().map(|it| it.number).max().unwrap_or_default() + 1;
            let created = now;
            users.insert(
                user.to_owned(),
                Invitation {
                    number,
                    created,
                    expires,
                },
            );
        }
        "modify_user_expiration" | "remove" if !is_invited => {
            return Some(refused(404, "This user has no access to the script."));
        }
        "modify_user_expiration" => {
            if let Some(invitation) = users.get_mut(user) {
                invitation.expires = expires;
            }
        }
        "remove" => {
            users.remove(user);
        }
        _ => return None,
    }
    Some(Answer::json(200, &json!({ "status": "ok" })))
}

/// A page of users, the latest first unless they are wanted the other way.
fn listed(users: &Users, request: &Request<'_>) -> Answer {
    let number = |name: &str| {
        request
            .param(name)
            .and_then(|value| value.parse::<usize>().ok())
    };
    let (limit, offset) = (number("limit").unwrap_or(10), number("offset").unwrap_or(0));
    let mut all: Vec<_> = users.iter().collect();
    all.sort_by_key(|(_, invitation)| std::cmp::Reverse(invitation.number));
    let order = request.param("order_by").unwrap_or("-created");
    if !order.starts_with('-') {
        all.reverse();
    }
    let page = all
        .iter()
        .skip(offset)
        .take(limit)
        .map(|(name, invitation)| {
            let user = json!({
                "id": invitation.number,
                "username": name,
                "created": written(invitation.created),
            });
            let expires = invitation
                .expires
                .map(|it| ("expiration", json!(written(it))));
            with(user, expires)
        });
    let page: Vec<Value> = page.collect();
    let end = offset.saturating_add(limit);
    let next = (end < all.len()).then(|| {
        let query = format!("limit={limit}&offset={end}&order_by={order}");
        ("next", json!(format!("/pine_perm/list_users/?{query}")))
    });
    Answer::json(200, &with(json!({ "results": page }), next))
}

fn written(time: i64) -> String {
    Timestamp::from_millisecond(time)
        .unwrap_or_default()
        .to_string()
}

fn refused(status: u16, detail: &str) -> Answer {
    Answer::json(status, &json!({ "detail": detail }))
}

#[cfg(test)]
mod tests {
    use market::Market;

    use super::*;
    use crate::{options::SiteOptions, request::Headers};

    const NOW: i64 = 1_796_054_400_000;
    const SCRIPT: &str = "PUB%3B5100000000000000000000000000020a";

    fn ask(site: &mut Site, name: &str, target: &str, body: &str, now: i64) -> (u16, Value) {
        let cookies = crate::account::cookies_of(site, name);
        let headers = Headers::new([("cookie", cookies.as_str())]);
        let answer = site.answer(&Request::new("POST", target, headers, body.as_bytes()), now);
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    #[test]
    fn an_invitation_opens_a_script_until_it_ends() {
        let mut site = Site::new(Market::new(1), SiteOptions::default());
        let form = |rest: &str| format!("pine_id={SCRIPT}&username_recip=basic{rest}");
        let may = |site: &mut Site, now| {
            let cookies = crate::account::cookies_of(site, "basic");
            let headers = Headers::new([("cookie", cookies.as_str())]);
            let target = format!("/pine-facade/translate/{SCRIPT}/last");
            let answer = site.answer(&Request::new("GET", &target, headers, b""), now);
            serde_json::from_slice::<Value>(&answer.body).unwrap()["success"] == true
        };
        assert!(!may(&mut site, NOW));
        let add = "/pine_perm/add/";
        let until = "&expiration=2026-12-01T00:00:00.000Z";
        let ok = (200, json!({ "status": "ok" }));
        assert_eq!(ask(&mut site, "premium", add, &form(until), NOW), ok);
        let exists = (200, json!({ "status": "exists" }));
        assert_eq!(ask(&mut site, "premium", add, &form(until), NOW), exists);
        assert!(may(&mut site, NOW) && !may(&mut site, NOW + 86_400_000));
        let list = "/pine_perm/list_users/?limit=10&order_by=-created";
        let (_, users) = ask(&mut site, "premium", list, &form(""), NOW);
        let user = json!({ "id": 1, "username": "basic", "created": "2026-11-30T16:00:00Z",
            "expiration": "2026-12-01T00:00:00Z" });
        assert_eq!(users, json!({ "results": [user] }));
        let modify = "/pine_perm/modify_user_expiration/";
        assert_eq!(
            ask(
                &mut site,
                "premium",
                modify,
                &form("&noExpiration=true"),
                NOW
            ),
            ok
        );
        assert!(may(&mut site, NOW + 86_400_000));
        assert_eq!(
            ask(&mut site, "premium", "/pine_perm/remove/", &form(""), NOW),
            ok
        );
        assert!(!may(&mut site, NOW));
        let gone = ask(&mut site, "premium", "/pine_perm/remove/", &form(""), NOW);
        assert_eq!(gone.0, 404);
    }

    #[test]
    fn only_the_author_invites() {
        let mut site = Site::new(Market::new(1), SiteOptions::default());
        let add = "/pine_perm/add/";
        let form = format!("pine_id={SCRIPT}&username_recip=basic");
        assert_eq!(ask(&mut site, "basic", add, &form, NOW).0, 403);
        let other = "pine_id=STD;RSI&username_recip=basic";
        assert_eq!(ask(&mut site, "premium", add, other, NOW).0, 403);
        let bad = format!("{form}&expiration=tomorrow");
        assert_eq!(ask(&mut site, "premium", add, &bad, NOW).0, 400);
        let request = Request::new("POST", add, Headers::default(), form.as_bytes());
        assert_eq!(site.answer(&request, NOW).status, 403);
    }
}
