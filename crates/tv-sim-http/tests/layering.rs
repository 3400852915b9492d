//! The modules of this crate have an order, and none imports upward.

/// Each module may use those before it.
const ORDER: [&str; 44] = [
    "host",
    "request",
    "answer",
    "options",
    "listings/exchange",
    "listings/known",
    "listings/listing",
    "listings/listings",
    "analysis/series",
    "analysis/averages",
    "analysis/oscillators",
    "analysis/bands",
    "analysis/trend",
    "analysis/pivots",
    "analysis/rating",
    "analysis/window",
    "values/cell",
    "values/places",
    "values/catalogue",
    "values/column",
    "values/row",
    "values/identity",
    "values/prices",
    "values/indicators",
    "values/company",
    "values/make",
    "values/cache",
    "site",
    "symbol_page",
    "search/asked",
    "search/matching",
    "search/contracts",
    "search/item",
    "search/endpoint",
    "scanner/refusal",
    "scanner/presets",
    "scanner/comparison",
    "scanner/filter",
    "scanner/body",
    "scanner/scan",
    "scanner/snapshot",
    "scanner/lists",
    "scanner/endpoint",
    "routes",
];

#[test]
fn no_module_imports_upward() {
    let found = layering::upward_imports(env!("CARGO_MANIFEST_DIR"), &ORDER).unwrap();
    assert_eq!(found, Vec::<String>::new());
}
