//! The envelope `{"m": …, "p": […], "t": …, "t_ms": …}` around every message, read in one pass.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess},
};
use serde_json::{Value, value::RawValue};

use super::{
    Malformed, MessageError, ServerMessage, Unknown,
    encode::{self, Escape},
    general::{Buffers, Source, UnknownFields},
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
        Self::decode_into(payload, UnknownFields::Keep, None)
    }

    /// The same into buffers that are used again. A message that has to be read a second time goes without.
    pub(super) fn decode_into(
        payload: &'a str,
        unknown: UnknownFields,
        buffers: Option<&'a mut Buffers>,
    ) -> Received<'a> {
        let (message, stamp) = decode(Source::plain(payload, unknown), buffers);
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
}

pub(super) fn decode<'de, M: Event<'de>>(
    source: Source<'de>,
    buffers: Option<&'de mut Buffers>,
) -> (M, Stamp) {
    let text = source.text();
    let read = read(source, buffers).or_else(|_| read(source.full(), None));
    read.unwrap_or_else(|error| {
        let method = serde_json::from_str::<MethodOnly<'de>>(text)
            .ok()
            .and_then(|only| only.m);
        let error = MessageError::new(error);
        (
            M::malformed(Malformed {
                method,
                error,
                text,
            }),
            Stamp::default(),
        )
    })
}

/// Reads a message; greetings and unknown methods included.
fn read<'de, M: Event<'de>>(
    source: Source<'de>,
    buffers: Option<&'de mut Buffers>,
) -> serde_json::Result<(M, Stamp)> {
    let text = source.text();
    let mut json = serde_json::Deserializer::from_str(text);
    let mut envelope = Envelope {
        method: None,
        body: Body::Absent,
        stamp: Stamp::default(),
    };
    json.deserialize_map(EnvelopeVisitor {
        source,
        buffers,
        envelope: &mut envelope,
    })?;
    let Envelope {
        method,
        body,
        mut stamp,
    } = envelope;
    json.end()?;
    let Some(method) = method else {
        let greeting = serde_json::from_str(text).ok().and_then(M::greeting);
        let missing = || de::Error::custom("an object without the method `m`");
        return greeting
            .map(|greeting| (greeting, stamp))
            .ok_or_else(missing);
    };
    let params = match body {
        Body::Read(message, in_params) => {
            stamp.in_params = in_params;
            return Ok((message, stamp));
        }
        Body::Raw(raw) => Some(raw),
        Body::Absent => None,
    };
    if !M::knows(&method) {
        return Ok((M::unknown(Unknown { method, params }), stamp));
    }
    // The parameters came before the method, or not at all.
    let mut json = serde_json::Deserializer::from_str(params.map_or("[]", RawValue::get));
    let mut body = Body::Absent;
    let seed = ParamsSeed {
        method: &method,
        source,
        buffers: None,
        body: &mut body,
    };
    seed.deserialize(&mut json)?;
    match body {
        Body::Read(message, in_params) => {
            stamp.in_params = in_params;
            Ok((message, stamp))
        }
        _ => Err(de::Error::custom("a message without a body")),
    }
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

/// A message of which the parameters are read as soon as the method is known; `m` comes first on the
/// wire.
struct Envelope<'de, M> {
    method: Option<Text<'de>>,
    body: Body<'de, M>,
    stamp: Stamp,
}

enum Body<'de, M> {
    Absent,
    /// The method is unknown, or not known yet.
    Raw(&'de RawValue),
    /// The message, and the time at the end of its parameters.
    Read(M, Option<i64>),
}

/// Fills an envelope in its place: messages are large, and each move of one costs.
struct EnvelopeVisitor<'e, 'de, M> {
    source: Source<'de>,
    buffers: Option<&'de mut Buffers>,
    envelope: &'e mut Envelope<'de, M>,
}

impl<'de, M: Event<'de>> de::Visitor<'de> for EnvelopeVisitor<'_, 'de, M> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a message object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let Envelope {
            method,
            body,
            stamp,
        } = self.envelope;
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match (key.as_str(), &*method) {
                ("m", _) => *method = Some(map.next_value()?),
                ("p", Some(method)) if M::knows(method) => map.next_value_seed(ParamsSeed {
                    method,
                    source: self.source,
                    buffers: self.buffers.take(),
                    body: &mut *body,
                })?,
                ("p", _) => *body = Body::Raw(map.next_value()?),
                ("t", _) => stamp.t = map.next_value::<Loose<'de>>()?.as_i64(),
                ("t_ms", _) => stamp.t_ms = map.next_value::<Loose<'de>>()?.as_i64(),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Reads the array `p` of a known method into the body.
struct ParamsSeed<'m, 'de, M> {
    method: &'m str,
    source: Source<'de>,
    buffers: Option<&'de mut Buffers>,
    body: &'m mut Body<'de, M>,
}

impl<'de, M: Event<'de>> DeserializeSeed<'de> for ParamsSeed<'_, 'de, M> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de, M: Event<'de>> de::Visitor<'de> for ParamsSeed<'_, 'de, M> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the list of parameters of {}", self.method)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let mut params = Params::new(seq, self.source, self.buffers);
        let message = M::read(self.method, &mut params)?;
        *self.body = Body::Read(message, params.finish()?);
        Ok(())
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
