//! The fields of a quote, by name.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::json::Text;

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A field of a quote. The commonly requested ones are variants. The server knows more than
        /// a thousand others, mostly fundamentals, which are [`Other`](Self::Other).
        ///
        /// ```
        /// use tv_protocol::quote::QuoteField;
        ///
        /// assert_eq!(QuoteField::from("lp"), QuoteField::Last);
        /// assert_eq!(QuoteField::Last.to_string(), "lp");
        /// let error = QuoteField::known_name("LP").unwrap_err();
        /// assert_eq!(error.to_string(), "\"LP\" is not a known quote field; did you mean `lp`?");
        /// ```
        #[non_exhaustive]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum QuoteField<'a> {
            $($(#[$doc])* $variant,)*
            /// Any other field, by its name on the wire.
            Other(Text<'a>),
        }

        impl<'a> QuoteField<'a> {
            /// Every field that has a name here.
            pub const KNOWN: &'static [QuoteField<'static>] = &[$(QuoteField::$variant,)*];

            /// Their names, in the same order.
            pub(super) const NAMES: &'static [&'static str] = &[$($name,)*];

            /// The field's name on the wire.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Other(name) => name,
                }
            }

            /// Finds a field by its name on the wire.
            #[must_use]
            pub fn from_name(name: Text<'a>) -> Self {
                match Self::place(name.as_bytes()).and_then(|place| Self::KNOWN.get(place)) {
                    Some(known) => known.clone(),
                    None => Self::Other(name),
                }
            }

            /// The place in [`KNOWN`](Self::KNOWN), of a field that has a name here.
            #[inline]
            pub(super) fn known(&self) -> Option<usize> {
                #[derive(Clone, Copy)]
                enum Place { $($variant,)* }
                let place = match self {
                    $(Self::$variant => Place::$variant,)*
                    Self::Other(_) => return None,
                };
                Some(place as usize)
            }

            /// A copy that borrows nothing.
            #[must_use]
            pub fn into_owned(self) -> QuoteField<'static> {
                match self {
                    $(Self::$variant => QuoteField::$variant,)*
                    Self::Other(name) => QuoteField::Other(name.into_owned()),
                }
            }
        }
    };
}

fields! {
    /// Last price.
    Last = "lp",
    /// When the last price was made: Unix seconds, UTC.
    LastTime = "lp_time",
    /// Change against the previous close.
    Change = "ch",
    /// The same in percent.
    ChangePercent = "chp",
    /// Volume of the day.
    Volume = "volume",
    /// Best bid.
    Bid = "bid",
    /// Size at the best bid.
    BidSize = "bid_size",
    /// Best ask.
    Ask = "ask",
    /// Size at the best ask.
    AskSize = "ask_size",
    /// First price of the day.
    Open = "open_price",
    /// Highest price of the day.
    High = "high_price",
    /// Lowest price of the day.
    Low = "low_price",
    /// Close of the day before.
    PreviousClose = "prev_close_price",
    /// When the day opened: Unix seconds, UTC.
    OpenTime = "open_time",
    /// Price outside the regular session.
    ExtendedLast = "rtc",
    /// When it was made: Unix seconds, UTC.
    ExtendedLastTime = "rtc_time",
    /// Its change.
    ExtendedChange = "rch",
    /// Its change in percent.
    ExtendedChangePercent = "rchp",
    /// Close of the regular session.
    RegularClose = "regular_close",
    /// When that was: Unix seconds, UTC.
    RegularCloseTime = "regular_close_time",
    /// `market`, `pre_market`, `post_market`, `out_of_session`, ….
    CurrentSession = "current_session",
    /// Trading status of the symbol.
    Status = "status",
    /// `streaming`, `delayed_streaming_900`, ….
    UpdateMode = "update_mode",
    /// Whether a trade has been seen.
    TradeLoaded = "trade_loaded",
    /// The last trade as the feed has it: an object with price, size and times as texts.
    Trade = "trade",
    /// Description, such as the company's name.
    Description = "description",
    /// Description in the listing's language.
    LocalDescription = "local_description",
    /// Short description.
    ShortDescription = "short_description",
    /// Language of the local description.
    Language = "language",
    /// Exchange, as shown to people.
    Exchange = "exchange",
    /// Exchange that lists the symbol.
    ListedExchange = "listed_exchange",
    /// Name of the symbol without exchange.
    ShortName = "short_name",
    /// Full name of the symbol, such as `NASDAQ:AAPL`.
    ProName = "pro_name",
    /// The name that the feed uses.
    OriginalName = "original_name",
    /// Names of the underlying symbols.
    BaseName = "base_name",
    /// `stock`, `crypto`, `forex`, `index`, ….
    Type = "type",
    /// Finer kinds: `common`, `defi`, ….
    TypeSpecs = "typespecs",
    /// Currency of the price.
    CurrencyCode = "currency_code",
    /// The same as an id.
    CurrencyId = "currency_id",
    /// Currency that is bought, for pairs.
    BaseCurrencyId = "base_currency_id",
    /// Logo of the symbol.
    Logo = "logoid",
    /// Logo of the price's currency.
    CurrencyLogo = "currency-logoid",
    /// Logo of the currency that is bought.
    BaseCurrencyLogo = "base-currency-logoid",
    /// Whether prices are shown as fractions.
    Fractional = "fractional",
    /// Whether it can be traded.
    IsTradable = "is_tradable",
    /// Units of `1 / pricescale` that the price moves by at least.
    MinMove = "minmov",
    /// Second part of the smallest move, for fractions.
    MinMove2 = "minmove2",
    /// One divided by the smallest price unit.
    PriceScale = "pricescale",
    /// Value of one point.
    PointValue = "pointvalue",
    /// How prices are shown: `price`, `volume`, ….
    Format = "format",
    /// Tick sizes that depend on the price.
    VariableTickSize = "variable_tick_size",
    /// IANA time zone of the exchange.
    Timezone = "timezone",
    /// Two letters of the country.
    CountryCode = "country_code",
    /// Who provides the data.
    ProviderId = "provider_id",
    /// Which permission the data needs.
    ProPermission = "pro_perm",
    /// Which sub-session the data belongs to.
    SubsessionId = "subsession_id",
    /// Trading status of the listing.
    SymbolStatus = "symbol_status",
    /// ISIN.
    Isin = "isin",
    /// Highest price ever.
    AllTimeHigh = "all_time_high",
    /// Lowest price ever.
    AllTimeLow = "all_time_low",
    /// Highest price of 52 weeks.
    High52Weeks = "price_52_week_high",
    /// Lowest price of 52 weeks.
    Low52Weeks = "price_52_week_low",
    /// Mean volume.
    AverageVolume = "average_volume",
    /// Fundamentals as one object; absent in current traffic.
    Fundamentals = "fundamentals",
    /// Sector.
    Sector = "sector",
    /// Industry.
    Industry = "industry",
    /// Market capitalisation.
    MarketCap = "market_cap_basic",
    /// Earnings per share over twelve months.
    EarningsPerShare = "earnings_per_share_basic_ttm",
    /// Earnings per share of the last year.
    BasicEarnings = "basic_eps_net_income",
    /// Price divided by earnings.
    PriceEarnings = "price_earnings_ttm",
    /// Dividend yield in percent.
    DividendYield = "dividends_yield",
    /// Beta over one year.
    Beta = "beta_1_year",
    /// What to ask for instead, after `permission_denied`.
    Alternative = "alternative",
}

