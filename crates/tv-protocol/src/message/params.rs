//! Positional parameters: how the elements of `p` become fields, and fields become elements again.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, SeqAccess},
};
use serde_json::Value;

use super::fallback::{Buffers, NullOr, Source};
use crate::json::{Json, Number, Text, Whole, printable};

/// The elements of `p` that are still to be read.
pub(super) struct Params<'de, A> {
    seq: A,
    source: Source<'de>,
    /// What is to be filled instead of memory of its own.
    buffers: Option<&'de mut Buffers>,
    position: usize,
    /// In 2019 the time `t` stood also at the end of `p`: a number that nothing follows.
    time: Option<i64>,
}

impl<'de, A: SeqAccess<'de>> Params<'de, A> {
    pub(super) fn new(seq: A, source: Source<'de>, buffers: Option<&'de mut Buffers>) -> Self {
        Self {
            seq,
            source,
            buffers,
            position: 0,
            time: None,
        }
    }

    /// The text that is read.
    pub(super) fn source(&self) -> Source<'de> {
        self.source
    }

    /// The buffers that the decoder keeps, for the one parameter that fills them.
    pub(super) fn take_buffers(&mut self) -> Option<&'de mut Buffers> {
        self.buffers.take()
    }

    /// The next element, read by a seed.
    pub(super) fn seeded<S: DeserializeSeed<'de>>(
        &mut self,
        name: &'static str,
        seed: S,
    ) -> Result<S::Value, A::Error> {
        let position = self.position;
        self.position += 1;
        let element = self
            .seq
            .next_element_seed(seed)
            .map_err(|error| de::Error::custom(format_args!("p[{position}] ({name}): {error}")))?;
        element.ok_or_else(|| de::Error::custom(format_args!("p[{position}] ({name}) is missing")))
    }

    /// The next element, if there is one. An error says which parameter it is.
    pub(super) fn next<T: Deserialize<'de>>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, A::Error> {
        let position = self.position;
        self.position += 1;
        let element = self
            .seq
            .next_element()
            .map_err(|error| de::Error::custom(format_args!("p[{position}] ({name}): {error}")))?;
        if element.is_some() {
            self.time = None;
        }
        Ok(element)
    }

    /// The next element, read by a seed, if there is one and it is not null.
    pub(super) fn seeded_optional<S: DeserializeSeed<'de>>(
        &mut self,
        name: &'static str,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let position = self.position;
        self.position += 1;
        let element = self.seq.next_element_seed(NullOr(seed));
        element
            .map(Option::flatten)
            .map_err(|error| de::Error::custom(format_args!("p[{position}] ({name}): {error}")))
    }

    pub(super) fn required<T: Deserialize<'de>>(
        &mut self,
        name: &'static str,
    ) -> Result<T, A::Error> {
        let position = self.position;
        self.next(name)?
            .ok_or_else(|| de::Error::custom(format_args!("p[{position}] ({name}) is missing")))
    }

    /// An element that may be absent; a number in its place is the time of 2019.
    pub(super) fn optional(&mut self, name: &'static str) -> Result<Option<Loose<'de>>, A::Error> {
        match self.next(name)? {
            Some(Loose::Number(time)) => {
                self.time = Some(time);
                Ok(None)
            }
            other => Ok(other),
        }
    }

    /// Reads what is left: the time of 2019, and whatever later servers may append, which is
    /// skipped.
    pub(super) fn finish(mut self) -> Result<Option<i64>, A::Error> {
        while let Some(rest) = self.next::<Loose<'de>>("rest")? {
            if let Loose::Number(time) = rest {
                self.time = Some(time);
            }
        }
        Ok(self.time)
    }
}

impl Loose<'_> {
    /// The number, if this is one without a fraction.
    pub(super) fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Text(_) => None,
            Self::Number(number) => Some(*number),
            Self::Json(json) => json.as_i64(),
        }
    }
}

