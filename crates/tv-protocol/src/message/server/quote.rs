//! What a quote session receives.
//!
//! Open parts: objects and mixed lists among the values of `qsd` (fundamentals and internals of the
//! feed).

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, MapAccess},
};
use serde_json::{Value, json};

use crate::{
    json::{Json, Text},
    message::params::{body, element, wire_value},
    quote::{QuoteField, QuoteValue},
};

body! {
    /// `qsd`: news of one symbol, all of its fields or only those that changed.
    ///
    /// Recorded: `{"m":"qsd","p":["qs_vvg85v09ah13",{"n":"KRX:005930","s":"ok","v":{…}}]}`.
    #[non_exhaustive]
    QuoteData {
        /// Quote session.
        session: Text<'a>,
        /// What is new.
        data: QuoteUpdate<'a>,
    }

    /// `quote_completed`: the first state of a symbol is complete. Comes after a refusal, too.
    #[non_exhaustive]
    QuoteCompleted {
        /// Quote session.
        session: Text<'a>,
        /// The name that was added.
        name: Text<'a>,
        /// More than that: one observer saw `{"s":"timeout"}`.
        rest: Vec<Json>,
    }

    /// `quote_list_fields`: the fields that exist. Named in an old descriptor, recorded nowhere.
    #[non_exhaustive]
    QuoteListFields {
        /// Quote session.
        session: Text<'a>,
        /// The fields.
        fields: Vec<Json>,
    }
}

/// What `qsd` says of one symbol.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuoteUpdate<'a> {
    /// The name as it was added; a descriptor may come back in compact form, see
    /// [`same_name`](crate::symbol::same_name).
    pub name: Text<'a>,
    /// Whether the server has data for it.
    pub status: QuoteStatus<'a>,
    /// Why not: `no_such_symbol`, `Permission denied`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Text<'a>>,
    /// The fields that changed, in the order of the wire.
    #[serde(serialize_with = "as_map")]
    pub values: Vec<(QuoteField<'a>, QuoteValue<'a>)>,
}

fn as_map<S: serde::Serializer>(
    values: &[(QuoteField<'_>, QuoteValue<'_>)],
    out: S,
) -> Result<S::Ok, S::Error> {
    out.collect_map(values.iter().map(|(field, value)| (field, value)))
}

/// The `s` of a `qsd`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuoteStatus<'a> {
    /// Data follows.
    Ok,
    /// The symbol is refused; `error` says why.
    Error,
    /// The account may not see the symbol.
    PermissionDenied,
    /// Anything else.
    #[serde(untagged)]
    Other(Text<'a>),
}

impl QuoteStatus<'_> {
    /// The text on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::PermissionDenied => "permission_denied",
            Self::Other(other) => other,
        }
    }
}

impl<'a> From<Text<'a>> for QuoteStatus<'a> {
    fn from(text: Text<'a>) -> Self {
        match text.as_str() {
            "ok" => Self::Ok,
            "error" => Self::Error,
            "permission_denied" => Self::PermissionDenied,
            _ => Self::Other(text),
        }
    }
}

element! {
    QuoteUpdate<'a> => |update| {
        let values = update.values.iter().map(|(field, value)| {
            (field.name().to_owned(), wire_value(value))
        });
        let mut object = json!({ "n": update.name, "s": update.status.as_str() });
        if let (Some(object), Some(error)) = (object.as_object_mut(), &update.error) {
            object.insert("errmsg".into(), error.as_str().into());
        }
        if let Some(object) = object.as_object_mut() {
            object.insert("v".into(), Value::Object(values.collect()));
        }
        object
    };
}

impl<'de: 'a, 'a> Deserialize<'de> for QuoteUpdate<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire<'a> {
            #[serde(borrow)]
            n: Text<'a>,
            #[serde(borrow)]
            s: Text<'a>,
            #[serde(borrow, default)]
            errmsg: Option<Text<'a>>,
            #[serde(borrow, default)]
            v: Values<'a>,
        }
        let wire = Wire::deserialize(source)?;
        Ok(Self {
            name: wire.n,
            status: wire.s.into(),
            error: wire.errmsg,
            values: wire.v.0,
        })
    }
}

#[derive(Default)]
struct Values<'a>(Vec<(QuoteField<'a>, QuoteValue<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Values<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Values<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object of quote fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::with_capacity(map.size_hint().unwrap_or(8));
                while let Some(name) = map.next_key::<Text<'de>>()? {
                    values.push((QuoteField::from_name(name), map.next_value()?));
                }
                Ok(Values(values))
            }
        }
        source.deserialize_map(Visitor)
    }
}
