//! What a study erases and creates.

use serde_json::{Map, Value};

use super::{GraphicsKind, Primitive};
use crate::{
    record,
    record::{Field, Item, Place, Reading, Rest, Surprise, SurpriseKind, Why, words},
};

words! {
    /// How much is erased.
    pub enum EraseAction {
        /// Everything, whatever kind is named beside it.
        All = "all",
        /// One drawing, in all styles of its kind.
        One = "one",
    }
}

record! {
    /// A command to erase.
    pub struct Erase {
        /// How much is erased.
        action: Option<EraseAction> = "action",
        /// The kind of the drawing.
        kind: Option<GraphicsKind> = "type",
        /// The id of the drawing.
        id: Option<i64> = "id",
    }
}

record! {
    /// The commands of a study, in the order of the wire: all erasing precedes all creating.
    ///
    /// ```
    /// use tv_protocol::study::graphics::{GraphicsCommands, GraphicsKind, Primitive};
    ///
    /// let commands: GraphicsCommands = serde_json::from_str(
    ///     r#"{"erase": [{"action": "all"}],
    ///         "create": {"horizlines": [
    ///             {"styleId": "pocLines", "data": [{"id": 2, "level": 9.5}]}
    ///         ]}}"#,
    /// )?;
    /// let created = &commands.create.expect("it creates").kinds[0];
    /// assert_eq!(created.kind, GraphicsKind::HorizontalLine);
    /// let Primitive::HorizontalLine(line) = &created.groups[0].drawings[0] else {
    ///     unreachable!("the kind is known");
    /// };
    /// assert_eq!(line.level, Some(9.5));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct GraphicsCommands {
        /// What is erased.
        erase: Vec<Erase> = "erase",
        /// What is created. A drawing whose id exists replaces that one.
        create: Option<Creation> = "create",
    }
}

/// What is created, kind by kind.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Creation {
    /// The kinds.
    pub kinds: Vec<Created>,
}

/// The drawings of one kind that are created.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct Created {
    /// The kind.
    pub kind: GraphicsKind,
    /// The drawings, by style.
    pub groups: Vec<Group>,
}

/// The drawings of one kind and style that are created.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// The style, which the description of the study declares: `pocLines`.
    pub style: Option<String>,
    /// The drawings.
    pub drawings: Vec<Primitive>,
    /// What no field holds, as it came.
    pub rest: Rest,
}

impl Item for Creation {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        let mut kinds = Vec::new();
        let mut all = Reading::Exact;
        for (kind, groups) in value.as_object()? {
            let kind = GraphicsKind::from(kind.as_str());
            let mut read = Vec::new();
            for group in groups.as_array()? {
                let (group, reading) = Group::read(&kind, group)?;
                all = all.and(reading);
                read.push(group);
            }
            kinds.push(Created { kind, groups: read });
        }
        Some((Self { kinds }, all))
    }

    fn write(&self) -> Value {
        let kinds = self.kinds.iter().map(|created| {
            let groups: Vec<Value> = created.groups.iter().map(Group::write).collect();
            (created.kind.as_str().to_owned(), groups.into())
        });
        Value::Object(kinds.collect())
    }

    fn look(&self, place: &Place, out: &mut Vec<Surprise>) {
        for created in &self.kinds {
            let place = place.key(created.kind.as_str());
            if matches!(created.kind, GraphicsKind::Other(_)) {
                out.push(place.surprise(SurpriseKind::UnknownKey));
            }
            for (index, group) in created.groups.iter().enumerate() {
                group.look(&place.index(index), out);
            }
        }
    }
}

impl Group {
    fn read(kind: &GraphicsKind, value: &Value) -> Option<(Self, Reading)> {
        let mut group = Self::default();
        for (key, value) in value.as_object()? {
            let why = match (key.as_str(), value) {
                ("styleId", Value::String(style)) => {
                    group.style = Some(style.clone());
                    continue;
                }
                ("data", Value::Array(drawings)) => {
                    let mut all = Reading::Exact;
                    for drawing in drawings {
                        let (drawing, reading) = Primitive::read(kind, drawing)?;
                        all = all.and(reading);
                        group.drawings.push(drawing);
                    }
                    match all {
                        Reading::Exact if !drawings.is_empty() => continue,
                        Reading::Exact | Reading::Reformed => Why::Reformed,
                        Reading::Odd => Why::Odd,
                    }
                }
                ("styleId" | "data", _) => Why::Odd,
                _ => Why::Unknown,
            };
            group.rest.keep(key, value, why);
        }
        Some((group, Reading::Exact))
    }

