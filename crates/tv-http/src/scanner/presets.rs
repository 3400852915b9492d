//! Names that the server knows: queries, hot lists, parts of the site.

use crate::json::words;

words! {
    /// A part of the site, for which requests of the scanner are counted.
    pub enum LabelProduct {
        /// The screener of stocks.
        ScreenerStock = "screener-stock",
        /// The screener of ETFs.
        ScreenerEtf = "screener-etf",
        /// The screener of bonds.
        ScreenerBond = "screener-bond",
        /// The screener of crypto currencies.
        ScreenerCoin = "screener-coin",
        /// The screener of pairs on centralized exchanges.
        ScreenerCryptoCex = "screener-crypto-cex",
        /// The screener of pairs on decentralized exchanges.
        ScreenerCryptoDex = "screener-crypto-dex",
        /// The pages of markets.
        MarketsScreener = "markets-screener",
        /// The calendar of earnings.
        CalendarEarnings = "calendar-earnings",
        /// The calendar of dividends.
        CalendarDividends = "calendar-dividends",
        /// The calendar of offers.
        CalendarIpo = "calendar-ipo",
        /// The heat map of stocks.
        HeatmapStock = "heatmap-stock",
        /// Chains of options.
        SymbolsOptions = "symbols-options",
        /// Symbols like another.
        RelatedSymbols = "related-symbols",
        /// The details of a symbol.
        Details = "details",
    }
}

/// Queries that the server knows by name, by the market that they are for.
pub const PRESETS: [(&str, &[&str]); 8] = [
    (
        "america",
        &[
            "all_stocks",
            "large_cap",
            "small_cap",
            "high_dividend",
            "gainers",
            "losers",
            "volume_leaders",
            "unusual_volume",
            "most_volatile",
            "high_beta",
            "best_performing",
            "most_expensive",
            "penny_stocks",
            "overbought",
            "oversold",
            "all_time_high",
            "all_time_low",
            "above_52wk_high",
            "below_52wk_low",
            "pre-market-gainers",
            "pre_market_most_active",
            "after_hours_gainers",
            "market_sectors",
            "market_industries",
        ],
    ),
    ("global", &["worlds_largest_companies", "ipo_calendar"]),
    (
        "coin",
        &[
            "coin_market_cap_rank",
            "coin_gainers",
            "coin_losers",
            "coin_defi",
        ],
    ),
    ("crypto", &["market-cap-rank", "top-defi"]),
    (
        "forex",
        &[
            "forex_rates_all",
            "forex_rates_major",
            "forex_rates_minor",
            "forex_rates_exotic",
        ],
    ),
    (
        "futures",
        &[
            "futures_all",
            "futures_agricultural",
            "futures_energy",
            "futures_metals",
            "futures_currencies",
            "futures_world_indices",
        ],
    ),
    ("bonds", &["bonds_all"]),
    ("cfd", &["indices_major", "indices_currency", "indices_all"]),
];

/// The ends of the names of hot lists, which begin with an exchange: `NASDAQ_volume_gainers`. Each
/// has twenty rows.
pub const HOT_LISTS: [&str; 9] = [
    "volume_gainers",
    "percent_change_gainers",
    "percent_change_losers",
    "percent_range_gainers",
    "percent_range_losers",
    "percent_gap_gainers",
    "percent_gap_losers",
    "gap_gainers",
    "gap_losers",
];
