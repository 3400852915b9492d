//! The modules of this crate have an order, and none imports upward.

/// Each module may use those before it.
const ORDER: [&str; 16] = [
    "host",
    "request",
    "answer",
    "options",
    "listings/exchange",
    "listings/known",
    "listings/listing",
    "listings/listings",
    "site",
    "symbol_page",
    "search/asked",
    "search/matching",
    "search/contracts",
    "search/item",
    "search/endpoint",
    "routes",
];

#[test]
fn no_module_imports_upward() {
    let found = layering::upward_imports(env!("CARGO_MANIFEST_DIR"), &ORDER).unwrap();
    assert_eq!(found, Vec::<String>::new());
}
