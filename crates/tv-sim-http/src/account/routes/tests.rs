//! The ways of a sign-in, by HTTP alone.

use market::Market;
use serde_json::Value;

use crate::{
    account::{
        accounts::Accounts,
        plan::Plan,
        token::{TokenState, Tokens},
    },
    answer::Answer,
    options::SiteOptions,
    request::{Headers, Request},
    site::Site,
};

const NOW: i64 = 1_796_054_400_000;

fn site() -> Site {
    Site::new(Market::new(1), SiteOptions::default())
}

fn ask(site: &mut Site, method: &str, path: &str, cookies: &str, body: &str) -> Answer {
    ask_at(NOW, site, method, path, cookies, body)
}

fn ask_at(
    now: i64,
    site: &mut Site,
    method: &str,
    path: &str,
    cookies: &str,
    body: &str,
) -> Answer {
    let headers = Headers::new([("cookie", cookies)]);
    site.answer(&Request::new(method, path, headers, body.as_bytes()), now)
}

fn sign_in(site: &mut Site, name: &str) -> Answer {
    let body = format!("username={name}&password=simulated&remember=true");
    ask(site, "POST", "/accounts/signin/", "", &body)
}

fn cookies(answer: &Answer) -> String {
    let set = answer
        .headers
        .iter()
        .filter(|(name, _)| *name == "set-cookie");
    let pairs = set.map(|(_, cookie)| cookie.split(';').next().unwrap());
    pairs.collect::<Vec<_>>().join("; ")
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

fn plan_of(token: &str) -> Plan {
    match Tokens::of_seed(1).state(token, NOW) {
        TokenState::Good { plan, .. } => plan,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sign_in_sets_cookies_that_lead_to_tokens() {
    let mut site = site();
    for (name, plan) in [
        ("basic", Plan::Basic),
        ("Premium@example.com", Plan::Premium),
        ("TRIAL", Plan::PremiumTrial),
    ] {
        let answer = sign_in(&mut site, name);
        let body = json(&answer);
        assert_eq!((answer.status, &body["error"]), (200, &Value::from("")));
        assert_eq!(plan_of(body["user"]["auth_token"].as_str().unwrap()), plan);
        let cookies = cookies(&answer);
        assert!(cookies.contains("device_t=") && cookies.contains("sessionid_sign=v3:"));
        let token = json(&ask(&mut site, "GET", "/quote_token/", &cookies, ""));
        assert_eq!(plan_of(token.as_str().unwrap()), plan);
        for path in ["/", "/chart/", "/chart/Abc12345/"] {
            let page = String::from_utf8(ask(&mut site, "GET", path, &cookies, "").body).unwrap();
            let (_, token) = page.split_once(r#","auth_token":""#).unwrap();
            assert_eq!(plan_of(token.split('"').next().unwrap()), plan);
            // What a search by patterns finds first is the user's.
            let (_, id) = page.split_once(r#""id":"#).unwrap();
            assert_eq!(
                id.split(',').next(),
                Some(body["user"]["id"].to_string().as_str())
            );
            for part in [
                r#","following":3,"#,
                r#","followers":2"#,
                r#""notification_count":{"following":0,"user":1"#,
                r#""reputation":1.5,"#,
                r#""date_joined":"2021"#,
            ] {
                assert!(page.contains(part), "{part}");
            }
        }
    }
}

#[test]
fn every_refusal_has_its_code_and_sets_no_cookies() {
    let mut site = site();
    for (name, code) in [
        ("captcha", "recaptcha_required"),
        ("limited", "rate_limit"),
        ("blocked", "user_blocked"),
        ("somebody", "invalid_credentials"),
    ] {
        let answer = sign_in(&mut site, name);
        assert_eq!(
            (answer.status, json(&answer)["code"].as_str()),
            (200, Some(code))
        );
        assert_eq!(cookies(&answer), "");
    }
    let body = "username=premium&password=wrong";
    let wrong = ask(&mut site, "POST", "/accounts/signin/", "", body);
    assert_eq!(json(&wrong)["code"], "invalid_credentials");
    assert_eq!(
        ask(&mut site, "GET", "/accounts/signin/", "", "").status,
        405
    );
}

#[test]
fn early_cookies_count_for_the_second_step_only() {
    let mut site = site();
    // The code is that of RFC 6238 for a minute after 1970 began.
    let ask = |site: &mut Site, method, path: &str, cookies: &str, body: &str| {
        ask_at(59_000, site, method, path, cookies, body)
    };
    for (name, right, wrong) in [("totp", "287082", "999999"), ("sms", "246810", "246811")] {
        let first = sign_in(&mut site, name);
        assert_eq!(json(&first)["two_factor_types"][0]["name"], name);
        let early = cookies(&first);
        assert!(early.contains("sessionid="));
        let token = "/quote_token/";
        assert_eq!(ask(&mut site, "GET", token, &early, "").status, 403);
        let page = ask(&mut site, "GET", "/chart/", &early, "").body;
        let page = String::from_utf8(page).unwrap();
        assert!(!page.contains("auth_token"));
        let path = format!("/accounts/two-factor/signin/{name}/");
        let answer = ask(&mut site, "POST", &path, &early, &format!("code={wrong}"));
        let body = json(&answer);
        assert_eq!(body["code"], "2FA_invalid_credential");
        assert!(body.get("error").is_none() && body["detail"].is_string());
        let right = format!("code={right}");
        let elsewhere = "/accounts/two-factor/signin/email/";
        let answer = ask(&mut site, "POST", elsewhere, &early, &right);
        assert_eq!(json(&answer)["code"], "2FA_invalid_credential");
        let answer = ask(&mut site, "POST", &path, &early, &right);
        assert_eq!(json(&answer)["user"]["username"], name);
        let whole = cookies(&answer);
        assert_eq!(ask(&mut site, "GET", token, &whole, "").status, 200);
        let answer = ask(&mut site, "POST", &path, &whole, &right);
        assert_eq!(answer.status, 403, "there is no second step any more");
    }
}

#[test]
fn cookies_end_by_sign_out_and_by_revocation() {
    let mut site = site();
    let first = cookies(&sign_in(&mut site, "premium"));
    let second = cookies(&sign_in(&mut site, "premium"));
    let other = cookies(&sign_in(&mut site, "basic"));
    let status =
        |site: &mut Site, cookies: &str| ask(site, "GET", "/quote_token/", cookies, "").status;
    let out = ask(&mut site, "POST", "/accounts/logout/", &first, "");
    assert!(cookies(&out).contains("sessionid="));
    assert_eq!(
        (status(&mut site, &first), status(&mut site, &second)),
        (403, 200)
    );
    assert!(site.accounts_mut().revoke_cookies("premium"));
    assert_eq!(
        (status(&mut site, &second), status(&mut site, &other)),
        (403, 200)
    );
    let third = cookies(&sign_in(&mut site, "premium"));
    assert_eq!(status(&mut site, &third), 200);
    assert!(!site.accounts_mut().revoke_cookies("somebody"));
}

#[test]
fn cookies_that_are_not_good_lead_to_the_home_page_once_more() {
    let mut site = site();
    let answer = |site: &mut Site, path, cookie| {
        let headers = Headers::new([("host", "www.tradingview.com"), ("cookie", cookie)]);
        site.answer(&Request::new("GET", path, headers, b""), NOW)
    };
    let again = answer(&mut site, "/", "sessionid=x;sessionid_sign=y");
    assert_eq!(again.status, 302);
    assert_eq!(
        again.header("location"),
        Some("https://www.tradingview.com/")
    );
    assert!(cookies(&again).contains("sessionid=;"));
    for (path, cookie) in [("/", ""), ("/chart/", "sessionid=x;sessionid_sign=y")] {
        let page = answer(&mut site, path, cookie);
        assert_eq!(page.status, 200, "{path}");
        assert!(!String::from_utf8(page.body).unwrap().contains("auth_token"));
    }
}

#[test]
fn a_plan_that_is_lost_shows_in_new_tokens() {
    let mut site = site();
    let cookies = cookies(&sign_in(&mut site, "premium"));
    assert!(site.accounts_mut().set_plan("premium", Plan::Basic));
    let token = json(&ask(&mut site, "GET", "/quote_token/", &cookies, ""));
    assert_eq!(plan_of(token.as_str().unwrap()), Plan::Basic);
}

#[test]
fn cookies_need_their_signature_and_the_seed_that_made_them() {
    let mut site = site();
    let whole = cookies(&sign_in(&mut site, "premium"));
    let (id, signature) = whole.split_once("; ").unwrap();
    let other_id = id.replacen("sessionid=s1", "sessionid=s0", 1);
    let escaped = whole.replace('=', "%3D").replacen("%3D", "=", 1);
    let escaped = escaped.replacen("sign%3D", "sign=", 1);
    for (cookies, status) in [
        (id.to_owned(), 403),
        (format!("{other_id}; {signature}"), 403),
        (format!("{id}; sessionid_sign=v3:x="), 403),
        ("sessionid=é; sessionid_sign=x".to_owned(), 403),
        (whole.clone(), 200),
        (escaped, 200),
    ] {
        let answer = ask(&mut site, "GET", "/quote_token/", &cookies, "");
        assert_eq!(answer.status, status, "{cookies}");
    }
    // Another site of the same seed knows them, one of another seed does not.
    let known = |seed| {
        let headers = Headers::new([("cookie", whole.as_str())]);
        let request = Request::new("GET", "/", headers, b"");
        Accounts::new(seed).signed_in(&request).is_some()
    };
    assert!(known(1) && !known(2));
}