/// An element whose type tells what it is.
pub(super) enum Loose<'a> {
    Text(Text<'a>),
    /// A whole number.
    Number(i64),
    Json(Json),
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Loose<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("any JSON")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Loose::Text(text.into()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Loose::Text(text.to_owned().into()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Loose::Number(number))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(i64::try_from(number)
                    .map_or_else(|_| Loose::Json(Json::from(f64::MAX)), Loose::Number))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Loose::Json(Json::from(number)))
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
                Ok(Loose::Json(Json::from(truth)))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Loose::Json(Json::default()))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Self::Value, S::Error> {
                Json::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(Loose::Json)
            }

            fn visit_map<M: de::MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
                Json::deserialize(de::value::MapAccessDeserializer::new(map)).map(Loose::Json)
            }
        }
        source.deserialize_any(Visitor)
    }
}

/// The parameters of one method.
pub(super) trait Body<'de>: Sized {
    fn read<A: SeqAccess<'de>>(params: &mut Params<'de, A>) -> Result<Self, A::Error>;
    /// The elements of `p`, absent ones left out.
    fn wire(&self) -> Vec<Value>;
}

/// One parameter, or several at the end of `p`.
pub(super) trait Param<'de>: Sized {
    fn read<A: SeqAccess<'de>>(
        params: &mut Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error>;
    fn wire(&self, out: &mut Vec<Value>);
}

/// Implements [`Param`] for types that are one element of their own.
macro_rules! element {
    ($($type:ty => |$value:ident| $wire:expr;)*) => {$(
        impl<'de: 'a, 'a> crate::message::params::Param<'de> for $type {
            fn read<A: serde::de::SeqAccess<'de>>(
                params: &mut crate::message::params::Params<'de, A>,
                name: &'static str,
            ) -> Result<Self, A::Error> {
                params.required(name)
            }

            fn wire(&self, out: &mut Vec<serde_json::Value>) {
                let $value = self;
                out.push($wire);
            }
        }
    )*};
}
pub(super) use element;

element! {
    Text<'a> => |text| text.as_str().into();
}

impl<'de> Param<'de> for i64 {
    fn read<A: SeqAccess<'de>>(
        params: &mut Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        params.required::<Whole>(name).map(|number| number.0)
    }

    fn wire(&self, out: &mut Vec<Value>) {
        out.push((*self).into());
    }
}

impl<'de> Param<'de> for f64 {
    fn read<A: SeqAccess<'de>>(
        params: &mut Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        params.required::<Number>(name).map(|number| number.0)
    }

    fn wire(&self, out: &mut Vec<Value>) {
        out.push((*self).into());
    }
}

impl<'de> Param<'de> for bool {
    fn read<A: SeqAccess<'de>>(
        params: &mut Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        params.required(name)
    }

    fn wire(&self, out: &mut Vec<Value>) {
        out.push((*self).into());
    }
}

impl<'de> Param<'de> for Json {
    fn read<A: SeqAccess<'de>>(
        params: &mut Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        params.required(name)
    }

    fn wire(&self, out: &mut Vec<Value>) {
        out.push(wire_value(self));
    }
}

/// Any serialisable value as an element. Our own types never fail to serialise.
pub(super) fn wire_value<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

impl<'de: 'a, 'a> Param<'de> for Option<Text<'a>> {
    fn read<A: SeqAccess<'de>>(
        params: &mut Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        match params.optional(name)? {
            Some(Loose::Text(text)) => Ok(Some(text)),
            None => Ok(None),
            Some(Loose::Json(json)) if json.is_null() => Ok(None),
            Some(_) => Err(de::Error::custom(format_args!("{name}: expected a string"))),
        }
    }

    fn wire(&self, out: &mut Vec<Value>) {
        out.extend(self.as_deref().map(Value::from));
    }
}

/// All that is left, texts only.
impl<'de: 'a, 'a> Param<'de> for Vec<Text<'a>> {
    fn read<A: SeqAccess<'de>>(
        params: &mut Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        let mut all = Self::new();
        while let Some(text) = Option::<Text<'a>>::read(params, name)? {
            all.push(text);
        }
        Ok(all)
    }

    fn wire(&self, out: &mut Vec<Value>) {
        out.extend(self.iter().map(|text| Value::from(text.as_str())));
    }
}

