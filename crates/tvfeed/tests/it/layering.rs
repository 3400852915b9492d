//! The order of this crate's modules, and of the workspace's crates: which may depend on which.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

/// The modules of this crate. Each may use those before it.
const ORDER: &[&str] = &[
    "terminal",
    "exit",
    "stop",
    "output/csv",
    "output/number",
    "output/time",
    "output/table",
    "output/records",
    "output/part",
    "output/sink",
    "args/values",
    "args/format",
    "args/connection",
    "args/examples",
    "args/columns",
    "args/condition/error",
    "args/condition/tokens",
    "args/condition/compare",
    "args/condition/parser",
    "args/rows",
    "args/search",
    "args/scan",
    "args/check",
    "args/login",
    "args/reading",
    "args/lists",
    "args/quote",
    "args/data",
    "args/bars",
    "args/study",
    "args/strategy",
    "args/replay",
    "args/decode",
    "args/sim_values",
    "args/sim",
    "args/line",
    "site",
    "store/login",
    "store/cipher",
    "store/file",
    "store/folder",
    "store/keyring",
    "store/passphrase",
    "store/vault",
    "proxy",
    "credentials",
    "simulator",
    "http",
    "account",
    "connect",
    "command/notes",
    "command/suggestions",
    "command/symbols",
    "command/cells",
    "command/written",
    "command/job",
    "command/live",
    "command/chosen",
    "command/check/report",
    "command/check/differences",
    "command/check/greeting",
    "command/check/socket",
    "command/check/question",
    "command/check/endpoints",
    "command/check/own",
    "command/check/run",
    "command/login",
    "command/whoami",
    "command/search",
    "command/symbol",
    "command/scan",
    "command/fields",
    "command/ta",
    "command/pine",
    "command/news",
    "command/calendar",
    "command/statements",
    "command/watchlist",
    "command/drawings",
    "command/studies",
    "command/study/columns",
    "command/study/track",
    "command/study/work",
    "command/study/drawings",
    "command/study/run",
    "command/strategy/figures",
    "command/strategy/trades",
    "command/strategy/ask",
    "command/strategy/kept",
    "command/strategy/sweep",
    "command/strategy/run",
    "command/replay",
    "command/events",
    "command/bars/rows",
    "command/bars/writer",
    "command/bars/loading_line",
    "command/bars/load",
    "command/bars/follow",
    "command/bars/run",
    "command/quote/fields",
    "command/quote/value",
    "command/quote/rows",
    "command/quote/progress",
    "command/quote/suspension",
    "command/quote/run",
    "command/decode/entry",
    "command/decode/lines",
    "command/decode/record",
    "command/decode/entry/tests",
    "command/decode/summary",
    "command/decode/run",
    "command/sim",
];

#[test]
fn no_module_imports_upward() {
    let found = layering::upward_imports(env!("CARGO_MANIFEST_DIR"), ORDER).unwrap();
    assert_eq!(found, Vec::<String>::new());
}

/// Our crates and those of ours that each may depend on.
const LAYERS: [(&str, &[&str]); 10] = [
    ("layering", &[]),
    ("tv-protocol", &[]),
    ("tv-transport", &[]),
    ("tv-venue", &["tv-transport"]),
    ("tv-client", &["tv-protocol", "tv-transport"]),
    ("tv-http", &["tv-protocol"]),
    ("tv-market", &[]),
    ("tv-sim-http", &["tv-market"]),
    ("tv-sim", &["tv-market", "tv-sim-http"]),
    (
        "tvfeed",
        &[
            "tv-protocol",
            "tv-transport",
            "tv-client",
            "tv-http",
            "tv-sim",
        ],
    ),
];

/// What a crate without input and output must not pull, not even through others.
const IO: [&str; 6] = [
    "tokio",
    "mio",
    "tungstenite",
    "tokio-tungstenite",
    "reqwest",
    "hyper",
];

/// Crates that are known to be needed in two incompatible versions, and why.
const TWICE: [(&str, &str); 5] = [
    ("getrandom", "ring has an older one than rand"),
    (
        "hashbrown",
        "governor has an older one than the indexmap of the HTTP client",
    ),
    (
        "nom",
        "rcgen names a parser of certificates with an older one, which is listed but never built",
    ),
    (
        "syn",
        "derive macros move to a new one in their own time; nothing of it is in our binaries",
    ),
    (
        "synstructure",
        "the parser of certificates that rcgen names has an older one, which is listed but never built",
    ),
];

/// The first Rust with the let chains of edition 2024, which our own code uses.
const LANGUAGE: Version = (1, 88, 0);

type Version = (u64, u64, u64);

struct Workspace {
    metadata: Value,
}

