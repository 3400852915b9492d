//! Options of a symbol that have few values.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// A word that is not a value of the option.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{found:?} is not a valid {option}; use one of {values}")]
pub struct OptionError {
    /// The option: `adjustment`, `trading session`.
    pub option: &'static str,
    /// The word, at most 32 characters of it.
    pub found: String,
    /// The valid values, separated by commas.
    pub values: &'static str,
}

impl OptionError {
    fn new(option: &'static str, found: &str, values: &'static str) -> Self {
        let found = found.chars().take(32).collect();
        Self {
            option,
            found,
            values,
        }
    }
}

/// Which events past prices are adjusted for.
///
/// ```
/// use tv_protocol::symbol::Adjustment;
///
/// assert_eq!("dividends".parse(), Ok(Adjustment::Dividends));
/// assert_eq!(Adjustment::default().to_string(), "splits");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Adjustment {
    /// Stock splits, the server's own default.
    #[default]
    Splits,
    /// Splits and dividends.
    Dividends,
    /// Nothing.
    None,
}

impl Adjustment {
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Splits => "splits",
            Self::Dividends => "dividends",
            Self::None => "none",
        }
    }
}

impl FromStr for Adjustment {
    type Err = OptionError;

    fn from_str(word: &str) -> Result<Self, OptionError> {
        match word {
            "splits" => Ok(Self::Splits),
            "dividends" => Ok(Self::Dividends),
            "none" => Ok(Self::None),
            _ => Err(OptionError::new(
                "adjustment",
                word,
                "splits, dividends, none",
            )),
        }
    }
}

impl fmt::Display for Adjustment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl Serialize for Adjustment {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Adjustment {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let word = Cow::<str>::deserialize(source)?;
        word.parse().map_err(de::Error::custom)
    }
}

/// Which hours of the day the data comes from.
///
/// Parsing accepts `regular` and `extended` only, so that a misspelt word does not silently mean
/// regular hours. Other sessions of the server are made with [`other`](Self::other).
///
/// ```
/// use tv_protocol::symbol::TradingSession;
///
/// assert_eq!("extended".parse(), Ok(TradingSession::Extended));
/// assert!("extendet".parse::<TradingSession>().is_err());
/// assert_eq!(TradingSession::other("us_regular").as_str(), "us_regular");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TradingSession {
    /// The regular hours of the exchange, the server's default.
    #[default]
    Regular,
    /// Regular hours, premarket and postmarket.
    Extended,
    /// Another session, by its name on the wire.
    Other(Box<str>),
}

impl TradingSession {
    /// A session by any name; `regular` and `extended` become their variants.
    #[must_use]
    pub fn other(name: impl Into<Box<str>>) -> Self {
        let name = name.into();
        match &*name {
            "regular" => Self::Regular,
            "extended" => Self::Extended,
            _ => Self::Other(name),
        }
    }

    /// The name on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Regular => "regular",
            Self::Extended => "extended",
            Self::Other(name) => name,
        }
    }
}

impl FromStr for TradingSession {
    type Err = OptionError;

    fn from_str(word: &str) -> Result<Self, OptionError> {
        match Self::other(word) {
            Self::Other(_) => Err(OptionError::new(
                "trading session",
                word,
                "regular, extended",
            )),
            known => Ok(known),
        }
    }
}

impl fmt::Display for TradingSession {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl Serialize for TradingSession {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.as_str())
    }
}

/// Accepts every name, since what was written once must be read back.
impl<'de> Deserialize<'de> for TradingSession {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        String::deserialize(source).map(Self::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_option_is_refused_with_the_valid_values() {
        assert_eq!(
            "extendet"
                .parse::<TradingSession>()
                .unwrap_err()
                .to_string(),
            "\"extendet\" is not a valid trading session; use one of regular, extended"
        );
        assert_eq!(
            "split".parse::<Adjustment>().unwrap_err().to_string(),
            "\"split\" is not a valid adjustment; use one of splits, dividends, none"
        );
    }

    #[test]
    fn options_come_back_from_json() {
        for session in [
            TradingSession::Regular,
            TradingSession::Extended,
            TradingSession::other("us_regular"),
        ] {
            let json = serde_json::to_string(&session).unwrap();
            assert_eq!(json, format!("\"{session}\""));
            assert_eq!(
                serde_json::from_str::<TradingSession>(&json).unwrap(),
                session
            );
        }
        for adjustment in [Adjustment::Splits, Adjustment::Dividends, Adjustment::None] {
            let json = serde_json::to_string(&adjustment).unwrap();
            assert_eq!(
                serde_json::from_str::<Adjustment>(&json).unwrap(),
                adjustment
            );
        }
    }
}
