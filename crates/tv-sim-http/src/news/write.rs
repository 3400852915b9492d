//! Headlines and stories in the words of both hosts.

use serde_json::{Value, json};

use super::invented::Headline;
use crate::answer::with;

/// A headline of today's host.
pub(super) fn today(headline: &Headline) -> Value {
    let provider = headline.provider;
    let item = json!({
        "id": headline.id,
        "title": headline.title,
        "published": headline.published,
        "urgency": headline.urgency,
        "paywall": provider.paywall,
        "provider": {
            "id": provider.id,
            "name": provider.name,
            "logo_id": provider.id,
            "url": provider.url,
        },
        "relatedSymbols": related(headline),
        "storyPath": path(headline),
    });
    let permission = provider.permission.map(|word| ("permission", json!(word)));
    let link = (!provider.paywall).then(|| ("link", json!(link(headline))));
    with(item, permission.into_iter().chain(link))
}

/// A headline of the older host.
pub(super) fn older(headline: &Headline) -> Value {
    let provider = headline.provider;
    let item = json!({
        "id": headline.id,
        "title": headline.title,
        "provider": provider.id,
        "source": provider.name,
        "sourceLogoId": provider.id,
        "published": headline.published,
        "urgency": headline.urgency,
        "relatedSymbols": related(headline),
        "storyPath": path(headline),
    });
    let permission = provider.permission.map(|word| ("permission", json!(word)));
    with(item, permission)
}

/// A headline of the oldest version, which has the whole story in it.
pub(super) fn oldest(headline: &Headline) -> Value {
    let story = [
        ("astDescription", tree(headline)),
        ("shortDescription", json!(summary(headline))),
    ];
    with(older(headline), story)
}

/// A story of today's host.
pub(super) fn today_story(headline: &Headline) -> Value {
    let story = json!({
        "short_description": summary(headline),
        "ast_description": tree(headline),
        "language": headline.language,
        "tags": tags(headline),
        "copyright": format!("© {}", headline.provider.name),
        "story_path": path(headline),
        "read_time": 30,
    });
    let same = [
        "id",
        "title",
        "published",
        "urgency",
        "provider",
        "permission",
        "link",
    ];
    merged(story, &today(headline), &same)
}

/// A story of the older host.
pub(super) fn older_story(headline: &Headline) -> Value {
    let story = json!({
        "shortDescription": summary(headline),
        "astDescription": tree(headline),
        "language": headline.language,
        "tags": tags(headline),
        "sourceUrl": headline.provider.url,
        "link": link(headline),
    });
    let same = [
        "id",
        "title",
        "provider",
        "source",
        "sourceLogoId",
        "published",
        "urgency",
        "relatedSymbols",
        "storyPath",
        "permission",
    ];
    merged(story, &older(headline), &same)
}

/// An object with keys of another one.
fn merged(object: Value, other: &Value, keys: &[&str]) -> Value {
    let same = keys
        .iter()
        .filter_map(|key| Some((*key, other.get(*key)?.clone())));
    with(object, same)
}

fn related(headline: &Headline) -> Value {
    let related = json!({ "symbol": headline.symbol.name() });
    let logo = headline.symbol.identity().logo;
    let logo = (!logo.is_empty()).then(|| ("logoid", json!(logo)));
    json!([with(related, logo)])
}

fn path(headline: &Headline) -> String {
    let words = headline.title.to_lowercase();
    let mut slug: String = words
        .chars()
        .map(|char| {
            if char.is_ascii_alphanumeric() {
                char
            } else {
                '-'
            }
        })
        .collect();
    slug.truncate(60);
    format!("/news/{}-{}/", headline.id, slug.trim_matches('-'))
}

fn link(headline: &Headline) -> String {
    format!("{}{}", headline.provider.url, headline.published)
}

fn summary(headline: &Headline) -> String {
    format!(
        "{}. An invented story about {}.",
        headline.title,
        headline.symbol.name()
    )
}

fn tags(headline: &Headline) -> Value {
    let name = headline.symbol.name();
    json!([{ "title": name, "args": [{ "id": "symbol", "value": name }] }])
}

/// The text of a story, by paragraph.
pub(super) fn paragraphs(headline: &Headline) -> [String; 3] {
    let ticker = headline.symbol.name().rsplit(':').next();
    [
        format!("{}.", headline.title),
        format!(
            "This story is invented. It is about {}.",
            ticker.unwrap_or_default()
        ),
        format!("More is at {}.", headline.provider.name),
    ]
}

/// A story as a tree of paragraphs.
fn tree(headline: &Headline) -> Value {
    let name = headline.symbol.name();
    let ticker = name.rsplit(':').next().unwrap_or_default();
    let symbol = json!({ "type": "symbol", "params": { "symbol": name, "text": ticker } });
    let url = json!({ "type": "url", "params": { "url": link(headline), "linkText": headline.provider.name } });
    json!({ "type": "root", "children": [
        { "type": "p", "children": [{ "type": "b", "children": [headline.title] }, "."] },
        { "type": "p", "children": ["This story is invented. It is about ", symbol, "."] },
        { "type": "p", "children": ["More is at ", url, "."] },
    ]})
}
