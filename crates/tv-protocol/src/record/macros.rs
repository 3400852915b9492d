//! Macros that define the types of answers.

/// Defines a type for a JSON object: `field: Type = "key"` for each field, where the type is an
/// `Option`, a `Vec` or a `BTreeMap` of items. `as function` names another way to read a value.
///
/// For the crates of this workspace; applications use the types that it makes.
///
/// The type gets a field `rest`, and reads and writes itself through serde without a loss.
#[doc(hidden)]
#[macro_export]
macro_rules! record {
    (
        $(#[$meta:meta])*
        $vis:vis struct $Name:ident {
            $($(#[$field_meta:meta])* $field:ident: $Type:ty = $key:literal $(as $reader:path)?,)*
        }
    ) => {
        $(#[$meta])*
        #[non_exhaustive]
        #[derive(Clone, Debug, Default, PartialEq)]
        $vis struct $Name {
            $($(#[$field_meta])* $vis $field: $Type,)*
            /// What no field holds, as it came.
            $vis rest: $crate::record::Rest,
        }

        impl $crate::record::Item for $Name {
            fn read(value: &$crate::record::serde_json::Value) -> Option<(Self, $crate::record::Reading)> {
                use $crate::record::{Reading, Why};

                let mut found = Self::default();
                for (key, value) in value.as_object()? {
                    let why = match key.as_str() {
                        $($key if value.is_null() => Why::Reformed,
                        $key => {
                            let (field, reading) =
                                $crate::record!(@read value, $Type $(, $reader)?);
                            found.$field = field;
                            match reading {
                                Reading::Exact => continue,
                                Reading::Reformed => Why::Reformed,
                                Reading::Odd => Why::Odd,
                            }
                        })*
                        _ => Why::Unknown,
                    };
                    found.rest.keep(key, value, why);
                }
                Some((found, Reading::Exact))
            }

            fn write(&self) -> $crate::record::serde_json::Value {
                let mut fields = $crate::record::serde_json::Map::new();
                $(if !self.rest.has($key)
                    && let Some(value) = $crate::record::Field::write(&self.$field)
                {
                    fields.insert($key.to_owned(), value);
                })*
                self.rest.write(&mut fields);
                $crate::record::serde_json::Value::Object(fields)
            }

            fn look(&self, place: &$crate::record::Place, out: &mut Vec<$crate::record::Surprise>) {
                $($crate::record::Field::look(&self.$field, &place.key($key), out);)*
                self.rest.look(place, out);
            }
        }

        impl $crate::record::Decoded for $Name {
            fn surprises(&self) -> Vec<$crate::record::Surprise> {
                $crate::record::surprises(self)
            }
        }

        impl $crate::record::serde::Serialize for $Name {
            fn serialize<S: $crate::record::serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                $crate::record::to_item(self, out)
            }
        }

        impl<'de> $crate::record::serde::Deserialize<'de> for $Name {
            fn deserialize<D: $crate::record::serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                $crate::record::from_item(source, "an object")
            }
        }
    };
    (@read $value:expr, $Type:ty) => {
        <$Type as $crate::record::Field>::read($value)
    };
    (@read $value:expr, $Type:ty, $reader:path) => {
        $reader($value)
    };
}

/// Defines an open set of words of the server: `Variant = "word"` for each that is known, and
/// `Other` for the rest.
#[doc(hidden)]
#[macro_export]
macro_rules! words {
    (
        $(#[$meta:meta])*
        $vis:vis enum $Name:ident {
            $($(#[$variant_meta:meta])* $Variant:ident = $word:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[non_exhaustive]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $Name {
            $($(#[$variant_meta])* $Variant,)*
            /// A word that is not known here.
            Other(String),
        }

        impl $Name {
            /// The words that are known.
            $vis const KNOWN: &'static [&'static str] = &[$($word),*];

            /// The server's word.
            #[must_use]
            $vis fn as_str(&self) -> &str {
                match self {
                    $(Self::$Variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $Name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$Variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.pad(self.as_str())
            }
        }

        impl $crate::record::serde::Serialize for $Name {
            fn serialize<S: $crate::record::serde::Serializer>(
                &self,
                out: S,
            ) -> Result<S::Ok, S::Error> {
                out.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::record::serde::Deserialize<'de> for $Name {
            fn deserialize<D: $crate::record::serde::Deserializer<'de>>(
                source: D,
            ) -> Result<Self, D::Error> {
                $crate::record::from_item(source, "a word")
            }
        }

        impl $crate::record::Item for $Name {
            fn read(value: &$crate::record::serde_json::Value) -> Option<(Self, $crate::record::Reading)> {
                Some((value.as_str()?.into(), $crate::record::Reading::Exact))
            }

            fn write(&self) -> $crate::record::serde_json::Value {
                self.as_str().into()
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use crate::record::{Decoded, Item, same_json};

    crate::record::words! {
        /// A colour.
        enum Colour {
            /// As blood.
            Red = "red",
        }
    }

    crate::record! {
        /// A part of the example.
        struct Wheel {
            /// In inches.
            size: Option<i64> = "size",
        }
    }

    crate::record! {
        /// An example.
        struct Car {
            /// Its name.
            name: Option<String> = "name",
            /// Its price.
            price: Option<f64> = "price",
            /// Its colour.
            colour: Option<Colour> = "colour",
            /// Its wheels.
            wheels: Vec<Wheel> = "wheels",
            /// By place.
            by_place: BTreeMap<String, Wheel> = "by-place",
        }
    }

    fn round_trip(value: &Value) -> Value {
        let car: Car = serde_json::from_value(value.clone()).unwrap();
        serde_json::to_value(&car).unwrap()
    }

    #[test]
    fn whatever_comes_is_written_again() {
        for value in [
            json!({}),
            json!({"name": "x", "price": 3, "colour": "red", "wheels": [{"size": 5}]}),
            json!({"name": null, "price": "3.50", "colour": "blue", "wheels": []}),
            json!({"name": 7, "price": {"a": 1}, "colour": 3, "wheels": [1, {"size": "5", "q": 1}]}),
            json!({"more": [1, {"deep": null}], "by-place": {"left": {"size": 1.0, "x": 2}}}),
            json!({"wheels": {"no": "list"}, "by-place": []}),
        ] {
            assert_eq!(round_trip(&value), value);
        }
    }

    #[test]
    fn values_of_other_kinds_are_read_where_they_mean_something() {
        let text = r#"{"name":7,"price":"3.50","colour":"blue","wheels":[1,{"size":"5"}],"sun":1}"#;
        let car: Car = serde_json::from_str(text).unwrap();
        assert_eq!((car.name.as_deref(), car.price), (Some("7"), Some(3.5)));
        assert_eq!(car.colour, Some(Colour::Other("blue".into())));
        assert_eq!(Colour::KNOWN, ["red"]);
        assert_eq!((car.wheels.len(), car.wheels[0].size), (1, Some(5)));
        let surprises: Vec<String> = car.surprises().iter().map(|it| it.path.clone()).collect();
        assert_eq!(surprises, ["sun", "wheels"]);
        assert!(serde_json::from_str::<Car>("[]").is_err());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e18..1e18_f64).prop_map(Value::from),
            "[0-9.e-]{0,6}".prop_map(Value::from),
            prop_oneof![Just("red"), Just("true"), Just("2025-01-06T13:00:00Z")]
                .prop_map(Value::from),
        ];
        let key = prop_oneof![
            Just("name"),
            Just("price"),
            Just("colour"),
            Just("wheels"),
            Just("by-place"),
            Just("size"),
            Just("other"),
        ];
        leaf.prop_recursive(4, 40, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(key.clone(), inner, 0..6).prop_map(|fields| {
                    Value::Object(
                        fields
                            .into_iter()
                            .map(|(key, value)| (key.into(), value))
                            .collect(),
                    )
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_is_lost_whatever_an_object_holds(value in any_json()) {
            if let Some((car, _)) = Car::read(&value) {
                prop_assert!(same_json(&car.write(), &value), "{} {}", car.write(), value);
            }
        }
    }
}
