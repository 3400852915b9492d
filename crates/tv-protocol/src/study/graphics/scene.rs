//! What is drawn at present.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use super::{EraseAction, GraphicsCommands, GraphicsKind, Primitive};
use crate::time::Timestamp;

/// The most drawings that a scene holds. The server's scripts may hold some hundreds of a kind.
pub const MAX_PRIMITIVES: usize = 65_536;

/// Bars with this index or a lower one are not among those that are loaded.
pub const OFF_WINDOW: i64 = -1_000_000;

/// Names a drawing of a study.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PrimitiveId {
    /// The kind.
    pub kind: GraphicsKind,
    /// The style, which the description of the study declares; empty if the server names none.
    pub style: String,
    /// The id. It is opaque: after the study was computed anew, the same drawing has another.
    pub id: i64,
}

/// The drawings of a study.
///
/// ```
/// use tv_protocol::study::graphics::{Scene, SceneChange};
///
/// let mut scene = Scene::default();
/// let lines = r#"[{"styleId": "lines", "data": [{"id": 1, "x1": 0}]}]"#;
/// let commands = format!(r#"{{"create": {{"dwglines": {lines}}}}}"#);
/// let update = scene.apply(&serde_json::from_str(&commands)?, Some(&[145, 300]));
/// assert!(matches!(&update.changes[..], [SceneChange::Created(id)] if id.id == 1));
/// // The first position is the bar with the index 145.
/// assert_eq!(scene.bar_index(0), Some(145));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    drawings: BTreeMap<PrimitiveId, Primitive>,
    indexes: Vec<i64>,
    /// When the bars of `indexes` open, as far as that was said.
    times: Vec<Option<Timestamp>>,
}

/// A change of a scene.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SceneChange {
    /// The drawing is new.
    Created(PrimitiveId),
    /// The drawing differs from before.
    Changed(PrimitiveId),
    /// The drawing is gone.
    Erased(PrimitiveId),
}

/// What the commands of one message have changed.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SceneUpdate {
    /// The changes. What is erased and created anew without a difference is not among them.
    pub changes: Vec<SceneChange>,
    /// Whether positions name other bars than before.
    pub repositioned: bool,
    /// How many drawings were left out: without an id, or beyond [`MAX_PRIMITIVES`].
    pub left_out: usize,
}

