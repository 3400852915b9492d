//! Where an answer differs from what is known.

use std::{collections::BTreeMap, fmt};

use super::Item;

/// An answer, or a part of one, that keeps all that it was read from.
pub trait Decoded {
    /// Where this value differs from what the crate knows: keys without a field, and values of
    /// another kind. All of them are kept.
    ///
    /// ```
    /// use tv_protocol::{record::Decoded, study::MetaInput};
    ///
    /// let input: MetaInput = serde_json::from_str(r#"{"id":"in_0","min":[5],"moon":"full"}"#)?;
    /// let surprises: Vec<String> = input.surprises().iter().map(ToString::to_string).collect();
    /// assert_eq!(surprises, ["min: is of another kind", "moon: is not a known key"]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    fn surprises(&self) -> Vec<Surprise>;
}

impl<T: Decoded> Decoded for Vec<T> {
    fn surprises(&self) -> Vec<Surprise> {
        let items = self.iter().enumerate();
        let found = items.flat_map(|(index, item)| below(&format!("[{index}]"), item.surprises()));
        found.collect()
    }
}

impl<T: Decoded> Decoded for BTreeMap<String, T> {
    fn surprises(&self) -> Vec<Surprise> {
        let items = self.iter();
        items
            .flat_map(|(key, item)| below(key, item.surprises()))
            .collect()
    }
}

/// The surprises of a part, as seen from the whole.
fn below(root: &str, found: Vec<Surprise>) -> Vec<Surprise> {
    let path = |path: &str| match path.starts_with('[') {
        true => format!("{root}{path}"),
        false => format!("{root}.{path}"),
    };
    let found = found.into_iter();
    found
        .map(|Surprise { path: old, kind }| Surprise {
            path: path(&old),
            kind,
        })
        .collect()
}

/// What is different in a value, in the order of the paths.
pub fn surprises(item: &impl Item) -> Vec<Surprise> {
    let mut found = Vec::new();
    item.look(&Place::default(), &mut found);
    found.sort();
    found
}

/// A place where an answer differs from what is known.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Surprise {
    /// Where it stands, such as `symbols[3].logo.style`.
    pub path: String,
    /// What is different.
    pub kind: SurpriseKind,
}

/// What is different at a place of an answer.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SurpriseKind {
    /// The key has no field.
    UnknownKey,
    /// The value, or a part of a list, is of another kind than its field.
    OtherKind,
}

impl fmt::Display for Surprise {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            SurpriseKind::UnknownKey => "is not a known key",
            SurpriseKind::OtherKind => "is of another kind",
        };
        write!(out, "{}: {what}", self.path)
    }
}

/// The way from the root of an answer to a value.
#[derive(Clone, Debug, Default)]
pub struct Place(String);

impl Place {
    /// The value of a key here.
    pub fn key(&self, key: &str) -> Self {
        match self.0.as_str() {
            "" => Self(key.to_owned()),
            path => Self(format!("{path}.{key}")),
        }
    }

    /// An item of the list here.
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// What is different here.
    pub fn surprise(&self, kind: SurpriseKind) -> Surprise {
        let path = self.0.clone();
        Surprise { path, kind }
    }
}
