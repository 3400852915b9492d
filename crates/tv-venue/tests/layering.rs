//! The modules of this crate have an order, and none imports upward.

/// Each module may use those before it.
const ORDER: [&str; 14] = [
    "stream",
    "subscriptions/batch",
    "subscriptions/entry",
    "subscriptions/pacing",
    "subscriptions/set",
    "subscriptions/answers",
    "error",
    "pool/config",
    "pool/error",
    "pool/event",
    "pool/placement",
    "pool/venue",
    "pool/pool",
    "guide",
];

#[test]
fn no_module_imports_upward() {
    let found = layering::upward_imports(env!("CARGO_MANIFEST_DIR"), &ORDER).unwrap();
    assert_eq!(found, Vec::<String>::new());
}
