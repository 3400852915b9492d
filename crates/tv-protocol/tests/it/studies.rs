//! Studies as they were recorded.

use std::{collections::BTreeMap, io::Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::ZlibEncoder};
use serde_json::json;
use tv_protocol::{
    message::{
        Received, ServerMessage,
        server::{Indexes, StudyData, StudyDataError},
    },
    payload::Limits,
    record::Decoded,
    study::{
        InputKind,
        builtin::{self, CATALOGUE},
        graphics::{Color, Primitive, Scene},
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

/// A message with one object of a study.
fn update(id: &str, rows: &serde_json::Value, non_series: &serde_json::Value) -> String {
    let object = json!({ "node": "ams1", "st": rows, "ns": non_series, "t": "s1_st1" });
    json!({ "m": "du", "p": ["cs_1", { id: object }], "t": 1_790_000_000, "t_ms": 1_790_000_000_123_i64 })
        .to_string()
}

/// Decodes a message, checks that it comes back equal, and returns the rows of its only object and
/// the scene that its drawings make.
fn decoded(payload: &str, scene: &mut Scene) -> Vec<(i64, Vec<Option<f64>>)> {
    let received = ServerMessage::decode(payload);
    let again: serde_json::Value = serde_json::from_str(&received.to_json()).unwrap();
    let before: serde_json::Value = serde_json::from_str(payload).unwrap();
    // All spellings of no value are written as the same number.
    if !payload.contains("NaN") {
        assert_same(&before["p"], &again["p"], "the message");
    }
    let ServerMessage::DataUpdate(update) = &received.message else {
        panic!("{received:?}");
    };
    let object = update.objects.iter().next().unwrap();
    assert!(object.other.is_empty() && object.odd_rows.is_empty() && object.fault.is_none());
    if let Some(non_series) = object.non_series {
        let commands = non_series.study_data().unwrap();
        let commands =
            commands.and_then(|data| data.graphics_commands(&Limits::default()).unwrap());
        let indexes = match &non_series.indexes {
            Indexes::List(indexes) => Some(indexes.as_slice()),
            _ => None,
        };
        match (commands, indexes) {
            (Some(commands), _) => {
                assert_eq!(commands.surprises(), []);
                assert_eq!(scene.apply(&commands, indexes).left_out, 0);
            }
            (None, Some(indexes)) => {
                scene.renumber(indexes);
            }
            (None, None) => {}
        }
    }
    let rows = object.rows.iter().flat_map(|rows| rows.iter());
    rows.map(|row| {
        (
            row.index,
            (0..row.values.len() - 1)
                .map(|plot| row.plot(plot))
                .collect(),
        )
    })
    .collect()
}

#[test]
fn labels_take_colours_as_whole_and_as_broken_numbers_or_none() {
    let label = |id: i64, color: serde_json::Value| {
        json!({ "id": id, "x": 1.0, "y": 2.5, "yl": "pr", "t": "a", "st": "new_style", "ci": color,
            "tci": null, "sz": 12, "ta": "center", "tt": "" })
    };
    let labels = [
        label(1, json!(2)),
        label(3, json!(2.0)),
        label(5, json!(4_285_982_208_u32)),
        label(1901, json!("#FF7600")),
        label(1902, json!(null)),
    ];
    let text = json!({ "graphicsCmds": {
        "erase": [{ "action": "all" }],
        "create": { "dwglabels": [{ "styleId": "labels", "data": labels }] },
    } });
    let non_series = json!({ "d": text.to_string(), "indexes": [145, 300] });
    let mut scene = Scene::default();
    decoded(&update("st1", &json!([]), &non_series), &mut scene);
    let colors: Vec<Option<Color>> = scene
        .iter()
        .map(|(_, drawing)| match drawing {
            Primitive::Label(label) => {
                assert_eq!(scene.bar_index(label.x.unwrap()), Some(300));
                label.color.clone()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        Some(Color::Number(2)),
        Some(Color::Number(2)),
        Some(Color::Number(4_285_982_208)),
        Some(Color::Text("#FF7600".to_owned())),
        None,
    ];
    assert_eq!(colors, expected);
}

#[test]
fn cells_without_colours_belong_to_the_table_that_follows_them() {
    let cell = |id: i64, row: i64, column: i64| {
        json!({ "id": id, "tid": 7, "row": row, "col": column, "t": format!("{row},{column}"), "w": null,
            "h": null, "tc": null, "tha": "center", "tva": "center", "ts": "normal", "bgc": null, "tt": "",
            "colspan": 1, "rowspan": 1 })
    };
    let table = json!({ "id": 7, "pos": "top_right", "rows": 2, "cols": 2, "bgc": null, "frmc": null,
        "frmw": 0, "brdc": null, "brdw": 0 });
    let cells: Vec<_> = (0..4).map(|n| cell(n + 1, n / 2, n % 2)).collect();
    let create =
        |create: serde_json::Value| json!({ "graphicsCmds": { "create": create } }).to_string();
    let first = create(json!({ "dwgtablecells": [{ "styleId": "tableCells", "data": cells }] }));
    let second = create(json!({ "dwgtables": [{ "styleId": "tables", "data": [table] }] }));
    let mut scene = Scene::default();
    for text in [first, second] {
        let non_series = json!({ "d": text, "indexes": "nochange" });
        decoded(&update("st1", &json!([]), &non_series), &mut scene);
    }
    let found = scene.cells(7);
    let texts: Vec<_> = found
        .values()
        .map(|cell| cell.text.clone().unwrap())
        .collect();
    assert_eq!(texts, ["0,0", "0,1", "1,0", "1,1"]);
}

#[test]
fn breaks_of_sessions_stand_before_the_loaded_bars_and_move_with_them() {
    let line = |id: i64, position: i64| {
        json!({ "id": id, "index": position, "startPrice": 0.0, "endPrice": 1.0, "extendTop": true,
            "extendBottom": true })
    };
    let text = json!({ "graphicsCmds": {
        "erase": [{ "action": "all" }],
        "create": { "vertlines": [{ "styleId": "sessBreaks", "data": [line(1, 0), line(2, 1), line(3, 2)] }] },
    } });
    let mut scene = Scene::default();
    let indexes = json!([-2_000_000, 12, 90]);
    decoded(
        &update(
            "st1",
            &json!([]),
            &json!({ "d": text.to_string(), "indexes": indexes }),
        ),
        &mut scene,
    );
    let bars = |scene: &Scene| -> Vec<Option<i64>> {
        (0..3).map(|position| scene.bar_index(position)).collect()
    };
    assert_eq!(bars(&scene), [None, Some(12), Some(90)]);
    // 100 older bars: the list is exchanged, the lines stay.
    let moved = json!({ "d": "", "indexes": [-2_000_000, 112, 190] });
    decoded(&update("st1", &json!([]), &moved), &mut scene);
    assert_eq!(bars(&scene), [None, Some(112), Some(190)]);
    assert_eq!(scene.len(), 3);
}

#[test]
fn rows_keep_every_plot_and_every_spelling_of_no_value() {
    let rows = json!([
        { "i": -1_000_100, "v": [1_790_000_000, 1e100, 1e100, 1e100, 1e100, 1e100, 1e100, 1e100] },
        { "i": -1, "v": [1_790_003_600.0, 1, 2.0, null, "NaN", 0, 4_285_982_208_u32, -0.5] },
        { "i": 363, "v": [1_790_007_200.0, 1.5, 1e100, 3, 4, 5, 6, 7] },
    ]);
    let non_series = json!({ "d": "", "indexes": [] });
    let seven = decoded(&update("st1", &rows, &non_series), &mut Scene::default());
    let numbers: Vec<i64> = seven.iter().map(|(index, _)| *index).collect();
    assert_eq!(numbers, [-1_000_100, -1, 363]);
    assert_eq!(seven[0].1, [None; 7]);
    let second = [
        Some(1.0),
        Some(2.0),
        None,
        None,
        Some(0.0),
        Some(4_285_982_208.0),
        Some(-0.5),
    ];
    assert_eq!(seven[1].1, second);
    assert_eq!(seven[2].1[1..3], [None, Some(3.0)]);
    let bands = json!([{ "i": 0, "v": [1_790_000_000.0, 20.0, 22.5, 17.5] }]);
    let bands = decoded(&update("st1", &bands, &non_series), &mut Scene::default());
    assert_eq!(bands, [(0, vec![Some(20.0), Some(22.5), Some(17.5)])]);
}

/// A report of a strategy of at least 50 MB, with how many trades it has.
fn large_report() -> (String, usize) {
    let trade = |n: usize| {
        format!(
            r#"{{"e":{{"c":"Long {n}","p":{n}.25,"tm":1790000000000,"b":{n},"tp":"le"}},"x":{{"c":"","p":{n}.75,"tm":1790003600000,"b":{n},"tp":"lx"}},"q":{n}.5,"v":1.5,"tp":{{"v":{n}.125,"p":0.01}},"cp":{{"v":1.0,"p":0.01}},"rn":{{"v":1.0,"p":0.01}},"dd":{{"v":0.5,"p":0.005}},"cm":0.{n}}}"#
        )
    };
    let (mut trades, mut count) = (String::with_capacity(52_000_000), 0);
    while trades.len() < 50_000_000 {
        if count > 0 {
            trades.push(',');
        }
        trades.push_str(&trade(count));
        count += 1;
    }
    (
        format!(r#"{{"report":{{"currency":"USD","trades":[{trades}]}}}}"#),
        count,
    )
}

#[test]
fn a_report_of_50_megabytes_is_refused_by_default_and_read_on_request() {
    let (report, count) = large_report();
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(report.as_bytes()).unwrap();
    let text = STANDARD.encode(packed.finish().unwrap());
    let data = json!({ "dataCompressed": text }).to_string();
    let data = StudyData::parse(&data).unwrap().unwrap();
    let error = data.strategy_report(&Limits::default()).unwrap_err();
    assert!(
        matches!(&error, StudyDataError::Payload(error) if error.is_over_limit()),
        "{error}"
    );
    let limits = Limits::default().max_output_bytes(report.len());
    let read = data.strategy_report(&limits).unwrap().unwrap();
    assert_eq!(read.trades.unwrap().len(), count);
}

#[test]
#[ignore = "needs TV_FRAMES_DIR"]
fn every_recorded_message_of_a_study_is_typed() {
    let mut messages: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut objects, mut rows, mut texts) = (0, 0, 0);
    each_payload(|place, payload| {
        let Received { message, .. } = ServerMessage::decode(payload);
        let kind = match &message {
            ServerMessage::StudyLoading(_) => "study_loading",
            ServerMessage::StudyCompleted(_) => "study_completed",
            ServerMessage::StudyError(_) => "study_error",
            ServerMessage::StudyDeleted(_) => "study_deleted",
            ServerMessage::StudiesMetadata(_) => "studies_metadata",
            _ => "",
        };
        if !kind.is_empty() {
            *messages.entry(kind).or_default() += 1;
        }
        let found = match &message {
            ServerMessage::DataUpdate(update) => &update.objects,
            ServerMessage::TimescaleUpdate(update) => &update.objects,
            _ => return,
        };
        for object in found.iter() {
            let Some(of_study) = &object.rows else {
                continue;
            };
            objects += 1;
            rows += of_study.iter().count();
            assert!(
                object.odd_rows.is_empty() && object.fault.is_none(),
                "{place}"
            );
            assert!(object.other.is_empty(), "{place}: {:?}", object.other);
            let Some(data) = object.non_series.and_then(|it| it.study_data().unwrap()) else {
                continue;
            };
            texts += 1;
            let known = ["seasonals"];
            assert!(
                data.other.keys().all(|key| known.contains(&key.as_str())),
                "{place}: {data:?}"
            );
        }
    });
    assert!(
        objects >= 30 && rows >= 1000 && texts >= 7,
        "{objects} {rows} {texts}"
    );
    for kind in [
        "study_loading",
        "study_completed",
        "study_error",
        "studies_metadata",
    ] {
        assert!(messages.contains_key(kind), "{kind}: {messages:?}");
    }
}
