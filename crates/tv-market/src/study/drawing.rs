//! Studies that draw: what they have drawn, and what changes with each bar.

use super::{
    profile::profile,
    scene::{Commands, Items, Places, Scene},
    shapes,
};
use crate::study::bar::Bar;

/// How many bars the drawing script looks back.
const LOOKBACK: usize = 300;
/// How many bars a volume profile may cover.
const MAX_PROFILE: usize = 20_000;
/// How many session breaks are drawn at most, seen from the newest bar.
const MAX_BREAKS: usize = 200;
/// After references to this number of bars, all is drawn anew, so that the list of bars stays
/// short.
const MAX_PLACES: usize = 2_000;

/// What a study draws.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Motif {
    /// Every kind of graphics.
    All,
    /// Where days begin.
    Sessions,
    /// A volume profile over a stretch of time, in seconds UTC.
    Profile {
        rows: usize,
        from: i64,
        to: i64,
        share: f64,
    },
}

/// A drawing as far as it has come.
#[derive(Debug, Clone)]
pub(super) struct Drawing {
    motif: Motif,
    closed: Vec<Bar>,
    scene: Scene,
    places: Places,
    begun: bool,
}

/// Graphics commands, and the list of bars they refer to where that has changed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stroke {
    pub(super) commands: String,
    pub(super) indexes: Option<Vec<i64>>,
}

impl Drawing {
    /// An empty sheet.
    pub(super) fn new(motif: Motif) -> Self {
        Self {
            motif,
            closed: Vec::new(),
            scene: Scene::default(),
            places: Places::default(),
            begun: false,
        }
    }

    /// Takes in a bar that has closed.
    pub(super) fn close(&mut self, bar: &Bar) {
        let keep = match self.motif {
            Motif::Profile { from, to, .. } => {
                if !(from..=to).contains(&bar.time) {
                    return;
                }
                MAX_PROFILE
            }
            Motif::Sessions => MAX_PROFILE,
            Motif::All => LOOKBACK,
        };
        // Dropped in lumps, so that it need not be done for each bar.
        if self.closed.len() >= keep + keep / 4 {
            self.closed.drain(..self.closed.len() - keep);
        }
        self.closed.push(*bar);
    }

    /// Draws anew what the closed bars have changed.
    pub(super) fn redraw(&mut self, open: Option<&Bar>) -> Stroke {
        let mut commands = Commands::default();
        if !self.begun || self.places.len() > MAX_PLACES {
            self.begun = true;
            self.places = Places::default();
            self.scene.clear(&mut commands);
        }
        match self.motif {
            Motif::All => self.draw_all(open, &mut commands),
            Motif::Sessions => {
                let mut breaks = shapes::session_breaks(&self.closed, &mut self.places);
                while breaks.len() > MAX_BREAKS {
                    breaks.pop_first();
                }
                self.scene.show("vertlines", breaks, &mut commands);
            }
            Motif::Profile {
                rows, share, to, ..
            } => {
                let open = open.filter(|bar| bar.time <= to);
                self.draw_profile(rows, share, open, &mut commands);
            }
        }
        Stroke {
            commands: commands.text(),
            indexes: self.places.tell(true),
        }
    }

    /// Draws anew what depends on the bar that is still open.
    pub(super) fn touch(&mut self, open: &Bar) -> Stroke {
        let mut commands = Commands::default();
        if self.motif == Motif::All {
            self.scene
                .show("dwgtablecells", shapes::cells(open), &mut commands);
        }
        Stroke {
            commands: commands.text(),
            indexes: self.places.tell(false),
        }
    }

    fn draw_all(&mut self, open: Option<&Bar>, commands: &mut Commands) {
        let (places, scene) = (&mut self.places, &mut self.scene);
        let bars = self
            .closed
            .get(self.closed.len().saturating_sub(LOOKBACK)..)
            .unwrap_or_default();
        let pivots = shapes::pivots(bars);
        let rows = profile(bars.iter(), 24, 0.7);
        let ends = bars.first().zip(bars.last());
        let ends = ends.map(|(first, last)| (places.of(first.index), places.of(last.index)));
        let histogram = ends
            .map(|ends| shapes::histogram(&rows, ends))
            .unwrap_or_default();
        scene.show("dwglabels", shapes::labels(&pivots, places), commands);
        scene.show("dwglines", shapes::lines(&pivots, places), commands);
        scene.show("dwglinefills", shapes::fills(&pivots), commands);
        scene.show("dwgpolylines", shapes::polyline(&pivots, places), commands);
        scene.show("dwgboxes", shapes::boxes(bars, places), commands);
        scene.show("dwgtables", shapes::table(), commands);
        scene.show("horizlines", shapes::levels(bars, places), commands);
        scene.show("polygons", shapes::triangle(&pivots, places), commands);
        scene.show("hhists", histogram, commands);
        scene.show("vertlines", shapes::session_breaks(bars, places), commands);
        scene.show("backgrounds", shapes::mornings(bars, places), commands);
        let cells = open
            .or_else(|| bars.last())
            .map(shapes::cells)
            .unwrap_or_default();
        scene.show("dwgtablecells", cells, commands);
    }

