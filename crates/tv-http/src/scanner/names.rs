//! Columns that are used often, as constants.

use super::Column;

/// Identity.
impl Column {
    /// The ticker.
    pub const NAME: Self = Self::known("name");
    /// The name of the instrument.
    pub const DESCRIPTION: Self = Self::known("description");
    /// The exchange.
    pub const EXCHANGE: Self = Self::known("exchange");
    /// The kind of instrument: `stock`, `fund`, `dr`.
    pub const TYPE: Self = Self::known("type");
    /// Finer kinds, a set: `common`, `etf`.
    pub const TYPESPECS: Self = Self::known("typespecs");
    /// The currency of prices.
    pub const CURRENCY: Self = Self::known("currency");
    /// The country.
    pub const COUNTRY: Self = Self::known("country");
    /// The sector.
    pub const SECTOR: Self = Self::known("sector");
    /// The industry.
    pub const INDUSTRY: Self = Self::known("industry");
    /// The market.
    pub const MARKET: Self = Self::known("market");
    /// The logo.
    pub const LOGO: Self = Self::known("logoid");
    /// What the account may see: `streaming`, `delayed_streaming_900`. Not how late a value is.
    pub const UPDATE_MODE: Self = Self::known("update_mode");
    /// Whether this is the main listing.
    pub const IS_PRIMARY: Self = Self::known("is_primary");
    /// Whether the symbol trades on the present day.
    pub const ACTIVE_SYMBOL: Self = Self::known("active_symbol");
    /// The indices it is in.
    pub const INDEXES: Self = Self::known("indexes");
    /// The currency of fundamental values.
    pub const FUNDAMENTAL_CURRENCY: Self = Self::known("fundamental_currency_code");
}

/// Price and volume.
impl Column {
    /// The open.
    pub const OPEN: Self = Self::known("open");
    /// The high.
    pub const HIGH: Self = Self::known("high");
    /// The low.
    pub const LOW: Self = Self::known("low");
    /// The last price.
    pub const CLOSE: Self = Self::known("close");
    /// The change in percent.
    pub const CHANGE: Self = Self::known("change");
    /// The change in the symbol's currency.
    pub const CHANGE_ABS: Self = Self::known("change_abs");
    /// The gap between the last close and the open, in percent.
    pub const GAP: Self = Self::known("gap");
    /// The volume.
    pub const VOLUME: Self = Self::known("volume");
    /// The average price by volume.
    pub const VWAP: Self = Self::known("VWAP");
    /// Price times volume.
    pub const VALUE_TRADED: Self = Self::known("Value.Traded");
    /// The volume against the average of ten days.
    pub const RELATIVE_VOLUME: Self = Self::known("relative_volume_10d_calc");
    /// The average volume of ten days.
    pub const AVERAGE_VOLUME_10D: Self = Self::known("average_volume_10d_calc");
    /// The bid, not for stocks.
    pub const BID: Self = Self::known("bid");
    /// The ask, not for stocks.
    pub const ASK: Self = Self::known("ask");
    /// The change before the session, in percent.
    pub const PREMARKET_CHANGE: Self = Self::known("premarket_change");
    /// The change after the session, in percent.
    pub const POSTMARKET_CHANGE: Self = Self::known("postmarket_change");
}

/// Performance.
impl Column {
    /// The change in a week, in percent.
    pub const PERF_WEEK: Self = Self::known("Perf.W");
    /// The change in a month, in percent.
    pub const PERF_MONTH: Self = Self::known("Perf.1M");
    /// The change in a year, in percent.
    pub const PERF_YEAR: Self = Self::known("Perf.Y");
    /// The change since the year began, in percent.
    pub const PERF_YTD: Self = Self::known("Perf.YTD");
    /// The high of 52 weeks.
    pub const HIGH_52_WEEKS: Self = Self::known("price_52_week_high");
    /// The low of 52 weeks.
    pub const LOW_52_WEEKS: Self = Self::known("price_52_week_low");
    /// The beta of a year.
    pub const BETA_1_YEAR: Self = Self::known("beta_1_year");
}

