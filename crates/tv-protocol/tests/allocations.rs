//! What hot messages cost in the steady state: no allocation at all. A binary of its own, because
//! it counts every allocation of its process.

#![expect(clippy::panic, reason = "tests fail by panicking")]

use std::fmt::Write;

use tv_protocol::{
    frame::{Frame, encode, encode_heartbeat, split},
    message::{Decoder, ServerMessage},
};

fn wire(payload: &str) -> String {
    let mut out = String::new();
    encode(payload, &mut out);
    out
}

fn snapshot(bars: usize) -> String {
    let (mut rows, mut changes, mut marks) = (Vec::new(), Vec::new(), Vec::new());
    for bar in 0..bars {
        let time = 1_685_633_880 + 60 * bar;
        rows.push(format!(
            "{{\"i\":{bar},\"v\":[{time}.0,33019.3,33025.31,33018.84,33021.84,638315.0]}}"
        ));
        changes.push(format!("{time}.0"));
        marks.push(format!("[40,{time},{bar}]"));
    }
    let mut out =
        String::from(r#"{"m":"timescale_update","p":["cs_1",{"sds_1":{"node":"n-1","s":["#);
    let _ = write!(
        out,
        r#"{}],"ns":{{"d":"","indexes":[]}},"t":"s1","lbs":{{"bar_close_time":1}}}}}},{{"index":0,"zoffset":0,"changes":[{}],"marks":[{}],"index_diff":[]}}],"t":1,"t_ms":1000}}"#,
        rows.join(","),
        changes.join(","),
        marks.join(",")
    );
    out
}

/// Splits and decodes a message, and looks at what it holds, as a consumer would.
fn consume(message: &str, decoder: &mut Decoder, echo: &mut String) -> f64 {
    let mut sum = 0.0;
    for frame in split(message) {
        match frame {
            Ok(Frame::Heartbeat(number)) => {
                echo.clear();
                encode_heartbeat(number, echo);
            }
            Ok(Frame::Json(payload)) => match decoder.decode(payload).message {
                ServerMessage::QuoteData(quote) => {
                    assert!(!quote.data.name.raw().is_empty());
                    sum += quote
                        .data
                        .values
                        .iter()
                        .filter_map(|(_, value)| value.number())
                        .sum::<f64>();
                }
                ServerMessage::DataUpdate(update) => sum += closes(&update.objects),
                ServerMessage::TimescaleUpdate(update) => sum += closes(&update.objects),
                other => panic!("{other:?}"),
            },
            Err(error) => panic!("{error}"),
        }
    }
    sum
}

fn closes(objects: &tv_protocol::message::server::Objects<'_>) -> f64 {
    let rows = objects
        .iter()
        .filter_map(|object| object.bars)
        .flat_map(|bars| bars.rows());
    rows.map(|row| row.close).sum()
}

#[test]
fn hot_messages_allocate_nothing_once_buffers_have_grown() {
    let messages = [
        wire("~h~18446744073709551615"),
        wire(
            r#"{"m":"qsd","p":["qs_1",{"n":"={\"symbol\":\"A:B\"}","s":"ok","v":{"lp":1.5,"ch":-0.25,"volume":1e+100,"rtc":null,"trade":{"price":"1","size":"2"},"description":"x","fractional":false,"bid":1,"ask":2}}]}"#,
        ),
        wire(
            r#"{"m":"du","p":["cs_1",{"sds_1":{"s":[{"i":299,"v":[1685633880.0,1.0,2.0,0.5,1.5,7.0]}],"ns":{"d":"","indexes":[]},"t":"s1","lbs":{"bar_close_time":1685633940}},"st1":{"st":[{"i":299,"v":[1685633880.0,1e+100,2.5]}],"ns":{"d":"","indexes":"nochange"},"t":"s1_st1"}}],"t":1,"t_ms":1000}"#,
        ),
        wire(&snapshot(1_000)),
    ];
    let (mut decoder, mut echo) = (Decoder::default(), String::new());
    let mut all = || {
        messages
            .iter()
            .map(|message| consume(message, &mut decoder, &mut echo))
            .sum::<f64>()
    };
    let first = all();
    let mut second = 0.0;
    let counted = allocation_counter::measure(|| second = all());
    assert_eq!((counted.count_total, counted.bytes_total), (0, 0));
    assert!((first - second).abs() < f64::EPSILON * first.abs());
}

#[test]
fn bars_cost_what_their_numbers_cost() {
    let message = wire(&snapshot(5_000));
    let mut decoder = Decoder::default();
    let counted = allocation_counter::measure(|| {
        consume(&message, &mut decoder, &mut String::new());
    });
    // Vectors double as they grow: at most twice 48 bytes are held for a bar, and as much is handed
    // back.
    let held = u64::try_from(counted.bytes_current).unwrap();
    assert!(held <= 5_000 * 96, "{counted:?}");
    assert!(counted.count_total < 40, "{counted:?}");
}
