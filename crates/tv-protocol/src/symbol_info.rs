//! What the server knows about a symbol that it resolved.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::json::Json;

macro_rules! info {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $name:literal,)*) => {
        /// The third parameter of `symbol_resolved`: names, sessions, price scale and abilities of
        /// a symbol.
        ///
        /// Every field may be absent. A field whose type is not the expected one, and fields that
        /// are not known here, are kept in [`other`](Self::other).
        #[non_exhaustive]
        #[derive(Clone, Debug, Default, PartialEq, Serialize)]
        pub struct SymbolInfo {
            $($(#[$doc])* #[serde(rename = $name, skip_serializing_if = "Option::is_none")]
            pub $field: Option<$type>,)*
            /// Fields that are not known here.
            #[serde(flatten)]
            pub other: BTreeMap<String, Json>,
        }

        impl<'de> Deserialize<'de> for SymbolInfo {
            fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                let mut info = Self::default();
                for (name, value) in BTreeMap::<String, Json>::deserialize(source)? {
                    let kept = match name.as_str() {
                        $($name => { info.$field = value.read(); info.$field.is_some() })*
                        _ => false,
                    };
                    if !kept {
                        info.other.insert(name, value);
                    }
                }
                Ok(info)
            }
        }
    };
}

info! {
    /// Name without exchange: `AAPL`.
    name: String = "name",
    /// Name of the feed that serves the data: `BATS:AAPL` for anonymous sessions.
    full_name: String = "full_name",
    /// Name of the listing: `NASDAQ:AAPL`.
    pro_name: String = "pro_name",
    /// Names of the symbols behind it.
    base_name: Vec<String> = "base_name",
    /// Description, such as the company's name.
    description: String = "description",
    /// Short description.
    short_description: String = "short_description",
    /// Description in the listing's language.
    local_description: String = "local_description",
    /// Language of the local description.
    language: String = "language",
    /// Exchange, as shown to people.
    exchange: String = "exchange",
    /// Exchange that lists the symbol.
    listed_exchange: String = "listed_exchange",
    /// Name under which it is listed.
    exchange_listed_name: String = "exchange_listed_name",
    /// Two letters of the country.
    country: String = "country",
    /// Kind: `stock`, `crypto`, `forex`, `index`, ….
    kind: String = "type",
    /// Finer kinds: `common`, `defi`, ….
    typespecs: Vec<String> = "typespecs",
    /// Currency of the price.
    currency_code: String = "currency_code",
    /// The currency's id.
    currency_id: String = "currency_id",
    /// Currency that is bought, for pairs.
    base_currency: String = "base_currency",
    /// The currency's id.
    base_currency_id: String = "base_currency_id",
    /// IANA time zone of the exchange.
    timezone: String = "timezone",
    /// Trading hours: `24x7`, `0930-1600`, ….
    session: String = "session",
    /// Trading hours, as shown to people.
    session_display: String = "session_display",
    /// Days without trading: `20240101,20240115,…`.
    session_holidays: String = "session_holidays",
    /// Which of the sub-sessions the data belongs to.
    subsession_id: String = "subsession_id",
    /// Sessions within the day: regular, extended, pre- and postmarket.
    subsessions: Vec<Subsession> = "subsessions",
    /// Prices are whole numbers divided by this.
    pricescale: f64 = "pricescale",
    /// How many units of `1 / pricescale` the price moves by at least.
    minmov: f64 = "minmov",
    /// Second part of the smallest move, for fractions.
    minmove2: f64 = "minmove2",
    /// Value of one point.
    pointvalue: f64 = "pointvalue",
    /// Whether prices are shown as fractions.
    fractional: bool = "fractional",
    /// Tick sizes that depend on the price.
    variable_tick_size: String = "variable_tick_size",
    /// Whether it can be traded.
    is_tradable: bool = "is_tradable",
    /// Whether there are bars shorter than a day.
    has_intraday: bool = "has_intraday",
    /// Whether it can be replayed.
    is_replayable: bool = "is_replayable",
    /// Whether prices can be adjusted.
    has_adjustment: bool = "has_adjustment",
    /// Whether there is data outside the regular session.
    has_extended_hours: bool = "has_extended_hours",
    /// Whether there are bars by ticks.
    is_tickbars_available: bool = "is-tickbars-available",
    /// What bars are made from: `trade`, `bid`, ….
    bar_source: String = "bar_source",
    /// How bars are transformed: `none`, ….
    bar_transform: String = "bar_transform",
    /// Whether gaps between bars are filled.
    bar_fillgaps: bool = "bar_fillgaps",
    /// Adjustments that are allowed: `any`, `none`, ….
    allowed_adjustment: String = "allowed_adjustment",
    /// Which values a bar has: `ohlcv`, `ohlc`, ….
    visible_plots_set: String = "visible_plots_set",
    /// How prices are shown.
    format: String = "format",
    /// How prices are formatted.
    formatter: String = "formatter",
    /// What prices measure: `price`, ….
    measure: String = "measure",
    /// What volume counts: `base`, `quote`, ….
    volume_type: String = "volume_type",
    /// Seconds by which data is late.
    delay: f64 = "delay",
    /// Who provides the data.
    provider_id: String = "provider_id",
    /// Which permission the data needs.
    pro_perm: String = "pro_perm",
    /// The source of the data.
    source_id: String = "source_id",
    /// More about the source.
    source: Source = "source2",
    /// Parts of a spread.
    legs: Vec<String> = "legs",
    /// Other names.
    aliases: Vec<String> = "aliases",
    /// Other listings.
    alternatives: Vec<String> = "alternatives",
    /// Resolutions that are offered; empty means all.
    resolutions: Vec<String> = "resolutions",
    /// ISIN.
    isin: String = "isin",
    /// ISIN as it may be shown.
    isin_displayed: String = "isin-displayed",
    /// SEDOL.
    sedol: String = "sedol",
    /// National number.
    nsin: String = "nsin",
    /// Code of the local exchange.
    local_code: String = "local_code",
    /// FIGI codes by level.
    figi: BTreeMap<String, String> = "figi",
}

/// Where data comes from.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Short name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Two letters of the country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// `exchange`, `cfd`, ….
    #[serde(rename = "exchange-type", skip_serializing_if = "Option::is_none")]
    pub exchange_type: Option<String>,
    /// Home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub other: BTreeMap<String, Json>,
}

/// Trading hours within a day.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Subsession {
    /// `regular`, `extended`, `premarket`, `postmarket`, `us_regular`, ….
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it is hidden from people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    /// Hours: `0930-1600`, ….
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Hours of single days: `0930-1300:20191129,…`.
    #[serde(rename = "session-correction", skip_serializing_if = "Option::is_none")]
    pub session_correction: Option<String>,
    /// Hours, as shown to people.
    #[serde(rename = "session-display", skip_serializing_if = "Option::is_none")]
    pub session_display: Option<String>,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub other: BTreeMap<String, Json>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_another_type_is_kept_and_harms_no_other() {
        let text = r#"{"name":"X","pricescale":"many","delay":900,"new":[1]}"#;
        let info: SymbolInfo = serde_json::from_str(text).unwrap();
        assert_eq!(info.name.as_deref(), Some("X"));
        assert_eq!((info.pricescale, info.delay), (None, Some(900.0)));
        assert_eq!(info.other.keys().collect::<Vec<_>>(), ["new", "pricescale"]);
    }
}
