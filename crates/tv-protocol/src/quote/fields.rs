//! Sets of fields.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::QuoteField;
use crate::json::Text;

/// A set of fields, such as those that an update has changed. Made for being filled once for each
/// update: fields with a name in [`QuoteField`] cost no allocation.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct QuoteFields {
    /// A bit for each of [`QuoteField::KNOWN`].
    known: [u64; WORDS],
    /// The names of all others, if there are any: most sets have none, and then they cost nothing,
    /// neither to make nor to drop. Never empty.
    other: Option<BTreeSet<Text<'static>>>,
}

/// Words for all known fields.
const WORDS: usize = QuoteField::KNOWN.len().div_ceil(64);

impl QuoteFields {
    /// Adds a field.
    pub fn insert(&mut self, field: QuoteField<'_>) {
        match field {
            QuoteField::Other(name) => self.insert_other(name),
            known => self.insert_known(known.known().unwrap_or(usize::MAX)),
        }
    }

    /// Adds the field at a place of [`QuoteField::KNOWN`].
    #[inline]
    pub(crate) fn insert_known(&mut self, place: usize) {
        if let Some(word) = self.known.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    /// Adds a field whose name is not known here.
    pub(crate) fn insert_other(&mut self, name: Text<'_>) {
        if !self.has_other(&name) {
            let other = self.other.get_or_insert_default();
            other.insert(name.into_owned());
        }
    }

    /// Whether a field is among them.
    #[must_use]
    pub fn contains(&self, field: &QuoteField<'_>) -> bool {
        match field {
            QuoteField::Other(name) => self.has_other(name),
            known => known.known().is_some_and(|place| self.has(place)),
        }
    }

    fn has_other(&self, name: &Text<'_>) -> bool {
        self.other.as_ref().is_some_and(|other| {
            let other: &BTreeSet<Text<'_>> = other;
            other.contains(name)
        })
    }

    fn has(&self, place: usize) -> bool {
        let word = self.known.get(place / 64).copied().unwrap_or_default();
        word >> (place % 64) & 1 == 1
    }

    /// The fields: those with a name in [`QuoteField`] in its order, then the others by name.
    pub fn iter(&self) -> impl Iterator<Item = QuoteField<'_>> {
        let known = QuoteField::KNOWN.iter().enumerate();
        let known = known.filter(|(place, _)| self.has(*place));
        let other = self.other.iter().flat_map(|other| other.iter());
        let other = other.map(|name| name.as_str().into());
        known
            .map(|(_, field)| field.clone())
            .chain(other.map(QuoteField::Other))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let known: u32 = self.known.iter().map(|word| word.count_ones()).sum();
        self.other.as_ref().map_or(0, BTreeSet::len) + known as usize
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known == [0; WORDS] && self.other.is_none()
    }
}

impl<'a> FromIterator<QuoteField<'a>> for QuoteFields {
    fn from_iter<I: IntoIterator<Item = QuoteField<'a>>>(fields: I) -> Self {
        let mut set = Self::default();
        fields.into_iter().for_each(|field| set.insert(field));
        set
    }
}

impl fmt::Debug for QuoteFields {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.iter()).finish()
    }
}

/// A list of names.
impl Serialize for QuoteFields {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for QuoteFields {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(source)?;
        Ok(names.into_iter().map(QuoteField::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_each_field_once_in_order() {
        let other = |name: &'static str| QuoteField::Other(name.into());
        let mut set: QuoteFields = [other("z"), QuoteField::Bid, other("a")]
            .into_iter()
            .collect();
        assert!(!set.is_empty() && QuoteFields::default().is_empty());
        for field in QuoteField::KNOWN {
            set.insert(field.clone());
        }
        set.insert(other("z"));
        let all: Vec<QuoteField<'_>> = set.iter().collect();
        let (known, others) = all.split_at(QuoteField::KNOWN.len());
        assert_eq!(known, QuoteField::KNOWN);
        assert_eq!(others, [other("a"), other("z")]);
        assert_eq!(set.len(), all.len());
        assert!(set.contains(&QuoteField::Last) && set.contains(&other("a")));
        let bid: QuoteFields = [QuoteField::Bid].into_iter().collect();
        assert!(!bid.contains(&QuoteField::Ask) && !bid.contains(&other("a")));
        assert_eq!((bid.len(), format!("{bid:?}")), (1, "{Bid}".to_owned()));
        assert_eq!(serde_json::to_string(&bid).unwrap(), r#"["bid"]"#);
        let json = serde_json::to_string(&set).unwrap();
        assert_eq!(serde_json::from_str::<QuoteFields>(&json).unwrap(), set);
    }
}
