//! The list of built-in studies, and one of them with its inputs.

use std::collections::BTreeMap;

use super::CATALOGUE;
use crate::{
    json::Json,
    names::closest,
    study::{InputError, InputKind, MetaInput, Plots, StudySpec, input::checked},
};

/// A study that the server has built in.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BuiltIn {
    /// The name on the server: `BB`.
    pub name: &'static str,
    /// The name for people: `Bollinger bands`.
    pub title: &'static str,
    /// The package and version that are requested: `tv-basicstudies-241`.
    pub package: &'static str,
    /// The inputs.
    pub inputs: &'static [BuiltInInput],
    /// The ids of the plots, in the order of the values of a row. Empty if the study only draws.
    pub plots: &'static [&'static str],
}

/// An input of a built-in study.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BuiltInInput {
    /// The id, as it is sent: `length`, `signal smoothing`.
    pub id: &'static str,
    /// The default, which also says what kind of value the input takes.
    pub default: InputDefault,
    /// The least number.
    pub min: Option<f64>,
    /// The greatest number.
    pub max: Option<f64>,
    /// The allowed texts; empty if every text is allowed.
    pub options: &'static [&'static str],
}

/// The value that an input has if it is not set.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum InputDefault {
    /// An integer.
    Integer(i64),
    /// A number.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A text.
    Text(&'static str),
    /// A series, see [`Source`](super::Source).
    Source(&'static str),
    /// A symbol.
    Symbol(&'static str),
    /// A time in milliseconds since 1970.
    Time(i64),
}

/// A built-in study with inputs that are checked as they are set.
#[derive(Clone, Debug, PartialEq)]
pub struct BuiltInStudy {
    study: &'static BuiltIn,
    values: BTreeMap<&'static str, Json>,
}

/// A study by its name on the server (`BB`), with or without package and version, or by its title.
/// Letter case does not count.
#[must_use]
pub fn find(name: &str) -> Option<&'static BuiltIn> {
    let bare = name.split_once('@').map_or(name, |(bare, _)| bare);
    CATALOGUE
        .iter()
        .find(|study| {
            study.name.eq_ignore_ascii_case(bare) || study.title.eq_ignore_ascii_case(name)
        })
        .copied()
}

/// The studies whose name or title has all words of a text; all studies for an empty text. Letter
/// case does not count.
///
/// ```
/// use tv_protocol::study::builtin;
///
/// let found: Vec<_> = builtin::search("bollinger width").map(|it| it.name).collect();
/// assert_eq!(found, ["BollingerBandsWidth"]);
/// ```
pub fn search(text: &str) -> impl Iterator<Item = &'static BuiltIn> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    CATALOGUE.iter().copied().filter(move |study| {
        let place = format!("{} {}", study.name, study.title).to_lowercase();
        words.iter().all(|word| place.contains(word.as_str()))
    })
}

impl InputDefault {
    /// The value as it is sent.
    #[must_use]
    pub fn to_json(self) -> Json {
        match self {
            Self::Integer(number) | Self::Time(number) => number.into(),
            Self::Float(number) => number.into(),
            Self::Bool(flag) => flag.into(),
            Self::Text(text) | Self::Source(text) | Self::Symbol(text) => text.into(),
        }
    }

    /// What kind of value the input takes.
    #[must_use]
    pub fn kind(self) -> InputKind {
        match self {
            Self::Integer(_) => InputKind::Integer,
            Self::Float(_) => InputKind::Float,
            Self::Bool(_) => InputKind::Bool,
            Self::Text(_) => InputKind::Text,
            Self::Source(_) => InputKind::Source,
            Self::Symbol(_) => InputKind::Symbol,
            Self::Time(_) => InputKind::Time,
        }
    }
}

impl BuiltIn {
    /// The id on the server: `BB@tv-basicstudies-241`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.package)
    }

    /// The study with the inputs that it has by default.
    #[must_use]
    pub fn study(&'static self) -> BuiltInStudy {
        BuiltInStudy {
            study: self,
            values: BTreeMap::new(),
        }
    }
}

impl BuiltInInput {
    fn describe(&self) -> MetaInput {
        MetaInput {
            id: Some(self.id.to_owned()),
            kind: Some(self.default.kind()),
            min: self.min,
            max: self.max,
            options: self.options.iter().map(|&option| option.into()).collect(),
            ..MetaInput::default()
        }
    }
}

