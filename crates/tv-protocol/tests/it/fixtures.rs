//! The messages that the documentation shows: one or more for every method, and each comes back
//! equal.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tv_protocol::{
    message::{
        ClientMessage, Decoder, Received, ServerMessage, Stamp,
        server::{DataUpdate, Indexes, JavaStudies, StudyData},
    },
    payload::{Limits, decompress, report_of},
    record::Decoded,
};

use crate::recordings::assert_same;

/// A message of `fixtures/`: its name is `method` or `method.variant`.
struct Fixture {
    name: String,
    text: String,
    json: Value,
}

impl Fixture {
    fn method(&self) -> &str {
        self.name.split('.').next().unwrap()
    }

    fn is_variant(&self) -> bool {
        self.name.contains('.')
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn fixtures(side: &str) -> Vec<Fixture> {
    let mut all = Vec::new();
    for file in fs::read_dir(root().join(side)).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let name = name.strip_suffix(".json").expect("only .json files");
        let text = fs::read_to_string(&path).unwrap();
        let text = text.strip_suffix('\n').expect("a line feed at the end");
        all.push(Fixture {
            name: name.to_owned(),
            text: text.to_owned(),
            json: serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}")),
        });
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}

fn server() -> Vec<Fixture> {
    fixtures("server")
}

fn client() -> Vec<Fixture> {
    fixtures("client")
}

/// The text of every fixture, and whether the server sends it.
pub(crate) fn texts() -> Vec<(bool, String)> {
    let side = |is_server, all: Vec<Fixture>| all.into_iter().map(move |one| (is_server, one.text));
    side(true, server()).chain(side(false, client())).collect()
}

/// Methods without a fixture of their own name, and fixtures without a method.
fn mismatch(methods: &[&str], fixtures: &[Fixture]) -> (Vec<String>, Vec<String>) {
    let known: BTreeSet<&str> = methods.iter().copied().collect();
    let own = fixtures.iter().filter(|fixture| !fixture.is_variant());
    let shown: BTreeSet<&str> = own.map(Fixture::method).collect();
    let missing = known.difference(&shown).map(|&name| name.to_owned());
    let strange = fixtures
        .iter()
        .filter(|fixture| !known.contains(fixture.method()));
    (
        missing.collect(),
        strange.map(|fixture| fixture.name.clone()).collect(),
    )
}

#[test]
fn every_method_has_a_fixture_and_every_fixture_a_method() {
    let events = [ServerMessage::METHODS, &["hello"]].concat();
    let none = (Vec::new(), Vec::new());
    assert_eq!(
        mismatch(&events, &server()),
        none,
        "server: (missing, strange)"
    );
    assert_eq!(
        mismatch(ClientMessage::METHODS, &client()),
        none,
        "client: (missing, strange)"
    );
}

#[test]
fn a_missing_and_a_strange_fixture_are_named() {
    let only = [Fixture {
        name: "du.study".into(),
        text: String::new(),
        json: Value::Null,
    }];
    let found = mismatch(&["qsd"], &only);
    assert_eq!(found, (vec!["qsd".into()], vec!["du.study".into()]));
}

#[test]
fn every_fixture_is_shown_in_the_documentation() {
    fn collect(folder: &Path, source: &mut String) {
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                collect(&path, source);
            } else {
                *source += &fs::read_to_string(path).unwrap();
            }
        }
    }
    let mut source = String::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/message"),
        &mut source,
    );
    for (side, fixtures) in [("server", server()), ("client", client())] {
        for fixture in fixtures {
            let place = format!("\"{side}/{}\"", fixture.name);
            assert!(source.contains(&place), "{place} is shown nowhere");
        }
    }
}

#[test]
fn a_fixture_is_one_compact_line() {
    for fixture in server().into_iter().chain(client()) {
        let (mut in_text, mut escaped) = (false, false);
        for char in fixture.text.chars() {
            assert!(
                in_text || !char.is_whitespace(),
                "{}: white space",
                fixture.name
            );
            assert!(!char.is_control(), "{}: control character", fixture.name);
            match char {
                '"' if !escaped => in_text = !in_text,
                _ => {}
            }
            escaped = char == '\\' && !escaped;
        }
        let method = fixture.json["m"].as_str().unwrap_or("hello");
        assert_eq!(method, fixture.method());
    }
}

