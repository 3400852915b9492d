//! Names that were not found, and those that are most alike.

/// The names that are most alike, the most alike first, if they can be typing errors: a third of
/// the letters may differ, more make another word. Letter case does not count, and neither does
/// which of `-`, `_` and a blank joins words.
///
/// ```
/// use tv_protocol::names;
///
/// let known = ["Supertrend", "RSI", "Super Trend"];
/// assert_eq!(names::alike("supertrnd", known), ["Supertrend", "Super Trend"]);
/// assert!(names::alike("everything else", known).is_empty());
/// ```
#[must_use]
pub fn alike<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let plain = |name: &str| name.trim().to_lowercase().replace(['-', ' '], "_");
    let name = plain(name);
    let mut found: Vec<(usize, &str)> = Vec::new();
    for known in names {
        let other = plain(known);
        let distance = strsim::osa_distance(&name, &other);
        let most = name.chars().count().max(other.chars().count()) / 3;
        if distance <= most && found.iter().all(|(_, it)| *it != known) {
            found.push((distance, known));
        }
    }
    found.sort_by_key(|(distance, _)| *distance);
    found.into_iter().map(|(_, known)| known).collect()
}

/// The name that is most alike, if it can be a typing error.
pub(crate) fn closest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    alike(name, names).into_iter().next()
}

/// The end of an error about a name that was not found.
pub(crate) fn hint(suggestion: Option<&str>, names: &[String]) -> String {
    match (suggestion, names) {
        (Some(suggestion), _) => format!("did you mean `{suggestion}`?"),
        (None, []) => "it has none".to_owned(),
        (None, names) => format!("it has {}", quoted(names)),
    }
}

/// Names in a sentence.
pub(crate) fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
