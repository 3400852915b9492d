//! The macro that makes the types and the list of built-in studies from one table.

/// Defines built-in studies: `Type = "Name" in "package", "title" { method: kind default … }`.
macro_rules! studies {
    (
        $(
            $(#[$meta:meta])*
            $Type:ident = $name:literal in $package:literal, $title:literal {
                $($(#[$input_meta:meta])* $method:ident: $kind:ident $args:tt $id:literal;)*
            } -> [$($plot:literal),* $(,)?]
        )*
    ) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq)]
            pub struct $Type(BuiltInStudy);

            impl $Type {
                /// What the study takes and what its rows hold.
                pub const STUDY: &'static BuiltIn = &BuiltIn {
                    name: $name,
                    title: $title,
                    package: $package,
                    inputs: &[$(studies!(@input $kind $args $id)),*],
                    plots: &[$($plot),*],
                };

                /// The study with the inputs that it has by default.
                #[must_use]
                pub fn new() -> Self {
                    Self(Self::STUDY.study())
                }

                /// What is sent, and what the rows hold.
                ///
                /// # Errors
                ///
                /// If an input is out of range or is not one of the allowed values.
                pub fn spec(&self) -> Result<StudySpec, InputError> {
                    self.0.spec()
                }

                $(studies!(@method $(#[$input_meta])* $method $kind $args $id);)*
            }

            impl Default for $Type {
                fn default() -> Self {
                    Self::new()
                }
            }

            impl TryFrom<$Type> for StudySpec {
                type Error = InputError;

                /// Checks the inputs.
                fn try_from(study: $Type) -> Result<Self, InputError> {
                    study.0.spec()
                }
            }
        )*

        /// The built-in studies that are known here, those over the prices first.
        pub const CATALOGUE: &[&BuiltIn] = &[$($Type::STUDY),*];
    };

    (@input int($default:expr, $min:expr, $max:expr) $id:literal) => {
        BuiltInInput {
            id: $id,
            default: InputDefault::Integer($default),
            min: Some($min as f64),
            max: Some($max as f64),
            options: &[],
        }
    };
    (@input float($default:expr, $min:expr, $max:expr) $id:literal) => {
        BuiltInInput {
            id: $id,
            default: InputDefault::Float($default),
            min: Some($min),
            max: Some($max),
            options: &[],
        }
    };
    (@input number($default:expr) $id:literal) => {
        BuiltInInput {
            id: $id,
            default: InputDefault::Float($default),
            min: None,
            max: None,
            options: &[],
        }
    };
    (@input one_of($default:literal, $($option:literal),+) $id:literal) => {
        BuiltInInput {
            id: $id,
            default: InputDefault::Text($default),
            min: None,
            max: None,
            options: &[$($option),+],
        }
    };
    (@input flag($default:expr) $id:literal) => { studies!(@plain Bool($default) $id) };
    (@input text($default:expr) $id:literal) => { studies!(@plain Text($default) $id) };
    (@input source($default:expr) $id:literal) => { studies!(@plain Source($default) $id) };
    (@input symbol($default:expr) $id:literal) => { studies!(@plain Symbol($default) $id) };
    (@input time($default:expr) $id:literal) => { studies!(@plain Time($default) $id) };
    (@plain $Kind:ident($default:expr) $id:literal) => {
        BuiltInInput {
            id: $id,
            default: InputDefault::$Kind($default),
            min: None,
            max: None,
            options: &[],
        }
    };

    (@method $(#[$meta:meta])* $method:ident int $args:tt $id:literal) => {
        studies!(@setter $(#[$meta])* $method, i64, $id);
    };
    (@method $(#[$meta:meta])* $method:ident float $args:tt $id:literal) => {
        studies!(@setter $(#[$meta])* $method, f64, $id);
    };
    (@method $(#[$meta:meta])* $method:ident number $args:tt $id:literal) => {
        studies!(@setter $(#[$meta])* $method, f64, $id);
    };
    (@method $(#[$meta:meta])* $method:ident flag $args:tt $id:literal) => {
        studies!(@setter $(#[$meta])* $method, bool, $id);
    };
    (@method $(#[$meta:meta])* $method:ident source $args:tt $id:literal) => {
        studies!(@setter $(#[$meta])* $method, Source, $id);
    };
    (@method $(#[$meta:meta])* $method:ident time $args:tt $id:literal) => {
        studies!(@setter $(#[$meta])* $method, i64, $id);
    };
    // Texts: `text`, `symbol` and `one_of`.
    (@method $(#[$meta:meta])* $method:ident $text:ident $args:tt $id:literal) => {
        studies!(@setter $(#[$meta])* $method, &str, $id);
    };
    (@setter $(#[$meta:meta])* $method:ident, $Value:ty, $id:literal) => {
        $(#[$meta])*
        #[must_use]
        pub fn $method(self, value: $Value) -> Self {
            Self(self.0.set($id, value.into()))
        }
    };
}

pub(super) use studies;