#[test]
fn server_fixtures_decode_to_their_method_and_come_back_equal() {
    for fixture in server() {
        let name = &fixture.name;
        let received = ServerMessage::decode(&fixture.text);
        assert!(
            !matches!(
                received.message,
                ServerMessage::Unknown(_) | ServerMessage::Malformed(_)
            ),
            "{name}: {received:?}"
        );
        assert_eq!(received.message.method(), fixture.method());
        let again = serde_json::from_str(&received.to_json()).unwrap();
        assert_same(&fixture.json, &again, name);
    }
}

#[test]
fn client_fixtures_decode_to_their_method_and_come_back_equal() {
    for fixture in client() {
        let name = &fixture.name;
        let message = ClientMessage::decode(&fixture.text);
        assert!(
            !matches!(
                message,
                ClientMessage::Unknown(_) | ClientMessage::Malformed(_)
            ),
            "{name}: {message:?}"
        );
        assert_eq!(message.method(), fixture.method());
        for again in [message.to_json(), message.to_raw_json()] {
            assert_same(&fixture.json, &serde_json::from_str(&again).unwrap(), name);
        }
    }
}

#[test]
fn one_decoder_reads_every_fixture_as_decode_does() {
    let mut decoder = Decoder::default();
    for fixture in server() {
        let read = decoder.decode(&fixture.text);
        assert_eq!(
            read,
            ServerMessage::decode(&fixture.text),
            "{}",
            fixture.name
        );
        let again = serde_json::from_str(&read.to_json()).unwrap();
        assert_same(&fixture.json, &again, &fixture.name);
    }
}

/// Kinds that carry `t` and `t_ms`. `series_deleted` was not recorded; it had a time in the old
/// descriptor.
const STAMPED: [&str; 11] = [
    "series_completed",
    "series_deleted",
    "series_error",
    "series_loading",
    "study_completed",
    "study_deleted",
    "study_error",
    "study_loading",
    "symbol_error",
    "symbol_resolved",
    "timescale_update",
];

#[test]
fn stamps_survive_and_stand_where_the_wire_has_them() {
    for fixture in server() {
        let Received { stamp, .. } = ServerMessage::decode(&fixture.text);
        let Stamp {
            t, t_ms, in_params, ..
        } = stamp;
        let raw = &fixture.json;
        let name = &fixture.name;
        assert_eq!(
            (t, t_ms),
            (raw["t"].as_i64(), raw["t_ms"].as_i64()),
            "{name}"
        );
        if let (Some(t), Some(t_ms)) = (t, t_ms) {
            assert_eq!(t, t_ms / 1_000, "{name}");
        }
        if name.ends_with(".2019") && name != "hello.2019" {
            let last = raw["p"].as_array().unwrap().last().unwrap();
            assert_eq!(in_params, last.as_i64(), "{name}");
            assert!(in_params.is_some() && t_ms.is_none(), "{name}");
        } else {
            let stamped = STAMPED.contains(&fixture.method());
            assert_eq!((t.is_some(), t_ms.is_some()), (stamped, stamped), "{name}");
            assert_eq!(in_params, None, "{name}");
        }
    }
}

#[test]
fn no_field_of_a_fixture_is_left_untyped() {
    for fixture in server() {
        let name = &fixture.name;
        let Received { message, .. } = ServerMessage::decode(&fixture.text);
        // Every type here calls its catch-all `other`, or `Other` if it is an enum.
        let shown = format!("{message:?}");
        for other in shown.split(" other: ").skip(1) {
            assert!(
                other.starts_with("[]") || other.starts_with("{}"),
                "{name}: {other}"
            );
        }
        assert!(!shown.contains("Other("), "{name}: {shown}");
        match &message {
            ServerMessage::StudiesMetadata(metadata) => {
                let surprises = metadata.catalogue.metainfo.surprises();
                assert_eq!(surprises, [], "{name}");
            }
            ServerMessage::QuoteCompleted(done) => {
                assert_eq!(done.rest.is_empty(), !fixture.is_variant(), "{name}");
            }
            ServerMessage::ProtocolError(error) => assert!(error.rest.is_empty()),
            _ => {}
        }
    }
}

