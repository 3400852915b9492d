//! Names that were not found, and those that are most alike.

/// Names that share less than this are not alike.
const ALIKE: f64 = 0.6;

/// The name that is most alike, whatever the letter case, if one is alike enough.
pub(super) fn closest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let likeness =
        |other: &str| strsim::normalized_damerau_levenshtein(&name, &other.to_lowercase());
    let rated = names.map(|other| (likeness(other), other));
    let best = rated.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (best.0 >= ALIKE).then_some(best.1)
}

/// The end of an error about a name that was not found.
pub(super) fn hint(suggestion: Option<&str>, names: &[String]) -> String {
    match (suggestion, names) {
        (Some(suggestion), _) => format!("did you mean `{suggestion}`?"),
        (None, []) => "it has none".to_owned(),
        (None, names) => format!("it has {}", quoted(names)),
    }
}

/// Names in a sentence.
pub(super) fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
