//! Where requests go.

use std::fmt;

/// A host of TradingView. Each needs a base address of its own, so that a simulator or a proxy can
/// take its place.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// Pages, sign-in, watch-lists, public scripts, minds.
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
    /// News, today's source.
    NewsMediator,
    /// News, the older source.
    NewsHeadlines,
    /// The economic calendar.
    EconomicCalendar,
    /// The older economic calendar.
    ChartEvents,
    /// Files, such as the list of currencies.
    Files,
}

impl Host {
    /// All hosts.
    pub const ALL: [Self; 11] = [
        Self::Www,
        Self::SymbolSearch,
        Self::Scanner,
        Self::ScannerBackend,
        Self::PineFacade,
        Self::ChartsStorage,
        Self::NewsMediator,
        Self::NewsHeadlines,
        Self::EconomicCalendar,
        Self::ChartEvents,
        Self::Files,
    ];

    /// The name, without a scheme.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Www => "www.tradingview.com",
            Self::SymbolSearch => "symbol-search.tradingview.com",
            Self::Scanner => "scanner.tradingview.com",
            Self::ScannerBackend => "scanner-backend.tradingview.com",
            Self::PineFacade => "pine-facade.tradingview.com",
            Self::ChartsStorage => "charts-storage.tradingview.com",
            Self::NewsMediator => "news-mediator.tradingview.com",
            Self::NewsHeadlines => "news-headlines.tradingview.com",
            Self::EconomicCalendar => "economic-calendar.tradingview.com",
            Self::ChartEvents => "chartevents-reuters.tradingview.com",
            Self::Files => "s3.tradingview.com",
        }
    }

    /// The base address: `https://` and the name, without a slash at the end.
    #[must_use]
    pub fn base(self) -> String {
        format!("https://{}", self.name())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

/// The method of a request.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Sends a body. Many endpoints that only read want it, too.
    Post,
    /// Removes.
    Delete,
}

impl Method {
    /// The word of HTTP, in capitals.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}