#[test]
fn the_greeting_has_both_shapes_of_javastudies() {
    for fixture in server().iter().filter(|one| one.method() == "hello") {
        let ServerMessage::Hello(hello) = ServerMessage::decode(&fixture.text).message else {
            panic!("{}", fixture.name);
        };
        let list = matches!(hello.javastudies, Some(JavaStudies::List(_)));
        assert_eq!(list, !fixture.is_variant(), "{}", fixture.name);
    }
}

#[test]
fn the_compressed_report_can_be_unpacked() {
    let path = root().join("server/request_data.compressed.json");
    let text = fs::read_to_string(path).unwrap();
    let ServerMessage::RequestData(answer) = ServerMessage::decode(&text).message else {
        panic!("{text}");
    };
    let data = answer.data.ns.unwrap().data.to_text();
    let report = report_of(&data, &Limits::default()).unwrap().unwrap();
    assert!(report.contains("\"totalTrades\":2"), "{report}");
}

/// A fixture of the server, decoded.
macro_rules! decoded {
    ($name:literal, $variant:ident) => {{
        let path = root().join(concat!("server/", $name, ".json"));
        let text: &'static str = fs::read_to_string(path).unwrap().leak();
        match ServerMessage::decode(text).message {
            ServerMessage::$variant(message) => message,
            other => panic!("{other:?}"),
        }
    }};
}

#[test]
fn both_shapes_of_replay_answers_say_the_same() {
    let plain = decoded!("replay_instance_id", ReplayInstanceId);
    let slot = decoded!("replay_instance_id.slot", ReplayInstanceId);
    assert_eq!((plain.slot(), slot.slot()), (None, Some("sds_1")));
    assert_eq!(plain.instance(), Some("replay-instance-7"));
    assert_eq!(slot.instance(), plain.instance());

    let plain = decoded!("replay_point", ReplayPoint);
    let slot = decoded!("replay_point.slot", ReplayPoint);
    assert_eq!((plain.slot(), slot.slot()), (None, Some("sds_1")));
    assert_eq!(
        (plain.point(), slot.point()),
        (Some(1_770_900_000), Some(1_770_900_000))
    );

    let plain = decoded!("replay_depth.plain", ReplayDepth);
    let slot = decoded!("replay_depth", ReplayDepth);
    assert_eq!((plain.slot(), slot.slot()), (None, Some("sds_1")));
    assert_eq!((plain.depth(), slot.depth()), (Some(5_000), Some(5_000)));

    let plain = decoded!("replay_resolutions", ReplayResolutions);
    let slot = decoded!("replay_resolutions.slot", ReplayResolutions);
    assert_eq!((plain.slot(), slot.slot()), (None, Some("sds_1")));
    assert_eq!(plain.resolutions(), ["1D", "1S"]);
    assert_eq!(slot.resolutions(), ["1D", "60", "1S"]);

    let plain = decoded!("replay_data_end", ReplayDataEnd);
    let slot = decoded!("replay_data_end.slot", ReplayDataEnd);
    assert_eq!((plain.slot(), slot.slot()), (None, Some("sds_1")));

    let ok = decoded!("replay_ok", ReplayOk);
    let error = decoded!("replay_error", ReplayError);
    assert_eq!(ok.request(), Some("rsq_step_Tk3vXe8mHn5b"));
    assert_eq!(error.request(), ok.request());
    assert_eq!(error.reason(), "no_point_or_series");
}

