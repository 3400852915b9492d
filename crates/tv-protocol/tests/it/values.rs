//! The values that messages are made of, as a user of the crate meets them.

use std::{collections::HashMap, time::Duration};

use proptest::prelude::*;
use serde_json::json;
use tv_protocol::{
    config::ProtocolConfig,
    frame::FrameDecoder,
    id::SessionId,
    interval::{Interval, IntervalUnit},
    json::{Json, JsonText, MAX_DEPTH, MAX_FIELDS, Text},
    message::{ClientMessage, Decoder, Detail, Received, ServerMessage, server::Indexes},
    secret::AuthToken,
    symbol::{Adjustment, Symbol, SymbolDescriptor, same_name},
};

#[test]
fn intervals_are_made_taken_apart_and_measured() {
    let four_hours = Interval::new(240.try_into().unwrap(), IntervalUnit::Minute);
    assert_eq!(four_hours, "4h".parse().unwrap());
    assert_eq!(
        (four_hours.count(), four_hours.unit()),
        (240, IntervalUnit::Minute)
    );
    assert_eq!(
        (Interval::DAY.seconds(), Interval::MINUTE.seconds()),
        (Some(86_400), Some(60))
    );
    let ticks = Interval::new(10.try_into().unwrap(), IntervalUnit::Tick);
    assert_eq!((ticks.to_string().as_str(), ticks.seconds()), ("10T", None));
}

#[test]
fn an_id_that_exists_is_found_by_its_text() {
    let id = SessionId::from_text("qs_abc");
    assert_eq!((id.as_str(), id.to_string().as_str()), ("qs_abc", "qs_abc"));
    let routes = HashMap::from([(id, 1)]);
    assert_eq!(routes.get("qs_abc"), Some(&1));
    assert_eq!(routes.get("qs_abd"), None);
}

#[test]
fn tokens_are_equal_by_their_text_and_a_guests_by_default() {
    assert_eq!(AuthToken::default(), AuthToken::anonymous());
    assert_eq!(AuthToken::new("a"), AuthToken::new("a"));
    assert_ne!(AuthToken::new("a"), AuthToken::anonymous());
}

#[test]
fn a_symbol_is_read_shown_and_described() {
    let symbol: Symbol = "NASDAQ:AAPL".parse().unwrap();
    assert_eq!(symbol.to_string(), "NASDAQ:AAPL");
    let descriptor = SymbolDescriptor::new(symbol.clone()).adjustment(Adjustment::None);
    assert_eq!(descriptor.symbol(), &symbol);
    assert_eq!(
        descriptor.to_wire(),
        r#"={"symbol":"NASDAQ:AAPL","adjustment":"none"}"#
    );
    assert!("= x".parse::<Symbol>().is_err());
}

