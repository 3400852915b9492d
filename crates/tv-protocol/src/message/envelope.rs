//! The envelope `{"m": …, "p": […], "t": …, "t_ms": …}` around every message, read in one pass.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess},
};
use serde_json::{Value, value::RawValue};

use super::{
    Malformed, MessageError, ServerMessage, Unknown,
    encode::{self, Escape},
    fallback::{Buffers, Options, Source},
    params::{Loose, Params},
};
use crate::json::{Json, Text};

/// An event of the server and when it was stamped.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Received<'a> {
    /// The event.
    #[serde(flatten)]
    pub message: ServerMessage<'a>,
    /// The server's time stamps.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// The server's time stamps beside a message. Quotes and `du` have none.
///
/// Within a batch, later messages never have later stamps: do not sort by them.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stamp {
    /// Unix seconds, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t: Option<i64>,
    /// Unix milliseconds, UTC; not sent in 2019.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t_ms: Option<i64>,
    /// The seconds once more, at the end of the parameters, as servers of 2019 sent them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_params: Option<i64>,
}

impl<'a> ServerMessage<'a> {
    /// Decodes the payload of a frame. Never fails, see [`ServerMessage`].
    #[must_use]
    pub fn decode(payload: &'a str) -> Received<'a> {
        Self::decode_into(payload, Options::default(), None)
    }

    /// The same into buffers that are used again. A message that has to be read a second time goes
    /// without.
    pub(super) fn decode_into(
        payload: &'a str,
        options: Options,
        buffers: Option<&'a mut Buffers>,
    ) -> Received<'a> {
        let mut message = Self::nothing();
        let stamp = decode(Source::plain(payload, options), buffers, &mut message);
        Received { message, stamp }
    }
}

impl Received<'_> {
    /// Writes the event as the server would, non-ASCII text raw. For proxies and tests.
    ///
    /// A [`Malformed`] message comes out as the text it came in.
    #[must_use]
    pub fn to_json(&self) -> String {
        match &self.message {
            ServerMessage::Malformed(malformed) => malformed.text.to_owned(),
            ServerMessage::Hello(hello) => {
                encode::message(&super::params::wire_value(hello), Escape::Raw)
            }
            message => encode_event(message, self.stamp, Escape::Raw),
        }
    }
}

