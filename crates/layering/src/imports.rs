//! Reads the imports of source files and compares them with the order.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

/// Reads the sources of a crate and returns what breaks the order, one line for each: upward
/// imports, files without a place in the order, and entries without a file.
///
/// `manifest_dir` is the crate's folder, `env!("CARGO_MANIFEST_DIR")` in its tests.
///
/// # Errors
///
/// If a source file cannot be read.
pub fn upward_imports(manifest_dir: &str, order: &[&str]) -> io::Result<Vec<String>> {
    let root = Path::new(manifest_dir).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files)?;
    files.sort();
    let mut sources = Vec::new();
    for file in files {
        let name = file.strip_prefix(&root).unwrap_or(&file);
        let name = name.to_string_lossy().replace('\\', "/");
        sources.push((name, fs::read_to_string(&file)?));
    }
    Ok(check(order, &sources))
}

/// Checks sources that are given as pairs of a file's name below `src` and its text.
#[must_use]
pub fn check(order: &[&str], sources: &[(String, String)]) -> Vec<String> {
    let order = Order(order);
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for (file, text) in sources {
        let own = module_of(file);
        if own.is_empty() {
            continue;
        }
        let Some(place) = order.place(&own) else {
            found.insert(format!("{file}: has no place in the order"));
            continue;
        };
        seen.insert(place);
        let is_face = file.ends_with("/mod.rs");
        for used in paths(text, &own) {
            let is_below = order.place(&used).is_some_and(|used| used <= place);
            if !is_below && !is_face {
                found.insert(format!("{file}: {}", used.join("::")));
            }
        }
    }
    for (place, entry) in order.0.iter().enumerate() {
        if !seen.contains(&(place, 0)) {
            found.insert(format!(
                "{entry}: is in the order, but no file has that name"
            ));
        }
    }
    found.into_iter().collect()
}

fn rust_files(folder: &Path, out: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, out)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
    Ok(())
}

/// The path of the module in a file: empty for `lib.rs` and `main.rs`.
fn module_of(file: &str) -> Vec<String> {
    let name = file.strip_suffix(".rs").unwrap_or(file);
    let name = name.strip_suffix("/mod").unwrap_or(name);
    if name == "lib" || name == "main" {
        return Vec::new();
    }
    name.split('/').map(str::to_owned).collect()
}

struct Order<'a>(&'a [&'a str]);

impl Order<'_> {
    /// The place of a path: that of the longest entry that begins it. A folder whose files have
    /// entries comes after the last of them.
    fn place(&self, path: &[String]) -> Option<(usize, usize)> {
        for end in (1..=path.len()).rev() {
            let name = path.get(..end)?.join("/");
            if let Some(place) = self.0.iter().position(|entry| *entry == name) {
                return Some((place, 0));
            }
            let is_inside = |entry: &&str| {
                let rest = entry.strip_prefix(name.as_str());
                rest.is_some_and(|rest| rest.starts_with('/'))
            };
            if let Some(last) = self.0.iter().rposition(is_inside) {
                return Some((last, 1));
            }
        }
        None
    }
}

