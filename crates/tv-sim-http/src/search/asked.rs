//! What a search asks for.

use market::Identity;

use crate::{listings::Listing, request::Request};

/// What a search asks for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The words of the text, in upper case.
    pub(super) words: Vec<String>,
    /// The exchange, in upper case; empty for all.
    pub(super) exchange: String,
    kinds: &'static [&'static str],
    filters: Vec<(&'static str, String)>,
    /// The country whose symbols come first.
    pub(super) prefers: String,
    /// Whether matches are marked.
    pub(super) marks: bool,
    pub(super) start: usize,
}

/// Why a search cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadRequest(pub(super) String);

/// The parameters that leave symbols out, besides text, exchange and type.
const FILTERS: [&str; 7] = [
    "country",
    "source_id",
    "product",
    "sector",
    "centralization",
    "economic_category",
    "only_has_options",
];

impl Asked {
    /// Reads a request; `kind` is the name of the parameter for the type.
    pub(super) fn read(request: &Request<'_>, kind: &str) -> Result<Self, BadRequest> {
        // Some clients encode blanks twice.
        let text = request.param("text").unwrap_or_default();
        let text = text.replace("%20", " ").replace('+', " ").to_uppercase();
        let param = |name: &str| request.param(name).unwrap_or_default().trim().to_owned();
        let mut exchange = param("exchange").to_uppercase();
        let mut words = text.as_str();
        if let Some((before, after)) = text.split_once(':') {
            words = after;
            if exchange.is_empty() {
                before.trim().clone_into(&mut exchange);
            }
        }
        let start = match param("start").as_str() {
            "" => 0,
            start => start
                .parse()
                .map_err(|_| BadRequest("start: not a number".into()))?,
        };
        let filters = FILTERS.iter().map(|name| (*name, param(name)));
        Ok(Self {
            words: words.split_whitespace().map(str::to_owned).collect(),
            exchange,
            kinds: kinds(&param(kind))?,
            filters: filters.filter(|(_, wanted)| !wanted.is_empty()).collect(),
            prefers: param("sort_by_country"),
            marks: matches!(param("hl").as_str(), "1" | "true"),
            start,
        })
    }

    /// Whether a symbol passes all filters; its text does not matter yet.
    pub(super) fn admits(&self, listing: &Listing, identity: &Identity<'_>) -> bool {
        let kind = self.kinds.is_empty() || self.kinds.contains(&identity.kind);
        kind && self
            .filters
            .iter()
            .all(|(name, wanted)| passes(name, wanted, listing, identity))
    }
}

/// The kinds of a `search_type`; none stands for all.
fn kinds(name: &str) -> Result<&'static [&'static str], BadRequest> {
    Ok(match name {
        "" | "undefined" => &[],
        "stocks" | "stock" => &["stock", "dr"],
        "funds" | "fund" => &["fund", "structured"],
        "futures" => &["futures"],
        "forex" => &["forex"],
        "cfd" => &["cfd"],
        "crypto" => &["spot", "swap", "crypto"],
        "indices" | "index" => &["index"],
        "bonds" | "bond" => &["bond"],
        "economic" => &["economic"],
        // There are options in scans only.
        "options" | "option" => &["option"],
        other => return Err(BadRequest(format!("search_type: unknown value {other:?}"))),
    })
}

fn passes(name: &str, wanted: &str, listing: &Listing, identity: &Identity<'_>) -> bool {
    match name {
        "country" => identity.country.eq_ignore_ascii_case(wanted),
        "source_id" => listing.exchange().eq_ignore_ascii_case(wanted),
        "sector" => identity
            .business
            .is_some_and(|business| is_same(business.sector, wanted)),
        "product" => listing.root().is_some() && product(listing.exchange()).contains(&wanted),
        "centralization" => {
            let is_coin = matches!(identity.kind, "spot" | "swap");
            is_coin && wanted.eq_ignore_ascii_case(listing.centralization())
        }
        "economic_category" => {
            let own = category(identity.ticker).filter(|_| identity.kind == "economic");
            own.is_some_and(|own| is_same(own, wanted))
        }
        // Whether options are asked for at all.
        _ if matches!(wanted, "0" | "false") => true,
        _ => identity.country == "US" && matches!(identity.kind, "stock" | "fund"),
    }
}

/// Whether a name is the same, whatever stands between its words.
fn is_same(name: &str, wanted: &str) -> bool {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    plain(name) == plain(wanted)
}

/// What the futures of an exchange are about.
fn product(exchange: &str) -> &'static [&'static str] {
    match exchange {
        "CME_MINI" | "EUREX" => &["index", "indices", "world_indices"],
        "CME" => &["currency", "currencies"],
        "CBOT" => &[
            "interest_rate",
            "interest_rates",
            "agriculture",
            "agricultural",
        ],
        "COMEX" | "MCX" => &["metal", "metals"],
        "NYMEX" | "ICEEUR" => &["energy"],
        _ => &[],
    }
}

/// What a figure of statistics is about, by the letters after its country.
fn category(ticker: &str) -> Option<&'static str> {
    match ticker.get(2..)? {
        "CPI" => Some("prices"),
        "UR" => Some("labor"),
        "M2" | "INTR" => Some("money"),
        _ => None,
    }
}
