//! The modules of this crate have an order, and none imports upward.

/// Each module may use those before it.
const ORDER: [&str; 30] = [
    "civil",
    "zone",
    "holidays",
    "interval",
    "hours",
    "exchanges",
    "walk",
    "listing",
    "table",
    "unlisted",
    "names",
    "symbol",
    "currency",
    "candle",
    "chart_type",
    "settings",
    "events",
    "price_view",
    "grid",
    "heikin_ashi",
    "candles",
    "shape",
    "bars",
    "ticks",
    "identifiers",
    "facts",
    "identity",
    "past",
    "market",
    "study",
];

#[test]
fn no_module_imports_upward() {
    let found = layering::upward_imports(env!("CARGO_MANIFEST_DIR"), &ORDER).unwrap();
    assert_eq!(found, Vec::<String>::new());
}
