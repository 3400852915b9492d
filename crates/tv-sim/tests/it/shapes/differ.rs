//! Shapes of JSON: which types stand under which keys, and in what two shapes differ.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The shape of one value, or of many that stand for the same thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The scalar types that were seen. Whole numbers and fractions are one type: the server writes
    /// the same field either way.
    scalars: BTreeSet<&'static str>,
    list: Option<List>,
    record: Option<Record>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct List {
    /// The shape of all elements together.
    items: Box<Shape>,
    /// The number of elements, where it says what they are: in rows.
    row: BTreeSet<usize>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Record {
    fields: BTreeMap<String, Field>,
    /// How many objects were seen.
    seen: usize,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Field {
    shape: Shape,
    /// In how many of the objects it stood.
    seen: usize,
}

/// Keys whose value is a list in which each place has a meaning.
const ROWS: &[&str] = &["v", "value"];
/// Keys whose value is an object that is keyed by names of data, not by fields.
const MAPS: &[&str] = &[
    "inputs",
    "styles",
    "graphics",
    "palettes",
    "offsets",
    "offset",
    "create",
    "broker_names",
];

impl Shape {
    /// The shape of a value that stands under a key.
    pub(crate) fn of(key: &str, value: &Value) -> Self {
        let mut shape = Self::default();
        match value {
            Value::Null => {}
            Value::Bool(_) => drop(shape.scalars.insert("boolean")),
            Value::Number(_) => drop(shape.scalars.insert("number")),
            // Text that holds JSON is looked into; no text has no shape, just as a null.
            Value::String(text) if key == "d" => {
                if let Ok(inner) = serde_json::from_str::<Value>(text) {
                    return Self::of("", &inner);
                }
            }
            Value::String(_) => drop(shape.scalars.insert("text")),
            // Parameters are fields without names.
            Value::Array(items) if key == "p" => {
                let named = items.iter().enumerate();
                let named = named.map(|(at, item)| (at.to_string(), item.clone()));
                return Self::of("", &Value::Object(named.collect()));
            }
            Value::Array(items) => {
                let row = ROWS.contains(&key) || key == "marks/";
                let inner = format!("{key}/");
                let mut list = List::default();
                for item in items {
                    list.items.merge(Self::of(&inner, item));
                }
                if row {
                    list.row.insert(items.len());
                }
                shape.list = Some(list);
            }
            Value::Object(map) => {
                let mut record = Record {
                    seen: 1,
                    ..Record::default()
                };
                for (name, value) in map {
                    let known = if MAPS.contains(&key) { "*" } else { name };
                    let field = record.fields.entry(known.to_owned()).or_default();
                    field.shape.merge(Self::of(known, value));
                    field.seen = 1;
                }
                shape.record = Some(record);
            }
        }
        shape
    }

    /// Takes in the shape of another value that stands for the same thing.
    pub(crate) fn merge(&mut self, other: Self) {
        self.scalars.extend(other.scalars);
        if let Some(theirs) = other.list {
            let ours = self.list.get_or_insert_default();
            ours.items.merge(*theirs.items);
            ours.row.extend(theirs.row);
        }
        if let Some(theirs) = other.record {
            let ours = self.record.get_or_insert_default();
            ours.seen += theirs.seen;
            for (name, field) in theirs.fields {
                let known = ours.fields.entry(name).or_default();
                known.shape.merge(field.shape);
                known.seen += field.seen;
            }
        }
    }

    /// The shape of a field, if it is an object that has it.
    pub(crate) fn at(&self, field: &str) -> Option<&Self> {
        Some(&self.record.as_ref()?.fields.get(field)?.shape)
    }

    /// Nothing is known of it: only nulls and empty texts were seen.
    pub(crate) fn is_unknown(&self) -> bool {
        self.scalars.is_empty() && self.list.is_none() && self.record.is_none()
    }

    /// In what `said` differs from what was recorded. Fields that not all recorded objects have may
    /// be there or not; a null and an empty list fit anything.
    pub(crate) fn differences(&self, said: &Self, path: &str, found: &mut Vec<String>) {
        if self.is_unknown() || said.is_unknown() {
            return;
        }
        for scalar in said.scalars.difference(&self.scalars) {
            found.push(format!("{path}: {scalar}, recorded is {}", self.name()));
        }
        match (&self.list, &said.list) {
            (Some(ours), Some(theirs)) => {
                ours.items
                    .differences(&theirs.items, &format!("{path}[]"), found);
                if !ours.row.is_empty() && !theirs.row.is_subset(&ours.row) {
                    found.push(format!(
                        "{path}: rows of {:?}, recorded are {:?}",
                        theirs.row, ours.row
                    ));
                }
            }
            (None, Some(_)) => found.push(format!("{path}: a list, recorded is {}", self.name())),
            _ => {}
        }
        match (&self.record, &said.record) {
            (Some(ours), Some(theirs)) => ours.differences(theirs, path, found),
            (None, Some(_)) => {
                found.push(format!("{path}: an object, recorded is {}", self.name()));
            }
            _ => {}
        }
    }

    fn name(&self) -> String {
        let mut names: Vec<&str> = self.scalars.iter().copied().collect();
        names.extend(self.list.as_ref().map(|_| "list"));
        names.extend(self.record.as_ref().map(|_| "object"));
        names.join(" or ")
    }
}

impl Record {
    fn differences(&self, said: &Self, path: &str, found: &mut Vec<String>) {
        for (name, field) in &self.fields {
            match said.fields.get(name) {
                Some(theirs) => {
                    field
                        .shape
                        .differences(&theirs.shape, &format!("{path}.{name}"), found);
                }
                None if field.seen == self.seen => found.push(format!("{path}.{name}: missing")),
                None => {}
            }
        }
        for name in said.fields.keys() {
            if !self.fields.contains_key(name) {
                found.push(format!("{path}.{name}: not recorded"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differences(recorded: &[Value], said: &Value) -> Vec<String> {
        let mut shape = Shape::default();
        recorded
            .iter()
            .for_each(|value| shape.merge(Shape::of("", value)));
        let mut found = Vec::new();
        shape.differences(&Shape::of("", said), "", &mut found);
        found
    }

    #[test]
    fn values_do_not_matter_and_types_do() {
        let recorded = json!({ "a": 1, "b": [{ "v": [1.0, 2] }], "c": null, "d": "" });
        let same = json!({ "a": 2.5, "b": [{ "v": [0, 0] }, { "v": [1, 1] }], "c": "x", "d": "" });
        assert_eq!(
            differences(std::slice::from_ref(&recorded), &same),
            Vec::<String>::new()
        );
        for (said, difference) in [
            (
                json!({ "a": "1", "b": [], "c": 1, "d": "" }),
                ".a: text, recorded is number",
            ),
            (json!({ "b": [], "c": 1, "d": "" }), ".a: missing"),
            (
                json!({ "a": 1, "b": [], "c": 1, "d": "", "e": 1 }),
                ".e: not recorded",
            ),
            (
                json!({ "a": 1, "b": [{ "v": [1] }], "c": 1, "d": "" }),
                ".b[].v: rows of {1}, recorded are {2}",
            ),
            (
                json!({ "a": [1], "b": [], "c": 1, "d": "" }),
                ".a: a list, recorded is number",
            ),
        ] {
            assert_eq!(
                differences(std::slice::from_ref(&recorded), &said),
                [difference]
            );
        }
    }

    #[test]
    fn what_some_have_is_optional_and_names_of_data_are_not_fields() {
        let recorded = [json!({ "a": 1, "b": 2 }), json!({ "a": 1 })];
        assert_eq!(
            differences(&recorded, &json!({ "a": 1 })),
            Vec::<String>::new()
        );
        let recorded = [json!({ "inputs": { "length": { "x": 1 } } })];
        assert_eq!(
            differences(&recorded, &json!({ "inputs": { "source": { "x": 2 } } })),
            Vec::<String>::new()
        );
        assert_eq!(
            differences(&recorded, &json!({ "inputs": { "source": { "x": "2" } } })),
            [".inputs.*.x: text, recorded is number"]
        );
    }

    #[test]
    fn json_inside_of_text_is_looked_into() {
        let recorded = [json!({ "d": r#"{"x":[{"id":1}]}"# })];
        assert_eq!(
            differences(&recorded, &json!({ "d": r#"{"x":[{"id":"1"}]}"# })),
            [".x[].id: text, recorded is number"].map(|line| line.replace(".x", ".d.x"))
        );
        assert_eq!(
            differences(&recorded, &json!({ "d": "" })),
            Vec::<String>::new()
        );
    }
}
