//! What is known of a symbol apart from its prices.

use super::{exchanges, hours::Plan, walk::Style};

/// A company behind a stock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Company {
    pub(super) sector: &'static str,
    pub(super) industry: &'static str,
    /// Millions of shares.
    pub(super) shares: f64,
    /// Earnings of the last year per share, as a part of the price it stays around.
    pub(super) earnings: f64,
    pub(super) beta: f64,
}

/// What the table knows of a symbol.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listing {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// In the language of the country; empty if it is the same.
    pub(super) local_description: &'static str,
    pub(super) language: &'static str,
    /// What the server calls the exchange in `exchange`.
    pub(super) exchange: &'static str,
    /// The exchange whose prices stand in for it, as part of a name; empty if they are its own.
    pub(super) source: &'static str,
    pub(super) country: &'static str,
    pub(super) kind: &'static str,
    pub(super) typespecs: &'static [&'static str],
    pub(super) currency: &'static str,
    pub(super) base_currency: &'static str,
    pub(super) logo: &'static str,
    /// How many steps make 1.0 of the price.
    pub(super) pricescale: i64,
    /// How many steps prices move by at least.
    pub(super) minmov: i64,
    pub(super) minmove2: i64,
    /// Whether prices are shown in fractions, such as 32nds.
    pub(super) fractional: bool,
    /// What one unit of the price is worth.
    pub(super) pointvalue: f64,
    /// How many lots make 1.0 of the volume; 0 if there is no volume.
    pub(super) lots: i64,
    pub(super) base: f64,
    pub(super) growth: f64,
    pub(super) volatility: f64,
    pub(super) daily_volume: f64,
    pub(super) style: Style,
    /// The date on which its history begins; [`NEVER`] if there are no bars.
    pub(super) since: i64,
    pub(super) plan: &'static Plan,
    /// Whether there are bars of less than a day.
    pub(super) intraday: bool,
    /// How late its prices are published, in milliseconds.
    pub(super) delay: i64,
    /// The group that an account must belong to; empty if all accounts may see the symbol.
    pub(super) group: &'static str,
    /// Year, month, day, and how many shares one became.
    pub(super) splits: &'static [(i64, i64, i64, f64)],
    /// What is paid out in a year, as a part of the price.
    pub(super) dividend_yield: f64,
    /// How many steps a new contract of a future costs more than the one that ends.
    pub(super) basis: i64,
    pub(super) company: Option<Company>,
}

/// A date that never comes.
pub(super) const NEVER: i64 = 1 << 40;

/// What most listings share: a stock in New York.
pub(super) const STOCK: Listing = Listing {
    name: "",
    description: "",
    local_description: "",
    language: "en",
    exchange: "NASDAQ",
    source: "",
    country: "US",
    kind: "stock",
    typespecs: &["common"],
    currency: "USD",
    base_currency: "",
    logo: "",
    pricescale: 100,
    minmov: 1,
    minmove2: 0,
    fractional: false,
    pointvalue: 1.0,
    lots: 1,
    base: 200.0,
    growth: 1.07,
    volatility: 1.0,
    daily_volume: 50e6,
    style: Style::Gapped,
    since: 5475, // 1984-12-28
    plan: &exchanges::NEW_YORK,
    intraday: true,
    delay: 0,
    group: "",
    splits: &[],
    dividend_yield: 0.0,
    basis: 0,
    company: None,
};

/// A symbol of the exchange `SIM`, which trades round the clock.
pub(super) const SIMULATED: Listing = Listing {
    exchange: "SIM",
    country: "",
    growth: 1.0,
    style: Style::Continuous,
    plan: &exchanges::COINS,
    ..STOCK
};
