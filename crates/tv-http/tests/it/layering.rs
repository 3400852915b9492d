//! The modules of this crate have an order, and none imports upward.

/// Each module may use those before it.
const ORDER: [&str; 15] = [
    "json",
    "wire",
    "search",
    "scanner",
    "pine",
    "news",
    "calendar",
    "fundamentals",
    "symbol_page",
    "layouts",
    "watchlists",
    "account",
    "client",
    "login",
    "fuzzing",
];

#[test]
fn no_module_imports_upward() {
    let found = layering::upward_imports(env!("CARGO_MANIFEST_DIR"), &ORDER).unwrap();
    assert_eq!(found, Vec::<String>::new());
}