impl QuoteField<'_> {
    /// The last price and its time.
    pub const PRICE: &'static [QuoteField<'static>] = &[QuoteField::Last, QuoteField::LastTime];
}

/// The 48 fields that the most used client, TradingView-API 3.5.2, asks for by `all`, in its order.
pub const ALL_FIELDS: [&str; 48] = [
    "base-currency-logoid",
    "ch",
    "chp",
    "currency-logoid",
    "currency_code",
    "current_session",
    "description",
    "exchange",
    "format",
    "fractional",
    "is_tradable",
    "language",
    "local_description",
    "logoid",
    "lp",
    "lp_time",
    "minmov",
    "minmove2",
    "original_name",
    "pricescale",
    "pro_name",
    "short_name",
    "type",
    "update_mode",
    "volume",
    "ask",
    "bid",
    "fundamentals",
    "high_price",
    "low_price",
    "open_price",
    "prev_close_price",
    "rch",
    "rchp",
    "rtc",
    "rtc_time",
    "status",
    "industry",
    "basic_eps_net_income",
    "beta_1_year",
    "market_cap_basic",
    "earnings_per_share_basic_ttm",
    "price_earnings_ttm",
    "sector",
    "dividends_yield",
    "timezone",
    "country_code",
    "provider_id",
];

/// The 23 fields that tvkit 0.12 asks for, in its order; its documentation speaks of more than 28.
/// Prices, and what names a symbol.
pub const TVKIT_FIELDS: [&str; 23] = [
    "ch",
    "chp",
    "current_session",
    "description",
    "local_description",
    "language",
    "exchange",
    "fractional",
    "is_tradable",
    "lp",
    "lp_time",
    "minmov",
    "minmove2",
    "original_name",
    "pricescale",
    "pro_name",
    "short_name",
    "type",
    "update_mode",
    "volume",
    "currency_code",
    "rchp",
    "rtc",
];

impl<'a> From<&'a str> for QuoteField<'a> {
    fn from(name: &'a str) -> Self {
        Self::from_name(name.into())
    }
}

impl From<String> for QuoteField<'_> {
    fn from(name: String) -> Self {
        Self::from_name(name.into())
    }
}

impl<'a> From<&'a String> for QuoteField<'a> {
    fn from(name: &'a String) -> Self {
        name.as_str().into()
    }
}

impl From<&Self> for QuoteField<'_> {
    fn from(field: &Self) -> Self {
        field.clone()
    }
}

impl AsRef<str> for QuoteField<'_> {
    fn as_ref(&self) -> &str {
        self.name()
    }
}

impl PartialEq<str> for QuoteField<'_> {
    fn eq(&self, name: &str) -> bool {
        self.name() == name
    }
}

impl PartialEq<&str> for QuoteField<'_> {
    fn eq(&self, name: &&str) -> bool {
        self.name() == *name
    }
}

/// The name on the wire.
impl fmt::Display for QuoteField<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for QuoteField<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Text::deserialize(source).map(Self::from_name)
    }
}

impl Serialize for QuoteField<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.name())
    }
}
