//! Markets: countries for stocks and funds, and one for each other kind of asset.

use std::{borrow::Cow, fmt};

use serde_json::Value;

use crate::json::{Item, Reading};

/// Where a scan looks. An open set: any name can be sent.
///
/// ```
/// use tv_http::scanner::Market;
///
/// assert_eq!(Market::from("germany").to_string(), "germany");
/// assert!(!Market::from("atlantis").is_known());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Market(Cow<'static, str>);

impl Market {
    /// All markets that the scan names; see [`Scan::markets`](super::Scan::markets).
    pub const GLOBAL: Self = Self(Cow::Borrowed("global"));
    /// Stocks and funds of the United States.
    pub const AMERICA: Self = Self(Cow::Borrowed("america"));
    /// Pairs of crypto currencies.
    pub const CRYPTO: Self = Self(Cow::Borrowed("crypto"));
    /// Crypto currencies themselves.
    pub const COIN: Self = Self(Cow::Borrowed("coin"));
    /// Currency pairs.
    pub const FOREX: Self = Self(Cow::Borrowed("forex"));
    /// Contracts for difference, and indices.
    pub const CFD: Self = Self(Cow::Borrowed("cfd"));
    /// Futures.
    pub const FUTURES: Self = Self(Cow::Borrowed("futures"));
    /// Bonds of companies.
    pub const BOND: Self = Self(Cow::Borrowed("bond"));
    /// Yields of government bonds.
    pub const BONDS: Self = Self(Cow::Borrowed("bonds"));
    /// Economic indicators.
    pub const ECONOMICS: Self = Self(Cow::Borrowed("economics2"));
    /// Options; see [`Scan::options`](super::Scan::options).
    pub const OPTIONS: Self = Self(Cow::Borrowed("options"));

    /// The markets that are not countries.
    pub const ASSETS: [Self; 9] = [
        Self::CRYPTO,
        Self::COIN,
        Self::FOREX,
        Self::CFD,
        Self::FUTURES,
        Self::BOND,
        Self::BONDS,
        Self::ECONOMICS,
        Self::OPTIONS,
    ];

    /// The server's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the market is a country, which has stocks and funds.
    #[must_use]
    pub fn is_country(&self) -> bool {
        COUNTRIES.binary_search(&self.as_str()).is_ok()
    }

    /// Whether the market is one that the scanner is known to have.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.is_country() || *self == Self::GLOBAL || Self::ASSETS.contains(self)
    }
}

/// The countries whose stocks and funds the scanner has, in alphabetic order.
pub const COUNTRIES: [&str; 71] = [
    "america",
    "argentina",
    "australia",
    "austria",
    "bahrain",
    "bangladesh",
    "belgium",
    "brazil",
    "bulgaria",
    "canada",
    "chile",
    "china",
    "colombia",
    "croatia",
    "cyprus",
    "czech",
    "denmark",
    "egypt",
    "estonia",
    "finland",
    "france",
    "germany",
    "greece",
    "hongkong",
    "hungary",
    "iceland",
    "india",
    "indonesia",
    "ireland",
    "israel",
    "italy",
    "japan",
    "kenya",
    "korea",
    "ksa",
    "kuwait",
    "latvia",
    "lithuania",
    "luxembourg",
    "malaysia",
    "mexico",
    "morocco",
    "netherlands",
    "newzealand",
    "nigeria",
    "norway",
    "pakistan",
    "peru",
    "philippines",
    "poland",
    "portugal",
    "qatar",
    "romania",
    "rsa",
    "russia",
    "serbia",
    "singapore",
    "slovakia",
    "slovenia",
    "spain",
    "srilanka",
    "sweden",
    "switzerland",
    "taiwan",
    "thailand",
    "tunisia",
    "turkey",
    "uae",
    "uk",
    "venezuela",
    "vietnam",
];

impl From<&str> for Market {
    fn from(name: &str) -> Self {
        Self(Cow::Owned(name.to_owned()))
    }
}

impl From<String> for Market {
    fn from(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}

impl fmt::Display for Market {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl Item for Market {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        Some((value.as_str()?.into(), Reading::Exact))
    }

    fn write(&self) -> Value {
        self.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_sorted_and_known() {
        assert!(COUNTRIES.is_sorted());
        assert!(Market::AMERICA.is_country() && Market::from("uk").is_known());
        assert!(Market::COIN.is_known() && !Market::COIN.is_country());
        assert!(!Market::from("").is_known());
    }
}
