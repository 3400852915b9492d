//! The hosts that serve TradingView's pages and endpoints.

/// A host of TradingView, as far as its name decides what it answers.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// `www`, its regional names (`fr`, `in` …), and the bare domain: pages, sign-in, watch-lists.
    Www,
    /// Symbol search.
    SymbolSearch,
    /// Scans, field lists, snapshots of symbols.
    Scanner,
    /// Some lists of allowed values.
    ScannerBackend,
    /// Pine scripts.
    PineFacade,
    /// Drawings of layouts.
    ChartsStorage,
    /// News, the older source.
    NewsHeadlines,
    /// News, today's source.
    NewsMediator,
    /// The economic calendar.
    EconomicCalendar,
    /// The older economic calendar.
    ChartEvents,
    /// Volatility of options.
    OptionsCharting,
    /// Snapshots of quotes.
    Quotes,
    /// Alerts.
    PriceAlerts,
    /// Files, such as the list of currencies.
    Files,
}

impl Host {
    /// The host of a name as a `Host` header has it: any case, with or without a port. `None` for
    /// names that are not TradingView's, such as `localhost`.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        let name = name.split(':').next().unwrap_or_default();
        if name == DOMAIN {
            return Some(Self::Www);
        }
        let name = name.strip_suffix(DOMAIN)?.strip_suffix('.')?;
        let known = NAMES.iter().find(|(known, _)| *known == name);
        // A language or a country.
        let is_regional =
            (2..=3).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase());
        match known {
            Some((_, host)) => Some(*host),
            None => is_regional.then_some(Self::Www),
        }
    }
}

const DOMAIN: &str = "tradingview.com";

const NAMES: &[(&str, Host)] = &[
    ("www", Host::Www),
    ("symbol-search", Host::SymbolSearch),
    ("scanner", Host::Scanner),
    ("scanner-backend", Host::ScannerBackend),
    ("pine-facade", Host::PineFacade),
    ("charts-storage", Host::ChartsStorage),
    ("news-headlines", Host::NewsHeadlines),
    ("news-mediator", Host::NewsMediator),
    ("economic-calendar", Host::EconomicCalendar),
    ("chartevents-reuters", Host::ChartEvents),
    ("options-charting", Host::OptionsCharting),
    ("quotes", Host::Quotes),
    ("pricealerts", Host::PriceAlerts),
    ("s3", Host::Files),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_hosts_whatever_their_case_and_port() {
        for (name, host) in NAMES {
            assert_eq!(Host::of(&format!("{name}.tradingview.com")), Some(*host));
        }
        assert_eq!(
            Host::of("Scanner.TradingView.com:8443"),
            Some(Host::Scanner)
        );
        for www in [
            "tradingview.com",
            "fr.tradingview.com",
            "in.tradingview.com:443",
        ] {
            assert_eq!(Host::of(www), Some(Host::Www), "{www}");
        }
        for other in [
            "localhost",
            "127.0.0.1:80",
            "",
            "tradingview.com.example.org",
            "nottradingview.com",
            "a.b.tradingview.com",
            "data.tradingview.com",
        ] {
            assert_eq!(Host::of(other), None, "{other}");
        }
    }
}
