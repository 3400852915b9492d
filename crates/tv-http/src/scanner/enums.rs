//! Lists of allowed values with their names.

use std::collections::BTreeMap;

use protocol::json::Json;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{
    json::{
        Decoded, Field, Item, Place, Reading, Rest, Surprise, Why, from_item, record, surprises,
        to_item,
    },
    wire::{Answer, AnswerError, Endpoint, Host, Request, RequestError},
};

/// Asks for the values of text columns with the names that are shown for them. Ids that were seen:
/// `exchange`, `technical_rating`, `blockchain-id`, `crypto_common_categories`,
/// `crypto_blockchain_ecosystems`, `crypto_consensus_algorithms`. An unknown one is left out.
///
/// ```
/// use tv_http::{scanner::EnumLists, wire::{Answer, Endpoint}};
///
/// let question = EnumLists::new(["technical_rating"]);
/// assert_eq!(question.request()?.target(), "/enum/ordered?id=technical_rating&lang=en");
/// let body = r#"{"technical_rating":[{"id":"Buy","name":"Buy","options":{}}]}"#;
/// let lists = question.parse(&Answer::new(200, body))?;
/// assert_eq!(lists.get("technical_rating")[0].name.as_deref(), Some("Buy"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumLists {
    ids: Vec<String>,
    language: String,
}

/// Lists of allowed values, by their ids.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnumTables {
    /// The lists.
    pub lists: BTreeMap<String, Vec<EnumItem>>,
    /// What is not a list, as it came.
    pub rest: Rest,
}

impl EnumTables {
    /// A list by its id; empty if the server has none.
    #[must_use]
    pub fn get(&self, id: &str) -> &[EnumItem] {
        self.lists.get(id).map_or(&[], Vec::as_slice)
    }
}

impl Item for EnumTables {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        let mut tables = Self::default();
        for (id, value) in value.as_object()? {
            let (list, reading): (Vec<EnumItem>, Reading) = Field::read(value);
            match reading {
                Reading::Exact => {}
                Reading::Reformed => tables.rest.keep(id, value, Why::Reformed),
                Reading::Odd => tables.rest.keep(id, value, Why::Odd),
            }
            tables.lists.insert(id.clone(), list);
        }
        Some((tables, Reading::Exact))
    }

    fn write(&self) -> Value {
        let mut fields = Map::new();
        for (id, list) in &self.lists {
            fields.insert(id.clone(), Item::write(list));
        }
        self.rest.write(&mut fields);
        Value::Object(fields)
    }

    fn look(&self, place: &Place, out: &mut Vec<Surprise>) {
        Item::look(&self.lists, place, out);
        self.rest.look(place, out);
    }
}

impl Decoded for EnumTables {
    fn surprises(&self) -> Vec<Surprise> {
        surprises(self)
    }
}

impl Serialize for EnumTables {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        to_item(self, out)
    }
}

impl<'de> Deserialize<'de> for EnumTables {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        from_item(source, "an object")
    }
}

record! {
    /// An allowed value.
    pub struct EnumItem {
        /// The value.
        id: Option<String> = "id",
        /// What is shown for it.
        name: Option<String> = "name",
        /// Not known; an empty object so far.
        options: Option<Json> = "options",
    }
}

impl EnumLists {
    /// Asks for lists by their ids.
    #[must_use]
    pub fn new(ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            ids: ids.into_iter().map(Into::into).collect(),
            language: "en".to_owned(),
        }
    }

    /// The language of the names, as two letters; `en` by default.
    #[must_use]
    pub fn language(self, language: impl Into<String>) -> Self {
        Self {
            language: language.into(),
            ..self
        }
    }
}

impl Endpoint for EnumLists {
    type Output = EnumTables;

    fn request(&self) -> Result<Request, RequestError> {
        Ok(Request::get(Host::Scanner, "/enum/ordered")
            .with("id", self.ids.join(","))
            .with("lang", &self.language))
    }

    fn parse(&self, answer: &Answer) -> Result<EnumTables, AnswerError> {
        answer.json()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_a_list_is_kept() {
        let value = json!({"a": [{"id": "x"}, 5], "b": null, "c": [], "d": [{"name": "y"}]});
        let tables: EnumTables = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(tables.get("a")[0].id.as_deref(), Some("x"));
        assert!(tables.get("b").is_empty() && tables.get("missing").is_empty());
        assert_eq!(tables.rest.odd().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(serde_json::to_value(&tables).unwrap(), value);
    }
}
