//! Pages that come where data is due.

use super::MAX_WORDS;

/// How much of a page is searched.
const SEARCHED: usize = 65_536;

/// Whether a body is a page: HTML begins with `<`, data never does.
pub(crate) fn is_page(body: &str) -> bool {
    body.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n'])
        .starts_with('<')
}

/// The title of a page, if it has one.
pub(crate) fn title(page: &str) -> Option<String> {
    let lower = head(page).to_ascii_lowercase();
    let from = lower.find("<title")?;
    let start = from + lower.get(from..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find('<')?;
    let text: String = page
        .get(start..end)?
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    (!text.is_empty()).then(|| text.chars().take(MAX_WORDS).collect())
}

/// Whether a page asks for the proof of a person.
pub(crate) fn is_captcha(page: &str) -> bool {
    let in_title = title(page).is_some_and(|title| title.to_ascii_lowercase().contains("captcha"));
    in_title
        || head(page)
            .to_ascii_lowercase()
            .contains("captcha challenge")
}

fn head(page: &str) -> &str {
    let mut end = page.len().min(SEARCHED);
    while !page.is_char_boundary(end) {
        end -= 1;
    }
    page.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_found_and_captchas_known() {
        let page = "\u{feff}\n<html><head><TITLE lang=x>Captcha\n Challenge</title>";
        assert!(is_page(page) && is_captcha(page));
        assert_eq!(title(page).as_deref(), Some("Captcha Challenge"));
        let nginx = "<html><head><title>403 Forbidden</title></head>";
        assert!(is_page(nginx) && !is_captcha(nginx));
        assert_eq!(title("<title>İ<title"), Some("İ".into()));
        assert_eq!(title("<p>"), None);
        assert!(!is_page(" {\"a\": \"<html>\"}"));
        assert!(!is_captcha(&format!("{}é", "x".repeat(SEARCHED - 1))));
    }
}
