//! Commands that concern the whole connection.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{
    json::Text,
    message::params::{Param, Params, body},
    secret::AuthToken,
};

body! {
    /// `set_locale`: language and country of descriptions. Not answered.
    #[doc = wire!("client/set_locale")]
    SetLocale {
        /// Language, such as `en`.
        language: Text<'a>,
        /// Country, such as `US`.
        country: Text<'a>,
    }

    /// `set_data_quality`: `low` on widget-like pages. Not answered.
    #[doc = wire!("client/set_data_quality")]
    SetDataQuality {
        /// The quality.
        quality: Text<'a>,
    }

    /// `switch_protocol`: asks for binary messages. Browsers of 2025 do not.
    #[doc = wire!("client/switch_protocol")]
    SwitchProtocol {
        /// `protobuf`.
        protocol: Text<'a>,
    }

    /// `set_auth_token`: signs the client in. A good token is not answered. After a bad one the
    /// server sends the `protocol_error` "bad auth token" and closes the connection.
    #[doc = wire!("client/set_auth_token")]
    SetAuthToken {
        /// The token. Neither `Debug` nor `Serialize` shows it.
        token: SecretText<'a>,
    }
}

/// Text of a message that is never shown: neither by `Debug` nor by `Serialize`.
///
/// It borrows from an [`AuthToken`], or from the recording that it was decoded from.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretText<'a>(Text<'a>);

impl SecretText<'_> {
    /// The text itself. Handle it like a password.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The part that may be shown: the guests' word, or a placeholder for any other token.
    fn shown(&self) -> &str {
        if self.0 == AuthToken::ANONYMOUS {
            AuthToken::ANONYMOUS
        } else {
            "(hidden)"
        }
    }
}

impl<'a> From<&'a AuthToken> for SecretText<'a> {
    fn from(token: &'a AuthToken) -> Self {
        Self(token.expose().into())
    }
}

impl fmt::Debug for SecretText<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.shown())
    }
}

impl Serialize for SecretText<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.shown())
    }
}

impl<'de: 'a, 'a> Param<'de> for SecretText<'a> {
    fn read<A: serde::de::SeqAccess<'de>>(
        params: &mut Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        params.required(name).map(Self)
    }

    fn wire(&self, out: &mut Vec<Value>) {
        out.push(self.expose().into());
    }
}