/// One direction's set of messages.
pub(super) trait Event<'de>: Sized {
    fn knows(method: &str) -> bool;
    fn read<A: SeqAccess<'de>>(method: &str, params: &mut Params<'de, A>)
    -> Result<Self, A::Error>;
    fn wire(&self) -> (&str, Value);
    fn greeting(fields: BTreeMap<String, Json>) -> Option<Self>;
    fn unknown(unknown: Unknown<'de>) -> Self;
    fn malformed(malformed: Malformed<'de>) -> Self;

    /// What stands in a message's place until it is read.
    fn nothing() -> Self {
        let (method, params) = (Text::default(), None);
        Self::unknown(Unknown { method, params })
    }
}

/// Decodes a message into its place: messages are large, and each move of one costs.
pub(super) fn decode<'de, M: Event<'de>>(
    source: Source<'de>,
    buffers: Option<&'de mut Buffers>,
    message: &mut M,
) -> Stamp {
    read(source, buffers, message)
        .or_else(|_| read(source.full(), None, message))
        .unwrap_or_else(|error| {
            *message = malformed(source.text(), error);
            Stamp::default()
        })
}

#[cold]
fn malformed<'de, M: Event<'de>>(text: &'de str, error: serde_json::Error) -> M {
    let only = serde_json::from_str::<MethodOnly<'de>>(text).ok();
    M::malformed(Malformed {
        method: only.and_then(|only| only.m),
        error: MessageError::new(error),
        text,
    })
}

/// Reads a message; greetings and unknown methods included.
fn read<'de, M: Event<'de>>(
    source: Source<'de>,
    buffers: Option<&'de mut Buffers>,
    message: &mut M,
) -> serde_json::Result<Stamp> {
    let text = source.text();
    let mut json = serde_json::Deserializer::from_str(text);
    let mut envelope = Envelope::default();
    json.deserialize_map(EnvelopeVisitor {
        source,
        buffers,
        envelope: &mut envelope,
        message,
    })?;
    json.end()?;
    let Envelope {
        method,
        is_read,
        raw,
        mut stamp,
    } = envelope;
    if is_read {
        return Ok(stamp);
    }
    let Some(method) = method else {
        let greeting = serde_json::from_str(text).ok().and_then(M::greeting);
        let missing = || de::Error::custom("an object without the method `m`");
        *message = greeting.ok_or_else(missing)?;
        return Ok(stamp);
    };
    if !M::knows(&method) {
        let params = raw.map(Cow::Borrowed);
        *message = M::unknown(Unknown { method, params });
        return Ok(stamp);
    }
    // The parameters came before the method, or not at all.
    let mut json = serde_json::Deserializer::from_str(raw.map_or("[]", RawValue::get));
    let seed = ParamsSeed {
        method: &method,
        source,
        buffers: None,
        message,
    };
    stamp.in_params = seed.deserialize(&mut json)?;
    Ok(stamp)
}

pub(super) fn encode_event<'de, M: Event<'de>>(
    message: &M,
    stamp: Stamp,
    escape: Escape,
) -> String {
    let (method, mut params) = message.wire();
    if let (Some(params), Some(time)) = (params.as_array_mut(), stamp.in_params) {
        params.push(time.into());
    }
    let mut object = serde_json::json!({ "m": method, "p": params });
    if let Some(object) = object.as_object_mut() {
        object.extend(stamp.t.map(|time| ("t".to_owned(), time.into())));
        object.extend(stamp.t_ms.map(|time| ("t_ms".to_owned(), time.into())));
    }
    encode::message(&object, escape)
}

#[derive(Deserialize)]
struct MethodOnly<'a> {
    #[serde(borrow)]
    m: Option<Text<'a>>,
}

/// What stands around the parameters, which are read as soon as the method is known; `m` comes
/// first on the wire.
#[derive(Default)]
struct Envelope<'de> {
    method: Option<Text<'de>>,
    /// Whether the message was read.
    is_read: bool,
    /// Parameters whose method is unknown, or was not known yet.
    raw: Option<&'de RawValue>,
    stamp: Stamp,
}

#[derive(Deserialize)]
#[serde(field_identifier)]
enum EnvelopeField {
    #[serde(rename = "m")]
    Method,
    #[serde(rename = "p")]
    Params,
    #[serde(rename = "t")]
    Seconds,
    #[serde(rename = "t_ms")]
    Milliseconds,
    #[serde(other)]
    Other,
}

struct EnvelopeVisitor<'e, 'de, M> {
    source: Source<'de>,
    buffers: Option<&'de mut Buffers>,
    envelope: &'e mut Envelope<'de>,
    message: &'e mut M,
}