/// All that is left, of any type.
impl<'de> Param<'de> for Vec<Json> {
    fn read<A: SeqAccess<'de>>(
        params: &mut Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        let mut all = Self::new();
        while let Some(json) = params.next(name)? {
            all.push(json);
        }
        Ok(all)
    }

    fn wire(&self, out: &mut Vec<Value>) {
        out.extend(self.iter().map(wire_value));
    }
}

/// Words or an object: what some faults say, depending on what went wrong.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum Detail<'a> {
    /// Words.
    Text(Text<'a>),
    /// An object, such as the runtime error of a script or the arguments of a replay command.
    Json(Json),
}

impl Detail<'_> {
    /// The words for people, as [`Json::to_words`] makes them: safe to print, and with the
    /// placeholders filled in.
    #[must_use]
    pub fn to_words(&self) -> String {
        match self {
            Self::Text(text) => printable(text),
            Self::Json(json) => json.to_words(),
        }
    }

    /// The words as they were sent, or the object as JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.as_str().to_owned(),
            Self::Json(json) => json.to_string(),
        }
    }
}

/// The words for people, as [`to_words`](Detail::to_words) makes them.
impl fmt::Display for Detail<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.to_words())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Detail<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Loose::deserialize(source).map(Self::from)
    }
}

impl<'a> From<Loose<'a>> for Detail<'a> {
    fn from(loose: Loose<'a>) -> Self {
        match loose {
            Loose::Text(text) => Self::Text(text),
            Loose::Number(number) => Self::Json(number.into()),
            Loose::Json(json) => Self::Json(json),
        }
    }
}

impl<'de: 'a, 'a> Param<'de> for Detail<'a> {
    fn read<A: SeqAccess<'de>>(
        params: &mut Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        params.required::<Loose<'de>>(name).map(Self::from)
    }

    fn wire(&self, out: &mut Vec<Value>) {
        out.push(wire_value(self));
    }
}

impl<'de: 'a, 'a> Param<'de> for Option<Detail<'a>> {
    fn read<A: SeqAccess<'de>>(
        params: &mut Params<'de, A>,
        name: &'static str,
    ) -> Result<Self, A::Error> {
        let detail = params.optional(name)?;
        let detail = detail.filter(|loose| !matches!(loose, Loose::Json(json) if json.is_null()));
        Ok(detail.map(Detail::from))
    }

    fn wire(&self, out: &mut Vec<Value>) {
        out.extend(self.as_ref().map(wire_value));
    }
}

/// Writes `null` for parameters that are absent before one that is there, so that each keeps its
/// position. `end` is where the last one begins, `absent` how many before it wrote nothing; yields
/// how many do now.
pub(super) fn fill(out: &mut Vec<Value>, end: usize, absent: usize) -> usize {
    if out.len() == end {
        return absent + 1;
    }
    out.splice(end..end, std::iter::repeat_n(Value::Null, absent));
    0
}

/// Defines the parameters of a method, in the order of the wire.
macro_rules! body {
    ($(
        $(#[$meta:meta])*
        $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }
    )*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        pub struct $name<'a> {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl<'de: 'a, 'a> crate::message::params::Body<'de> for $name<'a> {
            fn read<A: serde::de::SeqAccess<'de>>(
                params: &mut crate::message::params::Params<'de, A>,
            ) -> Result<Self, A::Error> {
                use crate::message::params::Param;
                Ok(Self { $($field: Param::read(params, stringify!($field))?,)* })
            }

            fn wire(&self) -> Vec<serde_json::Value> {
                let (mut out, mut absent) = (Vec::new(), 0);
                $({
                    let end = out.len();
                    crate::message::params::Param::wire(&self.$field, &mut out);
                    absent = crate::message::params::fill(&mut out, end, absent);
                })*
                let _at_the_end = absent;
                out
            }
        }
    )*};
}
pub(super) use body;
