//! Payloads of chart sessions.

use crate::{random::Random, text::push};

const SESSION: &str = "cs_benchbench00";
/// When the first bar opens: Unix seconds, UTC.
const START: usize = 1_500_000_000;

/// Writes one bar, `{"i":…,"v":[time,open,high,low,close,volume]}`, times like `1500000000.0` as
/// the server writes them.
fn bar(random: &mut Random, index: usize, out: &mut String) {
    let price = |random: &mut Random| 10_000 + random.below(10_000);
    let (low, high) = (price(random), 20_000 + random.below(100));
    let (open, close) = (price(random), price(random));
    let volume = 100_000 + random.below(9_900_000);
    push(
        out,
        format_args!(
            "{{\"i\":{index},\"v\":[{}.0,{},{},{},{},{volume}.0]}}",
            START + index * 60,
            cents(open),
            cents(high),
            cents(low),
            cents(close),
        ),
    );
}

/// `12345` as `123.45`, and `12300` as `123.0`.
fn cents(value: usize) -> String {
    let (whole, part) = (value / 100, value % 100);
    match (part % 10, part) {
        (0, _) => format!("{whole}.{}", part / 10),
        (_, 0..10) => format!("{whole}.0{part}"),
        _ => format!("{whole}.{part}"),
    }
}

/// `du`: a bar that is being built, and the study on it.
pub(crate) fn update(random: &mut Random, index: usize) -> String {
    let mut out = format!(
        "{{\"m\":\"du\",\"p\":[\"{SESSION}\",{{\"sds_1\":{{\"node\":\"bench-charts-free-1-tvbs-0\",\"s\":["
    );
    bar(random, 299 + index, &mut out);
    let time = START + (299 + index) * 60;
    push(
        &mut out,
        format_args!(
            "],\"ns\":{{\"d\":\"\",\"indexes\":\"nochange\"}},\"t\":\"s1\",\"lbs\":{{\"bar_close_time\":{}}}}},\
             \"st1\":{{\"node\":\"bench-charts-free-1-study-0\",\"st\":[{{\"i\":{},\"v\":[{time}.0,{}.0,{}]}}],\
             \"ns\":{{\"d\":\"\",\"indexes\":\"nochange\"}},\"t\":\"s1_st1\"}}}}],\"t\":{time},\"t_ms\":{time}{:03}}}",
            time + 60,
            299 + index,
            100_000 + random.below(9_900_000),
            cents(10_000 + random.below(10_000)),
            random.below(1000),
        ),
    );
    out
}

/// `timescale_update`: a whole series, and the time scale with its tick marks, which is a third of
/// it.
pub(crate) fn snapshot(random: &mut Random, bars: usize) -> String {
    let mut out = format!(
        "{{\"m\":\"timescale_update\",\"p\":[\"{SESSION}\",{{\"sds_1\":{{\"node\":\"bench-charts-free-1-tvbs-0\",\"s\":["
    );
    for index in 0..bars {
        separate(index, &mut out);
        bar(random, index, &mut out);
    }
    push(
        &mut out,
        format_args!(
            "],\"ns\":{{\"d\":\"\",\"indexes\":[]}},\"t\":\"s1\",\"lbs\":{{\"bar_close_time\":{}}}}}}},\
             {{\"index\":0,\"zoffset\":0,\"changes\":[",
            START + bars * 60
        ),
    );
    for index in 0..bars {
        separate(index, &mut out);
        push(&mut out, format_args!("{}.0", START + index * 60));
    }
    out.push_str("],\"marks\":[");
    for index in 0..bars {
        separate(index, &mut out);
        push(
            &mut out,
            format_args!(
                "[{},{},{index}]",
                random.pick(&[20, 30, 40]),
                START + index * 60
            ),
        );
    }
    let time = START + bars * 60;
    push(
        &mut out,
        format_args!("],\"index_diff\":[]}}],\"t\":{time},\"t_ms\":{time}123}}"),
    );
    out
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}
