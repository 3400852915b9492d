//! The scripts of the community.

use market::study::Script;
use serde_json::{Value, json};

use super::{
    access::{Access, INVITING},
    item::public,
};
use crate::{
    account::Account,
    answer::{Answer, with},
    request::Request,
    site::Site,
};

/// How many scripts a page has.
const PAGE: usize = 20;

/// Authors without an account here.
const AUTHORS: [(u32, &str); 4] = [
    (52_001, "ChartHenry"),
    (52_002, "MaPlots"),
    (52_003, "quiet_quant"),
    (52_004, "OhmsLaw"),
];

/// Answers requests for scripts of the community.
pub(crate) fn answer(_: &mut Site, request: &Request<'_>, _: i64) -> Option<Answer> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let search = match segments[..] {
        ["pubscripts-suggest-json"] => request.param("search").unwrap_or_default(),
        ["pubscripts-library"] | ["pubscripts-library", "editors-picks"] => "",
        _ => return None,
    };
    let number = |name: &str| {
        request
            .param(name)
            .and_then(|value| value.parse::<usize>().ok())
    };
    let offset = number("offset").unwrap_or_default();
    let count = number("count").unwrap_or(PAGE).clamp(1, PAGE);
    let wanted = search.trim().to_lowercase();
    let found = Script::public().filter(|script| script.name().to_lowercase().contains(&wanted));
    let mut rest = found.skip(offset);
    let page: Vec<Value> = rest
        .by_ref()
        .take(count)
        .map(|it| public(&it, author(&it)))
        .collect();
    let next = rest.next().map(|_| {
        let search = form_urlencoded::byte_serialize(search.as_bytes()).collect::<String>();
        let next = offset.saturating_add(count);
        (
            "next",
            json!(format!("{}?search={search}&offset={next}", request.path)),
        )
    });
    Some(Answer::json(200, &with(json!({ "results": page }), next)))
}

/// Who wrote a script.
pub(super) fn author(script: &Script) -> (u32, &'static str) {
    if Access::of(script) == Access::InviteOnly {
        return Account::named(INVITING).map_or((0, INVITING), |it| (it.id, it.username));
    }
    let sum: usize = script.name().bytes().map(usize::from).sum();
    AUTHORS.get(sum % AUTHORS.len()).copied().unwrap_or((0, ""))
}

#[cfg(test)]
mod tests {
    use market::Market;

    use super::*;
    use crate::{options::SiteOptions, request::Headers};

    fn ask(target: &str) -> Value {
        let mut site = Site::new(Market::new(1), SiteOptions::default());
        let request = Request::new("GET", target, Headers::default(), b"");
        serde_json::from_slice(&site.answer(&request, 0).body).unwrap()
    }

    #[test]
    fn a_search_finds_names_and_pages_to_the_end() {
        let found = ask("/pubscripts-suggest-json?search=rsi");
        let results = found["results"].as_array().unwrap();
        assert!(results.len() > 10, "{}", results.len());
        assert!(
            results
                .iter()
                .all(|it| it["scriptName"].as_str().unwrap().contains("RSI"))
        );
        assert!(found.get("next").is_none());
        let accesses: std::collections::BTreeSet<u64> = results
            .iter()
            .map(|it| it["access"].as_u64().unwrap())
            .collect();
        assert_eq!(accesses.into_iter().collect::<Vec<_>>(), [1, 2, 3]);
        let (mut target, mut all) = ("/pubscripts-suggest-json/?search=".to_owned(), 0);
        loop {
            let page = ask(&target);
            all += page["results"].as_array().unwrap().len();
            match page["next"].as_str() {
                Some(next) => target = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(all, Script::public().count());
        assert_eq!(
            ask("/pubscripts-suggest-json/?search=zzz")["results"],
            json!([])
        );
        assert_eq!(
            ask("/pubscripts-library/?count=3")["results"]
                .as_array()
                .unwrap()
                .len(),
            3
        );
    }
}
