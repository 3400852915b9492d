//! Quotes: fields, their values, and the state that partial updates add up to.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::json::{JsonText, NO_VALUE, Text};

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A field of a quote. Those that clients commonly ask for have names here; the server knows
        /// more than a thousand others, mostly fundamentals, which are [`Other`](Self::Other).
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
            const NAMES: &'static [&'static str] = &[$($name,)*];

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
    /// Names of the symbols behind it.
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

/// Slots of the table in which names are looked up: more than three for each name.
const SLOTS: usize = 256;

/// Every name of at most sixteen bytes, found by hash. A slot that is taken sends the search to the next.
static TABLE: [Slot; SLOTS] = table();

/// A name as two words, little end first, padded with zeros.
#[derive(Clone, Copy)]
struct Slot {
    head: u64,
    tail: u64,
    len: u8,
    /// Place in [`QuoteField::NAMES`] plus one; zero in a free slot.
    place: u8,
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which would refuse"
)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "there are fewer than 255 names, none of them long"
)]
const fn table() -> [Slot; SLOTS] {
    let mut table = [Slot {
        head: 0,
        tail: 0,
        len: 0,
        place: 0,
    }; SLOTS];
    let mut place = 0;
    while place < QuoteField::NAMES.len() {
        let name = QuoteField::NAMES[place].as_bytes();
        place += 1;
        if name.len() > 16 {
            continue;
        }
        let mut words = [0_u64; 2];
        let mut at = 0;
        while at < name.len() {
            words[at / 8] |= (name[at] as u64) << (8 * (at % 8));
            at += 1;
        }
        let mut slot = hash(words[0], words[1]);
        while table[slot].place != 0 {
            slot = (slot + 1) % SLOTS;
        }
        table[slot] = Slot {
            head: words[0],
            tail: words[1],
            len: name.len() as u8,
            place: place as u8,
        };
    }
    table
}

/// The top bits of a product depend on all bits of both words.
const fn hash(head: u64, tail: u64) -> usize {
    ((head ^ tail.rotate_left(29)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize
}

/// Marks the bytes of a word that are a quote; the lowest mark is right.
const fn quotes(word: u64) -> u64 {
    let others = word ^ 0x2222_2222_2222_2222;
    others.wrapping_sub(0x0101_0101_0101_0101) & !others & 0x8080_8080_8080_8080
}

/// The bytes of a word before its first mark, and how many they are.
const fn before(word: u64, marks: u64) -> (u64, usize) {
    let bits = marks.trailing_zeros() & !7;
    (word & ((1 << bits) - 1), bits as usize / 8)
}

impl QuoteField<'_> {
    /// The last price and its time.
    pub const PRICE: &'static [QuoteField<'static>] = &[QuoteField::Last, QuoteField::LastTime];

    /// The place of a name in [`KNOWN`](Self::KNOWN).
    pub(crate) fn place(name: &[u8]) -> Option<usize> {
        let mut words = [0; 16];
        let Some(start) = words.get_mut(..name.len()) else {
            return Self::NAMES
                .iter()
                .position(|known| known.as_bytes() == name);
        };
        start.copy_from_slice(name);
        let words = u128::from_le_bytes(words);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the lower half, then the upper"
        )]
        let (head, tail) = (words as u64, (words >> 64) as u64);
        Self::find(head, tail, name.len()).map(usize::from)
    }

    #[inline(always)]
    fn find(head: u64, tail: u64, len: usize) -> Option<u8> {
        let mut slot = hash(head, tail);
        loop {
            let known = TABLE.get(slot)?;
            let place = known.place.checked_sub(1)?;
            if known.head == head && known.tail == tail && usize::from(known.len) == len {
                return Some(place);
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    /// Reads a name that is known here and of at most fifteen bytes, if text begins with one and a quote behind
    /// it: its place in [`KNOWN`](Self::KNOWN) and its length. Equal words prove that no escape stands in it.
    #[inline(always)]
    pub(crate) fn read(text: &[u8]) -> Option<(u8, usize)> {
        let (head, rest) = text.split_first_chunk::<8>()?;
        let head = u64::from_le_bytes(*head);
        let marks = quotes(head);
        let (head, tail, len) = if marks == 0 {
            let tail = u64::from_le_bytes(*rest.first_chunk::<8>()?);
            let marks = quotes(tail);
            if marks == 0 {
                return None;
            }
            let (tail, len) = before(tail, marks);
            (head, tail, len + 8)
        } else {
            let (head, len) = before(head, marks);
            (head, 0, len)
        };
        Self::find(head, tail, len).map(|place| (place, len))
    }
}

/// The 48 fields that the most used client asks for when told "all", in its order
/// (TradingView-API 3.5.2).
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

impl Serialize for QuoteField<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.name())
    }
}

