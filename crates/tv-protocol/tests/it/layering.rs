//! The modules of this crate have an order, and nothing depends upward.

use std::{fs, path::Path};

/// Each module may use those before it.
const ORDER: [&str; 16] = [
    "secret",
    "id",
    "json",
    "scan",
    "payload",
    "time",
    "symbol",
    "symbol_info",
    "interval",
    "bar",
    "quote",
    "frame",
    "message",
    "config",
    "connection",
    "fuzzing",
];

fn rust_files(folder: &Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

/// The modules of this crate that a line of code names.
fn named(line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or_default();
    let mut names = Vec::new();
    for part in code.split("crate::").skip(1) {
        let list = match part.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default(),
            None => part,
        };
        for item in list.split(',') {
            let name: String = item
                .trim()
                .chars()
                .take_while(|char| char.is_alphanumeric() || *char == '_')
                .collect();
            names.push(name);
            if !part.starts_with('{') {
                break;
            }
        }
    }
    names
}

/// Every use of a later module by an earlier one, as `file: module`.
fn upward(sources: &[(String, String)]) -> Vec<String> {
    let place = |name: &str| ORDER.iter().position(|module| *module == name);
    let mut found = Vec::new();
    for (file, source) in sources {
        let own = file.split(['/', '.']).next().and_then(place);
        // Imports over several lines become one.
        let joined = source
            .lines()
            .map(|line| line.split("//").next().unwrap_or_default())
            .collect::<Vec<_>>()
            .join(" ");
        for name in named(&joined.replace("use crate::{", "crate::{")) {
            if let (Some(own), Some(used)) = (own, place(&name))
                && used > own
            {
                found.push(format!("{file}: {name}"));
            }
        }
    }
    found
}

#[test]
fn no_module_depends_upward() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    assert!(files.len() > 20, "the sources were found");
    let sources: Vec<_> = files
        .iter()
        .map(|file| {
            let name = file
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            (name, fs::read_to_string(file).unwrap())
        })
        .collect();
    let modules: std::collections::BTreeSet<_> = sources
        .iter()
        .filter_map(|(file, _)| file.split(['/', '.']).next())
        .collect();
    for module in modules {
        assert!(
            module == "lib" || ORDER.contains(&module),
            "{module} has no place in the order"
        );
    }
    assert_eq!(upward(&sources), Vec::<String>::new());
}

#[test]
fn the_check_finds_what_it_looks_for() {
    let bad = |text: &str| upward(&[("frame/decode.rs".to_owned(), text.to_owned())]);
    assert_eq!(
        bad("use crate::message::Body;"),
        ["frame/decode.rs: message"]
    );
    assert_eq!(
        bad("use crate::{bar::Bar,\n    connection::Event,\n};"),
        ["frame/decode.rs: connection"]
    );
    assert_eq!(
        bad("let x = crate::config::X;"),
        ["frame/decode.rs: config"]
    );
    assert_eq!(
        bad("use crate::bar::Bar; // crate::message"),
        Vec::<String>::new()
    );
}
