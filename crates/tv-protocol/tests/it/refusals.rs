//! What cannot be understood is kept whole, and the reason says where, what stood there and what
//! was expected.

use tv_protocol::message::{ClientMessage, Decoder, Received, ServerMessage};

/// A message (or index and values of a bar, for a `du` of one bar), the place that the reason must
/// name, and words that it must say.
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
        r#"{"m":"du","p":["cs_1",{"s":5}]}"#,
        "p[1] (objects): s",
        "the data of a series or study",
    ),
    (
        r#"{"m":"du","p":["cs_1",{"s":{"s":5,"t":"s1"}}]}"#,
        "p[1] (objects): s",
        "a list of rows",
    ),
    (
        r#"{"m":"du","p":["cs_1",{"s":{"s":[{"i":1}],"t":"s1"}}]}"#,
        "p[1] (objects): s",
        "missing field `v`",
    ),
    (r#"1,"v":5"#, "column 45", "the five or six values of a bar"),
    (r#"1,"v":[]"#, "column 46", "invalid length 0"),
    (r#"1,"v":[60,1,1]"#, "column 52", "invalid length 3"),
    (
        r#"1,"v":[1e300,1,1,1,1]"#,
        "column 51",
        "a bar without a time",
    ),
    (
        r#"1,"v":[null,1,1,1,1]"#,
        "column 50",
        "a bar without a time",
    ),
    (
        r#"1,"v":[60,"x",1,1,1]"#,
        "column 51",
        "a number, \"NaN\" or null",
    ),
    (r#""x","v":[60,1,1,1,1]"#, "column 41", "a whole number"),
    (r#"1.5,"v":[60,1,1,1,1]"#, "column 41", "a whole number"),
    (
        r#"18446744073709551615,"v":[60,1,1,1,1]"#,
        "column 58",
        "a number of 63 bits",
    ),
    (
        r#"{"m":"du","p":["cs_1",{"st":{"ns":5}}]}"#,
        "p[1] (objects): st",
        "an object with d and indexes",
    ),
    (
        r#"{"m":"du","p":["cs_1",{"st":{"ns":{"d":5}}}]}"#,
        "p[1] (objects): st",
        "expected a string",
    ),
    (
        r#"{"m":"du","p":["cs_1",{"st":{"ns":{"indexes":"changed"}}}]}"#,
        "p[1] (objects): st",
        "\"nochange\"",
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
        let whole;
        let text = if case.0.starts_with(['{', '[']) {
            case.0
        } else {
            whole = format!(
                r#"{{"m":"du","p":["cs_1",{{"s":{{"s":[{{"i":{}}}],"t":"s1"}}}}]}}"#,
                case.0
            );
            &whole
        };
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
    let text = format!(r#"{{"m":"du","p":["cs_1",{{"{}":5}}]}}"#, "é".repeat(1000));
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
