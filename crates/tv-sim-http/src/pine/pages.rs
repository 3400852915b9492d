//! Pages about scripts of the community: `scripts/` lists them, `script/{image}-{name}/` shows one.

use jiff::Timestamp;
use market::study::{Script, ScriptKind};
use serde_json::{Value, json};

use super::{
    access::Access,
    item::{CHANGED, kind},
    public::author,
};
use crate::{
    answer::{Answer, escaped, with},
    request::Request,
    site::Site,
};

/// How many scripts a page lists.
const PAGE: usize = 24;

/// The chart that each script was published with.
const CHART: &str = "BINANCE:BTCUSDT";

/// Answers requests for pages about scripts.
pub(crate) fn answer(_: &mut Site, request: &Request<'_>, _: i64) -> Option<Answer> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    match segments[..] {
        ["scripts"] => Some(listing(request, 1)),
        ["scripts", page] => {
            let number = page
                .strip_prefix("page-")
                .and_then(|page| page.parse().ok());
            Some(number.map_or_else(not_found, |number| listing(request, number)))
        }
        ["script", name] => Some(shown(name)),
        _ => None,
    }
}

/// A page of the list. After the last one, the server leads back to the first.
fn listing(request: &Request<'_>, page: usize) -> Answer {
    let wanted = match request.param("script_type").unwrap_or("all") {
        "all" => None,
        "strategies" => Some("strategy"),
        "indicators" => Some("study"),
        "libraries" => Some("library"),
        _ => return not_found(),
    };
    let all = Script::public().filter(|script| Access::of(script) != Access::InviteOnly);
    let all: Vec<Script> = all
        .filter(|script| wanted.is_none_or(|wanted| kind(script) == wanted))
        .collect();
    let first = page.saturating_sub(1).saturating_mul(PAGE);
    if page == 0 || page > 1 && first >= all.len() {
        return Answer::redirect(302, "/scripts/");
    }
    let items: Vec<Value> = all.iter().skip(first).take(PAGE).map(card).collect();
    let next = all.len() > first + PAGE;
    let next = next.then(|| ("next", json!(format!("/scripts/page-{}/", page + 1))));
    let ideas = with(json!({ "total": all.len(), "items": items }), next);
    let data = json!({ "sim": { "data": { "data": { "ideas": { "data": ideas } } } } });
    Answer::html(200, document("Indicators and strategies", &data))
}

fn shown(name: &str) -> Answer {
    let image = name.split('-').next().unwrap_or_default();
    match Script::public().find(|script| self::image(script) == image) {
        Some(script) => {
            let data = json!({ "sim": { "ssrIdeaData": idea(&script) } });
            Answer::html(200, document(script.name(), &data))
        }
        None => not_found(),
    }
}

/// A script in a list.
fn card(script: &Script) -> Value {
    let (id, username) = author(script);
    json!({
        "id": id, "image_url": image(script), "name": script.name(),
        "description": "An invented script.", "created_at": CHANGED, "date_timestamp": changed(),
        "chart_url": format!("https://www.tradingview.com{}", path(script)),
        "is_public": true, "is_visible": true, "is_script": true, "is_picked": false, "is_hot": false,
        "script_type": kind(script), "script_access": Access::of(script).number(),
        "script_id_part": script.id(), "version": version(script),
        "comments_count": 0, "views_count": 0, "likes_count": id % 100,
        "symbol": { "name": CHART, "full_name": CHART, "short_name": "BTCUSDT", "exchange": "BINANCE", "type": "spot",
            "interval": "60", "direction": 0 },
        "user": { "id": id, "username": username, "is_broker": false },
    })
}

/// A script as its own page has it.
fn idea(script: &Script) -> Value {
    let (id, username) = author(script);
    json!({
        "id": id, "uuid": image(script), "chart_url": path(script), "is_script": true, "name": script.name(),
        "description": "An invented script.", "interval": "60", "direction": 0,
        "user": { "username": username, "uri": format!("/u/{username}/"), "is_broker": false },
        "symbol": { "pro_symbol": CHART, "short_name": "BTCUSDT", "exchange": "BINANCE", "type": "spot",
            "typespecs": ["crypto"] },
        "created_at": CHANGED, "updated_at": null, "likes_count": id % 100, "comments_count": 0, "views": 0,
        "tags": [], "related": [], "language": "en", "content": null,
        "script": { "content": "", "access": Access::of(script).number(), "script_id_part": script.id(),
            "version_maj": version(script).parse::<u32>().ok(), "script_type": kind(script), "has_access": true },
    })
}

