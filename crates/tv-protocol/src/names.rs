//! Names that were not found, and those that are most alike.

/// The name that is most alike, if it can be a typing error: a third of its letters may differ,
/// more make another word. Letter case does not count, and neither does which of `-`, `_` and a
/// blank joins words.
pub(crate) fn closest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.trim().to_lowercase().replace(['-', ' '], "_");
    let name = plain(name);
    let distances = names.filter_map(|known| {
        let other = plain(known);
        let distance = strsim::osa_distance(&name, &other);
        let most = name.chars().count().max(other.chars().count()) / 3;
        (distance <= most).then_some((distance, known))
    });
    let found = distances.min_by_key(|&(distance, _)| distance);
    found.map(|(_, known)| known)
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