impl BuiltInStudy {
    /// Sets an input by its id. Letter case does not count.
    ///
    /// # Errors
    ///
    /// If the study has no input of that id, or if the value has another type, is out of
    /// range or is not one of the allowed values.
    pub fn input(mut self, id: &str, value: impl Into<Json>) -> Result<Self, InputError> {
        let inputs = self.study.inputs;
        let input = inputs
            .iter()
            .find(|input| input.id.eq_ignore_ascii_case(id));
        let input = input.ok_or_else(|| InputError::Unknown {
            name: id.to_owned(),
            suggestion: closest(id, inputs.iter().map(|input| input.id)).map(str::to_owned),
            names: inputs.iter().map(|input| input.id.to_owned()).collect(),
        })?;
        let value = checked(&input.describe(), input.id, value.into())?;
        self.values.insert(input.id, value);
        Ok(self)
    }

    /// Sets an input that the study has. [`spec`](Self::spec) checks it.
    pub(super) fn set(mut self, id: &'static str, value: Json) -> Self {
        self.values.insert(id, value);
        self
    }

    /// What is sent, and what the rows hold. All inputs are sent, as the server's own client does.
    ///
    /// # Errors
    ///
    /// If a value is out of range or is not one of the allowed values.
    pub fn spec(&self) -> Result<StudySpec, InputError> {
        let mut inputs = BTreeMap::new();
        for input in self.study.inputs {
            let value = match self.values.get(input.id) {
                Some(value) => checked(&input.describe(), input.id, value.clone())?,
                None => input.default.to_json(),
            };
            inputs.insert(input.id.to_owned(), value);
        }
        Ok(StudySpec {
            id: self.study.id(),
            inputs,
            plots: Plots::named(self.study.plots.iter().copied()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::study::builtin::{Macd, Rsi, Source, Volume};

    #[test]
    fn every_study_of_the_list_is_sound() {
        let names: BTreeSet<_> = CATALOGUE.iter().map(|study| study.name).collect();
        assert_eq!(names.len(), CATALOGUE.len(), "names are unique");
        let titles: BTreeSet<_> = CATALOGUE.iter().map(|study| study.title).collect();
        assert_eq!(titles.len(), CATALOGUE.len(), "titles are unique");
        for study in CATALOGUE {
            let spec = study.study().spec().unwrap();
            assert_eq!(
                spec.inputs.len(),
                study.inputs.len(),
                "{}: inputs are unique",
                study.name
            );
            let plots: BTreeSet<_> = study.plots.iter().collect();
            assert_eq!(
                plots.len(),
                study.plots.len(),
                "{}: plots are unique",
                study.name
            );
            // The defaults pass the checks.
            for input in study.inputs {
                let set = study.study().input(input.id, input.default.to_json());
                assert_eq!(
                    set.and_then(|it| it.spec()),
                    Ok(spec.clone()),
                    "{}",
                    study.name
                );
            }
            assert_eq!(find(&spec.id), Some(*study));
            assert_eq!(find(study.title), Some(*study));
        }
    }

    #[test]
    fn typed_studies_send_the_ids_of_the_server() {
        let macd = Macd::new()
            .fast_length(5)
            .signal_smoothing(3)
            .source(Source::Ohlc4);
        let spec = StudySpec::try_from(macd).unwrap();
        let sent = serde_json::to_value(&spec.inputs).unwrap();
        let expected = serde_json::json!({
            "fast length": 5, "slow length": 26, "signal smoothing": 3, "source": "ohlc4",
            "simple ma(oscillator)": false, "simple ma(signal line)": false,
        });
        assert_eq!(sent, expected);
        // As it was recorded.
        let spec = StudySpec::try_from(Volume::new()).unwrap();
        assert_eq!(spec.id, "Volume@tv-basicstudies-241");
        let sent = serde_json::to_value(&spec.inputs).unwrap();
        assert_eq!(
            sent,
            serde_json::json!({"length": 20, "col_prev_close": false})
        );
        let plot = Source::Plot {
            study: "st4".into(),
            plot: 2,
        };
        let spec = StudySpec::try_from(Rsi::new().source(plot)).unwrap();
        assert_eq!(spec.inputs["source"].as_str(), Some("st4$2"));
    }

    #[test]
    fn what_is_out_of_range_or_unknown_is_refused() {
        let error = StudySpec::try_from(Rsi::new().length(0)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`length` must be at least 1, and 0 is less"
        );
        let study = find("rsi").unwrap().study();
        let error = study.clone().input("lenght", 5).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the study has no input `lenght`; did you mean `length`?"
        );
        let error = study.input("length", "5").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`length` takes an integer, not the text \"5\""
        );
        assert_eq!(find("moon"), None);
    }
}