    fn draw_profile(
        &mut self,
        rows: usize,
        share: f64,
        open: Option<&Bar>,
        commands: &mut Commands,
    ) {
        let bars = self.closed.iter().chain(open);
        let rows = profile(bars.clone(), rows, share);
        let (Some(first), Some(last)) = (bars.clone().next(), bars.last()) else {
            return;
        };
        let ends = (self.places.of(first.index), self.places.of(last.index));
        let level = shapes::point_of_control(&rows);
        let poc: Items = level
            .map(|level| (1, shapes::level_line(ends, level)))
            .into_iter()
            .collect();
        let corner =
            |place: usize, level: f64| serde_json::json!({ "index": place, "level": level });
        let frame: Items = rows
            .first()
            .zip(rows.last())
            .map(|(bottom, top)| {
                let corners = vec![
                    corner(ends.0, bottom.low),
                    corner(ends.0, top.high),
                    corner(ends.1, top.high),
                    corner(ends.1, bottom.low),
                ];
                (1, shapes::polygon(corners))
            })
            .into_iter()
            .collect();
        self.scene
            .show("hhists", shapes::histogram(&rows, ends), commands);
        self.scene.show("horizlines", poc, commands);
        self.scene.show("polygons", frame, commands);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;

    fn bar(index: i64) -> Bar {
        let middle = 100.0 + 10.0 * (index as f64 * 0.37).sin() + 3.0 * (index as f64 * 1.9).cos();
        Bar {
            index,
            date: 0,
            time: 1_790_000_100 / 900 * 900 + index * 900,
            open: middle - 0.5,
            high: middle + 1.0,
            low: middle - 1.0,
            close: middle + 0.5,
            volume: 10.0,
        }
    }

    /// What a client shows after some commands: type and id to item.
    #[derive(Default, PartialEq, Debug, Clone)]
    struct Shown(BTreeMap<(String, i64), Value>);

    impl Shown {
        fn apply(&mut self, text: &str) {
            if text.is_empty() {
                return;
            }
            let commands = serde_json::from_str::<Value>(text).unwrap()["graphicsCmds"].take();
            for erase in commands["erase"].as_array().into_iter().flatten() {
                match (erase["action"].as_str().unwrap(), erase["type"].as_str()) {
                    ("all", None) => self.0.clear(),
                    ("all", Some(kind)) => self.0.retain(|(of, _), _| of != kind),
                    ("one", Some(kind)) => {
                        let id = erase["id"].as_i64().unwrap();
                        assert!(self.0.remove(&(kind.to_owned(), id)).is_some(), "{erase}");
                    }
                    other => panic!("{other:?}"),
                }
            }
            for (kind, groups) in commands["create"].as_object().into_iter().flatten() {
                for item in groups
                    .as_array()
                    .unwrap()
                    .iter()
                    .flat_map(|group| group["data"].as_array().unwrap())
                {
                    let id = item["id"].as_i64().unwrap();
                    let new = self.0.insert((kind.clone(), id), item.clone()).is_none();
                    assert!(new, "{kind} {id} is created twice");
                }
            }
        }

        fn of(&self, kind: &str) -> Vec<&Value> {
            self.0
                .iter()
                .filter(|((of, _), _)| of == kind)
                .map(|(_, item)| item)
                .collect()
        }
    }

    #[test]
    fn every_kind_is_drawn_and_followed_bar_by_bar() {
        let mut drawing = Drawing::new(Motif::All);
        (0..200).for_each(|index| drawing.close(&bar(index)));
        let mut shown = Shown::default();
        let mut indexes = Vec::new();
        let mut erased_one = 0;
        for index in 200..600 {
            let stroke = drawing.redraw(Some(&bar(index)));
            erased_one += usize::from(stroke.commands.contains(r#""one""#));
            shown.apply(&stroke.commands);
            indexes = stroke.indexes.unwrap_or(indexes);
            drawing.close(&bar(index));
            let touched = drawing.touch(&bar(index + 1));
            assert_eq!(touched.indexes, None);
            shown.apply(&touched.commands);
        }
        for kind in [
            "dwglabels",
            "dwglines",
            "dwglinefills",
            "dwgpolylines",
            "dwgboxes",
            "dwgtables",
            "dwgtablecells",
            "horizlines",
            "polygons",
            "hhists",
            "vertlines",
            "backgrounds",
        ] {
            assert!(!shown.of(kind).is_empty(), "{kind}");
        }
        assert!(erased_one > 100, "{erased_one}");
        // A client that followed all changes sees what a new client sees, except for the places of
        // bars.
        let mut fresh = Drawing::new(Motif::All);
        (200..600).for_each(|index| fresh.close(&bar(index)));
        let stroke = fresh.redraw(Some(&bar(600)));
        let mut newcomer = Shown::default();
        newcomer.apply(&stroke.commands);
        shown.apply(&drawing.redraw(Some(&bar(600))).commands);
        assert!(shown.0.keys().eq(newcomer.0.keys()));
        // Places lead to the bars meant.
        let fresh_indexes = stroke.indexes.unwrap();
        for (old, new) in shown.of("dwglabels").iter().zip(newcomer.of("dwglabels")) {
            let at = |list: &[i64], item: &Value| list[item["x"].as_u64().unwrap() as usize];
            assert_eq!(at(&indexes, old), at(&fresh_indexes, new));
            let pivot = bar(at(&indexes, old));
            let price = old["y"].as_f64().unwrap();
            assert!(price == pivot.high || price == pivot.low);
        }
    }

    #[test]
    fn a_long_list_of_bars_is_restarted() {
        let mut drawing = Drawing::new(Motif::All);
        (0..200).for_each(|index| drawing.close(&bar(index)));
        let mut shown = Shown::default();
        shown.apply(&drawing.redraw(None).commands);
        let items = shown.0.len();
        (0..=MAX_PLACES as i64).for_each(|index| {
            drawing.places.of(10_000 + index);
        });
        let stroke = drawing.redraw(None);
        assert!(stroke.indexes.is_some_and(|indexes| indexes.len() < 200));
        shown.apply(&stroke.commands);
        assert_eq!(shown.0.len(), items);
    }

    #[test]
    fn a_profile_covers_its_stretch_and_ends_at_the_newest_bar() {
        let mut drawing = Drawing::new(Motif::Profile {
            rows: 24,
            from: bar(10).time,
            to: i64::MAX,
            share: 0.7,
        });
        (0..100).for_each(|index| drawing.close(&bar(index)));
        let stroke = drawing.redraw(Some(&bar(100)));
        let mut shown = Shown::default();
        shown.apply(&stroke.commands);
        assert_eq!(stroke.indexes, Some(vec![10, 100]));
        let rows = shown.of("hhists");
        assert_eq!(rows.len(), 24);
        let traded: f64 = rows
            .iter()
            .map(|row| row["rate"][0].as_f64().unwrap() + row["rate"][1].as_f64().unwrap())
            .sum();
        assert!((traded - 910.0).abs() < 1e-6, "{traded}");
        assert!(
            rows.iter()
                .all(|row| row["firstBarTime"] == 0 && row["lastBarTime"] == 1)
        );
    }

    #[test]
    fn session_breaks_stand_where_days_begin() {
        let mut drawing = Drawing::new(Motif::Sessions);
        (0..200).for_each(|index| drawing.close(&bar(index)));
        let stroke = drawing.redraw(None);
        let mut shown = Shown::default();
        shown.apply(&stroke.commands);
        let indexes = stroke.indexes.unwrap();
        assert_eq!(
            (indexes[0], shown.of("vertlines").len()),
            (shapes::BEFORE_ALL, indexes.len())
        );
        assert!(
            indexes[1..]
                .iter()
                .all(|index| bar(*index).time % 86_400 == 0)
        );
        assert_eq!(drawing.touch(&bar(200)).commands, "");
        // Where trading begins later in the day, the first bar of the day is meant.
        let mut drawing = Drawing::new(Motif::Sessions);
        let times = [50_400, 54_000, 136_800, 140_400, 309_600];
        for (index, time) in (0..).zip(times) {
            drawing.close(&Bar { time, ..bar(index) });
        }
        assert_eq!(
            drawing.redraw(None).indexes,
            Some(vec![shapes::BEFORE_ALL, 2, 4])
        );
    }
}