#[test]
fn names_are_the_same_by_meaning_only_if_both_are_descriptors() {
    let echoed = r#"={"adjustment":"splits","symbol":"A:B"}"#;
    assert!(same_name(
        r#"={ "symbol": "A:B", "adjustment": "splits" }"#,
        echoed
    ));
    assert!(!same_name(r#"={"symbol":"A:B"}"#, echoed));
    assert!(!same_name("A:B", echoed));
    assert!(
        !same_name("={", "={ "),
        "what is not JSON is compared as text"
    );
    assert!(same_name("={", "={"));
}

#[test]
fn json_knows_its_type() {
    let json = Json::parse(r#"{"a":"x","b":1.5,"c":7.0,"d":true,"e":null,"f":[1,2]}"#).unwrap();
    let get = |key: &str| json.get(key).unwrap();
    assert_eq!(get("a").as_str(), Some("x"));
    assert_eq!((get("b").as_f64(), get("b").as_i64()), (Some(1.5), None));
    assert_eq!(get("c").as_i64(), Some(7));
    assert_eq!(get("d").as_bool(), Some(true));
    assert!(get("e").is_null() && json.get("g").is_none());
    assert_eq!(
        get("f").elements(),
        Some(vec![Json::from(1), Json::from(2)])
    );
    assert_eq!(
        (
            json.elements(),
            json.as_str(),
            json.as_f64(),
            json.as_bool()
        ),
        (None, None, None, None)
    );
    assert_eq!(
        (Json::from("x").to_string(), Json::from(0.5).to_string()),
        ("\"x\"".into(), "0.5".into())
    );
    assert_eq!(Json::from(false).as_bool(), Some(false));
}

#[test]
fn json_says_where_it_stops_and_how_much_it_may_be() {
    let error = Json::parse(r#"{"a":}"#).unwrap_err();
    assert!(
        error.to_string().starts_with("not valid JSON") && error.to_string().contains("column 6"),
        "{error}"
    );
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let limit = MAX_DEPTH as usize;
    assert!(Json::parse(&nested(limit)).is_ok());
    let error = Json::parse(&nested(limit + 1)).unwrap_err();
    assert!(error.to_string().contains("too deep"), "{error}");
    // The list counts, too.
    let long = |count: usize| format!("[{}0]", "0,".repeat(count - 2));
    assert!(Json::parse(&long(MAX_FIELDS)).is_ok());
    let error = Json::parse(&long(MAX_FIELDS + 1)).unwrap_err();
    assert!(error.to_string().contains("more than 65536"), "{error}");
}

#[test]
fn text_borrows_until_it_is_owned() {
    let text = Text::from("a\u{301}");
    assert_eq!(
        (text.to_string().as_str(), text.as_str(), text.len()),
        ("a\u{301}", "a\u{301}", 3)
    );
    assert!(text == "a\u{301}" && text == *"a\u{301}");
    assert_eq!(format!("{:?}", Text::from("a\"").into_owned()), r#""a\"""#);
    assert_eq!(Text::from(String::from("b")), Text::from("b"));
}

#[test]
fn json_text_is_parsed_on_request() {
    let text = JsonText::from(&Json::parse(r#"{ "a" : [1] }"#).unwrap());
    assert_eq!(
        (text.as_str(), format!("{text:?}").as_str()),
        (r#"{"a":[1]}"#, r#"{"a":[1]}"#)
    );
    let owned = text.clone().into_owned();
    assert_eq!(owned.parse(), Json::parse(r#"{"a":[1]}"#).unwrap());
    assert_eq!(serde_json::to_value(&owned).unwrap(), json!({"a": [1]}));
}

#[test]
fn a_name_with_escapes_equals_its_text() {
    let name =
        |text: &str| format!(r#"{{"m":"qsd","p":["qs_1",{{"n":"{text}","s":"ok","v":{{}}}}]}}"#);
    let (plain, escaped) = (name("A/B"), name(r"A\/B"));
    let (plain, escaped) = (
        ServerMessage::decode(&plain),
        ServerMessage::decode(&escaped),
    );
    let (ServerMessage::QuoteData(plain), ServerMessage::QuoteData(escaped)) =
        (plain.message, escaped.message)
    else {
        panic!("both are quotes");
    };
    let (plain, escaped) = (plain.data.name, escaped.data.name);
    assert_eq!((plain.is_escaped(), escaped.is_escaped()), (false, true));
    assert_eq!((plain.raw(), escaped.raw()), ("A/B", r"A\/B"));
    assert!(plain == escaped && escaped == "A/B" && plain == "A/B" && escaped != "A");
    assert_eq!(
        (escaped.to_string(), format!("{escaped:?}")),
        ("A/B".into(), "\"A/B\"".into())
    );
    assert_eq!(serde_json::to_value(escaped).unwrap(), json!("A/B"));
}

#[test]
fn a_chart_message_lends_its_rows() {
    let text = r#"{"m":"timescale_update","p":["cs_1",
        {"sds_1":{"s":[{"i":-1,"v":[60,1,2,0.5,1.5,1e100]},{"i":5,"v":[120,1,2,0.5,null]}],"t":"s1"},
         "st_1":{"st":[{"i":-1000100,"v":[60.0,1e100,"NaN",7]}],"ns":{"d":"","indexes":"nochange"},"t":"s1_st1"},
         "st_2":{"st":[],"ns":{"d":"","indexes":[1,-2]},"t":"s1_st2","strange":{"a":1}}},
        {"index":3,"zoffset":2,"changes":[60.0,120],"marks":[[20,60,0]],"index_diff":[[1,2]],
         "last_session_switches":{"sds_1":{"market":2}},"new":[]}]}"#;
    let mut decoder = Decoder::default();
    for received in [ServerMessage::decode(text), decoder.decode(text)] {
        let Received {
            message: ServerMessage::TimescaleUpdate(update),
            ..
        } = received
        else {
            panic!("{received:?}");
        };
        let objects = &update.objects;
        assert!(!objects.is_empty() && objects.len() == 3 && objects.get("missing").is_none());
        let series = objects.get("sds_1").unwrap();
        let bars = series.bars.unwrap();
        assert!(!bars.is_empty() && bars.get(2).is_none());
        assert_eq!(
            bars.iter().map(|bar| bar.index).collect::<Vec<_>>(),
            [-1, 5]
        );
        assert_eq!(
            bars.get(0).unwrap().bar.volume,
            None,
            "1e100 is not a value"
        );
        assert!(bars.rows()[1].close.is_nan(), "neither is null");
        let study = objects.get("st_1").unwrap();
        let rows = study.rows.unwrap();
        assert!(!rows.is_empty() && rows.len() == 1 && rows.get(1).is_none());
        let row = rows.get(0).unwrap();
        assert_eq!((row.index, row.time()), (-1_000_100, Some(60.0)));
        assert_eq!(
            [row.plot(0), row.plot(1), row.plot(2), row.plot(3)],
            [None, None, Some(7.0), None]
        );
        assert_eq!(study.non_series.unwrap().indexes, Indexes::NoChange);
        let other = objects.get("st_2").unwrap();
        assert_eq!(
            other.non_series.unwrap().indexes,
            Indexes::List(vec![1, -2])
        );
        assert_eq!(other.other.len(), 1);
        let scale = update.timescale.unwrap();
        assert_eq!((scale.index, scale.zoffset), (3, 2));
        assert_eq!(scale.changes(), [60.0, 120.0]);
        assert_eq!(
            (scale.marks(), scale.index_diff()),
            (vec![vec![20.0, 60.0, 0.0]], vec![vec![1.0, 2.0]])
        );
        assert_eq!(
            scale.last_session_switches().unwrap().parse().to_string(),
            r#"{"sds_1":{"market":2}}"#
        );
        assert_eq!(scale.other.len(), 1);
    }
    assert_eq!(Indexes::default(), Indexes::List(Vec::new()));
}

#[test]
fn the_detail_of_a_fault_is_words_or_json() {
    let detail = |detail: &str| {
        let text = format!(r#"{{"m":"study_error","p":["cs_1","st_1","s1_st1",{detail},"node"]}}"#);
        let ServerMessage::StudyError(error) = ServerMessage::decode(&text).message else {
            panic!("{text}");
        };
        let detail = error.reason;
        match &detail {
            Detail::Text(words) => assert_eq!(words.as_str(), detail.to_text()),
            Detail::Json(json) => assert_eq!(json.to_string(), detail.to_text()),
            _ => panic!("no other kind"),
        }
        detail.to_text()
    };
    assert_eq!(
        detail(r#""Calculation timed out""#),
        "Calculation timed out"
    );
    assert_eq!(detail(r#"{"error":"x"}"#), r#"{"error":"x"}"#);
    assert_eq!(detail("5"), "5");
    assert_eq!(detail("[true]"), "[true]");
}

#[test]
fn a_count_may_be_written_with_a_fraction_of_nothing() {
    let text = r#"{"m":"create_series","p":["cs_1","sds_1","s1","sym_1","1",300.0]}"#;
    let expected = r#"{"m":"create_series","p":["cs_1","sds_1","s1","sym_1","1",300]}"#;
    assert_eq!(ClientMessage::decode(text).to_json(), expected);
}

#[test]
fn settings_are_kept() {
    let changed = ProtocolConfig::default()
        .hello_timeout(Duration::from_secs(1))
        .max_frame_length(100)
        .max_fields(33)
        .locale("de", "AT");
    assert_ne!(changed, ProtocolConfig::default());
    let shown = format!("{changed:?}");
    assert!(
        ["1s", "100", "33", "\"de\"", "\"AT\""]
            .iter()
            .all(|value| shown.contains(value)),
        "{shown}"
    );
    assert!(format!("{:?}", FrameDecoder::default()) == format!("{:?}", FrameDecoder::new()));
}

proptest! {
    #[test]
    fn json_comes_back_as_it_was_written(number in any::<f64>().prop_filter("JSON has no others", |n| n.is_finite()), text in ".*") {
        let json = Json::parse(&json!({ "n": number, "t": text }).to_string()).unwrap();
        prop_assert_eq!(json.get("n").unwrap().as_f64(), Some(number));
        let found = json.get("t").unwrap();
        prop_assert_eq!(found.as_str(), Some(text.as_str()));
        prop_assert_eq!(Json::parse(&json.to_string()).unwrap(), json);
    }
}