/// Ratings and indicators.
impl Column {
    /// The technical rating, -1 to 1.
    pub const RECOMMEND_ALL: Self = Self::known("Recommend.All");
    /// The rating of the moving averages, -1 to 1.
    pub const RECOMMEND_MA: Self = Self::known("Recommend.MA");
    /// The rating of the oscillators, -1 to 1.
    pub const RECOMMEND_OTHER: Self = Self::known("Recommend.Other");
    /// The RSI of 14 bars.
    pub const RSI: Self = Self::known("RSI");
    /// The stochastic %K.
    pub const STOCH_K: Self = Self::known("Stoch.K");
    /// The stochastic %D.
    pub const STOCH_D: Self = Self::known("Stoch.D");
    /// The CCI of 20 bars.
    pub const CCI20: Self = Self::known("CCI20");
    /// The ADX of 14 bars.
    pub const ADX: Self = Self::known("ADX");
    /// The momentum of ten bars.
    pub const MOMENTUM: Self = Self::known("Mom");
    /// The MACD line.
    pub const MACD: Self = Self::known("MACD.macd");
    /// The MACD's signal line.
    pub const MACD_SIGNAL: Self = Self::known("MACD.signal");
    /// The ATR of 14 bars.
    pub const ATR: Self = Self::known("ATR");
    /// The exponential average of 20 bars.
    pub const EMA20: Self = Self::known("EMA20");
    /// The exponential average of 50 bars.
    pub const EMA50: Self = Self::known("EMA50");
    /// The exponential average of 200 bars.
    pub const EMA200: Self = Self::known("EMA200");
    /// The average of 20 bars.
    pub const SMA20: Self = Self::known("SMA20");
    /// The average of 50 bars.
    pub const SMA50: Self = Self::known("SMA50");
    /// The average of 200 bars.
    pub const SMA200: Self = Self::known("SMA200");
    /// The upper Bollinger band.
    pub const BB_UPPER: Self = Self::known("BB.upper");
    /// The lower Bollinger band.
    pub const BB_LOWER: Self = Self::known("BB.lower");
}

/// Fundamentals.
impl Column {
    /// The market capitalization, in the fundamental currency.
    pub const MARKET_CAP: Self = Self::known("market_cap_basic");
    /// Price to earnings of twelve months.
    pub const PRICE_EARNINGS: Self = Self::known("price_earnings_ttm");
    /// Price to book of the last quarter.
    pub const PRICE_BOOK: Self = Self::known("price_book_fq");
    /// Price to sales.
    pub const PRICE_SALES: Self = Self::known("price_sales_current");
    /// Diluted earnings per share of twelve months.
    pub const EPS: Self = Self::known("earnings_per_share_diluted_ttm");
    /// Their growth in a year, in percent.
    pub const EPS_GROWTH: Self = Self::known("earnings_per_share_diluted_yoy_growth_ttm");
    /// The revenue of twelve months.
    pub const REVENUE: Self = Self::known("total_revenue_ttm");
    /// The net income of twelve months.
    pub const NET_INCOME: Self = Self::known("net_income_ttm");
    /// The number of employees.
    pub const EMPLOYEES: Self = Self::known("number_of_employees");
    /// The dividend yield, in percent.
    pub const DIVIDEND_YIELD: Self = Self::known("dividends_yield_current");
    /// The return on equity, in percent.
    pub const RETURN_ON_EQUITY: Self = Self::known("return_on_equity_fq");
    /// Debt to equity.
    pub const DEBT_TO_EQUITY: Self = Self::known("debt_to_equity_fq");
    /// When earnings were released last.
    pub const EARNINGS_DATE: Self = Self::known("earnings_release_date");
    /// When earnings are released next.
    pub const NEXT_EARNINGS_DATE: Self = Self::known("earnings_release_next_date");
    /// The next day without the dividend.
    pub const EX_DIVIDEND_DATE: Self = Self::known("dividend_ex_date_upcoming");
    /// The day of the offer.
    pub const IPO_DATE: Self = Self::known("ipo_offer_date");
}

