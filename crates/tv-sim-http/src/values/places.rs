//! Which market a symbol belongs to.

use market::Identity;

/// The countries with symbols: as two letters, as a market, and by name.
const COUNTRIES: &[(&str, &str, &str)] = &[
    ("US", "america", "United States"),
    ("AR", "argentina", "Argentina"),
    ("AU", "australia", "Australia"),
    ("BR", "brazil", "Brazil"),
    ("CA", "canada", "Canada"),
    ("CN", "china", "China"),
    ("FR", "france", "France"),
    ("DE", "germany", "Germany"),
    ("HK", "hongkong", "Hong Kong, China"),
    ("IN", "india", "India"),
    ("ID", "indonesia", "Indonesia"),
    ("IT", "italy", "Italy"),
    ("JP", "japan", "Japan"),
    ("KR", "korea", "South Korea"),
    ("SG", "singapore", "Singapore"),
    ("ES", "spain", "Spain"),
    ("CH", "switzerland", "Switzerland"),
    ("TW", "taiwan", "Taiwan, China"),
    ("TH", "thailand", "Thailand"),
    ("GB", "uk", "United Kingdom"),
    ("VN", "vietnam", "Vietnam"),
];

/// The countries without.
const EMPTY: &str = "austria bahrain bangladesh belgium bulgaria chile colombia croatia cyprus czech denmark \
    egypt estonia finland greece hungary iceland ireland israel kenya ksa kuwait latvia lithuania luxembourg malaysia \
    mexico morocco netherlands newzealand nigeria norway pakistan peru philippines poland portugal qatar romania rsa \
    russia serbia slovakia slovenia srilanka sweden tunisia turkey uae venezuela";

/// The markets of other things than shares.
const MARKETS: [&str; 9] = [
    "bond",
    "bonds",
    "cfd",
    "coin",
    "crypto",
    "economics2",
    "forex",
    "futures",
    "options",
];

/// Whether there is such a market.
pub(crate) fn is_market(name: &str) -> bool {
    name == "global" || MARKETS.contains(&name) || is_country(name)
}

/// Whether a market is that of a country.
pub(super) fn is_country(name: &str) -> bool {
    let full = COUNTRIES.iter().any(|(_, market, _)| *market == name);
    full || EMPTY.split_ascii_whitespace().any(|market| market == name)
}

/// The market that a symbol belongs to, by its identity and the id of its exchange.
pub(super) fn market_of(exchange: &str, identity: &Identity<'_>) -> &'static str {
    match identity.kind {
        "spot" if exchange == "CRYPTO" => "coin",
        "spot" | "swap" | "crypto" => "crypto",
        "forex" => "forex",
        "futures" => "futures",
        "bond" => "bonds",
        "economic" => "economics2",
        "stock" | "dr" | "fund" => country(identity.country).map_or("cfd", |(_, market, _)| market),
        _ => "cfd",
    }
}

/// The name of a country.
pub(super) fn country_name(code: &str) -> Option<&'static str> {
    country(code).map(|(.., name)| *name)
}

fn country(code: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    COUNTRIES.iter().find(|(own, ..)| *own == code)
}
