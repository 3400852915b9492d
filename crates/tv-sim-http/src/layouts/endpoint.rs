//! The paths of the layouts.

use serde_json::{Value, json};

use super::table::{LAYOUTS, Layout};
use crate::{account::Account, answer::Answer, request::Request, site::Site};

/// How long a token of a layout lasts, in seconds.
const LIFE: i64 = 3_600;

/// Answers requests to the site: tokens, and the list of one's own layouts.
pub(crate) fn answer(site: &mut Site, request: &Request<'_>, now: i64) -> Option<Answer> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let account = site.accounts.signed_in(request);
    match segments[..] {
        ["chart-token"] => Some(token(site, request, account, now)),
        ["my-charts"] => Some(own(account)),
        _ => None,
    }
}

/// `/chart-token/`: who may see a layout gets a token for its drawings.
fn token(site: &Site, request: &Request<'_>, account: Option<&Account>, now: i64) -> Answer {
    let (Some(id), Some(_)) = (request.param("image_url"), request.param("user_id")) else {
        let detail = "image_url and user_id are required.";
        return Answer::json(400, &json!({ "detail": detail }));
    };
    let layout = Layout::find(id).filter(|layout| {
        layout.is_shared || account.is_some_and(|account| account.username == layout.owner)
    });
    let Some(layout) = layout else {
        return Answer::json(404, &json!({ "detail": "Not found." }));
    };
    let made = now.div_euclid(1000);
    let token = site.accounts.tokens().sign(&json!({
        "iat": made,
        "exp": made + LIFE,
        "type": "layout",
        "layoutId": layout.id,
        "ownerId": Account::named(layout.owner).map(|owner| owner.id),
        "shared": layout.is_shared,
    }));
    Answer::json(200, &json!({ "token": token }))
}

/// `/my-charts/`: guests get a page in place of a list.
fn own(account: Option<&Account>) -> Answer {
    let Some(account) = account else {
        return Answer::html(
            200,
            "<!DOCTYPE html>\n<html><head><title>Charts</title></head></html>\n",
        );
    };
    let own = LAYOUTS
        .iter()
        .filter(|layout| layout.owner == account.username);
    let own: Vec<Value> = own
        .map(|layout| json!({ "image_url": layout.id, "name": layout.name, "shared": layout.is_shared }))
        .collect();
    Answer::json(200, &Value::from(own))
}

/// Answers requests to the host of the drawings.
pub(crate) fn storage(site: &mut Site, request: &Request<'_>, now: i64) -> Option<Answer> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let ["charts-storage", "get", "layout", id, "sources"] = segments[..] else {
        return None;
    };
    let refused = |status, error: &str| {
        Some(Answer::json(
            status,
            &json!({ "success": false, "error": error }),
        ))
    };
    let token = request.param("jwt").unwrap_or_default();
    let Some(claims) = site.accounts.tokens().claims(token) else {
        return refused(401, "invalid token");
    };
    let expires = claims
        .get("exp")
        .and_then(Value::as_i64)
        .unwrap_or_default();
    if expires * 1000 <= now {
        return refused(401, "token is expired");
    }
    let of = claims.get("layoutId").and_then(Value::as_str);
    let Some(layout) = Layout::find(id).filter(|layout| of == Some(layout.id)) else {
        return refused(403, "token is for another layout");
    };
    let is_known = matches!(request.param("chart_id"), Some("_shared" | "1"));
    let symbol = request.param("symbol").unwrap_or_default();
    let mut sources = layout.sources(&site.market, symbol, now);
    sources.retain(|_, _| is_known);
    Some(Answer::json(
        200,
        &json!({ "success": true, "payload": { "sources": sources } }),
    ))
}

#[cfg(test)]
mod tests {
    use market::Market;

    use super::*;
    use crate::{account::cookies_of, options::SiteOptions, request::Headers};

    const NOW: i64 = 1_796_054_400_000;

    fn ask(site: &mut Site, name: &str, target: &str, now: i64) -> (u16, Value) {
        let cookies = match name {
            "" => String::new(),
            name => cookies_of(site, name),
        };
        let headers = Headers::new([("cookie", cookies.as_str())]);
        let answer = site.answer(&Request::new("GET", target, headers, b""), now);
        (
            answer.status,
            serde_json::from_slice(&answer.body).unwrap_or(Value::Null),
        )
    }

    fn token(site: &mut Site, name: &str, layout: &str) -> Option<String> {
        let target = format!("/chart-token/?image_url={layout}&user_id=-1");
        let (_, body) = ask(site, name, &target, NOW);
        body["token"].as_str().map(str::to_owned)
    }

    #[test]
    fn drawings_need_a_token_of_their_layout() {
        let mut site = Site::new(Market::new(1), SiteOptions::default());
        let shared = token(&mut site, "", "SimShar1").unwrap();
        let private = token(&mut site, "premium", "SimPriv1").unwrap();
        for (name, layout) in [
            ("", "SimPriv1"),
            ("basic", "SimPriv1"),
            ("premium", "nothing"),
        ] {
            assert_eq!(token(&mut site, name, layout), None, "{name} {layout}");
        }
        assert_eq!(
            ask(&mut site, "", "/chart-token/?image_url=SimShar1", NOW).0,
            400
        );
        let mut sources = |layout: &str, token: &str, rest: &str, now| {
            let target = format!("/charts-storage/get/layout/{layout}/sources?jwt={token}&{rest}");
            ask(&mut site, "", &target, now)
        };
        let apple = "chart_id=_shared&symbol=NASDAQ:AAPL";
        let (status, body) = sources("SimPriv1", &private, apple, NOW);
        let drawings = body["payload"]["sources"].as_object().unwrap();
        assert_eq!((status, drawings.len()), (200, 3));
        for (id, drawing) in drawings {
            assert_eq!(
                (&drawing["id"], &drawing["state"]["id"]),
                (&json!(id), &json!(id))
            );
            for point in drawing["state"]["points"].as_array().unwrap() {
                assert!(point["price"].as_f64().unwrap() > 0.0);
                assert!(point["time_t"].as_i64().unwrap() * 1000 < NOW);
            }
        }
        let all = sources("SimPriv1", &private, "chart_id=_shared&symbol=", NOW).1;
        assert_eq!(all["payload"]["sources"].as_object().unwrap().len(), 4);
        let other = sources("SimPriv1", &private, "chart_id=2&symbol=", NOW).1;
        assert_eq!(other["payload"]["sources"], json!({}));
        assert_eq!(sources("SimPriv1", &shared, apple, NOW).0, 403);
        assert_eq!(sources("SimShar1", "x.y.z", apple, NOW).0, 401);
        assert_eq!(sources("SimShar1", &shared, apple, NOW + 3_600_000).0, 401);
        assert_eq!(sources("SimShar1", &shared, apple, NOW).0, 200);
    }

    #[test]
    fn own_layouts_are_a_list_for_those_who_are_signed_in() {
        let mut site = Site::new(Market::new(1), SiteOptions::default());
        assert_eq!(ask(&mut site, "", "/my-charts/", NOW), (200, Value::Null));
        assert_eq!(
            ask(&mut site, "premium", "/my-charts/", NOW)
                .1
                .as_array()
                .unwrap()
                .len(),
            2
        );
    }
}
