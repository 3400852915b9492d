//! What a study has drawn, and the commands that lead from one drawing to the next.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// An item of a drawing: the group that it is styled with, and its fields without the id.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    /// The name of the style; empty for what scripts draw, which carries its own.
    pub(super) style: &'static str,
    /// An object.
    pub(super) fields: Value,
}

/// The items of one type, by id.
pub(super) type Items = BTreeMap<i64, Item>;

/// The bars that a drawing refers to. Its items name a bar by its place in this list, so places
/// never change.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    indexes: Vec<i64>,
    known: BTreeMap<i64, usize>,
    reported: usize,
}

impl Places {
    /// The place of a bar.
    pub(super) fn of(&mut self, index: i64) -> usize {
        *self.known.entry(index).or_insert_with(|| {
            self.indexes.push(index);
            self.indexes.len() - 1
        })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.indexes.len()
    }

    /// All of them, if some were not reported yet or all must be.
    pub(super) fn tell(&mut self, all: bool) -> Option<Vec<i64>> {
        let news = self.reported != self.indexes.len();
        self.reported = self.indexes.len();
        (news || all).then(|| self.indexes.clone())
    }
}

/// What a client shows now.
#[derive(Debug, Clone, Default)]
pub(super) struct Scene(BTreeMap<&'static str, Items>);

/// `graphicsCmds`: what to erase, and then what to create.
#[derive(Debug, Default)]
pub(super) struct Commands {
    erase: Vec<Value>,
    create: Map<String, Value>,
}

impl Scene {
    /// Shows other items of a type than before, and emits only the changes.
    pub(super) fn show(&mut self, kind: &'static str, items: Items, commands: &mut Commands) {
        let before = self.0.insert(kind, items).unwrap_or_default();
        let Some(items) = self.0.get(kind) else {
            return;
        };
        let gone: Vec<i64> = before
            .iter()
            .filter(|(id, item)| items.get(id) != Some(item))
            .map(|(id, _)| *id)
            .collect();
        if gone.len() > 1 && gone.len() == before.len() {
            commands
                .erase
                .push(json!({ "action": "all", "type": kind }));
        } else {
            let one = |id| json!({ "action": "one", "type": kind, "id": id });
            commands.erase.extend(gone.into_iter().map(one));
        }
        let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (id, item) in items
            .iter()
            .filter(|(id, item)| before.get(id) != Some(item))
        {
            let mut fields = item.fields.clone();
            if let Some(fields) = fields.as_object_mut() {
                fields.insert("id".into(), json!(id));
            }
            groups.entry(item.style).or_default().push(fields);
        }
        if !groups.is_empty() {
            let group = |(style, data): (&str, Vec<Value>)| match style {
                "" => json!({ "data": data }),
                style => json!({ "styleId": style, "data": data }),
            };
            commands
                .create
                .insert(kind.into(), groups.into_iter().map(group).collect());
        }
    }

    /// Forgets everything, and emits its erasure.
    pub(super) fn clear(&mut self, commands: &mut Commands) {
        self.0.clear();
        commands.erase.push(json!({ "action": "all" }));
    }
}

impl Commands {
    /// The commands as the text of `ns.d`; nothing if there is nothing to do.
    pub(super) fn text(self) -> String {
        let mut commands = Map::new();
        if !self.erase.is_empty() {
            commands.insert("erase".into(), Value::Array(self.erase));
        }
        if !self.create.is_empty() {
            commands.insert("create".into(), Value::Object(self.create));
        }
        if commands.is_empty() {
            return String::new();
        }
        json!({ "graphicsCmds": commands }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(of: &[(i64, i64)]) -> Items {
        let item = |value: i64| Item {
            style: if value < 0 { "low" } else { "" },
            fields: json!({ "y": value }),
        };
        of.iter().map(|(id, value)| (*id, item(*value))).collect()
    }

    fn reported(scene: &mut Scene, of: &[(i64, i64)]) -> Value {
        let mut commands = Commands::default();
        scene.show("dwglabels", items(of), &mut commands);
        let text = commands.text();
        if text.is_empty() {
            return Value::Null;
        }
        serde_json::from_str::<Value>(&text).unwrap()["graphicsCmds"].take()
    }

    #[test]
    fn only_changes_are_reported() {
        let mut scene = Scene::default();
        let first = reported(&mut scene, &[(1, 10), (2, -20), (3, 30)]);
        let groups = json!([
            { "data": [{ "id": 1, "y": 10 }, { "id": 3, "y": 30 }] },
            { "styleId": "low", "data": [{ "id": 2, "y": -20 }] },
        ]);
        assert_eq!(first, json!({ "create": { "dwglabels": groups } }));
        assert_eq!(
            reported(&mut scene, &[(1, 10), (2, -20), (3, 30)]),
            Value::Null
        );
        let second = reported(&mut scene, &[(2, -20), (3, 31), (4, 40)]);
        let erase = json!([
            { "action": "one", "type": "dwglabels", "id": 1 },
            { "action": "one", "type": "dwglabels", "id": 3 },
        ]);
        let create = json!([{ "data": [{ "id": 3, "y": 31 }, { "id": 4, "y": 40 }] }]);
        assert_eq!(
            second,
            json!({ "erase": erase, "create": { "dwglabels": create } })
        );
        let third = reported(&mut scene, &[(5, 50)]);
        assert_eq!(
            third["erase"],
            json!([{ "action": "all", "type": "dwglabels" }])
        );
    }

    #[test]
    fn places_stay_and_are_reported_once() {
        let mut places = Places::default();
        assert_eq!((places.of(-7), places.of(3), places.of(-7)), (0, 1, 0));
        assert_eq!(places.tell(false), Some(vec![-7, 3]));
        assert_eq!(places.tell(false), None);
        assert_eq!(places.tell(true), Some(vec![-7, 3]));
        assert_eq!((places.of(9), places.len()), (2, 3));
        assert_eq!(places.tell(false), Some(vec![-7, 3, 9]));
    }
}