/// Funds, crypto, bonds, derivatives.
impl Column {
    /// A fund's assets.
    pub const ASSETS_UNDER_MANAGEMENT: Self = Self::known("aum");
    /// A fund's costs.
    pub const EXPENSE_RATIO: Self = Self::known("expense_ratio");
    /// The market capitalization of a crypto currency.
    pub const MARKET_CAP_CRYPTO: Self = Self::known("market_cap_calc");
    /// The rank of a crypto currency.
    pub const CRYPTO_RANK: Self = Self::known("crypto_total_rank");
    /// The volume of 24 hours.
    pub const VOLUME_24H: Self = Self::known("24h_vol|5");
    /// The change in 24 hours.
    pub const CHANGE_24H: Self = Self::known("24h_close_change|5");
    /// A bond's coupon.
    pub const COUPON: Self = Self::known("coupon");
    /// The yield to maturity, in percent.
    pub const YIELD_TO_MATURITY: Self = Self::known("yield_to_maturity");
    /// The day of maturity, as a number: 20300115.
    pub const MATURITY_DATE: Self = Self::known("maturity_date");
    /// The open interest.
    pub const OPEN_INTEREST: Self = Self::known("open_interest");
    /// When a contract ends: Unix seconds of futures, 20260618 of options.
    pub const EXPIRATION: Self = Self::known("expiration");
    /// The strike.
    pub const STRIKE: Self = Self::known("strike");
    /// `put` or `call`.
    pub const OPTION_TYPE: Self = Self::known("option-type");
    /// The root of an option's name.
    pub const ROOT: Self = Self::known("root");
    /// The implied volatility.
    pub const IMPLIED_VOLATILITY: Self = Self::known("iv");
    /// The delta.
    pub const DELTA: Self = Self::known("delta");
    /// The gamma.
    pub const GAMMA: Self = Self::known("gamma");
    /// The theta.
    pub const THETA: Self = Self::known("theta");
    /// The vega.
    pub const VEGA: Self = Self::known("vega");
    /// The rho.
    pub const RHO: Self = Self::known("rho");
    /// The theoretical price.
    pub const THEORETICAL_PRICE: Self = Self::known("theoPrice");
}

#[cfg(test)]
pub(super) const NAMES: &[&str] = &[
    "name",
    "description",
    "exchange",
    "type",
    "typespecs",
    "currency",
    "country",
    "sector",
    "industry",
    "market",
    "logoid",
    "update_mode",
    "is_primary",
    "active_symbol",
    "indexes",
    "fundamental_currency_code",
    "open",
    "high",
    "low",
    "close",
    "change",
    "change_abs",
    "gap",
    "volume",
    "VWAP",
    "Value.Traded",
    "relative_volume_10d_calc",
    "average_volume_10d_calc",
    "bid",
    "ask",
    "premarket_change",
    "postmarket_change",
    "Perf.W",
    "Perf.1M",
    "Perf.Y",
    "Perf.YTD",
    "price_52_week_high",
    "price_52_week_low",
    "beta_1_year",
    "Recommend.All",
    "Recommend.MA",
    "Recommend.Other",
    "RSI",
    "Stoch.K",
    "Stoch.D",
    "CCI20",
    "ADX",
    "Mom",
    "MACD.macd",
    "MACD.signal",
    "ATR",
    "EMA20",
    "EMA50",
    "EMA200",
    "SMA20",
    "SMA50",
    "SMA200",
    "BB.upper",
    "BB.lower",
    "market_cap_basic",
    "price_earnings_ttm",
    "price_book_fq",
    "price_sales_current",
    "earnings_per_share_diluted_ttm",
    "earnings_per_share_diluted_yoy_growth_ttm",
    "total_revenue_ttm",
    "net_income_ttm",
    "number_of_employees",
    "dividends_yield_current",
    "return_on_equity_fq",
    "debt_to_equity_fq",
    "earnings_release_date",
    "earnings_release_next_date",
    "dividend_ex_date_upcoming",
    "ipo_offer_date",
    "aum",
    "expense_ratio",
    "market_cap_calc",
    "crypto_total_rank",
    "24h_vol|5",
    "24h_close_change|5",
    "coupon",
    "yield_to_maturity",
    "maturity_date",
    "open_interest",
    "expiration",
    "strike",
    "option-type",
    "root",
    "iv",
    "delta",
    "gamma",
    "theta",
    "vega",
    "rho",
    "theoPrice",
];