#[test]
fn what_studies_say_besides_rows_is_typed() {
    let study = |update: &DataUpdate<'_>, id: &str| {
        let non_series = update.objects.get(id).unwrap().non_series.unwrap();
        (non_series.study_data().unwrap(), non_series.indexes)
    };
    let (bars, places) = study(&decoded!("du.bars", DataUpdate), "sds_1");
    let bars = bars.unwrap();
    let closes: Vec<_> = bars.bars.iter().flatten().map(|bar| bar.close).collect();
    assert_eq!(closes, [2296.0, 2301.5]);
    assert_eq!(places, Indexes::List(vec![298, 299]));
    assert!(bars.other.is_empty() && bars.graphics.is_none() && bars.report.is_none());

    let (drawings, _) = study(&decoded!("du.study", DataUpdate), "st1");
    let graphics = drawings.unwrap().graphics.unwrap();
    assert!(!graphics.erase.is_empty() && graphics.create.is_some());

    let (nothing, _) = study(&decoded!("du", DataUpdate), "sds_1");
    assert_eq!(nothing, None);

    let plain = decoded!("request_data", RequestData).data.ns.unwrap();
    let report = plain.study_data().unwrap().unwrap().report.unwrap();
    assert_eq!(report.currency.as_deref(), Some("EUR"));
    let packed = decoded!("request_data.compressed", RequestData)
        .data
        .ns
        .unwrap();
    let packed = packed.study_data().unwrap().unwrap().compressed.unwrap();
    assert!(
        decompress(&packed, &Limits::default())
            .unwrap()
            .contains("\"report\"")
    );

    let odd = r#"{"data":{"bars":[{"open":1,"high":null,"low":1e100,"close":"NaN"}],"seasonals":{}},"new":1}"#;
    let odd = StudyData::parse(odd).unwrap().unwrap();
    let bar = odd.bars.unwrap()[0];
    assert!(bar.high.is_nan() && bar.low.is_nan() && bar.close.is_nan());
    assert_eq!((bar.open, bar.volume), (1.0, None));
    assert_eq!(odd.other.keys().collect::<Vec<_>>(), ["new", "seasonals"]);
    for text in ["[]", "{", r#"{"data":{"bars":[{"open":1}]}}"#] {
        assert!(StudyData::parse(text).is_err(), "{text}");
    }
}

/// Whether a text may be the value of a field: a field read from another position has one of
/// another kind.
fn fits(field: &str, text: &str) -> bool {
    let begins = |starts: &[&str]| starts.iter().any(|start| text.starts_with(start));
    match field {
        "session" => text.get(2..3) == Some("_") && text.len() == 15,
        "series" => begins(&["sds_", "$prices"]) && !begins(&["sds_sym"]) || text == "s1",
        "study" => begins(&["st"]) && !text.contains('@'),
        "parent" => begins(&["sds_", "st"]) && !text.contains('@'),
        "study_type" => text.contains('@'),
        "turnaround" => begins(&["s1", "s2", "st", "turnaround"]),
        "pointset" => begins(&["pointset_"]),
        "symbol" | "id" => begins(&["sds_sym_", "ser_", "symbol_", "KRAKEN:", "={"]),
        "resolution" => ["60", "240", "1D", "D", "1S"].contains(&text),
        "timeframe" => ["", "12M"].contains(&text),
        "update_mode" => text.contains("streaming"),
        "request" => begins(&["req_", "rsq_", "metadata_"]),
        "node" => begins(&["fra2-"]) || text == "undefined",
        "reason" => !text.contains('@') && !text.contains('_') || REASONS.contains(&text),
        "detail" => text.contains(' ') || text == "quote_add_symbols",
        "timezone" => text.contains('/'),
        "name" => text.contains(':'),
        "language" => text == "en",
        "country" => text == "US",
        "quality" => text == "low",
        "protocol" => text == "protobuf",
        "mode" => text == "full_single_session",
        "token" => text == "unauthorized_user_token",
        "range" => begins(&["r,", "LASTSESSION"]),
        "parameters" => text.is_empty(),
        "message" => text == "create_serie",
        "text" => ["bad auth token", "the server restarts soon"].contains(&text),
        _ => false,
    }
}

/// Reasons that could be taken for something else.
const REASONS: [&str; 5] = [
    "invalid_parameters",
    "no_point_or_series",
    "not_allowed",
    "study_not_auth:Script@tv-scripting-507",
    "unsupported_symbol",
];

#[test]
fn every_text_stands_in_its_own_field() {
    let events = server();
    let events = events.iter().filter(|one| one.method() != "hello");
    let events = events.map(|one| (one, serde_json::to_value(ServerMessage::decode(&one.text))));
    let commands = client();
    let commands = commands
        .iter()
        .map(|one| (one, serde_json::to_value(ClientMessage::decode(&one.text))));
    for (fixture, fields) in events.chain(commands) {
        for (field, value) in fields.unwrap().as_object().unwrap() {
            if let (Some(text), false) = (value.as_str(), field == "kind") {
                let place = &fixture.name;
                assert!(fits(field, text), "{place}: {field} is {text:?}");
            }
        }
    }
}
