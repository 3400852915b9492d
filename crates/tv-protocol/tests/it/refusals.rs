//! What cannot be understood is kept whole, and the reason says where, what stood there and what
//! was expected.

use tv_protocol::{
    Timestamp,
    message::{ClientMessage, Decoder, Received, ServerMessage, server::RowList},
};

/// A message, or a part of one, the place that the reason must name, and words that it must say.
type Case = (&'static str, &'static str, &'static str);

const SERVER: &[Case] = &[
    (
        r#"{"m":"quote_completed","p":["qs_1",5]}"#,
        "p[1] (name)",
        "expected a string",
    ),
    (
        r#"{"m":"quote_completed","p":["qs_1"]}"#,
        "p[1] (name)",
        "is missing",
    ),
    (
        r#"{"m":"quote_completed","p":"qs_1"}"#,
        "quote_completed",
        "the list of parameters",
    ),
    (r#"{"m":5,"p":["qs_1"]}"#, "column 6", "expected a string"),
    ("[1]", "column 0", "expected a message object"),
    (r#"{"p":["qs_1"]}"#, "method", "without the method `m`"),
    (
        r#"{"m":"qsd","p":["qs_1",5]}"#,
        "p[1] (data)",
        "an object with name, status and values",
    ),
    (
        r#"{"m":"qsd","p":["qs_1",{"n":"A","s":"ok","v":[]}]}"#,
        "p[1] (data)",
        "an object of quote fields",
    ),
    (
        r#"{"m":"qsd","p":["qs_1",{"n":5,"s":"ok","v":{}}]}"#,
        "p[1] (data)",
        "expected a string",
    ),
    (
        r#"{"m":"du","p":["cs_1",5]}"#,
        "p[1] (objects)",
        "an object of series and studies",
    ),
    (
        r#"{"m":"timescale_update","p":["cs_1",{},5]}"#,
        "p[2] (timescale)",
        "a time scale",
    ),
    (
        r#"{"m":"timescale_update","p":["cs_1",{},{"index":"x"}]}"#,
        "p[2] (timescale)",
        "a whole number",
    ),
    (
        r#"{"m":"series_timeframe","p":["cs_1","s","s1","x",2,"12M",true]}"#,
        "p[3] (from)",
        "a whole number",
    ),
    (
        r#"{"m":"symbol_resolved","p":["cs_1","s",5]}"#,
        "p[2] (info)",
        "integer `5`",
    ),
    (
        r#"{"m":"studies_metadata","p":["cs_1","s",5]}"#,
        "p[2] (catalogue)",
        "integer `5`",
    ),
];

/// Rows of a series.
const ROWS: &[Case] = &[
    (r#"{"i":1}"#, "column 7", "missing field `v`"),
    (r#"{"v":[60,1,1,1,1]}"#, "column 18", "missing field `i`"),
    (
        r#"{"i":1,"v":5}"#,
        "column 12",
        "the five or six values of a bar",
    ),
    (r#"{"i":1,"v":[]}"#, "column 13", "invalid length 0"),
    (r#"{"i":1,"v":[60,1,1]}"#, "column 19", "invalid length 3"),
    (
        r#"{"i":1,"v":[1e+300,1,1,1,1]}"#,
        "column 19",
        "a bar without a time",
    ),
    (
        r#"{"i":1,"v":[null,1,1,1,1]}"#,
        "column 17",
        "a bar without a time",
    ),
    (
        r#"{"i":1,"v":[60,"x",1,1,1]}"#,
        "column 18",
        "a number, \"NaN\" or null",
    ),
    (
        r#"{"i":"x","v":[60,1,1,1,1]}"#,
        "column 8",
        "a whole number",
    ),
    (
        r#"{"i":1.5,"v":[60,1,1,1,1]}"#,
        "column 8",
        "a whole number",
    ),
    (
        r#"{"i":18446744073709551615,"v":[60,1,1,1,1]}"#,
        "column 25",
        "a number of 63 bits",
    ),
    ("null", "column 4", "a row with an index and values"),
    ("[]", "column 0", "a row with an index and values"),
    ("{}", "column 2", "missing field `i`"),
];

/// Data of a series or study.
const OBJECTS: &[Case] = &[
    ("5", "column 1", "the data of a series or study"),
    (r#"{"s":5,"t":"s1"}"#, "column 6", "a list of rows"),
    (r#"{"ns":5}"#, "line 1", "an object with d and indexes"),
    (r#"{"ns":{"d":5}}"#, "line 1", "expected a string"),
    (r#"{"ns":{"indexes":"changed"}}"#, "line 1", "\"nochange\""),
];

const CLIENT: &[Case] = &[
    (
        r#"{"m":"create_series","p":["cs_1","s","s1","y","1",{}]}"#,
        "range",
        "a count, [\"bar_count\", time, count] or a text",
    ),
    (
        r#"{"m":"create_series","p":["cs_1","s","s1","y","1",["bar_count",5]]}"#,
        "range",
        "a count",
    ),
    (
        r#"{"m":"quote_add_symbols","p":["qs_1",{"x":1}]}"#,
        "symbols",
        "a name or an object with flags",
    ),
    (
        r#"{"m":"quote_add_symbols","p":["qs_1","A:B",5]}"#,
        "symbols",
        "a name or an object with flags",
    ),
    (
        r#"{"m":"replay_step","p":["rs_1","t","x"]}"#,
        "p[2] (count)",
        "a whole number",
    ),
    (
        r#"{"m":"set_locale","p":["en",5]}"#,
        "p[1] (country)",
        "expected a string",
    ),
    (
        r#"{"m":"chart_create_session","p":["cs_1",[]]}"#,
        "parameters",
        "expected a string",
    ),
];

#[track_caller]
fn assert_said(reason: &str, (text, place, words): &Case) {
    assert!(
        reason.contains(place),
        "{text}\n  says: {reason}\n  not where: {place}"
    );
    assert!(
        reason.contains(words),
        "{text}\n  says: {reason}\n  not what: {words}"
    );
}

#[test]
fn a_message_of_the_wrong_shape_says_where_and_what() {
    for case in SERVER {
        let text = case.0;
        let mut decoder = Decoder::default();
        for received in [ServerMessage::decode(text), decoder.decode(text)] {
            let Received {
                message: ServerMessage::Malformed(malformed),
                ..
            } = received
            else {
                panic!("understood: {text}");
            };
            assert_eq!(malformed.text, text, "the whole text is kept");
            assert_said(&malformed.error.to_string(), case);
        }
    }
}

#[test]
fn an_odd_row_costs_itself_only() {
    let good = |index: i64| {
        format!(
            r#"{{"i":{index},"v":[{}.0,1.0,2.0,0.5,1.5,7.0]}}"#,
            index * 60
        )
    };
    for case in ROWS {
        let (first, last) = (good(0), good(2));
        let text = format!(
            r#"{{"m":"du","p":["cs_1",{{"sds_1":{{"s":[{first},{},{last}],"t":"s1"}},"st1":{{"st":[{},{last}]}}}}]}}"#,
            case.0, r#"{"i":7,"v":[420.0,true]}"#,
        );
        let mut decoder = Decoder::default();
        for received in [ServerMessage::decode(&text), decoder.decode(&text)] {
            let ServerMessage::DataUpdate(update) = &received.message else {
                panic!("{received:?}");
            };
            let series = update.objects.get("sds_1").unwrap();
            let times: Vec<_> = series
                .bars
                .unwrap()
                .iter()
                .map(|bar| bar.bar.time.seconds())
                .collect();
            assert_eq!(times, [0, 120]);
            let [odd] = &series.odd_rows[..] else {
                panic!("{:?}", series.odd_rows);
            };
            assert_eq!(
                (odd.list, odd.position, odd.text),
                (RowList::Bars, 1, case.0)
            );
            assert_said(&odd.error.to_string(), case);
            let study = update.objects.get("st1").unwrap();
            assert_eq!(study.rows.unwrap().len(), 1);
            let [odd] = &study.odd_rows[..] else {
                panic!("{:?}", study.odd_rows);
            };
            assert_eq!(
                (odd.list, odd.index, odd.time),
                (RowList::Rows, Some(7), Some(Timestamp::from_seconds(420)))
            );
            // It is written as it came.
            let again = received.to_json();
            let again = ServerMessage::decode(&again);
            assert_eq!(format!("{again:?}"), format!("{received:?}"));
        }
    }
}

#[test]
fn an_object_that_cannot_be_read_costs_itself_only() {
    for case in OBJECTS {
        let text = format!(
            r#"{{"m":"du","p":["cs_1",{{"odd":{},"sds_1":{{"s":[{{"i":0,"v":[60,1,2,0.5,1.5]}}],"t":"s1"}}}}]}}"#,
            case.0
        );
        let mut decoder = Decoder::default();
        for received in [ServerMessage::decode(&text), decoder.decode(&text)] {
            let ServerMessage::DataUpdate(update) = &received.message else {
                panic!("{received:?}");
            };
            let odd = update.objects.get("odd").unwrap();
            let fault = odd.fault.expect("what is wrong");
            assert_eq!(fault.text, case.0);
            assert_said(&fault.error.to_string(), case);
            assert!(odd.bars.is_none() && odd.rows.is_none() && odd.non_series.is_none());
            let series = update.objects.get("sds_1").unwrap();
            assert_eq!(series.fault, None);
            assert_eq!(series.bars.unwrap().len(), 1);
        }
    }
}

#[test]
fn rows_that_cannot_be_read_are_bounded() {
    let rows = |count: usize| vec!["null"; count].join(",");
    for (count, understood) in [(7, true), (8, false)] {
        let text = format!(
            r#"{{"m":"du","p":["cs_1",{{"s":{{"s":[{}]}}}}]}}"#,
            rows(count)
        );
        let mut decoder = Decoder::default().max_fields(7);
        let received = decoder.decode(&text);
        let is_malformed = matches!(received.message, ServerMessage::Malformed(_));
        assert_eq!(!is_malformed, understood, "{count}");
    }
}

#[test]
fn a_command_of_the_wrong_shape_says_where_and_what() {
    for case in CLIENT {
        let ClientMessage::Malformed(malformed) = ClientMessage::decode(case.0) else {
            panic!("understood: {}", case.0);
        };
        assert_eq!(malformed.text, case.0, "the whole text is kept");
        assert_said(&malformed.error.to_string(), case);
    }
}

#[test]
fn a_long_reason_is_cut_between_characters() {
    let text = format!(
        r#"{{"m":"series_timeframe","p":["cs_1","s","s1","{}"]}}"#,
        "é".repeat(1000)
    );
    let ServerMessage::Malformed(malformed) = ServerMessage::decode(&text).message else {
        panic!("understood");
    };
    assert_eq!(malformed.error.to_string().chars().count(), 256);
    assert_eq!(malformed.text, text);
}

#[test]
fn what_is_not_known_keeps_method_and_parameters() {
    let known = |text: &str| {
        let ServerMessage::Unknown(unknown) = ServerMessage::decode(text).message else {
            panic!("known: {text}");
        };
        (
            unknown.method.as_str().to_owned(),
            unknown.params().to_owned(),
        )
    };
    assert_eq!(
        known(r#"{"m":"zzz","p":["a",{"b":[1]}]}"#),
        ("zzz".into(), r#"["a",{"b":[1]}]"#.into())
    );
    assert_eq!(known(r#"{"m":"zzz"}"#), ("zzz".into(), "null".into()));
    let (one, other) = (r#"{"m":"zzz","p":[1]}"#, r#"{"m":"zzz","p":[2]}"#);
    assert_eq!(ServerMessage::decode(one), ServerMessage::decode(one));
    assert_ne!(ServerMessage::decode(one), ServerMessage::decode(other));
    let shown = serde_json::to_value(&ServerMessage::decode(one).message).unwrap();
    assert!(shown.to_string().contains("zzz"), "{shown}");
}
