//! The paths of the watch-lists.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::lists::{Book, COLOURS, MOST_ENTRIES, MOST_LISTS, WatchList};
use crate::{
    account::login_required,
    answer::{Answer, with},
    request::Request,
    site::Site,
};

/// When lists that were never changed were made.
const CREATED: &str = "2026-01-05T09:00:00Z";

/// Answers requests about watch-lists.
pub(crate) fn answer(site: &mut Site, request: &Request<'_>, now: i64) -> Option<Answer> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let ["api", "v1", "symbols_list", rest @ ..] = &segments[..] else {
        return None;
    };
    let Some(account) = site.accounts.signed_in(request) else {
        return Some(match (request.method, rest) {
            // Guests have a list that cannot be changed.
            ("GET", ["custom"]) => guests(),
            _ => login_required(),
        });
    };
    let book = site.watchlists.of(account.id);
    let result = match (request.method, rest) {
        ("GET", ["all"]) => Ok(all(book)),
        ("GET", ["custom"]) => Ok(custom(book)),
        ("GET", ["colored"]) => Ok(coloured(book)),
        ("GET", ["active"]) => one(book, &book.active.to_string()),
        ("GET", ["custom", id]) => one(book, id),
        ("POST", ["custom"]) => create(book, request, now),
        ("POST", ["custom", id, change]) => edit(book, id, change, request, now),
        ("POST", ["active", id]) => activate(book, id),
        ("DELETE", ["custom", id]) => delete(book, id),
        _ => return None,
    };
    Some(match result {
        Ok(Value::Null) => Answer::new(204, "application/json", ""),
        Ok(body) => Answer::json(200, &body),
        Err(Refusal(status, detail)) => Answer::json(status, &json!({ "detail": detail })),
    })
}