impl Workspace {
    fn read() -> Self {
        let rustc = Command::new("rustc").arg("-vV").output().unwrap();
        let rustc = String::from_utf8(rustc.stdout).unwrap();
        let host = rustc
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .unwrap();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args([
                "metadata",
                "--format-version",
                "1",
                "--offline",
                "--filter-platform",
                host,
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Self {
            metadata: serde_json::from_slice(&output.stdout).unwrap(),
        }
    }

    fn package(&self, id: &str) -> &Value {
        let packages = self.metadata["packages"].as_array().unwrap();
        packages.iter().find(|package| package["id"] == id).unwrap()
    }

    fn name(&self, id: &str) -> &str {
        self.package(id)["name"].as_str().unwrap()
    }

    /// The id of one of our crates.
    fn id(&self, name: &str) -> &str {
        let members = self.metadata["workspace_members"].as_array().unwrap();
        let ids = members.iter().map(|id| id.as_str().unwrap());
        ids.into_iter().find(|id| self.name(id) == name).unwrap()
    }

    /// What a package depends on at run time or, with `build`, when it is built; never for tests.
    fn normal(&self, id: &str) -> Vec<&str> {
        let nodes = self.metadata["resolve"]["nodes"].as_array().unwrap();
        let node = nodes.iter().find(|node| node["id"] == id).unwrap();
        let is_normal = |dependency: &&Value| {
            let kinds = dependency["dep_kinds"].as_array().unwrap();
            kinds.iter().any(|kind| kind["kind"].is_null())
        };
        let dependencies = node["deps"].as_array().unwrap().iter().filter(is_normal);
        dependencies
            .map(|dependency| dependency["pkg"].as_str().unwrap())
            .collect()
    }

    /// Everything that a package pulls, itself included.
    fn tree<'a>(&'a self, id: &'a str) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::from([id]);
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            open.extend(
                self.normal(id)
                    .into_iter()
                    .filter(|next| found.insert(next)),
            );
        }
        found
    }

    /// Everything that our crates pull.
    fn all(&self) -> BTreeSet<&str> {
        LAYERS
            .iter()
            .flat_map(|(name, _)| self.tree(self.id(name)))
            .collect()
    }
}

fn version(text: &str) -> Version {
    let mut parts = text.split('.').map(|part| part.parse().unwrap());
    let mut part = || parts.next().unwrap_or_default();
    (part(), part(), part())
}

#[test]
fn our_crates_depend_in_one_direction() {
    let workspace = Workspace::read();
    let ours: BTreeSet<_> = LAYERS.iter().map(|(name, _)| *name).collect();
    for (name, allowed) in LAYERS {
        let tree = workspace.normal(workspace.id(name));
        for dependency in tree.into_iter().map(|id| workspace.name(id)) {
            assert!(
                !ours.contains(dependency) || allowed.contains(&dependency),
                "{name} depends on {dependency}"
            );
        }
    }
    for member in workspace.metadata["workspace_members"].as_array().unwrap() {
        let package = workspace.package(member.as_str().unwrap());
        let place = package["manifest_path"]
            .as_str()
            .unwrap()
            .replace('\\', "/");
        let name = package["name"].as_str().unwrap();
        assert!(
            !place.contains("/crates/") || ours.contains(name),
            "{name} has no place among the layers"
        );
    }
}

#[test]
fn the_protocol_pulls_no_input_and_output() {
    let workspace = Workspace::read();
    let tree = workspace.tree(workspace.id("tv-protocol"));
    let names: BTreeSet<_> = tree.into_iter().map(|id| workspace.name(id)).collect();
    assert!(
        names.contains("serde_json"),
        "the tree was found: {names:?}"
    );
    for io in IO {
        assert!(!names.contains(io), "tv-protocol pulls {io}");
    }
    let client = workspace.tree(workspace.id("tv-client"));
    let names: BTreeSet<_> = client.into_iter().map(|id| workspace.name(id)).collect();
    assert!(names.contains("tokio") && !names.contains("tv-sim"));
}

#[test]
fn the_oldest_rust_is_the_lowest_that_dependencies_allow() {
    let workspace = Workspace::read();
    let ours = workspace.package(workspace.id("tvfeed"));
    let declared = version(ours["rust_version"].as_str().unwrap());
    let mut needed = (LANGUAGE, "let chains");
    for id in workspace.all() {
        let package = workspace.package(id);
        let is_ours = package["source"].is_null();
        if let (false, Some(rust)) = (is_ours, package["rust_version"].as_str()) {
            needed = needed.max((version(rust), package["name"].as_str().unwrap()));
        }
    }
    assert_eq!(declared, needed.0, "because of {}", needed.1);
    for (name, _) in LAYERS {
        let package = workspace.package(workspace.id(name));
        assert_eq!(package["rust_version"], ours["rust_version"], "{name}");
    }
}

#[test]
fn no_crate_is_built_in_two_incompatible_versions() {
    let workspace = Workspace::read();
    let mut versions = BTreeMap::<&str, BTreeSet<(u64, u64)>>::new();
    for id in workspace.all() {
        let package = workspace.package(id);
        let text = package["version"].as_str().unwrap();
        let numbers = text.split(['-', '+']).next().unwrap();
        let (major, minor, _) = version(numbers);
        // Before 1.0, minor versions are the incompatible ones.
        let line = if major == 0 { (0, minor) } else { (major, 0) };
        versions.entry(workspace.name(id)).or_default().insert(line);
    }
    let twice: Vec<_> = versions
        .iter()
        .filter(|(name, lines)| lines.len() > 1 && TWICE.iter().all(|(known, _)| known != *name))
        .collect();
    assert!(twice.is_empty(), "{twice:?}");
    for (name, reason) in TWICE {
        let lines = versions.get(name).map_or(0, BTreeSet::len);
        assert!(
            lines > 1,
            "{name} is no longer needed twice ({reason}): take it from the list"
        );
    }
}
