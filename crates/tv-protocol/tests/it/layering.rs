//! The modules of this crate have an order, and none imports upward.

/// Each module may use those before it.
const ORDER: [&str; 20] = [
    "secret",
    "redact",
    "id",
    "json",
    "scan",
    "payload",
    "time",
    "record",
    "symbol",
    "symbol_info",
    "interval",
    "bar",
    "names",
    "study",
    "quote",
    "frame",
    "message",
    "config",
    "connection",
    "fuzzing",
];

#[test]
fn no_module_imports_upward() {
    let found = layering::upward_imports(env!("CARGO_MANIFEST_DIR"), &ORDER).unwrap();
    assert_eq!(found, Vec::<String>::new());
}