/// Why a request is refused: the status, and the reason.
struct Refusal(u16, &'static str);

const NOT_FOUND: Refusal = Refusal(404, "Not found.");

fn guests() -> Answer {
    let book = Book::at_first(0);
    let lists: Vec<Value> = book
        .lists
        .iter()
        .take(1)
        .map(|list| written(list, &book))
        .collect();
    Answer::json(200, &Value::from(lists))
}

fn all(book: &Book) -> Value {
    book.lists.iter().map(|list| written(list, book)).collect()
}

fn custom(book: &Book) -> Value {
    let lists = book.lists.iter().filter(|list| list.colour.is_none());
    lists.map(|list| written(list, book)).collect()
}

/// One list for each colour; those that are empty have no number.
fn coloured(book: &Book) -> Value {
    let of = |(place, colour): (usize, &&str)| {
        let list = book.lists.iter().find(|list| list.colour == Some(place));
        list.map_or_else(
            || json!({ "id": null, "type": "colored", "name": null, "color": colour, "symbols": [],
                "active": false, "shared": false, "description": null, "created": null, "modified": null }),
            |list| written(list, book),
        )
    };
    COLOURS.iter().enumerate().map(of).collect()
}

fn one(book: &Book, id: &str) -> Result<Value, Refusal> {
    let list = book.lists.iter().find(|list| list.id.to_string() == id);
    list.map(|list| written(list, book)).ok_or(NOT_FOUND)
}

fn create(book: &mut Book, request: &Request<'_>, now: i64) -> Result<Value, Refusal> {
    let body = body(request)?;
    let name = name(&body)?;
    let mut fresh = Vec::new();
    if let Some(symbols) = body.get("symbols") {
        append(&mut fresh, entries(symbols)?)?;
    }
    if book.lists.len() >= MOST_LISTS {
        return Err(Refusal(400, "There are too many lists."));
    }
    let id = book.add(&name, fresh, now);
    one(book, &id.to_string())
}

fn edit(
    book: &mut Book,
    id: &str,
    change: &str,
    request: &Request<'_>,
    now: i64,
) -> Result<Value, Refusal> {
    let body = body(request)?;
    let list = id
        .parse()
        .ok()
        .and_then(|id| book.list(id))
        .ok_or(NOT_FOUND)?;
    // A change that fails leaves the list as it was.
    let mut edited = list.entries.clone();
    match change {
        "append" => append(&mut edited, entries(&body)?)?,
        "remove" => {
            let gone = entries(&body)?;
            edited.retain(|entry| !gone.contains(entry));
        }
        "replace" if request.param("unsafe") != Some("true") => {
            return Err(Refusal(400, "Entries would be lost: say unsafe=true."));
        }
        "replace" => {
            edited.clear();
            append(&mut edited, entries(&body)?)?;
        }
        "replace_symbol" => {
            let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
            let (Some(old), Some(new)) = (text("old"), text("new")) else {
                return Err(Refusal(400, "old and new are required."));
            };
            edited
                .iter_mut()
                .filter(|entry| **entry == old)
                .for_each(|entry| entry.clone_from(&new));
        }
        "rename" | "update_meta" => list.name = name(&body)?,
        _ => return Err(NOT_FOUND),
    }
    list.entries = edited;
    list.modified = now;
    if matches!(change, "rename" | "update_meta") {
        return one(book, id);
    }
    Ok(json!(list.entries))
}

fn activate(book: &mut Book, id: &str) -> Result<Value, Refusal> {
    let written = one(book, id)?;
    book.active = id.parse().map_err(|_| NOT_FOUND)?;
    Ok(with(written, [("active", json!(true))]))
}

fn delete(book: &mut Book, id: &str) -> Result<Value, Refusal> {
    one(book, id)?;
    book.lists.retain(|list| list.id.to_string() != id);
    Ok(Value::Null)
}

fn body(request: &Request<'_>) -> Result<Value, Refusal> {
    serde_json::from_slice(request.body).map_err(|_| Refusal(400, "JSON parse error."))
}

fn name(body: &Value) -> Result<String, Refusal> {
    let name = body.get("name").and_then(Value::as_str).map(str::trim);
    let name = name.filter(|name| !name.is_empty() && name.chars().count() <= 128);
    name.map(str::to_owned)
        .ok_or(Refusal(400, "name: this field is required."))
}

/// The entries of a body that is a list of texts.
fn entries(body: &Value) -> Result<Vec<String>, Refusal> {
    let list = body
        .as_array()
        .ok_or(Refusal(400, "Expected a list of symbols."))?;
    let text = |entry: &Value| {
        let text = entry
            .as_str()
            .filter(|text| text.starts_with("###") || text.contains(':'));
        text.map(str::to_owned)
            .ok_or(Refusal(400, "Expected symbols such as NASDAQ:AAPL."))
    };
    list.iter().map(text).collect()
}

/// Adds entries that are not there yet.
fn append(entries: &mut Vec<String>, more: Vec<String>) -> Result<(), Refusal> {
    for entry in more {
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    match entries.len() > MOST_ENTRIES {
        true => Err(Refusal(400, "There are too many symbols.")),
        false => Ok(()),
    }
}

fn written(list: &WatchList, book: &Book) -> Value {
    let modified = match list.modified {
        0 => CREATED.to_owned(),
        time => Timestamp::from_millisecond(time)
            .unwrap_or_default()
            .to_string(),
    };
    json!({
        "id": list.id,
        "type": if list.colour.is_some() { "colored" } else { "custom" },
        "name": list.name,
        "symbols": list.entries,
        "active": list.id == book.active,
        "shared": false,
        "color": list.colour.and_then(|place| COLOURS.get(place)),
        "description": null,
        "created": CREATED,
        "modified": modified,
    })
}

#[cfg(test)]
mod tests {
    use market::Market;

    use super::*;
    use crate::{account::cookies_of, options::SiteOptions, request::Headers};

    fn site() -> Site {
        Site::new(Market::new(1), SiteOptions::default())
    }

    fn ask(site: &mut Site, name: &str, what: &str, body: &str) -> (u16, Value) {
        let (method, path) = what.split_once(' ').unwrap();
        let target = format!("/api/v1/symbols_list/{path}");
        let cookies = match name {
            "" => String::new(),
            name => cookies_of(site, name),
        };
        let headers = Headers::new([("cookie", cookies.as_str())]);
        let request = Request::new(method, &target, headers, body.as_bytes());
        let answer = site.answer(&request, 1_796_054_400_000);
        (
            answer.status,
            serde_json::from_slice(&answer.body).unwrap_or(Value::Null),
        )
    }

    #[test]
    fn an_account_has_lists_and_a_guest_has_one() {
        let mut site = site();
        let (_, all) = ask(&mut site, "basic", "GET all/", "");
        assert_eq!(all.as_array().unwrap().len(), 3);
        assert_eq!(
            (&all[0]["id"], &all[0]["active"]),
            (&json!(41_001_001), &json!(true))
        );
        assert_eq!(all[0]["symbols"][0], "###STOCKS");
        assert_eq!(
            ask(&mut site, "basic", "GET custom/", "")
                .1
                .as_array()
                .unwrap()
                .len(),
            2
        );
        assert_eq!(ask(&mut site, "basic", "GET active/", "").1, all[0]);
        assert_eq!(
            ask(&mut site, "basic", "GET custom/41001002/", "").1,
            all[1]
        );
        let (_, colours) = ask(&mut site, "basic", "GET colored/", "");
        let numbered = colours
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["id"].is_number());
        assert_eq!(
            (colours.as_array().unwrap().len(), numbered.count()),
            (7, 1)
        );
        assert_eq!(
            ask(&mut site, "", "GET custom/", "")
                .1
                .as_array()
                .unwrap()
                .len(),
            1
        );
        for what in ["GET all/", "GET colored/", "POST custom/"] {
            let (status, body) = ask(&mut site, "", what, "{}");
            assert_eq!((status, &body["code"]), (403, &json!("login_required")));
        }
    }

    #[test]
    fn changes_last_and_belong_to_one_account() {
        let mut site = site();
        let mut ask = |what: &str, body: &str| ask(&mut site, "premium", what, body);
        let (_, list) = ask(
            "POST custom/",
            r#"{"name":"New","symbols":["NYSE:KO","NYSE:KO"]}"#,
        );
        assert_eq!(list["symbols"], json!(["NYSE:KO"]));
        let id = list["id"].as_u64().unwrap();
        let to = |change: &str| format!("POST custom/{id}/{change}");
        let more = r####"["###A","NYSE:IBM","NYSE:KO"]"####;
        assert_eq!(
            ask(&to("append/"), more).1,
            json!(["NYSE:KO", "###A", "NYSE:IBM"])
        );
        assert_eq!(
            ask(&to("remove/"), r#"["NYSE:KO"]"#).1,
            json!(["###A", "NYSE:IBM"])
        );
        assert_eq!(ask(&to("replace/"), r#"["NYSE:KO"]"#).0, 400);
        assert_eq!(
            ask(&to("replace/?unsafe=true"), r#"["NYSE:KO"]"#).1,
            json!(["NYSE:KO"])
        );
        assert_eq!(
            ask(&to("rename/"), r#"{"name":"Newer"}"#).1["name"],
            "Newer"
        );
        assert_eq!(ask(&format!("POST active/{id}/"), "").1["active"], true);
        assert_eq!(ask("GET active/", "").1["name"], "Newer");
        for bad in ["", "{}", "[5]", r#"["AAPL"]"#] {
            assert_eq!(ask(&to("append/"), bad).0, 400, "{bad}");
        }
        let many: Vec<String> = (0..1001).map(|n| format!("SIM:A{n}")).collect();
        assert_eq!(ask(&to("append/"), &json!(many).to_string()).0, 400);
        assert_eq!(
            ask(&format!("GET custom/{id}/"), "").1["symbols"],
            json!(["NYSE:KO"])
        );
        let gone = format!("DELETE custom/{id}/");
        assert_eq!((ask(&gone, "").0, ask(&gone, "").0), (204, 404));
        let (_, others) = self::ask(&mut site, "basic", "GET all/", "");
        assert_eq!(others.as_array().unwrap().len(), 3);
    }
}