impl Scene {
    /// How many drawings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.drawings.len()
    }

    /// Whether nothing is drawn.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.drawings.is_empty()
    }

    /// A drawing.
    #[must_use]
    pub fn get(&self, id: &PrimitiveId) -> Option<&Primitive> {
        self.drawings.get(id)
    }

    /// All drawings, by kind, style and id.
    pub fn iter(&self) -> impl Iterator<Item = (&PrimitiveId, &Primitive)> {
        self.drawings.iter()
    }

    /// The index of the bar that a position names. It may be past the last bar. `None` if the
    /// position names no bar that is loaded.
    #[must_use]
    pub fn bar_index(&self, position: i64) -> Option<i64> {
        let position = usize::try_from(position).ok()?;
        let index = self.indexes.get(position).copied();
        index.filter(|index| *index > OFF_WINDOW)
    }

    /// When the bar opens that a position names, as [`resolve_times`](Self::resolve_times) found.
    /// `None` for one past the last bar, whose [`bar_index`](Self::bar_index) is known, and for
    /// bars that are not loaded.
    ///
    /// The time stays the same when older bars are loaded and the server numbers all bars anew.
    #[must_use]
    pub fn bar_time(&self, position: i64) -> Option<Timestamp> {
        let position = usize::try_from(position).ok()?;
        self.times.get(position).copied().flatten()
    }

    /// Finds the times of the bars that positions name; `time_of` returns when the bar with an
    /// index opens. A time that was found before stays where it returns `None`, unless the message
    /// since then has named other bars.
    ///
    /// ```
    /// use tv_protocol::{study::graphics::Scene, time::Timestamp};
    ///
    /// let mut scene = Scene::default();
    /// scene.apply(&Default::default(), Some(&[145, 300]));
    /// // There are 300 bars of a minute: the last one has the index 299.
    /// scene.resolve_times(|index| (index < 300).then(|| Timestamp::from_seconds(index * 60)));
    /// assert_eq!(scene.bar_time(0), Some(Timestamp::from_seconds(8_700)));
    /// assert_eq!((scene.bar_time(1), scene.bar_index(1)), (None, Some(300)));
    /// ```
    pub fn resolve_times(&mut self, time_of: impl Fn(i64) -> Option<Timestamp>) {
        self.times.resize(self.indexes.len(), None);
        for (time, index) in self.times.iter_mut().zip(&self.indexes) {
            if let Some(found) = time_of(*index) {
                *time = Some(found);
            }
        }
    }

    /// Applies the commands of one message; `indexes` is the list of bars beside them, or `None`
    /// for no change of it.
    pub fn apply(&mut self, commands: &GraphicsCommands, indexes: Option<&[i64]>) -> SceneUpdate {
        let mut update = SceneUpdate {
            repositioned: self.set_indexes(indexes),
            ..SceneUpdate::default()
        };
        // What the commands touch, as it was before them.
        let mut before: BTreeMap<PrimitiveId, Option<Primitive>> = BTreeMap::new();
        for erase in &commands.erase {
            match (&erase.action, &erase.kind, erase.id) {
                (Some(EraseAction::All), _, _) => {
                    for (id, drawing) in std::mem::take(&mut self.drawings) {
                        before.entry(id).or_insert(Some(drawing));
                    }
                }
                (Some(EraseAction::One), Some(kind), Some(id)) => {
                    self.erase_one(kind, id, &mut before);
                }
                _ => {}
            }
        }
        self.create(commands, &mut before, &mut update);
        for (id, before) in before {
            let change = match (before, self.drawings.get(&id)) {
                (None, Some(_)) => SceneChange::Created(id),
                (Some(_), None) => SceneChange::Erased(id),
                (Some(before), Some(now)) if before != *now => SceneChange::Changed(id),
                _ => continue,
            };
            update.changes.push(change);
        }
        update
    }

    /// What has changed since an earlier state, by kind, style and id.
    #[must_use]
    pub fn changes_since(&self, earlier: &Self) -> Vec<SceneChange> {
        let mut changes = Vec::new();
        for (id, drawing) in &self.drawings {
            match earlier.drawings.get(id) {
                None => changes.push(SceneChange::Created(id.clone())),
                Some(before) if before != drawing => changes.push(SceneChange::Changed(id.clone())),
                Some(_) => {}
            }
        }
        let gone = earlier.drawings.keys();
        let gone = gone.filter(|id| !self.drawings.contains_key(*id));
        changes.extend(gone.cloned().map(SceneChange::Erased));
        changes
    }

    /// Whether positions name the same bars as in another state.
    #[must_use]
    pub fn has_same_positions(&self, other: &Self) -> bool {
        self.indexes == other.indexes
    }

    /// Forgets everything, as before the first values of other inputs. Lists what is erased.
    pub fn clear(&mut self) -> SceneUpdate {
        let erased = std::mem::take(&mut self.drawings).into_keys();
        let changes = erased.map(SceneChange::Erased).collect();
        let repositioned = self.set_indexes(Some(&[]));
        SceneUpdate {
            changes,
            repositioned,
            left_out: 0,
        }
    }

    fn set_indexes(&mut self, indexes: Option<&[i64]>) -> bool {
        let Some(indexes) = indexes.filter(|indexes| *indexes != self.indexes) else {
            return false;
        };
        for (position, time) in self.times.iter_mut().enumerate() {
            if self.indexes.get(position) != indexes.get(position) {
                *time = None;
            }
        }
        self.exchange(indexes);
        true
    }

    fn exchange(&mut self, indexes: &[i64]) {
        self.indexes.clear();
        self.indexes.extend_from_slice(indexes);
        self.times.resize(indexes.len(), None);
    }

    /// Exchanges the list of bars because the server has numbered them anew: each position names
    /// the same bar as before. Returns whether the list differs.
    pub fn renumber(&mut self, indexes: &[i64]) -> bool {
        if indexes == self.indexes {
            return false;
        }
        if indexes.len() != self.indexes.len() {
            self.times.clear();
        }
        self.exchange(indexes);
        true
    }

    fn erase_one(
        &mut self,
        kind: &GraphicsKind,
        id: i64,
        before: &mut BTreeMap<PrimitiveId, Option<Primitive>>,
    ) {
        let is_it = |it: &&PrimitiveId| it.kind == *kind && it.id == id;
        let found: Vec<_> = self.drawings.keys().filter(is_it).cloned().collect();
        for id in found {
            let drawing = self.drawings.remove(&id);
            before.entry(id).or_insert(drawing);
        }
    }

    fn create(
        &mut self,
        commands: &GraphicsCommands,
        before: &mut BTreeMap<PrimitiveId, Option<Primitive>>,
        update: &mut SceneUpdate,
    ) {
        let kinds = commands.create.iter().flat_map(|create| &create.kinds);
        for created in kinds {
            for group in &created.groups {
                for drawing in &group.drawings {
                    let Some(id) = drawing.id() else {
                        update.left_out += 1;
                        continue;
                    };
                    let id = PrimitiveId {
                        kind: created.kind.clone(),
                        style: group.style.clone().unwrap_or_default(),
                        id,
                    };
                    let is_full = self.drawings.len() >= MAX_PRIMITIVES;
                    if is_full && !self.drawings.contains_key(&id) {
                        update.left_out += 1;
                        continue;
                    }
                    let old = self.drawings.insert(id.clone(), drawing.clone());
                    before.entry(id).or_insert(old);
                }
            }
        }
    }

    /// The cells of a table, by row and column. A cell that names another table is not among them.
    #[must_use]
    pub fn cells(&self, table: i64) -> BTreeMap<(i64, i64), &super::TableCell> {
        let cells = self.drawings.values().filter_map(|drawing| match drawing {
            Primitive::TableCell(cell) if cell.table == Some(table) => {
                Some(((cell.row?, cell.column?), cell))
            }
            _ => None,
        });
        cells.collect()
    }

    /// The kinds that are drawn.
    #[must_use]
    pub fn kinds(&self) -> BTreeSet<&GraphicsKind> {
        self.drawings.keys().map(|id| &id.kind).collect()
    }
}

