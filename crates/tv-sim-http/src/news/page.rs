//! The page of a story, for readers of pages.

use serde_json::json;

use super::{
    invented::Headline,
    write::{paragraphs, today_story},
};
use crate::{
    answer::{Answer, escaped},
    request::Request,
    site::Site,
};

/// Answers `news/{id}-{words}/`, with the classes that readers look for and the story as data.
pub(crate) fn answer(site: &mut Site, request: &Request<'_>, now: i64) -> Option<Answer> {
    let segments = request.segments();
    let ["news", name] = segments.iter().map(AsRef::as_ref).collect::<Vec<&str>>()[..] else {
        return None;
    };
    // An id ends with the number of its version, before the words of the title.
    let end = name.find(":0").map(|at| at + 2);
    let headline = end
        .and_then(|end| name.get(..end))
        .and_then(|id| Headline::find(&site.market, id, now));
    Some(match headline {
        Some(headline) => Answer::html(200, page(&headline)),
        None => Answer::html(
            404,
            "<html><head><title>Page not found</title></head></html>\n",
        ),
    })
}

fn page(headline: &Headline) -> String {
    let title = escaped(&headline.title);
    let name = headline.symbol.name();
    let path = name.replacen(':', "-", 1);
    let published = jiff::Timestamp::from_second(headline.published).unwrap_or_default();
    let crumbs = ["News", headline.provider.name]
        .map(|crumb| format!("<span class=\"breadcrumb-content-cZAS4vtj\">{crumb}</span>"))
        .concat();
    let body: String = paragraphs(headline)
        .iter()
        .map(|text| format!("<p>{}</p>", escaped(text)))
        .collect();
    let data = json!({ "story": today_story(headline) })
        .to_string()
        .replace('<', "\\u003c");
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\"><head><title>{title}</title></head><body>\n<article>\
         <nav aria-label=\"Breadcrumbs\">{crumbs}</nav>\n<h1 class=\"title-KX2tCBZq\">{title}</h1>\n\
         <time datetime=\"{published}\">{published}</time>\n\
         <div class=\"symbolsContainer-cBh_FN2P\"><a href=\"/symbols/{path}/\">\
         <span class=\"description-cBh_FN2P\">{name}</span></a></div>\n\
         <div class=\"body-KX2tCBZq\">{body}</div>\n</article>\n\
         <div class=\"rowTags-XF0f6l1t\"><span>{section}</span></div>\n\
         <script type=\"application/prs.init-data+json\">{data}</script>\n</body></html>\n",
        language = headline.language,
        section = headline.section,
    )
}

#[cfg(test)]
mod tests {
    use market::Market;

    use crate::{
        options::SiteOptions,
        request::{Headers, Request},
        site::Site,
    };

    #[test]
    fn the_path_of_a_headline_leads_to_its_page() {
        let now = 1_796_054_400_000;
        let mut site = Site::new(Market::new(1), SiteOptions::default());
        let mut ask = |target: &str| {
            let answer = site.answer(&Request::new("GET", target, Headers::default(), b""), now);
            (answer.status, String::from_utf8(answer.body).unwrap())
        };
        let list = "/v2/view/headlines/symbol?client=web&lang=en&symbol=NASDAQ:AAPL";
        let list: serde_json::Value = serde_json::from_str(&ask(list).1).unwrap();
        for item in &list["items"].as_array().unwrap()[..5] {
            let (status, page) = ask(item["storyPath"].as_str().unwrap());
            assert_eq!(status, 200);
            let title = format!(
                "<h1 class=\"title-KX2tCBZq\">{}</h1>",
                item["title"].as_str().unwrap()
            );
            assert!(page.contains(&title), "{title}");
            assert!(page.contains(">NASDAQ:AAPL</span>") && page.contains("<p>"));
        }
        for other in ["/news/nothing/", "/news/simwire:00:0-words/"] {
            assert_eq!(ask(other).0, 404, "{other}");
        }
    }
}