/// The paths in this crate that a source names, as absolute ones.
fn paths(text: &str, own: &[String]) -> Vec<Vec<String>> {
    let code = without_comments(text);
    // Inside of an inline `mod tests { … }`, `super` is the file's own module.
    let (code, tests) = match code.find("\nmod tests {") {
        Some(at) => code.split_at(at),
        None => (code.as_str(), ""),
    };
    let inside: Vec<String> = own.iter().cloned().chain(["tests".to_owned()]).collect();
    let mut out = Vec::new();
    scan(code, own, &mut out);
    scan(tests, &inside, &mut out);
    out
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| match line.find("//") {
        // A colon before it: a URL in a string.
        Some(at) if !line.get(..at).unwrap_or_default().ends_with(':') => {
            line.get(..at).unwrap_or_default()
        }
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn scan(code: &str, own: &[String], out: &mut Vec<Vec<String>>) {
    let mut rest = code;
    while let Some(at) = ["crate::", "super::"]
        .iter()
        .filter_map(|start| rest.find(start))
        .min()
    {
        let (before, path) = rest.split_at(at);
        let mut relative = Vec::new();
        let after = tree(path, &mut Vec::new(), &mut relative);
        rest = after;
        // `pub(in crate::a)` says who may see something; `my_crate::` and `a::super::` are others.
        let is_path = !before.ends_with("(in ") && !before.ends_with(is_word);
        if is_path {
            out.extend(relative.iter().filter_map(|path| absolute(path, own)));
        }
    }
}

/// Reads `a::{b, c::d}` from the beginning of a text, and returns what follows.
fn tree<'a>(text: &'a str, prefix: &mut Vec<String>, out: &mut Vec<Vec<String>>) -> &'a str {
    let depth = prefix.len();
    let mut rest = text.trim_start();
    loop {
        if let Some(mut group) = rest.strip_prefix('{') {
            loop {
                group = group.trim_start();
                if let Some(after) = group.strip_prefix('}') {
                    rest = after;
                    break;
                }
                let after = tree(group, prefix, out).trim_start();
                // A renaming, or something else that does not belong to a path.
                let end = after.find([',', '}']).unwrap_or(after.len());
                let after = after.get(end..).unwrap_or_default();
                group = after.strip_prefix(',').unwrap_or(after);
                if group.is_empty() {
                    rest = group;
                    break;
                }
            }
            break;
        }
        let end = rest.find(|char| !is_word(char)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        prefix.push(word.to_owned());
        match after.strip_prefix("::") {
            Some(next) if next.starts_with(|char| is_word(char) || char == '{') => rest = next,
            _ => {
                out.push(prefix.clone());
                rest = after;
                break;
            }
        }
    }
    prefix.truncate(depth);
    rest
}

/// A path from the crate's root. `None` for the module itself and what is in it.
fn absolute(path: &[String], own: &[String]) -> Option<Vec<String>> {
    let mut base: Vec<String> = own.to_vec();
    let mut rest = path;
    while let Some((first, others)) = rest.split_first() {
        match first.as_str() {
            "crate" => base.clear(),
            "super" => drop(base.pop()),
            _ => break,
        }
        rest = others;
    }
    base.extend(
        rest.iter()
            .filter(|word| !word.is_empty() && *word != "self")
            .cloned(),
    );
    (!base.is_empty()).then_some(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: [&str; 6] = [
        "bar",
        "frame",
        "registry/ids",
        "registry/chart",
        "engine",
        "client",
    ];

    fn found(file: &str, text: &str) -> Vec<String> {
        let mut sources: Vec<(String, String)> = ORDER
            .iter()
            .map(|entry| (format!("{entry}.rs"), String::new()))
            .collect();
        sources.push((file.to_owned(), text.to_owned()));
        check(&ORDER, &sources)
    }

    #[test]
    fn upward_imports_are_found_however_they_are_written() {
        for text in [
            "use crate::engine::Engine;",
            "use crate::{bar::Bar,\n    engine::{self as e},\n};",
            "use super::engine::Engine;",
            "use super::{bar::Bar, engine::*};",
            "fn run() { let x = crate::engine::X; }",
            "use crate::{\n    bar::{Bar as B, Other},\n    engine,\n};",
            "#[cfg(test)]\nmod tests {\n    use super::super::engine::Engine;\n}",
        ] {
            let lines = found("frame.rs", text);
            assert_eq!(lines.len(), 1, "{text}: {lines:?}");
            assert!(lines[0].starts_with("frame.rs: engine"), "{lines:?}");
        }
    }

    #[test]
    fn a_folder_is_above_its_files_and_below_what_follows() {
        assert_eq!(
            found("engine.rs", "use crate::registry::Registry;"),
            [""; 0]
        );
        assert_eq!(
            found("frame.rs", "use crate::registry::Ids;"),
            ["frame.rs: registry::Ids"]
        );
        assert_eq!(
            found("registry/ids.rs", "use super::chart::Chart;"),
            ["registry/ids.rs: registry::chart::Chart"]
        );
        assert_eq!(
            found("registry/chart.rs", "use super::Registry;"),
            ["registry/chart.rs: registry::Registry"]
        );
        assert_eq!(
            found("registry/chart/a.rs", "use super::super::ids::Ids;"),
            [""; 0]
        );
        assert_eq!(found("registry/mod.rs", "pub use chart::Chart;"), [""; 0]);
    }

    #[test]
    fn what_is_not_an_upward_import_passes() {
        for text in [
            "use crate::bar::Bar; // crate::engine",
            "use std::{fs, crate_names::X};",
            "pub(in crate::engine) fn f() {}",
            "use super::bar::{Bar, self};",
            "#[cfg(test)]\nmod tests {\n    use super::*;\n    use crate::bar::Bar;\n}",
        ] {
            assert_eq!(found("frame.rs", text), [""; 0], "{text}");
        }
    }

    #[test]
    fn names_at_the_root_and_unknown_files_are_found() {
        assert_eq!(
            found("frame.rs", "use crate::Client;"),
            ["frame.rs: Client"]
        );
        assert_eq!(found("new.rs", ""), ["new.rs: has no place in the order"]);
        let missing = check(&["bar"], &[]);
        assert_eq!(missing, ["bar: is in the order, but no file has that name"]);
    }
}