/// The name of a script's picture, which its address begins with.
fn image(script: &Script) -> String {
    match script.list() {
        ScriptKind::Public(_) => {
            let id = script.id();
            let end = id.len().checked_sub(4).and_then(|at| id.get(at..));
            format!("Sim{}", end.unwrap_or_default())
        }
        _ => String::new(),
    }
}

fn path(script: &Script) -> String {
    let words = script.name().split_ascii_whitespace();
    let words: Vec<&str> = words.collect();
    format!("/script/{}-{}/", image(script), words.join("-"))
}

fn version(script: &Script) -> &'static str {
    script.version().split('.').next().unwrap_or("1")
}

fn changed() -> i64 {
    CHANGED
        .parse()
        .map(Timestamp::as_second)
        .unwrap_or_default()
}

fn not_found() -> Answer {
    let title = "<html><head><title>Page not found</title></head></html>\n";
    Answer::html(404, title)
}

/// A page whose data are in a block of JSON, under a key that means nothing.
fn document(title: &str, data: &Value) -> String {
    let (title, data) = (escaped(title), data.to_string().replace('<', "\\u003c"));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>{title}</title></head><body>\n<h1>{title}</h1>\n\
         <script type=\"application/prs.init-data+json\">{data}</script>\n</body></html>\n"
    )
}

#[cfg(test)]
mod tests {
    use market::Market;

    use super::*;
    use crate::{options::SiteOptions, request::Headers};

    fn ask(target: &str) -> Answer {
        let mut site = Site::new(Market::new(1), SiteOptions::default());
        let request = Request::new("GET", target, Headers::default(), b"");
        site.answer(&request, 0)
    }

    fn data(target: &str) -> Value {
        let answer = ask(target);
        assert_eq!(answer.status, 200, "{target}");
        let page = String::from_utf8(answer.body).unwrap();
        let begin = "<script type=\"application/prs.init-data+json\">";
        let (_, rest) = page.split_once(begin).unwrap();
        let data: Value = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
        data["sim"].clone()
    }

    #[test]
    fn lists_page_to_their_end_and_then_lead_back() {
        let mut target = "/scripts/?script_type=strategies".to_owned();
        let mut names = Vec::new();
        loop {
            let ideas = data(&target)["data"]["data"]["ideas"]["data"].clone();
            for item in ideas["items"].as_array().unwrap() {
                assert_eq!(item["script_type"], "strategy");
                names.push(item["name"].as_str().unwrap().to_owned());
            }
            match ideas["next"].as_str() {
                Some(next) => target = format!("{next}?script_type=strategies"),
                None => {
                    assert_eq!(ideas["total"], names.len());
                    break;
                }
            }
        }
        assert!(names.len() > PAGE, "{}", names.len());
        let past = ask("/scripts/page-9/?script_type=strategies");
        assert_eq!(
            (past.status, past.header("location")),
            (302, Some("/scripts/"))
        );
        for unknown in ["/scripts/?script_type=ideas", "/scripts/9/"] {
            assert_eq!(ask(unknown).status, 404, "{unknown}");
        }
    }

    #[test]
    fn a_card_leads_to_the_page_of_its_script() {
        let ideas = data("/scripts/")["data"]["data"]["ideas"]["data"].clone();
        for item in ideas["items"].as_array().unwrap() {
            let address = item["chart_url"].as_str().unwrap();
            let idea = data(address.trim_start_matches("https://www.tradingview.com"));
            let idea = &idea["ssrIdeaData"];
            assert_eq!(idea["script"]["script_id_part"], item["script_id_part"]);
            assert_eq!(idea["name"], item["name"]);
        }
        assert_eq!(ask("/script/Nothing-at-all/").status, 404);
    }
}
