//! What the host of the scripts answers.

use market::Market;
use serde_json::{Value, json};

use crate::{
    account::cookies_of,
    options::SiteOptions,
    request::{Headers, Request},
    site::Site,
};

fn ask(name: &str, target: &str) -> (u16, Value) {
    let mut site = Site::new(Market::new(1), SiteOptions::default());
    let cookies = match name {
        "" => String::new(),
        name => cookies_of(&mut site, name),
    };
    let headers = Headers::new([("cookie", cookies.as_str())]);
    let answer = site.answer(&Request::new("GET", target, headers, b""), 0);
    let body = serde_json::from_slice(&answer.body);
    (
        answer.status,
        body.unwrap_or_else(|_| String::from_utf8(answer.body).unwrap().into()),
    )
}

#[test]
fn lists_hold_what_their_filter_names() {
    for (name, filter, count) in [
        ("", "standard", 43),
        ("", "candlestick", 12),
        ("", "fundamental", 24),
        ("", "saved", 0),
        ("basic", "saved", 0),
        ("premium", "saved", 2),
        ("premium", "published", 9),
    ] {
        let (status, list) = ask(name, &format!("/pine-facade/list/?filter={filter}"));
        assert_eq!(
            (status, list.as_array().unwrap().len()),
            (200, count),
            "{name} {filter}"
        );
    }
    assert_eq!(
        ask("", "/pine-facade/list"),
        (400, "Argument filter is not given".into())
    );
}

#[test]
fn a_translation_describes_a_script_for_those_who_may_use_it() {
    let (_, answer) = ask("", "/pine-facade/translate/STD;Supertrend%25Strategy/last");
    let info = &answer["result"]["metaInfo"];
    assert_eq!(
        (&answer["success"], &info["description"]),
        (&json!(true), &json!("Supertrend Strategy"))
    );
    assert_eq!(
        info["defaults"]["inputs"]["text"],
        answer["result"]["ilTemplate"]
    );
    let (_, answer) = ask(
        "",
        "/pine-facade/translate/STD%3BCandlestick%251Pattern%251Doji/19.0",
    );
    assert_eq!(answer["result"]["metaInfo"]["pine"]["version"], "19.0");
    let unknown = "/pine-facade/translate/STD;XXXXXXX/last";
    assert_eq!(ask("", unknown), (200, json!({ "success": false })));
    let (status, body) = ask("", "/pine-facade/translate/PUB;0123/last");
    assert_eq!((status, &body["code"]), (404, &json!(404)));
    let own = "/pine-facade/translate/USER;5e000000000000000000000000000200/last";
    assert_eq!(ask("premium", own).1["success"], true);
    for name in ["", "basic", "totp"] {
        let body = ask(name, own).1;
        assert_eq!(body["success"], false);
        assert!(body["reason"].as_str().unwrap().contains("not allowed"));
    }
}

#[test]
fn sources_are_for_open_scripts_and_their_authors() {
    let (open, closed) = (
        "PUB;51000000000000000000000000000200",
        "PUB;5100000000000000000000000000020b",
    );
    let own = "USER;5e000000000000000000000000000200";
    for (name, id, may) in [
        ("", "STD;RSI", true),
        ("", open, true),
        ("premium", closed, false),
        ("", own, false),
        ("premium", own, true),
    ] {
        let (status, body) = ask(name, &format!("/pine-facade/get/{id}/last"));
        assert_eq!(status == 200, may, "{name} {id}");
        assert_eq!(body["source"].is_string(), may);
        let soft = ask(name, &format!("/pine-facade/get/{id}/last?no_4xx=true"));
        assert_eq!((soft.0, soft.1["source"].is_string()), (200, may));
        let asked = ask(name, &format!("/pine-facade/is_auth_to_get/{id}/last"));
        assert_eq!(asked, (200, json!(may)));
    }
    assert_eq!(
        ask(
            "premium",
            &format!("/pine-facade/is_auth_to_write/{own}/last")
        )
        .1,
        json!(true)
    );
}

#[test]
fn versions_are_listed_newest_first() {
    let (_, versions) = ask("", "/pine-facade/versions/STD;RSI/all");
    assert_eq!(versions.as_array().unwrap().len(), 43);
    assert_eq!(versions[0]["version"], "43.0");
    assert_eq!(
        ask("", "/pine-facade/versions/STD;RSI/last")
            .1
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(ask("", "/pine-facade/versions/STD;XXXXXXX/all").0, 404);
}