impl<'de, M: Event<'de>> de::Visitor<'de> for EnvelopeVisitor<'_, 'de, M> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a message object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let Envelope {
            method,
            is_read,
            raw,
            stamp,
        } = self.envelope;
        while let Some(field) = map.next_key()? {
            match (field, &*method) {
                (EnvelopeField::Method, _) => *method = Some(map.next_value()?),
                (EnvelopeField::Params, Some(method)) if M::knows(method) => {
                    stamp.in_params = map.next_value_seed(ParamsSeed {
                        method,
                        source: self.source,
                        buffers: self.buffers.take(),
                        message: &mut *self.message,
                    })?;
                    *is_read = true;
                }
                // What came before, with another method, does not count.
                (EnvelopeField::Params, _) => {
                    (*is_read, stamp.in_params) = (false, None);
                    *raw = Some(map.next_value()?);
                }
                (EnvelopeField::Seconds, _) => {
                    stamp.t = map.next_value::<Loose<'de>>()?.as_i64();
                }
                (EnvelopeField::Milliseconds, _) => {
                    stamp.t_ms = map.next_value::<Loose<'de>>()?.as_i64();
                }
                (EnvelopeField::Other, _) => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Reads the array `p` of a known method into a message, and yields the time at its end.
struct ParamsSeed<'m, 'de, M> {
    method: &'m str,
    source: Source<'de>,
    buffers: Option<&'de mut Buffers>,
    message: &'m mut M,
}

impl<'de, M: Event<'de>> DeserializeSeed<'de> for ParamsSeed<'_, 'de, M> {
    type Value = Option<i64>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de, M: Event<'de>> de::Visitor<'de> for ParamsSeed<'_, 'de, M> {
    type Value = Option<i64>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the list of parameters of {}", self.method)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let mut params = Params::new(seq, self.source, self.buffers);
        *self.message = M::read(self.method, &mut params)?;
        params.finish()
    }
}

/// Defines the set of messages of one direction from their structs and methods.
macro_rules! events {
    (
        $(#[$meta:meta])*
        $name:ident { $($(#[$greeting_doc:meta])* $greeting:ident: $greeting_type:ty;)? }
        $($variant:ident = $method:literal,)*
    ) => {
        $(#[$meta])*
        #[non_exhaustive]
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        #[serde(tag = "kind")]
        pub enum $name<'a> {
            $($(#[$greeting_doc])* #[serde(rename = "hello")] $greeting($greeting_type),)?
            $(#[doc = concat!("`", $method, "`.")] #[serde(rename = $method)]
            $variant($variant<'a>),)*
            /// A method that is not known here.
            #[serde(rename = "unknown")]
            Unknown(Unknown<'a>),
            /// A message that breaks its method's shape, or is none.
            #[serde(rename = "malformed")]
            Malformed(Malformed<'a>),
        }

        impl<'a> $name<'a> {
            /// Every method that is known here.
            pub const METHODS: &'static [&'static str] = &[$($method),*];

            /// The method; `hello` for the greeting; what could be read of it for
            /// unknown and malformed messages.
            #[must_use]
            pub fn method(&self) -> &str {
                match self {
                    $(Self::$greeting(_) => "hello",)?
                    $(Self::$variant(_) => $method,)*
                    Self::Unknown(unknown) => &unknown.method,
                    Self::Malformed(malformed) => malformed.method.as_deref().unwrap_or_default(),
                }
            }
        }

        $(impl<'a> From<$variant<'a>> for $name<'a> {
            fn from(body: $variant<'a>) -> Self {
                Self::$variant(body)
            }
        })*

        impl<'de: 'a, 'a> Event<'de> for $name<'a>
        where
            'a: 'de,
        {
            fn knows(method: &str) -> bool {
                matches!(method, $($method)|*)
            }

            fn read<A: serde::de::SeqAccess<'de>>(
                method: &str,
                params: &mut crate::message::params::Params<'de, A>,
            ) -> Result<Self, A::Error> {
                use crate::message::params::Body;
                match method {
                    $($method => Body::read(params).map(Self::$variant),)*
                    _ => Err(serde::de::Error::custom("a method that is not known")),
                }
            }

            fn wire(&self) -> (&str, serde_json::Value) {
                use crate::message::params::Body;
                let params = match self {
                    $(Self::$variant(body) => serde_json::Value::Array(body.wire()),)*
                    Self::Unknown(unknown) => {
                        serde_json::from_str(unknown.params()).unwrap_or_default()
                    }
                    _ => serde_json::Value::Null,
                };
                (self.method(), params)
            }

            fn greeting(
                _fields: std::collections::BTreeMap<String, crate::json::Json>,
            ) -> Option<Self> {
                $(if let Some(greeting) = <$greeting>::from_fields(_fields) {
                    return Some(Self::$greeting(Box::new(greeting)));
                })?
                None
            }

            fn unknown(unknown: Unknown<'de>) -> Self {
                Self::Unknown(unknown)
            }

            fn malformed(malformed: Malformed<'de>) -> Self {
                Self::Malformed(malformed)
            }
        }
    };
}