/// The value of a quote's field.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum QuoteValue<'a> {
    /// `null`: the server says that there is no value (any more).
    None,
    /// A truth value.
    Bool(bool),
    /// A number; [`number`](Self::number) knows that 1e100 stands for none.
    Number(f64),
    /// Text.
    Text(Text<'a>),
    /// An object or a list: `typespecs`, fundamentals, internals of the feed. Parsed when asked for.
    Json(JsonText<'a>),
}

impl QuoteValue<'_> {
    /// The number, unless it is the one that stands for "no value".
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) if *number != NO_VALUE && !number.is_nan() => Some(*number),
            _ => None,
        }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of a list, such as `typespecs`.
    #[must_use]
    pub fn texts(&self) -> Option<Vec<String>> {
        match self {
            Self::Json(json) => json.parse().read(),
            _ => None,
        }
    }

    /// A copy that borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> QuoteValue<'static> {
        match self {
            Self::None => QuoteValue::None,
            Self::Bool(truth) => QuoteValue::Bool(truth),
            Self::Number(number) => QuoteValue::Number(number),
            Self::Text(text) => QuoteValue::Text(text.into_owned()),
            Self::Json(json) => QuoteValue::Json(json.into_owned()),
        }
    }
}

/// The state of one symbol: everything that the server has said so far, the newest value of each field.
///
/// Updates are partial; [`merge`](Self::merge) puts them together. A `null` takes a value away.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Quote {
    fields: BTreeMap<QuoteField<'static>, QuoteValue<'static>>,
}

impl Quote {
    /// Takes over the fields of an update.
    pub fn merge<'a>(
        &mut self,
        update: impl IntoIterator<Item = (QuoteField<'a>, QuoteValue<'a>)>,
    ) {
        for (field, value) in update {
            self.fields.insert(field.into_owned(), value.into_owned());
        }
    }

    /// Takes over the fields of another state, which are newer.
    pub fn merge_newer(&mut self, newer: Self) {
        self.fields.extend(newer.fields);
    }

    /// The value of a field, if the server has sent one.
    #[must_use]
    pub fn get(&self, field: &QuoteField<'static>) -> Option<&QuoteValue<'static>> {
        self.fields.get(field)
    }

    /// A field's number, unless it is absent or "no value".
    #[must_use]
    pub fn number(&self, field: &QuoteField<'static>) -> Option<f64> {
        self.get(field)?.number()
    }

    /// A field's text.
    #[must_use]
    pub fn text(&self, field: &QuoteField<'static>) -> Option<&str> {
        self.get(field)?.text()
    }

    /// Last price.
    #[must_use]
    pub fn last(&self) -> Option<f64> {
        self.number(&QuoteField::Last)
    }

    /// When the last price was made: Unix seconds, UTC.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seconds fit; casts saturate"
    )]
    pub fn last_time(&self) -> Option<i64> {
        self.number(&QuoteField::LastTime).map(|time| time as i64)
    }

    /// Change against the previous close.
    #[must_use]
    pub fn change(&self) -> Option<f64> {
        self.number(&QuoteField::Change)
    }

    /// Change against the previous close in percent.
    #[must_use]
    pub fn change_percent(&self) -> Option<f64> {
        self.number(&QuoteField::ChangePercent)
    }

    /// Best bid.
    #[must_use]
    pub fn bid(&self) -> Option<f64> {
        self.number(&QuoteField::Bid)
    }

    /// Best ask.
    #[must_use]
    pub fn ask(&self) -> Option<f64> {
        self.number(&QuoteField::Ask)
    }

    /// Volume of the day.
    #[must_use]
    pub fn volume(&self) -> Option<f64> {
        self.number(&QuoteField::Volume)
    }

    /// All fields, in the order of [`QuoteField`].
    pub fn fields(&self) -> impl Iterator<Item = (&QuoteField<'static>, &QuoteValue<'static>)> {
        self.fields.iter()
    }

    /// How many fields have been sent.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether nothing has been sent yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_come_back() {
        let mut names: Vec<_> = QuoteField::KNOWN.iter().map(QuoteField::name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), QuoteField::KNOWN.len());
        for field in QuoteField::KNOWN {
            assert_eq!(&QuoteField::from_name(Text::from(field.name())), field);
        }
        for (place, name) in QuoteField::NAMES.iter().enumerate() {
            let read = QuoteField::read(format!("{name}\":1.5,\"more\":").as_bytes());
            let expected = (name.len() < 16).then(|| (u8::try_from(place).unwrap(), name.len()));
            assert_eq!(read, expected, "{name}");
            for other in [
                format!("{name}\0\":1234567890123456"),
                format!("{name}_\":1234567890123456"),
            ] {
                let read = QuoteField::read(other.as_bytes());
                assert!(read.is_none_or(|(_, len)| len > name.len()), "{other}");
            }
        }
        assert_eq!(
            QuoteField::read(b"lp\""),
            None,
            "too near to the end to read words"
        );
        for name in ALL_FIELDS {
            assert!(
                !matches!(QuoteField::from_name(name.into()), QuoteField::Other(_)),
                "{name}"
            );
        }
    }

    #[test]
    fn partial_updates_add_up_and_null_takes_away() {
        let mut quote = Quote::default();
        quote.merge([
            (QuoteField::Last, QuoteValue::Number(10.5)),
            (QuoteField::Volume, QuoteValue::Number(1e100)),
        ]);
        assert_eq!((quote.last(), quote.volume()), (Some(10.5), None));
        quote.merge([(QuoteField::Volume, QuoteValue::Number(3.0))]);
        quote.merge([(QuoteField::Last, QuoteValue::None)]);
        assert_eq!((quote.last(), quote.volume()), (None, Some(3.0)));
        assert_eq!(quote.get(&QuoteField::Last), Some(&QuoteValue::None));
    }
}