/// A scene as it is written: its list of bars, and its drawings with the fields of the wire.
#[derive(Serialize, Deserialize)]
struct SceneForm {
    indexes: Vec<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    times: Vec<Option<Timestamp>>,
    drawings: Vec<DrawingForm>,
}

#[derive(Serialize, Deserialize)]
struct DrawingForm {
    #[serde(flatten)]
    id: PrimitiveId,
    drawing: Value,
}

impl Serialize for Scene {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let form = |(id, drawing): (&PrimitiveId, &Primitive)| DrawingForm {
            id: id.clone(),
            drawing: drawing.write(),
        };
        let form = SceneForm {
            indexes: self.indexes.clone(),
            times: self.times.clone(),
            drawings: self.drawings.iter().map(form).collect(),
        };
        form.serialize(out)
    }
}

impl<'de> Deserialize<'de> for Scene {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let form = SceneForm::deserialize(source)?;
        if form.drawings.len() > MAX_PRIMITIVES {
            let error = format_args!("more than {MAX_PRIMITIVES} drawings");
            return Err(de::Error::custom(error));
        }
        let drawings = form
            .drawings
            .into_iter()
            .map(|DrawingForm { id, drawing }| {
                let read = Primitive::read(&id.kind, &drawing);
                let (drawing, _) =
                    read.ok_or_else(|| de::Error::custom("a drawing is too deep"))?;
                Ok((id, drawing))
            });
        Ok(Self {
            drawings: drawings.collect::<Result<_, _>>()?,
            times: form.times,
            indexes: form.indexes,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn apply(scene: &mut Scene, commands: Value, indexes: Option<&[i64]>) -> SceneUpdate {
        scene.apply(&serde_json::from_value(commands).unwrap(), indexes)
    }

    fn line(id: i64, level: f64) -> Value {
        json!({"id": id, "level": level})
    }

    fn lines(lines: &[Value]) -> Value {
        json!({"horizlines": [{"styleId": "pocLines", "data": lines}]})
    }

    fn id(id: i64) -> PrimitiveId {
        PrimitiveId {
            kind: GraphicsKind::HorizontalLine,
            style: "pocLines".into(),
            id,
        }
    }

    #[test]
    fn a_whole_state_changes_only_what_differs() {
        let mut scene = Scene::default();
        let all = json!([{"action": "all"}]);
        let state = |lines_: &[Value]| json!({"erase": all, "create": lines(lines_)});
        let update = apply(&mut scene, state(&[line(1, 1.0), line(2, 2.0)]), None);
        let created = [SceneChange::Created(id(1)), SceneChange::Created(id(2))];
        assert_eq!(update.changes, created);
        let update = apply(&mut scene, state(&[line(2, 2.5), line(3, 3.0)]), None);
        let changes = [
            SceneChange::Erased(id(1)),
            SceneChange::Changed(id(2)),
            SceneChange::Created(id(3)),
        ];
        assert_eq!(update.changes, changes);
        let update = apply(&mut scene, state(&[line(2, 2.5), line(3, 3.0)]), None);
        assert_eq!(update, SceneUpdate::default());
        assert_eq!(scene.len(), 2);
    }

    #[test]
    fn differences_are_applied_and_all_is_all_whatever_kind_is_named() {
        let mut scene = Scene::default();
        let create = json!({
            "horizlines": [
                {"styleId": "pocLines", "data": [line(1, 1.0), line(2, 2.0)]},
                {"styleId": "vahLines", "data": [line(1, 9.0)]},
            ],
            "dwglines": [{"styleId": "lines", "data": [{"id": 1}]}],
        });
        apply(&mut scene, json!({"create": create}), None);
        assert_eq!(scene.len(), 4);
        let one = json!({"erase": [{"action": "one", "type": "horizlines", "id": 1}]});
        let update = apply(&mut scene, one.clone(), None);
        assert_eq!((update.changes.len(), scene.len()), (2, 2));
        assert_eq!(apply(&mut scene, one, None), SceneUpdate::default());
        let all = json!({"erase": [{"action": "all", "type": "dwgboxes"}]});
        assert_eq!(apply(&mut scene, all, None).changes.len(), 2);
        assert!(scene.is_empty());
    }

    #[test]
    fn positions_name_bars_through_the_list() {
        let mut scene = Scene::default();
        let update = apply(&mut scene, json!({}), Some(&[145, 300, -2_000_000]));
        assert!(update.repositioned);
        let found: Vec<_> = (-1..4).map(|position| scene.bar_index(position)).collect();
        assert_eq!(found, [None, Some(145), Some(300), None, None]);
        // Older bars have arrived: the same positions name other indexes.
        assert!(!apply(&mut scene, json!({}), None).repositioned);
        assert!(!apply(&mut scene, json!({}), Some(&[145, 300, -2_000_000])).repositioned);
        assert!(apply(&mut scene, json!({}), Some(&[245, 400])).repositioned);
        assert_eq!(scene.bar_index(1), Some(400));
        assert!(scene.clear().repositioned);
        assert_eq!(scene.bar_index(0), None);
    }

    #[test]
    fn a_scene_comes_back_through_serde() {
        let mut scene = Scene::default();
        let create = json!({
            "horizlines": [{"styleId": "pocLines", "data": [line(1, 1.5)]}],
            "moons": [{"data": [{"id": 7, "phase": "full"}]}],
        });
        apply(
            &mut scene,
            json!({"create": create}),
            Some(&[5, -2_000_000]),
        );
        let text = serde_json::to_string(&scene).unwrap();
        assert_eq!(serde_json::from_str::<Scene>(&text).unwrap(), scene);
        assert!(scene.changes_since(&scene.clone()).is_empty());
        assert_eq!(scene.changes_since(&Scene::default()).len(), 2);
        assert_eq!(Scene::default().changes_since(&scene).len(), 2);
    }

    #[test]
    fn what_has_no_id_and_what_does_not_fit_is_counted() {
        let mut scene = Scene::default();
        let update = apply(
            &mut scene,
            json!({"create": lines(&[json!({"level": 1.0}), json!(7), line(1, 1.0)])}),
            None,
        );
        assert_eq!((update.left_out, scene.len()), (2, 1));
        let many: Vec<Value> = (0..=i64::try_from(MAX_PRIMITIVES).unwrap())
            .map(|id| line(id, 0.5))
            .collect();
        let update = apply(&mut scene, json!({"create": lines(&many)}), None);
        assert_eq!((update.left_out, scene.len()), (1, MAX_PRIMITIVES));
    }

    #[test]
    fn cells_find_their_table_whichever_comes_first() {
        let mut scene = Scene::default();
        let cell =
            |id: i64, table: i64, row: i64| json!({"id": id, "tid": table, "row": row, "col": 0});
        let cells = json!({"dwgtablecells": [{"styleId": "tableCells",
            "data": [cell(1, 9, 0), cell(2, 9, 1), cell(3, 8, 0)]}]});
        apply(&mut scene, json!({"create": cells}), None);
        let table = json!({"dwgtables": [{"styleId": "tables", "data": [{"id": 9, "rows": 2}]}]});
        apply(&mut scene, json!({"create": table}), None);
        let rows: Vec<_> = scene.cells(9).into_keys().collect();
        assert_eq!(rows, [(0, 0), (1, 0)]);
        assert_eq!(scene.kinds().len(), 2);
    }
}
