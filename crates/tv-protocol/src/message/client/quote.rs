//! Commands to quote sessions.

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    json::Text,
    message::params::{Loose, Param, Params, body},
};

body! {
    /// `quote_create_session`.
    #[doc = wire!("client/quote_create_session")]
    QuoteCreateSession {
        /// The id to give it.
        session: Text<'a>,
    }

    /// `quote_delete_session`.
    #[doc = wire!("client/quote_delete_session")]
    QuoteDeleteSession {
        /// Quote session.
        session: Text<'a>,
    }

    /// `quote_set_fields`: which fields to send. Replaces the earlier fields.
    #[doc = wire!("client/quote_set_fields")]
    QuoteSetFields {
        /// Quote session.
        session: Text<'a>,
        /// Names of fields, see [`QuoteField`](crate::quote::QuoteField).
        fields: Vec<Text<'a>>,
    }

    /// `quote_add_symbols`.
    #[doc = wire!(
        "client/quote_add_symbols",
        "In 2019; refused today:", "client/quote_add_symbols.2019"
    )]
    QuoteAddSymbols {
        /// Quote session.
        session: Text<'a>,
        /// What to add.
        symbols: AddedSymbols<'a>,
    }

    /// `quote_remove_symbols`.
    #[doc = wire!("client/quote_remove_symbols")]
    QuoteRemoveSymbols {
        /// Quote session.
        session: Text<'a>,
        /// Names as they were added.
        symbols: Vec<Text<'a>>,
    }

    /// `quote_fast_symbols`: which symbols to update without delay. Browsers always send the full
    /// list.
    #[doc = wire!("client/quote_fast_symbols")]
    QuoteFastSymbols {
        /// Quote session.
        session: Text<'a>,
        /// Names as they were added.
        symbols: Vec<Text<'a>>,
    }

    /// `quote_hibernate_all`: no symbol needs fast updates. Not answered.
    #[doc = wire!("client/quote_hibernate_all")]
    QuoteHibernateAll {
        /// Quote session.
        session: Text<'a>,
    }

    /// `quote_switch_timezone`. Named in an old descriptor, recorded nowhere.
    #[doc = wire!(named "client/quote_switch_timezone")]
    QuoteSwitchTimezone {
        /// Quote session.
        session: Text<'a>,
        /// IANA time zone.
        timezone: Text<'a>,
    }
}

/// The symbols of `quote_add_symbols`, and flags that servers of 2019 took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AddedSymbols<'a> {
    /// Plain names, or descriptors from
    /// [`SymbolDescriptor::to_wire`](crate::symbol::SymbolDescriptor::to_wire).
    pub names: Vec<Text<'a>>,
    /// `force_permission`. Current servers answer any flag with a `critical_error`, so leave this
    /// empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Text<'a>>,
}

impl<'a, T: Into<Text<'a>>> FromIterator<T> for AddedSymbols<'a> {
    fn from_iter<I: IntoIterator<Item = T>>(names: I) -> Self {
        Self {
            names: names.into_iter().map(Into::into).collect(),
            flags: Vec::new(),
        }
    }
}

impl<'de: 'a, 'a> Param<'de> for AddedSymbols<'a> {
    fn read<A: serde::de::SeqAccess<'de>>(
        params: &mut Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        let mut added = Self::default();
        while let Some(element) = params.next::<Loose<'de>>(name)? {
            let flags = match element {
                Loose::Text(name) => {
                    added.names.push(name);
                    continue;
                }
                Loose::Json(options) => options
                    .get("flags")
                    .and_then(|flags| flags.read::<Vec<String>>()),
                // Servers of 2019 appended the time to events only, so a number here is not a
                // symbol.
                Loose::Number(_) => None,
            };
            let flags = flags.ok_or_else(|| {
                serde::de::Error::custom("symbols: expected a name or an object with flags")
            })?;
            added.flags.extend(flags.into_iter().map(Text::from));
        }
        Ok(added)
    }

    fn wire(&self, out: &mut Vec<Value>) {
        out.extend(self.names.iter().map(|name| Value::from(name.as_str())));
        if !self.flags.is_empty() {
            out.push(json!({ "flags": self.flags }));
        }
    }
}