    fn write(&self) -> Value {
        let mut fields = Map::new();
        if let Some(style) = Field::write(&self.style) {
            fields.insert("styleId".to_owned(), style);
        }
        if !self.drawings.is_empty() && !self.rest.has("data") {
            let drawings: Vec<Value> = self.drawings.iter().map(Primitive::write).collect();
            fields.insert("data".to_owned(), drawings.into());
        }
        self.rest.write(&mut fields);
        Value::Object(fields)
    }

    fn look(&self, place: &Place, out: &mut Vec<Surprise>) {
        for (index, drawing) in self.drawings.iter().enumerate() {
            drawing.look(&place.key("data").index(index), out);
        }
        self.rest.look(place, out);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        record::Decoded,
        study::graphics::{Align, Color, LabelStyle, TextSize},
    };

    fn read(value: &Value) -> GraphicsCommands {
        serde_json::from_value(value.clone()).unwrap()
    }

    #[test]
    fn drawings_are_typed_by_their_kind_and_written_again() {
        let value = json!({
            "erase": [{"action": "all"}, {"action": "one", "type": "dwglines", "id": 7}],
            "create": {
                "dwglabels": [{"styleId": "labels", "data": [
                    {"id": 1, "x": 3, "y": 10.5, "yl": "ab", "t": "Hi", "st": "lup", "ci": 2.0,
                     "tci": null, "sz": 12, "ta": "center", "tt": ""},
                    {"id": 3, "x": null, "y": 1, "st": "new", "ci": "#FF7600", "sz": "auto"},
                ]}],
                "dwgtablecells": [{"styleId": "tableCells", "data": [
                    {"id": 1, "tid": 9, "row": 0, "col": 1, "t": "x", "w": null, "bgc": 5},
                ]}],
                "dwgpolylines": [{"styleId": "polylines", "data": [{"id": 4, "points": [{"x": null}]}]}],
                "moons": [{"styleId": "m", "data": [{"id": 1}, 5], "more": 1}],
                "hlines": [],
            },
            "isNew": true,
        });
        let commands = read(&value);
        assert_eq!(serde_json::to_value(&commands).unwrap(), value);
        let surprises: Vec<_> = commands
            .surprises()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            surprises,
            [
                "create.hlines: is not a known key",
                "create.moons: is not a known key",
                "create.moons[0].more: is not a known key",
                "isNew: is not a known key",
            ]
        );
        assert_eq!(commands.erase[1].id, Some(7));
        let create = commands.create.unwrap();
        let labels = &create.kinds[0].groups[0];
        let Primitive::Label(label) = &labels.drawings[0] else {
            panic!("{labels:?}");
        };
        assert_eq!(label.color, Some(Color::Number(2)));
        assert_eq!(
            (label.style.clone(), label.align.clone()),
            (Some(LabelStyle::LabelUp), Some(Align::Center))
        );
        assert_eq!(label.size, Some(TextSize::Points(12.0)));
        let Primitive::Label(label) = &labels.drawings[1] else {
            panic!("{labels:?}");
        };
        assert_eq!(
            (label.x, label.style.clone()),
            (None, Some(LabelStyle::Other("new".into())))
        );
    }

    #[test]
    fn commands_of_another_shape_are_kept() {
        for value in [
            json!({}),
            json!({"erase": {"action": "all"}}),
            json!({"create": {"dwglines": {"id": 1}}}),
            json!({"create": {"dwglines": [5]}}),
            json!({"create": {"dwglines": [{"styleId": 5, "data": {"id": 1}}]}}),
            json!({"create": {"dwglines": [{"styleId": "lines", "data": [[1]]}]}}),
            json!({"create": {"dwglines": [{"styleId": "lines", "data": [{"id": "1", "x1": {}}]}]}}),
        ] {
            assert_eq!(serde_json::to_value(read(&value)).unwrap(), value);
        }
    }
}
