//! Studies as they were recorded.

use std::collections::BTreeMap;

use tv_protocol::{
    message::{
        Received, ServerMessage,
        server::{Indexes, StudyData},
    },
    payload::Limits,
    record::Decoded,
    study::{
        InputKind,
        builtin::{self, CATALOGUE},
        graphics::{Primitive, Scene},
    },
};

use crate::recordings::{assert_same, each_payload};

/// Bar sets, indexes and the frames of scripts: no studies that one adds to a chart.
fn is_other(name: &str) -> bool {
    let others = [
        "Script",
        "StrategyScript",
        "Internal",
        "ESD",
        "OHLCV",
        "TotalCryptoCap",
    ];
    name.starts_with("BarSet") || name.ends_with("WeightedIndex") || others.contains(&name)
}

#[test]
#[ignore = "needs TV_FRAMES_DIR"]
fn the_catalogue_is_that_of_the_server() {
    let mut compared = 0;
    each_payload(|_, payload| {
        let Received { message, .. } = ServerMessage::decode(payload);
        let ServerMessage::StudiesMetadata(metadata) = message else {
            return;
        };
        let value: serde_json::Value = serde_json::from_str(payload).unwrap();
        let list = value["p"][2]["metainfo"].as_array().unwrap();
        assert_eq!(list.len(), metadata.catalogue.metainfo.len());
        for info in list {
            let id = info["id"].as_str().unwrap();
            let (name, _) = id.split_once('@').unwrap();
            if is_other(name) {
                continue;
            }
            let study = builtin::find(name).unwrap_or_else(|| panic!("{name} is not in the list"));
            compare(study, info);
            compared += 1;
        }
    });
    assert_eq!(
        compared,
        CATALOGUE.len() - 3,
        "all but the events, which are newer"
    );
}

fn compare(study: &builtin::BuiltIn, info: &serde_json::Value) {
    let name = study.name;
    let empty = Vec::new();
    let list = |key: &str| info[key].as_array().unwrap_or(&empty);
    let plots: Vec<_> = list("plots")
        .iter()
        .map(|plot| plot["id"].as_str().unwrap())
        .collect();
    assert_eq!(plots, study.plots, "{name}");
    assert_eq!(list("inputs").len(), study.inputs.len(), "{name}");
    for recorded in list("inputs") {
        let id = recorded["id"].as_str().unwrap();
        let input = study.inputs.iter().find(|input| input.id == id);
        let input = input.unwrap_or_else(|| panic!("{name} has no input {id}"));
        let place = format!("{name}: {id}");
        assert_eq!(recorded["type"], input.default.kind().as_str(), "{place}");
        let default = serde_json::to_value(input.default.to_json()).unwrap();
        assert_same(&recorded["defval"], &default, &place);
        let range = [&recorded["min"], &recorded["max"]].map(serde_json::Value::as_f64);
        let has_range = range.iter().flatten().all(|limit| limit.abs() < 1e300);
        // Times may be in milliseconds now, which the recorded range was too small for.
        if has_range && input.default.kind() != InputKind::Time {
            assert_eq!(range, [input.min, input.max], "{place}");
        }
        if input.default.kind() == InputKind::Text {
            let options = recorded["options"].as_array().unwrap_or(&empty);
            for option in options {
                assert!(
                    input.options.contains(&option.as_str().unwrap()),
                    "{place}: {option}"
                );
            }
            assert_eq!(options.is_empty(), input.options.is_empty(), "{place}");
        }
    }
}

#[test]
#[ignore = "needs TV_FRAMES_DIR"]
fn recorded_drawings_are_typed_and_lose_nothing() {
    let mut payloads = 0;
    let mut drawings: BTreeMap<String, usize> = BTreeMap::new();
    each_payload(|place, payload| {
        let Received { message, .. } = ServerMessage::decode(payload);
        let objects = match &message {
            ServerMessage::DataUpdate(update) => &update.objects,
            ServerMessage::TimescaleUpdate(update) => &update.objects,
            _ => return,
        };
        for object in objects.iter() {
            let Some(non_series) = object.non_series else {
                continue;
            };
            let text = non_series.data.to_text();
            let Some(data) = StudyData::parse(&text).unwrap() else {
                continue;
            };
            let Some(commands) = data.graphics_commands(&Limits::default()).unwrap() else {
                continue;
            };
            payloads += 1;
            assert_eq!(commands.surprises(), [], "{place}");
            let given: serde_json::Value = serde_json::from_str(&text).unwrap();
            let written = serde_json::to_value(&commands).unwrap();
            assert_same(&given["graphicsCmds"], &written, place);
            let mut scene = Scene::default();
            let Indexes::List(indexes) = &non_series.indexes else {
                panic!("{place}: drawings without a list of bars");
            };
            let update = scene.apply(&commands, Some(indexes));
            assert_eq!(update.left_out, 0, "{place}");
            for (id, drawing) in scene.iter() {
                *drawings.entry(id.kind.to_string()).or_default() += 1;
                assert!(!matches!(drawing, Primitive::Raw(_)), "{place}: {id:?}");
                if let Primitive::VerticalLine(line) = drawing {
                    // Bars before the loaded ones have no index of their own.
                    let position = usize::try_from(line.x.unwrap()).unwrap();
                    let index = indexes[position];
                    let expected = (index > -1_000_000).then_some(index);
                    let found = scene.bar_index(line.x.unwrap());
                    assert_eq!(found, expected, "{place}: {id:?}");
                }
            }
        }
    });
    assert!(payloads >= 7, "{payloads} payloads");
    for kind in ["hhists", "horizlines", "vertlines", "backgrounds"] {
        assert!(drawings.contains_key(kind), "{kind}: {drawings:?}");
    }
}
